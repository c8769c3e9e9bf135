//! A group that is durable in the journal and not yet in tiles and segments: readers find its entries here.

use waymark_domain::ids::Hash;
use waymark_seal::checkpoint::Head;

use crate::frame::{RecordForm, Span};
use crate::places::Place;

/// One group.
pub(crate) struct Group {
    /// Index of the first entry.
    pub(crate) first: u64,
    /// As written to the journal.
    pub(crate) frame: Vec<u8>,
    pub(crate) spots: Vec<Spot>,
    /// After the last entry.
    pub(crate) head: Head,
    /// Signs that head; within the frame.
    pub(crate) checkpoint: Span,
}

/// One entry of a group.
pub(crate) struct Spot {
    pub(crate) entry: Span,
    pub(crate) record: Span,
    pub(crate) form: RecordForm,
    pub(crate) place: Place,
    pub(crate) leaf: Hash,
}

impl Group {
    /// Index after the last entry.
    pub(crate) fn end(&self) -> u64 {
        self.first + self.spots.len() as u64
    }

    pub(crate) fn spot(&self, index: u64) -> Option<&Spot> {
        self.spots.get(usize::try_from(index.checked_sub(self.first)?).ok()?)
    }

    pub(crate) fn entry(&self, spot: &Spot) -> &[u8] {
        spot.entry.of(&self.frame)
    }

    pub(crate) fn record(&self, spot: &Spot) -> Option<&[u8]> {
        (spot.form == RecordForm::Inline).then(|| spot.record.of(&self.frame))
    }

    pub(crate) fn checkpoint(&self) -> &[u8] {
        self.checkpoint.of(&self.frame)
    }
}
