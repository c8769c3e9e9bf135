//! The fold of a case's own thread.

use crate::event::Event;
use crate::world::Applied;

/// A case as its own office knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseState {}

impl CaseState {
    /// Takes one event of the thread.
    pub fn apply(&mut self, _applied: &Applied, _event: &Event) {}
}
