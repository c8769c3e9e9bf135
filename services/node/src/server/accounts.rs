//! The accounts as calls use them: off the runtime's threads, and never more passwords hashed at once than this machine can bear.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Semaphore;
use tonic::Status;
use waymark_api::error;
use zeroize::Zeroizing;

use crate::staff::Role;
use crate::staff::account::NotTwo;
use crate::staff::book::{Book, BookFault, Member};

/// Passwords hashed at once: each takes memory and a core for a while.
const HASHED_AT_ONCE: usize = 2;

/// The accounts of this office, and the places of those who want a password hashed.
#[derive(Clone)]
pub(super) struct Accounts {
    book: Arc<Book>,
    places: Arc<Semaphore>,
    started: Instant,
}

/// Somebody who is to agree with a caller, as the call names her.
pub(super) struct Second {
    pub(super) name: String,
    pub(super) password: Zeroizing<String>,
}

impl Accounts {
    /// The accounts in `book`.
    pub(super) fn new(book: Book) -> Self {
        let places = Arc::new(Semaphore::new(HASHED_AT_ONCE));
        Self { book: Arc::new(book), places, started: Instant::now() }
    }

    /// The accounts, for whoever only looks.
    pub(super) fn book(&self) -> &Book {
        &self.book
    }

    /// Does something that may hash a password. `work` gets seconds of a clock that only goes forward.
    ///
    /// # Security
    /// The place is held until the work ends, also when its caller has gone away: otherwise whoever calls and hangs up has as many
    /// hashed at once as she likes.
    pub(super) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Book, u64) -> Result<T, BookFault> + Send + 'static,
    ) -> Result<Result<T, BookFault>, Status> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| error::failed())?;
        let (book, started) = (Arc::clone(&self.book), self.started);
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work(&book, started.elapsed().as_secs())
        });
        done.await.map_err(|_| error::failed())
    }

    /// Whoever agrees with `first`: her password is looked at for this one call, and no session is made of it. One of the two has one
    /// of the `roles`.
    pub(super) async fn agreed(
        &self,
        first: &Member,
        second: Second,
        roles: &[Role],
    ) -> Result<Member, Status> {
        let checked = self.with(move |book, now| book.check(&second.name, &second.password, now)).await?;
        let second = checked.map_err(|fault| match fault {
            BookFault::Wrong { left, waits } => error::second_unknown(left, waits),
            other => told(&other),
        })?;
        self.book.decide_together(first.id, second.id).map_err(not_two)?;
        if ![first, &second].into_iter().any(|member| member.roles.iter().any(|role| roles.contains(role))) {
            let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
            let why = format!("neither of the two is a {}", words.join(" or "));
            return Err(error::second_refused(&why, "Decide together with somebody who is."));
        }
        Ok(second)
    }
}

fn not_two(why: NotTwo) -> Status {
    let (why, next) = match why {
        NotTwo::Same => {
            ("nobody is the second member of staff beside herself", "Decide together with a colleague.")
        }
        NotTwo::Made => (
            "one of the two has made the account of the other and could be both",
            "Decide together with somebody whose account neither of you has made.",
        ),
        NotTwo::Given => (
            "one of the two has set the password of the other and could be both",
            "Decide together with somebody else; or another administrator sets that password anew, and its owner changes it.",
        ),
        NotTwo::NotOwn => (
            "the password of the second member of staff was set by somebody else",
            "She changes it with `waymark staff password`, then she can agree.",
        ),
    };
    error::second_refused(why, next)
}

/// What is said of an account that is not made, changed or used.
pub(super) fn told(fault: &BookFault) -> Status {
    match fault {
        BookFault::Wrong { left, waits } => error::sign_in_refused(*left, *waits),
        BookFault::Waits(seconds) => error::sign_in_waits(*seconds),
        BookFault::Unknown => error::absent(),
        BookFault::Unfit(why) => error::account_refused(why, "Choose another name, role or password."),
        BookFault::Disk(_) | BookFault::Damaged => {
            tracing::error!(%fault, "the accounts could not be kept");
            error::failed()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[tokio::test]
    async fn whoever_hangs_up_keeps_her_place_until_the_work_is_done() {
        let folder = tempfile::tempdir().expect("a folder");
        let accounts = Accounts::new(crate::staff::book::tests::book(folder.path()));
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (go, stop) = std::sync::mpsc::channel::<()>();
        let stop = Arc::new(std::sync::Mutex::new(stop));
        let work = || {
            let (running, most, stop) = (Arc::clone(&running), Arc::clone(&most), Arc::clone(&stop));
            move |_: &Book, _| {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                // Ends when the test lets go.
                let _ended = stop.lock().expect("held for a moment").recv();
                running.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }
        };
        for _call in 0..6 {
            let called = accounts.with(work());
            let hung_up = tokio::time::timeout(Duration::from_millis(50), called).await;
            assert!(hung_up.is_err(), "it did not wait");
        }
        assert_eq!(most.load(Ordering::SeqCst), HASHED_AT_ONCE, "hashed at once");
        drop(go);
        accounts.with(|_, _| Ok(())).await.expect("a place").expect("done");
    }
}
