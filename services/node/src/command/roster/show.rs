//! `waymark roster show`: what a roster version says, from a file or a data folder.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_seal::roster::Office;

use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::setup::draft::{Draft, FOLDER};
use crate::setup::words;
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

/// Show a roster version
#[derive(Args)]
pub(crate) struct Show {
    /// The file. Absent: the newest version in the data folder.
    roster: Option<PathBuf>,
}

impl Show {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let path = match self.roster {
            Some(path) => path,
            None => newest(&tool.data()?)?,
        };
        let draft = Draft::read(&path)?;
        let told = told(&draft);
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
        let signed = if draft.signed.is_empty() { "nobody".to_owned() } else { draft.signed.join(", ") };
        data(format_args!("  signed by  {signed}; {} are needed", roster.threshold))?;
        if let Json::List(offices) = told.at("offices") {
            data(table::of(COLUMNS, offices, &Names::default()))?;
        }
        Ok(Exit::Done)
    }
}

fn newest(data: &std::path::Path) -> Result<PathBuf, Fault> {
    let folder = data.join(FOLDER);
    let versions = (1_u32..).map(|version| folder.join(version.to_string())).take_while(|path| path.exists());
    versions.last().ok_or_else(|| {
        Fault::new(Exit::NotFound, format!("{} holds no roster yet", data.display()))
            .next("Adopt one with `waymark roster adopt`.")
    })
}

/// A version for programs.
pub(super) fn told(draft: &Draft) -> Json {
    let roster = &draft.roster;
    Json::object([
        ("version", Json::from(u64::from(roster.version))),
        ("network", Json::text(roster.network.to_string())),
        ("expires_on", Json::text(roster.expires_at.day().to_string())),
        ("fingerprint", Json::text(draft.fingerprint.to_string())),
        ("words", Json::text(words::of(&draft.fingerprint))),
        ("threshold", Json::from(u64::from(roster.threshold))),
        ("signed", Json::List(draft.signed.iter().map(Json::text).collect())),
        ("offices", Json::List(roster.offices.iter().map(office).collect())),
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
