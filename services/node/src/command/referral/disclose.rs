//! `waymark referral disclose`: gives the receiver the newest version of what the person consented to.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::client::word::{numbers, word};
use crate::fault::Done;

/// Disclose data that a consent in force covers
#[derive(Args)]
pub(crate) struct Disclose {
    /// The referral.
    referral: ThreadId,
    /// Which data.
    #[arg(long, required = true, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::Category>())]
    category: Vec<v1::Category>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Disclose {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let request = v1::DiscloseSectionsRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            categories: numbers(&self.category),
        };
        let answer = tool.node().await?.referrals().disclose_sections(request).await;
        change.done(answer, "The data are on their way, sealed for the receiver alone.")
    }
}
