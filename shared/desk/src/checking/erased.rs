//! Whether the log explains what was erased, and whether what it says was erased is gone. Follows only the threads in question, each with
//! the folds and the rules by which the office erases.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use waymark_domain::case::CasePhase;
use waymark_domain::event::{BasisKind, Event};
use waymark_domain::ids::{KeyId, OfficeId, ThreadId};
use waymark_domain::referral::ReferralState;
use waymark_domain::world::Party;
use waymark_ledger::inspect::Tombstone;
use waymark_ledger::{Bodies, Ledger};
use waymark_seal::entry::Entry;
use waymark_seal::hash::leaf_hash;
use waymark_seal::unplaced::Body;
use waymark_seal::vault::VaultLook;
use waymark_seal::verify::basis_kind;

use super::flaw::FolderFlaw;
use super::{CheckStep, CheckedFolder, FolderCheck};
use crate::applying::{history_in, seen_of};
use crate::erasing::Takes;
use crate::order::Failure;
use crate::seen::Seen;
use crate::setup::OpenFault;
use crate::threads::Thread;

/// The erasures of a log.
pub(super) struct Erasures<'a> {
    asked: &'a FolderCheck<'a>,
    log: &'a Ledger,
    me: OfficeId,
    /// Threads in which this office says that it has erased, or that a case is to be erased.
    threads: BTreeSet<ThreadId>,
    /// The case of each referral.
    case_of: HashMap<ThreadId, ThreadId>,
    told: HashMap<ThreadId, Told>,
}

/// What a thread says of erasures.
#[derive(Debug, Default, Clone)]
pub(super) struct Told {
    /// Bodies that may be gone, by own-log index.
    explained: HashMap<u64, u64>,
    /// Bodies that must be gone.
    gone: BTreeMap<u64, u64>,
    /// Keys that must be gone, each with the entry that says so.
    keys: BTreeMap<KeyId, u64>,
    /// Keys that may be gone.
    may_go: BTreeSet<KeyId>,
    /// Everything of the thread may be gone: its case was erased, or is to be.
    whole: bool,
}

impl<'a> Erasures<'a> {
    /// Goes through the log for what says that something was erased.
    pub(super) fn read(asked: &'a FolderCheck<'a>, log: &'a Ledger) -> Result<Self, OpenFault> {
        let me = log.identity().office;
        let mut erasures =
            Self { asked, log, me, threads: BTreeSet::new(), case_of: HashMap::new(), told: HashMap::new() };
        for step in log.scan(0) {
            let (_, bytes, _) = step.map_err(Failure::from)?;
            let Ok(entry) = Entry::parse(&bytes) else { continue };
            match Event::decode(entry.kind, &entry.public) {
                Ok(Event::Erased(_) | Event::CaseErased(_) | Event::CaseErasureOrdered(_)) => {
                    erasures.threads.insert(entry.thread);
                }
                Ok(Event::CaseLinked(linked)) => {
                    erasures.case_of.insert(linked.referral, entry.thread);
                }
                Ok(Event::CarriedOver(_)) => {
                    // What was carried over may say so, too.
                    erasures.carried(&entry, &bytes)?;
                }
                Ok(_) | Err(_) => {}
            }
        }
        // With a case goes what its referrals held.
        let held = erasures.case_of.iter().filter(|(_, case)| erasures.threads.contains(case));
        let held: Vec<ThreadId> = held.map(|(referral, _)| *referral).collect();
        erasures.threads.extend(held);
        Ok(erasures)
    }

    fn carried(&mut self, entry: &Entry, bytes: &[u8]) -> Result<(), OpenFault> {
        let kept = self.log.kept(entry.index).map_err(Failure::from)?;
        let kept = kept.as_ref().map(|kept| kept.entry.as_slice());
        for seen in seen_of(entry.index, entry.clone(), leaf_hash(bytes), kept) {
            match &seen.event {
                Ok(Event::Erased(_) | Event::CaseErased(_) | Event::CaseErasureOrdered(_)) => {
                    self.threads.insert(seen.thread);
                }
                Ok(Event::CaseLinked(linked)) => {
                    self.case_of.insert(linked.referral, seen.thread);
                }
                Ok(_) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// Judges what was erased, and what should have been.
    pub(super) fn judge(
        &mut self,
        tombstones: &[Tombstone],
        vault: Option<&VaultLook>,
        found: &mut CheckedFolder,
    ) -> Result<(), OpenFault> {
        let total = (tombstones.len() + self.threads.len()) as u64;
        let mut done = 0;
        for tomb in tombstones {
            let thread = self.thread_of(tomb.index)?;
            let told = self.told(thread)?;
            let explained = told.explained.get(&tomb.index).copied().unwrap_or_default();
            if !told.whole && tomb.bodies & !explained != 0 {
                found.say(FolderFlaw::ErasedUnexplained { index: tomb.index });
            }
            done += 1;
            (self.asked.progress)(CheckStep::Erasures, done, total);
        }
        let erased: HashMap<u64, u64> = tombstones.iter().map(|tomb| (tomb.index, tomb.bodies)).collect();
        for thread in self.threads.clone() {
            let told = self.told(thread)?.clone();
            self.gone(thread, &told, &erased, vault, found)?;
            done += 1;
            (self.asked.progress)(CheckStep::Erasures, done, total);
        }
        Ok(())
    }

    fn gone(
        &self,
        thread: ThreadId,
        told: &Told,
        erased: &HashMap<u64, u64>,
        vault: Option<&VaultLook>,
        found: &mut CheckedFolder,
    ) -> Result<(), OpenFault> {
        for (index, bodies) in &told.gone {
            let left = bodies & !erased.get(index).copied().unwrap_or_default();
            if left != 0 && self.has_whole(*index, left)? {
                found.say(FolderFlaw::NotErased { index: *index });
            }
        }
        let Some(vault) = vault else { return Ok(()) };
        let mut said = BTreeSet::new();
        for (key, index) in &told.keys {
            found.keys = Some(found.keys.unwrap_or_default() + 1);
            if vault.holds(&thread, key)? && said.insert(*index) {
                found.say(FolderFlaw::KeyNotErased { index: *index });
            }
        }
        Ok(())
    }

    /// Whether one of these bodies of an entry is there with its content: what came without has nothing to erase.
    fn has_whole(&self, index: u64, bodies: u64) -> Result<bool, OpenFault> {
        let there = match self.log.kept(index).map_err(Failure::from)? {
            Some(kept) => kept.bodies,
            None => self.log.bodies(index).map_err(Failure::from)?,
        };
        let mut whole = there.iter().enumerate().filter(|(_, body)| matches!(body, Body::Whole(_)));
        Ok(whole.any(|(position, _)| bodies & bit(position) != 0))
    }

    /// Whether the key of a section may be gone.
    pub(super) fn explains_key(&mut self, thread: ThreadId, key: &KeyId) -> Result<bool, OpenFault> {
        let told = self.told(thread)?;
        Ok(told.whole || told.may_go.contains(key))
    }

    fn thread_of(&self, index: u64) -> Result<ThreadId, OpenFault> {
        let bytes = self.log.entry(index).map_err(Failure::from)?;
        let entry = Entry::parse(&bytes);
        Ok(entry.map_err(|_| Failure::Inconsistent("an entry of the own log does not read"))?.thread)
    }

    fn told(&mut self, id: ThreadId) -> Result<&Told, OpenFault> {
        if !self.told.contains_key(&id) {
            let told = self.read_thread(id)?;
            self.told.insert(id, told);
        }
        Ok(self.told.entry(id).or_default())
    }

    fn read_thread(&self, id: ThreadId) -> Result<Told, OpenFault> {
        let (history, thread) = self.fold(id)?;
        let mut told = Told::default();
        if let Some(referral) = thread.referral()
            && let Some(holder) = referral.party(self.me)
        {
            self.of_referral(&history, &thread, (referral, holder), &mut told);
        }
        let case_id = self.case_of.get(&id).copied().unwrap_or(id);
        let case = if case_id == id { thread } else { self.fold(case_id)?.1 };
        match case.case().map(|case| case.phase) {
            Some(CasePhase::ErasureOrdered(_)) => told.whole = true,
            Some(CasePhase::Erased(_)) => {
                told.whole = true;
                self.of_case(case_id, id, &history, &mut told)?;
            }
            Some(CasePhase::Unknown | CasePhase::Open | CasePhase::Closed(_)) | None => {}
        }
        Ok(told)
    }

    fn fold(&self, id: ThreadId) -> Result<(Vec<Seen>, Thread), OpenFault> {
        let history = history_in(self.log, id)?;
        let mut thread = Thread::default();
        history.iter().for_each(|seen| thread.take(self.me, seen));
        Ok((history, thread))
    }

    fn of_referral(
        &self,
        history: &[Seen],
        thread: &Thread,
        (referral, holder): (&ReferralState, Party),
        told: &mut Told,
    ) {
        let takes = |due: &_, before| {
            Takes::of(self.asked.rules, self.me, thread, (referral, holder), due, history, before)
        };
        for due in referral.erasures_done(holder) {
            let said = history.iter().find(|seen| {
                let because =
                    |event: &Event| matches!(event, Event::Erased(body) if body.because == due.ask.because);
                seen.author() == self.me && seen.event.as_ref().is_ok_and(because)
            });
            let Some(said) = said else { continue };
            told.explain(takes(&due, u64::MAX));
            // What came after an erasure is not meant by it.
            told.demand(takes(&due, said.index), said.index);
        }
        for due in referral.erasures_due(holder, self.asked.now.day()) {
            told.explain(takes(&due, u64::MAX));
        }
        self.untaken(history, referral, told);
    }

    /// What came under a consent that had ended is never taken over, and is overwritten at once.
    fn untaken(&self, history: &[Seen], referral: &ReferralState, told: &mut Told) {
        for seen in history.iter().filter(|seen| seen.author() != self.me) {
            let on = basis_kind(&seen.basis);
            if !matches!(on, BasisKind::Consent | BasisKind::Reply) {
                continue;
            }
            let mut takes = Takes::default();
            takes.take_from(seen, true, |category| {
                let ended = |category| referral.asks_of_thread().any(|ask| ask.categories.contains(category));
                category.is_some_and(ended)
            });
            told.explain(takes);
        }
    }

    fn of_case(
        &self,
        case_id: ThreadId,
        id: ThreadId,
        history: &[Seen],
        told: &mut Told,
    ) -> Result<(), OpenFault> {
        let own;
        let of_case = if case_id == id {
            history
        } else {
            own = history_in(self.log, case_id)?;
            &own
        };
        let said = of_case.iter().find(|seen| matches!(seen.event, Ok(Event::CaseErased(_))));
        let Some(said) = said else { return Ok(()) };
        told.demand(Takes::all_of(history, said.index), said.index);
        Ok(())
    }
}

impl Told {
    fn explain(&mut self, takes: Takes) {
        self.may_go.extend(takes.keys);
        for (index, bodies) in takes.bodies {
            *self.explained.entry(index).or_default() |= bits(&bodies);
        }
    }

    fn demand(&mut self, takes: Takes, said: u64) {
        for key in takes.keys {
            self.keys.entry(key).or_insert(said);
            self.may_go.insert(key);
        }
        for (index, bodies) in takes.bodies {
            *self.gone.entry(index).or_default() |= bits(&bodies);
        }
    }
}

fn bits(bodies: &Bodies) -> u64 {
    match bodies {
        Bodies::All => u64::MAX,
        Bodies::Only(positions) => positions.iter().fold(0, |all, position| all | bit(*position)),
    }
}

fn bit(position: usize) -> u64 {
    1_u64.checked_shl(u32::try_from(position).unwrap_or(u32::MAX)).unwrap_or(1 << 63)
}
