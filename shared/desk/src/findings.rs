//! What was wrong with what others sent: counted and named, for operators and auditors. No personal data.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use waymark_courier::Slot;
use waymark_domain::ids::OfficeId;
use waymark_domain::time::Timestamp;
use waymark_seal::verify::Verdict;

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
    kept: Mutex<BTreeMap<(String, &'static str), (u64, Timestamp)>>,
}

impl Findings {
    pub(crate) fn note(&self, slot: Slot, verdict: Verdict, now: Timestamp) {
        self.count(slot.to_string(), verdict, now);
    }

    pub(crate) fn note_office(&self, office: OfficeId, verdict: Verdict, now: Timestamp) {
        self.count(office.to_string(), verdict, now);
    }

    pub(crate) fn list(&self) -> Vec<Finding> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let finding = |((whom, verdict), (count, last_at)): (&(String, &'static str), &(u64, Timestamp))| {
            Finding { whom: whom.clone(), verdict, count: *count, last_at: *last_at }
        };
        kept.iter().map(finding).collect()
    }

    fn count(&self, whom: String, verdict: Verdict, now: Timestamp) {
        tracing::warn!(%whom, verdict = name(verdict), "a letter or entry was found at fault");
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, last_at) = kept.entry((whom, name(verdict))).or_insert((0, now));
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
