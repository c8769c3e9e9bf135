//! The log of a hostile office: entries, heads, proofs, letters. It holds its keys, so it logs, signs and seals whatever it likes.

use std::collections::HashMap;

use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, Hash, KemPublic, OfficeId, Ref, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::sign_checkpoint;
use waymark_seal::hash::leaf_hash;
use waymark_seal::letter::{Address, Consistency, Entries, Item, Letter, LetterKind, seal_letter};
use waymark_seal::merkle::{Frontier, consistency, inclusion};
use waymark_seal::rng::{Seeded, bytes};
use waymark_seal::roster::LogRange;
use waymark_seal::sign::LogKey;
use waymark_seal::{Audience, Basis, Body, Entry, Head, Origin, entry};

use crate::simulation::town::NETWORK;

const LOG_SEED: [u8; 32] = [70; 32];
/// Entries in one letter: those that came before are there already, and coming twice is no fault.
const IN_LETTER: usize = 48;

/// The log.
pub(super) struct Log {
    pub(super) id: OfficeId,
    pub(super) now: Timestamp,
    pub(super) rng: Seeded,
    written: Vec<Written>,
    chains: HashMap<Audience, (u64, Hash)>,
}

/// An entry, with what goes beside it.
#[derive(Clone)]
struct Written {
    entry: Entry,
    bytes: Vec<u8>,
    bodies: Vec<Body>,
}

impl Log {
    pub(super) fn new(id: OfficeId, now: Timestamp, seed: u64) -> Self {
        Self { id, now, rng: Seeded::new(seed), written: Vec::new(), chains: HashMap::new() }
    }

    /// Its key, as the roster has it.
    pub(super) fn range() -> LogRange {
        LogRange { log: 0, from: 0, end: None, key: LogKey::from_seed(&LOG_SEED).public() }
    }

    pub(super) fn random<const N: usize>(&mut self) -> [u8; N] {
        bytes(&mut self.rng)
    }

    /// A good entry for the next place.
    pub(super) fn entry(&mut self, event: &Event, thread: ThreadId, audience: Audience) -> Entry {
        let (seq, prev) = self.chains.get(&audience).copied().unwrap_or((0, Hash([0; 32])));
        let (pair_seq, pair_prev) = if audience == Audience::Nobody { (0, prev) } else { (seq + 1, prev) };
        Entry {
            version: entry::VERSION,
            suite: entry::SUITE,
            network: NETWORK,
            office: self.id,
            log: 0,
            index: self.size(),
            event: EventId(self.random()),
            roster: 1,
            claimed_at: self.now,
            audience,
            pair_seq,
            pair_prev,
            kind: event.kind(),
            thread,
            thread_prev: None,
            basis: Basis::None,
            causes: Vec::new(),
            public: event.encode(),
            actor: Vec::new(),
            sections: Vec::new(),
            grants: Vec::new(),
        }
    }

    /// Logs an entry as it is; gives its place.
    pub(super) fn write(&mut self, entry: Entry, bodies: Vec<Body>) -> Ref {
        let bytes = entry.encode();
        let (index, leaf) = (self.size(), leaf_hash(&bytes));
        self.chains.insert(entry.audience, (entry.pair_seq, leaf));
        self.written.push(Written { entry, bytes, bodies });
        Ref { office: self.id, log: 0, index, leaf }
    }

    /// Takes back the newest entries, as only a hostile office can.
    pub(super) fn forget(&mut self, entries: usize) {
        let left = self.written.len().saturating_sub(entries).max(2);
        self.written.truncate(left);
        self.chains.clear();
        for written in &self.written {
            let place = (written.entry.pair_seq, leaf_hash(&written.bytes));
            self.chains.insert(written.entry.audience, place);
        }
    }

    /// The newest disclosure in a thread, with its bodies.
    pub(super) fn disclosed(&self, thread: ThreadId) -> Option<(Entry, Vec<Body>)> {
        let found = self.written.iter().rev().find(|written| {
            written.entry.thread == thread && !written.entry.grants.is_empty() && written.bodies.len() == 2
        });
        found.map(|written| (written.entry.clone(), written.bodies.clone()))
    }

    fn size(&self) -> u64 {
        self.written.len() as u64
    }

    pub(super) fn head(&self) -> Head {
        self.tree().0
    }

    fn tree(&self) -> (Head, HashMap<(u8, u64), Hash>) {
        let (mut frontier, mut nodes) = (Frontier::new(), HashMap::new());
        for written in &self.written {
            frontier.push_with(leaf_hash(&written.bytes), |level, index, hash| {
                nodes.insert((level, index), hash);
            });
        }
        (Head { size: self.size(), root: frontier.root() }, nodes)
    }

    /// A letter with the newest entries for an office that holds a head of size `held`.
    pub(super) fn letter(&mut self, to: OfficeId, inbox: Option<&KemPublic>, held: u64) -> Vec<u8> {
        let (head, nodes) = self.tree();
        let node = |level, index| nodes.get(&(level, index)).copied();
        let size = head.size;
        let mine = |written: &&Written| {
            matches!(written.entry.audience, Audience::Network)
                || written.entry.audience == Audience::Office(to)
        };
        let mut items: Vec<Item> = self
            .written
            .iter()
            .rev()
            .filter(mine)
            .take(IN_LETTER)
            .filter_map(|Written { entry, bytes, bodies }| {
                let path = inclusion(size, entry.index, &node)?;
                Some(Item { entry: bytes.clone(), path, bodies: bodies.clone() })
            })
            .collect();
        items.reverse();
        let grown = (1..size).contains(&held).then(|| consistency(held, size, &node)).flatten();
        let origin = Origin { network: NETWORK, office: self.id, log: 0 };
        let entries = Entries {
            log: 0,
            checkpoint: sign_checkpoint(&LogKey::from_seed(&LOG_SEED), &origin, &head),
            consistency: grown.map(|path| Consistency { from_size: held, path }),
            items,
        };
        let address = Address { network: NETWORK, from: self.id, to, id: self.random() };
        let letter = Letter { seen: None, kind: LetterKind::Entries(entries) };
        seal_letter(&mut self.rng, &address, inbox, &letter).unwrap_or_default()
    }
}
