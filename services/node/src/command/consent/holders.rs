//! `waymark consent holders`: what each holder has done about the end of what she consented to, with times.

use std::io::IsTerminal as _;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1::{self, HolderState};
use waymark_domain::ids::ThreadId;

use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::show::json::Json;
use crate::show::message;
use crate::show::names::Names;
use crate::show::output::data;

/// List the holders of her data and what each has done: notified, acknowledged, erased, retained
#[derive(Args)]
pub(crate) struct Holders {
    /// The case.
    case: ThreadId,
}

impl Holders {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let mut holders = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = v1::ListConsentsRequest { case: self.case.to_string(), page_size: 200, page_token };
            let page = node.consents().list_consents(request).await?.into_inner();
            holders.extend(page.consents.into_iter().flat_map(|consent| consent.holders));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        if tool.json() {
            holders.iter().try_for_each(|holder| data(message::json(holder)))?;
            return Ok(Exit::Done);
        }
        if holders.is_empty() {
            data("Nobody was sent anything of this case.")?;
        }
        let names = node.names().await?;
        let colours = std::io::stdout().is_terminal();
        holders.iter().try_for_each(|holder| tell(holder, &names, colours))?;
        Ok(Exit::Done)
    }
}

fn tell(holder: &v1::ConsentHolder, names: &Names, colours: bool) -> Result<(), Fault> {
    let shown = message::json(holder);
    let at = |key: &str| match shown.at(key) {
        Json::Text(text) => text.clone(),
        _ => String::new(),
    };
    let late = holder.no_answer_since.is_some();
    let state = holder.state();
    let mut line = format!("{:16} {:13} since {}", names.of(&holder.office), at("state"), at("since"));
    if state == HolderState::Retained {
        line.push_str(&format!("  ({}, until {})", at("ground"), at("retained_until_on")));
    }
    if late {
        line.push_str(&format!("  no answer since {}", at("no_answer_since")));
    }
    data(if colours { format!("{}{line}{PLAIN}", colour(state, late)) } else { line })
}

const PLAIN: &str = "\u{1b}[0m";

/// Green once it is answered, red when the answer is late, yellow while it is awaited.
const fn colour(state: HolderState, late: bool) -> &'static str {
    match (state, late) {
        (_, true) => "\u{1b}[31m",
        (HolderState::Erased | HolderState::Retained, false) => "\u{1b}[32m",
        (HolderState::Notified | HolderState::Acknowledged, false) => "\u{1b}[33m",
        (HolderState::Holds | HolderState::Unspecified, false) => "",
    }
}
