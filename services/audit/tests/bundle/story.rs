//! The stories that are audited: a hand-over and a withdrawal, written by real desks, with heads that the others cosigned.

use std::collections::BTreeMap;
use std::path::Path;

use waymark_audit::bundle::{Folder, write};
use waymark_audit::verify::{Options, Report, Silent, Trust, verify};
use waymark_domain::command::*;
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, OfficeId};
use waymark_domain::time::HOUR;
use waymark_seal::checkpoint::Origin;
use waymark_seal::entry::Audience;
use waymark_seal::rng::System;
use waymark_seal::sign::{LogKey, WitnessKey};
use waymark_seal::unplaced::{BasisTo, Unplaced};
use waymark_seal::vault::Vault;

use crate::forge::Into;
use crate::forge::plant::cosigned_head;
use crate::ledger::ledger;
use crate::scenes::{Referred, SOUTH, accepted, departs, withdraw_consent};
use crate::town::{NETWORK, Town, data, passphrase};

/// The bundle of these offices, in a folder that is not there yet or is a bundle already.
pub(crate) fn export(town: &Town, offices: &[u16], dir: &Path) {
    for office in offices {
        let mut folder = Into(Folder::begin(dir).unwrap());
        assert!(write(&town.desk(*office), &mut folder).unwrap());
        folder.0.keep().unwrap();
    }
}

/// Verifies a bundle whose roster was compared, and has a stranger's program verify it too.
pub(crate) fn verified(dir: &Path) -> Report {
    let report = verified_here(dir);
    crate::stranger::agrees(dir, &report);
    report
}

/// The same without the stranger, for many bundles.
pub(crate) fn verified_here(dir: &Path) -> Report {
    let options = Options { recognises: &|_| Trust::Confirmed, since: None };
    verify(dir, &options, &Silent).unwrap().0
}

/// The keys of an office that does not run.
pub(crate) fn keys(town: &Town, office: u16) -> (LogKey, WitnessKey) {
    let vault = Vault::open(&data(&town.folder, office).join("vault"), &passphrase(), System).unwrap();
    (vault.log_key().unwrap(), vault.witness_key().unwrap())
}

pub(crate) fn stop_all(town: &mut Town) {
    (1..=offices(town)).for_each(|office| town.stop(office));
}

pub(crate) fn offices(town: &Town) -> u16 {
    u16::try_from(town.ids.len()).unwrap()
}

/// The log keys of all offices, none of which runs.
pub(crate) fn all_keys(town: &Town) -> BTreeMap<OfficeId, LogKey> {
    (1..=offices(town)).map(|office| (town.id(office), keys(town, office).0)).collect()
}

/// And their witness keys.
pub(crate) fn all_witnesses(town: &Town) -> BTreeMap<OfficeId, WitnessKey> {
    (1..=offices(town)).map(|office| (town.id(office), keys(town, office).1)).collect()
}

/// Every office's head is cosigned by all others, and says so in its log.
pub(crate) fn witness(town: &mut Town) {
    witness_quietly(town);
    town.exchange();
    town.pass(6);
    town.exchange();
}

/// The same; nobody hears of anything meanwhile.
pub(crate) fn witness_quietly(town: &mut Town) {
    stop_all(town);
    let witnesses = all_witnesses(town);
    for office in 1..=offices(town) {
        let id = town.id(office);
        let origin = Origin { network: NETWORK, office: id, log: 0 };
        let ledger = ledger(town, office);
        let (head, _) = ledger.checkpoint();
        let event: Event = cosigned_head(&origin, head, &witnesses, town.clock_now()).into();
        let entry = Unplaced {
            network: NETWORK,
            office: id,
            log: 0,
            event: EventId(waymark_seal::rng::bytes(&mut System)),
            roster: 1,
            claimed_at: town.clock_now(),
            audience: Audience::Nobody,
            kind: event.kind(),
            thread: waymark_desk::heads_of(id),
            basis: BasisTo::None,
            causes: Vec::new(),
            public: event.encode(),
            actor: Vec::new(),
            sections: Vec::new(),
            grants: Vec::new(),
            bodies: Vec::new(),
            keep: None,
            to: Vec::new(),
        };
        ledger.commit(vec![entry], town.clock_now()).unwrap();
        ledger.settle().unwrap();
    }
    (1..=offices(town)).for_each(|office| town.open(office));
}

/// A journey of one leg; she is met.
pub(crate) fn handed_over(town: &mut Town) -> Referred {
    let referred = accepted(town);
    let referral = referred.referral;
    town.does(SOUTH, RecordContact { referral, at: town.clock_now() }).unwrap();
    town.exchange();
    departs(town, referral, 0);
    town.pass(HOUR);
    town.does(SOUTH, ConfirmReception { referral, at: town.clock_now() }).unwrap();
    town.exchange();
    referred
}

/// What the bundles of these tests tell.
pub(crate) struct Story {
    pub(crate) town: Town,
    pub(crate) handed_over: Referred,
    pub(crate) withdrawn: Referred,
    /// Accepted, and going on.
    pub(crate) open: Referred,
}

/// A hand-over and a withdrawal between three offices, cosigned after each.
pub(crate) fn story() -> Story {
    let mut town = Town::new(3);
    (1..=3).for_each(|office| town.desk(office).witness_roster());
    witness(&mut town);
    let handed_over = handed_over(&mut town);
    town.pass(1_800);
    witness(&mut town);
    let withdrawn = accepted(&mut town);
    withdraw_consent(&town, withdrawn);
    town.exchange();
    town.pass(1_800);
    witness(&mut town);
    let open = accepted(&mut town);
    town.pass(1_800);
    witness(&mut town);
    Story { town, handed_over, withdrawn, open }
}
