//! The frauds themselves: each as somebody could commit it who holds an office's keys, and nobody else's.

use waymark_desk::heads_of;
use waymark_domain::event::Event;
use waymark_domain::event::log::{Cosignature, Cosigned, Received};
use waymark_domain::event::referral::{MessageSent, SectionsDisclosed};
use waymark_domain::ids::{EventId, Hash, KeyId, OfficeId, Ref, ThreadId};
use waymark_domain::time::{Day, Timestamp};
use waymark_domain::words::Category;
use waymark_seal::checkpoint::{Head, Origin, sign_checkpoint};
use waymark_seal::cosign::cosign;
use waymark_seal::entry::{Audience, Basis, Entry, GrantRef, category_number};
use waymark_seal::hash::leaf_hash;
use waymark_seal::proven::Proven;
use waymark_seal::sign::WitnessKey;

use super::{Forge, Log};

/// Kind of `ConsentReleased`, on which disclosures rest.
const CONSENT_RELEASED: u16 = 48;
/// An event id that no office gave.
const MADE_UP: EventId = EventId([9; 16]);

/// Where an entry stands.
#[must_use]
pub fn at_of(entry: &Entry) -> Ref {
    Ref { office: entry.office, log: entry.log, index: entry.index, leaf: entry.leaf() }
}

/// A grant of a key that is none.
#[must_use]
pub fn grant(category: Category, recipient: OfficeId, expires: Day) -> GrantRef {
    let (kem_hash, commitment, wrap_hash) = (Hash([1; 32]), Hash([2; 32]), Hash([3; 32]));
    let (category, key) = (category_number(category), KeyId([4; 16]));
    GrantRef { category, key, recipient, kem_hash, commitment, wrap_hash, expires }
}

/// The first entry to `to` was written a minute later than it was, and the log is signed anew.
pub fn rewritten(log: &mut Log, to: OfficeId) {
    let index = log.first(|entry| entry.audience == Audience::Office(to)).index;
    log.change(index, |entry| entry.claimed_at = entry.claimed_at.plus(60));
}

/// An entry of `author` for everybody, as `holder` keeps it, becomes another one that `author` has signed too.
pub fn shown_otherwise(forge: &mut Forge<'_>, author: OfficeId, holder: OfficeId) {
    let mut log = forge.log(author).clone();
    let index = log.first(|entry| entry.audience == Audience::Network).index;
    log.change(index, |entry| entry.event = MADE_UP);
    let (entry, path) = (log.entry(index).encode(), log.path(index));
    let checkpoint = sign_checkpoint(&forge.keys[&author], &log.origin(), &log.head());
    let theirs = forge.log(holder);
    let of_author = |record: &&mut Proven| {
        Entry::parse(&record.entry).is_ok_and(|it| (it.office, it.index) == (author, index))
    };
    let record = theirs.records.iter_mut().find(of_author).expect("everybody has it");
    let (at, leaf) = (record.at, leaf_hash(&entry));
    *record = Proven { at, entry, checkpoint, path };
    theirs.change(at, |own| {
        let Ok(Event::Received(received)) = Event::decode(own.kind, &own.public) else {
            panic!("a proof without its receipt");
        };
        let named = Ref { leaf, ..received.entry };
        own.public = Event::from(Received { entry: named, ..received }).encode();
    });
}

/// A disclosure of a category under the newest consent of a referral, for the end of the log.
#[must_use]
pub fn disclosure(log: &Log, referral: ThreadId, to: OfficeId, category: Category, at: Timestamp) -> Entry {
    let event: Event = SectionsDisclosed { categories: vec![category] }.into();
    let mut entry = log.next(&event, referral, Audience::Office(to), at);
    let consent = log.newest(|it| it.thread == referral && it.kind == CONSENT_RELEASED);
    entry.basis = Basis::Consent(at_of(&consent));
    entry.grants.push(grant(category, to, consent.claimed_at.day().plus(1)));
    entry
}

/// A message in a referral that is said to be written at `at`, for the end of the log.
#[must_use]
pub fn message(log: &Log, referral: ThreadId, to: OfficeId, at: Timestamp) -> Entry {
    let mut entry = log.next(&MessageSent {}.into(), referral, Audience::Office(to), at);
    entry.basis = Basis::Reply(at_of(&log.newest(|it| it.thread == referral)));
    entry
}

/// The word of `witnesses`, but for the log's own office, that they saw a head at `at`.
pub fn cosigned_head<'k>(
    origin: &Origin,
    head: Head,
    witnesses: impl IntoIterator<Item = (&'k OfficeId, &'k WitnessKey)>,
    at: Timestamp,
) -> Cosigned {
    let others = witnesses.into_iter().filter(|(office, _)| **office != origin.office);
    let word = |(office, witness): (&OfficeId, &WitnessKey)| {
        let made = cosign(witness, origin, &head, at);
        let (one, two) = made.signature.split_at(32);
        let half = |bytes: &[u8]| bytes.try_into().expect("32 bytes");
        Cosignature { office: *office, at: made.at, signature: [half(one), half(two)] }
    };
    Cosigned { size: head.size, root: head.root, cosignatures: others.map(word).collect() }
}

/// The same of the head that the log has, for the end of the log.
pub fn cosigned<'k>(
    log: &Log,
    witnesses: impl IntoIterator<Item = (&'k OfficeId, &'k WitnessKey)>,
    at: Timestamp,
) -> Entry {
    let origin = log.origin();
    let cosigned = cosigned_head(&origin, log.head(), witnesses, at);
    log.next(&cosigned.into(), heads_of(origin.office), Audience::Nobody, at)
}
