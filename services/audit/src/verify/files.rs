//! Reading the files of a bundle that somebody else made: no link is followed, nothing is read beyond its limit, and no room is made
//! for a length that was only claimed.

use std::fs::File;
use std::io::{self, Read as _};
use std::num::NonZeroUsize;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use rustix::fs::{Mode, OFlags};
use waymark_domain::ids::Hash;

use crate::bundle::{FILES_MAX, MANIFEST, Place};

/// Folders below each other, at most: what a log of 2^64 entries needs.
const DEPTH_MAX: usize = 14;
/// Bytes for which room is made at once.
const ROOM: u64 = 1024 * 1024;

/// Files kept open.
const OPEN: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// Tiles kept read: sixteen megabytes.
const TILES: NonZeroUsize = NonZeroUsize::new(2_048).unwrap();

/// A bundle's folder.
pub(crate) struct Files {
    path: PathBuf,
    root: File,
    open: Mutex<LruCache<Place, Arc<File>>>,
    tiles: Mutex<LruCache<Place, Arc<Vec<Hash>>>>,
    /// The first time that this machine could not read: then nothing that was found counts.
    failed: Mutex<Option<(String, io::Error)>>,
}

/// Why a file is not read.
#[derive(Debug)]
pub(crate) enum FileFault {
    /// It is not there.
    Missing,
    /// It, or a folder above it, is a link or no ordinary file.
    Forbidden,
    /// It is larger than allowed.
    TooLarge,
    /// This machine cannot read it.
    Disk(io::Error),
}

/// What lies in a bundle's folder.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Paths of ordinary files, ascending; without the manifest.
    pub(crate) files: Vec<String>,
    /// Paths of what has no place there: links, special files, names that are no text, folders too deep.
    pub(crate) forbidden: Vec<String>,
    /// There are more.
    pub(crate) too_many: bool,
}

impl Files {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let root = File::open(path)?;
        if !root.metadata()?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let (open, tiles) = (Mutex::new(LruCache::new(OPEN)), Mutex::new(LruCache::new(TILES)));
        Ok(Self { path: path.to_owned(), root, open, tiles, failed: Mutex::default() })
    }

    /// Why this machine could not read, if it could not.
    pub(crate) fn failed(&self) -> Option<(String, io::Error)> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn note(&self, place: Place, fault: FileFault) {
        if let FileFault::Disk(fault) = fault {
            self.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert((place.path(), fault));
        }
    }

    /// The whole of a file of the bundle; none when it is not there as it should be.
    pub(crate) fn whole(&self, place: Place) -> Option<Vec<u8>> {
        self.read(&place.path(), place.bytes_max()).map_err(|fault| self.note(place, fault)).ok()
    }

    /// Up to `length` bytes of a file at `offset`; the file stays open for a while.
    pub(crate) fn part(&self, place: Place, length: usize, offset: u64) -> Option<Vec<u8>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match open.get(&place) {
            Some(file) => Arc::clone(file),
            None => {
                let file = Arc::new(self.file(&place.path()).map_err(|fault| self.note(place, fault)).ok()?);
                open.put(place, Arc::clone(&file));
                file
            }
        };
        drop(open);
        read_at(&file, length, offset).map_err(|fault| self.note(place, FileFault::Disk(fault))).ok()
    }

    /// The hashes of a tile, as they lie there.
    pub(crate) fn tile(&self, place: Place) -> Option<Arc<Vec<Hash>>> {
        self.tile_or(place, || {
            let bytes = self.whole(place)?;
            Some(bytes.as_chunks::<32>().0.iter().map(|hash| Hash(*hash)).collect())
        })
    }

    /// The hashes of a tile that `make` gives when it is not kept.
    pub(crate) fn tile_or(
        &self,
        place: Place,
        make: impl FnOnce() -> Option<Vec<Hash>>,
    ) -> Option<Arc<Vec<Hash>>> {
        let mut tiles = self.tiles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tile) = tiles.get(&place) {
            return Some(Arc::clone(tile));
        }
        drop(tiles);
        let tile = Arc::new(make()?);
        self.tiles.lock().unwrap_or_else(PoisonError::into_inner).put(place, Arc::clone(&tile));
        Some(tile)
    }

    /// Keeps a tile no longer.
    pub(crate) fn forget(&self, place: Place) {
        self.tiles.lock().unwrap_or_else(PoisonError::into_inner).pop(&place);
    }

    /// Opens an ordinary file, going down folder by folder.
    pub(crate) fn file(&self, path: &str) -> Result<File, FileFault> {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut folder: Option<File> = None;
        for part in folders.split('/').filter(|part| !part.is_empty()) {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let below = folder.as_ref().unwrap_or(&self.root);
            folder = Some(rustix::fs::openat(below, part, flags, Mode::empty()).map_err(fault_of)?.into());
        }
        // A pipe must not keep us waiting for who writes into it.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let below = folder.as_ref().unwrap_or(&self.root);
        let file = File::from(rustix::fs::openat(below, name, flags, Mode::empty()).map_err(fault_of)?);
        if file.metadata().map_err(FileFault::Disk)?.is_file() { Ok(file) } else { Err(FileFault::Forbidden) }
    }

    /// The whole of a file of at most `max` bytes.
    pub(crate) fn read(&self, path: &str, max: u64) -> Result<Vec<u8>, FileFault> {
        let file = self.file(path)?;
        let length = file.metadata().map_err(FileFault::Disk)?.len();
        if length > max {
            return Err(FileFault::TooLarge);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length.min(ROOM)).unwrap_or_default());
        file.take(max + 1).read_to_end(&mut bytes).map_err(FileFault::Disk)?;
        if bytes.len() as u64 > max { Err(FileFault::TooLarge) } else { Ok(bytes) }
    }

    /// Everything in the folder, as far as a bundle may have it.
    pub(crate) fn list(&self) -> io::Result<Listing> {
        let mut listing = Listing::default();
        self.list_folder("", 0, &mut listing)?;
        listing.files.sort_unstable();
        Ok(listing)
    }

    fn list_folder(&self, below: &str, depth: usize, listing: &mut Listing) -> io::Result<()> {
        for entry in std::fs::read_dir(self.path.join(below))? {
            if listing.files.len() + listing.forbidden.len() >= FILES_MAX {
                listing.too_many = true;
                return Ok(());
            }
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                listing.forbidden.push(format!("{below}?"));
                continue;
            };
            let path = if below.is_empty() { name } else { format!("{below}/{name}") };
            let kind = entry.file_type()?;
            if kind.is_file() {
                if path != MANIFEST {
                    listing.files.push(path);
                }
            } else if kind.is_dir() && depth < DEPTH_MAX {
                self.list_folder(&path, depth + 1, listing)?;
            } else {
                listing.forbidden.push(path);
            }
        }
        Ok(())
    }
}

/// Up to `length` bytes at `offset`; fewer when the file ends before.
fn read_at(file: &File, length: usize, offset: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut read = 0;
    while let Some(rest) = bytes.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            Err(fault) => return Err(fault),
        }
    }
    bytes.truncate(read);
    Ok(bytes)
}

fn fault_of(fault: rustix::io::Errno) -> FileFault {
    use rustix::io::Errno;
    match fault {
        Errno::NOENT => FileFault::Missing,
        // A link where a folder or file is wanted, or a file where a folder is.
        Errno::LOOP | Errno::NOTDIR | Errno::NXIO | Errno::MLINK => FileFault::Forbidden,
        other => FileFault::Disk(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_link_is_followed_and_nothing_is_read_beyond_its_limit() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("bundle");
        std::fs::create_dir_all(folder.join("roster")).unwrap();
        std::fs::create_dir_all(place.path().join("elsewhere")).unwrap();
        std::fs::write(place.path().join("elsewhere/1"), b"secret").unwrap();
        std::fs::write(folder.join("roster/1"), [7; 100]).unwrap();
        std::os::unix::fs::symlink(place.path().join("elsewhere/1"), folder.join("roster/2")).unwrap();
        std::os::unix::fs::symlink(place.path().join("elsewhere"), folder.join("offices")).unwrap();
        let files = Files::open(&folder).unwrap();
        assert_eq!(files.read("roster/1", 100).unwrap(), [7; 100]);
        assert!(matches!(files.read("roster/1", 99), Err(FileFault::TooLarge)));
        assert!(matches!(files.read("roster/2", 100), Err(FileFault::Forbidden)));
        assert!(matches!(files.read("offices/1", 100), Err(FileFault::Forbidden)));
        assert!(matches!(files.read("roster", 100), Err(FileFault::Forbidden)));
        assert!(matches!(files.read("roster/1/x", 100), Err(FileFault::Forbidden)));
        assert!(matches!(files.read("roster/3", 100), Err(FileFault::Missing)));
        let listing = files.list().unwrap();
        assert_eq!(listing.files, ["roster/1"]);
        assert_eq!(listing.forbidden.len(), 2);
    }

    #[test]
    fn a_folder_too_deep_is_not_gone_into() {
        let place = tempfile::tempdir().unwrap();
        let deep = place.path().join("a/".repeat(40));
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(deep.join("file"), b"x").unwrap();
        let listing = Files::open(place.path()).unwrap().list().unwrap();
        assert_eq!((listing.files.len(), listing.forbidden.len()), (0, 1));
    }
}
