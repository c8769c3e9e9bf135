//! `waymark office create`: makes the office's keys and its data folder here, and the join file for the root holders.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1;
use waymark_desk::create_office;
use waymark_domain::ids::Country;
use waymark_domain::words::{Institution, OfficeRole};
use waymark_seal::rng::System;
use waymark_seal::vault::Cost;

use crate::client::tool::Tool;
use crate::client::word::{Vocabulary as _, word};
use crate::fault::{Done, Fault};
use crate::secret::{AdministratorArgs, PassphraseArgs};
use crate::setup::compared::Compared as _;
use crate::setup::files::{self, Readers};
use crate::setup::join::{self, Join, is_label};
use crate::setup::network::{self, Network};
use crate::setup::{administrator, open_fault, words};
use crate::show::json::Json;
use crate::show::output::{data, say};

/// Create an office: its keys, its data folder, and the join file for the root holders
#[derive(Args)]
pub(crate) struct Create {
    /// The network file, handed over in person by a root holder.
    #[arg(long, value_name = "FILE")]
    network: PathBuf,
    /// The office's public name, one word if possible.
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// The organisation it belongs to. Absent: the name.
    #[arg(long, value_name = "TEXT")]
    organization: Option<String>,
    /// Where it is, two capital letters.
    #[arg(long, value_name = "CC")]
    country: Country,
    /// What kind of institution it is.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::Institution>())]
    institution: v1::Institution,
    /// What it is in the network. May be repeated.
    #[arg(long, required = true, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::OfficeRole>())]
    role: Vec<v1::OfficeRole>,
    /// Join file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    administrator: AdministratorArgs,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl Create {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let folder = tool.data()?;
        let organization = self.organization.unwrap_or_else(|| self.name.clone());
        if !is_label(&self.name) || !is_label(&organization) {
            return Err(Fault::usage("the name is empty, too long, or not on one line"));
        }
        if self.out.exists() {
            let there = std::io::ErrorKind::AlreadyExists.into();
            return Err(Fault::file("the join file cannot be written:", &self.out, &there));
        }
        let network = Network::read(&self.network)?;
        let institution = Institution::from_word(&self.institution.word());
        let institution = institution.ok_or_else(|| Fault::usage("the institution is not known"))?;
        let secret = self.passphrase.read_new(&self.name, !tool.no_input())?;
        let password = self.administrator.read(!tool.no_input())?;
        let office = create_office(&folder, network.id, &secret.passphrase(), Cost::PRODUCTION, &mut System)
            .map_err(|fault| open_fault::told(&fault))?;
        let mut roles: Vec<_> =
            self.role.iter().filter_map(|role| OfficeRole::from_word(&role.word())).collect();
        roles.sort_unstable();
        roles.dedup();
        let join = Join {
            network: network.id,
            office: office.office,
            name: self.name,
            organization,
            country: self.country,
            institution,
            roles,
            log: office.log,
            log_key: office.log_key,
            witness_key: office.witness_key,
            closes: None,
        };
        // From here on the office is there: what cannot be written now is no reason to make another one.
        administrator::make(&folder, &secret, &self.administrator.administrator, &password).map_err(
            |fault| half_made(fault).next("Make the administrator's account with `waymark staff rescue`."),
        )?;
        let (kept, at) = (folder.join(network::FILE), folder.join(join::FILE));
        files::create("the network file", &kept, network.text().as_bytes(), Readers::All)
            .and_then(|()| files::create("the join file", &at, join.text().as_bytes(), Readers::All))
            .map_err(|fault| {
                half_made(fault)
                    .next("Remove this folder, which holds nothing else yet, and create the office again.")
            })?;
        files::create("the join file", &self.out, join.text().as_bytes(), Readers::All).map_err(|fault| {
            half_made(fault).next(format!("Its join file lies in {}: copy it from there.", at.display()))
        })?;
        tell(tool, &join, &network, &self.out)
    }
}

fn half_made(fault: Fault) -> Fault {
    fault.kept("The office is created, with its keys.")
}

fn tell(tool: &Tool, join: &Join, network: &Network, out: &std::path::Path) -> Done {
    let words = words::of(&join.fingerprint());
    if tool.json() {
        data(Json::object([
            ("office", Json::text(join.office.to_string())),
            ("join", Json::text(out.display().to_string())),
            ("fingerprint", Json::text(join.fingerprint().to_string())),
            ("words", Json::text(&words)),
            ("network", Json::text(network.id.to_string())),
            ("network_words", Json::text(words::of(&network.fingerprint()))),
        ]))?;
        return Ok(Exit::Done);
    }
    data(format_args!("The office {} is created. Its join file: {}", join.name, out.display()))?;
    data(format_args!("  words of the join file     {words}"))?;
    data(format_args!("  words of the network file  {}", words::of(&network.fingerprint())))?;
    say("Compare the words of the network file with a root holder, and read out those of the join file.");
    say("Keep the passphrase: without it nobody can open what this office records.");
    Ok(Exit::Done)
}
