//! Replay and verification: what happened in a thread, as this office knew it at any moment, in sentences; and whether the own
//! log holds from end to end.
//!
//! Keeps no rows: everything is read from the log when it is asked for. Opens no section. Read `replay.rs`, then `known.rs`.

waymark_api::desk_door!();

mod audit_api;
mod known;
mod replay;
mod sentence;
#[cfg(test)]
#[expect(dead_code, reason = "the projections of other services use more of it")]
#[path = "../../cases/src/testkit.rs"]
mod testkit;

pub use audit_api::AuditApi;
