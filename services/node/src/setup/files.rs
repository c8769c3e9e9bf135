//! Reading and writing the small files of the set-up: bounded, whole or not at all, never over another one.

use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::fault::Fault;

const BYTES_MAX: u64 = 1024 * 1024;

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Anybody.
    All,
    /// The owner.
    Owner,
}

/// The whole of a small file.
pub(crate) fn read(what: &str, path: &Path) -> Result<Vec<u8>, Fault> {
    let unreadable = |fault| Fault::file(&format!("{what} cannot be read:"), path, &fault);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(Fault::usage(format!("{what} {} is longer than 1 MiB", path.display())));
    }
    Ok(bytes)
}

/// The whole of a small text file.
pub(crate) fn read_text(what: &str, path: &Path) -> Result<String, Fault> {
    String::from_utf8(read(what, path)?)
        .map_err(|_| Fault::usage(format!("{what} {} is not text", path.display())))
}

/// Writes a file that must not be there yet.
pub(crate) fn create(what: &str, path: &Path, bytes: &[u8], readers: Readers) -> Result<(), Fault> {
    if path.exists() {
        let there = std::io::ErrorKind::AlreadyExists.into();
        return Err(Fault::file(&format!("{what} cannot be written:"), path, &there));
    }
    replace(what, path, bytes, readers)
}

/// Writes a file, or puts it in the place of the one that is there; after a crash one of the two is there whole.
pub(crate) fn replace(what: &str, path: &Path, bytes: &[u8], readers: Readers) -> Result<(), Fault> {
    write(path, bytes, readers)
        .map_err(|fault| Fault::file(&format!("{what} cannot be written:"), path, &fault))
}

/// Writes beside, syncs, and moves into place.
pub(crate) fn write(path: &Path, bytes: &[u8], readers: Readers) -> std::io::Result<()> {
    let mut half = path.as_os_str().to_owned();
    half.push(".half");
    let half = Path::new(&half);
    // One left behind by a crash keeps its old permissions.
    match std::fs::remove_file(half) {
        Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => return Err(fault),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(
        &mut options,
        if readers == Readers::Owner { 0o600 } else { 0o644 },
    );
    let mut file = options.open(half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(half, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_not_written_over_another_unless_it_replaces_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("join");
        create("the file", &path, b"one", Readers::All).expect("created");
        assert!(create("the file", &path, b"two", Readers::All).is_err());
        assert_eq!(std::fs::read(&path).expect("read"), b"one");
        replace("the file", &path, b"two", Readers::Owner).expect("replaced");
        assert_eq!(std::fs::read(&path).expect("read"), b"two");
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(
                &std::fs::metadata(&path).expect("there").permissions(),
            );
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
