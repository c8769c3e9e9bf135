//! The directories of an office on disk: one file each in `directory/`, replaced as a whole.
//!
//! A directory is public, so it is not sealed. A file is written beside its place, made durable and then moved there; a
//! power cut leaves the former directory or the new one. A file that cannot be read is reported and left alone; the
//! others serve.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::book::Book;
use super::limits::STORED_BYTES_MAX;
use super::model::Directory;
use super::search::Snapshot;
use super::source::SourceName;
pub use super::stored::StoredFault;
use super::stored::{decode, encode};

const FOLDER: &str = "directory";
const ENDING: &str = "postcard";
const UNFINISHED: &str = "tmp";

/// The directories of an office.
#[derive(Debug)]
pub struct Directories {
    folder: PathBuf,
    books: RwLock<BTreeMap<SourceName, Arc<Book>>>,
    writing: Mutex<()>,
}

/// Why a directory was not kept or read back.
#[derive(Debug, thiserror::Error)]
pub enum StoreFault {
    /// The disk refused.
    #[error("directory {name}: cannot {what}: {error}")]
    Disk {
        /// The directory, or the folder of all.
        name: String,
        /// What was tried.
        what: &'static str,
        /// What the system said.
        error: io::ErrorKind,
    },
    /// The stored file is no directory.
    #[error("directory {name}: the stored file {fault}")]
    Stored {
        /// The file.
        name: String,
        /// Why not.
        fault: StoredFault,
    },
    /// The stored file holds a directory of another name.
    #[error("directory {name}: the stored file holds {holds}")]
    OtherName {
        /// The file.
        name: String,
        /// The name inside.
        holds: SourceName,
    },
    /// The stored file is too large.
    #[error("directory {name}: the stored file has more than {STORED_BYTES_MAX} bytes")]
    TooLarge {
        /// The file.
        name: String,
    },
    /// The directory could not be put into bytes.
    #[error("directory {name}: cannot be encoded")]
    Encoding {
        /// The directory.
        name: String,
    },
}

/// What keeping a directory did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The version of its content.
    pub etag: String,
    /// Did it replace a directory of the same name?
    pub replaced: bool,
}

impl Directories {
    /// Opens the directories below the data folder `data`, making the folder if there is none, and reads them. Also
    /// gives what could not be read.
    ///
    /// # Errors
    /// The folder cannot be made or listed.
    pub fn open(data: &Path) -> Result<(Self, Vec<StoreFault>), StoreFault> {
        let folder = data.join(FOLDER);
        fs::create_dir_all(&folder).map_err(disk(FOLDER, "make the folder"))?;
        let (mut books, mut faults) = (BTreeMap::new(), Vec::new());
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(&folder).map_err(disk(FOLDER, "list the folder"))? {
            files.push(entry.map_err(disk(FOLDER, "list the folder"))?.path());
        }
        files.sort();
        for path in files {
            let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned());
            match ending.as_deref() {
                // Left by a power cut while it was written; the former directory stands.
                Some(UNFINISHED) => drop(fs::remove_file(&path)),
                Some(ENDING) => match load(&path) {
                    Ok(book) => drop(books.insert(book.directory().name().clone(), Arc::new(book))),
                    Err(fault) => faults.push(fault),
                },
                Some(_) | None => {}
            }
        }
        Ok((Self { folder, books: RwLock::new(books), writing: Mutex::new(()) }, faults))
    }

    /// Keeps a directory, in place of a former one of the same name. Blocks until it is durable.
    ///
    /// # Errors
    /// The disk refused; then the former directory stands, on disk and in memory.
    pub fn put(&self, directory: Directory) -> Result<Kept, StoreFault> {
        let encoded = encoded(&directory)?;
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.replace(directory, encoded)
    }

    /// The same, if `fits` says yes to the etag of the former directory of that name; nobody writes in between. Otherwise nothing is
    /// changed.
    ///
    /// # Errors
    /// As [`Directories::put`].
    pub fn put_if(
        &self,
        directory: Directory,
        fits: impl FnOnce(Option<&str>) -> bool,
    ) -> Result<Option<Kept>, StoreFault> {
        let encoded = encoded(&directory)?;
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let former = self.books.read().unwrap_or_else(PoisonError::into_inner).get(directory.name()).cloned();
        if !fits(former.as_ref().map(|book| book.etag())) {
            return Ok(None);
        }
        self.replace(directory, encoded).map(Some)
    }

    fn replace(&self, directory: Directory, (bytes, etag): (Vec<u8>, String)) -> Result<Kept, StoreFault> {
        let name = directory.name().clone();
        let book = Arc::new(Book::new(directory, etag.clone()));
        self.write(&name, &bytes)?;
        let former = self.books.write().unwrap_or_else(PoisonError::into_inner).insert(name, book);
        Ok(Kept { etag, replaced: former.is_some() })
    }

    /// Forgets a directory; false when there is none of that name.
    ///
    /// # Errors
    /// The disk refused; then the directory stands.
    pub fn remove(&self, name: &SourceName) -> Result<bool, StoreFault> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        match fs::remove_file(self.path(name, ENDING)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(disk(name.as_str(), "remove the file")(error));
            }
            Ok(()) | Err(_) => self.sync(name)?,
        }
        Ok(self.books.write().unwrap_or_else(PoisonError::into_inner).remove(name).is_some())
    }

    /// The directories as they are now. Later changes do not show in it.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let books = self.books.read().unwrap_or_else(PoisonError::into_inner);
        Snapshot { books: books.values().cloned().collect() }
    }

    fn path(&self, name: &SourceName, ending: &str) -> PathBuf {
        self.folder.join(format!("{name}.{ending}"))
    }

    fn write(&self, name: &SourceName, bytes: &[u8]) -> Result<(), StoreFault> {
        let unfinished = self.path(name, UNFINISHED);
        let written = File::create(&unfinished).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        let moved = written.and_then(|()| fs::rename(&unfinished, self.path(name, ENDING)));
        if let Err(error) = moved {
            drop(fs::remove_file(&unfinished));
            return Err(disk(name.as_str(), "write the file")(error));
        }
        self.sync(name)
    }

    fn sync(&self, name: &SourceName) -> Result<(), StoreFault> {
        let synced = File::open(&self.folder).and_then(|folder| folder.sync_all());
        synced.map_err(disk(name.as_str(), "make the folder durable"))
    }
}

/// The bytes of a directory and their etag.
fn encoded(directory: &Directory) -> Result<(Vec<u8>, String), StoreFault> {
    encode(directory).map_err(|_| StoreFault::Encoding { name: directory.name().to_string() })
}

fn load(path: &Path) -> Result<Book, StoreFault> {
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(STORED_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(disk(&name, "read the file"))?;
    if bytes.len() as u64 > STORED_BYTES_MAX {
        return Err(StoreFault::TooLarge { name });
    }
    let (directory, etag) =
        decode(&bytes).map_err(|fault| StoreFault::Stored { name: name.clone(), fault })?;
    if directory.name().as_str() != name {
        return Err(StoreFault::OtherName { name, holds: directory.name().clone() });
    }
    Ok(Book::new(directory, etag))
}

fn disk(name: &str, what: &'static str) -> impl Fn(io::Error) -> StoreFault {
    let name = name.to_owned();
    move |error| StoreFault::Disk { name: name.clone(), what, error: error.kind() }
}
