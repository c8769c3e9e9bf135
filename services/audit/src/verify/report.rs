//! What a verification says: totals, findings, and the timeline of each thread. Ids in hex, times in seconds; no personal data.

use std::collections::BTreeMap;

use serde::Serialize;
use waymark_domain::ids::{OfficeId, ThreadId};

use super::code::{Class, Code};

/// Findings of one code that are told one by one; all are counted.
pub const FINDINGS_MAX: u64 = 500;

/// Whether the first roster version is the one that was compared in person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Its fingerprint is the one that was compared.
    Confirmed,
    /// Nobody has compared it.
    Unconfirmed,
    /// It is another.
    Differs,
}

/// The verdict on a bundle.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Number of this form of the report; a new one where a field changes its meaning.
    pub form: u32,
    /// The most serious class that was found; none when the bundle is whole.
    pub verdict: Option<Class>,
    /// The roster.
    pub roster: RosterReport,
    /// Each log.
    pub logs: Vec<LogReport>,
    /// Who referred to whom, by office.
    pub referred: Vec<Referred>,
    /// For logs of which two histories were signed, the proof, where the bundle gives one.
    pub proofs: Vec<ForkProof>,
    /// How often each verdict was given.
    pub counts: BTreeMap<&'static str, u64>,
    /// The first findings, in the order in which things were checked.
    pub findings: Vec<Finding>,
}

/// The roster of a bundle.
#[derive(Debug, Clone, Serialize)]
pub struct RosterReport {
    /// Versions that follow from each other.
    pub versions: u32,
    /// SHA-256 of the first one's text.
    pub fingerprint: String,
    /// Whether that was compared.
    pub trust: Trust,
    /// Until when the newest one is in force.
    pub expires_at: u64,
    /// How many organisations have cosigned the roster up to the newest one; none where only what came since was read.
    pub cosigned_by: Option<usize>,
    /// Its head as a C2SP checkpoint, with their cosignatures; empty without any.
    pub checkpoint: String,
}

/// Proof that an office signed two histories of its log: a file that verifies alone (WIRE.md, "Proof of fraud").
#[derive(Debug, Clone, Serialize)]
pub struct ForkProof {
    /// The office.
    pub office: String,
    /// Its incarnation.
    pub log: u32,
    /// The file.
    pub proof: String,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// How serious.
    pub class: Class,
    /// Whose log.
    pub office: Option<String>,
    /// The incarnation.
    pub log: Option<u32>,
    /// The entry.
    pub index: Option<u64>,
    /// Its thread.
    pub thread: Option<String>,
    /// In one sentence.
    pub what: String,
}

/// One log of a bundle.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LogReport {
    /// The office.
    pub office: String,
    /// Its name in the newest roster version.
    pub name: String,
    /// The incarnation.
    pub log: u32,
    /// Entries under the signed head.
    pub size: u64,
    /// The root that was computed; empty when it could not be.
    pub root: String,
    /// Entries under the newest head that a quorum cosigned.
    pub witnessed: u64,
    /// The newest time by which witnesses bound it; none without a quorum.
    pub witnessed_at: Option<u64>,
    /// Entries of others that it names, each with its proof.
    pub received: u64,
    /// Threads.
    pub threads: u64,
    /// Cases among them.
    pub cases: u64,
    /// Referrals among them.
    pub referrals: u64,
    /// Entries of this office that disclose something.
    pub disclosures: u64,
    /// What this office asked others to erase.
    pub withdrawals: u64,
    /// What `claimed_at` of its entries is worth.
    pub times: Times,
    /// Entries that others name.
    pub references: References,
}

/// How many claimed times witnesses bear out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Times {
    /// Between two bounds.
    pub proven: u64,
    /// Outside a bound.
    pub contradicted: u64,
    /// A bound is missing.
    pub undecidable: u64,
}

/// How many entries that are named are in the logs at hand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct References {
    /// There.
    pub found: u64,
    /// Not there.
    pub missing: u64,
    /// In a log that is not at hand, or after its end.
    pub undecidable: u64,
}

/// Referrals from one office to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Referred {
    /// Who.
    pub from: String,
    /// To whom.
    pub to: String,
    /// For a service.
    pub services: u64,
    /// To hand her over.
    pub hand_overs: u64,
    /// Hand-overs in which she was met.
    pub met: u64,
}

/// What a claimed time is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeVerdict {
    /// Witnesses bear it out.
    Proven,
    /// Witnesses say otherwise.
    Contradicted,
    /// They say nothing.
    Undecidable,
}

/// The story of one thread as one log has it.
#[derive(Debug, Clone, Serialize)]
pub struct Timeline {
    /// Whose log.
    pub office: String,
    /// The incarnation.
    pub log: u32,
    /// The thread.
    pub thread: String,
    /// `case` or `referral`.
    pub kind: &'static str,
    /// Who offered the referral.
    pub sender: Option<String>,
    /// To whom it was offered.
    pub receiver: Option<String>,
    /// Where it stands in the end.
    pub phase: String,
    /// Its events.
    pub events: Vec<TimelineEvent>,
    /// What was to be done by when.
    pub deadlines: Vec<DeadlineSpan>,
    /// The consent.
    pub consents: Vec<ConsentSpan>,
}

/// One event of a thread.
#[derive(Debug, Clone, Serialize)]
pub struct TimelineEvent {
    /// Index in this log.
    pub index: u64,
    /// Who wrote it.
    pub author: String,
    /// When, as its writer says.
    pub claimed_at: u64,
    /// When this office knew, as it says.
    pub known_at: u64,
    /// Number of its kind.
    pub kind: u16,
    /// Name of its kind; empty for a newer one.
    pub kind_name: &'static str,
    /// What happened.
    pub sentence: String,
    /// The office that is responsible from here on, where that changed.
    pub responsible: Option<String>,
    /// What `claimed_at` is worth; none for what others wrote.
    pub time: Option<TimeVerdict>,
    /// What is wrong with it.
    pub findings: Vec<Code>,
}

/// Something that was to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadlineSpan {
    /// `acknowledge`, `contact`, `erasure`, `review`.
    pub what: &'static str,
    /// From when.
    pub from: u64,
    /// By when.
    pub by: u64,
    /// When it was done, or nobody waited any more.
    pub met_at: Option<u64>,
    /// It was not done by then.
    pub missed: bool,
}

/// A consent of a referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentSpan {
    /// First day, as seconds.
    pub from: u64,
    /// End of the last day.
    pub until: u64,
    /// When it was withdrawn or said to have expired.
    pub ended_at: Option<u64>,
    /// Categories that it covers in the end.
    pub categories: Vec<&'static str>,
}

/// Where a finding is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spot {
    pub(crate) log: Option<(OfficeId, u32)>,
    pub(crate) index: Option<u64>,
    pub(crate) thread: Option<ThreadId>,
}

impl Spot {
    pub(crate) fn log(office: OfficeId, log: u32) -> Self {
        Self { log: Some((office, log)), ..Self::default() }
    }

    pub(crate) fn at(self, index: u64) -> Self {
        Self { index: Some(index), ..self }
    }

    pub(crate) fn of(self, thread: ThreadId) -> Self {
        Self { thread: Some(thread), ..self }
    }
}

impl Finding {
    pub(crate) fn new(code: Code, spot: Spot, what: impl Into<String>) -> Self {
        Self {
            code,
            class: code.class(),
            office: spot.log.map(|(office, _)| office.to_string()),
            log: spot.log.map(|(_, log)| log),
            index: spot.index,
            thread: spot.thread.map(|thread| thread.to_string()),
            what: what.into(),
        }
    }
}

/// Findings as they are made: all counted, the first of them kept.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) counts: BTreeMap<Code, u64>,
    pub(crate) kept: Vec<Finding>,
}

impl Findings {
    pub(crate) fn add(&mut self, finding: Finding) {
        let count = self.counts.entry(finding.code).or_default();
        *count = count.saturating_add(1);
        if *count <= FINDINGS_MAX {
            self.kept.push(finding);
        }
    }

    pub(crate) fn say(&mut self, code: Code, spot: Spot, what: impl Into<String>) {
        self.add(Finding::new(code, spot, what));
    }

    /// The most serious class.
    pub(crate) fn verdict(&self) -> Option<Class> {
        self.counts.keys().map(|code| code.class()).max()
    }
}
