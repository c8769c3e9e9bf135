//! `waymark referral disclose`: gives the receiver the newest version of what the person consented to, and says before what goes to whom.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::sharing;
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
        let node = tool.node().await?;
        let (referral, categories) = (self.referral.to_string(), numbers(&self.category));
        if !tool.json() {
            sharing::tell_disclosure(&node, &referral, &categories).await?;
        }
        let request = v1::DiscloseSectionsRequest { options: change.options(), referral, categories };
        let answer = node.referrals().disclose_sections(request).await;
        change.done(answer, "The data are on their way, sealed for the receiver alone.")
    }
}
