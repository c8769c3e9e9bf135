//! The ledger as its users see it, on real files.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

#[path = "../office/mod.rs"]
mod office;

mod commit;
mod damage;
mod erase;
mod index;
mod outbox;
