//! A network of two offices under one root key.

use std::num::NonZeroU16;

use waymark_domain::ids::{NetworkId, OfficeId};
use waymark_domain::time::Timestamp;
use waymark_domain::words::{Institution, OfficeRole};
use waymark_seal::hash::ZERO;
use waymark_seal::note::Verifier;
use waymark_seal::roster::{LogRange, Office, OfficeState, Roster, RosterChain, fingerprint};
use waymark_seal::sign::{LogKey, RootKey};

pub(crate) const NETWORK: NetworkId = NetworkId([1; 16]);
pub(crate) const NORTH: OfficeId = OfficeId([2; 16]);
pub(crate) const SOUTH: OfficeId = OfficeId([3; 16]);

/// The key of north's log.
pub(crate) fn log_key() -> LogKey {
    LogKey::from_seed(&[40; 32])
}

pub(crate) fn root_key() -> RootKey {
    RootKey::from_seed(&[50; 32])
}

pub(crate) fn roster() -> Roster {
    let office = |id, slot, key| Office {
        id,
        slot: NonZeroU16::new(slot).unwrap(),
        state: OfficeState::Active,
        country: *b"NO",
        institution: Institution::Ngo,
        roles: vec![OfficeRole::Office],
        name: "House".into(),
        organisation: "House".into(),
        logs: vec![LogRange { log: 0, from: 0, end: None, key }],
        witness: None,
    };
    Roster {
        network: NETWORK,
        version: 1,
        previous: ZERO,
        expires_at: Timestamp(u64::MAX),
        threshold: 1,
        roots: vec![Verifier { name: "root".into(), key: root_key().public() }],
        offices: vec![
            office(NORTH, 1, log_key().public()),
            office(SOUTH, 2, LogKey::from_seed(&[41; 32]).public()),
        ],
    }
}

pub(crate) fn chain() -> RosterChain {
    let roster = roster();
    RosterChain::start(&roster.sign(&[("root", &root_key())]), &fingerprint(&roster.encode())).unwrap()
}
