//! The ledger as its users see it, on real files.

#[path = "../office/mod.rs"]
mod office;

mod commit;
mod damage;
mod erase;
mod index;
mod outbox;
