//! Proofs of fraud out of a bundle: what an auditor sees of two sides of a log as a file that verifies alone, and that an office publishes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use waymark_domain::ids::{Hash, OfficeId};
use waymark_seal::entry::Entry;
use waymark_seal::fraud::{FraudProof, Leaf, Side};
use waymark_seal::hash::{leaf_hash, sha256};
use waymark_seal::merkle;
use waymark_seal::verify::{VerifiedHead, verify_head};

use super::heads::{Fork, Forks};
use super::log::{Log, Logs};
use super::report::ForkProof;
use super::roster::Rosters;
use crate::bundle::Of;

/// Records of one log that are looked at in search of a proof, at most; no log at hand takes more than its share.
const RECORDS_MAX: usize = 10_000;

/// An office's log.
type LogOf = (OfficeId, u32);

/// A proof for each log that is a fork, where what is kept of it gives one.
pub(crate) fn of_forks(logs: &Logs<'_>, rosters: &Rosters, forks: &Forks) -> Vec<ForkProof> {
    if forks.is_empty() {
        return Vec::new();
    }
    let mut kept = kept_of(logs, rosters, forks);
    let mut found = Vec::new();
    for (of, fork) in forks {
        let mut sides: Vec<Side> = fork.shown.iter().copied().map(Side::head).collect();
        sides.extend(kept.remove(of).unwrap_or_default());
        if let Some(log) = logs.get(of).filter(|log| log.whole) {
            sides.extend(own_of(log, rosters, &sides));
        }
        if let Some(proof) = FraudProof::among(&sides) {
            let proof = String::from_utf8_lossy(&proof.encode()).into_owned();
            found.push(ForkProof { office: of.0.to_string(), log: of.1, proof });
        }
    }
    found
}

/// What one log has kept of another: first what stands where the fork was seen.
#[derive(Default)]
struct Kept {
    there: Vec<Side>,
    elsewhere: Vec<Side>,
}

/// What the logs at hand have kept of each fork.
fn kept_of(logs: &Logs<'_>, rosters: &Rosters, forks: &Forks) -> BTreeMap<LogOf, Vec<Side>> {
    let share = (RECORDS_MAX / logs.len().max(1)).max(1);
    let mut heads: HashMap<(LogOf, Hash), Option<VerifiedHead>> = HashMap::new();
    let mut all: BTreeMap<LogOf, Vec<Side>> = BTreeMap::new();
    for log in logs.values() {
        let mut by_log: BTreeMap<LogOf, Kept> = BTreeMap::new();
        for record in log.records.iter().filter_map(|(at, _)| log.record(u64::from(*at))) {
            let Ok(entry) = Entry::parse(&record.entry) else { continue };
            let of = (entry.office, entry.log);
            let Some(Fork { seen_at, .. }) = forks.get(&of) else { continue };
            let verified = || verify_head(&rosters.chain, of.0, of.1, &record.checkpoint).ok();
            let head = *heads.entry((of, sha256(&[&record.checkpoint]))).or_insert_with(verified);
            let Some(head) = head else { continue };
            let leaf = Leaf { index: entry.index, hash: leaf_hash(&record.entry), path: record.path };
            let is_there = seen_at.contains(&entry.index) || seen_at.contains(&head.head().size);
            let kept = by_log.entry(of).or_default();
            let taken = if is_there { &mut kept.there } else { &mut kept.elsewhere };
            if taken.len() < share {
                taken.extend(Side::with_leaf(head, leaf));
            }
        }
        for (of, Kept { there, elsewhere }) in by_log {
            all.entry(of).or_default().extend(there.into_iter().chain(elsewhere).take(share));
        }
    }
    all
}

/// The log at hand under its own head: the entries that were kept of it, and where their heads end.
fn own_of(log: &Log<'_>, rosters: &Rosters, kept: &[Side]) -> Vec<Side> {
    let checkpoint = log.read(Of::Checkpoint).unwrap_or_default();
    let (office, number) = (log.origin.office, log.origin.log);
    let Ok(head) = verify_head(&rosters.chain, office, number, &checkpoint) else { return Vec::new() };
    let entries = kept.iter().filter(|side| side.index().is_some());
    let ends = entries.filter_map(|side| side.signed().head().size.checked_sub(1));
    let wanted = kept.iter().filter_map(Side::index).chain(ends);
    let indices: BTreeSet<u64> = wanted.filter(|index| *index < log.head.size).collect();
    let side = |index| {
        let path = merkle::inclusion(log.head.size, index, &|level, at| log.node(level, at))?;
        Side::with_leaf(head, Leaf { index, hash: log.leaf(index)?, path })
    };
    [Side::head(head)].into_iter().chain(indices.into_iter().filter_map(side)).collect()
}
