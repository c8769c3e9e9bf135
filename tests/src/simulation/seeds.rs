//! Many seeds at once, on every core.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::conduct::Conduct;
use super::plan::Plan;
use super::play::{Failure, Played, play};

/// How a plan went.
pub type Outcome = Result<Played, Box<Failure>>;

/// Plays plans; `told` hears of each once it is over, in any order, and says whether to go on.
pub fn play_all(plans: &[Plan], conduct: &Conduct, told: impl FnMut(&Plan, Outcome) -> bool + Send) {
    let (next, told) = (AtomicUsize::new(0), Mutex::new(told));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores.min(plans.len()) {
            scope.spawn(|| {
                while let Some(plan) = plans.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let outcome = play(plan, conduct);
                    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                    if !told(plan, outcome) {
                        next.store(plans.len(), Ordering::SeqCst);
                    }
                }
            });
        }
    });
}

/// A seed that nobody has chosen; six digits, so that people can say it.
///
/// # Errors
/// The operating system gives none.
pub fn fresh() -> std::io::Result<u64> {
    let number = getrandom::u64().map_err(std::io::Error::other)?;
    Ok(100_000 + number % 900_000)
}
