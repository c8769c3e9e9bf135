//! Sessions: a random token for whoever has signed in. In memory only; they end after a while, and with the node. What is open under a
//! session ends with it: see [`Stay`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
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

struct Session {
    staff: StaffId,
    begun: Instant,
    used: Instant,
    /// Tells what is open under it that its roles have changed; dropped with the session.
    roles: watch::Sender<()>,
}

impl Session {
    fn ends_at(&self) -> Instant {
        (self.begun + LASTS).min(self.used + IDLE)
    }

    fn is_over(&self, now: Instant) -> bool {
        now >= self.ends_at()
    }
}

/// Why nothing more is told to whoever listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// The session has ended.
    Session,
    /// What its account may do has changed since it began to listen.
    Roles,
}

/// Something that may stay open as long as a session stands. Dropping it ends nothing.
pub(crate) struct Stay {
    sessions: Arc<Sessions>,
    session: [u8; 32],
    roles: watch::Receiver<()>,
}

impl Stay {
    /// Waits until it may not stay open any longer. Looks at the clock only when the session could have ended by itself.
    pub(crate) async fn over(mut self) -> Over {
        while let Some(ends_at) = self.sessions.ends_at(&self.session, tokio::time::Instant::now().into_std())
        {
            tokio::select! {
                changed = self.roles.changed() => {
                    return if changed.is_ok() { Over::Roles } else { Over::Session };
                }
                // Another call may have moved the end.
                () = tokio::time::sleep_until(ends_at.into()) => {}
            }
        }
        Over::Session
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
        let roles = watch::Sender::new(());
        open.insert(sha256(&[token.as_bytes()]).0, Session { staff, begun: now, used: now, roles });
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

    /// What is opened under a session from now on; none for a token that is no session's. It does not count as used.
    pub(crate) fn stay(self: &Arc<Self>, token: &[u8]) -> Option<Stay> {
        let session = sha256(&[token]).0;
        let roles = self.lock().get(&session)?.roles.subscribe();
        Some(Stay { sessions: Arc::clone(self), session, roles })
    }

    /// When a session ends unless it is used again; none when it has ended.
    fn ends_at(&self, session: &[u8; 32], now: Instant) -> Option<Instant> {
        let mut open = self.lock();
        let found = open.get(session)?;
        if found.is_over(now) {
            open.remove(session);
            return None;
        }
        Some(found.ends_at())
    }

    /// Ends what is open under the sessions of somebody whose roles have changed; the sessions stand.
    pub(crate) fn roles_changed(&self, staff: StaffId) {
        let open = self.lock();
        open.values().filter(|session| session.staff == staff).for_each(|session| {
            session.roles.send_replace(());
        });
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

    async fn ends_within(stay: &mut (impl Future<Output = Over> + Unpin), seconds: u64) -> Option<Over> {
        tokio::time::timeout(Duration::from_secs(seconds), stay).await.ok()
    }

    fn now() -> Instant {
        tokio::time::Instant::now().into_std()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_open_ends_when_the_session_is_idle_and_not_before() {
        let sessions = Arc::new(Sessions::default());
        let token = sessions.begin(ANNA, now());
        let mut over = Box::pin(sessions.stay(token.as_bytes()).unwrap().over());
        assert_eq!(ends_within(&mut over, 7_199).await, None);
        assert_eq!(sessions.staff(token.as_bytes(), now()), Some(ANNA), "a call makes it last");
        assert_eq!(ends_within(&mut over, 7_199).await, None);
        assert_eq!(ends_within(&mut over, 2).await, Some(Over::Session));
        assert!(sessions.stay(token.as_bytes()).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_open_ends_twelve_hours_after_the_sign_in_however_much_is_called() {
        let sessions = Arc::new(Sessions::default());
        let token = sessions.begin(ANNA, now());
        let mut over = Box::pin(sessions.stay(token.as_bytes()).unwrap().over());
        for _hour in 1..12 {
            assert_eq!(ends_within(&mut over, 3_600).await, None);
            assert!(sessions.staff(token.as_bytes(), now()).is_some());
        }
        assert_eq!(ends_within(&mut over, 3_601).await, Some(Over::Session));
    }

    #[tokio::test(start_paused = true)]
    async fn a_sign_out_and_new_roles_end_what_is_open_of_that_person_at_once() {
        let sessions = Arc::new(Sessions::default());
        let berta = StaffId([2; 8]);
        let (one, other) = (sessions.begin(ANNA, now()), sessions.begin(berta, now()));
        let open = |token: &str| Box::pin(sessions.stay(token.as_bytes()).unwrap().over());
        let (mut annas, mut bertas) = (open(&one), open(&other));
        sessions.roles_changed(ANNA);
        assert_eq!(ends_within(&mut annas, 0).await, Some(Over::Roles));
        let mut again = open(&one);
        assert_eq!(ends_within(&mut again, 0).await, None, "the session stands");
        sessions.end(one.as_bytes());
        assert_eq!(ends_within(&mut again, 0).await, Some(Over::Session));
        assert_eq!(ends_within(&mut bertas, 0).await, None);
        sessions.end_all(berta);
        assert_eq!(ends_within(&mut bertas, 0).await, Some(Over::Session));
    }
}
