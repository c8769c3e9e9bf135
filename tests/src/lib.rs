//! Harness and stories on real servers: a real nats-server, real processes, real files. Nothing is mocked.
//!
//! [`story`] holds what people live through; [`harness`] starts, kills and restarts what they use. The demo plays the same
//! stories that the tests assert. [`forge`] plants frauds in bundles. [`simulation`] plays what nobody would think of, on real desks with mail carried by hand.
#![expect(clippy::indexing_slicing, reason = "a story that meets the unexpected fails")]

pub mod forge;
pub mod harness;
pub mod simulation;
pub mod story;
