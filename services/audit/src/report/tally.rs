//! What happened at this office in a period, counted: from public parts only.

use std::collections::{BTreeMap, BTreeSet};

use waymark_api::convert::report::Period;
use waymark_api::serve::holding::Basis;
use waymark_desk::{Seen, Thread, section_category};
use waymark_domain::event::Event;
use waymark_domain::ids::OfficeId;
use waymark_domain::referral::ReferralState;
use waymark_domain::time::Day;
use waymark_domain::words::{Category, EmergencyGround, Purpose, RetentionGround};

/// A basis as the record tells it: an emergency by its ground.
pub(crate) type BasisTold = (i32, Option<EmergencyGround>);

/// Counts of a period.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub cases_opened: u32,
    pub cases_closed: u32,
    pub cases_erased: u32,
    /// Open when the period ended.
    pub cases_open: u32,
    pub consents_given: u32,
    pub consents_refused: u32,
    pub consents_ended: u32,
    pub consents_expired: u32,
    /// The last day of the consent that runs longest.
    pub consents_until: Option<Day>,
    pub referrals_offered: u32,
    pub referrals_received: u32,
    pub erased_by_recipients: u32,
    pub erased_here: u32,
    pub purposes: BTreeMap<Purpose, u32>,
    /// Cases in which a category was recorded, referrals in which it was received.
    pub categories: BTreeMap<Category, (u32, u32)>,
    pub disclosed_to: BTreeMap<OfficeId, u32>,
    pub disclosed_on: BTreeMap<BasisTold, u32>,
    /// Claims, and the last day of the longest.
    pub retained: BTreeMap<RetentionGround, (u32, Day)>,
}

impl Tally {
    /// Takes everything that the office `me` saw of a thread.
    pub(crate) fn take(&mut self, me: OfficeId, period: Period, thread: &Thread, history: &[Seen]) {
        let within = |seen: &&Seen| (period.from..=period.to).contains(&seen.recorded_at.day());
        match (thread.case(), thread.referral()) {
            (Some(_), _) => {
                let until_then = history.iter().filter(|seen| seen.recorded_at.day() <= period.to);
                self.cases_open += u32::from(is_open(until_then));
                self.take_case(history.iter().filter(within));
            }
            (None, Some(referral)) => self.take_referral(me, referral, history, within),
            (None, None) => {}
        }
    }

    fn take_case<'s>(&mut self, history: impl Iterator<Item = &'s Seen>) {
        let mut recorded = BTreeSet::new();
        for seen in history {
            recorded.extend(seen.sections.iter().filter_map(section_category));
            match &seen.event {
                Ok(Event::CaseOpened(_)) => self.cases_opened += 1,
                Ok(Event::CaseClosed(_)) => self.cases_closed += 1,
                Ok(Event::CaseErased(_)) => self.cases_erased += 1,
                Ok(Event::ConsentGiven(body)) => {
                    self.consents_given += 1;
                    self.agreed(&body.scope.purposes, body.scope.until);
                }
                Ok(Event::ConsentRefused(_)) => self.consents_refused += 1,
                Ok(Event::ConsentChanged(body)) => self.runs_until(body.scope.until),
                Ok(Event::ConsentEnded(_)) => self.consents_ended += 1,
                Ok(_) | Err(_) => {}
            }
        }
        for category in recorded {
            self.categories.entry(category).or_default().0 += 1;
        }
    }

    fn take_referral(
        &mut self,
        me: OfficeId,
        referral: &ReferralState,
        history: &[Seen],
        within: impl Fn(&&Seen) -> bool,
    ) {
        let mut received = BTreeSet::new();
        for seen in history.iter().filter(within) {
            let Some(author) = referral.party(seen.author()) else { continue };
            let Ok(event) = &seen.event else { continue };
            let ours = seen.author() == me;
            self.take_event(ours, event);
            let Some(basis) = Basis::of(event).filter(|_| !seen.sections.is_empty()) else { continue };
            if ours {
                *self.disclosed_to.entry(referral.office(author.other())).or_default() += 1;
                *self.disclosed_on.entry(told(basis, history)).or_default() += 1;
            } else {
                received.extend(seen.sections.iter().filter_map(section_category));
            }
        }
        for category in received {
            self.categories.entry(category).or_default().1 += 1;
        }
    }

    fn take_event(&mut self, ours: bool, event: &Event) {
        match event {
            Event::ReferralOffered(_) if ours => self.referrals_offered += 1,
            Event::ReferralOffered(_) => self.referrals_received += 1,
            // What this office released itself was counted as it was given.
            Event::ConsentReleased(body) if !ours => self.agreed(&body.purposes, body.until),
            Event::ConsentExpired(_) => self.consents_expired += 1,
            Event::Erased(_) if ours => self.erased_here += 1,
            Event::Erased(_) => self.erased_by_recipients += 1,
            Event::RetentionClaimed(body) => {
                let (claims, until) = self.retained.entry(body.ground).or_default();
                *claims += 1;
                *until = body.until.max(*until);
            }
            _ => {}
        }
    }

    fn agreed(&mut self, purposes: &[Purpose], until: Day) {
        for purpose in purposes {
            *self.purposes.entry(*purpose).or_default() += 1;
        }
        self.runs_until(until);
    }

    fn runs_until(&mut self, until: Day) {
        self.consents_until = self.consents_until.max(Some(until));
    }
}

fn is_open<'s>(history: impl Iterator<Item = &'s Seen>) -> bool {
    history.fold(false, |open, seen| match &seen.event {
        Ok(Event::CaseOpened(_) | Event::CaseReopened(_)) => true,
        Ok(Event::CaseClosed(_)) => false,
        Ok(_) | Err(_) => open,
    })
}

fn told(basis: Basis, history: &[Seen]) -> BasisTold {
    let ground = match basis {
        Basis::Emergency(declared) => history.iter().find_map(|seen| match &seen.event {
            Ok(Event::EmergencyDeclared(body)) if seen.event_id == declared => Some(body.ground),
            Ok(_) | Err(_) => None,
        }),
        Basis::Consent | Basis::Reply | Basis::OwnCase => None,
    };
    (basis.message().into(), ground)
}
