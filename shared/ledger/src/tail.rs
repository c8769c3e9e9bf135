//! The end of the log: gives entries their place and makes groups of them durable. One caller at a time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use waymark_domain::ids::{EventId, Hash, Ref, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::Head;
use waymark_seal::entry::{ENTRY_MAX, Entry as LogEntry, EntryFault};
use waymark_seal::hash::leaf_hash;
use waymark_seal::merkle::Frontier;
use waymark_seal::unplaced::Place as Seat;

use crate::core::Core;
use crate::draft::{Draft, refused};
use crate::facts::Facts;
use crate::fault::CommitFault;
use crate::frame::{self, RecordForm, Span};
use crate::group::{Group, Spot};
use crate::index::{Doubt, Index, sequence_of};
use crate::journal::{AppendFault, Base, Journal};
use crate::places::Place;
use crate::record;
use crate::rows::SentEnd;
use crate::segments::{At, Cursor};
use crate::sequences::Sequence;
use crate::settler::Drain;
use crate::tiles::WIDTH;

/// An entry that is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Its position in the log.
    pub index: u64,
    /// Its leaf hash.
    pub leaf: Hash,
    /// Its event.
    pub event: EventId,
    /// Its thread.
    pub thread: ThreadId,
}

/// Where the log ends.
pub(crate) struct Tail {
    pub(crate) frontier: Frontier,
    pub(crate) cursor: Cursor,
    pub(crate) bundle_bytes: u32,
    pub(crate) journal: Journal,
}

/// Entries of a group on their way.
struct Stage<'a> {
    core: &'a Core,
    index: Arc<Index>,
    next: u64,
    cursor: Cursor,
    bundle_bytes: u32,
    frame: Vec<u8>,
    spots: Vec<Spot>,
    facts: Vec<Facts>,
    records: Vec<Vec<u8>>,
    threads: HashMap<ThreadId, u64>,
    ends: HashMap<Sequence, SentEnd>,
    /// Where the threads stood before the group.
    known: ThreadEnds,
}

/// The newest entry of each thread that a group writes to.
pub(crate) type ThreadEnds = HashMap<ThreadId, Option<u64>>;

/// A group in memory, and what each command of it gets.
pub(crate) struct Staged {
    group: Group,
    frontier: Frontier,
    cursor: Cursor,
    bundle_bytes: u32,
    facts: Vec<Facts>,
    pub(crate) answers: Vec<Result<Vec<Placed>, CommitFault>>,
}

impl Tail {
    /// What a journal file taken into use now begins with.
    pub(crate) fn base(&self) -> Base {
        Base {
            size: self.frontier.size(),
            root: self.frontier.root(),
            cursor: self.cursor,
            bundle_bytes: self.bundle_bytes,
        }
    }

    /// Looks up where the threads of a group stand: the only thing that placing asks of the disk.
    pub(crate) fn thread_ends(&self, core: &Core, commands: &[Vec<Draft>]) -> Result<ThreadEnds, Doubt> {
        let index = core.index();
        if index.is_doubtful() {
            return Err(Doubt::Damaged);
        }
        let mut ends = HashMap::new();
        for draft in commands.iter().flatten() {
            if let Entry::Vacant(vacant) = ends.entry(draft.thread) {
                vacant.insert(index.thread_end(draft.thread)?);
            }
        }
        Ok(ends)
    }

    /// Places the commands in memory. A command that breaks a limit gets its fault; the others are not touched by it.
    pub(crate) fn stage(&self, core: &Core, commands: &mut [Vec<Draft>], known: ThreadEnds) -> Staged {
        let mut stage = Stage {
            core,
            index: core.index(),
            next: self.frontier.size(),
            cursor: self.cursor,
            bundle_bytes: self.bundle_bytes,
            frame: vec![0; frame::HEAD],
            spots: Vec::new(),
            facts: Vec::new(),
            records: Vec::new(),
            threads: HashMap::new(),
            ends: HashMap::new(),
            known,
        };
        let mut answers = Vec::with_capacity(commands.len());
        for command in commands {
            let before = stage.keep();
            let answer = stage.command(command);
            if answer.is_err() {
                stage.go_back(before);
            }
            answers.push(answer);
        }
        stage.finish(self.frontier.clone(), answers)
    }

    /// Makes a staged group durable and visible.
    pub(crate) fn commit(
        &mut self,
        core: &Core,
        staged: &mut Staged,
        now: Timestamp,
    ) -> Result<(), CommitFault> {
        if core.is_poisoned() {
            return Err(CommitFault::Poisoned);
        }
        self.make_room(core, staged.group.frame.len() as u64)?;
        let (first, count) = (staged.group.first, staged.group.spots.len() as u32);
        let root = staged.group.head.root;
        self.journal
            .append(&mut staged.group.frame, first, count, &root)
            .map_err(|fault| stopped(core, fault))?;
        self.frontier = std::mem::take(&mut staged.frontier);
        self.cursor = staged.cursor;
        self.bundle_bytes = staged.bundle_bytes;
        self.publish(core, staged, now);
        Ok(())
    }

    fn publish(&self, core: &Core, staged: &mut Staged, now: Timestamp) {
        let empty = Group {
            first: 0,
            frame: Vec::new(),
            spots: Vec::new(),
            head: staged.group.head,
            checkpoint: Span { start: 0, length: 0 },
        };
        let group = Arc::new(std::mem::replace(&mut staged.group, empty));
        let (head, bytes) = (group.head, group.frame.len());
        core.view.push(group);
        let index = core.index();
        index.apply(&staged.facts);
        core.outside(&index, |outside| index.settle_outbox(&staged.facts, outside, 0));
        if let Err(fault) = core.mark(head, Some(now), false) {
            tracing::warn!(%fault, "the mark is behind");
        }
        core.orders.gathered(bytes);
    }

    /// Sees to it that a frame fits, turning to the other journal file when this one is full.
    fn make_room(&mut self, core: &Core, frame: u64) -> Result<(), CommitFault> {
        let payload = frame.saturating_sub(frame::HEAD as u64);
        if self.journal.fits(payload) {
            return Ok(());
        }
        if payload > self.journal.largest() {
            return Err(CommitFault::TooLarge);
        }
        self.switch(core)
    }

    /// Turns to the other journal file and has this one drained.
    fn switch(&mut self, core: &Core) -> Result<(), CommitFault> {
        let full = |_| if core.is_poisoned() { CommitFault::Poisoned } else { CommitFault::DiskFull };
        core.orders.drained(core).map_err(full)?;
        let (head, used) = (self.journal.head, self.journal.used());
        self.journal.switch(self.base()).map_err(|fault| stopped(core, fault))?;
        let [first, second] = &self.journal.files;
        let file = Arc::clone(if self.journal.active == 0 { second } else { first });
        core.orders.drain(Drain {
            to: self.frontier.size(),
            frozen: core.index().freeze(),
            file,
            head,
            used,
        });
        Ok(())
    }

    /// Returns once every entry is in tiles and segments and nothing is left in the journal.
    pub(crate) fn settle_all(&mut self, core: &Core) -> Result<(), CommitFault> {
        if core.is_poisoned() {
            return Err(CommitFault::Poisoned);
        }
        if !self.journal.is_empty() {
            self.switch(core)?;
        }
        core.orders
            .drained(core)
            .map_err(|_| if core.is_poisoned() { CommitFault::Poisoned } else { CommitFault::DiskFull })
    }
}

/// What the caller is told; after a failed sync nobody knows what is on the disk.
fn stopped(core: &Core, fault: AppendFault) -> CommitFault {
    match fault {
        AppendFault::Write(fault) => refused(fault),
        AppendFault::Sync(fault) => {
            core.poison(&fault);
            CommitFault::Poisoned
        }
    }
}

/// Where a stage stood before a command.
struct Before {
    next: u64,
    cursor: Cursor,
    bundle_bytes: u32,
    frame: usize,
    spots: usize,
    threads: HashMap<ThreadId, u64>,
    ends: HashMap<Sequence, SentEnd>,
}

impl Stage<'_> {
    fn keep(&mut self) -> Before {
        Before {
            next: self.next,
            cursor: self.cursor,
            bundle_bytes: self.bundle_bytes,
            frame: self.frame.len(),
            spots: self.spots.len(),
            threads: HashMap::new(),
            ends: HashMap::new(),
        }
    }

    fn go_back(&mut self, before: Before) {
        self.next = before.next;
        self.cursor = before.cursor;
        self.bundle_bytes = before.bundle_bytes;
        self.frame.truncate(before.frame);
        self.spots.truncate(before.spots);
        self.facts.truncate(before.spots);
        self.records.truncate(before.spots);
        // Made again from the facts that stay.
        self.threads = before.threads;
        self.ends = before.ends;
        for entry in &self.facts {
            self.threads.insert(entry.thread, entry.index);
            if let Some(sequence) = sequence_of(entry.audience) {
                self.ends.insert(sequence, SentEnd { number: entry.pair_seq, leaf: entry.leaf });
            }
        }
    }

    fn command(&mut self, drafts: &mut [Draft]) -> Result<Vec<Placed>, CommitFault> {
        let mut refs: Vec<Ref> = Vec::with_capacity(drafts.len());
        let mut placed = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let (entry, at) = self.entry(draft, &refs)?;
            placed.push(Placed { index: at.index, leaf: at.leaf, event: entry.event, thread: entry.thread });
            refs.push(at);
        }
        Ok(placed)
    }

    fn entry(&mut self, draft: &mut Draft, batch: &[Ref]) -> Result<(LogEntry, Ref), CommitFault> {
        let index = self.next;
        let unplaced = draft.unplaced.take().ok_or(CommitFault::Disk)?;
        let thread_prev = self.thread_end(draft.thread);
        let sequence = sequence_of(unplaced.audience);
        let end = sequence.and_then(|sequence| self.end(sequence));
        let pair_seq = sequence.map_or(0, |_| end.map_or(0, |end| end.number) + 1);
        let pair_prev = end.map_or(Hash([0; 32]), |end| end.leaf);
        let entry = unplaced.place(Seat { index, pair_seq, pair_prev, thread_prev, batch })?;
        let bytes = entry.encode();
        if bytes.len() > ENTRY_MAX {
            return Err(EntryFault::TooLarge(bytes.len()).into());
        }
        let leaf = leaf_hash(&bytes);
        self.threads.insert(entry.thread, index);
        if let Some(sequence) = sequence {
            self.ends.insert(sequence, SentEnd { number: pair_seq, leaf });
        }
        self.lay_down(draft, &bytes, leaf, thread_prev);
        self.facts.push(Facts::of(&entry, leaf, std::mem::take(&mut draft.foreign)));
        let at = Ref { office: entry.office, log: entry.log, index, leaf };
        Ok((entry, at))
    }

    fn lay_down(&mut self, draft: &mut Draft, bytes: &[u8], leaf: Hash, thread_prev: Option<u64>) {
        let index = self.next;
        if index.is_multiple_of(WIDTH) {
            self.bundle_bytes = 0;
        }
        let mut record = std::mem::take(&mut draft.record);
        record::set_index(&mut record, index);
        let at = match draft.form {
            RecordForm::None => At::Nowhere,
            RecordForm::Large => At::Large,
            RecordForm::Inline => At::Segment(self.cursor.take(record.len() as u32, self.core.segments.full)),
        };
        let place = Place {
            offset: self.bundle_bytes,
            thread_prev,
            at,
            entry_sum: crc32c::crc32c(bytes),
            received: draft.received,
            reach: draft.reach,
        };
        frame::put_entry(&mut self.frame, bytes);
        let entry = Span { start: self.frame.len() - bytes.len(), length: bytes.len() };
        let none = Span { start: 0, length: record.len() };
        self.spots.push(Spot { entry, record: none, form: draft.form, place, leaf });
        self.records.push(record);
        self.bundle_bytes += bytes.len() as u32 + 2;
        self.next += 1;
    }

    fn thread_end(&self, thread: ThreadId) -> Option<u64> {
        self.threads.get(&thread).copied().or_else(|| self.known.get(&thread).copied().flatten())
    }

    fn end(&self, sequence: Sequence) -> Option<SentEnd> {
        self.ends.get(&sequence).copied().or_else(|| self.index.sent_end(sequence))
    }

    fn finish(mut self, mut frontier: Frontier, answers: Vec<Result<Vec<Placed>, CommitFault>>) -> Staged {
        let first = frontier.size();
        self.spots.iter().for_each(|spot| frontier.push(spot.leaf));
        let head = Head { size: frontier.size(), root: frontier.root() };
        for (spot, record) in self.spots.iter_mut().zip(&self.records) {
            frame::put_record(&mut self.frame, spot.form, record);
            spot.record.start = self.frame.len() - spot.record.length;
        }
        let checkpoint = if self.spots.is_empty() { Vec::new() } else { self.core.signer.sign(&head) };
        let checkpoint = frame::put_checkpoint(&mut self.frame, &checkpoint);
        let group = Group { first, frame: self.frame, spots: self.spots, head, checkpoint };
        Staged {
            group,
            frontier,
            cursor: self.cursor,
            bundle_bytes: self.bundle_bytes,
            facts: self.facts,
            answers,
        }
    }
}

impl Staged {
    /// No command of the group could be placed.
    pub(crate) fn is_empty(&self) -> bool {
        self.group.spots.is_empty()
    }
}
