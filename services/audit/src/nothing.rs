//! A projection that keeps nothing, for tests that look at the log alone.

use waymark_desk::{Projection, Seen, Thread};

pub(crate) struct Nothing;

impl Projection for Nothing {
    fn name(&self) -> &'static str {
        "nothing"
    }
    fn apply(&self, _: &Seen, _: &Thread) {}
    fn snapshot(&self) -> Vec<u8> {
        Vec::new()
    }
    fn restore(&self, _: &[u8]) -> bool {
        true
    }
}
