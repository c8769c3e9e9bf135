//! Verifying a bundle at the command line: whose fingerprint is believed, how the report is told, and which exit it leads to.

use std::cell::RefCell;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use waymark_api::exit::Exit;
use waymark_audit::page::Page;
use waymark_audit::verify::{
    Class, Failure, Finding, ForkProof, Listener, LogReport, Options, Report, STATE_MAX, State, Step,
    Timeline, Trust, fingerprint, verify,
};
use waymark_domain::ids::Hash;
use waymark_domain::time::Timestamp;

use super::fraud;
use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::setup::files::{self, Readers};
use crate::setup::words;
use crate::show::output::{data, say};
use crate::show::progress::Progress;

/// Whose word on the roster of a bundle is believed.
#[derive(Args)]
pub(crate) struct Compared {
    /// Fingerprint of the first roster version, as words or in hex, as it was compared in person.
    ///
    /// Absent: you are asked on the terminal; where nobody can be asked, the report says that it is unconfirmed.
    #[arg(long, value_name = "WORDS", requires = "dir")]
    fingerprint: Option<String>,
}

/// Options of a verification without a node.
#[derive(Args)]
pub(crate) struct Offline {
    #[command(flatten)]
    compared: Compared,
    /// State of an earlier verification: only what came since is read again.
    #[arg(long, value_name = "FILE", requires = "dir")]
    since: Option<PathBuf>,
    /// Where to write the state when nothing is wrong; written over.
    #[arg(long, value_name = "FILE", requires = "dir")]
    save: Option<PathBuf>,
    /// Also write the report as a page to read and to print: one file, no scripts, no personal data.
    #[arg(long, value_name = "FILE", requires = "dir")]
    html: Option<PathBuf>,
    /// Folder for proofs of fraud, one file for each log of which two histories are in the bundle. An office tells the network with `waymark
    /// audit fraud --publish FILE`.
    #[arg(long, value_name = "FOLDER", requires = "dir")]
    proofs: Option<PathBuf>,
}

impl Compared {
    /// Whether the fingerprint is the one that was compared: by the option, or by whoever sits at the terminal.
    pub(super) fn trust(&self, first: Option<&Hash>, tool: &Tool) -> Result<Trust, Fault> {
        let Some(first) = first else { return Ok(Trust::Unconfirmed) };
        let spoken = words::of(first);
        if let Some(given) = &self.fingerprint {
            let same = given.eq_ignore_ascii_case(&first.to_string()) || given.eq_ignore_ascii_case(&spoken);
            return Ok(if same { Trust::Confirmed } else { Trust::Differs });
        }
        if tool.json() || tool.no_input() || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Ok(Trust::Unconfirmed);
        }
        say("All trust comes from the first version of the roster. Its words are:");
        say(format_args!("  {spoken}"));
        let mut err = io::stderr();
        let _ = write!(err, "Are these the words that a root holder has read out to you? yes or no: ")
            .and_then(|()| err.flush());
        let mut answer = String::new();
        let asked = io::stdin().lock().take(100).read_line(&mut answer);
        asked.map_err(|fault| Fault::usage(format!("the answer cannot be read: {fault}")))?;
        Ok(if answer.trim() == "yes" { Trust::Confirmed } else { Trust::Differs })
    }
}

impl Offline {
    pub(crate) fn run(self, dir: &Path, tool: &Tool) -> Done {
        let first = fingerprint(dir).map_err(|fault| told(&fault))?;
        let trust = self.compared.trust(first.as_ref(), tool)?;
        let since = self.since.as_deref().map(read_state).transpose()?;
        let recognises = |hash: &Hash| if Some(*hash) == first { trust } else { Trust::Differs };
        let options = Options { recognises: &recognises, since: since.as_ref() };
        let watching =
            Watching { bar: RefCell::default(), page: self.html.as_ref().map(|_| RefCell::default()) };
        let (report, state) = verify(dir, &options, &watching).map_err(|fault| told(&fault))?;
        let page = watching.page.map(RefCell::into_inner);
        drop(watching.bar);
        if let (Some(path), Some(page)) = (&self.html, page) {
            let words = first.as_ref().map(words::of).unwrap_or_default();
            let page = page.finish(&report, &words, tool.now);
            files::create("the page", path, page.as_bytes(), Readers::Owner)?;
        }
        if let (Some(path), Some(state)) = (&self.save, state) {
            files::replace("the state", path, &state.encode(), Readers::Owner)?;
        }
        if tool.json() {
            data(
                serde_json::to_string(&report)
                    .map_err(|fault| Fault::new(Exit::Failure, fault.to_string()))?,
            )?;
        } else {
            tell(&report)?;
        }
        if let Some(folder) = &self.proofs {
            write_proofs(folder, &report.proofs)?;
        }
        Ok(exit(report.verdict))
    }
}

/// One file for each; they hold no personal data.
fn write_proofs(folder: &Path, proofs: &[ForkProof]) -> Result<(), Fault> {
    for ForkProof { office, log, proof } in proofs {
        fraud::write_one(folder, office, *log, proof.as_bytes())?;
    }
    match proofs.len() {
        0 => say("The bundle proves no fraud by itself: no file was written."),
        1 => say(format_args!("1 proof of fraud is in {}.", folder.display())),
        more => say(format_args!("{more} proofs of fraud are in {}.", folder.display())),
    }
    Ok(())
}

fn read_state(path: &Path) -> Result<State, Fault> {
    let unreadable = |fault| Fault::file("the state cannot be read:", path, &fault);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(STATE_MAX).read_to_end(&mut bytes).map_err(unreadable)?;
    State::parse(&bytes).ok_or_else(|| {
        Fault::usage(format!("{} holds no state of a verification", path.display()))
            .next("Verify without `--since`, and keep the state with `--save`.")
    })
}

pub(super) fn told(fault: &Failure) -> Fault {
    Fault::new(Exit::Failure, fault.to_string()).next("Check the disk and that you may read the folder.")
}

/// The exit of the most serious class that was found.
pub(super) const fn exit(verdict: Option<Class>) -> Exit {
    match verdict {
        None => Exit::Done,
        Some(Class::Undecided) => Exit::Partial,
        Some(Class::Form) => Exit::BundleForm,
        Some(Class::Rules) => Exit::BundleRules,
        Some(Class::Duty) => Exit::BundleDuty,
        Some(Class::Consent) => Exit::BundleConsent,
        Some(Class::Trust) => Exit::BundleTrust,
        Some(Class::History) => Exit::BundleHistory,
        Some(Class::Fraud) => Exit::BundleFraud,
    }
}

/// One bar for each step, and the page if one is wanted.
#[derive(Default)]
pub(super) struct Watching {
    bar: RefCell<Option<(Step, Progress)>>,
    page: Option<RefCell<Page>>,
}

impl Watching {
    /// Nothing more is under way: the bar goes.
    pub(super) fn done(&self) {
        self.bar.take();
    }
}

impl Listener for Watching {
    fn progress(&self, step: Step, done: u64, total: u64) {
        let mut bar = self.bar.borrow_mut();
        if bar.as_ref().is_none_or(|(before, _)| *before != step) {
            let what = match step {
                Step::Files => "files",
                Step::Entries => "entries",
                Step::Threads => "threads",
            };
            *bar = Some((step, Progress::new(what)));
        }
        if let Some((_, bar)) = bar.as_ref() {
            bar.reached(done, total);
        }
    }

    fn wants_timelines(&self) -> bool {
        self.page.is_some()
    }

    fn timeline(&self, timeline: Timeline) {
        if let Some(page) = &self.page {
            page.borrow_mut().take(timeline);
        }
    }
}

fn tell(report: &Report) -> Result<(), Fault> {
    let roster = &report.roster;
    let trust = match roster.trust {
        Trust::Confirmed => "compared",
        Trust::Unconfirmed => "not compared by anybody",
        Trust::Differs => "not the one that was compared",
    };
    data(format_args!("Roster: version {}; the first one is {trust}.", roster.versions))?;
    if let Ok(first) = roster.fingerprint.parse::<Hash>() {
        data(format_args!("  its words: {}", words::of(&first)))?;
    }
    report.logs.iter().try_for_each(log)?;
    for sent in &report.referred {
        let counts = format!(
            "{} for a service, {} to hand over, {} of them met",
            sent.services, sent.hand_overs, sent.met
        );
        data(format_args!(
            "Referred from {} to {}: {counts}.",
            name(report, &sent.from),
            name(report, &sent.to)
        ))?;
    }
    report.findings.iter().try_for_each(finding)?;
    for (code, count) in &report.counts {
        data(format_args!("{code}: {count}"))?;
    }
    match report.verdict {
        None => data("The bundle is whole."),
        Some(Class::Undecided) => {
            data("Nothing is wrong as far as the bundle goes; what it leaves open stands above.")
        }
        Some(class) => data(format_args!("The bundle does not hold: {}.", class.word())),
    }
}

/// The name of an office whose log is there, or else its id.
fn name<'a>(report: &'a Report, office: &'a str) -> &'a str {
    let log = report.logs.iter().find(|log| log.office == office && !log.name.is_empty());
    log.map_or(office, |log| log.name.as_str())
}

fn log(log: &LogReport) -> Result<(), Fault> {
    let LogReport { name, size, received, threads, cases, referrals, .. } = log;
    data(format_args!(
        "Log {} of {name}: {size} entries, {received} of others; {threads} threads, {cases} cases, {referrals} referrals.",
        log.log
    ))?;
    match log.witnessed_at {
        Some(at) => data(format_args!("  witnessed up to entry {} at {}", log.witnessed, Timestamp(at)))?,
        None => data("  witnessed by no quorum")?,
    }
    let (times, named) = (log.times, log.references);
    data(format_args!(
        "  times: {} proven, {} contradicted, {} undecidable; entries named: {} found, {} missing, {} undecidable",
        times.proven, times.contradicted, times.undecidable, named.found, named.missing, named.undecidable
    ))
}

pub(super) fn finding(finding: &Finding) -> Result<(), Fault> {
    let mut place = String::new();
    if let (Some(office), Some(log)) = (&finding.office, finding.log) {
        place = format!(" {office}/{log}");
    }
    if let Some(index) = finding.index {
        place.push_str(&format!(" entry {index}"));
    }
    if let Some(thread) = &finding.thread {
        place.push_str(&format!(" thread {thread}"));
    }
    let colon = if place.is_empty() { "" } else { ":" };
    data(format_args!("{}{colon}{place}: {}", finding.code.word(), finding.what))
}
