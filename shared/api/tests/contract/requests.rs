//! Every request that changes something, read from its bytes.

use prost::Message;
use waymark_api::convert::change::{Asked, Caller, Change};
use waymark_api::error::Rejected;
use waymark_api::v1::*;
use waymark_domain::ids::StaffId;
use waymark_domain::time::Timestamp;

/// Who calls in these tests.
pub(crate) const CALLER: Caller =
    Caller { staff: StaffId([9; 8]), second: StaffId([8; 8]), now: Timestamp(1_800_000_000) };

/// Reads the bytes of a request.
pub(crate) type Read = fn(&[u8]) -> Result<Asked, Rejected>;

/// How a request prints.
pub(crate) type Print = fn(&[u8]) -> String;

fn read<R: Change + Message + Default>(bytes: &[u8]) -> Result<Asked, Rejected> {
    R::decode(bytes).expect("made from the same descriptors").read(&CALLER)
}

fn print<R: Message + Default + core::fmt::Debug>(bytes: &[u8]) -> String {
    format!("{:#?}", R::decode(bytes).expect("made from the same descriptors"))
}

macro_rules! requests {
    ($($request:ident)+) => {
        /// Every such request: its name, how it is read, how it prints.
        pub(crate) const REQUESTS: &[(&str, Read, Print)] =
            &[$((stringify!($request), read::<$request>, print::<$request>)),+];
    };
}

requests! {
    AbortJourneyRequest AcceptReferralRequest AcknowledgeReferralRequest AgreeCancellationRequest
    AnswerQuestionRequest ArrangePlaceRequest ArrangeReceptionRequest AskQuestionRequest
    AssessRiskRequest BookLegRequest ChangeMindRequest CheckInToShelterRequest CheckOutOfShelterRequest
    ChoosePlaceRequest ClaimRetentionRequest ClearJourneyRequest CloseCaseRequest CloseJourneyRequest
    CompleteServiceRequest ConfirmLegRequest ConfirmPlaceRequest ConfirmReceptionRequest
    DecideJourneyRequest DeclineCancellationRequest DeclineReferralRequest DepartRequest DiscloseInEmergencyRequest
    DiscloseSectionsRequest OrderCaseErasureRequest GiveConsentRequest GiveUpPlaceRequest HoldPlaceRequest MarkInErrorRequest
    NameEscortRequest NarrowConsentRequest OfferReferralRequest OpenCaseRequest ProposeJourneyRequest
    PublishCapacityRequest PublishProfileRequest RecordArrivalRequest RecordCheckInRequest
    RecordContactRequest RecordDocumentsRequest RecordFollowUpRequest RecordSectionRequest
    RedirectReferralRequest RefuseConsentRequest RefuseDisclosureRequest RefusePlaceRequest
    ReleaseAddressRequest ReleasePlaceRequest RenewConsentRequest ReopenCaseRequest ReportNoShowRequest
    RequestCancellationRequest RequestDisclosureRequest RequestPlaceRequest ReviewEmergencyRequest
    SafeguardMinorRequest ScheduleServiceRequest SendMessageRequest SetSafeguardsRequest
    StartLegRequest StartServiceRequest WithdrawConsentRequest WithdrawReferralRequest
}
