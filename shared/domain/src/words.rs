//! The closed vocabularies of the field. Enums are part of the wire format: never reorder, only append.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every word, in wire order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as the field writes it.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value that the field writes as `word`.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

words!(
    /// A data category: each is sealed and consented separately. The number on the wire is the position here.
    Category {
        /// Service needed, dates, languages, urgency, risk band, party size, accessibility; no identity.
        Triage = "triage",
        /// Who she is.
        Identity = "identity",
        /// Safe ways and times to reach her, code word.
        Contact = "contact",
        /// Threats, risk assessments.
        Safety = "safety",
        /// Documents, itinerary.
        Travel = "travel",
        /// What a shelter needs to know, and the address of one.
        Shelter = "shelter",
        /// Health.
        Health = "health",
        /// Legal proceedings and status.
        Legal = "legal",
        /// Family and dependants.
        Family = "family",
        /// Exploitation, income, compensation.
        Work = "work",
        /// Her account in her words.
        Narrative = "narrative",
        /// Both parties' working messages on a referral.
        Coordination = "coordination",
        /// Own office only: internal notes.
        Office = "office",
    }
);

words!(
    /// What data is shared for (La Strada / NRM service purposes).
    Purpose {
        /// Someone to talk to.
        EmotionalSupport = "emotional_support",
        /// Social work.
        SocialSupport = "social_support",
        /// A safe place to stay.
        SafeShelter = "safe_shelter",
        /// Medical care.
        Medical = "medical",
        /// Legal aid.
        Legal = "legal",
        /// A safe and voluntary return.
        SafeReturn = "safe_return",
        /// Social inclusion after return.
        SocialInclusion = "social_inclusion",
        /// Tracing of missing persons.
        Tracing = "tracing",
        /// Compensation.
        Compensation = "compensation",
        /// Formal identification.
        Identification = "identification",
        /// Interpretation.
        Interpretation = "interpretation",
        /// Financial help.
        Financial = "financial",
        /// Education and work.
        EducationWork = "education_work",
    }
);

words!(
    /// How soon; sets the default deadlines.
    Urgency {
        /// Acknowledge in 3 working days, contact in 2 weeks.
        Normal = "normal",
        /// Acknowledge in 24 h, contact in 72 h.
        Urgent = "urgent",
        /// Acknowledge in 4 h, contact in 24 h.
        Emergency = "emergency",
    }
);

words!(
    /// Overall risk as told before identity.
    RiskBand {
        /// Low.
        Low = "low",
        /// Medium.
        Medium = "medium",
        /// High.
        High = "high",
        /// Extreme.
        Extreme = "extreme",
    }
);

words!(
    /// What an office is in its network.
    OfficeRole {
        /// Takes responsibility for persons.
        Office = "office",
        /// Shelter, clinic, legal aid, embassy.
        Partner = "partner",
        /// Replays history; holds no cases.
        Auditor = "auditor",
        /// Coordinates a country or network.
        Coordinator = "coordinator",
    }
);

words!(
    /// The kind of institution, for the red lines.
    Institution {
        /// A non-governmental organisation.
        Ngo = "ngo",
        /// A shelter.
        Shelter = "shelter",
        /// A clinic or hospital.
        Clinic = "clinic",
        /// Legal aid.
        LegalAid = "legal_aid",
        /// An embassy or consulate.
        Embassy = "embassy",
        /// Police or another authority.
        Authority = "authority",
        /// An international organisation.
        International = "international",
    }
);

words!(
    /// How consent was given.
    ConsentForm {
        /// Signed paper.
        Written = "written",
        /// Spoken, before a witness.
        OralWithWitness = "oral_with_witness",
    }
);

words!(
    /// Why a referral was declined.
    DeclineReason {
        /// No place or staff.
        NoCapacity = "no_capacity",
        /// Only a waiting list.
        Waitlist = "waitlist",
        /// She does not meet the conditions.
        NotEligible = "not_eligible",
        /// Outside the area served.
        OutOfArea = "out_of_area",
        /// It would not be safe.
        SafetyRisk = "safety_risk",
        /// A consent is missing.
        MissingConsent = "missing_consent",
        /// Another reason, told in coordination.
        Other = "other",
    }
);

words!(
    /// How a referral ended.
    Outcome {
        /// The service was given.
        ServiceProvided = "service_provided",
        /// Part of it was given.
        PartlyProvided = "partly_provided",
        /// The person said no.
        PersonDeclined = "person_declined",
        /// She could not be reached.
        CouldNotContact = "could_not_contact",
        /// She did not come.
        NoShow = "no_show",
        /// She did not meet the conditions.
        NotEligible = "not_eligible",
    }
);

words!(
    /// How a case ended for this office.
    CaseOutcome {
        /// Handed over to another office.
        HandedOver = "handed_over",
        /// Support completed.
        Completed = "completed",
        /// The person ended it.
        EndedByPerson = "ended_by_person",
        /// Contact was lost.
        LostContact = "lost_contact",
        /// Opened in error.
        EnteredInError = "entered_in_error",
    }
);

words!(
    /// The kind of unit in a shelter.
    UnitKind {
        /// For one person.
        Single = "single",
        /// For a parent with children.
        Family = "family",
        /// Step-free.
        Accessible = "accessible",
        /// For the first nights.
        Emergency = "emergency",
    }
);

words!(
    /// Who may stay in a unit.
    Admits {
        /// Anyone.
        Anyone = "anyone",
        /// Women.
        Women = "women",
        /// Men.
        Men = "men",
        /// Families.
        Families = "families",
        /// Minors.
        Minors = "minors",
    }
);

words!(
    /// Why a place was not given or given up.
    PlaceReason {
        /// Nothing free.
        Full = "full",
        /// Does not fit who may stay.
        NotSuitable = "not_suitable",
        /// It would not be safe.
        SafetyRisk = "safety_risk",
        /// Another place was chosen.
        AnotherChosen = "another_chosen",
        /// The journey ended.
        JourneyEnded = "journey_ended",
        /// Another reason, told in coordination.
        Other = "other",
    }
);

words!(
    /// How a leg is travelled.
    TravelMode {
        /// Air.
        Air = "air",
        /// Rail.
        Rail = "rail",
        /// Road.
        Road = "road",
        /// Water.
        Water = "water",
        /// On foot.
        Foot = "foot",
    }
);

words!(
    /// Which end of the journey an assessment speaks of.
    RiskSide {
        /// Where she leaves.
        Origin = "origin",
        /// Where she arrives.
        Destination = "destination",
    }
);

words!(
    /// The verdict of a risk assessment or of the decision about the journey.
    GoNoGo {
        /// Go.
        Go = "go",
        /// Do not go.
        NoGo = "no_go",
        /// Later.
        Postponed = "postponed",
    }
);

words!(
    /// A condition of the journey; all must be green before it is cleared and again before departure.
    Gate {
        /// Consent in force until after arrival.
        Consent = "consent",
        /// Origin assessment says go and is not older than 30 days.
        RiskOrigin = "risk_origin",
        /// Destination assessment says go and is not older than 30 days.
        RiskDestination = "risk_destination",
        /// Documents valid beyond arrival.
        Documents = "documents",
        /// Reception arranged.
        Reception = "reception",
        /// Every leg has an escort.
        Escort = "escort",
        /// A place is held for the first 72 h.
        Place = "place",
        /// For a minor: guardian and best-interests decision.
        Minor = "minor",
    }
);

words!(
    /// A step of a journey under way that is awaited by a day or an hour.
    WayStep {
        /// A leg begins.
        LegStart = "leg_start",
        /// A leg ends.
        LegEnd = "leg_end",
        /// She is met.
        Reception = "reception",
    }
);

words!(
    /// How a follow-up visit or call went.
    FollowUpOutcome {
        /// Safe and settled.
        Well = "well",
        /// Needs more support.
        NeedsSupport = "needs_support",
        /// In danger.
        AtRisk = "at_risk",
        /// Could not be reached.
        NotReached = "not_reached",
        /// She wants no more contact.
        Ended = "ended",
    }
);

words!(
    /// Why a journey ended before reception.
    AbortReason {
        /// A danger was found.
        SafetyRisk = "safety_risk",
        /// Illness.
        Health = "health",
        /// Papers failed.
        Documents = "documents",
        /// Transport failed.
        Transport = "transport",
        /// Reception failed.
        Reception = "reception",
        /// Another reason, told in coordination.
        Other = "other",
    }
);

words!(
    /// Who ends something.
    EndedBy {
        /// The office that sent it.
        Sender = "sender",
        /// The person herself; needs no reason.
        Person = "person",
    }
);

words!(
    /// Why an office erases a case of its own.
    ErasureReason {
        /// The person asked (GDPR article 17).
        Asked = "asked",
        /// The time has ended for which the office keeps a closed case.
        Retention = "retention",
        /// It was opened in error.
        Error = "error",
    }
);

words!(
    /// A legal ground on which a holder keeps data for a stated time after withdrawal.
    RetentionGround {
        /// A legal obligation (GDPR art. 17(3)(b)).
        LegalObligation = "legal_obligation",
        /// Legal claims (GDPR art. 17(3)(e)).
        LegalClaims = "legal_claims",
        /// Public health (GDPR art. 17(3)(c)).
        PublicHealth = "public_health",
    }
);
words!(
    /// Why the sender does not disclose what was asked for.
    NotDisclosed {
        /// No consent covers the category.
        NotConsented = "not_consented",
        /// The consent has expired.
        Expired = "expired",
        /// The consent was withdrawn.
        Withdrawn = "withdrawn",
        /// It is not known here.
        NotHeld = "not_held",
    }
);
words!(
    /// What the person was told before she consented (the seven disclosures).
    Disclosure {
        /// The interview and that it is voluntary.
        Interview = "interview",
        /// The purpose.
        Purpose = "purpose",
        /// The use.
        Use = "use",
        /// Whether it serves research.
        Research = "research",
        /// Her right to see the data.
        RightToSee = "right_to_see",
        /// How long it is kept.
        StorageTime = "storage_time",
        /// How to withdraw.
        Withdrawal = "withdrawal",
    }
);
words!(
    /// Why data is disclosed without consent; never an override of it.
    EmergencyGround {
        /// To save a life (GDPR art. 6(1)(d)).
        VitalInterests = "vital_interests",
        /// A recorded duty to warn.
        DutyToWarn = "duty_to_warn",
    }
);
