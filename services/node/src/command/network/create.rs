//! `waymark network create`: a network identifier, and root keys each sealed in its own file.

use std::path::{Path, PathBuf};

use clap::Args;
use waymark_api::exit::Exit;
use waymark_domain::ids::NetworkId;
use waymark_seal::note::Verifier;
use waymark_seal::rng::{self, System};
use waymark_seal::roster::ROOTS_MAX;
use waymark_seal::vault::Cost;

use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::secret::{PassphraseArgs, Secret};
use crate::setup::compared::Compared as _;
use crate::setup::files::{self, Readers};
use crate::setup::join::is_label;
use crate::setup::network::{self, Network};
use crate::setup::{root_key, words};
use crate::show::json::Json;
use crate::show::output::{data, say};

/// Create a network: its identifier and its root keys
///
/// Hand each root key to another person, who keeps it away from any network, and delete it here.
#[derive(Args)]
pub(crate) struct Create {
    /// Folder to make.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The network's name.
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// Root keys to make.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=32))]
    roots: u8,
    /// How many root keys must sign a roster.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=32))]
    threshold: u8,
    /// File whose first line is a passphrase: once for all root keys, or once for each. Absent: asked for on the terminal.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Vec<PathBuf>,
}

impl Create {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        self.check()?;
        let secrets = self.secrets(!tool.no_input())?;
        // Made beside and moved into place: there is a whole network or none.
        let parent = self.dir.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        let no_folder = |fault: std::io::Error| Fault::file("the folder cannot be made:", &self.dir, &fault);
        std::fs::create_dir_all(parent).map_err(no_folder)?;
        let id = NetworkId(rng::bytes(&mut System));
        let making = parent.join(format!(".network-{id}"));
        std::fs::create_dir(&making).map_err(no_folder)?;
        let made = self.make(id, &secrets, &making);
        let moved = made.and_then(|network| {
            std::fs::rename(&making, &self.dir).map_err(no_folder)?;
            Ok(network)
        });
        let network = moved.inspect_err(|_| drop(std::fs::remove_dir_all(&making)))?;
        tell(tool, &network, &self.dir.join(network::FILE).display().to_string())
    }

    /// The files of the network `id`, in a folder of its own.
    fn make(&self, id: NetworkId, secrets: &[Secret], folder: &Path) -> Result<Network, Fault> {
        let mut roots = Vec::new();
        for (at, secret) in secrets.iter().enumerate() {
            let name = format!("root-{}", at + 1);
            let (key, text) = root_key::make(id, &name, secret, Cost::PRODUCTION, &mut System)?;
            files::create(
                "the root key",
                &folder.join(format!("{name}.key")),
                text.as_bytes(),
                Readers::Owner,
            )?;
            roots.push(Verifier { name, key });
        }
        roots.sort_by(|one, next| one.name.cmp(&next.name));
        let network = Network { id, name: self.name.clone(), threshold: self.threshold, roots };
        let path = folder.join(network::FILE);
        files::create("the network file", &path, network.text().as_bytes(), Readers::All)?;
        Ok(network)
    }

    fn check(&self) -> Result<(), Fault> {
        if self.threshold > self.roots || usize::from(self.roots) > ROOTS_MAX {
            return Err(Fault::usage(format!("{} of {} root keys cannot sign", self.threshold, self.roots)));
        }
        if !is_label(&self.name) {
            return Err(Fault::usage("the name is empty, too long, or not on one line"));
        }
        let files = self.passphrase_file.len();
        if files > 1 && files != usize::from(self.roots) {
            return Err(Fault::usage(format!(
                "{files} passphrase files are named for {} root keys",
                self.roots
            ))
            .next("Name one for all, or one for each."));
        }
        let holds_something = std::fs::read_dir(&self.dir).is_ok_and(|mut files| files.next().is_some());
        if self.dir.join(network::FILE).exists() || holds_something {
            return Err(Fault::new(
                Exit::Conflict,
                format!("{} holds something already", self.dir.display()),
            )
            .next("Choose a folder that is empty or not there yet."));
        }
        Ok(())
    }

    /// A passphrase for each root key.
    fn secrets(&self, may_ask: bool) -> Result<Vec<Secret>, Fault> {
        let mut secrets = Vec::new();
        for at in 0..usize::from(self.roots) {
            let path = self.passphrase_file.get(at).or(self.passphrase_file.first());
            let args = PassphraseArgs { passphrase_file: path.cloned(), passphrase_fd: None };
            secrets.push(args.read_new(&format!("root-{}", at + 1), may_ask)?);
        }
        Ok(secrets)
    }
}

fn tell(tool: &Tool, network: &Network, path: &str) -> Done {
    let words = words::of(&network.fingerprint());
    if tool.json() {
        data(Json::object([
            ("network", Json::text(network.id.to_string())),
            ("file", Json::text(path)),
            ("fingerprint", Json::text(network.fingerprint().to_string())),
            ("words", Json::text(&words)),
            ("threshold", Json::from(u64::from(network.threshold))),
            ("roots", Json::List(network.roots.iter().map(|root| Json::text(&root.name)).collect())),
        ]))?;
        return Ok(Exit::Done);
    }
    data(format_args!("The network {} is created: {path}", network.name))?;
    data(format_args!("  words  {words}"))?;
    say("Hand each root key to another person, who keeps it away from any network, and delete it here.");
    say("Give the network file to each office in person, and compare the words.");
    Ok(Exit::Done)
}
