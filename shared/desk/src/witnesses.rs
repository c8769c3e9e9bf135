//! Who counts as a witness of this office's log, by one roster version: active offices of other organisations with a witness key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use waymark_domain::event::log::Cosignature;
use waymark_domain::ids::{NetworkId, OfficeId};
use waymark_domain::time::Timestamp;
use waymark_seal::cosign::Cosigner;
use waymark_seal::policy::{Policy, QUORUM};
use waymark_seal::roster::Roster;

use crate::desk::Desk;

/// The witnesses of one office, and when there are enough of them.
pub(crate) struct Witnesses {
    policy: Policy,
    /// In the order of their slots.
    pub(crate) all: Vec<Witness>,
}

/// An office that may cosign.
pub(crate) struct Witness {
    pub(crate) office: OfficeId,
    pub(crate) organisation: String,
    /// Its name in the policy.
    slot: String,
    pub(crate) cosigner: Cosigner,
}

impl Witnesses {
    fn of(network: &NetworkId, roster: &Roster, me: &OfficeId) -> Self {
        let policy = Policy::of_office(roster, me, None);
        let witness = |office: &waymark_seal::roster::Office| {
            let slot = office.slot_name();
            policy.witnesses.contains_key(&slot).then_some(())?;
            let cosigner = Cosigner::of(network, &office.id, office.witness?);
            Some(Witness { office: office.id, organisation: office.organisation.clone(), slot, cosigner })
        };
        let all = roster.offices.iter().filter_map(witness).collect();
        Self { policy, all }
    }

    pub(crate) fn find(&self, office: OfficeId) -> Option<&Witness> {
        self.all.iter().find(|witness| witness.office == office)
    }

    /// Whether there is nobody to ask: no other organisation has a witness key.
    pub(crate) const fn are_none(&self) -> bool {
        self.policy.asks_for_none()
    }

    /// Whether these are the same offices with the same keys.
    pub(crate) fn are_those(&self, others: &Self) -> bool {
        self.policy == others.policy
    }

    /// Whether these are enough.
    pub(crate) fn met(&self, by: impl IntoIterator<Item = OfficeId>) -> bool {
        let found = by.into_iter().filter_map(|office| self.find(office));
        self.policy.met(&found.map(|witness| witness.slot.as_str()).collect())
    }

    /// The time that a quorum supports: it was later when the head stood so. Each organisation counts once, with its earliest.
    pub(crate) fn not_before(&self, cosignatures: &[Cosignature]) -> Option<Timestamp> {
        let mut earliest: BTreeMap<&str, Timestamp> = BTreeMap::new();
        for one in cosignatures {
            let Some(witness) = self.find(one.office) else { continue };
            let at = earliest.entry(&witness.organisation).or_insert(one.at);
            *at = one.at.min(*at);
        }
        let organisations: BTreeSet<&str> = self.all.iter().map(|one| one.organisation.as_str()).collect();
        let needed = organisations.len().min(QUORUM);
        let mut times: Vec<Timestamp> = earliest.into_values().collect();
        times.sort_unstable();
        times.iter().rev().nth(needed.checked_sub(1)?).copied()
    }
}

impl Desk {
    /// The witnesses by a roster version; `None` for one that is not held.
    pub(crate) fn witnesses_at(&self, version: u32) -> Option<Arc<Witnesses>> {
        let mut known = self.heads.witnesses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(witnesses) = known.get(&version) {
            return Some(Arc::clone(witnesses));
        }
        let roster = self.roster().version(version)?;
        let witnesses = Arc::new(Witnesses::of(&self.network, &roster, &self.me));
        known.insert(version, Arc::clone(&witnesses));
        Some(witnesses)
    }

    /// The witnesses by the newest roster.
    pub(crate) fn witnesses_now(&self) -> Option<Arc<Witnesses>> {
        self.witnesses_at(self.roster().newest().version)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use waymark_domain::ids::Hash;
    use waymark_domain::words::{Institution, OfficeRole};
    use waymark_seal::roster::{Office, OfficeState};
    use waymark_seal::sign::WitnessKey;

    use super::*;

    const NETWORK: NetworkId = NetworkId([7; 16]);

    fn office(number: u8, organisation: &str) -> Office {
        Office {
            id: OfficeId([number; 16]),
            slot: NonZeroU16::new(number.into()).unwrap(),
            state: OfficeState::Active,
            country: *b"DE",
            institution: Institution::Ngo,
            roles: vec![OfficeRole::Office],
            name: organisation.to_owned(),
            organisation: organisation.to_owned(),
            logs: Vec::new(),
            witness: Some(WitnessKey::from_seed(&[number; 32]).public()),
        }
    }

    /// Seen from office 1.
    fn witnesses(organisations: &[&str]) -> Witnesses {
        let roster = Roster {
            network: NETWORK,
            version: 1,
            previous: Hash([0; 32]),
            expires_at: Timestamp(9),
            threshold: 1,
            roots: Vec::new(),
            offices: (1..).zip(organisations).map(|(number, name)| office(number, name)).collect(),
        };
        Witnesses::of(&NETWORK, &roster, &OfficeId([1; 16]))
    }

    fn by(given: &[(u8, u64)]) -> Vec<Cosignature> {
        let one = |(office, at): &(u8, u64)| Cosignature {
            office: OfficeId([*office; 16]),
            at: Timestamp(*at),
            signature: [[0; 32]; 2],
        };
        given.iter().map(one).collect()
    }

    #[test]
    fn no_single_organisation_says_how_late_it_is() {
        let witnesses = witnesses(&["own", "red", "red", "blue", "own"]);
        let at = |given: &[(u8, u64)]| witnesses.not_before(&by(given)).map(|at| at.0);
        assert_eq!(at(&[(2, 100)]), None, "one is not enough");
        assert_eq!(at(&[(2, 100), (3, 900)]), None, "two offices of one organisation are one");
        assert_eq!(at(&[(2, 100), (4, 9_000)]), Some(100), "who lies alone moves nothing");
        assert_eq!(at(&[(2, 100), (3, 900), (4, 200)]), Some(100));
        assert_eq!(at(&[(5, 800), (2, 100)]), None, "the own organisation does not count");
    }

    #[test]
    fn where_there_is_one_other_organisation_it_is_enough_and_where_there_is_none_nobody_is_asked() {
        let one = witnesses(&["own", "red", "own"]);
        assert!(one.met([OfficeId([2; 16])]) && !one.met([OfficeId([3; 16])]));
        assert_eq!(one.not_before(&by(&[(2, 100)])), Some(Timestamp(100)));
        assert!(witnesses(&["own", "own"]).are_none());
    }
}
