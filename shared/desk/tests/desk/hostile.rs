//! A hostile office: it stands in the roster and never runs a desk. It holds its keys, so it logs, signs and seals whatever it
//! likes, also what no honest office could. What is written here by default is good; a test spoils one thing.
#![expect(clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

use std::collections::HashMap;

use waymark_courier::Slot;
use waymark_domain::event::Event;
use waymark_domain::event::consent::ConsentReleased;
use waymark_domain::event::log::{ClosedHead, LogOpened};
use waymark_domain::event::notice::InboxKey;
use waymark_domain::event::referral::{
    Deadlines, MessageSent, ReferralKind, ReferralOffered, SectionsDisclosed,
};
use waymark_domain::ids::{EventId, Hash, KemPublic, KeyId, OfficeId, Ref, ThreadId};
use waymark_domain::section::{Content, Triage};
use waymark_domain::time::{DAY, Day, Timestamp};
use waymark_domain::words::{Category, Purpose, RiskBand, Urgency};
use waymark_seal::checkpoint::sign_checkpoint;
use waymark_seal::grant::{GrantContext, wrap};
use waymark_seal::hash::leaf_hash;
use waymark_seal::kem::KemSecret;
use waymark_seal::letter::{
    Address, Consistency, Entries, Item, Letter, LetterKind, SeenHead, open_letter, parts, seal_letter,
};
use waymark_seal::merkle::{Frontier, consistency, inclusion};
use waymark_seal::rng::{Rng, Seeded, bytes};
use waymark_seal::roster::LogRange;
use waymark_seal::section::{SectionContext, SectionKey, seal_section};
use waymark_seal::sign::LogKey;
use waymark_seal::{Audience, Basis, Body, Entry, Head, Origin, SectionRef, entry};

use crate::town::{BEGIN, NETWORK, slot};

/// The incarnation in which it writes; the one before it has ended.
pub(crate) const LOG: u32 = 1;
/// Where the incarnation before ended.
pub(crate) const ENDED: Head = Head { size: 4, root: Hash([9; 32]) };

const LOG_SEED: [u8; 32] = [70; 32];
const ENDED_SEED: [u8; 32] = [71; 32];
const KEM_SEED: [u8; 32] = [72; 32];

/// The hostile office and its log.
pub(crate) struct Hostile {
    pub(crate) id: OfficeId,
    /// To whom it writes.
    pub(crate) victim: OfficeId,
    /// The victim's inbox key.
    pub(crate) inbox: Option<KemPublic>,
    /// What it says the time is.
    pub(crate) now: Timestamp,
    /// Size of its newest head that the victim holds.
    pub(crate) held: u64,
    pub(crate) written: Vec<Written>,
    chains: HashMap<Audience, (u64, Hash)>,
    rng: Seeded,
}

/// An entry that was logged, with what goes beside it.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) entry: Vec<u8>,
    pub(crate) bodies: Vec<Body>,
}

/// A disclosure before it is sealed: what the entry will say, and what the bytes are really bound to.
pub(crate) struct Disclosure {
    pub(crate) entry: Entry,
    pub(crate) section: SectionContext,
    pub(crate) grant: GrantContext,
    /// To which key the section key is wrapped.
    pub(crate) to: KemPublic,
}

/// An offer that was logged.
#[derive(Clone, Copy)]
pub(crate) struct Offered {
    pub(crate) thread: ThreadId,
    /// The consent, where it stands and as an event.
    pub(crate) consent: (Ref, EventId),
    /// The offer.
    pub(crate) offer: (Ref, EventId),
    /// Positions of both in the log.
    pub(crate) positions: [usize; 2],
    /// Last day of the consent.
    pub(crate) until: Day,
}

impl Hostile {
    pub(crate) fn new(id: OfficeId, victim: OfficeId, seed: u64) -> Self {
        let (written, chains) = (Vec::new(), HashMap::new());
        Self { id, victim, inbox: None, now: BEGIN, held: 0, written, chains, rng: Seeded::new(seed) }
    }

    /// Its keys, as the roster has them.
    pub(crate) fn ranges() -> Vec<LogRange> {
        let range = |log, end, seed| LogRange { log, from: 0, end, key: LogKey::from_seed(seed).public() };
        vec![range(0, Some(ENDED), &ENDED_SEED), range(LOG, None, &LOG_SEED)]
    }

    /// The first two entries of its log: the opening, and its inbox key for everybody.
    pub(crate) fn introduce_itself(&mut self) {
        let previous = Some(ClosedHead { log: 0, size: ENDED.size, root: ENDED.root });
        let opened = self.entry(&LogOpened { previous }.into(), ThreadId(self.id.0));
        self.log(&Entry { audience: Audience::Nobody, pair_seq: 0, ..opened }, Vec::new());
        let (from, until) = (self.now.day(), self.now.day().plus(30));
        let key = InboxKey { key: kem_secret().public(), from, until, destroyed_on: until.plus(30) };
        let notice = self.entry(&key.into(), ThreadId(self.id.0));
        self.log(&Entry { audience: Audience::Network, ..notice }, Vec::new());
    }

    pub(crate) fn slot() -> Slot {
        slot(3)
    }

    pub(crate) fn random<const N: usize>(&mut self) -> [u8; N] {
        bytes(&mut self.rng)
    }

    pub(crate) fn rng(&mut self) -> &mut impl Rng {
        &mut self.rng
    }

    // The log.

    /// A good entry for the next place, to the victim.
    pub(crate) fn entry(&mut self, event: &Event, thread: ThreadId) -> Entry {
        let audience = Audience::Office(self.victim);
        let (pair_seq, pair_prev) = self.chains.get(&audience).copied().unwrap_or((0, Hash([0; 32])));
        Entry {
            version: entry::VERSION,
            suite: entry::SUITE,
            network: NETWORK,
            office: self.id,
            log: LOG,
            index: self.size(),
            event: EventId(self.random()),
            roster: 1,
            claimed_at: self.now,
            audience,
            pair_seq: pair_seq + 1,
            pair_prev,
            kind: event.kind(),
            thread,
            thread_prev: None,
            basis: Basis::None,
            causes: Vec::new(),
            public: event.encode(),
            actor: Vec::new(),
            sections: Vec::new(),
            grants: Vec::new(),
        }
    }

    /// Logs an entry as it is; gives its position.
    pub(crate) fn log(&mut self, entry: &Entry, bodies: Vec<Body>) -> usize {
        self.chains.insert(entry.audience, (entry.pair_seq, entry.leaf()));
        self.log_bytes(entry.encode(), bodies)
    }

    /// Logs any bytes as if they were an entry.
    pub(crate) fn log_bytes(&mut self, entry: Vec<u8>, bodies: Vec<Body>) -> usize {
        self.written.push(Written { entry, bodies });
        self.written.len() - 1
    }

    /// Logs a plain message of a thread, spoilt by `spoil`.
    pub(crate) fn message(&mut self, thread: ThreadId, spoil: impl FnOnce(&mut Entry)) -> usize {
        let mut entry = self.entry(&MessageSent {}.into(), thread);
        entry.basis = Basis::Reply(Ref { office: self.id, log: LOG, index: 0, leaf: Hash([0; 32]) });
        spoil(&mut entry);
        self.log(&entry, Vec::new())
    }

    /// Logs an entry of an unknown kind with a section of so many bytes, which nobody can open.
    pub(crate) fn bulky(&mut self, thread: ThreadId, length: usize) -> usize {
        let mut entry = self.entry(&MessageSent {}.into(), thread);
        entry.kind = 60_000;
        entry.basis = Basis::Reply(Ref { office: self.id, log: LOG, index: 0, leaf: Hash([0; 32]) });
        let (category, event) = (Category::Coordination, entry.event);
        let context = SectionContext {
            network: NETWORK,
            office: self.id,
            thread,
            basis: None,
            category,
            event,
            key: KeyId(self.random()),
        };
        let key = SectionKey::random(&mut self.rng);
        let (sealed, padded) = seal_section(&mut self.rng, &key, &context, &vec![0; length]).expect("sealed");
        entry.sections.push(SectionRef::new(category, context.key, &sealed, padded));
        self.log(&entry, vec![Body::Whole(sealed)])
    }

    /// Number and leaf hash of its last entry to an audience.
    pub(crate) fn last_of(&self, audience: Audience) -> (u64, Hash) {
        self.chains.get(&audience).copied().unwrap_or((0, Hash([0; 32])))
    }

    /// Goes on in another history.
    pub(crate) fn take_up(&mut self, written: &[Written]) {
        self.written = written.to_vec();
        self.forget_from(written.len());
    }

    /// Logs an event of a thread, to the victim; gives its position.
    pub(crate) fn say(&mut self, thread: ThreadId, event: impl Into<Event>) -> usize {
        let entry = self.entry(&event.into(), thread);
        self.log(&entry, Vec::new())
    }

    /// Takes back what was logged from `size` on, as only a hostile office can.
    pub(crate) fn forget_from(&mut self, size: usize) {
        self.written.truncate(size);
        self.chains.clear();
        for written in &self.written {
            if let Ok(entry) = Entry::parse(&written.entry) {
                self.chains.insert(entry.audience, (entry.pair_seq, leaf_hash(&written.entry)));
            }
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.written.len() as u64
    }

    pub(crate) fn at(&self, position: usize) -> Ref {
        let leaf = leaf_hash(&self.written[position].entry);
        Ref { office: self.id, log: LOG, index: position as u64, leaf }
    }

    pub(crate) fn thread_at(&self, position: usize) -> ThreadId {
        Entry::parse(&self.written[position].entry).expect("an entry").thread
    }

    // Heads and proofs.

    fn tree(&self, size: u64) -> (Head, HashMap<(u8, u64), Hash>) {
        let (mut frontier, mut nodes) = (Frontier::new(), HashMap::new());
        for written in self.written.iter().take(size as usize) {
            frontier.push_with(leaf_hash(&written.entry), |level, index, hash| {
                nodes.insert((level, index), hash);
            });
        }
        (Head { size, root: frontier.root() }, nodes)
    }

    pub(crate) fn head(&self, size: u64) -> Head {
        self.tree(size).0
    }

    pub(crate) fn path(&self, position: usize, size: u64) -> Vec<Hash> {
        let (_, nodes) = self.tree(size);
        inclusion(size, position as u64, &|level, index| nodes.get(&(level, index)).copied()).expect("a path")
    }

    pub(crate) fn growth(&self, from_size: u64, size: u64) -> Option<Consistency> {
        let (_, nodes) = self.tree(size);
        let path = consistency(from_size, size, &|level, index| nodes.get(&(level, index)).copied());
        Some(Consistency { from_size, path: path.expect("a proof") })
    }

    pub(crate) fn origin(&self, log: u32) -> Origin {
        Origin { network: NETWORK, office: self.id, log }
    }

    /// A head signed by the key of its incarnation.
    pub(crate) fn sign(&self, log: u32, head: Head) -> Vec<u8> {
        let seed = if log == 0 { &ENDED_SEED } else { &LOG_SEED };
        sign_checkpoint(&LogKey::from_seed(seed), &self.origin(log), &head)
    }

    // Letters.

    /// What an honest office would send: these entries under the newest head, with the proof of its growth.
    pub(crate) fn entries(&self, positions: &[usize]) -> Entries {
        self.entries_under(self.size(), positions)
    }

    /// These entries under the head of `size`.
    pub(crate) fn entries_under(&self, size: u64, positions: &[usize]) -> Entries {
        let item = |position: &usize| {
            let Written { entry, bodies } = self.written[*position].clone();
            Item { entry, path: self.path(*position, size), bodies }
        };
        let grown = self.held > 0 && self.held < size;
        Entries {
            log: LOG,
            checkpoint: self.sign(LOG, self.head(size)),
            consistency: if grown { self.growth(self.held, size) } else { None },
            items: positions.iter().map(item).collect(),
        }
    }

    pub(crate) fn address(&mut self) -> Address {
        Address { network: NETWORK, from: self.id, to: self.victim, id: self.random() }
    }

    /// A letter of one message, sealed to the victim.
    pub(crate) fn seal(&mut self, kind: LetterKind) -> Vec<u8> {
        let address = self.address();
        let inbox = self.inbox;
        seal_letter(&mut self.rng, &address, inbox.as_ref(), &Letter { seen: None, kind }).expect("a letter")
    }

    /// A letter that claims to have seen a head of the victim's log.
    pub(crate) fn seal_having_seen(&mut self, seen: SeenHead, kind: LetterKind) -> Vec<u8> {
        let address = self.address();
        let (inbox, seen) = (self.inbox, Some(seen));
        seal_letter(&mut self.rng, &address, inbox.as_ref(), &Letter { seen, kind }).expect("a letter")
    }

    /// A letter of as many messages as it takes, sealed to the victim.
    pub(crate) fn seal_large(&mut self, kind: LetterKind) -> Vec<Vec<u8>> {
        let address = self.address();
        let inbox = self.inbox;
        let letter = Letter { seen: None, kind };
        let messages = parts::enclose(&mut self.rng, &address, inbox.as_ref(), &letter).expect("a letter");
        messages.into_iter().map(|message| message.bytes).collect()
    }

    /// Reads what the victim wrote to it.
    pub(crate) fn read(&self, letter: &[u8]) -> LetterKind {
        let opened = open_letter(letter, NETWORK, self.id, |_| Some(kem_secret())).expect("a letter for it");
        opened.letter.kind
    }

    // Referrals.

    /// Logs a consent and an offer to the victim.
    pub(crate) fn offer(&mut self, categories: &[Category], from: Day, until: Day) -> Offered {
        self.offer_of(ReferralKind::Service, categories, from, until)
    }

    /// The same, of a service or of a hand-over.
    pub(crate) fn offer_of(
        &mut self,
        kind: ReferralKind,
        categories: &[Category],
        from: Day,
        until: Day,
    ) -> Offered {
        let thread = ThreadId(self.random());
        let (purposes, categories) = (vec![Purpose::SafeReturn], categories.to_vec());
        let released = ConsentReleased { purposes: purposes.clone(), categories, onward: false, from, until };
        let consent = self.entry(&released.into(), thread);
        let consent_position = self.log(&consent, Vec::new());
        let consent = (self.at(consent_position), consent.event);
        let body = ReferralOffered {
            kind,
            consent: consent.1,
            purposes,
            urgency: Urgency::Normal,
            deadlines: Deadlines {
                acknowledge_by: self.now.plus(3 * DAY),
                contact_by: self.now.plus(14 * DAY),
                expires_at: self.now.plus(14 * DAY),
            },
            thread_key: kem_secret().public(),
            minor: false,
        };
        let place = Offered { thread, consent, offer: consent, positions: [consent_position; 2], until };
        let to = self.inbox.expect("the victim has told its inbox key");
        let disclosure = self.sealing(&place, &body.into(), Category::Triage, to);
        let event = disclosure.entry.event;
        let position = self.disclose(disclosure, &triage());
        Offered { offer: (self.at(position), event), positions: [consent_position, position], ..place }
    }

    /// A good disclosure on the consent of an offer, not sealed yet.
    pub(crate) fn disclosure(&mut self, offered: &Offered, category: Category, to: KemPublic) -> Disclosure {
        let body = SectionsDisclosed { categories: vec![category] };
        self.sealing(offered, &body.into(), category, to)
    }

    fn sealing(&mut self, place: &Offered, event: &Event, category: Category, to: KemPublic) -> Disclosure {
        let mut entry = self.entry(event, place.thread);
        entry.basis = Basis::Consent(place.consent.0);
        let (thread, key, basis) = (place.thread, KeyId(self.random()), Some(place.consent.1));
        let event = entry.event;
        Disclosure {
            entry,
            section: SectionContext {
                network: NETWORK,
                office: self.id,
                thread,
                basis,
                category,
                event,
                key,
            },
            grant: GrantContext {
                network: NETWORK,
                sender: self.id,
                recipient: self.victim,
                thread,
                basis,
                category,
                event,
                key,
                expires: place.until,
            },
            to,
        }
    }

    /// Seals and logs a disclosure. The entry names category and key of the grant, whatever the section is bound to.
    pub(crate) fn disclose(&mut self, disclosure: Disclosure, content: &Content) -> usize {
        self.disclose_bytes(disclosure, &postcard::to_allocvec(content).expect("a section"))
    }

    pub(crate) fn disclose_bytes(&mut self, disclosure: Disclosure, plain: &[u8]) -> usize {
        let Disclosure { mut entry, section, grant, to } = disclosure;
        let key = SectionKey::random(&mut self.rng);
        let (sealed, padded) = seal_section(&mut self.rng, &key, &section, plain).expect("sealed");
        entry.sections.push(SectionRef::new(grant.category, grant.key, &sealed, padded));
        let (grant, wrapped) = wrap(&mut self.rng, &to, &key, &grant).expect("wrapped");
        entry.grants.push(grant);
        self.log(&entry, vec![Body::Whole(sealed), Body::Whole(wrapped)])
    }
}

/// The secret of its only key, for its inbox and for every thread.
pub(crate) fn kem_secret() -> KemSecret {
    KemSecret::from_bytes(KEM_SEED)
}

fn triage() -> Content {
    Content::Triage(Triage {
        services: vec![Purpose::SafeReturn],
        from: BEGIN.day().plus(14),
        until: None,
        languages: vec!["bg".to_owned()],
        urgency: Urgency::Normal,
        risk: RiskBand::Medium,
        party_size: 1,
        accessibility: false,
    })
}
