//! Replay, verification and reports: what happened in a thread, as this office knew it at any moment, in sentences; whether the own
//! log holds from end to end; whether each disclosure had its basis and each withdrawal its answer in time; what the GDPR asks an
//! office to say of itself; and the bundle from which an auditor verifies offices without asking any of them.
//!
//! Keeps no rows: everything is read from the log when it is asked for. Opens no section. Read `replay.rs`, then `known.rs` and `facts.rs`; for the
//! judgements `disclosures.rs`, then `answers.rs`; for the reports `report/mod.rs`; for bundles `bundle/mod.rs`, `verify/mod.rs` and
//! `page/mod.rs`.

waymark_api::desk_door!();

mod answers;
mod audit_api;
pub mod bundle;
mod disclosures;
mod facts;
mod frauds;
mod known;
#[cfg(test)]
mod nothing;
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
