//! An office gets other keys while it goes on; and one whose key somebody else has goes on in a new log.

use std::collections::BTreeSet;

use waymark_desk::{Desk, NewKeys, NotReady, Renewed, SubmitError, read_roster};
use waymark_domain::command::{AcceptReferral, AcknowledgeReferral, OpenCase, PublishProfile, SendMessage};
use waymark_domain::ids::{OfficeId, ThreadId};
use waymark_seal::Origin;
use waymark_seal::checkpoint::parse_checkpoint;
use waymark_seal::vault::Vault;

use crate::bad_input::profile;
use crate::exchange::{offered, phase};
use crate::recovery::{is_sound, read, settle};
use crate::town::{NETWORK, Town, data, passphrase};

const ROOTS: &[(&str, u8)] = &[("root-1", 1), ("root-2", 2)];

/// North goes on after it has asked for new keys: nobody had to wait.
fn north_asks(town: &mut Town, which: Renewed) -> NewKeys {
    town.stop(1);
    let keys = town.new_keys(1, which);
    assert_eq!(town.new_keys(1, which).log_key, keys.log_key, "asked again it is the same");
    town.open(1);
    town.exchange();
    keys
}

/// The shelter has the version first, and whoever hears of it from there asks for it.
fn shelter_adopts(town: &mut Town, signed: &[u8]) {
    town.stop(3);
    town.adopt(3, signed);
    town.open(3);
    town.exchange_some(20);
    town.pass(6);
    town.does(3, PublishProfile { profile: profile() }).expect("told");
}

fn says(town: &Town, referral: ThreadId, text: &str) {
    town.does(1, SendMessage { referral, text: text.into() }).expect("sent");
}

/// Two offices with a referral, of which north has said something.
fn under_the_first_key() -> (Town, ThreadId) {
    let mut town = Town::new(2);
    let referral = offered(&mut town);
    town.exchange();
    says(&town, referral, "under the first key");
    town.exchange();
    (town, referral)
}

/// North takes a second key into use and says something more; gives the version that names it.
fn goes_on_under_the_second(town: &mut Town, referral: ThreadId) -> Vec<u8> {
    let keys = north_asks(town, Renewed::Log);
    let signed = town.naming(1, &keys);
    town.stop(1);
    town.adopt(1, &signed);
    town.open(1);
    town.exchange();
    says(town, referral, "under the second");
    town.minutes(1);
    signed
}

/// Nothing is awaited from anybody, and both ends see one state.
fn agree_again(town: &Town, referral: ThreadId) {
    assert_eq!(town.desk(1).awaited(), []);
    assert_eq!(phase(town, 1, referral), phase(town, 2, referral));
    is_sound(town, 1);
    is_sound(town, 2);
}

fn version(town: &Town, number: u16) -> u32 {
    read_roster(&data(&town.folder, number), town.clock_now()).expect("a roster").newest().version
}

/// North signs its newest head under the key that it asked for.
fn signs_anew(town: &Town, keys: &NewKeys) {
    let (_, key) = keys.log_key.expect("a log key");
    let origin = Origin { network: NETWORK, office: town.id(1), log: 0 };
    let head = parse_checkpoint(&town.desk(1).checkpoint(), &origin, &key).expect("signed by the new key");
    assert_eq!(head, town.desk(1).status().head);
}

/// It does, and nothing else is in its vault.
fn is_renewed(town: &mut Town, keys: &NewKeys) {
    signs_anew(town, keys);
    let (_, key) = keys.log_key.expect("a log key");
    town.stop(1);
    let vault = Vault::open(&data(&town.folder, 1).join("vault"), &passphrase(), waymark_seal::rng::System);
    let vault = vault.expect("opened");
    assert_eq!(vault.log_key().expect("a key").public(), key);
    if let Some(witness) = keys.witness_key {
        assert_eq!(vault.witness_key().expect("a key").public(), witness);
    }
    drop(vault);
    town.open(1);
    town.exchange_some(20);
    // Whoever is away does not answer.
    town.pass(6);
}

/// Its log is whole, and it found nothing against anybody. Who was started anew while another was away does not know where to begin a
/// proof, and is asked for it once more: that is no fault.
fn accuses_nobody(town: &Town, number: u16) {
    assert_eq!(town.desk(number).verify_log(0, &|_, _| {}).expect("checked").faults, [], "office {number}");
    let findings = town.desk(number).status().findings;
    let others = findings.iter().filter(|found| found.verdict != "growth_unproven");
    assert_eq!(others.count(), 0, "office {number}: {findings:?}");
}

#[test]
fn an_office_goes_on_while_its_keys_are_replaced_and_so_does_who_was_away() {
    let mut town = Town::new(3);
    let referral = offered(&mut town);
    town.minutes(3);
    let keys = north_asks(&mut town, Renewed::Both);
    says(&town, referral, "under the old key");
    town.minutes(3);
    // South is away from here on, and misses more under the old key, the switch, and what comes under the new one.
    town.keeps_mail = true;
    town.stop(2);
    says(&town, referral, "under the old key, and nobody is there");
    town.exchange_some(20);
    let signed = town.naming(1, &keys);
    shelter_adopts(&mut town, &signed);
    town.exchange_some(20);
    assert_eq!((version(&town, 1), version(&town, 2)), (2, 1));
    signs_anew(&town, &keys);
    says(&town, referral, "under the new key");
    town.exchange_some(20);
    town.open(2);
    town.minutes(5);
    assert_eq!(version(&town, 2), 2);
    town.does(2, AcknowledgeReferral { referral }).expect("acknowledged");
    town.does(2, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    town.minutes(5);
    assert_eq!(phase(&town, 1, referral), phase(&town, 2, referral));
    assert_eq!(read(&town, 1, referral), read(&town, 2, referral));
    for number in 1..=3 {
        let stands = town.desk(number).witnessing();
        assert!(stands.silent.is_empty() && stands.under_quorum > 0, "office {number}: {stands:?}");
        accuses_nobody(&town, number);
    }
    is_renewed(&mut town, &keys);
    // However it ends, everything holds at the next start.
    for number in 1..=3 {
        town.crash(number);
        town.open(number);
    }
    town.minutes(3);
    says(&town, referral, "after a power cut");
    town.minutes(3);
    assert_eq!(read(&town, 1, referral), read(&town, 2, referral));
    (1..=3).for_each(|number| accuses_nobody(&town, number));
    assert!(town.desk(1).witnessing().under_quorum > keys.log_key.expect("a key").0.size);
}

#[test]
fn a_switch_that_is_cut_short_anywhere_is_finished_at_the_next_start() {
    let mut town = Town::new(3);
    let referral = offered(&mut town);
    town.minutes(3);
    let keys = north_asks(&mut town, Renewed::Log);
    says(&town, referral, "before");
    let signed = town.naming(1, &keys);
    // The version is in the folder, and the vault has not switched.
    town.crash(1);
    town.adopt(1, &signed);
    town.open(1);
    // It has, and nobody has heard of it.
    town.mail.clear();
    town.crash(1);
    town.open(1);
    town.exchange();
    town.pass(60);
    is_renewed(&mut town, &keys);
    says(&town, referral, "after");
    town.minutes(5);
    assert_eq!((version(&town, 2), version(&town, 3)), (2, 2), "they heard of it from north");
    assert_eq!(read(&town, 1, referral), read(&town, 2, referral));
    (1..=3)
        .for_each(|number| assert_eq!(town.desk(number).verify_log(0, &|_, _| {}).expect("read").faults, []));
}

#[test]
fn who_holds_the_version_before_the_office_itself_tells_it() {
    let mut town = Town::new(3);
    let referral = offered(&mut town);
    town.minutes(3);
    let keys = north_asks(&mut town, Renewed::Both);
    let signed = town.naming(1, &keys);
    // South has it, and says nothing; north does not know yet that its old key has ended.
    town.stop(2);
    town.adopt(2, &signed);
    town.open(2);
    town.exchange();
    says(&town, referral, "under a key that has ended for south");
    town.minutes(5);
    assert_eq!(version(&town, 1), 2);
    is_renewed(&mut town, &keys);
    says(&town, referral, "under the new one");
    town.minutes(5);
    assert_eq!(read(&town, 1, referral), read(&town, 2, referral));
    (1..=3).for_each(|number| is_sound(&town, number));
}

#[test]
fn an_old_copy_from_before_the_switch_writes_nothing() {
    let mut town = Town::new(3);
    let referral = offered(&mut town);
    town.minutes(3);
    town.stop(1);
    let without_key = town.copy_of(1);
    let keys = town.new_keys(1, Renewed::Log);
    let with_key = town.copy_of(1);
    town.open(1);
    town.exchange();
    let signed = town.naming(1, &keys);
    shelter_adopts(&mut town, &signed);
    town.minutes(2);
    says(&town, referral, "under the new key");
    town.minutes(3);
    town.stop(1);
    for copy in [without_key, with_key] {
        town.put_back(1, &copy);
        town.mail.clear();
        // Its last stop was clean, and nothing in it knows of another key.
        town.open(1);
        let before = town.desk(1).status().head;
        town.exchange_some(8);
        town.pass(60);
        town.exchange_some(8);
        let refused = town.does(1, OpenCase::default());
        assert!(
            matches!(
                refused,
                Err(SubmitError::NotReady(NotReady::Behind { .. } | NotReady::Closed | NotReady::Alone))
            ),
            "{refused:?}"
        );
        assert_eq!(town.desk(1).status().head, before, "a second history was begun");
        town.crash(1);
    }
}

#[test]
fn keys_that_another_folder_made_are_never_taken_for_its_own() {
    let mut town = Town::new(2);
    town.stop(1);
    let copy = town.copy_of(1);
    let keys = town.new_keys(1, Renewed::Log);
    let signed = town.naming(1, &keys);
    town.put_back(1, &copy);
    town.adopt(1, &signed);
    town.open(1);
    assert_eq!(town.desk(1).status().guard, Err(NotReady::Closed));
}

#[test]
fn a_copy_from_before_a_rotation_hears_of_the_newest_head_and_its_log_is_closed_there() {
    let (mut town, referral) = under_the_first_key();
    town.stop(1);
    let backup = town.copy_of(1);
    town.open(1);
    town.minutes(1);
    let signed = goes_on_under_the_second(&mut town, referral);
    let lost = town.desk(1).status().head.size;
    town.crash(1);
    town.put_back(1, &backup);
    town.adopt(1, &signed);
    town.mail.clear();
    town.open(1);
    assert_eq!(town.desk(1).status().guard, Err(NotReady::Closed));
    town.minutes(1);
    assert!(town.desk(1).status().head.size < lost);
    assert!(town.desk(1).status().guard.is_err());
    town.stop(1);
    town.close_log(1);
    town.open_and_begin(1);
    settle(&mut town);
    agree_again(&town, referral);
}

#[test]
fn a_log_under_its_second_key_is_closed_and_taken_over_like_any_other() {
    let (mut town, referral) = under_the_first_key();
    goes_on_under_the_second(&mut town, referral);
    let backup = town.copy_of(1);
    says(&town, referral, "lost with the folder");
    town.minutes(1);
    town.crash(1);
    town.put_back(1, &backup);
    town.mail.clear();
    town.close_log(1);
    town.open_and_begin(1);
    settle(&mut town);
    agree_again(&town, referral);
    let kinds = |told: Vec<(u16, Option<String>)>| told.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    assert_eq!(kinds(read(&town, 1, referral)), kinds(read(&town, 2, referral)));
}

#[test]
fn what_a_stolen_key_signed_is_not_the_offices_and_what_it_wrote_itself_is() {
    let mut town = Town::new(3);
    let referral = offered(&mut town);
    town.minutes(3);
    let trusted = town.desk(1).status().head.size;
    town.stop(1);
    let thiefs = town.copy_of(1);
    town.open(1);
    town.exchange();
    // North writes what nobody hears of, and whoever took a copy of its folder writes something else to south.
    town.stop(2);
    says(&town, referral, "by north");
    let case = town.does(1, OpenCase::default()).expect("opened").thread;
    town.stop(1);
    let norths = town.copy_of(1);
    town.put_back(1, &thiefs);
    town.mail.clear();
    town.stop(3);
    town.open(2);
    town.open(1);
    town.exchange();
    town.pass(60);
    says(&town, referral, "by the thief");
    says(&town, referral, "by the thief once more");
    town.minutes(1);
    assert!(read(&town, 2, referral).iter().any(|(_, text)| text.as_deref() == Some("by the thief")));
    town.crash(1);
    town.put_back(1, &norths);
    town.mail.clear();
    town.close_stolen_log(1, trusted);
    town.open(3);
    town.open_and_begin(1);
    settle(&mut town);
    town.minutes(3);
    assert_eq!(town.desk(1).awaited(), []);
    let heard = |number| {
        let told = read(&town, number, referral);
        told.into_iter()
            .filter_map(|(_, text)| text)
            .filter(|text| text.starts_with("by"))
            .collect::<Vec<_>>()
    };
    assert_eq!(heard(1), ["by north"], "what was written with the stolen key was taken for north's");
    let mut south = heard(2);
    south.sort_unstable();
    assert_eq!(
        south,
        ["by north", "by the thief", "by the thief once more"],
        "what north wrote itself has not come"
    );
    assert!(town.desk(1).thread(case).expect("read").is_some(), "its own case was carried over");
    let checked = town.desk(1).verify_log(0, &|_, _| {}).expect("checked");
    assert_eq!(checked.faults, [], "what north wrote after the head that is trusted is north's");
    let found = town.desk(1).status().findings;
    assert!(found.iter().any(|found| found.verdict == "written_with_stolen_key"), "{found:?}");
    town.does(1, SendMessage { referral, text: "we go on".into() }).expect("sent");
    town.minutes(2);
    assert!(read(&town, 2, referral).iter().any(|(_, text)| text.as_deref() == Some("we go on")));
}

#[test]
fn root_holders_who_sign_two_versions_of_one_number_are_found_by_whoever_hears_of_both() {
    two_versions(Desk::compare_rosters);
}

#[test]
fn whoever_cosigned_another_roster_than_the_others_is_asked_for_it() {
    let town = two_versions(Desk::witness_roster);
    for number in 1..=2 {
        let found = town.desk(number).status().findings;
        assert!(found.iter().any(|found| found.verdict == "other_roster"), "office {number}: {found:?}");
        let same: Vec<_> =
            town.desk(number).roster_witnesses().into_iter().map(|(office, _)| office).collect();
        assert!(same.contains(&town.id(number)) && !same.contains(&town.id(3 - number)), "{same:?}");
    }
}

#[test]
fn every_office_cosigns_each_roster_once_and_remembers_it() {
    let mut town = Town::new(3);
    let all = |town: &Town| {
        for number in 1..=3 {
            town.desk(number).witness_roster();
        }
    };
    let who = |town: &Town, number| {
        let witnesses = town.desk(number).roster_witnesses();
        witnesses.into_iter().map(|(office, _)| office).collect::<BTreeSet<_>>()
    };
    let everybody: BTreeSet<OfficeId> = (1..=3).map(|number| town.id(number)).collect();
    all(&town);
    town.exchange();
    (1..=3).for_each(|number| assert_eq!(who(&town, number), everybody));
    let size = *town.desk(1).changes().borrow();
    all(&town);
    assert_eq!(*town.desk(1).changes().borrow(), size, "it is said once");
    // With and without a snapshot.
    town.stop(1);
    town.open(1);
    town.crash(2);
    std::fs::remove_dir_all(data(&town.folder, 2).join("index")).expect("removed");
    town.open(2);
    settle(&mut town);
    all(&town);
    town.exchange();
    (1..=3).for_each(|number| assert_eq!(who(&town, number), everybody));
    let signed = town.next_roster(1, ROOTS, |roster| roster.expires_at = roster.expires_at.plus(86_400));
    town.stop(1);
    town.adopt(1, &signed);
    town.open(1);
    settle(&mut town);
    all(&town);
    assert_eq!(who(&town, 1), BTreeSet::from([town.id(1)]), "nobody has cosigned the new one yet");
    town.exchange();
    all(&town);
    town.exchange();
    (1..=3).for_each(|number| assert_eq!(who(&town, number), everybody));
    let wrong = ["other_roster", "two_rosters", "bad_cosignature"];
    for number in 1..=3 {
        let found = town.desk(number).status().findings;
        assert!(found.iter().all(|found| !wrong.contains(&found.verdict)), "{found:?}");
    }
}

#[test]
fn a_folder_with_another_roster_than_it_cosigned_cosigns_no_more() {
    let mut town = Town::new(3);
    let two = [7, 9].map(|days| {
        town.next_roster(1, ROOTS, |roster| roster.expires_at = roster.expires_at.plus(days * 86_400))
    });
    town.stop(1);
    town.adopt(1, &two[0]);
    town.open(1);
    settle(&mut town);
    town.desk(1).witness_roster();
    assert_eq!(town.desk(1).roster_witnesses().len(), 1);
    town.stop(1);
    std::fs::write(data(&town.folder, 1).join("roster/2"), &two[1]).expect("written");
    let third = town.next_roster(1, ROOTS, |roster| roster.expires_at = roster.expires_at.plus(86_400));
    // The same number, and then a later one.
    for newer in [None, Some(third)] {
        if let Some(signed) = newer {
            town.stop(1);
            town.adopt(1, &signed);
        }
        town.open(1);
        settle(&mut town);
        let size = *town.desk(1).changes().borrow();
        for _ in 0..3 {
            town.desk(1).witness_roster();
        }
        assert_eq!(*town.desk(1).changes().borrow(), size, "two histories of the roster are cosigned");
        let found = town.desk(1).status().findings;
        let counts: Vec<_> =
            found.iter().filter(|it| it.verdict == "other_roster").map(|it| it.count).collect();
        assert_eq!(counts, [1], "it is said once an hour");
    }
}

/// Offices 1 and 2 hold two versions 2, both signed by enough root holders, and find it out.
fn two_versions(tell: fn(&Desk)) -> Town {
    let mut town = Town::new(3);
    let two = [7, 9].map(|days| {
        town.next_roster(1, ROOTS, |roster| roster.expires_at = roster.expires_at.plus(days * 86_400))
    });
    for (number, signed) in [(1, &two[0]), (2, &two[1])] {
        town.stop(number);
        town.adopt(number, signed);
        town.open(number);
    }
    town.exchange();
    town.pass(6);
    for number in 1..=3 {
        tell(&town.desk(number));
    }
    town.exchange();
    for (number, own, other) in [(1, &two[0], &two[1]), (2, &two[1], &two[0])] {
        let found = town.desk(number).status().findings;
        assert!(found.iter().any(|found| found.verdict == "two_rosters"), "office {number}: {found:?}");
        let folder = data(&town.folder, number).join("roster");
        assert_eq!(&std::fs::read(folder.join("2")).expect("read"), own, "it was written over");
        let beside = std::fs::read_dir(&folder).expect("read").filter_map(|file| Some(file.ok()?.path()));
        let kept: Vec<_> = beside.filter(|path| path.to_string_lossy().contains("/2.")).collect();
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert_eq!(&std::fs::read(kept.first().expect("one")).expect("read"), other, "the proof is kept");
        // What an auditor gets has both.
        let mut told = 0;
        let whole = town.desk(number).export(&mut |part| {
            if let waymark_desk::Exported::OtherRoster(2, _, bytes) = part {
                assert_eq!(bytes, other);
                told += 1;
            }
            true
        });
        assert!(whole.expect("read") && told == 1);
    }
    assert_eq!(version(&town, 3), 2, "who has neither takes one");
    let refused = waymark_desk::adopt_roster(
        &data(&town.folder, 1),
        &two[1],
        &waymark_domain::ids::Hash([0; 32]),
        town.clock_now(),
    );
    assert!(matches!(refused, Err(waymark_desk::FolderFault::OtherRoster { version: 2 })), "{refused:?}");
    town.does(1, OpenCase::default()).expect("it goes on under its own");
    town
}
