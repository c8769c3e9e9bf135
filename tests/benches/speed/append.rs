//! Seal and append: one section of 512 B an event, durable before it is answered; at 10 thousand and at all entries.

#[path = "../../../shared/ledger/tests/office/signer.rs"]
mod signer;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use waymark_domain::ids::{EventId, KeyId, NetworkId, OfficeId, StaffId, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_domain::words::Category;
use waymark_ledger::{Identity, Ledger};
use waymark_seal::actor::{ActorKey, ActorSealer};
use waymark_seal::checkpoint::Origin;
use waymark_seal::entry::{Audience, Entry, SectionRef};
use waymark_seal::rng::{System, bytes};
use waymark_seal::section::{SectionContext, SectionKey, seal_section};
use waymark_seal::sign::LogKey;
use waymark_seal::unplaced::{BasisTo, Unplaced};

use signer::Signer;

use crate::measure::{Blocks, SECTION, beside, costed, p50, rate, section_seals};
use crate::report::{Reach, Row};

const NORTH: OfficeId = OfficeId([2; 16]);
const SOUTH: OfficeId = OfficeId([3; 16]);
const IDENTITY: Identity = Identity { network: NetworkId([1; 16]), office: NORTH, log: 0 };
/// Entries of one thread.
const THREAD_OF: u64 = 20;
/// Threads that are written to at the same time.
const LANES: u64 = 500;
/// The size at which "small" is measured.
const SMALL: u64 = 10_000;
const WRITERS: usize = 64;
const BATCH: usize = 64;

struct Office {
    ledger: Ledger,
    actors: ActorSealer,
    key: SectionKey,
    next: AtomicU64,
}

/// Measures on the disk of `folder`; gives how many reaches were missed.
pub(crate) fn run(folder: &Path, entries: u64) -> usize {
    let data = folder.join("appended");
    Ledger::create(&data, IDENTITY).expect("a ledger");
    let office = Office::open(&data);
    let mut disk = Blocks::new(folder);
    office.fill(SMALL);
    let mut missed = office.rates(&mut disk);
    let small = office.growing();
    let before = (size_on_disk(&data), office.ledger.size());
    office.fill(before.1 + entries);
    office.ledger.settle().expect("settled");
    let events = office.ledger.size() - before.1;
    let each = (size_on_disk(&data) - before.0) as f64 / events as f64 - 512.0;
    let disk_row = Row {
        name: "disk per event beyond the padded section, actor included",
        value: each,
        unit: "B",
        limit: None,
        reach: Reach::AtMost(420.0),
    };
    missed += usize::from(!disk_row.print());
    missed + office.has_not_slowed(&small)
}

/// What must stay the same while the log grows.
struct Growing {
    append: f64,
    publish: f64,
    thread: f64,
    proof: f64,
}

impl Office {
    fn open(data: &Path) -> Self {
        let origin = Origin { network: IDENTITY.network, office: NORTH, log: 0 };
        let signer = Arc::new(Signer { key: LogKey::from_seed(&[7; 32]), origin });
        let (ledger, _) = Ledger::open(data, IDENTITY, signer, &[NORTH, SOUTH]).expect("it opens");
        let actors = ActorKey::random(&mut System).ready();
        Self { ledger, actors, key: SectionKey::random(&mut System), next: AtomicU64::new(0) }
    }

    /// Seals the next event: threads of twenty entries, of which many are under way at once, as in life.
    fn sealed(&self) -> Unplaced {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut thread = [0; 16];
        let of = number % LANES + LANES * (number / (LANES * THREAD_OF));
        thread[..8].copy_from_slice(&of.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
        thread[8..].copy_from_slice(&of.to_le_bytes());
        let (thread, event) = (ThreadId(thread), EventId(bytes(&mut System)));
        let key = KeyId(thread.0);
        let context = SectionContext {
            network: IDENTITY.network,
            office: NORTH,
            thread,
            basis: None,
            category: Category::Narrative,
            event,
            key,
        };
        let (ciphertext, padded) =
            seal_section(&mut System, &self.key, &context, &SECTION).expect("a section below its limit");
        Unplaced {
            network: IDENTITY.network,
            office: NORTH,
            log: 0,
            event,
            roster: 1,
            claimed_at: Timestamp(1_795_500_000),
            audience: Audience::Nobody,
            kind: 33,
            thread,
            basis: BasisTo::OwnData,
            causes: Vec::new(),
            public: vec![Category::Narrative as u8],
            actor: self.actors.seal(&event, &StaffId([9; 8]), None),
            sections: vec![SectionRef::new(Category::Narrative, key, &ciphertext, padded)],
            grants: Vec::new(),
            bodies: vec![ciphertext],
            keep: None,
            to: Vec::new(),
        }
    }

    fn commit(&self, events: usize) {
        let command = (0..events).map(|_| self.sealed()).collect();
        self.ledger.commit(command, Timestamp(1_795_500_000)).expect("committed");
    }

    fn fill(&self, entries: u64) {
        let begin = Instant::now();
        while self.ledger.size() < entries {
            self.commit(BATCH);
            if self.ledger.size().is_multiple_of(BATCH as u64 * 2_048) {
                eprintln!("# {} of {entries} entries after {:.0?}", self.ledger.size(), begin.elapsed());
            }
        }
    }

    fn rates(&self, disk: &mut Blocks) -> usize {
        let (limit, value) = beside(|| disk.syncs(&[7; 512], 1_500), || self.single(1_500));
        let single = Row {
            name: "append, one at a time",
            value,
            unit: "1/s",
            limit: Some(("fdatasync of 512 B over written blocks", limit)),
            reach: Reach::Share(0.5),
        };
        let (limit, value) = beside(section_seals, || self.writers(20_000));
        let seals = "section seals on one core";
        let writers = Row {
            name: "append, 64 writers in flight",
            value,
            unit: "1/s",
            limit: Some((seals, limit)),
            reach: Reach::Share(0.25),
        };
        let (limit, value) = beside(section_seals, || self.batches(20_000));
        let batches = Row {
            name: "append, batches of 64",
            value,
            unit: "1/s",
            limit: Some((seals, limit)),
            reach: Reach::Share(0.3),
        };
        [single, writers, batches].iter().filter(|row| !row.print()).count()
    }

    fn single(&self, count: usize) -> f64 {
        costed("one at a time", count, || (0..count).for_each(|_| self.commit(1)))
    }

    fn batches(&self, count: usize) -> f64 {
        let batches = count / BATCH;
        costed("batches", batches * BATCH, || (0..batches).for_each(|_| self.commit(BATCH)))
    }

    fn writers(&self, count: usize) -> f64 {
        let each = count / WRITERS;
        costed("writers", each * WRITERS, || {
            std::thread::scope(|scope| {
                for _ in 0..WRITERS {
                    scope.spawn(|| (0..each).for_each(|_| self.commit(1)));
                }
            });
        })
    }

    fn growing(&self) -> Growing {
        // The same number of entries is looked at in each round, so only the size of the log differs.
        let middle = |figure: &dyn Fn() -> f64| {
            let mut rounds: Vec<f64> = (0..5).map(|_| figure()).collect();
            rounds.sort_by(f64::total_cmp);
            rounds[2]
        };
        Growing {
            append: middle(&|| 1e6 / self.batches(12_800)),
            publish: middle(&|| self.publish(4_000)),
            thread: middle(&|| self.load(500)),
            proof: middle(&|| self.proof(2_000)),
        }
    }

    /// Microseconds to read an entry with all that travels with it.
    fn publish(&self, count: u64) -> f64 {
        let (head, _) = self.ledger.checkpoint();
        let each = rate(count as usize, || {
            for index in head.size - count..head.size {
                let entry = self.ledger.entry(index).expect("an entry");
                let bodies = self.ledger.bodies(index).expect("bodies");
                let path = self.ledger.inclusion(index, head.size).expect("a path");
                assert!(!entry.is_empty() && !bodies.is_empty() && !path.is_empty());
            }
        });
        1e6 / each
    }

    /// Microseconds to read and parse a thread of twenty entries, p50, over the whole log.
    fn load(&self, count: usize) -> f64 {
        let size = self.ledger.size();
        let mut times = Vec::with_capacity(count);
        let mut step = 0_u64;
        while times.len() < count {
            step += 1;
            let number = step.wrapping_mul(0x9E37_79B9_7F4A_7C15) % size;
            let entry = self.ledger.entry(number).expect("an entry");
            let thread = Entry::parse(&entry).expect("it reads").thread;
            let begin = Instant::now();
            let entries = self.ledger.thread_entries(thread).expect("a thread");
            let read = |(_, entry): &(u64, Vec<u8>)| Entry::parse(entry).expect("it reads").thread;
            let found = entries.iter().map(read).filter(|found| *found == thread).count() as u64;
            let time = begin.elapsed();
            if found == THREAD_OF {
                times.push(time);
            }
        }
        p50(times)
    }

    /// Microseconds for an inclusion path of any entry and a consistency proof from any size.
    fn proof(&self, count: usize) -> f64 {
        let (head, _) = self.ledger.checkpoint();
        let each = rate(count, || {
            for step in 1..=count as u64 {
                let at = step.wrapping_mul(0x9E37_79B9_7F4A_7C15) % (head.size - 1) + 1;
                let path = self.ledger.inclusion(at, head.size).expect("a path");
                let growth = self.ledger.consistency(at, head.size).expect("a proof");
                assert!(!path.is_empty() && !growth.is_empty());
            }
        });
        1e6 / each
    }

    fn has_not_slowed(&self, small: &Growing) -> usize {
        let large = self.growing();
        let slowed = |name, small, large| Row {
            name,
            value: large,
            unit: "us",
            limit: Some(("the same at 10 thousand entries", small)),
            reach: Reach::Times(1.3),
        };
        let thread = Row {
            name: "load one thread of 20 entries, p50",
            value: large.thread,
            unit: "us",
            limit: None,
            reach: Reach::AtMost(60.0),
        };
        let proof = Row {
            reach: Reach::Told,
            ..slowed("an inclusion and a consistency proof", small.proof, large.proof)
        };
        let rows = [
            thread,
            slowed("append, with all entries", small.append, large.append),
            slowed("publish, with all entries", small.publish, large.publish),
            slowed("load one thread, with all entries", small.thread, large.thread),
            proof,
        ];
        rows.iter().filter(|row| !row.print()).count()
    }
}

/// Bytes that the files of `folder` take on the disk, without the journal, which is as large in an empty office.
pub(crate) fn size_on_disk(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let found = path.metadata().expect("a file");
            let journal = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("journal."));
            match (found.is_dir(), journal) {
                (true, _) => size_on_disk(&path),
                (false, true) => 0,
                (false, false) => found.blocks() * 512,
            }
        })
        .sum()
}
