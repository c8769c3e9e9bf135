//! The witness protocol: what a log asks and what a witness answers (C2SP tlog-witness, `add-checkpoint`).
//!
//! The bytes are those of the standard, whether they travel by letter or over HTTP. Who answers keeps one head for each log and must
//! make the new one durable, in the same breath as it was compared, before the answer leaves.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use waymark_domain::ids::Hash;

use crate::checkpoint::{CHECKPOINT_MAX, Head, base64_hash, decimal};
use crate::merkle;

/// Consistency proof lines, at most.
pub const PROOF_LINES_MAX: usize = 63;
/// Bytes of a request, at most.
pub const REQUEST_MAX: usize = 4 + 20 + 1 + PROOF_LINES_MAX * 45 + 1 + CHECKPOINT_MAX;

/// A new checkpoint for a witness, with the proof that it continues the head of size `old`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness cosigned last.
    pub old: u64,
    /// RFC 6962 consistency proof; empty when `old` is 0.
    pub proof: Vec<Hash>,
    /// The checkpoint, as signed.
    pub checkpoint: Vec<u8>,
}

impl AddCheckpoint {
    /// The request body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let lines: String = self.proof.iter().map(|hash| format!("{}\n", STANDARD.encode(hash.0))).collect();
        [format!("old {}\n{lines}\n", self.old).as_bytes(), &self.checkpoint].concat()
    }

    /// Reads a request body; `None` is a bad request (400).
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > REQUEST_MAX {
            return None;
        }
        let (head, checkpoint) = core::str::from_utf8(bytes).ok()?.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let old = decimal(lines.next()?.strip_prefix("old ")?)?;
        let proof = lines.map(base64_hash).collect::<Option<Vec<_>>>()?;
        let within = proof.len() <= PROOF_LINES_MAX;
        within.then(|| Self { old, proof, checkpoint: checkpoint.as_bytes().to_vec() })
    }
}

/// What a witness answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// 200: the signature lines of its cosignatures.
    Cosigned(Vec<u8>),
    /// 400: not a request, or `old` is above the checkpoint's size.
    BadRequest,
    /// 403: none of the log's keys has signed, or a signature does not hold.
    Forbidden,
    /// 404: a log that it does not witness.
    NotFound,
    /// 409: it last cosigned another size than `old`, or another root at that size.
    Conflict(u64),
    /// 422: the proof does not lead from `old` to the checkpoint.
    Unprocessable,
}

/// Content type of a 409.
pub const SIZE_TYPE: &str = "text/x.tlog.size";

impl Answer {
    /// The status code.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Cosigned(_) => 200,
            Self::BadRequest => 400,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict(_) => 409,
            Self::Unprocessable => 422,
        }
    }

    /// The response body.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        match self {
            Self::Cosigned(lines) => lines.clone(),
            Self::Conflict(size) => format!("{size}\n").into_bytes(),
            Self::BadRequest | Self::Forbidden | Self::NotFound | Self::Unprocessable => Vec::new(),
        }
    }

    /// Reads a response; `None` for a status that the standard does not have, or a body that does not fit it.
    #[must_use]
    pub fn read(status: u16, body: &[u8]) -> Option<Self> {
        match status {
            200 => (body.len() <= CHECKPOINT_MAX).then(|| Self::Cosigned(body.to_vec())),
            400 => Some(Self::BadRequest),
            403 => Some(Self::Forbidden),
            404 => Some(Self::NotFound),
            409 => {
                let size = core::str::from_utf8(body).ok()?.strip_suffix('\n').and_then(decimal)?;
                Some(Self::Conflict(size))
            }
            422 => Some(Self::Unprocessable),
            _ => None,
        }
    }
}

/// An answer as a letter: origin, size and status on a line each, then the body. It says for itself which request it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The first line of the checkpoint that was to be cosigned.
    pub origin: String,
    /// Its size.
    pub size: u64,
    /// The answer.
    pub answer: Answer,
}

impl Told {
    /// The bytes of the letter.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let lines = format!("{}\n{}\n{}\n", self.origin, self.size, self.answer.status());
        [lines.into_bytes(), self.answer.body()].concat()
    }

    /// Reads a letter; `None` when it is not one.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = core::str::from_utf8(bytes).ok()?.splitn(4, '\n');
        let (origin, size) = (lines.next()?.to_owned(), decimal(lines.next()?)?);
        let status = decimal(lines.next()?)?.try_into().ok()?;
        Some(Self { origin, size, answer: Answer::read(status, lines.next()?.as_bytes())? })
    }
}

/// Judges a request once the log's key has signed `head`: `last` is the largest head of that log cosigned so far.
///
/// # Errors
/// The [`Answer`] that refuses.
pub fn judge(asked: &AddCheckpoint, head: &Head, last: Option<&Head>) -> Result<(), Answer> {
    if asked.old > head.size {
        return Err(Answer::BadRequest);
    }
    let size = last.map_or(0, |last| last.size);
    if asked.old != size {
        return Err(Answer::Conflict(size));
    }
    let empty = Head::empty();
    let last = last.unwrap_or(&empty);
    if size == head.size && last.root != head.root {
        return Err(Answer::Conflict(size));
    }
    let continues = merkle::verify_consistency(size, &last.root, head.size, &head.root, &asked.proof);
    if continues { Ok(()) } else { Err(Answer::Unprocessable) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{Frontier, leaf_hash};

    fn head(size: u64) -> Head {
        let mut frontier = Frontier::new();
        (0..size).for_each(|number| frontier.push(leaf_hash(&number.to_le_bytes())));
        Head { size, root: frontier.root() }
    }

    fn proof(from: u64, to: u64) -> Vec<Hash> {
        let leaves: Vec<Hash> = (0..to).map(|number| leaf_hash(&number.to_le_bytes())).collect();
        let nodes = |level: u8, index: u64| {
            let from = (index << level) as usize;
            let mut frontier = Frontier::new();
            leaves.get(from..from + (1 << level))?.iter().for_each(|leaf| frontier.push(*leaf));
            Some(frontier.root())
        };
        merkle::consistency(from, to, &nodes).unwrap()
    }

    fn asked(old: u64, proof: Vec<Hash>) -> AddCheckpoint {
        AddCheckpoint { old, proof, checkpoint: b"text\n\n\xe2\x80\x94 name AAAA\n".to_vec() }
    }

    #[test]
    fn a_request_is_written_as_the_standard_shows_it() {
        let request = asked(20_852_014, vec![Hash([1; 32]), Hash([2; 32])]);
        let text = String::from_utf8(request.encode()).unwrap();
        let lines: Vec<&str> = text.split('\n').collect();
        let hashes =
            ["AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="];
        assert_eq!(lines[..4], ["old 20852014", hashes[0], hashes[1], ""]);
        assert_eq!(AddCheckpoint::parse(text.as_bytes()), Some(request));
        for bad in [
            text.replace("old 2", "old 02"),
            text.replace("old 2", "old +2"),
            text.replace("old ", "old  "),
            text.replace("AQE=", "AQ=="),
            text.replace("\n\n", "\n"),
            text.replace("AQE=\n", &format!("AQE=\n{}", format!("{}\n", hashes[0]).repeat(62))),
            text.clone() + &"x".repeat(REQUEST_MAX),
        ] {
            assert_eq!(AddCheckpoint::parse(bad.as_bytes()), None, "{bad:.80}");
        }
    }

    #[test]
    fn each_answer_is_that_of_the_standard() {
        type Case = (AddCheckpoint, Head, Option<Head>, Result<(), u16>);
        let last = head(3);
        let cases: [Case; 9] = [
            (asked(0, vec![]), head(5), None, Ok(())),
            (asked(3, proof(3, 5)), head(5), Some(last), Ok(())),
            (asked(3, vec![]), head(3), Some(last), Ok(())),
            (asked(6, vec![]), head(5), Some(last), Err(400)),
            (asked(0, vec![]), head(5), Some(last), Err(409)),
            (asked(3, vec![]), Head { root: Hash([7; 32]), ..last }, Some(last), Err(409)),
            (asked(4, proof(4, 5)), head(5), Some(last), Err(409)),
            (asked(3, proof(4, 5)), head(5), Some(last), Err(422)),
            (asked(0, vec![Hash([1; 32])]), head(5), None, Err(422)),
        ];
        for (asked, head, last, expected) in cases {
            let answer = judge(&asked, &head, last.as_ref());
            assert_eq!(answer.map_err(|answer| answer.status()), expected, "{asked:?}");
        }
    }

    #[test]
    fn answers_read_back_and_foreign_ones_do_not() {
        for answer in [
            Answer::Cosigned(b"lines\n".to_vec()),
            Answer::BadRequest,
            Answer::Forbidden,
            Answer::NotFound,
            Answer::Conflict(20_852_014),
            Answer::Unprocessable,
        ] {
            assert_eq!(Answer::read(answer.status(), &answer.body()), Some(answer.clone()));
            let told = Told { origin: "waymark/a/b/0".into(), size: 7, answer };
            assert_eq!(Told::parse(&told.encode()), Some(told));
        }
        for (status, body) in [(500, &b""[..]), (409, b"12"), (409, b"012\n"), (409, b"-1\n"), (204, b"")] {
            assert_eq!(Answer::read(status, body), None);
        }
        for bad in ["", "a\n7\n403", "a\n07\n403\n", "a\n7\n999\n", "a\n7\n409\nx\n"] {
            assert_eq!(Told::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
