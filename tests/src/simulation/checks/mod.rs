//! What must hold. Cheap checks look at what a step has changed; the others look at everything once it is quiet.
//!
//! | rule | file |
//! |---|---|
//! | what a consent does not cover is neither readable nor held; nothing is disclosed after a withdrawal or a no | `consent.rs` |
//! | exactly one responsible office for each person; both ends see the same | `union.rs` |
//! | who sees two histories of a log freezes its office, and nothing is disclosed to it after that | `frozen.rs` |
//! | nothing that was answered is lost; logs verify; the honest do not accuse each other | `logs.rs` |

mod consent;
mod frozen;
mod logs;
mod union;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use waymark_desk::{Desk, Failure, Thread};
use waymark_domain::ids::{EventId, OfficeId, ThreadId};

use super::office::Office;
use super::town::Town;

/// What was broken. See the module `simulation` for each in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A holder reads what no consent covers any more.
    Readable,
    /// A holder took over a key that no consent it knew of covered.
    KeyTaken,
    /// The sender discloses after its own word that the consent has ended.
    Disclosed,
    /// An office discloses to whom she said no.
    AfterNo,
    /// An office discloses to one that it knows to have signed two histories.
    ToFrozen,
    /// An office saw two heads of one size and did not freeze who signed them.
    NotFrozen,
    /// A withdrawal stays without an acknowledgement.
    Unanswered,
    /// What a withdrawal concerns, or an emergency that was turned down, is locked and not erased.
    NotErased,
    /// Not exactly one office is responsible.
    Responsible,
    /// Two ends of a referral differ.
    TwoViews,
    /// An honest office wrote what does not fit.
    Anomaly,
    /// What was answered is not in the log.
    Lost,
    /// A log does not verify.
    Damaged,
    /// An honest office accuses another.
    Accused,
    /// Mail never ends.
    Restless,
    /// Something panicked, or an office does not open.
    Panicked,
}

/// A rule that was broken, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Which.
    pub rule: Rule,
    /// By whom and where, for people.
    pub how: String,
}

impl Breach {
    /// A breach.
    pub fn new(rule: Rule, how: impl Into<String>) -> Self {
        Self { rule, how: how.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.how)
    }
}

/// A check of one thing.
pub type Checked = Result<(), Breach>;

/// What is known from outside of everything that happened.
#[derive(Default)]
pub struct Checks {
    /// The newest state of each thread of each office, also of one that is down.
    known: BTreeMap<(u16, ThreadId), Arc<Thread>>,
    /// Who is who.
    ids: BTreeMap<u16, OfficeId>,
    /// Events of answered commands.
    answered: BTreeMap<u16, BTreeSet<EventId>>,
}

impl Checks {
    /// The threads of an office.
    pub fn threads_of(&self, office: u16) -> impl Iterator<Item = &Thread> {
        self.known.iter().filter(move |((number, _), _)| *number == office).map(|(_, thread)| &**thread)
    }

    /// A command was answered with success.
    pub fn answered(&mut self, office: u16, events: Vec<EventId>) {
        self.answered.entry(office).or_default().extend(events);
    }

    /// What holds after every step: looks at the threads that have changed.
    ///
    /// # Errors
    /// The first breach.
    pub fn after_step(&mut self, town: &Town) -> Checked {
        frozen::by_who_saw(town)?;
        let mut anything = false;
        for office in &town.offices {
            let Some(desk) = &office.desk else { continue };
            for thread in office.watch.changed() {
                anything |= self.look_at(office, desk, thread)?;
            }
        }
        if anything { self.responsible() } else { Ok(()) }
    }

    /// What holds after time has passed: looks at every thread of everybody who is up.
    ///
    /// # Errors
    /// The first breach.
    pub fn after_time(&mut self, town: &Town) -> Checked {
        for office in &town.offices {
            let Some(desk) = &office.desk else { continue };
            for thread in office.watch.all() {
                self.look_at(office, desk, thread)?;
            }
        }
        self.responsible()
    }

    /// What holds at an office that has just started: it has everything that it answered.
    ///
    /// # Errors
    /// The first breach.
    pub fn after_start(&mut self, office: &Office) -> Checked {
        match self.answered.get(&office.number) {
            Some(answered) => logs::holds(office, answered),
            None => Ok(()),
        }
    }

    /// What holds once everybody is up and has heard everything.
    ///
    /// # Errors
    /// The first breach.
    pub fn when_quiet(&mut self, town: &Town) -> Checked {
        self.after_time(town)?;
        for office in &town.offices {
            self.after_start(office)?;
            logs::verifies(office)?;
            logs::accuses_nobody(office, &town.offices)?;
            let Some(desk) = &office.desk else { continue };
            for thread in office.watch.all() {
                consent::is_answered(office, desk, thread)?;
            }
        }
        self.same_views()?;
        self.everybody_knows()
    }

    fn look_at(&mut self, office: &Office, desk: &Desk, id: ThreadId) -> Result<bool, Breach> {
        let Some(thread) = desk.thread(id).map_err(unreadable)? else { return Ok(false) };
        consent::holds(office, desk, &thread)?;
        frozen::nothing_is_disclosed(office, desk, &thread)?;
        let anomalies = union::anomalies(office, &thread);
        self.ids.insert(office.number, office.id);
        self.known.insert((office.number, id), thread);
        anomalies.map(|()| true)
    }
}

fn unreadable(failure: Failure) -> Breach {
    Breach::new(Rule::Damaged, failure.to_string())
}
