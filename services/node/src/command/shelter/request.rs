//! `waymark shelter request`: asks a shelter for a place.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::moment::DayArg;
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::Done;

/// Ask for a place, in a referral to the shelter
#[derive(Args)]
pub(crate) struct Request {
    /// The referral to the shelter.
    referral: ThreadId,
    /// The kind of unit.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::UnitKind>())]
    kind: v1::UnitKind,
    /// First night.
    #[arg(long, value_name = "DAY")]
    first_night: DayArg,
    /// How many nights.
    #[arg(long, value_name = "N")]
    nights: u32,
    /// How many persons.
    #[arg(long, value_name = "N", default_value_t = 1)]
    persons: u32,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Request {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::RequestPlaceRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            kind: self.kind.into(),
            from_on: self.first_night.text(change.now()),
            nights: self.nights,
            persons: self.persons,
            note: self.note.read()?,
        };
        let answer = tool.node().await?.shelters().request_place(request).await;
        change.done(answer, "The place is asked for.")
    }
}
