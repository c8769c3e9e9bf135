//! An index compared with one that was made again from the log: row by row, both read side by side.

use std::collections::{BTreeMap, BTreeSet};

use super::{Doubt, Index, read};
use crate::index::Outside;
use crate::runs::Runs;
use crate::sequences::{Chain, Sequence};

/// A part of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IndexPart {
    /// Where an entry lies.
    Places,
    /// The last entry of each thread.
    Threads,
    /// Which entry an event stands in.
    Events,
    /// The numbered chains, sent and received.
    Chains,
    /// What still has to reach other offices.
    Outbox,
    /// The newest heads of other offices.
    Peers,
}

/// What is not the same.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    /// By part: how many rows, and of places and outbox the first entry.
    pub(crate) found: Vec<(IndexPart, u64, Option<u64>)>,
}

impl Differences {
    fn note(&mut self, part: IndexPart, entry: Option<u64>) {
        match self.found.iter_mut().find(|(known, ..)| *known == part) {
            Some((_, count, _)) => *count += 1,
            None => self.found.push((part, 1, entry)),
        }
    }
}

impl Index {
    /// Puts what has gathered in memory to the rest.
    pub(crate) fn store(&self) -> Result<(), Doubt> {
        let frozen = self.freeze();
        self.flush(&frozen)
    }

    /// Compares what is stored with `made`, an index of the same entries, of which the first `written` have left the journal. Both have
    /// been stored.
    pub(crate) fn differences(
        &self,
        made: &Self,
        written: u64,
        outside: Outside<'_>,
    ) -> Result<Differences, Doubt> {
        let mut differences = Differences::default();
        for entry in 0..written {
            if self.places.read(entry)? != made.places.read(entry)? {
                differences.note(IndexPart::Places, Some(entry));
            }
        }
        let rows = rows_differ(&read(&self.threads), &read(&made.threads))?;
        (0..rows).for_each(|_| differences.note(IndexPart::Threads, None));
        let rows = rows_differ(&read(&self.events), &read(&made.events))?;
        (0..rows).for_each(|_| differences.note(IndexPart::Events, None));
        self.chains_differ(made, &mut differences)?;
        self.outbox_differs(made, outside, &mut differences)?;
        self.peers_differ(made, &mut differences);
        Ok(differences)
    }

    fn chains_differ(&self, made: &Self, differences: &mut Differences) -> Result<(), Doubt> {
        let (ours, theirs) = (read(&self.live), read(&made.live));
        let ends = |live: &super::Live| {
            let sent = live.sent.iter().map(|(sequence, end)| (*sequence, (end.number, end.leaf)));
            let received = live.received.iter().map(|(sequence, end)| (*sequence, (end.number, end.leaf)));
            sent.chain(received).collect::<BTreeMap<_, _>>()
        };
        let (ours, theirs) = (ends(&ours), ends(&theirs));
        for sequence in ours.keys().chain(theirs.keys().filter(|sequence| !ours.contains_key(sequence))) {
            let (here, there) = (ours.get(sequence), theirs.get(sequence));
            let count = there.map_or(0, |(number, _)| *number);
            if here != there || !self.sequences.same(&made.sequences, *sequence, count)? {
                differences.note(IndexPart::Chains, None);
            }
        }
        Ok(())
    }

    /// What has a receipt waits no more, and what has none waits. Whether the broker took a receipt of ours, the log does not say.
    fn outbox_differs(
        &self,
        made: &Self,
        outside: Outside<'_>,
        differences: &mut Differences,
    ) -> Result<(), Doubt> {
        let lanes = |index: &Self| index.outbox().lanes().map(|(key, _)| *key).collect::<BTreeSet<_>>();
        let keys = &lanes(self) | &lanes(made);
        for (office, chain) in keys {
            let sequence = match chain {
                Chain::Pair => Sequence::SentTo(office),
                Chain::Network => Sequence::SentToAll,
            };
            for number in 1..=made.last_sent(sequence) {
                let Some(numbered) = (outside.lookup)(sequence, number) else { continue };
                let here = self.outbox().holds(office, chain, numbered.index);
                let there = made.outbox().holds(office, chain, numbered.index);
                if here != there && !numbered.is_receipt {
                    differences.note(IndexPart::Outbox, Some(numbered.index));
                }
            }
        }
        Ok(())
    }

    /// Others' heads may also have come by themselves, and then the log does not have them: none of those it has may be missing.
    fn peers_differ(&self, made: &Self, differences: &mut Differences) {
        let ours = read(&self.live).peers.clone();
        for (key, there) in &read(&made.live).peers {
            let here = ours.get(key).map(|here| here.head);
            let newer = here.is_some_and(|here| here.size > there.head.size);
            if !newer && here != Some(there.head) {
                differences.note(IndexPart::Peers, None);
            }
        }
    }
}

/// How many keys do not have the same values in both.
fn rows_differ<const K: usize>(ours: &Runs<K>, theirs: &Runs<K>) -> Result<u64, Doubt> {
    let (mut ours, mut theirs) = (ours.rows(), theirs.rows());
    let (mut here, mut there) = (ours.next()?, theirs.next()?);
    let mut differ = 0;
    loop {
        match (&here, &there) {
            (None, None) => return Ok(differ),
            (Some((one, of)), Some((other, at))) if one == other => {
                differ += u64::from(of != at);
                (here, there) = (ours.next()?, theirs.next()?);
            }
            (Some((one, _)), Some((other, _))) if one < other => {
                differ += 1;
                here = ours.next()?;
            }
            (Some(_), None) => {
                differ += 1;
                here = ours.next()?;
            }
            (_, Some(_)) => {
                differ += 1;
                there = theirs.next()?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use waymark_domain::ids::{EventId, Hash, OfficeId, Ref, ThreadId};
    use waymark_seal::entry::Audience;

    use super::*;
    use crate::facts::{Facts, RECEIPTED};
    use crate::outbox::Numbered;
    use crate::places::{Place, Reach};
    use crate::segments::At;

    const SOUTH: OfficeId = OfficeId([3; 16]);

    fn facts(index: u64, thread: u8, event: u8) -> Facts {
        let (leaf, audience) = (Hash([event; 32]), Audience::Office(SOUTH));
        let (event, thread) = (EventId([event; 16]), ThreadId([thread; 16]));
        Facts { index, leaf, event, thread, audience, pair_seq: index + 1, kind: 33, foreign: Vec::new() }
    }

    /// An index of these entries, stored.
    fn index(folder: &std::path::Path, entries: &[Facts], settled: &[u64]) -> Index {
        let index = Index::anew(folder, [1; 32]).unwrap();
        let mut rows = Vec::new();
        for entry in entries {
            let (at, reach) = (At::Nowhere, Reach::Office);
            let place = Place { offset: 0, thread_prev: None, at, entry_sum: 0, received: false, reach };
            place.put(entry.index, &mut rows);
        }
        index.places.write(0, &rows).unwrap();
        index.apply(entries);
        index.outbox().opened(SOUTH);
        for own in settled {
            index.receipted(&mut index.outbox(), SOUTH, Chain::Pair, *own, &lookup);
        }
        index.places.sync().unwrap();
        index.store().unwrap();
        index
    }

    fn lookup(_: Sequence, number: u64) -> Option<Numbered> {
        Some(Numbered { index: number - 1, is_receipt: false })
    }

    /// The parts in which `stored` is not what the log gives.
    fn differ(stored: &[Facts], settled: &[u64]) -> Vec<(IndexPart, u64)> {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let log: Vec<Facts> = (0..300).map(|at| facts(at, (at % 7) as u8, (at % 251) as u8)).collect();
        let made = index(there.path(), &log, &[4, 5]);
        let stored = index(here.path(), stored, settled);
        let chain_of = |_: &Ref| None;
        let outside = Outside { lookup: &lookup, chain_of: &chain_of };
        let found = stored.differences(&made, 300, outside).unwrap().found;
        found.into_iter().map(|(part, rows, _)| (part, rows)).collect()
    }

    #[test]
    fn each_row_that_is_gone_more_or_another_is_told_by_its_part() {
        let log: Vec<Facts> = (0..300).map(|at| facts(at, (at % 7) as u8, (at % 251) as u8)).collect();
        assert_eq!(differ(&log, &[4, 5]), []);
        assert_eq!(differ(&log, &[4]), [(IndexPart::Outbox, 1)]);
        assert_eq!(differ(&log, &[4, 5, 9]), [(IndexPart::Outbox, 1)]);
        let mut other = log.clone();
        other[299].thread = ThreadId([99; 16]);
        assert_eq!(
            differ(&other, &[4, 5]),
            [(IndexPart::Threads, 2)],
            "one too many, and one that ends early"
        );
        let mut other = log.clone();
        other[7].event = EventId([252; 16]);
        assert_eq!(differ(&other, &[4, 5]), [(IndexPart::Events, 2)]);
        let mut other = log.clone();
        other[299].leaf = Hash([9; 32]);
        assert_eq!(differ(&other, &[4, 5]), [(IndexPart::Chains, 1)]);
        let mut other = log;
        other[8].pair_seq = 301;
        other[8].kind = RECEIPTED;
        let parts: Vec<IndexPart> = differ(&other, &[4, 5]).into_iter().map(|(part, _)| part).collect();
        assert!(parts.contains(&IndexPart::Chains), "{parts:?}");
    }
}
