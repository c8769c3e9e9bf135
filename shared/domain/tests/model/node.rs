//! What a node does by itself with a letter, at a time, after a withdrawal and after a crash: with the domain's own functions.

use std::sync::Arc;

use waymark_domain::basis::importable;
use waymark_domain::command::ReportErasure;
use waymark_domain::consent::Standing;
use waymark_domain::event::log::ErasureOutcome;
use waymark_domain::event::{BasisKind, Event};
use waymark_domain::ids::ThreadId;
use waymark_domain::react::react;
use waymark_domain::referral::ReferralState;
use waymark_domain::referral::erasure::Ask;
use waymark_domain::sets::Categories;
use waymark_domain::timer::{next_timer, timers};
use waymark_domain::words::Category;
use waymark_domain::world::{Applied, Party};

use crate::broken::{Broken, withdraws};
use crate::office::Entry;
use crate::system::{Fault, Rules, Side, State};

impl State {
    /// How many letters to `me` it does not hold yet.
    pub(crate) fn under_way(&self, me: Side) -> usize {
        self.office(me.other()).letters().count() - self.office(me).heard
    }

    /// `me` keeps its next letter: one entry, with the entries before it of which nobody decides anything.
    pub(crate) fn keep(&mut self, rules: &Rules, me: Side) -> Vec<Arc<Entry>> {
        let waiting = self.office(me.other()).letters().skip(self.office(me).heard);
        let mut letter: Vec<Arc<Entry>> = Vec::new();
        for entry in waiting {
            letter.push(Arc::clone(entry));
            if !rides_along(&entry.event) {
                break;
            }
        }
        let office = self.office_mut(me);
        office.heard += letter.len();
        letter.retain(|entry| !(rules.broken == Some(Broken::WithdrawalIgnored) && withdraws(&entry.event)));
        for entry in &letter {
            Arc::make_mut(&mut office.folded).take(me.id(), entry);
        }
        letter
    }

    /// `me` takes over the keys of an entry that it keeps, and answers it. True when it had something to say.
    pub(crate) fn answer(&mut self, rules: &Rules, me: Side, entry: &Entry) -> bool {
        self.take_over(rules, me, entry);
        let referral = self.office(me).referral(entry.thread);
        let author = referral.and_then(|referral| referral.party(entry.author)).expect("a thread of theirs");
        let applied = Applied { author, ..entry.applied };
        let mut drafts = self.office(me).in_world(rules, None, Some(entry.thread), |world| {
            self.in_context(me, |ctx| react(world, &applied, &entry.event, ctx))
        });
        if rules.broken == Some(Broken::DisclosureUnchecked) && drafts.is_empty() {
            drafts.extend(self.careless_disclosure(me, entry));
        }
        self.commit(me, &drafts);
        !drafts.is_empty()
    }

    /// After a restart `me` looks at everything again that it keeps, in the order in which it came.
    pub(crate) fn answer_again(&mut self, rules: &Rules, me: Side) -> bool {
        let (theirs, heard) = (self.office(me.other()), self.office(me).heard);
        let kept: Vec<_> = theirs.letters().take(heard).cloned().collect();
        self.office_mut(me).to_answer_again = false;
        kept.iter().filter(|entry| self.answer(rules, me, entry)).count() > 0
    }

    fn take_over(&mut self, rules: &Rules, me: Side, entry: &Entry) {
        let (thread, today) = (entry.thread, self.now().day());
        let Some(referral) = self.office(me).referral(thread) else { return };
        let may = |category: &Category| {
            importable(referral, BasisKind::Consent, *category, entry.event.rule(), today).is_ok()
        };
        let unchecked = rules.broken == Some(Broken::KeyUnchecked);
        let taken: Categories = entry.granted.iter().filter(|category| unchecked || may(category)).collect();
        if taken.is_empty() {
            return;
        }
        // Judged once more and otherwise: what this office has heard by now.
        let late = referral.sender.consent.as_ref().is_none_or(|chain| {
            let covered = taken.iter().all(|category| chain.scope.categories.contains(category));
            chain.standing != Standing::InForce || !covered
        });
        let held = self.office_mut(me).keys.entry(thread).or_default();
        *held = held.union(taken);
        if late {
            self.fault(Fault::LateImport);
        }
    }

    /// Everything that time has made due at `me` is written; false when that is nothing.
    pub(crate) fn meet_deadlines(&mut self, rules: &Rules, me: Side) -> bool {
        let threads: Vec<ThreadId> = self.office(me).folded.referrals.keys().copied().collect();
        let mut met = false;
        for thread in threads {
            while self.is_due(rules, me, thread) {
                let drafts = self.office(me).in_world(rules, None, Some(thread), |world| {
                    self.in_context(me, |ctx| timers(world, ctx))
                });
                self.commit(me, &drafts);
                met = true;
            }
        }
        met
    }

    pub(crate) fn is_due(&self, rules: &Rules, me: Side, thread: ThreadId) -> bool {
        let office = self.office(me);
        let next = office.in_world(rules, None, Some(thread), |world| next_timer(world, me.id()));
        next.is_some_and(|at| at <= self.now())
    }

    /// The first erasure that `me` owes.
    pub(crate) fn owes_erasure(&self, me: Side) -> Option<(ThreadId, Ask)> {
        let received = |referral: &&ReferralState| referral.party(me.id()) == Some(Party::Receiver);
        let mut referrals = self.office(me).folded.referrals.values().filter(received);
        let today = self.now().day();
        referrals.find_map(|referral| Some((referral.thread, referral.erasure_due(today)?)))
    }

    /// `me` destroys the keys that the first such ask names, and says so.
    pub(crate) fn erase(&mut self, rules: &Rules, me: Side) -> Option<()> {
        let (thread, ask) = self.owes_erasure(me)?;
        if rules.broken == Some(Broken::NothingErased) {
            return None;
        }
        let (because, outcome) = (ask.because, ErasureOutcome::Shredded);
        let report = ReportErasure { referral: thread, because, keys: Vec::new(), outcome };
        if self.command(rules, me, &report.into()).is_none() {
            self.fault(Fault::ErasureRefused);
            return Some(());
        }
        let keys = &mut self.office_mut(me).keys;
        let left = keys.get(&thread).map(|held| held.minus(ask.categories)).unwrap_or_default();
        keys.insert(thread, left);
        keys.retain(|_, held| !held.is_empty());
        Some(())
    }
}

/// Entries of which nobody decides anything before the next comes: reminders, the release before its offer, steps of a plan.
fn rides_along(event: &Event) -> bool {
    matches!(
        event,
        Event::ConsentReleased(_)
            | Event::DeadlineReminded(_)
            | Event::DeadlineMissed(_)
            | Event::DeadlineEscalated(_)
            | Event::JourneyProposed(_)
            | Event::ReceptionArranged(_)
            | Event::JourneyDecided(_)
            | Event::DocumentsReady(_)
            | Event::LegBooked(_)
            | Event::EscortNamed(_)
            | Event::PlaceArranged(_)
    )
}
