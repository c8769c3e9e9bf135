//! Making an empty ledger: folders, two journals of written blocks, a mark.

use std::path::Path;

use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::Head;

use crate::core::{CHECKPOINT, bodies_folder, log_folder};
use crate::disk::{self, BLOCK, DiskFault, While};
use crate::fault::CreateFault;
use crate::identity::Identity;
use crate::journal::{self, Base, FRAMES_AT, JournalFile, JournalHead, State};
use crate::ledger::Ledger;
use crate::mark::{self, Mark};
use crate::segments::{Cursor, Segments};
use crate::tiles::{Tile, Tiles};

/// What is fixed when a ledger is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Bytes of each of the two journal files. A command is at most as large, but for bodies above 256 KiB.
    pub journal_bytes: u64,
    /// Bytes after which a file of bodies takes no more and the next one is begun.
    pub segment_bytes: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { journal_bytes: 16 * 1024 * 1024, segment_bytes: 64 * 1024 * 1024 }
    }
}

const JOURNAL_MIN: u64 = FRAMES_AT + 64 * BLOCK;

impl Ledger {
    /// Makes an empty ledger in `folder`, durably.
    ///
    /// # Errors
    /// [`CreateFault::Exists`] when there is one; otherwise the machine failed.
    pub fn create(folder: &Path, identity: Identity) -> Result<(), CreateFault> {
        Self::create_with(folder, identity, Settings::default())
    }

    /// As [`Ledger::create`], with settings.
    ///
    /// # Errors
    /// As [`Ledger::create`].
    pub fn create_with(folder: &Path, identity: Identity, settings: Settings) -> Result<(), CreateFault> {
        let doing = "making a ledger";
        let log = log_folder(folder);
        disk::make_dir(folder).while_(doing)?;
        disk::make_dir(&log).while_(doing)?;
        let lock = disk::open_or_create(&log.join("lock")).while_(doing)?;
        if lock.try_lock().is_err() || holds_something(&log)? {
            return Err(CreateFault::Exists);
        }
        Tiles::create(&log.join("tile")).while_(doing)?;
        Segments::create(&bodies_folder(folder)).while_(doing)?;
        let empty = Head::empty();
        let length = settings.journal_bytes.max(JOURNAL_MIN).next_multiple_of(BLOCK);
        let base = Base { size: 0, root: empty.root, cursor: Cursor::default(), bundle_bytes: 0 };
        for (path, (generation, state)) in
            journal::paths(&log).iter().zip([(1, State::InUse), (0, State::Free)])
        {
            let head = JournalHead {
                identity,
                generation,
                state,
                length,
                segment_bytes: settings.segment_bytes,
                base,
            };
            JournalFile::create(path, length, &head)?;
        }
        let mark = Mark {
            identity,
            serial: 0,
            size: 0,
            root: empty.root,
            receipts_from: 0,
            at: Timestamp(0),
            clean: true,
        };
        mark::create(&log, &mark).while_(doing)?;
        Ok(())
    }
}

/// Whether there is a ledger, or what is left of one. The mark is written last, so without it there may be a beginning that was
/// cut short: journals that never held a frame. Those are made anew.
fn holds_something(log: &Path) -> Result<bool, DiskFault> {
    let first = format!("tile/{}", Tile::Entries(0).path());
    if [mark::FILE, CHECKPOINT, &first].iter().any(|name| log.join(name).exists()) {
        return Ok(true);
    }
    for path in journal::paths(log) {
        if !path.exists() {
            continue;
        }
        let file = JournalFile::open(&path)?;
        let used = file.read_head()?.head.is_some_and(|head| head.generation > 1);
        let bytes = file.read_all()?;
        if used || bytes.iter().skip(FRAMES_AT as usize).any(|byte| *byte != 0) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use waymark_domain::ids::ThreadId;
    use waymark_seal::entry::Audience;

    use super::*;
    use crate::office::{Drafts, NORTH, commit, copy, create, identity, open};

    #[test]
    fn a_ledger_that_lost_its_mark_is_not_made_anew_and_a_beginning_that_was_cut_short_is() {
        let (folder, left) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        create(folder.path(), NORTH);
        std::fs::remove_file(folder.path().join("log/mark")).unwrap();
        create(folder.path(), NORTH);
        let (ledger, _) = open(folder.path(), NORTH).unwrap();
        commit(&ledger, vec![Drafts::new(NORTH, 1).bare(ThreadId([1; 16]), Audience::Nobody)]);
        assert!(matches!(Ledger::create(folder.path(), identity(NORTH)), Err(CreateFault::Exists)));
        copy(folder.path(), left.path());
        std::fs::remove_file(left.path().join("log/mark")).unwrap();
        let journal = left.path().join("log/journal.0");
        let before = std::fs::read(&journal).unwrap();
        assert!(matches!(Ledger::create(left.path(), identity(NORTH)), Err(CreateFault::Exists)));
        assert!(std::fs::read(&journal).unwrap() == before);
    }
}
