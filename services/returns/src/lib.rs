//! Return journeys: the projection of return logistics, and ReturnService.
//!
//! A row says when somebody leaves and whether an alarm is open; the journey itself is read from its hand-over when it is shown.
//! No rule is here: gates, phases and alarms are functions of the domain. Read [`projection`](ReturnsProjection) first.

waymark_api::desk_door!();

mod projection;
mod return_api;
#[cfg(test)]
#[expect(dead_code, reason = "the projection of cases uses more of it")]
#[path = "../../cases/src/testkit.rs"]
mod testkit;

pub use projection::ReturnsProjection;
pub use return_api::ReturnApi;
