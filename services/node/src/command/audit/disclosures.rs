//! `waymark audit disclosures`: every disclosure in the log, and whether a consent in force covered it; everything that asked a holder to
//! erase, and whether it answered in time.

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1::{self, AnswerVerdict, DisclosureVerdict};

use crate::client::list::{self, ListArgs};
use crate::client::tool::Tool;
use crate::fault::Done;
use crate::show::table::Column;

const COLUMNS: &[Column] = &[
    ("at", "at"),
    ("verdict", "verdict"),
    ("unwitnessed", "unwitnessed"),
    ("from", "from_office"),
    ("to", "to_office"),
    ("categories", "categories"),
    ("referral", "thread"),
    ("event", "event_id"),
];

const ASK_COLUMNS: &[Column] = &[
    ("asked at", "asked_at"),
    ("because", "kind_name"),
    ("from", "from_office"),
    ("holder", "holder_office"),
    ("acknowledged", "acknowledgement.what"),
    ("erased or kept", "erasure.what"),
    ("noted", "noted"),
    ("referral", "thread"),
    ("entry", "index"),
    ("answer", "erasure.index"),
];

/// List disclosures and whether each had its basis, and withdrawals and whether each was answered in time; ends with 6 when not
#[derive(Args)]
pub(crate) struct Disclosures {
    /// Only emergencies, what had no basis, and answers that came late or are missing.
    #[arg(long)]
    findings: bool,
    #[command(flatten)]
    list: ListArgs,
}

impl Disclosures {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let mut disclosures = list::List::new(tool, &self.list);
        let mut asks = list::List::new(tool, &self.list);
        let mut sound = true;
        loop {
            let (page_size, page_token) = disclosures.page();
            let request = v1::ListDisclosuresRequest { findings: self.findings, page_size, page_token };
            let page = node.audit().list_disclosures(request).await?.into_inner();
            sound &= page.disclosures.iter().all(has_basis) && page.asks.iter().all(is_answered);
            disclosures.take(&page.disclosures, page.next_page_token)?;
            asks.take(&page.asks, String::new())?;
            if !disclosures.told_elsewhere(page.asks.len()) {
                break;
            }
        }
        disclosures.end(&node, COLUMNS, "Nothing was disclosed.").await?;
        asks.end(&node, ASK_COLUMNS, "Nobody was asked to erase.").await?;
        Ok(if sound { Exit::Done } else { Exit::VerificationFailed })
    }
}

fn has_basis(disclosure: &v1::JudgedDisclosure) -> bool {
    [DisclosureVerdict::Within, DisclosureVerdict::Emergency].contains(&disclosure.verdict())
}

/// In time, or its time has not passed.
fn is_answered(ask: &v1::JudgedAsk) -> bool {
    let faults = [AnswerVerdict::Late, AnswerVerdict::Missing];
    let mut answers = [&ask.acknowledgement, &ask.erasure].into_iter().flatten();
    answers.all(|answer| !faults.contains(&answer.verdict()))
}
