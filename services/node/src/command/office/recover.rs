//! `waymark office recover`: asks the root holders to close the log of an office that cannot go on, and to open the next.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_desk::{Closing, next_log};
use waymark_domain::ids::Country;

use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::secret::PassphraseArgs;
use crate::setup::compared::Compared as _;
use crate::setup::files::{self, Readers};
use crate::setup::join::{Closes, Join};
use crate::setup::{open_fault, words};
use crate::show::json::Json;
use crate::show::output::{data, say};

/// Ask for a new log: for an office whose newest folder is lost, whose log was continued twice, or whose key somebody else has
///
/// Run it on the newest folder there is, while its node does not run. Nothing is changed but a key for the next log, which is made
/// once. The file it writes goes to the root holders; when the roster that they sign is adopted here and the node is started,
/// everything in this folder is taken over, and the other offices send back what they hold.
///
/// With `--compromised` the log ends at an earlier head, the last one that is still trusted: what the stolen key signs above it proves
/// nothing to whoever hears of that roster. What this office wrote itself above it is taken over from this folder, which has to be the
/// newest one; what others give back and this folder does not hold is left out.
#[derive(Args)]
pub(crate) struct Recover {
    /// Join file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Somebody else has the key of this log, or may have it.
    #[arg(long, requires = "to")]
    compromised: bool,
    /// Entries under the last head that is still trusted: one that others have cosigned (`waymark office status`).
    #[arg(long, value_name = "SIZE", requires = "compromised")]
    to: Option<u64>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl Recover {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let folder = tool.data()?;
        let secret = self.passphrase.read("this office", !tool.no_input())?;
        let closing = match self.to {
            Some(trusted) if self.compromised => Closing::Stolen { trusted },
            Some(_) | None => Closing::Lost,
        };
        let next = next_log(&folder, &secret.passphrase(), closing, tool.now)
            .map_err(|fault| open_fault::told(&fault))?;
        let witness_key = next.office.witness.ok_or_else(|| {
            Fault::new(Exit::Conflict, "the roster has no witness key for this office")
                .next("Ask the root holders; this office has to join anew.")
        })?;
        let join = Join {
            network: next.network,
            office: next.office.id,
            name: next.office.name,
            organization: next.office.organisation,
            country: Country(next.office.country),
            institution: next.office.institution,
            roles: next.office.roles,
            log: next.closes + 1,
            log_key: next.log_key,
            witness_key,
            closes: Some(Closes { size: next.head.size, root: next.head.root }),
        };
        files::create("the join file", &self.out, join.text().as_bytes(), Readers::All)?;
        let words = words::of(&join.fingerprint());
        if tool.json() {
            data(Json::object([
                ("office", Json::text(join.office.to_string())),
                ("join", Json::text(self.out.display().to_string())),
                ("closes_log", Json::from(u64::from(next.closes))),
                ("closes_at", Json::from(next.head.size)),
                ("fingerprint", Json::text(join.fingerprint().to_string())),
                ("words", Json::text(&words)),
            ]))?;
            return Ok(Exit::Done);
        }
        data(format_args!(
            "{} asks for log {} after log {} with {} entries. The file: {}",
            join.name,
            join.log,
            next.closes,
            next.head.size,
            self.out.display()
        ))?;
        data(format_args!("  words  {words}"))?;
        say(
            "Read the words out to a root holder. They draft and sign a roster with this file (`waymark roster draft --join`).",
        );
        say(
            "Then adopt that roster here and start the node. Do not start any other folder of this office again.",
        );
        Ok(Exit::Done)
    }
}
