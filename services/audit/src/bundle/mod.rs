//! The auditor's offline bundle: a folder without keys, sections and other bodies, from which anybody can verify what offices wrote.
//!
//! It links threads to cases, so it goes to auditors only. [`write()`] makes its files out of an office's log, [`Folder`] puts them on
//! disk; [`verify`](crate::verify) reads them and trusts none. `proto/WIRE.md`, "A bundle for auditors", is the format.

mod folder;
mod place;
mod write;

pub use folder::{Folder, FolderFault};
pub(crate) use place::{FILES_MAX, MANIFEST, MANIFEST_MAX, Of, Place, files_of, read_manifest};
pub use write::{Sink, Writer, write};
