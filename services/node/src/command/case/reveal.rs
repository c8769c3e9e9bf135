//! `waymark case reveal`: opens one section and prints it. The office records who was shown what.

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1;
use waymark_domain::ids::{EventId, ThreadId};

use crate::client::content;
use crate::client::tool::Tool;
use crate::client::word::{Vocabulary as _, word};
use crate::fault::Done;
use crate::show::json::Json;
use crate::show::message;
use crate::show::names::Names;
use crate::show::output::data;
use crate::show::page;

/// Open a section and print it; showing is recorded
#[derive(Args)]
pub(crate) struct Reveal {
    /// The case or referral that holds it.
    thread: ThreadId,
    /// Which section.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::Category>())]
    category: v1::Category,
    /// The event whose version is wanted. Absent: the newest.
    #[arg(long, value_name = "ID")]
    event: Option<EventId>,
}

impl Reveal {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let request = v1::RevealSectionRequest {
            thread: self.thread.to_string(),
            category: self.category.into(),
            event_id: self.event.map(|event| event.to_string()).unwrap_or_default(),
        };
        let answer = tool.node().await?.cases().reveal_section(request).await?.into_inner();
        let mut shown = vec![
            ("event_id".to_owned(), Json::text(&answer.event_id)),
            ("category".to_owned(), Json::text(self.category.word())),
        ];
        shown.extend(content::flat(message::json(&answer).at("content").clone()));
        let shown = Json::Object(shown);
        if tool.json() {
            data(shown)?
        } else {
            data(page::of(&shown, &Names::default()))?
        }
        Ok(Exit::Done)
    }
}
