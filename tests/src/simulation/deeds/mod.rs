//! What offices do: each deed makes a command from how things stand at the office, or nothing where it makes no sense at all.
//!
//! Most of what is tried is refused, and that is meant: the rules decide, not this module. Read `case.rs`, then `referral.rs`.

mod case;
mod journey;
mod path;
mod place;
mod referral;

use waymark_desk::{Thread, ThreadState};
use waymark_domain::case::CaseState;
use waymark_domain::command::{Command, Text};
use waymark_domain::ids::{OfficeId, StaffId};
use waymark_domain::referral::ReferralState;
use waymark_domain::time::{Day, Timestamp};

use super::chance::Chance;

pub use path::next;

/// Who acts for every office.
pub const STAFF: StaffId = StaffId([1; 8]);

/// What an office sees when it decides what to do.
pub struct View<'a> {
    /// Itself.
    pub me: OfficeId,
    /// It is a shelter.
    pub shelter: bool,
    /// The time.
    pub now: Timestamp,
    /// The others, and whether each is a shelter.
    pub others: Vec<(OfficeId, bool)>,
    /// Its cases.
    pub cases: Vec<&'a CaseState>,
    /// Its referrals, sent and received.
    pub referrals: Vec<&'a ReferralState>,
}

impl<'a> View<'a> {
    /// Sorts threads into cases and referrals.
    #[must_use]
    pub fn new(
        me: OfficeId,
        shelter: bool,
        now: Timestamp,
        others: Vec<(OfficeId, bool)>,
        threads: impl Iterator<Item = &'a Thread>,
    ) -> Self {
        let mut view = Self { me, shelter, now, others, cases: Vec::new(), referrals: Vec::new() };
        for thread in threads {
            match &thread.state {
                ThreadState::Case(case) => view.cases.push(case),
                ThreadState::Referral(referral) => view.referrals.push(referral),
                ThreadState::Empty | ThreadState::Notices => {}
            }
        }
        view
    }

    fn today(&self) -> Day {
        self.now.day()
    }

    fn sent(&self, referral: &ReferralState) -> bool {
        referral.from == self.me
    }
}

/// A deed: its name is that of the command; it is tried so many times as often as one that is tried once.
struct Deed<Make> {
    name: &'static str,
    often: usize,
    make: Make,
}

type OfOffice = fn(&View<'_>, &mut Chance) -> Option<Command>;
type OfCase = fn(&View<'_>, &CaseState, &mut Chance) -> Option<Command>;
type OfReferral = fn(&View<'_>, &ReferralState, &mut Chance) -> Option<Command>;

const fn deed<Make: Copy>(name: &'static str, often: usize, make: Make) -> Deed<Make> {
    Deed { name, often, make }
}

const REFERRALS: [&[Deed<OfReferral>]; 3] = [referral::DEEDS, place::DEEDS, journey::DEEDS];

/// The name of a deed, when there is one of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static str> {
    names().find(|known| *known == name)
}

/// Every deed once.
pub fn names() -> impl Iterator<Item = &'static str> {
    weighted().map(|(name, _)| name)
}

/// Every deed as often as it is to be tried.
pub fn often() -> impl Iterator<Item = &'static str> {
    weighted().flat_map(|(name, often)| std::iter::repeat_n(name, often))
}

fn weighted() -> impl Iterator<Item = (&'static str, usize)> {
    let office = case::OF_OFFICE.iter().map(|deed| (deed.name, deed.often));
    let case = case::OF_CASE.iter().map(|deed| (deed.name, deed.often));
    let referral = REFERRALS.into_iter().flatten().map(|deed| (deed.name, deed.often));
    office.chain(case).chain(referral)
}

/// The command of a deed, about one of the cases or referrals that it fits.
#[must_use]
pub fn command(view: &View<'_>, name: &str, chance: &mut Chance) -> Option<Command> {
    if let Some(deed) = case::OF_OFFICE.iter().find(|deed| deed.name == name) {
        return (deed.make)(view, chance);
    }
    if let Some(deed) = case::OF_CASE.iter().find(|deed| deed.name == name) {
        let referred: Vec<_> = view.cases.iter().copied().filter(|case| !case.links.is_empty()).collect();
        let among = if referred.is_empty() || chance.one_in(4) { &view.cases } else { &referred };
        return (deed.make)(view, chance.pick(among)?, chance);
    }
    let going_on: Vec<_> = view.referrals.iter().copied().filter(|referral| !referral.has_ended()).collect();
    // What has ended is tried too: it must be refused.
    let among = if going_on.is_empty() || chance.one_in(3) { &view.referrals } else { &going_on };
    of_referral(view, name, chance.pick(among)?, chance)
}

fn of_referral(
    view: &View<'_>,
    name: &str,
    referral: &ReferralState,
    chance: &mut Chance,
) -> Option<Command> {
    let deed = REFERRALS.into_iter().flatten().find(|deed| deed.name == name)?;
    (deed.make)(view, referral, chance)
}

fn note(chance: &mut Chance) -> Option<Text> {
    chance.one_in(3).then(|| "a note".into())
}
