//! An office that writes: a ledger in a folder, a key that signs its heads, drafts with real hashes.

mod signer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use waymark_domain::event::log::{Receipted, Received};
use waymark_domain::ids::{EventId, Hash, KeyId, NetworkId, OfficeId, Ref, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_ledger::{HeadSigner as _, Identity, Ledger, OpenFault, OpenReport, Placed, Settings};
use waymark_seal::checkpoint::Origin;
use waymark_seal::entry::{Audience, Entry, SectionRef};
use waymark_seal::hash::sha256;
use waymark_seal::sign::LogKey;
use waymark_seal::unplaced::{BasisTo, Body, Kept, Unplaced};

pub(crate) use signer::Signer;

pub(crate) const NETWORK: NetworkId = NetworkId([1; 16]);
pub(crate) const NORTH: OfficeId = OfficeId([2; 16]);
pub(crate) const SOUTH: OfficeId = OfficeId([3; 16]);
pub(crate) const HARBOUR: OfficeId = OfficeId([4; 16]);
pub(crate) const OFFICES: &[OfficeId] = &[NORTH, SOUTH, HARBOUR];
pub(crate) const NOW: Timestamp = Timestamp(1_795_500_000);

impl Signer {
    pub(crate) fn of(identity: Identity) -> Arc<Self> {
        let origin = Origin { network: identity.network, office: identity.office, log: identity.log };
        Arc::new(Self { key: LogKey::from_seed(&[identity.office.0[0]; 32]), origin })
    }
}

pub(crate) fn identity(office: OfficeId) -> Identity {
    Identity { network: NETWORK, office, log: 0 }
}

/// A small ledger: its journal files are used up and changed often.
pub(crate) fn create(folder: &Path, office: OfficeId) {
    create_small(folder, office, 64 * 1024 * 1024);
}

/// As [`create`], with segments of bodies that are full after so many bytes.
pub(crate) fn create_small(folder: &Path, office: OfficeId, segment_bytes: u32) {
    let settings = Settings { journal_bytes: 400 * 1024, segment_bytes };
    Ledger::create_with(folder, identity(office), settings).expect("a ledger");
}

pub(crate) fn open(folder: &Path, office: OfficeId) -> Result<(Ledger, OpenReport), OpenFault> {
    let identity = identity(office);
    Ledger::open(folder, identity, Signer::of(identity), OFFICES)
}

/// Makes drafts; ids are repeatable.
pub(crate) struct Drafts {
    office: OfficeId,
    counter: AtomicU64,
}

impl Drafts {
    pub(crate) fn new(office: OfficeId, seed: u64) -> Self {
        Self { office, counter: AtomicU64::new(seed << 32) }
    }

    pub(crate) fn id(&self) -> [u8; 16] {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        sha256(&[&self.office.0, &number.to_le_bytes()]).0[..16].try_into().unwrap()
    }

    /// One section of `bytes` bytes.
    pub(crate) fn section(&self, thread: ThreadId, audience: Audience, bytes: usize) -> Unplaced {
        let seed = self.id();
        let body: Vec<u8> = seed.iter().copied().cycle().take(bytes).collect();
        let section = SectionRef { category: 1, key: KeyId(self.id()), padded: 512, hash: sha256(&[&body]) };
        Unplaced {
            sections: vec![section],
            bodies: vec![body],
            actor: vec![7; 33],
            kind: 33,
            ..self.bare(thread, audience)
        }
    }

    /// No bodies.
    pub(crate) fn bare(&self, thread: ThreadId, audience: Audience) -> Unplaced {
        Unplaced {
            network: NETWORK,
            office: self.office,
            log: 0,
            event: EventId(self.id()),
            roster: 1,
            claimed_at: NOW,
            audience,
            kind: 16,
            thread,
            basis: BasisTo::None,
            causes: Vec::new(),
            public: vec![9; 12],
            actor: Vec::new(),
            sections: Vec::new(),
            grants: Vec::new(),
            bodies: Vec::new(),
            keep: None,
            to: Vec::new(),
        }
    }

    /// Keeps another office's entry.
    pub(crate) fn received(&self, kept: Kept) -> Unplaced {
        let entry = Entry::parse(&kept.entry).unwrap();
        let at = Ref { office: entry.office, log: entry.log, index: entry.index, leaf: entry.leaf() };
        let public = waymark_domain::event::Event::from(Received {
            entry: at,
            bodies: entry.body_hashes().copied().collect(),
        });
        let audience = Audience::Office(entry.office);
        Unplaced { kind: 2, public: public.encode(), keep: Some(kept), ..self.bare(entry.thread, audience) }
    }

    /// Logs one receipt that came, and keeps it.
    pub(crate) fn receipted_one(&self, receipt: Kept) -> Unplaced {
        Unplaced { bodies: Vec::new(), keep: Some(receipt.clone()), ..self.receipted(&[receipt]) }
    }

    /// Logs receipts that came.
    pub(crate) fn receipted(&self, receipts: &[Kept]) -> Unplaced {
        let at = |kept: &Kept| {
            let entry = Entry::parse(&kept.entry).unwrap();
            Ref { office: entry.office, log: entry.log, index: entry.index, leaf: entry.leaf() }
        };
        let public =
            waymark_domain::event::Event::from(Receipted { entries: receipts.iter().map(at).collect() });
        let bodies = receipts.iter().map(|kept| postcard::to_allocvec(kept).unwrap()).collect();
        Unplaced {
            kind: 3,
            public: public.encode(),
            bodies,
            ..self.bare(ThreadId([0; 16]), Audience::Nobody)
        }
    }
}

/// An entry of `ledger` as it travels.
pub(crate) fn kept(ledger: &Ledger, index: u64) -> Kept {
    let (head, checkpoint) = ledger.checkpoint();
    let path = ledger.inclusion(index, head.size).unwrap();
    Kept { entry: ledger.entry(index).unwrap(), bodies: ledger.bodies(index).unwrap(), checkpoint, path }
}

pub(crate) fn commit(ledger: &Ledger, drafts: Vec<Unplaced>) -> Vec<Placed> {
    ledger.commit(drafts, NOW).unwrap()
}

/// Every entry is there, hashes to its leaf, and together they have the root that is signed; bodies are those that are named.
pub(crate) fn verify_whole(ledger: &Ledger) {
    let mut frontier = waymark_seal::merkle::Frontier::new();
    for step in ledger.scan(0) {
        let (index, bytes, leaf) = step.unwrap();
        assert_eq!(index, frontier.size());
        assert_eq!(bytes, ledger.entry(index).unwrap());
        let entry = Entry::parse(&bytes).unwrap();
        assert_eq!(entry.index, index);
        let bodies = ledger.bodies(index).unwrap();
        if entry.kind != 3 {
            let hashes: Vec<Hash> = bodies.iter().map(Body::hash).collect();
            assert_eq!(hashes, entry.body_hashes().copied().collect::<Vec<_>>(), "bodies of {index}");
        }
        assert_eq!(leaf, waymark_seal::hash::leaf_hash(&bytes));
        frontier.push(leaf);
    }
    let (head, checkpoint) = ledger.checkpoint();
    assert_eq!(frontier.size(), head.size);
    assert_eq!(frontier.root(), head.root);
    if head.size > 0 {
        assert_eq!(Signer::of(ledger.identity()).verify(&checkpoint), Some(head));
    }
}

/// A copy of a data folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
