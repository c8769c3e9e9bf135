//! A network of one office in a folder that goes away, its node, and the program as somebody calls it.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// A network of one office, in a folder that goes away.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
}

/// A node; ended when dropped.
pub(crate) struct Node {
    pub(crate) process: Child,
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

impl Place {
    /// An office whose roster is signed by two of three.
    pub(crate) fn new() -> Self {
        let place = Self { folder: TempDir::with_prefix("waymark-program-").expect("a folder") };
        place.write("root.pass", "the passphrase of a root\n");
        place.write("office.pass", "the passphrase of an office\n");
        let (net, root) = (place.text("net"), place.text("root.pass"));
        place.done(&["network", "create", "--dir", &net, "--name", "Test", "--passphrase-file", &root]);
        let (data, network, pass) =
            (place.text("north"), place.text("net/network"), place.text("office.pass"));
        let (join, roster) = (place.text("north.join"), place.text("roster.draft"));
        let create = ["office", "create", "--data", &data, "--network", &network, "--name", "north"];
        let who = ["--country", "DE", "--institution", "ngo", "--organization", "North", "--role", "office"];
        place.done(
            &[
                &create[..],
                &who[..],
                &["--passphrase-file", &pass, "--administrator-password-file", &pass, "--out", &join],
            ]
            .concat(),
        );
        place.done(&["roster", "draft", "--network", &net, "--out", &roster, "--join", &join]);
        for key in ["net/root-1.key", "net/root-2.key"] {
            place.done(&["roster", "sign", "--key", &place.text(key), "--passphrase-file", &root, &roster]);
        }
        place.done(&["--data", &data, "roster", "adopt", &roster]);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("a name that is text").to_owned()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    pub(crate) fn done(&self, arguments: &[&str]) {
        let ended = call(arguments);
        assert!(ended.status.success(), "{arguments:?}: {}", told(&ended));
    }

    /// The command that starts the node, without a hub that could be reached.
    pub(crate) fn node(&self) -> Command {
        let mut node = program();
        node.args(["--data", &self.text("north"), "node", "--hub", "nats://127.0.0.1:1"]);
        node.args(["--listen", "127.0.0.1:0", "--passphrase-file", &self.text("office.pass")]);
        node
    }

    /// A node that answers.
    pub(crate) fn running(&self) -> Node {
        let mut process =
            self.node().stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut said = BufReader::new(process.stdout.take().expect("its output"));
        let mut line = String::new();
        said.read_line(&mut line).expect("it says where it listens");
        assert!(line.contains("listening on 127.0.0.1:"), "{line}");
        // Whoever closes the pipe ends the node's telling, not the node.
        std::mem::forget(said);
        self.sign_in();
        Node { process }
    }

    /// The administrator gives herself every other role, and signs in.
    pub(crate) fn sign_in(&self) {
        let pass = self.text("office.pass");
        let sign_in = ["staff", "sign-in", "administrator", "--password-file", &pass];
        let answer = self.ask(&[&["--json"][..], &sign_in].concat());
        assert!(answer.status.success(), "{}", told(&answer));
        let answer = String::from_utf8(answer.stdout).expect("text");
        let id = answer.split('"').find(|word| word.len() == 16).expect("a pseudonym").to_owned();
        let roles = "administrator,case_worker,coordinator,auditor,partner";
        let given = self.ask(&["staff", "change", &id, "--role", roles]);
        assert!(given.status.success(), "{}", told(&given));
    }

    /// Calls the office's node.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Output {
        call(&[&["--data", &self.text("north")], arguments].concat())
    }
}

pub(crate) fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_waymark"));
    program.arg("--no-input").stdin(Stdio::null()).env_remove("WAYMARK_DATA").env_remove("WAYMARK_SESSION");
    program
}

pub(crate) fn call(arguments: &[&str]) -> Output {
    program().args(arguments).output().expect("the program runs")
}

pub(crate) fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// It ended so, and said what is wrong and what to do.
pub(crate) fn ends(output: &Output, exit: i32, what: &[&str]) {
    let told = told(output);
    assert_eq!(output.status.code(), Some(exit), "{told}");
    for part in what {
        assert!(told.contains(part), "{part:?} is not in: {told}");
    }
}
