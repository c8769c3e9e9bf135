//! Folders that an enemy made: each has its verdict, and none stops the verification.

use std::collections::BTreeMap;
use std::path::Path;

use waymark_audit::verify::{Code, Options, Report, Silent, Trust, verify};
use waymark_seal::roster::Roster;
use waymark_seal::sign::RootKey;

use crate::forge::{files, put};
use crate::story::{export, handed_over, verified};
use crate::town::Town;

type Files = BTreeMap<String, Vec<u8>>;

struct Bundles {
    place: tempfile::TempDir,
    town: Town,
    good: Files,
}

impl Bundles {
    fn new() -> Self {
        let mut town = Town::new(2);
        handed_over(&mut town);
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("honest");
        export(&town, &[1, 2], &dir);
        let good = files(&dir);
        Self { place, town, good }
    }

    /// The report on a bundle whose files, or whose folder, were spoilt.
    fn spoilt(&self, name: &str, spoil: impl FnOnce(&mut Files), after: impl FnOnce(&Path)) -> Report {
        let dir = self.place.path().join(name);
        let mut files = self.good.clone();
        spoil(&mut files);
        std::fs::create_dir(&dir).unwrap();
        put(&dir, &files);
        after(&dir);
        verified(&dir)
    }

    fn log(&self, office: u16) -> String {
        format!("offices/{}/0", self.town.id(office))
    }

    fn file(&self, office: u16, below: &str) -> String {
        let start = format!("{}/{below}", self.log(office));
        self.good.keys().find(|path| path.starts_with(&start)).unwrap().clone()
    }
}

fn says(report: &Report, code: Code) {
    let told: Vec<_> = report.findings.iter().map(|it| (it.code.word(), it.what.as_str())).collect();
    assert!(report.says(code), "{} is missing in {told:?}", code.word());
}

#[test]
fn what_has_no_place_in_the_folder_is_named() {
    let bundles = Bundles::new();
    let head = format!("{}/checkpoint", bundles.log(1));
    let link = bundles.spoilt(
        "link",
        |_| (),
        |dir| {
            std::fs::remove_file(dir.join(&head)).unwrap();
            std::os::unix::fs::symlink("/etc/hostname", dir.join(&head)).unwrap();
        },
    );
    says(&link, Code::FileForbidden);
    says(&link, Code::FileMissing);
    let folder_link = bundles.spoilt(
        "folder link",
        |_| (),
        |dir| {
            let tile = dir.join(bundles.log(1)).join("tile");
            std::fs::rename(&tile, dir.parent().unwrap().join("tiles elsewhere")).unwrap();
            std::os::unix::fs::symlink("../../../tiles elsewhere", tile).unwrap();
        },
    );
    says(&folder_link, Code::FileForbidden);
    says(&folder_link, Code::EntriesMalformed);
    says(
        &bundles.spoilt("extra", |_| (), |dir| std::fs::write(dir.join("more"), "x").unwrap()),
        Code::FileExtra,
    );
    let named = |files: &mut Files| drop(files.insert("vault/root".into(), b"x".to_vec()));
    says(&bundles.spoilt("named", named, |_| ()), Code::FileForbidden);
    let up = bundles.spoilt(
        "up",
        |_| (),
        |dir| {
            let manifest = std::fs::read_to_string(dir.join("manifest")).unwrap();
            let line = manifest.lines().next().unwrap().split_once("  ").unwrap().0;
            std::fs::write(dir.join("manifest"), format!("{line}  ../honest/manifest\n{manifest}")).unwrap();
        },
    );
    says(&up, Code::FileForbidden);
    let deep = |dir: &Path| {
        let deep = dir.join("roster").join("a/".repeat(60));
        std::fs::create_dir_all(deep).unwrap();
    };
    says(&bundles.spoilt("deep", |_| (), deep), Code::FileForbidden);
    let pipe = |dir: &Path| {
        let path = dir.join("roster/2");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
    };
    says(&bundles.spoilt("pipe", |_| (), pipe), Code::FileForbidden);
    let junk = |dir: &Path| {
        let folder = dir.join("offices/junk");
        std::fs::create_dir(&folder).unwrap();
        (0..5_000).for_each(|file| std::fs::write(folder.join(file.to_string()), b"").unwrap());
    };
    let report = bundles.spoilt("junk", |_| (), junk);
    says(&report, Code::FileExtra);
    assert!(report.findings.len() < 2_000 && report.counts["file_extra"] == 5_000);
}

#[test]
fn a_manifest_that_does_not_name_the_files_is_found() {
    let bundles = Bundles::new();
    let manifest = |change: fn(String) -> String| {
        move |dir: &Path| {
            let path = dir.join("manifest");
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, change(text)).unwrap();
        }
    };
    let gone = |dir: &Path| std::fs::remove_file(dir.join("manifest")).unwrap();
    says(&bundles.spoilt("gone", |_| (), gone), Code::ManifestMalformed);
    let unsorted = manifest(|text| text.lines().rev().map(|line| format!("{line}\n")).collect());
    says(&bundles.spoilt("unsorted", |_| (), unsorted), Code::ManifestMalformed);
    let endless = manifest(|text| text.trim_end().to_owned());
    says(&bundles.spoilt("endless", |_| (), endless), Code::ManifestMalformed);
    let fewer = manifest(|text| text.split_once('\n').unwrap().1.to_owned());
    says(&bundles.spoilt("fewer", |_| (), fewer), Code::FileExtra);
    let missing = |dir: &Path| std::fs::remove_file(dir.join("roster/1")).unwrap();
    let report = bundles.spoilt("missing", |_| (), missing);
    says(&report, Code::FileMissing);
    says(&report, Code::RosterRefused);
}

#[test]
fn a_size_that_was_only_claimed_costs_nothing() {
    let bundles = Bundles::new();
    let large = bundles.spoilt(
        "large",
        |_| (),
        |dir| {
            let file = std::fs::File::options().write(true).open(dir.join("roster/1")).unwrap();
            file.set_len(1 << 40).unwrap();
        },
    );
    says(&large, Code::FileTooLarge);
    let entries = bundles.file(1, "tile/entries");
    let cut = |files: &mut Files| {
        let bytes = files.get_mut(&entries).unwrap();
        bytes[0] = 0xff;
        bytes[1] = 0xff;
    };
    says(&bundles.spoilt("entry", cut, |_| ()), Code::EntriesMalformed);
    let received = bundles.file(1, "received");
    let long = |files: &mut Files| files.get_mut(&received).unwrap()[..4].fill(0xff);
    says(&bundles.spoilt("record", long, |_| ()), Code::ReceivedMalformed);
    let gap = |files: &mut Files| {
        let bytes = files.remove(&received).unwrap();
        files.insert(received.replace("received/000", "received/001"), bytes);
    };
    says(&bundles.spoilt("gap", gap, |_| ()), Code::ReceivedMalformed);
    let more = |files: &mut Files| {
        let tile = bundles.file(1, "tile/0");
        files.insert(tile.replace("tile/0/", "tile/3/"), vec![0; 32]);
    };
    says(&bundles.spoilt("more", more, |_| ()), Code::FileExtra);
}

#[test]
fn a_tile_of_another_log_is_found() {
    let bundles = Bundles::new();
    let swap = |files: &mut Files| {
        let tile = bundles.file(1, "tile/0");
        let bytes = files.get_mut(&tile).unwrap();
        bytes.rotate_left(32);
    };
    let report = bundles.spoilt("rotated", swap, |_| ());
    // A file in the folder is damaged; nobody is accused of anything.
    assert_eq!(report.counts.keys().collect::<Vec<_>>(), [&"tile_differs"]);
    let other = |files: &mut Files| {
        let (one, two) = (format!("{}/checkpoint", bundles.log(1)), format!("{}/checkpoint", bundles.log(2)));
        let head = files[&two].clone();
        files.insert(one, head);
    };
    says(&bundles.spoilt("other head", other, |_| ()), Code::WrongOrigin);
    let policy = |files: &mut Files| {
        let path = format!("{}/policy", bundles.log(1));
        files.insert(path, b"quorum none\n".to_vec());
    };
    says(&bundles.spoilt("policy", policy, |_| ()), Code::PolicyDiffers);
}

#[test]
fn a_roster_that_does_not_follow_is_refused_and_one_that_nobody_compared_is_said() {
    let bundles = Bundles::new();
    let first = Roster::parse(&bundles.good["roster/1"]).unwrap();
    let keys = [RootKey::from_seed(&[1; 32]), RootKey::from_seed(&[2; 32])];
    let signed = |roster: &Roster| roster.sign(&[("root-1", &keys[0]), ("root-2", &keys[1])]);
    let previous = waymark_seal::roster::fingerprint(&first.encode());
    let next = Roster { version: 2, previous, ..first.clone() };
    let with = |bytes: Vec<u8>| move |files: &mut Files| drop(files.insert("roster/2".to_owned(), bytes));
    assert!(!bundles.spoilt("good", with(signed(&next)), |_| ()).says(Code::RosterRefused));
    let twice = Roster { version: 1, ..next.clone() };
    says(&bundles.spoilt("two of one number", with(signed(&twice)), |_| ()), Code::RosterRefused);
    let skips = Roster { version: 3, ..next.clone() };
    says(&bundles.spoilt("skips", with(signed(&skips)), |_| ()), Code::RosterRefused);
    let alone = next.sign(&[("root-1", &keys[0])]);
    says(&bundles.spoilt("one root", with(alone), |_| ()), Code::RosterRefused);
    let expired = Roster { expires_at: waymark_domain::time::Timestamp(1), ..first.clone() };
    let expired = |files: &mut Files| drop(files.insert("roster/1".to_owned(), signed(&expired)));
    says(&bundles.spoilt("expired", expired, |_| ()), Code::RosterExpired);
    let differs = Options { recognises: &|_| Trust::Differs, since: None };
    let (report, state) = verify(&bundles.place.path().join("honest"), &differs, &Silent).unwrap();
    says(&report, Code::RosterFingerprint);
    assert!(state.is_none() && report.logs.is_empty());
    let nothing = bundles.place.path().join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    says(&verified(&nothing), Code::RosterRefused);
}
