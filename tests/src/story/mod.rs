//! The stories. Each is played by the demo and asserted by a test.

pub mod audit;
pub mod handover;
pub mod reunion;
pub mod withdrawal;

/// Who tells what happens.
pub trait Narrator {
    /// A chapter begins.
    fn chapter(&mut self, title: &str);
    /// Something happened.
    fn say(&mut self, sentence: &str);
}

/// Tells nothing: for tests.
#[derive(Debug, Default)]
pub struct Silent;

impl Narrator for Silent {
    fn chapter(&mut self, _title: &str) {}
    fn say(&mut self, _sentence: &str) {}
}
