//! A state of the model: two offices and the clock; how either decides, and writes what it decided.

use waymark_domain::command::Command;
use waymark_domain::decide::decide;
use waymark_domain::draft::{BasisOn, Context, Draft, GrantTo, Ids};
use waymark_domain::ids::{EventId, Hash, KemPublic, OfficeId, Ref, ThreadId};
use waymark_domain::sets::Categories;
use waymark_domain::time::Timestamp;
use waymark_domain::world::{Applied, OfficeView, Party};

use crate::broken::Broken;
use crate::office::{Entry, Office};
use crate::scene::TICKS;

/// The sender's office and the receiver's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    North,
    South,
}

/// Something that no order of events may bring about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    /// A key was taken over under a consent of whose end the office had heard.
    LateImport,
    /// An entry was answered a second time.
    AnsweredTwice,
    /// An erasure that is owed was refused.
    ErasureRefused,
}

/// What stays the same in a model.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) view: OfficeView,
    pub(crate) broken: Option<Broken>,
}

/// A state of the model.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) tick: usize,
    pub(crate) north: Office,
    pub(crate) south: Office,
    pub(crate) faults: Vec<Fault>,
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::North, Self::South];

    pub(crate) const fn id(self) -> OfficeId {
        match self {
            Self::North => OfficeId([1; 16]),
            Self::South => OfficeId([2; 16]),
        }
    }

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::North => Self::South,
            Self::South => Self::North,
        }
    }
}

impl State {
    pub(crate) fn now(&self) -> Timestamp {
        TICKS.get(self.tick).copied().expect("a tick of the model")
    }

    pub(crate) const fn office(&self, me: Side) -> &Office {
        match me {
            Side::North => &self.north,
            Side::South => &self.south,
        }
    }

    pub(crate) const fn office_mut(&mut self, me: Side) -> &mut Office {
        match me {
            Side::North => &mut self.north,
            Side::South => &mut self.south,
        }
    }

    /// A person decides something; `None` when a rule refuses it.
    pub(crate) fn command(&mut self, rules: &Rules, me: Side, command: &Command) -> Option<()> {
        let (case, referral) = (command.case(), command.referral());
        let drafts = self.office(me).in_world(rules, case, referral, |world| {
            self.in_context(me, |ctx| decide(world, command, ctx)).ok()
        })?;
        self.commit(me, &drafts);
        Some(())
    }

    /// Writes drafts: they are durable at once, all or none.
    pub(crate) fn commit(&mut self, me: Side, drafts: &[Draft]) {
        let claimed_at = self.now();
        for draft in drafts {
            let office = self.office_mut(me);
            let index = office.written.len() as u64;
            let at = Ref { office: me.id(), log: 0, index, leaf: Hash([0; 32]) };
            let event_id = draft.event_id;
            // Both clocks are the model's, so nothing is known before it is written: when it is known says nothing more.
            let applied = Applied { event_id, author: Party::Sender, at, claimed_at, known_at: claimed_at };
            office.write(me.id(), Entry::of(draft, at, applied, granted(draft)));
        }
    }

    pub(crate) fn fault(&mut self, fault: Fault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    pub(crate) fn in_context<T>(&self, me: Side, act: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let mut ids = Counted { office: me.id(), next: self.office(me).written.len() as u64 };
        act(&mut Context { now: self.now(), me: me.id(), ids: &mut ids })
    }
}

/// Ids that follow from the place in the log: the same entries have the same ids.
struct Counted {
    office: OfficeId,
    next: u64,
}

impl Counted {
    fn next<const N: usize>(&mut self, kind: u8) -> [u8; N] {
        let [office, ..] = self.office.0;
        let mut bytes = [kind; N];
        let number = [office].into_iter().chain(self.next.to_be_bytes());
        bytes.iter_mut().zip(number).for_each(|(byte, digit)| *byte = digit);
        bytes
    }
}

impl Ids for Counted {
    fn event(&mut self) -> EventId {
        let id = EventId(self.next(0xe0));
        self.next += 1;
        id
    }
    fn thread(&mut self) -> ThreadId {
        ThreadId(self.next(0x70))
    }
    fn thread_key(&mut self, _: ThreadId) -> KemPublic {
        KemPublic(self.next(0x6b))
    }
}

/// What a draft grants to its reader under the consent.
fn granted(draft: &Draft) -> Categories {
    match (draft.basis, draft.grant_to) {
        (BasisOn::Consent(_), Some(GrantTo::Inbox(_) | GrantTo::Thread)) => {
            draft.sections.iter().map(|section| section.category).collect()
        }
        (_, _) => Categories::EMPTY,
    }
}
