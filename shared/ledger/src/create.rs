//! Making an empty ledger: folders, two journals of written blocks, a mark.

use std::fs;
use std::path::Path;

use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::Head;

use crate::core::{bodies_folder, log_folder};
use crate::disk::{self, BLOCK, While};
use crate::fault::CreateFault;
use crate::identity::Identity;
use crate::journal::{self, Base, FRAMES_AT, JournalFile, JournalHead, State};
use crate::ledger::Ledger;
use crate::mark::{self, Mark};
use crate::segments::{Cursor, Segments};
use crate::tiles::Tiles;

/// What is fixed when a ledger is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Bytes of each of the two journal files. A command is at most as large, but for bodies above 256 KiB.
    pub journal_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { journal_bytes: 16 * 1024 * 1024 }
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
        // The mark is written last: without it there is no ledger yet, and what is there is made anew.
        if log.join(mark::FILE).exists() {
            return Err(CreateFault::Exists);
        }
        fs::create_dir_all(folder).while_(doing)?;
        disk::make_dir(&log).while_(doing)?;
        Tiles::create(&log.join("tile")).while_(doing)?;
        Segments::create(&bodies_folder(folder)).while_(doing)?;
        let empty = Head::empty();
        let length = settings.journal_bytes.max(JOURNAL_MIN).next_multiple_of(BLOCK);
        let base = Base { size: 0, root: empty.root, cursor: Cursor::default(), bundle_bytes: 0 };
        for (path, (generation, state)) in
            journal::paths(&log).iter().zip([(1, State::InUse), (0, State::Free)])
        {
            JournalFile::create(path, length, &JournalHead { identity, generation, state, length, base })?;
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
