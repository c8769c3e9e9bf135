//! `waymark case bundle`: everything that this office holds on a case, for the person herself (GDPR article 15).
//!
//! The node opens each section and notes it; this command only puts the parts in files. Read `parts.rs`, then `page.rs`.

mod folder;
mod page;
mod parts;

use std::path::PathBuf;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1;
use waymark_cases::sheet::{Language, Phrases};
use waymark_domain::ids::ThreadId;

use crate::client::tool::Tool;
use crate::fault::Done;
use crate::show::json::Json;
use crate::show::output::{data, say};

use folder::Folder;
use parts::Parts;

/// Write everything held on a case into a new folder, for the person herself (GDPR article 15)
///
/// Each section is opened, and that is recorded. The folder holds `page.html` for her to read, in her language as far as it can be (what
/// somebody wrote stays as it was written), `record.json` with every identifier and time, and one file in `sections` for each section. Look through it before you give it out: what it says of others is theirs.
#[derive(Args)]
pub(crate) struct Bundle {
    /// The case.
    case: ThreadId,
    /// Folder to make; it must not be there yet.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Her language: bg, cs, en, mk, nl, pl, ro, ru or uk.
    #[arg(long, value_name = "LANGUAGE", default_value = "en", value_parser = language)]
    language: Language,
}

fn language(code: &str) -> Result<Language, String> {
    Language::from_code(code)
        .ok_or_else(|| format!("no language of the page; there are: {}", Language::CODES))
}

/// The file with every identifier and time.
const RECORD: &str = "record.json";

impl Bundle {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        Folder::free(&self.out)?;
        let node = tool.node().await?;
        let names = node.names().await?;
        let request = v1::GetSubjectAccessRequest { case: self.case.to_string() };
        let mut told = node.cases().get_subject_access(request).await?.into_inner();
        let mut parts = Parts::default();
        while let Some(message) = told.message().await? {
            parts.take(message);
        }
        let end = parts.end()?;
        let folder = Folder::create(&self.out)?;
        for (number, section) in (1..).zip(&parts.sections) {
            folder.section(number, section)?;
        }
        folder.write(RECORD, &parts.record(&names))?;
        folder.write("page.html", &page::of(&parts, &names, &Phrases::of(self.language)))?;
        folder.keep();
        let (shown, not_shown) = (end.shown, end.not_shown);
        if tool.json() {
            let counted =
                [("shown", Json::from(u64::from(shown))), ("not_shown", Json::from(u64::from(not_shown)))];
            data(Json::object(counted))?;
        } else {
            data(format_args!(
                "Sections written: {shown}. Sections that can no longer be opened: {not_shown}."
            ))?;
        }
        say(format_args!("{} holds personal data that anybody can read who opens it.", self.out.display()));
        say("Keep it safe: give it to the person alone, and delete it once she has it.");
        Ok(Exit::Done)
    }
}
