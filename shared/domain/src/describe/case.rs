//! Sentences about a case in its own office.

use super::{list, onward, says, span};
use crate::event::case::{
    CaseClosed, CaseErased, CaseErasureOrdered, CaseLinked, CaseOpened, CaseReopened, ConsentChanged,
    ConsentEnded, ConsentGiven, ConsentRefused, LinkSide, SafeguardsChanged, SectionRecorded, SectionShown,
};
use crate::event::referral::ReferralKind;
use crate::words::{EndedBy, ErasureReason};

says! {
    CaseOpened: |body, _names| match (body.minor, body.referral) {
        (true, Some(_)) => "opened a case for a minor who was referred to it",
        (false, Some(_)) => "opened a case for a person who was referred to it",
        (true, None) => "opened a case for a minor",
        (false, None) => "opened a case",
    };
    SectionRecorded: |body, _names| format!("recorded the section {}", body.category);
    SafeguardsChanged: |body, _names| {
        let minor = if body.minor { "a minor" } else { "of age" };
        match body.barred.as_slice() {
            [] => format!("recorded that the person is {minor}"),
            barred => format!("recorded that the person is {minor}; authorities of {} are never recipients", list(barred)),
        }
    };
    ConsentGiven: |body, names| format!(
        "recorded the person's consent ({}): {} for {} to {}, {}, {}",
        body.form, list(&body.scope.categories), list(&body.scope.purposes), names.of(body.scope.recipient),
        span(body.scope.from, body.scope.until), onward(body.scope.onward),
    );
    ConsentRefused: |body, names| format!("recorded that the person said no to sharing with {}", names.of(body.recipient));
    ConsentChanged: |body, names| format!(
        "recorded that the person's consent to {} now covers {} for {} until {}, {}",
        names.of(body.scope.recipient), list(&body.scope.categories), list(&body.scope.purposes), body.scope.until,
        onward(body.scope.onward),
    );
    ConsentEnded: |body, _names| match body.by {
        EndedBy::Person => "recorded that the person withdrew a consent",
        EndedBy::Sender => "ended a consent",
    };
    CaseLinked: |body, names| {
        let kind = match body.kind {
            ReferralKind::Service => "referral",
            ReferralKind::HandOver => "hand-over",
        };
        let side = match body.side {
            LinkSide::Sender => "to",
            LinkSide::Receiver => "from",
        };
        format!("linked a {kind} {side} {} to the case", names.of(body.other))
    };
    CaseClosed: |body, _names| format!("closed the case: {}", body.outcome);
    CaseReopened: |_body, _names| "opened the case again";
    CaseErasureOrdered: |body, _names| match body.reason {
        ErasureReason::Asked => "ordered the case to be erased: the person asked",
        ErasureReason::Retention => "ordered the case to be erased: the time has ended for which it is kept",
        ErasureReason::Error => "ordered the case to be erased: it was opened in error",
    };
    CaseErased: |_body, _names| "erased the case: its keys and contents are destroyed";
    SectionShown: |body, _names| format!("was shown the section {}", body.category);
}
