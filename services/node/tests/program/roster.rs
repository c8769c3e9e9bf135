//! The roster as root holders change it: drafted, read, signed and adopted on real files, and what they are told where they err.
#![expect(clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

use std::process::Output;

use serde_json::Value;

use crate::place::{Place, call, ends, told};

/// A network of north and south, whose root holders keep every version in `net`.
struct Holders {
    place: Place,
    /// The newest version.
    version: u32,
}

impl Holders {
    fn new() -> Self {
        let place = Place::new();
        place.done(&["roster", "adopt", "--network", &place.text("net"), &place.text("roster.draft")]);
        std::fs::copy(place.path("roster.draft"), place.path("roster.1")).expect("copied");
        let (data, join, pass) = (place.text("south"), place.text("south.join"), place.text("office.pass"));
        let network = place.text("net/network");
        let create = ["office", "create", "--data", &data, "--network", &network, "--name", "south"];
        let who = ["--country", "BG", "--institution", "ngo", "--organization", "South", "--role", "office"];
        let secrets = ["--passphrase-file", &pass, "--administrator-password-file", &pass, "--out", &join];
        place.done(&[&create[..], &who, &secrets].concat());
        let mut holders = Self { place, version: 1 };
        holders.changes(&["--join", &join], &["south: a new office of South"]);
        holders
    }

    /// The same once south has left: north asks nobody at its starts.
    fn of_north_alone() -> Self {
        let mut holders = Self::new();
        holders.changes(&["--left", "south"], &["south: has left for good"]);
        holders
    }

    fn file(&self, version: u32) -> String {
        self.place.text(&format!("roster.{version}"))
    }

    fn draft(&self, change: &[&str]) -> Output {
        let out = self.file(self.version + 1);
        let _ = std::fs::remove_file(&out);
        call(&[&["roster", "draft", "--network", &self.place.text("net"), "--out", &out], change].concat())
    }

    fn sign(&self, key: &str) -> Output {
        let (key, pass) = (self.place.text(key), self.place.text("root.pass"));
        let (net, draft) = (self.place.text("net"), self.file(self.version + 1));
        call(&["roster", "sign", "--key", &key, "--passphrase-file", &pass, "--network", &net, &draft])
    }

    fn show(&self) -> Value {
        let shown = call(&[
            "--json",
            "roster",
            "show",
            "--network",
            &self.place.text("net"),
            &self.file(self.version + 1),
        ]);
        assert!(shown.status.success(), "{}", told(&shown));
        serde_json::from_slice(&shown.stdout).expect("JSON")
    }

    /// Versions whose signatures are missing, and how many.
    fn missing(&self) -> Vec<(u64, u64)> {
        let shown = self.show();
        let signatures = shown["signatures"].as_array().expect("a list").clone();
        let count = |of: &Value| {
            (of["version"].as_u64().expect("a number"), of["missing"].as_u64().expect("a number"))
        };
        signatures.iter().map(count).filter(|(_, missing)| *missing > 0).collect()
    }

    fn adopt(&mut self) {
        let file = self.file(self.version + 1);
        self.place.done(&["roster", "adopt", "--network", &self.place.text("net"), &file]);
        self.place.done(&["--data", &self.place.text("north"), "roster", "adopt", &file]);
        self.version += 1;
    }

    /// Drafts, is told these sentences, and lets the first two root holders sign.
    fn changes(&mut self, change: &[&str], sentences: &[&str]) {
        ends(&self.draft(change), 0, &[]);
        let told = self.show()["changes"].as_array().expect("a list").clone();
        for sentence in sentences {
            assert!(
                told.iter().any(|told| told.as_str().is_some_and(|told| told.starts_with(sentence))),
                "{sentence:?} is not in {told:?}"
            );
        }
        assert_eq!(self.missing().iter().map(|(_, missing)| missing).sum::<u64>(), 4, "two of each version");
        ends(&self.sign("net/root-1.key"), 0, &[]);
        ends(&self.sign("net/root-2.key"), 0, &[]);
        assert_eq!(self.missing(), []);
        self.adopt();
    }

    fn state_of(&self, office: &str) -> String {
        let shown = call(&["--json", "--data", &self.place.text("north"), "roster", "show"]);
        let shown: Value = serde_json::from_slice(&shown.stdout).expect("JSON");
        let offices = shown["offices"].as_array().expect("a list").clone();
        let found = offices.iter().find(|one| one["name"] == office).expect("an office");
        found["state"].as_str().expect("a word").to_owned()
    }
}

#[test]
fn an_office_is_suspended_takes_part_again_and_leaves_for_good() {
    let mut holders = Holders::new();
    holders.changes(&["--suspend", "south"], &["south: suspended"]);
    assert_eq!(holders.state_of("south"), "suspended");
    ends(&holders.draft(&["--suspend", "SOUTH"]), 5, &["south is suspended already", "Nothing was changed."]);
    holders.changes(&["--resume", "south"], &["south: active"]);
    ends(&holders.draft(&["--resume", "south"]), 5, &["south is not suspended"]);
    holders.changes(&["--left", "south"], &["south: has left for good"]);
    assert_eq!(holders.state_of("south"), "left");
    ends(&holders.draft(&["--resume", "south"]), 5, &["has left, and who has left does not come back"]);
    ends(&holders.draft(&["--left", "south"]), 5, &["south has left already"]);
    ends(&holders.draft(&["--suspend", "Canary"]), 3, &["no office of that name"]);
    ends(&holders.draft(&["--suspend", "north", "--left", "north"]), 2, &["north is named twice"]);
    assert!(!told(&holders.draft(&["--suspend", "Canary"])).contains("Canary"));
}

#[test]
fn root_holders_come_and_go_and_both_versions_have_to_agree() {
    let mut holders = Holders::new();
    let (root_pass, network) = (holders.place.text("root.pass"), holders.place.text("net/network"));
    let (anna_key, anna) = (holders.place.text("anna.key"), holders.place.text("anna.root"));
    let make = ["network", "root", "--network", &network, "--passphrase-file", &root_pass, "--out", &anna];
    let make = |name: &str| call(&[&make[..], &["--key", &anna_key, "--name", name]].concat());
    ends(&make("an na"), 2, &["a space"]);
    ends(&make("anna"), 0, &["Keep the key away"]);
    ends(&make("anna"), 5, &["is there already"]);
    for (change, exit, what) in [
        (&["--threshold", "4"][..], 2, "4 of 3 root keys cannot sign"),
        (&["--threshold", "0"], 2, "1..=32"),
        (&["--remove-root", "root-1", "--remove-root", "root-2"], 2, "2 of 1 root keys cannot sign"),
        (&["--remove-root", "root-9"], 3, "no root key of a name"),
        (&["--add-root", &anna, "--add-root", &anna], 5, "has the root key anna already"),
        (&["--add-root", &network], 2, "is not the public half of a root key"),
        (&["--add-root", &anna_key], 2, "is not the public half of a root key"),
    ] {
        ends(&holders.draft(change), exit, &[what, "Nothing was changed."]);
    }
    ends(&holders.draft(&["--remove-root", "root-1", "--add-root", &anna]), 0, &[]);
    let told = holders.show()["changes"].to_string();
    assert!(told.contains("root key root-1: removed") && told.contains("root key anna: added"), "{told}");
    ends(&holders.sign("anna.key"), 0, &[]);
    ends(&holders.sign("net/root-2.key"), 0, &[]);
    // Enough of the new ones; of the old ones only root-2.
    assert_eq!(holders.missing(), [(2, 1)]);
    let adopt = |holders: &Holders| {
        let (net, file) = (holders.place.text("net"), holders.file(3));
        call(&["roster", "adopt", "--network", &net, &file])
    };
    ends(&adopt(&holders), 6, &["1 of 2 root keys of version 2", "roster sign"]);
    // Who is removed signs for the version before, and once.
    ends(&holders.sign("net/root-1.key"), 0, &[]);
    ends(&holders.sign("net/root-1.key"), 5, &["root-1 has signed this version already"]);
    assert_eq!(holders.missing(), []);
    holders.adopt();
    ends(&holders.draft(&["--threshold", "3"]), 0, &[]);
    assert!(holders.show()["changes"].to_string().contains("root keys that must sign: 2 of 3 → 3 of 3"));
    ends(&holders.sign("net/root-1.key"), 4, &["would count for nothing"]);
    for key in ["anna.key", "net/root-2.key"] {
        ends(&holders.sign(key), 0, &[]);
    }
    assert_eq!(holders.missing(), [(4, 1)]);
    ends(&holders.sign("net/root-3.key"), 0, &[]);
    holders.adopt();
}

#[test]
fn whoever_signs_far_from_the_folder_is_told_what_is_missing_and_that_it_is_the_right_one() {
    let holders = Holders::new();
    ends(&holders.draft(&["--suspend", "south"]), 0, &[]);
    let (draft, before, first) = (holders.file(3), holders.file(2), holders.file(1));
    let show = |before: &[&str]| call(&[&["roster", "show", &draft], before].concat());
    let said = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let alone = show(&[]);
    assert!(said(&alone).contains("cannot be said without it"), "{}", said(&alone));
    assert!(!said(&alone).contains("south: suspended"));
    let with = show(&["--before", &before]);
    for line in [
        "Compared with version 2:",
        "south: suspended",
        "nobody, of the root keys of version 2; 2 are needed: 2 missing",
    ] {
        assert!(said(&with).contains(line), "{line:?} is not in {}", said(&with));
    }
    ends(&show(&["--before", &first]), 6, &["version 2 is not the version that this one continues"]);
    let key = holders.place.text("net/root-3.key");
    let pass = holders.place.text("root.pass");
    let signed =
        call(&["roster", "sign", "--key", &key, "--passphrase-file", &pass, "--before", &before, &draft]);
    assert!(
        said(&signed).contains("root-3, of the root keys of version 2; 2 are needed: 1 missing"),
        "{}",
        said(&signed)
    );
    // Another text under the same number, signed by enough, is told for what it is.
    ends(&holders.sign("net/root-1.key"), 0, &[]);
    let mut holders = holders;
    let other = holders.place.path("other");
    std::fs::copy(holders.file(3), &other).expect("copied");
    holders.changes(&["--left", "south"], &["south: has left"]);
    for folder in [["--network", "net"], ["--data", "north"]] {
        let [option, name] = folder;
        let folder = holders.place.text(name);
        let adopted = match option {
            "--data" => call(&["--data", &folder, "roster", "adopt", other.to_str().expect("text")]),
            _ => call(&["roster", "adopt", "--network", &folder, other.to_str().expect("text")]),
        };
        ends(&adopted, 6, &["nother roster version 3", "Keep both files"]);
    }
}

/// What the program says as JSON.
fn said(output: &Output) -> Value {
    assert!(output.status.success(), "{}", told(output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn head_size(place: &Place) -> u64 {
    said(&place.ask(&["--json", "office", "status"]))["head"]["size"].as_u64().expect("a size")
}

#[test]
fn an_office_replaces_its_keys_and_goes_on_meanwhile() {
    let mut holders = Holders::of_north_alone();
    let pass = holders.place.text("office.pass");
    let rotate = |place: &Place, out: &str, which: &[&str]| {
        let out = place.text(out);
        place.ask(
            &[&["--json", "office", "rotate", "--out", &out, "--passphrase-file", &pass], which].concat(),
        )
    };
    let node = holders.place.running();
    assert!(holders.place.ask(&["case", "open"]).status.success());
    ends(&rotate(&holders.place, "north.keys", &[]), 5, &["Use the node that runs"]);
    drop(node);
    ends(
        &rotate(&holders.place, "none", &["--log-only", "--witness-only"]),
        2,
        &["cannot be given together"],
    );
    let asked = said(&rotate(&holders.place, "north.keys", &[]));
    let ends_at = asked["ends_at"].as_u64().expect("a size");
    assert_eq!(
        said(&rotate(&holders.place, "north.keys.2", &[]))["words"],
        asked["words"],
        "asked twice it is the same"
    );
    ends(&rotate(&holders.place, "north.keys", &[]), 5, &["Nothing was changed."]);
    let witness_only = said(&rotate(&holders.place, "witness.keys", &["--witness-only"]));
    assert!(witness_only["ends_at"].is_null());
    // It goes on under the old key.
    let node = holders.place.running();
    assert!(holders.place.ask(&["case", "open"]).status.success());
    drop(node);
    let keys = holders.place.text("north.keys");
    ends(&holders.draft(&["--keys", &keys, "--keys", &keys]), 5, &["it has that key already"]);
    ends(&holders.draft(&["--keys", &holders.place.text("south.join")]), 2, &["is not a file of new keys"]);
    let whole = std::fs::read_to_string(&keys).expect("read");
    holders.place.write("renamed.keys", &whole.replace("\"north\"", "\"south\""));
    ends(
        &holders.draft(&["--keys", &holders.place.text("renamed.keys")]),
        5,
        &["another name there", "waymark office rotate"],
    );
    let sentence = format!("north: new log key from entry {} on", ends_at + 1);
    holders
        .changes(&["--keys", &keys], &["north: its old log key ends", &sentence, "north: new witness key"]);
    ends(&holders.draft(&["--keys", &keys]), 5, &["it has that key already"]);
    let node = holders.place.running();
    assert!(holders.place.ask(&["case", "open"]).status.success());
    assert!(head_size(&holders.place) > ends_at, "the head is signed by a key of the roster");
    // Killed, it goes on; and what is written there is whole.
    drop(node);
    let _node = holders.place.running();
    let verified = holders.place.ask(&["audit", "verify"]);
    ends(&verified, 0, &[]);
    let (bundle, net) = (holders.place.text("bundle"), holders.place.text("net/roster/1"));
    ends(&holders.place.ask(&["audit", "bundle", "--out", &bundle]), 0, &[]);
    let shown = said(&call(&["--json", "roster", "show", &net]));
    let fingerprint = shown["fingerprint"].as_str().expect("a hash").to_owned();
    let verified = call(&["audit", "verify", &bundle, "--fingerprint", &fingerprint]);
    // Nobody witnesses it here; nothing else is to be said.
    assert!([0, 9].contains(&verified.status.code().expect("it ends")), "{}", told(&verified));
}

#[test]
fn a_log_whose_key_was_stolen_ends_where_it_is_still_trusted() {
    let mut holders = Holders::of_north_alone();
    let pass = holders.place.text("office.pass");
    let node = holders.place.running();
    assert!(holders.place.ask(&["case", "open"]).status.success());
    let trusted = head_size(&holders.place);
    for _ in 0..2 {
        assert!(holders.place.ask(&["case", "open"]).status.success());
    }
    drop(node);
    let recover = |place: &Place, out: &str, to: &[&str]| {
        let out = place.text(out);
        place.ask(&[&["--json", "office", "recover", "--out", &out, "--passphrase-file", &pass], to].concat())
    };
    let size = trusted.to_string();
    ends(&recover(&holders.place, "x", &["--compromised"]), 2, &["--to"]);
    ends(&recover(&holders.place, "x", &["--to", &size]), 2, &["--compromised"]);
    ends(
        &recover(&holders.place, "x", &["--compromised", "--to", "99999"]),
        2,
        &["no head of that many entries"],
    );
    let asked = said(&recover(&holders.place, "again.join", &["--compromised", "--to", &size]));
    assert_eq!(asked["closes_at"], trusted);
    let sentence = format!("north: its log 0 is closed after entry {trusted}");
    holders
        .changes(&["--join", &holders.place.text("again.join")], &[&sentence, "north: it goes on in log 1"]);
    let _node = holders.place.running();
    let status = said(&holders.place.ask(&["--json", "office", "status"]));
    assert_eq!(status["head"]["log"], 1, "{status}");
    let cases = holders.place.ask(&["--json", "case", "list"]);
    let cases = String::from_utf8_lossy(&cases.stdout).lines().count();
    assert_eq!(cases, 3, "what the office wrote itself above that head was taken over");
}
