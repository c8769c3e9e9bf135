//! Checks that many decisions share. Each gives back what it checked, or the refusal.

use crate::case::{CasePhase, CaseState, Consent};
use crate::command::Text;
use crate::consent::ConsentInForce;
use crate::draft::Context;
use crate::event::referral::ReferralKind;
use crate::ids::{Country, EventId, OfficeId};
use crate::referral::journey::{LEGS_MAX, SenderJourney};
use crate::referral::{Phase, ReferralState};
use crate::refusal::Refusal;
use crate::section::{Content, Field, TEXT_MAX};
use crate::time::{DAY, Day, Timestamp};
use crate::words::{Category, Institution};
use crate::world::{Party, Peer, Witness, World};

/// A clock may be off by this much, and paper is written after the fact.
const PAST_MAX: u64 = 7 * DAY;
const AHEAD_MAX: u64 = 5 * 60;

/// The case of the command. One that was erased, or is to be, is none that anything could be done in.
pub(crate) fn case<'w>(world: &World<'w>) -> Result<&'w CaseState, Refusal> {
    let case = world.case.ok_or(Refusal::NoCase {})?;
    match case.phase {
        CasePhase::Open | CasePhase::Closed(_) => Ok(case),
        CasePhase::ErasureOrdered(_) | CasePhase::Erased(_) => Err(Refusal::CaseIsErased {}),
        CasePhase::Unknown => Err(Refusal::NoCase {}),
    }
}

pub(crate) fn open_case<'w>(world: &World<'w>) -> Result<&'w CaseState, Refusal> {
    let case = case(world)?;
    match case.phase {
        CasePhase::Open => Ok(case),
        CasePhase::Closed(_) | CasePhase::Unknown | CasePhase::ErasureOrdered(_) | CasePhase::Erased(_) => {
            Err(Refusal::CaseIsClosed {})
        }
    }
}

/// The referral of the command and which party of it `me` is.
pub(crate) fn party<'w>(world: &World<'w>, me: OfficeId) -> Result<(&'w ReferralState, Party), Refusal> {
    let referral = world.referral.ok_or(Refusal::NoReferral {})?;
    let party = referral.party(me).ok_or(Refusal::NoReferral {})?;
    if referral.sender.offer.is_none() {
        return Err(Refusal::NoReferral {});
    }
    Ok((referral, party))
}

/// The referral of the command, sent by `me`.
pub(crate) fn sent<'w>(world: &World<'w>, me: OfficeId) -> Result<&'w ReferralState, Refusal> {
    match party(world, me)? {
        (referral, Party::Sender) => Ok(referral),
        (_, Party::Receiver) => Err(Refusal::NotTheSender {}),
    }
}

/// The referral of the command, received by `me`.
pub(crate) fn received<'w>(world: &World<'w>, me: OfficeId) -> Result<&'w ReferralState, Refusal> {
    match party(world, me)? {
        (referral, Party::Receiver) => Ok(referral),
        (_, Party::Sender) => Err(Refusal::NotTheReceiver {}),
    }
}

/// That the referral has not ended.
pub(crate) fn going_on(referral: &ReferralState) -> Result<Phase, Refusal> {
    match referral.phase() {
        Phase::Ended(ending) => Err(Refusal::ReferralEnded { phase: Phase::Ended(ending).word() }),
        phase => Ok(phase),
    }
}

/// That the accept was confirmed and the referral has not ended.
pub(crate) fn confirmed(referral: &ReferralState) -> Result<(), Refusal> {
    let phase = going_on(referral)?;
    if referral.is_confirmed() {
        Ok(())
    } else {
        Err(Refusal::WrongPhase { phase: phase.word(), needed: "accepted and confirmed" })
    }
}

/// That the offer waits for an answer.
pub(crate) fn unanswered(referral: &ReferralState) -> Result<(), Refusal> {
    let phase = going_on(referral)?;
    if referral.receiver.answer.is_none() {
        Ok(())
    } else {
        Err(Refusal::WrongPhase { phase: phase.word(), needed: "not answered yet" })
    }
}

/// The key of the other party, so that sections can be wrapped for it, and the entry that a reply answers. Nothing is
/// disclosed to an office that does not take part in the network.
pub(crate) fn thread_key(
    world: &World<'_>,
    me: OfficeId,
    referral: &ReferralState,
) -> Result<EventId, Refusal> {
    let to = referral.party(me).ok_or(Refusal::NoReferral {})?.other();
    peer(world, me, referral.office(to))?;
    match (referral.thread_key(to), referral.opening(to)) {
        (Some(_), Some(opening)) => Ok(opening),
        (_, _) => Err(Refusal::NoThreadKey {}),
    }
}

/// The same for a reply: it tells something of the person, so the consent of the thread must be in force. While she is on her
/// way, what her safety needs is said all the same.
pub(crate) fn reply_key(
    world: &World<'_>,
    ctx: &Context<'_>,
    referral: &ReferralState,
) -> Result<EventId, Refusal> {
    if !referral.is_on_the_way() {
        let chain = referral.sender.consent.as_ref().ok_or(Refusal::NoReferral {})?;
        chain.in_force(ctx.now.day())?;
    }
    thread_key(world, ctx.me, referral)
}

/// A consent of the case, in force today, that names `recipient`.
pub(crate) fn consent(
    case: &CaseState,
    id: EventId,
    recipient: OfficeId,
    today: Day,
) -> Result<(&Consent, ConsentInForce), Refusal> {
    let consent = case.consent(id).ok_or(Refusal::NoConsent { consent: id })?;
    if consent.recipient != recipient {
        return Err(Refusal::ConsentNamesAnother { recipient: consent.recipient });
    }
    not_refused(Some(case), recipient)?;
    if !case.accepts(consent) {
        return Err(Refusal::GuardianMissing {});
    }
    Ok((consent, consent.in_force(today)?))
}

/// The released consent of the referral, in force today and witnessed, with a recipient that no red line bars.
pub(crate) fn released(
    world: &World<'_>,
    referral: &ReferralState,
    now: Timestamp,
) -> Result<ConsentInForce, Refusal> {
    let chain = referral.sender.consent.as_ref().ok_or(Refusal::ConsentExpired { until: now.day() })?;
    let in_force = chain.in_force(now.day())?;
    let offer = referral.sender.offer.as_ref().ok_or(Refusal::NoReferral {})?;
    if in_force.scope().purposes.intersection(offer.purposes).is_empty() {
        in_force.serves(&offer.purposes.to_vec())?;
    }
    not_refused(world.case, referral.to)?;
    if world.case.is_some_and(|case| !case.accepts_consent_of(referral.thread)) {
        return Err(Refusal::GuardianMissing {});
    }
    let recipient = peer(world, referral.from, referral.to)?;
    red_lines(world.case.map_or(&[], |case| &case.barred), recipient)?;
    match world.witness {
        Witness::WaitingSince(since) if since.plus(DAY) < now => Err(Refusal::ConsentUnwitnessed {}),
        Witness::WaitingSince(_) | Witness::Witnessed => Ok(in_force),
    }
}

/// That her newest word on sharing with `office` is not a no.
pub(crate) fn not_refused(case: Option<&CaseState>, office: OfficeId) -> Result<(), Refusal> {
    match case {
        Some(case) if case.says_no_to(office) => Err(Refusal::PersonSaidNo { office }),
        Some(_) | None => Ok(()),
    }
}

/// An office that takes part in the network and is not this one.
pub(crate) fn peer<'w>(world: &World<'w>, me: OfficeId, office: OfficeId) -> Result<&'w Peer, Refusal> {
    if office == me {
        return Err(Refusal::OwnOffice {});
    }
    world.office.may_disclose_to(office)
}

/// Red lines: what kind of institution may never be a recipient for this person.
pub(crate) fn red_lines(barred: &[Country], peer: &Peer) -> Result<(), Refusal> {
    match peer.institution {
        Institution::Embassy | Institution::Authority if barred.contains(&peer.country) => {
            Err(Refusal::CountryOfOrigin { country: peer.country })
        }
        Institution::Embassy
        | Institution::Authority
        | Institution::Ngo
        | Institution::Shelter
        | Institution::Clinic
        | Institution::LegalAid
        | Institution::International => Ok(()),
    }
}

/// The referral is a hand-over.
pub(crate) fn hand_over(referral: &ReferralState) -> Result<(), Refusal> {
    match referral.kind() {
        Some(ReferralKind::HandOver) => Ok(()),
        Some(ReferralKind::Service) | None => Err(Refusal::NotAHandOver {}),
    }
}

/// The journey of the referral, which is still being planned.
pub(crate) fn planning(referral: &ReferralState) -> Result<&SenderJourney, Refusal> {
    let journey = referral.sender.journey.as_deref().ok_or(Refusal::NoJourney {})?;
    let phase = referral.journey_phase();
    if phase.is_planning() {
        Ok(journey)
    } else {
        Err(Refusal::WrongJourneyPhase { phase: phase.word(), needed: "still planned" })
    }
}

/// That she is on the way. What is known of her then may be recorded, also after the journey was called off.
pub(crate) fn under_way(referral: &ReferralState) -> Result<(), Refusal> {
    if referral.is_on_the_way() {
        Ok(())
    } else {
        let phase = referral.journey_phase().word();
        Err(Refusal::WrongJourneyPhase { phase, needed: "under way" })
    }
}

/// A leg that was booked.
pub(crate) fn booked_leg(referral: &ReferralState, leg: u8) -> Result<(), Refusal> {
    let booked = referral.sender.journey.as_ref().and_then(|journey| journey.leg(leg));
    if (1..=LEGS_MAX).contains(&leg) && booked.is_some() { Ok(()) } else { Err(Refusal::NoLeg { leg }) }
}

/// A time of something that has happened: not long ago, not ahead.
pub(crate) fn past(field: &'static str, at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let (earliest, latest) = (Timestamp(now.0.saturating_sub(PAST_MAX)), now.plus(AHEAD_MAX));
    between(field, at, earliest, latest)
}

/// A time of something to come, within two years.
pub(crate) fn future(field: &'static str, at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    between(field, at, now, now.plus(2 * 366 * DAY))
}

pub(crate) fn between(
    field: &'static str,
    at: Timestamp,
    earliest: Timestamp,
    latest: Timestamp,
) -> Result<(), Refusal> {
    if earliest <= at && at <= latest {
        Ok(())
    } else {
        Err(Refusal::TimeOutOfRange { field, earliest, latest })
    }
}

pub(crate) fn day_between(field: &'static str, day: Day, earliest: Day, latest: Day) -> Result<(), Refusal> {
    if earliest <= day && day <= latest {
        Ok(())
    } else {
        Err(Refusal::DayOutOfRange { field, earliest, latest })
    }
}

/// A text that is there and not too long.
pub(crate) fn text(field: &'static str, text: &Text) -> Result<(), Refusal> {
    within(field, text.0.trim().len().min(1) * text.0.len(), 1, TEXT_MAX)
}

/// A note of the office that may be absent.
pub(crate) fn note(note: Option<&Text>) -> Result<(), Refusal> {
    note.map_or(Ok(()), |note| text("the note", note))
}

/// A message to the other party that may be absent.
pub(crate) fn message_to(
    world: &World<'_>,
    ctx: &Context<'_>,
    referral: &ReferralState,
    message: Option<&Text>,
) -> Result<(), Refusal> {
    let Some(message) = message else { return Ok(()) };
    reply_key(world, ctx, referral)?;
    text("the message", message)
}

/// A count between two limits.
pub(crate) fn within(field: &'static str, count: usize, least: usize, most: usize) -> Result<(), Refusal> {
    if (least..=most).contains(&count) {
        Ok(())
    } else {
        Err(Refusal::OutOfBounds { field, limit: most as u64 })
    }
}

/// A list that is ascending, without repetition, not empty.
pub(crate) fn ascending<T: Ord>(field: &'static str, list: &[T]) -> Result<(), Refusal> {
    within(field, list.len(), 1, LIST_MAX)?;
    if list.is_sorted_by(|a, b| a < b) { Ok(()) } else { Err(Refusal::NotAscending { field }) }
}

const LIST_MAX: usize = 64;

/// Categories of which a consent or a request may speak.
pub(crate) fn shareable(categories: &[Category]) -> Result<(), Refusal> {
    ascending("the categories", categories)?;
    let never = categories.iter().find(|c| matches!(c, Category::Coordination | Category::Office));
    never.map_or(Ok(()), |category| Err(Refusal::CategoryNeverShared { category: *category }))
}

/// Countries, ascending; may be none.
pub(crate) fn countries(countries: &[Country]) -> Result<(), Refusal> {
    if countries.is_empty() {
        return Ok(());
    }
    ascending("the countries", countries)?;
    if countries.iter().all(|country| country.is_valid()) {
        Ok(())
    } else {
        Err(Refusal::OutOfBounds { field: "a country code", limit: 2 })
    }
}

/// Fields of one category with their texts, as the content of its section.
pub(crate) fn fields(category: Category, fields: &[(Field, Text)]) -> Result<Content, Refusal> {
    within("the fields", fields.len(), 1, LIST_MAX)?;
    for (field, value) in fields {
        if field.category() != category {
            return Err(Refusal::WrongSection { category });
        }
        text(field.word(), value)?;
    }
    Ok(Content::Fields(fields.iter().map(|(field, value)| (*field, value.0.clone())).collect()))
}
