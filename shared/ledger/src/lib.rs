//! What one office has on disk: its log as tiles, the bodies beside it, the index, the outbox.
//!
//! Read [`Ledger`] first: [`Ledger::commit`] is the one way in. Below it lie the journal (what a commit waits for), tiles and
//! segments (where entries and bodies stay), and the index (everything that can be made again).
//!
//! Deliberately absent: keys. The ledger stores ciphertexts, wraps and signed heads and can open none of them; a
//! [`HeadSigner`] signs. It never decides whether an entry is allowed, and it never forgets one.

mod again;
mod bytes;
mod check;
mod commit;
mod core;
mod create;
mod disk;
mod draft;
mod erase;
mod facts;
mod fault;
mod frame;
mod group;
mod identity;
mod index;
pub mod inspect;
mod journal;
mod ledger;
mod mark;
mod open;
mod open_files;
mod outbox;
mod peers;
mod places;
mod post;
#[cfg(test)]
mod power;
mod read;
mod record;
pub mod repair;
mod replay;
mod rows;
mod runs;
mod scan;
mod segments;
mod sequences;
mod settler;
mod snapshot;
mod tail;
mod tiles;
mod tree;
mod view;
mod writer;

#[cfg(test)]
extern crate self as waymark_ledger;
#[cfg(test)]
#[path = "../tests/office/mod.rs"]
#[expect(dead_code, reason = "other tests use more of it")]
mod office;

pub use check::{CheckFault, CheckReport};
pub use create::Settings;
pub use erase::Bodies;
pub use fault::{ChangeFault, CommitFault, CreateFault, DiskFault, HeadContradicts, OpenFault, ReadFault};
pub use identity::{HeadSigner, Identity};
pub use ledger::Ledger;
pub use open::{Finding, IndexFound, OpenReport};
pub use outbox::OutboxRow;
pub use peers::PeerHead;
pub use scan::Scan;
pub use sequences::Chain;
pub use tail::Placed;
