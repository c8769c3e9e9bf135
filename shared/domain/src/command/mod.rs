//! What a member of staff, or the office itself, asks to be done. Imperative; plain data; checked by [`decide`](crate::decide::decide).
//!
//! Nothing here is stored. Texts are personal data until sealed, so no command prints its texts.

pub mod case;
pub mod consent;
pub mod journey;
pub mod office;
pub mod place;
pub mod referral;
pub mod text;

pub use case::*;
pub use consent::*;
pub use journey::*;
pub use office::*;
pub use place::*;
pub use referral::*;
pub use text::Text;

use crate::decide::Decision;
use crate::ids::{OfficeId, ThreadId};

/// The threads that a command is about.
pub(crate) trait About {
    /// The case of this office.
    fn case(&self) -> Option<ThreadId> {
        None
    }
    /// The referral.
    fn referral(&self) -> Option<ThreadId> {
        None
    }
}

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident($area:ident)),+ $(,)?) => {
        /// Every command.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Command { $($(#[$doc])* $name($area::$name)),+ }

        impl Command {
            /// The case of this office that the command names.
            #[must_use]
            pub fn case(&self) -> Option<ThreadId> {
                match self { $(Self::$name(command) => About::case(command)),+ }
            }

            /// The referral that the command names.
            #[must_use]
            pub fn referral(&self) -> Option<ThreadId> {
                match self { $(Self::$name(command) => About::referral(command)),+ }
            }

            pub(crate) fn decision(&self) -> &dyn Decision {
                match self { $(Self::$name(command) => command),+ }
            }

            /// Its name, for logs and tables.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),+ }
            }
        }

        $(impl From<$area::$name> for Command {
            fn from(command: $area::$name) -> Self { Self::$name(command) }
        })+
    };
}

commands! {
    // The office
    /// Tell the network what this office offers and when it answers.
    PublishProfile(office),
    /// Tell the network this office's next inbox key.
    PublishInboxKey(office),
    /// Tell the network how many places a unit has.
    PublishCapacity(office),
    // A case
    /// Open a case.
    OpenCase(case),
    /// Write or rewrite a section.
    RecordSection(case),
    /// Change what the red lines must know.
    SetSafeguards(case),
    /// Close a case.
    CloseCase(case),
    /// Open a closed case again.
    ReopenCase(case),
    /// Erase a closed case, for good.
    OrderCaseErasure(case),
    /// Report that a case was erased.
    ReportCaseErasure(case),
    // Consent
    /// Record that the person consented.
    GiveConsent(consent),
    /// Record that the person said no.
    RefuseConsent(consent),
    /// Record that she consents to less from now on.
    NarrowConsent(consent),
    /// Record that she consents for longer.
    RenewConsent(consent),
    /// Record that she withdrew a consent.
    WithdrawConsent(consent),
    /// Report that data was erased after a withdrawal or expiry.
    ReportErasure(consent),
    /// Keep categories on a legal ground after a withdrawal.
    ClaimRetention(consent),
    /// Ask for lost section keys again.
    RequestRegrant(consent),
    /// Give the thread a fresh key of this office.
    ReplaceThreadKey(consent),
    /// Report a grant that was not imported.
    RejectGrant(consent),
    /// Disclose to save a life or under a duty to warn, without consent.
    DiscloseInEmergency(consent),
    /// Review an emergency disclosure.
    ReviewEmergency(consent),
    // A referral
    /// Offer a referral.
    OfferReferral(referral),
    /// Offer to another office instead.
    RedirectReferral(referral),
    /// Say that a human has seen the offer.
    AcknowledgeReferral(referral),
    /// Ask the sender.
    AskQuestion(referral),
    /// Answer the receiver.
    AnswerQuestion(referral),
    /// Accept.
    AcceptReferral(referral),
    /// Decline.
    DeclineReferral(referral),
    /// Ask for more categories.
    RequestDisclosure(referral),
    /// Disclose consented categories.
    DiscloseSections(referral),
    /// Refuse to disclose what was asked for.
    RefuseDisclosure(referral),
    /// Record that the receiver reached the person.
    RecordContact(referral),
    /// Fix an appointment.
    ScheduleService(referral),
    /// Begin the service.
    StartService(referral),
    /// End the service.
    CompleteService(referral),
    /// Take the referral back.
    WithdrawReferral(referral),
    /// Ask to cancel after acceptance.
    RequestCancellation(referral),
    /// Agree to cancel.
    AgreeCancellation(referral),
    /// Decline to cancel: the referral goes on.
    DeclineCancellation(referral),
    /// Send a working message.
    SendMessage(referral),
    /// Mark an entry of this office as entered in error.
    MarkInError(referral),
    // A shelter place
    /// Ask for a place.
    RequestPlace(place),
    /// Choose a held place; places held elsewhere for the same case are given up.
    ChoosePlace(place),
    /// Give up a place.
    GiveUpPlace(place),
    /// Hold a place.
    HoldPlace(place),
    /// Say that there is no place.
    RefusePlace(place),
    /// Confirm a held place.
    ConfirmPlace(place),
    /// Release a held or confirmed place.
    ReleasePlace(place),
    /// Release the address.
    ReleaseAddress(place),
    /// Record that she came to the shelter.
    CheckInToShelter(place),
    /// Record that she left the shelter.
    CheckOutOfShelter(place),
    /// Record that she did not come to the shelter.
    ReportNoShow(place),
    // A return journey
    /// Propose a journey.
    ProposeJourney(journey),
    /// Record this side's risk assessment.
    AssessRisk(journey),
    /// Decide: go, no-go, postponed.
    DecideJourney(journey),
    /// Record that travel documents are at hand.
    RecordDocuments(journey),
    /// Book a leg.
    BookLeg(journey),
    /// Tie the place for the first nights to the journey.
    ArrangePlace(journey),
    /// Record guardian and best-interests decision.
    SafeguardMinor(journey),
    /// Name the escort of a leg.
    NameEscort(journey),
    /// Arrange who meets her.
    ArrangeReception(journey),
    /// Clear the journey.
    ClearJourney(journey),
    /// Depart.
    Depart(journey),
    /// Begin a leg.
    StartLeg(journey),
    /// Confirm the end of a leg.
    ConfirmLeg(journey),
    /// Record a check-in.
    RecordCheckIn(journey),
    /// Record the arrival.
    RecordArrival(journey),
    /// Confirm that she was met: the transfer of responsibility.
    ConfirmReception(journey),
    /// Record a follow-up.
    RecordFollowUp(journey),
    /// Abort the journey.
    AbortJourney(journey),
    /// Record that she changed her mind.
    ChangeMind(journey),
    /// Close the journey.
    CloseJourney(journey),
}

impl Command {
    /// The office that an offer goes to.
    #[must_use]
    pub const fn recipient(&self) -> Option<OfficeId> {
        match self {
            Self::OfferReferral(offer) => Some(offer.to),
            Self::RedirectReferral(redirect) => Some(redirect.offer.to),
            _ => None,
        }
    }

    /// Whether it must not wait for anybody: what she wants, where she is, what saves her, and what keeps keys in order. It is carried
    /// out also while part of what was decided before is not known.
    #[must_use]
    pub const fn cannot_wait(&self) -> bool {
        matches!(
            self,
            Self::SetSafeguards(_)
                | Self::RefuseConsent(_)
                | Self::NarrowConsent(_)
                | Self::WithdrawConsent(_)
                | Self::ReportErasure(_)
                | Self::ReportCaseErasure(_)
                | Self::ClaimRetention(_)
                | Self::RequestRegrant(_)
                | Self::ReplaceThreadKey(_)
                | Self::RejectGrant(_)
                | Self::DiscloseInEmergency(_)
                | Self::WithdrawReferral(_)
                | Self::RecordContact(_)
                | Self::SendMessage(_)
                | Self::CheckInToShelter(_)
                | Self::CheckOutOfShelter(_)
                | Self::ReportNoShow(_)
                | Self::StartLeg(_)
                | Self::ConfirmLeg(_)
                | Self::RecordCheckIn(_)
                | Self::RecordArrival(_)
                | Self::ConfirmReception(_)
                | Self::AbortJourney(_)
                | Self::ChangeMind(_)
        )
    }

    /// Whether the decision needs every referral of the case ([`World::linked`](crate::world::World)), locked with it.
    #[must_use]
    pub const fn needs_linked(&self) -> bool {
        matches!(
            self,
            Self::CloseCase(_)
                | Self::OrderCaseErasure(_)
                | Self::ReportCaseErasure(_)
                | Self::SetSafeguards(_)
                | Self::RefuseConsent(_)
                | Self::NarrowConsent(_)
                | Self::RenewConsent(_)
                | Self::WithdrawConsent(_)
                | Self::OfferReferral(_)
                | Self::AcceptReferral(_)
                | Self::RedirectReferral(_)
                | Self::ChoosePlace(_)
                | Self::ArrangePlace(_)
                | Self::ClearJourney(_)
                | Self::Depart(_)
        )
    }

    /// Whether the decision counts over this office's units: such commands wait for each other.
    #[must_use]
    pub const fn counts_places(&self) -> bool {
        matches!(
            self,
            Self::PublishCapacity(_)
                | Self::HoldPlace(_)
                | Self::ConfirmPlace(_)
                | Self::ReleasePlace(_)
                | Self::CheckOutOfShelter(_)
                | Self::ReportNoShow(_)
        )
    }
}

/// Implements [`About`] for commands that name a case or a referral.
macro_rules! about {
    (case: $($case:ident),* $(,)?; referral: $($referral:ident),* $(,)?; none: $($none:ident),* $(,)?) => {
        $(impl crate::command::About for $case {
            fn case(&self) -> Option<crate::ids::ThreadId> { Some(self.case) }
        })*
        $(impl crate::command::About for $referral {
            fn referral(&self) -> Option<crate::ids::ThreadId> { Some(self.referral) }
        })*
        $(impl crate::command::About for $none {})*
    };
}
pub(crate) use about;
