//! ConsentService.

use waymark_domain::command::{
    ClaimRetention, DiscloseInEmergency, GiveConsent, NarrowConsent, RefuseConsent, RenewConsent,
    ReviewEmergency, Text, WithdrawConsent,
};
use waymark_domain::event::case::ConsentScope;
use waymark_domain::ids::{EventId, ThreadId};
use waymark_domain::section::Field;

use super::change::{change, first_event};
use super::list::{Listed, Page, listed};
use super::read::Reader;
use super::words::numbers;
use crate::error::Rejected;
use crate::v1;

change!(GiveConsentRequest => GiveConsentResponse { consent: first_event }; |message, _, reader| GiveConsent {
    case: reader.id("case", &message.case),
    scope: scope(reader, message.scope),
    form: reader.word("form", message.form),
    told: reader.some_words("told", &message.told),
    record: circumstances(reader, message.circumstances),
});

change!(RefuseConsentRequest => RefuseConsentResponse {}; |message, _, reader| RefuseConsent {
    case: reader.id("case", &message.case),
    recipient: reader.id("recipient", &message.recipient),
    note: reader.text_if_any("note", message.note),
});

change!(NarrowConsentRequest => NarrowConsentResponse {}; |message, _, reader| NarrowConsent {
    case: reader.id("case", &message.case),
    consent: reader.id("consent", &message.consent),
    purposes: reader.some_words("purposes", &message.purposes),
    categories: reader.some_words("categories", &message.categories),
    onward: message.onward,
    until: reader.day("until_on", &message.until_on),
});

change!(RenewConsentRequest => RenewConsentResponse {}; |message, _, reader| RenewConsent {
    case: reader.id("case", &message.case),
    consent: reader.id("consent", &message.consent),
    until: reader.day("until_on", &message.until_on),
});

change!(WithdrawConsentRequest => WithdrawConsentResponse {}; |message, _, reader| WithdrawConsent {
    case: reader.id("case", &message.case),
    consent: reader.id("consent", &message.consent),
    by: reader.word("by", message.by),
});

change!(ClaimRetentionRequest => ClaimRetentionResponse {}; |message, _, reader| ClaimRetention {
    because: None,
    referral: reader.id("referral", &message.referral),
    categories: reader.some_words("categories", &message.categories),
    ground: reader.word("ground", message.ground),
    until: reader.day("until_on", &message.until_on),
});

change!(
    DiscloseInEmergencyRequest => DiscloseInEmergencyResponse { emergency: first_event };
    |message, caller, reader| DiscloseInEmergency {
        referral: reader.id("referral", &message.referral),
        ground: reader.word("ground", message.ground),
        categories: reader.some_words("categories", &message.categories),
        first: caller.staff,
        second: caller.second,
        reason: reader.text("reason", message.reason),
    }
);

change!(ReviewEmergencyRequest => ReviewEmergencyResponse {}; |message, caller, reader| ReviewEmergency {
    referral: reader.id("referral", &message.referral),
    emergency: reader.id("emergency", &message.emergency),
    by: caller.staff,
    upheld: message.upheld,
    told_on: reader.day("told_on", &message.told_on),
});

listed!(ListConsentsRequest);
listed!(ListTasksRequest);

/// Which sharing sheet is wanted: of which case, and of which consent alone.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn sheet(request: &v1::GetSharingSheetRequest) -> Result<(ThreadId, Option<EventId>), Rejected> {
    Reader::read(|reader| (reader.id("case", &request.case), reader.id_if_any("consent", &request.consent)))
}

/// Reads which page of the tasks is wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn tasks(request: &v1::ListTasksRequest) -> Result<Page, Rejected> {
    Reader::read(|reader| request.page(reader))
}

/// Reads of which case consents are wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn list(request: &v1::ListConsentsRequest) -> Result<(ThreadId, Page), Rejected> {
    Reader::read(|reader| (reader.id("case", &request.case), request.page(reader)))
}

/// What she agreed to, as a message.
#[must_use]
pub fn scope_message(scope: &ConsentScope) -> v1::ConsentScope {
    v1::ConsentScope {
        recipient: scope.recipient.to_string(),
        purposes: numbers(&scope.purposes),
        categories: numbers(&scope.categories),
        onward: scope.onward,
        from_on: scope.from.to_string(),
        until_on: scope.until.to_string(),
    }
}

fn scope(reader: &mut Reader, message: Option<v1::ConsentScope>) -> ConsentScope {
    let message = reader.present("scope", message).unwrap_or_default();
    reader.within("scope", |reader| {
        let scope = ConsentScope {
            recipient: reader.id("recipient", &message.recipient),
            purposes: reader.some_words("purposes", &message.purposes),
            categories: reader.some_words("categories", &message.categories),
            onward: message.onward,
            from: reader.day("from_on", &message.from_on),
            until: reader.day("until_on", &message.until_on),
        };
        reader.ordered("from_on", scope.from, "until_on", scope.until);
        scope
    })
}

fn circumstances(reader: &mut Reader, message: Option<v1::ConsentCircumstances>) -> Vec<(Field, Text)> {
    let message = message.unwrap_or_default();
    reader.within("circumstances", |reader| {
        let texts = [
            (Field::ConsentWitness, "witness", message.witness),
            (Field::ConsentInterpreter, "interpreter", message.interpreter),
            (Field::ConsentLanguage, "language", message.language),
            (Field::ConsentGuardian, "guardian", message.guardian),
        ];
        texts
            .into_iter()
            .filter_map(|(field, name, text)| Some((field, reader.text_if_any(name, text)?)))
            .collect()
    })
}
