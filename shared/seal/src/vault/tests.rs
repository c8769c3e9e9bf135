//! The vault under crashes, damage and erasure.

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex as StdMutex};

use tempfile::TempDir;
use waymark_domain::ids::OfficeId;
use waymark_domain::time::Day;

use super::*;
use crate::kem::{KemSecret, kem_hash};
use crate::rng::{Seeded, System};

fn passphrase() -> Passphrase {
    Passphrase::new(b"correct horse\n".to_vec())
}

fn new_vault(dir: &Path) -> Vault {
    Vault::create(dir, &passphrase(), Cost::TEST, System).unwrap()
}

fn open(dir: &Path) -> Vault {
    Vault::open(dir, &passphrase(), System).unwrap()
}

fn refused(dir: &Path) -> VaultFault {
    Vault::open(dir, &passphrase(), System).err().unwrap()
}

/// Thread `number` of bucket `bucket`.
fn thread(bucket: u8, number: u32) -> ThreadId {
    let mut id = [7; 16];
    id[..2].copy_from_slice(&(u16::from(bucket) << 4).to_be_bytes());
    id[2..6].copy_from_slice(&number.to_le_bytes());
    ThreadId(id)
}

fn own(thread: ThreadId, category: Category, tag: u32) -> OwnSection {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&tag.to_le_bytes());
    id[4..8].copy_from_slice(&thread.0[..4]);
    let mut key = [0x5a; 32];
    key[..16].copy_from_slice(&id);
    OwnSection {
        thread,
        category,
        id: KeyId(id),
        epoch: tag,
        key: SectionKey::from_bytes(key),
        granted_to: vec![Hash([3; 32])],
    }
}

fn holds(vault: &Vault, own: &OwnSection) -> bool {
    vault.section_key(&own.thread, &own.id).unwrap().is_some_and(|key| key.reveal() == own.key.reveal())
}

fn put(vault: &Vault, records: &[OwnSection]) {
    vault.put(records.iter().cloned().map(KeyRecord::OwnSection).collect()).unwrap();
    vault.sync().unwrap();
}

/// A copy of the directory as a crash would leave it.
fn copy(dir: &Path) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    for file in fs::read_dir(dir).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.path().join(file.file_name())).unwrap();
    }
    to
}

/// Runs `work` and gives the directory as it was at each step.
fn at_each_step(dir: &Path, vault: &Vault, work: impl FnOnce()) -> Vec<(&'static str, TempDir)> {
    let copies = Arc::new(StdMutex::new(Vec::new()));
    let (from, to) = (dir.to_owned(), copies.clone());
    *vault.probe.lock().unwrap() = Some(Box::new(move |step| to.lock().unwrap().push((step, copy(&from)))));
    work();
    *vault.probe.lock().unwrap() = None;
    std::mem::take(&mut *copies.lock().unwrap())
}

#[test]
fn what_was_synced_is_there_after_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (own(thread(1, 1), Category::Identity, 1), own(thread(200, 2), Category::Health, 9));
    let secret = KemSecret::from_bytes([4; 32]);
    let records = [(1, Category::Triage, 3), (1, Category::Triage, 8), (1, Category::Travel, 2)]
        .map(|(number, category, tag)| own(thread(1, number), category, tag));
    {
        let vault = new_vault(dir.path());
        put(&vault, &[one.clone(), two.clone()]);
        put(&vault, &records);
        let public = secret.public();
        let kept = ThreadSecret { thread: thread(1, 1), public, secret: secret.clone() };
        vault.put(vec![KeyRecord::ThreadSecret(kept)]).unwrap();
        vault.sync().unwrap();
    }
    let vault = open(dir.path());
    assert_eq!(vault.report(), VaultReport::default());
    assert!(holds(&vault, &one) && holds(&vault, &two));
    assert!(
        vault.section_key(&thread(1, 2), &one.id).unwrap().is_none(),
        "a key is found only in its thread"
    );
    let newest = vault.own_section(&thread(1, 1), Category::Triage).unwrap().unwrap();
    assert_eq!((newest.epoch, newest.granted_to), (8, vec![Hash([3; 32])]));
    assert!(vault.own_section(&thread(1, 1), Category::Health).unwrap().is_none());
    let found = vault.thread_secret(&thread(1, 1), &kem_hash(&secret.public())).unwrap().unwrap();
    assert_eq!(found.reveal(), secret.reveal());
    assert_eq!(vault.records(&thread(1, 1)).unwrap().len(), 5);
}

#[test]
fn a_record_with_the_same_name_replaces_the_earlier_one() {
    let dir = tempfile::tempdir().unwrap();
    let vault = new_vault(dir.path());
    let mut section = own(thread(1, 1), Category::Identity, 1);
    put(&vault, std::slice::from_ref(&section));
    assert!(holds(&vault, &section));
    section.granted_to.push(Hash([9; 32]));
    put(&vault, std::slice::from_ref(&section));
    for vault in [vault.records(&section.thread), vault.fold().and_then(|()| vault.records(&section.thread))]
    {
        let records = vault.unwrap();
        assert_eq!(records.len(), 1);
        assert!(matches!(&records[0], KeyRecord::OwnSection(own) if own.granted_to.len() == 2));
    }
}

#[test]
fn an_imported_key_never_takes_the_place_of_an_own_one_with_its_id() {
    let dir = tempfile::tempdir().unwrap();
    let section = own(thread(1, 1), Category::Identity, 1);
    let imported = ImportedSection {
        thread: section.thread,
        category: section.category,
        id: section.id,
        from: OfficeId([9; 16]),
        expires: Day(20_000),
        key: SectionKey::from_bytes([0x66; 32]),
    };
    {
        let vault = new_vault(dir.path());
        put(&vault, std::slice::from_ref(&section));
        vault.put(vec![KeyRecord::ImportedSection(imported.clone())]).unwrap();
        assert!(holds(&vault, &section));
        vault.sync().unwrap();
    }
    let vault = open(dir.path());
    assert!(holds(&vault, &section));
    assert_eq!(vault.records(&section.thread).unwrap().len(), 2);
    let other = ImportedSection { id: KeyId([8; 16]), ..imported };
    vault.put(vec![KeyRecord::ImportedSection(other.clone())]).unwrap();
    let found = vault.section_key(&other.thread, &other.id).unwrap().unwrap();
    assert_eq!(found.reveal(), other.key.reveal());
}

#[test]
fn a_wrong_passphrase_is_told_from_damage_and_from_a_second_process() {
    let dir = tempfile::tempdir().unwrap();
    let vault = new_vault(dir.path());
    assert!(matches!(refused(dir.path()), VaultFault::InUse));
    drop(vault);
    let wrong = Vault::open(dir.path(), &Passphrase::new(b"wrong".to_vec()), System).err().unwrap();
    assert!(matches!(wrong, VaultFault::WrongPassphrase));
    let again = Vault::create(dir.path(), &passphrase(), Cost::TEST, System).err().unwrap();
    assert!(matches!(again, VaultFault::AlreadyThere));
    assert!(matches!(refused(&dir.path().join("nowhere")), VaultFault::NotAVault));
    assert!(matches!(refused(tempfile::tempdir().unwrap().path()), VaultFault::NotAVault));
}

#[test]
fn one_damaged_copy_of_the_root_is_healed_and_two_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    let section = own(thread(1, 1), Category::Identity, 1);
    {
        put(&new_vault(dir.path()), std::slice::from_ref(&section));
    }
    for copy_number in 0..2 {
        for at in [0, 8, 9, 20, 60, 100, 130, 4_000, 8_000] {
            let spoilt = copy(dir.path());
            flip(&root::path(spoilt.path(), copy_number), at);
            let vault = open(spoilt.path());
            assert!(vault.report().root_healed, "copy {copy_number} byte {at}");
            assert!(holds(&vault, &section));
            drop(vault);
            assert!(!open(spoilt.path()).report().root_healed, "healed once");
        }
    }
    for at in [0, 60, 130, 4_000] {
        let spoilt = copy(dir.path());
        flip(&root::path(spoilt.path(), 0), at);
        flip(&root::path(spoilt.path(), 1), at);
        assert!(matches!(refused(spoilt.path()), VaultFault::Damaged(Damage::Root)), "byte {at}");
    }
    for cut in [0, 50, 1_000] {
        let spoilt = copy(dir.path());
        truncate(&root::path(spoilt.path(), 0), cut);
        assert!(open(spoilt.path()).report().root_healed);
    }
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

fn truncate(path: &Path, length: u64) {
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
}

/// The journal's bytes in use.
fn journal_tail(vault: &Vault) -> usize {
    vault.state().unwrap().journal.length() as usize
}

#[test]
fn every_flipped_bit_in_the_journal_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let tail = {
        let vault = new_vault(dir.path());
        (1..4).for_each(|number| put(&vault, &[own(thread(1, number), Category::Identity, number)]));
        journal_tail(&vault)
    };
    for at in 0..tail + 40 {
        let spoilt = copy(dir.path());
        flip(&journal::path(spoilt.path(), 0), at);
        let opened = Vault::open(spoilt.path(), &passphrase(), System).map(|vault| vault.report());
        let reported = match opened {
            Err(VaultFault::Damaged(Damage::Journal)) => true,
            // In the room not used yet it costs nothing, but is told.
            Ok(report) => at >= tail && report.journal_cut > 0,
            Err(_) => false,
        };
        assert!(reported, "byte {at} of {tail}: {opened:?}");
    }
}

#[test]
fn a_torn_frame_is_cut_and_what_was_before_it_stays() {
    let dir = tempfile::tempdir().unwrap();
    let vault = new_vault(dir.path());
    let first = own(thread(1, 1), Category::Identity, 1);
    put(&vault, std::slice::from_ref(&first));
    let before = journal_tail(&vault);
    // Large enough that a write of it is several sectors.
    let many: Vec<_> = (0..40).map(|number| own(thread(1, 2), Category::Travel, number)).collect();
    vault.put(many.iter().cloned().map(KeyRecord::OwnSection).collect()).unwrap();
    let after = journal_tail(&vault);
    drop(vault);
    let mut states = 0;
    for start in (before.next_multiple_of(512)..after).step_by(512) {
        for (from, to) in [(start, after), (before, start), (start, (start + 512).min(after))] {
            let torn = copy(dir.path());
            let path = journal::path(torn.path(), 0);
            let mut bytes = fs::read(&path).unwrap();
            bytes[from..to].fill(0);
            fs::write(&path, bytes).unwrap();
            let vault = open(torn.path());
            assert!(vault.report().journal_cut > 0, "{from}..{to}");
            assert!(holds(&vault, &first) && !holds(&vault, &many[0]));
            // The cut is made good: new records go on from there.
            put(&vault, &many[..2]);
            drop(vault);
            let vault = open(torn.path());
            assert_eq!(vault.report(), VaultReport::default());
            assert!(holds(&vault, &many[1]));
            states += 1;
        }
    }
    assert!(states > 10);
    for length in [before, before + 10, before + 100, after - 1] {
        let torn = copy(dir.path());
        truncate(&journal::path(torn.path(), 0), length as u64);
        let vault = open(torn.path());
        assert!(holds(&vault, &first) && !holds(&vault, &many[0]));
    }
}

#[test]
fn a_journal_that_a_killed_folding_only_named_is_as_good_as_none() {
    for begun in [&[][..], &[0; 4096]] {
        let dir = tempfile::tempdir().unwrap();
        let sections = [1, 2].map(|tag| own(thread(1, tag), Category::Identity, tag));
        let vault = new_vault(dir.path());
        put(&vault, &sections[..1]);
        vault.sync().unwrap();
        drop(vault);
        fs::write(journal::path(dir.path(), 1), begun).unwrap();
        let vault = Vault::open(dir.path(), &passphrase(), System).unwrap();
        put(&vault, &sections[1..]);
        vault.fold().unwrap();
        drop(vault);
        let vault = Vault::open(dir.path(), &passphrase(), System).unwrap();
        assert!(sections.iter().all(|section| holds(&vault, section)));
    }
}

#[test]
fn a_journal_that_lacks_what_was_synced_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let (before, after) = {
        let vault = new_vault(dir.path());
        put(&vault, &[own(thread(1, 1), Category::Identity, 1)]);
        let before = journal_tail(&vault);
        put(&vault, &[own(thread(1, 1), Category::Travel, 2)]);
        let after = journal_tail(&vault);
        vault.set_named("any", b"change of the root").unwrap();
        (before, after)
    };
    for cut in [0, 10, before, after - 1] {
        let spoilt = copy(dir.path());
        truncate(&journal::path(spoilt.path(), 0), cut as u64);
        assert!(matches!(refused(spoilt.path()), VaultFault::Damaged(Damage::Journal)), "{cut}");
        let spoilt = copy(dir.path());
        let path = journal::path(spoilt.path(), 0);
        let mut bytes = fs::read(&path).unwrap();
        bytes[cut..].fill(0);
        fs::write(&path, bytes).unwrap();
        assert!(matches!(refused(spoilt.path()), VaultFault::Damaged(Damage::Journal)), "zeros from {cut}");
    }
    let gone = copy(dir.path());
    fs::remove_file(journal::path(gone.path(), 0)).unwrap();
    assert!(matches!(refused(gone.path()), VaultFault::Damaged(Damage::Journal)));
}

#[test]
fn a_damaged_bucket_is_reported_and_the_others_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (own(thread(1, 1), Category::Identity, 1), own(thread(2, 1), Category::Identity, 2));
    {
        let vault = new_vault(dir.path());
        put(&vault, &[one.clone(), two.clone()]);
        vault.fold().unwrap();
    }
    let bucket = dir.path().join("bucket.001.0");
    let length = bucket.metadata().unwrap().len() as usize;
    for at in 0..length {
        let spoilt = copy(dir.path());
        flip(&spoilt.path().join("bucket.001.0"), at);
        let vault = open(spoilt.path());
        let fault = vault.section_key(&one.thread, &one.id).err().unwrap();
        assert!(matches!(fault, VaultFault::Damaged(Damage::Bucket(1))), "byte {at}");
        assert!(holds(&vault, &two));
    }
    for cut in [0, 1, length - 1] {
        let spoilt = copy(dir.path());
        truncate(&spoilt.path().join("bucket.001.0"), cut as u64);
        let fault = open(spoilt.path()).section_key(&one.thread, &one.id).err().unwrap();
        assert!(matches!(fault, VaultFault::Damaged(Damage::Bucket(1))), "cut to {cut}");
    }
}

#[test]
fn folding_keeps_everything_whatever_the_step_at_which_it_stops() {
    let dir = tempfile::tempdir().unwrap();
    let vault = new_vault(dir.path());
    let records: Vec<_> =
        (0..300).map(|number| own(thread(number as u8, number), Category::Legal, number)).collect();
    put(&vault, &records[..100]);
    vault.fold().unwrap();
    put(&vault, &records[100..]);
    let steps = at_each_step(dir.path(), &vault, || vault.fold().unwrap());
    assert!(steps.len() >= 4, "{steps:?}");
    let after = copy(dir.path());
    for (step, left) in steps.iter().chain([&("after", after)]) {
        let vault = open(left.path());
        assert!(records.iter().all(|record| holds(&vault, record)), "{step}");
        let more = own(thread(1, 77), Category::Work, 5);
        put(&vault, std::slice::from_ref(&more));
        vault.fold().unwrap();
        drop(vault);
        let vault = open(left.path());
        assert_eq!(vault.report(), VaultReport::default(), "{step}");
        assert!(records.iter().chain([&more]).all(|record| holds(&vault, record)), "{step}");
    }
}

#[test]
fn an_erasure_is_whole_or_not_at_all_at_each_step_and_can_be_asked_again() {
    let dir = tempfile::tempdir().unwrap();
    let vault = new_vault(dir.path());
    let case = [own(thread(1, 1), Category::Identity, 1), own(thread(9, 4), Category::Identity, 2)];
    let others = [own(thread(1, 2), Category::Identity, 3), own(thread(9, 5), Category::Identity, 4)];
    put(&vault, &[case[0].clone(), others[0].clone()]);
    vault.fold().unwrap();
    put(&vault, &[case[1].clone(), others[1].clone()]);
    let asked = [(case[0].thread, Selector::Everything), (case[1].thread, Selector::Everything)];
    let steps = at_each_step(dir.path(), &vault, || {
        let gone = vault.erase_all(&asked).unwrap();
        assert_eq!(gone.len(), 2);
    });
    let names: Vec<_> = steps.iter().map(|(step, _)| *step).collect();
    assert_eq!(names[..2], ["bucket written"; 2]);
    assert_eq!(names[2..], ["buckets synced", "root copy 0", "root copy 1"]);
    assert!(case.iter().all(|section| !holds(&vault, section)), "also in memory");
    for (step, left) in &steps {
        let vault = open(left.path());
        let held: Vec<_> = case.iter().map(|section| holds(&vault, section)).collect();
        let committed = !matches!(*step, "bucket written" | "buckets synced");
        assert_eq!(held, [!committed; 2], "{step}");
        assert!(others.iter().all(|section| holds(&vault, section)), "{step}");
        vault.erase_all(&asked).unwrap();
        drop(vault);
        let vault = open(left.path());
        assert!(case.iter().all(|section| !holds(&vault, section)), "{step}");
        assert!(others.iter().all(|section| holds(&vault, section)), "{step}");
    }
}

#[test]
fn an_erased_key_cannot_be_opened_from_any_byte_of_the_vault() {
    let dir = tempfile::tempdir().unwrap();
    let vault = new_vault(dir.path());
    let (gone, stays) = (own(thread(1, 1), Category::Identity, 1), own(thread(1, 2), Category::Identity, 2));
    put(&vault, &[gone.clone(), stays.clone()]);
    vault.fold().unwrap();
    // Once in the bucket, once more in the journal.
    put(&vault, &[gone.clone(), stays.clone()]);
    let before = copy(dir.path());
    let old_key = vault.state().unwrap().root.bucket(1).key;
    vault.erase(&gone.thread, &Selector::Everything).unwrap();
    let files = |dir: &Path| -> Vec<Vec<u8>> {
        fs::read_dir(dir).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
    };
    let contains = |files: &[Vec<u8>], secret: &[u8]| {
        files.iter().any(|file| file.windows(secret.len()).any(|window| window == secret))
    };
    let now = files(dir.path());
    for secret in [gone.key.reveal(), stays.key.reveal(), &old_key] {
        assert!(
            !contains(&now, secret) && !contains(&files(before.path()), secret),
            "no key lies in the open"
        );
    }
    // The copies of the root that held the bucket's old key are gone, byte for byte.
    for copy_number in 0..2 {
        let old = fs::read(root::path(before.path(), copy_number)).unwrap();
        assert!(!contains(&now, &old[100..164]) && !contains(&now, &old[8_000..8_064]));
    }
    // With the passphrase, every sealed byte that is left opens to nothing of the erased key: old frames are under the
    // old bucket key, and no root that opens has it.
    drop(vault);
    let found = root::open(dir.path(), &passphrase(), &mut System).unwrap();
    assert!(found.root.buckets.iter().all(|head| head.key != old_key));
    let vault = open(dir.path());
    assert!(!holds(&vault, &gone) && holds(&vault, &stays));
    let journal = Journal::open(before.path(), &found.root.vault, 1).unwrap().unwrap();
    assert!(!journal.frames.is_empty());
    for frame in journal.frames {
        for head in &found.root.buckets {
            assert!(frame.open(&found.root.vault, &records_key(head)).is_none());
        }
    }
}

#[test]
fn a_selector_takes_only_what_it_names_and_the_secrets_that_would_give_it_back() {
    let dir = tempfile::tempdir().unwrap();
    let vault = new_vault(dir.path());
    let of = thread(1, 1);
    let (health, travel) = (own(of, Category::Health, 1), own(of, Category::Travel, 2));
    let secret = KemSecret::from_bytes([4; 32]);
    let kept =
        KeyRecord::ThreadSecret(ThreadSecret { thread: of, public: secret.public(), secret: secret.clone() });
    let fill = || {
        put(&vault, &[health.clone(), travel.clone()]);
        vault.put(vec![kept.clone()]).unwrap();
    };
    let state = || {
        let secret = vault.thread_secret(&of, &kem_hash(&secret.public())).unwrap().is_some();
        (holds(&vault, &health), holds(&vault, &travel), secret)
    };
    fill();
    assert_eq!(state(), (true, true, true));
    assert_eq!(vault.erase(&of, &Selector::Keys(BTreeSet::from([travel.id]))).unwrap(), [travel.id]);
    assert_eq!(state(), (true, false, false));
    fill();
    assert_eq!(vault.erase(&of, &Selector::OwnKeys(BTreeSet::from([health.id]))).unwrap(), [health.id]);
    assert_eq!(state(), (false, true, true));
    fill();
    let other = kem_hash(&KemSecret::from_bytes([5; 32]).public());
    let but = |public| Selector::KeysBut(BTreeSet::from([health.id]), public);
    assert_eq!(vault.erase(&of, &but(kem_hash(&secret.public()))).unwrap(), [health.id]);
    assert_eq!(state(), (false, true, true));
    fill();
    assert_eq!(vault.erase(&of, &but(other)).unwrap(), [health.id]);
    assert_eq!(state(), (false, true, false));
    fill();
    assert_eq!(vault.erase(&of, &Selector::Everything).unwrap().len(), 2);
    assert_eq!(state(), (false, false, false));
    assert_eq!(vault.erase(&of, &Selector::Everything).unwrap(), [], "nothing left to erase");
}

#[test]
fn the_last_secret_of_a_bucket_stays_erased_after_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    let (of, secret) = (thread(1, 1), KemSecret::from_bytes([4; 32]));
    let held = |vault: &Vault| vault.thread_secret(&of, &kem_hash(&secret.public())).unwrap().is_some();
    {
        let vault = new_vault(dir.path());
        let public = secret.public();
        vault
            .put(vec![KeyRecord::ThreadSecret(ThreadSecret { thread: of, public, secret: secret.clone() })])
            .unwrap();
        vault.sync().unwrap();
        assert!(held(&vault));
        vault.erase(&of, &Selector::Keys(BTreeSet::new())).unwrap();
    }
    assert!(!held(&open(dir.path())));
}

#[test]
fn a_root_torn_in_the_middle_of_an_erasure_falls_back_to_the_whole_copy() {
    let dir = tempfile::tempdir().unwrap();
    let vault = new_vault(dir.path());
    let (gone, stays) = (own(thread(1, 1), Category::Identity, 1), own(thread(1, 2), Category::Identity, 2));
    put(&vault, &[gone.clone(), stays.clone()]);
    let steps = at_each_step(dir.path(), &vault, || {
        vault.erase(&gone.thread, &Selector::Everything).unwrap();
    });
    let state = |name| &steps.iter().find(|(step, _)| *step == name).unwrap().1;
    let read = |name, copy_number| fs::read(root::path(state(name).path(), copy_number)).unwrap();
    for copy_number in 0..2 {
        let (before, after) = match copy_number {
            0 => ("buckets synced", "root copy 0"),
            _ => ("root copy 0", "root copy 1"),
        };
        let (old, new) = (read(before, copy_number), read(after, copy_number));
        assert!(old != new && old.len() == new.len());
        for sector in 0..=new.len() / 4_096 {
            let torn = copy(state(before).path());
            let mixed = [&new[..sector * 4_096], &old[sector * 4_096..]].concat();
            fs::write(root::path(torn.path(), copy_number), mixed).unwrap();
            let vault = open(torn.path());
            // What counts of a copy ends in the sector after the buckets: a key, a generation and a length of one byte each.
            let erased = copy_number == 1 || sector * 4_096 > root::BUCKETS * 34;
            assert_eq!(holds(&vault, &gone), !erased, "copy {copy_number} sector {sector}");
            assert!(holds(&vault, &stays));
        }
    }
}

/// Lets the vault write its journal into another file; gives the one it had.
fn journal_into(vault: &Vault, file: File) -> Arc<File> {
    std::mem::replace(&mut vault.state.lock().unwrap().journal.file, Arc::new(file))
}

#[test]
fn a_full_disk_is_told_by_name_and_the_vault_goes_on_once_there_is_space() {
    let dir = tempfile::tempdir().unwrap();
    let vault = new_vault(dir.path());
    let mut kept = 0;
    for round in 1..=3 {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        // Room was made before; the next record needs more of it.
        vault.state.lock().unwrap().journal.forget_room();
        let journal = journal_into(&vault, full);
        for _ in 0..2 {
            let refused = vault.put(vec![KeyRecord::OwnSection(own(thread(9, 9), Category::Identity, 1))]);
            assert!(matches!(refused, Err(VaultFault::DiskFull)), "{refused:?}");
        }
        assert!(vault.records(&thread(9, 9)).unwrap().is_empty(), "what was refused counts");
        vault.state.lock().unwrap().journal.file = journal;
        put(&vault, &[own(thread(1, round), Category::Identity, 1)]);
        kept += 1;
    }
    drop(vault);
    let vault = open(dir.path());
    let found = (1..=3).filter(|round| !vault.records(&thread(1, *round)).unwrap().is_empty());
    assert_eq!(found.count(), kept);
    assert!(vault.records(&thread(9, 9)).unwrap().is_empty());
}

#[test]
fn after_a_write_that_failed_the_vault_takes_nothing_until_it_is_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let vault = new_vault(dir.path());
    put(&vault, &[own(thread(1, 1), Category::Identity, 1)]);
    let record = || vec![KeyRecord::OwnSection(own(thread(2, 2), Category::Identity, 1))];
    let read_only = File::open("/dev/null").unwrap();
    let journal = journal_into(&vault, read_only);
    assert!(matches!(vault.put(record()), Err(VaultFault::Io(_))));
    vault.state.lock().unwrap().journal.file = journal;
    assert!(matches!(vault.put(record()), Err(VaultFault::Failed)));
    assert!(matches!(vault.sync(), Err(VaultFault::Failed)));
    drop(vault);
    let vault = open(dir.path());
    assert_eq!(vault.records(&thread(1, 1)).unwrap().len(), 1);
    put(&vault, &[own(thread(2, 2), Category::Identity, 1)]);
}

#[test]
fn office_secrets_marks_and_names_survive_and_go_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let mark = HighWater { log: 1, size: 77, root: Hash([5; 32]), clean: true };
    let month = |from: u32| InboxSecret {
        from: Day(from),
        until: Day(from + 30),
        destroyed_on: Day(from + 60),
        secret: KemSecret::from_bytes([from as u8; 32]),
    };
    let public = {
        let vault = new_vault(dir.path());
        vault.put_inbox(&month(10)).unwrap();
        vault.put_inbox(&month(40)).unwrap();
        vault.set_named("staff/0001", b"first").unwrap();
        vault.set_named("staff/0001", b"second").unwrap();
        vault.set_named("staff/0002", b"other").unwrap();
        vault.set_named("staff/0002", b"").unwrap();
        vault.note_high_water(&HighWater { size: 5, ..mark }).unwrap();
        vault.note_high_water(&mark).unwrap();
        vault.sync().unwrap();
        (vault.log_key().unwrap().public(), vault.witness_key().unwrap().public())
    };
    let vault = open(dir.path());
    assert_eq!((vault.log_key().unwrap().public(), vault.witness_key().unwrap().public()), public);
    assert_eq!(vault.high_water().unwrap(), Some(mark));
    assert_eq!(vault.named("staff/0001").unwrap().unwrap().as_slice(), b"second");
    assert_eq!(vault.names("staff/").unwrap(), ["staff/0001"]);
    let old = kem_hash(&month(10).secret.public());
    assert!(vault.inbox_secret(&old).unwrap().is_some());
    assert!(vault.destroy_inbox(Day(69)).unwrap().is_empty());
    assert_eq!(vault.destroy_inbox(Day(70)).unwrap(), [month(10).secret.public()]);
    assert!(vault.inbox_secret(&old).unwrap().is_none());
    vault.take_next_log_key().unwrap();
    assert_eq!(vault.log_key().unwrap().public(), public.0, "there was no next key");
    let next = vault.make_next_log_key().unwrap().public();
    assert_eq!(
        vault.make_next_log_key().unwrap().public(),
        next,
        "one next key, however often it is asked for"
    );
    assert_eq!(vault.log_key().unwrap().public(), public.0);
    vault.take_next_log_key().unwrap();
    let closed = vault.closed_log_key().unwrap().map(|key| key.public());
    assert_eq!((vault.log_key().unwrap().public(), closed), (next, Some(public.0)));
    vault.forget_closed_log_key().unwrap();
    assert!(vault.closed_log_key().unwrap().is_none() && vault.next_log_key().unwrap().is_none());
    rotates(&vault);
    vault.fold().unwrap();
    vault.change_passphrase(&Passphrase::new(b"new".to_vec()), Cost::TEST).unwrap();
    drop(vault);
    assert!(matches!(refused(dir.path()), VaultFault::WrongPassphrase));
    let vault = Vault::open(dir.path(), &Passphrase::new(b"new".to_vec()), System).unwrap();
    assert_eq!(vault.high_water().unwrap(), Some(mark));
    assert_eq!(vault.inbox_secrets().unwrap().len(), 1);
}

#[test]
fn snapshot_parts_open_until_something_in_the_bucket_is_erased() {
    let dir = tempfile::tempdir().unwrap();
    let vault = new_vault(dir.path());
    let (one, other) = (thread(1, 1), thread(2, 1));
    put(&vault, &[own(one, Category::Identity, 1)]);
    let seal = |of| vault.thread_snapshot_key(of).unwrap().seal(&mut System, b"part 1", b"state");
    let opens = |of, sealed: &[u8]| vault.thread_snapshot_key(of).unwrap().open(b"part 1", sealed).is_some();
    let (sealed, sealed_other) = (seal(&one), seal(&other));
    assert!(opens(&one, &sealed) && opens(&other, &sealed_other) && !opens(&other, &sealed));
    assert!(vault.thread_snapshot_key(&one).unwrap().open(b"part 2", &sealed).is_none());
    vault.erase(&one, &Selector::Everything).unwrap();
    assert!(!opens(&one, &sealed) && opens(&other, &sealed_other));
}

#[test]
fn threads_that_put_look_up_erase_and_fold_at_once_lose_nothing() {
    fn is_shared<T: Send + Sync>(vault: T) -> T {
        vault
    }
    let dir = tempfile::tempdir().unwrap();
    let vault = is_shared(new_vault(dir.path()));
    let record = |worker: u32, number: u32| {
        own(thread(number as u8 & 3, worker * 1_000 + number), Category::Legal, number)
    };
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let vault = &vault;
            scope.spawn(move || {
                for number in 0..60 {
                    put(vault, &[record(worker, number)]);
                    assert!(holds(vault, &record(worker, number / 2)) || number / 2 % 5 == 0);
                    if number % 5 == 0 {
                        vault.erase(&record(worker, number).thread, &Selector::Everything).unwrap();
                    }
                    if number % 20 == 7 {
                        vault.fold().unwrap();
                    }
                }
            });
        }
    });
    drop(vault);
    let vault = open(dir.path());
    for (worker, number) in (0..4).flat_map(|worker| (0..60).map(move |number| (worker, number))) {
        assert_eq!(holds(&vault, &record(worker, number)), number % 5 != 0, "{worker} {number}");
    }
}

#[test]
fn one_seed_writes_one_vault() {
    let write = |seed| {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::create(dir.path(), &passphrase(), Cost::TEST, Seeded::new(seed)).unwrap();
        put(&vault, &[own(thread(1, 1), Category::Identity, 1)]);
        (fs::read(root::path(dir.path(), 0)).unwrap(), fs::read(journal::path(dir.path(), 0)).unwrap())
    };
    assert!(write(1) == write(1) && write(1) != write(2));
}

#[test]
fn the_journal_grows_past_its_first_room_and_a_large_put_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let records: Vec<_> =
        (0..6_000).map(|number| own(thread(number as u8 & 3, number), Category::Legal, number)).collect();
    {
        let vault = new_vault(dir.path());
        records.chunks(2_500).for_each(|chunk| put(&vault, chunk));
        assert!(journal_tail(&vault) > 400 * 1024);
    }
    let vault = open(dir.path());
    assert!(records.iter().all(|record| holds(&vault, record)));
}

/// New keys are taken only when the roster names them, and the old ones are gone then.
fn rotates(vault: &Vault) {
    let before = (vault.log_key().unwrap().public(), vault.witness_key().unwrap().public());
    assert!(!vault.take_new_log_key(&before.0).unwrap() && !vault.take_new_witness_key(&before.1).unwrap());
    let new = (vault.make_new_log_key().unwrap().public(), vault.make_new_witness_key().unwrap().public());
    let again = (vault.make_new_log_key().unwrap().public(), vault.make_new_witness_key().unwrap().public());
    assert_eq!(new, again, "one new key, however often it is asked for");
    assert!(!vault.take_new_log_key(&new.1).unwrap() && !vault.take_new_witness_key(&new.0).unwrap());
    assert_eq!((vault.log_key().unwrap().public(), vault.witness_key().unwrap().public()), before);
    assert!(vault.take_new_log_key(&new.0).unwrap() && vault.take_new_witness_key(&new.1).unwrap());
    assert_eq!((vault.log_key().unwrap().public(), vault.witness_key().unwrap().public()), new);
    assert!(!vault.take_new_log_key(&new.0).unwrap(), "it is no new one any more");
}
