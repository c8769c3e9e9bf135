//! The journal: the one file that a commit waits for.
//!
//! Two files of written blocks, used in turn. A group goes out as one frame and one `fdatasync`; because the blocks exist and
//! were written before, that sync moves data only. While one file takes frames, what the other took is settled into tiles and
//! segments, made durable there, and its blocks are zeroed, so that nothing stays here that an erasure would have to find.
//!
//! ```text
//! block 0 and 1   the head, twice: generation, state, index and root at its first frame, where the next record goes
//! block 2 …       frames, see [`crate::frame`]
//! ```
//! Never retries a failed sync, and never grows the files.

use std::fs::File;
use std::path::{Path, PathBuf};

use waymark_domain::ids::Hash;

use crate::bytes::{Fields, Put, checked, put_checksum};
use crate::disk::{self, BLOCK, DiskFault, While};
use crate::frame::{self, FrameHead};
use crate::identity::Identity;
use crate::segments::Cursor;

const MAGIC: &[u8; 8] = b"WMJRNL\0\x01";
const HEAD_USED: usize = 128;
/// Where frames begin.
pub(crate) const FRAMES_AT: u64 = 2 * BLOCK;

/// What a journal file is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It takes frames, or they still wait to be settled.
    InUse,
    /// All its frames are durable elsewhere; its blocks wait to be zeroed.
    Drained,
    /// Zeroed.
    Free,
}

/// The head of a journal file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JournalHead {
    pub(crate) identity: Identity,
    /// Grows with each use of either file.
    pub(crate) generation: u64,
    pub(crate) state: State,
    /// Bytes of the file.
    pub(crate) length: u64,
    /// Bytes after which a segment of bodies is full.
    pub(crate) segment_bytes: u32,
    /// Where the log stood when this use began.
    pub(crate) base: Base,
}

/// Where the log stood: everything below is in tiles and segments, or in the other journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Base {
    pub(crate) size: u64,
    pub(crate) root: Hash,
    /// Where the next record goes.
    pub(crate) cursor: Cursor,
    /// Bytes in the entry bundle that is being filled.
    pub(crate) bundle_bytes: u32,
}

impl JournalHead {
    fn encode(&self) -> Vec<u8> {
        let mut head = Vec::with_capacity(HEAD_USED);
        head.put(MAGIC);
        self.identity.put(&mut head);
        head.put_u64(self.generation);
        head.put_u8(match self.state {
            State::InUse => 1,
            State::Drained => 2,
            State::Free => 3,
        });
        head.put_u64(self.length);
        head.put_u32(self.segment_bytes);
        head.put_u64(self.base.size);
        head.put(self.base.root.as_bytes());
        head.put_u32(self.base.cursor.segment);
        head.put_u32(self.base.cursor.offset);
        head.put_u32(self.base.bundle_bytes);
        head.resize(HEAD_USED - 4, 0);
        put_checksum(&mut head);
        head
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(checked(bytes.get(..HEAD_USED)?)?);
        if fields.bytes(MAGIC.len())? != MAGIC {
            return None;
        }
        Some(Self {
            identity: Identity::read(&mut fields)?,
            generation: fields.u64()?,
            state: match fields.u8()? {
                1 => State::InUse,
                2 => State::Drained,
                3 => State::Free,
                _ => return None,
            },
            length: fields.u64()?,
            segment_bytes: fields.u32()?,
            base: Base {
                size: fields.u64()?,
                root: fields.hash()?,
                cursor: Cursor { segment: fields.u32()?, offset: fields.u32()? },
                bundle_bytes: fields.u32()?,
            },
        })
    }
}

/// One of the two files.
pub(crate) struct JournalFile {
    pub(crate) file: File,
    pub(crate) length: u64,
}

/// The two files by position.
pub(crate) fn paths(log: &Path) -> [PathBuf; 2] {
    [log.join("journal.0"), log.join("journal.1")]
}

impl JournalFile {
    /// Makes a file of written blocks, free. Durable when this returns.
    pub(crate) fn create(path: &Path, length: u64, head: &JournalHead) -> Result<(), DiskFault> {
        let doing = "preparing a journal";
        let file = disk::open_or_create(path).while_(doing)?;
        disk::zero(&file, 0, length).while_(doing)?;
        let journal = Self { file, length };
        journal.write_head(head)?;
        disk::sync(&journal.file).while_(doing)
    }

    pub(crate) fn open(path: &Path) -> Result<Self, DiskFault> {
        Self::open_by(path, &disk::open_existing)
    }

    pub(crate) fn open_by(
        path: &Path,
        open: &dyn Fn(&Path) -> std::io::Result<File>,
    ) -> Result<Self, DiskFault> {
        let file = open(path).while_("opening a journal")?;
        let length = file.metadata().while_("opening a journal")?.len();
        Ok(Self { file, length })
    }

    /// Writes both copies of the head; not yet durable.
    pub(crate) fn write_head(&self, head: &JournalHead) -> Result<(), DiskFault> {
        let bytes = head.encode();
        disk::write_at(&self.file, &bytes, 0).while_("writing a journal head")?;
        disk::write_at(&self.file, &bytes, BLOCK).while_("writing a journal head")
    }

    /// The head; the second copy stands in for a damaged first one.
    pub(crate) fn read_head(&self) -> Result<HeadRead, DiskFault> {
        let mut copies = [None, None];
        for (copy, offset) in copies.iter_mut().zip([0, BLOCK]) {
            let mut bytes = [0; HEAD_USED];
            disk::read_up_to(&self.file, &mut bytes, offset).while_("reading a journal head")?;
            *copy = JournalHead::decode(&bytes);
        }
        // The copies are written one after the other: after a crash between, the first one is ahead.
        Ok(match copies {
            [Some(first), Some(_)] => HeadRead { head: Some(first), damaged: false },
            [first, second] => HeadRead { head: first.or(second), damaged: true },
        })
    }

    /// Zeroes every block of frames; not yet durable.
    pub(crate) fn zero(&self, to: u64) -> Result<(), DiskFault> {
        disk::zero(&self.file, FRAMES_AT, to.min(self.length)).while_("zeroing a journal")
    }

    /// Zeroes all frames and makes up what is missing of `length`; not yet durable.
    pub(crate) fn zero_all(&self, length: u64) -> Result<(), DiskFault> {
        disk::zero(&self.file, FRAMES_AT, length).while_("zeroing a journal")
    }

    pub(crate) fn sync(&self) -> Result<(), DiskFault> {
        disk::sync(&self.file).while_("syncing a journal")
    }

    /// Everything in the file.
    pub(crate) fn read_all(&self) -> Result<Vec<u8>, DiskFault> {
        let mut bytes = vec![0; usize::try_from(self.length).unwrap_or(usize::MAX)];
        let read = disk::read_up_to(&self.file, &mut bytes, 0).while_("reading a journal")?;
        bytes.truncate(read);
        Ok(bytes)
    }
}

/// What reading a head gave.
pub(crate) struct HeadRead {
    pub(crate) head: Option<JournalHead>,
    /// A copy was not readable.
    pub(crate) damaged: bool,
}

/// Why the frames of a journal ended where they did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing but zeros followed.
    Clean,
    /// Bytes followed that are not a whole frame, and no whole frame after them.
    Torn,
    /// A frame is not whole, yet frames after it are: it was durable once.
    Damaged,
}

/// The frames found in a journal file.
pub(crate) struct Frames {
    pub(crate) heads: Vec<(u64, FrameHead)>,
    pub(crate) ending: Ending,
    /// Index after the last whole frame.
    pub(crate) end: u64,
}

/// Walks the frames of `generation` in the bytes of a whole journal file.
pub(crate) fn walk(bytes: &[u8], generation: u64, base: u64) -> Frames {
    let mut heads: Vec<(u64, FrameHead)> = Vec::new();
    let mut at = FRAMES_AT;
    let mut end = base;
    while let Some(head) = whole_frame(bytes, at) {
        if head.generation != generation || head.number != heads.len() as u64 || head.first != end {
            break;
        }
        end += u64::from(head.count);
        heads.push((at, head));
        at += head.blocks();
    }
    let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
    let number = heads.len() as u64;
    let later = || {
        rest.chunks(BLOCK as usize)
            .filter_map(FrameHead::read)
            .any(|head| head.generation == generation && head.number > number)
    };
    let ending = match rest.iter().all(|byte| *byte == 0) {
        true => Ending::Clean,
        false if later() => Ending::Damaged,
        false => Ending::Torn,
    };
    Frames { heads, ending, end }
}

fn whole_frame(bytes: &[u8], at: u64) -> Option<FrameHead> {
    let rest = bytes.get(usize::try_from(at).ok()?..)?;
    let head = FrameHead::read(rest)?;
    let payload = rest.get(frame::HEAD..frame::HEAD.checked_add(usize::try_from(head.length).ok()?)?)?;
    head.fits(payload).then_some(head)
}

/// Every frame whose head can be read, wherever it stands, and whether its payload is the one it was written with. Nothing is
/// looked for within a whole one: bodies come from others and may hold what looks like a frame.
pub(crate) fn salvage(bytes: &[u8]) -> impl Iterator<Item = (FrameHead, &[u8], bool)> {
    let mut at = FRAMES_AT as usize;
    std::iter::from_fn(move || {
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            at += BLOCK as usize;
            let Some((head, frame)) = frame_at(rest) else { continue };
            let whole = head.fits(frame.get(frame::HEAD..).unwrap_or_default());
            if whole {
                at += head.blocks() as usize - BLOCK as usize;
            }
            return Some((head, frame, whole));
        }
        None
    })
}

fn frame_at(rest: &[u8]) -> Option<(FrameHead, &[u8])> {
    let head = FrameHead::read(rest)?;
    let end = frame::HEAD.checked_add(usize::try_from(head.length).ok()?)?;
    Some((head, rest.get(..end)?))
}

/// The bytes of the frame that `head` describes at `at`.
pub(crate) fn frame_bytes<'a>(bytes: &'a [u8], at: u64, head: &FrameHead) -> &'a [u8] {
    let start = at as usize;
    bytes.get(start..start + frame::HEAD + head.length as usize).unwrap_or_default()
}

/// Why a frame is not in the journal.
pub(crate) enum AppendFault {
    /// It was not written; the next frame takes its place.
    Write(DiskFault),
    /// It was written and nobody knows whether it is on the disk.
    Sync(DiskFault),
}

/// The two files as a running ledger appends to them.
pub(crate) struct Journal {
    pub(crate) files: [std::sync::Arc<JournalFile>; 2],
    pub(crate) active: usize,
    pub(crate) head: JournalHead,
    number: u64,
    at: u64,
}

impl Journal {
    /// Starts appending to the file at `active`, whose head is `head` and which holds no frames.
    pub(crate) fn start(files: [std::sync::Arc<JournalFile>; 2], active: usize, head: JournalHead) -> Self {
        Self { files, active, head, number: 0, at: FRAMES_AT }
    }

    fn file(&self) -> &JournalFile {
        let [first, second] = &self.files;
        if self.active == 0 { first } else { second }
    }

    /// The file that takes no frames now.
    pub(crate) fn other(&self) -> &JournalFile {
        let [first, second] = &self.files;
        if self.active == 0 { second } else { first }
    }

    /// Whether a frame of `payload` bytes fits into what is left.
    pub(crate) fn fits(&self, payload: u64) -> bool {
        self.at + (frame::HEAD as u64 + payload).next_multiple_of(BLOCK) <= self.file().length
    }

    /// The largest payload that fits into an empty file.
    pub(crate) fn largest(&self) -> u64 {
        self.file().length.saturating_sub(FRAMES_AT + frame::HEAD as u64)
    }

    /// Where frames end now.
    pub(crate) fn used(&self) -> u64 {
        self.at
    }

    /// Whether no frame was written since the file was taken into use.
    pub(crate) fn is_empty(&self) -> bool {
        self.number == 0
    }

    /// Seals and writes one frame and waits until it is durable.
    pub(crate) fn append(
        &mut self,
        frame: &mut Vec<u8>,
        first: u64,
        count: u32,
        root: &Hash,
    ) -> Result<(), AppendFault> {
        frame::seal(frame, self.head.generation, self.number, first, count, root);
        disk::write_at(&self.file().file, frame, self.at)
            .while_("appending to the journal")
            .map_err(AppendFault::Write)?;
        self.file().sync().map_err(AppendFault::Sync)?;
        self.number += 1;
        self.at += frame.len() as u64;
        Ok(())
    }

    /// Turns to the other file, which must be free. Its head is durable when this returns: only then may the first one be
    /// given up.
    pub(crate) fn switch(&mut self, base: Base) -> Result<(), AppendFault> {
        let head =
            JournalHead { generation: self.head.generation + 1, state: State::InUse, base, ..self.head };
        self.other().write_head(&head).map_err(AppendFault::Write)?;
        self.other().sync().map_err(AppendFault::Sync)?;
        self.head = head;
        self.active = 1 - self.active;
        self.number = 0;
        self.at = FRAMES_AT;
        Ok(())
    }
}
