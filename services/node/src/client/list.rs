//! A list that comes in pages: to programs a line for each row as it comes, to people one table.

use clap::Args;
use waymark_api::exit::Exit;

use super::node::Node;
use super::tool::Tool;
use crate::fault::{Done, Fault};
use crate::show::json::Json;
use crate::show::message::{self, Shown};
use crate::show::names::Names;
use crate::show::output::data;
use crate::show::table::{self, Column};

const PAGE_MAX: usize = 200;

/// How much of a list is wanted.
#[derive(Args)]
pub(crate) struct ListArgs {
    /// Rows, at most. Absent: all.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
}

/// A list being read.
pub(crate) struct List<'a> {
    tool: &'a Tool,
    left: usize,
    page_token: String,
    rows: Vec<Json>,
}

impl<'a> List<'a> {
    /// A list of which nothing is read yet.
    pub(crate) fn new(tool: &'a Tool, args: &ListArgs) -> Self {
        let left = args.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        Self { tool, left, page_token: String::new(), rows: Vec::new() }
    }

    /// `page_size` and `page_token` of the next request.
    pub(crate) fn page(&self) -> (i32, String) {
        let size = i32::try_from(self.left.min(PAGE_MAX)).unwrap_or(0);
        (size, self.page_token.clone())
    }

    /// Takes a page; answers whether there is another to read.
    pub(crate) fn take<M: Shown>(&mut self, page: &[M], next_page_token: String) -> Result<bool, Fault> {
        for row in page.iter().take(self.left) {
            let row = message::json(row);
            if self.tool.json() { data(&row)? } else { self.rows.push(row) }
        }
        self.page_token = next_page_token;
        Ok(self.told_elsewhere(page.len()))
    }

    /// Counts rows of the same pages that another list shows; answers whether there is another page to read.
    pub(crate) fn told_elsewhere(&mut self, rows: usize) -> bool {
        self.left = self.left.saturating_sub(rows);
        self.left > 0 && !self.page_token.is_empty()
    }

    /// Shows people what was read, with names of offices; `none` when that is nothing.
    pub(crate) async fn end(self, node: &Node, columns: &[Column], none: &str) -> Done {
        let named = !self.tool.json() && !self.rows.is_empty();
        let names = if named { node.names().await? } else { Names::default() };
        self.end_with(&names, columns, none)
    }

    /// Like [`List::end`], with these names.
    pub(crate) fn end_with(self, names: &Names, columns: &[Column], none: &str) -> Done {
        if !self.tool.json() {
            if self.rows.is_empty() { data(none)? } else { data(table::of(columns, &self.rows, names))? }
        }
        Ok(Exit::Done)
    }
}
