//! An office gets other keys and goes on in the same log; everybody cosigns the roster that says so.

use waymark_audit::verify::Code;
use waymark_desk::{Renewed, notices_of};
use waymark_domain::command::SendMessage;
use waymark_domain::event::log::RosterWitnessed;
use waymark_seal::checkpoint::{Head, RosterOrigin};
use waymark_seal::cosign::cosign;
use waymark_seal::entry::Audience;
use waymark_seal::hash::leaf_hash;
use waymark_seal::merkle::Frontier;
use waymark_seal::roster::Roster;
use waymark_seal::sign::WitnessKey;

use super::{is_whole, reached, report};
use crate::planted::{Planted, only};
use crate::scenes::{NORTH, Referred};
use crate::story::{keys, offices};
use crate::town::{NETWORK, Town};

fn everybody_cosigns_the_roster(town: &mut Town) {
    for office in 1..=offices(town) {
        town.desk(office).witness_roster();
    }
    town.minutes(3);
}

fn says(town: &mut Town, referred: Referred, text: &str) {
    let referral = referred.referral;
    town.does(NORTH, SendMessage { referral, text: text.into() }).expect("sent");
    town.minutes(3);
}

/// North has replaced both keys, and everybody has cosigned both versions of the roster; with north's first witness key.
fn renewed() -> (Town, WitnessKey) {
    let mut town = Town::new(3);
    everybody_cosigns_the_roster(&mut town);
    let referred = reached(&mut town);
    town.stop(NORTH);
    let (_, first) = keys(&town, NORTH);
    let made = town.new_keys(NORTH, Renewed::Both);
    town.open(NORTH);
    town.minutes(2);
    says(&mut town, referred, "under the old key, after the head at which it ends");
    let signed = town.naming(NORTH, &made);
    town.stop(NORTH);
    town.adopt(NORTH, &signed);
    town.open(NORTH);
    town.minutes(3);
    says(&mut town, referred, "under the new key");
    everybody_cosigns_the_roster(&mut town);
    reached(&mut town);
    (town, first)
}

#[test]
fn a_key_that_was_replaced_and_a_roster_that_everybody_cosigned_are_no_fault() {
    let (town, _) = renewed();
    let report = report(&town);
    is_whole(&report);
    assert_eq!((report.roster.cosigned_by, report.roster.versions), (Some(3), 2));
}

#[test]
fn a_witness_key_that_was_replaced_cosigns_no_version_that_names_another() {
    let (town, first) = renewed();
    let planted = Planted::of(town);
    let (north, now) = (planted.north(), planted.town.clock_now());
    let cosigned = |name: &str, version: usize| {
        planted.forged(name, |forge| {
            let mut tree = Frontier::new();
            for signed in forge.rosters.iter().take(version) {
                tree.push(leaf_hash(Roster::parse(signed).unwrap().encode().as_bytes()));
            }
            let head = Head { size: tree.size(), root: tree.root() };
            let made = cosign(&first, &RosterOrigin(NETWORK), &head, now);
            let signature = [0, 32].map(|at| made.signature[at..at + 32].try_into().unwrap());
            let version = u32::try_from(version).unwrap();
            let word = RosterWitnessed { version, root: head.root, at: now, signature };
            let log = forge.log(north);
            let entry = log.next(&word.into(), notices_of(north), Audience::Network, now);
            log.append(&entry);
        })
    };
    is_whole(&cosigned("the version before, late", 1));
    only(&cosigned("the version that replaced it", 2), Code::CosignatureInvalid);
}
