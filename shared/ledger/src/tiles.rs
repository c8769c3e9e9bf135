//! The office's log as C2SP tlog-tiles: bundles of 256 entries, tiles of 256 hashes on each level.
//!
//! ```text
//! tile/entries/<N>   u16-BE length ‖ entry, 256 times
//! tile/<L>/<N>       32-byte hashes; level 0 are leaves, a hash of level L + 1 is the root of a full tile of level L
//! ```
//! `<N>` is written as the specification says: `x001/x234/067`. The last bundle and the last tile of each level grow in place
//! under the name of the full one; whoever hands the log to another reader cuts them into `.p/<W>`.
//! Source: <https://c2sp.org/tlog-tiles>.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{Mode, OFlags};
use waymark_domain::ids::Hash;
pub(crate) use waymark_seal::tile::WIDTH;
use waymark_seal::tile::number_path;

use crate::disk::{self, DiskFault, While};
use crate::open_files::OpenFiles;

const HASH: u64 = 32;

/// Which file of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Tile {
    /// A bundle of entries.
    Entries(u64),
    /// A tile of hashes: level and number.
    Hashes(u8, u64),
}

impl Tile {
    /// The path below `tile/`.
    pub(crate) fn path(self) -> String {
        match self {
            Self::Entries(number) => format!("entries/{}", number_path(number)),
            Self::Hashes(level, number) => format!("{level}/{}", number_path(number)),
        }
    }
}

/// The folder of tiles.
pub(crate) struct Tiles {
    folder: PathBuf,
    root: File,
    open: Mutex<OpenFiles<Tile>>,
    fresh_folders: Mutex<BTreeSet<PathBuf>>,
}

impl Tiles {
    pub(crate) fn create(folder: &Path) -> io::Result<()> {
        disk::make_dir(folder)?;
        disk::make_dir(&folder.join("entries"))?;
        disk::make_dir(&folder.join("0"))
    }

    pub(crate) fn open(folder: PathBuf) -> Result<Self, DiskFault> {
        let root = File::open(&folder).while_("opening the log")?;
        Ok(Self { folder, root, open: Mutex::default(), fresh_folders: Mutex::default() })
    }

    /// The file for reading; kept open for a while.
    pub(crate) fn file(&self, tile: Tile) -> io::Result<Arc<File>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.find(&tile) {
            return Ok(file);
        }
        let file =
            rustix::fs::openat(&self.root, tile.path(), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(open.keep(tile, File::from(file)))
    }

    /// The file for writing, created with its folders when it is not there.
    pub(crate) fn file_to_write(&self, tile: Tile) -> io::Result<File> {
        let path = self.folder.join(tile.path());
        match disk::open_existing(&path) {
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
            let mut fresh = self.fresh_folders.lock().unwrap_or_else(PoisonError::into_inner);
            // A new folder's name lies in the one above.
            parent.ancestors().take_while(|folder| *folder != self.folder).for_each(|folder| {
                fresh.insert(folder.to_path_buf());
            });
            fresh.insert(self.folder.clone());
        }
        disk::open_or_create(&path)
    }

    /// Makes the names of all files created since the last call durable.
    pub(crate) fn sync_folders(&self) -> io::Result<()> {
        let mut fresh = self.fresh_folders.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.iter().try_for_each(|folder| disk::sync_dir(folder))?;
        fresh.clear();
        Ok(())
    }

    /// Writes into a bundle or tile at a byte offset; the caller keeps the file to sync it.
    pub(crate) fn write(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        disk::write_at(file, bytes, offset)
    }

    /// Forgets open files, because some were replaced.
    pub(crate) fn forget_open(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = OpenFiles::default();
    }

    /// Replaces a whole file; durable when this returns.
    pub(crate) fn replace(&self, tile: Tile, bytes: &[u8]) -> Result<(), DiskFault> {
        let doing = "repairing a tile";
        let path = self.folder.join(tile.path());
        let parent = path.parent().unwrap_or(&self.folder);
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        fs::create_dir_all(parent).while_(doing)?;
        disk::replace(parent, name, bytes).while_(doing)?;
        self.forget_open();
        Ok(())
    }

    /// A whole bundle, as much as there is.
    pub(crate) fn bundle(&self, number: u64) -> Result<Vec<u8>, DiskFault> {
        Ok(disk::read_if_there(&self.folder.join(Tile::Entries(number).path()))
            .while_("reading a bundle")?
            .unwrap_or_default())
    }

    /// The first `count` hashes of a tile, or as many as there are.
    pub(crate) fn hashes(&self, level: u8, number: u64, count: usize) -> Result<Vec<Hash>, DiskFault> {
        let doing = "reading a tile";
        let file = match self.file(Tile::Hashes(level, number)) {
            Ok(file) => file,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(fault) => return Err(fault).while_(doing),
        };
        let mut bytes = vec![0; count * HASH as usize];
        let read = disk::read_up_to(&file, &mut bytes, 0).while_(doing)?;
        bytes.truncate(read);
        Ok(bytes.as_chunks::<32>().0.iter().map(|hash| Hash(*hash)).collect())
    }

    /// Bytes of a file of the log; 0 when it is not there.
    pub(crate) fn length(&self, tile: Tile) -> Result<u64, DiskFault> {
        match self.file(tile).and_then(|file| file.metadata()) {
            Ok(meta) => Ok(meta.len()),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(fault) => Err(fault).while_("reading a tile"),
        }
    }

    /// The entry of bundle `number` at byte `offset`; `None` when the bundle is too short for it.
    pub(crate) fn entry(&self, number: u64, offset: u32) -> Result<Option<Vec<u8>>, DiskFault> {
        let doing = "reading an entry";
        let file = match self.file(Tile::Entries(number)) {
            Ok(file) => file,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(fault) => return Err(fault).while_(doing),
        };
        // Most entries are shorter than this, so that one read does.
        let mut front = [0; 640];
        let read = disk::read_up_to(&file, &mut front, u64::from(offset)).while_(doing)?;
        let Some((length, rest)) = front.get(..read).and_then(<[u8]>::split_first_chunk::<2>) else {
            return Ok(None);
        };
        let length = usize::from(u16::from_be_bytes(*length));
        if let Some(entry) = rest.get(..length) {
            return Ok(Some(entry.to_vec()));
        }
        let mut entry = vec![0; length];
        let read = disk::read_up_to(&file, &mut entry, u64::from(offset) + 2).while_(doing)?;
        Ok((read == length).then_some(entry))
    }
}

/// The entries in the bytes of a bundle with the offset of each; stops where the bytes stop making sense.
pub(crate) fn split_bundle(bundle: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bundle.get(at..)?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let entry = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
        let offset = u32::try_from(at).ok()?;
        at += 2 + entry.len();
        Some((offset, entry))
    })
}

/// Where hash number `position` lies in its tile.
pub(crate) const fn hash_offset(position: u64) -> u64 {
    (position % WIDTH) * HASH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_named_as_the_specification_says() {
        assert_eq!(Tile::Hashes(0, 0).path(), "0/000");
        assert_eq!(Tile::Hashes(1, 999).path(), "1/999");
        assert_eq!(Tile::Entries(1_234_067).path(), "entries/x001/x234/067");
        assert_eq!(Tile::Hashes(0, 1_000).path(), "0/x001/000");
    }

    #[test]
    fn a_bundle_is_split_until_it_ends_or_breaks() {
        let bundle = [0, 3, b'a', b'b', b'c', 0, 0, 0, 9, b'x'];
        let found: Vec<_> = split_bundle(&bundle).collect();
        assert_eq!(found, [(0, b"abc".as_slice()), (5, b"".as_slice())]);
    }
}
