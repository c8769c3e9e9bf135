//! What is shown: every answer becomes one [`json::Json`], which programs get as it is and people as a table or a page.
//!
//! Data goes to standard output, talk to standard error. Nothing here asks an office for anything.

pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod message;
pub(crate) mod names;
pub(crate) mod output;
pub(crate) mod page;
pub(crate) mod progress;
pub(crate) mod table;
