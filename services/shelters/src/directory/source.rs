//! Where an import comes from: a folder, a file, or files handed over in memory. Opens nothing but regular files.

use core::fmt;
use core::str::FromStr;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::clean::quoted;
use super::fault::Reason;
use super::limits::{FILE_BYTES_MAX, FILES_MAX};

/// The name under which a directory is kept; importing under it again replaces the directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceName(String);

/// A text is no name of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a name of a source: 1 to 64 letters a–z, digits, `-`, `_` or `.`, beginning with a letter or digit"
)]
pub struct NotAName;

impl SourceName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SourceName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        let good = begins && text.len() <= 64 && text.bytes().all(fits);
        if good { Ok(Self(text.to_owned())) } else { Err(NotAName) }
    }
}

impl TryFrom<String> for SourceName {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        text.parse()
    }
}

impl From<SourceName> for String {
    fn from(name: SourceName) -> Self {
        name.0
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is imported.
#[derive(Debug)]
pub enum Source {
    /// A folder of tables, or one file.
    Path(PathBuf),
    /// Files by name.
    Files(Vec<(String, Vec<u8>)>),
}

/// A file of a source, not yet read.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// Its name without folder, fit to be shown.
    pub name: String,
    /// Its size as known before reading.
    pub bytes: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    OnDisk(PathBuf),
    InMemory(Vec<u8>),
}

/// Why the source as a whole cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceFault {
    /// Nothing is there, or it may not be opened.
    #[error("cannot be opened: {0}")]
    Closed(String),
    /// Neither a folder nor a regular file.
    #[error("is neither a folder nor a file")]
    NeitherFolderNorFile,
    /// The folder holds no file that could be a table.
    #[error("holds no .csv or .json file{}", subfolders(.0))]
    NoTables(Vec<String>),
    /// The folder holds too many files.
    #[error("holds more than {FILES_MAX} files")]
    TooManyFiles,
}

fn subfolders(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; it holds the folders {}", names.join(", ")) }
}

impl Source {
    /// The files that may hold tables, by name.
    pub(crate) fn into_files(self) -> Result<Vec<SourceFile>, SourceFault> {
        let mut files = match self {
            Self::Path(path) => list(&path)?,
            Self::Files(files) if files.len() > FILES_MAX => return Err(SourceFault::TooManyFiles),
            Self::Files(files) => files.into_iter().map(in_memory).collect(),
        };
        if files.is_empty() {
            return Err(SourceFault::NoTables(Vec::new()));
        }
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(files)
    }
}

impl SourceFile {
    /// The bytes, never more than [`FILE_BYTES_MAX`].
    pub(crate) fn read(self) -> Result<Vec<u8>, Reason> {
        if self.bytes > FILE_BYTES_MAX {
            return Err(Reason::FileTooLarge { bytes: self.bytes });
        }
        let path = match self.content {
            Content::InMemory(bytes) => return Ok(bytes),
            Content::OnDisk(path) => path,
        };
        let mut bytes = Vec::with_capacity(usize::try_from(self.bytes).unwrap_or(0));
        File::open(path)
            .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
            .map_err(|error| Reason::Io(error.kind().to_string()))?;
        // The file may have grown since it was listed.
        let read = bytes.len() as u64;
        if read > FILE_BYTES_MAX { Err(Reason::FileTooLarge { bytes: read }) } else { Ok(bytes) }
    }
}

fn in_memory((name, bytes): (String, Vec<u8>)) -> SourceFile {
    let short = name.rsplit(['/', '\\']).next().unwrap_or_default();
    SourceFile { name: quoted(short), bytes: bytes.len() as u64, content: Content::InMemory(bytes) }
}

fn list(path: &Path) -> Result<Vec<SourceFile>, SourceFault> {
    let closed = |error: std::io::Error| SourceFault::Closed(error.kind().to_string());
    let kind = path.metadata().map_err(closed)?;
    if kind.is_file() {
        return Ok(vec![on_disk(path.to_owned(), kind.len())]);
    }
    if !kind.is_dir() {
        return Err(SourceFault::NeitherFolderNorFile);
    }
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for (seen, entry) in path.read_dir().map_err(closed)?.enumerate() {
        if seen >= FILES_MAX {
            return Err(SourceFault::TooManyFiles);
        }
        let path = entry.map_err(closed)?.path();
        match path.metadata() {
            Ok(kind) if kind.is_dir() => folders.push(shown_name(&path)),
            Ok(kind) if kind.is_file() && has_table_ending(&path) => files.push(on_disk(path, kind.len())),
            Ok(_) | Err(_) => {}
        }
    }
    folders.sort();
    folders.truncate(10);
    if files.is_empty() { Err(SourceFault::NoTables(folders)) } else { Ok(files) }
}

fn on_disk(path: PathBuf, bytes: u64) -> SourceFile {
    SourceFile { name: shown_name(&path), bytes, content: Content::OnDisk(path) }
}

fn shown_name(path: &Path) -> String {
    quoted(&path.file_name().unwrap_or(path.as_os_str()).to_string_lossy())
}

fn has_table_ending(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    !hidden && ending.is_some_and(|ending| ending == "csv" || ending == "json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_as_file_names() {
        for good in ["illinois-legal-aid", "a", "A.b_c-1", &"x".repeat(64)] {
            assert_eq!(good.parse::<SourceName>().unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", "../x", "a/b", "a b", ".hidden", "-x", "ä", &"x".repeat(65)] {
            assert_eq!(bad.parse::<SourceName>(), Err(NotAName), "{bad}");
        }
    }

    #[test]
    fn a_folder_without_tables_names_its_folders() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("csv")).unwrap();
        std::fs::write(folder.path().join("LICENSE"), "x").unwrap();
        let fault = Source::Path(folder.path().to_owned()).into_files().unwrap_err();
        assert_eq!(fault, SourceFault::NoTables(vec!["csv".to_owned()]));
        assert_eq!(fault.to_string(), "holds no .csv or .json file; it holds the folders csv");
    }

    #[test]
    fn only_regular_files_are_read() {
        let missing = Source::Path(PathBuf::from("/nowhere/at/all")).into_files().unwrap_err();
        assert_eq!(missing, SourceFault::Closed("entity not found".to_owned()));
        let device = Source::Path(PathBuf::from("/dev/null")).into_files().unwrap_err();
        assert_eq!(device, SourceFault::NeitherFolderNorFile);
    }

    #[test]
    fn a_file_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("services.csv");
        File::create(&path).unwrap().set_len(FILE_BYTES_MAX + 1).unwrap();
        let files = Source::Path(path).into_files().unwrap();
        let reason = files.into_iter().next().unwrap().read().unwrap_err();
        assert_eq!(reason, Reason::FileTooLarge { bytes: FILE_BYTES_MAX + 1 });
    }
}
