//! The places of this office's own units.

use crate::event::Event;
use crate::ids::ThreadId;

/// What is free, held and taken in each unit of this office.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlacesState {}

impl PlacesState {
    /// Takes one event of this office.
    pub fn apply(&mut self, _thread: ThreadId, _event: &Event) {}
}
