//! Each event as one plain English sentence. No personal data: sections stay sealed, and nobody is named but offices.

use waymark_desk::Seen;
use waymark_domain::event::journey::Place;
use waymark_domain::event::{Event, rule_of};
use waymark_domain::ids::OfficeId;

/// What happened, told of the office that wrote it.
pub(crate) fn sentence(seen: &Seen, name: &dyn Fn(OfficeId) -> String) -> String {
    let who = name(seen.author());
    match &seen.event {
        Ok(event) => format!("{who} {}.", told(event, name)),
        Err(_) => {
            let kind = rule_of(seen.kind).map_or("unknown", |rule| rule.name);
            format!("{who} wrote an entry of a newer version (kind {}, {kind}); it is kept and not applied.", seen.kind)
        }
    }
}

fn told(event: &Event, name: &dyn Fn(OfficeId) -> String) -> String {
    case(event, name)
        .or_else(|| consent(event))
        .or_else(|| referral(event))
        .or_else(|| place(event))
        .or_else(|| journey(event, name))
        .unwrap_or_else(|| office(event))
}

fn words<T: std::fmt::Display>(words: &[T]) -> String {
    words.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ").replace('_', " ")
}

fn office(event: &Event) -> String {
    match event {
        Event::LogOpened(_) => "opened its log".to_owned(),
        Event::Received(_) => "received the entry before (machine receipt)".to_owned(),
        Event::Receipted(_) => "noted a machine receipt".to_owned(),
        Event::OfficeProfile(_) => "told its languages, services and hours".to_owned(),
        Event::InboxKey(told) => format!("told an inbox key, used until {}", told.until),
        Event::CapacityNotice(told) => format!("told that {} of {} places are free", told.available, told.maximum),
        other => format!("wrote {}", other.name()),
    }
}

fn case(event: &Event, name: &dyn Fn(OfficeId) -> String) -> Option<String> {
    Some(match event {
        Event::CaseOpened(_) => "opened the case".to_owned(),
        Event::SectionRecorded(told) => format!("recorded a section: {}", told.category),
        Event::ConsentGiven(told) => format!(
            "recorded her consent: {} may have {} for {} until {}",
            name(told.scope.recipient),
            words(&told.scope.categories),
            words(&told.scope.purposes),
            told.scope.until
        ),
        Event::ConsentRefused(told) => format!("recorded that she does not want to share with {}", name(told.recipient)),
        Event::ConsentChanged(told) => format!("recorded that she changed a consent; it holds until {}", told.scope.until),
        Event::ConsentEnded(_) => "recorded that she withdrew a consent".to_owned(),
        Event::CaseLinked(told) => format!("linked a referral with {} to the case", name(told.other)),
        Event::CaseClosed(told) => format!("closed the case: {}", words(&[told.outcome])),
        Event::CaseReopened(_) => "opened the case again".to_owned(),
        Event::SafeguardsChanged(_) => "changed the safeguards of the case".to_owned(),
        _ => return None,
    })
}

fn consent(event: &Event) -> Option<String> {
    Some(match event {
        Event::ConsentReleased(told) => {
            format!("released the consent: {} for {} until {}", words(&told.categories), words(&told.purposes), told.until)
        }
        Event::ConsentNarrowed(told) => format!("narrowed the consent to {}", words(&told.categories)),
        Event::ConsentRenewed(told) => format!("renewed the consent until {}", told.until),
        Event::ConsentWithdrawn(_) => "withdrew the consent: holders erase and answer".to_owned(),
        Event::ConsentExpired(_) => "noted that the consent has expired".to_owned(),
        Event::EmergencyDeclared(_) => "declared an emergency, with a second member of staff".to_owned(),
        Event::EmergencyDisclosed(_) => "disclosed the least it could in an emergency".to_owned(),
        Event::EmergencyReviewed(_) => "reviewed the emergency disclosure".to_owned(),
        Event::ThreadKey(_) => "gave its key for this thread".to_owned(),
        Event::ThreadKeyReplaced(_) => "replaced its key for this thread".to_owned(),
        Event::RegrantRequested(_) => "asked for keys to be granted again".to_owned(),
        Event::GrantRejected(told) => format!("refused to take a key for {}", told.category),
        Event::WithdrawalAcknowledged(_) => "acknowledged the withdrawal".to_owned(),
        Event::Erased(_) => "erased data of this thread and says so".to_owned(),
        Event::RetentionClaimed(told) => format!("keeps {} on a legal ground until {}", words(&told.categories), told.until),
        Event::EntryInError(_) => "marked an earlier entry as entered in error".to_owned(),
        _ => return None,
    })
}

fn referral(event: &Event) -> Option<String> {
    Some(match event {
        Event::ReferralOffered(told) => format!(
            "offered the referral ({}, {}), to be acknowledged by {}",
            words(&told.purposes),
            told.urgency,
            told.deadlines.acknowledge_by
        ),
        Event::QuestionAnswered(_) => "answered the question".to_owned(),
        Event::AcceptConfirmed(_) => "confirmed the accept".to_owned(),
        Event::OfferExpired(_) => "let the offer expire".to_owned(),
        Event::SectionsDisclosed(told) => format!("disclosed {}", words(&told.categories)),
        Event::DisclosureRefused(told) => {
            format!("refused to disclose {}: {}", words(&told.categories), words(&[told.reason]))
        }
        Event::ReferralWithdrawn(_) => "withdrew the referral".to_owned(),
        Event::ReferralRedirected(_) => "redirected the referral".to_owned(),
        Event::DeadlineMissed(_) => "noted a missed deadline".to_owned(),
        Event::DeadlineReminded(_) => "sent a reminder of a deadline".to_owned(),
        Event::DeadlineEscalated(_) => "escalated a missed deadline to the coordinator".to_owned(),
        Event::ReferralAcknowledged(_) => "acknowledged: a human has seen the referral".to_owned(),
        Event::QuestionAsked(_) => "asked a question".to_owned(),
        Event::ReferralAccepted(_) => "accepted the referral".to_owned(),
        Event::ReferralDeclined(told) => format!("declined the referral: {}", words(&[told.reason])),
        Event::DisclosureRequested(told) => format!("asked for {}", words(&told.categories)),
        Event::PersonContacted(told) => format!("reached her for the first time at {}", told.at),
        Event::ServiceScheduled(told) => format!("fixed the service for {}", told.at),
        Event::ServiceStarted(_) => "began the service".to_owned(),
        Event::ServiceCompleted(told) => format!("completed the service: {}", words(&[told.outcome])),
        Event::CancellationRequested(_) => "asked to cancel".to_owned(),
        Event::CancellationAgreed(_) => "agreed to cancel".to_owned(),
        Event::MessageSent(_) => "sent a message".to_owned(),
        _ => return None,
    })
}

fn place(event: &Event) -> Option<String> {
    Some(match event {
        Event::PlaceRequested(told) => {
            format!("asked for a place ({}) from {} for {} nights", told.kind, told.from, told.nights)
        }
        Event::PlaceGivenUp(told) => format!("gave the place up: {}", words(&[told.reason])),
        Event::PlaceChosen(_) => "chose this place".to_owned(),
        Event::PlaceHeld(told) => format!("holds a place until {}", told.until),
        Event::PlaceRefused(told) => format!("has no place: {}", words(&[told.reason])),
        Event::PlaceConfirmed(_) => "confirmed the place".to_owned(),
        Event::PlaceReleased(told) => format!("released the place: {}", words(&[told.reason])),
        Event::HoldExpired(_) => "let the hold expire".to_owned(),
        Event::AddressReleased(told) => format!("released the address, to be read until {}", told.until),
        Event::CheckedIn(_) => "noted that she has arrived at the shelter".to_owned(),
        Event::CheckedOut(_) => "noted that she has left the shelter".to_owned(),
        Event::PlaceNoShow(_) => "noted that she did not come to the shelter".to_owned(),
        _ => return None,
    })
}

fn journey(event: &Event, name: &dyn Fn(OfficeId) -> String) -> Option<String> {
    Some(match event {
        Event::JourneyProposed(told) => format!("proposed a journey on {}", told.depart_on),
        Event::JourneyDecided(told) => format!("decided: {}", words(&[told.verdict])),
        Event::DocumentsReady(told) => format!("has the documents ready, valid until {}", told.valid_until),
        Event::LegBooked(told) => format!(
            "booked leg {} by {} from {} to {}, escorted by {}",
            told.number,
            told.mode,
            stop(&told.from),
            stop(&told.to),
            name(told.escorting)
        ),
        Event::PlaceArranged(told) => format!("arranged a place from {} to {}", told.from, told.until),
        Event::MinorSafeguarded(told) => format!("decided her best interests and guardian on {}", told.decided_on),
        Event::JourneyCleared(_) => "cleared the journey: all gates green".to_owned(),
        Event::Departed(_) => "noted her departure; the gates were checked again".to_owned(),
        Event::JourneyAborted(told) => format!("aborted the journey: {}", words(&[told.reason])),
        Event::FollowUpsScheduled(told) => format!("scheduled {} follow-ups", told.due_on.len()),
        Event::ReceptionArranged(told) => format!("arranged her reception at {} in {}", told.meets_at, stop(&told.place)),
        Event::ReceptionConfirmed(told) => {
            format!("has met her at {}: from here on it is the responsible office", told.at)
        }
        Event::FollowUpRecorded(told) => format!("recorded follow-up {}: {}", told.number, words(&[told.outcome])),
        Event::JourneyClosed(_) => "closed the journey".to_owned(),
        Event::RiskAssessed(told) => format!("assessed the risk at the {}: {}", told.side, words(&[told.verdict])),
        Event::EscortNamed(told) => format!("named the escort of leg {}", told.leg),
        Event::LegStarted(told) => format!("noted that leg {} began at {}", told.leg, told.at),
        Event::LegConfirmed(told) => format!("confirmed the end of leg {} at {}", told.leg, told.at),
        Event::CheckInRecorded(told) => format!("recorded check-in {} on leg {} at {}", told.number, told.leg, told.at),
        Event::CheckInMissed(told) => format!("raised the alarm: check-in {} on leg {} did not come", told.number, told.leg),
        Event::Arrived(told) => format!("noted her arrival at {}", told.at),
        Event::MindChanged(_) => "noted that she changed her mind".to_owned(),
        _ => return None,
    })
}

fn stop(place: &Place) -> String {
    match place {
        Place::Locode(code) => String::from_utf8_lossy(code).into_owned(),
        Place::Named(name) => name.clone(),
    }
}
