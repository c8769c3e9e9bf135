//! Erasing what a withdrawal, an expiry or the end of a referral takes away: keys first, then bodies, then the signed word of it.
//!
//! Each step can be done again: after a crash the erasure is still due, because only the `Erased` entry ends it. It never touches an
//! entry; the log stays as it was signed. The rules are in `waymark_domain::referral::erasure`.

use std::collections::BTreeSet;

use waymark_domain::command::{ClaimRetention, Command, ReportErasure};
use waymark_domain::event::Event;
use waymark_domain::event::log::ErasureOutcome;
use waymark_domain::ids::{KemPublic, KeyId, OfficeId, ThreadId};
use waymark_domain::referral::ReferralState;
use waymark_domain::referral::erasure::{DueErasure, Held, Reach};
use waymark_domain::sets::Categories;
use waymark_domain::time::Timestamp;
use waymark_domain::words::{Category, RetentionGround};
use waymark_domain::world::Party;
use waymark_ledger::{Bodies, Ledger};
use waymark_seal::kem::kem_hash;
use waymark_seal::unplaced::Body;
use waymark_seal::vault::Selector;
use waymark_seal::verify::basis_kind;

use crate::desk::Desk;
use crate::order::{Failure, SubmitError};
use crate::rules::Rules;
use crate::sections::basis_event;
use crate::seen::Seen;
use crate::threads::Thread;

/// Seconds until a thread is looked at again whose day has come by this office's clock alone.
pub(crate) const CERTAIN_SECONDS: u64 = 60;

/// The vault's note of how far erasures are known to be whole.
const ERASED_TO: &str = "erased to";

/// What an office has decided about erasing beforehand.
#[derive(Debug, Clone, Default)]
pub struct Keeping {
    /// How long access is locked before anything is destroyed, so that somebody can claim a legal ground.
    pub wait_seconds: u64,
    /// What it must keep by law whenever it held it.
    pub duty: Option<Duty>,
    /// Days after closing for which it keeps a case of its own; none: until somebody orders the erasure.
    pub closed_case_days: Option<u32>,
}

/// A legal duty to keep.
#[derive(Debug, Clone)]
pub struct Duty {
    /// Which categories.
    pub categories: Vec<Category>,
    /// The ground.
    pub ground: RetentionGround,
    /// For how many days after the withdrawal.
    pub days: u32,
}

/// What an erasure takes away of a thread.
#[derive(Default)]
pub(crate) struct Takes {
    pub(crate) keys: BTreeSet<KeyId>,
    /// The categories of their sections.
    sections: BTreeSet<(KeyId, Category)>,
    pub(crate) bodies: Vec<(u64, Bodies)>,
}

impl Desk {
    /// Carries out the erasures of a thread that are due; gives when to look again, when one has to wait.
    pub(crate) fn erase_due(&self, id: ThreadId) -> Result<Option<Timestamp>, SubmitError> {
        let Some(thread) = self.thread(id)? else { return Ok(None) };
        if let Some(case) = thread.case() {
            return self.erase_case_due(case);
        }
        let Some((referral, holder)) = self.held(&thread) else { return Ok(None) };
        let now = self.now();
        let mut again: Option<Timestamp> = None;
        for due in referral.erasures_due(holder, now.day()) {
            match self.waits_until(&thread, holder, &due)? {
                Some(at) => again = Some(again.map_or(at, |again| again.min(at))),
                // The rest goes with the next look at the thread.
                None if self.claims_by_duty(&thread, referral, holder, &due)? => return Ok(Some(now)),
                None => self.erase_for(id, &due)?,
            }
        }
        Ok(again)
    }

    fn held<'t>(&self, thread: &'t Thread) -> Option<(&'t ReferralState, Party)> {
        let referral = thread.referral()?;
        Some((referral, referral.party(self.me)?))
    }

    /// When an erasure may be carried out, unless it may now.
    fn waits_until(
        &self,
        thread: &Thread,
        holder: Party,
        due: &DueErasure,
    ) -> Result<Option<Timestamp>, Failure> {
        let (now, others_say) = (self.now(), self.core().others_say);
        if let Some(day) = due.ask.not_before {
            if now < day {
                return Ok(Some(day));
            }
            // A clock that is set wrong must not destroy anything: somebody else has to say that it is so late.
            return Ok((others_say < day).then_some(now.plus(CERTAIN_SECONDS)));
        }
        let claimed = thread.referral().is_some_and(|referral| {
            referral.receiver.retained.iter().any(|claim| claim.because == due.ask.because)
        });
        if holder == Party::Sender || claimed || self.keeping.wait_seconds == 0 {
            return Ok(None);
        }
        let heard = match thread.find(due.ask.because) {
            Some(at) => self.seen_at(at.index)?.first().map(|seen| seen.recorded_at),
            None => None,
        };
        // Heard under a clock that was far ahead, it does not wait for that day.
        let until = heard.unwrap_or_default().min(others_say).plus(self.keeping.wait_seconds);
        Ok((now < until).then_some(until))
    }

    /// Destroys what is due, then says so. Nothing else is written in the thread or taken over from it meanwhile; what a command has
    /// changed before is looked at again.
    fn erase_for(&self, id: ThreadId, due: &DueErasure) -> Result<(), SubmitError> {
        let command = {
            let _alone = self.stripes.lock(&[id]);
            let Some(thread) = self.thread(id)? else { return Ok(()) };
            let Some((referral, holder)) = self.held(&thread) else { return Ok(()) };
            if !referral.erasures_due(holder, self.now().day()).any(|now| now == *due) {
                return Ok(());
            }
            let takes = self.takes(&thread, referral, holder, due, u64::MAX)?;
            self.destroy(referral, holder, due, &takes)?;
            let never_held = takes.keys.is_empty() && due.kept.is_none();
            let outcome = if never_held { ErasureOutcome::NeverHeld } else { due.outcome() };
            let keys = takes.keys.into_iter().take(KEYS_TOLD).collect();
            ReportErasure { referral: id, because: due.ask.because, keys, outcome }
        };
        self.by_node(Command::ReportErasure(command)).map(|_| ())
    }

    /// Claims what the law obliges this office to keep, of what it still holds and has not claimed; whether it did.
    fn claims_by_duty(
        &self,
        thread: &Thread,
        referral: &ReferralState,
        holder: Party,
        due: &DueErasure,
    ) -> Result<bool, SubmitError> {
        let Some(duty) = self.keeping.duty.as_ref() else { return Ok(false) };
        // What is asked for by the calendar was kept as long as it had to be.
        if holder == Party::Sender || due.ask.reach != Reach::Thread || due.ask.not_before.is_some() {
            return Ok(false);
        }
        let takes = self.takes(thread, referral, holder, due, u64::MAX)?;
        let held = self.categories_held(referral.thread, &takes)?;
        let categories: Vec<Category> = held.iter().filter(|held| duty.categories.contains(held)).collect();
        if categories.is_empty() {
            return Ok(false);
        }
        self.by_node(Command::ClaimRetention(ClaimRetention {
            referral: referral.thread,
            because: Some(due.ask.because),
            categories,
            ground: duty.ground,
            until: self.now().day().plus(duty.days),
        }))
    }

    /// The categories among what goes whose keys are here.
    fn categories_held(&self, id: ThreadId, takes: &Takes) -> Result<Categories, Failure> {
        let mut held = Categories::EMPTY;
        for (key, category) in &takes.sections {
            if self.vault.section_key(&id, key)?.is_some() {
                held = held.with(*category);
            }
        }
        Ok(held)
    }

    /// Which keys and bodies of a thread go, of what this office saw before own-log index `before`.
    fn takes(
        &self,
        thread: &Thread,
        referral: &ReferralState,
        holder: Party,
        due: &DueErasure,
        before: u64,
    ) -> Result<Takes, Failure> {
        let history = self.history(referral.thread)?;
        Ok(Takes::of(self.rules.as_ref(), self.me, thread, (referral, holder), due, &history, before))
    }

    /// Destroys keys, then bodies; all of it can be done again.
    fn destroy(
        &self,
        referral: &ReferralState,
        holder: Party,
        due: &DueErasure,
        takes: &Takes,
    ) -> Result<(), Failure> {
        self.vault.erase(&referral.thread, &selects(referral, holder, due, takes.keys.clone(), None))?;
        overwrite(&self.ledger, &takes.bodies)?;
        self.overwrite_closed(referral.thread)
    }

    /// The bodies of a thread in the log before this one, as long as they are kept for who lost them: all of them. What is written again
    /// for another office from then on is written without.
    pub(crate) fn overwrite_closed(&self, id: ThreadId) -> Result<(), Failure> {
        let recovery = self.recovery();
        let Some(closed) = recovery.as_ref().and_then(|recovery| recovery.closed()) else { return Ok(()) };
        let entries = closed.thread_entries(id)?;
        let bodies: Vec<(u64, Bodies)> = entries.into_iter().map(|(index, _)| (index, Bodies::All)).collect();
        overwrite(closed, &bodies)
    }

    /// Destroys again what the log says was erased, where it came back with an older folder: before anything is opened.
    pub(crate) fn erase_what_came_back(&self) -> Result<(), Failure> {
        let newest: Vec<(u64, ThreadId)> =
            self.core().erasures.iter().rev().take(NEWEST_LOOKED_AT).map(|(at, id)| (*at, *id)).collect();
        let mut whole = true;
        // The newest one that took anything shows whether vault and bodies are those of this log.
        for (index, thread) in newest {
            if let Some(gone) = self.erase_again(index, thread, false)? {
                whole = gone;
                break;
            }
        }
        let from = if whole { self.erased_to()? } else { 0 };
        self.erase_again_from(from)?;
        self.note_erasures()
    }

    /// Does every erasure once more that the own log names from `from` on. One that fails keeps none of the others.
    pub(crate) fn erase_again_from(&self, from: u64) -> Result<(), Failure> {
        let erasures: Vec<(u64, ThreadId)> =
            self.core().erasures.range(from..).map(|(index, thread)| (*index, *thread)).collect();
        let mut done = Ok(());
        for (index, thread) in erasures {
            done = done.and(self.erase_again(index, thread, true).map(|_| ()));
        }
        done
    }

    /// Does once more what the `Erased` or `CaseErased` at `index` of the own log says; whether there was nothing left to do, and none when it took
    /// nothing.
    fn erase_again(&self, index: u64, id: ThreadId, always: bool) -> Result<Option<bool>, Failure> {
        let Some(thread) = self.thread(id)? else { return Ok(None) };
        if let Some(case) = thread.case() {
            return self.erase_case_again(index, case, always);
        }
        let Some((referral, holder)) = self.held(&thread) else { return Ok(None) };
        let seen = self.seen_at(index)?;
        let because = seen.iter().find_map(|seen| match &seen.event {
            Ok(Event::Erased(body)) => Some(body.because),
            Ok(_) | Err(_) => None,
        });
        let Some(due) = referral.erasures_done(holder).find(|due| Some(due.ask.because) == because) else {
            return Ok(None);
        };
        // What came after it is not meant; in a log that took another one over, the order of before is not kept.
        let before = if self.log == 0 { index } else { u64::MAX };
        let takes = self.takes(&thread, referral, holder, &due, before)?;
        if takes.keys.is_empty() && takes.bodies.is_empty() {
            return Ok(None);
        }
        let gone = self.is_gone(id, &takes)?;
        if !gone || always {
            // What reads as erased may not be overwritten yet, where doing it again was cut short.
            overwrite(&self.ledger, &takes.bodies)?;
            self.vault
                .erase(&id, &selects(referral, holder, &due, takes.keys, referral.thread_key(holder)))?;
        }
        Ok(Some(gone))
    }

    pub(crate) fn is_gone(&self, id: ThreadId, takes: &Takes) -> Result<bool, Failure> {
        for key in &takes.keys {
            if self.vault.section_key(&id, key)?.is_some() {
                return Ok(false);
            }
        }
        for (index, bodies) in &takes.bodies {
            let (Bodies::Only(positions), kept) = (bodies, self.ledger.kept(*index)?) else {
                return Ok(false);
            };
            let bodies = match kept {
                Some(kept) => kept.bodies,
                None => self.ledger.bodies(*index)?,
            };
            let there = |position: &usize| matches!(bodies.get(*position), Some(Body::Whole(_)));
            if positions.iter().any(there) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Up to which own-log index the vault and the bodies are known to be without what was erased.
    fn erased_to(&self) -> Result<u64, Failure> {
        let noted = self.vault.named(ERASED_TO)?;
        let noted = noted.and_then(|noted| postcard::from_bytes::<(u32, u64)>(&noted).ok());
        Ok(noted.filter(|(log, _)| *log == self.log).map_or(0, |(_, index)| index))
    }

    /// Notes that everything erased so far is gone; the next start looks at what comes later only.
    pub(crate) fn note_erasures(&self) -> Result<(), Failure> {
        if self.recovery().is_some() || self.carries_over() {
            // What is given back is not looked at yet.
            return Ok(());
        }
        let next = self.core().erasures.last_key_value().map_or(0, |(index, _)| index + 1);
        if next > self.erased_to()? {
            let noted = postcard::to_allocvec(&(self.log, next))
                .map_err(|_| Failure::Inconsistent("two numbers do not serialise"))?;
            self.vault.set_named(ERASED_TO, &noted)?;
        }
        Ok(())
    }

    /// Overwrites what a grant that is not taken over brought: nobody here may ever read it.
    pub(crate) fn drop_untaken(&self, seen: &Seen, categories: &[Category]) -> Result<(), Failure> {
        let mut takes = Takes::default();
        takes.take_from(seen, true, |category| {
            category.is_some_and(|category| categories.contains(&category))
        });
        overwrite(&self.ledger, &takes.bodies)
    }

    /// When a thread has next something to erase here.
    pub(crate) fn next_erasure(&self, referral: &ReferralState) -> Option<Timestamp> {
        referral.party(self.me).and_then(|holder| referral.next_erasure(holder))
    }
}

/// Erasures that are looked at for one that took anything.
const NEWEST_LOOKED_AT: usize = 64;

/// Keys named in one report: its public part holds no more.
pub(crate) const KEYS_TOLD: usize = 256;

/// What goes from the vault. `fresh`: the thread key that came after what is erased.
fn selects(
    referral: &ReferralState,
    holder: Party,
    due: &DueErasure,
    keys: BTreeSet<KeyId>,
    fresh: Option<KemPublic>,
) -> Selector {
    // A wrap that survives somewhere would give a key back as long as the secret of the thread is there.
    match fresh {
        _ if !referral.spends_secret(holder, &due.ask) => Selector::OwnKeys(keys),
        Some(public) => Selector::KeysBut(keys, kem_hash(&public)),
        None => Selector::Keys(keys),
    }
}

pub(crate) fn overwrite(ledger: &Ledger, bodies: &[(u64, Bodies)]) -> Result<(), Failure> {
    ledger.tombstones(bodies).map_err(|fault| {
        tracing::error!(%fault, "bodies could not be overwritten; it is tried again");
        Failure::Inconsistent("bodies could not be overwritten")
    })
}

impl Takes {
    /// What an erasure takes of a thread of which `me`, which is `holder` in it, saw this `history`; only of what came before own-log index
    /// `before`.
    pub(crate) fn of(
        rules: &dyn Rules,
        me: OfficeId,
        thread: &Thread,
        (referral, holder): (&ReferralState, Party),
        due: &DueErasure,
        history: &[Seen],
        before: u64,
    ) -> Self {
        let mut takes = Self::default();
        // What the sender keeps may lie under a key of what goes: its own assessment of a risk, under that of the safety section.
        let mut spared = BTreeSet::new();
        for seen in history.iter().filter(|seen| seen.index < before) {
            let Some(author) = referral.party(seen.author()) else { continue };
            let on = basis_event(me, thread, &seen.basis);
            let goes = |category: Option<Category>| match category {
                Some(category) => {
                    let held = Held { author, basis: basis_kind(&seen.basis), on, category };
                    rules.goes(referral, due, holder, &held)
                }
                // Of a category that this version does not know nothing was ever opened.
                None => holder == Party::Receiver && due.ask.reach == Reach::Thread,
            };
            if holder == Party::Sender {
                let stays = seen.sections.iter().filter(|section| !goes(section.category()));
                spared.extend(stays.map(|section| section.key));
            }
            // What the receiver itself wrote may still wait for the other party, which reads it with its own key; here its key goes. An
            // address that is over is read by nobody.
            let address = due.ask.reach == Reach::Address;
            let delivers = holder == Party::Receiver && author == Party::Receiver && !address;
            takes.take_from(seen, !delivers, goes);
        }
        takes.keys.retain(|key| !spared.contains(key));
        takes
    }

    /// Takes the keys of an entry and, where asked, its bodies.
    pub(crate) fn take_from(
        &mut self,
        seen: &Seen,
        with_bodies: bool,
        goes: impl Fn(Option<Category>) -> bool,
    ) {
        let mut positions = Vec::new();
        for (position, section) in seen.sections.iter().enumerate() {
            if goes(section.category()) {
                positions.push(position);
                self.keys.insert(section.key);
                self.sections.extend(section.category().map(|category| (section.key, category)));
            }
        }
        for (position, grant) in seen.grants.iter().enumerate() {
            if goes(grant.category()) {
                positions.push(seen.sections.len() + position);
                self.keys.insert(grant.key);
            }
        }
        if with_bodies && !positions.is_empty() {
            self.bodies.push((seen.index, Bodies::Only(positions)));
        }
    }
}
