//! A snapshot of everything that replay would derive, so that a start reads only what came since.
//!
//! Sealed under a key of the vault; holds no names and no sections. It can be deleted at any time: the log is replayed then.

use std::collections::HashMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};
use waymark_domain::event::log::{RosterWitnessed, Witnessed};
use waymark_domain::event::notice::{InboxKey, OfficeProfile};
use waymark_domain::ids::{Hash, OfficeId, ThreadId};
use waymark_domain::places::PlacesState;
use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::Head;
use waymark_seal::prefix;
use waymark_seal::vault::SnapshotKey;

use crate::cosigned::CosignedHeads;
use crate::desk::Desk;
use crate::fraud::{KnownFraud, LogOf};
use crate::order::Failure;
use crate::setup::continues;

const NAME: &str = "desk";

/// What is stored. Field order is the format; a snapshot of another version is thrown away.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    /// Own-log entries that it covers, and the root over them.
    size: u64,
    root: Hash,
    notices: Vec<Notices>,
    places: PlacesState,
    case_of: Vec<(ThreadId, ThreadId)>,
    last_heard: Vec<(OfficeId, Timestamp)>,
    others_say: Timestamp,
    given_back: Vec<(OfficeId, u32)>,
    closed: Vec<(ThreadId, Timestamp)>,
    ordered: Vec<ThreadId>,
    erasures: Vec<(u64, ThreadId)>,
    witnessed: Vec<Witnessed>,
    cosigned: CosignedHeads,
    frauds: Vec<(LogOf, KnownFraud)>,
    rosters: Vec<(OfficeId, RosterWitnessed)>,
    grown: u64,
    /// Own-log indices of received entries that were not answered yet.
    unanswered: Vec<u64>,
    due: Vec<(ThreadId, Timestamp)>,
    projections: Vec<(String, Vec<u8>)>,
}

#[derive(Serialize, Deserialize)]
struct Notices {
    office: OfficeId,
    profile: Option<OfficeProfile>,
    inbox: Vec<InboxKey>,
}

const VERSION: u32 = 8;
/// How often a moment without a commit under way is looked for.
const ATTEMPTS: usize = 8;

impl Desk {
    /// Seals small files of this office that are no part of its log.
    ///
    /// # Errors
    /// [`Failure`] when the vault fails.
    pub fn file_key(&self) -> Result<SnapshotKey, Failure> {
        Ok(self.vault.snapshot_key()?)
    }

    /// Stores a snapshot of everything applied so far.
    ///
    /// # Errors
    /// [`Failure`]; nothing is lost, the next start reads more.
    pub fn store_snapshot(&self) -> Result<(), Failure> {
        if self.damaged.load(Ordering::Relaxed) {
            return Err(Failure::Inconsistent("an entry is missing from what would be stored"));
        }
        let mut attempts = (0..ATTEMPTS).map(|_| self.feed.at_rest(|size| self.stored(size)));
        let stored = attempts.find(Result::is_ok);
        let stored = stored.ok_or(Failure::Inconsistent("the log grew each time it was looked at"))??;
        let plain = postcard::to_allocvec(&stored)
            .map_err(|_| Failure::Inconsistent("a snapshot does not serialise"))?;
        let sealed =
            self.vault.snapshot_key()?.seal(&mut self.randomness(), prefix::DESK_SNAPSHOT.bytes(), &plain);
        self.ledger
            .snapshot_put(NAME, sealed)
            .map_err(|_| Failure::Inconsistent("a snapshot could not be written"))
    }

    fn stored(&self, size: u64) -> Result<Stored, Failure> {
        let root = self.root_at(size)?;
        let core = self.core();
        let notices = core.view.offices.iter().map(|(office, peer)| Notices {
            office: *office,
            profile: peer.profile.clone(),
            inbox: peer.inbox.clone(),
        });
        let projections = self.projections.iter().map(|kept| (kept.name().to_owned(), kept.snapshot()));
        Ok(Stored {
            version: VERSION,
            size,
            root,
            notices: notices.collect(),
            places: core.places.clone(),
            case_of: core.case_of.iter().map(|(referral, case)| (*referral, *case)).collect(),
            last_heard: core.last_heard.iter().map(|(office, at)| (*office, *at)).collect(),
            others_say: core.others_say,
            given_back: core.given_back.iter().copied().collect(),
            closed: core.closed.iter().map(|(case, at)| (*case, *at)).collect(),
            ordered: core.ordered.iter().copied().collect(),
            erasures: core.erasures.iter().map(|(index, thread)| (*index, *thread)).collect(),
            witnessed: core.witnessed.values().cloned().collect(),
            cosigned: core.cosigned.clone(),
            frauds: core.frauds.iter().map(|(log, fraud)| (*log, *fraud)).collect(),
            rosters: core.rosters.iter().map(|(office, word)| (*office, word.clone())).collect(),
            grown: self.heads.grown.load(Ordering::Relaxed),
            unanswered: self
                .unanswered
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .iter()
                .copied()
                .collect(),
            due: self.schedule.all(),
            projections: projections.collect(),
        })
    }

    /// The root over the first `size` entries: remembered at the moment when the log had that size.
    fn root_at(&self, size: u64) -> Result<Hash, Failure> {
        let head = self.ledger.head();
        if head.size == size {
            Ok(head.root)
        } else {
            Err(Failure::Inconsistent("the log grew while it was looked at"))
        }
    }

    /// Takes the newest snapshot back; gives how many entries it covers, 0 when there is none that fits.
    pub(crate) fn restore_snapshot(&self) -> u64 {
        self.fitting_snapshot().map_or(0, |stored| self.restore(stored))
    }

    fn fitting_snapshot(&self) -> Option<Stored> {
        let sealed = self.ledger.snapshot(NAME).ok().flatten()?;
        let plain = self.vault.snapshot_key().ok()?.open(prefix::DESK_SNAPSHOT.bytes(), &sealed)?;
        let stored: Stored = postcard::from_bytes(&plain).ok()?;
        if stored.version != VERSION || stored.size > self.ledger.size() || stored.size == 0 {
            return None;
        }
        let ours = continues(&self.ledger, Head { size: stored.size, root: stored.root });
        ours.then_some(stored)
    }

    fn restore(&self, stored: Stored) -> u64 {
        let kept: HashMap<&str, &[u8]> =
            stored.projections.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        let all = self
            .projections
            .iter()
            .all(|projection| kept.get(projection.name()).is_some_and(|bytes| projection.restore(bytes)));
        if !all {
            return 0;
        }
        let roster = self.roster();
        let mut core = self.core_mut();
        for notices in stored.notices {
            if let Some(peer) = core.view.offices.get_mut(&notices.office) {
                peer.profile = notices.profile;
                peer.inbox = notices.inbox;
            }
        }
        core.places = stored.places;
        core.case_of = stored.case_of.into_iter().collect();
        core.last_heard = stored.last_heard.into_iter().collect();
        core.others_say = stored.others_say;
        core.given_back = stored.given_back.into_iter().collect();
        core.closed = stored.closed.into_iter().collect();
        core.ordered = stored.ordered.into_iter().collect();
        core.erasures = stored.erasures.into_iter().collect();
        stored.witnessed.iter().for_each(|witnessed| core.know_witnessed(witnessed));
        core.cosigned = stored.cosigned;
        core.frauds = stored.frauds.into_iter().collect();
        core.rosters = stored.rosters.into_iter().collect();
        core.freeze(&roster);
        self.heads.grown.store(stored.grown, Ordering::Relaxed);
        drop(core);
        self.unanswered.lock().unwrap_or_else(PoisonError::into_inner).extend(stored.unanswered);
        stored.due.into_iter().for_each(|(thread, at)| self.schedule.set(thread, Some(at)));
        stored.size
    }
}
