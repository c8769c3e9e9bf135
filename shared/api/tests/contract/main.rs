//! The contract as a whole: its form, its words, its limits, and that nothing personal is printed.

mod errors;
mod filled;
mod form;
mod import;
mod limits;
mod neighbours;
mod requests;
mod words;
