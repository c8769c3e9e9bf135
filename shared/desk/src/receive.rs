//! A letter on its way in: open, verify, keep, log, import, apply, react. Acknowledged only once it is durable here.
//!
//! Idempotent: an entry that is held is not kept twice; its receipt is sent again. Nothing a peer writes can stop the node.

use std::collections::{BTreeMap, HashMap};
use std::sync::PoisonError;

use waymark_courier::Slot;
use waymark_domain::event::Event;
use waymark_domain::event::log::{Receipted, Received};
use waymark_domain::ids::{EventId, Hash, OfficeId, Ref, StaffId, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::{Claimed, Head};
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::letter::{Chain, Checkpoint, Entries, Item, Letter, LetterFault, LetterKind, open_letter};
use waymark_seal::roster::RosterChain;
use waymark_seal::unplaced::{BasisTo, Kept, Unplaced};
use waymark_seal::verify::{
    Verdict, VerifiedEntry, VerifiedHead, check_acceptable, check_chain, verify_growth, verify_head,
    verify_proven,
};

use crate::applying::{own_entry, seen_of};
use crate::correspondence::stored_bytes;
use crate::desk::Desk;
use crate::findings::{WRONG_RECEIPT, WRONG_STAMP, letter_name, name};
use crate::order::Failure;
use crate::seen::Seen;
use crate::setup::continues;
use crate::threads::notices_of;

/// Entries sent again for one request, at most.
const RESEND_MAX: u64 = 4_096;
/// Receipts in one `Receipted`, at most: its public part holds no more.
const RECEIPTS_MAX: usize = 128;
/// Bytes of entries and bodies in one commit, unless a single entry has more: far below what a journal takes.
pub(crate) const COMMIT_BYTES: usize = 2 * 1024 * 1024;
/// The actor of what the node does by itself.
pub(crate) const NODE: StaffId = StaffId([0; 8]);

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taking {
    /// Durable, or of no further use: the post may forget it.
    Kept,
    /// It can never be taken, and why.
    Refused(&'static str),
    /// This machine could not keep it now: bring it again.
    Later,
}

/// An entry of the node's own on its way into the log.
pub(crate) struct Noted {
    pub(crate) draft: Unplaced,
    /// How it will look but for its place.
    pub(crate) look: Entry,
    /// The entry of another log that it keeps.
    pub(crate) kept: Option<Kept>,
}

impl Noted {
    /// The same, keeping an entry of another log.
    pub(crate) fn keeping(mut self, kept: Kept) -> Self {
        self.draft.keep = Some(kept.clone());
        self.kept = Some(kept);
        self
    }
}

/// Why a letter was not taken.
#[derive(Debug, thiserror::Error)]
enum Untaken {
    #[error(transparent)]
    Letter(#[from] LetterFault),
    #[error(transparent)]
    Verdict(#[from] Verdict),
    #[error("the post's stamp names another office")]
    WrongStamp,
    #[error("the start guard waits")]
    TooEarly,
    /// Its writer has not heard yet of the roster version that ended the key.
    #[error("it is signed by a key that the roster has ended since")]
    OldKey,
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl Desk {
    /// Takes a letter that the post brought from `slot`. Blocks until it is durable.
    pub fn receive(&self, slot: Slot, bytes: &[u8]) -> Taking {
        match self.take(slot, bytes) {
            Ok(()) => Taking::Kept,
            Err(Untaken::TooEarly) => Taking::Later,
            Err(Untaken::Failure(failure)) => {
                tracing::error!(%failure, "a letter could not be kept; it will be brought again");
                Taking::Later
            }
            // The roster is asked for; that it is not here yet is nobody's fault.
            Err(Untaken::Verdict(verdict @ Verdict::RosterPending(_))) => Taking::Refused(name(verdict)),
            // It is told the roster, and sends it once more.
            Err(Untaken::OldKey) => Taking::Refused(name(Verdict::WrongRosterRange)),
            // What was lost here is missing here: that is no fault of who sent it once.
            Err(Untaken::Verdict(verdict @ (Verdict::Gap { .. } | Verdict::GrowthUnproven)))
                if self.awaits_back_of(slot) || self.is_behind(slot) =>
            {
                Taking::Refused(name(verdict))
            }
            Err(Untaken::Verdict(verdict)) => {
                self.findings.note(slot, name(verdict), self.now());
                Taking::Refused(name(verdict))
            }
            Err(Untaken::Letter(fault)) => {
                self.findings.note(slot, letter_name(fault), self.now());
                Taking::Refused("letter")
            }
            Err(Untaken::WrongStamp) => {
                self.findings.note(slot, WRONG_STAMP, self.now());
                Taking::Refused("letter")
            }
        }
    }

    fn take(&self, slot: Slot, bytes: &[u8]) -> Result<(), Untaken> {
        let opened =
            open_letter(bytes, self.network, self.me, |hash| self.vault.inbox_secret(hash).ok().flatten())?;
        let from = opened.address.from;
        let stamp = self.roster().office(&from).map(|office| Slot::numbered(office.slot));
        if stamp.ok_or(Verdict::UnknownOffice)? != slot {
            return Err(Untaken::WrongStamp);
        }
        // Nothing gets a place in the log before the start guard is content. What the guard itself needs comes through.
        let logs = matches!(
            opened.letter.kind,
            LetterKind::Entries(_) | LetterKind::Part(_) | LetterKind::CosignAsked(_)
        );
        if logs && self.may_write().is_err() {
            return Err(Untaken::TooEarly);
        }
        let letter = match opened.letter.kind {
            LetterKind::Part(part) => match self.correspondence.join(from, part, opened.sealed)? {
                Some(whole) => whole,
                None => return Ok(()),
            },
            kind => Letter { seen: opened.letter.seen, kind },
        };
        // Who asks holds no more than it says: something is missing there, or it has started anew.
        let asks = match letter.kind {
            LetterKind::ResendAsked { .. } => true,
            LetterKind::HeadAsked { .. } => letter.seen.is_some(),
            _ => false,
        };
        self.told(from, letter.seen, asks);
        self.take_letter(from, letter.kind)
    }

    fn take_letter(&self, from: OfficeId, kind: LetterKind) -> Result<(), Untaken> {
        match kind {
            LetterKind::Entries(entries) => self.take_entries(from, entries),
            LetterKind::ResendAsked { log, chain, from_seq, to_seq } => {
                Ok(self.resend(from, log, chain, from_seq, to_seq)?)
            }
            LetterKind::HeadAsked { log } => {
                let head = self.ledger.peer_head(from, log).map(|held| Checkpoint(held.checkpoint.to_vec()));
                self.send_note(from, LetterKind::HeadTold { log, head });
                Ok(())
            }
            LetterKind::HeadTold { log, head } => self.head_told(from, log, head),
            LetterKind::RosterAsked { above } => {
                // With the one that the asker names: so it sees whether both hold the same.
                self.tell_roster(&self.roster(), from, above.saturating_sub(1));
                Ok(())
            }
            LetterKind::RosterTold { versions } => {
                self.roster_told(from, &versions)?;
                Ok(())
            }
            LetterKind::BackAsked { log, chain, from_seq } => Ok(self.give_back(from, log, chain, from_seq)?),
            LetterKind::GivenBack(given) => Ok(self.take_back(from, given)?),
            LetterKind::CosignAsked(request) => Ok(self.cosign_asked(from, &request)?),
            LetterKind::CosignTold(answer) => Ok(self.cosign_told(from, &answer)?),
            // A part never holds a part.
            LetterKind::Part(_) => Ok(()),
        }
    }

    fn take_entries(&self, from: OfficeId, entries: Entries) -> Result<(), Untaken> {
        let _one_letter_at_a_time = self.receiving.lock().unwrap_or_else(PoisonError::into_inner);
        let roster = self.roster();
        let head = verify_head(&roster, from, entries.log, &entries.checkpoint)
            .map_err(|verdict| self.of_another_roster(&roster, from, &entries, verdict))?;
        // Two histories of this log were signed: what it says is taken out of either, and is disputed.
        let forked = self.is_forked(from, entries.log);
        match self.check_growth(from, &head, &entries) {
            Ok(()) => {
                self.look_at_suspects(&head, &entries.items);
                self.correspondence.verified(head);
            }
            // An old letter brought once more says nothing new, and nothing of its head is believed.
            Err(Verdict::ShrunkTree) if self.holds_all(from, &entries)? => {
                return Ok(self.receipt_again(from, entries.log, entries.items.iter())?);
            }
            Err(_) if forked => {}
            Err(verdict) => {
                self.look_for_fraud(&head, &entries.items);
                self.ask_for_missing(from, &entries, verdict);
                return Err(verdict.into());
            }
        }
        self.has_caught_up(from);
        let mut kept = Vec::new();
        let mut again = Vec::new();
        let mut outcome = Ok(());
        let mut last = HashMap::new();
        for item in &entries.items {
            match self.check_item(&roster, &head, item, forked, &mut last) {
                Ok(verified) => kept.push((verified, item)),
                Err(Verdict::Duplicate) if came_before(&entries, item) => {}
                Err(Verdict::Duplicate) if self.holds(from, item)? => again.push(item),
                // Two entries under one number: what one of them says could later be denied.
                Err(Verdict::Duplicate) => {
                    self.look_for_fraud(&head, std::slice::from_ref(item));
                    outcome = Err(Verdict::WrongPrevious);
                    break;
                }
                Err(verdict) => {
                    if verdict == Verdict::WrongPrevious {
                        self.look_for_fraud(&head, std::slice::from_ref(item));
                    }
                    self.note_stuck(from, item, verdict, &last);
                    outcome = Err(verdict);
                    break;
                }
            }
        }
        self.keep_all(from, &entries, &head, kept)?;
        self.receipt_again(from, entries.log, again)?;
        if let Err(verdict) = outcome {
            self.ask_for_missing(from, &entries, verdict);
            return Err(verdict.into());
        }
        Ok(())
    }

    /// What a head that does not verify says of the rosters on both sides: its writer's may be newer than the one here, or older.
    fn of_another_roster(
        &self,
        roster: &RosterChain,
        from: OfficeId,
        entries: &Entries,
        verdict: Verdict,
    ) -> Untaken {
        let newest = roster.newest().version;
        let versions = entries.items.iter().filter_map(|item| Entry::parse(&item.entry).ok());
        let named = versions.map(|entry| entry.roster).max().unwrap_or_default();
        let last = roster.office(&from).and_then(|office| office.logs.last());
        // A log that was opened, or a key that was named, by a roster which is not here yet.
        let unknown = last.is_some_and(|range| entries.log > range.log)
            || (verdict == Verdict::BadSignature && named > newest);
        if unknown {
            let verdict = Verdict::RosterPending(newest + 1);
            self.ask_for_missing(from, entries, verdict);
            return verdict.into();
        }
        match self.sort_out_keys(roster, from, entries.log, &entries.checkpoint) {
            true => Untaken::OldKey,
            false => {
                self.ask_for_missing(from, entries, verdict);
                verdict.into()
            }
        }
    }

    /// The head must continue the newest one held, or be one that was verified before.
    fn check_growth(&self, from: OfficeId, head: &VerifiedHead, entries: &Entries) -> Result<(), Verdict> {
        let held = self.ledger.peer_head(from, entries.log).map(|held| held.head);
        match verify_growth(held.as_ref(), head, entries.consistency.as_ref()) {
            Ok(()) => Ok(()),
            Err(verdict @ (Verdict::GrowthUnproven | Verdict::ShrunkTree)) => {
                // Only a head that was verified before: a proof from an older one says nothing about the newest.
                if self.correspondence.links(from, head, None) { Ok(()) } else { Err(verdict) }
            }
            Err(verdict) => Err(verdict),
        }
    }

    fn check_item(
        &self,
        roster: &RosterChain,
        head: &VerifiedHead,
        item: &Item,
        forked: bool,
        last: &mut HashMap<Chain, (u64, Hash)>,
    ) -> Result<VerifiedEntry, Verdict> {
        let verified = verify_proven(roster, self.me, head, item)?;
        let (entry, from) = (verified.entry(), head.origin().office);
        let chain = chain_of(entry);
        let newest = last.get(&chain).copied();
        let newest = newest.unwrap_or_else(|| self.ledger.received_up_to(from, entry.log, chain));
        match check_chain(Some(newest), entry) {
            // Each history has its own numbers.
            Err(Verdict::Duplicate | Verdict::WrongPrevious)
                if forked && matches!(self.kept_as(item), Ok(None)) => {}
            checked => checked?,
        }
        // It stands in its writer's log for good: it is kept closed, or nothing behind it could ever be kept.
        if let Err(verdict) = check_acceptable(entry) {
            self.findings.note_office(from, name(verdict), self.now());
        }
        last.insert(chain, (entry.pair_seq, verified.at().leaf));
        Ok(verified)
    }

    /// Remembers an entry that can never be kept: asking for what comes behind it is in vain.
    fn note_stuck(&self, from: OfficeId, item: &Item, verdict: Verdict, last: &HashMap<Chain, (u64, Hash)>) {
        // Another letter may bring the same entry whole.
        let of_the_letter = matches!(
            verdict,
            Verdict::WrongPath
                | Verdict::NotUnderHead
                | Verdict::BodyMismatch
                | Verdict::RosterPending(_)
                | Verdict::Gap { .. }
        );
        let Ok(entry) = Entry::parse(&item.entry) else { return };
        if of_the_letter {
            return;
        }
        let chain = chain_of(&entry);
        let held = last.get(&chain).copied();
        let (held, _) = held.unwrap_or_else(|| self.ledger.received_up_to(from, entry.log, chain));
        if entry.pair_seq == held + 1 {
            self.correspondence.refused((from, entry.log, chain), held);
        }
    }

    /// Keeps what was verified, in commits that are never too large to be made; a head is noted also without entries.
    fn keep_all(
        &self,
        from: OfficeId,
        entries: &Entries,
        head: &VerifiedHead,
        mut kept: Vec<(VerifiedEntry, &Item)>,
    ) -> Result<(), Failure> {
        if kept.is_empty() {
            return self.note_head(from, entries, head);
        }
        while !kept.is_empty() {
            let later = kept.split_off(fitting(&kept));
            self.keep(from, entries, head, kept)?;
            kept = later;
        }
        Ok(())
    }

    /// Logs what was verified, durable before this returns, then imports, applies and reacts. An entry becomes a `Received`,
    /// receipts that follow each other one `Receipted`: the order of each chain stays that of the log.
    fn keep(
        &self,
        from: OfficeId,
        entries: &Entries,
        head: &VerifiedHead,
        kept: Vec<(VerifiedEntry, &Item)>,
    ) -> Result<(), Failure> {
        let now = self.now();
        for (verified, _) in &kept {
            self.note_oddities(from, verified, now);
        }
        let keep = |item: &Item| Kept {
            entry: item.entry.clone(),
            bodies: item.bodies.clone(),
            checkpoint: entries.checkpoint.clone(),
            path: item.path.clone(),
        };
        let mut noted = Vec::with_capacity(kept.len());
        for run in kept.chunk_by(|(one, _), (next, _)| is_receipt(one) && is_receipt(next)) {
            for receipts in run.chunks(RECEIPTS_MAX) {
                noted.push(match receipts {
                    [(verified, item)] if !is_receipt(verified) => {
                        let theirs = verified.entry();
                        let bodies = theirs.body_hashes().copied().collect();
                        let receipt = Received { entry: verified.at(), bodies };
                        self.received(from, receipt, theirs.thread, keep(item), now)
                    }
                    receipts => {
                        let kept: Vec<Kept> = receipts.iter().map(|(_, item)| keep(item)).collect();
                        let at = receipts.iter().map(|(verified, _)| verified.at()).collect();
                        self.receipted(at, &kept, now)?
                    }
                });
            }
        }
        let applied = self.commit_noted(noted, now)?;
        let theirs = applied.iter().filter_map(|(_, seen)| seen.first());
        let theirs: Vec<Seen> = theirs.filter(|seen| seen.author() != self.me).cloned().collect();
        applied.iter().for_each(|(_, seen)| self.await_answers(seen));
        self.apply_in_order(applied);
        self.to_send.notify_one();
        theirs.iter().for_each(|seen| self.answer_now(seen));
        self.note_head(from, entries, head)
    }

    /// Notes a clock that is far off, and a receipt for bytes that were never sent: it settles nothing.
    fn note_oddities(&self, from: OfficeId, verified: &VerifiedEntry, now: Timestamp) {
        let entry = verified.entry();
        if self.is_far_off(entry.claimed_at, now) {
            self.findings.note_office(from, name(Verdict::ClockFarOff), now);
        }
        if self.is_forked(from, entry.log) {
            self.findings.note_office(from, name(Verdict::Frozen), now);
        }
        self.note_accusation(from, entry, now);
        self.note_roster_word(from, entry, now);
        if let Ok(Event::Received(received)) = Event::decode(entry.kind, &entry.public)
            && (received.entry.office, received.entry.log) == (self.me, self.log)
            && self.ledger.leaf(received.entry.index).ok() != Some(received.entry.leaf)
        {
            self.findings.note_office(from, WRONG_RECEIPT, now);
        }
    }

    fn note_head(&self, from: OfficeId, entries: &Entries, head: &VerifiedHead) -> Result<(), Failure> {
        let noted = self.ledger.note_peer_head(from, entries.log, head.head(), &entries.checkpoint);
        match noted {
            Err(_) if !self.is_forked(from, entries.log) => {
                Err(Failure::Inconsistent("a tree head that was just compared contradicts the one held"))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Commits entries of the node's own; gives what each means, by its place.
    pub(crate) fn commit_noted(
        &self,
        noted: Vec<Noted>,
        now: Timestamp,
    ) -> Result<Vec<(u64, Vec<Seen>)>, Failure> {
        let (drafts, looks): (Vec<_>, Vec<_>) =
            noted.into_iter().map(|noted| (noted.draft, (noted.look, noted.kept))).unzip();
        let placed = self.ledger.commit(drafts, now)?;
        let meant = placed.iter().zip(looks).map(|(at, (mut look, kept))| {
            look.index = at.index;
            (at.index, seen_of(at.index, look, at.leaf, kept.as_ref().map(|kept| kept.entry.as_slice())))
        });
        Ok(meant.collect())
    }

    /// The own entry that says: this was received.
    fn received(
        &self,
        from: OfficeId,
        receipt: Received,
        thread: ThreadId,
        kept: Kept,
        now: Timestamp,
    ) -> Noted {
        let mut noted = self.noted(&receipt.into(), thread, Audience::Office(from), now).keeping(kept);
        noted.draft.to = vec![from];
        noted
    }

    /// The own entry that says: these receipts were received. It is for nobody, and in no thread of theirs.
    pub(crate) fn receipted(&self, at: Vec<Ref>, kept: &[Kept], now: Timestamp) -> Result<Noted, Failure> {
        let event: Event = Receipted { entries: at }.into();
        let mut noted = self.noted(&event, notices_of(self.me), Audience::Nobody, now);
        let bodies = kept.iter().map(postcard::to_allocvec).collect::<Result<_, _>>();
        noted.draft.bodies = bodies.map_err(|_| Failure::Inconsistent("a receipt does not encode"))?;
        Ok(noted)
    }

    /// An entry of the node's own, and how it will look but for its place.
    pub(crate) fn noted(&self, event: &Event, thread: ThreadId, audience: Audience, now: Timestamp) -> Noted {
        self.noted_by(NODE, event, thread, audience, now)
    }

    /// The same by a member of staff.
    pub(crate) fn noted_by(
        &self,
        actor: StaffId,
        event: &Event,
        thread: ThreadId,
        audience: Audience,
        now: Timestamp,
    ) -> Noted {
        let roster = self.roster().newest().version;
        let id = EventId(self.random());
        let public = event.encode();
        let draft = Unplaced {
            network: self.network,
            office: self.me,
            log: self.log,
            event: id,
            roster,
            claimed_at: now,
            audience,
            kind: event.kind(),
            thread,
            basis: BasisTo::None,
            causes: Vec::new(),
            public: public.clone(),
            actor: self.actors.seal(&id, &actor, None),
            sections: Vec::new(),
            grants: Vec::new(),
            bodies: Vec::new(),
            keep: None,
            to: Vec::new(),
        };
        let look = Entry {
            version: waymark_seal::entry::VERSION,
            suite: waymark_seal::entry::SUITE,
            network: self.network,
            office: self.me,
            log: self.log,
            index: 0,
            event: id,
            roster,
            claimed_at: now,
            audience,
            pair_seq: 0,
            pair_prev: Hash([0; 32]),
            kind: draft.kind,
            thread,
            thread_prev: None,
            basis: waymark_seal::entry::Basis::None,
            causes: Vec::new(),
            public,
            actor: draft.actor.clone(),
            sections: Vec::new(),
            grants: Vec::new(),
        };
        Noted { draft, look, kept: None }
    }

    /// The writer has not heard our receipt: it goes out again. What was noted about a receipt of his is for nobody.
    fn receipt_again<'i>(
        &self,
        from: OfficeId,
        log: u32,
        items: impl IntoIterator<Item = &'i Item>,
    ) -> Result<(), Failure> {
        let mut receipts = Vec::new();
        for item in items {
            let Ok(entry) = Entry::parse(&item.entry) else { continue };
            if entry.kind == RECEIVED {
                continue;
            }
            let kept = if self.is_forked(from, log) {
                self.kept_as(item)?
            } else {
                self.ledger.received(from, log, chain_of(&entry), entry.pair_seq)?
            };
            if let Some(index) = kept {
                receipts.push(self.receipt_at(from, index)?);
            }
        }
        if !receipts.is_empty() {
            self.send_again(from, receipts);
        }
        Ok(())
    }

    /// The receipt for what the own entry at `index` keeps. Of what was carried over it is written now: the one of before is in the
    /// closed log.
    fn receipt_at(&self, from: OfficeId, index: u64) -> Result<u64, Failure> {
        let carrier = own_entry(&self.ledger.entry(index)?)?;
        let Ok(Event::CarriedOver(carried)) = Event::decode(carrier.kind, &carrier.public) else {
            return Ok(index);
        };
        let Some(kept) = self.ledger.kept(index)? else { return Ok(index) };
        let now = self.now();
        let receipt = Received { entry: carried.entry, bodies: carried.bodies };
        let applied =
            self.commit_noted(vec![self.received(from, receipt, carrier.thread, kept, now)], now)?;
        let written = applied.first().map_or(index, |(written, _)| *written);
        self.apply_in_order(applied);
        Ok(written)
    }

    /// Whether exactly this entry is kept here.
    fn holds(&self, from: OfficeId, item: &Item) -> Result<bool, Failure> {
        let Ok(entry) = Entry::parse(&item.entry) else { return Ok(false) };
        let Some(index) = self.ledger.received(from, entry.log, chain_of(&entry), entry.pair_seq)? else {
            return Ok(false);
        };
        let there = self.ledger.kept_all(index)?.iter().any(|kept| kept.entry == item.entry);
        Ok(there || self.is_forked(from, entry.log) && self.kept_as(item)?.is_some())
    }

    /// The own entry that keeps exactly this one, whatever stands under its number.
    fn kept_as(&self, item: &Item) -> Result<Option<u64>, Failure> {
        let Ok(entry) = Entry::parse(&item.entry) else { return Ok(None) };
        let Some(index) = self.ledger.find_event(entry.event)? else { return Ok(None) };
        let kept = self.ledger.kept_all(index)?;
        Ok(kept.iter().any(|kept| kept.entry == item.entry).then_some(index))
    }

    fn holds_all(&self, from: OfficeId, entries: &Entries) -> Result<bool, Failure> {
        for item in &entries.items {
            if !self.holds(from, item)? {
                return Ok(false);
            }
        }
        Ok(!entries.items.is_empty())
    }

    fn ask_for_missing(&self, from: OfficeId, entries: &Entries, verdict: Verdict) {
        match verdict {
            Verdict::RosterPending(_) => {
                let above = self.roster().newest().version;
                self.send_note(from, LetterKind::RosterAsked { above });
            }
            Verdict::Gap { .. } | Verdict::GrowthUnproven => self.ask_again(from, entries),
            _ => {}
        }
    }

    /// Asks for what is missing in the chains of a letter that did not fit.
    fn ask_again(&self, from: OfficeId, entries: &Entries) {
        let mut wanted: BTreeMap<Chain, u64> = BTreeMap::new();
        for entry in entries.items.iter().filter_map(|item| Entry::parse(&item.entry).ok()) {
            let last = wanted.entry(chain_of(&entry)).or_default();
            *last = entry.pair_seq.max(*last);
        }
        if wanted.is_empty() {
            wanted.insert(Chain::Pair, 0);
        }
        let (log, now) = (entries.log, self.now());
        for (chain, last) in wanted {
            let (held, _) = self.ledger.received_up_to(from, log, chain);
            // Where nothing is missing but the proof, the next entry will bring it.
            let wanted = last.max(held + 1);
            if !self.correspondence.asks((from, log, chain), held, wanted, now) {
                continue;
            }
            self.ask_after(from, log, chain, held);
        }
    }

    /// Asks for what comes after number `held`.
    pub(crate) fn ask_after(&self, office: OfficeId, log: u32, chain: Chain, held: u64) {
        let (from_seq, to_seq) = (held + 1, held + RESEND_MAX);
        self.send_note(office, LetterKind::ResendAsked { log, chain, from_seq, to_seq });
    }

    fn resend(
        &self,
        to: OfficeId,
        log: u32,
        chain: Chain,
        from_seq: u64,
        to_seq: u64,
    ) -> Result<(), Failure> {
        if log != self.log {
            let closed = log < self.log && chain == Chain::Pair;
            return if closed { self.write_old_again(to, log, from_seq..=to_seq) } else { Ok(()) };
        }
        let audience = chain.audience(to);
        let numbers = from_seq..=to_seq.min(from_seq.saturating_add(RESEND_MAX));
        let sent = numbers.map_while(|number| self.ledger.sent(audience, number).ok().flatten());
        self.send_again(to, sent.collect::<Vec<_>>());
        Ok(())
    }

    fn head_told(&self, from: OfficeId, log: u32, told: Option<Checkpoint>) -> Result<(), Untaken> {
        if log != self.log {
            return Ok(());
        }
        // Only a head that this office signed counts: nobody else can say that it is behind.
        let head: Option<Head> = told.as_ref().and_then(|checkpoint| self.own_head(&checkpoint.0));
        let origin = self.own_origin();
        let of_this_log = told.as_ref().is_some_and(|told| Claimed::parse(&told.0, &origin).is_ok());
        if of_this_log && head.is_none() {
            // It may be signed by a key of this office that a later version of the roster names: this folder would be an old copy.
            self.guard.doubts();
            let above = self.roster().newest().version;
            self.send_note(from, LetterKind::RosterAsked { above });
            return Ok(());
        }
        let size = self.ledger.size();
        if let Some(against) = self.guard.answered(from, head, size, |head| continues(&self.ledger, head)) {
            self.mark(against, false)?;
        }
        // What waited for this answer may go out.
        self.to_send.notify_one();
        Ok(())
    }

    fn is_far_off(&self, claimed: Timestamp, now: Timestamp) -> bool {
        claimed.0.abs_diff(now.0) > waymark_seal::verify::CLOCK_TOLERANCE
    }
}

pub(crate) const RECEIVED: u16 = 2;

fn is_receipt(verified: &VerifiedEntry) -> bool {
    verified.entry().kind == RECEIVED
}

pub(crate) fn chain_of(entry: &Entry) -> Chain {
    match entry.audience {
        Audience::Network => Chain::Network,
        Audience::Office(_) | Audience::Nobody => Chain::Pair,
    }
}

/// Whether the same entry stands before `item` in its own letter.
fn came_before(entries: &Entries, item: &Item) -> bool {
    let before = entries.items.iter().take_while(|other| !std::ptr::eq(*other, item));
    before.into_iter().any(|other| other.entry == item.entry)
}

/// How many of these go into one commit; at least one.
fn fitting(kept: &[(VerifiedEntry, &Item)]) -> usize {
    let mut bytes = 0;
    let within = kept.iter().take_while(|(_, item)| {
        bytes += stored_bytes(&item.entry, &item.bodies);
        bytes <= COMMIT_BYTES
    });
    within.count().max(1)
}
