//! A town: offices on real folders, the mail between them, one clock. What befalls them comes from outside.

use std::num::NonZeroU16;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;
use waymark_courier::{PostFault, Slot, Taken};
use waymark_desk::{Clock, Desk, Taking, adopt_roster, create_office};
use waymark_domain::ids::{Hash, NetworkId, OfficeId};
use waymark_domain::time::Timestamp;
use waymark_domain::words::{Institution, OfficeRole};
use waymark_seal::note::Verifier;
use waymark_seal::rng::Seeded;
use waymark_seal::roster::{LogRange, Office as Member, OfficeState, Roster, fingerprint};
use waymark_seal::sign::RootKey;
use waymark_seal::vault::Cost;

use super::chance::Chance;
use super::conduct::Conduct;
use super::hostile::Hostile;
use super::mail::{Letter, Mail};
use super::office::{Office, Surroundings, passphrase};
use super::plan::Plan;

/// The network of every town.
pub const NETWORK: NetworkId = NetworkId([7; 16]);
/// 2026-09-01, a Tuesday, 10:00 UTC.
pub const BEGIN: Timestamp = Timestamp(1_788_256_800);

/// A clock that is moved from outside.
pub struct Stepped(AtomicU64);

impl Clock for Stepped {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Offices, mail, time.
pub struct Town {
    /// The honest offices, by number.
    pub offices: Vec<Office>,
    /// The hostile one, whose number is the next.
    pub hostile: Option<Hostile>,
    /// The mail between all of them.
    pub mail: Mail,
    clock: Arc<Stepped>,
    surroundings: Surroundings,
    /// Removed last: a desk writes until it is gone.
    _folder: TempDir,
}

impl Town {
    /// Everybody is up, knows everybody and has told an inbox key.
    #[must_use]
    pub fn new(plan: &Plan, conduct: &Conduct) -> Self {
        let folder = folder();
        let hostile = plan.hostile.then(|| Hostile::new(plan.offices + 1, plan.seed));
        let (offices, mut members) = (1..=plan.offices)
            .map(|number| found(folder.path(), number, plan.seed))
            .unzip::<_, _, Vec<_>, Vec<_>>();
        members.extend(hostile.as_ref().map(Hostile::member));
        adopt(folder.path(), plan.offices, members);
        let clock = Arc::new(Stepped(AtomicU64::new(BEGIN.0)));
        let surroundings = Surroundings { clock: clock.clone(), conduct: conduct.clone(), seed: plan.seed };
        let mail = Mail::new(plan.seed);
        let mut town = Self { offices, hostile, mail, clock, surroundings, _folder: folder };
        for number in 1..=plan.offices {
            town.start(number).expect("a new office opens");
        }
        town.pass(6);
        for _ in 0..3 {
            town.tick();
            town.carry(usize::MAX, plan.seed);
        }
        if let Some(hostile) = town.hostile.as_mut() {
            hostile.introduce_itself(&mut town.offices);
        }
        town.mail.set_calm(false);
        town
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: u64) {
        self.clock.0.fetch_add(seconds, Ordering::SeqCst);
    }

    /// An honest office, by number.
    pub fn office(&mut self, number: u16) -> Option<&mut Office> {
        self.offices.get_mut(usize::from(number).checked_sub(1)?)
    }

    /// Every office but this one, and whether it is a shelter.
    #[must_use]
    pub fn others(&self, number: u16) -> Vec<(OfficeId, bool)> {
        let honest = self.offices.iter().filter(|office| office.number != number);
        let honest = honest.map(|office| (office.id, office.shelter));
        honest.chain(self.hostile.iter().map(|hostile| (hostile.id, false))).collect()
    }

    /// Starts an office that is down.
    ///
    /// # Errors
    /// Why it does not open.
    pub fn start(&mut self, number: u16) -> Result<(), String> {
        let Some(position) = usize::from(number).checked_sub(1) else { return Ok(()) };
        match self.offices.get_mut(position) {
            Some(office) if office.desk.is_none() => {
                office.start(&self.surroundings).map_err(|fault| fault.to_string())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Every office that is up does what its node does by the clock.
    pub fn tick(&mut self) {
        for office in &mut self.offices {
            office.does(|desk| upkeep(desk));
        }
    }

    /// Collects what every office wants to send and delivers at most so many letters that have come; gives how many there were.
    pub fn carry(&mut self, limit: usize, choice: u64) -> usize {
        self.collect();
        let now = self.now();
        let (offices, hostile) = (&self.offices, self.hostile.is_some());
        let up = |number: u16| match offices.get(usize::from(number) - 1) {
            Some(office) => office.desk.is_some(),
            None => hostile,
        };
        let letters = self.mail.come(limit, now, choice, up);
        let carried = letters.len();
        letters.into_iter().for_each(|letter| self.deliver(letter));
        carried
    }

    /// A hostile office hears everything and answers nothing.
    fn deliver(&mut self, letter: Letter) {
        let Some(office) = self.office(letter.to) else { return };
        let taking = office.does(|desk| desk.receive(slot(letter.from), &letter.bytes));
        // Where the power failed it was not acknowledged either.
        if matches!(taking, Some(Taking::Later) | None) {
            let now = self.now();
            self.mail.bring_again(letter, now);
        }
    }

    fn collect(&mut self) {
        let now = self.now();
        for office in &mut self.offices {
            let (mail, from) = (&mut self.mail, office.number);
            office.does(|desk| {
                loop {
                    let letters = desk.outgoing_letters(64);
                    if letters.is_empty() {
                        break;
                    }
                    for letter in letters {
                        let silent = mail.is_silent();
                        let outcome =
                            if silent { Err(PostFault::Unanswered) } else { Ok(Taken { duplicate: false }) };
                        // Half of what the post does not answer for is taken all the same.
                        if !silent || letter.ticket % 2 == 0 {
                            mail.post(from, letter.to.number(), letter.bytes, now);
                        }
                        desk.letter_sent(letter.ticket, outcome);
                    }
                }
            });
        }
    }
}

/// As `upkeep.rs` of the node.
fn upkeep(desk: &Desk) {
    if desk.status().guard.is_err() {
        desk.ask_heads();
        return;
    }
    // A fault of the machine would show in what follows; that the office may not write yet is none.
    let _kept = desk.begin_log().and_then(|()| desk.keep_inbox_keys());
    desk.witness_roster();
    desk.seek_cosignatures();
    let _given_back = desk.get_back();
    desk.answer_the_unanswered();
    desk.meet_deadlines();
}

/// The slot of an office.
#[must_use]
pub fn slot(number: u16) -> Slot {
    Slot::numbered(NonZeroU16::new(number).expect("offices count from 1"))
}

/// In memory where there is such a place: nothing here tests the disk.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let mut folder = tempfile::Builder::new();
    folder.prefix("waymark-simulation-");
    let made = if memory.is_dir() { folder.tempdir_in(memory) } else { folder.tempdir() };
    made.expect("a folder can be made")
}

/// Offices of three countries; every third is a shelter.
fn found(folder: &Path, number: u16, seed: u64) -> (Office, Member) {
    let data = folder.join(format!("office-{number}"));
    let mut rng = Seeded::new(Chance::new(seed ^ u64::from(number)).next());
    let cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
    let made = create_office(&data, NETWORK, &passphrase(), cost, &mut rng).expect("an office can be made");
    let shelter = number.is_multiple_of(3);
    let log = LogRange { log: made.log, from: 0, end: None, key: made.log_key };
    let mut member = member(number, made.office, vec![log]);
    member.witness = Some(made.witness_key);
    if shelter {
        (member.institution, member.roles) = (Institution::Shelter, vec![OfficeRole::Partner]);
    }
    (Office::new(number, made.office, shelter, data), member)
}

/// An office as the roster has it.
#[must_use]
pub fn member(number: u16, id: OfficeId, logs: Vec<LogRange>) -> Member {
    let countries = [*b"DE", *b"BG", *b"RO"];
    Member {
        id,
        slot: NonZeroU16::new(number).expect("offices count from 1"),
        state: OfficeState::Active,
        country: countries.get(usize::from(number) % 3).copied().expect("one of three"),
        institution: Institution::Ngo,
        roles: vec![OfficeRole::Office],
        name: format!("office {number}"),
        organisation: format!("organisation {number}"),
        logs,
        witness: None,
    }
}

fn adopt(folder: &Path, offices: u16, members: Vec<Member>) {
    let root = RootKey::from_seed(&[50; 32]);
    let roster = Roster {
        network: NETWORK,
        version: 1,
        previous: Hash([0; 32]),
        expires_at: BEGIN.plus(20 * 365 * 86_400),
        threshold: 1,
        roots: vec![Verifier { name: "root".to_owned(), key: root.public() }],
        offices: members,
    };
    let (signed, compared) = (roster.sign(&[("root", &root)]), fingerprint(&roster.encode()));
    for number in 1..=offices {
        let data = folder.join(format!("office-{number}"));
        adopt_roster(&data, &signed, &compared, BEGIN).expect("a roster can be adopted");
    }
}
