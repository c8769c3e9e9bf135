//! A large bundle: what its hashes cost beside SHA-256 of its entries, how fast the whole of it verifies, and what that takes in memory.

use std::path::Path;
use std::time::Instant;

use waymark_audit::bundle::{Folder, Sink, Writer};
use waymark_audit::verify::{Options, Silent, State, Trust, verify};
use waymark_desk::Exported;
use waymark_domain::event::Event;
use waymark_domain::event::case::{CaseOpened, SectionRecorded};
use waymark_domain::event::consent::ThreadKeyReplaced;
use waymark_domain::event::log::Received;
use waymark_domain::ids::{EventId, Hash, KemPublic, KeyId, NetworkId, OfficeId, Ref, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_domain::words::{Category, Institution, OfficeRole};
use waymark_seal::checkpoint::{Head, Origin, sign_checkpoint};
use waymark_seal::entry::{Audience, Basis, Entry, SUITE, SectionRef, VERSION};
use waymark_seal::hash::leaf_hash;
use waymark_seal::merkle::Frontier;
use waymark_seal::note::Verifier;
use waymark_seal::policy::Policy;
use waymark_seal::roster::{LogRange, Office, OfficeState, Roster};
use waymark_seal::sign::{LogKey, RootKey};

use crate::report::{Reach, Row};

const NETWORK: NetworkId = NetworkId([7; 16]);
const NORTH: OfficeId = OfficeId([1; 16]);
const SOUTH: OfficeId = OfficeId([2; 16]);
/// Entries of one thread, and threads that are written to at the same time.
const THREAD_OF: u64 = 20;
const LANES: u64 = 500;
/// One entry in so many was received from the other office.
const RECEIVED: u64 = 4;
const AT: Timestamp = Timestamp(1_795_500_000);
/// Bytes in memory, at most, while two million entries are verified.
const MEMORY_MIB: f64 = 200.0;
const LARGE: u64 = 2_000_000;

struct Into(Folder);

impl Sink for Into {
    fn file(&mut self, path: &str, bytes: &[u8]) -> bool {
        self.0.write(path, bytes).expect("written");
        true
    }
    fn progress(&mut self, _: u64, _: u64) {}
}

/// Measures a bundle of `entries`; gives how many reaches were missed.
pub(crate) fn run(folder: &Path, entries: u64) -> usize {
    let dir = folder.join("bundle");
    write(&dir, entries);
    let mut missed = hashes(entries.min(400_000));
    let begin = Instant::now();
    let state = verified(&dir, None);
    let whole = entries as f64 / begin.elapsed().as_secs_f64();
    let row = |name, value, unit, reach| Row { name, value, unit, limit: None, reach };
    missed += usize::from(!row("a bundle verified, everything", whole, "entries/s", Reach::Told).print());
    let memory = measured(&dir, entries);
    missed += usize::from(!memory.print());
    let begin = Instant::now();
    verified(&dir, Some(&state));
    let again = begin.elapsed().as_secs_f64() * 1e3;
    missed + usize::from(!row("the same once more, with nothing new", again, "ms", Reach::Told).print())
}

/// Verifies a bundle and prints the most that this process has held; the program calls itself so.
pub(crate) fn print_memory(dir: &Path) {
    verified(dir, None);
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    println!("{}", peak.trim().trim_end_matches(" kB"));
}

fn measured(dir: &Path, entries: u64) -> Row {
    let program = std::env::current_exe().expect("this program");
    let told = std::process::Command::new(program).arg("--bundle").arg(dir).output().expect("it runs");
    let peak: f64 = String::from_utf8_lossy(&told.stdout).trim().parse().expect("a number");
    let reach = if entries > LARGE { Reach::Told } else { Reach::AtMost(MEMORY_MIB) };
    Row {
        name: "most memory while a bundle is verified",
        value: peak / 1024.0,
        unit: "MiB",
        limit: None,
        reach,
    }
}

fn verified(dir: &Path, since: Option<&State>) -> State {
    let options = Options { recognises: &|_| Trust::Confirmed, since };
    let (report, state) = verify(dir, &options, &Silent).expect("read");
    assert!(state.is_some(), "{:?}", report.findings);
    state.expect("nothing is wrong")
}

/// Leaf hashes, tree and tiles on two cores, beside SHA-256 of the same entries on one.
fn hashes(entries: u64) -> usize {
    let mut log = Log::new(NORTH);
    let all: Vec<Vec<u8>> = (0..entries).map(|_| log.case().encode()).collect();
    let begin = Instant::now();
    let sum = all.iter().fold(0_u64, |sum, entry| sum + u64::from(leaf_hash(entry).0[0]));
    let limit = entries as f64 / begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let halves = all.split_at(all.len() / 512 * 256);
    let tiles = |part: &[Vec<u8>]| -> Vec<(Vec<Hash>, Hash)> {
        let bundles = part.chunks(256).map(|bundle| {
            let leaves: Vec<Hash> = bundle.iter().map(|entry| leaf_hash(entry)).collect();
            let mut tree = Frontier::new();
            leaves.iter().for_each(|leaf| tree.push(*leaf));
            (leaves, tree.root())
        });
        bundles.collect()
    };
    let (one, two) = std::thread::scope(|scope| {
        let other = scope.spawn(|| tiles(halves.1));
        (tiles(halves.0), other.join().expect("hashed"))
    });
    let mut upper = Frontier::new();
    one.iter().chain(&two).for_each(|(_, root)| upper.push(*root));
    let value = entries as f64 / begin.elapsed().as_secs_f64();
    assert!(sum > 0 && upper.size() > 0);
    let row = Row {
        name: "leaf hashes, tree and tiles of a bundle, two cores",
        value,
        unit: "entries/s",
        limit: Some(("SHA-256 of an entry, one core", limit)),
        reach: Reach::AtLeast(500_000.0),
    };
    usize::from(!row.print())
}

/// A log that is only written into a bundle.
struct Log {
    office: OfficeId,
    index: u64,
    last: std::collections::HashMap<ThreadId, u64>,
    chains: std::collections::HashMap<Audience, (u64, Hash)>,
    number: u64,
}

impl Log {
    fn new(office: OfficeId) -> Self {
        Self { office, index: 0, last: Default::default(), chains: Default::default(), number: 0 }
    }

    fn entry(&mut self, event: &Event, thread: ThreadId, audience: Audience) -> Entry {
        let (pair_seq, pair_prev) = match audience {
            Audience::Nobody => (0, Hash([0; 32])),
            _ => self.chains.get(&audience).map_or((1, Hash([0; 32])), |(seq, leaf)| (seq + 1, *leaf)),
        };
        let mut name = [self.office.0[0]; 16];
        name[8..].copy_from_slice(&self.index.to_le_bytes());
        let entry = Entry {
            version: VERSION,
            suite: SUITE,
            network: NETWORK,
            office: self.office,
            log: 0,
            index: self.index,
            event: EventId(name),
            roster: 1,
            claimed_at: AT,
            audience,
            pair_seq,
            pair_prev,
            kind: event.kind(),
            thread,
            thread_prev: self.last.insert(thread, self.index),
            basis: Basis::None,
            causes: Vec::new(),
            public: event.encode(),
            actor: vec![9; 24],
            sections: Vec::new(),
            grants: Vec::new(),
        };
        self.index += 1;
        entry
    }

    /// An entry to the other office, about nobody.
    fn written(&mut self, event: &Event, audience: Audience) -> Vec<u8> {
        let entry = self.entry(event, ThreadId(SOUTH.0), audience);
        let bytes = entry.encode();
        self.chains.insert(audience, (entry.pair_seq, leaf_hash(&bytes)));
        bytes
    }

    /// The next entry of a case: threads of twenty entries, of which many are under way at once, as in life.
    fn case(&mut self) -> Entry {
        let of = self.number % LANES + LANES * (self.number / (LANES * THREAD_OF));
        self.number += 1;
        let mut thread = [self.office.0[0]; 16];
        thread[8..].copy_from_slice(&of.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
        let thread = ThreadId(thread);
        let event: Event = match self.last.contains_key(&thread) {
            false => CaseOpened { minor: false, barred: Vec::new(), referral: None }.into(),
            true => SectionRecorded { category: Category::Narrative }.into(),
        };
        let opened = matches!(event, Event::CaseOpened(_));
        let mut entry = self.entry(&event, thread, Audience::Nobody);
        entry.basis = Basis::OwnData;
        if !opened {
            entry.sections.push(SectionRef::new(Category::Narrative, KeyId(thread.0), &[7; 600], 512));
        }
        entry
    }
}

/// North's log of `entries`; one in four names an entry that south wrote, proven under a head of its own.
fn write(dir: &Path, entries: u64) {
    let key = |seed: u8| LogKey::from_seed(&[seed; 32]);
    let (north, south) = (key(1), key(2));
    let root = RootKey::from_seed(&[9; 32]);
    let office = |id, slot: u16, key: &LogKey| Office {
        id,
        slot: slot.try_into().expect("slots count from 1"),
        state: OfficeState::Active,
        country: *b"DE",
        institution: Institution::Ngo,
        roles: vec![OfficeRole::Office],
        name: format!("office {slot}"),
        organisation: format!("organisation {slot}"),
        logs: vec![LogRange { log: 0, from: 0, end: None, key: key.public() }],
        witness: None,
    };
    let roster = Roster {
        network: NETWORK,
        version: 1,
        previous: Hash([0; 32]),
        expires_at: AT.plus(86_400),
        threshold: 1,
        roots: vec![Verifier { name: "root-1".to_owned(), key: root.public() }],
        offices: vec![office(NORTH, 1, &north), office(SOUTH, 2, &south)],
    };
    let origin = |office| Origin { network: NETWORK, office, log: 0 };
    let policy = Policy::of_office(&roster, &NORTH, Some((&origin(NORTH), &north.public()))).encode();
    // Twice: the head stands before the entries that it covers.
    let mut tree = Frontier::new();
    each(entries, None, |_, leaf, _| tree.push(leaf));
    let head = Head { size: tree.size(), root: tree.root() };
    let mut sink = Into(Folder::begin(dir).expect("a new folder"));
    let mut writer = Writer::new(NORTH, 0, &mut sink);
    writer.take(Exported::Roster(&roster.sign(&[("root-1", &root)])));
    writer.take(Exported::Policy(&policy));
    writer.take(Exported::Head(head, &sign_checkpoint(&north, &origin(NORTH), &head)));
    each(entries, Some(&south), |entry, leaf, proof| {
        writer.take(Exported::Entry(entry, leaf));
        if let Some(Sent { entry, path, checkpoint }) = proof {
            writer.take(Exported::Proof { entry, checkpoint, path });
        }
    });
    assert!(writer.end());
    sink.0.keep().expect("kept");
}

/// An entry of south, and what proves it.
struct Sent {
    entry: Vec<u8>,
    path: Vec<Hash>,
    checkpoint: Vec<u8>,
}

/// Every entry of north's log, with its leaf and the proof of what it names; south signs when its key is there.
fn each(entries: u64, south: Option<&LogKey>, mut take: impl FnMut(&[u8], Hash, Option<&Sent>)) {
    let (mut log, mut other, mut tree) = (Log::new(NORTH), Log::new(SOUTH), Frontier::new());
    let origin = Origin { network: NETWORK, office: SOUTH, log: 0 };
    for index in 0..entries {
        if index % RECEIVED != 1 {
            let entry = log.case().encode();
            take(&entry, leaf_hash(&entry), None);
            continue;
        }
        // The last leaf of a tree is proven by the right edge of the tree before it.
        let path = tree.edge().iter().rev().copied().collect();
        let entry =
            other.written(&ThreadKeyReplaced { key: KemPublic([5; 32]) }.into(), Audience::Office(NORTH));
        let at = Ref { office: SOUTH, log: 0, index: tree.size(), leaf: leaf_hash(&entry) };
        tree.push(at.leaf);
        let head = Head { size: tree.size(), root: tree.root() };
        let checkpoint = south.map_or_else(Vec::new, |key| sign_checkpoint(key, &origin, &head));
        let event = Received { entry: at, bodies: Vec::new() }.into();
        let own = log.written(&event, Audience::Office(SOUTH));
        take(&own, leaf_hash(&own), Some(&Sent { entry, path, checkpoint }));
    }
}
