//! What is inside a sealed section, before it is sealed and after it was opened. Personal data lives here and nowhere else:
//! these types have no `Debug` that prints content.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Day;
use crate::words::{Category, Purpose, RiskBand, RiskSide, Urgency};

/// A text in a section, at most this many bytes.
pub const TEXT_MAX: usize = 16 * 1024;
/// A section, before padding, at most this many bytes (DESIGN, the entry).
pub const SECTION_MAX: usize = 16 * 1024 * 1024;

/// The content of one section. Variants are part of the wire format: append only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// What an offer tells: no identity.
    Triage(Triage),
    /// Answers to the fields of a category, in the order shown.
    Fields(Vec<(Field, String)>),
    /// A working message, a reason, a note.
    Message(String),
    /// The risk matrix of one side.
    Risk(RiskMatrix),
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Content(sealed)")
    }
}

/// What a receiver needs to decide, and nothing that names a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triage {
    /// Services needed.
    pub services: Vec<Purpose>,
    /// First day needed.
    pub from: Day,
    /// Last day, when known.
    pub until: Option<Day>,
    /// ISO 639-1 codes of languages she speaks.
    pub languages: Vec<String>,
    /// How soon.
    pub urgency: Urgency,
    /// Overall risk.
    pub risk: RiskBand,
    /// Persons in the party.
    pub party_size: u8,
    /// Step-free access or assistance needed.
    pub accessibility: bool,
}

/// Threat × likelihood × severity × mitigation, the same matrix on both sides; each 1 (low) to 5 (high).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskMatrix {
    /// Which end.
    pub side: RiskSide,
    /// One row for each threat found.
    pub rows: Vec<RiskRow>,
    /// The assessor's summary.
    pub summary: String,
}

/// One threat.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskRow {
    /// What threatens.
    pub threat: String,
    /// 1–5.
    pub likelihood: u8,
    /// 1–5.
    pub severity: u8,
    /// 1–5: how far it is mitigated.
    pub mitigation: u8,
}

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $word:literal in $category:ident),+ $(,)?) => {
        /// A field of a section. Append only: the number on the wire is the position.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Field { $($(#[$doc])* $variant),+ }

        impl Field {
            /// Every field, in wire order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in files and commands.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The category it belongs to.
            #[must_use]
            pub const fn category(self) -> Category {
                match self { $(Self::$variant => Category::$category),+ }
            }

            /// The field that files and commands name `word`.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|field| field.word() == word)
            }
        }
    };
}

fields! {
    /// Given name.
    GivenName = "given_name" in Identity,
    /// Family name.
    FamilyName = "family_name" in Identity,
    /// Other names.
    OtherNames = "other_names" in Identity,
    /// Date of birth or estimate.
    BornOn = "born_on" in Identity,
    /// Sex or gender as she states it.
    Gender = "gender" in Identity,
    /// Nationality, ISO 3166.
    Nationality = "nationality" in Identity,
    /// Identity document and number.
    IdentityDocument = "identity_document" in Identity,
    /// Telephone number that is safe.
    SafePhone = "safe_phone" in Contact,
    /// Times when contact is safe.
    SafeTimes = "safe_times" in Contact,
    /// Ways that are never safe.
    UnsafeWays = "unsafe_ways" in Contact,
    /// Code word.
    CodeWord = "code_word" in Contact,
    /// A person of trust.
    TrustedPerson = "trusted_person" in Contact,
    /// Threats.
    Threats = "threats" in Safety,
    /// Safety plan.
    SafetyPlan = "safety_plan" in Safety,
    /// Travel documents.
    TravelDocument = "travel_document" in Travel,
    /// Itinerary details, tickets.
    Itinerary = "itinerary" in Travel,
    /// Luggage, money, medicine on the way.
    TravelNeeds = "travel_needs" in Travel,
    /// What a shelter needs to know.
    ShelterNeeds = "shelter_needs" in Shelter,
    /// The shelter's address.
    ShelterAddress = "shelter_address" in Shelter,
    /// How to get in.
    ShelterEntry = "shelter_entry" in Shelter,
    /// Conditions and medicines.
    HealthNeeds = "health_needs" in Health,
    /// Legal status and proceedings.
    LegalStatus = "legal_status" in Legal,
    /// Family and dependants.
    FamilyMembers = "family_members" in Family,
    /// Exploitation and work.
    Exploitation = "exploitation" in Work,
    /// Income and claims.
    Income = "income" in Work,
    /// Her account.
    Account = "account" in Narrative,
    /// Witness of an oral consent.
    ConsentWitness = "consent_witness" in Office,
    /// Interpreter.
    ConsentInterpreter = "consent_interpreter" in Office,
    /// Language in which she was told.
    ConsentLanguage = "consent_language" in Office,
    /// Guardian.
    ConsentGuardian = "consent_guardian" in Office,
    /// Note of the office.
    OfficeNote = "office_note" in Office,
    /// Escort of a leg.
    EscortName = "escort_name" in Coordination,
    /// How to recognise and reach whoever meets her.
    ReceptionContact = "reception_contact" in Coordination,
    /// Where a leg begins.
    LegFrom = "leg_from" in Travel,
    /// Where a leg ends.
    LegTo = "leg_to" in Travel,
    /// How a leg is travelled.
    LegMode = "leg_mode" in Travel,
    /// When a leg begins, with the local offset.
    LegDeparts = "leg_departs" in Travel,
    /// When a leg ends, with the local offset.
    LegArrives = "leg_arrives" in Travel,
    /// Who carries her on a leg, and the number of the service.
    Carrier = "carrier" in Travel,
    /// Where she is met.
    ReceptionPlace = "reception_place" in Coordination,
    /// When she is met.
    ReceptionTime = "reception_time" in Coordination,
}
