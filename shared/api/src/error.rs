//! What goes wrong, as gRPC says it: one table from every [`Refusal`] to its family, one from family to code.
//!
//! Three kinds are kept apart. A refusal says that a rule said no, and what to do next. A rejection names each argument at fault.
//! A failure of this machine says nothing but that. What is absent and what is hidden are one answer. No personal data: messages
//! name fields, words, identifiers and times, never what somebody wrote. Exit codes of the program are in [`exit`](crate::exit).

use core::time::Duration;
use std::collections::HashMap;

use thiserror::Error;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use waymark_domain::ids::OfficeId;
use waymark_domain::refusal::Refusal;

/// `google.rpc.ErrorInfo.domain` of every error.
pub const DOMAIN: &str = "waymark";
/// Key of `google.rpc.ErrorInfo.metadata` under which the [`Family`] stands.
pub const FAMILY: &str = "family";
/// Reason of a call decided upon an older state.
pub const STALE_STATE: &str = "STALE_STATE";
/// Reason of a call whose arguments are at fault.
pub const BAD_ARGUMENT: &str = "BAD_ARGUMENT";
/// Reason of a request id that was used for something else.
pub const REQUEST_ID_REUSED: &str = "REQUEST_ID_REUSED";
/// Reason of a long call while as many of its kind are under way as this office's machine takes.
pub const BUSY: &str = "BUSY";
/// Reason of a call without the access token of the node.
pub const NO_ACCESS: &str = "NO_ACCESS";
/// Nobody is signed in.
pub const NOT_SIGNED_IN: &str = "NOT_SIGNED_IN";
/// An open stream may not be told any further.
pub const STREAM_ENDED: &str = "STREAM_ENDED";
/// The role is missing.
pub const ROLE_MISSING: &str = "ROLE_MISSING";
/// The account waits after wrong passwords.
pub const SIGN_IN_WAITS: &str = "SIGN_IN_WAITS";
/// Whoever is to agree with the caller cannot.
pub const SECOND_REFUSED: &str = "SECOND_REFUSED";
/// An account cannot be made or changed so.
pub const ACCOUNT_REFUSED: &str = "ACCOUNT_REFUSED";
/// Reason of what is absent or hidden.
pub const NOT_FOUND: &str = "NOT_FOUND";
/// Reason of a call made while the start guard does not let this office write.
pub const START_GUARD: &str = "START_GUARD";
/// Reason of a change in a referral of which the other office has not given back what it holds.
pub const NOT_GIVEN_BACK: &str = "NOT_GIVEN_BACK";
/// Reason of a section that this office sealed under a key which it has lost.
pub const KEY_LOST: &str = "KEY_LOST";
/// Reason of a section that was never recorded here, or never sent to this office.
pub const SECTION_NOT_HERE: &str = "SECTION_NOT_HERE";
/// Reason of a section that is locked until it is erased.
pub const SECTION_LOCKED: &str = "SECTION_LOCKED";
/// Reason of a section that was erased.
pub const SECTION_ERASED: &str = "SECTION_ERASED";
/// Reason of a failure of this machine.
pub const FAILURE: &str = "FAILURE";

/// Reason of a change for which the disk has no room.
pub const DISK_FULL: &str = "DISK_FULL";
/// Reason of a change of which only a restart shows whether it was made.
pub const RESTART_NEEDED: &str = "RESTART_NEEDED";

/// What kind of no it is; decides the gRPC code and the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// An argument is at fault whatever the state.
    Argument,
    /// There is no such thing, or it is not the caller's to see.
    Absent,
    /// A red line, or another office's right.
    Denied,
    /// A consent is missing, has ended, or does not cover it.
    Consent,
    /// The state of things does not allow it.
    State,
    /// The caller decided upon an older state.
    Stale,
    /// Nothing is free.
    Capacity,
    /// Not now; it may be allowed later without anybody changing their mind.
    Later,
    /// This machine failed.
    Failure,
}

impl Family {
    /// Every family.
    pub const ALL: &'static [Self] = &[
        Self::Argument,
        Self::Absent,
        Self::Denied,
        Self::Consent,
        Self::State,
        Self::Stale,
        Self::Capacity,
        Self::Later,
        Self::Failure,
    ];

    /// The gRPC code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Argument => Code::InvalidArgument,
            Self::Absent => Code::NotFound,
            Self::Denied => Code::PermissionDenied,
            Self::Consent | Self::State => Code::FailedPrecondition,
            Self::Stale => Code::Aborted,
            Self::Capacity => Code::ResourceExhausted,
            Self::Later => Code::Unavailable,
            Self::Failure => Code::Internal,
        }
    }

    /// The word under [`FAMILY`].
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Argument => "argument",
            Self::Absent => "absent",
            Self::Denied => "denied",
            Self::Consent => "consent",
            Self::State => "state",
            Self::Stale => "stale",
            Self::Capacity => "capacity",
            Self::Later => "later",
            Self::Failure => "failure",
        }
    }
}

/// The family of every refusal.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one table with a row for every refusal")]
pub const fn family(refusal: &Refusal) -> Family {
    use Refusal::*;
    match refusal {
        OutOfBounds { .. }
        | NotAscending { .. }
        | WrongSection { .. }
        | TimeOutOfRange { .. }
        | DayOutOfRange { .. }
        | OwnOffice {}
        | MessageMissing {} => Family::Argument,

        NoCase {}
        | NoReferral {}
        | UnknownOffice { .. }
        | NoEmergency {}
        | NoSuchEntry { .. }
        | NoUnit { .. }
        | NoLeg { .. }
        | NoFollowUp { .. } => Family::Absent,

        CountryOfOrigin { .. }
        | AuthorityNotNamed { .. }
        | IdentityInOffer {}
        | AddressNotYet {}
        | CategoryNeverShared { .. }
        | SecondStaffMissing {}
        | ReviewerDecided {}
        | PersonSaidNo { .. }
        | NotTheSender {}
        | NotTheReceiver {}
        | NotTheEscort { .. }
        | NotResponsible { .. } => Family::Denied,

        NoConsent { .. }
        | ConsentNamesAnother { .. }
        | ConsentWithdrawn {}
        | ConsentExpired { .. }
        | ConsentNotYet { .. }
        | CategoryNotConsented { .. }
        | PurposeNotConsented { .. }
        | OnwardNotConsented {}
        | NotTold { .. }
        | WitnessMissing {}
        | GuardianMissing {}
        | ConsentStands { .. }
        | ConsentTooLong { .. }
        | NotNarrower {}
        | NotLonger { .. } => Family::Consent,

        NotLinked { .. }
        | CaseIsClosed {}
        | CaseIsOpen {}
        | CaseIsErased {}
        | CaseNotClosed {}
        | ConsentStillHolds { .. }
        | ReferralStillOpen { .. }
        | ReviewStillOpen { .. }
        | StillRetained { .. }
        | ErasureStillDue { .. }
        | JourneyOpen { .. }
        | NotHandedOver {}
        | OfficeNotActive { .. }
        | OfficeFrozen { .. }
        | NotAnOffice { .. }
        | NothingToErase {}
        | WrongPhase { .. }
        | ReferralEnded { .. }
        | OfferExpired { .. }
        | HandOverOpen { .. }
        | EndNotAcknowledged { .. }
        | KeyUnusable { .. }
        | OwnCare {}
        | NotAHandOver {}
        | NotAService {}
        | AlreadyDeparted {}
        | AlreadyReceived {}
        | AlreadyDone {}
        | ReviewedOtherwise { .. }
        | ReferralIsFull { .. }
        | NotRecorded { .. }
        | NoPlaceRequested {}
        | WrongPlacePhase { .. }
        | WrongUnit { .. }
        | HoldExpired { .. }
        | NoJourney {}
        | WrongJourneyPhase { .. }
        | GatesRed { .. }
        | NotAssessed { .. }
        | AssessedNoGo { .. }
        | LegNotConfirmed { .. }
        | StillOnLeg { .. }
        | FollowUpsDue { .. }
        | FollowUpNotDue { .. } => Family::State,

        NoCapacity { .. } => Family::Capacity,

        NoInboxKey { .. } | ConsentUnwitnessed {} | NoThreadKey {} => Family::Later,
    }
}

/// After how long it is worth to ask again, where waiting alone may help.
const fn retry_after(refusal: &Refusal) -> Option<Duration> {
    match family(refusal) {
        Family::Later => Some(Duration::from_secs(60)),
        Family::Argument
        | Family::Absent
        | Family::Denied
        | Family::Consent
        | Family::State
        | Family::Stale
        | Family::Capacity
        | Family::Failure => None,
    }
}

/// What is wrong with one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fault {
    /// Empty where something is needed.
    #[error("is needed")]
    Missing,
    /// Not an identifier of the expected length.
    #[error("is not an identifier: lower-case hexadecimal digits of the expected number")]
    NotAnId,
    /// Not a day.
    #[error("is not a day from 1970-01-01 to 2099-12-31, written YYYY-MM-DD")]
    NotADay,
    /// Not an instant.
    #[error("is not an instant between 1970 and the end of 2099")]
    NotAnInstant,
    /// Not a language code.
    #[error("is not a language: two small letters of ISO 639-1")]
    NotALanguage,
    /// Not among the languages of the sheet.
    #[error("is not a language of the sheet; there are: {known}")]
    NoSuchLanguage {
        /// Those there are.
        known: &'static str,
    },
    /// The case and the consent stand in each other's place.
    #[error("is a consent, and what was given as the consent is its case: they stand the other way round")]
    Swapped,
    /// Not a country code.
    #[error("is not a country: two capital letters of ISO 3166-1")]
    NotACountry,
    /// Not a UN/LOCODE.
    #[error(
        "is not a UN/LOCODE: two capital letters for the country, then three capital letters or digits 2 to 9"
    )]
    NotALocode,
    /// A number of an enumeration that this version does not know.
    #[error("is a value that this version does not know")]
    UnknownWord,
    /// The same thing twice.
    #[error("repeats what was named before")]
    Repeated,
    /// Too many bytes.
    #[error("is longer than {max} bytes")]
    TooLong {
        /// Bytes allowed.
        max: usize,
    },
    /// Too many rows.
    #[error("has more than {max} rows")]
    TooMany {
        /// Rows allowed.
        max: usize,
    },
    /// A number outside its range.
    #[error("is not between {min} and {max}")]
    OutOfRange {
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// An end before its beginning.
    #[error("lies before {other}")]
    Before {
        /// The field that must come first.
        other: &'static str,
    },
    /// Content of another category.
    #[error("does not belong to this category")]
    WrongCategory,
    /// A token that this office did not give out for this list or stream.
    #[error("was not given out by this office for the same list or stream")]
    ForeignToken,
    /// A file name with a folder in it, or a name with other letters than allowed.
    #[error("is not a plain name")]
    NotAName,
    /// A proof of fraud that does not hold under the newest roster of this office.
    #[error("proves no fraud under the newest roster of this office: `waymark audit verify-fraud` says why")]
    ProvesNothing,
    /// A message of a stream out of its place.
    #[error("is not expected here")]
    OutOfPlace,
}

/// One argument at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, such as `offer.triage.languages[1]`.
    pub field: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// Arguments are at fault; nothing was tried.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", .violations.iter().map(|v| format!("{} {}", v.field, v.fault)).collect::<Vec<_>>().join("; "))]
pub struct Rejected {
    /// Every argument at fault; not empty.
    pub violations: Vec<Violation>,
}

impl Rejected {
    /// One argument at fault.
    #[must_use]
    pub fn one(field: impl Into<String>, fault: Fault) -> Self {
        Self { violations: vec![Violation { field: field.into(), fault }] }
    }
}

impl From<Rejected> for Status {
    fn from(rejected: Rejected) -> Self {
        let mut details =
            details(Family::Argument, BAD_ARGUMENT, [], "Correct the fields named and try again.");
        for violation in &rejected.violations {
            details.add_bad_request_violation(violation.field.as_str(), violation.fault.to_string());
        }
        Status::with_error_details(Code::InvalidArgument, rejected.to_string(), details)
    }
}

/// A rule said no.
#[must_use]
pub fn refused(refusal: &Refusal) -> Status {
    let family = family(refusal);
    if matches!(refusal, Refusal::NoCase {} | Refusal::NoReferral {}) {
        return absent();
    }
    let mut details = details(family, refusal.reason(), [], refusal.next());
    if let Some(delay) = retry_after(refusal) {
        details.set_retry_info(Some(delay));
    }
    if let Refusal::GatesRed { gates } = refusal {
        for gate in &gates.0 {
            details.add_precondition_failure_violation(
                "GATE",
                gate.word(),
                format!("the gate {gate} is red"),
            );
        }
    }
    Status::with_error_details(family.code(), refusal.to_string(), details)
}

/// The same, with the names of offices in place of their identifiers: nobody knows an office by its number.
#[must_use]
pub fn with_names(status: Status, name: &dyn Fn(OfficeId) -> Option<String>) -> Status {
    let named = |piece: &str| {
        let word = piece.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        match word.parse().ok().and_then(name) {
            Some(name) => piece.replacen(word, &name, 1),
            None => piece.to_owned(),
        }
    };
    let pieces = status.message().split_inclusive(|letter: char| !letter.is_ascii_alphanumeric());
    let message: String = pieces.map(named).collect();
    Status::with_details(status.code(), message, status.details().to_vec().into())
}

/// There is no such thing here, or it is not the caller's to see: one answer for both.
#[must_use]
pub fn absent() -> Status {
    let message = "there is no such thing at this office";
    told(Family::Absent, NOT_FOUND, message, "Check the identifier.", None)
}

/// The call does not carry the access token of the node; nothing is said of what it asks for.
#[must_use]
pub fn no_access() -> Status {
    let next = "Call with the token in the file `access` of this very node's data folder; it is made anew at each start.";
    let details = details(Family::Denied, NO_ACCESS, [], next);
    Status::with_error_details(
        Code::Unauthenticated,
        "the call does not carry the access token of this node; nothing was changed",
        details,
    )
}

/// Nobody is signed in, or not any more.
#[must_use]
pub fn not_signed_in() -> Status {
    let next =
        "Sign in with `waymark staff sign-in NAME`; a session lasts at most 12 hours and ends with the node.";
    let details = details(Family::Denied, NOT_SIGNED_IN, [], next);
    Status::with_error_details(
        Code::Unauthenticated,
        "nobody is signed in, or the session has ended; nothing was changed",
        details,
    )
}

/// Name and password do not belong together, or the account is closed: one answer for all. `left`: wrong passwords until this name
/// waits; `waits`: seconds that it waits now.
#[must_use]
pub fn sign_in_refused(left: u32, waits: u64) -> Status {
    let details = details(Family::Denied, NOT_SIGNED_IN, [], &tries_left(left, waits));
    Status::with_error_details(
        Code::Unauthenticated,
        "name and password do not belong together, or the account is closed; nobody was signed in",
        details,
    )
}

fn tries_left(left: u32, waits: u64) -> String {
    match (left, waits) {
        (_, 1..) => format!(
            "This name now waits for {waits} seconds, and longer after each further wrong password. An administrator of this office \
             can set a new one."
        ),
        (1, 0) => "Try again; after one more wrong password this name waits.".to_owned(),
        (left, 0) => format!("Try again; after {left} more wrong passwords this name waits."),
    }
}

/// The session under which a stream was opened has ended.
#[must_use]
pub fn stream_without_session() -> Status {
    let next =
        "Sign in with `waymark staff sign-in NAME` and take the stream up again after its last resume token.";
    stream_ended("the session of this stream has ended; nothing is lost", next)
}

/// The roles of whoever opened a stream have changed.
#[must_use]
pub fn stream_of_other_roles() -> Status {
    let next =
        "Take the stream up again after its last resume token; whether the roles allow it is looked up then.";
    stream_ended("the roles of this account have changed; nothing is lost", next)
}

fn stream_ended(what: &str, next: &str) -> Status {
    let details = details(Family::Denied, STREAM_ENDED, [], next);
    Status::with_error_details(Code::Unauthenticated, what, details)
}

/// The member of staff has none of the roles that may do this.
#[must_use]
pub fn role_missing(roles: &str) -> Status {
    let next = "Ask a colleague who has the role, or an administrator of this office to give it to you.";
    let details = details(Family::Denied, ROLE_MISSING, [("roles", roles.to_owned())], next);
    Status::with_error_details(
        Code::PermissionDenied,
        format!("this is for staff with the role {roles}; nothing was changed"),
        details,
    )
}

/// Whoever is to agree with the caller cannot; `why` and `next` say it in a sentence each.
#[must_use]
pub fn second_refused(why: &str, next: &str) -> Status {
    let details = details(Family::Denied, SECOND_REFUSED, [], next);
    Status::with_error_details(Code::PermissionDenied, format!("{why}; nothing was changed"), details)
}

/// Name and password of whoever is to agree do not belong together; as [`sign_in_refused`].
#[must_use]
pub fn second_unknown(left: u32, waits: u64) -> Status {
    let why =
        "name and password of the second member of staff do not belong together, or her account is closed";
    second_refused(why, &tries_left(left, waits))
}

/// Too many wrong passwords for one account.
#[must_use]
pub fn sign_in_waits(seconds: u64) -> Status {
    let next = "Wait and try again, or ask an administrator of this office to set a new password.";
    let mut details = details(Family::Denied, SIGN_IN_WAITS, [("seconds", seconds.to_string())], next);
    details.set_retry_info(Some(Duration::from_secs(seconds)));
    Status::with_error_details(
        Code::Unauthenticated,
        format!("too many wrong passwords: this name waits for {seconds} more seconds; nothing was changed"),
        details,
    )
}

/// An account cannot be made or changed so.
#[must_use]
pub fn account_refused(why: &str, next: &str) -> Status {
    let details = details(Family::State, ACCOUNT_REFUSED, [], next);
    Status::with_error_details(Code::FailedPrecondition, format!("{why}; nothing was changed"), details)
}

/// The caller decided upon an older state; `current` is the version now.
#[must_use]
pub fn stale(current: u64) -> Status {
    let etag = ("etag", crate::convert::change::etag_text(current));
    let next = "Look at it as it is now and decide again.";
    let details = details(Family::Stale, STALE_STATE, [etag], next);
    Status::with_error_details(
        Code::Aborted,
        "somebody else changed this; nothing was changed by you",
        details,
    )
}

/// The request id was used for something else.
#[must_use]
pub fn request_id_reused() -> Status {
    let message = "this request id was used before, for something else, which was carried out then; nothing was changed now";
    let next = "Look at how it stands; for another change choose another request id.";
    told(Family::State, REQUEST_ID_REUSED, message, next, None)
}

/// The start guard does not let this office write. `advice` says what to do, without personal data; `retry` when waiting helps.
#[must_use]
pub fn not_ready(advice: &str, retry: Option<Duration>) -> Status {
    let family = if retry.is_some() { Family::Later } else { Family::State };
    told(family, START_GUARD, "this office may not write yet", advice, retry)
}

/// A section of this office's own that nobody can open here any more.
#[must_use]
pub fn key_lost() -> Status {
    let message = "the key of this section was lost with an earlier data folder of this office";
    let next = "Ask the office that it was sent to: it can read it. Record it here again where it is needed.";
    told(Family::State, KEY_LOST, message, next, None)
}

/// There is no section of this category in a thread that is here; `what` says which, `next` what can be done.
#[must_use]
pub fn section_not_here(what: &str, next: &str) -> Status {
    told(Family::Absent, SECTION_NOT_HERE, what, next, None)
}

/// What allowed this office to read a section has ended.
#[must_use]
pub fn section_locked() -> Status {
    let message = "what allowed this office to read this section has ended: it is locked until it is erased";
    let next =
        "Nobody can open it here. `waymark consent holders` and `waymark audit replay` tell how far it is.";
    told(Family::Absent, SECTION_LOCKED, message, next, None)
}

/// A section that was erased; `what` says when and why.
#[must_use]
pub fn section_erased(what: &str) -> Status {
    let next = "Nobody can open it here any more. `waymark audit replay` tells what happened.";
    told(Family::Absent, SECTION_ERASED, what, next, None)
}

/// The other party of a referral has not yet sent back what it holds of this office's closed log; `why` says so in a sentence.
#[must_use]
pub fn not_given_back(why: &str) -> Status {
    let next =
        "Wait until that office is reached; `waymark office status` names those that are still awaited.";
    told(Family::Later, NOT_GIVEN_BACK, why, next, Some(Duration::from_secs(60)))
}

/// This machine failed. The detail goes to the log of the node, by the caller of this; never here.
#[must_use]
pub fn failed() -> Status {
    let message = "this office's machine failed; nothing was changed";
    let next = "Try again; if it stays so, tell the administrator of this office.";
    told(Family::Failure, FAILURE, message, next, None)
}

/// As many long calls of this kind are under way as this office's machine takes at once.
#[must_use]
pub fn busy() -> Status {
    let message =
        "as many calls of this kind are under way as this office takes at once; nothing was changed";
    let next = "Wait until one of them has ended, then do it again.";
    told(Family::Later, BUSY, message, next, Some(Duration::from_secs(10)))
}

/// The disk of this office is full.
#[must_use]
pub fn disk_full() -> Status {
    let message = "the disk of this office is full; nothing was written and nothing is lost";
    let next = "Free some space on the disk of this office, then do it again.";
    told(Family::Capacity, DISK_FULL, message, next, None)
}

/// The machine failed in the middle of writing.
#[must_use]
pub fn restart_needed() -> Status {
    let message = "this office's machine failed while writing; whether it was written shows after a restart";
    let next = "Restart the node, then do it again with the same request id: it is not done twice.";
    told(Family::Failure, RESTART_NEEDED, message, next, None)
}

/// A no with its reason, what to do next, and after how long to ask again where waiting helps.
fn told(family: Family, reason: &str, message: &str, next: &str, retry: Option<Duration>) -> Status {
    let mut details = details(family, reason, [], next);
    if let Some(delay) = retry {
        details.set_retry_info(Some(delay));
    }
    Status::with_error_details(family.code(), message, details)
}

fn details<const N: usize>(
    family: Family,
    reason: &str,
    facts: [(&str, String); N],
    next: &str,
) -> ErrorDetails {
    let mut metadata = HashMap::from(facts.map(|(name, value)| (name.to_owned(), value)));
    metadata.insert(FAMILY.to_owned(), family.word().to_owned());
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, DOMAIN, metadata).set_localized_message("en", next);
    details
}
