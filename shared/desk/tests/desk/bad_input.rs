//! Bad input: whatever a hostile office or a stranger brings, it gets its name, changes nothing that it must not, and the desk
//! goes on serving. The towns here are under siege: north and south are honest, south is the victim.

mod back;
mod chains;
mod entries;
mod grants;
mod heads;
mod letters;
mod sections;
mod strangers;
mod unknown;

use std::num::NonZeroU16;

use waymark_courier::Slot;
use waymark_desk::{Desk, Seen, Taking, adopt_roster, create_office, notices_of, read_roster};
use waymark_domain::command::{OpenCase, PublishProfile};
use waymark_domain::event::Event;
use waymark_domain::event::consent::ThreadKey;
use waymark_domain::event::log::Received;
use waymark_domain::event::notice::{OfficeProfile, WorkingHours};
use waymark_domain::ids::{Hash, KemPublic, OfficeId, ThreadId};
use waymark_domain::referral::Phase;
use waymark_domain::words::{Institution, OfficeRole, Purpose};
use waymark_seal::letter::{Entries, LetterKind};
use waymark_seal::note::Verifier;
use waymark_seal::rng::Seeded;
use waymark_seal::roster::{LogRange, Office, OfficeState, Roster, fingerprint};
use waymark_seal::sign::{PublicKey, RootKey};
use waymark_seal::vault::Cost;
use waymark_seal::{Entry, Head};

use crate::hostile::{Hostile, LOG};
use crate::town::{BEGIN, NETWORK, Town, data, passphrase, slot};

pub(crate) const NORTH: u16 = 1;
pub(crate) const SOUTH: u16 = 2;
const HOSTILE: OfficeId = OfficeId([0x66; 16]);

/// A finding: about whom, its name, how often.
pub(crate) type Found = (String, &'static str, u64);

/// A town with a hostile office, which the honest ones have come to know.
pub(crate) struct Siege {
    pub(crate) town: Town,
    pub(crate) hostile: Hostile,
    /// To whom it writes.
    facing: u16,
}

impl Siege {
    pub(crate) fn new() -> Self {
        Self::of(&[NORTH, SOUTH])
    }

    /// With these honest offices; the hostile one has slot 3.
    pub(crate) fn of(honests: &[u16]) -> Self {
        let mut town = Town::new(0);
        let mut offices: Vec<Office> = honests.iter().map(|number| honest(&town, *number)).collect();
        offices.push(office(3, HOSTILE, Hostile::ranges(), None));
        offices.sort_by_key(|office| office.slot);
        town.ids = offices.iter().map(|office| office.id).collect();
        town.desks = vec![None; offices.len()];
        adopt(&town, honests, &roster_of(offices));
        for number in honests {
            town.open(*number);
        }
        town.pass(6);
        for number in honests.iter().copied() {
            town.desk(number).begin_log().expect("the log begins");
            town.desk(number).keep_inbox_keys().expect("an inbox key");
        }
        town.exchange();
        let mut hostile = Hostile::new(HOSTILE, town.id(SOUTH), 99);
        hostile.now = town.desk(SOUTH).now();
        hostile.introduce_itself();
        let mut siege = Self { town, hostile, facing: SOUTH };
        siege.meet(SOUTH);
        siege
    }

    /// The hostile office introduces itself to one that does not know it, and writes to it from now on.
    pub(crate) fn meet(&mut self, number: u16) {
        self.turn_to(number);
        assert_eq!(self.send(&[1]), Taking::Kept);
        self.heard();
    }

    /// From now on the hostile office writes to this one.
    pub(crate) fn turn_to(&mut self, number: u16) {
        let desk = self.town.desk(number);
        let notices = desk.history(notices_of(desk.me())).expect("notices");
        let inbox = notices.iter().find_map(|seen| match &seen.event {
            Ok(Event::InboxKey(key)) => Some(key.key),
            _ => None,
        });
        let held = desk.offices().into_iter().find(|card| card.id == self.hostile.id).expect("in the roster");
        (self.facing, self.hostile.victim, self.hostile.inbox) = (number, desk.me(), inbox);
        self.hostile.held = held.log_size;
    }

    pub(crate) fn victim(&self) -> std::sync::Arc<Desk> {
        self.town.desk(self.facing)
    }

    pub(crate) fn log(&self) -> Head {
        self.victim().status().head
    }

    /// Sends entries as an honest office would; the head, which is good, is held from now on.
    pub(crate) fn send(&mut self, positions: &[usize]) -> Taking {
        let entries = self.hostile.entries(positions);
        self.hostile.held = self.hostile.size();
        self.bring(LetterKind::Entries(entries))
    }

    pub(crate) fn send_entries(&mut self, entries: Entries) -> Taking {
        self.bring(LetterKind::Entries(entries))
    }

    pub(crate) fn bring(&mut self, kind: LetterKind) -> Taking {
        let letter = self.hostile.seal(kind);
        self.bring_bytes(&letter)
    }

    pub(crate) fn bring_bytes(&self, letter: &[u8]) -> Taking {
        self.victim().receive(Hostile::slot(), letter)
    }

    /// Sends what must be refused: by this name, with one finding about the sender, and nothing logged.
    pub(crate) fn refuses(&mut self, verdict: &'static str, bring: impl FnOnce(&mut Self) -> Taking) {
        let before = self.log();
        assert_eq!(bring(self), Taking::Refused(verdict));
        assert_eq!(self.findings(), [(Hostile::slot().to_string(), verdict, 1)]);
        assert_eq!(self.log(), before, "something was logged");
        self.still_serves();
    }

    /// Sends what is refused by this name and proves that two histories were signed: the victim freezes the office, says so to everybody, and
    /// goes on serving.
    pub(crate) fn exposes(&mut self, verdict: &'static str, bring: impl FnOnce(&mut Self) -> Taking) {
        assert_eq!(bring(self), Taking::Refused(verdict));
        assert_eq!(self.findings(), [(Hostile::slot().to_string(), verdict, 1)]);
        self.still_serves();
        for number in [NORTH, SOUTH] {
            let desk = self.town.desk(number);
            let frauds = desk.frauds().expect("read");
            let of: Vec<_> = frauds.iter().map(|fraud| (fraud.office, fraud.log, fraud.in_force)).collect();
            assert_eq!(of, [(self.hostile.id, LOG, true)], "office {number}");
            let refused = desk.may_disclose_to(self.hostile.id).expect_err("frozen");
            assert_eq!(refused.reason(), "OFFICE_FROZEN");
        }
    }

    /// Sends what stands in the log but carries what it may not: it is kept closed, with one finding about its office, and
    /// what comes after it is taken; also after a restart.
    pub(crate) fn keeps_closed(&mut self, verdict: &'static str, position: usize) {
        let (at, thread) = (self.hostile.at(position), self.hostile.thread_at(position));
        assert_eq!(self.send(&[position]), Taking::Kept);
        assert_eq!(self.findings(), [(self.hostile.id.to_string(), verdict, 1)]);
        assert!(self.receipts().contains(&position));
        self.still_serves();
        let next = self.hostile.message(ThreadId([44; 16]), |_| ());
        assert_eq!(self.send(&[next]), Taking::Kept);
        for _ in 0..2 {
            let history = self.victim().history(thread).expect("the history");
            let seen = history.into_iter().find(|seen| seen.at == at).expect("it is kept");
            assert!(seen.event.is_err() && seen.sections.is_empty() && seen.grants.is_empty(), "{seen:?}");
            assert_eq!(self.victim().verify_log(0, &|_, _| {}).expect("checked").faults, []);
            self.restart();
        }
    }

    /// What was found at fault.
    pub(crate) fn findings(&self) -> Vec<Found> {
        let findings = self.victim().status().findings;
        findings.into_iter().map(|finding| (finding.whom, finding.verdict, finding.count)).collect()
    }

    /// What the victim has to say to the hostile office; other mail is put back.
    pub(crate) fn heard(&mut self) -> Vec<LetterKind> {
        self.victim().answer_the_unanswered();
        self.victim().meet_deadlines();
        self.town.collect();
        let (theirs, others): (Vec<_>, Vec<_>) =
            self.town.mail.drain(..).partition(|(from, to, _)| (*from, *to) == (slot(self.facing), slot(3)));
        self.town.mail.extend(others);
        theirs.iter().map(|(_, _, letter)| self.hostile.read(letter)).collect()
    }

    /// The entries that the victim sends to the hostile office.
    pub(crate) fn heard_entries(&mut self) -> Vec<Entry> {
        let letters = self.heard();
        let entries = letters.into_iter().filter_map(|kind| match kind {
            LetterKind::Entries(entries) => Some(entries.items),
            _ => None,
        });
        entries.flatten().map(|item| Entry::parse(&item.entry).expect("an honest entry")).collect()
    }

    /// Positions of the hostile log for which the victim sends a receipt.
    pub(crate) fn receipts(&mut self) -> Vec<usize> {
        let received = self.heard_entries().into_iter().filter_map(|entry| {
            match Event::decode(entry.kind, &entry.public) {
                Ok(Event::Received(Received { entry, .. })) => Some(entry.index as usize),
                _ => None,
            }
        });
        received.collect()
    }

    /// What the victim saw in a thread, its own receipts apart.
    pub(crate) fn seen(&self, thread: ThreadId) -> Vec<Seen> {
        let history = self.victim().history(thread).expect("the history");
        history.into_iter().filter(|seen| !matches!(seen.event, Ok(Event::Received(_)))).collect()
    }

    /// What the victim wrote in a thread, its own receipts apart.
    pub(crate) fn answers(&self, thread: ThreadId) -> Vec<Event> {
        let victim = self.town.id(self.facing);
        let seen = self.seen(thread).into_iter().filter(|seen| seen.author() == victim);
        seen.filter_map(|seen| seen.event.ok()).collect()
    }

    /// How the victim sees a referral.
    pub(crate) fn phase(&self, thread: ThreadId) -> Phase {
        let thread = self.victim().thread(thread).expect("read").expect("there");
        thread.referral().expect("a referral").phase()
    }

    /// The key that the victim has told for a thread.
    pub(crate) fn thread_key(&self, thread: ThreadId) -> KemPublic {
        let key = |event| match event {
            Event::ThreadKey(ThreadKey { key }) => Some(key),
            _ => None,
        };
        self.answers(thread).into_iter().find_map(key).expect("the victim has told its key")
    }

    /// Ends the victim without farewell and starts it again.
    pub(crate) fn restart(&mut self) {
        self.town.crash(self.facing);
        self.town.pass(30);
        self.town.open(self.facing);
        self.town.exchange();
        // The hostile office does not answer for the victim's log: it is waited for, and no longer.
        self.town.pass(6);
        self.town.exchange();
    }

    /// A command is carried out, an honest office's letter is taken, and one of ours reaches it.
    pub(crate) fn still_serves(&mut self) {
        let (findings, refused) = (self.findings(), self.town.refused.len());
        self.town.does(SOUTH, OpenCase::default()).expect("a case is opened");
        for (writer, reader) in [(NORTH, SOUTH), (SOUTH, NORTH)] {
            let before = profiles(&self.town, writer, reader);
            self.town.does(writer, PublishProfile { profile: profile() }).expect("a notice is written");
            self.town.exchange();
            assert_eq!(profiles(&self.town, writer, reader), before + 1, "a notice has not arrived");
        }
        assert_eq!(self.town.refused.len(), refused, "an honest letter was refused: {:?}", self.town.refused);
        assert_eq!(self.findings(), findings);
    }
}

fn profiles(town: &Town, writer: u16, reader: u16) -> usize {
    let notices = town.desk(reader).history(notices_of(town.id(writer))).expect("notices");
    notices.iter().filter(|seen| matches!(seen.event, Ok(Event::OfficeProfile(_)))).count()
}

pub(crate) fn profile() -> OfficeProfile {
    let hours = WorkingHours {
        days: 0x1f,
        opens_minute: 540,
        closes_minute: 1_020,
        utc_offset_minutes: 120,
        holidays: Vec::new(),
    };
    OfficeProfile { languages: vec!["bg".to_owned()], services: vec![Purpose::SafeReturn], hours }
}

fn honest(town: &Town, number: u16) -> Office {
    let mut rng = Seeded::new(u64::from(number));
    let cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
    let folder = data(&town.folder, number);
    let made = create_office(&folder, NETWORK, &passphrase(), cost, &mut rng).expect("created");
    let range = LogRange { log: made.log, from: 0, end: None, key: made.log_key };
    office(number, made.office, vec![range], Some(made.witness_key))
}

fn office(number: u16, id: OfficeId, logs: Vec<LogRange>, witness: Option<PublicKey>) -> Office {
    Office {
        id,
        slot: NonZeroU16::new(number).expect("slots count from 1"),
        state: OfficeState::Active,
        country: if number == NORTH { *b"DE" } else { *b"BG" },
        institution: Institution::Ngo,
        roles: vec![OfficeRole::Office],
        name: format!("office {number}"),
        organisation: format!("organisation {number}"),
        logs,
        witness,
    }
}

fn roster_of(offices: Vec<Office>) -> Roster {
    Roster {
        network: NETWORK,
        version: 1,
        previous: Hash([0; 32]),
        expires_at: BEGIN.plus(365 * 86_400),
        threshold: 1,
        roots: vec![Verifier { name: "root".to_owned(), key: root().public() }],
        offices,
    }
}

fn root() -> RootKey {
    RootKey::from_seed(&[50; 32])
}

fn adopt(town: &Town, honests: &[u16], roster: &Roster) {
    let signed = roster.sign(&[("root", &root())]);
    for number in honests {
        let folder = data(&town.folder, *number);
        adopt_roster(&folder, &signed, &fingerprint(&roster.encode()), BEGIN).expect("adopted");
    }
}

/// The version after the one that an office holds, changed and signed.
pub(crate) fn next_roster(town: &Town, number: u16, change: impl FnOnce(&mut Roster)) -> Vec<u8> {
    let held = read_roster(&data(&town.folder, number), town.clock_now()).expect("a roster");
    let version = held.newest().version + 1;
    let mut next = Roster { version, previous: held.fingerprint(), ..held.newest().clone() };
    change(&mut next);
    next.sign(&[("root", &root())])
}

/// The slot of an honest office.
pub(crate) fn slot_of(number: u16) -> Slot {
    slot(number)
}
