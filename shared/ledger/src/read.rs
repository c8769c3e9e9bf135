//! Reading: entries, bodies, kept entries, threads, chains, proofs. Nothing here waits for a commit.

use std::sync::PoisonError;

use waymark_domain::ids::{EventId, Hash, OfficeId, ThreadId};
use waymark_seal::checkpoint::Head;
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::hash::{leaf_hash, sha256};
use waymark_seal::merkle;
use waymark_seal::unplaced::{Body, Kept};

use crate::again;
use crate::check::receipt_leaf;
use crate::core::Core;
use crate::facts::{RECEIPTED, named};
use crate::fault::{HeadContradicts, ReadFault};
use crate::index::{Doubt, Index, sequence_of};
use crate::ledger::Ledger;
use crate::peers::PeerHead;
use crate::places::Place;
use crate::record::{self, Part, Record};
use crate::segments::At;
use crate::sequences::{Chain, Sequence};
use crate::tiles::{WIDTH, split_bundle};

impl Ledger {
    /// How many entries are durable.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.core.view.size()
    }

    /// Size and root of the durable log.
    #[must_use]
    pub fn head(&self) -> Head {
        self.core.view.head()
    }

    /// The newest signed checkpoint and its head: as durable as the entries under it, so they may leave the office.
    #[must_use]
    pub fn checkpoint(&self) -> (Head, Vec<u8>) {
        let (head, checkpoint) = self.core.view.checkpoint();
        (head, checkpoint.to_vec())
    }

    /// The bytes of an entry.
    ///
    /// # Errors
    /// [`ReadFault::EntryDamaged`] when they are no longer those that were logged.
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, ReadFault> {
        self.core.within(index)?;
        match self.entry_under_way(index) {
            Some(entry) => Ok(entry),
            None => self.entry_at(index, &self.place(index)?),
        }
    }

    /// The entry, when it has not left the journal yet.
    fn entry_under_way(&self, index: u64) -> Option<Vec<u8>> {
        let group = self.core.view.group_of(index)?;
        group.spot(index).map(|spot| group.entry(spot).to_vec())
    }

    fn entry_at(&self, index: u64, place: &Place) -> Result<Vec<u8>, ReadFault> {
        match self.core.tiles.entry(index / WIDTH, place.offset)? {
            Some(bytes) if crc32c::crc32c(&bytes) == place.entry_sum => Ok(bytes),
            _ => self.core.entry_by_bundle(index),
        }
    }

    /// The leaf hash of an entry.
    ///
    /// # Errors
    /// [`ReadFault`].
    pub fn leaf(&self, index: u64) -> Result<Hash, ReadFault> {
        self.core.within(index)?;
        self.core.leaf(index).ok_or(ReadFault::TreeDamaged { index })
    }

    /// The entry's bodies: section ciphertexts, then wraps (for `Receipted`, the receipts); erased ones are withheld.
    ///
    /// # Errors
    /// [`ReadFault::BodiesDamaged`] when one is neither there nor erased.
    pub fn bodies(&self, index: u64) -> Result<Vec<Body>, ReadFault> {
        self.steadily(|| self.bodies_now(index))
    }

    /// The body at `position` of this office's entry `index`, for a reader who has the entry at hand: `event` and `hash` are what it
    /// names.
    ///
    /// # Errors
    /// [`ReadFault::BodiesDamaged`] when it is neither there nor erased.
    pub fn body(&self, index: u64, event: EventId, position: usize, hash: &Hash) -> Result<Body, ReadFault> {
        self.steadily(|| {
            let damaged = ReadFault::BodiesDamaged { index };
            let Some(record) = self.record(index, event)? else { return Err(damaged) };
            let record = Record::read(&record).map_err(|_| ReadFault::BodiesDamaged { index })?;
            record.own().nth(position).and_then(|part| body(part, Some(*hash))).ok_or(damaged)
        })
    }

    /// Reads once more when bodies look damaged: they may have been changing at that moment.
    fn steadily<T>(&self, read: impl Fn() -> Result<T, ReadFault>) -> Result<T, ReadFault> {
        match read() {
            Err(ReadFault::BodiesDamaged { .. }) => {
                let _still = self.core.changing.lock().unwrap_or_else(PoisonError::into_inner);
                read()
            }
            outcome => outcome,
        }
    }

    fn bodies_now(&self, index: u64) -> Result<Vec<Body>, ReadFault> {
        let damaged = ReadFault::BodiesDamaged { index };
        let entry = Entry::parse(&self.entry(index)?).map_err(|_| ReadFault::EntryDamaged { index })?;
        let Some(record) = self.record(index, entry.event)? else {
            let none = entry.body_count() == 0 && named(entry.kind, &entry.public).is_empty();
            return if none { Ok(Vec::new()) } else { Err(damaged) };
        };
        let record = Record::read(&record).map_err(|_| ReadFault::BodiesDamaged { index })?;
        let mut hashes = entry.body_hashes().copied();
        let bodies: Option<Vec<Body>> = record.own().map(|part| body(part, hashes.next())).collect();
        let named = named(entry.kind, &entry.public);
        let is_named = |leaf| named.iter().any(|at| at.leaf == leaf);
        let receipts_fit =
            |bodies: &[Body]| entry.kind != RECEIPTED || bodies.iter().filter_map(receipt_leaf).all(is_named);
        bodies.filter(|bodies| bodies.len() >= entry.body_count() && receipts_fit(bodies)).ok_or(damaged)
    }

    /// The entry of another log that a `Received`, a `CarriedOver`, or a `Receipted` of one receipt, keeps.
    ///
    /// # Errors
    /// [`ReadFault::BodiesDamaged`] when it is neither there nor erased.
    pub fn kept(&self, index: u64) -> Result<Option<Kept>, ReadFault> {
        self.steadily(|| self.kept_now(index))
    }

    /// Every entry of other logs that an entry keeps: one for `Received` and `CarriedOver`, each receipt for `Receipted`.
    ///
    /// # Errors
    /// [`ReadFault::BodiesDamaged`] when one is neither there nor erased.
    pub fn kept_all(&self, index: u64) -> Result<Vec<Kept>, ReadFault> {
        if let Some(kept) = self.kept(index)? {
            return Ok(vec![kept]);
        }
        let entry = Entry::parse(&self.entry(index)?).map_err(|_| ReadFault::EntryDamaged { index })?;
        if entry.kind != RECEIPTED {
            return Ok(Vec::new());
        }
        let receipt = |body: &Body| match body {
            Body::Whole(bytes) => postcard::from_bytes(bytes).ok(),
            Body::Withheld(_) => None,
        };
        let kept: Option<Vec<Kept>> = self.bodies(index)?.iter().map(receipt).collect();
        kept.ok_or(ReadFault::BodiesDamaged { index })
    }

    fn kept_now(&self, index: u64) -> Result<Option<Kept>, ReadFault> {
        let entry = Entry::parse(&self.entry(index)?).map_err(|_| ReadFault::EntryDamaged { index })?;
        let Some(record) = self.record(index, entry.event)? else {
            let none = named(entry.kind, &entry.public).is_empty();
            return if none { Ok(None) } else { Err(ReadFault::BodiesDamaged { index }) };
        };
        let record = Record::read(&record).map_err(|_| ReadFault::BodiesDamaged { index })?;
        match record.kept() {
            None => Ok(None),
            Some(parts) => {
                let named = named(entry.kind, &entry.public).first().map(|at| at.leaf);
                let fits = |kept: &Kept| named.is_none_or(|leaf| leaf_hash(&kept.entry) == leaf);
                kept(parts).filter(fits).map(Some).ok_or(ReadFault::BodiesDamaged { index })
            }
        }
    }

    /// A thread's entries by own-log index, oldest first: its own entries and each `Received` in it.
    ///
    /// # Errors
    /// [`ReadFault`].
    pub fn thread_entries(&self, thread: ThreadId) -> Result<Vec<(u64, Vec<u8>)>, ReadFault> {
        let mut next = self.ask(|index| index.thread_end(thread))?;
        let mut found = Vec::new();
        while let Some(at) = next.filter(|at| *at < self.size()) {
            let place = self.place(at)?;
            let entry = match self.entry_under_way(at) {
                Some(entry) => entry,
                None => self.entry_at(at, &place)?,
            };
            found.push((at, entry));
            next = place.thread_prev;
        }
        found.reverse();
        Ok(found)
    }

    /// The own-log indices of a thread's entries, oldest first. Reads no entry.
    ///
    /// # Errors
    /// [`ReadFault`].
    pub fn thread_indices(&self, thread: ThreadId) -> Result<Vec<u64>, ReadFault> {
        let mut next = self.ask(|index| index.thread_end(thread))?;
        let mut found = Vec::new();
        while let Some(at) = next.filter(|at| *at < self.size()) {
            found.push(at);
            next = self.place(at)?.thread_prev;
        }
        found.reverse();
        Ok(found)
    }

    /// Index of the entry of this event: this office's own, or the `Received` that keeps another office's.
    ///
    /// # Errors
    /// [`ReadFault`].
    pub fn find_event(&self, event: EventId) -> Result<Option<u64>, ReadFault> {
        for index in self.ask(|index| index.event_candidates(event))? {
            if index < self.size() && self.holds_event(index, event)? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    fn holds_event(&self, index: u64, event: EventId) -> Result<bool, ReadFault> {
        let of = |bytes: &[u8]| Entry::parse(bytes).map(|entry| entry.event).ok();
        if of(&self.entry(index)?) == Some(event) {
            return Ok(true);
        }
        if let Some(kept) = self.kept(index)? {
            return Ok(of(&kept.entry) == Some(event));
        }
        let bodies = self.bodies(index)?;
        let receipts = bodies.iter().filter_map(|body| match body {
            Body::Whole(bytes) => postcard::from_bytes::<Kept>(bytes).ok(),
            Body::Withheld(_) => None,
        });
        Ok(receipts.into_iter().any(|kept| of(&kept.entry) == Some(event)))
    }

    /// Own-log index of the entry that keeps number `number` of another office's chain.
    ///
    /// # Errors
    /// [`ReadFault`].
    pub fn received(
        &self,
        office: OfficeId,
        log: u32,
        chain: Chain,
        number: u64,
    ) -> Result<Option<u64>, ReadFault> {
        self.ask(|index| index.chain_index(Sequence::ReceivedFrom(office, log, chain), number))
    }

    /// The highest number received of another office's chain and its leaf hash; 0 and zeros for none.
    #[must_use]
    pub fn received_up_to(&self, office: OfficeId, log: u32, chain: Chain) -> (u64, Hash) {
        let end = self.core.index().received_end(Sequence::ReceivedFrom(office, log, chain));
        end.map_or((0, Hash([0; 32])), |end| (end.number, end.leaf))
    }

    /// Index of this office's entry with number `number` to an audience.
    ///
    /// # Errors
    /// [`ReadFault`].
    pub fn sent(&self, audience: Audience, number: u64) -> Result<Option<u64>, ReadFault> {
        match sequence_of(audience) {
            Some(sequence) => self.ask(|index| index.chain_index(sequence, number)),
            None => Ok(None),
        }
    }

    /// The last number given to an entry to an audience; 0 for none.
    #[must_use]
    pub fn sent_up_to(&self, audience: Audience) -> u64 {
        sequence_of(audience).map_or(0, |sequence| self.core.index().last_sent(sequence))
    }

    /// The path from entry `index` to the root of the first `size` entries.
    ///
    /// # Errors
    /// [`ReadFault`].
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, ReadFault> {
        self.core.within(size.saturating_sub(1))?;
        self.core.within(index)?;
        let head = self.head();
        let path = merkle::inclusion(size, index, &|level, node| self.core.node(size, level, node))
            .ok_or(ReadFault::TreeDamaged { index })?;
        // The root of the newest head is known without the tiles: a stored hash that has changed does not go out.
        if size == head.size && !merkle::verify_inclusion(&self.leaf(index)?, index, size, &path, &head.root)
        {
            return Err(ReadFault::TreeDamaged { index });
        }
        Ok(path)
    }

    /// The proof that the first `to` entries begin with the first `from`.
    ///
    /// # Errors
    /// [`ReadFault`].
    pub fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, ReadFault> {
        if to > 0 {
            self.core.within(to - 1)?;
        }
        merkle::consistency(from, to, &|level, node| self.core.node(to, level, node))
            .ok_or(ReadFault::TreeDamaged { index: from })
    }

    /// The newest head of another office's log that was noted, or came with what is kept.
    #[must_use]
    pub fn peer_head(&self, office: OfficeId, log: u32) -> Option<PeerHead> {
        self.core.index().peer(office, log)
    }

    /// Notes a verified head of another office's log, when it is newer.
    ///
    /// # Errors
    /// [`HeadContradicts`] when another root is noted for that size: a fork.
    pub fn note_peer_head(
        &self,
        office: OfficeId,
        log: u32,
        head: Head,
        checkpoint: &[u8],
    ) -> Result<(), HeadContradicts> {
        self.core.index().note_peer(office, log, head, checkpoint)
    }

    pub(crate) fn record(&self, index: u64, event: EventId) -> Result<Option<Vec<u8>>, ReadFault> {
        if let Some(group) = self.core.view.group_of(index)
            && let Some(record) = group.spot(index).and_then(|spot| group.record(spot))
        {
            return Ok(Some(record.to_vec()));
        }
        let place = self.place(index)?;
        let record = self.core.segments.read(place.at, event)?;
        // A large record was written before its index was known; it is found by its event.
        let fits = |bytes: &Vec<u8>| place.at == At::Large || record::index(bytes) == Some(index);
        match record.filter(fits) {
            Some(record) => Ok(Some(record)),
            None if place.at == At::Nowhere => Ok(None),
            None => Err(ReadFault::BodiesDamaged { index }),
        }
    }

    pub(crate) fn place(&self, at: u64) -> Result<Place, ReadFault> {
        self.ask(|index| self.core.place_in(index, at)?.ok_or(Doubt::Damaged))
    }

    /// Asks the index; one that is in doubt is made again first.
    pub(crate) fn ask<T>(&self, question: impl Fn(&Index) -> Result<T, Doubt>) -> Result<T, ReadFault> {
        let index = self.core.index();
        if !index.is_doubtful() {
            match question(&index) {
                Err(Doubt::Damaged) => index.put_in_doubt(),
                answer => return answer.map_err(again::fault_of),
            }
        }
        drop(index);
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        // Another caller may have made it again in the meantime.
        if self.core.index().is_doubtful() {
            again::make_index_again(&self.core, &mut tail).map_err(|_| ReadFault::IndexDamaged)?;
        }
        drop(tail);
        question(&self.core.index()).map_err(again::fault_of)
    }
}

/// A part as a body; `None` when it is damaged or not the one that the entry names.
fn body(part: Part<'_>, hash: Option<Hash>) -> Option<Body> {
    match part {
        Part::Whole(bytes) if hash.is_none_or(|hash| sha256(&[bytes]) == hash) => {
            Some(Body::Whole(bytes.to_vec()))
        }
        Part::Withheld(is) if hash.is_none_or(|hash| is == hash) => Some(Body::Withheld(is)),
        Part::Erased => hash.map(Body::Withheld),
        Part::Whole(_) | Part::Withheld(_) | Part::Damaged => None,
    }
}

/// A kept entry out of its parts.
pub(crate) fn kept<'a>(mut parts: impl Iterator<Item = Part<'a>>) -> Option<Kept> {
    let mut whole = || match parts.next()? {
        Part::Whole(bytes) => Some(bytes.to_vec()),
        Part::Withheld(_) | Part::Erased | Part::Damaged => None,
    };
    let (entry, checkpoint, path) = (whole()?, whole()?, whole()?);
    let (path, rest) = path.as_chunks::<32>();
    if !rest.is_empty() {
        return None;
    }
    let path = path.iter().map(|hash| Hash(*hash)).collect();
    let parsed = Entry::parse(&entry).ok()?;
    let mut hashes = parsed.body_hashes().copied();
    let bodies = parts.map(|part| body(part, hashes.next())).collect::<Option<_>>()?;
    Some(Kept { entry, bodies, checkpoint, path })
}

impl Core {
    pub(crate) fn within(&self, index: u64) -> Result<(), ReadFault> {
        if index < self.view.size() { Ok(()) } else { Err(ReadFault::Absent { index }) }
    }

    /// The entry by going through its bundle, compared with its leaf hash: the way that needs no place.
    pub(crate) fn entry_by_bundle(&self, index: u64) -> Result<Vec<u8>, ReadFault> {
        let bundle = self.tiles.bundle(index / WIDTH)?;
        let entry = split_bundle(&bundle).nth((index % WIDTH) as usize).map(|(_, entry)| entry);
        match (entry, self.leaf(index)) {
            (Some(entry), Some(leaf)) if leaf_hash(entry) == leaf => {
                // The entry is well, so its place is not.
                self.index().put_in_doubt();
                Ok(entry.to_vec())
            }
            _ => Err(ReadFault::EntryDamaged { index }),
        }
    }
}

#[cfg(test)]
mod tests {
    use waymark_domain::ids::ThreadId;

    use super::*;
    use crate::office::{Drafts, NORTH, commit, create, open};

    #[test]
    fn a_whole_record_with_another_body_than_the_entry_names_is_damage() {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path(), NORTH);
        let (ledger, _) = open(folder.path(), NORTH).unwrap();
        let drafts = Drafts::new(NORTH, 1);
        let placed = commit(&ledger, vec![drafts.section(ThreadId([1; 16]), Audience::Nobody, 500)]);
        ledger.settle().unwrap();
        let mut other = record::encode(&[Body::Whole(vec![1; 500])], None).unwrap();
        record::set_index(&mut other, 0);
        let at = ledger.place(0).unwrap().at;
        ledger.core.segments.rewrite(at, placed[0].event, &other).unwrap();
        assert!(matches!(ledger.bodies(0), Err(ReadFault::BodiesDamaged { index: 0 })));
    }
}
