//! The files of a bundle, made out of an office's log as it is told: every tile is computed from the entries, none is copied.

use waymark_desk::{Desk, Exported, Failure};
use waymark_domain::ids::{Hash, OfficeId};
use waymark_seal::checkpoint::Head;
use waymark_seal::merkle::Frontier;
use waymark_seal::proven::Proven;
use waymark_seal::tile::{LEVELS, WIDTH};

use super::place::{Of, Place};

/// Takes the files of a bundle.
pub trait Sink {
    /// Takes one file; `false` ends the writing.
    fn file(&mut self, path: &str, bytes: &[u8]) -> bool;
    /// `done` of `total` entries are written.
    fn progress(&mut self, done: u64, total: u64);
}

/// Gives every file of an office's bundle but the manifest, and whether all were taken.
///
/// # Errors
/// [`Failure`] when the log cannot be read.
pub fn write(desk: &Desk, sink: &mut dyn Sink) -> Result<bool, Failure> {
    let mut files = Writer::new(desk.me(), desk.durable_head().0, sink);
    Ok(desk.export(&mut |part| files.take(part))? && files.end())
}

/// Elements of one kind that wait until their file is full.
#[derive(Default)]
struct Filling {
    number: u64,
    count: u64,
    bytes: Vec<u8>,
}

/// Makes the files of a bundle out of the parts of one log.
pub struct Writer<'a> {
    office: OfficeId,
    log: u32,
    sink: &'a mut dyn Sink,
    roster: u32,
    head: Head,
    entries: Filling,
    levels: Vec<Filling>,
    received: Filling,
    tree: Frontier,
}

impl<'a> Writer<'a> {
    /// The files of incarnation `log` of an office's log, given to `sink`.
    pub fn new(office: OfficeId, log: u32, sink: &'a mut dyn Sink) -> Self {
        Self {
            office,
            log,
            sink,
            roster: 0,
            head: Head::empty(),
            entries: Filling::default(),
            levels: (0..LEVELS).map(|_| Filling::default()).collect(),
            received: Filling::default(),
            tree: Frontier::new(),
        }
    }

    /// Takes the next part; `false` when the sink wants no more.
    pub fn take(&mut self, part: Exported<'_>) -> bool {
        match part {
            Exported::Roster(version) => {
                self.roster += 1;
                self.sink.file(&Place::Roster(self.roster).path(), version)
            }
            Exported::OtherRoster(version, fingerprint, bytes) => {
                self.sink.file(&Place::OtherRoster(version, fingerprint).path(), bytes)
            }
            Exported::Policy(policy) => self.file(Of::Policy, policy.as_bytes()),
            Exported::Head(head, checkpoint) => {
                self.head = head;
                self.file(Of::Checkpoint, checkpoint)
            }
            Exported::Entry(entry, leaf) => self.entry(entry, leaf),
            Exported::Proof { entry, checkpoint, path } => {
                let at = self.tree.size() - 1;
                let record = Proven {
                    at,
                    entry: entry.to_vec(),
                    checkpoint: checkpoint.to_vec(),
                    path: path.to_vec(),
                };
                match self.received.add(&record.encode()) {
                    Some(full) => self.file(Of::Received(full.number, full.count), &full.bytes),
                    None => true,
                }
            }
        }
    }

    fn entry(&mut self, entry: &[u8], leaf: Hash) -> bool {
        let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
        let full = self.entries.add(&[length.to_be_bytes().as_slice(), entry].concat());
        let mut going = full.is_none_or(|full| self.file(Of::Entries(full.number, full.count), &full.bytes));
        let mut complete = Vec::new();
        self.tree.push_with(leaf, |level, _, hash| {
            if level % 8 == 0 {
                complete.push((level / 8, hash));
            }
        });
        for (level, hash) in complete {
            let full = self.levels.get_mut(usize::from(level)).and_then(|tile| tile.add(&hash.0));
            going &=
                full.is_none_or(|full| self.file(Of::Hashes(level, full.number, full.count), &full.bytes));
        }
        if self.tree.size().is_multiple_of(WIDTH) {
            self.sink.progress(self.tree.size(), self.head.size);
        }
        going
    }

    /// The last file of each kind, which is seldom full.
    pub fn end(mut self) -> bool {
        let mut rest = vec![(Of::Entries as fn(u64, u64) -> Of, std::mem::take(&mut self.entries))];
        rest.push((Of::Received, std::mem::take(&mut self.received)));
        let mut going = true;
        for (of, left) in rest.into_iter().filter(|(_, left)| left.count > 0) {
            going &= self.file(of(left.number, left.count), &left.bytes);
        }
        for (level, left) in (0..).zip(std::mem::take(&mut self.levels)) {
            if left.count > 0 {
                going &= self.file(Of::Hashes(level, left.number, left.count), &left.bytes);
            }
        }
        self.sink.progress(self.tree.size(), self.head.size);
        going
    }

    fn file(&mut self, of: Of, bytes: &[u8]) -> bool {
        self.sink.file(&Place::Log(self.office, self.log, of).path(), bytes)
    }
}

impl Filling {
    /// Adds one element; gives the file when it is full.
    fn add(&mut self, element: &[u8]) -> Option<Self> {
        self.bytes.extend_from_slice(element);
        self.count += 1;
        (self.count == WIDTH).then(|| {
            let next = Self { number: self.number + 1, ..Self::default() };
            std::mem::replace(self, next)
        })
    }
}
