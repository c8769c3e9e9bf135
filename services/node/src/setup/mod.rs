//! The files by which a network comes about and changes: the network file, root keys, join files, new keys and drafts of the roster.
//!
//! All but the root keys are public; each is handed over in person and compared by its words ([`words`]). What an office
//! keeps of itself is the desk's business, and what a roster is, is `waymark_seal::roster`'s.

pub(crate) mod administrator;
pub(crate) mod before;
pub(crate) mod change;
pub(crate) mod compared;
pub(crate) mod difference;
pub(crate) mod draft;
pub(crate) mod files;
pub(crate) mod join;
pub(crate) mod keys_file;
pub(crate) mod network;
pub(crate) mod open_fault;
pub(crate) mod root_file;
pub(crate) mod root_key;
pub(crate) mod words;
