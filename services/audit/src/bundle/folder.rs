//! The folder of a bundle on disk: for its owner's eyes only, each log whole or not there, nothing ever written over.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use waymark_domain::ids::Hash;
use waymark_seal::hash::sha256;
use waymark_seal::roster::fingerprint_of;

use super::place::{FILES_MAX, MANIFEST, MANIFEST_MAX, Place, read_manifest};

/// Why a bundle is not written.
#[derive(Debug, thiserror::Error)]
pub enum FolderFault {
    /// The folder is there and is no bundle.
    #[error("there is a folder that is no bundle: {0}")]
    NoBundle(PathBuf),
    /// The log is in the bundle already, or a roster version that is none.
    #[error("the bundle has {0} already, and nothing is written over")]
    There(String),
    /// Nothing of this name belongs in a bundle.
    #[error("{0} is no file of a bundle")]
    NoPlace(String),
    /// More files than a bundle may have.
    #[error("a bundle has at most {FILES_MAX} files")]
    TooMany,
    /// The disk said no.
    #[error("{0}: {1}")]
    Disk(PathBuf, io::Error),
}

/// A bundle that an office's log is being added to; until [`keep`](Folder::keep) nothing that was there has changed.
pub struct Folder {
    path: PathBuf,
    /// Beside the folder, on the same disk; moved into it at the end.
    draft: PathBuf,
    /// What the bundle had before.
    before: BTreeMap<String, Hash>,
    added: BTreeMap<String, Hash>,
    kept: bool,
}

impl Folder {
    /// Begins to add to the bundle at `path`, or to a new one.
    ///
    /// # Errors
    /// [`FolderFault`] when something else is there.
    pub fn begin(path: &Path) -> Result<Self, FolderFault> {
        let before = match path.symlink_metadata() {
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(fault) => return Err(FolderFault::Disk(path.to_owned(), fault)),
            Ok(there) if there.is_dir() => manifest(path)?,
            Ok(_) => return Err(FolderFault::NoBundle(path.to_owned())),
        };
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".half");
        let draft = path.with_file_name(name);
        make_dir(&draft)?;
        Ok(Self { path: path.to_owned(), draft, before, added: BTreeMap::new(), kept: false })
    }

    /// Writes one file, durably but for its name.
    ///
    /// # Errors
    /// [`FolderFault`] when it has no place in a bundle, or is there already.
    pub fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), FolderFault> {
        let place = Place::parse(path).ok_or_else(|| FolderFault::NoPlace(path.to_owned()))?;
        let hash = sha256(&[bytes]);
        match (self.before.get(path), place) {
            (Some(_), Place::Roster(version)) => {
                // Who signed it may differ from office to office; what it says may not, and where it does the bundle holds both.
                let there = read(&self.path.join(path), place.bytes_max())?;
                let (held, told) = (fingerprint_of(&there), fingerprint_of(bytes));
                return match told.filter(|_| held != told) {
                    Some(other) => self.write(&Place::OtherRoster(version, other).path(), bytes),
                    None if there == bytes || held.is_some() => Ok(()),
                    None => Err(FolderFault::There(path.to_owned())),
                };
            }
            (Some(_), Place::OtherRoster(..)) => return Ok(()),
            (Some(_), Place::Log(..)) => return Err(FolderFault::There(path.to_owned())),
            (None, _) => {}
        }
        if self.before.len() + self.added.len() >= FILES_MAX {
            return Err(FolderFault::TooMany);
        }
        if self.added.insert(path.to_owned(), hash).is_some() {
            return Err(FolderFault::There(path.to_owned()));
        }
        let file = self.draft.join(path);
        if let Some(parent) = file.parent() {
            make_dirs(parent)?;
        }
        write_file(&file, bytes)
    }

    /// Everything was written: moves it into the bundle, and the new manifest after it.
    ///
    /// # Errors
    /// [`FolderFault`] when the disk says no, or another program has written the same meanwhile.
    pub fn keep(mut self) -> Result<(), FolderFault> {
        let files = self.before.iter().chain(&self.added).collect::<BTreeMap<_, _>>();
        let manifest: String = files.iter().map(|(path, hash)| format!("{hash}  {path}\n")).collect();
        if self.before.is_empty() {
            write_file(&self.draft.join(MANIFEST), manifest.as_bytes())?;
            sync_below(&self.draft)?;
            rename(&self.draft, &self.path)?;
        } else {
            sync_below(&self.draft)?;
            for folder in self.tops() {
                let (from, to) = (self.draft.join(&folder), self.path.join(&folder));
                if to.symlink_metadata().is_ok() {
                    return Err(FolderFault::There(folder));
                }
                if let Some(parent) = to.parent() {
                    make_dirs(parent)?;
                    rename(&from, &to)?;
                    parent
                        .ancestors()
                        .take_while(|folder| folder.starts_with(&self.path))
                        .try_for_each(sync)?;
                }
            }
            let beside = self.draft.join(MANIFEST);
            write_file(&beside, manifest.as_bytes())?;
            rename(&beside, &self.path.join(MANIFEST))?;
            sync(&self.path)?;
            self.kept = true;
            let _ = std::fs::remove_dir_all(&self.draft);
        }
        self.kept = true;
        self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync)
    }

    /// What is moved as a whole: roster versions, and folders of logs.
    fn tops(&self) -> Vec<String> {
        let top = |path: &String| match Place::parse(path) {
            Some(Place::Log(office, log, _)) => format!("offices/{office}/{log}"),
            Some(Place::Roster(_) | Place::OtherRoster(..)) | None => path.clone(),
        };
        let mut tops: Vec<String> = self.added.keys().map(top).collect();
        tops.dedup();
        tops
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_dir_all(&self.draft);
        }
    }
}

/// A file of the bundle that was there, which is not longer than such a file may be.
fn read(path: &Path, max: u64) -> Result<Vec<u8>, FolderFault> {
    let disk = |fault| FolderFault::Disk(path.to_owned(), fault);
    let mut bytes = Vec::new();
    File::open(path).map_err(disk)?.take(max).read_to_end(&mut bytes).map_err(disk)?;
    Ok(bytes)
}

/// The files that the manifest of a bundle names.
fn manifest(folder: &Path) -> Result<BTreeMap<String, Hash>, FolderFault> {
    let (path, no_bundle) = (folder.join(MANIFEST), || FolderFault::NoBundle(folder.to_owned()));
    let mut text = String::new();
    let file = File::open(&path).map_err(|_| no_bundle())?;
    file.take(MANIFEST_MAX).read_to_string(&mut text).map_err(|fault| FolderFault::Disk(path, fault))?;
    let files = read_manifest(&text).ok_or_else(no_bundle)?;
    Ok(files.into_iter().map(|(path, hash)| (path.to_owned(), hash)).collect())
}

fn make_dir(path: &Path) -> Result<(), FolderFault> {
    DirBuilder::new().mode(0o700).create(path).map_err(|fault| FolderFault::Disk(path.to_owned(), fault))
}

fn make_dirs(path: &Path) -> Result<(), FolderFault> {
    let mut builder = DirBuilder::new();
    builder.mode(0o700).recursive(true);
    builder.create(path).map_err(|fault| FolderFault::Disk(path.to_owned(), fault))
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), FolderFault> {
    let written =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
    written.map_err(|fault| FolderFault::Disk(path.to_owned(), fault))
}

fn rename(from: &Path, to: &Path) -> Result<(), FolderFault> {
    std::fs::rename(from, to).map_err(|fault| FolderFault::Disk(to.to_owned(), fault))
}

fn sync(folder: &Path) -> Result<(), FolderFault> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|fault| FolderFault::Disk(folder.to_owned(), fault))
}

/// Makes the names of everything below a folder durable.
fn sync_below(folder: &Path) -> Result<(), FolderFault> {
    let listed = std::fs::read_dir(folder).map_err(|fault| FolderFault::Disk(folder.to_owned(), fault))?;
    for entry in listed {
        let entry = entry.map_err(|fault| FolderFault::Disk(folder.to_owned(), fault))?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            sync_below(&entry.path())?;
        }
    }
    sync(folder)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const ONE: &str = "offices/01010101010101010101010101010101/0/checkpoint";
    const TWO: &str = "offices/02020202020202020202020202020202/0/checkpoint";

    fn begin(path: &Path, office: &str) -> Folder {
        let mut folder = Folder::begin(path).unwrap();
        folder.write("roster/1", b"roster").unwrap();
        folder.write(office, b"head").unwrap();
        folder
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn two_offices_write_into_one_bundle_and_neither_over_the_other() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("bundle");
        begin(&path, ONE).keep().unwrap();
        begin(&path, TWO).keep().unwrap();
        let text = std::fs::read_to_string(path.join("manifest")).unwrap();
        let files: Vec<_> = read_manifest(&text).unwrap().into_iter().map(|(path, _)| path).collect();
        assert_eq!(files, [ONE, TWO, "roster/1"]);
        assert_eq!((mode(&path), mode(&path.join("offices")), mode(&path.join(TWO))), (0o700, 0o700, 0o600));
        let mut again = Folder::begin(&path).unwrap();
        assert!(matches!(again.write(ONE, b"other"), Err(FolderFault::There(_))));
        assert!(matches!(again.write("roster/1", b"other"), Err(FolderFault::There(_))));
        assert!(matches!(again.write("roster/../../etc", b"x"), Err(FolderFault::NoPlace(_))));
        drop(again);
        assert_eq!(std::fs::read_to_string(path.join("manifest")).unwrap(), text);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "half a bundle stayed");
    }

    #[test]
    fn what_is_not_a_bundle_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("file"), b"something").unwrap();
        assert!(matches!(Folder::begin(place.path()), Err(FolderFault::NoBundle(_))));
        assert!(matches!(Folder::begin(&place.path().join("file")), Err(FolderFault::NoBundle(_))));
    }
}
