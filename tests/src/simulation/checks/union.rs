//! What the logs of all offices say together: who is responsible for each person, and whether two ends see the same.

use std::collections::BTreeMap;

use waymark_desk::Thread;
use waymark_domain::case::{CasePhase, CaseState};
use waymark_domain::event::case::LinkSide;
use waymark_domain::ids::{OfficeId, ThreadId};
use waymark_domain::referral::{Ending, ReferralState, settled};
use waymark_domain::responsible::responsible_office;

use super::{Breach, Checked, Checks, Rule};
use crate::simulation::office::Office;

/// Nothing that an office wrote itself fails to fit.
pub(super) fn anomalies(office: &Office, thread: &Thread) -> Checked {
    let own = match (thread.case(), thread.referral()) {
        (Some(case), _) => &case.anomalies,
        (None, Some(referral)) if referral.from == office.id => &referral.sender.anomalies,
        (None, Some(referral)) => &referral.receiver.anomalies,
        (None, None) => return Ok(()),
    };
    if own.count == 0 {
        return Ok(());
    }
    let how = format!("office {} wrote what does not fit: {own:?}", office.number);
    Err(Breach::new(Rule::Anomaly, how))
}

impl Checks {
    fn cases(&self) -> impl Iterator<Item = (u16, &CaseState)> {
        let open = |case: &&CaseState| case.phase != CasePhase::Unknown;
        self.known
            .iter()
            .filter_map(move |((office, _), thread)| Some((*office, thread.case().filter(open)?)))
    }

    fn referral(&self, office: u16, thread: ThreadId) -> Option<&ReferralState> {
        self.known.get(&(office, thread))?.referral()
    }

    /// The offices at both ends of a referral, as numbers; 0 is the hostile one.
    fn ends(&self, thread: ThreadId) -> impl Iterator<Item = (u16, &ReferralState)> {
        let ends = self.known.iter().filter(move |((_, id), _)| *id == thread);
        ends.filter_map(|((office, _), known)| Some((*office, known.referral()?)))
    }

    /// Each person: the office that opened her first case, and every hand-over of her in which she was met. A case belongs to the
    /// person of the case from which its first referral came.
    fn persons(&self) -> BTreeMap<ThreadId, Person> {
        let mut persons: BTreeMap<ThreadId, Person> = BTreeMap::new();
        for (office, case) in self.cases() {
            let first = self.first_case(case);
            if first.came_by.is_some() {
                // She came from the hostile office, which keeps no cases.
                continue;
            }
            let person = persons.entry(first.thread).or_default();
            if first.thread == case.thread {
                *person.responsible.entry(office).or_default() += 1;
            }
            person.cases.push((office, case.thread));
            let links = case.links.iter().filter(|link| link.side == LinkSide::Sender);
            for link in links.filter(|link| self.met(link.referral)) {
                *person.responsible.entry(office).or_default() -= 1;
                let to = self.ends(link.referral).map(|(end, _)| end).find(|end| *end != office);
                *person.responsible.entry(to.unwrap_or(0)).or_default() += 1;
            }
        }
        persons
    }

    /// The case by which the person of `case` came into the network.
    fn first_case<'c>(&'c self, case: &'c CaseState) -> &'c CaseState {
        let came_by = case.came_by.and_then(|referral| {
            self.cases()
                .find(|(_, other)| other.link(referral).is_some_and(|link| link.side == LinkSide::Sender))
        });
        came_by.map_or(case, |(_, before)| self.first_case(before))
    }

    /// Whether she was met: each half as its writer has it, whether or not the other has heard. Of a hostile office only the other end
    /// tells.
    fn met(&self, thread: ThreadId) -> bool {
        let ends: Vec<_> = self.ends(thread).collect();
        let by = |writer: fn(&ReferralState) -> OfficeId| {
            let writes = |(office, it): &&(u16, &ReferralState)| self.ids.get(office) == Some(&writer(it));
            ends.iter().find(writes).or(ends.first()).map(|(_, it)| *it)
        };
        match (by(|it| it.from), by(|it| it.to)) {
            (Some(sender), Some(receiver)) => {
                settled(&sender.sender, &receiver.receiver) == Some(Ending::HandedOver)
            }
            _ => false,
        }
    }

    /// Exactly one office is responsible for each person.
    pub(super) fn responsible(&self) -> Checked {
        for (case, person) in self.persons() {
            let wrong = person.responsible.iter().find(|(_, times)| !(0..=1).contains(*times));
            if wrong.is_some() || person.responsible.values().sum::<i32>() != 1 {
                let how = format!("for the person of case {case}: {:?}", person.responsible);
                return Err(Breach::new(Rule::Responsible, how));
            }
        }
        Ok(())
    }

    /// Once everybody has heard, each office knows whether it is the one.
    pub(super) fn everybody_knows(&self) -> Checked {
        for (first, person) in self.persons() {
            for (number, id) in &self.ids {
                let thinks = person.cases.iter().filter(|(office, _)| office == number);
                let thinks = thinks.filter(|(_, case)| self.thinks(*id, *number, *case)).count();
                let is = person.responsible.get(number).copied().unwrap_or(0);
                if thinks != usize::try_from(is).unwrap_or(0) {
                    let how = format!("office {number} thinks otherwise about the person of case {first}");
                    return Err(Breach::new(Rule::Responsible, how));
                }
            }
        }
        Ok(())
    }

    fn thinks(&self, me: OfficeId, number: u16, case: ThreadId) -> bool {
        let Some(case) = self.known.get(&(number, case)).and_then(|thread| thread.case()) else {
            return false;
        };
        let linked: Vec<_> =
            case.links.iter().filter_map(|link| self.referral(number, link.referral)).collect();
        responsible_office(me, case, &linked) == me
    }

    /// Both ends of every referral between honest offices have the same state of it.
    pub(super) fn same_views(&self) -> Checked {
        for ((number, thread), known) in &self.known {
            let Some(ours) = known.referral() else { continue };
            let sent = self.ids.get(number) == Some(&ours.from);
            // The hostile office keeps no state.
            let Some(other) = self.number(if sent { ours.to } else { ours.from }) else { continue };
            let how = match self.referral(other, *thread) {
                Some(theirs) if same(ours, theirs) => continue,
                Some(theirs) => {
                    let (ours, theirs) = (ours.phase().word(), theirs.phase().word());
                    format!("{thread}: office {number} sees {ours}, office {other} sees {theirs}")
                }
                None => format!("office {other} has never heard of {thread} of office {number}"),
            };
            return Err(Breach::new(Rule::TwoViews, how));
        }
        Ok(())
    }

    fn number(&self, id: OfficeId) -> Option<u16> {
        self.ids.iter().find(|(_, known)| **known == id).map(|(number, _)| *number)
    }
}

/// One person, over all logs.
#[derive(Default)]
struct Person {
    /// Her cases.
    cases: Vec<(u16, ThreadId)>,
    /// How often each office is responsible.
    responsible: BTreeMap<u16, i32>,
}

/// What both ends must see alike: everything but a redirection, which is told to nobody.
fn same(ours: &ReferralState, theirs: &ReferralState) -> bool {
    let (mut ours, mut theirs) = (ours.clone(), theirs.clone());
    (ours.sender.redirected_to, theirs.sender.redirected_to) = (None, None);
    ours == theirs
}
