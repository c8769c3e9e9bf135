//! The program as somebody calls it who makes a mistake, or whose machine does: what it says, and how it ends.

mod place;
mod roster;
mod streams;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::place::{Node, Place, call, ends, program, told};

#[test]
fn a_folder_never_has_two_nodes() {
    let place = Place::new();
    let _node = place.running();
    let address = std::fs::read_to_string(place.path("north/endpoint")).expect("read");
    let pass = place.text("office.pass");
    for listen in ["127.0.0.1:0", address.trim()] {
        let wanted = ["node", "--hub", "nats://127.0.0.1:1", "--listen", listen, "--passphrase-file", &pass];
        ends(&place.ask(&wanted), 5, &["Use the node that runs"]);
    }
    assert!(place.ask(&["office", "status"]).status.success(), "the first one goes on");
}

#[test]
fn a_taken_address_is_told_and_the_folder_stays_as_it_is() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let pass = place.text("office.pass");
    let wanted = ["node", "--hub", "nats://127.0.0.1:1", "--listen", &address, "--passphrase-file", &pass];
    ends(&place.ask(&wanted), 5, &["cannot listen on", "Nothing was changed.", "--listen"]);
    let _node = place.running();
}

fn first_file(folder: &Path) -> PathBuf {
    let entry = std::fs::read_dir(folder).expect("a folder").next().expect("a tile").expect("read").path();
    if entry.is_dir() { first_file(&entry) } else { entry }
}

/// Ends a node as a service manager does.
fn end(mut node: Node) {
    let asked = Command::new("kill").args(["-TERM", &node.process.id().to_string()]).status();
    assert!(asked.expect("asked").success() && node.process.wait().expect("it ends").success());
}

#[test]
fn a_log_whose_tree_is_damaged_is_named_repaired_and_goes_on() {
    let place = Place::new();
    let node = place.running();
    for _ in 0..5 {
        assert!(place.ask(&["case", "open"]).status.success());
    }
    end(node);
    let hashes = first_file(&place.path("north/log/tile/0"));
    let whole = std::fs::read(&hashes).expect("a tile");
    std::fs::write(&hashes, &whole[..whole.len() / 2]).expect("cut");
    let pass = place.text("office.pass");
    ends(&place.node().output().expect("it runs"), 6, &["waymark office repair"]);
    let repaired = place.ask(&["office", "repair", "--passphrase-file", &pass]);
    ends(&repaired, 0, &["Start the node"]);
    let _node = place.running();
    let cases = place.ask(&["--json", "case", "list"]);
    assert_eq!(String::from_utf8_lossy(&cases.stdout).lines().count(), 5, "{}", told(&cases));
}

#[test]
fn a_folder_is_checked_as_it_lies_there_and_what_is_wrong_is_told_with_what_to_do() {
    let place = Place::new();
    let (pass, scratch) = (place.text("office.pass"), place.text("scratch"));
    std::fs::create_dir(&scratch).expect("a folder");
    let check = |more: &[&str]| place.ask(&[&["check", "--scratch", &scratch], more].concat());
    let says = |ended: &Output, exit: i32, what: &[&str]| {
        let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), told(ended));
        assert_eq!(ended.status.code(), Some(exit), "{said}");
        what.iter().for_each(|part| assert!(said.contains(part), "{part:?} is not in: {said}"));
    };
    let node = place.running();
    assert!(place.ask(&["case", "open"]).status.success());
    for keys in [&["--no-keys"][..], &["--passphrase-file", &pass]] {
        says(&check(keys), 5, &["Nothing was changed.", "the node that runs"]);
    }
    end(node);
    says(&check(&["--passphrase-file", &pass]), 0, &["The folder is sound", "keys looked for"]);
    says(&check(&["--no-keys"]), 0, &["The folder is sound", "no passphrase"]);
    let json = place.ask(&["--json", "check", "--no-keys"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!((&json["sound"], &json["keys"]), (&true.into(), &serde_json::Value::Null), "{json}");
    let hashes = first_file(&place.path("north/log/tile/0"));
    let mut damaged = std::fs::read(&hashes).expect("a tile");
    damaged[7] ^= 1;
    std::fs::write(&hashes, &damaged).expect("written");
    std::fs::write(place.path("north/bodies/notes"), "x").expect("written");
    let wrong = check(&["--passphrase-file", &pass]);
    says(
        &wrong,
        6,
        &["tile 0 of level 0", "Nothing was changed.", "waymark office repair", "once the log holds"],
    );
    assert_eq!(std::fs::read(&hashes).expect("a tile"), damaged, "a check repairs nothing");
    says(&place.ask(&["office", "repair", "--passphrase-file", &pass]), 0, &[]);
    end(place.running());
    says(&check(&["--no-keys"]), 6, &["1 files in `bodies` have no place there", "take them out"]);
    std::fs::remove_file(place.path("north/bodies/notes")).expect("removed");
    says(&check(&["--passphrase-file", &pass]), 0, &["The folder is sound"]);
    assert_eq!(std::fs::read_dir(&scratch).expect("a folder").count(), 0, "what was made again is left");
}

#[test]
fn a_log_of_which_entries_are_nowhere_is_left_as_it_is_and_what_helps_is_told() {
    let place = Place::new();
    let node = place.running();
    assert!(place.ask(&["case", "open"]).status.success());
    end(node);
    for part in ["log/tile/entries", "log/tile/0"] {
        std::fs::remove_dir_all(place.path("north").join(part)).expect("removed");
    }
    let pass = place.text("office.pass");
    let repaired = place.ask(&["office", "repair", "--passphrase-file", &pass]);
    let told =
        ["4 entries of the log are nowhere", "Nothing was changed.", "newest copy", "waymark office recover"];
    ends(&repaired, 6, &told);
}

#[test]
fn an_office_asks_for_a_new_log_in_one_way_only() {
    let place = Place::new();
    let (pass, net) = (place.text("office.pass"), place.text("net"));
    let ask = |out: &str| {
        place.ask(&["--json", "office", "recover", "--out", &place.text(out), "--passphrase-file", &pass])
    };
    let words = |asked: &Output| {
        let asked: serde_json::Value = serde_json::from_slice(&asked.stdout).expect("JSON");
        asked["words"].as_str().map(str::to_owned).expect("words")
    };
    let (one, two) = (ask("again"), ask("again.2"));
    assert_eq!(words(&one), words(&two), "asked twice it is the same");
    ends(&ask("again"), 5, &["Nothing was changed."]);
    // The root holders keep their first roster, and take the file once.
    place.done(&["roster", "adopt", "--network", &net, &place.text("roster.draft")]);
    let draft = |out: &str| {
        let join = place.text("again");
        call(&["roster", "draft", "--network", &net, "--join", &join, "--out", &place.text(out)])
    };
    ends(&draft("roster.2"), 0, &[]);
    for key in ["net/root-1.key", "net/root-2.key"] {
        let root = place.text("root.pass");
        place.done(&[
            "roster",
            "sign",
            "--key",
            &place.text(key),
            "--passphrase-file",
            &root,
            &place.text("roster.2"),
        ]);
    }
    place.done(&["roster", "adopt", "--network", &net, &place.text("roster.2")]);
    ends(&draft("roster.3"), 5, &["does not fit the roster", "waymark office recover"]);
    place.done(&["--data", &place.text("north"), "roster", "adopt", &place.text("roster.2")]);
    ends(&ask("again.3"), 5, &["the roster has closed the log"]);
    let _node = place.running();
    let status = place.ask(&["--json", "office", "status"]);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).expect("JSON");
    assert_eq!(status["head"]["log"], 1, "{status}");
}

#[test]
fn a_command_line_at_fault_is_told_without_the_words_that_were_typed() {
    for json in [false, true] {
        for (words, what) in [
            (&["case", "show", "Canary"][..], "<CASE>"),
            (&["case", "list", "--state", "Canary"], "--state"),
            (&["case", "open", "--colour", "Canary"], "--colour"),
            (&["case", "open", "--colour=Canary"], "--colour"),
            (&["case", "Canary"], "no such command"),
            (&["case", "show"], "missing"),
            (&["referral", "message", "Canary", "Canary"], "does not take word"),
            (&["case", "list", "--limit", "Canary"], "--limit"),
            (&["network", "create", "--dir", "x", "--name", "x", "--roots", "0177"], "1..=32"),
        ] {
            let ended = if json { call(&[&["--json"], words].concat()) } else { call(words) };
            ends(&ended, 2, &[what]);
            let told = told(&ended);
            assert!(!told.to_lowercase().contains("canary"), "it is repeated: {told}");
            assert!(!told.contains("177"), "a number is repeated: {told}");
            assert!(told.contains("Nothing was changed."), "{told}");
            let object = serde_json::from_str::<serde_json::Value>(&told);
            assert_eq!(object.is_ok_and(|told| told["error"]["exit"] == 2), json, "{words:?}");
        }
    }
}

#[test]
fn whoever_names_no_command_is_shown_the_commands() {
    for (words, shown) in [
        (&[][..], "Usage: waymark [OPTIONS] <COMMAND>"),
        (&[""], "Usage: waymark [OPTIONS] <COMMAND>"),
        (&["--data", "x"], "Usage: waymark [OPTIONS] <COMMAND>"),
        (&["case"], "Usage: waymark case [OPTIONS] <COMMAND>"),
        (&["case", "--data", "x"], "Usage: waymark case [OPTIONS] <COMMAND>"),
    ] {
        let ended = call(words);
        ends(&ended, 2, &[shown]);
        assert!(!told(&ended).contains("no such command"), "{words:?}: {}", told(&ended));
    }
}

#[test]
fn whoever_mistypes_a_password_is_told_so_and_when_the_name_waits() {
    let place = Place::new();
    let _node = place.running();
    place.write("wrong.pass", "another password\n");
    let sign_in =
        |file: &str| place.ask(&["staff", "sign-in", "administrator", "--password-file", &place.text(file)]);
    for left in ["4 more", "3 more", "2 more", "one more", "waits for 15 seconds"] {
        ends(&sign_in("wrong.pass"), 4, &["Name and password do not belong together", left]);
    }
    ends(&sign_in("office.pass"), 4, &["Too many wrong passwords", "seconds"]);
    ends(&sign_in("absent.pass"), 3, &["The password cannot be read"]);
}

#[test]
fn nobody_ceases_to_be_a_minor_by_being_left_out() {
    let case = "0123456789abcdef0123456789abcdef";
    let left_out = call(&["case", "safeguards", case, "--barred-country", "BG"]);
    ends(&left_out, 2, &["missing", "--not-minor"]);
}

#[tokio::test]
async fn a_health_check_names_every_service_and_needs_the_token() {
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_check_response::ServingStatus;
    use tonic_health::pb::health_client::HealthClient;
    use tonic_types::StatusExt as _;

    let place = Place::new();
    let _node = place.running();
    let read = |name: &str| std::fs::read_to_string(place.path(name)).expect("read").trim().to_owned();
    let address = format!("http://{}", read("north/endpoint"));
    let channel = tonic::transport::Endpoint::from_shared(address).expect("an address");
    let mut health = HealthClient::new(channel.connect().await.expect("it listens"));
    let services = ["", "waymark.v1.CaseService", "waymark.v1.OfficeService", "waymark.v1.AuditService"];
    for service in services {
        let asked = || tonic::Request::new(HealthCheckRequest { service: service.to_owned() });
        let refused = health.check(asked()).await.expect_err("without the token");
        assert_eq!(refused.code(), tonic::Code::Unauthenticated);
        assert_eq!(refused.get_error_details().error_info().expect("a reason").reason, "NO_ACCESS");
        let mut asked = asked();
        let bearer = format!("Bearer {}", read("north/access"));
        asked.metadata_mut().insert("authorization", bearer.parse().expect("metadata"));
        let told = health.check(asked).await.expect("it is answered").into_inner();
        assert_eq!(told.status(), ServingStatus::Serving, "{service}");
    }
}

#[test]
fn a_wrong_passphrase_opens_nothing_and_breaks_nothing() {
    let place = Place::new();
    place.write("office.pass", "another passphrase\n");
    let ended = place.node().output().expect("it runs");
    ends(&ended, 4, &["passphrase"]);
    assert!(!told(&ended).contains("another passphrase"), "it is repeated");
    place.write("office.pass", "the passphrase of an office\n");
    let _node = place.running();
}

#[test]
fn an_office_whose_join_file_cannot_be_written_where_it_should_be_keeps_it() {
    let place = Place::new();
    let (data, network, pass) = (place.text("south"), place.text("net/network"), place.text("office.pass"));
    let create = ["office", "create", "--data", &data, "--network", &network, "--name", "south"];
    let who = ["--country", "BG", "--institution", "ngo", "--role", "office", "--passphrase-file", &pass];
    let ended = call(
        &[
            &create[..],
            &who,
            &["--administrator-password-file", &pass, "--out", &place.text("no folder/south.join")],
        ]
        .concat(),
    );
    ends(&ended, 3, &["The office is created", "copy it from there"]);
    let join = std::fs::read_to_string(place.path("south/join")).expect("it is kept");
    assert!(join.contains("waymark-join/v1"), "{join}");
}

#[test]
fn a_network_is_made_whole_or_not_at_all() {
    let place = Place::new();
    let root = place.text("root.pass");
    place.write("file", "");
    let create =
        |dir: &str| call(&["network", "create", "--dir", dir, "--name", "Test", "--passphrase-file", &root]);
    let before = std::fs::read_dir(place.folder.path()).expect("listed").count();
    ends(&create(&place.text("file")), 1, &["cannot be made", "Nothing was changed."]);
    ends(&create(&place.text("net")), 5, &["holds something already"]);
    assert_eq!(
        std::fs::read_dir(place.folder.path()).expect("listed").count(),
        before,
        "something is left behind"
    );
    std::fs::create_dir(place.path("empty")).expect("made");
    assert!(create(&place.text("empty")).status.success());
    assert_eq!(std::fs::read_dir(place.path("empty")).expect("listed").count(), 4);
}

#[test]
fn a_passphrase_that_is_no_line_is_refused_and_one_that_others_can_read_is_warned_of() {
    let place = Place::new();
    place.write("office.pass", &"x".repeat(5_000));
    ends(&place.node().output().expect("it runs"), 2, &["more than 4096 bytes"]);
    place.write("office.pass", "another passphrase\n");
    ends(&place.node().output().expect("it runs"), 4, &["chmod 600"]);
}

#[test]
fn it_listens_on_this_machine_only_and_speaks_to_a_hub_on_this_machine_only() {
    let place = Place::new();
    let node = |hub: &str, listen: &str| {
        let pass = place.text("office.pass");
        let wanted = ["node", "--hub", hub, "--listen", listen, "--passphrase-file", &pass];
        call(&[&["--data", &place.text("north")], &wanted[..]].concat())
    };
    ends(&node("nats://127.0.0.1:1", "0.0.0.0:0"), 2, &["not encrypted", "127.0.0.1"]);
    ends(&node("nats://hub.example:4222", "127.0.0.1:0"), 2, &["not encrypted"]);
}

#[test]
fn half_written_files_are_named_and_nothing_is_changed() {
    let place = Place::new();
    let office = place.path("north/office");
    let whole = std::fs::read(&office).expect("read");
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&office, &whole[..length]).expect("written");
        let ended = place.node().output().expect("it runs");
        assert!(!ended.status.success(), "{length} bytes were enough");
        assert!(told(&ended).contains("office"), "{}", told(&ended));
        assert_eq!(std::fs::read(&office).expect("read").len(), length, "it was changed");
    }
    std::fs::write(&office, &whole).expect("written");
    let config = place.path("node.toml");
    for text in
        ["hub = [\"nats://127.0.0.1:1\"", "hub = [\"nats://127.0.0.1:1\"]\nlisten = \"127.0.", "hub = 7\n"]
    {
        std::fs::write(&config, text).expect("written");
        let checked = call(&["config", "check", &place.text("node.toml")]);
        ends(&checked, 2, &["line", "Correct that line"]);
    }
    for file in ["endpoint", "access"] {
        let node = place.running();
        std::fs::write(place.path(&format!("north/{file}")), "12").expect("written");
        let asked = place.ask(&["office", "status"]);
        assert!(!asked.status.success(), "half of {file} was enough");
        assert!(!told(&asked).is_empty());
        drop(node);
    }
    let _node = place.running();
    assert!(place.ask(&["office", "status"]).status.success());
}

#[test]
fn who_does_not_hold_the_token_is_told_nothing() {
    let place = Place::new();
    let _node = place.running();
    place.write("stranger", &"0".repeat(64));
    let address = std::fs::read_to_string(place.path("north/endpoint")).expect("read");
    let stranger = ["--node", address.trim(), "--access", &place.text("stranger"), "office", "status"];
    let asked = call(&stranger);
    assert_eq!(asked.status.code(), Some(4), "{}", told(&asked));
    assert!(asked.stdout.is_empty());
}

#[test]
fn what_others_on_this_machine_may_not_read_they_cannot_reach() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let data = place.path("north");
    let mode = || std::fs::metadata(&data).expect("a folder").permissions().mode() & 0o777;
    assert_eq!(mode(), 0o700);
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).expect("opened to all");
    let _node = place.running();
    assert_eq!(mode(), 0o700, "a node does not run in a folder that others may enter");
}

#[test]
fn a_passphrase_comes_from_a_descriptor_and_never_from_a_flag() {
    let place = Place::new();
    let flag = call(&["--data", &place.text("north"), "node", "--passphrase", "secret"]);
    assert_eq!(flag.status.code(), Some(2));
    let mut node = program();
    node.args(["--data", &place.text("north"), "node", "--hub", "nats://127.0.0.1:1"]);
    node.args(["--listen", "127.0.0.1:0", "--passphrase-fd", "0"]).stdin(Stdio::piped());
    let mut process = node.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut input = process.stdin.take().expect("its input");
    input.write_all(b"the passphrase of an office\n").expect("written");
    drop(input);
    let mut line = String::new();
    BufReader::new(process.stdout.take().expect("its output")).read_line(&mut line).expect("it answers");
    let _node = Node { process };
    assert!(line.contains("listening on"), "{line}");
}

#[test]
fn completions_are_there_for_every_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let ended = call(&["completions", shell]);
        assert!(ended.status.success(), "{}", told(&ended));
        assert!(String::from_utf8_lossy(&ended.stdout).contains("waymark"));
    }
}

#[test]
fn no_help_teaches_to_put_a_name_into_the_history_of_a_shell() {
    let helps = [&["case", "record"][..], &["case", "open"], &["referral", "ask"], &["shelter", "address"]];
    for command in helps {
        let ended = call(&[command, &["--help"]].concat());
        let help = String::from_utf8_lossy(&ended.stdout);
        assert!(ended.status.success() && !help.contains("echo "), "{command:?}: {help}");
    }
}

#[test]
fn a_command_without_a_node_says_how_to_start_one() {
    let place = Place::new();
    ends(&place.ask(&["case", "list"]), 8, &["waymark node"]);
    let nowhere =
        call(&["--data", Path::new("/nonexistent/waymark").to_str().expect("text"), "case", "list"]);
    assert_eq!(nowhere.status.code(), Some(3), "{}", told(&nowhere));
}

/// A case with a name in it, as the case worker typed it.
fn case_of_ana(place: &Place) -> String {
    let opened = place.ask(&["--json", "case", "open"]);
    let opened: serde_json::Value = serde_json::from_slice(&opened.stdout).expect("JSON");
    let case = opened.get("case").and_then(|case| case.as_str()).expect("a case").to_owned();
    place.write("identity", r#"{"given_name":"Ana <i>"}"#);
    let from = place.text("identity");
    let recorded = place.ask(&["case", "record", &case, "--category", "identity", "--from", &from]);
    assert!(recorded.status.success(), "{}", told(&recorded));
    case
}

#[test]
fn everything_about_a_person_is_written_for_her_and_over_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let _node = place.running();
    let case = case_of_ana(&place);
    let out = place.text("bundle");
    let written = place.ask(&["case", "bundle", &case, "--out", &out]);
    ends(&written, 0, &["Keep it safe"]);
    assert!(String::from_utf8_lossy(&written.stdout).contains("Sections written: 1."));
    let mode = |name: &str| std::fs::metadata(place.path(name)).expect("there").permissions().mode() & 0o777;
    assert_eq!([mode("bundle"), mode("bundle/sections")], [0o700; 2]);
    for (name, holds) in [
        ("bundle/page.html", "Ana &lt;i&gt;"),
        ("bundle/record.json", &case),
        ("bundle/sections/0001.json", "\"given_name\":\"Ana <i>\""),
    ] {
        let text = std::fs::read_to_string(place.path(name)).expect("read");
        assert!(text.contains(holds), "{name}: {text}");
        assert_eq!(mode(name), 0o600);
    }
    ends(&place.ask(&["case", "bundle", &case, "--out", &out]), 5, &["Choose another name"]);
    let unknown = place.ask(&["case", "bundle", &"09".repeat(16), "--out", &place.text("other")]);
    ends(&unknown, 3, &["Check the identifier"]);
    assert!(!place.path("other").exists());
}

#[test]
fn reports_are_printed_and_what_is_asked_wrongly_is_told() {
    let place = Place::new();
    let _node = place.running();
    let case = case_of_ana(&place);
    let (from, to) = (["--from", "2026-01-01"], ["--to", "+1d"]);
    let record = place.ask(&[&["report", "art30"][..], &from, &to].concat());
    ends(&record, 0, &[]);
    let shown = String::from_utf8_lossy(&record.stdout).into_owned();
    for said in ["<11", "identity", "cases opened", "ngo", "Argon2id"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    assert!(!shown.contains(&case) && !shown.contains("Ana"));
    let holders = place.ask(&["report", "holders", "--case", &case]);
    let shown = String::from_utf8_lossy(&holders.stdout).into_owned();
    assert!(shown.contains("north") && shown.contains("own_case") && shown.contains("identity"), "{shown}");
    let breach = ["report", "breach", "--office", "north", "--from", "2026-01-01T00:00:00Z", "--to"];
    let held = place.ask(&[&breach[..], &["+1h"]].concat());
    assert!(String::from_utf8_lossy(&held.stdout).contains(&case), "{}", told(&held));
    ends(&place.ask(&[&breach[..], &["2025-01-01T00:00:00Z"]].concat()), 2, &["lies before from"]);
    let elsewhere = ["report", "breach", "--office", "nowhere", "--from", "now", "--to", "now"];
    ends(&place.ask(&elsewhere), 3, &["office of the network has that name"]);
    ends(
        &place.ask(&[&["report", "art30"][..], &to, &["--from", "+2d"]].concat()),
        2,
        &["lies before from_on"],
    );
    ends(&place.ask(&["report", "holders", "--case", &"09".repeat(16)]), 3, &["Check the identifier"]);
}

/// What the standard output of a call holds as JSON.
fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|fault| panic!("{fault}: {}", told(output)))
}

#[test]
fn a_bundle_is_written_for_auditors_and_verifies_without_the_office() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let case = {
        let _node = place.running();
        let case = case_of_ana(&place);
        let written = place.ask(&["audit", "bundle", "--out", &place.text("bundle")]);
        ends(&written, 0, &["links threads to cases", "auditors only"]);
        let again = place.ask(&["audit", "bundle", "--out", &place.text("bundle")]);
        ends(&again, 5, &["nothing is written over"]);
        let office = place.ask(&["audit", "bundle", "--out", &place.text("net")]);
        ends(&office, 5, &["no bundle"]);
        case
    };
    let bundle = place.path("bundle");
    let mode = |name: &str| std::fs::metadata(bundle.join(name)).expect("there").permissions().mode() & 0o777;
    assert_eq!([mode(""), mode("offices"), mode("manifest"), mode("roster/1")], [0o700, 0o700, 0o600, 0o600]);
    let (dir, state) = (place.text("bundle"), place.text("state"));
    let shown = json(&call(&["--json", "roster", "show", &place.text("bundle/roster/1")]));
    let words = shown.get("words").and_then(|words| words.as_str()).expect("words").to_owned();
    let verify = |more: &[&str]| call(&[&["audit", "verify", &dir][..], more].concat());

    // A network of one office has nobody to witness it.
    let whole = verify(&["--fingerprint", &words, "--save", &state]);
    ends(&whole, 0, &[]);
    let said = String::from_utf8_lossy(&whole.stdout).into_owned();
    assert!(said.contains("The bundle is whole.") && said.contains("of north"), "{said}");
    assert!(!said.contains("Ana") && !said.contains(&case));
    ends(&verify(&["--fingerprint", &words, "--since", &state]), 0, &[]);
    let told = json(&verify(&["--json"]));
    assert_eq!(told.pointer("/roster/trust").and_then(|trust| trust.as_str()), Some("unconfirmed"), "{told}");
    assert_eq!(told.pointer("/counts/roster_unconfirmed").and_then(serde_json::Value::as_u64), Some(1));
    ends(&verify(&[]), 9, &[]);
    let other = verify(&["--json", "--fingerprint", "lusab-babad"]);
    ends(&other, 14, &[]);
    assert_eq!(json(&other).get("verdict").and_then(|class| class.as_str()), Some("trust"));
    ends(&verify(&["--fingerprint", &words, "--since", &dir]), 1, &[]);
    ends(&verify(&["--fingerprint", &words, "--since", &place.text("office.pass")]), 2, &["no state"]);

    std::fs::write(bundle.join("more"), b"").expect("written");
    ends(&verify(&["--fingerprint", &words]), 10, &[]);
    std::fs::remove_file(bundle.join("more")).expect("removed");
    let head = first_file(&bundle.join("offices"));
    let text = std::fs::read(&head).expect("a file");
    std::fs::write(&head, [&text, &b"x"[..]].concat()).expect("written");
    let spoilt = verify(&["--fingerprint", &words]);
    assert!(spoilt.status.code().is_some_and(|code| (10..=16).contains(&code)), "{spoilt:?}");
    ends(&call(&["audit", "verify", &place.text("nowhere")]), 1, &["cannot be read"]);
}

#[test]
fn the_code_on_her_sheet_leads_to_her_case_and_a_language_that_is_not_there_is_told_with_those_that_are() {
    let place = Place::new();
    let _node = place.running();
    let case = case_of_ana(&place);
    assert!(place.ask(&["case", "open"]).status.success());
    let code = &case[..8];
    let sheet = place.ask(&["consent", "sheet", &case]);
    assert!(String::from_utf8_lossy(&sheet.stdout).contains(&format!("Your code: {code}")));
    let found = place.ask(&["--json", "case", "list", "--code", &code.to_uppercase()]);
    let found = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(found.lines().count() == 1 && found.contains(&case), "{found}");
    ends(&place.ask(&["case", "list", "--code", "K7-41"]), 2, &["--code"]);
    let known = "bg, cs, en, mk, nl, pl, ro, ru, uk";
    ends(&place.ask(&["consent", "sheet", &case, "--language", "fr"]), 2, &[known]);
    let bundle = ["case", "bundle", &case, "--out", &place.text("b"), "--language", "fr"];
    ends(&place.ask(&bundle), 2, &["--language"]);
    let unsent = place.ask(&["case", "reveal", &case, "--category", "health"]);
    ends(&unsent, 3, &["No health was recorded in this case"]);
}
