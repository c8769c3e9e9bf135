//! CaseService, ReferralService and ConsentService of real offices: real folders, keys and logs; only the mail is carried by hand.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests, and their town is shared with the desk's"
)]

#[expect(dead_code, reason = "the desk's own tests use more of it")]
#[path = "../../../../shared/desk/tests/desk/town.rs"]
mod town;

mod changes;
mod erasing;
mod exchange;
mod office;
mod subject_access;
mod telling;
mod watching;
