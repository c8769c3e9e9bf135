//! Given, when, then: a few offices in memory that decide, apply, react and write to each other. Only the desk is missing.
//!
//! Mail between two offices keeps its order and waits until it is delivered, so a test chooses what crosses. Every draft is
//! checked against the table of kinds, the bases and the consent in force before it is applied.

mod properties;
mod responsibility;
mod scenes;

use std::collections::{BTreeMap, VecDeque};

use crate::basis::{importable, permits};
use crate::case::CaseState;
use crate::command::Command;
use crate::decide::decide;
use crate::draft::{Audience, BasisOn, Context, Draft, GrantTo, Ids};
use crate::event::{AudienceRule, BasisKind, Event, PUBLIC_MAX, Writer};
use crate::ids::{EventId, Hash, KemPublic, OfficeId, Ref, ThreadId};
use crate::places::PlacesState;
use crate::react::react;
use crate::referral::ReferralState;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::timer::{next_timer, timers};
use crate::world::{Applied, OfficeView, Party, Witness, World};

pub(crate) use scenes::*;

/// An entry on its way, or in an office's memory.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) author: OfficeId,
    pub(crate) audience: Audience,
    pub(crate) thread: ThreadId,
    pub(crate) applied: Applied,
    pub(crate) event: Event,
}

#[derive(Default, Clone)]
pub(crate) struct Office {
    pub(crate) view: OfficeView,
    pub(crate) cases: BTreeMap<ThreadId, CaseState>,
    pub(crate) referrals: BTreeMap<ThreadId, ReferralState>,
    pub(crate) places: PlacesState,
    of_case: BTreeMap<ThreadId, ThreadId>,
    /// Everything it knows, in the order in which it came to know it.
    pub(crate) log: Vec<Entry>,
}

#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) now: Timestamp,
    pub(crate) offices: BTreeMap<OfficeId, Office>,
    pub(crate) mail: BTreeMap<(OfficeId, OfficeId), VecDeque<Entry>>,
    pub(crate) witness: Witness,
    ids: Counter,
}

/// Ids that count: the same story has the same ids.
#[derive(Default, Clone)]
struct Counter(u64);

impl Counter {
    fn next<const N: usize>(&mut self, kind: u8) -> [u8; N] {
        self.0 += 1;
        let mut bytes = [kind; N];
        bytes[..8].copy_from_slice(&self.0.to_be_bytes());
        bytes
    }
}

impl Ids for Counter {
    fn event(&mut self) -> EventId {
        EventId(self.next(0xe0))
    }
    fn thread(&mut self) -> ThreadId {
        ThreadId(self.next(0x70))
    }
    fn thread_key(&mut self, _: ThreadId) -> KemPublic {
        KemPublic(self.next(0x6b))
    }
}

impl Office {
    pub(crate) fn case_of(&self, referral: ThreadId) -> Option<&CaseState> {
        self.of_case.get(&referral).and_then(|case| self.cases.get(case))
    }

    fn linked(&self, case: Option<&CaseState>) -> Vec<&ReferralState> {
        case.iter()
            .flat_map(|case| &case.links)
            .filter_map(|link| self.referrals.get(&link.referral))
            .collect()
    }

    fn take(&mut self, me: OfficeId, entry: &Entry) {
        self.log.push(entry.clone());
        let (thread, event) = (entry.thread, &entry.event);
        match event.rule().audience {
            AudienceRule::Network => {
                self.view.apply_notice(entry.author, event);
                if entry.author == me {
                    self.places.apply(thread, event);
                }
            }
            AudienceRule::Nobody if event.rule().writer == Writer::Own => {
                let case = self.cases.entry(thread).or_insert_with(|| CaseState::new(thread));
                case.apply(&entry.applied, event);
                if let Event::CaseLinked(body) = event {
                    self.of_case.insert(body.referral, thread);
                }
            }
            AudienceRule::Nobody | AudienceRule::Party => {
                let to = match entry.audience {
                    Audience::Office(office) => office,
                    Audience::Nobody | Audience::Network => entry.author,
                };
                let new = || ReferralState::new(thread, entry.author, to);
                let referral = self.referrals.entry(thread).or_insert_with(new);
                let author = referral.party(entry.author).expect("a party of the thread");
                referral.apply(&Applied { author, ..entry.applied }, event);
                if entry.author == me {
                    self.places.apply(thread, event);
                }
            }
        }
    }
}

impl Story {
    fn new(now: Timestamp) -> Self {
        let (offices, mail) = (BTreeMap::new(), BTreeMap::new());
        Self { now, offices, mail, witness: Witness::Witnessed, ids: Counter::default() }
    }

    /// When `me` is asked for this: the names of the events written, or the refusal.
    pub(crate) fn when(
        &mut self,
        me: OfficeId,
        command: impl Into<Command>,
    ) -> Result<Vec<&'static str>, Refusal> {
        Ok(self.drafts(me, &command.into())?.iter().map(|draft| draft.event.name()).collect())
    }

    /// Given that `me` did this.
    pub(crate) fn given(&mut self, me: OfficeId, command: impl Into<Command>) -> Vec<Draft> {
        let command = command.into();
        self.drafts(me, &command).unwrap_or_else(|refusal| panic!("{}: {refusal}", command.name()))
    }

    /// `me` writes this to the other party of a referral, though no rule allows it.
    pub(crate) fn writes(&mut self, me: OfficeId, thread: ThreadId, event: impl Into<Event>) {
        let referral = self.referral(me, thread);
        let to = Audience::Office(if referral.from == me { referral.to } else { referral.from });
        let (event_id, event) = (self.ids.event(), event.into());
        let (basis, causes, sections, grant_to) = (BasisOn::None, Vec::new(), Vec::new(), None);
        self.commit(
            me,
            &[Draft { event_id, thread, audience: to, event, basis, causes, sections, grant_to }],
        );
    }

    /// The code of the refusal of this.
    pub(crate) fn refusal(&mut self, me: OfficeId, command: impl Into<Command>) -> &'static str {
        self.when(me, command).expect_err("a refusal").reason()
    }

    pub(crate) fn drafts(&mut self, me: OfficeId, command: &Command) -> Result<Vec<Draft>, Refusal> {
        let office = self.offices.get(&me).expect("an office");
        let referral = command.referral().and_then(|thread| office.referrals.get(&thread));
        let case = match command.case() {
            Some(thread) => office.cases.get(&thread),
            None => command.referral().and_then(|thread| office.case_of(thread)),
        };
        let linked = if command.needs_linked() { office.linked(case) } else { Vec::new() };
        let world = World {
            office: &office.view,
            case,
            referral,
            linked: &linked,
            places: &office.places,
            witness: self.witness,
        };
        let mut ctx = Context { now: self.now, me, ids: &mut self.ids };
        let drafts = decide(&world, command, &mut ctx)?;
        self.commit(me, &drafts);
        Ok(drafts)
    }

    fn commit(&mut self, me: OfficeId, drafts: &[Draft]) {
        for draft in drafts {
            self.check(me, draft);
            let at = Ref { office: me, log: 0, index: self.ids.0, leaf: Hash([0; 32]) };
            let (event_id, claimed_at) = (draft.event_id, self.now);
            let applied = Applied { event_id, author: Party::Sender, at, claimed_at, known_at: claimed_at };
            let (audience, thread, event) = (draft.audience, draft.thread, draft.event.clone());
            let entry = Entry { author: me, audience, thread, applied, event };
            self.offices.get_mut(&me).expect("an office").take(me, &entry);
            let others: Vec<OfficeId> = match audience {
                Audience::Nobody => Vec::new(),
                Audience::Office(office) => vec![office],
                Audience::Network => self.offices.keys().copied().filter(|office| *office != me).collect(),
            };
            for to in others {
                self.mail.entry((me, to)).or_default().push_back(entry.clone());
            }
        }
    }

    /// What the desk and the receiver will check of every entry.
    fn check(&self, me: OfficeId, draft: &Draft) {
        let rule = draft.event.rule();
        let name = rule.name;
        let public = draft.event.encode();
        assert!(public.len() <= PUBLIC_MAX, "{name} is too long");
        assert_eq!(Event::decode(draft.event.kind(), &public).as_ref(), Ok(&draft.event), "{name}");
        let audience = match draft.audience {
            Audience::Nobody => AudienceRule::Nobody,
            Audience::Office(_) => AudienceRule::Party,
            Audience::Network => AudienceRule::Network,
        };
        assert_eq!(audience, rule.audience, "{name} goes to the wrong audience");
        let basis = match draft.basis {
            BasisOn::None => BasisKind::NoBasis,
            BasisOn::Consent(_) => BasisKind::Consent,
            BasisOn::Reply(_) => BasisKind::Reply,
            BasisOn::OwnData => BasisKind::OwnData,
            BasisOn::Emergency(_) => BasisKind::Emergency,
        };
        assert!(rule.bases.contains(&basis), "{name} has the wrong basis");
        let referral = self.offices[&me].referrals.get(&draft.thread);
        for section in &draft.sections {
            assert!(permits(basis, section.category, rule), "{name} may not seal {}", section.category);
            if let (BasisKind::Consent, Some(referral)) = (basis, referral) {
                let importable = importable(referral, basis, section.category, rule, self.now.day());
                assert_eq!(importable, Ok(()), "{name} seals {} outside the consent", section.category);
            }
        }
        let granted = draft.grant_to.is_some();
        assert_eq!(granted, !draft.sections.is_empty() && rule.audience == AudienceRule::Party, "{name}");
        if let (Some(GrantTo::Thread), Some(referral)) = (draft.grant_to, referral) {
            let other = referral.party(me).expect("a party").other();
            assert!(referral.thread_key(other).is_some(), "{name} is wrapped to a key that is not there");
        }
    }

    /// Delivers the oldest entry from one office to another, and lets the recipient react. False when there is none.
    pub(crate) fn deliver(&mut self, from: OfficeId, to: OfficeId) -> bool {
        let Some(entry) = self.mail.get_mut(&(from, to)).and_then(VecDeque::pop_front) else { return false };
        let entry = Entry { applied: Applied { known_at: self.now, ..entry.applied }, ..entry };
        self.offices.get_mut(&to).expect("an office").take(to, &entry);
        let drafts = self.reaction(to, &entry);
        self.commit(to, &drafts);
        assert_eq!(self.reaction(to, &entry), [], "asked again, it says nothing a second time");
        true
    }

    fn reaction(&mut self, me: OfficeId, entry: &Entry) -> Vec<Draft> {
        let office = &self.offices[&me];
        let referral = office.referrals.get(&entry.thread);
        let author = referral.and_then(|referral| referral.party(entry.author)).unwrap_or(Party::Sender);
        let applied = Applied { author, ..entry.applied };
        let world = World {
            office: &office.view,
            case: office.case_of(entry.thread),
            referral,
            linked: &[],
            places: &office.places,
            witness: self.witness,
        };
        let mut ctx = Context { now: self.now, me, ids: &mut self.ids };
        react(&world, &applied, &entry.event, &mut ctx)
    }

    /// `me` looks once more at an event of the other party: the names of what it writes now.
    pub(crate) fn looks_again(&mut self, me: OfficeId, thread: ThreadId, name: &str) -> Vec<&'static str> {
        let log = &self.offices[&me].log;
        let found = log.iter().find(|entry| (entry.thread, entry.event.name()) == (thread, name));
        let entry = found.expect("it was delivered").clone();
        let drafts = self.reaction(me, &entry);
        self.commit(me, &drafts);
        drafts.iter().map(|draft| draft.event.name()).collect()
    }

    /// Delivers everything, and every answer.
    pub(crate) fn mail(&mut self) {
        while let Some(pair) = self.waiting().first().copied() {
            self.deliver(pair.0, pair.1);
        }
    }

    /// Delivers the next entry of one of those who wait, the `choice`th.
    fn deliver_one(&mut self, choice: usize) {
        let waiting = self.waiting();
        if let Some((from, to)) = waiting.get(choice % waiting.len().max(1)).copied() {
            self.deliver(from, to);
        }
    }

    /// Delivers everything in every possible order; `then` sees each end.
    pub(crate) fn in_every_order(&self, then: &impl Fn(&Self)) {
        let waiting = self.waiting();
        if waiting.is_empty() {
            self.check_same_view();
            then(self);
        }
        for (from, to) in waiting {
            let mut story = self.clone();
            story.deliver(from, to);
            story.in_every_order(then);
        }
    }

    /// Both parties of every thread have the same state of it, once all mail is delivered.
    pub(crate) fn check_same_view(&self) {
        for (me, office) in &self.offices {
            for (thread, referral) in &office.referrals {
                let other = if referral.from == *me { referral.to } else { referral.from };
                let mut ours = referral.clone();
                let mut theirs = self.offices[&other].referrals[thread].clone();
                // A redirection is told to nobody.
                (ours.sender.redirected_to, theirs.sender.redirected_to) = (None, None);
                assert_eq!(ours, theirs, "two views of one thread");
            }
        }
    }

    /// Pairs of offices with mail under way.
    pub(crate) fn waiting(&self) -> Vec<(OfficeId, OfficeId)> {
        self.mail.iter().filter(|(_, queue)| !queue.is_empty()).map(|(pair, _)| *pair).collect()
    }

    /// Lets time pass, then every timer of every office fire; returns the names of what they wrote.
    pub(crate) fn pass(&mut self, seconds: u64) -> Vec<&'static str> {
        self.now = self.now.plus(seconds);
        let mut written = Vec::new();
        for me in self.offices.keys().copied().collect::<Vec<_>>() {
            let threads: Vec<ThreadId> = self.offices[&me].referrals.keys().copied().collect();
            for thread in threads {
                written.extend(self.timers(me, thread));
            }
        }
        written
    }

    fn timers(&mut self, me: OfficeId, thread: ThreadId) -> Vec<&'static str> {
        let mut written = Vec::new();
        loop {
            let office = &self.offices[&me];
            let world = World {
                office: &office.view,
                case: office.case_of(thread),
                referral: office.referrals.get(&thread),
                linked: &[],
                places: &office.places,
                witness: self.witness,
            };
            let due = next_timer(&world, me).is_some_and(|at| at <= self.now);
            let mut ctx = Context { now: self.now, me, ids: &mut self.ids };
            let drafts = timers(&world, &mut ctx);
            assert_eq!(due, !drafts.is_empty(), "next_timer and timers agree");
            if drafts.is_empty() {
                return written;
            }
            written.extend(drafts.iter().map(|draft| draft.event.name()));
            self.commit(me, &drafts);
        }
    }

    pub(crate) fn referral(&self, me: OfficeId, thread: ThreadId) -> &ReferralState {
        &self.offices[&me].referrals[&thread]
    }

    pub(crate) fn phase(&self, me: OfficeId, thread: ThreadId) -> &'static str {
        self.referral(me, thread).phase().word()
    }

    pub(crate) fn journey(&self, me: OfficeId, thread: ThreadId) -> &'static str {
        self.referral(me, thread).journey_phase().word()
    }

    pub(crate) fn place(&self, me: OfficeId, thread: ThreadId) -> &'static str {
        self.referral(me, thread).place().word()
    }

    /// The newest event of that name which `me` knows of.
    pub(crate) fn event(&self, me: OfficeId, name: &str) -> EventId {
        let log = &self.offices[&me].log;
        log.iter().rev().find(|entry| entry.event.name() == name).expect("such an event").applied.event_id
    }
}
