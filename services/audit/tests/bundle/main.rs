//! Bundles of real offices, verified; and every fraud that can be planted in one, found by name.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests, and their town is shared with the desk's"
)]

#[path = "../../../../shared/seal/tests/changes/mod.rs"]
mod changes;
mod clean;
#[expect(unreachable_pub, reason = "the story of the auditor uses it as well")]
#[path = "../../../../tests/src/forge/mod.rs"]
mod forge;
mod form;
mod frauds;
mod fuzz;
#[path = "../../../../shared/desk/tests/desk/ledger.rs"]
mod ledger;
mod past;
mod planted;
#[expect(dead_code, reason = "the desk's own tests use more of it")]
#[path = "../../../../shared/desk/tests/desk/crossings/scenes.rs"]
mod scenes;
mod seldom;
mod since;
mod story;
mod stranger;
#[expect(dead_code, reason = "the desk's own tests use more of it")]
#[path = "../../../../shared/desk/tests/desk/town.rs"]
mod town;
