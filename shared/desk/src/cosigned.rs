//! What other offices have cosigned of this log, and what this office has cosigned of theirs, as the own log says it.
//!
//! Rebuilt by replay like everything else. Whether a disclosure's consent is witnessed follows from it, and how late it must be.
//! Read `witnessing.rs` for answering and `cosigning.rs` for asking.

use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};
use waymark_domain::event::Event;
use waymark_domain::event::log::{Cosigned, Witnessed};
use waymark_domain::ids::{OfficeId, ThreadId};
use waymark_domain::time::{DAY, HOUR, Timestamp};
use waymark_domain::world::Witness;
use waymark_seal::checkpoint::{Head, Origin, SignedHead};
use waymark_seal::letter::Chain;
use waymark_seal::roster::RosterChain;
use waymark_seal::sign::whole;
use waymark_seal::verify::{VerifiedHead, verify_head, verify_head_as_of};

use crate::applying::own_entry;
use crate::desk::{Core, Desk};
use crate::order::Failure;
use crate::seen::Seen;
use crate::threads::Thread;

/// A clock this far behind what a quorum has said is set back.
const CLOCK_BEHIND_S: u64 = HOUR;

/// Entries of a log whose heads are remembered at a start.
const LETTERS_RECALLED: u64 = 8;

const RECEIPTED: u16 = 3;
const COSIGNED: u16 = 9;
const WITNESSED: u16 = 10;

/// What others have cosigned of this log.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct CosignedHeads {
    /// The newest head, with everybody who cosigned it.
    pub(crate) newest: Option<Cosigned>,
    /// Entries under the largest head that a quorum has cosigned.
    pub(crate) under_quorum: u64,
    /// The latest time that a quorum supports: it is later now.
    pub(crate) not_before: Timestamp,
}

/// The thread of entries about heads: apart from notices, which few entries change and everybody reads.
#[must_use]
pub fn heads_of(office: OfficeId) -> ThreadId {
    let OfficeId([first, rest @ ..]) = office;
    let mut id = [!first; 16];
    id.iter_mut().skip(1).zip(rest).for_each(|(byte, own)| *byte = own);
    ThreadId(id)
}

/// Whether an entry speaks of heads only: it belongs to no thread that anybody reads.
pub(crate) const fn is_about_heads(kind: u16) -> bool {
    matches!(kind, COSIGNED | WITNESSED)
}

/// Whether an entry of the own log is a reason to ask for cosignatures. If these were, two offices would never come to rest.
const fn is_worth_cosigning(kind: u16) -> bool {
    !matches!(kind, COSIGNED | WITNESSED | RECEIPTED)
}

impl Core {
    /// Takes a head that this office cosigned; a smaller one changes nothing.
    pub(crate) fn know_witnessed(&mut self, witnessed: &Witnessed) {
        let known = self.witnessed.entry((witnessed.office, witnessed.log));
        let known = known.or_insert_with(|| witnessed.clone());
        if known.size < witnessed.size {
            *known = witnessed.clone();
        }
    }
}

impl CosignedHeads {
    /// Takes cosignatures on a head of the log in use; `quorum`: they are enough.
    fn take(&mut self, cosigned: &Cosigned, quorum: bool) {
        if quorum {
            self.under_quorum = self.under_quorum.max(cosigned.size);
        }
        let rank = |cosigned: &Cosigned| (cosigned.size, cosigned.cosignatures.len());
        if self.newest.as_ref().is_none_or(|newest| rank(newest) < rank(cosigned)) {
            self.newest = Some(cosigned.clone());
        }
    }
}

impl Desk {
    /// Notes that the own log has grown.
    pub(crate) fn know_growth(&self, index: u64, kind: u16) {
        if is_worth_cosigning(kind) {
            self.heads.grown.fetch_max(index + 1, Ordering::Relaxed);
        }
    }

    /// Takes an own entry about heads, from this log or carried over from the one before.
    pub(crate) fn know_head(&self, seen: &Seen) {
        match &seen.event {
            Ok(Event::Witnessed(witnessed)) => self.core_mut().know_witnessed(witnessed),
            Ok(Event::Cosigned(cosigned)) => self.know_cosigned(seen, cosigned),
            _ => {}
        }
    }

    fn know_cosigned(&self, seen: &Seen, cosigned: &Cosigned) {
        // By the roster under which it was written: who leaves later has cosigned all the same.
        let version =
            self.ledger.entry(seen.index).map_err(Failure::from).and_then(|bytes| own_entry(&bytes));
        let witnesses = version.ok().and_then(|entry| self.witnesses_at(entry.roster));
        let Some(witnesses) = witnesses else { return };
        let quorum = witnesses.met(cosigned.cosignatures.iter().map(|one| one.office));
        let not_before = witnesses.not_before(&cosigned.cosignatures).unwrap_or_default();
        let mut core = self.core_mut();
        core.cosigned.not_before = core.cosigned.not_before.max(not_before);
        if seen.at.log == self.log {
            core.cosigned.take(cosigned, quorum);
        }
    }

    /// The largest head of a log that was verified here: cosigned, or come with a letter.
    pub(crate) fn largest_known(&self, origin: &Origin) -> Option<Head> {
        let told = self.ledger.peer_head(origin.office, origin.log).map(|held| held.head);
        told.into_iter().chain(self.witnessed_head(origin)).max_by_key(|head| head.size)
    }

    /// The largest head of a log that this office has cosigned.
    pub(crate) fn witnessed_head(&self, origin: &Origin) -> Option<Head> {
        let core = self.core();
        let witnessed = core.witnessed.get(&(origin.office, origin.log))?;
        Some(Head { size: witnessed.size, root: witnessed.root })
    }

    /// The same, as its office signed it.
    pub(crate) fn witnessed_checkpoint(&self, origin: &Origin) -> Option<Vec<u8>> {
        let witnessed = self.core().witnessed.get(&(origin.office, origin.log)).cloned()?;
        let Witnessed { office, log, size, root, signature } = witnessed;
        let roster = self.roster();
        let signed = SignedHead { head: Head { size, root }, signature: whole(signature) };
        // The key of that time, whatever the newest version says of it.
        let range = roster.log_ranges(&office, log).find(|range| signed.is_by(origin, &range.key))?;
        Some(signed.checkpoint(origin, &range.key))
    }

    /// At a start: heads that were cosigned count as heads held, whatever became of the index, and can be told to their office.
    pub(crate) fn recall_witnessed(&self) {
        let roster = self.roster();
        let witnessed: Vec<Witnessed> = self.core().witnessed.values().cloned().collect();
        for Witnessed { office, log, size, root, .. } in witnessed {
            let origin = Origin { network: self.network, office, log };
            let Some(checkpoint) = self.witnessed_checkpoint(&origin) else { continue };
            if self.ledger.note_peer_head(office, log, Head { size, root }, &checkpoint).is_err()
                && let Ok(head) = verify_head(&roster, office, log, &checkpoint)
            {
                tracing::error!(%office, log, size, "a head that was cosigned here contradicts one that is held");
                self.look_for_fraud(&head, &[]);
            }
        }
        for office in self.others() {
            let Some(log) = self.current_log_of(office) else { continue };
            if let Some(held) = self.ledger.peer_head(office, log)
                && let Some(head) = verified_when_held(&roster, office, log, &held.checkpoint)
            {
                self.correspondence.verified(head);
            }
            if let Err(fault) = self.recall_letters(&roster, office, log) {
                tracing::warn!(%fault, "heads of letters are not remembered; they are proven again");
            }
        }
    }

    /// A letter that is under way proves itself against the head of an earlier one, when its writer has not heard yet what was
    /// cosigned since.
    fn recall_letters(&self, roster: &RosterChain, office: OfficeId, log: u32) -> Result<(), Failure> {
        for chain in [Chain::Pair, Chain::Network] {
            let (last, _) = self.ledger.received_up_to(office, log, chain);
            for number in last.saturating_sub(LETTERS_RECALLED).max(1)..=last {
                let Some(index) = self.ledger.received(office, log, chain, number)? else { continue };
                let as_of = own_entry(&self.ledger.entry(index)?)?.roster;
                for kept in self.ledger.kept_all(index)? {
                    if let Ok(head) = verify_head_as_of(roster, office, log, &kept.checkpoint, as_of) {
                        self.correspondence.verified(head);
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether the consent of a referral that this office sent is under a head that others have cosigned.
    pub(crate) fn witness_of(&self, thread: &Thread) -> Result<Witness, Failure> {
        let Some(index) = self.unwitnessed_consent(thread) else { return Ok(Witness::Witnessed) };
        Ok(Witness::WaitingSince(own_entry(&self.ledger.entry(index)?)?.claimed_at))
    }

    /// Where the consent of a referral that this office sent stands, when it is under no head that a quorum has cosigned. The root
    /// holders have signed where a closed log ends; where nobody could cosign, nobody is waited for.
    pub(crate) fn unwitnessed_consent(&self, thread: &Thread) -> Option<u64> {
        let referral = thread.referral().filter(|referral| referral.from == self.me)?;
        let consent = thread.find(referral.sender.consent.as_ref()?.head)?;
        let covered = consent.at.log != self.log || consent.index < self.core().cosigned.under_quorum;
        let anybody = self.witnesses_now().is_some_and(|witnesses| !witnesses.are_none());
        (!covered && anybody).then_some(consent.index)
    }

    /// Whether something in a referral is withheld until its consent is witnessed.
    pub(crate) fn withholds(&self, id: ThreadId) -> Result<bool, Failure> {
        let Some(thread) = self.thread(id)? else { return Ok(false) };
        let Some(referral) = thread.referral().filter(|referral| !referral.has_ended()) else {
            return Ok(false);
        };
        let now = self.now();
        let consent = referral.sender.consent.as_ref();
        if consent.is_none_or(|consent| consent.in_force(now.day()).is_err()) {
            return Ok(false);
        }
        Ok(matches!(self.witness_of(&thread)?, Witness::WaitingSince(since) if since.plus(DAY) < now))
    }

    /// The time that a quorum has said, when this office's clock is well before it.
    pub(crate) fn clock_set_back(&self, now: Timestamp) -> Option<Timestamp> {
        let said = self.core().cosigned.not_before;
        (now.plus(CLOCK_BEHIND_S) < said).then_some(said)
    }
}

/// A head that is held, under the newest roster version by which it holds: its key may have been ended since it came.
fn verified_when_held(
    roster: &RosterChain,
    office: OfficeId,
    log: u32,
    checkpoint: &[u8],
) -> Option<VerifiedHead> {
    let mut versions = (1..=roster.newest().version).rev();
    versions.find_map(|as_of| verify_head_as_of(roster, office, log, checkpoint, as_of).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads::notices_of;

    #[test]
    fn the_thread_of_heads_is_nobody_elses() {
        let office = OfficeId([3; 16]);
        assert_ne!(heads_of(office), notices_of(office));
        assert_ne!(heads_of(office), heads_of(OfficeId([4; 16])));
    }
}
