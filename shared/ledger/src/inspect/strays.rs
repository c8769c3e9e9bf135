//! Files that have no place in the folders of a ledger. What a write that was cut short leaves is no stray: it is written again.

use std::collections::BTreeMap;
use std::path::Path;

use waymark_domain::ids::EventId;

use super::flaw::{Flaw, Flaws};
use super::{Inspection, machine};
use crate::core::{CHECKPOINT, bodies_folder, log_folder};
use crate::disk::{DiskFault, While};
use crate::fault::OpenFault;
use crate::ledger::Ledger;
use crate::mark;
use crate::tiles::{Tile, WIDTH};

/// Ends the name of a file that is being written.
const UNFINISHED: &str = ".new";
/// Folders below each other that a log needs, at most.
const DEPTH_MAX: usize = 12;

/// Tells files of the log and among the bodies that belong to neither.
pub(super) fn files(asked: &Inspection<'_>, log: &Ledger, flaws: &mut Flaws) -> Result<(), OpenFault> {
    let mut found = BTreeMap::new();
    let known = ["lock", mark::FILE, CHECKPOINT, "journal.0", "journal.1", "tile"];
    let of_log = |path: &str| match path.strip_prefix("tile/") {
        Some(tile) => is_tile(tile, log.size()),
        None => known.contains(&path),
    };
    walk(&log_folder(asked.folder), "log", "", 0, &of_log, &mut found).map_err(machine)?;
    let of_bodies = |path: &str| match path.strip_prefix("large/") {
        Some(large) => large.parse::<EventId>().is_ok(),
        None => path.strip_suffix(".seg").is_some_and(|number| number.parse::<u32>().is_ok()),
    };
    walk(&bodies_folder(asked.folder), "bodies", "", 0, &of_bodies, &mut found).map_err(machine)?;
    for (folder, files) in found {
        flaws.say(Flaw::Foreign { folder, files });
    }
    Ok(())
}

/// Whether a log of `size` entries has that file, or may have begun it.
fn is_tile(path: &str, size: u64) -> bool {
    let Some((level, number)) = path.split_once('/') else { return false };
    let mut numbers = number.split('/').map(|part| part.strip_prefix('x').unwrap_or(part).parse::<u64>());
    let number = numbers.try_fold(0_u64, |all, part| Some(all.checked_mul(1_000)? + part.ok()?));
    let Some(number) = number else { return false };
    let (tile, below) = match level.parse::<u8>() {
        Ok(level) if level < 8 => (Tile::Hashes(level, number), size >> (8 * u32::from(level))),
        Ok(_) => return false,
        Err(_) => (Tile::Entries(number), size),
    };
    tile.path() == path && number < below.div_ceil(WIDTH)
}

fn walk(
    folder: &Path,
    name: &str,
    below: &str,
    depth: usize,
    belongs: &dyn Fn(&str) -> bool,
    found: &mut BTreeMap<String, u64>,
) -> Result<(), DiskFault> {
    let doing = "reading the folder";
    let entries = match std::fs::read_dir(folder) {
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.while_(doing)?,
    };
    for entry in entries {
        let entry = entry.while_(doing)?;
        let kind = entry.file_type().while_(doing)?;
        let text = entry.file_name().to_str().map(|file| format!("{below}{file}"));
        let stray = match &text {
            Some(path) if kind.is_dir() && depth < DEPTH_MAX => {
                walk(&entry.path(), name, &format!("{path}/"), depth + 1, belongs, found)?;
                false
            }
            Some(path) => !kind.is_file() || !path.ends_with(UNFINISHED) && !belongs(path),
            None => true,
        };
        if stray {
            let folder = format!("{name}/{below}").trim_end_matches('/').to_owned();
            *found.entry(folder).or_default() += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_that_a_log_of_a_size_has_are_its_own_and_no_others() {
        for (path, size, is) in [
            ("entries/000", 1, true),
            ("entries/000", 0, false),
            ("entries/001", 256, false),
            ("entries/001", 257, true),
            ("0/000", 1, true),
            ("1/000", 255, false),
            ("1/000", 256, true),
            ("entries/x001/000", 256 * 1_000, false),
            ("entries/x001/000", 256 * 1_000 + 1, true),
            ("entries/1", 10_000, false),
            ("notes", 10, false),
            ("9/000", 10, false),
            ("entries/x1/000", 1 << 30, false),
        ] {
            assert_eq!(is_tile(path, size), is, "{path} of {size}");
        }
    }
}
