//! `waymark audit bundle`: this office's log as a folder that an auditor verifies alone.

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1;
use waymark_api::v1::export_bundle_response::Item;
use waymark_audit::bundle::{Folder, FolderFault};

use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::show::json::Json;
use crate::show::output::{data, say};
use crate::show::progress::Progress;

/// Bytes of one file, at most: 256 records of received entries.
const FILE_MAX: usize = 24 * 1024 * 1024;

/// Write this office's log as a bundle for auditors, which verifies alone
///
/// The bundle holds no key and no section. It links threads to cases, so that an auditor can follow a person from office to office: give it
/// to auditors only. A folder that is a bundle already gets this office's log beside those of others; nothing is written over. Verify it with
/// `waymark audit verify DIR`.
#[derive(Args)]
pub(crate) struct Bundle {
    /// Folder to make, or a bundle to add to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Bundle {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let mut folder = Folder::begin(&self.out).map_err(|fault| told(&fault))?;
        let node = tool.node().await?;
        let mut parts = node.audit().export_bundle(v1::ExportBundleRequest {}).await?.into_inner();
        let progress = Progress::new("entries");
        let (mut path, mut content) = (String::new(), Vec::new());
        while let Some(message) = parts.message().await? {
            match message.item {
                Some(Item::Progress(at)) => progress.reached(at.written, at.total),
                Some(Item::Part(part)) => {
                    let other = !content.is_empty() && part.path != path;
                    if other || content.len() + part.content.len() > FILE_MAX {
                        return Err(Fault::new(Exit::Failure, "the node told files out of order"));
                    }
                    path = part.path;
                    content.extend(part.content);
                    if part.last {
                        folder.write(&path, &content).map_err(|fault| told(&fault))?;
                        content.clear();
                    }
                }
                Some(Item::End(end)) => {
                    drop(progress);
                    folder.keep().map_err(|fault| told(&fault))?;
                    return self.written(tool, end.files);
                }
                None => {}
            }
        }
        Err(Fault::new(Exit::Unreachable, "the bundle broke off").next("Write it again."))
    }

    fn written(&self, tool: &Tool, files: u64) -> Done {
        if tool.json() {
            data(Json::object([("files", Json::from(files))]))?;
        } else {
            data(format_args!("The bundle is written: {files} files of this office."))?;
        }
        say(format_args!(
            "{} holds no key and no section, but it links threads to cases.",
            self.out.display()
        ));
        say("Give it to auditors only.");
        Ok(Exit::Done)
    }
}

fn told(fault: &FolderFault) -> Fault {
    match fault {
        FolderFault::Disk(path, fault) => Fault::file("the bundle cannot be written:", path, fault),
        FolderFault::NoBundle(_) | FolderFault::There(_) => {
            Fault::new(Exit::Conflict, fault.to_string()).next("Choose another name.")
        }
        FolderFault::NoPlace(_) | FolderFault::TooMany => Fault::new(Exit::Failure, fault.to_string()),
    }
}
