//! Bounded waiting.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Longer than anything here takes on a busy machine; reaching it is a failure.
const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Waits until `look` gives something.
///
/// # Errors
/// When `look` fails, or has given nothing for a minute and a half.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if began.elapsed() > PATIENCE {
            bail!("waited in vain until {what}");
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}
