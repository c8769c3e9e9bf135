//! Whether who was asked to erase answered in time: from the entries of the own log and a clock that is an argument.
//!
//! Told for both sides: what others hold of this office's data, and what this office holds of others'. Each counts by this office's own
//! clock, from when it wrote the ask or came to know of it; so two offices may judge one answer differently when mail was slow. Needs
//! no key. How long an answer may take is `waymark_domain::timer`'s to say.

use std::collections::{BTreeMap, BTreeSet};

use waymark_desk::{Seen, Thread};
use waymark_domain::event::Event;
use waymark_domain::event::referral::Deadline;
use waymark_domain::ids::{EventId, OfficeId};
use waymark_domain::referral::Step;
use waymark_domain::referral::erasure::asks_to_erase;
use waymark_domain::time::Timestamp;
use waymark_domain::timer::erasure_step_at;
use waymark_domain::world::Party;

/// What asked a holder to erase, and what came back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// When this office wrote it or came to know of it; of a wish to cancel, when it came to know that both wish it.
    pub at: Timestamp,
    /// Who asked.
    pub from: OfficeId,
    /// Who was asked.
    pub holder: OfficeId,
    /// By when an answer is in time.
    pub due_at: Timestamp,
    /// The holder's word that it knows and has locked.
    pub acknowledged: Answer,
    /// Its word that it has erased, or what it keeps and why.
    pub erased: Answer,
    /// How far the waiting has come by the clock; it ends with the answer.
    pub reached: Option<Step>,
    /// How far the office that asked has noted it.
    pub noted: Option<Step>,
}

/// An answer that was due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub verdict: Verdict,
    /// The entry, when there is one.
    pub came: Option<Came>,
}

/// What is to be said of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    OnTime,
    Late {
        by_seconds: u64,
    },
    /// Its time has not passed.
    Awaited,
    Missing {
        since: Timestamp,
    },
    /// It did not come, and what asked for it asks no more.
    Lifted,
}

/// The entry of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Came {
    pub at: Timestamp,
    pub event: EventId,
    pub index: u64,
}

impl Asked {
    /// What became of `because` in a thread of which this office saw this `history`, as of `now`; none when it asked nobody to erase.
    pub(crate) fn of(folded: &Folded, history: &[Seen], because: EventId, now: Timestamp) -> Option<Self> {
        let stands = folded.stands(because)?;
        let referral = folded.thread.referral()?;
        let asked = history.iter().position(|seen| seen.event_id == because)?;
        let (ask, after) = history.get(asked..)?.split_first()?;
        if referral.party(ask.author()) != Some(Party::Sender) {
            return None;
        }
        let holder = referral.office(Party::Receiver);
        let came = |wanted: fn(&Event, EventId) -> bool| {
            let mut answers = after.iter().filter(|seen| seen.author() == holder);
            let answer =
                answers.find(|seen| seen.event.as_ref().is_ok_and(|event| wanted(event, because)))?;
            let at = known_at(history, answer);
            Some(Came { at, event: answer.event_id, index: answer.index })
        };
        let (acknowledged, erased) = (came(acknowledges), came(answers));
        let agreed = history.get(folded.asks_from(because)?).unwrap_or(ask);
        let at = known_at(history, ask).max(known_at(history, agreed));
        let until = erased.map_or(now, |came| came.at);
        let due_at = erasure_step_at(at, Step::Missed);
        let noted = after.iter().take_while(|seen| erased.is_none_or(|came| seen.index < came.index));
        let noted = noted.filter(|seen| seen.author() == ask.author());
        Some(Self {
            at,
            from: ask.author(),
            holder,
            due_at,
            acknowledged: Answer::of(acknowledged, due_at, stands, now),
            erased: Answer::of(erased, due_at, stands, now),
            reached: STEPS
                .into_iter()
                .rfind(|step| erasure_step_at(at, *step) <= until)
                .filter(|_| stands || erased.is_some()),
            noted: noted.filter_map(|seen| noted_step(seen.event.as_ref().ok()?)).max(),
        })
    }

    /// Something came late, or is missing.
    pub(crate) const fn is_finding(&self) -> bool {
        self.acknowledged.verdict.is_finding() || self.erased.verdict.is_finding()
    }
}

impl Answer {
    fn of(came: Option<Came>, due_at: Timestamp, stands: bool, now: Timestamp) -> Self {
        let verdict = match came {
            Some(came) if came.at <= due_at => Verdict::OnTime,
            Some(came) => Verdict::Late { by_seconds: came.at.0.saturating_sub(due_at.0) },
            None if !stands => Verdict::Lifted,
            None if now <= due_at => Verdict::Awaited,
            None => Verdict::Missing { since: due_at },
        };
        Self { verdict, came }
    }
}

impl Verdict {
    const fn is_finding(self) -> bool {
        match self {
            Self::Late { .. } | Self::Missing { .. } => true,
            Self::OnTime | Self::Awaited | Self::Lifted => false,
        }
    }
}

/// Whether an entry may ask a holder to erase: by itself, or once the holder agrees. Whether it did, its thread says.
pub(crate) const fn may_ask(event: &Event) -> bool {
    matches!(event, Event::EntryInError(_) | Event::CancellationRequested(_)) || asks_to_erase(event)
}

/// A thread at its end, with everything in it that ever asked a holder to erase.
pub(crate) struct Folded {
    thread: Thread,
    /// And the position in the history from which on it asked.
    ever: BTreeMap<EventId, usize>,
    /// What of it asks no more.
    lifted: BTreeSet<EventId>,
}

impl Folded {
    /// The thread of which `me` saw this `history`.
    pub(crate) fn of(me: OfficeId, history: &[Seen]) -> Self {
        let (mut thread, mut ever) = (Thread::default(), BTreeMap::new());
        let asks = |thread: &Thread| -> BTreeSet<EventId> {
            let referral = thread.referral().into_iter();
            referral.flat_map(|referral| referral.erasure_asks().map(|ask| ask.because)).collect()
        };
        for (position, seen) in history.iter().enumerate() {
            thread.take(me, seen);
            for because in asks(&thread) {
                ever.entry(because).or_insert(position);
            }
        }
        let asks = asks(&thread);
        let lifted = ever.keys().copied().filter(|because| !asks.contains(because)).collect();
        Self { thread, ever, lifted }
    }

    /// Whether `because` still asks; none when it never did.
    fn stands(&self, because: EventId) -> Option<bool> {
        self.ever.contains_key(&because).then(|| !self.lifted.contains(&because))
    }

    fn asks_from(&self, because: EventId) -> Option<usize> {
        self.ever.get(&because).copied()
    }
}

/// When this office came to know of an entry; of one carried over from a lost log nothing is known but its writer's word.
fn known_at(history: &[Seen], seen: &Seen) -> Timestamp {
    let mut beside = history.iter().filter(|other| other.index == seen.index);
    let carried = beside.any(|other| matches!(other.event, Ok(Event::CarriedOver(_))));
    if carried { seen.claimed_at } else { seen.recorded_at }
}

fn acknowledges(event: &Event, because: EventId) -> bool {
    matches!(event, Event::WithdrawalAcknowledged(body) if body.because == because) || answers(event, because)
}

fn answers(event: &Event, because: EventId) -> bool {
    match event {
        Event::Erased(body) => body.because == because,
        Event::RetentionClaimed(body) => body.because == because,
        _ => false,
    }
}

const STEPS: [Step; 3] = [Step::Reminded, Step::Missed, Step::Escalated];

const fn noted_step(event: &Event) -> Option<Step> {
    match event {
        Event::DeadlineReminded(body) if matches!(body.deadline, Deadline::Erasure) => Some(Step::Reminded),
        Event::DeadlineMissed(body) if matches!(body.deadline, Deadline::Erasure) => Some(Step::Missed),
        Event::DeadlineEscalated(body) if matches!(body.deadline, Deadline::Erasure) => Some(Step::Escalated),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use waymark_domain::event::consent::{
        ConsentExpired, ConsentNarrowed, ConsentWithdrawn, WithdrawalAcknowledged,
    };
    use waymark_domain::event::journey::ReceptionConfirmed;
    use waymark_domain::event::log::{EntryInError, Erased, ErasureOutcome, RetentionClaimed};
    use waymark_domain::event::referral::{
        CancellationAgreed, CancellationRequested, DeadlineMissed, DeadlineReminded, ReferralKind,
        ReferralWithdrawn,
    };
    use waymark_domain::ids::ThreadId;
    use waymark_domain::time::HOUR;
    use waymark_domain::words::{Category, EndedBy, Purpose, RetentionGround};
    use waymark_seal::entry::Audience;

    use super::*;
    use crate::nothing::Nothing;
    use crate::testkit::{Log, NORTH, SOUTH, thread, today};

    const REFERRAL: ThreadId = thread(2);

    /// A referral that was agreed and then withdrawn; what follows comes when the test says.
    struct Story {
        log: Log<'static>,
        because: EventId,
        asked_at: Timestamp,
    }

    fn became(me: OfficeId, history: &[Seen], because: EventId, now: Timestamp) -> Option<Asked> {
        Asked::of(&Folded::of(me, history), history, because, now)
    }

    impl Story {
        /// As the office `me` saw it.
        fn of(me: OfficeId) -> Self {
            let mut log = Log::new(me, &Nothing);
            log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::HandOver);
            log.agree(REFERRAL, NORTH, SOUTH);
            let chain = log.seen[0].event_id;
            let asked_at = log.now();
            let withdrawn = ConsentWithdrawn { chain, by: EndedBy::Person };
            let because = log.write(NORTH, REFERRAL, Audience::Office(SOUTH), withdrawn);
            Self { log, because, asked_at }
        }

        /// `author` writes `event`, known here so many seconds after the withdrawal.
        fn after(&mut self, seconds: u64, author: OfficeId, event: impl Into<Event>) {
            let audience = Audience::Office(if author == NORTH { SOUTH } else { NORTH });
            self.log.write(author, REFERRAL, audience, event);
            self.log.seen.last_mut().unwrap().recorded_at = self.asked_at.plus(seconds);
        }

        fn acknowledged(&mut self, seconds: u64) {
            self.after(seconds, SOUTH, WithdrawalAcknowledged { because: self.because });
        }

        fn erased(&mut self, seconds: u64) {
            let (because, outcome) = (self.because, ErasureOutcome::Shredded);
            self.after(seconds, SOUTH, Erased { because, keys: Vec::new(), outcome });
        }

        fn judged(&self, seconds: u64) -> Asked {
            let now = self.asked_at.plus(seconds);
            became(self.log.me, &self.log.seen, self.because, now).unwrap()
        }

        fn verdicts(&self, seconds: u64) -> (Verdict, Verdict) {
            let judged = self.judged(seconds);
            (judged.acknowledged.verdict, judged.erased.verdict)
        }
    }

    #[test]
    fn an_answer_is_in_time_up_to_its_last_second_and_late_from_the_next_on() {
        for office in [NORTH, SOUTH] {
            for (came, verdict) in
                [(72 * HOUR, Verdict::OnTime), (72 * HOUR + 1, Verdict::Late { by_seconds: 1 })]
            {
                let mut story = Story::of(office);
                story.acknowledged(60);
                story.erased(came);
                assert_eq!(story.verdicts(90 * 24 * HOUR), (Verdict::OnTime, verdict));
                assert_eq!(story.judged(90 * 24 * HOUR).is_finding(), verdict != Verdict::OnTime);
            }
        }
    }

    #[test]
    fn what_does_not_come_is_awaited_then_missing_since_it_was_due() {
        let mut story = Story::of(NORTH);
        assert_eq!(story.verdicts(72 * HOUR), (Verdict::Awaited, Verdict::Awaited));
        let missing = Verdict::Missing { since: story.asked_at.plus(72 * HOUR) };
        assert_eq!(story.verdicts(72 * HOUR + 1), (missing, missing));
        story.acknowledged(80 * HOUR);
        let late = Verdict::Late { by_seconds: 8 * HOUR };
        assert_eq!(story.verdicts(90 * HOUR), (late, missing), "to know of it is not to have erased");
    }

    #[test]
    fn the_steps_are_those_of_the_clock_and_beside_them_those_that_were_noted() {
        let mut story = Story::of(NORTH);
        story.after(36 * HOUR, NORTH, DeadlineReminded { deadline: Deadline::Erasure });
        let steps = |story: &Story, hours: u64| {
            let judged = story.judged(hours * HOUR);
            (judged.reached, judged.noted)
        };
        assert_eq!(steps(&story, 35).0, None);
        assert_eq!(steps(&story, 36), (Some(Step::Reminded), Some(Step::Reminded)));
        assert_eq!(steps(&story, 72).0, Some(Step::Missed));
        assert_eq!(steps(&story, 108), (Some(Step::Escalated), Some(Step::Reminded)), "nobody noted it");
        story.erased(73 * HOUR);
        assert_eq!(steps(&story, 500), (Some(Step::Missed), Some(Step::Reminded)), "the answer ends it");
        // Of another deadline, or after the answer, nothing is noted of this one.
        story.after(74 * HOUR, NORTH, DeadlineMissed { deadline: Deadline::Erasure });
        assert_eq!(steps(&story, 500).1, Some(Step::Reminded));
    }

    #[test]
    fn a_legal_ground_is_an_answer_and_another_offices_word_is_none() {
        let mut story = Story::of(NORTH);
        let because = story.because;
        story.after(HOUR, NORTH, Erased { because, keys: Vec::new(), outcome: ErasureOutcome::Shredded });
        assert_eq!(story.verdicts(2 * HOUR), (Verdict::Awaited, Verdict::Awaited));
        let (categories, ground) = (vec![Category::Contact], RetentionGround::LegalClaims);
        let until = today().plus(30);
        story.after(2 * HOUR, SOUTH, RetentionClaimed { because, categories, ground, until });
        assert_eq!(story.verdicts(3 * HOUR), (Verdict::OnTime, Verdict::OnTime));
    }

    #[test]
    fn a_narrowing_asks_for_what_it_takes_away_and_nobody_when_it_takes_nothing() {
        for (categories, asks) in
            [(vec![Category::Triage], true), (vec![Category::Triage, Category::Contact], false)]
        {
            let mut log = Log::new(NORTH, &Nothing);
            log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::Service);
            let (chain, purposes) = (log.seen[0].event_id, vec![Purpose::SafeReturn]);
            let narrowed = ConsentNarrowed { chain, purposes, categories, onward: false, until: today() };
            let because = log.write(NORTH, REFERRAL, Audience::Office(SOUTH), narrowed);
            assert_eq!(became(NORTH, &log.seen, because, log.now()).is_some(), asks);
        }
    }

    #[test]
    fn an_offer_entered_in_error_asks_from_that_word_on() {
        let mut log = Log::new(NORTH, &Nothing);
        let offer = log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::Service);
        let said = log.write(NORTH, REFERRAL, Audience::Office(SOUTH), EntryInError { entry: offer });
        let asked = became(NORTH, &log.seen, said, log.now()).unwrap();
        assert_eq!(asked.at, log.seen.last().unwrap().recorded_at);
        assert_eq!(asked.erased.verdict, Verdict::Awaited);
        assert!(log.seen.last().unwrap().event.as_ref().is_ok_and(may_ask));
    }

    #[test]
    fn a_wish_to_cancel_asks_from_when_the_other_office_agrees() {
        let mut log = Log::new(NORTH, &Nothing);
        log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::Service);
        log.agree(REFERRAL, NORTH, SOUTH);
        let wish = log.write(NORTH, REFERRAL, Audience::Office(SOUTH), CancellationRequested {});
        assert_eq!(became(NORTH, &log.seen, wish, log.now()), None, "nobody has agreed");
        assert!(log.seen.last().unwrap().event.as_ref().is_ok_and(may_ask));
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), CancellationAgreed {});
        let agreed_at = log.seen.last().unwrap().recorded_at;
        let asked = became(NORTH, &log.seen, wish, agreed_at.plus(80 * HOUR)).unwrap();
        assert_eq!((asked.at, asked.holder), (agreed_at, SOUTH));
        assert_eq!(asked.erased.verdict, Verdict::Missing { since: agreed_at.plus(72 * HOUR) });
    }

    #[test]
    fn an_expiry_asks_like_a_withdrawal() {
        let mut log = Log::new(NORTH, &Nothing);
        log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::Service);
        let expired = ConsentExpired { chain: log.seen[0].event_id };
        let asked_at = log.now();
        let because = log.write(NORTH, REFERRAL, Audience::Office(SOUTH), expired);
        let judged = became(NORTH, &log.seen, because, asked_at.plus(80 * HOUR)).unwrap();
        assert_eq!(judged.erased.verdict, Verdict::Missing { since: asked_at.plus(72 * HOUR) });
    }

    #[test]
    fn what_asks_no_more_is_missed_by_nobody() {
        let mut log = Log::new(NORTH, &Nothing);
        log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::HandOver);
        log.agree(REFERRAL, NORTH, SOUTH);
        let withdrawn = ReferralWithdrawn { by: EndedBy::Sender };
        let because = log.write(NORTH, REFERRAL, Audience::Office(SOUTH), withdrawn);
        let late = log.now().plus(100 * HOUR);
        assert!(became(NORTH, &log.seen, because, late).unwrap().is_finding());
        let at = log.now();
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), ReceptionConfirmed { at });
        let judged = became(NORTH, &log.seen, because, late).unwrap();
        assert_eq!((judged.erased.verdict, judged.reached), (Verdict::Lifted, None));
        assert!(!judged.is_finding());
    }
}
