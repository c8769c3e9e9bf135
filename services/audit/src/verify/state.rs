//! Where a clean verification ended, so that the next one reads only what came since. A small file of the auditor's own: it is trusted.

use serde::{Deserialize, Serialize};
use waymark_domain::ids::{Hash, OfficeId, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_seal::entry::Audience;
use waymark_seal::merkle::Frontier;

use super::log::{Log, Times};
use super::pass::{ChainKey, Tails};

/// The form of the file.
const FORM: u32 = 1;
/// Bytes of the file, at most.
pub const STATE_MAX: u64 = 64 * 1024 * 1024;

/// Where a verification of a bundle ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    form: u32,
    /// SHA-256 of the text of the first roster version.
    roster: Hash,
    logs: Vec<Saved>,
}

/// Where the verification of one log ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Saved {
    office: OfficeId,
    log: u32,
    pub(crate) size: u64,
    pub(crate) root: Hash,
    /// The right edge over the full bundles of 256 entries.
    upper: Vec<Hash>,
    /// Proofs of received entries.
    pub(crate) received: u64,
    sent: Vec<(Audience, u64, Hash)>,
    chains: Vec<(ChainKey, u64, Hash)>,
    /// Threads in which something is still to be done by a time, and their last entries.
    pub(crate) open: Vec<(ThreadId, u32)>,
    lower: Option<(u64, Timestamp)>,
    witnessed: u64,
    claimed: Timestamp,
    opened: Option<Timestamp>,
}

impl State {
    pub(crate) fn new(roster: Hash, logs: Vec<Saved>) -> Self {
        Self { form: FORM, roster, logs }
    }

    /// The bytes of the file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads the file; `None` when it is not one of this version.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let state: Self = serde_json::from_slice(bytes).ok()?;
        (state.form == FORM).then_some(state)
    }

    /// Where a log was left, under the same first roster version.
    pub(crate) fn of(&self, roster: Hash, office: OfficeId, log: u32) -> Option<&Saved> {
        let same = |saved: &&Saved| (saved.office, saved.log) == (office, log);
        self.logs.iter().find(same).filter(|_| self.roster == roster)
    }
}

impl Saved {
    pub(crate) fn new(log: &Log<'_>, tails: &Tails, mut open: Vec<(ThreadId, u32)>) -> Self {
        open.sort_unstable();
        let mut sent: Vec<_> =
            tails.sent.iter().map(|(audience, (seq, leaf))| (*audience, *seq, *leaf)).collect();
        sent.sort_unstable();
        let mut chains: Vec<_> =
            tails.received.iter().map(|(key, (seq, leaf))| (*key, *seq, *leaf)).collect();
        chains.sort_unstable();
        Self {
            office: log.origin.office,
            log: log.origin.log,
            size: log.head.size,
            root: log.head.root,
            upper: tails.upper.edge().to_vec(),
            received: log.records.len() as u64,
            sent,
            chains,
            open,
            lower: log.times.lower(),
            witnessed: log.times.witnessed,
            claimed: log.times.claimed,
            opened: log.times.opened,
        }
    }

    pub(crate) fn tails(&self) -> Tails {
        let bundles = self.size / waymark_seal::tile::WIDTH;
        Tails {
            // An edge that does not fit its size gives a root that does not fit.
            upper: Frontier::from_edge(bundles, self.upper.clone()).unwrap_or_default(),
            sent: self.sent.iter().map(|(audience, seq, leaf)| (*audience, (*seq, *leaf))).collect(),
            received: self.chains.iter().map(|(key, seq, leaf)| (*key, (*seq, *leaf))).collect(),
        }
    }

    pub(crate) fn times(&self) -> Times {
        Times::after(self.lower, self.witnessed, self.claimed, self.opened)
    }
}
