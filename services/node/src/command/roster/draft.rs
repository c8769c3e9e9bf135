//! `waymark roster draft`: the next version of the roster: who joins, and what changes. Nobody has signed it yet.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_domain::ids::Hash;
use waymark_seal::roster::{OfficeState, Roster};

use super::show::told;
use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::setup::change::roots::Roots;
use crate::setup::compared::Compared as _;
use crate::setup::draft::{self, Changes};
use crate::setup::files::{self, Readers};
use crate::setup::join::Join;
use crate::setup::keys_file::KeysFile;
use crate::setup::network::{self, Network};
use crate::setup::root_file::RootFile;
use crate::setup::{difference, words};
use crate::show::output::{data, say};

/// Draft the next version of the roster
///
/// What is not named stays as it is. Several changes may go into one version.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  waymark roster draft --network net --join east.join --out roster.2\n  waymark roster draft --network net --suspend south --out roster.3\n  waymark roster draft --network net --remove-root root-1 --add-root anna.root --out roster.4"
)]
pub(crate) struct Draft {
    /// The root holders' folder, with the network file and the versions adopted so far.
    #[arg(long, value_name = "DIR")]
    network: PathBuf,
    /// Join file of an office that is to be added, or that recovers and goes on in a new log. May be repeated; slots are given in
    /// this order.
    #[arg(long, value_name = "FILE")]
    join: Vec<PathBuf>,
    /// New keys of an office, as `waymark office rotate` wrote them. May be repeated.
    #[arg(long, value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// Office to which nothing is disclosed for now, by its name or identifier. May be repeated.
    #[arg(long, value_name = "OFFICE")]
    suspend: Vec<String>,
    /// Suspended office that takes part again. May be repeated.
    #[arg(long, value_name = "OFFICE")]
    resume: Vec<String>,
    /// Office that has left for good: it never comes back under this identifier. May be repeated.
    #[arg(long, value_name = "OFFICE")]
    left: Vec<String>,
    /// Public half of a root key that is to sign from now on, as `waymark network root` wrote it. May be repeated.
    #[arg(long, value_name = "FILE")]
    add_root: Vec<PathBuf>,
    /// Name of a root key that is to sign no more. May be repeated.
    #[arg(long, value_name = "NAME")]
    remove_root: Vec<String>,
    /// How many root keys must sign from now on.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=32))]
    threshold: Option<u8>,
    /// Days until it expires.
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=1_100))]
    expires_days: u32,
    /// File to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What came in files, each with words to compare.
struct Files {
    joins: Vec<Join>,
    keys: Vec<KeysFile>,
    roots: Vec<RootFile>,
}

impl Draft {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let network = Network::read(&self.network.join(network::FILE))?;
        let before = draft::kept(&self.network, &network, tool.now)?;
        let files = self.files()?;
        let changes = Changes {
            joins: &files.joins,
            keys: &files.keys,
            standing: &self.standing(),
            roots: Roots { added: &files.roots, removed: &self.remove_root, threshold: self.threshold },
        };
        let roster = draft::next(&network, before.as_ref(), &changes, tool.now, self.expires_days)?;
        files::create("the draft", &self.out, roster.encode().as_bytes(), Readers::All)?;
        let draft = draft::Draft::read(&self.out)?;
        let before = before.map(|chain| chain.newest().clone());
        if tool.json() {
            data(told(&draft, before.as_ref()))?;
            return Ok(Exit::Done);
        }
        data(format_args!("Version {} is drafted: {}", roster.version, self.out.display()))?;
        data(format_args!("  words  {}", words::of(&draft.fingerprint)))?;
        files.tell()?;
        tell_changes(before.as_ref(), &roster)?;
        say("Compare the words of each file with whoever made it before you sign.");
        Ok(Exit::Done)
    }

    fn files(&self) -> Result<Files, Fault> {
        Ok(Files {
            joins: self.join.iter().map(|path| Join::read(path)).collect::<Result<_, _>>()?,
            keys: self.keys.iter().map(|path| KeysFile::read(path)).collect::<Result<_, _>>()?,
            roots: self.add_root.iter().map(|path| RootFile::read(path)).collect::<Result<_, _>>()?,
        })
    }

    fn standing(&self) -> Vec<(OfficeState, &str)> {
        let all = [
            (OfficeState::Suspended, &self.suspend),
            (OfficeState::Active, &self.resume),
            (OfficeState::Left, &self.left),
        ];
        all.into_iter()
            .flat_map(|(state, names)| names.iter().map(move |name| (state, name.as_str())))
            .collect()
    }
}

impl Files {
    fn tell(&self) -> Result<(), Fault> {
        let line =
            |fingerprint: Hash, name: &str| data(format_args!("  {}  {name}", words::of(&fingerprint)));
        for join in &self.joins {
            line(join.fingerprint(), &join.name)?;
            if let Some(closes) = join.closes {
                data(format_args!(
                    "    closes its log at {} entries and opens log {}",
                    closes.size, join.log
                ))?;
            }
        }
        self.keys.iter().try_for_each(|keys| line(keys.fingerprint(), &keys.name))?;
        self.roots.iter().try_for_each(|root| line(root.fingerprint(), &root.name))
    }
}

/// What a version changes, a sentence a line.
pub(super) fn tell_changes(before: Option<&Roster>, after: &Roster) -> Result<(), Fault> {
    let Some(before) = before else { return Ok(()) };
    data(format_args!("Compared with version {}:", before.version))?;
    let sentences = difference::sentences(before, after);
    if sentences.is_empty() {
        return data("  nothing");
    }
    sentences.iter().try_for_each(|sentence| data(format_args!("  {sentence}")))
}
