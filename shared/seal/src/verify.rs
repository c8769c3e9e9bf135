//! What a recipient checks before it keeps an entry, and the verdict for each thing that can be wrong.
//!
//! In order: tree head (roster, signature, growth), then each entry (canonical, path, audience, kind, bodies), then its
//! place in the pair chain, then its grants against the consent. What needs the state of a thread (who may write this
//! kind now) is asked in the domain. A check passed is a value: [`VerifiedHead`], [`VerifiedEntry`].

use waymark_domain::event::{AudienceRule, BasisKind, KindRule, rule_of};
use waymark_domain::ids::{Hash, OfficeId, Ref};
use waymark_domain::time::{DAY, Day, Timestamp};
use waymark_domain::words::Category;

use crate::checkpoint::{CheckpointFault, Claimed, Head, Origin, SignedHead};
use crate::chunked::sealed_length;
use crate::entry::{Audience, Basis, Entry, EntryFault};
use crate::hash::leaf_hash;
use crate::letter::{Consistency, Item};
use crate::merkle;
use crate::roster::{KeyFault, OfficeState, RosterChain};
use crate::sign::PublicKey;
use crate::unplaced::Body;

/// A claimed time further away than this is flagged.
pub const CLOCK_TOLERANCE: u64 = 2 * DAY;

/// What is wrong with a head or an entry. The node goes on serving whatever the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Verdict {
    /// The office is not in the roster.
    #[error("the office is not in the roster")]
    UnknownOffice,
    /// A roster version that is not held yet: keep it aside and ask.
    #[error("roster version {0} is not held yet")]
    RosterPending(u32),
    /// No key of the office is valid for this head.
    #[error("no key of the office is valid for this tree head")]
    WrongRosterRange,
    /// Head or entry of another network.
    #[error("it belongs to another network")]
    WrongNetwork,
    /// Head or entry of another log.
    #[error("it belongs to another log")]
    WrongLog,
    /// The tree head is not well-formed.
    #[error("the tree head is not well-formed")]
    BadCheckpoint,
    /// The signature on the tree head does not hold or is missing.
    #[error("the signature on the tree head does not hold")]
    BadSignature,
    /// The head is smaller than one already held.
    #[error("the tree head is smaller than the one held")]
    ShrunkTree,
    /// Two heads of which neither continues the other: fraud.
    #[error("the tree head contradicts the one held")]
    ForkedTree,
    /// The proof that the head continues the one held is missing.
    #[error("the proof of growth is missing")]
    GrowthUnproven,
    /// The entry's index is not below the head's size.
    #[error("the entry is not under the tree head")]
    NotUnderHead,
    /// The path does not lead from the entry to the head.
    #[error("the path does not lead to the tree head")]
    WrongPath,
    /// Larger than an entry may be, or a list or field over its limit.
    #[error("the entry is over its limit")]
    TooLarge,
    /// The bytes are not well-formed or contradict themselves.
    #[error("the entry is not well-formed")]
    Malformed,
    /// Not in the canonical encoding.
    #[error("the entry is not in its canonical encoding")]
    NonCanonical,
    /// Something follows the entry.
    #[error("bytes follow the entry")]
    TrailingBytes,
    /// A version or suite that this software does not have.
    #[error("the version of the entry is not known")]
    UnknownVersion,
    /// Released to somebody else, or to nobody.
    #[error("the entry is not for this office")]
    NotForUs,
    /// The kind may not have this audience, basis or category.
    #[error("the kind does not allow this audience, basis or category")]
    WrongKindRule,
    /// A body is missing, too many, or not the one named.
    #[error("a body is not the one that the entry names")]
    BodyMismatch,
    /// A grant for a third office.
    #[error("a grant is for another office")]
    GrantForAnother,
    /// A grant without section or basis, or beyond the consent.
    #[error("a grant is outside the consent")]
    GrantOutsideConsent,
    /// The consent does not reach this day.
    #[error("the consent has expired or has not begun")]
    ConsentExpired,
    /// An entry is missing before this one.
    #[error("entry {expected} of the chain is missing")]
    Gap {
        /// The number that should come next.
        expected: u64,
    },
    /// Already held.
    #[error("the entry is already held")]
    Duplicate,
    /// It names another entry before it than the one held: fraud.
    #[error("the entry contradicts the one before it")]
    WrongPrevious,
    /// The claimed time is days away from the clock here.
    #[error("the claimed time is days off")]
    ClockFarOff,
    /// The office is frozen for proven fraud: taken, marked disputed, nothing disclosed.
    #[error("the office is frozen")]
    Frozen,
}

impl From<KeyFault> for Verdict {
    fn from(fault: KeyFault) -> Self {
        match fault {
            KeyFault::UnknownOffice => Self::UnknownOffice,
            KeyFault::Pending(version) => Self::RosterPending(version),
            KeyFault::OutsideRange => Self::WrongRosterRange,
        }
    }
}

impl From<CheckpointFault> for Verdict {
    fn from(fault: CheckpointFault) -> Self {
        match fault {
            CheckpointFault::TooLarge | CheckpointFault::Malformed => Self::BadCheckpoint,
            CheckpointFault::WrongOrigin => Self::WrongLog,
            CheckpointFault::BadSignature | CheckpointFault::Unsigned => Self::BadSignature,
        }
    }
}

impl From<EntryFault> for Verdict {
    fn from(fault: EntryFault) -> Self {
        match fault {
            EntryFault::TooLarge(_) | EntryFault::OverLimit(_) => Self::TooLarge,
            EntryFault::Malformed
            | EntryFault::Disordered(_)
            | EntryFault::BrokenChain
            | EntryFault::NotInBatch(_) => Self::Malformed,
            EntryFault::TrailingBytes => Self::TrailingBytes,
            EntryFault::NonCanonical => Self::NonCanonical,
            EntryFault::UnknownVersion { .. } => Self::UnknownVersion,
        }
    }
}

/// A tree head signed by the key that the roster has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedHead {
    origin: Origin,
    signed: SignedHead,
    key: PublicKey,
    state: OfficeState,
}

impl VerifiedHead {
    /// The log.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// The head.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.signed.head
    }

    /// The checkpoint, with the one signature of the log's key: it can be shown again.
    #[must_use]
    pub fn checkpoint(&self) -> Vec<u8> {
        self.signed.checkpoint(&self.origin, &self.key)
    }

    /// Whether the office takes part.
    #[must_use]
    pub const fn state(&self) -> OfficeState {
        self.state
    }
}

/// Checks the tree head of an office's log against the newest roster.
///
/// # Errors
/// [`Verdict`] names what is wrong.
pub fn verify_head(
    chain: &RosterChain,
    office: OfficeId,
    log: u32,
    checkpoint: &[u8],
) -> Result<VerifiedHead, Verdict> {
    verify_head_as_of(chain, office, log, checkpoint, chain.newest().version)
}

/// The same against the roster as version `as_of` has it: for a head that was accepted then, and whose key was ended since.
///
/// # Errors
/// [`Verdict`] names what is wrong.
///
/// # Security
/// Only for what is known to have been kept under that version: whoever steals an ended key can make older heads.
pub fn verify_head_as_of(
    chain: &RosterChain,
    office: OfficeId,
    log: u32,
    checkpoint: &[u8],
    as_of: u32,
) -> Result<VerifiedHead, Verdict> {
    let origin = Origin { network: chain.network(), office, log };
    let claimed = Claimed::parse(checkpoint, &origin)?;
    let range = chain.log_key(&office, log, claimed.size(), as_of)?;
    let signed = match claimed.clone().verify_signed(&range.key) {
        // What another key of this log has signed is no forgery, and proves nothing at this size.
        Err(CheckpointFault::Unsigned)
            if chain.log_ranges(&office, log).any(|range| claimed.names(&range.key)) =>
        {
            return Err(Verdict::WrongRosterRange);
        }
        verified => verified?,
    };
    RosterChain::check_head(&range, &signed.head)?;
    let state = chain.office(&office).ok_or(Verdict::UnknownOffice)?.state;
    Ok(VerifiedHead { origin, signed, key: range.key, state })
}

/// Checks that a head continues the one held of the same log; equal heads need no proof.
///
/// # Errors
/// [`Verdict::ShrunkTree`] (an old letter, or a rolled-back office), [`Verdict::ForkedTree`] (fraud, when the proof is
/// for the head held), [`Verdict::GrowthUnproven`] (ask for the proof).
pub fn verify_growth(
    held: Option<&Head>,
    head: &VerifiedHead,
    proof: Option<&Consistency>,
) -> Result<(), Verdict> {
    let Some(held) = held.filter(|held| held.size > 0) else { return Ok(()) };
    let head = head.head();
    if head.size < held.size {
        return Err(Verdict::ShrunkTree);
    }
    if head.size == held.size {
        return if head.root == held.root { Ok(()) } else { Err(Verdict::ForkedTree) };
    }
    let proof = proof.filter(|proof| proof.from_size == held.size).ok_or(Verdict::GrowthUnproven)?;
    if merkle::verify_consistency(held.size, &held.root, head.size, &head.root, &proof.path) {
        Ok(())
    } else {
        Err(Verdict::ForkedTree)
    }
}

/// An entry of another office that stands in its log, is for this office, and whose bodies are the ones it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedEntry {
    entry: Entry,
    at: Ref,
    state: OfficeState,
}

impl VerifiedEntry {
    /// The entry.
    #[must_use]
    pub const fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Where it stands.
    #[must_use]
    pub const fn at(&self) -> Ref {
        self.at
    }

    /// Whether its office takes part.
    #[must_use]
    pub const fn state(&self) -> OfficeState {
        self.state
    }
}

/// Checks one entry under a verified head, for office `me`.
///
/// # Errors
/// [`Verdict`] names what is wrong.
pub fn verify_item(
    chain: &RosterChain,
    me: OfficeId,
    head: &VerifiedHead,
    item: &Item,
) -> Result<VerifiedEntry, Verdict> {
    let proven = verify_proven(chain, me, head, item)?;
    check_acceptable(&proven.entry)?;
    Ok(proven)
}

/// Checks everything about one entry but what it may carry: it stands under the head, is for office `me`, and has the
/// bodies it names. Where [`check_acceptable`] refuses such an entry it is kept closed, so that its chain goes on.
///
/// # Errors
/// [`Verdict`] names what is wrong.
pub fn verify_proven(
    chain: &RosterChain,
    me: OfficeId,
    head: &VerifiedHead,
    item: &Item,
) -> Result<VerifiedEntry, Verdict> {
    let entry = Entry::parse(&item.entry)?;
    let leaf = leaf_hash(&item.entry);
    check_stands(&entry, &leaf, head, &item.path)?;
    if entry.roster > chain.newest().version {
        return Err(Verdict::RosterPending(entry.roster));
    }
    match entry.audience {
        Audience::Office(to) if to == me => {}
        Audience::Network => {}
        Audience::Office(_) | Audience::Nobody => return Err(Verdict::NotForUs),
    }
    check_bodies(&entry, &item.bodies)?;
    let at = Ref { office: entry.office, log: entry.log, index: entry.index, leaf };
    Ok(VerifiedEntry { entry, at, state: head.state })
}

/// Checks that an entry carries only what its kind allows, for the one office that it is for.
///
/// # Errors
/// [`Verdict::WrongKindRule`], [`Verdict::GrantForAnother`] or [`Verdict::GrantOutsideConsent`].
pub fn check_acceptable(entry: &Entry) -> Result<(), Verdict> {
    check_kind(entry)?;
    check_grants(entry)
}

/// Checks that an entry stands under a head: right log, index below the size, path to the root.
///
/// # Errors
/// [`Verdict`] names what is wrong.
pub fn check_stands(entry: &Entry, leaf: &Hash, head: &VerifiedHead, path: &[Hash]) -> Result<(), Verdict> {
    if entry.network != head.origin.network {
        return Err(Verdict::WrongNetwork);
    }
    if (entry.office, entry.log) != (head.origin.office, head.origin.log) {
        return Err(Verdict::WrongLog);
    }
    let Head { size, root } = head.head();
    if entry.index >= size {
        return Err(Verdict::NotUnderHead);
    }
    if merkle::verify_inclusion(leaf, entry.index, size, path, &root) {
        Ok(())
    } else {
        Err(Verdict::WrongPath)
    }
}

/// Checks audience, basis and categories against the table of kinds; an unknown kind passes.
///
/// # Errors
/// [`Verdict::WrongKindRule`].
pub fn check_kind(entry: &Entry) -> Result<(), Verdict> {
    let Some(rule) = rule_of(entry.kind) else { return Ok(()) };
    let audience = matches!(
        (rule.audience, entry.audience),
        (AudienceRule::Nobody, Audience::Nobody)
            | (AudienceRule::Party, Audience::Office(_))
            | (AudienceRule::Network, Audience::Network)
    );
    let basis = rule.bases.contains(&basis_kind(&entry.basis));
    let categories = entry.sections.iter().map(|section| section.category());
    let sealed = categories
        .chain(entry.grants.iter().map(|grant| grant.category()))
        .all(|category| may_seal(rule, category));
    if audience && basis && sealed { Ok(()) } else { Err(Verdict::WrongKindRule) }
}

fn may_seal(rule: &KindRule, category: Option<Category>) -> bool {
    category.is_some_and(|category| rule.seals.contains(&category))
}

/// Which kind of basis an entry names.
#[must_use]
pub const fn basis_kind(basis: &Basis) -> BasisKind {
    match basis {
        Basis::None => BasisKind::NoBasis,
        Basis::Consent(_) => BasisKind::Consent,
        Basis::Reply(_) => BasisKind::Reply,
        Basis::OwnData => BasisKind::OwnData,
        Basis::Emergency(_) => BasisKind::Emergency,
    }
}

/// Grants go to the one recipient of the entry, and only on a basis that shares.
fn check_grants(entry: &Entry) -> Result<(), Verdict> {
    let shares = matches!(entry.basis, Basis::Consent(_) | Basis::Reply(_) | Basis::Emergency(_));
    let carries = !entry.sections.is_empty() || !entry.grants.is_empty();
    let recipient = match entry.audience {
        Audience::Office(recipient) => recipient,
        Audience::Nobody | Audience::Network if carries => return Err(Verdict::GrantOutsideConsent),
        Audience::Nobody | Audience::Network => return Ok(()),
    };
    if entry.grants.iter().any(|grant| grant.recipient != recipient) {
        return Err(Verdict::GrantForAnother);
    }
    if carries && !shares { Err(Verdict::GrantOutsideConsent) } else { Ok(()) }
}

/// Checks that the bodies are those that the entry names, in its order.
///
/// # Errors
/// [`Verdict::BodyMismatch`].
pub fn check_bodies(entry: &Entry, bodies: &[Body]) -> Result<(), Verdict> {
    let lengths = entry.sections.iter().map(|section| sealed_length(section.padded as usize));
    let lengths = lengths.chain(entry.grants.iter().map(|_| crate::grant::WRAP));
    let named = entry.body_hashes().zip(lengths);
    let matches = bodies.len() == entry.body_count()
        && named.zip(bodies).all(|((hash, length), body)| {
            let whole = match body {
                Body::Whole(bytes) => bytes.len() == length,
                Body::Withheld(_) => true,
            };
            whole && body.hash() == *hash
        });
    if matches { Ok(()) } else { Err(Verdict::BodyMismatch) }
}

/// Checks an entry's number and predecessor against the last one held of its chain.
///
/// # Errors
/// [`Verdict::Gap`], [`Verdict::Duplicate`] or [`Verdict::WrongPrevious`].
pub fn check_chain(last: Option<(u64, Hash)>, entry: &Entry) -> Result<(), Verdict> {
    let (last_seq, last_leaf) = last.unwrap_or((0, crate::hash::ZERO));
    let expected = last_seq + 1;
    if entry.pair_seq > expected {
        return Err(Verdict::Gap { expected });
    }
    if entry.pair_seq < expected {
        return Err(Verdict::Duplicate);
    }
    if entry.pair_prev == last_leaf { Ok(()) } else { Err(Verdict::WrongPrevious) }
}

/// What a consent in force allows.
#[derive(Debug, Clone, Copy)]
pub struct ConsentScope<'a> {
    /// The recipient it names.
    pub recipient: OfficeId,
    /// The categories it covers.
    pub categories: &'a [Category],
    /// First day.
    pub from: Day,
    /// Last day.
    pub until: Day,
}

/// Checks the grants of an entry on basis of a consent: covered categories, named recipient, and not beyond its days.
///
/// # Errors
/// [`Verdict::GrantOutsideConsent`], [`Verdict::GrantForAnother`] or [`Verdict::ConsentExpired`].
pub fn check_consent(entry: &Entry, consent: &ConsentScope<'_>, today: Day) -> Result<(), Verdict> {
    if today < consent.from || today > consent.until {
        return Err(Verdict::ConsentExpired);
    }
    for grant in &entry.grants {
        if grant.recipient != consent.recipient {
            return Err(Verdict::GrantForAnother);
        }
        if !grant.category().is_some_and(|category| consent.categories.contains(&category)) {
            return Err(Verdict::GrantOutsideConsent);
        }
        if grant.expires > consent.until {
            return Err(Verdict::ConsentExpired);
        }
    }
    Ok(())
}

/// Flags a claimed time that is far from the clock here; the entry is taken all the same, since it is only a claim.
///
/// # Errors
/// [`Verdict::ClockFarOff`].
pub fn check_clock(claimed_at: Timestamp, now: Timestamp) -> Result<(), Verdict> {
    if claimed_at.0.abs_diff(now.0) > CLOCK_TOLERANCE { Err(Verdict::ClockFarOff) } else { Ok(()) }
}
