//! Places and holds of shelters, the service directory, and ShelterService and DirectoryService.
//!
//! Rows hold units, counts and nights, never a name or an address: an address is released in a referral and opened by the desk.
//! A unit's free places are counted from this office's own entries; other shelters' are as they last published. No rule is here.
//! Read [`projection`](SheltersProjection) first, then `shelter_api.rs`; [`directory`] stands by itself.

waymark_api::desk_door!();

pub mod directory;
mod directory_api;
mod directory_import;
mod projection;
mod rows;
mod shelter_api;
#[cfg(test)]
#[expect(dead_code, reason = "the projection of cases uses more of it")]
#[path = "../../cases/src/testkit.rs"]
mod testkit;

pub use directory_api::DirectoryApi;
pub use projection::SheltersProjection;
pub use shelter_api::ShelterApi;
