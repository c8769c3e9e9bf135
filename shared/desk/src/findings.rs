//! What was wrong with what others sent: counted and named, for operators and auditors. No personal data.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use waymark_courier::Slot;
use waymark_domain::event::consent::GrantFault;
use waymark_domain::ids::OfficeId;
use waymark_domain::time::Timestamp;
use waymark_seal::letter::LetterFault;
use waymark_seal::verify::Verdict;

/// The post's stamp names another office than the letter.
pub(crate) const WRONG_STAMP: &str = "wrong_stamp";
/// A receipt names other bytes than those that were sent.
pub(crate) const WRONG_RECEIPT: &str = "wrong_receipt";
/// What an office gives back stands in another history of this office's closed log than the one that is here.
pub(crate) const OTHER_HISTORY: &str = "other_history_of_closed_log";
/// What an office gives back was written with the stolen key of this office's closed log, and not by this office.
pub(crate) const STOLEN_KEY: &str = "written_with_stolen_key";
/// An office holds another version of the roster of one number, and root holders have signed both.
pub(crate) const TWO_ROSTERS: &str = "two_rosters";
/// An office has cosigned another roster than the one that is held here.
pub(crate) const OTHER_ROSTER: &str = "other_roster";

/// An office asked for more new heads to be cosigned within an hour than are taken.
pub(crate) const TOO_MANY_HEADS: &str = "too_many_heads";
/// What a witness gave is not its cosignature on the head that it was asked for.
pub(crate) const BAD_COSIGNATURE: &str = "bad_cosignature";
/// This office's clock is well before the time that a quorum of others has signed.
pub(crate) const CLOCK_SET_BACK: &str = "clock_set_back";
/// An office accuses another, and its proof proves nothing.
pub(crate) const FALSE_ACCUSATION: &str = "false_accusation";
/// Two histories of an office's log were signed with a key that was ended since: by the office, or by who stole the key.
pub(crate) const UNDER_ENDED_KEY: &str = "fraud_under_ended_key";

/// The hub says that it had a letter under a name that was never used.
pub(crate) const KNOWN_NAME: &str = "letter_name_was_known";

/// One kind of finding about one sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Who: a slot of the hub, or an office.
    pub whom: String,
    /// The verdict's name.
    pub verdict: &'static str,
    /// How often.
    pub count: u64,
    /// When last.
    pub last_at: Timestamp,
}

/// Findings since the start of the node.
#[derive(Default)]
pub(crate) struct Findings {
    kept: Mutex<BTreeMap<Named, Counted>>,
}

/// About whom, and the verdict's name.
type Named = (String, &'static str);
/// How often, and when last.
type Counted = (u64, Timestamp);

impl Findings {
    pub(crate) fn note(&self, slot: Slot, verdict: &'static str, now: Timestamp) {
        self.count(slot.to_string(), verdict, now);
    }

    pub(crate) fn note_office(&self, office: OfficeId, verdict: &'static str, now: Timestamp) {
        self.count(office.to_string(), verdict, now);
    }

    pub(crate) fn list(&self) -> Vec<Finding> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let finding = |((whom, verdict), (count, last_at)): (&Named, &Counted)| Finding {
            whom: whom.clone(),
            verdict,
            count: *count,
            last_at: *last_at,
        };
        kept.iter().map(finding).collect()
    }

    fn count(&self, whom: String, verdict: &'static str, now: Timestamp) {
        tracing::warn!(%whom, verdict, "a letter or entry was found at fault");
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, last_at) = kept.entry((whom, verdict)).or_insert((0, now));
        *count += 1;
        *last_at = now;
    }
}

/// The verdict's name, as operators and auditors read it.
pub(crate) const fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::UnknownOffice => "unknown_office",
        Verdict::RosterPending(_) => "roster_pending",
        Verdict::WrongRosterRange => "wrong_roster_range",
        Verdict::WrongNetwork => "wrong_network",
        Verdict::WrongLog => "wrong_log",
        Verdict::BadCheckpoint => "bad_checkpoint",
        Verdict::BadSignature => "bad_signature",
        Verdict::ShrunkTree => "shrunk_tree",
        Verdict::ForkedTree => "forked_tree",
        Verdict::GrowthUnproven => "growth_unproven",
        Verdict::NotUnderHead => "not_under_head",
        Verdict::WrongPath => "wrong_path",
        Verdict::TooLarge => "too_large",
        Verdict::Malformed => "malformed",
        Verdict::NonCanonical => "non_canonical",
        Verdict::TrailingBytes => "trailing_bytes",
        Verdict::UnknownVersion => "unknown_version",
        Verdict::NotForUs => "not_for_us",
        Verdict::WrongKindRule => "wrong_kind_rule",
        Verdict::BodyMismatch => "body_mismatch",
        Verdict::GrantForAnother => "grant_for_another",
        Verdict::GrantOutsideConsent => "grant_outside_consent",
        Verdict::ConsentExpired => "consent_expired",
        Verdict::Gap { .. } => "gap",
        Verdict::Duplicate => "duplicate",
        Verdict::WrongPrevious => "wrong_previous",
        Verdict::ClockFarOff => "clock_far_off",
        Verdict::Frozen => "frozen",
    }
}

/// The name of what is wrong with a letter.
pub(crate) const fn letter_name(fault: LetterFault) -> &'static str {
    match fault {
        LetterFault::TooLarge | LetterFault::OverLimit(_) => "letter_too_large",
        LetterFault::Malformed => "letter_malformed",
        LetterFault::TrailingBytes => "letter_trailing_bytes",
        LetterFault::NonCanonical => "letter_non_canonical",
        LetterFault::UnknownVersion(_) => "letter_unknown_version",
        LetterFault::WrongNetwork => "letter_wrong_network",
        LetterFault::NotForUs => "letter_not_for_us",
        LetterFault::UnknownInboxKey => "letter_unknown_inbox_key",
        LetterFault::Unopenable => "letter_unopenable",
        LetterFault::BadPadding => "letter_bad_padding",
        LetterFault::MustBeSealed => "letter_must_be_sealed",
        LetterFault::UnusableKey => "letter_unusable_key",
        LetterFault::BrokenParts => "letter_broken_parts",
    }
}

/// The name of what is wrong with a grant.
pub(crate) const fn grant_name(fault: &GrantFault) -> &'static str {
    match fault {
        GrantFault::OutsideConsent => name(Verdict::GrantOutsideConsent),
        GrantFault::WrongRecipient => name(Verdict::GrantForAnother),
        GrantFault::Late => name(Verdict::ConsentExpired),
        GrantFault::CommitmentMismatch => "grant_commitment_mismatch",
        GrantFault::Unopenable => "grant_unopenable",
    }
}
