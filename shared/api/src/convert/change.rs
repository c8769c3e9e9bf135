//! A request that changes something: read once into a command with its conditions, answered from what was written.

use core::fmt::Write as _;

use waymark_domain::command::Command;
use waymark_domain::ids::{EventId, StaffId, ThreadId};
use waymark_domain::time::Timestamp;

use super::read::Reader;
use super::value::text_if_any;
use crate::error::{Fault, Rejected};
use crate::v1;

/// Who calls, and when; from the sign-in and the clock, never from the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The member of staff.
    pub staff: StaffId,
    /// Who agrees with her, where two must; otherwise nobody.
    pub second: StaffId,
    /// The present instant; stands where a request says "absent: now".
    pub now: Timestamp,
}

/// How a change is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conditions {
    /// The same identifier again gets the same answer and does nothing twice (AIP-155).
    pub request_id: Option<[u8; 16]>,
    /// The version on which the caller decided (AIP-154).
    pub etag: Option<u64>,
    /// Check only (AIP-163).
    pub validate_only: bool,
}

/// A command with its conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What to do.
    pub command: Command,
    /// How.
    pub conditions: Conditions,
    /// The message without its options, by which a request id is held to its content; empty without a request id.
    pub content: Vec<u8>,
}

/// What a change wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The version after it.
    pub etag: u64,
    /// The thread it is about, where there is one; for a new one, its id.
    pub thread: Option<ThreadId>,
    /// The case of this office to which that thread belongs.
    pub case: Option<ThreadId>,
    /// The events, in order; empty for a trial.
    pub events: Vec<EventId>,
}

/// A request that changes something.
pub trait Change: prost::Message + Sized {
    /// What it is answered with.
    type Response;

    /// Takes the options out of the message.
    fn take_options(&mut self) -> Option<v1::MutationOptions>;

    /// Reads the command; faults are noted in `reader`.
    fn command(self, caller: &Caller, reader: &mut Reader) -> Command;

    /// The answer.
    fn answer(written: &Written) -> Self::Response;

    /// Reads the whole request.
    ///
    /// # Errors
    /// [`Rejected`] names every field at fault.
    fn read(mut self, caller: &Caller) -> Result<Asked, Rejected> {
        let options = self.take_options();
        Reader::read(|reader| {
            let conditions = conditions(reader, options);
            let content = conditions.request_id.map(|_| self.encode_to_vec()).unwrap_or_default();
            Asked { conditions, content, command: self.command(caller, reader) }
        })
    }
}

/// Implements [`Change`]: the request, its response with the fields it has beyond `result`, and how the command is read.
macro_rules! change {
    (
        $request:ident => $response:ident { $($field:ident: $from:path),* $(,)? };
        |$message:pat_param, $caller:pat_param, $reader:ident| $command:expr
    ) => {
        impl $crate::convert::change::Change for $crate::v1::$request {
            type Response = $crate::v1::$response;

            fn take_options(&mut self) -> Option<$crate::v1::MutationOptions> {
                self.options.take()
            }

            fn command(
                self,
                $caller: &$crate::convert::change::Caller,
                $reader: &mut $crate::convert::read::Reader,
            ) -> waymark_domain::command::Command {
                let $message = self;
                $command.into()
            }

            fn answer(written: &$crate::convert::change::Written) -> Self::Response {
                let result = Some($crate::convert::change::result(written));
                $crate::v1::$response { result, $($field: $from(written)),* }
            }
        }
    };
}
pub(crate) use change;

/// Reads options; absent ones set no condition.
pub fn conditions(reader: &mut Reader, options: Option<v1::MutationOptions>) -> Conditions {
    let Some(options) = options else { return Conditions::default() };
    reader.within("options", |reader| Conditions {
        request_id: request_id(reader, &options.request_id),
        etag: etag(reader, &options.etag),
        validate_only: options.validate_only,
    })
}

/// What was written, as a message.
#[must_use]
pub fn result(written: &Written) -> v1::MutationResult {
    v1::MutationResult {
        etag: etag_text(written.etag),
        thread: text_if_any(written.thread),
        case: text_if_any(written.case),
        event_ids: written.events.iter().map(EventId::to_string).collect(),
    }
}

/// A version as its opaque text.
#[must_use]
pub fn etag_text(etag: u64) -> String {
    format!("e{etag:x}")
}

/// The thread written to; empty for a trial, because a trial gives out no identifier.
pub(crate) fn new_thread(written: &Written) -> String {
    text_if_any(written.thread.filter(|_| !written.events.is_empty()))
}

/// The first event written; empty for a trial.
pub(crate) fn first_event(written: &Written) -> String {
    text_if_any(written.events.first())
}

fn etag(reader: &mut Reader, text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let etag = text.strip_prefix('e').and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let read_back = etag.filter(|etag| etag_text(*etag) == text);
    if read_back.is_none() {
        reader.note("etag", Fault::ForeignToken);
    }
    read_back
}

/// 32 hexadecimal digits, or a UUID with its hyphens.
fn request_id(reader: &mut Reader, text: &str) -> Option<[u8; 16]> {
    if text.is_empty() {
        return None;
    }
    let digits: String =
        text.chars().filter(|digit| *digit != '-').map(|digit| digit.to_ascii_lowercase()).collect();
    let id = digits.parse().ok().map(|EventId(bytes)| bytes);
    if let Some(bytes) = id
        && (text.len() == digits.len() || hyphenated(bytes).eq_ignore_ascii_case(text))
    {
        return Some(bytes);
    }
    reader.note("request_id", Fault::NotAnId);
    None
}

/// The usual text of a UUID.
fn hyphenated(bytes: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(request_id: &str, etag: &str) -> Result<Conditions, Rejected> {
        let options =
            v1::MutationOptions { request_id: request_id.into(), etag: etag.into(), validate_only: false };
        Reader::read(|reader| conditions(reader, Some(options)))
    }

    #[test]
    fn a_request_id_is_read_with_and_without_hyphens() {
        let plain = read("0123456789abcdef0123456789abcdef", "").unwrap();
        let uuid = read("01234567-89AB-cdef-0123-456789abcdef", "").unwrap();
        assert!(plain.request_id.is_some());
        assert_eq!(plain, uuid);
    }

    #[test]
    fn other_request_ids_and_etags_are_at_fault() {
        for bad in ["0", "0123456789abcdef0123456789abcde", "0-123456789abcdef0123456789abcdef", "-"] {
            assert_eq!(
                read(bad, "").unwrap_err(),
                Rejected::one("options.request_id", Fault::NotAnId),
                "{bad}"
            );
        }
        for bad in ["e", "1f", "e01", "eF", "e10000000000000000", "e+1", "\"e1\""] {
            assert_eq!(
                read("", bad).unwrap_err(),
                Rejected::one("options.etag", Fault::ForeignToken),
                "{bad}"
            );
        }
        assert_eq!(read("", &etag_text(u64::MAX)).unwrap().etag, Some(u64::MAX));
    }
}
