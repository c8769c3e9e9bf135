//! ReferralService.

use waymark_domain::command::{
    AcceptReferral, AcknowledgeReferral, AgreeCancellation, AnswerQuestion, AskQuestion, CompleteService,
    DeclineCancellation, DeclineReferral, DiscloseSections, MarkInError, OfferReferral, RecordContact,
    RedirectReferral, RefuseDisclosure, RequestCancellation, RequestDisclosure, ScheduleService, SendMessage,
    StartService, WithdrawReferral,
};
use waymark_domain::event::referral::Deadlines;
use waymark_domain::ids::ThreadId;
use waymark_domain::world::Party;

use super::change::{change, first_event, new_thread};
use super::list::{Listed, Page, Resume, listed, resume};
use super::read::Reader;
use super::section::triage;
use super::value::instant;
use crate::error::Rejected;
use crate::v1;

change!(
    OfferReferralRequest => OfferReferralResponse { referral: new_thread };
    |message, _, reader| offer(reader, message.offer)
);

change!(
    RedirectReferralRequest => RedirectReferralResponse { new_referral: new_thread };
    |message, _, reader| RedirectReferral {
        referral: reader.id("referral", &message.referral),
        offer: offer(reader, message.offer),
    }
);

change!(AcknowledgeReferralRequest => AcknowledgeReferralResponse {}; |message, _, reader| AcknowledgeReferral {
    referral: reader.id("referral", &message.referral),
});

change!(AskQuestionRequest => AskQuestionResponse { question: first_event }; |message, _, reader| AskQuestion {
    referral: reader.id("referral", &message.referral),
    text: reader.text("text", message.text),
});

change!(AnswerQuestionRequest => AnswerQuestionResponse {}; |message, _, reader| AnswerQuestion {
    referral: reader.id("referral", &message.referral),
    question: reader.id("question", &message.question),
    text: reader.text("text", message.text),
});

change!(AcceptReferralRequest => AcceptReferralResponse {}; |message, _, reader| AcceptReferral {
    referral: reader.id("referral", &message.referral),
    case: reader.id_if_any("case", &message.case),
    note: reader.text_if_any("note", message.note),
});

change!(DeclineReferralRequest => DeclineReferralResponse {}; |message, _, reader| DeclineReferral {
    referral: reader.id("referral", &message.referral),
    reason: reader.word("reason", message.reason),
    note: reader.text_if_any("note", message.note),
});

change!(RequestDisclosureRequest => RequestDisclosureResponse { request: first_event }; |message, _, reader| {
    RequestDisclosure {
        referral: reader.id("referral", &message.referral),
        categories: reader.some_words("categories", &message.categories),
        note: reader.text_if_any("note", message.note),
    }
});

change!(DiscloseSectionsRequest => DiscloseSectionsResponse {}; |message, _, reader| DiscloseSections {
    referral: reader.id("referral", &message.referral),
    categories: reader.some_words("categories", &message.categories),
});

change!(RefuseDisclosureRequest => RefuseDisclosureResponse {}; |message, _, reader| RefuseDisclosure {
    referral: reader.id("referral", &message.referral),
    request: reader.id("request", &message.request),
    reason: reader.word("reason", message.reason),
    note: reader.text_if_any("note", message.note),
});

change!(WithdrawReferralRequest => WithdrawReferralResponse {}; |message, _, reader| WithdrawReferral {
    referral: reader.id("referral", &message.referral),
    by: reader.word("by", message.by),
    note: reader.text_if_any("note", message.note),
});

change!(RequestCancellationRequest => RequestCancellationResponse {}; |message, _, reader| RequestCancellation {
    referral: reader.id("referral", &message.referral),
    note: reader.text_if_any("note", message.note),
});

change!(AgreeCancellationRequest => AgreeCancellationResponse {}; |message, _, reader| AgreeCancellation {
    referral: reader.id("referral", &message.referral),
});

change!(DeclineCancellationRequest => DeclineCancellationResponse {}; |message, _, reader| DeclineCancellation {
    referral: reader.id("referral", &message.referral),
    note: reader.text_if_any("note", message.note),
});

change!(RecordContactRequest => RecordContactResponse {}; |message, caller, reader| RecordContact {
    referral: reader.id("referral", &message.referral),
    at: reader.instant_if_any("at", message.at).unwrap_or(caller.now),
});

change!(ScheduleServiceRequest => ScheduleServiceResponse {}; |message, _, reader| ScheduleService {
    referral: reader.id("referral", &message.referral),
    at: reader.instant("at", message.at),
    note: reader.text_if_any("note", message.note),
});

change!(StartServiceRequest => StartServiceResponse {}; |message, _, reader| StartService {
    referral: reader.id("referral", &message.referral),
});

change!(CompleteServiceRequest => CompleteServiceResponse {}; |message, _, reader| CompleteService {
    referral: reader.id("referral", &message.referral),
    outcome: reader.word("outcome", message.outcome),
    note: reader.text_if_any("note", message.note),
});

change!(SendMessageRequest => SendMessageResponse {}; |message, _, reader| SendMessage {
    referral: reader.id("referral", &message.referral),
    text: reader.text("text", message.text),
});

change!(MarkInErrorRequest => MarkInErrorResponse {}; |message, _, reader| MarkInError {
    referral: reader.id("referral", &message.referral),
    entry: reader.id("event_id", &message.event_id),
    note: reader.text_if_any("note", message.note),
});

listed!(ListReferralsRequest);

/// Which referrals are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReferralFilter {
    /// In one of these phases; empty: any.
    pub phases: Vec<v1::ReferralPhase>,
    /// This office's side; none: both.
    pub side: Option<Party>,
    /// Of this case; none: any.
    pub case: Option<ThreadId>,
    /// Only those in which this office owes the next step.
    pub needs_answer: bool,
}

/// Reads which referrals are wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn list(request: &v1::ListReferralsRequest) -> Result<(ReferralFilter, Page), Rejected> {
    Reader::read(|reader| {
        let filter = ReferralFilter {
            phases: reader.values("phases", &request.phases),
            side: reader.word_if_any("side", request.side),
            case: reader.id_if_any("case", &request.case),
            needs_answer: request.needs_answer,
        };
        (filter, request.page(reader))
    })
}

/// Reads which referral is watched, none for all, and from where on.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn watch(request: &v1::WatchReferralsRequest) -> Result<(Option<ThreadId>, Option<Resume>), Rejected> {
    Reader::read(|reader| {
        (reader.id_if_any("referral", &request.referral), resume(reader, &request.resume_token))
    })
}

/// Reads which referral is wanted.
///
/// # Errors
/// [`Rejected`] when it is not an identifier.
pub fn referral_of(request: &v1::GetReferralRequest) -> Result<ThreadId, Rejected> {
    Reader::read(|reader| reader.id("referral", &request.referral))
}

/// The deadlines of an offer, as a message.
#[must_use]
pub fn deadlines_message(deadlines: &Deadlines) -> v1::Deadlines {
    v1::Deadlines {
        acknowledge_by: Some(instant(deadlines.acknowledge_by)),
        contact_by: Some(instant(deadlines.contact_by)),
        expires_at: Some(instant(deadlines.expires_at)),
    }
}

fn offer(reader: &mut Reader, message: Option<v1::Offer>) -> OfferReferral {
    let message = reader.present("offer", message).unwrap_or_default();
    reader.within("offer", |reader| OfferReferral {
        case: reader.id("case", &message.case),
        to: reader.id("recipient", &message.recipient),
        kind: reader.word("kind", message.kind),
        purposes: reader.some_words("purposes", &message.purposes),
        triage: triage(reader, "triage", message.triage),
        consent: reader.id("consent", &message.consent),
        expires_at: reader.instant_if_any("expires_at", message.expires_at),
    })
}
