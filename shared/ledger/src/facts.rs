//! What the index has to know about one entry, taken from the entry and what is kept with it. The same for an entry just
//! committed, one replayed from the journal and one scanned from the tiles: an index made again says the same.

use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, Hash, OfficeId, Ref, ThreadId};
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::hash::leaf_hash;
use waymark_seal::unplaced::{Kept, Unplaced};

use crate::identity::Identity;
use crate::record::{Part, Record};
use crate::sequences::Chain;

/// Kind of [`waymark_domain::event::log::Received`].
pub(crate) const RECEIVED: u16 = 2;
/// Kind of [`waymark_domain::event::log::Receipted`].
pub(crate) const RECEIPTED: u16 = 3;
/// Kind of [`waymark_domain::event::log::CarriedOver`].
const CARRIED_OVER: u16 = 7;

/// An entry of this log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) index: u64,
    pub(crate) leaf: Hash,
    pub(crate) event: EventId,
    pub(crate) thread: ThreadId,
    pub(crate) audience: Audience,
    pub(crate) pair_seq: u64,
    pub(crate) kind: u16,
    pub(crate) foreign: Vec<Foreign>,
}

/// An entry of another log that an entry of this log keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Foreign {
    pub(crate) office: OfficeId,
    pub(crate) log: u32,
    /// Its number among those that its writer sent here; none for one that this office wrote itself, in an earlier log.
    pub(crate) number: Option<(Chain, u64)>,
    pub(crate) leaf: Hash,
    pub(crate) event: EventId,
    /// It is the receipt of this entry of ours.
    pub(crate) receipt_of: Option<Ref>,
    /// The tree head it came with.
    pub(crate) checkpoint: Vec<u8>,
}

impl Foreign {
    /// `None` when the kept bytes are not an entry that another office released, or that this one wrote before this log.
    pub(crate) fn read(entry: &[u8], checkpoint: &[u8], own: &Identity) -> Option<Self> {
        let parsed = Entry::parse(entry).ok()?;
        let number = match parsed.audience {
            _ if parsed.office == own.office && parsed.log < own.log => None,
            Audience::Nobody => return None,
            Audience::Office(_) => Some((Chain::Pair, parsed.pair_seq)),
            Audience::Network => Some((Chain::Network, parsed.pair_seq)),
        };
        let receipt_of = match Event::decode(parsed.kind, &parsed.public) {
            Ok(Event::Received(received)) => {
                let at = received.entry;
                (at.office == own.office && at.log == own.log).then_some(at)
            }
            _ => None,
        };
        Some(Self {
            office: parsed.office,
            log: parsed.log,
            number,
            leaf: leaf_hash(entry),
            event: parsed.event,
            receipt_of,
            checkpoint: checkpoint.to_vec(),
        })
    }
}

/// The entries of other logs that an entry of this kind says it keeps: one for `Received` and `CarriedOver`, each receipt for
/// `Receipted`.
pub(crate) fn named(kind: u16, public: &[u8]) -> Vec<Ref> {
    if ![RECEIVED, RECEIPTED, CARRIED_OVER].contains(&kind) {
        return Vec::new();
    }
    match Event::decode(kind, public) {
        Ok(Event::Received(received)) => vec![received.entry],
        Ok(Event::Receipted(receipted)) => receipted.entries,
        Ok(Event::CarriedOver(carried)) => vec![carried.entry],
        _ => Vec::new(),
    }
}

/// The foreign entries of a draft: the one it keeps, and for `Receipted` one in each body. `None` when one cannot be read, or
/// they are not those that the draft names.
pub(crate) fn foreign_of_draft(
    draft: &Unplaced,
    keep: Option<&Kept>,
    bodies: &[Vec<u8>],
    own: &Identity,
) -> Option<Vec<Foreign>> {
    let mut foreign = Vec::new();
    if let Some(kept) = keep {
        foreign.push(Foreign::read(&kept.entry, &kept.checkpoint, own)?);
    }
    if draft.kind == RECEIPTED {
        for body in bodies {
            foreign.push(foreign_of_body(body, own)?);
        }
    }
    let named = named(draft.kind, &draft.public);
    let fits =
        named.len() == foreign.len() && named.iter().zip(&foreign).all(|(at, entry)| at.leaf == entry.leaf);
    (fits || named.is_empty() && keep.is_some()).then_some(foreign)
}

/// The entry in a body of `Receipted`, which is a whole `Kept`.
pub(crate) fn foreign_of_body(body: &[u8], own: &Identity) -> Option<Foreign> {
    let kept: Kept = postcard::from_bytes(body).ok()?;
    Foreign::read(&kept.entry, &kept.checkpoint, own)
}

/// The foreign entries of a stored record; what is damaged there is left out, and found by a check.
fn foreign_of_record(kind: u16, record: &Record<'_>, own: &Identity) -> Vec<Foreign> {
    let mut foreign = Vec::new();
    if let Some(mut kept) = record.kept()
        && let (Some(Part::Whole(entry)), Some(Part::Whole(checkpoint))) = (kept.next(), kept.next())
    {
        foreign.extend(Foreign::read(entry, checkpoint, own));
    }
    if kind == RECEIPTED {
        let whole = |part| if let Part::Whole(body) = part { foreign_of_body(body, own) } else { None };
        foreign.extend(record.own().filter_map(whole));
    }
    foreign
}

/// The foreign entries in the bytes of a record, as many as can be read; `None` when they are not a record. A directory whose
/// checksum is off, because an erasure was cut short, is read all the same: each part has its own.
pub(crate) fn foreign_of_bytes(kind: u16, bytes: &[u8], own: &Identity) -> Option<Vec<Foreign>> {
    let record = Record::read(bytes).ok().or_else(|| Record::read_unchecked(bytes))?;
    Some(foreign_of_record(kind, &record, own))
}

impl Facts {
    /// From a parsed entry and what is kept with it.
    pub(crate) fn of(entry: &Entry, leaf: Hash, foreign: Vec<Foreign>) -> Self {
        Self {
            index: entry.index,
            leaf,
            event: entry.event,
            thread: entry.thread,
            audience: entry.audience,
            pair_seq: entry.pair_seq,
            kind: entry.kind,
            foreign,
        }
    }
}
