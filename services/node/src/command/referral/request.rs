//! `waymark referral request`: asks the sender to disclose data.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::NoteArgs;
use crate::client::tool::Tool;
use crate::client::word::{numbers, word};
use crate::fault::Done;

/// Ask for data: the sender discloses what the person consented to
#[derive(Args)]
pub(crate) struct Request {
    /// The referral.
    referral: ThreadId,
    /// Which data.
    #[arg(long, required = true, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::Category>())]
    category: Vec<v1::Category>,
    #[command(flatten)]
    note: NoteArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Request {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::RequestDisclosureRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            categories: numbers(&self.category),
            note: self.note.read()?,
        };
        let answer = tool.node().await?.referrals().request_disclosure(request).await;
        change.done(answer, "The request is on its way. The sender discloses what the consent covers, and says why not for the rest.")
    }
}
