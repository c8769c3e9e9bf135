//! Words and rules of referral and safe return: ids, events, state machines, consent, refusals.
//!
//! Pure: no I/O, no clock, no async, no crypto. Deciders turn a state and a command into drafts or a refusal;
//! folds turn events into states and never fail. Read [`event`] first, then [`referral`](crate::event::referral).

pub mod event;
pub mod ids;
pub mod section;
pub mod time;
pub mod words;
