//! Every word of the domain and its value in the contract, both ways. The compiler refuses a word without a partner.

use waymark_domain::event::case::LinkSide;
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::section::Field;
use waymark_domain::words::{
    AbortReason, Admits, CaseOutcome, Category, ConsentForm, DeclineReason, Disclosure, EmergencyGround,
    EndedBy, ErasureReason, FollowUpOutcome, Gate, GoNoGo, Institution, NotDisclosed, OfficeRole, Outcome,
    PlaceReason, Purpose, RetentionGround, RiskBand, RiskSide, TravelMode, UnitKind, Urgency,
};
use waymark_domain::world::Party;

use crate::v1;

/// A word of the domain that the contract has a value for.
pub trait Word: Clone + PartialEq + 'static {
    /// The enumeration of the contract.
    type Api: Copy + TryFrom<i32> + Into<i32>;

    /// A value that stands where none could be read; never let out.
    const PLACEHOLDER: Self;

    /// Its value in the contract.
    fn to_api(&self) -> Self::Api;

    /// The word of a value; none for the unspecified one.
    fn from_api(value: Self::Api) -> Option<Self>;

    /// Its number in a message.
    fn number(&self) -> i32 {
        self.to_api().into()
    }

    /// The word of a number in a message; none for zero and for what this version does not know.
    fn from_number(number: i32) -> Option<Self> {
        Self::Api::try_from(number).ok().and_then(Self::from_api)
    }
}

/// The numbers of words, in their order.
pub fn numbers<W: Word>(words: &[W]) -> Vec<i32> {
    words.iter().map(Word::number).collect()
}

macro_rules! paired {
    ($($word:ident as $api:ident { $first:ident $(, $rest:ident)* $(,)? })+) => {$(
        impl Word for $word {
            type Api = v1::$api;

            const PLACEHOLDER: Self = Self::$first;

            fn to_api(&self) -> v1::$api {
                match self {
                    Self::$first => v1::$api::$first,
                    $(Self::$rest => v1::$api::$rest,)*
                }
            }

            fn from_api(value: v1::$api) -> Option<Self> {
                match value {
                    v1::$api::Unspecified => None,
                    v1::$api::$first => Some(Self::$first),
                    $(v1::$api::$rest => Some(Self::$rest),)*
                }
            }
        }
    )+};
}

paired! {
    Category as Category {
        Triage, Identity, Contact, Safety, Travel, Shelter, Health, Legal, Family, Work, Narrative, Coordination,
        Office,
    }
    Purpose as Purpose {
        EmotionalSupport, SocialSupport, SafeShelter, Medical, Legal, SafeReturn, SocialInclusion, Tracing,
        Compensation, Identification, Interpretation, Financial, EducationWork,
    }
    Urgency as Urgency { Normal, Urgent, Emergency }
    RiskBand as RiskBand { Low, Medium, High, Extreme }
    OfficeRole as OfficeRole { Office, Partner, Auditor, Coordinator }
    Institution as Institution { Ngo, Shelter, Clinic, LegalAid, Embassy, Authority, International }
    ConsentForm as ConsentForm { Written, OralWithWitness }
    DeclineReason as DeclineReason {
        NoCapacity, Waitlist, NotEligible, OutOfArea, SafetyRisk, MissingConsent, Other,
    }
    Outcome as Outcome { ServiceProvided, PartlyProvided, PersonDeclined, CouldNotContact, NoShow, NotEligible }
    CaseOutcome as CaseOutcome { HandedOver, Completed, EndedByPerson, LostContact, EnteredInError }
    UnitKind as UnitKind { Single, Family, Accessible, Emergency }
    Admits as Admits { Anyone, Women, Men, Families, Minors }
    PlaceReason as PlaceReason { Full, NotSuitable, SafetyRisk, AnotherChosen, JourneyEnded, Other }
    TravelMode as TravelMode { Air, Rail, Road, Water, Foot }
    RiskSide as RiskSide { Origin, Destination }
    GoNoGo as GoNoGo { Go, NoGo, Postponed }
    Gate as Gate { Consent, RiskOrigin, RiskDestination, Documents, Reception, Escort, Place, Minor }
    FollowUpOutcome as FollowUpOutcome { Well, NeedsSupport, AtRisk, NotReached, Ended }
    AbortReason as AbortReason { SafetyRisk, Health, Documents, Transport, Reception, Other }
    EndedBy as EndedBy { Sender, Person }
    ErasureReason as ErasureReason { Asked, Retention, Error }
    RetentionGround as RetentionGround { LegalObligation, LegalClaims, PublicHealth }
    NotDisclosed as NotDisclosed { NotConsented, Expired, Withdrawn, NotHeld }
    EmergencyGround as EmergencyGround { VitalInterests, DutyToWarn }
    Disclosure as Disclosure { Interview, Purpose, Use, Research, RightToSee, StorageTime, Withdrawal }
    ReferralKind as ReferralKind { Service, HandOver }
    LinkSide as LinkSide { Sender, Receiver }
    Party as Party { Sender, Receiver }
    Field as SectionField {
        GivenName, FamilyName, OtherNames, BornOn, Gender, Nationality, IdentityDocument, SafePhone, SafeTimes,
        UnsafeWays, CodeWord, TrustedPerson, Threats, SafetyPlan, TravelDocument, Itinerary, TravelNeeds,
        ShelterNeeds, ShelterAddress, ShelterEntry, HealthNeeds, LegalStatus, FamilyMembers, Exploitation, Income,
        Account, ConsentWitness, ConsentInterpreter, ConsentLanguage, ConsentGuardian, OfficeNote, EscortName,
        ReceptionContact, LegFrom, LegTo, LegMode, LegDeparts, LegArrives, Carrier, ReceptionPlace, ReceptionTime,
    }
}
