//! Everything that can be wrong with a ledger's folder, each as a sentence. None names a person, a path or a body.

use std::fmt;

use crate::index::IndexPart;

/// Flaws that are told one by one, at most; the others are counted.
pub const FLAWS_MAX: usize = 1_000;

/// Something wrong in a ledger's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// Neither slot of the mark can be read.
    Mark,
    /// The heads of the journal files cannot be read, or contradict each other.
    Journal,
    /// A group that was durable is damaged in the journal.
    Frame {
        /// Its first entry.
        index: u64,
    },
    /// There are fewer entries than were signed or durable.
    EntriesMissing {
        /// Entries found.
        found: u64,
        /// Entries signed.
        signed: u64,
    },
    /// The checkpoint is missing, or is not one of this office over this log.
    Checkpoint,
    /// The root that was signed or durable is another than that of the entries.
    Root {
        /// Over so many entries.
        size: u64,
    },
    /// The entry is missing, or not the one that was logged.
    Entry {
        /// Which.
        index: u64,
    },
    /// The entry says to be another one's, or of another place.
    Place {
        /// Which.
        index: u64,
    },
    /// A file of entries has bytes that are no entry of it.
    Bundle {
        /// Its number.
        number: u64,
    },
    /// A tile of hashes is not that of the entries.
    Tile {
        /// Its level.
        level: u8,
        /// Its number.
        number: u64,
    },
    /// The entry does not name the one before it in its thread.
    Thread {
        /// Which.
        index: u64,
    },
    /// The entry does not follow the one before it to its recipient.
    Sent {
        /// Which.
        index: u64,
    },
    /// What the entry keeps does not follow what its writer sent before.
    Received {
        /// Which.
        index: u64,
    },
    /// A body, or what the entry keeps, is neither there nor erased, or is not what the entry names.
    Body {
        /// Whose.
        index: u64,
    },
    /// Bodies lie there for an entry that names none.
    BodyUnnamed {
        /// Which.
        index: u64,
    },
    /// A file of bodies has bytes that belong to no entry.
    BodyStray {
        /// Number of the file.
        segment: u32,
        /// From this byte on.
        at: u32,
        /// So many.
        bytes: u64,
    },
    /// Bodies in files of their own that belong to no entry.
    LargeStray {
        /// How many.
        files: u64,
    },
    /// The index cannot be read.
    IndexUnreadable,
    /// The index does not reach as far as the log, or farther.
    IndexHeight {
        /// Entries in the index.
        height: u64,
        /// Entries in the log.
        size: u64,
    },
    /// Rows of the index are not those that the log gives.
    Index {
        /// Which part.
        part: IndexPart,
        /// How many rows.
        rows: u64,
        /// The first entry of them, where rows are of entries.
        entry: Option<u64>,
    },
    /// Files that have no place there.
    Foreign {
        /// In which folder.
        folder: String,
        /// How many.
        files: u64,
    },
}

impl Flaw {
    /// Its name for programs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Mark => "mark",
            Self::Journal => "journal",
            Self::Frame { .. } => "journal_group",
            Self::EntriesMissing { .. } => "entries_missing",
            Self::Checkpoint => "checkpoint",
            Self::Root { .. } => "root",
            Self::Entry { .. } => "entry",
            Self::Place { .. } => "entry_place",
            Self::Bundle { .. } => "entries_file",
            Self::Tile { .. } => "tile",
            Self::Thread { .. } => "thread",
            Self::Sent { .. } => "sent_chain",
            Self::Received { .. } => "received_chain",
            Self::Body { .. } => "body",
            Self::BodyUnnamed { .. } => "body_unnamed",
            Self::BodyStray { .. } | Self::LargeStray { .. } => "body_stray",
            Self::IndexUnreadable | Self::IndexHeight { .. } | Self::Index { .. } => "index",
            Self::Foreign { .. } => "foreign_file",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mark => f.write_str("the file `log/mark` cannot be read"),
            Self::Journal => f.write_str("the journal cannot be read"),
            Self::Frame { index } => {
                write!(f, "the journal is damaged from entry {index} on, in what had been durable")
            }
            Self::EntriesMissing { found, signed } => {
                write!(f, "there are {found} entries, and {signed} were signed")
            }
            Self::Checkpoint => f.write_str("the checkpoint is missing, or this office has not signed it"),
            Self::Root { size } => {
                write!(f, "the first {size} entries do not have the root that was signed over them")
            }
            Self::Entry { index } => write!(f, "entry {index} is not the one that was logged"),
            Self::Place { index } => write!(f, "entry {index} says that it belongs elsewhere"),
            Self::Bundle { number } => {
                write!(f, "file {number} of entries holds bytes that are no entry of this log")
            }
            Self::Tile { level, number } => {
                write!(f, "tile {number} of level {level} does not hold the hashes of the entries")
            }
            Self::Thread { index } => {
                write!(f, "entry {index} does not name the entry before it in its thread")
            }
            Self::Sent { index } => {
                write!(f, "entry {index} does not follow the one before it to the same recipient")
            }
            Self::Received { index } => {
                write!(f, "what entry {index} keeps does not follow what its writer had sent before")
            }
            Self::Body { index } => {
                write!(f, "a body of entry {index} is damaged or missing, and was not erased")
            }
            Self::BodyUnnamed { index } => write!(f, "bodies lie there for entry {index}, which names none"),
            Self::BodyStray { segment, at, bytes } => {
                write!(f, "{bytes} bytes in file {segment} of bodies, from byte {at} on, belong to no entry")
            }
            Self::LargeStray { files } => write!(f, "{files} large bodies belong to no entry"),
            Self::IndexUnreadable => f.write_str("the index cannot be read"),
            Self::IndexHeight { height, size } => {
                write!(f, "the index has {height} entries, and the log {size}")
            }
            Self::Index { part, rows, entry } => {
                let part = match part {
                    IndexPart::Places => "where entries lie",
                    IndexPart::Threads => "threads",
                    IndexPart::Events => "events",
                    IndexPart::Chains => "what was sent and received",
                    IndexPart::Outbox => "what has still to be sent",
                    IndexPart::Peers => "heads of other offices",
                };
                write!(f, "{rows} rows of the index ({part}) are not those that the log gives")?;
                entry.map_or(Ok(()), |entry| write!(f, ", the first of them of entry {entry}"))
            }
            Self::Foreign { folder, files } => {
                write!(f, "{files} files in `{folder}` have no place there")
            }
        }
    }
}

/// Flaws as they are found: all counted, the first of them kept.
#[derive(Debug, Default)]
pub struct Flaws {
    kept: Vec<Flaw>,
    more: u64,
}

impl Flaws {
    /// Adds one; the same is not told twice.
    pub(crate) fn say(&mut self, flaw: Flaw) {
        if self.kept.last() == Some(&flaw) {
            return;
        }
        if self.kept.len() < FLAWS_MAX {
            self.kept.push(flaw);
        } else {
            self.more += 1;
        }
    }

    /// Adds those of another list.
    pub(crate) fn join(&mut self, other: Self) {
        let more = other.more;
        other.kept.into_iter().for_each(|flaw| self.say(flaw));
        self.more += more;
    }

    /// The first of them, in the order in which they were found.
    #[must_use]
    pub fn kept(&self) -> &[Flaw] {
        &self.kept
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.kept.len() as u64 + self.more
    }

    pub(crate) fn is_empty_but_for(&self, minor: &[Flaw]) -> bool {
        self.more == 0 && self.kept.iter().all(|flaw| minor.contains(flaw))
    }
}
