//! `waymark audit verify-receipt`: whether a receipt proves what it says. Needs no node, no network and no key.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_domain::describe::describe;
use waymark_domain::event::{Event, rule_of};
use waymark_domain::ids::OfficeId;
use waymark_seal::proof::{Proof, ProvenEntry};
use waymark_seal::roster::RosterChain;

use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::setup::draft;
use crate::setup::files;
use crate::show::json::Json;
use crate::show::output::data;

/// Check a receipt against the roster, without a node
#[derive(Args)]
pub(crate) struct VerifyReceipt {
    /// The folder with the network file and the roster: a root holder's, or an office's data folder.
    #[arg(long, value_name = "DIR")]
    network: PathBuf,
    /// The receipt.
    receipt: PathBuf,
}

impl VerifyReceipt {
    #[expect(clippy::unused_async, reason = "every command runs alike")]
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let roster = draft::kept_in(&self.network, tool.now)?;
        let bytes = files::read("the receipt", &self.receipt)?;
        let proof = Proof::parse(&bytes).map_err(|fault| not_proven(&fault))?;
        let proven = proof.verify_carried(&roster).map_err(|fault| not_proven(&fault))?;
        if tool.json() {
            data(json(&proven))?;
        } else {
            tell(&proven, &roster)?;
        }
        Ok(Exit::Done)
    }
}

fn not_proven(fault: &dyn std::fmt::Display) -> Fault {
    Fault::new(Exit::VerificationFailed, format!("this receipt proves nothing: {fault}"))
        .next("Ask for it again, and for the newest roster; if it stays so, show both to the auditor.")
}

fn tell(proven: &ProvenEntry, roster: &RosterChain) -> Result<(), Fault> {
    let entry = &proven.entry;
    let name = |office: OfficeId| {
        roster.office(&office).map_or_else(|| office.to_string(), |office| office.name.clone())
    };
    let what = match Event::decode(entry.kind, &entry.public) {
        Ok(event) => describe(entry.office, &event, &name),
        Err(_) => format!("{} wrote an entry of a newer version.", name(entry.office)),
    };
    data(format_args!("This holds: {what}"))?;
    data(format_args!("  signed by  {} ({})", name(entry.office), entry.office))?;
    data(format_args!(
        "  entry      {} of its log {}, under a head of {}",
        entry.index,
        entry.log,
        proven.head.head().size
    ))?;
    data(format_args!("  claims     {}", entry.claimed_at))?;
    if let Ok(Event::Received(body)) = Event::decode(entry.kind, &entry.public) {
        data(format_args!(
            "  received   entry {} of {}, {}",
            body.entry.index,
            name(body.entry.office),
            body.entry.leaf
        ))?;
    }
    Ok(())
}

fn json(proven: &ProvenEntry) -> Json {
    let entry = &proven.entry;
    Json::object([
        ("office", Json::text(entry.office.to_string())),
        ("log", Json::text(entry.log.to_string())),
        ("index", Json::text(entry.index.to_string())),
        ("leaf", Json::text(proven.leaf.to_string())),
        ("event_id", Json::text(entry.event.to_string())),
        ("kind", Json::text(rule_of(entry.kind).map_or("unknown", |rule| rule.name))),
        ("claimed_at", Json::text(entry.claimed_at.to_string())),
        ("head_size", Json::text(proven.head.head().size.to_string())),
    ])
}
