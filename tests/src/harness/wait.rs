//! Bounded waiting, which also ends when the story is broken off.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

/// Longer than anything here takes on a busy machine; reaching it is a failure.
const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

static BROKEN_OFF: AtomicBool = AtomicBool::new(false);

/// Breaks off the story of this program: its next step fails, and what it has started ends with it.
pub fn break_off() {
    BROKEN_OFF.store(true, Ordering::Relaxed);
}

/// # Errors
/// When the story was broken off.
pub(super) fn goes_on() -> Result<()> {
    ensure!(!BROKEN_OFF.load(Ordering::Relaxed), "the story was broken off");
    Ok(())
}

/// Waits until `look` gives something.
///
/// # Errors
/// When `look` fails, or has given nothing for a minute and a half.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let began = Instant::now();
    loop {
        goes_on()?;
        if let Some(found) = look()? {
            return Ok(found);
        }
        if began.elapsed() > PATIENCE {
            bail!("waited in vain until {what}");
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}
