//! `waymark consent sheet`: the sharing sheet for the person, in her language.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1;
use waymark_domain::ids::{EventId, ThreadId};

use crate::client::tool::Tool;
use crate::fault::Done;
use crate::setup::files::{self, Readers};
use crate::show::json::Json;
use crate::show::output::{data, say};

/// Print the sheet for the person: who gets what, for what, until when, and how to withdraw
#[derive(Args)]
pub(crate) struct Sheet {
    /// The case.
    case: ThreadId,
    /// Her language: bg, cs, en, mk, nl, pl, ro, ru or uk.
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    language: String,
    /// A page to print instead of plain text.
    #[arg(long)]
    html: bool,
    /// Only what this consent covers.
    #[arg(long, value_name = "ID")]
    consent: Option<EventId>,
    /// File to write, readable by its owner only. Absent: standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Sheet {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let request = v1::GetSharingSheetRequest {
            case: self.case.to_string(),
            sheet_language: self.language,
            html: self.html,
            consent: self.consent.map(|consent| consent.to_string()).unwrap_or_default(),
        };
        let (node, case, consent) = (tool.node().await?, request.case.clone(), request.consent.clone());
        let answer = node.consents().get_sharing_sheet(request).await;
        let sheet = node.not_swapped(&case, &consent, answer).await?.into_inner().sheet;
        match &self.out {
            Some(path) => {
                files::create("the sheet", path, sheet.as_bytes(), Readers::Owner)?;
                say(format_args!("The sheet is in {}. Remove it once it is printed.", path.display()));
            }
            None if tool.json() => data(Json::object([("sheet", Json::text(sheet))]))?,
            None => data(sheet.trim_end())?,
        }
        Ok(Exit::Done)
    }
}
