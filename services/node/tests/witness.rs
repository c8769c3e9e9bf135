//! The witness of a real node over HTTP: what the standard says, and what hostile clients try.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use waymark_desk::OfficeFile;
use waymark_domain::ids::Hash;
use waymark_seal::checkpoint::sign_checkpoint;
use waymark_seal::hash::leaf_hash;
use waymark_seal::merkle::{Frontier, consistency};
use waymark_seal::rng::System;
use waymark_seal::sign::LogKey;
use waymark_seal::vault::{Passphrase, Vault};
use waymark_seal::witness::{AddCheckpoint, REQUEST_MAX, SIZE_TYPE};
use waymark_seal::{Head, Origin};

const PASSPHRASE: &str = "the passphrase of an office";
const PATIENCE: Duration = Duration::from_secs(60);

/// Two offices of two organisations: the node of north runs, south is only its keys.
struct Place {
    folder: TempDir,
}

/// The node of north; ended when dropped.
struct Node {
    process: Child,
    witness: SocketAddr,
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

/// What came back.
#[derive(Debug)]
struct Response {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: TempDir::with_prefix("waymark-witness-").expect("a folder") };
        place.write("root.pass", "the passphrase of a root\n");
        place.write("office.pass", &format!("{PASSPHRASE}\n"));
        let (net, root, pass) = (place.text("net"), place.text("root.pass"), place.text("office.pass"));
        done(&["network", "create", "--dir", &net, "--name", "Test", "--passphrase-file", &root]);
        let (network, roster) = (place.text("net/network"), place.text("roster.draft"));
        let mut draft = vec!["roster".to_owned(), "draft".to_owned(), "--network".to_owned(), net];
        draft.extend(["--out".to_owned(), roster.clone()]);
        for name in ["north", "south"] {
            let (data, join) = (place.text(name), place.text(&format!("{name}.join")));
            let who = ["--country", "DE", "--institution", "ngo", "--organization", name, "--role", "office"];
            let create = ["office", "create", "--data", &data, "--network", &network, "--name", name];
            let keys = ["--passphrase-file", &pass, "--administrator-password-file", &pass, "--out", &join];
            done(&[&create[..], &who[..], &keys[..]].concat());
            draft.extend(["--join".to_owned(), join]);
        }
        done(&draft.iter().map(String::as_str).collect::<Vec<_>>());
        for key in ["net/root-1.key", "net/root-2.key"] {
            done(&["roster", "sign", "--key", &place.text(key), "--passphrase-file", &root, &roster]);
        }
        done(&["--data", &place.text("north"), "roster", "adopt", &roster]);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("a name that is text").to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    fn node(&self) -> Node {
        let (data, pass) = (self.text("north"), self.text("office.pass"));
        let config = format!(
            "data = \"{data}\"\nhub = [\"nats://127.0.0.1:1\"]\nlisten = \"127.0.0.1:0\"\npassphrase_file = \"{pass}\"\n\n[witness]\nhttp = \"127.0.0.1:0\"\n"
        );
        self.write("node.toml", &config);
        let mut node = program();
        node.args(["node", "--config", &self.text("node.toml")]);
        let mut process = node.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let said = BufReader::new(process.stdout.take().expect("its output"));
        let mut lines = said.lines().map(|line| line.expect("it says where it listens"));
        let witness = lines.find_map(|line| line.strip_prefix("witnessing on ").map(str::to_owned));
        let witness = witness.expect("it witnesses").parse().expect("an address");
        Node { process, witness }
    }

    /// The log of south, and its key.
    fn south(&self) -> (Origin, LogKey) {
        let data = self.path("south");
        let file = OfficeFile::read(&data).expect("an office");
        let passphrase = Passphrase::new(PASSPHRASE.as_bytes().to_vec());
        let vault = Vault::open(&data.join("vault"), &passphrase, System).expect("its keys");
        let origin = Origin { network: file.network, office: file.office, log: file.log };
        (origin, vault.log_key().expect("a key"))
    }
}

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_waymark"));
    program.arg("--no-input").stdin(Stdio::null()).env_remove("WAYMARK_DATA").env_remove("WAYMARK_SESSION");
    program
}

fn done(arguments: &[&str]) {
    let ended = program().args(arguments).output().expect("the program runs");
    assert!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
}

impl Node {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.witness).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        stream
    }

    /// One request on a connection of its own.
    fn sends(&self, request: &[u8]) -> Response {
        let mut stream = self.connect();
        // Who is refused at once need not take the rest.
        let _ = stream.write_all(request);
        read(&mut BufReader::new(stream))
    }

    fn posts(&self, body: &[u8]) -> Response {
        self.sends(&post(body))
    }

    /// Until the start guard is content nothing is signed, and it says when to ask again.
    fn posts_when_ready(&self, body: &[u8]) -> Response {
        let begun = Instant::now();
        loop {
            let answer = self.posts(body);
            if answer.status != 503 {
                return answer;
            }
            assert!(answer.head.contains("retry-after: ") && begun.elapsed() < PATIENCE, "{answer:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

fn post(body: &[u8]) -> Vec<u8> {
    let head = format!("POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn read(stream: &mut impl BufRead) -> Response {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(stream.read_line(&mut head).expect("a line") > 0, "it ended: {head:?}");
    }
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let head = head.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
    stream.read_exact(&mut body).expect("a body");
    Response { status, head, body }
}

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|number| leaf_hash(&number.to_le_bytes())).collect()
}

fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    leaves.iter().for_each(|leaf| frontier.push(*leaf));
    frontier.root()
}

fn request(old: u64, size: u64, (origin, key): &(Origin, LogKey)) -> AddCheckpoint {
    let all = leaves(size);
    let node = |level: u8, index: u64| {
        let from = usize::try_from(index << level).ok()?;
        Some(root(all.get(from..from + (1 << level))?))
    };
    let proof = if old == 0 { Vec::new() } else { consistency(old, size, &node).expect("a proof") };
    let checkpoint = sign_checkpoint(key, origin, &Head { size, root: root(&all) });
    AddCheckpoint { old, proof, checkpoint }
}

#[test]
fn it_answers_as_the_standard_says() {
    let place = Place::new();
    let node = place.node();
    let south = place.south();
    let first = request(0, 5, &south).encode();
    let cosigned = node.posts_when_ready(&first);
    assert_eq!(cosigned.status, 200, "{cosigned:?}");
    let line = String::from_utf8(cosigned.body).expect("text");
    assert!(
        line.starts_with("\u{2014} waymark/") && line.contains("/witness ") && line.ends_with('\n'),
        "{line}"
    );
    let conflict = node.posts(&first);
    assert_eq!((conflict.status, conflict.body.as_slice()), (409, b"5\n".as_slice()));
    assert!(conflict.head.contains(&format!("content-type: {SIZE_TYPE}\r\n")), "{}", conflict.head);
    let good = request(5, 9, &south);
    let stranger = (south.0, LogKey::from_seed(&[3; 32]));
    let unknown = (Origin { log: 7, ..south.0 }, LogKey::from_seed(&[3; 32]));
    let mut unproven = good.clone();
    unproven.proof.pop();
    for (body, status) in [
        (b"old 5\n".to_vec(), 400),
        (AddCheckpoint { old: 10, ..good.clone() }.encode(), 400),
        (request(5, 9, &stranger).encode(), 403),
        (request(5, 9, &unknown).encode(), 404),
        (unproven.encode(), 422),
        (request(0, 9, &south).encode(), 409),
        (good.encode(), 200),
    ] {
        assert_eq!(node.posts(&body).status, status, "{}", String::from_utf8_lossy(&body));
    }
    // One connection, several requests.
    let mut stream = node.connect();
    let mut answers = BufReader::new(stream.try_clone().expect("a second end"));
    for (old, size) in [(9, 12), (12, 12), (12, 20)] {
        stream.write_all(&post(&request(old, size, &south).encode())).expect("sent");
        assert_eq!(read(&mut answers).status, 200, "{old} to {size}");
    }
}

fn asks(place: &Place, arguments: &[&str]) -> Output {
    let north = place.text("north");
    program().args(["--data", &north, "--json"]).args(arguments).output().expect("the program runs")
}

#[test]
fn two_heads_of_one_size_freeze_their_office_and_the_proof_verifies_without_a_node() {
    let place = Place::new();
    let node = place.node();
    let south = place.south();
    assert_eq!(node.posts_when_ready(&request(0, 5, &south).encode()).status, 200);
    let other = Head { size: 5, root: Hash([7; 32]) };
    let checkpoint = sign_checkpoint(&south.1, &south.0, &other);
    let fork = AddCheckpoint { old: 5, proof: Vec::new(), checkpoint };
    assert_eq!(node.posts(&fork.encode()).status, 409);
    assert_eq!(node.posts(&request(5, 9, &south).encode()).status, 404, "no head of it is cosigned any more");

    let pass = place.text("office.pass");
    assert!(asks(&place, &["staff", "sign-in", "administrator", "--password-file", &pass]).status.success());
    let listed = asks(&place, &["office", "list"]);
    let offices = String::from_utf8(listed.stdout).expect("text");
    let frozen: Vec<&str> = offices.lines().filter(|line| line.contains("\"frozen\"")).collect();
    assert!(frozen.len() == 1 && frozen[0].contains(&south.0.office.to_string()), "{offices}");
    for _ in 0..2 {
        let told = asks(&place, &["audit", "fraud", "--out", &place.text("proofs")]);
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        assert_eq!(String::from_utf8_lossy(&told.stdout).lines().count(), 1);
    }
    drop(node);

    let file = place.path(&format!("proofs/{}.0.fraud", south.0.office));
    let check = |roster: &str, path: &std::path::Path| {
        let network = place.text(roster);
        let path = path.to_str().expect("text");
        asks(&place, &["audit", "verify-fraud", "--network", &network, path])
    };
    let holds = check("north", &file);
    let proven: serde_json::Value = serde_json::from_slice(&holds.stdout).expect("JSON");
    assert_eq!(holds.status.code(), Some(0));
    assert_eq!((&proven["office"], &proven["in_force"]), (&south.0.office.to_string().into(), &true.into()));
    let text = std::fs::read_to_string(&file).expect("the proof");
    for (name, spoilt) in [
        ("other", text.replacen("\n5\n", "\n6\n", 1)),
        ("half", text.split_once("==").expect("two sides").0.to_owned()),
        ("large", text.repeat(100)),
    ] {
        place.write(name, &spoilt);
        let refused = check("north", &place.path(name));
        assert_eq!(refused.status.code(), Some(6), "{name}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("proves no fraud"), "{name}");
    }
}

#[test]
fn whoever_sends_too_much_or_too_slowly_is_cut_off_and_others_are_served() {
    let place = Place::new();
    let node = place.node();
    let large = "x".repeat(REQUEST_MAX + 1);
    assert_eq!(node.posts(large.as_bytes()).status, 413);
    let announced = "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 99999999999\r\n\r\n";
    assert_eq!(node.sends(announced.as_bytes()).status, 413, "nothing of it was awaited");
    let chunk = format!("{:x}\r\n{large}\r\n", large.len());
    let chunked = format!(
        "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}0\r\n\r\n"
    );
    assert_eq!(node.sends(chunked.as_bytes()).status, 413);
    assert_eq!(node.sends(b"GET /add-checkpoint HTTP/1.1\r\nHost: w\r\n\r\n").status, 405);
    assert_eq!(node.sends(b"POST /elsewhere HTTP/1.1\r\nHost: w\r\nContent-Length: 0\r\n\r\n").status, 404);
    assert_eq!(node.sends(b"\x16\x03\x01 no HTTP at all\r\n\r\n").status, 400);
    let endless = format!("GET /add-checkpoint HTTP/1.1\r\nHost: w\r\nX: {}\r\n\r\n", "y".repeat(100_000));
    assert_eq!(node.sends(endless.as_bytes()).status, 431);
    // As many as there is room for, each with half of a request; then one that is whole.
    let begun = Instant::now();
    let slow: Vec<TcpStream> = (0..64)
        .map(|number| {
            let mut stream = node.connect();
            let half =
                if number % 2 == 0 { "POST /add-chec" } else { &announced.replace("99999999999", "10") };
            stream.write_all(half.as_bytes()).expect("sent");
            stream
        })
        .collect();
    let whole = node.posts(b"not a request of the protocol");
    assert!([400, 503].contains(&whole.status), "{whole:?}");
    assert!(
        begun.elapsed() < Duration::from_secs(40),
        "slow clients held the door for {:?}",
        begun.elapsed()
    );
    for mut stream in slow {
        let mut rest = Vec::new();
        // Told or not, it is over.
        let _ = stream.read_to_end(&mut rest);
    }
}
