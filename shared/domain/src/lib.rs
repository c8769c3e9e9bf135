//! Words and rules of referral and safe return: ids, events, state machines, consent, refusals.
//!
//! Pure: no I/O, no clock, no async, no crypto. Deciders turn a state and a command into drafts or a refusal;
//! folds turn events into states and never fail. Read [`event`] first, then [`referral`], then [`decide`].

pub mod anomaly;
pub mod basis;
pub mod calendar;
pub mod case;
pub mod command;
pub mod consent;
pub mod decide;
pub mod describe;
pub mod draft;
pub mod event;
pub mod ids;
pub mod places;
pub mod react;
pub mod referral;
pub mod refusal;
pub mod responsible;
pub mod section;
pub mod sets;
#[cfg(test)]
mod story;
pub mod time;
pub mod timer;
pub mod words;
pub mod world;
