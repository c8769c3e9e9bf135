//! `waymark case safeguards`: what the red lines must know of a person.

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::{Country, ThreadId};

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::fault::Done;

/// What the red lines must know.
#[derive(Args)]
#[command(about = None, long_about = None)]
pub(crate) struct SafeguardArgs {
    /// She is, or is presumed, a minor.
    #[arg(long)]
    minor: bool,
    /// Country whose embassies and authorities are never a recipient: two capital letters. May be repeated.
    #[arg(long, value_name = "CC", value_delimiter = ',')]
    barred_country: Vec<Country>,
}

impl From<SafeguardArgs> for v1::Safeguards {
    fn from(args: SafeguardArgs) -> Self {
        Self {
            minor: args.minor,
            barred_countries: args.barred_country.iter().map(Country::to_string).collect(),
        }
    }
}

/// State anew what the red lines must know of the person
#[derive(Args)]
pub(crate) struct Safeguards {
    /// The case.
    case: ThreadId,
    /// She is not a minor. One of the two is said each time, so that nobody ceases to be a minor by being left out.
    #[arg(long, conflicts_with = "minor", required_unless_present = "minor")]
    not_minor: bool,
    #[command(flatten)]
    safeguards: SafeguardArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Safeguards {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let stated = match self.safeguards.minor {
            true => "The safeguards are recorded: she is treated as a minor.",
            false => "The safeguards are recorded: she is not treated as a minor.",
        };
        let request = v1::SetSafeguardsRequest {
            options: change.options(),
            case: self.case.to_string(),
            safeguards: Some(self.safeguards.into()),
        };
        let answer = tool.node().await?.cases().set_safeguards(request).await;
        change.done(answer, stated)
    }
}
