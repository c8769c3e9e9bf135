//! Bytes and keys: entries, tree heads, proofs, sections, grants, letters, the roster and the vault.
//!
//! No I/O but the vault's directory; no clock, no network, no settings. Randomness is an argument ([`rng`]).
//! Read [`entry`] first, then [`checkpoint`] (what signs it), [`section`] and [`grant`] (what is sealed),
//! [`letter`] (what travels), [`verify`] (what a recipient checks). `proto/WIRE.md` describes every byte.

pub mod actor;
pub mod canonical;
pub mod checkpoint;
pub mod chunked;
pub mod cosign;
pub mod entry;
pub mod fraud;
pub mod grant;
pub mod hash;
pub mod kem;
pub mod letter;
pub mod merkle;
pub mod note;
pub mod padding;
pub mod policy;
pub mod prefix;
pub mod proof;
pub mod proven;
pub mod rng;
pub mod roster;
pub mod section;
pub mod sign;
pub mod tile;
pub mod unplaced;
pub mod vault;
pub mod verify;
pub mod vkey;
pub mod witness;

pub use checkpoint::{Head, Origin};
pub use entry::{Audience, Basis, Entry, EntryFault, GrantRef, SectionRef};
pub use unplaced::{BasisTo, Body, Kept, Place, RefTo, Unplaced};
