//! A state as named facts, for people: what holds in a thread, and what of it is another between two moments.
//!
//! One summary for each state, one comparison; what a line of a replay changed, the state at its end and what came after it are all
//! made of these two. Facts hold what is public in the log: no section, no person.

use std::collections::{BTreeMap, BTreeSet};

use waymark_api::v1;
use waymark_desk::{Thread, ThreadState};
use waymark_domain::anomaly::Anomalies;
use waymark_domain::case::{CasePhase, CaseState};
use waymark_domain::consent::{Scope, Standing};
use waymark_domain::event::case::LinkSide;
use waymark_domain::event::referral::{Deadline, ReferralKind};
use waymark_domain::ids::OfficeId;
use waymark_domain::referral::journey::{JourneyHalf, LegRun};
use waymark_domain::referral::place::{PlacePhase, Stay};
use waymark_domain::referral::{ReferralState, Step};
use waymark_domain::sets::Categories;
use waymark_domain::world::Party;

/// What an office is called.
pub(crate) type Names<'a> = &'a dyn Fn(OfficeId) -> String;

/// What holds, as names and values in a fixed order. A name stands once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Facts(Vec<(String, String)>);

impl Facts {
    /// The facts of a thread. Who is responsible in a case follows from its referrals: it is added by who knows them.
    pub(crate) fn of(thread: &Thread, names: Names<'_>) -> Self {
        let mut facts = Self::default();
        match &thread.state {
            ThreadState::Case(case) => facts.case(case, names),
            ThreadState::Referral(referral) => facts.referral(referral, names),
            ThreadState::Empty | ThreadState::Notices => {}
        }
        facts
    }

    /// Adds who is responsible.
    pub(crate) fn responsible(mut self, office: Option<String>) -> Self {
        self.some("responsible", office);
        self
    }

    /// As they are told.
    pub(crate) fn lines(&self) -> Vec<v1::StateLine> {
        let line =
            |(name, value): &(String, String)| v1::StateLine { name: name.clone(), value: value.clone() };
        self.0.iter().map(line).collect()
    }

    /// What of this is another in `after`: in the order of `after`, then what is no longer told.
    pub(crate) fn changes(&self, after: &Self) -> Vec<v1::StateChange> {
        if self == after {
            return Vec::new();
        }
        let (was, is): (BTreeMap<&str, &str>, BTreeMap<&str, &str>) = (self.by_name(), after.by_name());
        let change = |name: &str, before: &str, after: &str| v1::StateChange {
            name: name.to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
        };
        let value =
            |facts: &BTreeMap<&str, &str>, name: &str| facts.get(name).map_or("", |value| *value).to_owned();
        let changed = after.0.iter().filter(|(name, now)| was.get(name.as_str()) != Some(&now.as_str()));
        let changed = changed.map(|(name, now)| change(name, &value(&was, name), now));
        let gone = self.0.iter().filter(|(name, _)| !is.contains_key(name.as_str()));
        changed.chain(gone.map(|(name, before)| change(name, before, ""))).collect()
    }

    fn by_name(&self) -> BTreeMap<&str, &str> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    fn say(&mut self, name: impl Into<String>, value: impl ToString) {
        self.0.push((name.into(), value.to_string()));
    }

    fn some(&mut self, name: impl Into<String>, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.say(name, value);
        }
    }

    fn count(&mut self, name: &str, count: usize) {
        self.some(name, (count > 0).then_some(count));
    }

    fn misfits(&mut self, anomalies: &[&Anomalies]) {
        let count: u32 = anomalies.iter().map(|anomalies| anomalies.count).sum();
        self.count("entries that do not fit", count as usize);
    }

    // A case.

    fn case(&mut self, case: &CaseState, names: Names<'_>) {
        self.say("phase", case_phase(case.phase));
        self.say("sections", words(case.recorded.iter()));
        let standing = case.consents.iter().filter(|consent| consent.standing == Standing::InForce);
        self.say("consents not ended", standing.count());
        // The newest one for each recipient counts; those before it have been told.
        let mut told = BTreeMap::new();
        for consent in &case.consents {
            told.insert(consent.recipient, consent);
        }
        for (recipient, consent) in told {
            let recipient = names(recipient);
            self.say(format!("consent for {recipient}"), standing_of(&consent.scope, &consent.standing));
            self.say(format!("consent for {recipient} covers"), words(consent.scope.categories.iter()));
        }
        let refused: BTreeSet<OfficeId> = case.refused.iter().copied().collect();
        if !refused.is_empty() {
            self.say("refused sharing with", words(refused.into_iter().map(names)));
        }
        self.say("referrals", case.links.len());
        for (link, number) in case.links.iter().zip(1..) {
            let side = match link.side {
                LinkSide::Sender => "to",
                LinkSide::Receiver => "from",
            };
            self.say(
                format!("referral {number}"),
                format!("{side} {}, {}", names(link.other), kind(link.kind)),
            );
        }
        self.say("minor", if case.minor { "yes" } else { "no" });
        self.count("countries barred", case.barred.len());
        self.misfits(&[&case.anomalies]);
    }

    // A referral.

    fn referral(&mut self, referral: &ReferralState, names: Names<'_>) {
        self.say("phase", referral.phase().word());
        self.say("sender", names(referral.from));
        self.say("receiver", names(referral.to));
        self.some("kind", referral.kind().map(kind));
        self.some("urgency", referral.sender.offer.as_ref().map(|offer| offer.urgency));
        if let Some(chain) = &referral.sender.consent {
            self.say("consent", standing_of(&chain.scope, &chain.standing));
            self.say("consent covers", words(chain.scope.categories.iter()));
        }
        self.answers(referral);
        self.disclosures(referral);
        self.place(referral);
        if referral.sender.journey.is_some() || referral.receiver.journey.is_some() {
            self.journey(referral, names);
        }
        self.erasures(referral);
        self.misfits(&[&referral.sender.anomalies, &referral.receiver.anomalies]);
        self.say("responsible", names(referral.responsible()));
    }

    fn answers(&mut self, referral: &ReferralState) {
        let (sender, receiver) = (&referral.sender, &referral.receiver);
        if !receiver.questions.is_empty() {
            self.say("open questions", referral.open_questions().count());
        }
        let asked = receiver.requests.iter().fold(Categories::EMPTY, |all, (_, asked)| all.union(*asked));
        if !asked.is_empty() {
            self.say("asked for by the receiver", words(asked.iter()));
        }
        self.some("appointment", receiver.scheduled);
        self.some("person reached", receiver.contacted);
        for (deadline, name) in [(Deadline::Acknowledge, "answer"), (Deadline::Contact, "first contact")] {
            let steps = [Step::Reminded, Step::Missed, Step::Escalated];
            let step = steps.into_iter().rfind(|step| sender.marks.has(deadline, *step));
            self.some(format!("deadline for the {name}"), step.map(step_word));
        }
    }

    fn disclosures(&mut self, referral: &ReferralState) {
        self.some("disclosed", referral.sender.disclosed.map(|(_, disclosed)| words(disclosed.iter())));
        let emergencies =
            [Party::Sender, Party::Receiver].into_iter().flat_map(|by| referral.emergencies(by));
        let disclosed = emergencies.clone().filter(|emergency| emergency.disclosed.is_some());
        let disclosed = disclosed.fold(Categories::EMPTY, |all, emergency| all.union(emergency.categories));
        if !disclosed.is_empty() {
            self.say("disclosed in emergencies", words(disclosed.iter()));
        }
        for (emergency, number) in emergencies.zip(1..) {
            let standing = match (emergency.reviewed, emergency.disclosed) {
                (Some((_, true)), _) => "upheld",
                (Some((_, false)), _) => "turned down",
                (None, Some(_)) => "disclosed, to be reviewed",
                (None, None) => "declared",
            };
            self.say(format!("emergency {number}"), standing);
        }
    }

    fn place(&mut self, referral: &ReferralState) {
        let place = referral.place();
        if place != PlacePhase::None {
            self.say("place", place.word());
        }
        if let PlacePhase::At(Stay::Held { until, .. }) = place {
            self.say("place held until", until);
        }
        let address = referral.receiver.place.as_ref().and_then(|place| place.address);
        let address = address.map(|address| match address.until {
            Some(until) => format!("may be read until {until}"),
            None => "over".to_owned(),
        });
        self.some("address of the place", address);
    }

    fn journey(&mut self, referral: &ReferralState, names: Names<'_>) {
        let (sender, receiver) = (referral.sender.journey.as_deref(), referral.receiver.journey.as_deref());
        self.say("journey", referral.journey_phase().word());
        let halves = || [sender.map(|it| &it.half), receiver.map(|it| &it.half)].into_iter().flatten();
        for (half, end) in
            [(sender.map(|it| &it.half), "origin"), (receiver.map(|it| &it.half), "destination")]
        {
            self.some(format!("risk at the {end}"), half.and_then(|half| half.risk).map(|risk| risk.verdict));
        }
        if let Some(plan) = sender {
            self.some("departure planned on", plan.proposed);
            self.some("decided", plan.decided);
            self.some("documents valid until", plan.documents);
            self.some("minor safeguarded on", plan.safeguarded);
            let first_nights = plan.shelter.map(|place| {
                let whose = if place.private { " with people of her choice" } else { "" };
                format!("{} to {}{whose}", place.from, place.until)
            });
            self.some("first nights", first_nights);
            self.some("cleared", plan.cleared.map(|_| "yes"));
            self.some("departed", plan.departed.map(|(_, at)| at));
        }
        self.legs(referral, names);
        self.some("arrived", halves().filter_map(|half| half.arrived).min());
        if let Some(journey) = receiver {
            self.some("reception arranged for", journey.reception);
            self.some("received", journey.received.map(|(_, at)| at));
            self.count("follow-ups planned", journey.follow_ups.len());
            self.count("follow-ups recorded", journey.followed_up.len());
        }
    }

    fn legs(&mut self, referral: &ReferralState, names: Names<'_>) {
        let sender = referral.sender.journey.as_deref();
        let (ours, theirs) =
            (sender.map(|it| &it.half), referral.receiver.journey.as_deref().map(|it| &it.half));
        let booked = sender.map(|plan| plan.legs.as_slice()).unwrap_or_default();
        let run = [ours, theirs].into_iter().flatten().flat_map(|half: &JourneyHalf| &half.legs);
        let numbers: BTreeSet<u8> =
            booked.iter().map(|leg| leg.number).chain(run.map(|run| run.leg)).collect();
        for number in numbers {
            let runs = [ours, theirs].map(|half| half.and_then(|half| half.leg(number)).copied());
            let escorting = booked.iter().find(|leg| leg.number == number).map(|leg| {
                format!("{} to {}, escorted by {}", leg.departs_on, leg.arrives_on, names(leg.escorting))
            });
            self.say(format!("leg {number}"), leg(runs.into_iter().flatten(), escorting));
        }
    }

    /// What the holders owe, without the calendar: what a day alone changes is in no entry.
    fn erasures(&mut self, referral: &ReferralState) {
        let receiver = &referral.receiver;
        let asks: Vec<_> = referral.erasure_asks().map(|ask| ask.because).collect();
        let claimed = |because| receiver.retained.iter().any(|claim| claim.because == because);
        let standing = |because| {
            if receiver.erased.contains(&because) {
                "erased"
            } else if claimed(because) {
                "kept in part"
            } else if receiver.told.contains(&because) {
                "acknowledged"
            } else {
                "asked for"
            }
        };
        let standings: Vec<_> = asks.iter().map(|because| standing(*because)).collect();
        let counted =
            ["asked for", "acknowledged", "kept in part", "erased"].into_iter().filter_map(|word| {
                let count = standings.iter().filter(|standing| **standing == word).count();
                (count > 0).then(|| if asks.len() == 1 { word.to_owned() } else { format!("{count} {word}") })
            });
        if !asks.is_empty() {
            self.say("erasure", words(counted));
        }
        self.count("erasures by the sender", referral.sender.erased.len());
        let kept = referral
            .retained()
            .map(|kept| format!("{}, until {}", words(kept.categories.iter()), kept.until));
        self.some("kept on a legal ground", kept);
        self.some("deadline for the erasure", {
            let steps = [Step::Reminded, Step::Missed, Step::Escalated];
            let marked = |step: &Step| referral.sender.marks.has(Deadline::Erasure, *step);
            steps.into_iter().rfind(marked).map(step_word)
        });
    }
}

fn case_phase(phase: CasePhase) -> String {
    match phase {
        CasePhase::Unknown => "unknown".to_owned(),
        CasePhase::Open => "open".to_owned(),
        CasePhase::Closed(outcome) => format!("closed: {outcome}"),
        CasePhase::ErasureOrdered(erasure) => format!("to be erased: {}", erasure.reason),
        CasePhase::Erased(erasure) => format!("erased: {}", erasure.reason),
    }
}

fn standing_of(scope: &Scope, standing: &Standing) -> String {
    match standing {
        Standing::InForce => format!("in force until {}", scope.until),
        Standing::Withdrawn { .. } => "withdrawn".to_owned(),
        Standing::Expired { .. } => "expired".to_owned(),
    }
}

/// How a leg stands, as either party saw it.
fn leg(runs: impl Iterator<Item = LegRun> + Clone, booked: Option<String>) -> String {
    let any = |of: fn(&LegRun) -> bool| runs.clone().any(|run| of(&run));
    let mut told = vec![if any(|run| run.confirmed.is_some()) {
        "ended".to_owned()
    } else if any(|run| run.started.is_some()) {
        "begun".to_owned()
    } else if any(|run| run.escort.is_some()) {
        "escort named".to_owned()
    } else {
        "booked".to_owned()
    }];
    let check_in = runs.clone().filter_map(|run| run.check_in).map(|check_in| check_in.number).max();
    told.extend(check_in.map(|number| format!("check-in {number}")));
    let missed = runs.filter_map(|run| run.missed).map(|missed| missed.number).max();
    let missed = missed.filter(|missed| check_in.is_none_or(|came| came < *missed));
    told.extend(missed.map(|number| format!("check-in {number} missed")));
    told.extend(booked);
    told.join(", ")
}

const fn kind(kind: ReferralKind) -> &'static str {
    match kind {
        ReferralKind::Service => "service",
        ReferralKind::HandOver => "hand-over",
    }
}

const fn step_word(step: Step) -> &'static str {
    match step {
        Step::Reminded => "reminded",
        Step::Missed => "missed",
        Step::Escalated => "escalated",
    }
}

fn words<T: std::fmt::Display>(words: impl Iterator<Item = T>) -> String {
    let words: Vec<String> = words.map(|word| word.to_string()).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use waymark_domain::event::consent::ConsentWithdrawn;
    use waymark_domain::ids::ThreadId;
    use waymark_domain::words::EndedBy;
    use waymark_seal::entry::Audience;

    use super::*;
    use crate::nothing::Nothing;
    use crate::testkit::{Log, NORTH, SOUTH, thread};

    const REFERRAL: ThreadId = thread(2);

    fn name(office: OfficeId) -> String {
        if office == NORTH { "north".to_owned() } else { "south".to_owned() }
    }

    fn facts(of: &[(&str, &str)]) -> Facts {
        Facts(of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn told(changes: &[v1::StateChange]) -> Vec<(&str, &str, &str)> {
        changes.iter().map(|it| (it.name.as_str(), it.before.as_str(), it.after.as_str())).collect()
    }

    #[test]
    fn what_is_new_what_is_another_and_what_is_gone_are_told_and_nothing_else() {
        let before = facts(&[("phase", "open"), ("place", "held"), ("place held until", "noon")]);
        let after = facts(&[("phase", "open"), ("place", "confirmed"), ("address", "known")]);
        let changes = before.changes(&after);
        let expected =
            [("place", "held", "confirmed"), ("address", "", "known"), ("place held until", "noon", "")];
        assert_eq!(told(&changes), expected);
        assert_eq!(before.changes(&before), []);
    }

    #[test]
    fn each_name_stands_once_and_the_changes_add_up_to_the_state() {
        let mut log = Log::new(NORTH, &Nothing);
        log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::HandOver);
        log.agree(REFERRAL, NORTH, SOUTH);
        let chain = log.seen[0].event_id;
        let withdrawn = ConsentWithdrawn { chain, by: EndedBy::Person };
        log.write(NORTH, REFERRAL, Audience::Office(SOUTH), withdrawn);
        let mut folded = Thread::default();
        let (mut before, mut sum) = (Facts::default(), BTreeMap::new());
        for seen in &log.seen {
            folded.take(NORTH, seen);
            let after = Facts::of(&folded, &name);
            for change in before.changes(&after) {
                sum.insert(change.name, change.after);
            }
            before = after;
        }
        sum.retain(|_, value| !value.is_empty());
        let state: BTreeMap<String, String> = before.0.iter().cloned().collect();
        assert_eq!(state.len(), before.0.len(), "a name stands twice: {before:?}");
        assert_eq!(sum, state);
        assert_eq!((sum["consent"].as_str(), sum["erasure"].as_str()), ("withdrawn", "asked for"));
    }
}
