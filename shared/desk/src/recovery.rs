//! A log that could not be continued goes on in its next incarnation: what the folder still held is carried over, and the other
//! offices send back what they hold of it.
//!
//! Until an office has done so, this one decides nothing in its referrals with it, and erases nothing of them: what it had decided
//! there is not all known. Nothing of its own cases is erased before all have.
//! What it wrote to that office and the office never got is then written again under its old event id, so that both sides see
//! one event whichever way it came.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use waymark_courier::Slot;
use waymark_domain::command::{Command, KEYS_MAX, ReplaceThreadKey, RequestRegrant};
use waymark_domain::event::Event;
use waymark_domain::event::log::{CarriedOver, GivenBack};
use waymark_domain::ids::{EventId, KeyId, OfficeId, Ref, ThreadId};
use waymark_domain::referral::ReferralState;
use waymark_domain::time::Timestamp;
use waymark_domain::world::{Party, Peer, Standing};
use waymark_ledger::{Ledger, ReadFault};
use waymark_seal::entry::{Audience, Basis, Entry};
use waymark_seal::hash::leaf_hash;
use waymark_seal::kem::kem_hash;
use waymark_seal::letter::{self, Chain, ITEMS_MAX, LetterKind};
use waymark_seal::unplaced::{BasisTo, Body, Kept, RefTo, Unplaced};
use waymark_seal::verify::{Verdict, check_bodies, check_stands, verify_head_as_of};

use crate::applying::own_entry;
use crate::correspondence::{BYTES_IN_LETTER, stored_bytes};
use crate::desk::Desk;
use crate::findings::{OTHER_HISTORY, STOLEN_KEY, name};
use crate::incarnation::{is_stolen, note_carried};
use crate::order::{Failure, Order, SubmitError};
use crate::receive::{COMMIT_BYTES, NODE, Noted, RECEIVED};
use crate::seen::Seen;
use crate::setup::continues;
use crate::threads::{Thread, notices_of};

/// Seconds after which an office that has not answered is asked once more.
const ASK_AGAIN_S: u64 = 30;
/// Entries carried over in one commit, at most.
const CARRIED_AT_ONCE: usize = 256;
/// Numbers looked at for one letter, at most: machine receipts are passed over.
const GIVEN_NUMBERS: usize = 4_096;

const CHAINS: [Chain; 2] = [Chain::Pair, Chain::Network];

/// What is still to be got back after the log was closed.
pub(crate) struct Recovery {
    /// The incarnation that was closed.
    log: u32,
    /// What is left of it here; none when nothing is.
    closed: Option<Ledger>,
    /// Somebody else has its key: what this folder does not hold of it, this office has not written.
    stolen: bool,
    /// Offices that have not given everything back.
    awaited: Mutex<BTreeMap<OfficeId, Awaited>>,
    /// Held while one is finished with.
    finishing: Mutex<()>,
}

/// How far an office has come with giving back.
#[derive(Default)]
struct Awaited {
    asked_at: Option<Timestamp>,
    /// By chain: the next number wanted, and once it is all here, the highest that it held and how much it had sent itself.
    chains: BTreeMap<Chain, Progress>,
    /// Threads in which it gave something back.
    threads: BTreeSet<ThreadId>,
}

struct Progress {
    next: u64,
    held: Option<u64>,
    sent: u64,
}

impl Recovery {
    pub(crate) fn new(
        log: u32,
        closed: Option<Ledger>,
        stolen: bool,
        offices: impl IntoIterator<Item = OfficeId>,
    ) -> Self {
        let known = |chain: Chain, office| {
            closed.as_ref().map_or(0, |closed| closed.sent_up_to(chain.audience(office)))
        };
        let awaited = offices.into_iter().map(|office| {
            let progress = |chain| (chain, Progress { next: known(chain, office) + 1, held: None, sent: 0 });
            (office, Awaited { chains: CHAINS.map(progress).into(), ..Awaited::default() })
        });
        let awaited = Mutex::new(awaited.collect());
        Self { log, closed, stolen, awaited, finishing: Mutex::new(()) }
    }

    fn awaited(&self) -> MutexGuard<'_, BTreeMap<OfficeId, Awaited>> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this is the next part of what was asked of that office.
    fn expects(&self, from: OfficeId, given: &letter::GivenBack) -> bool {
        let awaited = self.awaited();
        let progress = awaited.get(&from).and_then(|awaited| awaited.chains.get(&given.chain));
        self.log == given.log
            && progress.is_some_and(|progress| progress.held.is_none() && progress.next == given.from_seq)
    }
}

// Carrying over.

impl Recovery {
    /// What is left here of the log that was closed.
    pub(crate) fn closed(&self) -> Option<&Ledger> {
        self.closed.as_ref()
    }
}

impl Desk {
    /// Whether entries of before are still to be carried over: until then nothing new is written.
    pub(crate) fn carries_over(&self) -> bool {
        self.carrying.load(Ordering::Acquire)
    }

    /// Carries everything over that the closed incarnation still held. What was carried over before a crash is not carried twice.
    pub(crate) fn carry_over(&self) -> Result<(), Failure> {
        if !self.carries_over() {
            return Ok(());
        }
        let Some(recovery) = self.recovery() else { return Ok(()) };
        if let Some(closed) = &recovery.closed {
            let lost = self.carry_over_from(closed)?;
            if lost > 0 {
                tracing::error!(
                    entries = lost,
                    "entries of the closed log cannot be read any more; all others were carried over"
                );
            }
        }
        note_carried(&self.data, recovery.log)
            .map_err(|_| Failure::Inconsistent("it cannot be noted that the closed log was carried over"))?;
        self.carrying.store(false, Ordering::Release);
        Ok(())
    }

    /// Gives how many entries are damaged and stay behind.
    fn carry_over_from(&self, closed: &Ledger) -> Result<u64, Failure> {
        let (head, checkpoint) = closed.checkpoint();
        let mut batch = Carried::default();
        let mut lost = 0;
        for index in 0..head.size {
            match self.carried_from(closed, index, (head.size, &checkpoint)) {
                Ok(Some(one)) => batch.push(one),
                Ok(None) => {}
                Err(Failure::Read(fault)) if is_damage(&fault) => lost += 1,
                Err(fault) => return Err(fault),
            }
            if batch.is_full() {
                self.commit_carried(std::mem::take(&mut batch))?;
                tracing::info!(entries = index + 1, of = head.size, "carrying over the closed log");
            }
        }
        self.commit_carried(batch)?;
        Ok(lost)
    }

    /// What becomes of the entry at `index` of the closed log; none when it says nothing any more, or stands here already.
    fn carried_from(
        &self,
        closed: &Ledger,
        index: u64,
        (size, checkpoint): (u64, &[u8]),
    ) -> Result<Option<Noted>, Failure> {
        let bytes = closed.entry(index)?;
        let entry = own_entry(&bytes)?;
        match Event::decode(entry.kind, &entry.public) {
            Ok(Event::LogOpened(_) | Event::GivenBack(_)) => Ok(None),
            Ok(Event::Receipted(receipted)) => {
                let stands = self.ledger.find_event(entry.event)?.is_some();
                Ok((!stands)
                    .then_some(receipted.entries)
                    .map(|at| self.carried_receipts(closed, &entry, at))
                    .transpose()?)
            }
            Ok(Event::Received(_) | Event::CarriedOver(_)) => {
                let kept = closed.kept(index)?.ok_or(ReadFault::BodiesDamaged { index })?;
                self.carried_once(kept, entry.claimed_at, entry.roster)
            }
            _ => {
                let bodies = match closed.bodies(index) {
                    Ok(bodies) => bodies,
                    // The entry itself is worth carrying over without them.
                    Err(fault) if is_damage(&fault) => {
                        entry.body_hashes().map(|hash| Body::Withheld(*hash)).collect()
                    }
                    Err(fault) => return Err(fault.into()),
                };
                let path = closed.inclusion(index, size)?;
                let kept = Kept { entry: bytes, bodies, checkpoint: checkpoint.to_vec(), path };
                let signed_since = self.signed_since(entry.log, size);
                self.carried_once(kept, entry.claimed_at, entry.roster.max(signed_since))
            }
        }
    }

    /// The roster version that named the key of this office's heads of `size` in an earlier log, when it was not the first key.
    fn signed_since(&self, log: u32, size: u64) -> u32 {
        let roster = self.roster();
        let mut ranges: Vec<_> = roster.log_ranges(&self.me, log).collect();
        // Behind the end of the last one no other key came: where that was stolen, this office wrote on with it.
        ranges.pop();
        let before = ranges.into_iter().filter(|range| range.end.is_some_and(|end| end.size < size));
        before.filter_map(|range| roster.ended_in(&range.key)).max().unwrap_or_default()
    }

    /// An entry of before as it is carried over: it claims the time at which it was known, and names the roster under which it
    /// was proven. None when it stands here already.
    fn carried_once(&self, kept: Kept, known_at: Timestamp, roster: u32) -> Result<Option<Noted>, Failure> {
        let Ok(entry) = Entry::parse(&kept.entry) else {
            return Err(Failure::Inconsistent("an entry that was kept does not read"));
        };
        if self.ledger.find_event(entry.event)?.is_some() {
            return Ok(None);
        }
        let at =
            Ref { office: entry.office, log: entry.log, index: entry.index, leaf: leaf_hash(&kept.entry) };
        let event: Event = CarriedOver { entry: at, bodies: entry.body_hashes().copied().collect() }.into();
        let mut noted = self.noted(&event, entry.thread, Audience::Nobody, known_at).keeping(kept);
        (noted.draft.roster, noted.look.roster) = (roster, roster);
        Ok(Some(noted))
    }

    /// Receipts are taken along as they are: their numbers belong to the chains of the other offices.
    fn carried_receipts(&self, closed: &Ledger, entry: &Entry, at: Vec<Ref>) -> Result<Noted, Failure> {
        let whole = closed.kept_all(entry.index)?;
        let mut noted = self.receipted(at, &whole, entry.claimed_at)?;
        let Noted { draft, look, .. } = &mut noted;
        (draft.roster, look.roster) = (entry.roster, entry.roster);
        (draft.event, look.event) = (entry.event, entry.event);
        draft.actor = self.actors.seal(&entry.event, &NODE, None);
        look.actor.clone_from(&draft.actor);
        Ok(noted)
    }

    fn commit_carried(&self, carried: Carried) -> Result<(), Failure> {
        let applied = self.commit_noted(carried.entries, self.now())?;
        applied.iter().for_each(|(_, seen)| self.await_answers(seen));
        self.apply_in_order(applied);
        Ok(())
    }

    pub(crate) fn recovery(&self) -> Option<Arc<Recovery>> {
        self.recovery.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Entries on their way into this log.
#[derive(Default)]
struct Carried {
    entries: Vec<Noted>,
    bytes: usize,
}

impl Carried {
    fn push(&mut self, one: Noted) {
        let kept = one.kept.as_ref();
        self.bytes += kept.map_or(0, |kept| stored_bytes(&kept.entry, &kept.bodies));
        self.bytes += one.draft.bodies.iter().map(Vec::len).sum::<usize>();
        self.entries.push(one);
    }

    fn is_full(&self) -> bool {
        self.bytes >= COMMIT_BYTES / 2 || self.entries.len() >= CARRIED_AT_ONCE
    }
}

const fn is_damage(fault: &ReadFault) -> bool {
    matches!(
        fault,
        ReadFault::EntryDamaged { .. } | ReadFault::BodiesDamaged { .. } | ReadFault::TreeDamaged { .. }
    )
}

// Getting back.

impl Desk {
    /// At a start: who has not given back yet what this office wrote before this log.
    pub(crate) fn await_what_others_hold(&self, closed: Option<Ledger>) -> Result<(), Failure> {
        let Some(log) = self.log.checked_sub(1) else { return Ok(()) };
        let mut awaited = self.others();
        awaited.retain(|office| !self.core().given_back.contains(&(*office, log)));
        if !awaited.is_empty() || self.carries_over() {
            let stolen = is_stolen(&self.vault, log).map_err(Failure::from)?;
            let recovery = Arc::new(Recovery::new(log, closed, stolen, awaited));
            *self.recovery.lock().unwrap_or_else(PoisonError::into_inner) = Some(recovery);
        }
        Ok(())
    }

    /// The offices that have not sent back yet what they hold of the log before this one.
    pub fn awaited(&self) -> Vec<OfficeId> {
        self.recovery().map_or_else(Vec::new, |recovery| recovery.awaited().keys().copied().collect())
    }

    pub(crate) fn awaits_back(&self, office: OfficeId) -> bool {
        self.recovery().is_some_and(|recovery| recovery.awaited().contains_key(&office))
    }

    pub(crate) fn awaits_back_of(&self, slot: Slot) -> bool {
        let roster = self.roster();
        let office = NonZeroU16::new(slot.number()).and_then(|number| roster.newest().office_at(number));
        office.is_some_and(|office| self.awaits_back(office.id))
    }

    /// Refuses a command that would decide about a referral with an office that has not given everything back, unless it must not
    /// wait.
    pub(crate) fn check_given_back(
        &self,
        command: &Command,
        case: Option<ThreadId>,
    ) -> Result<(), SubmitError> {
        let awaited: BTreeSet<OfficeId> = self.awaited().into_iter().collect();
        if awaited.is_empty() || command.cannot_wait() {
            return Ok(());
        }
        if let (Command::OrderCaseErasure(_), Some(office)) = (command, awaited.first()) {
            // A referral of the case may lie in the part that is lost.
            return Err(SubmitError::NotGivenBack { office: self.office_name(*office) });
        }
        let mut with: Vec<OfficeId> = command.recipient().into_iter().collect();
        let mut referrals: Vec<ThreadId> = command.referral().into_iter().collect();
        if command.needs_linked()
            && let Some(case) = case
            && let Some(thread) = self.thread(case)?
        {
            referrals
                .extend(thread.case().iter().flat_map(|case| case.links.iter().map(|link| link.referral)));
        }
        for referral in referrals {
            with.extend(self.counterpart(referral)?);
        }
        match with.into_iter().find(|office| awaited.contains(office)) {
            Some(office) => Err(SubmitError::NotGivenBack { office: self.office_name(office) }),
            None => Ok(()),
        }
    }

    /// The other party of a referral, when this office knows it.
    pub(crate) fn counterpart(&self, referral: ThreadId) -> Result<Option<OfficeId>, Failure> {
        let known = self.thread(referral)?;
        let other = |of: &ReferralState| Some(of.office(of.party(self.me)?.other()));
        Ok(known.as_deref().and_then(Thread::referral).and_then(other))
    }

    /// Asks the offices for what they have not given back, and finishes with those that have.
    ///
    /// # Errors
    /// [`SubmitError`]; it is tried again.
    pub fn get_back(&self) -> Result<(), SubmitError> {
        let now = self.now();
        if self.may_write().is_err() {
            return Ok(());
        }
        let Some(recovery) = self.recovery() else { return Ok(()) };
        let _one_at_a_time = recovery.finishing.lock().unwrap_or_else(PoisonError::into_inner);
        for office in self.awaited() {
            if self.takes_no_part(office) {
                recovery.awaited().remove(&office);
            } else if self.has_given_back(&recovery, office) {
                self.finish(&recovery, office, now)?;
            } else {
                self.ask_back(&recovery, office, now);
            }
        }
        if recovery.awaited().is_empty() {
            self.vault.forget_closed_log_key().map_err(Failure::from)?;
            *self.recovery.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        Ok(())
    }

    /// Who is suspended or has left is not waited for.
    fn takes_no_part(&self, office: OfficeId) -> bool {
        let core = self.core();
        let away = |peer: &Peer| matches!(peer.standing, Standing::Suspended | Standing::Left);
        core.view.offices.get(&office).is_none_or(away)
    }

    fn ask_back(&self, recovery: &Recovery, office: OfficeId, now: Timestamp) {
        // It answers under the inbox key that it knows; until it has the new one its answer could not be opened.
        if !self.correspondence.has_heard(office, self.log) {
            return;
        }
        let mut wanted = Vec::new();
        if let Some(awaited) = recovery.awaited().get_mut(&office) {
            if awaited.asked_at.is_some_and(|at| now.0.abs_diff(at.0) < ASK_AGAIN_S) {
                return;
            }
            awaited.asked_at = Some(now);
            wanted.extend(awaited.chains.iter().map(|(chain, progress)| (*chain, progress.next)));
        }
        for (chain, from_seq) in wanted {
            self.send_note(office, LetterKind::BackAsked { log: recovery.log, chain, from_seq });
            for theirs in 0..=self.current_log_of(office).unwrap_or_default() {
                let (held, _) = self.ledger.received_up_to(office, theirs, chain);
                self.ask_after(office, theirs, chain, held);
            }
        }
    }

    pub(crate) fn current_log_of(&self, office: OfficeId) -> Option<u32> {
        Some(self.roster().office(&office)?.current_log()?.log)
    }

    /// Whether everything has come: what the office held of the closed log, and what it had sent itself by then.
    fn has_given_back(&self, recovery: &Recovery, office: OfficeId) -> bool {
        let theirs = self.current_log_of(office);
        recovery.awaited().get(&office).is_some_and(|awaited| {
            awaited.chains.iter().all(|(chain, progress)| {
                let received = theirs.map_or(0, |log| self.ledger.received_up_to(office, log, *chain).0);
                progress.held.is_some() && received >= progress.sent
            })
        })
    }

    /// Another office asks back what this one holds of its closed log.
    pub(crate) fn give_back(
        &self,
        to: OfficeId,
        log: u32,
        chain: Chain,
        from_seq: u64,
    ) -> Result<(), Failure> {
        let (held, _) = self.ledger.received_up_to(to, log, chain);
        let mut given = letter::GivenBack {
            log,
            chain,
            from_seq,
            to_seq: from_seq - 1,
            held,
            sent: self.ledger.sent_up_to(chain.audience(to)),
            items: Vec::new(),
        };
        let mut bytes = 0;
        for number in (from_seq..=held).take(GIVEN_NUMBERS) {
            let index = self.ledger.received(to, log, chain, number)?;
            let kept = index.map(|index| self.ledger.kept_all(index)).transpose()?.unwrap_or_default();
            let one = kept.into_iter().find(|kept| is_number(&kept.entry, to, log, number));
            if let Some(kept) = one {
                bytes += stored_bytes(&kept.entry, &kept.bodies);
                if !given.items.is_empty() && (bytes > BYTES_IN_LETTER || given.items.len() >= ITEMS_MAX / 2)
                {
                    break;
                }
                given.items.push(kept);
            }
            given.to_seq = number;
        }
        self.send_note(to, LetterKind::GivenBack(given));
        Ok(())
    }

    /// Takes what an office gives back: only what this office signed itself, for that office or for all.
    pub(crate) fn take_back(&self, from: OfficeId, given: letter::GivenBack) -> Result<(), Failure> {
        let _one_letter_at_a_time = self.receiving.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = |recovery: &Arc<Recovery>| !self.carries_over() && recovery.expects(from, &given);
        let Some(recovery) = self.recovery().filter(asked) else { return Ok(()) };
        let now = self.now();
        let mut carried = Carried::default();
        let mut threads = BTreeSet::new();
        for kept in given.items {
            match self.own_of_before(&recovery, from, given.chain, &kept) {
                Ok(None) => {}
                Ok(Some((entry, roster))) => {
                    threads.insert(entry.thread);
                    if let Some(one) = self.carried_once(kept, entry.claimed_at, roster)? {
                        carried.push(one);
                    }
                }
                Err(verdict) => self.findings.note_office(from, name(verdict), now),
            }
            if carried.is_full() {
                self.commit_carried(std::mem::take(&mut carried))?;
            }
        }
        self.commit_carried(carried)?;
        if let Some(awaited) = recovery.awaited().get_mut(&from)
            && let Some(progress) = awaited.chains.get_mut(&given.chain)
        {
            awaited.threads.extend(threads);
            awaited.asked_at = None;
            progress.next = given.to_seq.saturating_add(1);
            if given.to_seq >= given.held {
                (progress.held, progress.sent) = (Some(given.held), given.sent);
            }
        }
        // A failure is looked at again at the next tick.
        if let Err(fault) = self.get_back() {
            tracing::warn!(%fault, "what was given back could not be taken over whole now; it is tried again");
        }
        Ok(())
    }

    /// Checks that an entry that is given back is one of this office's own; gives it and the roster under which it was signed. None
    /// when whoever stole the key wrote it.
    fn own_of_before(
        &self,
        recovery: &Recovery,
        from: OfficeId,
        chain: Chain,
        kept: &Kept,
    ) -> Result<Option<(Entry, u32)>, Verdict> {
        let (roster, log) = (self.roster(), recovery.log);
        // By the last version under which each of its keys was in use, the newest first.
        let ended: Vec<u32> =
            roster.log_ranges(&self.me, log).filter_map(|range| roster.ended_in(&range.key)).collect();
        let mut judged = ended.iter().rev().map(|version| {
            let as_of = version.saturating_sub(1);
            Ok((verify_head_as_of(&roster, self.me, log, &kept.checkpoint, as_of)?, as_of))
        });
        let newest = judged.next().unwrap_or(Err(Verdict::WrongRosterRange));
        let (head, before) = newest.or_else(|verdict| judged.find_map(Result::ok).ok_or(verdict))?;
        let entry = Entry::parse(&kept.entry)?;
        let at_leaf = leaf_hash(&kept.entry);
        check_stands(&entry, &at_leaf, &head, &kept.path)?;
        if entry.audience != chain.audience(from) {
            return Err(Verdict::NotForUs);
        }
        check_bodies(&entry, &kept.bodies)?;
        let closed = recovery.closed.as_ref();
        if recovery.stolen && closed.and_then(|closed| closed.leaf(entry.index).ok()) != Some(at_leaf) {
            // Somebody else wrote it with the key that was stolen.
            self.findings.note_office(from, STOLEN_KEY, self.now());
            return Ok(None);
        }
        // This office signed both. Which of its two histories an office acts on is what that office holds.
        if closed.is_some_and(|closed| head.head().size <= closed.size() && !continues(closed, head.head())) {
            self.findings.note_office(from, OTHER_HISTORY, self.now());
        }
        Ok(Some((entry, before)))
    }
}

fn is_number(entry: &[u8], office: OfficeId, log: u32, number: u64) -> bool {
    let of = |entry: &Entry| (entry.office, entry.log, entry.pair_seq) == (office, log, number);
    Entry::parse(entry).is_ok_and(|entry| of(&entry) && entry.kind != RECEIVED)
}

// Going on.

impl Desk {
    /// An office has given everything back: what it never got is written again, keys that are lost are replaced, and from now on
    /// this office decides again in its referrals with it.
    fn finish(&self, recovery: &Recovery, office: OfficeId, now: Timestamp) -> Result<(), SubmitError> {
        let log = recovery.log;
        let threads =
            recovery.awaited().get(&office).map(|awaited| awaited.threads.clone()).unwrap_or_default();
        self.erase_again_from(0)?;
        self.write_again(recovery, office, now)?;
        for thread in threads {
            self.replace_lost_keys(thread)?;
        }
        let given = GivenBack { office, log }.into();
        let noted = self.noted(&given, notices_of(self.me), Audience::Nobody, now);
        self.apply_in_order(self.commit_noted(vec![noted], now)?);
        recovery.awaited().remove(&office);
        self.tell_notices_again(now)?;
        tracing::info!(%office, log, "an office has given back all that it held of the closed log");
        Ok(())
    }

    /// Writes again what the closed log held for an office and the office did not, in its order and under the same event ids.
    fn write_again(&self, recovery: &Recovery, office: OfficeId, now: Timestamp) -> Result<(), SubmitError> {
        let Some(closed) = &recovery.closed else { return Ok(()) };
        let progress = |awaited: &Awaited| awaited.chains.get(&Chain::Pair)?.held;
        let held = recovery.awaited().get(&office).and_then(progress).unwrap_or_default();
        // Under a stolen key these numbers may be those of entries that this office never wrote.
        let held = if recovery.stolen { self.trusted_up_to(recovery.log, closed, office)? } else { held };
        let mut looked_at = BTreeSet::new();
        for number in held.saturating_add(1)..=closed.sent_up_to(Audience::Office(office)) {
            let Some(index) = closed.sent(Audience::Office(office), number).map_err(Failure::from)? else {
                continue;
            };
            let entry = own_entry(&closed.entry(index).map_err(Failure::from)?)?;
            if entry.kind == RECEIVED {
                continue;
            }
            if looked_at.insert(entry.thread) {
                // What was withdrawn since goes before it could be sent once more.
                self.erase_due(entry.thread)?;
            }
            self.write_one_again(entry, closed.bodies(index).map_err(Failure::from)?, now)?;
        }
        Ok(())
    }

    /// The number of the last entry to an office that the root holders have signed, in a log that they closed.
    fn trusted_up_to(&self, log: u32, closed: &Ledger, office: OfficeId) -> Result<u64, Failure> {
        let end = self.roster().log_ranges(&self.me, log).last().and_then(|range| range.end);
        let size = end.map_or(0, |end| end.size);
        let audience = Audience::Office(office);
        let mut trusted = closed.sent_up_to(audience);
        while trusted > 0 && closed.sent(audience, trusted)?.is_some_and(|index| index >= size) {
            trusted -= 1;
        }
        Ok(trusted)
    }

    fn write_one_again(&self, entry: Entry, bodies: Vec<Body>, now: Timestamp) -> Result<(), Failure> {
        let known = self.thread(entry.thread)?;
        if known
            .as_deref()
            .and_then(|thread| thread.newest_place(entry.event))
            .is_some_and(|at| at.at.log == self.log)
        {
            return Ok(());
        }
        let whole = bodies.into_iter().map(|body| match body {
            Body::Whole(bytes) => Some(bytes),
            Body::Withheld(_) => None,
        });
        let Some(bodies) = whole.collect::<Option<Vec<_>>>() else {
            tracing::warn!("an entry whose sections were erased is not written again");
            return Ok(());
        };
        let at = |named: Ref| RefTo::Known(self.newest_place(known.as_deref(), named));
        let basis = match entry.basis {
            Basis::None => BasisTo::None,
            Basis::OwnData => BasisTo::OwnData,
            Basis::Consent(named) => BasisTo::Consent(at(named)),
            Basis::Reply(named) => BasisTo::Reply(at(named)),
            Basis::Emergency(named) => BasisTo::Emergency(at(named)),
        };
        let draft = Unplaced {
            network: self.network,
            office: self.me,
            log: self.log,
            event: entry.event,
            roster: self.roster().newest().version,
            claimed_at: entry.claimed_at,
            audience: entry.audience,
            kind: entry.kind,
            thread: entry.thread,
            basis,
            causes: entry.causes.iter().copied().map(at).collect(),
            public: entry.public,
            actor: entry.actor,
            sections: entry.sections,
            grants: entry.grants,
            bodies,
            keep: None,
            to: self.recipients(entry.audience),
        };
        let placed = self.ledger.commit(vec![draft], now)?;
        for at in placed {
            self.apply_in_order(vec![(at.index, self.seen_at(at.index)?)]);
        }
        self.to_send.notify_one();
        Ok(())
    }

    /// Another office lacks entries of a closed incarnation of this log. Nobody can prove them any more: they are written again.
    pub(crate) fn write_old_again(
        &self,
        to: OfficeId,
        log: u32,
        numbers: std::ops::RangeInclusive<u64>,
    ) -> Result<(), Failure> {
        let now = self.now();
        if self.may_write().is_err() || !self.correspondence.searches(to, now) {
            return Ok(());
        }
        let mut old = BTreeMap::new();
        for read in self.ledger.scan(0) {
            let (index, bytes, _) = read?;
            let carrier = own_entry(&bytes)?;
            let Ok(Event::CarriedOver(carried)) = Event::decode(carrier.kind, &carrier.public) else {
                continue;
            };
            if (carried.entry.office, carried.entry.log) != (self.me, log) {
                continue;
            }
            let Some(kept) = self.ledger.kept(index)? else { continue };
            let entry = own_entry(&kept.entry)?;
            let wanted = entry.audience == Audience::Office(to) && numbers.contains(&entry.pair_seq);
            if wanted && entry.kind != RECEIVED {
                old.insert(entry.pair_seq, (entry, kept.bodies));
            }
        }
        old.into_values().try_for_each(|(entry, bodies)| self.write_one_again(entry, bodies, now))
    }

    /// Where an entry of this office that was written again stands now; any other place is what it was.
    fn newest_place(&self, thread: Option<&Thread>, named: Ref) -> Ref {
        let Some(thread) = thread.filter(|_| named.office == self.me) else { return named };
        let event: Option<EventId> = thread.event_at(&named, true);
        event.and_then(|event| thread.newest_place(event)).map_or(named, |at| at.at)
    }

    /// What this office last said of itself is told again in this log: a newcomer reads only this one.
    fn tell_notices_again(&self, now: Timestamp) -> Result<(), Failure> {
        let mut newest: BTreeMap<Vec<u8>, Seen> = BTreeMap::new();
        for seen in self.history(notices_of(self.me))? {
            let about = match &seen.event {
                Ok(Event::OfficeProfile(_)) if seen.author() == self.me => Vec::new(),
                Ok(Event::CapacityNotice(notice)) if seen.author() == self.me => notice.unit.0.to_vec(),
                _ => continue,
            };
            newest.insert(about, seen);
        }
        for seen in newest.into_values().filter(|seen| seen.at.log != self.log) {
            let kept = self.ledger.kept(seen.index)?.ok_or(ReadFault::BodiesDamaged { index: seen.index })?;
            self.write_one_again(own_entry(&kept.entry)?, Vec::new(), now)?;
        }
        Ok(())
    }

    /// A thread key whose secret was lost is replaced, and the section keys that were wrapped to it are asked for again.
    fn replace_lost_keys(&self, thread: ThreadId) -> Result<(), SubmitError> {
        let Some(known) = self.thread(thread)? else { return Ok(()) };
        let Some(referral) = known.referral() else { return Ok(()) };
        let Some(mine) = referral.party(self.me) else { return Ok(()) };
        let Some(public) = referral.thread_key(mine) else { return Ok(()) };
        let hash = kem_hash(&public);
        let here = self.vault.thread_secret(&thread, &hash).map_err(Failure::from)?.is_some()
            || self.vault.inbox_secret(&hash).map_err(Failure::from)?.is_some();
        if here {
            return Ok(());
        }
        self.by_node(Command::ReplaceThreadKey(ReplaceThreadKey { referral: thread }))?;
        if mine == Party::Receiver && !self.is_of_erased_case(thread)? {
            for keys in self.lost_keys(thread)?.chunks(KEYS_MAX) {
                self.by_node(Command::RequestRegrant(RequestRegrant {
                    referral: thread,
                    keys: keys.to_vec(),
                }))?;
            }
        }
        Ok(())
    }

    /// Section keys that the other party granted in a thread and that are not here.
    fn lost_keys(&self, thread: ThreadId) -> Result<Vec<KeyId>, Failure> {
        let mut lost = Vec::new();
        for seen in self.history(thread)?.iter().filter(|seen| seen.author() != self.me) {
            for grant in seen.grants.iter().filter(|grant| grant.recipient == self.me) {
                if !lost.contains(&grant.key) && self.vault.section_key(&thread, &grant.key)?.is_none() {
                    lost.push(grant.key);
                }
            }
        }
        Ok(lost)
    }

    /// A command that nobody gave; whether it was carried out.
    pub(crate) fn by_node(&self, command: Command) -> Result<bool, SubmitError> {
        match self.submit(Order::new(command, NODE)) {
            Ok(_) => Ok(true),
            // A rule has nothing to say about it: it was said before, or there is nobody to say it to.
            Err(SubmitError::Refused(_) | SubmitError::Unknown) => Ok(false),
            Err(fault) => Err(fault),
        }
    }
}
