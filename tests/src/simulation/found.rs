//! What was found: a failing plan, made short and written where somebody will look at it; and the ones that are kept.

use std::io;
use std::path::{Path, PathBuf};

use super::conduct::Conduct;
use super::file;
use super::plan::Plan;
use super::play::Failure;
use super::shrink::shrink;

/// Plans played to make one short, at most.
pub const TRIES: usize = 150;

/// Where failing plans go; git does not see them.
#[must_use]
pub fn failures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("simulation-failures")
}

/// Plans that failed once: each has to pass ever after.
#[must_use]
pub fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("simulation/kept")
}

/// Makes a failing plan short, with so many tries, and writes it into `folder`; gives the file and what it says.
///
/// # Errors
/// It cannot be written.
pub fn record(
    folder: &Path,
    plan: &Plan,
    failure: Box<Failure>,
    conduct: &Conduct,
    tries: usize,
) -> io::Result<(PathBuf, String)> {
    let (short, failure) = shrink(plan, failure, conduct, tries);
    let text = file::write(&short, &failure.breach.to_string(), &failure.played.notes);
    std::fs::create_dir_all(folder)?;
    let path = folder.join(format!("{:?}-{}.txt", failure.breach.rule, plan.seed).to_lowercase());
    std::fs::write(&path, &text)?;
    Ok((path, text))
}

/// Every plan in a folder, by file name; none where there is no folder.
///
/// # Errors
/// One cannot be read.
pub fn plans_in(folder: &Path) -> io::Result<Vec<(PathBuf, Plan)>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    paths.into_iter().map(|path| Ok((path.clone(), read(&path)?))).collect()
}

/// The plan in a file.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &Path) -> io::Result<Plan> {
    file::read(&std::fs::read_to_string(path)?).map_err(io::Error::other)
}
