//! Small letters that wait for the post: one of each kind for each office (and log, where entries are asked for), so that nobody
//! fills the box of another.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use waymark_domain::ids::OfficeId;
use waymark_seal::letter::{Chain, LetterKind};

/// Which small letter: a newer one of the same takes the place of the older.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Which {
    HeadAsked,
    HeadTold,
    RosterAsked,
    RosterTold,
    ResendAsked(u32, Chain),
    BackAsked(Chain),
    GivenBack(Chain),
    CosignAsked,
    CosignTold,
    Other,
}

impl Which {
    const fn of(kind: &LetterKind) -> Self {
        match kind {
            LetterKind::HeadAsked { .. } => Self::HeadAsked,
            LetterKind::HeadTold { .. } => Self::HeadTold,
            LetterKind::RosterAsked { .. } => Self::RosterAsked,
            LetterKind::RosterTold { .. } => Self::RosterTold,
            LetterKind::ResendAsked { log, chain, .. } => Self::ResendAsked(*log, *chain),
            LetterKind::BackAsked { chain, .. } => Self::BackAsked(*chain),
            LetterKind::GivenBack(given) => Self::GivenBack(given.chain),
            LetterKind::CosignAsked(_) => Self::CosignAsked,
            LetterKind::CosignTold(_) => Self::CosignTold,
            LetterKind::Entries(_) | LetterKind::Part(_) => Self::Other,
        }
    }
}

/// In the order in which each was first wanted.
#[derive(Default)]
pub(crate) struct Notes {
    order: VecDeque<(OfficeId, Which)>,
    kept: HashMap<(OfficeId, Which), LetterKind>,
}

impl Notes {
    pub(crate) fn put(&mut self, to: OfficeId, kind: LetterKind) {
        let name = (to, Which::of(&kind));
        if self.kept.insert(name, kind).is_none() {
            self.order.push_back(name);
        }
    }

    /// It did not go out: it waits again, unless a newer one does.
    pub(crate) fn put_back(&mut self, to: OfficeId, kind: LetterKind) {
        let name = (to, Which::of(&kind));
        if let Entry::Vacant(place) = self.kept.entry(name) {
            place.insert(kind);
            self.order.push_front(name);
        }
    }

    pub(crate) fn take(&mut self) -> Option<(OfficeId, LetterKind)> {
        let name = self.order.pop_front()?;
        Some((name.0, self.kept.remove(&name)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORTH: OfficeId = OfficeId([1; 16]);
    const SOUTH: OfficeId = OfficeId([2; 16]);

    #[test]
    fn a_flood_to_one_office_costs_no_other_its_letter() {
        let mut notes = Notes::default();
        notes.put(SOUTH, LetterKind::RosterAsked { above: 3 });
        for log in 0..5_000 {
            notes.put(NORTH, LetterKind::HeadAsked { log });
        }
        assert_eq!(notes.take(), Some((SOUTH, LetterKind::RosterAsked { above: 3 })));
        assert_eq!(notes.take(), Some((NORTH, LetterKind::HeadAsked { log: 4_999 })));
        assert_eq!(notes.take(), None);
    }

    #[test]
    fn what_did_not_go_out_waits_again_unless_there_is_a_newer_one() {
        let mut notes = Notes::default();
        notes.put(NORTH, LetterKind::HeadAsked { log: 1 });
        notes.put_back(SOUTH, LetterKind::RosterAsked { above: 3 });
        notes.put_back(NORTH, LetterKind::HeadAsked { log: 0 });
        assert_eq!(notes.take(), Some((SOUTH, LetterKind::RosterAsked { above: 3 })));
        assert_eq!(notes.take(), Some((NORTH, LetterKind::HeadAsked { log: 1 })));
        assert_eq!(notes.take(), None);
    }
}
