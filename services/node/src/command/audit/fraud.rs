//! `waymark audit fraud`: the logs of which two histories were signed, the proofs as files, and publishing one from elsewhere.

use std::path::{Path, PathBuf};

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1;

use crate::client::list::{self, ListArgs};
use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::setup::files::{self, Readers};
use crate::show::output::say;
use crate::show::table::Column;

const COLUMNS: &[Column] = &[
    ("office", "office"),
    ("log", "log"),
    ("frozen", "in_force"),
    ("known at", "known_at"),
    ("shown by", "shown_by"),
    ("entry", "index"),
];

/// List the offices that signed two histories of their log, and write the proofs as files
///
/// Nothing is disclosed to such an office before the root holders have opened a new log for it. What to do stands in the operator's manual,
/// "When an office is frozen".
#[derive(Args)]
pub(crate) struct Fraud {
    /// Folder for the proofs, one file for each log. Anybody who has the roster can check them with `waymark audit verify-fraud`.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Tell the network first of a proof from elsewhere, as `waymark audit verify --proofs` writes it: every office that can verify it freezes
    /// that office.
    #[arg(long, value_name = "FILE")]
    publish: Option<PathBuf>,
    #[command(flatten)]
    list: ListArgs,
}

impl Fraud {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        if let Some(path) = &self.publish {
            let proof = files::read("the proof", path)?;
            let told = node.audit().publish_fraud(v1::PublishFraudRequest { proof }).await?.into_inner();
            if let Some(fraud) = told.fraud {
                let v1::ProvenFraud { office, log, in_force, .. } = fraud;
                let so =
                    if in_force { "it is frozen" } else { "that log is closed, and nobody is frozen for it" };
                say(format_args!(
                    "The network knows that {office} signed two histories of its log {log}: {so}."
                ));
            }
        }
        let mut list = list::List::new(tool, &self.list);
        let mut written = 0_usize;
        loop {
            let (page_size, page_token) = list.page();
            let request = v1::ListFraudsRequest { page_size, page_token };
            let page = node.audit().list_frauds(request).await?.into_inner();
            if let Some(folder) = &self.out {
                written += write(folder, &page.frauds)?;
            }
            if !list.take(&page.frauds, page.next_page_token)? {
                break;
            }
        }
        list.end(&node, COLUMNS, "No office is known to have signed two histories.").await?;
        if let Some(folder) = self.out.filter(|_| written > 0) {
            say(format_args!("{written} proofs are in {}.", folder.display()));
            say("They hold no personal data: anybody who has the network's roster can check them.");
        }
        Ok(Exit::Done)
    }
}

fn write(folder: &Path, frauds: &[v1::ProvenFraud]) -> Result<usize, Fault> {
    frauds.iter().try_for_each(|fraud| write_one(folder, &fraud.office, fraud.log, &fraud.proof))?;
    Ok(frauds.len())
}

/// A file for a proof. One of the same log that is there is left as it is: one is enough, and it may have been shown to somebody.
pub(super) fn write_one(folder: &Path, office: &str, log: u32, proof: &[u8]) -> Result<(), Fault> {
    std::fs::create_dir_all(folder)
        .map_err(|fault| Fault::file("the folder cannot be made:", folder, &fault))?;
    let path = folder.join(format!("{office}.{log}.fraud"));
    if path.exists() {
        return Ok(());
    }
    files::create("the proof", &path, proof, Readers::All)
}
