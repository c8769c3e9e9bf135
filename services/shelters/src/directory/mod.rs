//! The directory of services that this office knows: Open Referral HSDS read, kept, searched and written.
//!
//! A directory is public information about organisations; it holds no person. What a directory must not tell is
//! where a shelter is: [`Directory`] values come out of [`mod@read`] only after the streets of shelters and everything
//! about confidential locations but the country were removed, so nothing that stores, finds or writes services can
//! give them away. Named contacts are never kept. Nothing here reads a clock, and nothing panics on any input.
//!
//! Read [`model`] first, then [`mod@read`], [`store`] and [`search`].

mod assemble;
pub mod book;
mod clean;
pub mod country;
mod csv_table;
pub mod export;
pub mod fault;
mod fold;
mod hours;
mod intake;
mod json_shape;
mod json_tree;
pub mod language;
pub mod limits;
mod link;
pub mod model;
mod place_privacy;
mod purpose;
pub mod read;
mod row;
pub mod search;
pub mod source;
pub mod store;
mod stored;
mod table;
mod text;
mod token;

pub use book::{Book, Entry, ServiceKey};
pub use export::{to_hsds_services, to_hsds_tables};
pub use fault::{Effect, Fault, Place, Reason, Report};
pub use model::{Directory, Location, Organisation, Privacy, Service};
pub use read::{Progress, ReadOptions, Reading, Told, Unreadable, read, read_quietly};
pub use search::{Found, Query, QueryFault, Snapshot};
pub use source::{Source, SourceName};
pub use store::{Directories, Kept, StoreFault};
