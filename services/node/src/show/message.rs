//! A message of the contract as JSON: field names as in the contract, short words, days and instants as text, everything
//! always there. Driven by the descriptors, so that a new field of the contract shows without a line here.

use std::sync::LazyLock;

use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor,
    ReflectMessage as _, Value,
};
use waymark_api::v1;
use waymark_domain::time::Timestamp;

use super::json::Json;

/// The contract, as compiled with this program.
pub(crate) static CONTRACT: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(waymark_api::FILE_DESCRIPTOR_SET)
        .expect("the contract was compiled with this program")
});

/// A message that is shown.
pub(crate) trait Shown: prost::Message {
    /// Its name in the contract, without the package.
    const NAME: &'static str;
}

macro_rules! shown {
    ($($name:ident)+) => {
        $(impl Shown for v1::$name {
            const NAME: &'static str = stringify!($name);
        })+

        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($name)),+];
    };
}

shown! {
    OpenCaseResponse RecordSectionResponse RevealSectionResponse CloseCaseResponse ReopenCaseResponse OrderCaseErasureResponse
    SetSafeguardsResponse Case CaseSummary WatchCasesResponse
    GiveConsentResponse RefuseConsentResponse NarrowConsentResponse RenewConsentResponse WithdrawConsentResponse
    ClaimRetentionResponse DiscloseInEmergencyResponse ReviewEmergencyResponse Consent ConsentHolder Task Look
    OfferReferralResponse AcknowledgeReferralResponse AskQuestionResponse AnswerQuestionResponse
    AcceptReferralResponse DeclineReferralResponse RequestDisclosureResponse DiscloseSectionsResponse
    RefuseDisclosureResponse WithdrawReferralResponse RedirectReferralResponse RequestCancellationResponse
    AgreeCancellationResponse DeclineCancellationResponse RecordContactResponse ScheduleServiceResponse StartServiceResponse
    CompleteServiceResponse SendMessageResponse MarkInErrorResponse Referral ReferralSummary WatchReferralsResponse
    PublishCapacityResponse RequestPlaceResponse HoldPlaceResponse RefusePlaceResponse ConfirmPlaceResponse
    ReleasePlaceResponse ChoosePlaceResponse GiveUpPlaceResponse ReleaseAddressResponse CheckInToShelterResponse
    CheckOutOfShelterResponse ReportNoShowResponse Unit Place WatchPlacesResponse
    ImportDirectoryResponse DirectoryEntry
    ProposeJourneyResponse AssessRiskResponse DecideJourneyResponse RecordDocumentsResponse BookLegResponse
    NameEscortResponse ArrangeReceptionResponse ArrangePlaceResponse SafeguardMinorResponse ClearJourneyResponse
    DepartResponse StartLegResponse ConfirmLegResponse RecordCheckInResponse RecordArrivalResponse
    ConfirmReceptionResponse RecordFollowUpResponse AbortJourneyResponse ChangeMindResponse CloseJourneyResponse
    Journey FollowUp WatchJourneysResponse
    ReplayThreadResponse LogHead VerifyLogResponse JudgedDisclosure JudgedAsk ProvenFraud
    ProcessingRecord BreachHolding Holding
    SubjectAccessStart SubjectAccessSection SubjectAccessEvent SubjectAccessEnd
    OfficeStatus Office PublishProfileResponse Staff
}

/// The message as JSON.
pub(crate) fn json<M: Shown>(message: &M) -> Json {
    let descriptor = CONTRACT
        .get_message_by_name(&format!("waymark.v1.{}", M::NAME))
        .expect("a test looks up every name of the list above");
    let read = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())
        .expect("a message reads back as what it was written as");
    object(&read)
}

fn object(message: &DynamicMessage) -> Json {
    let descriptor = message.descriptor();
    let shown = |field: &FieldDescriptor| field.containing_oneof().is_none() || message.has_field(field);
    let member = |field: FieldDescriptor| {
        let absent = field.supports_presence() && !message.has_field(&field);
        let value = if absent { Json::Null } else { value(&field.kind(), &message.get_field(&field)) };
        (field.name().to_owned(), value)
    };
    Json::Object(in_order(&descriptor).into_iter().filter(shown).map(member).collect())
}

/// The fields as the contract numbers them.
fn in_order(descriptor: &MessageDescriptor) -> Vec<FieldDescriptor> {
    let mut fields: Vec<_> = descriptor.fields().collect();
    fields.sort_by_key(FieldDescriptor::number);
    fields
}

fn value(kind: &Kind, of: &Value) -> Json {
    match of {
        Value::Bool(yes) => Json::Bool(*yes),
        Value::I32(number) => Json::from(i64::from(*number)),
        Value::I64(number) => Json::from(*number),
        Value::U32(number) => Json::from(u64::from(*number)),
        Value::U64(number) => Json::from(*number),
        Value::F32(number) => real(f64::from(*number)),
        Value::F64(number) => real(*number),
        Value::String(text) if text.is_empty() => Json::Null,
        Value::String(text) => Json::text(text),
        Value::Bytes(bytes) => hex(bytes),
        Value::EnumNumber(number) => word(kind, *number),
        Value::Message(message) if message.descriptor().full_name() == "google.protobuf.Timestamp" => {
            instant(message)
        }
        Value::Message(message) => object(message),
        Value::List(values) => Json::List(values.iter().map(|of| value(kind, of)).collect()),
        // The contract has no maps.
        Value::Map(_) => Json::Null,
    }
}

fn real(number: f64) -> Json {
    serde_json::Number::from_f64(number).map_or(Json::Null, Json::Number)
}

fn hex(bytes: &[u8]) -> Json {
    if bytes.is_empty() {
        return Json::Null;
    }
    Json::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn word(kind: &Kind, number: i32) -> Json {
    let Kind::Enum(words) = kind else { return Json::Null };
    if number == 0 {
        return Json::Null;
    }
    match words.get_value(number) {
        Some(value) => Json::Text(short(value.name(), &prefix(words))),
        // A newer node may know more words than this program.
        None => Json::Text(format!("unknown_{number}")),
    }
}

/// What every value of the enumeration begins with.
fn prefix(words: &EnumDescriptor) -> String {
    words.get_value(0).map(|zero| zero.name().trim_end_matches("UNSPECIFIED").to_owned()).unwrap_or_default()
}

/// The short word of a value: without the prefix, in lower case.
pub(crate) fn short(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_ascii_lowercase()
}

fn instant(message: &DynamicMessage) -> Json {
    let seconds = message.get_field_by_name("seconds").and_then(|value| value.as_i64()).unwrap_or_default();
    u64::try_from(seconds).map_or(Json::Null, |seconds| Json::Text(Timestamp(seconds).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shown_message_is_in_the_contract() {
        for name in NAMES {
            let name = format!("waymark.v1.{name}");
            assert!(CONTRACT.get_message_by_name(&name).is_some(), "{name}");
        }
    }

    #[test]
    fn everything_is_there_in_the_order_of_the_contract() {
        let case = v1::CaseSummary {
            case: "0a".to_owned(),
            state: v1::CaseState::Open.into(),
            opened_at: Some(prost_types::Timestamp { seconds: 1_795_500_061, nanos: 5 }),
            consents: 2,
            ..v1::CaseSummary::default()
        };
        assert_eq!(
            json(&case).to_string(),
            concat!(
                r#"{"case":"0a","etag":null,"state":"open","minor":false,"opened_at":"2026-11-24T06:01:01Z","#,
                r#""changed_at":null,"sections":0,"consents":2,"open_referrals":0,"responsible_office":null,"#,
                r#""on_the_way":false}"#
            )
        );
    }

    #[test]
    fn only_the_member_of_a_choice_that_is_set_is_there() {
        let told = v1::WatchCasesResponse {
            resume_token: "7".to_owned(),
            item: Some(v1::watch_cases_response::Item::CaughtUp(v1::CaughtUp {})),
        };
        assert_eq!(json(&told).to_string(), r#"{"resume_token":"7","caught_up":{}}"#);
    }

    #[test]
    fn words_are_short_whatever_their_enumeration_is_called() {
        let journey = v1::Journey { decision: v1::GoNoGo::NoGo.into(), ..v1::Journey::default() };
        assert_eq!(json(&journey).at("decision").as_text(), Some("no_go"));
        let newer = v1::Journey { decision: 99, ..v1::Journey::default() };
        assert_eq!(json(&newer).at("decision").as_text(), Some("unknown_99"));
    }
}
