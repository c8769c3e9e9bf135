//! A bundle taken apart, changed and put together again as whoever holds the keys could: signed anew, with a manifest that fits.
//!
//! [`plant`] holds the frauds that the story of the auditor and the tests of the verification plant. One log of each office.

pub mod plant;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use waymark_audit::bundle::{Folder, Sink, Writer};
use waymark_desk::Exported;
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, Hash, OfficeId, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::{Head, Origin, sign_checkpoint};
use waymark_seal::entry::{self, Audience, Basis, Entry};
use waymark_seal::hash::{leaf_hash, sha256};
use waymark_seal::merkle::{Frontier, inclusion};
use waymark_seal::proven::{Proven, split_records};
use waymark_seal::rng::{System, bytes};
use waymark_seal::sign::LogKey;

/// Files of a bundle, put into a folder.
pub struct Into(pub Folder);

impl Sink for Into {
    fn file(&mut self, path: &str, bytes: &[u8]) -> bool {
        self.0.write(path, bytes).expect("a file that can be written");
        true
    }
    fn progress(&mut self, done: u64, total: u64) {
        assert!(done <= total);
    }
}

/// One log of a bundle.
#[derive(Clone, Default)]
pub struct Log {
    /// The policy file.
    pub policy: Vec<u8>,
    /// Every entry as it is stored.
    pub entries: Vec<Vec<u8>>,
    /// Proofs of what it received.
    pub records: Vec<Proven>,
}

/// All of a bundle.
pub struct Forge<'k> {
    /// Roster versions, as signed.
    pub rosters: Vec<Vec<u8>>,
    /// The logs by office.
    pub logs: BTreeMap<OfficeId, Log>,
    /// The keys that sign their heads.
    pub keys: &'k BTreeMap<OfficeId, LogKey>,
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
}

/// Every file of a bundle by its path in it, without the manifest.
pub fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = Vec::new();
    files_below(dir, &mut found);
    let name = |path: &Path| {
        let below = path.strip_prefix(dir).expect("below the folder");
        below.to_str().expect("a name that is text").to_owned()
    };
    let files = found.iter().map(|path| (name(path), std::fs::read(path).expect("a file")));
    files.filter(|(path, _)| path != "manifest").collect()
}

/// Writes files as they are, with a manifest that names them.
pub fn put(dir: &Path, files: &BTreeMap<String, Vec<u8>>) {
    for (path, bytes) in files {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, bytes).expect("written");
    }
    std::fs::write(dir.join("manifest"), manifest(files)).expect("written");
}

/// The manifest of these files.
#[must_use]
pub fn manifest(files: &BTreeMap<String, Vec<u8>>) -> String {
    files.iter().map(|(path, bytes)| format!("{}  {path}\n", sha256(&[bytes]))).collect()
}

impl<'k> Forge<'k> {
    /// Takes a bundle apart.
    pub fn open(dir: &Path, keys: &'k BTreeMap<OfficeId, LogKey>) -> Self {
        let mut forge = Self { rosters: Vec::new(), logs: BTreeMap::new(), keys };
        for (path, bytes) in files(dir) {
            let parts: Vec<&str> = path.split('/').collect();
            match parts.as_slice() {
                ["roster", _] => forge.rosters.push(bytes),
                ["offices", office, _, rest @ ..] => {
                    let log = forge.logs.entry(office.parse().expect("an office")).or_default();
                    match rest {
                        ["policy"] => log.policy = bytes,
                        ["tile", "entries", ..] => log.entries.extend(entries_in(&bytes)),
                        ["received", ..] => log.records.extend(split_records(&bytes).map(|record| {
                            let (_, record) = record.expect("a record");
                            Proven::parse(record).expect("a proof")
                        })),
                        _ => {}
                    }
                }
                _ => panic!("{path}"),
            }
        }
        forge
    }

    /// The log of an office.
    pub fn log(&mut self, office: OfficeId) -> &mut Log {
        self.logs.get_mut(&office).expect("its log is in the bundle")
    }

    /// Puts it together in a new folder.
    pub fn write(&self, dir: &Path) {
        for (office, log) in &self.logs {
            let mut sink = Into(Folder::begin(dir).expect("a bundle, or nothing"));
            let mut writer = Writer::new(*office, log.origin().log, &mut sink);
            for version in &self.rosters {
                assert!(writer.take(Exported::Roster(version)));
            }
            let head = log.head();
            let checkpoint = sign_checkpoint(&self.keys[office], &log.origin(), &head);
            let policy = str::from_utf8(&log.policy).expect("text");
            assert!(writer.take(Exported::Policy(policy)));
            assert!(writer.take(Exported::Head(head, &checkpoint)));
            for (entry, index) in log.entries.iter().zip(0..) {
                assert!(writer.take(Exported::Entry(entry, leaf_hash(entry))));
                for record in log.records.iter().filter(|record| record.at == index) {
                    let Proven { entry, checkpoint, path, .. } = record;
                    assert!(writer.take(Exported::Proof { entry, checkpoint, path }));
                }
            }
            assert!(writer.end());
            sink.0.keep().expect("kept");
        }
    }
}

fn place(index: u64) -> usize {
    usize::try_from(index).expect("an index in memory")
}

fn parsed(entry: &[u8]) -> Entry {
    Entry::parse(entry).expect("an entry")
}

fn entries_in(mut bundle: &[u8]) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bundle.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at(usize::from(u16::from_be_bytes(*length)));
        entries.push(entry.to_vec());
        bundle = rest;
    }
    entries
}

impl Log {
    fn tree(&self) -> (Head, BTreeMap<(u8, u64), Hash>) {
        let (mut tree, mut nodes) = (Frontier::new(), BTreeMap::new());
        for entry in &self.entries {
            tree.push_with(leaf_hash(entry), |level, index, hash| {
                nodes.insert((level, index), hash);
            });
        }
        (Head { size: tree.size(), root: tree.root() }, nodes)
    }

    /// The C2SP origin of the log.
    #[must_use]
    pub fn origin(&self) -> Origin {
        let first = self.entry(0);
        Origin { network: first.network, office: first.office, log: first.log }
    }

    /// Its newest head.
    #[must_use]
    pub fn head(&self) -> Head {
        self.tree().0
    }

    /// The proof of an entry under the newest head.
    #[must_use]
    pub fn path(&self, index: u64) -> Vec<Hash> {
        let (head, nodes) = self.tree();
        inclusion(head.size, index, &|level, index| nodes.get(&(level, index)).copied()).expect("it is there")
    }

    /// An entry.
    #[must_use]
    pub fn entry(&self, index: u64) -> Entry {
        parsed(&self.entries[place(index)])
    }

    /// Every entry.
    #[must_use]
    pub fn all(&self) -> Vec<Entry> {
        self.entries.iter().map(|entry| parsed(entry)).collect()
    }

    /// The oldest entry that is as asked.
    #[must_use]
    pub fn first(&self, is: impl FnMut(&Entry) -> bool) -> Entry {
        self.all().into_iter().find(is).expect("there is one")
    }

    /// The newest entry that is as asked.
    #[must_use]
    pub fn newest(&self, is: impl Fn(&Entry) -> bool) -> Entry {
        self.all().into_iter().rfind(is).expect("there is one")
    }

    /// A good entry for the end of the log.
    #[must_use]
    pub fn next(&self, event: &Event, thread: ThreadId, audience: Audience, at: Timestamp) -> Entry {
        let all = self.all();
        let last = all.iter().rfind(|entry| entry.audience == audience);
        let (pair_seq, pair_prev) = match (audience, last) {
            (Audience::Nobody, _) => (0, Hash([0; 32])),
            (_, None) => (1, Hash([0; 32])),
            (_, Some(last)) => (last.pair_seq + 1, last.leaf()),
        };
        Entry {
            version: entry::VERSION,
            suite: entry::SUITE,
            network: all[0].network,
            office: all[0].office,
            log: all[0].log,
            index: all.len() as u64,
            event: EventId(bytes(&mut System)),
            roster: all.iter().map(|entry| entry.roster).max().expect("an entry"),
            claimed_at: at,
            audience,
            pair_seq,
            pair_prev,
            kind: event.kind(),
            thread,
            thread_prev: all.iter().rfind(|entry| entry.thread == thread).map(|entry| entry.index),
            basis: Basis::None,
            causes: Vec::new(),
            public: event.encode(),
            actor: Vec::new(),
            sections: Vec::new(),
            grants: Vec::new(),
        }
    }

    /// One more entry.
    pub fn append(&mut self, entry: &Entry) {
        self.entries.push(entry.encode());
    }

    /// Changes one entry.
    pub fn change(&mut self, index: u64, change: impl FnOnce(&mut Entry)) {
        let mut entry = self.entry(index);
        change(&mut entry);
        self.entries[place(index)] = entry.encode();
    }

    /// Takes one entry out and gives all others their places anew, as a clever forger would.
    pub fn drop(&mut self, index: u64) {
        let mut kept: Vec<Entry> = Vec::new();
        for (mut entry, old) in self.all().into_iter().zip(0_u64..) {
            if old == index {
                continue;
            }
            entry.index = kept.len() as u64;
            let before = kept.iter().rfind(|before| before.thread == entry.thread);
            entry.thread_prev = before.map(|before| before.index);
            let last = kept.iter().rfind(|before| before.audience == entry.audience);
            if entry.audience != Audience::Nobody {
                entry.pair_seq = last.map_or(1, |last| last.pair_seq + 1);
                entry.pair_prev = last.map_or(Hash([0; 32]), Entry::leaf);
            }
            kept.push(entry);
        }
        self.entries = kept.iter().map(Entry::encode).collect();
        self.records.retain(|record| record.at != index);
        for record in self.records.iter_mut().filter(|record| record.at > index) {
            record.at -= 1;
        }
    }
}
