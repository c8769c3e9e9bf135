//! A rule said no: what it was, a stable code, and what to do next. Facts, without personal data.
//!
//! Codes are for machines (`google.rpc.ErrorInfo.reason`) and never change; sentences are for people.

use crate::ids::{Country, EventId, OfficeId, ThreadId, UnitId};
use crate::time::{Day, Timestamp};
use crate::words::{Category, Disclosure, Gate, Purpose};

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* $(,)? } = $code:literal, $text:literal, $next:literal;)+) => {
        /// Why a command was refused. Nothing was changed.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        pub enum Refusal {
            $($(#[$doc])* #[error($text)] $name { $(#[doc = concat!("`", stringify!($field), "`.")] $field: $type),* }),+
        }

        impl Refusal {
            /// Every code, in the order of the table.
            pub const REASONS: &'static [&'static str] = &[$($code),+];

            /// The stable code.
            #[must_use]
            pub const fn reason(&self) -> &'static str {
                match self { $(Self::$name { .. } => $code),+ }
            }

            /// What to do next.
            #[must_use]
            pub const fn next(&self) -> &'static str {
                match self { $(Self::$name { .. } => $next),+ }
            }
        }
    };
}

refusals! {
    /// A text, list or number is outside its limit.
    OutOfBounds { field: &'static str, limit: u64 } = "OUT_OF_BOUNDS",
        "{field} is empty or beyond its limit of {limit}", "Shorten or complete it and try again.";
    /// A list is not ascending and free of repetition.
    NotAscending { field: &'static str } = "NOT_ASCENDING",
        "{field} must be in order and name nothing twice", "Put it in order and try again.";
    /// A field stands in a section of another category.
    WrongSection { category: Category } = "WRONG_SECTION",
        "the content does not belong to a section of category {category}", "Record each field in the section of its own category.";
    /// A time is not where it must be.
    TimeOutOfRange { field: &'static str, earliest: Timestamp, latest: Timestamp } = "TIME_OUT_OF_RANGE",
        "{field} must lie between {earliest} and {latest}", "Check the date and the time zone.";
    /// A day is not where it must be.
    DayOutOfRange { field: &'static str, earliest: Day, latest: Day } = "DAY_OUT_OF_RANGE",
        "{field} must lie between {earliest} and {latest}", "Check the date.";

    /// The command needs a case that is not there.
    NoCase {} = "NO_CASE", "there is no such case at this office", "Look up the case and try again.";
    /// The command needs a referral that is not there.
    NoReferral {} = "NO_REFERRAL", "there is no such referral at this office", "Look up the referral and try again.";
    /// The referral does not belong to the case.
    NotLinked { referral: ThreadId } = "NOT_LINKED",
        "referral {referral} does not belong to this case", "Use a referral that was offered from, or accepted into, this case.";
    /// The case is closed.
    CaseIsClosed {} = "CASE_CLOSED", "the case is closed", "Open it again first, if it is to go on.";
    /// The case is open.
    CaseIsOpen {} = "CASE_OPEN", "the case is open already", "Nothing is to be done.";
    /// The case was erased, or is to be.
    CaseIsErased {} = "CASE_ERASED", "the case was erased, or is being erased",
        "Nothing can be read or written in it any more. If she comes back, open a new case.";
    /// The case is to be erased and still open.
    CaseNotClosed {} = "CASE_NOT_CLOSED", "a case is erased only after it is closed", "Close the case first.";
    /// The case is to be erased and a consent of it still holds.
    ConsentStillHolds { recipient: OfficeId, until: Day } = "CONSENT_STILL_HOLDS",
        "her consent to sharing with office {recipient} holds until {until}",
        "Withdraw it first, so that the other office erases too; then erase the case.";
    /// The case is to be erased and a referral of it goes on.
    ReferralStillOpen { referral: ThreadId } = "REFERRAL_STILL_OPEN",
        "referral {referral} of this case has not ended", "Complete it or take it back; then erase the case.";
    /// The case is to be erased and an emergency disclosure of this office waits for its review.
    ReviewStillOpen { referral: ThreadId } = "REVIEW_STILL_OPEN",
        "an emergency disclosure in referral {referral} has not been reviewed",
        "Review it first: with the case goes what was written of its reason.";
    /// The case is to be erased and part of a referral is kept on a legal ground.
    StillRetained { referral: ThreadId, until: Day } = "STILL_RETAINED",
        "part of referral {referral} is kept on a legal ground until {until}", "Erase the case after that day.";
    /// The case is to be erased and an erasure of a referral is still due at this office.
    ErasureStillDue { referral: ThreadId } = "ERASURE_STILL_DUE",
        "this office has still to erase what was shared in referral {referral}",
        "Wait until it has, or claim what the law obliges it to keep; then erase the case.";
    /// A journey is under way while this office is responsible.
    JourneyOpen { referral: ThreadId } = "JOURNEY_OPEN",
        "this office is responsible and the journey of {referral} is not over",
        "Wait for the reception to be confirmed; or call the journey off and close it once she is known to be safe. Then close the case.";
    /// The outcome says handed over, but nobody has confirmed reception.
    NotHandedOver {} = "NOT_HANDED_OVER",
        "no other office has confirmed reception of the person", "Close it with another outcome, or wait for the confirmation.";

    /// The other office is not in the roster.
    UnknownOffice { office: OfficeId } = "UNKNOWN_OFFICE",
        "office {office} is not in the network", "Check the office, or wait for the roster to be updated.";
    /// The other office is suspended or has left.
    OfficeNotActive { office: OfficeId } = "OFFICE_NOT_ACTIVE",
        "office {office} is not active in the network", "Choose another office, or ask the coordinator.";
    /// The other office signed two histories of its log.
    OfficeFrozen { office: OfficeId } = "OFFICE_FROZEN",
        "office {office} is frozen: it signed two histories of its log, and the proof is published; nothing is disclosed to it any more",
        "Nothing was sent and nothing is lost. Check-ins, receptions, withdrawals and cancellations still go out to it, without a message: call that office for the rest, and tell the coordinator. It ends when the root holders open a new log for it; meanwhile choose another office.";
    /// The recipient is this office.
    OwnOffice {} = "OWN_OFFICE", "this office cannot be its own recipient", "Choose another office.";
    /// The other office has published no key to which an offer may be sealed.
    NoInboxKey { office: OfficeId } = "NO_INBOX_KEY",
        "office {office} has no inbox key that outlives the offer", "Wait until it publishes one, or let the offer end earlier.";
    /// Red line: authority of the country of origin.
    CountryOfOrigin { country: Country } = "RED_LINE_COUNTRY_OF_ORIGIN",
        "an embassy or authority of {country} is never a recipient for this person, who seeks international protection",
        "Choose another office. No role can override this.";
    /// Red line: an authority without a consent that names it.
    AuthorityNotNamed { office: OfficeId } = "RED_LINE_AUTHORITY_NOT_NAMED",
        "office {office} is an authority and no consent in force names it",
        "Ask the person for a consent that names this authority. No role can override this.";
    /// Red line: identity in an offer.
    IdentityInOffer {} = "RED_LINE_IDENTITY_IN_OFFER",
        "an offer carries triage only", "Take out what is not triage; the rest goes under consent after the accept.";
    /// The office does not serve as a responsible office.
    NotAnOffice { office: OfficeId } = "NOT_AN_OFFICE",
        "{office} does not take responsibility for persons", "Hand over to an office; refer to a partner for a service.";

    /// No consent of that id in the case.
    NoConsent { consent: EventId } = "NO_CONSENT",
        "there is no consent {consent} in this case", "Record the person's consent first.";
    /// The consent names another recipient.
    ConsentNamesAnother { recipient: OfficeId } = "CONSENT_NAMES_ANOTHER",
        "the consent names {recipient} and nobody else", "Ask the person for a consent that names this recipient.";
    /// The consent was withdrawn.
    ConsentWithdrawn {} = "CONSENT_WITHDRAWN",
        "the person has withdrawn this consent", "Nothing may be disclosed. Ask her only if she wishes to be asked.";
    /// The consent has expired.
    ConsentExpired { until: Day } = "CONSENT_EXPIRED",
        "the consent held until {until}", "Ask the person for a new consent.";
    /// The consent does not begin yet.
    ConsentNotYet { from: Day } = "CONSENT_NOT_YET", "the consent holds from {from}", "Wait until then.";
    /// The consent entry has been without a witness for too long.
    ConsentUnwitnessed {} = "CONSENT_UNWITNESSED",
        "the consent has been without enough witnesses of other organisations for 24 hours", "Restore the connection to the other offices, then disclose again; what the office discloses by itself goes on by itself.";
    /// A category is not consented.
    CategoryNotConsented { category: Category } = "CATEGORY_NOT_CONSENTED",
        "the person did not consent to sharing {category} with this recipient",
        "Leave it out, or ask the person for a consent that covers it.";
    /// A purpose is not consented.
    PurposeNotConsented { purpose: Purpose } = "PURPOSE_NOT_CONSENTED",
        "the person did not consent to {purpose} for this recipient", "Leave it out, or ask the person for a consent that covers it.";
    /// A category that no consent can cover.
    CategoryNeverShared { category: Category } = "CATEGORY_NEVER_SHARED",
        "{category} is never shared under a consent", "Leave it out.";
    /// Onward referral is not consented.
    OnwardNotConsented {} = "ONWARD_NOT_CONSENTED",
        "the consent under which this person came does not allow onward referral",
        "Ask the person for a consent of your own, or ask the sending office.";
    /// One of the seven was not told.
    NotTold { disclosure: Disclosure } = "CONSENT_NOT_INFORMED",
        "the person was not told about: {disclosure}", "Tell her all seven points before she decides, then record the consent.";
    /// The form needs a witness.
    WitnessMissing {} = "CONSENT_WITHOUT_WITNESS",
        "oral consent needs a witness", "Record who witnessed it, or take it in writing.";
    /// A minor's guardian is not recorded.
    GuardianMissing {} = "CONSENT_WITHOUT_GUARDIAN",
        "a minor's consent needs a guardian on record",
        "Record it with the guardian; where one without a guardian stands, withdraw that one first.";
    /// The consent would last too long.
    ConsentTooLong { latest: Day } = "CONSENT_TOO_LONG",
        "a consent lasts at most twelve months, here until {latest}", "Choose an earlier day.";
    /// Narrowing would widen.
    NotNarrower {} = "CONSENT_NOT_NARROWER",
        "that is more than she consented to", "Record a new consent for what is more.";
    /// Renewing would not lengthen.
    NotLonger { until: Day } = "CONSENT_NOT_LONGER", "the consent holds until {until} already", "Choose a later day, or narrow it.";
    /// There is nothing that asks for erasure.
    NothingToErase {} = "NOTHING_TO_ERASE", "no withdrawal or expiry asks for erasure", "Nothing is to be done.";
    /// An emergency needs two people.
    SecondStaffMissing {} = "EMERGENCY_WITHOUT_SECOND_STAFF",
        "an emergency disclosure needs a second member of staff, another person", "Ask a colleague to agree.";
    /// She said no to this recipient.
    PersonSaidNo { office: OfficeId } = "PERSON_SAID_NO",
        "the person said no to sharing with {office}: no consent before it and no emergency overrides that",
        "Nothing is shared with it. If she changes her mind, record a new consent; in danger, look for another way to protect her, with her.";
    /// Who decided does not review.
    ReviewerDecided {} = "REVIEW_BY_WHO_DECIDED",
        "an emergency disclosure is reviewed by neither of the two who decided it",
        "Ask another coordinator, who did not decide it. Where there is none, the administrator gives one more person of the office that role.";
    /// It was reviewed, with the other outcome.
    ReviewedOtherwise { verdict: &'static str } = "REVIEWED_OTHERWISE",
        "this emergency disclosure was reviewed and {verdict}; a review is not changed",
        "Read the history of the referral, and tell who reviewed it if that was a mistake.";
    /// A referral holds no more of a kind.
    ReferralIsFull { what: &'static str, limit: u64 } = "REFERRAL_IS_FULL",
        "this referral holds {limit} {what} already, and no more count",
        "Nothing was written. Use another referral with the same office, or call it.";
    /// No such emergency disclosure.
    NoEmergency {} = "NO_EMERGENCY", "there is no such emergency disclosure to review", "Look up the disclosure.";

    /// Only the sender may do this.
    NotTheSender {} = "NOT_THE_SENDER", "only the office that sent the referral does this", "Ask the sending office.";
    /// Only the receiver may do this.
    NotTheReceiver {} = "NOT_THE_RECEIVER", "only the office that received the referral does this", "Ask the receiving office.";
    /// The referral is not where this is possible.
    WrongPhase { phase: &'static str, needed: &'static str } = "WRONG_PHASE",
        "the referral is {phase}; this needs it to be {needed}", "Look at the referral as it is now and decide again.";
    /// The referral has ended.
    ReferralEnded { phase: &'static str } = "REFERRAL_ENDED",
        "the referral has ended: {phase}", "Offer a new referral if it is still wanted.";
    /// The offer has expired.
    OfferExpired { at: Timestamp } = "OFFER_EXPIRED", "the offer ended at {at}", "Ask the sending office to offer it again.";
    /// One consent for each recipient.
    ConsentStands { consent: EventId, until: Day } = "CONSENT_STANDS",
        "consent {consent} to the same recipient stands until {until}", "Renew or narrow it; to record another one, withdraw this one first.";
    /// Nothing can be sealed to the key that an office gave.
    KeyUnusable { office: OfficeId } = "KEY_UNUSABLE",
        "nothing can be sealed to the key that office {office} gave", "Ask that office to give a new key; nothing was sent.";
    /// A second hand-over of one case.
    HandOverOpen { referral: ThreadId } = "HAND_OVER_OPEN",
        "hand-over {referral} of this case is still open", "End it first: one person, one hand-over at a time.";
    /// The other office may still meet the person under an earlier hand-over.
    EndNotAcknowledged { referral: ThreadId } = "END_NOT_ACKNOWLEDGED",
        "the other office has not yet acknowledged that hand-over {referral} has ended: it may be meeting her now", "Withdraw that hand-over if you have not, and wait for the acknowledgement, or call that office; nothing was sent.";
    /// The person of this case is in this office's own care, or is being handed over.
    OwnCare {} = "OWN_CARE",
        "this office is responsible for the person of that case, or is handing her over", "Accept into a case of its own, or end the open hand-over first.";
    /// This office is not responsible for the person.
    NotResponsible { responsible: OfficeId } = "NOT_RESPONSIBLE",
        "office {responsible} is responsible for this person", "Only the responsible office hands over.";
    /// Not a hand-over.
    NotAHandOver {} = "NOT_A_HAND_OVER", "this referral is not a hand-over", "Use the referral of the hand-over.";
    /// Not a service.
    NotAService {} = "NOT_A_SERVICE", "this referral is a hand-over, not a service", "A hand-over ends with the reception of the person.";
    /// She has departed: no revocation.
    AlreadyDeparted {} = "ALREADY_DEPARTED",
        "she has departed; a hand-over can be revoked only until then", "Abort the journey if she must turn back.";
    /// She was met: responsibility has passed.
    AlreadyReceived {} = "ALREADY_RECEIVED",
        "reception is confirmed: the receiving office is responsible", "Giving the case back is a hand-over of its own.";
    /// The other party's key for the thread is not there yet.
    NoThreadKey {} = "NO_THREAD_KEY",
        "the other office has not taken delivery yet", "Wait until the offer is delivered; nothing is lost.";
    /// What is named is not in the thread.
    NoSuchEntry { entry: EventId } = "NO_SUCH_ENTRY", "there is no such entry in this thread: {entry}", "Look up the entry.";
    /// It was done already.
    AlreadyDone {} = "ALREADY_DONE", "this was done already", "Nothing is to be done.";
    /// A message is needed.
    MessageMissing {} = "MESSAGE_MISSING", "the other party needs a reason in words", "Write a short message.";
    /// The section is not recorded.
    NotRecorded { category: Category } = "NOT_RECORDED",
        "no {category} section is recorded in this case", "Record it first.";

    /// No place was asked for.
    NoPlaceRequested {} = "NO_PLACE_REQUESTED", "no place was asked for in this referral", "The referring office asks for one first.";
    /// The place is not where this is possible.
    WrongPlacePhase { phase: &'static str, needed: &'static str } = "WRONG_PLACE_PHASE",
        "the place is {phase}; this needs it to be {needed}", "Look at the place as it is now and decide again.";
    /// No such unit.
    NoUnit { unit: UnitId } = "NO_UNIT", "unit {unit} is not one of this office", "Publish the capacity of the unit first.";
    /// The unit is of another kind.
    WrongUnit { unit: UnitId } = "WRONG_UNIT", "unit {unit} is not of the kind that was asked for", "Choose a unit of that kind.";
    /// Not enough places.
    NoCapacity { unit: UnitId, free: u16 } = "NO_CAPACITY",
        "unit {unit} has {free} places free", "Choose another unit, refuse, or wait until a place is free.";
    /// The hold has ended.
    HoldExpired { until: Timestamp } = "HOLD_EXPIRED", "the place was held until {until}", "Hold a place again.";
    /// The address is released only after confirmation.
    AddressNotYet {} = "RED_LINE_ADDRESS_BEFORE_CONFIRMATION",
        "an address is released only after the place is confirmed", "Confirm the place first.";

    /// No journey was proposed.
    NoJourney {} = "NO_JOURNEY", "no journey was proposed in this hand-over", "Propose one first.";
    /// The journey is not where this is possible.
    WrongJourneyPhase { phase: &'static str, needed: &'static str } = "WRONG_JOURNEY_PHASE",
        "the journey is {phase}; this needs it to be {needed}", "Look at the journey as it is now and decide again.";
    /// Gates are red.
    GatesRed { gates: Gates } = "GATES_RED", "these gates are red: {gates}", "Turn every gate green, then try again.";
    /// An assessment is missing.
    NotAssessed { side: &'static str } = "NOT_ASSESSED",
        "the risk at the {side} is not assessed", "Each side assesses its own end first.";
    /// An assessment says no.
    AssessedNoGo { side: &'static str } = "ASSESSED_NO_GO",
        "the assessment of the {side} does not say go", "Postpone, or assess again when the danger has passed.";
    /// No such leg.
    NoLeg { leg: u8 } = "NO_LEG", "leg {leg} is not booked", "Book the legs in order, beginning with 1.";
    /// The leg before was not confirmed.
    LegNotConfirmed { leg: u8 } = "LEG_NOT_CONFIRMED",
        "leg {leg} is not confirmed by its escort", "Confirm each leg before the next.";
    /// Nobody has said that the leg on which she is has ended.
    StillOnLeg { leg: u8 } = "STILL_ON_LEG",
        "she is on her way, before or on leg {leg}, and nobody has said that she is safe",
        "Find out where she is, confirm the end of the leg, and close the journey with the word that she stays there. Until then she is watched over.";
    /// This office does not escort the leg.
    NotTheEscort { leg: u8 } = "NOT_THE_ESCORT", "another office escorts leg {leg}", "Ask the escorting office.";
    /// No such follow-up.
    NoFollowUp { number: u8 } = "NO_FOLLOW_UP", "follow-up {number} is not scheduled", "Record the follow-ups in the order scheduled.";
    /// The day of the follow-up has not come.
    FollowUpNotDue { number: u8, from: Day } = "FOLLOW_UP_NOT_DUE",
        "follow-up {number} counts from {from} on",
        "Record it from that day on. If she wants no more contact, record that; this can be done at any time.";
    /// Follow-ups are due.
    FollowUpsDue { left: u8 } = "FOLLOW_UPS_DUE", "{left} follow-ups are still to come", "Record them, or record that she wants no more contact.";
}

/// Gates, for a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gates(pub Vec<Gate>);

impl core::fmt::Display for Gates {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (position, gate) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(f, "{separator}{gate}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn every_refusal_has_its_own_code() {
        let mut codes = Refusal::REASONS.to_vec();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Refusal::REASONS.len());
        for code in codes {
            let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
            assert!(code.len() <= 63 && code.bytes().all(allowed), "{code}");
        }
    }

    #[test]
    fn a_refusal_says_what_it_is_and_what_to_do() {
        let refusal = Refusal::GatesRed { gates: Gates(vec![Gate::Documents, Gate::Place]) };
        assert_eq!(refusal.to_string(), "these gates are red: documents, place");
        assert_eq!(
            (refusal.reason(), refusal.next()),
            ("GATES_RED", "Turn every gate green, then try again.")
        );
    }
}
