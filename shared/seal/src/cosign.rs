//! Cosignatures: another office's word that a tree head continues every one it has seen of that log, and when it saw it.
//!
//! C2SP tlog-cosignature, Ed25519 (type 0x04): the signature is over `cosignature/v1`, the time and the text of the checkpoint. Only
//! these times are trusted in an audit; what an office claims about itself is a claim.

use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use waymark_domain::event::log::{Cosignature, RosterWitnessed};
use waymark_domain::ids::{NetworkId, OfficeId};
use waymark_domain::time::Timestamp;

use crate::checkpoint::{CheckpointFault, Head, Origin, checkpoint_text};
use crate::note::{DASH, Note, NoteFault};
use crate::prefix;
use crate::sign::{PublicKey, WitnessKey, whole};
use crate::vkey;

/// The name under which an office cosigns; its key stands in the roster.
#[must_use]
pub fn witness_name(network: &NetworkId, office: &OfficeId) -> String {
    format!("{}{network}/{office}/witness", prefix::CHECKPOINT.text)
}

/// A witness's name and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigner {
    /// The name in its signature lines.
    pub name: String,
    /// The key.
    pub key: PublicKey,
}

/// When a head was cosigned, and the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timed {
    /// By the witness's clock.
    pub at: Timestamp,
    /// Ed25519.
    pub signature: [u8; 64],
}

impl From<&Cosignature> for Timed {
    fn from(written: &Cosignature) -> Self {
        Self { at: written.at, signature: whole(written.signature) }
    }
}

impl From<&RosterWitnessed> for Timed {
    fn from(written: &RosterWitnessed) -> Self {
        Self { at: written.at, signature: whole(written.signature) }
    }
}

impl Cosigner {
    /// The office with this witness key.
    #[must_use]
    pub fn of(network: &NetworkId, office: &OfficeId, key: PublicKey) -> Self {
        Self { name: witness_name(network, office), key }
    }

    /// The key as text.
    #[must_use]
    pub fn vkey(&self) -> String {
        vkey::encode(&self.name, vkey::WITNESS, &self.key)
    }

    fn id(&self) -> [u8; 4] {
        vkey::id(&self.name, vkey::WITNESS, &self.key)
    }

    /// The signature line of a cosignature, with its newline.
    #[must_use]
    pub fn line(&self, cosignature: &Timed) -> String {
        let at = cosignature.at.0.to_be_bytes();
        let bytes = [self.id().as_slice(), &at, &cosignature.signature].concat();
        format!("{DASH}{} {}\n", self.name, STANDARD.encode(bytes))
    }

    /// Whether this witness has cosigned `head` of `origin`.
    #[must_use]
    pub fn cosigned(&self, origin: &impl fmt::Display, head: &Head, cosignature: &Timed) -> bool {
        self.signed_text(&checkpoint_text(origin, head), cosignature)
    }

    fn signed_text(&self, text: &str, cosignature: &Timed) -> bool {
        self.key.verify(message(text, cosignature.at).as_bytes(), &cosignature.signature)
    }

    /// This witness's cosignature on a note, the earliest if there are several; `None` when it has none.
    ///
    /// # Errors
    /// [`NoteFault::BadSignature`] when a line of its key does not hold.
    pub fn find(&self, note: &Note<'_>) -> Result<Option<Timed>, NoteFault> {
        let mut found: Option<Timed> = None;
        for signature in note.signatures_of(&self.name, self.id()) {
            let cosignature = timed(signature).ok_or(NoteFault::BadSignature)?;
            if !self.signed_text(note.text, &cosignature) {
                return Err(NoteFault::BadSignature);
            }
            if found.is_none_or(|found| cosignature.at < found.at) {
                found = Some(cosignature);
            }
        }
        Ok(found)
    }
}

/// Cosigns a head.
///
/// # Security
/// Only once the record that it is the largest head of that log is durable, and never one that does not continue the head before.
#[must_use]
pub fn cosign(key: &WitnessKey, origin: &impl fmt::Display, head: &Head, at: Timestamp) -> Timed {
    Timed { at, signature: key.sign(message(&checkpoint_text(origin, head), at).as_bytes()) }
}

/// The cosignature that a witness's answer holds for `head` of `origin`; lines of others are ignored.
///
/// # Errors
/// [`CheckpointFault`] when the lines are not well-formed, or its own does not hold or is missing.
pub fn parse_lines(
    lines: &[u8],
    witness: &Cosigner,
    origin: &Origin,
    head: &Head,
) -> Result<Timed, CheckpointFault> {
    let note = [checkpoint_text(origin, head).as_bytes(), b"\n", lines].concat();
    let note = Note::parse(&note, crate::checkpoint::CHECKPOINT_MAX)?;
    witness.find(&note)?.ok_or(CheckpointFault::Unsigned)
}

fn message(text: &str, at: Timestamp) -> String {
    format!("{}time {}\n{text}", prefix::COSIGNATURE.text, at.0)
}

fn timed(signature: &[u8]) -> Option<Timed> {
    let (at, signature) = signature.split_first_chunk::<8>()?;
    Some(Timed { at: Timestamp(u64::from_be_bytes(*at)), signature: signature.try_into().ok()? })
}

#[cfg(test)]
mod tests {
    use waymark_domain::ids::Hash;

    use super::*;
    use crate::checkpoint::sign_checkpoint;
    use crate::note::NOTE_MAX;
    use crate::sign::LogKey;

    const NETWORK: NetworkId = NetworkId([0xab; 16]);
    const ORIGIN: Origin = Origin { network: NETWORK, office: OfficeId([1; 16]), log: 0 };
    const HEAD: Head = Head { size: 7, root: Hash([9; 32]) };
    const AT: Timestamp = Timestamp(1_679_315_147);

    fn witness() -> (WitnessKey, Cosigner) {
        let key = WitnessKey::from_seed(&[5; 32]);
        let witness = Cosigner::of(&NETWORK, &OfficeId([2; 16]), key.public());
        (key, witness)
    }

    #[test]
    fn a_cosignature_holds_for_one_head_of_one_log_at_one_time() {
        let (key, witness) = witness();
        let made = cosign(&key, &ORIGIN, &HEAD, AT);
        assert!(witness.cosigned(&ORIGIN, &HEAD, &made));
        assert!(!witness.cosigned(&Origin { log: 1, ..ORIGIN }, &HEAD, &made));
        assert!(!witness.cosigned(&ORIGIN, &Head { size: 8, ..HEAD }, &made));
        assert!(!witness.cosigned(&ORIGIN, &Head { root: Hash([8; 32]), ..HEAD }, &made));
        assert!(!witness.cosigned(&ORIGIN, &HEAD, &Timed { at: Timestamp(AT.0 + 1), ..made }));
    }

    #[test]
    fn a_line_reads_back_beside_others_and_a_spoilt_one_spoils_the_note() {
        let (key, witness) = witness();
        let made = cosign(&key, &ORIGIN, &HEAD, AT);
        let signed = sign_checkpoint(&LogKey::from_seed(&[3; 32]), &ORIGIN, &HEAD);
        let note = [signed.as_slice(), witness.line(&made).as_bytes()].concat();
        assert_eq!(witness.find(&Note::parse(&note, NOTE_MAX).unwrap()), Ok(Some(made)));
        assert_eq!(witness.find(&Note::parse(&signed, NOTE_MAX).unwrap()), Ok(None));
        assert_eq!(parse_lines(witness.line(&made).as_bytes(), &witness, &ORIGIN, &HEAD), Ok(made));
        let other = cosign(&key, &ORIGIN, &Head { size: 8, ..HEAD }, AT);
        let spoilt = [note.as_slice(), witness.line(&other).as_bytes()].concat();
        assert_eq!(witness.find(&Note::parse(&spoilt, NOTE_MAX).unwrap()), Err(NoteFault::BadSignature));
        let stranger = Cosigner { name: "else.example".into(), ..witness };
        assert_eq!(
            parse_lines(stranger.line(&made).as_bytes(), &witness_only(), &ORIGIN, &HEAD),
            Err(CheckpointFault::Unsigned)
        );
    }

    fn witness_only() -> Cosigner {
        witness().1
    }

    #[test]
    fn a_key_in_another_role_has_not_cosigned() {
        // The same bytes as a log key: neither name, id nor message is that of a cosignature.
        let key = LogKey::from_seed(&[5; 32]);
        let signed = sign_checkpoint(&key, &ORIGIN, &HEAD);
        let as_witness = Cosigner { name: ORIGIN.to_string(), key: key.public() };
        assert_eq!(as_witness.find(&Note::parse(&signed, NOTE_MAX).unwrap()), Ok(None));
    }
}
