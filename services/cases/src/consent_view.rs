//! The consents of a case as they are shown: what holds, since when, and what each holder has done about its end.

use tonic::Status;
use waymark_api::convert::consent::scope_message;
use waymark_api::convert::value::{day_text, instant};
use waymark_api::convert::words::{Word as _, numbers};
use waymark_api::serve::holding::{Basis, Holding};
use waymark_api::{error, v1};
use waymark_desk::{Desk, Thread, section_category};
use waymark_domain::case::{CaseState, Consent, Link};
use waymark_domain::consent::Standing;
use waymark_domain::event::Event;
use waymark_domain::event::case::ConsentScope;
use waymark_domain::event::referral::Deadline;
use waymark_domain::ids::{EventId, OfficeId};
use waymark_domain::referral::erasure::ErasureStanding;
use waymark_domain::referral::{ReferralState, Step};
use waymark_domain::sets::Categories;
use waymark_domain::time::{Day, Timestamp};
use waymark_domain::words::ConsentForm;

use crate::door;
use crate::history::History;

/// A consent and where it stands among the others.
pub(crate) struct Listed {
    pub id: EventId,
    /// Own-log index of its first event.
    pub index: u64,
    /// What is shown, but for its holders.
    pub message: v1::Consent,
    /// Its last day as last stated.
    until: Day,
}

/// The consents of a case, those given first first.
pub(crate) fn consents(history: &History, case: &CaseState, today: Day) -> Vec<Listed> {
    let mut listed: Vec<Listed> = Vec::new();
    for (seen, event) in history.events() {
        let (id, index, at) = (seen.event_id, seen.index, seen.recorded_at);
        match event {
            Event::ConsentGiven(body) => listed.push(Listed::given(id, index, at, &body.scope, body.form)),
            Event::ConsentRefused(body) => listed.push(Listed::refused(id, index, at, body.recipient)),
            Event::ConsentChanged(body) => {
                if let Some(changed) = listed.iter_mut().find(|listed| listed.id == body.consent) {
                    changed.change(at, body.scope.until);
                }
            }
            Event::ConsentEnded(body) => {
                if let Some(ended) = listed.iter_mut().find(|listed| listed.id == body.consent) {
                    ended.message.changed_at = Some(instant(at));
                }
            }
            _ => {}
        }
    }
    for listed in &mut listed {
        if let Some(consent) = case.consent(listed.id) {
            listed.hold(consent, today);
        }
    }
    listed
}

impl Listed {
    fn given(id: EventId, index: u64, at: Timestamp, scope: &ConsentScope, form: ConsentForm) -> Self {
        let message = v1::Consent {
            consent: id.to_string(),
            state: v1::ConsentState::Given.into(),
            scope: Some(scope_message(scope)),
            form: form.number(),
            given_at: Some(instant(at)),
            changed_at: Some(instant(at)),
            holders: Vec::new(),
        };
        Self { id, index, message, until: scope.until }
    }

    fn refused(id: EventId, index: u64, at: Timestamp, recipient: OfficeId) -> Self {
        let message = v1::Consent {
            consent: id.to_string(),
            state: v1::ConsentState::Refused.into(),
            scope: Some(v1::ConsentScope { recipient: recipient.to_string(), ..v1::ConsentScope::default() }),
            given_at: Some(instant(at)),
            changed_at: Some(instant(at)),
            ..v1::Consent::default()
        };
        Self { id, index, message, until: Day::default() }
    }

    fn change(&mut self, at: Timestamp, until: Day) {
        let state = if until > self.until { v1::ConsentState::Renewed } else { v1::ConsentState::Narrowed };
        self.until = until;
        self.message.state = state.into();
        self.message.changed_at = Some(instant(at));
    }

    /// What holds now, as the case's state says.
    fn hold(&mut self, consent: &Consent, today: Day) {
        let scope = consent.scope;
        self.message.scope = Some(scope_message(&ConsentScope {
            recipient: consent.recipient,
            purposes: scope.purposes.to_vec(),
            categories: scope.categories.to_vec(),
            onward: scope.onward,
            from: scope.from,
            until: scope.until,
        }));
        match consent.standing {
            Standing::Withdrawn { .. } => self.message.state = v1::ConsentState::Withdrawn.into(),
            Standing::Expired { .. } => self.message.state = v1::ConsentState::Expired.into(),
            Standing::InForce if today > scope.until => self.message.state = v1::ConsentState::Expired.into(),
            Standing::InForce => {}
        }
    }
}

/// What each holder of a consent has done about its end, in the order in which it was released.
pub(crate) fn holders(
    desk: &Desk,
    case: &CaseState,
    consent: EventId,
    today: Day,
) -> Result<Vec<v1::ConsentHolder>, Status> {
    let links = case.links.iter().filter(|link| link.consent == Some(consent));
    links.map(|link| holder(desk, &History::read(desk, link.referral)?, link, today)).collect()
}

fn holder(desk: &Desk, history: &History, link: &Link, today: Day) -> Result<v1::ConsentHolder, Status> {
    let stands = HolderStands::of(desk, history, today).ok_or_else(error::absent)?;
    let (state, retained) = match stands.owed {
        None => (v1::HolderState::Holds, None),
        Some(ErasureStanding::Notified) if stands.under_way => (v1::HolderState::Asked, None),
        Some(ErasureStanding::Notified) => (v1::HolderState::Notified, None),
        Some(ErasureStanding::Acknowledged) => (v1::HolderState::Acknowledged, None),
        Some(ErasureStanding::Erased) => (v1::HolderState::Erased, None),
        Some(ErasureStanding::Retained { ground, until }) => {
            (v1::HolderState::Retained, Some((ground, until)))
        }
    };
    Ok(v1::ConsentHolder {
        referral: link.referral.to_string(),
        office: link.other.to_string(),
        state: state.into(),
        since: stands.since.map(instant),
        ground: retained.map_or(0, |(ground, _)| ground.number()),
        retained_until_on: day_text(retained.map(|(_, until)| until)),
        no_answer_since: stands.no_answer_since.map(instant),
        categories: numbers(&sent(desk.me(), history).to_vec()),
    })
}

/// What this office sent in a referral, under the consent and as messages; emergencies apart.
fn sent(me: OfficeId, history: &History) -> Categories {
    let sealed = history.events().filter(|(seen, event)| {
        let shared = matches!(Basis::of(event), Some(Basis::Consent | Basis::Reply));
        shared && seen.author() == me
    });
    sealed.flat_map(|(seen, _)| seen.sections.iter().filter_map(section_category)).collect()
}

/// What others were sent of a case in emergencies, and what became of that. Few cases have any: only those cost the reading of the log.
pub(crate) fn emergencies(desk: &Desk, case: &CaseState) -> Result<Vec<Holding>, Status> {
    let mut declared = false;
    for link in &case.links {
        let thread = desk.thread(link.referral).map_err(|failure| door::failed(&failure))?;
        let referral = thread.as_deref().and_then(Thread::referral);
        let own = referral.and_then(|referral| Some(referral.emergencies(referral.party(desk.me())?)));
        declared |= own.is_some_and(|own| !own.is_empty());
    }
    if !declared {
        return Ok(Vec::new());
    }
    let register = desk.register().map_err(|failure| door::failed(&failure))?;
    let mut emergencies = Vec::new();
    for link in &case.links {
        let held = door::holdings(desk, &register, link.referral)?;
        let theirs = held.into_iter().filter(|held| held.emergency.is_some() && held.holder != desk.me());
        emergencies.extend(theirs);
    }
    emergencies.sort_by_key(Holding::key);
    Ok(emergencies)
}

/// How far the holder in one referral is with the end of the consent.
pub(crate) struct HolderStands {
    /// The erasure with which it is least far; none while it may hold what the consent covers.
    pub(crate) owed: Option<ErasureStanding>,
    /// Since when.
    pub(crate) since: Option<Timestamp>,
    /// What asks for it has not reached the holder's machine.
    pub(crate) under_way: bool,
    /// Since when an answer is owed that did not come in time.
    pub(crate) no_answer_since: Option<Timestamp>,
}

impl HolderStands {
    /// In a referral; none in another kind of thread.
    pub(crate) fn of(desk: &Desk, history: &History, today: Day) -> Option<Self> {
        let referral = history.thread.referral()?;
        let Some((because, standing)) = owed(referral, today) else {
            let offered = referral.sender.offer.as_ref().and_then(|offer| history.recorded_at(offer.event));
            return Some(Self { owed: None, since: offered, under_way: false, no_answer_since: None });
        };
        let late = matches!(standing, ErasureStanding::Notified | ErasureStanding::Acknowledged)
            && referral.sender.marks.has(Deadline::Erasure, Step::Missed);
        let ask = history.seen.iter().find(|seen| seen.event_id == because);
        Some(Self {
            under_way: ask.is_some_and(|ask| desk.awaits_receipt(ask)),
            owed: Some(standing),
            since: since(history, because, standing).or_else(|| history.recorded_at(because)),
            no_answer_since: referral.asked_at().filter(|_| late),
        })
    }
}

/// The erasure with which the holder is least far, and how far; none while it may hold what the consent covers.
fn owed(referral: &ReferralState, today: Day) -> Option<(EventId, ErasureStanding)> {
    let asks =
        referral.asks_of_thread().map(|ask| (ask.because, referral.erasure_standing(ask.because, today)));
    let least = asks.min_by_key(|(_, standing)| match standing {
        ErasureStanding::Notified => 0,
        ErasureStanding::Acknowledged => 1,
        ErasureStanding::Retained { .. } => 2,
        ErasureStanding::Erased => 3,
    })?;
    let in_force = referral.sender.consent.as_ref().is_some_and(|chain| chain.in_force(today).is_ok());
    // What was narrowed away is gone; the rest is still held.
    let holds = in_force && !referral.has_ended() && least.1 == ErasureStanding::Erased;
    (!holds).then_some(least)
}

/// When the holder's last step about `because` was heard of.
fn since(history: &History, because: EventId, standing: ErasureStanding) -> Option<Timestamp> {
    let step = history.events().rev().find(|(_, event)| match (event, standing) {
        (Event::WithdrawalAcknowledged(body), ErasureStanding::Acknowledged) => body.because == because,
        (Event::RetentionClaimed(body), ErasureStanding::Retained { .. }) => body.because == because,
        (Event::Erased(body), ErasureStanding::Retained { .. } | ErasureStanding::Erased) => {
            body.because == because
        }
        _ => false,
    });
    step.map(|(seen, _)| seen.recorded_at)
}
