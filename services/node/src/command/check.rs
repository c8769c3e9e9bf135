//! `waymark check`: derives everything in an office's folder again and compares; changes nothing.

use std::cell::RefCell;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use waymark_api::exit::Exit;
use waymark_desk::{CheckStep, CheckedFolder, DomainRules, FolderCheck, FolderFlaw, check_folder};
use waymark_ledger::inspect::Flaw;
use waymark_seal::rng::{self, System};

use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::secret::PassphraseArgs;
use crate::setup::open_fault;
use crate::show::json::Json;
use crate::show::output::{data, say};
use crate::show::progress::Progress;

/// Check everything in this office's folder, and change nothing
///
/// Run it while the node does not run, best on a copy that is to be kept. Every entry, every hash, the signed root, every body, the roster
/// and the index are derived again and compared with what lies there; with the passphrase the keys are looked for, too. Ends with 6 when
/// something is wrong, and says what to do.
#[derive(Args)]
pub(crate) struct Check {
    /// Do not look for keys: no passphrase is asked for.
    #[arg(long, conflicts_with_all = ["passphrase_file", "passphrase_fd"])]
    no_keys: bool,
    /// Folder in which the index is made again, with room for twice its size; nothing secret comes into it. Absent: the system's folder for
    /// temporary files.
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl Check {
    pub(crate) fn run(self, tool: &Tool) -> Done {
        let folder = tool.data()?;
        let secret = match self.no_keys {
            true => None,
            false => Some(self.passphrase.read("this office", !tool.no_input())?.passphrase()),
        };
        let scratch = Scratch::make(&self.scratch.unwrap_or_else(std::env::temp_dir))?;
        let bar: RefCell<Option<(CheckStep, Progress)>> = RefCell::default();
        let progress = |step, done, total| reached(&mut bar.borrow_mut(), step, done, total);
        let checked = check_folder(&FolderCheck {
            data: &folder,
            scratch: &scratch.0,
            passphrase: secret.as_ref(),
            now: tool.now,
            rules: &DomainRules,
            progress: &progress,
        });
        drop(bar.take());
        let checked = checked.map_err(|fault| open_fault::told(&fault))?;
        if tool.json() {
            data(json(&checked))?;
        } else {
            tell(&checked)?;
        }
        ended(&checked)
    }
}

fn reached(bar: &mut Option<(CheckStep, Progress)>, step: CheckStep, done: u64, total: u64) {
    if bar.as_ref().is_none_or(|(before, _)| *before != step) {
        let what = match step {
            CheckStep::Entries => "entries",
            CheckStep::Bodies => "bodies",
            CheckStep::Erasures => "erasures",
            CheckStep::Keys => "keys",
        };
        *bar = Some((step, Progress::new(what)));
    }
    if let Some((_, bar)) = bar {
        bar.reached(done, total);
    }
}

/// A folder of its own, which goes when this does.
struct Scratch(PathBuf);

impl Scratch {
    fn make(within: &Path) -> Result<Self, Fault> {
        let name: [u8; 8] = rng::bytes(&mut System);
        let path = within.join(format!("waymark-check-{:016x}", u64::from_be_bytes(name)));
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|fault| {
            Fault::file("the folder for what is made again cannot be made:", &path, &fault)
                .next("Name another one with `--scratch DIR`.")
        })?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if fs::remove_dir_all(&self.0).is_err() {
            say(format_args!("{} could not be removed; it can be.", self.0.display()));
        }
    }
}

fn tell(checked: &CheckedFolder) -> Result<(), Fault> {
    for flaw in &checked.flaws {
        let of = match flaw {
            FolderFlaw::Ledger { log, .. } if *log != checked.log => format!(" (log {log}, which is closed)"),
            _ => String::new(),
        };
        data(format_args!("{flaw}{of} ({})", flaw.word()))?;
    }
    if checked.more > 0 {
        data(format_args!("and {} more", checked.more))?;
    }
    if !checked.is_sound() {
        return Ok(());
    }
    data(format_args!(
        "The folder is sound: {} entries of log {}, {} bodies, {} erased, {} roster versions.",
        checked.entries, checked.log, checked.bodies, checked.erased, checked.roster
    ))?;
    match checked.keys {
        Some(keys) => data(format_args!("  keys looked for                        {keys}"))?,
        None => data("  keys were not looked for: no passphrase was given")?,
    }
    if checked.closed_sections > 0 {
        data(format_args!("  sections of others that stay closed    {}", checked.closed_sections))?;
    }
    if checked.in_journal > 0 {
        data(format_args!("  entries that the next start settles    {}", checked.in_journal))?;
    }
    if checked.torn {
        data("  a group that nobody was answered for is cut at the next start")?;
    }
    Ok(())
}

fn json(checked: &CheckedFolder) -> Json {
    let flaw = |flaw: &FolderFlaw| {
        let log = if let FolderFlaw::Ledger { log, .. } = flaw { *log } else { checked.log };
        Json::object([
            ("flaw", Json::text(flaw.word())),
            ("log", Json::from(u64::from(log))),
            ("what", Json::text(flaw.to_string())),
        ])
    };
    Json::object([
        ("sound", Json::Bool(checked.is_sound())),
        ("log", Json::from(u64::from(checked.log))),
        ("entries", Json::from(checked.entries)),
        ("in_journal", Json::from(checked.in_journal)),
        ("torn", Json::Bool(checked.torn)),
        ("bodies", Json::from(checked.bodies)),
        ("withheld", Json::from(checked.withheld)),
        ("erased", Json::from(checked.erased)),
        ("roster", Json::from(u64::from(checked.roster))),
        ("keys", checked.keys.map_or(Json::Null, Json::from)),
        ("closed_sections", Json::from(checked.closed_sections)),
        ("flaws", Json::List(checked.flaws.iter().map(flaw).collect())),
        ("more", Json::from(checked.more)),
    ])
}

fn ended(checked: &CheckedFolder) -> Done {
    if checked.is_sound() {
        return Ok(Exit::Done);
    }
    let count = checked.flaws.len() as u64 + checked.more;
    let mut next: Vec<&str> = Vec::new();
    for flaw in &checked.flaws {
        let advice = advice(flaw);
        if !next.contains(&advice) {
            next.push(advice);
        }
    }
    let left = if checked.log_only {
        "; bodies, index, erasures and keys are looked at once the log holds"
    } else {
        ""
    };
    let wrong = if count == 1 { "one thing is".to_owned() } else { format!("{count} things are") };
    Err(Fault::new(Exit::VerificationFailed, format!("{wrong} wrong in this folder{left}"))
        .next(next.join(" ")))
}

/// What to do about a flaw.
const fn advice(flaw: &FolderFlaw) -> &'static str {
    match flaw {
        FolderFlaw::Ledger { flaw, .. } => of_ledger(flaw),
        FolderFlaw::OlderLog { .. } => {
            "Bring back the newest copy of this folder; if there is none, `waymark office recover` goes on from this one."
        }
        FolderFlaw::Roster { .. } => {
            "Adopt the roster versions again, from a root holder or from another office's folder."
        }
        FolderFlaw::Vault { .. } | FolderFlaw::KeyMissing { .. } => {
            "Bring the folder `vault` back from the newest copy; what it does not open, the offices it was shared with can still read."
        }
        FolderFlaw::NotErased { .. } | FolderFlaw::KeyNotErased { .. } => {
            "Start the node: what the log says was erased is erased again before anything is opened."
        }
        FolderFlaw::ErasedUnexplained { .. } => {
            "Somebody has erased what the office should hold: bring bodies back from the newest copy, and tell the auditor."
        }
        FolderFlaw::Foreign { .. } => FOREIGN,
    }
}

const FOREIGN: &str = "Look at the files that have no place there, and take them out.";

const fn of_ledger(flaw: &Flaw) -> &'static str {
    match flaw {
        Flaw::IndexUnreadable | Flaw::IndexHeight { .. } | Flaw::Index { .. } => {
            "Remove the folder `index`: the next start makes it again from the log, and nothing is lost."
        }
        Flaw::Foreign { .. } => FOREIGN,
        Flaw::BodyUnnamed { .. } | Flaw::BodyStray { .. } | Flaw::LargeStray { .. } => {
            "What belongs to no entry is read by nobody; keep a copy of the folder for the auditor, and ask who wrote there."
        }
        Flaw::Thread { .. } | Flaw::Sent { .. } | Flaw::Received { .. } | Flaw::Place { .. } => {
            "The log was written by something else than this program: keep the folder as it is and show it to the auditor."
        }
        Flaw::Mark
        | Flaw::Journal
        | Flaw::Frame { .. }
        | Flaw::EntriesMissing { .. }
        | Flaw::Checkpoint
        | Flaw::Root { .. }
        | Flaw::Entry { .. }
        | Flaw::Bundle { .. }
        | Flaw::Tile { .. }
        | Flaw::Body { .. } => {
            "Keep a copy of the folder as it is, then run `waymark office repair`; if that cannot mend it, bring back the newest copy, or run \
             `waymark office recover` on it."
        }
    }
}
