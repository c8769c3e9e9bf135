//! Offices in one process: real folders, real keys, real logs; only the mail between them is carried by hand.
#![expect(clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::Write;
use std::num::NonZeroU16;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tempfile::TempDir;
use waymark_courier::{PostFault, Slot, Taken};
use waymark_desk::{
    Answer, Clock, Closing, Desk, DomainRules, Keeping, NewKeys, NextLog, OpenFault, Options, Order,
    Projection, Renewed, SubmitError, Taking, adopt_roster, create_office, new_keys, next_log, read_roster,
};
use waymark_domain::command::Command;
use waymark_domain::ids::{Hash, NetworkId, OfficeId, StaffId};
use waymark_domain::time::Timestamp;
use waymark_domain::words::{Institution, OfficeRole};
use waymark_seal::note::Verifier;
use waymark_seal::rng::{Rng, Seeded};
use waymark_seal::roster::{LogRange, Office, OfficeState, Roster, fingerprint};
use waymark_seal::sign::RootKey;
use waymark_seal::vault::{Cost, Passphrase};

pub(crate) const NETWORK: NetworkId = NetworkId([7; 16]);
pub(crate) const STAFF: StaffId = StaffId([1; 8]);
/// 2026-09-01, a Tuesday, 10:00 UTC.
pub(crate) const BEGIN: Timestamp = Timestamp(1_788_256_800);

/// A clock that the test moves.
pub(crate) struct Stepped(AtomicU64);

impl Clock for Stepped {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Offices, their mail and their clock.
pub(crate) struct Town {
    pub clock: Arc<Stepped>,
    pub desks: Vec<Option<Arc<Desk>>>,
    pub ids: Vec<OfficeId>,
    /// Letters under way: from, to, bytes.
    pub mail: VecDeque<(Slot, Slot, Vec<u8>)>,
    /// Every letter that was refused, and why.
    pub refused: Vec<&'static str>,
    /// What each office derives since it was opened last.
    pub projections: HashMap<u16, Vec<Arc<dyn Projection>>>,
    /// What every office has decided about erasing beforehand; counts from its next start.
    pub keeping: Keeping,
    /// Letters to an office that is away wait for it, as at a hub; else they are lost.
    pub keeps_mail: bool,
    derive: Derive,
    /// How often an office was opened; no two starts may count the same.
    pub opened: u64,
    crashes: usize,
    /// How often letters were collected.
    collected: usize,
    power_cut: Arc<AtomicBool>,
    /// Where the folders of the offices are.
    pub folder: PathBuf,
    /// Removed last: a desk writes until it is gone.
    _made: Option<TempDir>,
}

/// Randomness that stops its caller where a thread key would be drawn, while there is a power cut.
struct Cut(Seeded, Arc<AtomicBool>);

impl Rng for Cut {
    fn fill(&mut self, bytes: &mut [u8]) {
        assert!(bytes.len() != 32 || !self.1.load(Ordering::SeqCst), "a power cut");
        self.0.fill(bytes);
    }
}

/// Makes the projections of an office.
type Derive = fn(OfficeId) -> Vec<Arc<dyn Projection>>;

impl Town {
    /// Offices in Germany, Bulgaria, Bulgaria, …; the third and later are shelters.
    pub(crate) fn new(offices: u16) -> Self {
        Self::with(offices, |_| Vec::new())
    }

    /// The same, with projections.
    pub(crate) fn with(offices: u16, derive: Derive) -> Self {
        let organisations: Vec<String> =
            (1..=offices).map(|number| format!("organisation {number}")).collect();
        Self::of_organisations(&organisations, derive)
    }

    /// One office of each of these, in their order.
    pub(crate) fn of_organisations(organisations: &[String], derive: Derive) -> Self {
        let offices = u16::try_from(organisations.len()).expect("few offices");
        let made = TempDir::with_prefix("waymark-town-").expect("a folder");
        let folder = made.path().to_owned();
        let mut members = Vec::new();
        for (number, organisation) in (1..).zip(organisations) {
            members.push(Office { organisation: organisation.clone(), ..member(&folder, number) });
        }
        let ids = members.iter().map(|office| office.id).collect();
        let roots: Vec<RootKey> = (1..=3).map(|seed| RootKey::from_seed(&[seed; 32])).collect();
        let names = ["root-1", "root-2", "root-3"];
        let verifiers = names.iter().zip(&roots);
        let roster = Roster {
            network: NETWORK,
            version: 1,
            previous: Hash([0; 32]),
            expires_at: BEGIN.plus(365 * 86_400),
            threshold: 2,
            roots: verifiers
                .map(|(name, root)| Verifier { name: (*name).to_owned(), key: root.public() })
                .collect(),
            offices: members,
        };
        let signed = roster.sign(&[("root-1", &roots[0]), ("root-2", &roots[1])]);
        let compared = fingerprint(&roster.encode());
        for number in 1..=offices {
            adopt_roster(&data(&folder, number), &signed, &compared, BEGIN).expect("adopted");
        }
        let mut town = Self::of(folder, ids, BEGIN, derive);
        town._made = Some(made);
        for number in 1..=offices {
            town.open(number);
        }
        town.pass(6);
        for number in 1..=offices {
            let desk = town.desk(number);
            desk.begin_log().expect("the log begins");
            desk.keep_inbox_keys().expect("an inbox key");
        }
        town.exchange();
        town
    }

    /// The offices of a folder; none is open yet. It must be later than it ever was there.
    pub(crate) fn of(folder: PathBuf, ids: Vec<OfficeId>, now: Timestamp, derive: Derive) -> Self {
        Self {
            folder,
            clock: Arc::new(Stepped(AtomicU64::new(now.0))),
            desks: ids.iter().map(|_| None).collect(),
            ids,
            mail: VecDeque::new(),
            refused: Vec::new(),
            projections: HashMap::new(),
            keeping: Keeping::default(),
            keeps_mail: false,
            derive,
            opened: 0,
            crashes: 0,
            collected: 0,
            power_cut: Arc::default(),
            _made: None,
        }
    }

    /// Opens an office's folder, as a node does at its start.
    pub(crate) fn open(&mut self, number: u16) {
        self.open_watched(number, &|_, _| {});
    }

    /// The same; `progress` is told of the replay.
    pub(crate) fn open_watched(&mut self, number: u16, progress: &dyn Fn(u64, u64)) {
        let desk = self.try_open_watched(number, progress).expect("the office opens");
        self.desks[usize::from(number) - 1] = Some(desk);
    }

    /// Opens an office's folder to see whether it opens.
    pub(crate) fn try_open(&mut self, number: u16) -> Result<Arc<Desk>, OpenFault> {
        self.try_open_watched(number, &|_, _| {})
    }

    fn try_open_watched(&mut self, number: u16, progress: &dyn Fn(u64, u64)) -> Result<Arc<Desk>, OpenFault> {
        let projections = (self.derive)(self.id(number));
        // No two starts draw the same ids.
        self.opened += 1;
        self.projections.insert(number, projections.clone());
        Desk::open(Options {
            data: data(&self.folder, number),
            passphrase: passphrase(),
            clock: self.clock.clone(),
            rules: Arc::new(DomainRules),
            rng: Box::new(Cut(
                Seeded::new(u64::from(number) << 48 | self.opened << 32 | self.clock.now().0 & 0xffff),
                Arc::clone(&self.power_cut),
            )),
            keeping: self.keeping.clone(),
            projections,
            progress,
        })
    }

    /// Ends an office as kill -9 does: what it had written is there, and nothing is tidied up.
    pub(crate) fn crash(&mut self, number: u16) {
        let Some(desk) = self.desks[usize::from(number) - 1].take() else { return };
        let (alive, dead) = (data(&self.folder, number), self.folder.join(format!("dead-{}", self.crashes)));
        self.crashes += 1;
        let killed = dead.with_extension("copy");
        copy(&alive, &killed);
        // It is never dropped, so it never settles and never marks a clean stop; its folder goes out of the way with it.
        std::mem::forget(desk);
        std::fs::rename(&alive, &dead).expect("renamed");
        std::fs::rename(&killed, &alive).expect("renamed");
    }

    /// A copy of an office's folder, as a backup has it.
    pub(crate) fn copy_of(&mut self, number: u16) -> PathBuf {
        let backup = self.folder.join(format!("backup-{}", self.crashes));
        self.crashes += 1;
        copy(&data(&self.folder, number), &backup);
        backup
    }

    /// Puts a copy in the place of the folder of an office that does not run.
    pub(crate) fn put_back(&mut self, number: u16, backup: &Path) {
        let alive = data(&self.folder, number);
        std::fs::remove_dir_all(&alive).expect("removed");
        copy(backup, &alive);
    }

    /// Puts one part of a copy in the place of the same part of the folder of an office that does not run.
    pub(crate) fn put_back_part(&mut self, number: u16, backup: &Path, part: &str) {
        let alive = data(&self.folder, number).join(part);
        std::fs::remove_dir_all(&alive).expect("removed");
        copy(&backup.join(part), &alive);
    }

    /// Whether whoever draws a thread key is stopped there.
    pub(crate) fn cut_power(&self, cut: bool) {
        self.power_cut.store(cut, Ordering::SeqCst);
    }

    /// Delivers what waits for an office, and ends it when everything is logged and nothing is answered yet.
    pub(crate) fn crash_before_answers(&mut self, number: u16) {
        let waiting: Vec<_> = self.mail.drain(..).collect();
        let desk = self.desk(number);
        let before = desk.status().head.size;
        self.power_cut.store(true, Ordering::SeqCst);
        for (from, to, bytes) in waiting {
            if to.number() == number {
                // It stops in the middle, which is what is wanted.
                let _cut = catch_unwind(AssertUnwindSafe(|| desk.receive(from, &bytes)));
            } else {
                self.mail.push_back((from, to, bytes));
            }
        }
        self.power_cut.store(false, Ordering::SeqCst);
        assert!(desk.status().head.size > before, "nothing was logged");
        drop(desk);
        self.crash(number);
    }

    /// The root holders close the log of an office that does not run, as it asks them to; only that office is told.
    pub(crate) fn close_log(&self, number: u16) {
        self.close_log_signed(number, &[("root-1", 1), ("root-2", 2)]);
    }

    /// The same; the root keys by name, each made of one byte.
    pub(crate) fn close_log_signed(&self, number: u16, roots: &[(&str, u8)]) {
        let data = data(&self.folder, number);
        let asked = next_log(&data, &passphrase(), Closing::Lost, self.clock.now()).expect("asked for");
        self.close_log_asked(number, &asked, roots);
    }

    /// The same for a log whose key somebody else has: it ends where it is still trusted.
    pub(crate) fn close_stolen_log(&self, number: u16, trusted: u64) {
        let data = data(&self.folder, number);
        let closing = Closing::Stolen { trusted };
        let asked = next_log(&data, &passphrase(), closing, self.clock.now()).expect("asked for");
        self.close_log_asked(number, &asked, &[("root-1", 1), ("root-2", 2)]);
    }

    fn close_log_asked(&self, number: u16, asked: &NextLog, roots: &[(&str, u8)]) {
        let signed = self.next_roster(number, roots, |roster| {
            let office =
                roster.offices.iter_mut().find(|office| office.id == asked.office.id).expect("a member");
            office.logs.last_mut().expect("a log").end = Some(asked.head);
            office.logs.push(LogRange { log: asked.closes + 1, from: 0, end: None, key: asked.log_key });
        });
        self.adopt(number, &signed);
    }

    /// An office that does not run makes new keys.
    pub(crate) fn new_keys(&self, number: u16, which: Renewed) -> NewKeys {
        new_keys(&data(&self.folder, number), &passphrase(), which, self.clock.now()).expect("made")
    }

    /// The version that names them, after the newest one that office `by` has.
    pub(crate) fn naming(&self, by: u16, keys: &NewKeys) -> Vec<u8> {
        self.next_roster(by, &[("root-1", 1), ("root-2", 2)], |roster| {
            let office =
                roster.offices.iter_mut().find(|office| office.id == keys.office.id).expect("a member");
            if let Some((head, key)) = keys.log_key {
                office.logs.last_mut().expect("a log").end = Some(head);
                office.logs.push(LogRange { log: keys.log, from: head.size + 1, end: None, key });
            }
            office.witness = keys.witness_key.or(office.witness);
        })
    }

    /// The version after the newest one that an office has, as root holders change and sign it; nobody has it yet.
    pub(crate) fn next_roster(
        &self,
        number: u16,
        roots: &[(&str, u8)],
        change: impl FnOnce(&mut Roster),
    ) -> Vec<u8> {
        let before = read_roster(&data(&self.folder, number), self.clock.now()).expect("a roster");
        let mut roster = Roster {
            version: before.newest().version + 1,
            previous: before.fingerprint(),
            ..before.newest().clone()
        };
        change(&mut roster);
        let keys: Vec<(&str, RootKey)> =
            roots.iter().map(|(name, seed)| (*name, RootKey::from_seed(&[*seed; 32]))).collect();
        roster.sign(&keys.iter().map(|(name, key)| (*name, key)).collect::<Vec<_>>())
    }

    /// An office that does not run adopts a version.
    pub(crate) fn adopt(&self, number: u16, signed: &[u8]) {
        let data = data(&self.folder, number);
        adopt_roster(&data, signed, &Hash([0; 32]), self.clock.now()).expect("adopted");
    }

    /// Opens an office and lets it write, as its node does.
    pub(crate) fn open_and_begin(&mut self, number: u16) {
        self.open(number);
        self.exchange_some(3);
        self.pass(6);
        let desk = self.desk(number);
        desk.begin_log().expect("the log begins");
        desk.keep_inbox_keys().expect("an inbox key");
    }

    /// Ends an office as its node does when it is asked to.
    pub(crate) fn stop(&mut self, number: u16) {
        self.desk(number).close().expect("closed");
        self.desks[usize::from(number) - 1] = None;
    }

    pub(crate) fn desk(&self, number: u16) -> Arc<Desk> {
        self.desks[usize::from(number) - 1].clone().expect("the office is open")
    }

    pub(crate) fn id(&self, number: u16) -> OfficeId {
        self.ids[usize::from(number) - 1]
    }

    /// The instant at which every office is.
    pub(crate) fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.0.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Sets the clock back.
    pub(crate) fn set_back(&self, seconds: u64) {
        self.clock.0.fetch_sub(seconds, Ordering::SeqCst);
    }

    pub(crate) fn does(&self, number: u16, command: impl Into<Command>) -> Result<Answer, SubmitError> {
        self.desk(number).submit(Order::new(command.into(), STAFF))
    }

    /// Collects what every open office wants to send. Every third time the post does not answer, and takes nothing.
    pub(crate) fn collect(&mut self) {
        for (desk, number) in self.desks.iter().zip(1..) {
            let Some(desk) = desk else { continue };
            loop {
                let letters = desk.outgoing_letters(64);
                if letters.is_empty() {
                    break;
                }
                self.collected += 1;
                for letter in letters {
                    if self.collected.is_multiple_of(3) {
                        desk.letter_sent(letter.ticket, Err(PostFault::Unanswered));
                    } else {
                        desk.letter_sent(letter.ticket, Ok(Taken { duplicate: false }));
                        self.mail.push_back((slot(number), letter.to, letter.bytes));
                    }
                }
            }
        }
    }

    /// Carries letters until nobody has anything more to say.
    pub(crate) fn exchange(&mut self) {
        assert!(self.exchange_some(200), "the offices never come to rest");
    }

    /// The same, at most so often; whether they came to rest. What nobody takes yet stays in the mail.
    pub(crate) fn exchange_some(&mut self, rounds: usize) -> bool {
        for _ in 0..rounds {
            for desk in self.desks.iter().flatten() {
                desk.get_back().expect("given back");
                desk.answer_the_unanswered();
                desk.meet_deadlines();
                desk.seek_cosignatures();
            }
            let kept_waiting = self.mail.len();
            self.collect();
            let new = self.mail.len() > kept_waiting;
            let before = self.mail.len();
            for _ in 0..before {
                let Some((from, to, bytes)) = self.mail.pop_front() else { break };
                self.deliver(from, to, &bytes);
            }
            if !new && self.mail.len() == before {
                return true;
            }
        }
        false
    }

    /// Brings every letter under way once; nobody looks at the clock meanwhile.
    pub(crate) fn deliver_all(&mut self) {
        let mail: Vec<_> = self.mail.drain(..).collect();
        for (from, to, bytes) in mail {
            self.deliver(from, to, &bytes);
        }
    }

    /// Lets minutes pass, and carries letters in each.
    pub(crate) fn minutes(&mut self, minutes: usize) {
        for _ in 0..minutes {
            self.pass(60);
            self.exchange();
        }
    }

    /// What every office of the first two has decided about erasing from now on.
    pub(crate) fn keep(&mut self, keeping: Keeping) {
        self.keeping = keeping;
        for office in [1, 2] {
            self.stop(office);
            self.open(office);
        }
        self.exchange();
    }

    pub(crate) fn deliver(&mut self, from: Slot, to: Slot, bytes: &[u8]) {
        let Some(Some(desk)) = self.desks.get(usize::from(to.number()) - 1) else {
            if self.keeps_mail {
                self.mail.push_back((from, to, bytes.to_vec()));
            }
            return;
        };
        match desk.receive(from, bytes) {
            Taking::Kept => {}
            Taking::Refused(why) => self.refused.push(why),
            Taking::Later => self.mail.push_back((from, to, bytes.to_vec())),
        }
    }
}

pub(crate) fn slot(number: u16) -> Slot {
    Slot::numbered(NonZeroU16::new(number).expect("slots count from 1"))
}

pub(crate) fn data(folder: &Path, number: u16) -> PathBuf {
    folder.join(format!("office-{number}"))
}

pub(crate) fn passphrase() -> Passphrase {
    Passphrase::new(b"a passphrase for tests".to_vec())
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).expect("an entry");
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            copy_file(&path, &to.join(name));
        }
    }
}

/// Most of a file that was made ready is zeros: those are not written.
fn copy_file(from: &Path, to: &Path) {
    let bytes = std::fs::read(from).expect("read");
    let zeros = bytes.rchunks(4096).take_while(|chunk| [0; 4096].starts_with(chunk));
    let used = bytes.len() - zeros.map(<[u8]>::len).sum::<usize>();
    let mut file = File::create(to).expect("created");
    file.write_all(&bytes[..used]).expect("written");
    file.set_len(bytes.len() as u64).expect("long enough");
}

fn member(folder: &Path, number: u16) -> Office {
    let mut rng = Seeded::new(u64::from(number));
    let cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
    let made = create_office(&data(folder, number), NETWORK, &passphrase(), cost, &mut rng).expect("created");
    let (institution, role) = if number <= 2 {
        (Institution::Ngo, OfficeRole::Office)
    } else {
        (Institution::Shelter, OfficeRole::Partner)
    };
    Office {
        id: made.office,
        slot: NonZeroU16::new(number).expect("slots count from 1"),
        state: OfficeState::Active,
        country: if number == 1 { *b"DE" } else { *b"BG" },
        institution,
        roles: vec![role],
        name: format!("office {number}"),
        organisation: format!("organisation {number}"),
        logs: vec![LogRange { log: made.log, from: 0, end: None, key: made.log_key }],
        witness: Some(made.witness_key),
    }
}
