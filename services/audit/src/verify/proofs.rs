//! Proofs of fraud out of a bundle: what an auditor sees of two sides of a log as a file that verifies alone, and that an office publishes.

use std::collections::{BTreeSet, HashMap};

use waymark_domain::ids::OfficeId;
use waymark_seal::entry::Entry;
use waymark_seal::fraud::{FraudProof, Leaf, Side};
use waymark_seal::hash::{leaf_hash, sha256};
use waymark_seal::merkle;
use waymark_seal::verify::{VerifiedHead, verify_head};

use super::heads::Forks;
use super::log::{Log, Logs};
use super::report::ForkProof;
use super::roster::Rosters;
use crate::bundle::Of;

/// Records of one log that are looked at in search of a proof, at most.
const RECORDS_MAX: usize = 10_000;

/// A proof for each log that is a fork, where what is kept of it gives one.
pub(crate) fn of_forks(logs: &Logs<'_>, rosters: &Rosters, forks: &Forks) -> Vec<ForkProof> {
    let mut heads = HashMap::new();
    let mut found = Vec::new();
    for (of, seen_at) in forks {
        let mut sides = kept_of(*of, logs, rosters, seen_at, &mut heads);
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

type Heads = HashMap<waymark_domain::ids::Hash, Option<VerifiedHead>>;

/// What the logs at hand have kept of a log: first what stands where the fork was seen.
fn kept_of(
    of: (OfficeId, u32),
    logs: &Logs<'_>,
    rosters: &Rosters,
    seen_at: &BTreeSet<u64>,
    heads: &mut Heads,
) -> Vec<Side> {
    let (mut there, mut elsewhere) = (Vec::new(), Vec::new());
    for log in logs.values() {
        for record in log.records.iter().filter_map(|(at, _)| log.record(u64::from(*at))) {
            let Some(entry) = Entry::parse(&record.entry).ok().filter(|it| (it.office, it.log) == of) else {
                continue;
            };
            let verified = || verify_head(&rosters.chain, entry.office, entry.log, &record.checkpoint).ok();
            let head = *heads.entry(sha256(&[&record.checkpoint])).or_insert_with(verified);
            let Some(head) = head else { continue };
            let leaf = Leaf { index: entry.index, hash: leaf_hash(&record.entry), path: record.path };
            let is_there = seen_at.contains(&entry.index) || seen_at.contains(&head.head().size);
            let sides = if is_there { &mut there } else { &mut elsewhere };
            if sides.len() < RECORDS_MAX {
                sides.extend(Side::with_leaf(head, leaf));
            }
        }
    }
    there.extend(elsewhere);
    there.truncate(RECORDS_MAX);
    there
}

/// The same entries as the log at hand has them, under its own head.
fn own_of(log: &Log<'_>, rosters: &Rosters, kept: &[Side]) -> Vec<Side> {
    let checkpoint = log.read(Of::Checkpoint).unwrap_or_default();
    let (office, number) = (log.origin.office, log.origin.log);
    let Ok(head) = verify_head(&rosters.chain, office, number, &checkpoint) else { return Vec::new() };
    let indices: BTreeSet<u64> = kept.iter().filter_map(Side::index).collect();
    let side = |index| {
        let path = merkle::inclusion(log.head.size, index, &|level, at| log.node(level, at))?;
        Side::with_leaf(head, Leaf { index, hash: log.leaf(index)?, path })
    };
    indices.into_iter().map(|index| index.min(log.head.size.saturating_sub(1))).filter_map(side).collect()
}
