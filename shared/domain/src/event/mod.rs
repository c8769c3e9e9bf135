//! Every event an office can write: its number, who writes it, to whom, on which basis, and what it seals.
//!
//! The table `kinds!` below is the one that sender, recipient and auditor check; `proto/WIRE.md` prints it.
//! An event here is only the *public*, non-personal part; personal data is in sealed sections beside it.
//! Numbers are for ever: append, never reorder, never reuse.

pub mod case;
pub mod consent;
#[cfg(test)]
mod golden;
pub mod journey;
pub mod log;
pub mod notice;
pub mod place;
pub mod referral;

use postcard::ser_flavors::Flavor;

use crate::words::Category::{self, *};

/// Public part of an entry, at most this many bytes (DESIGN, the entry).
pub const PUBLIC_MAX: usize = 8 * 1024;

/// Who may write a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// The office, about itself or its own case.
    Own,
    /// The office that offered the referral of this thread.
    Sender,
    /// The office to which it was offered.
    Receiver,
    /// Either party of the thread.
    Either,
}

/// To whom a kind is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudienceRule {
    /// Nobody else.
    Nobody,
    /// The other party of the thread.
    Party,
    /// Every office.
    Network,
}

/// The kinds of basis on which an entry's sections may be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BasisKind {
    /// Nothing is sealed for anybody.
    NoBasis,
    /// A released consent in force.
    Consent,
    /// A reply in the thread: what the recipient asked for or must know.
    Reply,
    /// The office's own bodies, which never leave.
    OwnData,
    /// Vital interests or duty to warn.
    Emergency,
}

/// One row of the table of kinds.
#[derive(Debug, Clone, Copy)]
pub struct KindRule {
    /// The number on the wire.
    pub number: u16,
    /// The name in the field's words.
    pub name: &'static str,
    /// Who writes it.
    pub writer: Writer,
    /// To whom it goes.
    pub audience: AudienceRule,
    /// The bases allowed.
    pub bases: &'static [BasisKind],
    /// The categories it may seal.
    pub seals: &'static [Category],
}

/// Why public bytes are not an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A kind that this version does not know: kept, verified, relayed and skipped.
    #[error("kind {0} is not known to this version")]
    UnknownKind(u16),
    /// A known kind with more fields than this version knows: treated like an unknown kind.
    #[error("kind {0} carries fields that this version does not know")]
    NewerFields(u16),
    /// Not the bytes of that kind.
    #[error("the public part is not well-formed for kind {0}")]
    Malformed(u16),
}

/// Categories that a disclosure under consent may carry: everything but coordination and office.
pub const CONSENTED: &[Category] =
    &[Triage, Identity, Contact, Safety, Travel, Shelter, Health, Legal, Family, Work, Narrative];

/// Categories that can be among the least that saves a life or warns.
pub const VITAL: &[Category] = &[Identity, Contact, Safety, Travel, Shelter, Health, Family];

/// What an emergency seals: those, and the reason, which lives and goes with them.
const IN_EMERGENCY: &[Category] = &[Identity, Contact, Safety, Travel, Shelter, Health, Family, Coordination];

macro_rules! kinds {
    ($($number:literal $name:ident($module:ident) $writer:ident $audience:ident [$($basis:ident)|*] [$($seals:expr)?]);+ $(;)?) => {
        /// The public part of an entry.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Event {
            $(#[doc = concat!("See [`", stringify!($module), "::", stringify!($name), "`].")] $name($module::$name)),+
        }

        /// Every kind known to this version, in the order of the table.
        pub const KINDS: &[KindRule] = &[$(KindRule {
            number: $number,
            name: stringify!($name),
            writer: Writer::$writer,
            audience: AudienceRule::$audience,
            bases: &[$(BasisKind::$basis),*],
            seals: kinds!(@seals $($seals)?),
        }),+];

        impl Event {
            /// The number of the kind on the wire.
            #[must_use]
            pub const fn kind(&self) -> u16 {
                match self { $(Self::$name(_) => $number),+ }
            }

            pub(crate) fn body(&self) -> &dyn crate::describe::Says {
                match self { $(Self::$name(body) => body),+ }
            }

            /// The row of the kind in the table.
            #[must_use]
            pub const fn rule(&self) -> &'static KindRule {
                match self { $(Self::$name(_) => const { &KindRule {
                    number: $number,
                    name: stringify!($name),
                    writer: Writer::$writer,
                    audience: AudienceRule::$audience,
                    bases: &[$(BasisKind::$basis),*],
                    seals: kinds!(@seals $($seals)?),
                } }),+ }
            }

            /// Whether it can be the first of a referral's thread: an offer begins with the consent on which it is made.
            #[must_use]
            pub const fn begins_referral(&self) -> bool {
                matches!(self, Self::ConsentReleased(_))
            }

            /// Whether it calls people to somebody who may be in trouble: written too often rather than too late.
            #[must_use]
            pub const fn is_alarm(&self) -> bool {
                matches!(self, Self::CheckInMissed(_) | Self::StepMissed(_) | Self::FollowUpDue(_))
            }

            /// The name of the kind.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),+ }
            }

            /// The public bytes of the entry.
            #[must_use]
            pub fn encode(&self) -> Vec<u8> {
                match self { $(Self::$name(body) => encode_body(body)),+ }
            }

            /// Reads the public bytes of kind `kind`.
            ///
            /// # Errors
            /// [`Unreadable`] says whether the kind or a field is unknown (keep and skip) or the bytes are at fault.
            pub fn decode(kind: u16, public: &[u8]) -> Result<Self, Unreadable> {
                match kind {
                    $($number => decode_body(kind, public).map(Self::$name),)+
                    _ => Err(Unreadable::UnknownKind(kind)),
                }
            }
        }

        $(impl From<$module::$name> for Event {
            fn from(body: $module::$name) -> Self { Self::$name(body) }
        })+
    };
    (@seals $seals:expr) => { $seals };
    (@seals) => { &[] };
}

kinds! {
    // The log itself
    1 LogOpened(log) Own Nobody [NoBasis] [];
    2 Received(log) Own Party [NoBasis] [];
    3 Receipted(log) Own Nobody [NoBasis] [];
    4 Erased(log) Either Party [NoBasis] [];
    5 RetentionClaimed(log) Either Party [NoBasis] [];
    6 EntryInError(log) Either Party [NoBasis | Reply] [&[Coordination]];
    7 CarriedOver(log) Own Nobody [NoBasis] [];
    8 GivenBack(log) Own Nobody [NoBasis] [];
    9 Cosigned(log) Own Nobody [NoBasis] [];
    10 Witnessed(log) Own Nobody [NoBasis] [];
    11 FraudProven(log) Own Network [NoBasis] [];
    12 RosterWitnessed(log) Own Network [NoBasis] [];
    // Notices to the network
    16 OfficeProfile(notice) Own Network [NoBasis] [];
    17 InboxKey(notice) Own Network [NoBasis] [];
    18 CapacityNotice(notice) Own Network [NoBasis] [];
    // A case, in its own office
    32 CaseOpened(case) Own Nobody [OwnData] [&[Office]];
    33 SectionRecorded(case) Own Nobody [OwnData] [&[Triage, Identity, Contact, Safety, Travel, Shelter, Health, Legal, Family, Work, Narrative, Office]];
    34 ConsentGiven(case) Own Nobody [OwnData] [&[Office]];
    35 ConsentRefused(case) Own Nobody [OwnData] [&[Office]];
    36 ConsentChanged(case) Own Nobody [OwnData] [&[Office]];
    37 ConsentEnded(case) Own Nobody [OwnData] [&[Office]];
    38 CaseLinked(case) Own Nobody [OwnData] [];
    39 CaseClosed(case) Own Nobody [OwnData] [&[Office]];
    40 CaseReopened(case) Own Nobody [OwnData] [&[Office]];
    41 SafeguardsChanged(case) Own Nobody [OwnData] [];
    42 SectionShown(case) Own Nobody [OwnData] [];
    43 CaseErasureOrdered(case) Own Nobody [OwnData] [];
    44 CaseErased(case) Own Nobody [OwnData] [];
    // Consent as released to one recipient
    48 ConsentReleased(consent) Sender Party [NoBasis] [];
    49 ConsentNarrowed(consent) Sender Party [NoBasis] [];
    50 ConsentRenewed(consent) Sender Party [NoBasis] [];
    51 ConsentWithdrawn(consent) Sender Party [NoBasis] [];
    52 ConsentExpired(consent) Sender Party [NoBasis] [];
    53 EmergencyDeclared(consent) Either Party [NoBasis | Reply] [&[Coordination]];
    54 EmergencyDisclosed(consent) Either Party [Emergency] [IN_EMERGENCY];
    55 EmergencyReviewed(consent) Either Party [NoBasis] [];
    // Keys of a thread
    56 ThreadKey(consent) Receiver Party [NoBasis] [];
    57 ThreadKeyReplaced(consent) Either Party [NoBasis] [];
    58 RegrantRequested(consent) Either Party [NoBasis] [];
    59 GrantRejected(consent) Either Party [NoBasis] [];
    60 WithdrawalAcknowledged(consent) Receiver Party [NoBasis] [];
    61 SectionsRegranted(consent) Sender Party [Consent] [CONSENTED];
    // A referral: the sender's half
    64 ReferralOffered(referral) Sender Party [Consent] [&[Triage]];
    65 QuestionAnswered(referral) Sender Party [Reply] [&[Coordination]];
    66 AcceptConfirmed(referral) Sender Party [NoBasis] [];
    67 OfferExpired(referral) Sender Party [NoBasis] [];
    68 SectionsDisclosed(referral) Sender Party [Consent] [CONSENTED];
    69 DisclosureRefused(referral) Sender Party [NoBasis | Reply] [&[Coordination]];
    70 ReferralWithdrawn(referral) Sender Party [NoBasis | Reply] [&[Coordination]];
    71 ReferralRedirected(referral) Sender Nobody [OwnData] [&[Office]];
    72 DeadlineMissed(referral) Sender Party [NoBasis] [];
    73 DeadlineReminded(referral) Sender Party [NoBasis] [];
    74 DeadlineEscalated(referral) Sender Party [NoBasis] [];
    // the receiver's half
    80 ReferralAcknowledged(referral) Receiver Party [NoBasis] [];
    81 QuestionAsked(referral) Receiver Party [Reply] [&[Coordination]];
    82 ReferralAccepted(referral) Receiver Party [NoBasis | Reply] [&[Coordination]];
    83 ReferralDeclined(referral) Receiver Party [NoBasis | Reply] [&[Coordination]];
    84 DisclosureRequested(referral) Receiver Party [NoBasis | Reply] [&[Coordination]];
    85 ServiceScheduled(referral) Receiver Party [NoBasis | Reply] [&[Coordination]];
    86 ServiceStarted(referral) Receiver Party [NoBasis] [];
    87 ServiceCompleted(referral) Receiver Party [NoBasis | Reply] [&[Coordination]];
    88 PersonContacted(referral) Receiver Party [NoBasis] [];
    // both
    92 CancellationRequested(referral) Either Party [NoBasis | Reply] [&[Coordination]];
    93 CancellationAgreed(referral) Either Party [NoBasis] [];
    94 MessageSent(referral) Either Party [Reply] [&[Coordination]];
    // A shelter place
    96 PlaceRequested(place) Sender Party [NoBasis | Reply] [&[Coordination]];
    97 PlaceGivenUp(place) Sender Party [NoBasis | Reply] [&[Coordination]];
    98 PlaceChosen(place) Sender Party [NoBasis] [];
    100 PlaceHeld(place) Receiver Party [NoBasis] [];
    101 PlaceRefused(place) Receiver Party [NoBasis | Reply] [&[Coordination]];
    102 PlaceConfirmed(place) Receiver Party [NoBasis] [];
    103 PlaceReleased(place) Receiver Party [NoBasis | Reply] [&[Coordination]];
    104 HoldExpired(place) Receiver Party [NoBasis] [];
    105 AddressReleased(place) Receiver Party [Reply] [&[Shelter]];
    106 CheckedIn(place) Receiver Party [NoBasis] [];
    107 CheckedOut(place) Receiver Party [NoBasis] [];
    108 PlaceNoShow(place) Receiver Party [NoBasis] [];
    // A return journey: the sender's half
    112 JourneyProposed(journey) Sender Party [NoBasis] [];
    113 JourneyDecided(journey) Sender Party [NoBasis] [];
    114 DocumentsReady(journey) Sender Party [NoBasis] [];
    115 LegBooked(journey) Sender Party [NoBasis | Consent] [&[Travel]];
    116 PlaceArranged(journey) Sender Party [NoBasis] [];
    117 MinorSafeguarded(journey) Sender Party [NoBasis] [];
    118 JourneyCleared(journey) Sender Party [NoBasis] [];
    119 Departed(journey) Sender Party [NoBasis] [];
    120 JourneyAborted(journey) Sender Party [NoBasis | Reply] [&[Coordination]];
    121 FollowUpsScheduled(journey) Receiver Party [NoBasis] [];
    // the receiver's half
    124 ReceptionArranged(journey) Receiver Party [NoBasis | Reply] [&[Coordination]];
    125 ReceptionConfirmed(journey) Receiver Party [NoBasis] [];
    126 FollowUpRecorded(journey) Receiver Party [NoBasis] [];
    127 JourneyClosed(journey) Either Party [NoBasis] [];
    // both
    128 RiskAssessed(journey) Either Party [NoBasis | Reply] [&[Safety]];
    129 EscortNamed(journey) Either Party [NoBasis | Reply] [&[Coordination]];
    130 LegStarted(journey) Either Party [NoBasis] [];
    131 LegConfirmed(journey) Either Party [NoBasis] [];
    132 CheckInRecorded(journey) Either Party [NoBasis | Reply] [&[Coordination]];
    133 CheckInMissed(journey) Either Party [NoBasis] [];
    134 Arrived(journey) Either Party [NoBasis] [];
    135 MindChanged(journey) Either Party [NoBasis] [];
    136 StepMissed(journey) Either Party [NoBasis] [];
    137 FollowUpDue(journey) Receiver Party [NoBasis] [];
    // A referral again
    138 CancellationDeclined(referral) Either Party [NoBasis | Reply] [&[Coordination]];
}

/// The row of kind `number`, if this version knows it.
#[must_use]
pub fn rule_of(number: u16) -> Option<&'static KindRule> {
    KINDS.binary_search_by_key(&number, |rule| rule.number).ok().and_then(|position| KINDS.get(position))
}

fn encode_body<T: serde::Serialize>(body: &T) -> Vec<u8> {
    postcard::to_allocvec(body).expect("public parts are plain data and always serialise")
}

fn decode_body<T: serde::de::DeserializeOwned + serde::Serialize>(
    kind: u16,
    public: &[u8],
) -> Result<T, Unreadable> {
    let (body, rest) = postcard::take_from_bytes::<T>(public).map_err(|_| Unreadable::Malformed(kind))?;
    if !rest.is_empty() {
        return Err(Unreadable::NewerFields(kind));
    }
    // postcard accepts over-long varints: only the canonical bytes are the event.
    match postcard::serialize_with_flavor(&body, Expected { rest: public }) {
        Ok(()) => Ok(body),
        Err(_) => Err(Unreadable::Malformed(kind)),
    }
}

/// Encodes into nothing: fails at the first byte that is not the one expected.
struct Expected<'a> {
    rest: &'a [u8],
}

impl Flavor for Expected<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.rest = self.rest.strip_prefix(bytes).ok_or(postcard::Error::SerializeBufferFull)?;
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(postcard::Error::SerializeBufferFull) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_numbered_once_and_upwards() {
        let numbers: Vec<u16> = KINDS.iter().map(|rule| rule.number).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    }

    #[test]
    fn a_newer_field_an_unknown_kind_and_a_long_varint_each_have_their_verdict() {
        let event = Event::from(case::CaseClosed { outcome: crate::words::CaseOutcome::Completed });
        let mut public = event.encode();
        assert_eq!(Event::decode(39, &public), Ok(event));
        public.push(7);
        assert_eq!(Event::decode(39, &public), Err(Unreadable::NewerFields(39)));
        assert_eq!(Event::decode(39, &[0x81, 0x00]), Err(Unreadable::Malformed(39)));
        assert_eq!(Event::decode(39, &[0x7f]), Err(Unreadable::Malformed(39)));
        assert_eq!(Event::decode(60_000, &public), Err(Unreadable::UnknownKind(60_000)));
    }
}
