//! What the office can say about itself and the others: status, offices, findings.

use waymark_domain::event::log::Cosigned;
use waymark_domain::event::notice::OfficeProfile;
use waymark_domain::ids::{Country, OfficeId};
use waymark_domain::time::{Day, Timestamp};
use waymark_domain::words::{Institution, OfficeRole};
use waymark_domain::world::Standing;
use waymark_seal::checkpoint::Head;
use waymark_seal::entry::Audience;

use crate::applying::own_entry;
use crate::desk::Desk;
use crate::findings::Finding;
use crate::guard::NotReady;
use crate::order::Failure;
use crate::seen::Seen;

/// An office of the network, as shown to people.
#[derive(Debug, Clone)]
pub struct OfficeCard {
    /// Its id.
    pub id: OfficeId,
    /// Its name in the roster.
    pub name: String,
    /// Its organisation.
    pub organisation: String,
    /// Its post box.
    pub slot: String,
    /// ISO 3166-1.
    pub country: Country,
    /// What kind of institution it is.
    pub institution: Institution,
    /// What it is in the network.
    pub roles: Vec<OfficeRole>,
    /// Whether it takes part.
    pub standing: Standing,
    /// Since when it is frozen: it signed two histories of its log.
    pub frozen_since: Option<Timestamp>,
    /// What it offers and when it answers, as it last published.
    pub profile: Option<OfficeProfile>,
    /// Last day of its newest inbox key; none: nothing can be offered to it yet.
    pub inbox_key_until: Option<Day>,
    /// When something of it was last received.
    pub last_heard: Option<Timestamp>,
    /// Entries of its log under the newest head that was proven here; of the own log, all.
    pub log_size: u64,
}

/// What waits for an office to be sent or receipted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The office.
    pub to: OfficeId,
    /// How many entries.
    pub entries: u64,
    /// When the oldest was written.
    pub since: Timestamp,
}

/// How the node stands.
#[derive(Debug, Clone)]
pub struct Status {
    /// The incarnation of the log.
    pub log: u32,
    /// The newest head.
    pub head: Head,
    /// Entries under the durable, signed head.
    pub durable_size: u64,
    /// Whether commands are taken.
    pub guard: Result<(), NotReady>,
    /// When the node started.
    pub started_at: Timestamp,
    /// What was wrong with what others sent.
    pub findings: Vec<Finding>,
}

/// How the log of this office stands with its witnesses.
#[derive(Debug, Clone)]
pub struct Witnessing {
    /// The newest head that others have cosigned, who and when.
    pub newest: Option<Cosigned>,
    /// Entries under the largest head that a quorum has cosigned.
    pub under_quorum: u64,
    /// Nobody could cosign: no other organisation has a witness key.
    pub nobody: bool,
    /// Offices that have been asked for more than a minute and have not cosigned, since when.
    pub silent: Vec<(OfficeId, Timestamp)>,
    /// The time that a quorum has signed, when this office's clock is more than an hour before it.
    pub clock_behind: Option<Timestamp>,
}

impl Desk {
    /// How the log of this office stands with its witnesses.
    pub fn witnessing(&self) -> Witnessing {
        let now = self.now();
        let cosigned = self.core().cosigned.clone();
        Witnessing {
            newest: cosigned.newest,
            under_quorum: cosigned.under_quorum,
            nobody: self.witnesses_now().is_some_and(|witnesses| witnesses.are_none()),
            silent: self.heads.cosigning.silent(now),
            clock_behind: self.clock_set_back(now),
        }
    }

    /// Every office of the roster, this one included, by slot.
    pub fn offices(&self) -> Vec<OfficeCard> {
        let roster = self.roster();
        let core = self.core();
        let mut cards = Vec::new();
        for office in &roster.newest().offices {
            let Some(peer) = core.view.offices.get(&office.id) else { continue };
            let incarnation = office.logs.iter().map(|range| range.log).max().unwrap_or_default();
            let held = self.ledger.peer_head(office.id, incarnation).map_or(0, |held| held.head.size);
            cards.push(OfficeCard {
                id: office.id,
                name: office.name.clone(),
                organisation: office.organisation.clone(),
                slot: office.slot_name(),
                country: peer.country,
                institution: peer.institution,
                roles: peer.roles.clone(),
                standing: peer.standing,
                frozen_since: core.frauds.get(&(office.id, incarnation)).map(|fraud| fraud.at),
                profile: peer.profile.clone(),
                inbox_key_until: peer.inbox.last().map(|key| key.until),
                last_heard: core.last_heard.get(&office.id).copied(),
                log_size: if office.id == self.me { self.ledger.size() } else { held },
            });
        }
        cards
    }

    /// What waits for other offices, by office.
    ///
    /// # Errors
    /// [`Failure`] when the log cannot be read.
    pub fn waiting(&self) -> Result<Vec<Waiting>, Failure> {
        let waiting = self.ledger.outbox_waiting().into_iter();
        let told = waiting.map(|(to, (entries, oldest))| {
            let oldest = own_entry(&self.ledger.entry(oldest)?)?;
            Ok(Waiting { to, entries, since: oldest.claimed_at })
        });
        told.collect()
    }

    /// Whether an entry that this office wrote to one other has no machine receipt of that office yet. What was written before a folder was
    /// lost waits for none.
    #[must_use]
    pub fn awaits_receipt(&self, seen: &Seen) -> bool {
        match seen.audience {
            Audience::Office(to) => self.wrote_here(seen) && self.ledger.outbox_holds(to, seen.index),
            Audience::Nobody | Audience::Network => false,
        }
    }

    /// An office's name in the roster, or its id when it is not there.
    pub fn office_name(&self, id: OfficeId) -> String {
        self.roster().office(&id).map_or_else(|| id.to_string(), |office| office.name.clone())
    }

    /// How the node stands.
    pub fn status(&self) -> Status {
        let (durable, _) = self.ledger.checkpoint();
        Status {
            log: self.log,
            head: self.ledger.head(),
            durable_size: durable.size,
            guard: self.may_write(),
            started_at: self.started_at,
            findings: self.findings.list(),
        }
    }

    /// The newest durable tree head, as signed.
    pub fn checkpoint(&self) -> Vec<u8> {
        self.own_checkpoint().1
    }
}
