//! How a command fails: what happened, that nothing was lost, and what to do next; for people or as one JSON object.
//!
//! The exit code comes from the one table in [`waymark_api::exit`]. A fault never repeats what somebody typed or what a
//! file holds beyond names of options, files and fields. Faults of an office arrive as gRPC statuses ([`Fault::told`]).

use std::fmt;
use std::io::{self, Write};

use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use waymark_api::error::FAMILY;
use waymark_api::exit::Exit;

use crate::show::json::Json;

/// How a command ends.
pub(crate) type Done = Result<Exit, Fault>;

/// Why a command did not do what was asked.
pub(crate) struct Fault(Box<Told>);

struct Told {
    exit: Exit,
    code: &'static str,
    reason: String,
    message: String,
    kept: String,
    next: String,
    fields: Vec<(String, String)>,
    facts: Vec<(String, String)>,
    /// The reader of our output has gone: nothing is to be said.
    silent: bool,
}

const NOTHING_CHANGED: &str = "Nothing was changed.";

impl Fault {
    /// A fault with its exit and what happened.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self(Box::new(Told {
            exit,
            code: code_of(exit),
            reason: code_of(exit).to_owned(),
            message: message.into(),
            kept: NOTHING_CHANGED.to_owned(),
            next: String::new(),
            fields: Vec::new(),
            facts: Vec::new(),
            silent: false,
        }))
    }

    /// The command line or an input is at fault.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A file cannot be read or written.
    pub(crate) fn file(what: &str, path: &std::path::Path, fault: &io::Error) -> Self {
        let exit = match fault.kind() {
            io::ErrorKind::NotFound => Exit::NotFound,
            io::ErrorKind::PermissionDenied => Exit::Denied,
            io::ErrorKind::AlreadyExists => Exit::Conflict,
            _ => Exit::Failure,
        };
        let next = match exit {
            Exit::NotFound => "Check the name and the folder.",
            Exit::Denied => "Check that you may use this file and its folder.",
            Exit::Conflict => "Choose another name, or move the existing file away.",
            _ => "Check the disk, and try again.",
        };
        Self::new(exit, format!("{what} {}: {fault}", path.display())).next(next)
    }

    /// What to do next.
    #[must_use]
    pub(crate) fn next(mut self, next: impl Into<String>) -> Self {
        self.0.next = next.into();
        self
    }

    /// What is known about the state, instead of that nothing was changed.
    #[must_use]
    pub(crate) fn kept(mut self, kept: impl Into<String>) -> Self {
        self.0.kept = kept.into();
        self
    }

    /// The reader of standard output has gone, or it cannot be written.
    pub(crate) fn output(fault: &io::Error) -> Self {
        let mut told = Self::new(Exit::Failure, format!("the output cannot be written: {fault}"));
        told.0.kept = "What was asked was done.".to_owned();
        if fault.kind() == io::ErrorKind::BrokenPipe {
            told.0.exit = Exit::Done;
            told.0.silent = true;
        }
        told
    }

    /// An office said no, or could not be asked.
    pub(crate) fn told(status: &Status) -> Self {
        let details = status.get_error_details();
        let mut fault = Self::new(Exit::from(status), sentence(status.message()));
        let told = &mut *fault.0;
        told.code = code_name(status.code());
        told.reason = details.error_info().map_or(told.code, |info| info.reason.as_str()).to_owned();
        if let Some(info) = details.error_info() {
            told.facts = info.metadata.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            told.facts.sort();
        }
        if told.reason == "RESTART_NEEDED" {
            told.kept = "Whether it was written shows after a restart; nothing is done twice.".to_owned();
        }
        told.next = details.localized_message().map(|next| next.message.clone()).unwrap_or_default();
        let arguments = details.bad_request().into_iter().flat_map(|request| &request.field_violations);
        told.fields.extend(arguments.map(|fault| (fault.field.clone(), fault.description.clone())));
        let conditions = details.precondition_failure().into_iter().flat_map(|failure| &failure.violations);
        told.fields.extend(conditions.map(|fault| (fault.subject.clone(), fault.description.clone())));
        if told.facts.iter().all(|(name, _)| name != FAMILY) {
            fault.of_the_way(status.code());
        }
        fault
    }

    /// The status was not made by the office's rules, but on the way to them.
    fn of_the_way(&mut self, code: Code) {
        let told = &mut *self.0;
        match code {
            Code::Unauthenticated => {
                told.next =
                    "Check that `--access` or `--data` names the folder of this very node.".to_owned();
            }
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown => {
                told.message = "The node did not answer.".to_owned();
                told.exit = Exit::Unreachable;
                told.next = "Check that it is running (`waymark office status`) and try again.".to_owned();
            }
            _ => {}
        }
    }

    /// The same fault of a call that changes something: when no answer came, it is not known whether it was carried out.
    #[must_use]
    pub(crate) fn of_change(mut self, request_id: &str) -> Self {
        let unanswered = self.0.exit == Exit::Unreachable && self.0.facts.is_empty();
        if unanswered {
            self.0.kept =
                "It is not known whether the change was carried out; nothing is done twice.".to_owned();
            self.0.next = format!(
                "Check that the node is running and repeat the command with `--request-id {request_id}`."
            );
        }
        self
    }

    /// The exit that it leads to.
    pub(crate) fn exit(&self) -> Exit {
        self.0.exit
    }

    /// No answer came; a later attempt may get one.
    pub(crate) fn is_unanswered(&self) -> bool {
        self.0.exit == Exit::Unreachable && self.0.facts.is_empty()
    }

    /// Says it on standard error.
    pub(crate) fn tell(&self, as_json: bool) {
        if self.0.silent {
            return;
        }
        let text = if as_json { self.json().to_string() } else { self.to_string() };
        // Nobody may be listening; then there is nobody to tell.
        let _ = writeln!(io::stderr(), "{text}");
    }

    fn json(&self) -> Json {
        let told = &*self.0;
        let field = |(name, what): &(String, String)| {
            Json::object([("field", Json::text(name)), ("description", Json::text(what))])
        };
        let facts = told.facts.iter().map(|(name, value)| (name.clone(), Json::text(value)));
        let error = Json::object([
            ("exit", Json::from(u64::from(told.exit.code()))),
            ("code", Json::text(told.code)),
            ("reason", Json::text(&told.reason)),
            ("message", Json::text(&told.message)),
            ("state", Json::text(&told.kept)),
            ("next", Json::text(&told.next)),
            ("fields", Json::List(told.fields.iter().map(field).collect())),
            ("facts", Json::Object(facts.collect())),
        ]);
        Json::object([("error", error)])
    }
}

/// Three sentences, then the fields at fault.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = &*self.0;
        write!(f, "{}", sentence(&told.message))?;
        // Most answers of an office say themselves that nothing was changed.
        let said = told.message.to_lowercase();
        let said = ["nothing was changed", "nothing was written"].iter().any(|words| said.contains(words));
        for part in [&told.kept, &told.next] {
            if !(part.is_empty() || said && part == NOTHING_CHANGED) {
                write!(f, "\n{}", sentence(part))?;
            }
        }
        told.fields.iter().try_for_each(|(name, what)| write!(f, "\n  {name}: {what}"))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Status> for Fault {
    fn from(status: Status) -> Self {
        Self::told(&status)
    }
}

/// A text that begins with a capital letter and ends with a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    // An identifier or a command at the beginning stays as it is.
    let word = text.split(' ').next().unwrap_or_default();
    let begins = if word.chars().all(char::is_alphabetic) {
        first.to_uppercase().to_string()
    } else {
        first.to_string()
    };
    let ends = if text.ends_with(['.', '?', '!', ':']) { "" } else { "." };
    format!("{begins}{}{ends}", letters.as_str())
}

fn code_of(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "OK",
        Exit::Failure => "INTERNAL",
        Exit::Usage => "INVALID_ARGUMENT",
        Exit::NotFound => "NOT_FOUND",
        Exit::Denied => "PERMISSION_DENIED",
        Exit::Conflict | Exit::ConsentMissing => "FAILED_PRECONDITION",
        Exit::VerificationFailed
        | Exit::BundleForm
        | Exit::BundleRules
        | Exit::BundleDuty
        | Exit::BundleConsent
        | Exit::BundleTrust
        | Exit::BundleHistory
        | Exit::BundleFraud => "DATA_LOSS",
        Exit::Unreachable => "UNAVAILABLE",
        Exit::Partial => "PARTIAL",
    }
}

fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waymark_api::error::{refused, stale};
    use waymark_domain::refusal::{Gates, Refusal};
    use waymark_domain::words::Gate;

    #[test]
    fn a_refusal_is_told_in_three_sentences_and_its_fields() {
        let fault = Fault::told(&refused(&Refusal::GatesRed { gates: Gates(vec![Gate::Escort]) }));
        assert_eq!(fault.exit(), Exit::Conflict);
        assert_eq!(
            fault.to_string(),
            "These gates are red: escort.\nNothing was changed.\nTurn every gate green, then try again.\n  escort: the gate escort is red"
        );
        let json = fault.json().to_string();
        assert!(json.contains(r#""reason":"GATES_RED""#) && json.contains(r#""exit":5"#), "{json}");
    }

    #[test]
    fn only_an_unanswered_change_may_have_been_carried_out() {
        let unanswered = Fault::told(&Status::unavailable("connection reset")).of_change("0a");
        assert!(unanswered.to_string().contains("--request-id 0a"), "{unanswered}");
        let answered = Fault::told(&stale(4)).of_change("0a");
        assert!(answered.to_string().contains("nothing was changed by you"), "{answered}");
        assert!(!answered.to_string().contains("--request-id"), "{answered}");
    }

    #[test]
    fn the_reader_of_a_pipe_may_go_without_a_fault() {
        assert_eq!(Fault::output(&io::ErrorKind::BrokenPipe.into()).exit(), Exit::Done);
        assert_eq!(Fault::output(&io::ErrorKind::StorageFull.into()).exit(), Exit::Failure);
    }
}
