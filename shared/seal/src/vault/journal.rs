//! The journal: new keys since the buckets were last written, in frames, each sealed under its bucket's key.
//!
//! Because a frame is sealed under its bucket's key, changing that key kills every old frame of the bucket at once: an
//! erasure need not rewrite the journal. Frames lie in blocks written as zeros beforehand, so that a sync moves data
//! only. A frame that is torn (a whole sector of it still zeros) was never durable and is cut, and the report says so;
//! a frame that is damaged in any other way is a fault.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::crypt::{self, NONCE, SUM, TAG};
use super::{Damage, VaultFault, disk};
use crate::prefix;

/// Pseudo-bucket of frames that belong to the office, not to a thread.
pub(super) const OFFICE: u16 = u16::MAX;

const MAGIC: &[u8; 8] = b"WMVJRNL1";
const HEADER: usize = 8 + 16 + 8 + SUM;
const FRAME: usize = 4 + 2 + 4 + 8 + HEAD_SUM;
const HEAD_SUM: usize = 6;
const BODY: usize = NONCE + SUM;
const GROW: u64 = 256 * 1024;
const SECTOR: usize = 512;
/// Bytes of one frame's ciphertext, at most.
const SEALED_MAX: usize = 4 * 1024 * 1024;

/// A frame as it lies in the journal.
#[derive(Clone)]
pub(super) struct Frame {
    pub(super) bucket: u16,
    pub(super) generation: u32,
    pub(super) seq: u64,
    nonce: [u8; NONCE],
    sealed: Vec<u8>,
}

impl Frame {
    /// Seals `plain` as a frame.
    pub(super) fn seal(
        vault: &[u8; 16],
        key: &[u8; 32],
        at: (u16, u32, u64),
        nonce: [u8; NONCE],
        mut plain: Vec<u8>,
    ) -> Self {
        let (bucket, generation, seq) = at;
        plain.reserve(TAG);
        crypt::seal(key, nonce, &aad(vault, at), &mut plain);
        Self { bucket, generation, seq, nonce, sealed: plain }
    }

    /// Opens it.
    pub(super) fn open(&self, vault: &[u8; 16], key: &[u8; 32]) -> Option<zeroize::Zeroizing<Vec<u8>>> {
        crypt::open(key, self.nonce, &aad(vault, (self.bucket, self.generation, self.seq)), &self.sealed)
    }

    fn head(&self) -> Vec<u8> {
        let mut head = Vec::with_capacity(FRAME);
        head.extend_from_slice(&(self.sealed.len() as u32).to_le_bytes());
        head.extend_from_slice(&self.bucket.to_le_bytes());
        head.extend_from_slice(&self.generation.to_le_bytes());
        head.extend_from_slice(&self.seq.to_le_bytes());
        head.extend_from_slice(crypt::sum(&[&head]).get(..HEAD_SUM).unwrap_or_default());
        head
    }

    fn write(&self, out: &mut Vec<u8>) {
        let head = self.head();
        let sum = crypt::sum(&[&head, &self.nonce, &self.sealed]);
        for part in [head.as_slice(), &self.nonce, &sum, &self.sealed] {
            out.extend_from_slice(part);
        }
    }
}

fn aad(vault: &[u8; 16], (bucket, generation, seq): (u16, u32, u64)) -> Vec<u8> {
    let parts: [&[u8]; 5] = [
        prefix::VAULT_FRAME.bytes(),
        vault,
        &bucket.to_le_bytes(),
        &generation.to_le_bytes(),
        &seq.to_le_bytes(),
    ];
    parts.concat()
}

/// A journal open for appending.
pub(super) struct Journal {
    pub(super) number: u64,
    pub(super) file: Arc<File>,
    tail: u64,
    allocated: u64,
}

pub(super) fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("journal.{number}"))
}

impl Journal {
    /// A new, empty journal, durable in name and content.
    pub(super) fn create(dir: &Path, vault: &[u8; 16], number: u64) -> Result<Self, VaultFault> {
        let file = disk::create(&path(dir, number))?;
        file.write_all_at(&header(vault, number), 0)?;
        let mut journal =
            Self { number, file: Arc::new(file), tail: HEADER as u64, allocated: HEADER as u64 };
        journal.make_room(0)?;
        disk::sync_dir(dir)?;
        Ok(journal)
    }

    /// Bytes used.
    pub(super) const fn length(&self) -> u64 {
        self.tail
    }

    /// Appends frames; they are durable after a sync of the file. A disk without room leaves the journal as it was; after any other
    /// fault its end may be half a frame, behind which nothing can be read.
    pub(super) fn append(&mut self, frames: &[Frame]) -> Result<(), VaultFault> {
        let begin = self.tail as usize;
        let mut bytes = Vec::new();
        for frame in frames {
            let at = begin + bytes.len();
            bytes.resize(frame_at(at) - begin, 0);
            frame.write(&mut bytes);
        }
        self.make_room(bytes.len() as u64)?;
        self.file.write_all_at(&bytes, self.tail)?;
        self.tail += bytes.len() as u64;
        Ok(())
    }

    /// As if all the zeros ahead were used up.
    #[cfg(test)]
    pub(super) fn forget_room(&mut self) {
        self.allocated = self.tail;
    }

    /// Zeros ahead of the tail, always enough for the end to be seen.
    fn make_room(&mut self, length: u64) -> Result<(), VaultFault> {
        let needed = self.tail + length + SECTOR as u64;
        if needed <= self.allocated {
            return Ok(());
        }
        let until = needed.next_multiple_of(GROW);
        let zeros = vec![0; 64 * 1024];
        let mut written = self.allocated;
        while written < until {
            let step = (until - written).min(zeros.len() as u64);
            let piece = zeros.get(..step as usize).unwrap_or_default();
            self.file.write_all_at(piece, written).map_err(no_room)?;
            written += step;
        }
        self.file.sync_all()?;
        self.allocated = until;
        Ok(())
    }

    /// Reads a journal to its end: its frames, ready for appending, and how many bytes of a torn frame were cut.
    pub(super) fn open(dir: &Path, vault: &[u8; 16], number: u64) -> Result<Option<Scanned>, VaultFault> {
        let Some(mut scanned) = Self::read(dir, vault, number, disk::open)? else { return Ok(None) };
        let Self { file, tail, allocated, .. } = &scanned.journal;
        if scanned.cut > 0 {
            file.write_all_at(&vec![0; (*allocated - *tail) as usize], *tail)?;
        }
        // What was read may only be in memory yet, when the process before was killed; from here on it counts.
        file.sync_all()?;
        scanned.journal.make_room(0)?;
        Ok(Some(scanned))
    }

    /// The same for who only looks: nothing is cut, and nothing can be appended.
    pub(super) fn look(dir: &Path, vault: &[u8; 16], number: u64) -> Result<Option<Scanned>, VaultFault> {
        Self::read(dir, vault, number, |path| File::open(path))
    }

    fn read(
        dir: &Path,
        vault: &[u8; 16],
        number: u64,
        open: impl Fn(&Path) -> io::Result<File>,
    ) -> Result<Option<Scanned>, VaultFault> {
        let path = path(dir, number);
        let Some(bytes) = disk::read(&path)? else { return Ok(None) };
        // A folding that was killed may have made the name and nothing more. Where frames should be, they are missed by number.
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        if bytes.get(..HEADER) != Some(header(vault, number).as_slice()) {
            return Err(VaultFault::Damaged(Damage::Journal));
        }
        let (frames, end) = scan(&bytes)?;
        let rest = bytes.get(end..).unwrap_or_default();
        let cut = rest.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1);
        let file = Arc::new(open(&path)?);
        let journal = Self { number, file, tail: end as u64, allocated: bytes.len() as u64 };
        Ok(Some(Scanned { journal, frames, cut }))
    }
}

/// Writing zeros ahead found no room, or the disk failed.
fn no_room(fault: io::Error) -> VaultFault {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match fault.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => VaultFault::DiskFull,
        _ => fault.into(),
    }
}

/// A journal read to its end.
pub(super) struct Scanned {
    pub(super) journal: Journal,
    pub(super) frames: Vec<Frame>,
    /// Bytes of a torn frame that were cut.
    pub(super) cut: u64,
}

fn header(vault: &[u8; 16], number: u64) -> Vec<u8> {
    let number = number.to_le_bytes();
    let sum = crypt::sum(&[MAGIC, vault, &number]);
    [MAGIC.as_slice(), vault, &number, &sum].concat()
}

/// The frames, and where they end.
fn scan(bytes: &[u8]) -> Result<(Vec<Frame>, usize), VaultFault> {
    let mut frames = Vec::new();
    let mut at = HEADER;
    loop {
        match read_frame(bytes, at) {
            Read::Frame(frame, next) => {
                frames.push(frame);
                at = next;
            }
            Read::End | Read::Torn => return Ok((frames, at)),
            Read::Damaged => return Err(VaultFault::Damaged(Damage::Journal)),
        }
    }
}

enum Read {
    Frame(Frame, usize),
    End,
    Torn,
    Damaged,
}

/// Where a frame begins that comes next at `at`: its head never lies across two sectors, so it is written or not.
const fn frame_at(at: usize) -> usize {
    if SECTOR - at % SECTOR < FRAME { at.next_multiple_of(SECTOR) } else { at }
}

fn read_frame(bytes: &[u8], at: usize) -> Read {
    let gap = at..frame_at(at);
    if bytes.get(gap.clone()).is_some_and(|gap| gap.iter().any(|byte| *byte != 0)) {
        return Read::Damaged;
    }
    let at = gap.end;
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(head) = rest.get(..FRAME) else {
        return if rest.iter().all(|byte| *byte == 0) { Read::End } else { Read::Torn };
    };
    if head.iter().all(|byte| *byte == 0) {
        return Read::End;
    }
    let Some((mut frame, length)) = parse_head(head) else { return torn_or_damaged(bytes, at, FRAME) };
    let whole = FRAME + BODY + length;
    let body = rest.get(FRAME..whole).and_then(<[u8]>::split_first_chunk::<NONCE>);
    let Some((nonce, body)) = body else { return Read::Torn };
    let Some((sum, sealed)) = body.split_first_chunk::<SUM>() else { return Read::Torn };
    if crypt::sum(&[head, nonce, sealed]) != *sum {
        return torn_or_damaged(bytes, at, whole);
    }
    frame.nonce = *nonce;
    frame.sealed = sealed.to_vec();
    Read::Frame(frame, at + whole)
}

/// The numbers of a frame and the length of its ciphertext; `None` when its own checksum does not hold.
fn parse_head(head: &[u8]) -> Option<(Frame, usize)> {
    let (numbers, sum) = head.split_at_checked(FRAME - HEAD_SUM)?;
    if crypt::sum(&[numbers]).get(..HEAD_SUM)? != sum {
        return None;
    }
    let (length, rest) = numbers.split_first_chunk()?;
    let (bucket, rest) = rest.split_first_chunk()?;
    let (generation, rest) = rest.split_first_chunk()?;
    let frame = Frame {
        bucket: u16::from_le_bytes(*bucket),
        generation: u32::from_le_bytes(*generation),
        seq: u64::from_le_bytes(rest.try_into().ok()?),
        nonce: [0; NONCE],
        sealed: Vec::new(),
    };
    let length = u32::from_le_bytes(*length) as usize;
    (length <= SEALED_MAX).then_some((frame, length))
}

/// A write that never finished leaves whole sectors as they were: zeros. Anything else is damage.
fn torn_or_damaged(bytes: &[u8], at: usize, length: usize) -> Read {
    let mut start = at;
    let end = (at + length).min(bytes.len());
    while start < end {
        let next = (start + 1).next_multiple_of(SECTOR).min(end);
        if bytes.get(start..next).is_some_and(|sector| sector.iter().all(|byte| *byte == 0)) {
            return Read::Torn;
        }
        start = next;
    }
    if at + length > bytes.len() { Read::Torn } else { Read::Damaged }
}

/// Journals in a directory, by number.
pub(super) fn numbers(dir: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for file in std::fs::read_dir(dir)? {
        let name = file?.file_name();
        let number: Option<u64> = name.to_str().and_then(|name| name.strip_prefix("journal.")?.parse().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}
