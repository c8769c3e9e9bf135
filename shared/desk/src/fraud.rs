//! Offices that signed two histories of one log: what is proven, what is published of it, and what follows.
//!
//! A proof is judged here whoever shows it, by the roster that was held when it came, and stands in the own log: a restart, a
//! replay and an index that is made again say the same. It freezes the log that it is about and no later one. Nothing is disclosed to a
//! frozen office (`disclosing.rs`); what it sends is taken all the same, also out of another history than the one held, and is
//! disputed, because somebody may be on a journey. Read `evidence.rs` for how two histories are found.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use waymark_domain::event::Event;
use waymark_domain::event::log::FraudProven;
use waymark_domain::ids::{EventId, OfficeId, StaffId};
use waymark_domain::time::Timestamp;
use waymark_domain::world::Standing;
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::fraud::{FraudFault, FraudProof};
use waymark_seal::roster::RosterChain;
use waymark_seal::verify::Verdict;

use crate::applying::own_entry;
use crate::desk::{Core, Desk};
use crate::findings::{FALSE_ACCUSATION, UNDER_ENDED_KEY};
use crate::order::{Failure, SubmitError};
use crate::receive::NODE;
use crate::seen::Seen;
use crate::threads::notices_of;

/// Proofs that wait until something may be written, at most: one for each log is enough.
const PENDING_MAX: usize = 64;

/// A proof that was judged and holds. The field order is that of the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownFraud {
    /// Own-log index at which this office came to know the first proof: what comes after it from that log is disputed.
    index: u64,
    by: OfficeId,
    event: EventId,
    pub(crate) at: Timestamp,
}

/// Whose log, and its incarnation.
pub(crate) type LogOf = (OfficeId, u32);

/// Proofs that could not be written yet.
#[derive(Default)]
pub(crate) struct Pending(Mutex<BTreeMap<LogOf, FraudProof>>);

impl Pending {
    fn put(&self, proof: FraudProof) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = proof.origin();
        if waiting.len() < PENDING_MAX {
            waiting.entry((origin.office, origin.log)).or_insert(proof);
        }
    }

    fn take(&self) -> Vec<FraudProof> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *waiting).into_values().collect()
    }
}

/// A log of which two histories were signed, as this office knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenFraud {
    /// Whose log.
    pub office: OfficeId,
    /// Its incarnation.
    pub log: u32,
    /// Who showed the proof to this office.
    pub by: OfficeId,
    /// When this office came to know it.
    pub at: Timestamp,
    /// Own-log index at which it did.
    pub index: u64,
    /// The entry that published it.
    pub event: EventId,
    /// The office still writes that log: it is frozen.
    pub in_force: bool,
    /// The proof, as a file.
    pub proof: Vec<u8>,
}

impl Core {
    /// Who is frozen, by the newest roster: a proof about a log that was closed freezes nobody.
    pub(crate) fn freeze(&mut self, roster: &RosterChain) {
        for office in &roster.newest().offices {
            let Some(log) = office.logs.last().map(|range| range.log) else { continue };
            let frozen = self.frauds.contains_key(&(office.id, log));
            let peer = self.view.offices.get_mut(&office.id);
            // What the root holders have said of it stands.
            if let Some(peer) = peer.filter(|peer| frozen && peer.standing == Standing::Active) {
                peer.standing = Standing::Frozen;
            }
        }
    }
}

impl Desk {
    /// Every log of which two histories were signed, with the proof that this office was shown first.
    ///
    /// # Errors
    /// [`Failure`] when the log cannot be read.
    pub fn frauds(&self) -> Result<Vec<ProvenFraud>, Failure> {
        let known: Vec<(LogOf, KnownFraud)> =
            self.core().frauds.iter().map(|(log, fraud)| (*log, *fraud)).collect();
        let mut frauds = Vec::with_capacity(known.len());
        for ((office, log), KnownFraud { index, by, event, at }) in known {
            let seen = self.seen_at(index)?;
            let shown = seen.iter().find_map(|seen| match &seen.event {
                Ok(Event::FraudProven(body)) if seen.event_id == event => Some(body.proof.clone()),
                _ => None,
            });
            let proof = shown.ok_or(Failure::Inconsistent("a proof of fraud is not where it was read"))?;
            let in_force = self.current_log_of(office) == Some(log);
            frauds.push(ProvenFraud { office, log, by, at, index, event, in_force, proof });
        }
        Ok(frauds)
    }

    /// Who is frozen.
    pub fn frozen(&self) -> BTreeSet<OfficeId> {
        let core = self.core();
        let frozen = core.view.offices.iter().filter(|(_, peer)| peer.standing == Standing::Frozen);
        frozen.map(|(office, _)| *office).collect()
    }

    /// Whether an entry came out of a log after this office knew that two histories of that log were signed: it applies, and another
    /// office may have been told something else.
    pub fn is_disputed(&self, seen: &Seen) -> bool {
        self.is_disputed_at(seen.author(), seen.at.log, seen.index)
    }

    pub(crate) fn is_disputed_at(&self, office: OfficeId, log: u32, index: u64) -> bool {
        self.core().frauds.get(&(office, log)).is_some_and(|fraud| fraud.index < index)
    }

    /// Whether two histories of a log were signed, as far as is known here.
    pub(crate) fn is_forked(&self, office: OfficeId, log: u32) -> bool {
        self.core().frauds.contains_key(&(office, log))
    }

    /// Takes a published proof, this office's own or another's, out of the own log: live and in replay.
    pub(crate) fn know_fraud(&self, seen: &Seen, body: &FraudProven) {
        // Held until the freeze is noted, so that no newer roster comes between.
        let roster = self.roster.read().unwrap_or_else(PoisonError::into_inner);
        let carrier = self.ledger.entry(seen.index).map_err(Failure::from);
        let Ok(as_of) = carrier.and_then(|bytes| own_entry(&bytes)).map(|carrier| carrier.roster) else {
            tracing::error!(index = seen.index, "a proof of fraud could not be read back; restart the node");
            return;
        };
        if judged(body, &roster, as_of).is_err() {
            return;
        }
        let fraud =
            KnownFraud { index: seen.index, by: seen.author(), event: seen.event_id, at: seen.recorded_at };
        let mut core = self.core_mut();
        core.frauds.entry((body.office, body.log)).or_insert(fraud);
        core.freeze(&roster);
    }

    /// Notes who accuses falsely, and what is said under a key that was ended: of a thief nobody can tell.
    pub(crate) fn note_accusation(&self, from: OfficeId, entry: &Entry, now: Timestamp) {
        let Ok(Event::FraudProven(body)) = Event::decode(entry.kind, &entry.public) else { return };
        let roster = self.roster();
        match judged(&body, &roster, roster.newest().version) {
            Ok(()) => tracing::error!(
                office = %body.office, log = body.log, by = %from,
                "an office has signed two histories of its log: it is frozen"
            ),
            Err(FraudFault::Head(Verdict::WrongRosterRange))
                if judged(&body, &roster, entry.roster).is_ok() =>
            {
                self.findings.note_office(body.office, UNDER_ENDED_KEY, now);
            }
            Err(fault) => {
                tracing::warn!(%from, office = %body.office, %fault, "an office was accused and nothing is proven");
                self.findings.note_office(from, FALSE_ACCUSATION, now);
            }
        }
    }

    /// Tells the network of a fraud, once for each log. What cannot be written now is told at a tick.
    pub(crate) fn publish_fraud(&self, proof: FraudProof) {
        let origin = proof.origin();
        // What others would not believe is not said.
        if self.is_forked(origin.office, origin.log) || proof.verify(&self.roster()).is_err() {
            return;
        }
        tracing::error!(
            office = %origin.office, log = origin.log,
            "an office has signed two histories of its log: it is frozen, and the proof is published"
        );
        if let Err(fault) = self.write_fraud(&proof, NODE) {
            tracing::warn!(%fault, "a proof of fraud could not be written now; it is tried again");
            self.heads.pending.put(proof);
        }
    }

    /// Publishes a proof that somebody brings, an auditor perhaps who found it in bundles; what is known already is not said again.
    /// `None` when it proves nothing under the newest roster.
    ///
    /// # Errors
    /// [`SubmitError`]: nothing may be written now, or this machine failed.
    pub fn show_fraud(&self, bytes: &[u8], actor: StaffId) -> Result<Option<ProvenFraud>, SubmitError> {
        // No newer roster and no other proof comes between.
        let _no_letter_meanwhile = self.receiving.lock().unwrap_or_else(PoisonError::into_inner);
        let proof = FraudProof::parse(bytes).ok().filter(|proof| proof.verify(&self.roster()).is_ok());
        let Some(proof) = proof else { return Ok(None) };
        let origin = proof.origin();
        if !self.is_forked(origin.office, origin.log) {
            self.write_fraud(&proof, actor)?;
        }
        let known = self.frauds()?.into_iter().find(|it| (it.office, it.log) == (origin.office, origin.log));
        Ok(Some(known.ok_or(Failure::Inconsistent("a proof of fraud is not where it was written"))?))
    }

    fn write_fraud(&self, proof: &FraudProof, actor: StaffId) -> Result<(), SubmitError> {
        self.may_write()?;
        Ok(self.write_notice(&proof.published().into(), actor, self.now())?)
    }

    /// Writes a notice to the network that is no command: the node's own, mostly.
    pub(crate) fn write_notice(&self, event: &Event, actor: StaffId, now: Timestamp) -> Result<(), Failure> {
        let mut noted = self.noted_by(actor, event, notices_of(self.me), Audience::Network, now);
        noted.draft.to = self.recipients(Audience::Network);
        let applied = self.commit_noted(vec![noted], now)?;
        self.apply_in_order(applied);
        self.to_send.notify_one();
        Ok(())
    }

    /// Tells what could not be told when it was found.
    pub(crate) fn publish_pending(&self) {
        self.heads.pending.take().into_iter().for_each(|proof| self.publish_fraud(proof));
    }
}

/// Judges a published proof by a roster version: nobody's word counts.
fn judged(body: &FraudProven, roster: &RosterChain, as_of: u32) -> Result<(), FraudFault> {
    FraudProof::of_published(body)?.verify_as_of(roster, as_of).map(|_| ())
}
