//! `waymark case watch`: each case that is there, and then each that changes.

use clap::Args;
use waymark_api::v1;

use super::COLUMNS;
use crate::client::tool::Tool;
use crate::client::watch::{WatchArgs, watch};
use crate::client::word::{numbers, word};
use crate::fault::Done;

/// Tell each case, and then each that changes
#[derive(Args)]
pub(crate) struct Watch {
    /// Only cases in this state. May be repeated.
    #[arg(long, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::CaseState>())]
    state: Vec<v1::CaseState>,
    #[command(flatten)]
    watch: WatchArgs,
}

impl Watch {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let states = numbers(&self.state);
        watch(tool, self.watch, COLUMNS, async |node, resume_token| {
            let request = v1::WatchCasesRequest { states: states.clone(), resume_token };
            node.cases().watch_cases(request).await
        })
        .await
    }
}
