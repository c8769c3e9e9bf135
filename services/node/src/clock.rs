//! The one place where the time is read; everywhere else it is an argument.

use std::time::{SystemTime, UNIX_EPOCH};

use waymark_domain::time::Timestamp;

/// The time by this machine's clock. A clock before 1970 counts as 1970.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(crate) fn now() -> Timestamp {
    Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// The clock of this machine, as the desk takes it.
pub(crate) struct SystemClock;

impl waymark_desk::Clock for SystemClock {
    fn now(&self) -> Timestamp {
        now()
    }
}
