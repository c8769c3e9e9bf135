//! `waymark audit replay`: the history of a thread as sentences, and its state at the end.

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1;
use waymark_api::v1::replay_thread_response::Item;
use waymark_domain::ids::ThreadId;

use crate::client::moment::TimeArg;
use crate::client::tool::Tool;
use crate::client::word::Vocabulary as _;
use crate::fault::{Done, Fault};
use crate::show::json::Json;
use crate::show::message;
use crate::show::names::Names;
use crate::show::output::data;
use crate::show::progress::Progress;
use crate::show::table::cell;

/// Tell the history of a thread as sentences
#[derive(Args)]
pub(crate) struct Replay {
    /// The case or referral.
    #[arg(long, value_name = "ID")]
    thread: ThreadId,
    /// Only what this office knew then. Absent: everything.
    #[arg(long, value_name = "TIME")]
    as_of: Option<TimeArg>,
    /// For a case: also its referrals, woven in.
    #[arg(long)]
    with_linked: bool,
    /// Verify each entry against the signed heads again.
    #[arg(long)]
    with_proofs: bool,
}

impl Replay {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let names = if tool.json() { Names::default() } else { node.names().await? };
        let request = v1::ReplayThreadRequest {
            thread: self.thread.to_string(),
            as_of: self.as_of.map(|at| at.instant(tool.now)),
            with_linked: self.with_linked,
            with_proofs: self.with_proofs,
        };
        let mut told = node.audit().replay_thread(request).await?.into_inner();
        let progress = Progress::new("events");
        let mut lines = 0;
        let mut failed = 0_u32;
        while let Some(message) = told.message().await? {
            match &message.item {
                Some(Item::Start(start)) => lines = u64::from(start.lines),
                Some(Item::Line(line)) => {
                    progress.reached(u64::from(line.number), lines);
                    failed += u32::from(line.proof == i32::from(v1::ProofState::Failed));
                }
                Some(Item::End(_)) | None => {}
            }
            if tool.json() {
                data(message::json(&message))?;
            } else {
                tell(&message::json(&message), &names)?;
            }
            if matches!(message.item, Some(Item::End(_))) {
                return verdict(failed);
            }
        }
        Err(Fault::new(Exit::Unreachable, "the replay broke off").next("Replay it again."))
    }
}

fn verdict(failed: u32) -> Done {
    if failed == 0 {
        return Ok(Exit::Done);
    }
    Err(Fault::new(Exit::VerificationFailed, format!("{failed} entries do not verify"))
        .next("Run `waymark audit verify` and show its output to the auditor."))
}

fn tell(message: &Json, names: &Names) -> Result<(), Fault> {
    let (start, line, end) = (message.at("start"), message.at("line"), message.at("end"));
    if !start.is_empty() {
        let as_of = cell(start.at("as_of"), names);
        let moment = if as_of.is_empty() { String::new() } else { format!(", as known at {as_of}") };
        data(format_args!(
            "History of {} {}{moment}",
            cell(start.at("kind"), names),
            cell(start.at("thread"), names)
        ))?;
    }
    if !line.is_empty() {
        data(sentence(line, names))?;
    }
    if !end.is_empty() {
        data("Then:")?;
        let Json::List(facts) = end.at("state") else { return Ok(()) };
        for fact in facts {
            data(format_args!("  {}: {}", cell(fact.at("name"), names), cell(fact.at("value"), names)))?;
        }
    }
    Ok(())
}

fn sentence(line: &Json, names: &Names) -> String {
    let mut told = format!(
        "{:>4}  {}  {}",
        cell(line.at("number"), names),
        cell(line.at("known_at"), names),
        cell(line.at("sentence"), names)
    );
    if matches!(line.at("disputed"), Json::Bool(true)) {
        told.push_str(" [disputed: its office signed two histories]");
    }
    let cause = cell(line.at("cause"), names);
    if !cause.is_empty() {
        told.push_str(&format!(" [{cause}]"));
    }
    let proof = line.at("proof").as_text().unwrap_or_default();
    if !proof.is_empty() && proof != v1::ProofState::Verified.word() {
        told.push_str(&format!(" (proof {proof})"));
    }
    told
}
