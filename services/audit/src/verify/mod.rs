//! Verifying a bundle with nothing but the bundle: no network, no node, no key. Everything in it may have been made by an enemy.
//!
//! [`verify()`] checks in a fixed order and says everything in a [`Report`]; [`Code`] is the closed list of what it can say. The first
//! pass reads each log once, in order, and keeps positions (`pass.rs`, with `look.rs` on all cores); then heads are compared across
//! logs (`heads.rs`); the second pass goes thread by thread (`threads.rs`). Memory grows with positions, not with entries. What one
//! office knew at a moment is told by [`replay_bundle`] (`past.rs`).

mod ahead;
mod code;
mod duties;
mod files;
mod form;
mod heads;
mod log;
mod look;
mod pass;
mod past;
mod proofs;
mod report;
mod roster;
mod state;
mod threads;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use waymark_domain::ids::{Hash, OfficeId, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::{CheckpointFault, Claimed, Head, Origin};
use waymark_seal::cosign::{Cosigner, Timed};
use waymark_seal::note::{NOTE_MAX, Note, NoteFault};
use waymark_seal::verify::{Verdict, verify_head};

pub use code::{Class, Code};
pub use past::{Outcome, Replayed, replay_bundle};
pub use report::{
    ConsentSpan, DeadlineSpan, FINDINGS_MAX, Finding, ForkProof, LogReport, References, Referred, Report,
    RosterReport, TimeVerdict, Timeline, TimelineEvent, Times, Trust,
};
pub use state::{STATE_MAX, State};

use ahead::ahead;
use files::Files;
use form::{Form, LogFiles};
use heads::Forks;
use log::{Log, Logs, SIZE_MAX};
use pass::{Claims, Pass, Strangers, Tails};
use report::{Findings, Spot};
use roster::Rosters;
use state::Saved;
use threads::Threads;

use crate::bundle::Of;

/// The form of the report.
const FORM: u32 = 1;
/// Threads judged at once.
const PART: usize = 64;

/// Which step a verification is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Files are compared with the manifest.
    Files,
    /// Entries are read in order.
    Entries,
    /// Threads are followed.
    Threads,
}

/// Hears of a verification under way.
pub trait Listener {
    /// `done` of `total` files, entries or threads are done.
    fn progress(&self, step: Step, done: u64, total: u64) {
        let _ = (step, done, total);
    }

    /// Whether the story of each case and referral is wanted.
    fn wants_timelines(&self) -> bool {
        false
    }

    /// One of them; nobody keeps it but the listener.
    fn timeline(&self, timeline: Timeline) {
        let _ = timeline;
    }
}

/// Hears nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Listener for Silent {}

/// How a bundle is verified.
pub struct Options<'a> {
    /// Whether this is the fingerprint of the first roster version that was compared in person: all trust comes from it.
    pub recognises: &'a dyn Fn(&Hash) -> Trust,
    /// Where an earlier verification ended.
    pub since: Option<&'a State>,
}

/// Our machine cannot read the bundle; whatever is wrong with the bundle itself is a finding.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The disk said no.
    #[error("{0} cannot be read: {1}")]
    Disk(String, io::Error),
    /// Somebody writes to it.
    #[error("the bundle was changed while it was read")]
    Changed,
}

/// The fingerprint of the first roster version of a bundle, for a person to compare; `None` when there is none.
///
/// # Errors
/// [`Failure`] when this machine cannot read it.
pub fn fingerprint(dir: &Path) -> Result<Option<Hash>, Failure> {
    let files = Files::open(dir).map_err(|fault| Failure::Disk(dir.display().to_string(), fault))?;
    Ok(roster::first(&files)?.map(|(_, hash)| hash))
}

/// Verifies the bundle in `dir`. Gives what is to be said, and, when nothing is wrong, where it ended.
///
/// # Errors
/// [`Failure`] when this machine cannot read it.
///
/// # Security
/// Nothing is trusted but what `options` recognises; see [`Options::recognises`].
pub fn verify(
    dir: &Path,
    options: &Options<'_>,
    listener: &dyn Listener,
) -> Result<(Report, Option<State>), Failure> {
    let files = Files::open(dir).map_err(|fault| Failure::Disk(dir.display().to_string(), fault))?;
    let mut findings = Findings::default();
    let first = roster::first(&files)?.map(|(_, hash)| hash);
    let saved = |office, log| first.and_then(|first| options.since?.of(first, office, log));
    let known = |office, log| saved(office, log).map_or((0, 0), |saved: &Saved| (saved.size, saved.received));
    let Some(form) = form::look(&files, &known, &mut findings, listener)? else {
        return Ok((Report::of(None, findings, Vec::new(), Vec::new()), None));
    };
    let Some(mut rosters) = Rosters::read(&files, &form.rosters, options, &mut findings)? else {
        return Ok((Report::of(None, findings, Vec::new(), Vec::new()), None));
    };
    rosters.others(&files, &form.other_rosters, &mut findings)?;
    let mut logs = heads_of(&files, &form, &rosters, &mut findings);
    let First { tails, roster_by, forks } =
        first_pass(&mut logs, &form, &rosters, &saved, &mut findings, listener);
    rosters.cosigned_by = roster_by;
    let proofs = proofs::of_forks(&logs, &rosters, &forks);
    let told = second_pass(&logs, &rosters, &mut findings, listener);
    if let Some((path, fault)) = files.failed() {
        return Err(Failure::Disk(path, fault));
    }
    for log in logs.values().filter(|log| log.whole && log.times.witnessed == 0) {
        if log.head.size > 0 && rosters.asks_for_witnesses(log.origin.office) {
            let what = "no head of this log was cosigned by a quorum";
            findings.say(Code::Unwitnessed, log.spot(), what);
        }
    }
    let whole = matches!(findings.verdict(), None | Some(Class::Undecided));
    let state = whole.then(|| {
        let ended = logs.iter().zip(&tails).zip(&told.open);
        State::new(
            rosters.first,
            ended.map(|(((_, log), tails), open)| Saved::new(log, tails, open.clone())).collect(),
        )
    });
    let referred = told.referred.into_values().collect();
    Ok((Report { proofs, ..Report::of(Some(&rosters), findings, told.logs, referred) }, state))
}

impl Report {
    fn of(
        rosters: Option<&Rosters>,
        findings: Findings,
        logs: Vec<LogReport>,
        referred: Vec<Referred>,
    ) -> Self {
        Self {
            form: FORM,
            verdict: findings.verdict(),
            roster: Rosters::report(rosters),
            logs,
            referred,
            proofs: Vec::new(),
            counts: findings.counts.iter().map(|(code, count)| (code.word(), *count)).collect(),
            findings: findings.kept,
        }
    }

    /// Whether a verdict was given.
    #[must_use]
    pub fn says(&self, code: Code) -> bool {
        self.counts.contains_key(code.word())
    }
}

/// The logs whose heads are believed.
fn heads_of<'a>(files: &'a Files, form: &Form, rosters: &Rosters, findings: &mut Findings) -> Logs<'a> {
    let mut logs = Logs::new();
    for ((office, log), there) in &form.logs {
        let origin = Origin { network: rosters.chain.network(), office: *office, log: *log };
        match head_of(files, &origin, there, rosters, findings) {
            Some(head) if head.size <= SIZE_MAX => {
                logs.insert((*office, *log), Log::new(files, origin, head));
            }
            Some(head) => {
                let what = format!("a log of {} entries is more than can be verified", head.size);
                findings.say(Code::EntriesMalformed, Spot::log(*office, *log), what);
            }
            None => {}
        }
    }
    logs
}

fn head_of(
    files: &Files,
    origin: &Origin,
    there: &LogFiles,
    rosters: &Rosters,
    findings: &mut Findings,
) -> Option<Head> {
    let (office, log) = (origin.office, origin.log);
    let (spot, place) = (Spot::log(office, log), Log::new(files, *origin, Head::empty()));
    let mut read = |of, there: bool| {
        let bytes = place.read(of);
        if bytes.is_none() && !there {
            let what = if of == Of::Policy { "its policy is missing" } else { "its checkpoint is missing" };
            findings.say(Code::FileMissing, spot, what);
        }
        bytes
    };
    let policy = read(Of::Policy, there.policy);
    let checkpoint = read(Of::Checkpoint, there.checkpoint)?;
    let claimed = Claimed::parse(&checkpoint, origin).map(|claimed| claimed.size());
    let head = match (claimed, verify_head(&rosters.chain, office, log, &checkpoint)) {
        (Ok(_), Ok(verified)) => verified.head(),
        (Err(CheckpointFault::WrongOrigin), _) => {
            findings.say(Code::WrongOrigin, spot, "its checkpoint is that of another log");
            return None;
        }
        (Err(fault), _) => {
            findings.say(Code::CheckpointMalformed, spot, fault.to_string());
            return None;
        }
        (Ok(_), Err(verdict)) => {
            let code = match verdict {
                Verdict::UnknownOffice => Code::UnknownOffice,
                Verdict::WrongRosterRange if rosters.signed_by_any(origin, &checkpoint).is_some() => {
                    Code::WrongKeyRange
                }
                _ => Code::CheckpointSignature,
            };
            findings.say(code, spot, verdict.to_string());
            return None;
        }
    };
    if let Some(policy) = policy {
        let text = String::from_utf8(policy).unwrap_or_default();
        if !rosters.is_policy(origin, head.size, &text) {
            findings.say(Code::PolicyDiffers, spot, "its policy is not that of the network");
        }
    }
    cosigned(&checkpoint, rosters, spot, findings);
    Some(head)
}

/// The cosignature lines of a checkpoint: each of a known witness must hold.
fn cosigned(checkpoint: &[u8], rosters: &Rosters, spot: Spot, findings: &mut Findings) {
    let Ok(note) = Note::parse(checkpoint, NOTE_MAX) else { return };
    let network = rosters.chain.network();
    for office in &rosters.chain.newest().offices {
        // Whichever key it had then.
        let mut keys = rosters.chain.witness_keys(office.id);
        if keys.any(|key| Cosigner::of(&network, &office.id, key).find(&note) == Err(NoteFault::BadSignature))
        {
            let what = format!("the cosignature of {} on the checkpoint does not hold", office.id);
            findings.say(Code::CosignatureInvalid, spot, what);
        }
    }
}

/// What the first pass gives.
struct First {
    tails: Vec<Tails>,
    roster_by: BTreeMap<OfficeId, Timed>,
    forks: Forks,
}

fn first_pass<'a>(
    logs: &mut Logs<'_>,
    form: &Form,
    rosters: &Rosters,
    saved: &dyn Fn(OfficeId, u32) -> Option<&'a Saved>,
    findings: &mut Findings,
    listener: &dyn Listener,
) -> First {
    let names: Vec<(OfficeId, u32)> = logs.keys().copied().collect();
    let at_hand = |office, log| names.contains(&(office, log));
    let total = logs.values().map(|log| log.head.size).sum();
    let (mut claims, mut strangers, mut tails) = (Claims::new(), Strangers::new(), Vec::new());
    let (mut accused, mut accusers, mut roster_by) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
    let (mut done, empty) = (0, LogFiles::default());
    for (number, (name, log)) in (0..).zip(logs.iter_mut()) {
        let mut pass = Pass {
            rosters,
            findings: &mut *findings,
            listener,
            claims: &mut claims,
            strangers: &mut strangers,
            accused: &mut accused,
            accusers: &mut accusers,
            roster_by: &mut roster_by,
            at_hand: &at_hand,
            by: number,
            done,
            total,
        };
        tails.push(pass.read(log, form.logs.get(name).unwrap_or(&empty), saved(name.0, name.1)));
        done += log.head.size;
    }
    let forks = heads::compare(logs, rosters, &names, claims, strangers, findings);
    First { tails, roster_by, forks }
}

/// What the second pass says of all threads.
#[derive(Default)]
struct Told {
    logs: Vec<LogReport>,
    referred: BTreeMap<(OfficeId, OfficeId), Referred>,
    /// For each log, the threads in which something may still be missed.
    open: Vec<Vec<(ThreadId, u32)>>,
}

fn second_pass(logs: &Logs<'_>, rosters: &Rosters, findings: &mut Findings, listener: &dyn Listener) -> Told {
    let mut all = Told::default();
    let with_timelines = listener.wants_timelines();
    let total: u64 = logs.values().map(|log| log.ends.len() as u64).sum();
    let mut done = 0;
    for ((office, number), log) in logs {
        let mut report = LogReport {
            office: office.to_string(),
            name: rosters.name(*office),
            log: *number,
            size: log.head.size,
            witnessed: log.times.witnessed,
            witnessed_at: log.times.newest().map(|Timestamp(at)| at),
            received: log.records.len() as u64,
            threads: log.ends.len() as u64,
            ..LogReport::default()
        };
        if log.whole {
            report.root = log.head.root.to_string();
        }
        let mut open = Vec::new();
        let threads = Threads { logs, log, rosters, with_timelines };
        // By their last entries, so that files are read in order.
        let mut ends: Vec<(u32, ThreadId)> = log.ends.iter().map(|(id, end)| (*end, *id)).collect();
        ends.sort_unstable();
        let parts: Vec<_> = ends.chunks(PART).collect();
        let read = |part: u64| {
            let part = parts.get(usize::try_from(part).unwrap_or(usize::MAX)).copied().unwrap_or_default();
            part.iter().map(|(end, id)| (*id, *end, threads.tell(*id, *end))).collect::<Vec<_>>()
        };
        ahead(if log.whole { parts.len() as u64 } else { 0 }, read, |_, part| {
            for (id, end, told) in part {
                done += 1;
                report.add(&told);
                told.findings.into_iter().for_each(|finding| findings.add(finding));
                if told.open {
                    open.push((id, end));
                }
                if let Some((from, to, one)) = told.referred {
                    let counts = all.referred.entry((from, to)).or_default();
                    counts.add(one);
                }
                if let Some(timeline) = told.timeline {
                    listener.timeline(timeline);
                }
            }
            listener.progress(Step::Threads, done, total);
            true
        });
        all.logs.push(report);
        all.open.push(open);
    }
    all
}

impl LogReport {
    fn add(&mut self, told: &threads::Told) {
        self.cases += u64::from(told.is_case);
        self.referrals += u64::from(told.is_referral);
        self.disclosures += told.disclosures;
        self.withdrawals += told.withdrawals;
        self.times.proven += told.times.proven;
        self.times.contradicted += told.times.contradicted;
        self.times.undecidable += told.times.undecidable;
        self.references.found += told.references.found;
        self.references.missing += told.references.missing;
        self.references.undecidable += told.references.undecidable;
    }
}

impl Referred {
    fn add(&mut self, one: Self) {
        let before = std::mem::replace(self, one);
        self.services += before.services;
        self.hand_overs += before.hand_overs;
        self.met += before.met;
    }
}
