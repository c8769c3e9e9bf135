//! The few file operations everything here is made of, with their durability spelt out.
//!
//! Nothing here retries a failed sync: after one, what the page cache holds is no longer what the disk holds.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

#[cfg(test)]
use crate::power;

/// The unit in which journals are written: a page of the page cache, so that no write needs a read before it.
pub(crate) const BLOCK: u64 = 4096;

const ZEROS: &[u8] = &[0; 256 * 1024];

/// What was being done when the machine failed, and what it said. Names no file that could name a person: none does.
#[derive(Debug, thiserror::Error)]
#[error("{doing}: {source}")]
pub struct DiskFault {
    /// In words.
    pub doing: &'static str,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

impl DiskFault {
    /// No space was left on the device, a quota or a file size limit was reached.
    #[must_use]
    pub fn is_full(&self) -> bool {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        matches!(self.source.kind(), StorageFull | QuotaExceeded | FileTooLarge)
    }
}

/// Adds to an I/O error what was being done.
pub(crate) trait While<T> {
    fn while_(self, doing: &'static str) -> Result<T, DiskFault>;
}

impl<T> While<T> for io::Result<T> {
    fn while_(self, doing: &'static str) -> Result<T, DiskFault> {
        self.map_err(|source| DiskFault { doing, source })
    }
}

/// Opens for reading and writing, creating an empty file where there is none.
pub(crate) fn open_or_create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    #[cfg(test)]
    power::made(path, false);
    Ok(file)
}

/// Makes an empty file, whatever was there.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let file = File::create(path)?;
    #[cfg(test)]
    power::made(path, true);
    Ok(file)
}

/// Writes all of `bytes`; not durable before a sync.
pub(crate) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.write_all_at(bytes, offset)?;
    #[cfg(test)]
    power::wrote(file, bytes, offset);
    Ok(())
}

/// Makes what was written to a file durable, and its length.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    file.sync_data()?;
    #[cfg(test)]
    power::synced(file);
    Ok(())
}

/// Gives a file another name; durable once the folder is synced.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    #[cfg(test)]
    power::renamed(from, to);
    Ok(())
}

/// Removes a file; durable once the folder is synced.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    #[cfg(test)]
    power::removed(path);
    Ok(())
}

/// Opens an existing file for reading and writing.
pub(crate) fn open_existing(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

/// Makes the entries of a directory durable.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()?;
    #[cfg(test)]
    power::synced_dir(path);
    Ok(())
}

/// Creates a directory and makes its name durable.
pub(crate) fn make_dir(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    match path.parent() {
        Some(here) if here.as_os_str().is_empty() => sync_dir(Path::new(".")),
        Some(parent) => sync_dir(parent),
        None => Ok(()),
    }
}

/// Replaces a small file so that a reader, or a power cut, finds either the old or the new bytes.
pub(crate) fn replace(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let fresh = directory.join(format!("{name}.new"));
    let file = create(&fresh)?;
    write_at(&file, bytes, 0)?;
    sync(&file)?;
    drop(file);
    rename(&fresh, &directory.join(name))?;
    sync_dir(directory)
}

/// Overwrites a range with zeros; not durable before a sync.
pub(crate) fn zero(file: &File, from: u64, to: u64) -> io::Result<()> {
    let mut at = from;
    while at < to {
        let step = (to - at).min(ZEROS.len() as u64);
        let zeros = ZEROS.get(..step as usize).unwrap_or_default();
        write_at(file, zeros, at)?;
        at += step;
    }
    Ok(())
}

/// Reads up to `buffer.len()` bytes at `offset`; fewer only at the end of the file.
pub(crate) fn read_up_to(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + done as u64) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(done)
}

/// The whole file, or nothing when there is none.
pub(crate) fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(fault),
    }
}
