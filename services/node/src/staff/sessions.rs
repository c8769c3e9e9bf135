//! Sessions: a random token for whoever has signed in. In memory only; they end after a while, and with the node.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use waymark_domain::ids::StaffId;
use waymark_seal::hash::sha256;
use waymark_seal::rng::{self, System};
use zeroize::Zeroizing;

/// A session ends so long after the sign-in.
pub(crate) const LASTS: Duration = Duration::from_secs(12 * 3_600);
/// And so long after its last call.
const IDLE: Duration = Duration::from_secs(2 * 3_600);
/// Sessions open at once, at most; the oldest gives way.
const SESSIONS_MAX: usize = 10_000;

/// A token that nobody guesses: 32 random bytes, in hexadecimal.
pub(crate) fn token() -> Zeroizing<String> {
    let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(rng::bytes(&mut System));
    Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[derive(Clone, Copy)]
struct Session {
    staff: StaffId,
    begun: Instant,
    used: Instant,
}

impl Session {
    fn is_over(&self, now: Instant) -> bool {
        now.duration_since(self.begun) >= LASTS || now.duration_since(self.used) >= IDLE
    }
}

/// The open sessions, by the hash of their token.
#[derive(Default)]
pub(crate) struct Sessions {
    open: Mutex<HashMap<[u8; 32], Session>>,
}

impl Sessions {
    /// Begins a session; gives its token.
    pub(crate) fn begin(&self, staff: StaffId, now: Instant) -> Zeroizing<String> {
        let token = token();
        let mut open = self.lock();
        open.retain(|_, session| !session.is_over(now));
        if open.len() >= SESSIONS_MAX {
            let oldest = open.iter().min_by_key(|(_, session)| session.used).map(|(token, _)| *token);
            oldest.and_then(|oldest| open.remove(&oldest));
        }
        open.insert(sha256(&[token.as_bytes()]).0, Session { staff, begun: now, used: now });
        token
    }

    /// Whose session a token is; it counts as used.
    pub(crate) fn staff(&self, token: &[u8], now: Instant) -> Option<StaffId> {
        let mut open = self.lock();
        let hash = sha256(&[token]).0;
        let session = open.get_mut(&hash)?;
        if session.is_over(now) {
            open.remove(&hash);
            return None;
        }
        session.used = now;
        Some(session.staff)
    }

    /// Ends a session.
    pub(crate) fn end(&self, token: &[u8]) {
        self.lock().remove(&sha256(&[token]).0);
    }

    /// Ends every session of somebody.
    pub(crate) fn end_all(&self, staff: StaffId) {
        self.lock().retain(|_, session| session.staff != staff);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: StaffId = StaffId([1; 8]);

    #[test]
    fn a_session_ends_when_it_is_idle_when_it_is_old_and_when_somebody_ends_it() {
        let (sessions, begin) = (Sessions::default(), Instant::now());
        let token = sessions.begin(ANNA, begin);
        let hours = |hours: u64| begin + Duration::from_secs(hours * 3_600);
        assert_eq!(sessions.staff(token.as_bytes(), hours(1)), Some(ANNA));
        assert_eq!(sessions.staff(token.as_bytes(), hours(3)), None, "two hours without a call");
        let token = sessions.begin(ANNA, begin);
        for hour in 1..12 {
            assert_eq!(sessions.staff(token.as_bytes(), hours(hour)), Some(ANNA));
        }
        assert_eq!(sessions.staff(token.as_bytes(), hours(12)), None);
        let (one, other) = (sessions.begin(ANNA, begin), sessions.begin(ANNA, begin));
        sessions.end(one.as_bytes());
        assert_eq!(sessions.staff(one.as_bytes(), begin), None);
        assert_eq!(sessions.staff(other.as_bytes(), begin), Some(ANNA));
        sessions.end_all(ANNA);
        assert_eq!(sessions.staff(other.as_bytes(), begin), None);
        assert_eq!(sessions.staff(b"", begin), None);
    }
}
