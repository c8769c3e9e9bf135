//! `waymark roster show`: what a roster version says, from a file or a data folder.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_seal::roster::{Office, Roster};

use super::draft::tell_changes;
use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::setup::before::{self, BeforeArgs};
use crate::setup::draft::{Draft, Signatures};
use crate::setup::{difference, words};
use crate::show::json::Json;
use crate::show::names::Names;
use crate::show::output::data;
use crate::show::table::{self, Column};

const COLUMNS: &[Column] = &[
    ("slot", "slot"),
    ("name", "name"),
    ("identifier", "office"),
    ("organization", "organization"),
    ("country", "country"),
    ("institution", "institution"),
    ("roles", "roles"),
    ("state", "state"),
    ("log", "log"),
];

/// Show a roster version: what it says, what it changes, and whose signatures are missing
#[derive(Args)]
pub(crate) struct Show {
    #[command(flatten)]
    before: BeforeArgs,
    /// The file. Absent: the newest version in the data folder.
    roster: Option<PathBuf>,
}

impl Show {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let path = match self.roster {
            Some(path) => path,
            None => before::newest(&tool.data()?)?,
        };
        let draft = Draft::read(&path)?;
        let before = self.before.find(&draft, &path, tool.now)?;
        let told = told(&draft, before.as_ref());
        if tool.json() {
            data(told)?;
            return Ok(Exit::Done);
        }
        let roster = &draft.roster;
        data(format_args!(
            "Version {} of network {}, until {}",
            roster.version,
            roster.network,
            roster.expires_at.day()
        ))?;
        data(format_args!("  words      {}", words::of(&draft.fingerprint)))?;
        tell_signatures(&draft, before.as_ref())?;
        tell_changes(before.as_ref(), roster)?;
        let roots: Vec<_> = roster.roots.iter().map(|root| root.name.as_str()).collect();
        data(format_args!("Root keys: {}; {} of them must sign", roots.join(", "), roster.threshold))?;
        if let Json::List(offices) = told.at("offices") {
            data(table::of(COLUMNS, offices, &Names::default()))?;
        }
        Ok(Exit::Done)
    }
}

/// Who has signed, and how many signatures of which version are missing.
pub(super) fn tell_signatures(draft: &Draft, before: Option<&Roster>) -> Result<(), Fault> {
    for of in draft.signatures(before) {
        let (missing, Signatures { version, signed, needed }) = (of.missing(), of);
        let who = if signed.is_empty() { "nobody".to_owned() } else { signed.join(", ") };
        let rest = if missing == 0 { "enough".to_owned() } else { format!("{missing} missing") };
        data(format_args!(
            "  signed by  {who}, of the root keys of version {version}; {needed} are needed: {rest}"
        ))?;
    }
    if before.is_none() && draft.roster.version > 1 {
        data(format_args!(
            "  Whose signatures of version {} are missing cannot be said without it: name it with `--before` or `--network`.",
            draft.roster.version - 1
        ))?;
    }
    Ok(())
}

/// A version for programs.
pub(super) fn told(draft: &Draft, before: Option<&Roster>) -> Json {
    let roster = &draft.roster;
    let sentences = before.map(|before| difference::sentences(before, roster));
    Json::object([
        ("version", Json::from(u64::from(roster.version))),
        ("network", Json::text(roster.network.to_string())),
        ("expires_on", Json::text(roster.expires_at.day().to_string())),
        ("fingerprint", Json::text(draft.fingerprint.to_string())),
        ("words", Json::text(words::of(&draft.fingerprint))),
        ("threshold", Json::from(u64::from(roster.threshold))),
        ("signed", Json::List(draft.signed.iter().map(Json::text).collect())),
        ("signatures", Json::List(draft.signatures(before).iter().map(signatures).collect())),
        ("roots", Json::List(roster.roots.iter().map(|root| Json::text(&root.name)).collect())),
        ("changes", sentences.map_or(Json::Null, |all| Json::List(all.iter().map(Json::text).collect()))),
        ("offices", Json::List(roster.offices.iter().map(office).collect())),
    ])
}

fn signatures(signatures: &Signatures) -> Json {
    Json::object([
        ("version", Json::from(u64::from(signatures.version))),
        ("needed", Json::from(u64::from(signatures.needed))),
        ("signed", Json::List(signatures.signed.iter().map(Json::text).collect())),
        ("missing", Json::from(signatures.missing() as u64)),
    ])
}

fn office(office: &Office) -> Json {
    let country: String = office.country.iter().map(|letter| char::from(*letter)).collect();
    Json::object([
        ("office", Json::text(office.id.to_string())),
        ("name", Json::text(&office.name)),
        ("organization", Json::text(&office.organisation)),
        ("slot", Json::text(office.slot_name())),
        ("country", Json::Text(country)),
        ("institution", Json::text(office.institution.word())),
        ("roles", Json::List(office.roles.iter().map(|role| Json::text(role.word())).collect())),
        ("state", Json::text(office.state.word())),
        ("log", office.current_log().map_or(Json::Null, |range| Json::from(u64::from(range.log)))),
    ])
}
