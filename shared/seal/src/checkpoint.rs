//! Tree heads: C2SP checkpoints, signed by the office whose log it is. One signature covers every entry under the head.

use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use waymark_domain::ids::{Hash, NetworkId, OfficeId};

use crate::merkle;
use crate::note::{self, Note, NoteFault, Verifier};
use crate::prefix;
use crate::sign::{LogKey, PublicKey};
use crate::vkey;

/// Bytes of a checkpoint with its signatures and cosignatures, at most.
pub const CHECKPOINT_MAX: usize = 16 * 1024;

/// A tree head: how many leaves, and the root over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Head {
    /// Leaves.
    pub size: u64,
    /// RFC 6962 root.
    pub root: Hash,
}

impl Head {
    /// The head of a log without entries.
    #[must_use]
    pub fn empty() -> Self {
        Self { size: 0, root: merkle::empty_root() }
    }
}

/// Which log a head belongs to; written `waymark/<network>/<office>/<log>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The network.
    pub network: NetworkId,
    /// The office.
    pub office: OfficeId,
    /// The incarnation of its log.
    pub log: u32,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}/{}/{}", prefix::CHECKPOINT.text, self.network, self.office, self.log)
    }
}

impl Origin {
    /// Reads the first line of a checkpoint; `None` when it is not one of this form.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let mut parts = line.strip_prefix(prefix::CHECKPOINT.text)?.split('/');
        let (network, office) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let log = parts.next().and_then(decimal)?.try_into().ok()?;
        let origin = Self { network, office, log };
        (origin.to_string() == line).then_some(origin)
    }
}

/// The roster as a log: each version's text is a leaf, in order, so that a head of size n covers versions 1 to n. Written
/// `waymark/<network>/roster`.
///
/// No key signs its heads: root holders sign the texts, each of which names the one before, and the head follows from them. Offices
/// cosign it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RosterOrigin(pub NetworkId);

impl fmt::Display for RosterOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}/roster", prefix::CHECKPOINT.text, self.0)
    }
}

/// Why bytes are not a tree head of that log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointFault {
    /// Over its limit of bytes or signatures.
    #[error("the tree head is over its limit")]
    TooLarge,
    /// Not in the form of a checkpoint.
    #[error("the tree head is not well-formed")]
    Malformed,
    /// The head of another log.
    #[error("the tree head belongs to another log")]
    WrongOrigin,
    /// The key's signature does not hold.
    #[error("the signature on the tree head does not hold")]
    BadSignature,
    /// The key has not signed.
    #[error("the log's key has not signed the tree head")]
    Unsigned,
}

impl From<NoteFault> for CheckpointFault {
    fn from(fault: NoteFault) -> Self {
        match fault {
            NoteFault::TooLarge => Self::TooLarge,
            NoteFault::Malformed => Self::Malformed,
            NoteFault::BadSignature => Self::BadSignature,
            NoteFault::Unsigned => Self::Unsigned,
        }
    }
}

/// Signs a tree head.
///
/// # Security
/// Never sign a head that is not consistent with every head signed before: two such heads prove fraud.
#[must_use]
pub fn sign_checkpoint(key: &LogKey, origin: &Origin, head: &Head) -> Vec<u8> {
    let text = checkpoint_text(origin, head);
    let line = note::signature_line(&text, &origin.to_string(), key);
    format!("{text}\n{line}").into_bytes()
}

/// Reads a tree head of `origin` signed by `key`; other signatures are ignored.
///
/// # Errors
/// [`CheckpointFault`] names what is wrong.
pub fn parse_checkpoint(bytes: &[u8], origin: &Origin, key: &PublicKey) -> Result<Head, CheckpointFault> {
    Claimed::parse(bytes, origin)?.verify(key)
}

/// A tree head whose signature is not checked yet: its size says which key must have signed.
#[derive(Debug, Clone)]
pub struct Claimed<'a> {
    note: Note<'a>,
    name: String,
    head: Head,
}

impl<'a> Claimed<'a> {
    /// Takes a checkpoint apart.
    ///
    /// # Errors
    /// [`CheckpointFault`], but never about signatures.
    pub fn parse(bytes: &'a [u8], origin: &Origin) -> Result<Self, CheckpointFault> {
        let note = Note::parse(bytes, CHECKPOINT_MAX)?;
        let name = origin.to_string();
        let (line, rest) = note.text.split_once('\n').ok_or(CheckpointFault::Malformed)?;
        if line != name {
            return Err(CheckpointFault::WrongOrigin);
        }
        let head = parse_head(rest).ok_or(CheckpointFault::Malformed)?;
        Ok(Self { note, name, head })
    }

    /// The size claimed; use it only to find the key.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.head.size
    }

    /// The head claimed; nobody has signed it yet.
    #[must_use]
    pub(crate) const fn head(&self) -> Head {
        self.head
    }

    /// Whether a line names `key`; whether it holds is another question.
    #[must_use]
    pub fn names(&self, key: &PublicKey) -> bool {
        self.note.signatures_of(&self.name, vkey::id(&self.name, vkey::LOG, key)).next().is_some()
    }

    /// The head, once `key` has signed it.
    ///
    /// # Errors
    /// [`CheckpointFault::BadSignature`] or [`CheckpointFault::Unsigned`].
    pub fn verify(self, key: &PublicKey) -> Result<Head, CheckpointFault> {
        self.note.signed_by(&[Verifier { name: self.name, key: *key }])?;
        Ok(self.head)
    }

    /// The head with its signature, once `key` has signed it.
    ///
    /// # Errors
    /// [`CheckpointFault`]; one with extension lines is malformed here, since it could not be shown again.
    pub fn verify_signed(self, key: &PublicKey) -> Result<SignedHead, CheckpointFault> {
        if self.note.text != checkpoint_text(&self.name, &self.head) {
            return Err(CheckpointFault::Malformed);
        }
        let id = vkey::id(&self.name, vkey::LOG, key);
        let signature = self.note.signatures_of(&self.name, id).next();
        let signature = signature.ok_or(CheckpointFault::Unsigned)?.try_into();
        let head = self.verify(key)?;
        Ok(SignedHead { head, signature: signature.map_err(|_| CheckpointFault::BadSignature)? })
    }
}

/// A tree head and the signature of the log's key over it: whoever keeps both can show the checkpoint again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedHead {
    /// The head.
    pub head: Head,
    /// Ed25519.
    pub signature: [u8; 64],
}

impl SignedHead {
    /// Takes a checkpoint of `origin` apart that `key` has signed.
    ///
    /// # Errors
    /// [`CheckpointFault`]; one with extension lines is malformed here, since it could not be shown again.
    pub fn parse(bytes: &[u8], origin: &Origin, key: &PublicKey) -> Result<Self, CheckpointFault> {
        Claimed::parse(bytes, origin)?.verify_signed(key)
    }

    /// Whether the signature is that of `key` over the head of `origin`.
    #[must_use]
    pub fn is_by(&self, origin: &Origin, key: &PublicKey) -> bool {
        key.verify(checkpoint_text(origin, &self.head).as_bytes(), &self.signature)
    }

    /// The checkpoint, with this one signature.
    #[must_use]
    pub fn checkpoint(&self, origin: &Origin, key: &PublicKey) -> Vec<u8> {
        let name = origin.to_string();
        let bytes = [vkey::id(&name, vkey::LOG, key).as_slice(), &self.signature].concat();
        let line = format!("{}{name} {}\n", note::DASH, STANDARD.encode(bytes));
        format!("{}\n{line}", checkpoint_text(origin, &self.head)).into_bytes()
    }
}

/// The text of a checkpoint: what the log's key signs, and what is cosigned.
#[must_use]
pub fn checkpoint_text(origin: &impl fmt::Display, head: &Head) -> String {
    format!("{origin}\n{}\n{}\n", head.size, STANDARD.encode(head.root.0))
}

/// Size and root; extension lines are tolerated as the standard demands, empty ones are not.
fn parse_head(rest: &str) -> Option<Head> {
    let mut lines = rest.strip_suffix('\n')?.split('\n');
    let size = decimal(lines.next()?)?;
    let root = base64_hash(lines.next()?)?;
    lines.all(|line| !line.is_empty()).then_some(Head { size, root })
}

/// A decimal without sign or leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let plain = text == "0"
        || (!text.starts_with('0') && !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit()));
    plain.then(|| text.parse().ok()).flatten()
}

/// A hash in standard base64.
pub(crate) fn base64_hash(text: &str) -> Option<Hash> {
    Some(Hash(STANDARD.decode(text).ok()?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin { network: NetworkId([0xab; 16]), office: OfficeId([0x01; 16]), log: 3 }
    }

    fn key() -> LogKey {
        LogKey::from_seed(&[7; 32])
    }

    #[test]
    fn a_signed_head_reads_back() {
        let head = Head { size: 20_852_163, root: Hash([9; 32]) };
        let bytes = sign_checkpoint(&key(), &origin(), &head);
        assert_eq!(parse_checkpoint(&bytes, &origin(), &key().public()), Ok(head));
        let text = String::from_utf8(bytes).unwrap();
        let start =
            "waymark/abababababababababababababababab/01010101010101010101010101010101/3\n20852163\nCQkJ";
        assert!(text.starts_with(start), "{text}");
    }

    #[test]
    fn a_head_and_its_signature_give_the_checkpoint_back() {
        let head = Head { size: 5, root: Hash([9; 32]) };
        let bytes = sign_checkpoint(&key(), &origin(), &head);
        let more = [bytes.as_slice(), "\u{2014} other.example AAAAAAAA\n".as_bytes()].concat();
        let apart = SignedHead::parse(&more, &origin(), &key().public()).unwrap();
        assert_eq!((apart.head, apart.checkpoint(&origin(), &key().public())), (head, bytes));
        let text = format!("{}extension\n", checkpoint_text(&origin(), &head));
        let line = note::signature_line(&text, &origin().to_string(), &key());
        let extended = format!("{text}\n{line}").into_bytes();
        assert_eq!(parse_checkpoint(&extended, &origin(), &key().public()), Ok(head));
        let refused = SignedHead::parse(&extended, &origin(), &key().public());
        assert_eq!(refused, Err(CheckpointFault::Malformed));
    }

    #[test]
    fn an_origin_reads_back_and_only_in_the_form_in_which_it_is_written() {
        let line = origin().to_string();
        assert_eq!(Origin::parse(&line), Some(origin()));
        for other in
            [line.to_uppercase(), format!("{line}/"), line.replace("/3", "/03"), line.replace("/3", "")]
        {
            assert_eq!(Origin::parse(&other), None, "{other}");
        }
    }

    #[test]
    fn each_fault_has_its_name() {
        let head = Head { size: 5, root: Hash([9; 32]) };
        let good = String::from_utf8(sign_checkpoint(&key(), &origin(), &head)).unwrap();
        let read = |text: &str| parse_checkpoint(text.as_bytes(), &origin(), &key().public());
        assert_eq!(read(&good.replace("\n5\n", "\n6\n")), Err(CheckpointFault::BadSignature));
        assert_eq!(read(&good.replace("/3\n5", "/4\n5")), Err(CheckpointFault::WrongOrigin));
        assert_eq!(read(&good.replace("\n5\n", "\n05\n")), Err(CheckpointFault::Malformed));
        assert_eq!(read(&good.replace("\n5\n", "\n+5\n")), Err(CheckpointFault::Malformed));
        assert_eq!(read(&good.replace("\n5\n", "\n99999999999999999999\n")), Err(CheckpointFault::Malformed));
        assert_eq!(read(&good.replace("CQkJ", "CQk")), Err(CheckpointFault::Malformed));
        assert_eq!(
            read(&format!("{good}{}", "\u{2014} x AAAAAAAA\n".repeat(64))),
            Err(CheckpointFault::TooLarge)
        );
        assert_eq!(read(&format!("{good}{}", " ".repeat(CHECKPOINT_MAX))), Err(CheckpointFault::TooLarge));
        let stranger = LogKey::from_seed(&[8; 32]).public();
        assert_eq!(parse_checkpoint(good.as_bytes(), &origin(), &stranger), Err(CheckpointFault::Unsigned));
        assert_eq!(read(&format!("{good}\u{2014} other.example AAAAAAAA\n")), Ok(head));
    }
}
