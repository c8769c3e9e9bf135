//! Whether an office watched over her on her way: every silence in which it raised no alarm, whatever ended the silence.
//!
//! Told by its own log, entry by entry, and by the times at which they stand there. Never asks why nobody watched. What is awaited of
//! her is told by `ReferralState::watched`.

use waymark_domain::referral::ReferralState;
use waymark_domain::referral::journey::Awaited;
use waymark_domain::time::{HOUR, Timestamp};
use waymark_domain::world::Party;

/// After this long without an alarm somebody should have raised one.
const ALARM_SECONDS: u64 = HOUR;

/// What one office has to watch in a referral.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// In a later incarnation: when its log was opened. What it knew before is told by the log before.
    opened: Timestamp,
    /// What it has raised no alarm about yet, and since when its log has what that follows from.
    awaited: Option<(Awaited, Timestamp)>,
    passed: Vec<Awaited>,
}

impl Watch {
    pub(crate) fn new(opened: Option<Timestamp>) -> Self {
        Self { opened: opened.unwrap_or_default(), ..Self::default() }
    }

    /// It is `now` at the office, and nothing more has come.
    pub(crate) fn look(&mut self, now: Timestamp) {
        let Some((awaited, since)) = self.awaited else { return };
        let from = awaited.alarm_at.max(since).max(self.opened);
        if now > from.plus(ALARM_SECONDS) && !self.passed.contains(&awaited) {
            self.passed.push(awaited);
        }
    }

    /// Something has come to stand in its log.
    pub(crate) fn take(&mut self, referral: &ReferralState, party: Party, now: Timestamp) {
        let awaited = referral.watched(party);
        if awaited != self.awaited.map(|(before, _)| before) {
            self.awaited = awaited.map(|awaited| (awaited, now));
        }
    }

    /// Whether something is awaited still.
    pub(crate) const fn is_open(&self) -> bool {
        self.awaited.is_some()
    }

    /// Each silence that it let pass.
    pub(crate) fn passed(&self) -> &[Awaited] {
        &self.passed
    }
}
