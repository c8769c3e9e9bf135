//! Checking a folder: whatever honest offices do leaves a folder that is sound, keys and all, and what does not belong so is told by name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use waymark_desk::{CheckedFolder, DomainRules, FolderCheck, FolderFlaw, OpenFault, check_folder};
use waymark_domain::command::{CloseCase, OrderCaseErasure};
use waymark_domain::ids::ThreadId;
use waymark_domain::words::{CaseOutcome, ErasureReason};
use waymark_ledger::Bodies;
use waymark_seal::rng::System;
use waymark_seal::vault::{Passphrase, Selector, Vault, VaultFault};

use super::came_back::unerase;
use super::{disclosed, withdraw};
use crate::ledger::ledger;
use crate::search::files;
use crate::town::{Town, data, passphrase};

fn check_with(town: &Town, office: u16, passphrase: Option<&Passphrase>) -> Result<CheckedFolder, OpenFault> {
    let scratch = tempfile::tempdir().expect("a folder");
    check_folder(&FolderCheck {
        data: &data(&town.folder, office),
        scratch: scratch.path(),
        passphrase,
        now: town.clock_now(),
        rules: &DomainRules,
        progress: &|_, _, _| (),
    })
}

fn check(town: &Town, office: u16) -> CheckedFolder {
    check_with(town, office, Some(&passphrase())).expect("checked")
}

fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    files(folder).into_iter().map(|path| (path.clone(), std::fs::read(path).expect("read"))).collect()
}

/// The folder is sound, and the check has not touched a byte of it.
fn is_sound(town: &Town, office: u16) -> CheckedFolder {
    let folder = data(&town.folder, office);
    let before = contents(&folder);
    let checked = check(town, office);
    assert_eq!(checked.flaws, [], "office {office}");
    assert!(contents(&folder) == before, "the check of office {office} has changed something");
    assert!(checked.keys.is_some() && checked.roster > 0, "{checked:?}");
    checked
}

fn words(checked: &CheckedFolder) -> BTreeSet<&str> {
    checked.flaws.iter().map(FolderFlaw::word).collect()
}

const SOUTH: u16 = 2;

/// Three offices: one referral goes on, of another the consent was withdrawn, a third belongs to a case that was erased.
struct Told {
    town: Town,
    open: ThreadId,
    withdrawn: ThreadId,
}

fn story() -> Told {
    let mut town = Town::new(3);
    let withdrawn = disclosed(&mut town);
    withdraw(&town, &withdrawn);
    town.exchange();
    let ended = disclosed(&mut town);
    withdraw(&town, &ended);
    town.exchange();
    let (case, outcome) = (ended.case, CaseOutcome::EndedByPerson);
    town.does(1, CloseCase { case, outcome, note: None }).expect("closed");
    town.does(1, OrderCaseErasure { case, reason: ErasureReason::Asked }).expect("ordered");
    town.pass(60);
    town.exchange();
    let open = disclosed(&mut town);
    town.pass(60);
    town.exchange();
    Told { town, open: open.referral, withdrawn: withdrawn.referral }
}

#[test]
fn after_a_long_story_with_erasures_every_folder_is_sound_stopped_or_killed() {
    let Told { mut town, .. } = story();
    for office in 1..=3 {
        town.crash(office);
        is_sound(&town, office);
        town.open(office);
        town.pass(30);
        town.exchange();
    }
    for office in 1..=3 {
        town.stop(office);
        let checked = is_sound(&town, office);
        assert_eq!(checked.in_journal, 0);
        // The third office has nothing of anybody.
        let held = (checked.erased > 0, checked.keys.is_some_and(|keys| keys > 0));
        assert_eq!(held, (office != 3, office != 3), "{checked:?}");
    }
}

#[test]
fn a_folder_whose_log_was_lost_and_goes_on_is_sound() {
    let Told { mut town, open, .. } = story();
    let backup = town.copy_of(SOUTH);
    let referral = open;
    town.does(1, waymark_domain::command::SendMessage { referral, text: "later".into() }).expect("sent");
    town.exchange();
    town.crash(SOUTH);
    town.put_back(SOUTH, &backup);
    town.close_log(SOUTH);
    town.open_and_begin(SOUTH);
    for _ in 0..3 {
        town.pass(60);
        town.exchange();
    }
    for office in 1..=3 {
        town.stop(office);
        let checked = is_sound(&town, office);
        assert_eq!(checked.log, u32::from(office == SOUTH));
    }
}

#[test]
fn a_folder_is_not_checked_while_it_is_in_use_and_not_opened_by_a_wrong_passphrase() {
    let Told { mut town, .. } = story();
    let in_use = |outcome| matches!(outcome, Err(OpenFault::Vault(VaultFault::InUse)));
    assert!(in_use(check_with(&town, 1, None)) && in_use(check_with(&town, 1, Some(&passphrase()))));
    town.stop(1);
    let wrong = check_with(&town, 1, Some(&Passphrase::new(b"another one".to_vec())));
    assert!(matches!(wrong, Err(OpenFault::Vault(VaultFault::WrongPassphrase))));
    let without = check_with(&town, 1, None).expect("checked");
    assert_eq!((without.flaws.as_slice(), without.keys), ([].as_slice(), None));
    assert!(without.erased > 0, "what was erased is judged without keys");
}

/// An entry of a thread with a section of its own that is there.
fn with_section(town: &Town, office: u16, thread: ThreadId) -> u64 {
    let me = town.id(office);
    let history = town.desk(office).history(thread).expect("read");
    let own = history.iter().rev().find(|seen| seen.author() == me && !seen.sections.is_empty());
    own.expect("it has sealed something").index
}

#[test]
fn what_nobody_ordered_to_be_erased_is_missed() {
    let Told { mut town, open, .. } = story();
    let index = with_section(&town, 1, open);
    town.stop(1);
    ledger(&town, 1).tombstone(index, &Bodies::All).expect("erased");
    let checked = check(&town, 1);
    assert_eq!(checked.flaws, [FolderFlaw::ErasedUnexplained { index }]);
}

#[test]
fn a_key_that_nobody_ordered_to_be_destroyed_is_missed() {
    let Told { mut town, open, .. } = story();
    town.stop(1);
    let vault = Vault::open(&data(&town.folder, 1).join("vault"), &passphrase(), System).expect("opens");
    vault.erase(&open, &Selector::Everything).expect("erased");
    drop(vault);
    let checked = check(&town, 1);
    assert_eq!(words(&checked), ["key_missing"].into(), "{:?}", checked.flaws);
    assert!(check_with(&town, 1, None).expect("checked").is_sound(), "without keys nobody can tell");
}

#[test]
fn what_should_be_gone_and_came_back_with_an_older_part_is_told() {
    for part in ["vault", "bodies"] {
        let mut town = Town::new(2);
        let shared = disclosed(&mut town);
        town.stop(SOUTH);
        let before = town.copy_of(SOUTH);
        town.open(SOUTH);
        withdraw(&town, &shared);
        town.exchange();
        town.stop(SOUTH);
        is_sound(&town, SOUTH);
        if part == "vault" {
            town.put_back_part(SOUTH, &before, part);
        } else {
            unerase(&before.join(part), &data(&town.folder, SOUTH).join(part));
        }
        let checked = check(&town, SOUTH);
        let expected = if part == "vault" { "key_not_erased" } else { "not_erased" };
        assert!(words(&checked).contains(expected), "{part}: {:?}", checked.flaws);
        // The node makes it good at its next start.
        town.open(SOUTH);
        town.stop(SOUTH);
        is_sound(&town, SOUTH);
    }
}

#[test]
fn an_older_log_under_a_newer_vault_a_damaged_vault_and_a_stranger_in_the_roster_are_told() {
    let Told { mut town, open, withdrawn } = story();
    assert_ne!(open, withdrawn);
    town.stop(1);
    let before = town.copy_of(1);
    town.open(1);
    town.exchange();
    town.pass(6);
    let referral = open;
    town.does(1, waymark_domain::command::SendMessage { referral, text: "later".into() }).expect("sent");
    town.stop(1);
    let after = town.copy_of(1);
    for part in ["log", "bodies", "index"] {
        town.put_back_part(1, &before, part);
    }
    assert!(words(&check(&town, 1)).contains("older_log"));
    town.put_back(1, &after);
    is_sound(&town, 1);
    let roster = data(&town.folder, 1).join("roster");
    std::fs::write(roster.join("notes"), b"x").expect("written");
    assert_eq!(words(&check(&town, 1)), ["foreign_file"].into());
    std::fs::remove_file(roster.join("notes")).expect("removed");
    let first = std::fs::read(roster.join("1")).expect("read");
    let mut other = first.clone();
    let middle = other.len() / 2;
    other[middle] ^= 1;
    std::fs::write(roster.join("1"), &other).expect("written");
    assert!(words(&check(&town, 1)).contains("roster"));
    std::fs::write(roster.join("1"), first).expect("written");
    for copy in ["root.0", "root.1"] {
        let path = data(&town.folder, 1).join("vault").join(copy);
        let mut bytes = std::fs::read(&path).expect("read");
        bytes[200] ^= 1;
        std::fs::write(path, bytes).expect("written");
    }
    assert_eq!(words(&check(&town, 1)), ["vault"].into());
}
