//! Open cases and referrals: the projection that lists them, and CaseService, ReferralService and ConsentService.
//!
//! The rows hold phases, days and counts, never a name or a text: those stay sealed and are opened by the desk, one at a time, when
//! `RevealSection` or `GetSubjectAccess` asks. No rule is here: what may be done is for the domain, what is well-formed for the api. Read
//! [`projection`](CasesProjection) first, then `rows.rs`, then one of the services.

waymark_api::desk_door!();

mod case_api;
mod case_view;
mod consent_api;
mod consent_view;
mod history;
mod looks;
mod projection;
mod referral_api;
mod referral_view;
mod reveal;
mod rows;
mod sections;
pub mod sheet;
mod sheet_view;
mod subject_access;
mod tasks;
#[cfg(test)]
mod testkit;

pub use case_api::CaseApi;
pub use consent_api::ConsentApi;
pub use projection::CasesProjection;
pub use referral_api::ReferralApi;
