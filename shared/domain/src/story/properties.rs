//! Properties: no order of delivery, no sequence of commands and no event, however strange, breaks a state.

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::*;
use crate::case::CasePhase;
use crate::command::*;
use crate::event::KINDS;
use crate::event::log::ErasureOutcome;
use crate::event::referral::ReferralKind;
use crate::responsible::responsible_office;
use crate::time::{DAY, HOUR};
use crate::words::*;

/// One step of a random story.
#[derive(Debug, Clone, Copy)]
enum Move {
    /// The first step of the main path that is possible now.
    Go,
    /// Anything, and what follows it in the list until something is possible.
    Act(u8),
    Deliver(u8),
    Pass(u16),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        12 => Just(Move::Go),
        4 => any::<u8>().prop_map(Move::Act),
        12 => any::<u8>().prop_map(Move::Deliver),
        2 => (0u16..40).prop_map(Move::Pass),
        1 => (0u16..5000).prop_map(Move::Pass),
    ];
    prop::collection::vec(one, 0..200)
}

/// The story in which the random moves are made: a hand-over to south and a referral to harbour, both offered.
struct Walk {
    story: Story,
    case: ThreadId,
    consents: [EventId; 2],
    threads: [ThreadId; 2],
    turn: usize,
}

fn begin() -> Walk {
    let mut story = network();
    story.given(HARBOUR, capacity(2));
    let case = open_case(&mut story);
    let south = consent(&mut story, case, SOUTH, &RETURN_CATEGORIES);
    let harbour = consent(&mut story, case, HARBOUR, &[Category::Triage, Category::Contact]);
    let first = story.given(NORTH, offer(case, SOUTH, ReferralKind::HandOver, south))[0].thread;
    let second = story.given(NORTH, offer(case, HARBOUR, ReferralKind::Service, harbour))[0].thread;
    Walk { story, case, consents: [south, harbour], threads: [first, second], turn: 0 }
}

impl Walk {
    /// Whatever can be tried; most of it is refused most of the time.
    fn commands(&self) -> Vec<(OfficeId, Command)> {
        let mut all = self.of_case();
        for (referral, other) in [(self.threads[0], SOUTH), (self.threads[1], HARBOUR)] {
            all.extend(self.of_sender(referral).into_iter().map(|command| (NORTH, command)));
            all.extend(self.of_receiver(referral).into_iter().map(|command| (other, command)));
            for me in [NORTH, other] {
                all.extend(self.of_either(referral).into_iter().map(|command| (me, command)));
            }
        }
        all
    }

    fn leg(&self, number: u8, escorting: OfficeId) -> LegPlan {
        let departs_at = self.story.now.plus(u64::from(number) * 6 * HOUR);
        LegPlan { departs_at, arrives_at: departs_at.plus(4 * HOUR), ..leg(number, escorting) }
    }

    fn reception(&self, referral: ThreadId) -> ArrangeReception {
        ArrangeReception { meets_at: self.story.now.plus(5 * DAY), ..arrange_reception(referral) }
    }

    fn private_place(&self, referral: ThreadId) -> ArrangePlace {
        let today = self.story.now.day();
        ArrangePlace { from: today, until: today.plus(8), ..private_place(referral) }
    }

    /// The main path, latest step first.
    fn main_path(&self) -> Vec<(OfficeId, Command)> {
        let ([first, second], at) = (self.threads, self.story.now);
        let [referral, shelter] = [first, second];
        let plan = |command: Command| (NORTH, command);
        let arrived = self.story.offices[&SOUTH].referrals.get(&referral);
        let arrived = arrived.is_some_and(|state| state.arrived_at().is_some());
        let met = if arrived {
            ConfirmReception { referral, at }.into()
        } else {
            CheckInToShelter { referral }.into()
        };
        let came = match self.turn % 3 {
            0 => ReportNoShow { referral: shelter }.into(),
            _comes => CheckInToShelter { referral: shelter }.into(),
        };
        vec![
            (SOUTH, RecordFollowUp { referral, number: 1, outcome: FollowUpOutcome::Well }.into()),
            plan(CloseCase { case: self.case, outcome: CaseOutcome::HandedOver, note: None }.into()),
            (SOUTH, met),
            (SOUTH, RecordArrival { referral, at }.into()),
            (SOUTH, ConfirmLeg { referral, leg: 2, at }.into()),
            (SOUTH, StartLeg { referral, leg: 2, at }.into()),
            plan(ConfirmLeg { referral, leg: 1, at }.into()),
            plan(StartLeg { referral, leg: 1, at }.into()),
            plan(Depart { referral }.into()),
            plan(ClearJourney { referral }.into()),
            (HARBOUR, CheckOutOfShelter { referral: shelter }.into()),
            (HARBOUR, came),
            (HARBOUR, ConfirmPlace { referral: shelter }.into()),
            (HARBOUR, HoldPlace { referral: shelter, unit: UNIT, until: None }.into()),
            (HARBOUR, accept(shelter).into()),
            (SOUTH, accept(referral).into()),
        ]
    }

    /// Plans that can be made again and again: one of them, in turn.
    fn planning(&self, turn: usize) -> (OfficeId, Command) {
        let (referral, shelter) = (self.threads[0], self.threads[1]);
        let state = self.story.referral(NORTH, referral).sender.journey.as_deref();
        if state.is_none_or(|journey| journey.proposed.is_none()) {
            return (NORTH, ProposeJourney { referral, depart_on: self.story.now.day() }.into());
        }
        let plans: Vec<(OfficeId, Command)> = vec![
            (NORTH, AssessRisk { assessed_on: self.story.now.day(), ..assess(referral, GoNoGo::Go) }.into()),
            (SOUTH, AssessRisk { assessed_on: self.story.now.day(), ..assess(referral, GoNoGo::Go) }.into()),
            (NORTH, DecideJourney { referral, verdict: GoNoGo::Go }.into()),
            (NORTH, RecordDocuments { referral, valid_until: TODAY.plus(900) }.into()),
            (NORTH, BookLeg { referral, leg: self.leg(1, NORTH), itinerary: Vec::new() }.into()),
            (NORTH, BookLeg { referral, leg: self.leg(2, SOUTH), itinerary: Vec::new() }.into()),
            (NORTH, NameEscort { referral, leg: 1, name: "someone".into() }.into()),
            (SOUTH, NameEscort { referral, leg: 2, name: "someone".into() }.into()),
            (SOUTH, self.reception(referral).into()),
            (NORTH, self.private_place(referral).into()),
            (NORTH, request(shelter).into()),
        ];
        plans[turn % plans.len()].clone()
    }

    fn go(&mut self) {
        for (me, command) in self.main_path() {
            if self.story.drafts(me, &command).is_ok() {
                return;
            }
        }
        for _ in 0..12 {
            self.turn += 1;
            let (me, command) = self.planning(self.turn);
            if self.story.drafts(me, &command).is_ok() {
                return;
            }
        }
    }

    fn of_case(&self) -> Vec<(OfficeId, Command)> {
        let (case, by) = (self.case, EndedBy::Person);
        let [south, harbour] = self.consents;
        let narrow = NarrowConsent {
            case,
            consent: south,
            purposes: vec![Purpose::SafeReturn],
            categories: vec![Category::Triage, Category::Travel],
            onward: false,
            until: TODAY.plus(100),
        };
        vec![
            (NORTH, WithdrawConsent { case, consent: south, by }.into()),
            (NORTH, WithdrawConsent { case, consent: harbour, by }.into()),
            (NORTH, narrow.into()),
            (NORTH, RenewConsent { case, consent: south, until: TODAY.plus(200) }.into()),
            (NORTH, CloseCase { case, outcome: CaseOutcome::HandedOver, note: None }.into()),
            (NORTH, ReopenCase { case, note: None }.into()),
            (NORTH, offer(case, SOUTH, ReferralKind::HandOver, south).into()),
        ]
    }

    fn of_sender(&self, referral: ThreadId) -> Vec<Command> {
        let now = self.story.now;
        vec![
            WithdrawReferral { referral, by: EndedBy::Sender, note: None }.into(),
            DiscloseSections { referral, categories: vec![Category::Travel] }.into(),
            request(referral).into(),
            ChoosePlace { referral }.into(),
            GiveUpPlace { referral, reason: PlaceReason::Other, note: None }.into(),
            ProposeJourney { referral, depart_on: now.day() }.into(),
            DecideJourney { referral, verdict: GoNoGo::Go }.into(),
            DecideJourney { referral, verdict: GoNoGo::Postponed }.into(),
            RecordDocuments { referral, valid_until: TODAY.plus(900) }.into(),
            BookLeg { referral, leg: self.leg(1, NORTH), itinerary: Vec::new() }.into(),
            BookLeg { referral, leg: self.leg(2, SOUTH), itinerary: Vec::new() }.into(),
            self.private_place(referral).into(),
            ClearJourney { referral }.into(),
            Depart { referral }.into(),
            AbortJourney { referral, reason: AbortReason::Health, note: None }.into(),
        ]
    }

    fn of_receiver(&self, referral: ThreadId) -> Vec<Command> {
        let now = self.story.now;
        let state = self.story.offices.values().find_map(|office| office.referrals.get(&referral));
        let because = state.and_then(|state| state.erasure_due(now.day())).map(|ask| ask.because);
        let because = because.unwrap_or(EventId([0; 16]));
        let unit = UNIT;
        vec![
            AcknowledgeReferral { referral }.into(),
            AskQuestion { referral, text: "?".into() }.into(),
            accept(referral).into(),
            accept(referral).into(),
            DeclineReferral { referral, reason: DeclineReason::NoCapacity, note: None }.into(),
            RequestDisclosure { referral, categories: vec![Category::Health], note: None }.into(),
            RecordContact { referral, at: now }.into(),
            StartService { referral }.into(),
            CompleteService { referral, outcome: Outcome::NoShow, note: None }.into(),
            ReportErasure { referral, because, keys: Vec::new(), outcome: ErasureOutcome::Shredded }.into(),
            HoldPlace { referral, unit, until: None }.into(),
            ConfirmPlace { referral }.into(),
            ReleasePlace { referral, reason: PlaceReason::Other, note: None }.into(),
            CheckInToShelter { referral }.into(),
            CheckOutOfShelter { referral }.into(),
            ReportNoShow { referral }.into(),
            self.reception(referral).into(),
            ConfirmReception { referral, at: now }.into(),
            RecordFollowUp { referral, number: 1, outcome: FollowUpOutcome::Ended }.into(),
        ]
    }

    fn of_either(&self, referral: ThreadId) -> Vec<Command> {
        let at = self.story.now;
        vec![
            AssessRisk { assessed_on: at.day(), ..assess(referral, GoNoGo::Go) }.into(),
            NameEscort { referral, leg: 1, name: "someone".into() }.into(),
            NameEscort { referral, leg: 2, name: "someone".into() }.into(),
            StartLeg { referral, leg: 1, at }.into(),
            ConfirmLeg { referral, leg: 1, at }.into(),
            StartLeg { referral, leg: 2, at }.into(),
            RecordCheckIn { referral, leg: 1, at, note: None }.into(),
            RecordArrival { referral, at }.into(),
            ChangeMind { referral }.into(),
            CloseJourney { referral, stayed: false }.into(),
            RequestCancellation { referral, note: None }.into(),
            AgreeCancellation { referral }.into(),
            DeclineCancellation { referral, note: None }.into(),
            SendMessage { referral, text: "hello".into() }.into(),
            ReplaceThreadKey { referral }.into(),
        ]
    }

    fn make(&mut self, step: Move) {
        match step {
            Move::Go => self.go(),
            Move::Act(choice) => {
                let commands = self.commands();
                let from = usize::from(choice) % commands.len();
                for (me, command) in commands.iter().cycle().skip(from).take(commands.len()) {
                    if self.story.drafts(*me, command).is_ok() {
                        break;
                    }
                }
            }
            Move::Deliver(choice) => {
                let waiting = self.story.waiting();
                if let Some((from, to)) = waiting.get(usize::from(choice) % waiting.len().max(1)) {
                    self.story.deliver(*from, *to);
                }
            }
            Move::Pass(tenths) => {
                self.story.pass(u64::from(tenths) * HOUR / 10);
            }
        }
        self.check();
    }

    /// What holds after every step, before any mail is delivered.
    fn check(&self) {
        for (me, office) in &self.story.offices {
            for case in office.cases.values() {
                assert_eq!(case.anomalies.count, 0, "{:?}", case.anomalies);
            }
            for referral in office.referrals.values() {
                assert_eq!(referral.sender.anomalies.count, 0, "{:?}", referral.sender.anomalies);
                assert_eq!(referral.receiver.anomalies.count, 0, "{:?}", referral.receiver.anomalies);
            }
            for (unit, known) in &office.places.units {
                assert!(office.places.taken(*unit) <= known.maximum, "{me} holds more than it has");
            }
        }
        self.check_watched();
        self.check_responsible();
    }

    /// While she is on the way, as the sender knows, its case is open, and one of the two parties would raise an alarm in the end.
    fn check_watched(&self) {
        let state = self.story.referral(NORTH, self.threads[0]);
        if state.is_on_the_way() {
            let case = &self.story.offices[&NORTH].cases[&self.case];
            assert_eq!(case.phase, CasePhase::Open, "closed while she is on the way");
            assert!(state.alarm().is_some() || state.watched(Party::Sender).is_some(), "nobody watches");
        }
    }

    /// Over the union of the logs exactly one office is responsible: the one that is in its own eyes.
    fn check_responsible(&self) {
        let mut responsible = Vec::new();
        for (me, office) in &self.story.offices {
            let linked: Vec<_> = office.referrals.values().collect();
            let cases = office.cases.values();
            if cases.into_iter().any(|case| responsible_office(*me, case, &linked) == *me) {
                responsible.push(*me);
            }
        }
        let heard = responsible.iter().filter(|office| **office != NORTH).count();
        assert!(heard <= 1, "two offices besides the first");
        assert!(!responsible.is_empty(), "nobody");
        // The sender may see "on the way" until it hears of the reception: in the union of the logs the receiver is.
        let union = self.union();
        assert_eq!(union.responsible(), if heard == 1 { SOUTH } else { NORTH });
    }

    /// The hand-over with the entries of both logs.
    fn union(&self) -> ReferralState {
        let thread = self.threads[0];
        let ours = self.story.referral(NORTH, thread).clone();
        let theirs = self.story.offices[&SOUTH].referrals.get(&thread);
        match theirs {
            Some(theirs) => ReferralState { receiver: theirs.receiver.clone(), ..ours },
            None => ours,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_offices_do_and_however_mail_is_late_they_end_with_one_view(moves in moves()) {
        let mut walk = begin();
        for step in moves {
            walk.make(step);
        }
        walk.story.mail();
        walk.check();
        walk.story.check_same_view();
    }

    #[test]
    fn every_interleaving_of_the_two_halves_gives_the_same_state(moves in moves(), order in any::<u64>()) {
        let mut walk = begin();
        for step in moves {
            walk.make(step);
        }
        walk.story.mail();
        for thread in walk.threads {
            let expected = walk.story.referral(NORTH, thread);
            let log = walk.story.offices[&NORTH].log.iter().filter(|entry| entry.thread == thread);
            let (ours, theirs): (Vec<_>, Vec<_>) = log.partition(|entry| entry.author == NORTH);
            let entries = interleave(&ours, &theirs, order);
            let mut state = ReferralState::new(thread, expected.from, expected.to);
            for entry in entries {
                let author = state.party(entry.author).expect("a party");
                state.apply(&Applied { author, ..entry.applied }, &entry.event);
            }
            prop_assert_eq!(&state, expected);
        }
    }

    #[test]
    fn no_sequence_of_events_however_strange_breaks_a_state(
        strange in prop::collection::vec((any::<prop::sample::Index>(), any::<[u8; 24]>(), any::<bool>()), 0..80),
        order in any::<u64>(),
    ) {
        let events: Vec<_> = strange.iter().filter_map(|(kind, bytes, side)| {
            let event = event_from(KINDS[kind.index(KINDS.len())].number, bytes)?;
            let author = if *side { Party::Sender } else { Party::Receiver };
            Some(applied(author, bytes[23]).map_event(event))
        }).collect();
        let (ours, theirs): (Vec<_>, Vec<_>) = events.iter().partition(|(applied, _)| applied.author == Party::Sender);
        let mut one = ReferralState::new(ThreadId([1; 16]), NORTH, SOUTH);
        let mut other = one.clone();
        let (mut case, mut places) = (CaseState::new(ThreadId([1; 16])), PlacesState::default());
        for (applied, event) in &events {
            one.apply(applied, event);
            case.apply(applied, event);
            places.apply(ThreadId([bytes_of(event); 16]), event);
            look_at(&one);
        }
        for (applied, event) in interleave(&ours, &theirs, order) {
            other.apply(applied, event);
        }
        prop_assert_eq!(one, other);
        let _who = responsible_office(NORTH, &case, &[]);
    }
}

#[test]
fn the_random_stories_reach_every_part_of_the_rules() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..900 {
        let moves = moves().new_tree(&mut runner).expect("moves").current();
        let mut walk = begin();
        for step in moves {
            walk.make(step);
        }
        let logs = walk.story.offices.values().flat_map(|office| &office.log);
        seen.extend(logs.map(|entry| entry.event.name()));
    }
    let wanted = [
        "ConsentWithdrawn",
        "ConsentNarrowed",
        "ConsentRenewed",
        "OfferExpired",
        "AcceptConfirmed",
        "SectionsDisclosed",
        "DisclosureRefused",
        "ReferralWithdrawn",
        "CancellationAgreed",
        "CancellationDeclined",
        "HoldExpired",
        "PlaceReleased",
        "CheckedOut",
        "PlaceNoShow",
        "Departed",
        "JourneyAborted",
        "MindChanged",
        "LegConfirmed",
        "CheckInMissed",
        "StepMissed",
        "CheckInRecorded",
        "Arrived",
        "ReceptionConfirmed",
        "FollowUpDue",
        "FollowUpRecorded",
        "JourneyClosed",
        "Erased",
        "CaseClosed",
        "DeadlineEscalated",
    ];
    let missing: Vec<_> = wanted.iter().filter(|name| !seen.contains(*name)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?}");
}

/// Every pure function of a state, called for its panics.
fn look_at(state: &ReferralState) {
    let (now, today) = (START, TODAY);
    let _all = (state.phase(), state.journey_phase(), state.place(), state.responsible(), state.alarm());
    let _more =
        (state.erasure_due(today), state.may_read(Category::Travel, today), state.watched(Party::Sender));
    let _gates = crate::referral::journey::gates(state, None, &[state], now);
    let _number = state.check_in_number(1, now);
    let (office, places) = (OfficeView::default(), PlacesState::default());
    let witness = Witness::Witnessed;
    let world =
        World { office: &office, case: None, referral: Some(state), linked: &[], places: &places, witness };
    for me in [NORTH, SOUTH] {
        let mut ids = Counter::default();
        let mut ctx = Context { now: now.plus(400 * DAY), me, ids: &mut ids };
        let _timers = (next_timer(&world, me), timers(&world, &mut ctx));
    }
}

/// The two lists merged; the bits of `order` say from which the next comes.
fn interleave<'a, T>(ours: &[&'a T], theirs: &[&'a T], order: u64) -> Vec<&'a T> {
    let (mut ours, mut theirs) = (ours.iter().copied().peekable(), theirs.iter().copied().peekable());
    let mut merged = Vec::new();
    let mut bit = 0u32;
    loop {
        bit = bit.wrapping_add(1);
        let first = order.rotate_right(bit).wrapping_mul(0x9e37_79b9_7f4a_7c15) & 1 == 0;
        let next =
            if first { ours.next().or_else(|| theirs.next()) } else { theirs.next().or_else(|| ours.next()) };
        match next {
            Some(entry) => merged.push(entry),
            None => return merged,
        }
    }
}

/// An event whose fields are these bytes over and over: ids collide often, so that strange events also meet.
fn event_from(kind: u16, bytes: &[u8; 24]) -> Option<Event> {
    // Few values for each byte, and none that begins a long varint.
    let small: Vec<u8> = bytes.iter().cycle().take(600).map(|byte| byte % 4).collect();
    (0..small.len()).find_map(|length| Event::decode(kind, &small[..length]).ok())
}

fn bytes_of(event: &Event) -> u8 {
    event.encode().first().copied().unwrap_or(0) % 3
}

fn applied(author: Party, id: u8) -> Applied {
    let at = Ref { office: NORTH, log: 0, index: 0, leaf: Hash([0; 32]) };
    let claimed_at = START.plus(u64::from(id) * HOUR);
    Applied { event_id: EventId([id % 4; 16]), author, at, claimed_at, known_at: claimed_at }
}

trait MapEvent {
    fn map_event(self, event: Event) -> (Applied, Event);
}

impl MapEvent for Applied {
    fn map_event(self, event: Event) -> (Applied, Event) {
        (self, event)
    }
}
