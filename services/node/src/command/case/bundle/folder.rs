//! The folder of a bundle: new, for its owner's eyes only, whole or not there. Names of files tell nothing of the person.

use std::path::{Path, PathBuf};

use crate::fault::Fault;
use crate::setup::files::{self, Readers};
use crate::show::json::Json;

/// Where the sections lie.
const SECTIONS: &str = "sections";

/// A folder being filled; it goes away again unless it is kept.
pub(super) struct Folder {
    path: PathBuf,
    whole: bool,
}

impl Folder {
    /// Nothing is at `path` yet: looked at before anything is opened for it.
    pub(super) fn free(path: &Path) -> Result<(), Fault> {
        match path.symlink_metadata() {
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(fault) => Err(Fault::file("the folder cannot be made:", path, &fault)),
            Ok(_) => {
                let there = std::io::ErrorKind::AlreadyExists.into();
                Err(Fault::file("the folder cannot be made:", path, &there).next("Choose another name."))
            }
        }
    }

    /// Makes the folder; fails when anything is there.
    pub(super) fn create(path: &Path) -> Result<Self, Fault> {
        make(path)?;
        let folder = Self { path: path.to_owned(), whole: false };
        make(&path.join(SECTIONS))?;
        Ok(folder)
    }

    /// Writes a file.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), Fault> {
        files::create("the bundle", &self.path.join(name), text.as_bytes(), Readers::Owner)
    }

    /// Writes the section of this number.
    pub(super) fn section(&self, number: u32, section: &Json) -> Result<(), Fault> {
        self.write(&format!("{SECTIONS}/{number:04}.json"), &format!("{section}\n"))
    }

    /// All is written.
    pub(super) fn keep(mut self) {
        self.whole = true;
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.whole {
            // What cannot be taken away is named by the fault that ended the command.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

fn make(path: &Path) -> Result<(), Fault> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|fault| Fault::file("the folder cannot be made:", path, &fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::os::unix::fs::PermissionsExt::mode(&path.metadata().expect("there").permissions()) & 0o777
    }

    #[test]
    fn a_bundle_is_for_its_owner_and_over_nothing() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("bundle");
        Folder::free(&path).expect("free");
        let folder = Folder::create(&path).expect("made");
        folder.section(1, &Json::text("Ana")).expect("written");
        assert!(folder.write("sections/0001.json", "other").is_err());
        folder.keep();
        assert_eq!((mode(&path), mode(&path.join(SECTIONS))), (0o700, 0o700));
        assert_eq!(mode(&path.join("sections/0001.json")), 0o600);
        assert!(Folder::free(&path).is_err() && Folder::create(&path).is_err());
        assert_eq!(std::fs::read_to_string(path.join("sections/0001.json")).expect("read"), "\"Ana\"\n");
    }

    #[test]
    fn half_a_bundle_does_not_stay() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("bundle");
        let folder = Folder::create(&path).expect("made");
        folder.write("page.html", "half").expect("written");
        drop(folder);
        assert!(!path.exists());
    }
}
