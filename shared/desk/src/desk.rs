//! The desk: everything one office has open, and the doors to it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::sync::{Notify, watch};
use waymark_domain::event::log::{RosterWitnessed, Witnessed};
use waymark_domain::event::notice::InboxKey;
use waymark_domain::ids::{NetworkId, OfficeId, ThreadId};
use waymark_domain::places::PlacesState;
use waymark_domain::time::Timestamp;
use waymark_domain::world::{OfficeView, Witness, World};
use waymark_ledger::Ledger;
use waymark_seal::actor::ActorSealer;
use waymark_seal::rng::Rng;
use waymark_seal::roster::RosterChain;
use waymark_seal::vault::Vault;

use crate::clock::Clock;
use crate::correspondence::Correspondence;
use crate::cosigned::CosignedHeads;
use crate::cosigning::Cosigning;
use crate::erasing::Keeping;
use crate::evidence::Suspects;
use crate::feed::Feed;
use crate::findings::Findings;
use crate::fraud::{KnownFraud, LogOf, Pending};
use crate::guard::StartGuard;
use crate::order::{Failure, SubmitError};
use crate::projection::Projection;
use crate::recovery::Recovery;
use crate::rules::Rules;
use crate::schedule::Schedule;
use crate::signer::Signer;
use crate::stripes::Stripes;
use crate::threads::{Thread, Threads};
use crate::witnesses::Witnesses;
use crate::witnessing::HeadsTaken;

/// One office at work. Always behind an `Arc`; every method may be called from any thread.
pub struct Desk {
    pub(crate) data: PathBuf,
    pub(crate) network: NetworkId,
    pub(crate) me: OfficeId,
    pub(crate) log: u32,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rules: Arc<dyn Rules>,
    pub(crate) rng: Mutex<Box<dyn Rng>>,
    pub(crate) ledger: Ledger,
    pub(crate) vault: Vault,
    pub(crate) signer: Arc<Signer>,
    /// From which the ids of repeated requests are derived.
    pub(crate) request_secret: [u8; 32],
    pub(crate) actors: ActorSealer,
    pub(crate) roster: RwLock<Arc<RosterChain>>,
    pub(crate) core: RwLock<Core>,
    pub(crate) threads: Threads,
    pub(crate) schedule: Schedule,
    pub(crate) projections: Vec<Arc<dyn Projection>>,
    pub(crate) feed: Feed,
    pub(crate) guard: StartGuard,
    pub(crate) stripes: Stripes,
    /// Commands that touch several threads of a case hold it alone; all others share it.
    pub(crate) many_threads: RwLock<()>,
    /// Commands that count places hold it.
    pub(crate) counting: Mutex<()>,
    /// Letters are taken one at a time, so that numbers in a chain are checked against what is held.
    pub(crate) receiving: Mutex<()>,
    /// Own-log indices of received entries whose keys were not taken over, or which were not answered, yet.
    pub(crate) unanswered: Mutex<BTreeSet<u64>>,
    /// An inbox key that is kept but could not be told yet.
    pub(crate) next_inbox_key: Mutex<Option<InboxKey>>,
    /// A projection has missed an entry: no snapshot is stored, so that the next start replays.
    pub(crate) damaged: AtomicBool,
    pub(crate) correspondence: Correspondence,
    /// What is still to be got back of the log before this one.
    pub(crate) recovery: Mutex<Option<Arc<Recovery>>>,
    /// Entries of it are still to be carried over: nothing else is written before.
    pub(crate) carrying: AtomicBool,
    /// What was decided about erasing beforehand.
    pub(crate) keeping: Keeping,
    pub(crate) findings: Findings,
    pub(crate) heads: Heads,
    pub(crate) to_send: Notify,
    pub(crate) started_at: Timestamp,
}

/// What cosigning goes by, in both directions, and heads that do not fit.
#[derive(Default)]
pub(crate) struct Heads {
    /// Entries of the own log up to the newest one that is worth cosigning.
    pub(crate) grown: AtomicU64,
    pub(crate) cosigning: Cosigning,
    pub(crate) taken: Mutex<HeadsTaken>,
    /// Who has written under a key that had ended, and has not written under the next one yet.
    pub(crate) behind: Mutex<BTreeSet<OfficeId>>,
    /// Who counts as a witness, by roster version.
    pub(crate) witnesses: Mutex<HashMap<u32, Arc<Witnesses>>>,
    /// Signed heads that were refused: perhaps half of a proof of fraud.
    pub(crate) suspects: Suspects,
    /// Proofs that are still to be told.
    pub(crate) pending: Pending,
    /// Of which version of the roster something was to be said last, and when.
    pub(crate) roster_tried: Mutex<Option<(u32, Timestamp)>>,
}

/// What the office knows beyond single threads.
#[derive(Default)]
pub(crate) struct Core {
    pub(crate) view: OfficeView,
    pub(crate) places: PlacesState,
    pub(crate) case_of: HashMap<ThreadId, ThreadId>,
    pub(crate) last_heard: HashMap<OfficeId, Timestamp>,
    /// The latest time that another office has claimed: what cannot be undone waits for it.
    pub(crate) others_say: Timestamp,
    /// When each closed case was closed, by the later of this office's clock and the others'.
    pub(crate) closed: BTreeMap<ThreadId, Timestamp>,
    /// The cases that are to be erased.
    pub(crate) ordered: BTreeSet<ThreadId>,
    /// Own-log indices of this office's `Erased` and `CaseErased`, and their threads: done again where an older folder came back.
    pub(crate) erasures: BTreeMap<u64, ThreadId>,
    /// Who has given back all that it held of a closed incarnation of this log.
    pub(crate) given_back: BTreeSet<(OfficeId, u32)>,
    /// The largest head of each other log that this office has cosigned.
    pub(crate) witnessed: BTreeMap<(OfficeId, u32), Witnessed>,
    /// What others have cosigned of this one.
    pub(crate) cosigned: CosignedHeads,
    /// Logs of which two histories were signed.
    pub(crate) frauds: BTreeMap<LogOf, KnownFraud>,
    /// What each office has said last of the roster that it holds; of this one, the largest version.
    pub(crate) rosters: BTreeMap<OfficeId, RosterWitnessed>,
}

impl Desk {
    /// This office.
    pub fn me(&self) -> OfficeId {
        self.me
    }

    /// The network.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// The present instant by this office's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Changes whenever entries were applied; the value is the own-log index after the last one.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.feed.watch()
    }

    /// The case of this office to which a referral belongs.
    pub fn case_of(&self, referral: ThreadId) -> Option<ThreadId> {
        self.core().case_of.get(&referral).copied()
    }

    /// A thread's folded state, from memory or from the log.
    ///
    /// # Errors
    /// [`Failure`] when the log cannot be read.
    pub fn thread(&self, id: ThreadId) -> Result<Option<Arc<Thread>>, Failure> {
        if let Some(thread) = self.threads.get(id) {
            return Ok(Some(thread).filter(|thread| !thread.events.is_empty()));
        }
        let mut thread = Thread::default();
        for seen in self.history(id)? {
            thread.take(self.me, &seen);
        }
        if thread.events.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.threads.put(id, thread)))
    }

    /// Every other office of the roster.
    pub(crate) fn others(&self) -> Vec<OfficeId> {
        self.core().view.offices.keys().copied().filter(|office| *office != self.me).collect()
    }

    pub(crate) fn core(&self) -> std::sync::RwLockReadGuard<'_, Core> {
        self.core.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn core_mut(&self) -> std::sync::RwLockWriteGuard<'_, Core> {
        self.core.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn roster(&self) -> Arc<RosterChain> {
        Arc::clone(&self.roster.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        waymark_seal::rng::bytes(&mut **rng)
    }

    /// Runs `look` on the states that a decision about `case` and `referral` may see.
    pub(crate) fn with_world<T>(
        &self,
        case: Option<ThreadId>,
        referral: Option<ThreadId>,
        linked: bool,
        look: impl FnOnce(&World<'_>, Option<&Thread>) -> T,
    ) -> Result<T, SubmitError> {
        let case_thread = case.map(|id| self.known(id)).transpose()?;
        let referral_thread = referral.map(|id| self.known(id)).transpose()?;
        let case_state = case_thread.as_deref().and_then(Thread::case);
        let linked_threads = match case_state.filter(|_| linked) {
            Some(state) => {
                state.links.iter().map(|link| self.known(link.referral)).collect::<Result<Vec<_>, _>>()?
            }
            None => Vec::new(),
        };
        let witness = match &referral_thread {
            Some(thread) => self.witness_of(thread)?,
            None => Witness::Witnessed,
        };
        let linked: Vec<_> = linked_threads.iter().filter_map(|thread| thread.referral()).collect();
        let core = self.core();
        let world = World {
            office: &core.view,
            case: case_state,
            referral: referral_thread.as_deref().and_then(Thread::referral),
            linked: &linked,
            places: &core.places,
            witness,
        };
        Ok(look(&world, referral_thread.as_deref().or(case_thread.as_deref())))
    }

    fn known(&self, id: ThreadId) -> Result<Arc<Thread>, SubmitError> {
        self.thread(id)?.ok_or(SubmitError::Unknown)
    }
}
