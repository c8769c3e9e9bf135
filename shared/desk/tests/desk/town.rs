//! Offices in one process: real folders, real keys, real logs; only the mail between them is carried by hand.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;
use waymark_courier::{Slot, Taken};
use waymark_desk::{
    Answer, Clock, Desk, Options, Order, Projection, SubmitError, Taking, adopt_roster, create_office,
};
use waymark_domain::command::Command;
use waymark_domain::ids::{Hash, NetworkId, OfficeId, StaffId};
use waymark_domain::time::Timestamp;
use waymark_domain::words::{Institution, OfficeRole};
use waymark_seal::note::Verifier;
use waymark_seal::rng::Seeded;
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
    pub folder: TempDir,
    pub clock: Arc<Stepped>,
    pub desks: Vec<Option<Arc<Desk>>>,
    pub ids: Vec<OfficeId>,
    /// Letters under way: from, to, bytes.
    pub mail: VecDeque<(Slot, Slot, Vec<u8>)>,
    /// Every letter that was refused, and why.
    pub refused: Vec<&'static str>,
    /// What each office derives since it was opened last.
    pub projections: HashMap<u16, Vec<Arc<dyn Projection>>>,
    derive: Derive,
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
        let folder = TempDir::with_prefix("waymark-town-").expect("a folder");
        let mut members = Vec::new();
        for number in 1..=offices {
            members.push(member(&folder, number));
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
        let clock = Arc::new(Stepped(AtomicU64::new(BEGIN.0)));
        let desks = (0..offices).map(|_| None).collect();
        let projections = HashMap::new();
        let (mail, refused) = (VecDeque::new(), Vec::new());
        let mut town = Self { folder, clock, desks, ids, mail, refused, projections, derive };
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

    /// Opens an office's folder, as a node does at its start.
    pub(crate) fn open(&mut self, number: u16) {
        self.open_watched(number, &|_, _| {});
    }

    /// The same; `progress` is told of the replay.
    pub(crate) fn open_watched(&mut self, number: u16, progress: &dyn Fn(u64, u64)) {
        let projections = (self.derive)(self.id(number));
        self.projections.insert(number, projections.clone());
        let desk = Desk::open(Options {
            data: data(&self.folder, number),
            passphrase: passphrase(),
            clock: self.clock.clone(),
            rng: Box::new(Seeded::new(u64::from(number) << 32 | self.clock.now().0 & 0xffff)),
            projections,
            progress,
        });
        self.desks[usize::from(number) - 1] = Some(desk.expect("the office opens"));
    }

    /// Ends an office without any farewell.
    pub(crate) fn crash(&mut self, number: u16) {
        self.desks[usize::from(number) - 1] = None;
    }

    pub(crate) fn desk(&self, number: u16) -> Arc<Desk> {
        self.desks[usize::from(number) - 1].clone().expect("the office is open")
    }

    pub(crate) fn id(&self, number: u16) -> OfficeId {
        self.ids[usize::from(number) - 1]
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn does(&self, number: u16, command: impl Into<Command>) -> Result<Answer, SubmitError> {
        self.desk(number).submit(Order::new(command.into(), STAFF))
    }

    /// Collects what every open office wants to send.
    pub(crate) fn collect(&mut self) {
        for (desk, number) in self.desks.iter().zip(1..) {
            let Some(desk) = desk else { continue };
            for letter in desk.outgoing_letters(64) {
                desk.letter_sent(letter.ticket, Ok(Taken { duplicate: false }));
                self.mail.push_back((slot(number), letter.to, letter.bytes));
            }
        }
    }

    /// Carries letters until nobody has anything more to say.
    pub(crate) fn exchange(&mut self) {
        for _ in 0..200 {
            for desk in self.desks.iter().flatten() {
                desk.tick();
            }
            self.collect();
            if self.mail.is_empty() {
                return;
            }
            while let Some((from, to, bytes)) = self.mail.pop_front() {
                self.deliver(from, to, &bytes);
            }
        }
        panic!("the offices never come to rest");
    }

    pub(crate) fn deliver(&mut self, from: Slot, to: Slot, bytes: &[u8]) {
        let Some(Some(desk)) = self.desks.get(usize::from(to.number()) - 1) else { return };
        if let Taking::Refused(why) = desk.receive(from, bytes) {
            self.refused.push(why);
        }
    }
}

pub(crate) fn slot(number: u16) -> Slot {
    Slot::numbered(NonZeroU16::new(number).expect("slots count from 1"))
}

pub(crate) fn data(folder: &TempDir, number: u16) -> PathBuf {
    folder.path().join(format!("office-{number}"))
}

pub(crate) fn passphrase() -> Passphrase {
    Passphrase::new(b"a passphrase for tests".to_vec())
}

fn member(folder: &TempDir, number: u16) -> Office {
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
