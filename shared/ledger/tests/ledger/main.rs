//! The ledger as its users see it, on real files.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

#[path = "../office/mod.rs"]
mod office;

mod commit;
mod damage;
mod erase;
mod index;
mod inspect;
mod outbox;

/// Where the entries of a thread stand.
fn indices(ledger: &waymark_ledger::Ledger, thread: waymark_domain::ids::ThreadId) -> Vec<u64> {
    ledger.thread_entries(thread).unwrap().into_iter().map(|(index, _)| index).collect()
}
