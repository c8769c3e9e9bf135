//! A hostile office: it stands in the roster and never runs a desk. What it writes is validly signed and breaks rules. It looks into
//! the desks of its victims, so that what it tries arrives at the worst moment.

mod log;

use std::collections::{BTreeMap, BTreeSet};

use waymark_desk::{Desk, Taking, notices_of};
use waymark_domain::event::Event;
use waymark_domain::event::consent::{ConsentReleased, ConsentWithdrawn, ThreadKey};
use waymark_domain::event::journey::ReceptionConfirmed;
use waymark_domain::event::log::LogOpened;
use waymark_domain::event::notice::InboxKey;
use waymark_domain::event::referral::{
    Deadlines, MessageSent, ReferralAccepted, ReferralKind, ReferralOffered, SectionsDisclosed,
};
use waymark_domain::ids::{EventId, KemPublic, KeyId, OfficeId, Ref, ThreadId};
use waymark_domain::section::{Content, Field};
use waymark_domain::time::{DAY, Day};
use waymark_domain::words::{Category, EndedBy, Purpose, Urgency};
use waymark_seal::grant::{GrantContext, wrap};
use waymark_seal::kem::KemSecret;
use waymark_seal::roster::Office as Member;
use waymark_seal::section::{SectionContext, SectionKey, seal_section};
use waymark_seal::{Audience, Basis, Body, Entry, Head, SectionRef};

use super::chance::Chance;
use super::office::Office;
use super::town::{BEGIN, NETWORK, member, slot};
use log::Log;

macro_rules! attacks {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// Something that a hostile office does to another.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Attack { $($(#[$doc])* $name),+ }

        impl Attack {
            /// Every attack.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name in a file.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// The attack of that name.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|attack| attack.word() == word)
            }
        }
    };
}

attacks! {
    /// Offers a referral as an honest office would.
    Offers = "offers",
    /// Discloses what the consent covers.
    Discloses = "discloses",
    /// Discloses what it does not cover.
    Outside = "outside",
    /// Grants for longer than the consent lasts.
    Longer = "longer",
    /// Says that she withdrew, and discloses all the same.
    Late = "late",
    /// Writes an old wrap into a new entry.
    Rewraps = "rewraps",
    /// Sends an old letter once more.
    Resends = "resends",
    /// Takes back entries and writes another history.
    Forks = "forks",
    /// Accepts what was offered to it and says at once that it has met her.
    Receives = "receives",
    /// Sends a letter that is spoilt in one place.
    Spoils = "spoils",
}

/// The hostile office.
pub struct Hostile {
    /// Its number: the one after the honest offices.
    pub number: u16,
    /// Its id.
    pub id: OfficeId,
    log: Log,
    offered: Vec<Offered>,
    sent: Vec<(u16, Vec<u8>)>,
    /// The head of the newest letter that each victim took.
    kept: BTreeMap<u16, Head>,
    /// A victim that saw two heads of one size and did not freeze it.
    pub unfrozen_by: Option<u16>,
}

/// A referral that it offered.
#[derive(Clone, Copy)]
struct Offered {
    victim: OfficeId,
    thread: ThreadId,
    consent: Ref,
    chain: EventId,
    until: Day,
}

/// What it discloses, and to which key.
struct Disclosure {
    event: Event,
    category: Category,
    to: KemPublic,
    expires: Day,
}

const COVERED: [Category; 2] = [Category::Triage, Category::Identity];

impl Hostile {
    /// A hostile office that has written nothing.
    #[must_use]
    pub fn new(number: u16, seed: u64) -> Self {
        let id = OfficeId([0x66; 16]);
        let (log, kept) = (Log::new(id, BEGIN, seed), BTreeMap::new());
        Self { number, id, log, offered: Vec::new(), sent: Vec::new(), kept, unfrozen_by: None }
    }

    /// Itself, as the roster has it.
    #[must_use]
    pub fn member(&self) -> Member {
        member(self.number, self.id, vec![Log::range()])
    }

    /// Opens its log and tells everybody an inbox key.
    pub fn introduce_itself(&mut self, offices: &mut [Office]) {
        let notices = notices_of(self.id);
        let opened = self.log.entry(&LogOpened { previous: None }.into(), notices, Audience::Nobody);
        self.log.write(opened, Vec::new());
        let (from, until) = (BEGIN.day(), BEGIN.day().plus(300));
        let key = InboxKey { key: kem().public(), from, until, destroyed_on: until.plus(60) };
        let notice = self.log.entry(&key.into(), notices, Audience::Network);
        self.log.write(notice, Vec::new());
        offices.iter_mut().for_each(|office| self.send(office));
    }

    /// Does something to an office that is up; says what the office made of it.
    pub fn attack(&mut self, attack: Attack, victim: &mut Office, choice: u64) {
        let Some(desk) = victim.desk.clone() else { return };
        self.log.now = desk.now();
        let mut chance = Chance::new(choice);
        let done = self.write(attack, &desk, &victim.watch.all(), &mut chance);
        drop(desk);
        match attack {
            Attack::Resends => self.send_old(victim, &mut chance),
            Attack::Spoils => self.send_spoilt(victim, &mut chance),
            _ if done.is_some() => self.send(victim),
            _ => {}
        }
    }

    fn write(
        &mut self,
        attack: Attack,
        desk: &Desk,
        threads: &BTreeSet<ThreadId>,
        chance: &mut Chance,
    ) -> Option<()> {
        let theirs: Vec<_> = self.offered.iter().filter(|it| it.victim == desk.me()).copied().collect();
        let offered = chance.pick(&theirs).copied();
        // Nothing can be spoilt that was never offered.
        let attack = if offered.is_none() && attack != Attack::Receives { Attack::Offers } else { attack };
        match attack {
            Attack::Offers => self.offer(desk),
            Attack::Discloses => self.disclose(desk, offered?, Category::Identity, offered?.until),
            Attack::Outside => self.disclose(desk, offered?, Category::Health, offered?.until),
            Attack::Longer => self.disclose(desk, offered?, Category::Identity, offered?.until.plus(100)),
            Attack::Late => {
                let Offered { chain, thread, .. } = offered?;
                let withdrawn = ConsentWithdrawn { chain, by: EndedBy::Person };
                self.tell(desk, withdrawn.into(), thread);
                self.disclose(desk, offered?, Category::Identity, offered?.until)
            }
            Attack::Rewraps => self.rewrap(offered?.thread),
            Attack::Forks => {
                self.log.forget(1 + chance.position(4));
                let place = notices_of(self.id);
                let mut entry = self.log.entry(&MessageSent {}.into(), place, Audience::Office(desk.me()));
                entry.basis = Basis::Reply(offered?.consent);
                self.log.write(entry, Vec::new());
                Some(())
            }
            Attack::Receives => self.receive(desk, threads, chance),
            Attack::Resends | Attack::Spoils => None,
        }
    }

    fn tell(&mut self, desk: &Desk, event: Event, thread: ThreadId) -> (Ref, EventId) {
        let entry = self.log.entry(&event, thread, Audience::Office(desk.me()));
        let event = entry.event;
        (self.log.write(entry, Vec::new()), event)
    }

    fn offer(&mut self, desk: &Desk) -> Option<()> {
        let (thread, now) = (ThreadId(self.log.random()), self.log.now);
        let (from, until) = (now.day(), now.day().plus(20));
        let purposes = vec![Purpose::SafeReturn];
        let categories = COVERED.to_vec();
        let released = ConsentReleased { purposes: purposes.clone(), categories, onward: false, from, until };
        let (consent, chain) = self.tell(desk, released.into(), thread);
        let offered = Offered { victim: desk.me(), thread, consent, chain, until };
        let body = ReferralOffered {
            kind: ReferralKind::Service,
            consent: chain,
            purposes,
            urgency: Urgency::Normal,
            deadlines: Deadlines {
                acknowledge_by: now.plus(3 * DAY),
                contact_by: now.plus(14 * DAY),
                expires_at: now.plus(14 * DAY),
            },
            thread_key: kem().public(),
            minor: false,
        };
        let (event, to) = (body.into(), inbox_key(desk)?);
        self.seal(&offered, Disclosure { event, category: Category::Triage, to, expires: until });
        self.offered.push(offered);
        Some(())
    }

    fn disclose(&mut self, desk: &Desk, it: Offered, category: Category, expires: Day) -> Option<()> {
        let event = SectionsDisclosed { categories: vec![category] }.into();
        let to = thread_key(desk, it.thread)?;
        self.seal(&it, Disclosure { event, category, to, expires });
        Some(())
    }

    /// Seals a section under the consent of an offer, and logs it.
    fn seal(&mut self, it: &Offered, disclosure: Disclosure) {
        let Disclosure { event, category, to, expires } = disclosure;
        let mut entry = self.log.entry(&event, it.thread, Audience::Office(it.victim));
        entry.basis = Basis::Consent(it.consent);
        let (network, thread, basis) = (NETWORK, it.thread, Some(it.chain));
        let (id, key, event) = (self.id, KeyId(self.log.random()), entry.event);
        let section = SectionContext { network, office: id, thread, basis, category, event, key };
        let recipient = it.victim;
        let grant =
            GrantContext { network, sender: id, recipient, thread, basis, category, event, key, expires };
        let content = Content::Fields(vec![(Field::GivenName, "planted".to_owned())]);
        let plain = postcard::to_allocvec(&content).expect("a section serialises");
        let secret = SectionKey::random(&mut self.log.rng);
        let sealed = seal_section(&mut self.log.rng, &secret, &section, &plain);
        let (sealed, padded) = sealed.expect("a small section can be sealed");
        entry.sections.push(SectionRef::new(category, key, &sealed, padded));
        let (grant, wrapped) = wrap(&mut self.log.rng, &to, &secret, &grant).expect("a key can be wrapped");
        entry.grants.push(grant);
        self.log.write(entry, vec![Body::Whole(sealed), Body::Whole(wrapped)]);
    }

    fn rewrap(&mut self, thread: ThreadId) -> Option<()> {
        let (old, bodies) = self.log.disclosed(thread)?;
        let event = SectionsDisclosed { categories: COVERED.to_vec() }.into();
        let new = self.log.entry(&event, thread, old.audience);
        let Entry { sections, grants, basis, .. } = old;
        self.log.write(Entry { sections, grants, basis, ..new }, bodies);
        Some(())
    }

    /// Whatever was offered to it, it has met her, it says; sometimes before anybody has confirmed its accept.
    fn receive(&mut self, desk: &Desk, threads: &BTreeSet<ThreadId>, chance: &mut Chance) -> Option<()> {
        let offered: Vec<_> = threads
            .iter()
            .filter_map(|thread| desk.thread(*thread).ok().flatten())
            .filter_map(|thread| thread.referral().filter(|it| it.to == self.id).map(|it| it.thread))
            .collect();
        let thread = *chance.pick(&offered)?;
        let mut events: Vec<Event> = vec![
            ThreadKey { key: kem().public() }.into(),
            ReferralAccepted {}.into(),
            ReceptionConfirmed { at: self.log.now }.into(),
        ];
        if chance.one_in(3) {
            chance.shuffle(&mut events);
        }
        for event in events {
            self.tell(desk, event, thread);
        }
        Some(())
    }

    fn send(&mut self, victim: &mut Office) {
        let Some(desk) = victim.desk.clone() else { return };
        let held = desk.offices().into_iter().find(|office| office.id == self.id);
        let inbox = inbox_key(&desk);
        let held = held.map_or(0, |card| card.log_size);
        let letter = self.log.letter(desk.me(), inbox.as_ref(), held);
        drop(desk);
        let head = self.log.head();
        let other = self
            .kept
            .get(&victim.number)
            .is_some_and(|kept| kept.size == held && kept.size == head.size && kept.root != head.root);
        match self.bring(victim, letter) {
            Some(Taking::Kept) => drop(self.kept.insert(victim.number, head)),
            Some(Taking::Refused("forked_tree")) if other => {
                let frozen = victim.desk.as_ref().is_some_and(|desk| desk.frozen().contains(&self.id));
                self.unfrozen_by = self.unfrozen_by.or((!frozen).then_some(victim.number));
            }
            Some(Taking::Refused(_) | Taking::Later) | None => {}
        }
    }

    fn send_old(&mut self, victim: &mut Office, chance: &mut Chance) {
        let theirs: Vec<_> = self.sent.iter().filter(|(number, _)| *number == victim.number).collect();
        if let Some((_, letter)) = chance.pick(&theirs) {
            self.bring(victim, letter.clone());
        }
    }

    fn send_spoilt(&mut self, victim: &mut Office, chance: &mut Chance) {
        let Some((_, letter)) = chance.pick(&self.sent) else { return };
        let mut letter = letter.clone();
        let position = chance.position(letter.len());
        if let Some(byte) = letter.get_mut(position) {
            *byte ^= 1 << chance.below(8);
        }
        self.bring(victim, letter);
    }

    /// Brings a letter past the post. Whatever the victim says to it is its own affair.
    fn bring(&mut self, victim: &mut Office, letter: Vec<u8>) -> Option<Taking> {
        let said = victim.does(|desk| desk.receive(slot(self.number), &letter));
        self.sent.push((victim.number, letter));
        said
    }
}

/// The secret of its only key, for its inbox and for every thread.
fn kem() -> KemSecret {
    KemSecret::from_bytes([72; 32])
}

fn inbox_key(desk: &Desk) -> Option<KemPublic> {
    let notices = desk.history(notices_of(desk.me())).ok()?;
    notices.iter().rev().find_map(|seen| match &seen.event {
        Ok(Event::InboxKey(key)) => Some(key.key),
        _ => None,
    })
}

fn thread_key(desk: &Desk, thread: ThreadId) -> Option<KemPublic> {
    let history = desk.history(thread).ok()?;
    history.iter().rev().filter(|seen| seen.author() == desk.me()).find_map(|seen| match &seen.event {
        Ok(Event::ThreadKey(told)) => Some(told.key),
        Ok(Event::ThreadKeyReplaced(told)) => Some(told.key),
        _ => None,
    })
}
