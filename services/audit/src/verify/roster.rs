//! The roster versions of a bundle, and what each of them says of witnesses and keys.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use waymark_domain::event::log::{Cosigned, RosterWitnessed};
use waymark_domain::ids::{Hash, OfficeId};
use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::{Claimed, Head, Origin, RosterOrigin, checkpoint_text};
use waymark_seal::cosign::{Cosigner, Timed};
use waymark_seal::hash::ZERO;
use waymark_seal::note::SIGNATURES_MAX;
use waymark_seal::policy::{Policy, QUORUM};
use waymark_seal::roster::{
    Office, OfficeState, ROSTER_MAX, Roster, RosterChain, fingerprint, fingerprint_of,
};

use super::code::Code;
use super::files::{FileFault, Files};
use super::report::{Findings, RosterReport, Spot, Trust};
use super::{Failure, Options};
use crate::bundle::Place;

/// Bytes of all versions together, at most.
const BYTES_MAX: usize = 32 * 1024 * 1024;
/// Versions kept read at once.
const READ_MAX: usize = 16;
/// Cosignatures of one `Cosigned`, at most.
const COSIGNATURES_MAX: usize = 32;

/// The roster as a verification uses it.
pub(crate) struct Rosters {
    pub(crate) chain: RosterChain,
    pub(crate) first: Hash,
    pub(crate) trust: Trust,
    /// Heads of the roster as a log with another text that root holders have signed too.
    others: Vec<Head>,
    /// Whether all entries are read: only then is it known who has cosigned.
    whole: bool,
    /// Who has cosigned the newest version.
    pub(crate) cosigned_by: BTreeMap<OfficeId, Timed>,
    read: Mutex<HashMap<u32, Arc<Roster>>>,
}

/// When a quorum bore out a head: by when it was there at the latest, and after which time what follows was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) written_by: Timestamp,
    pub(crate) later_than: Timestamp,
}

/// What a `Cosigned` is worth.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Weighed {
    pub(crate) faults: Vec<String>,
    /// Whether anybody has cosigned it.
    pub(crate) cosigned: bool,
    /// None without a quorum.
    pub(crate) bounds: Option<Bounds>,
}

/// The fingerprint of the first version of the bundle in `files`.
pub(crate) fn first(files: &Files) -> Result<Option<(Vec<u8>, Hash)>, Failure> {
    let path = Place::Roster(1).path();
    let bytes = match files.read(&path, ROSTER_MAX as u64) {
        Ok(bytes) => bytes,
        Err(FileFault::Disk(fault)) => return Err(Failure::Disk(path, fault)),
        Err(FileFault::Missing | FileFault::Forbidden | FileFault::TooLarge) => return Ok(None),
    };
    Ok(fingerprint_of(&bytes).map(|hash| (bytes, hash)))
}

impl Rosters {
    /// The head of a checkpoint that a key of this log has signed, whatever its range: an accusation takes a signature.
    pub(crate) fn signed_by_any(&self, origin: &Origin, checkpoint: &[u8]) -> Option<Head> {
        let mut ranges = self.chain.log_ranges(&origin.office, origin.log);
        ranges.find_map(|range| {
            let claimed = Claimed::parse(checkpoint, origin).ok()?;
            Some(claimed.verify_signed(&range.key).ok()?.head)
        })
    }

    /// Looks at texts of versions beside the ones in force: each must be one that enough root keys have signed.
    pub(crate) fn others(
        &mut self,
        files: &Files,
        there: &[(u32, Hash)],
        findings: &mut Findings,
    ) -> Result<(), Failure> {
        let mut proven: Vec<Roster> = Vec::new();
        for (version, fingerprint) in there {
            let path = Place::OtherRoster(*version, *fingerprint).path();
            let bytes = match files.read(&path, ROSTER_MAX as u64) {
                Ok(bytes) => bytes,
                Err(FileFault::Disk(fault)) => return Err(Failure::Disk(path, fault)),
                // Said of its form already.
                Err(FileFault::Missing | FileFault::Forbidden | FileFault::TooLarge) => continue,
            };
            let named = fingerprint_of(&bytes) == Some(*fingerprint);
            if named && self.chain.contradicted_by(&bytes) == Some(*version) {
                let what = format!(
                    "root holders have signed two versions {version} of the roster: the other one has the fingerprint {fingerprint}"
                );
                findings.say(Code::TwoRosters, Spot::default(), what);
                proven.extend(Roster::parse(&bytes));
            } else {
                let what = format!("{path} is no other roster version that enough root keys have signed");
                findings.say(Code::FileExtra, Spot::default(), what);
            }
        }
        self.others = proven.iter().filter_map(|other| self.branch(other, &proven)).collect();
        Ok(())
    }

    /// The head of the roster as whoever was shown `other` holds it.
    fn branch(&self, other: &Roster, proven: &[Roster]) -> Option<Head> {
        let mut texts = vec![other];
        loop {
            let first = *texts.first()?;
            if let Some(head) = self.chain.head_of_branch(&texts) {
                return Some(head);
            }
            let is_before = |before: &&Roster| {
                Some(before.version) == first.version.checked_sub(1)
                    && fingerprint(&before.encode()) == first.previous
            };
            texts.insert(0, proven.iter().find(is_before)?);
        }
    }

    /// Reads `1..` and accepts each under the one before; what does not follow is a finding, and nothing after it counts.
    pub(crate) fn read(
        files: &Files,
        there: &[u32],
        options: &Options<'_>,
        findings: &mut Findings,
    ) -> Result<Option<Self>, Failure> {
        let Some((bytes, hash)) = first(files)? else {
            let what = "the first roster version is missing or no signed note";
            findings.say(Code::RosterRefused, Spot::default(), what);
            return Ok(None);
        };
        let trust = (options.recognises)(&hash);
        match trust {
            Trust::Confirmed => {}
            Trust::Unconfirmed => {
                let what = format!("nobody has compared the fingerprint of the roster, {hash}");
                findings.say(Code::RosterUnconfirmed, Spot::default(), what);
            }
            Trust::Differs => {
                let what = format!("the roster has the fingerprint {hash}, which is not the one compared");
                findings.say(Code::RosterFingerprint, Spot::default(), what);
                return Ok(None);
            }
        }
        let mut chain = match RosterChain::start(&bytes, &hash) {
            Ok(chain) => chain,
            Err(fault) => {
                findings.say(Code::RosterRefused, Spot::default(), format!("roster version 1: {fault}"));
                return Ok(None);
            }
        };
        let mut total = bytes.len();
        for (version, expected) in there.iter().skip(1).zip(2..) {
            let path = Place::Roster(expected).path();
            let accepted = match files.read(&path, ROSTER_MAX as u64) {
                Ok(_) if *version != expected => Err(format!("roster version {expected} is missing")),
                Ok(bytes) => {
                    total += bytes.len();
                    // Whether it has expired says nothing of what was written before.
                    let accepted = chain.accept(&bytes, Timestamp(0));
                    accepted.map(|_| ()).map_err(|fault| format!("roster version {expected}: {fault}"))
                }
                Err(FileFault::Disk(fault)) => return Err(Failure::Disk(path, fault)),
                Err(FileFault::Missing | FileFault::Forbidden | FileFault::TooLarge) => {
                    Err(format!("roster version {expected} is missing"))
                }
            };
            let accepted = accepted.and_then(|()| match total > BYTES_MAX {
                true => Err("the roster versions are too large".to_owned()),
                false => Ok(()),
            });
            if let Err(what) = accepted {
                findings.say(Code::RosterRefused, Spot::default(), what);
                break;
            }
        }
        Ok(Some(Self {
            chain,
            first: hash,
            trust,
            others: Vec::new(),
            whole: options.since.is_none(),
            cosigned_by: BTreeMap::new(),
            read: Mutex::default(),
        }))
    }

    pub(crate) fn report(this: Option<&Self>) -> RosterReport {
        let newest = this.map(|this| this.chain.newest());
        RosterReport {
            versions: newest.map_or(0, |newest| newest.version),
            fingerprint: this.map_or(ZERO, |this| this.first).to_string(),
            trust: this.map_or(Trust::Differs, |this| this.trust),
            expires_at: newest.map_or(0, |newest| newest.expires_at.0),
            cosigned_by: this.filter(|this| this.whole).map(Self::organisations),
            checkpoint: this.map(Self::checkpoint).unwrap_or_default(),
        }
    }

    /// How many organisations have cosigned the newest version.
    fn organisations(&self) -> usize {
        let cosigned = self.cosigners().map(|(office, _)| office.organisation.as_str());
        cosigned.collect::<BTreeSet<_>>().len()
    }

    /// Active offices that have cosigned the newest version.
    fn cosigners(&self) -> impl Iterator<Item = (&Office, &Timed)> {
        let active = self.chain.newest().offices.iter().filter(|office| office.state == OfficeState::Active);
        active.filter_map(|office| Some((office, self.cosigned_by.get(&office.id)?)))
    }

    /// The head of the roster as a log, with a line for each office that has cosigned it, as many as a note has; empty without any.
    fn checkpoint(&self) -> String {
        let newest = self.chain.newest();
        let Some(head) = self.chain.head_at(newest.version) else { return String::new() };
        let lines = self.cosigners().filter_map(|(office, timed)| {
            Some(Cosigner::of(&newest.network, &office.id, office.witness?).line(timed))
        });
        let lines: String = lines.take(SIGNATURES_MAX).collect();
        if lines.is_empty() {
            return lines;
        }
        format!("{}\n{lines}", checkpoint_text(&RosterOrigin(newest.network), &head))
    }

    /// What is wrong with an office's cosignature on the roster.
    pub(crate) fn fault_of(&self, office: OfficeId, word: &RosterWitnessed) -> Option<Code> {
        if word.version > self.chain.newest().version {
            // Nothing here contradicts it.
            return None;
        }
        let roster = self.version(word.version);
        let Some((roster, head)) = roster.zip(self.chain.head_at(word.version)) else {
            return Some(Code::RosterDiffers);
        };
        if head.root != word.root {
            // Root holders who signed two have shown it the other one.
            let was_shown = self
                .others
                .iter()
                .any(|other| (other.size, other.root) == (u64::from(word.version), word.root));
            return (!was_shown).then_some(Code::RosterDiffers);
        }
        let key = roster.office(&office).and_then(|office| office.witness);
        let witness = key.map(|key| Cosigner::of(&roster.network, &office, key));
        let holds =
            witness.is_some_and(|it| it.cosigned(&RosterOrigin(roster.network), &head, &Timed::from(word)));
        (!holds).then_some(Code::CosignatureInvalid)
    }

    /// A version, if it is there.
    pub(crate) fn version(&self, version: u32) -> Option<Arc<Roster>> {
        if version == 0 {
            return None;
        }
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(roster) = read.get(&version) {
            return Some(Arc::clone(roster));
        }
        let bytes = self.chain.versions_above(version - 1).next()?;
        let roster = Arc::new(Roster::parse(bytes).ok()?);
        if read.len() >= READ_MAX {
            read.clear();
        }
        read.insert(version, Arc::clone(&roster));
        Some(roster)
    }

    /// An office's name in the newest version.
    pub(crate) fn name(&self, office: OfficeId) -> String {
        self.chain.office(&office).map_or_else(|| office.to_string(), |known| known.name.clone())
    }

    /// Whether `text` is the network's policy for a log in any version.
    pub(crate) fn is_policy(&self, origin: &Origin, size: u64, text: &str) -> bool {
        let newest = self.chain.newest().version;
        (1..=newest).rev().any(|version| {
            let key = self.chain.log_key(&origin.office, origin.log, size, version).ok();
            let log = key.as_ref().map(|range| (origin, &range.key));
            self.version(version).is_some_and(|roster| {
                let known = roster.office(&origin.office).is_some();
                known && Policy::of_office(&roster, &origin.office, log).encode() == text
            })
        })
    }

    /// Whether a version is there. An office goes on under the version that it holds until it hears of the next, so entries behind the
    /// end of a key may name the version before.
    pub(crate) fn is_there(&self, version: u32) -> bool {
        (1..=self.chain.newest().version).contains(&version)
    }

    /// The versions that ended a key of a log, in order.
    pub(crate) fn ends(&self, origin: &Origin) -> Vec<u32> {
        let ranges = self.chain.log_ranges(&origin.office, origin.log);
        ranges.filter_map(|range| self.chain.ended_in(&range.key)).collect()
    }

    /// Whether anybody must cosign a log at all, as the newest version says.
    pub(crate) fn asks_for_witnesses(&self, office: OfficeId) -> bool {
        !Policy::of_office(self.chain.newest(), &office, None).asks_for_none()
    }

    /// Weighs the cosignatures of a head of `origin`, under the roster version that the entry names.
    pub(crate) fn weigh(&self, origin: &Origin, version: u32, cosigned: &Cosigned) -> Weighed {
        let Some(roster) = self.version(version) else {
            let faults = vec![format!("roster version {version} is not there")];
            return Weighed { faults, cosigned: false, bounds: None };
        };
        let mut faults = Vec::new();
        let ascending = cosigned.cosignatures.is_sorted_by(|one, next| one.office < next.office);
        if !ascending || !(1..=COSIGNATURES_MAX).contains(&cosigned.cosignatures.len()) {
            faults.push("cosignatures are out of order, missing or too many".to_owned());
        }
        let head = Head { size: cosigned.size, root: cosigned.root };
        let own = roster.office(&origin.office).map(|office| office.organisation.as_str());
        let (mut times, mut signed) = (BTreeMap::<&str, Timestamp>::new(), false);
        for cosignature in cosigned.cosignatures.iter().take(COSIGNATURES_MAX) {
            let office = roster.office(&cosignature.office);
            let Some((office, key)) = office.and_then(|office| Some((office, office.witness?))) else {
                faults.push(format!("{} is no witness", cosignature.office));
                continue;
            };
            let witness = Cosigner::of(&roster.network, &office.id, key);
            if !witness.cosigned(origin, &head, &Timed::from(cosignature)) {
                faults.push(format!("the cosignature of {} does not hold", office.id));
                continue;
            }
            signed = true;
            if office.state == OfficeState::Active && Some(office.organisation.as_str()) != own {
                let earliest = times.entry(&office.organisation).or_insert(cosignature.at);
                *earliest = (*earliest).min(cosignature.at);
            }
        }
        let bounds = bounds(times.into_values().collect(), quorum(&roster, origin.office));
        Weighed { faults, cosigned: signed, bounds }
    }
}

/// How many other organisations must cosign.
fn quorum(roster: &Roster, office: OfficeId) -> usize {
    let own = roster.office(&office).map(|office| office.organisation.as_str());
    let others = roster.offices.iter().filter(|other| {
        other.state == OfficeState::Active
            && other.witness.is_some()
            && Some(other.organisation.as_str()) != own
    });
    let organisations: BTreeSet<&str> = others.map(|other| other.organisation.as_str()).collect();
    organisations.len().min(QUORUM)
}

fn bounds(mut times: Vec<Timestamp>, quorum: usize) -> Option<Bounds> {
    times.sort_unstable();
    let position = quorum.checked_sub(1)?;
    let written_by = *times.get(position)?;
    let later_than = *times.get(times.len().checked_sub(quorum)?)?;
    Some(Bounds { written_by, later_than })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_what_a_quorum_bears_out_and_one_liar_moves_neither() {
        let times = |all: &[u64]| all.iter().copied().map(Timestamp).collect::<Vec<_>>();
        let both = |written_by, later_than| {
            Some(Bounds { written_by: Timestamp(written_by), later_than: Timestamp(later_than) })
        };
        assert_eq!(bounds(times(&[10, 20]), 2), both(20, 10));
        assert_eq!(bounds(times(&[30, 10, 20]), 2), both(20, 20));
        assert_eq!(bounds(times(&[0, 20, 21]), 2), both(20, 20));
        assert_eq!(bounds(times(&[20, 21, 9_999]), 2), both(21, 21));
        assert_eq!(bounds(times(&[10]), 1), both(10, 10));
        assert_eq!(bounds(times(&[10]), 2), None);
        assert_eq!(bounds(times(&[10]), 0), None);
    }
}
