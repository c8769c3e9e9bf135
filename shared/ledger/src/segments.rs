//! Bodies: section ciphertexts, key wraps and other offices' entries, as [records](crate::record) in append-only segments.
//!
//! ```text
//! bodies/000000.seg …   records one after the other; a new segment is begun when one is full
//! bodies/large/<event>  one record of its own, written and synced before its entry goes into the journal
//! ```
//! Nothing here knows where a record belongs but by its place row; nothing is ever moved.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use waymark_domain::ids::EventId;

use crate::disk::{self, DiskFault, While};
use crate::open_files::OpenFiles;
use crate::record;

/// A record larger than this gets a file of its own.
pub(crate) const LARGE: usize = 256 * 1024;
/// Ends the name of a large record that is being written.
const UNFINISHED: &str = ".new";

/// Where the next record goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cursor {
    pub(crate) segment: u32,
    pub(crate) offset: u32,
}

impl Cursor {
    /// Takes room for a record of `length` bytes and says where. A segment takes none once it is `full` bytes long.
    pub(crate) fn take(&mut self, length: u32, full: u32) -> Self {
        if self.offset >= full {
            *self = Self { segment: self.segment + 1, offset: 0 };
        }
        let place = *self;
        self.offset += length;
        place
    }
}

/// Where the record of an entry lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// The entry has no bodies.
    Nowhere,
    /// In a segment.
    Segment(Cursor),
    /// In a file of its own, named by the event.
    Large,
}

/// The folder of segments.
pub(crate) struct Segments {
    folder: PathBuf,
    /// A segment is full once it is this long.
    pub(crate) full: u32,
    open: Mutex<OpenFiles<u32>>,
    /// Large records begun.
    writing: AtomicU64,
}

impl Segments {
    pub(crate) fn create(folder: &Path) -> io::Result<()> {
        disk::make_dir(folder)?;
        disk::make_dir(&folder.join("large"))
    }

    pub(crate) fn open(folder: PathBuf, full: u32) -> Self {
        Self { folder, full, open: Mutex::default(), writing: AtomicU64::new(0) }
    }

    fn path(&self, segment: u32) -> PathBuf {
        self.folder.join(format!("{segment:06}.seg"))
    }

    fn large_path(&self, event: EventId) -> PathBuf {
        self.folder.join("large").join(event.to_string())
    }

    fn file(&self, segment: u32, create: bool) -> io::Result<Arc<File>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.find(&segment) {
            return Ok(file);
        }
        let path = self.path(segment);
        let file = if create { disk::open_or_create(&path)? } else { disk::open_existing(&path)? };
        Ok(open.keep(segment, file))
    }

    /// Writes a run of records that lie one after the other.
    pub(crate) fn write(&self, at: Cursor, records: &[u8]) -> Result<Arc<File>, DiskFault> {
        let file = self.file(at.segment, true).while_("opening a segment")?;
        disk::write_at(&file, records, u64::from(at.offset)).while_("writing bodies")?;
        Ok(file)
    }

    /// The numbers of the segments that are there, ascending.
    pub(crate) fn numbers(&self) -> Result<Vec<u32>, DiskFault> {
        let doing = "reading the segments";
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).while_(doing)? {
            let name = entry.while_(doing)?.file_name();
            found.extend(name.to_str().and_then(|name| name.strip_suffix(".seg")?.parse::<u32>().ok()));
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Cuts a segment behind its last whole record.
    pub(crate) fn cut(&self, at: Cursor) -> Result<(), DiskFault> {
        let doing = "cutting a segment";
        let file = self.file(at.segment, true).while_(doing)?;
        if file.metadata().while_(doing)?.len() > u64::from(at.offset) {
            file.set_len(u64::from(at.offset)).while_(doing)?;
        }
        Ok(())
    }

    /// A whole segment; `None` when there is none of that number.
    pub(crate) fn whole(&self, segment: u32) -> Result<Option<Vec<u8>>, DiskFault> {
        disk::read_if_there(&self.path(segment)).while_("reading a segment")
    }

    /// Writes a record into a file of its own; durable when this returns.
    pub(crate) fn write_large(&self, event: EventId, record: &[u8]) -> Result<(), DiskFault> {
        let doing = "writing a large body";
        // Each writer its own: two commands may name the same event, and a body in use is never seen half written.
        let number = self.writing.fetch_add(1, Ordering::Relaxed);
        let fresh = self.folder.join("large").join(format!("{number}{UNFINISHED}"));
        let written = self.put_large(&fresh, event, record);
        if written.is_err() {
            // What it took of a full disk is wanted back; what stays behind is removed at the next opening.
            let _ = disk::remove(&fresh);
        }
        written.while_(doing)
    }

    fn put_large(&self, fresh: &Path, event: EventId, record: &[u8]) -> io::Result<()> {
        let file = disk::create(fresh)?;
        disk::write_at(&file, record, 0)?;
        disk::sync(&file)?;
        disk::rename(fresh, &self.large_path(event))?;
        disk::sync_dir(&self.folder.join("large"))
    }

    /// Removes a large record whose entry was not taken.
    pub(crate) fn forget_large(&self, event: EventId) {
        // What stays behind is found again when the ledger is next opened.
        let _ = disk::remove(&self.large_path(event));
    }

    pub(crate) fn has_large(&self, event: EventId) -> bool {
        self.large_path(event).exists()
    }

    /// The events that have a large record. Removes what was not written to its end.
    pub(crate) fn large(&self) -> io::Result<Vec<EventId>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.folder.join("large"))? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_str().unwrap_or_default();
            if name.ends_with(UNFINISHED) {
                disk::remove(&entry.path())?;
            }
            found.extend(name.parse::<EventId>().ok());
        }
        Ok(found)
    }

    /// The record at `at`, whole; `None` when there is none that adds up in length.
    pub(crate) fn read(&self, at: At, event: EventId) -> Result<Option<Vec<u8>>, DiskFault> {
        match self.try_read(at, event) {
            Ok(found) => Ok(found),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(fault) => Err(fault).while_("reading bodies"),
        }
    }

    fn try_read(&self, at: At, event: EventId) -> io::Result<Option<Vec<u8>>> {
        let cursor = match at {
            At::Nowhere => return Ok(None),
            At::Large => return fs::read(self.large_path(event)).map(Some),
            At::Segment(cursor) => cursor,
        };
        let file = self.file(cursor.segment, false)?;
        // One read is enough for an event with one section.
        let mut bytes = vec![0; 2048];
        let read = disk::read_up_to(&file, &mut bytes, u64::from(cursor.offset))?;
        bytes.truncate(read);
        let Some(length) = bytes.first_chunk::<4>().map(|length| u32::from_le_bytes(*length) as usize) else {
            return Ok(None);
        };
        let had = bytes.len();
        // A damaged length must not make room for more than there is.
        let is_there =
            || Ok::<_, io::Error>(length as u64 + u64::from(cursor.offset) <= file.metadata()?.len());
        if length < record::HEAD || length > had && !is_there()? {
            return Ok(None);
        }
        bytes.resize(length, 0);
        if let Some(rest) = bytes.get_mut(had..).filter(|rest| !rest.is_empty()) {
            file.read_exact_at(rest, u64::from(cursor.offset) + had as u64)?;
        }
        Ok(Some(bytes))
    }

    /// Overwrites the head of a record, which says what is erased, then the ranges with zeros; each step durable before the next. Cut
    /// short in between, what is erased reads as erased, and is overwritten when the erasure is done again.
    pub(crate) fn erase(&self, at: At, event: EventId, erasing: &record::Erasing) -> Result<(), DiskFault> {
        let doing = "erasing bodies";
        let Some((file, start)) = self.writable(at, event).while_(doing)? else { return Ok(()) };
        disk::write_at(&file, &erasing.head, start).while_(doing)?;
        disk::sync(&file).while_(doing)?;
        for (from, to) in &erasing.zeroed {
            disk::zero(&file, start + from, start + to).while_(doing)?;
        }
        disk::sync(&file).while_(doing)
    }

    /// Writes a whole record over the one at `at`; durable when this returns.
    pub(crate) fn rewrite(&self, at: At, event: EventId, record: &[u8]) -> Result<(), DiskFault> {
        let doing = "repairing bodies";
        if at == At::Large {
            return self.write_large(event, record);
        }
        let At::Segment(cursor) = at else { return Ok(()) };
        let file = self.file(cursor.segment, true).while_(doing)?;
        disk::write_at(&file, record, u64::from(cursor.offset)).while_(doing)?;
        disk::sync(&file).while_(doing)
    }

    fn writable(&self, at: At, event: EventId) -> io::Result<Option<(Arc<File>, u64)>> {
        Ok(match at {
            At::Nowhere => None,
            At::Segment(cursor) => Some((self.file(cursor.segment, false)?, u64::from(cursor.offset))),
            At::Large => Some((Arc::new(disk::open_existing(&self.large_path(event))?), 0)),
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}
