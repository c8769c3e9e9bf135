//! Replay, verification and reports: what happened in a thread, as this office knew it at any moment, in sentences; whether the own
//! log holds from end to end; what the GDPR asks an office to say of itself; and the bundle from which an auditor verifies offices
//! without asking any of them.
//!
//! Keeps no rows: everything is read from the log when it is asked for. Opens no section. Read `replay.rs`, then `known.rs`; for the
//! reports `report/mod.rs`; for bundles `bundle/mod.rs` and `verify/mod.rs`.

waymark_api::desk_door!();

mod audit_api;
pub mod bundle;
mod disclosures;
mod known;
pub mod page;
mod replay;
mod report;
mod report_api;
mod sentence;
#[cfg(test)]
#[expect(dead_code, reason = "the projections of other services use more of it")]
#[path = "../../cases/src/testkit.rs"]
mod testkit;
pub mod verify;

pub use audit_api::AuditApi;
pub use report_api::ReportApi;
