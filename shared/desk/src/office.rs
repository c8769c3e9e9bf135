//! What the office can say about itself and the others: status, offices, findings.

use waymark_domain::ids::{Country, OfficeId};
use waymark_domain::time::{Day, Timestamp};
use waymark_domain::words::{Institution, OfficeRole, Purpose};
use waymark_domain::world::Standing;
use waymark_seal::checkpoint::Head;

use crate::desk::Desk;
use crate::findings::Finding;
use crate::guard::NotReady;

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
    /// Languages of its staff.
    pub languages: Vec<String>,
    /// Services it offers.
    pub services: Vec<Purpose>,
    /// Last day of its newest inbox key; none: nothing can be offered to it yet.
    pub inbox_key_until: Option<Day>,
    /// When something of it was last received.
    pub last_heard: Option<Timestamp>,
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

impl Desk {
    /// Every office of the roster, this one included, by slot.
    pub fn offices(&self) -> Vec<OfficeCard> {
        let roster = self.roster();
        let core = self.core();
        let mut cards = Vec::new();
        for office in &roster.newest().offices {
            let Some(peer) = core.view.offices.get(&office.id) else { continue };
            let profile = peer.profile.as_ref();
            cards.push(OfficeCard {
                id: office.id,
                name: office.name.clone(),
                organisation: office.organisation.clone(),
                slot: office.slot_name(),
                country: peer.country,
                institution: peer.institution,
                roles: peer.roles.clone(),
                standing: peer.standing,
                languages: profile.map(|profile| profile.languages.clone()).unwrap_or_default(),
                services: profile.map(|profile| profile.services.clone()).unwrap_or_default(),
                inbox_key_until: peer.inbox.last().map(|key| key.until),
                last_heard: core.last_heard.get(&office.id).copied(),
            });
        }
        cards
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
            guard: self.guard.ready(self.now()),
            started_at: self.started_at,
            findings: self.findings.list(),
        }
    }

    /// The newest durable tree head, as signed.
    pub fn checkpoint(&self) -> Vec<u8> {
        self.ledger.checkpoint().1.to_vec()
    }
}
