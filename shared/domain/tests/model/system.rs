//! The two offices, the letters between them and the clock: what a node does by itself, with the domain's own functions.

use std::sync::Arc;

use waymark_domain::basis::importable;
use waymark_domain::command::{Command, ReportErasure};
use waymark_domain::consent::Standing;
use waymark_domain::decide::decide;
use waymark_domain::draft::{Audience, BasisOn, Context, Draft, GrantTo, Ids};
use waymark_domain::event::log::ErasureOutcome;
use waymark_domain::event::referral::SectionsDisclosed;
use waymark_domain::event::{BasisKind, Event};
use waymark_domain::ids::{EventId, Hash, KemPublic, OfficeId, Ref, ThreadId};
use waymark_domain::react::react;
use waymark_domain::referral::ReferralState;
use waymark_domain::referral::erasure::Ask;
use waymark_domain::sets::Categories;
use waymark_domain::time::Timestamp;
use waymark_domain::timer::{next_timer, timers};
use waymark_domain::words::Category;
use waymark_domain::world::{Applied, OfficeView, Party};

use crate::office::{Entry, Office};
use crate::scene::TICKS;

/// The sender's office and the receiver's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    North,
    South,
}

/// Something that no order of events may bring about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    /// A key was taken over under a consent of whose end the office had heard.
    LateImport,
    /// An entry was answered a second time.
    AnsweredTwice,
}

/// A rule that is broken, to see that it is missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// South does not take notice of withdrawals.
    WithdrawalIgnored,
    /// What was not answered before a crash is not answered after it.
    AnswerForgotten,
    /// Granted keys are taken over whatever the consent says.
    KeyUnchecked,
    /// North discloses to whoever accepts.
    DisclosureUnchecked,
    /// South erases nothing.
    NothingErased,
    /// South confirms a reception although it knows that the hand-over has ended.
    ReceptionUnchecked,
}

/// What stays the same in a model.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) view: OfficeView,
    pub(crate) broken: Option<Broken>,
}

/// A state of the model.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) tick: usize,
    pub(crate) north: Office,
    pub(crate) south: Office,
    pub(crate) faults: Vec<Fault>,
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::North, Self::South];

    pub(crate) const fn id(self) -> OfficeId {
        match self {
            Self::North => OfficeId([1; 16]),
            Self::South => OfficeId([2; 16]),
        }
    }

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::North => Self::South,
            Self::South => Self::North,
        }
    }
}

impl State {
    pub(crate) fn now(&self) -> Timestamp {
        TICKS.get(self.tick).copied().expect("a tick of the model")
    }

    pub(crate) const fn office(&self, me: Side) -> &Office {
        match me {
            Side::North => &self.north,
            Side::South => &self.south,
        }
    }

    pub(crate) const fn office_mut(&mut self, me: Side) -> &mut Office {
        match me {
            Side::North => &mut self.north,
            Side::South => &mut self.south,
        }
    }

    /// A person decides something; `None` when a rule refuses it.
    pub(crate) fn command(&mut self, rules: &Rules, me: Side, command: &Command) -> Option<()> {
        let (case, referral) = (command.case(), command.referral());
        let drafts = self.office(me).in_world(&rules.view, case, referral, |world| {
            self.in_context(me, |ctx| decide(world, command, ctx)).ok()
        })?;
        self.commit(me, &drafts);
        Some(())
    }

    /// Writes drafts: they are durable at once, all or none.
    pub(crate) fn commit(&mut self, me: Side, drafts: &[Draft]) {
        let claimed_at = self.now();
        for draft in drafts {
            let office = self.office_mut(me);
            let index = office.written.len() as u64;
            let at = Ref { office: me.id(), log: 0, index, leaf: Hash([0; 32]) };
            let event_id = draft.event_id;
            // Both clocks are the model's, so nothing is known before it is written: when it is known says nothing more.
            let applied = Applied { event_id, author: Party::Sender, at, claimed_at, known_at: claimed_at };
            office.write(me.id(), Entry::of(draft, at, applied, granted(draft)));
        }
    }

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
        let mut drafts = self.office(me).in_world(&rules.view, None, Some(entry.thread), |world| {
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
        let ended = referral.sender.consent.as_ref().is_none_or(|chain| chain.standing != Standing::InForce);
        let held = self.office_mut(me).keys.entry(thread).or_default();
        *held = held.union(taken);
        if ended {
            self.fault(Fault::LateImport);
        }
    }

    pub(crate) fn fault(&mut self, fault: Fault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Everything that time has made due at `me` is written; false when that is nothing.
    pub(crate) fn meet_deadlines(&mut self, rules: &Rules, me: Side) -> bool {
        let threads: Vec<ThreadId> = self.office(me).folded.referrals.keys().copied().collect();
        let mut met = false;
        for thread in threads {
            while self.is_due(rules, me, thread) {
                let drafts = self.office(me).in_world(&rules.view, None, Some(thread), |world| {
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
        let next = office.in_world(&rules.view, None, Some(thread), |world| next_timer(world, me.id()));
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
        self.command(rules, me, &report.into())?;
        let keys = &mut self.office_mut(me).keys;
        let left = keys.get(&thread).map(|held| held.minus(ask.categories)).unwrap_or_default();
        keys.insert(thread, left);
        keys.retain(|_, held| !held.is_empty());
        Some(())
    }

    fn careless_disclosure(&self, me: Side, entry: &Entry) -> Option<Draft> {
        if !matches!(entry.event, Event::ReferralAccepted(_)) {
            return None;
        }
        let disclosed = SectionsDisclosed { categories: vec![Category::Identity] };
        let event_id = self.in_context(me, |ctx| ctx.ids.event());
        let (audience, causes, sections) = (Audience::Office(entry.author), Vec::new(), Vec::new());
        let (thread, event, basis) = (entry.thread, disclosed.into(), BasisOn::None);
        Some(Draft { event_id, thread, audience, event, basis, causes, sections, grant_to: None })
    }

    pub(crate) fn in_context<T>(&self, me: Side, act: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let mut ids = Counted { office: me.id(), next: self.office(me).written.len() as u64 };
        act(&mut Context { now: self.now(), me: me.id(), ids: &mut ids })
    }
}

/// Ids that follow from the place in the log: the same entries have the same ids.
struct Counted {
    office: OfficeId,
    next: u64,
}

impl Counted {
    fn next<const N: usize>(&mut self, kind: u8) -> [u8; N] {
        let [office, ..] = self.office.0;
        let mut bytes = [kind; N];
        let number = [office].into_iter().chain(self.next.to_be_bytes());
        bytes.iter_mut().zip(number).for_each(|(byte, digit)| *byte = digit);
        bytes
    }
}

impl Ids for Counted {
    fn event(&mut self) -> EventId {
        let id = EventId(self.next(0xe0));
        self.next += 1;
        id
    }
    fn thread(&mut self) -> ThreadId {
        ThreadId(self.next(0x70))
    }
    fn thread_key(&mut self, _: ThreadId) -> KemPublic {
        KemPublic(self.next(0x6b))
    }
}

/// What a draft grants to its reader under the consent.
fn granted(draft: &Draft) -> Categories {
    match (draft.basis, draft.grant_to) {
        (BasisOn::Consent(_), Some(GrantTo::Inbox(_) | GrantTo::Thread)) => {
            draft.sections.iter().map(|section| section.category).collect()
        }
        (_, _) => Categories::EMPTY,
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

fn withdraws(event: &Event) -> bool {
    matches!(event, Event::ConsentWithdrawn(_) | Event::ReferralWithdrawn(_))
}
