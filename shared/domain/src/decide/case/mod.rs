//! Decisions about a case in its own office.

mod close;
mod erase;
mod open;
mod record_section;
mod set_safeguards;

pub(crate) use record_section::triage as check_triage;
