//! Sentences about a referral.

use super::{list, says};
use crate::event::referral::{
    AcceptConfirmed, CancellationAgreed, CancellationDeclined, CancellationRequested, Deadline,
    DeadlineEscalated, DeadlineMissed, DeadlineReminded, DisclosureRefused, DisclosureRequested, MessageSent,
    OfferExpired, PersonContacted, QuestionAnswered, QuestionAsked, ReferralAccepted, ReferralAcknowledged,
    ReferralDeclined, ReferralKind, ReferralOffered, ReferralRedirected, ReferralWithdrawn,
    SectionsDisclosed, ServiceCompleted, ServiceScheduled, ServiceStarted,
};
use crate::words::{EndedBy, NotDisclosed};

says! {
    ReferralOffered: |body, _names| {
        let kind = match body.kind {
            ReferralKind::Service => "a referral",
            ReferralKind::HandOver => "a hand-over",
        };
        format!(
            "offered {kind} for {} ({}), to be acknowledged by {}; the offer ends at {}",
            list(&body.purposes), body.urgency, body.deadlines.acknowledge_by, body.deadlines.expires_at,
        )
    };
    QuestionAnswered: |_body, _names| "answered the question";
    AcceptConfirmed: |_body, _names| "confirmed the accept";
    OfferExpired: |body, _names| match body.late_accept {
        Some(_) => "ended the offer, which had expired; the late accept is void",
        None => "ended the offer, which had expired",
    };
    SectionsDisclosed: |body, _names| format!("disclosed {} under the consent", list(&body.categories));
    DisclosureRefused: |body, _names| {
        let why = match body.reason {
            NotDisclosed::NotConsented => "the person has not consented to it",
            NotDisclosed::Expired => "the consent has expired",
            NotDisclosed::Withdrawn => "the consent was withdrawn",
            NotDisclosed::NotHeld => "it is not known here",
        };
        format!("did not disclose {}: {why}", list(&body.categories))
    };
    ReferralWithdrawn: |body, _names| match body.by {
        EndedBy::Person => "took the referral back at the person's wish",
        EndedBy::Sender => "took the referral back",
    };
    ReferralRedirected: |_body, _names| "offered the referral to another office instead";
    DeadlineReminded: |body, _names| format!("noted that half the time for {} has passed", awaited(body.deadline));
    DeadlineMissed: |body, _names| format!("noted that the time for {} has passed", awaited(body.deadline));
    DeadlineEscalated: |body, _names| format!("told the coordinators that {} is overdue", awaited(body.deadline));
    ReferralAcknowledged: |_body, _names| "acknowledged the referral: a human has seen it";
    QuestionAsked: |_body, _names| "asked a question";
    ReferralAccepted: |_body, _names| "accepted the referral";
    ReferralDeclined: |body, _names| format!("declined the referral: {}", body.reason);
    DisclosureRequested: |body, _names| format!("asked for {}", list(&body.categories));
    PersonContacted: |body, _names| format!("reached the person at {}", body.at);
    ServiceScheduled: |body, _names| format!("fixed the service for {}", body.at);
    ServiceStarted: |_body, _names| "began the service";
    ServiceCompleted: |body, _names| format!("ended the service: {}", body.outcome);
    CancellationRequested: |_body, _names| "asked to cancel the referral";
    CancellationAgreed: |_body, _names| "agreed to cancel the referral";
    CancellationDeclined: |_body, _names| "declined to cancel the referral: it goes on";
    MessageSent: |_body, _names| "sent a message";
}

const fn awaited(deadline: Deadline) -> &'static str {
    match deadline {
        Deadline::Acknowledge => "a human acknowledgement",
        Deadline::Contact => "the first contact with the person",
        Deadline::Erasure => "the answer that what was shared is erased",
    }
}
