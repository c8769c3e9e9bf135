//! `waymark audit replay`: the history of a thread as sentences, what each event changed, and the state at the end; from the node, or
//! without one from an office's log in a bundle.

use std::path::{Path, PathBuf};

use clap::Args;
use waymark_api::convert::audit;
use waymark_api::exit::Exit;
use waymark_api::v1;
use waymark_api::v1::replay_thread_response::Item;
use waymark_audit::verify::{Class, Options, Outcome, Replayed, Trust, fingerprint, replay_bundle};
use waymark_domain::ids::{Hash, ThreadId};

use super::offline::{self, Compared, Watching};
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

/// Tell the history of a thread as sentences, and what each event changed
///
/// With DIR it needs no node, no network and no key: it tells what an office knew, from that office's own log in the bundle, once that
/// log is verified.
#[derive(Args)]
pub(crate) struct Replay {
    /// A bundle that `waymark audit bundle` wrote. Absent: the log of this office's node.
    #[arg(requires = "office")]
    dir: Option<PathBuf>,
    /// In a bundle: whose log, by its id or its name in the roster.
    #[arg(long, value_name = "OFFICE", requires = "dir")]
    office: Option<String>,
    #[command(flatten)]
    compared: Compared,
    /// The case or referral.
    #[arg(long, value_name = "ID")]
    thread: ThreadId,
    /// Only what the office knew then, and what has changed since. Absent: everything.
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
        if let (Some(dir), Some(office)) = (&self.dir, &self.office) {
            return self.of_bundle(dir, office, tool);
        }
        let node = tool.node().await?;
        let names = if tool.json() { Names::default() } else { node.names().await? };
        let mut told = node.audit().replay_thread(self.request(tool)).await?.into_inner();
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
            say(&message, &names, tool)?;
            if matches!(message.item, Some(Item::End(_))) {
                return verdict(failed);
            }
        }
        Err(Fault::new(Exit::Unreachable, "the replay broke off").next("Replay it again."))
    }

    fn request(&self, tool: &Tool) -> v1::ReplayThreadRequest {
        v1::ReplayThreadRequest {
            thread: self.thread.to_string(),
            as_of: self.as_of.map(|at| at.instant(tool.now)),
            with_linked: self.with_linked,
            with_proofs: self.with_proofs,
        }
    }

    fn of_bundle(&self, dir: &Path, office: &str, tool: &Tool) -> Done {
        let wanted = audit::replay(&self.request(tool))
            .map_err(|_| Fault::usage("the moment is not one that a log can name"))?;
        let first = fingerprint(dir).map_err(|fault| offline::told(&fault))?;
        let trust = self.compared.trust(first.as_ref(), tool)?;
        let recognises = |hash: &Hash| if Some(*hash) == first { trust } else { Trust::Differs };
        let options = Options { recognises: &recognises, since: None };
        let (watching, names, mut told) = (Watching::default(), Names::default(), Ok(()));
        let replayed = replay_bundle(
            dir,
            &|id, name| id.to_string() == office || name.eq_ignore_ascii_case(office),
            &wanted,
            &options,
            &watching,
            &mut |message| {
                watching.done();
                told = say(&message, &names, tool);
                told.is_ok()
            },
        );
        watching.done();
        told?;
        ended(&replayed.map_err(|fault| offline::told(&fault))?, tool)
    }
}

/// How a replay out of a bundle ends: what is wrong with the log decides.
fn ended(replayed: &Replayed, tool: &Tool) -> Done {
    let exit = offline::exit(replayed.verdict);
    let wrong = replayed.verdict.filter(|class| *class != Class::Undecided);
    match (replayed.outcome, wrong) {
        (Outcome::NoLog, _) => {
            return Err(Fault::new(Exit::NotFound, "the bundle has no log of that office").next(
                "`waymark audit verify DIR` lists the logs; name the office as it does, or by its id.",
            ));
        }
        (Outcome::NoThread, None) => {
            return Err(Fault::new(Exit::NotFound, "that office's log has no such thread")
                .next("Each office has its own id of a case; a referral has one id at both."));
        }
        (Outcome::NotWhole, _) | (Outcome::NoThread, Some(_)) => {
            return Err(Fault::new(exit, "that office's log does not verify, so nothing is told from it")
                .next("`waymark audit verify DIR` says what is wrong, entry by entry."));
        }
        (Outcome::Told { .. }, _) => {}
    }
    if !tool.json() {
        replayed.findings.iter().try_for_each(offline::finding)?;
    }
    match wrong {
        None => Ok(exit),
        Some(class) => Err(Fault::new(exit, format!("the bundle does not hold: {}", class.word()))
            .next("`waymark audit verify DIR` says everything that is wrong.")),
    }
}

fn say(message: &v1::ReplayThreadResponse, names: &Names, tool: &Tool) -> Result<(), Fault> {
    let json = message::json(message);
    if tool.json() { data(json) } else { tell(&json, names) }
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
        for change in list(line.at("changes")) {
            data(format_args!("      {}", changed(change, names)))?;
        }
    }
    if !end.is_empty() {
        let state = list(end.at("state"));
        data(if state.is_empty() { "Then nothing was known of it here." } else { "Then:" })?;
        for fact in state {
            data(format_args!("  {}: {}", cell(fact.at("name"), names), cell(fact.at("value"), names)))?;
        }
        let since = list(end.at("since"));
        if !since.is_empty() {
            data("Since then:")?;
        }
        since.iter().try_for_each(|change| data(format_args!("  {}", changed(change, names))))?;
    }
    Ok(())
}

fn list(json: &Json) -> &[Json] {
    if let Json::List(items) = json { items } else { &[] }
}

/// `phase: offered → accepted`; of what is new, its value.
fn changed(change: &Json, names: &Names) -> String {
    let of = |member| cell(change.at(member), names);
    let (name, before, after) = (of("name"), of("before"), of("after"));
    match (before.is_empty(), after.is_empty()) {
        (true, _) => format!("{name}: {after}"),
        (false, true) => format!("{name}: {before} → none"),
        (false, false) => format!("{name}: {before} → {after}"),
    }
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
