//! A stream of what changes. When it breaks, it is taken up again where it broke, at the node as it is then.

use std::time::Duration;

use clap::Args;
use tonic::{Response, Status, Streaming};
use waymark_api::exit::Exit;

use super::node::Node;
use super::tool::Tool;
use crate::fault::{Done, Fault};
use crate::show::json::Json;
use crate::show::message::{self, Shown};
use crate::show::names::Names;
use crate::show::output::{data, say};
use crate::show::table::{self, Column};

const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Where a stream begins and ends.
#[derive(Args)]
pub(crate) struct WatchArgs {
    /// Begin after this token of an earlier stream.
    #[arg(long, value_name = "TOKEN")]
    resume: Option<String>,
    /// End when all that is there now was told.
    #[arg(long)]
    until_caught_up: bool,
}

/// Watches through `open`, which asks a node for the stream after a token.
pub(crate) async fn watch<M: Shown + Default>(
    tool: &Tool,
    args: WatchArgs,
    columns: &[Column],
    mut open: impl AsyncFnMut(&Node, String) -> Result<Response<Streaming<M>>, Status>,
) -> Done {
    let mut watch = Watch {
        tool,
        columns,
        token: args.resume.unwrap_or_default(),
        until_caught_up: args.until_caught_up,
    };
    let mut node = tool.node().await?;
    let mut names = watch.names(&node).await?;
    loop {
        let broken = match open(&node, watch.token.clone()).await {
            Ok(stream) => match watch.tell(stream.into_inner(), &names).await {
                Ok(exit) => return Ok(exit),
                Err(fault) => fault,
            },
            Err(status) => Fault::told(&status),
        };
        if !broken.is_unanswered() {
            return Err(broken);
        }
        say("The stream broke off. Nothing is lost; it is taken up again when the node answers.");
        node = reached(tool).await?;
        names = watch.names(&node).await?;
    }
}

/// The node, once it answers again; its address may have changed.
async fn reached(tool: &Tool) -> Result<Node, Fault> {
    loop {
        tokio::time::sleep(AGAIN_AFTER).await;
        match tool.node().await {
            Err(fault) if fault.is_unanswered() => {}
            node => return node,
        }
    }
}

struct Watch<'a> {
    tool: &'a Tool,
    columns: &'a [Column],
    token: String,
    until_caught_up: bool,
}

impl Watch<'_> {
    async fn names(&self, node: &Node) -> Result<Names, Fault> {
        if self.tool.json() { Ok(Names::default()) } else { node.names().await }
    }

    /// Tells what comes, until the stream ends as wanted.
    async fn tell<M: Shown>(&mut self, mut stream: Streaming<M>, names: &Names) -> Done {
        while let Some(message) = stream.message().await? {
            let told = message::json(&message);
            if let Some(token) = told.at("resume_token").as_text() {
                self.token = token.to_owned();
            }
            let caught_up = matches!(told.at("caught_up"), Json::Object(_));
            self.show(told, names, caught_up)?;
            if caught_up && self.until_caught_up {
                return Ok(Exit::Done);
            }
        }
        Err(Fault::new(Exit::Unreachable, "the node ended the stream"))
    }

    fn show(&self, told: Json, names: &Names, caught_up: bool) -> Result<(), Fault> {
        if self.tool.json() {
            return data(&told);
        }
        if caught_up {
            if !self.until_caught_up {
                say("That is all for now; what follows is new.");
            }
            return Ok(());
        }
        for (_, item) in told.into_members().into_iter().filter(|(key, _)| key != "resume_token") {
            data(table::line(self.columns, &item, names))?;
        }
        Ok(())
    }
}
