//! Whether what was disclosed was disclosed on a basis that held at that place of its writer's log. Needs no key and opens nothing.

use waymark_domain::consent::Standing;
use waymark_domain::event::BasisKind;
use waymark_domain::ids::{EventId, OfficeId, ThreadId};
use waymark_domain::referral::ReferralState;
use waymark_domain::sets::Categories;
use waymark_domain::time::Timestamp;
use waymark_domain::world::Party;
use waymark_seal::verify::basis_kind;

use crate::desk::Desk;
use crate::order::Failure;
use crate::sections::basis_event;
use crate::seen::Seen;
use crate::threads::Thread;

/// Keys that an entry wraps for an office, and what is to be said of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// Own-log index at which this office came to know the entry.
    pub index: u64,
    /// When this office did.
    pub at: Timestamp,
    /// The referral.
    pub thread: ThreadId,
    /// The entry.
    pub event: EventId,
    /// Who disclosed.
    pub from: OfficeId,
    /// To whom.
    pub to: OfficeId,
    /// What.
    pub categories: Categories,
    /// On which basis.
    pub basis: BasisKind,
    /// What is to be said of it.
    pub verdict: DisclosureVerdict,
}

/// Whether a disclosure had its basis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisclosureVerdict {
    /// Within a consent in force, or a reply in its thread.
    Within,
    /// Without consent, under an emergency that was declared before.
    Emergency,
    /// No consent of the thread names it, or none at all.
    OutsideConsent,
    /// The consent had been withdrawn.
    AfterWithdrawal,
    /// Its last day had passed, as its writer says.
    AfterExpiry,
    /// Its first day had not come.
    BeforeConsent,
    /// No emergency that was declared covers it.
    UndeclaredEmergency,
}

impl DisclosureVerdict {
    /// Whether something is wrong.
    #[must_use]
    pub const fn is_finding(self) -> bool {
        !matches!(self, Self::Within | Self::Emergency)
    }
}

impl Desk {
    /// What the own-log entry at `index` discloses, judged by what its thread said before it; none when it discloses nothing.
    ///
    /// # Errors
    /// [`Failure`] when the log cannot be read.
    pub fn disclosure_at(&self, index: u64) -> Result<Option<Disclosure>, Failure> {
        let entry = self.seen_at(index)?;
        let Some(seen) = entry.into_iter().find(|seen| !seen.grants.is_empty()) else { return Ok(None) };
        let found = self.disclosures_in(&self.history(seen.thread)?);
        Ok(found.into_iter().find(|found| found.index == index))
    }

    /// What the entries of a thread disclose, each judged by what the thread said before it. `history` is all that this office saw of
    /// it: it is folded once.
    pub fn disclosures_in(&self, history: &[Seen]) -> Vec<Disclosure> {
        let mut before = Thread::default();
        let mut found = Vec::new();
        for seen in history {
            if !seen.grants.is_empty() {
                found.push(self.disclosure(&before, seen));
            }
            before.take(self.me, seen);
        }
        found
    }

    fn disclosure(&self, before: &Thread, seen: &Seen) -> Disclosure {
        let recipient = seen.grants.first().map_or(self.me, |grant| grant.recipient);
        let categories: Categories = seen.grants.iter().filter_map(|grant| grant.category()).collect();
        let verdict = match before.referral() {
            Some(referral) => self.judge(before, referral, seen, categories),
            None => DisclosureVerdict::OutsideConsent,
        };
        Disclosure {
            index: seen.index,
            at: seen.recorded_at,
            thread: seen.thread,
            event: seen.event_id,
            from: seen.author(),
            to: recipient,
            categories,
            basis: basis_kind(&seen.basis),
            verdict,
        }
    }

    fn judge(
        &self,
        before: &Thread,
        referral: &ReferralState,
        seen: &Seen,
        categories: Categories,
    ) -> DisclosureVerdict {
        let Some(author) = referral.party(seen.author()) else { return DisclosureVerdict::OutsideConsent };
        let to = referral.office(author.other());
        let on = basis_event(self.me, before, &seen.basis);
        if seen.grants.iter().any(|grant| grant.recipient != to) {
            return DisclosureVerdict::OutsideConsent;
        }
        match basis_kind(&seen.basis) {
            BasisKind::Consent => consented(referral, author, seen, on, categories),
            BasisKind::Reply => DisclosureVerdict::Within,
            BasisKind::Emergency => {
                let covers = referral
                    .emergencies(author)
                    .iter()
                    .any(|declared| Some(declared.event) == on && categories.is_subset(declared.categories));
                if covers { DisclosureVerdict::Emergency } else { DisclosureVerdict::UndeclaredEmergency }
            }
            BasisKind::NoBasis | BasisKind::OwnData => DisclosureVerdict::OutsideConsent,
        }
    }
}

fn consented(
    referral: &ReferralState,
    author: Party,
    seen: &Seen,
    on: Option<EventId>,
    categories: Categories,
) -> DisclosureVerdict {
    let chain = referral.sender.consent.as_ref().filter(|chain| Some(chain.head) == on);
    let Some(chain) = chain.filter(|_| author == Party::Sender) else {
        return DisclosureVerdict::OutsideConsent;
    };
    let day = seen.claimed_at.day();
    match chain.standing {
        Standing::Withdrawn { .. } => DisclosureVerdict::AfterWithdrawal,
        Standing::Expired { .. } => DisclosureVerdict::AfterExpiry,
        Standing::InForce if day > chain.scope.until => DisclosureVerdict::AfterExpiry,
        Standing::InForce if day < chain.scope.from => DisclosureVerdict::BeforeConsent,
        Standing::InForce if !categories.is_subset(chain.scope.categories) => {
            DisclosureVerdict::OutsideConsent
        }
        Standing::InForce => DisclosureVerdict::Within,
    }
}
