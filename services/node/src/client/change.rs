//! A call that changes something: done once, against a version, or only tried; and how its answer is told.

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1;
use waymark_domain::time::Timestamp;

use super::identifier::Identifier;
use super::tool::Tool;
use crate::fault::{Done, Fault};
use crate::show::json::Json;
use crate::show::message::{self, Shown};
use crate::show::output::{data, say};

/// How a change is to be made.
#[derive(Args)]
pub(crate) struct ChangeArgs {
    /// Identifier of this change: repeated with it, the command is carried out once. Made when absent.
    #[arg(long, value_name = "ID", help_heading = "How")]
    request_id: Option<Identifier>,
    /// Refuse when the thing has changed since this version was read.
    #[arg(long, value_name = "ETAG", help_heading = "How")]
    etag: Option<String>,
    /// Only check; write and send nothing.
    #[arg(long, help_heading = "How")]
    dry_run: bool,
}

/// A change about to be made.
pub(crate) struct Change<'a> {
    tool: &'a Tool,
    request_id: Identifier,
    etag: String,
    dry_run: bool,
}

impl<'a> Change<'a> {
    /// A change as the arguments say.
    pub(crate) fn new(tool: &'a Tool, args: ChangeArgs) -> Self {
        let request_id = args.request_id.unwrap_or_else(|| Identifier::random(tool.now));
        Self { tool, request_id, etag: args.etag.unwrap_or_default(), dry_run: args.dry_run }
    }

    /// What the call carries.
    pub(crate) fn options(&self) -> Option<v1::MutationOptions> {
        Some(v1::MutationOptions {
            request_id: self.request_id.to_string(),
            etag: self.etag.clone(),
            validate_only: self.dry_run,
        })
    }

    /// Its identifier.
    pub(crate) const fn request_id(&self) -> &Identifier {
        &self.request_id
    }

    /// The moment from which `+2h` or `today` counts: when the change was first asked for.
    pub(crate) fn now(&self) -> Timestamp {
        self.request_id.made_at().unwrap_or(self.tool.now)
    }

    /// It is only a trial.
    pub(crate) fn is_trial(&self) -> bool {
        self.dry_run
    }

    /// Tells the answer: to programs as one object, to people as `sentence` and what was written.
    pub(crate) fn done<M: Shown>(
        self,
        answer: Result<tonic::Response<M>, tonic::Status>,
        sentence: &str,
    ) -> Done {
        self.done_with(answer, sentence, [])
    }

    /// Like [`Change::done`], with further members of the object.
    pub(crate) fn done_with<M: Shown, const N: usize>(
        self,
        answer: Result<tonic::Response<M>, tonic::Status>,
        sentence: &str,
        further: [(&str, Json); N],
    ) -> Done {
        let answer = answer.map_err(|status| Fault::told(&status).of_change(&self.request_id.to_string()))?;
        let mut told = self.object(message::json(answer.get_ref()));
        told.extend(further.map(|(key, value)| (key.to_owned(), value)));
        self.tell(Json::Object(told), sentence)
    }

    /// The answer's members at one level, after what the caller chose.
    fn object(&self, answer: Json) -> Vec<(String, Json)> {
        let mut members = vec![
            ("request_id".to_owned(), Json::text(self.request_id.to_string())),
            ("dry_run".to_owned(), Json::from(self.dry_run)),
        ];
        for (key, value) in answer.into_members() {
            if key == "result" { members.extend(value.into_members()) } else { members.push((key, value)) }
        }
        members
    }

    fn tell(&self, told: Json, sentence: &str) -> Done {
        if self.tool.json() {
            data(&told)?;
            return Ok(Exit::Done);
        }
        if self.dry_run {
            data("It would be done. Nothing was written or sent.")?;
            return Ok(Exit::Done);
        }
        data(sentence)?;
        for (key, value) in told.into_members() {
            let plain = matches!(value, Json::Text(_)) && !matches!(key.as_str(), "request_id");
            if plain && !value.is_empty() {
                data(format_args!(
                    "  {:12}  {}",
                    key.replace('_', " "),
                    value.as_text().unwrap_or_default()
                ))?;
            }
        }
        say(format_args!("  request id    {}", self.request_id));
        Ok(Exit::Done)
    }
}
