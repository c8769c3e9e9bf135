//! What an office knew, told from its own log in a bundle: no node and no key is asked. The log is verified first, from its first entry
//! to its signed head; the history is then told as its node would tell it (`replay.rs`).

use std::collections::BTreeSet;
use std::path::Path;

use waymark_api::convert::audit::ReplayWanted;
use waymark_api::v1;
use waymark_desk::{Seen, seen_of};
use waymark_domain::ids::{OfficeId, Ref, StaffId, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_seal::entry::Entry;
use waymark_seal::hash::{ZERO, leaf_hash};

use super::files::Files;
use super::log::{Log, Logs};
use super::report::Findings;
use super::roster::{self, Rosters};
use super::{Class, Failure, Finding, Listener, Options, first_pass, form, heads_of};
use crate::replay::{Source, replay};

/// What came of a replay out of a bundle.
#[derive(Debug)]
pub struct Replayed {
    /// How it ended.
    pub outcome: Outcome,
    /// The most serious class of what is wrong with the roster, the files, or the log that was asked.
    pub verdict: Option<Class>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// How a replay out of a bundle ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The history was told, out of this incarnation of the office's log.
    Told {
        /// Which.
        log: u32,
    },
    /// The log has no such thread.
    NoThread,
    /// The bundle has no log of such an office.
    NoLog,
    /// The log does not hold together, so that nothing is told from it.
    NotWhole,
}

/// Tells the history of a thread as the office knew it whose id or name, as its log has the roster, `is_meant` accepts. `tell` gets each
/// message, and says whether anybody still listens.
///
/// # Errors
/// [`Failure`] when this machine cannot read the bundle.
///
/// # Security
/// As for [`verify`](super::verify()): nothing is trusted but what `options` recognises. Of several incarnations of the log the newest is
/// asked that was open at the moment in question.
pub fn replay_bundle(
    dir: &Path,
    is_meant: &dyn Fn(OfficeId, &str) -> bool,
    wanted: &ReplayWanted,
    options: &Options<'_>,
    listener: &dyn Listener,
    tell: &mut dyn FnMut(v1::ReplayThreadResponse) -> bool,
) -> Result<Replayed, Failure> {
    let files = Files::open(dir).map_err(|fault| Failure::Disk(dir.display().to_string(), fault))?;
    let mut findings = Findings::default();
    let outcome = told(&files, is_meant, wanted, options, &mut findings, listener, tell)?;
    match files.failed() {
        Some((path, fault)) => Err(Failure::Disk(path, fault)),
        None => Ok(Replayed { outcome, verdict: findings.verdict(), findings: findings.kept }),
    }
}

fn told(
    files: &Files,
    is_meant: &dyn Fn(OfficeId, &str) -> bool,
    wanted: &ReplayWanted,
    options: &Options<'_>,
    findings: &mut Findings,
    listener: &dyn Listener,
    tell: &mut dyn FnMut(v1::ReplayThreadResponse) -> bool,
) -> Result<Outcome, Failure> {
    roster::first(files)?;
    let Some(mut form) = form::look(files, &|_, _| (0, 0), findings, listener)? else {
        return Ok(Outcome::NotWhole);
    };
    let Some(rosters) = Rosters::read(files, &form.rosters, options, findings)? else {
        return Ok(Outcome::NotWhole);
    };
    form.logs.retain(|(office, _), _| is_meant(*office, &rosters.name(*office)));
    if form.logs.is_empty() {
        return Ok(Outcome::NoLog);
    }
    let mut logs = heads_of(files, &form, &rosters, findings);
    first_pass(&mut logs, &form, &rosters, &|_, _| None, findings, listener);
    let Some(log) = of_moment(&logs, wanted.as_of) else { return Ok(Outcome::NotWhole) };
    let office = log.origin.office.to_string();
    let of_log = |finding: &&Finding| {
        finding.log == Some(log.origin.log) && finding.office.as_deref() == Some(office.as_str())
    };
    let flawed = findings.kept.iter().filter(of_log).filter_map(|finding| finding.index);
    // Findings are kept up to a number; what is not proven is known of every entry.
    let flawed = flawed.chain(log.unproven.iter().chain(&log.out_of_range).copied()).collect();
    let past = Past { log, rosters: &rosters, flawed };
    let found = replay(&past, wanted, &mut |item| tell(v1::ReplayThreadResponse { item: Some(item) }))?;
    Ok(if found { Outcome::Told { log: log.origin.log } } else { Outcome::NoThread })
}

/// The newest log that was open at a moment; before the first one opened, that one.
fn of_moment<'l>(logs: &'l Logs<'_>, as_of: Option<Timestamp>) -> Option<&'l Log<'l>> {
    let mut whole = logs.values().filter(|log| log.whole);
    let was_open =
        |log: &&Log<'_>| as_of.is_none_or(|moment| log.times.opened.is_none_or(|opened| opened <= moment));
    let newest = logs.values().rev().filter(|log| log.whole).find(was_open);
    newest.or_else(|| whole.next())
}

/// A log of a bundle, after it was verified.
struct Past<'a> {
    log: &'a Log<'a>,
    rosters: &'a Rosters,
    /// Entries of which something is wrong.
    flawed: BTreeSet<u64>,
}

impl Source for Past<'_> {
    type Fault = Failure;

    fn me(&self) -> OfficeId {
        self.log.origin.office
    }

    fn name(&self, office: OfficeId) -> String {
        self.rosters.name(office)
    }

    fn entries(&self, thread: ThreadId) -> Result<Vec<u64>, Failure> {
        let entries = self.log.ends.get(&thread).map(|end| self.log.thread(*end)).unwrap_or_default();
        Ok(entries.into_iter().map(u64::from).collect())
    }

    fn seen_at(&self, index: u64) -> Result<Vec<Seen>, Failure> {
        let bytes = self.log.entry(index).ok_or(Failure::Changed)?;
        let entry = Entry::parse(&bytes).map_err(|_| Failure::Changed)?;
        let kept = self.log.record(index);
        Ok(seen_of(index, entry, leaf_hash(&bytes), kept.as_ref().map(|kept| kept.entry.as_slice())))
    }

    fn own_ref(&self, seen: &Seen) -> Ref {
        let leaf = self.log.leaf(seen.index).unwrap_or(ZERO);
        Ref { office: self.me(), log: self.log.origin.log, index: seen.index, leaf }
    }

    fn staff(&self, _: &Seen) -> Option<StaffId> {
        // Sealed for the office itself.
        None
    }

    fn proof(&self, seen: &Seen) -> v1::ProofState {
        if self.flawed.contains(&seen.index) { v1::ProofState::Failed } else { v1::ProofState::Verified }
    }

    fn is_disputed(&self, seen: &Seen) -> bool {
        self.log.forked.get(&(seen.author(), seen.at.log)).is_some_and(|known| *known < seen.index)
    }
}
