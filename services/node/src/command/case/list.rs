//! `waymark case list`: open cases, and those that were closed.

use clap::Args;
use waymark_api::v1;

use super::COLUMNS;
use crate::client::list::{self, ListArgs};
use crate::client::tool::Tool;
use crate::client::word::{numbers, word};
use crate::fault::Done;

/// List the cases of this office, those changed last first
#[derive(Args)]
pub(crate) struct List {
    /// Only cases in this state. May be repeated.
    #[arg(long, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::CaseState>())]
    state: Vec<v1::CaseState>,
    /// Only cases for which this office is the responsible one.
    #[arg(long)]
    responsible_here: bool,
    /// Only cases whose identifier begins so, such as the code on her sheet.
    #[arg(long, value_name = "CODE", value_parser = code)]
    code: Option<String>,
    #[command(flatten)]
    list: ListArgs,
}

/// The beginning of an identifier, as the sheet prints it.
fn code(text: &str) -> Result<String, &'static str> {
    let begins = (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if begins {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("not a code: expected hexadecimal digits, as on the sheet")
    }
}

impl List {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let mut list = list::List::new(tool, &self.list);
        loop {
            let (page_size, page_token) = list.page();
            let request = v1::ListCasesRequest {
                states: numbers(&self.state),
                responsible_here: self.responsible_here,
                page_size,
                page_token,
            };
            let mut page = node.cases().list_cases(request).await?.into_inner();
            page.cases.retain(|case| self.code.as_ref().is_none_or(|code| case.case.starts_with(code)));
            if !list.take(&page.cases, page.next_page_token)? {
                return list.end(&node, COLUMNS, "There are no such cases.").await;
            }
        }
    }
}
