//! Whether what was disclosed was disclosed on a basis that held at that place of its writer's log. Needs no key and opens nothing.

use std::collections::{BTreeMap, BTreeSet};

use waymark_domain::consent::Standing;
use waymark_domain::event::{BasisKind, Event};
use waymark_domain::ids::{EventId, Hash, OfficeId, ThreadId};
use waymark_domain::referral::{ReferralState, two_decided};
use waymark_domain::sets::Categories;
use waymark_domain::time::Timestamp;
use waymark_domain::world::Party;
use waymark_seal::hash::sha256;
use waymark_seal::verify::basis_kind;

use crate::desk::Desk;
use crate::order::Failure;
use crate::sections::basis_event;
use crate::seen::Seen;
use crate::threads::{Thread, ThreadState, begins};

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
    /// This office disclosed it under a consent that is under no head cosigned by others yet.
    pub unwitnessed: bool,
}

/// Whether a disclosure had its basis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisclosureVerdict {
    /// Within a consent in force, or a reply in its thread while it was, or while she was on her way.
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
    /// The emergency had been turned down, or its time was over.
    EmergencyOver,
    /// The emergency was not decided by two people.
    DecidedAlone,
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
        let (mut before, mut judge) = (Thread::default(), Judge::default());
        let mut found = Vec::new();
        let first = history.iter().position(|seen| begins(self.me, seen));
        let (early, known) = history.split_at(first.unwrap_or_default());
        // What this office wrote in this log before the thread began had no basis there.
        let is_here = |seen: &Seen| seen.author() == self.me && seen.at.log == self.log;
        let here = early.iter().filter(|seen| is_here(seen));
        let mut judged = |before: &Thread, seen: &Seen| {
            let verdict = judge.take(self.me, before, seen)?;
            Some(self.disclosure(before, seen, verdict))
        };
        found.extend(here.filter_map(|seen| judged(&before, seen)));
        let early = early.iter().map(|seen| (seen, is_here(seen)));
        let known = known.iter().map(|seen| (seen, false));
        for (seen, is_judged) in known.clone().take(1).chain(early).chain(known.skip(1)) {
            if !is_judged {
                found.extend(judged(&before, seen));
            }
            before.take(self.me, seen);
        }
        found
    }

    fn disclosure(&self, before: &Thread, seen: &Seen, verdict: DisclosureVerdict) -> Disclosure {
        Disclosure {
            index: seen.index,
            at: seen.recorded_at,
            thread: seen.thread,
            event: seen.event_id,
            from: seen.author(),
            to: seen.grants.first().map_or(self.me, |grant| grant.recipient),
            categories: granted(seen),
            basis: basis_kind(&seen.basis),
            verdict,
            unwitnessed: basis_kind(&seen.basis) == BasisKind::Consent
                && seen.author() == self.me
                && self.unwitnessed_consent(before).is_some(),
        }
    }
}

fn granted(seen: &Seen) -> Categories {
    seen.grants.iter().filter_map(|grant| grant.category()).collect()
}

/// Judges the keys that the entries of one thread wrap, in their order.
#[derive(Debug, Default)]
pub struct Judge {
    /// Emergencies that fewer than two people decided.
    alone: BTreeSet<EventId>,
    /// What each event said and wrapped where it stood first, as a hash; none where it wrapped nothing.
    first: BTreeMap<(OfficeId, EventId), Option<Hash>>,
}

impl Judge {
    /// Whether the keys that `seen` wraps had their basis, at office `me`, after what its thread said `before`. None when it wraps none,
    /// or when its writer only wrote once more, in a later log, what it had written: it was judged where it stood first.
    pub fn take(&mut self, me: OfficeId, before: &Thread, seen: &Seen) -> Option<DisclosureVerdict> {
        if decided_alone(seen) {
            self.alone.insert(seen.event_id);
        }
        if !matches!(before.state, ThreadState::Empty) {
            let event = (seen.author(), seen.event_id);
            let content = (!seen.grants.is_empty()).then(|| content(seen));
            if before.repeats(seen) && self.first.get(&event) == Some(&content) {
                return None;
            }
            self.first.entry(event).or_insert(content);
        }
        (!seen.grants.is_empty()).then(|| self.judge(me, before, seen))
    }

    fn judge(&self, me: OfficeId, before: &Thread, seen: &Seen) -> DisclosureVerdict {
        let referral = before.referral();
        let Some((referral, author)) = referral.and_then(|it| Some((it, it.party(seen.author())?))) else {
            return DisclosureVerdict::OutsideConsent;
        };
        let (to, categories) = (referral.office(author.other()), granted(seen));
        let on = basis_event(me, before, &seen.basis);
        if seen.grants.iter().any(|grant| grant.recipient != to) {
            return DisclosureVerdict::OutsideConsent;
        }
        if self.alone.contains(&seen.event_id) || on.is_some_and(|on| self.alone.contains(&on)) {
            return DisclosureVerdict::DecidedAlone;
        }
        match basis_kind(&seen.basis) {
            BasisKind::Consent => consented(referral, author, seen, on, categories),
            BasisKind::Reply => replied(referral, author, seen, seen.author() == me),
            BasisKind::Emergency => in_emergency(referral, author, seen, on, categories),
            BasisKind::NoBasis | BasisKind::OwnData => DisclosureVerdict::OutsideConsent,
        }
    }
}

/// Everything that an entry says, but for where it stands.
fn content(seen: &Seen) -> Hash {
    let public = seen.event.as_ref().map(Event::encode).unwrap_or_default();
    let said = (seen.kind, seen.claimed_at, public, &seen.sections, &seen.grants);
    sha256(&[&postcard::to_allocvec(&said).unwrap_or_default()])
}

/// Whether an emergency was declared by fewer than two people.
fn decided_alone(seen: &Seen) -> bool {
    matches!(&seen.event, Ok(Event::EmergencyDeclared(body)) if !two_decided(body.first, body.second))
}

/// A reply tells something of her, so it needs the consent of its thread, as its writer knew it, unless she is on her way. What the
/// other party had not heard of yet, it is not held to: `own` says that this office wrote it.
fn replied(referral: &ReferralState, author: Party, seen: &Seen, own: bool) -> DisclosureVerdict {
    let Some(chain) = referral.sender.consent.as_ref() else { return DisclosureVerdict::OutsideConsent };
    if referral.is_on_the_way() || !own && referral.sender.departed() {
        return DisclosureVerdict::Within;
    }
    let exact = own || author == Party::Sender;
    let heard = |end: EventId| exact || referral.receiver.told.contains(&end);
    let passed = seen.claimed_at.day() > chain.scope.until && (exact || chain.narrowed.is_none());
    match chain.standing {
        Standing::Withdrawn { event, .. } if heard(event) => DisclosureVerdict::AfterWithdrawal,
        Standing::Expired { event } if heard(event) => DisclosureVerdict::AfterExpiry,
        Standing::Withdrawn { .. } | Standing::Expired { .. } | Standing::InForce if passed => {
            DisclosureVerdict::AfterExpiry
        }
        Standing::Withdrawn { .. } | Standing::Expired { .. } | Standing::InForce => {
            DisclosureVerdict::Within
        }
    }
}

fn in_emergency(
    referral: &ReferralState,
    author: Party,
    seen: &Seen,
    on: Option<EventId>,
    categories: Categories,
) -> DisclosureVerdict {
    let mut declared = referral.emergencies(author).iter().filter(|declared| Some(declared.event) == on);
    match declared.find(|declared| categories.iter().all(|category| declared.covers(category))) {
        Some(declared) if declared.may_be_read(seen.claimed_at.day()) => DisclosureVerdict::Emergency,
        Some(_) => DisclosureVerdict::EmergencyOver,
        None => DisclosureVerdict::UndeclaredEmergency,
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
