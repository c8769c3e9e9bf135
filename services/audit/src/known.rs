//! What an office knew after a run of events: the states of their threads, and which of the events did not do what they say.

use std::collections::BTreeMap;

use waymark_api::convert::change::etag_text;
use waymark_api::v1;
use waymark_desk::{Seen, Thread, ThreadState};
use waymark_domain::anomaly::{Anomalies, Anomaly};
use waymark_domain::case::CaseState;
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, OfficeId, ThreadId};
use waymark_domain::referral::{Ending, Phase, ReferralState};
use waymark_domain::responsible::responsible_office;
use waymark_domain::words::EndedBy;

use crate::facts::{Facts, Names};

/// Threads folded from exactly the events that were given, in the order in which the office came to know them.
pub(crate) struct Known {
    me: OfficeId,
    threads: BTreeMap<ThreadId, Thread>,
}

impl Known {
    /// Nothing yet, at the office `me`.
    pub(crate) const fn new(me: OfficeId) -> Self {
        Self { me, threads: BTreeMap::new() }
    }

    /// Takes one event; says why when it does not fit.
    pub(crate) fn take(&mut self, seen: &Seen) -> Option<String> {
        let thread = self.threads.entry(seen.thread).or_default();
        let before = misfits_of(thread);
        thread.take(self.me, seen);
        (misfits_of(thread) > before).then(|| misfit(thread, seen.event_id))
    }

    /// A thread as it stands; none before its first event.
    pub(crate) fn thread(&self, id: ThreadId) -> Option<&Thread> {
        self.threads.get(&id)
    }

    /// The referrals of a case; none of anything else.
    pub(crate) fn links(&self, id: ThreadId) -> Vec<ThreadId> {
        let case = self.threads.get(&id).and_then(Thread::case);
        case.map(|case| case.links.iter().map(|link| link.referral).collect()).unwrap_or_default()
    }

    /// What of the crossings an event met, by what became of its thread; empty when nothing.
    pub(crate) fn cause(&self, seen: &Seen) -> String {
        let referral = self.threads.get(&seen.thread).and_then(Thread::referral);
        let (Some(referral), Ok(event)) = (referral, &seen.event) else { return String::new() };
        void(referral, seen.event_id, event).map(|why| format!("void: {why}")).unwrap_or_default()
    }

    /// The one office responsible for the person of a thread; of a case by what is known of its referrals.
    fn responsible(&self, id: ThreadId) -> Option<OfficeId> {
        let linked = |case: &CaseState| {
            let links = case.links.iter();
            let linked: Vec<_> =
                links.filter_map(|link| self.threads.get(&link.referral)?.referral()).collect();
            responsible_office(self.me, case, &linked)
        };
        match &self.threads.get(&id)?.state {
            ThreadState::Case(case) => Some(linked(case)),
            ThreadState::Referral(referral) => Some(referral.responsible()),
            ThreadState::Empty | ThreadState::Notices => None,
        }
    }

    /// What holds in a thread after the last event.
    pub(crate) fn facts(&self, id: ThreadId, names: Names<'_>) -> Facts {
        let Some(thread) = self.threads.get(&id) else { return Facts::default() };
        let facts = Facts::of(thread, names);
        match thread.case() {
            Some(_) => facts.responsible(self.responsible(id).map(names)),
            None => facts,
        }
    }

    /// The state of a thread after the last event.
    pub(crate) fn end(&self, id: ThreadId, names: Names<'_>) -> v1::ReplayEnd {
        let Some(thread) = self.threads.get(&id) else { return v1::ReplayEnd::default() };
        let responsible_office = self.responsible(id).map(|office| office.to_string()).unwrap_or_default();
        let (state, etag) = (self.facts(id, names).lines(), etag_text(thread.etag.0));
        v1::ReplayEnd { state, responsible_office, etag, ..v1::ReplayEnd::default() }
    }
}

/// Why an event counts for nothing although its writer might write it: it crossed with another.
fn void(referral: &ReferralState, id: EventId, event: &Event) -> Option<&'static str> {
    let Phase::Ended(ending) = referral.phase() else { return None };
    if referral.sender.confirmed.is_some_and(|confirmed| confirmed.accept == id) {
        return None;
    }
    match (event, ending) {
        (Event::ReferralAccepted(_), Ending::Withdrawn(EndedBy::Sender)) => {
            Some("the sender had withdrawn the referral")
        }
        (Event::ReferralAccepted(_), Ending::Withdrawn(EndedBy::Person)) => {
            Some("the person had ended the referral")
        }
        (Event::ReferralAccepted(_), Ending::Expired) => Some("the offer had ended"),
        (Event::ReferralAccepted(_) | Event::ReferralDeclined(_), Ending::EnteredInError) => {
            Some("the offer was entered in error")
        }
        (Event::ReferralDeclined(_), Ending::Withdrawn(_)) => Some("the referral had been withdrawn"),
        (
            Event::ReferralWithdrawn(_)
            | Event::JourneyAborted(_)
            | Event::CancellationRequested(_)
            | Event::CancellationAgreed(_)
            | Event::MindChanged(_)
            | Event::OfferExpired(_),
            Ending::HandedOver,
        ) => Some("she had been met: the reception stands"),
        (
            Event::ReferralWithdrawn(_) | Event::CancellationRequested(_) | Event::CancellationAgreed(_),
            Ending::Completed(_),
        ) => Some("the service had been given"),
        (Event::OfferExpired(_), Ending::Declined(_)) => Some("the referral had been declined"),
        _ => None,
    }
}

fn halves(thread: &Thread) -> [Option<&Anomalies>; 2] {
    match &thread.state {
        ThreadState::Case(case) => [Some(&case.anomalies), None],
        ThreadState::Referral(referral) => {
            [Some(&referral.sender.anomalies), Some(&referral.receiver.anomalies)]
        }
        ThreadState::Empty | ThreadState::Notices => [None, None],
    }
}

pub(crate) fn misfits_of(thread: &Thread) -> u32 {
    halves(thread).into_iter().flatten().map(|anomalies| anomalies.count).sum()
}

pub(crate) fn misfit(thread: &Thread, event: EventId) -> String {
    let mut first = halves(thread).into_iter().flatten().flat_map(|anomalies| &anomalies.first);
    let known = first.find(|(misfit, _)| *misfit == event).map(|(_, anomaly)| *anomaly);
    let why = match known {
        Some(Anomaly::WrongWriter) => "it is not for this party to write",
        Some(Anomaly::WrongThread) => "it does not belong to such a thread",
        Some(Anomaly::Repeated) => "it had been done already",
        Some(Anomaly::OutOfOrder) => "what it needs was not there",
        Some(Anomaly::AfterEnd) => "its writer had ended the matter",
        Some(Anomaly::OtherChain) => "it names another consent",
        Some(Anomaly::Widened) => "it gives more than the consent",
        Some(Anomaly::TooMany) => "there were too many of its kind",
        Some(Anomaly::DecidedAlone) => "two people did not decide it",
        None => "see the entries before",
    };
    format!("does not fit: {why}")
}

#[cfg(test)]
mod tests {
    use waymark_domain::event::case::{CaseLinked, CaseOpened, LinkSide};
    use waymark_domain::event::consent::{EmergencyDeclared, EmergencyDisclosed};
    use waymark_domain::event::journey::ReceptionConfirmed;
    use waymark_domain::event::referral::{
        QuestionAnswered, ReferralAccepted, ReferralDeclined, ReferralKind, ReferralWithdrawn,
    };
    use waymark_domain::ids::StaffId;
    use waymark_domain::words::{Category, DeclineReason, EmergencyGround};
    use waymark_seal::entry::Audience;

    use super::*;
    use crate::nothing::Nothing;
    use crate::testkit::{Log, NORTH, SOUTH, thread};

    const CASE: ThreadId = thread(1);
    const REFERRAL: ThreadId = thread(2);

    fn name(office: OfficeId) -> String {
        if office == NORTH { "north".to_owned() } else { "south".to_owned() }
    }

    fn known(history: &[Seen]) -> Known {
        let mut known = Known::new(NORTH);
        history.iter().for_each(|seen| {
            known.take(seen);
        });
        known
    }

    fn fact(end: &v1::ReplayEnd, name: &str) -> String {
        end.state.iter().find(|line| line.name == name).map(|line| line.value.clone()).unwrap_or_default()
    }

    #[test]
    fn an_accept_that_crossed_with_a_withdrawal_is_void_once_the_withdrawal_is_known() {
        let mut log = Log::new(NORTH, &Nothing);
        log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::Service);
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), ReferralAccepted {});
        let accept = log.seen.last().unwrap().clone();
        assert_eq!(known(&log.seen).cause(&accept), "");
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), ReferralWithdrawn { by: EndedBy::Person });
        assert_eq!(known(&log.seen).cause(&accept), "void: the person had ended the referral");
    }

    #[test]
    fn an_accept_that_was_confirmed_stands_whatever_ends_the_referral() {
        let mut log = Log::new(NORTH, &Nothing);
        log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::Service);
        log.agree(REFERRAL, NORTH, SOUTH);
        let is_accept = |seen: &&Seen| matches!(seen.event, Ok(Event::ReferralAccepted(_)));
        let accept = log.seen.iter().find(is_accept).unwrap().clone();
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), ReferralWithdrawn { by: EndedBy::Person });
        let known = known(&log.seen);
        assert_eq!(known.cause(&accept), "");
        assert!(!known.threads[&REFERRAL].referral().unwrap().accept_is_void());
    }

    #[test]
    fn what_was_disclosed_in_an_emergency_stands_in_the_state_by_itself() {
        let mut log = Log::new(NORTH, &Nothing);
        log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::Service);
        let declared = EmergencyDeclared {
            ground: EmergencyGround::VitalInterests,
            categories: vec![Category::Health],
            first: StaffId([1; 8]),
            second: StaffId([2; 8]),
            review_by: log.now().plus(72 * 3_600),
        };
        let emergency = log.write(NORTH, REFERRAL, Audience::Office(SOUTH), declared);
        let categories = vec![Category::Health];
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), EmergencyDisclosed { emergency, categories });
        let end = known(&log.seen).end(REFERRAL, &name);
        assert_eq!(fact(&end, "disclosed in emergencies"), "health");
        assert_eq!(end.state.iter().filter(|line| line.name == "responsible").count(), 1);
    }

    #[test]
    fn what_a_writer_may_not_write_says_so_in_its_own_line_only() {
        let mut log = Log::new(NORTH, &Nothing);
        log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::Service);
        let declined = ReferralDeclined { reason: DeclineReason::Other };
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), declined.clone());
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), declined.clone());
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), declined);
        let mut known = Known::new(NORTH);
        let causes: Vec<_> = log.seen.iter().map(|seen| known.take(seen).unwrap_or_default()).collect();
        let (foreign, again) =
            ("does not fit: it is not for this party to write", "does not fit: it had been done already");
        assert_eq!(causes, ["", "", foreign, "", again]);
    }

    #[test]
    fn the_state_is_that_of_the_events_given_and_no_others() {
        let mut log = Log::new(NORTH, &Nothing);
        log.note(CASE, CaseOpened { minor: false, barred: Vec::new(), referral: None });
        log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::HandOver);
        let kind = ReferralKind::HandOver;
        let (side, consent, released) = (LinkSide::Sender, None, None);
        log.note(CASE, CaseLinked { referral: REFERRAL, other: SOUTH, side, kind, consent, released });
        log.agree(REFERRAL, NORTH, SOUTH);
        let before = log.seen.len();
        let at = log.now();
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), ReceptionConfirmed { at });
        for (until, responsible, phase) in
            [(before, "north", "confirmed"), (before + 1, "south", "handed_over")]
        {
            let known = known(&log.seen[..until]);
            assert_eq!(known.links(CASE), [REFERRAL]);
            let referral = known.end(REFERRAL, &name);
            let case = known.end(CASE, &name);
            assert_eq!(
                (fact(&case, "responsible"), fact(&referral, "responsible")),
                (responsible.into(), responsible.into())
            );
            assert_eq!((fact(&case, "phase"), fact(&referral, "phase")), ("open".into(), phase.into()));
        }
    }

    #[test]
    fn a_thread_not_yet_known_then_has_no_state() {
        let known = Known::new(NORTH);
        assert_eq!(known.end(CASE, &name), v1::ReplayEnd::default());
        assert!(known.links(CASE).is_empty());
    }

    #[test]
    fn an_answer_to_nothing_does_not_stop_the_replay() {
        let mut log = Log::new(NORTH, &Nothing);
        log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::Service);
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), QuestionAnswered { question: EventId([9; 16]) });
        let end = known(&log.seen).end(REFERRAL, &name);
        assert_eq!(fact(&end, "phase"), "offered");
        assert_eq!(end.etag, etag_text(3));
    }
}
