//! What travels in one message of the broker: an envelope with an outside for the post and a letter inside.
//!
//! The letter is padded and sealed to the recipient's inbox key of the month, single shot, bound to the outside, so the
//! broker learns who writes to whom, when, and a padded size. Only what names no thread may go plain
//! ([`Letter::may_go_plain`]), because a newcomer's inbox key is itself told in such a letter. Larger letters travel in
//! parts ([`parts`]). Nothing here proves anything: [`verify`](crate::verify) does.

mod contents;
pub mod parts;

pub use contents::{
    Chain, Checkpoint, Consistency, Entries, GivenBack, ITEMS_MAX, Item, Letter, LetterKind, Part, SeenHead,
    VERSIONS_MAX,
};

use serde::{Deserialize, Serialize};
use waymark_domain::ids::{Hash, KemPublic, NetworkId, OfficeId};

use crate::canonical::{self, Uncanonical};
use crate::kem::{self, ENC, KemSecret, kem_hash};
use crate::rng::Rng;
use crate::{padding, prefix};

/// The version of the envelope.
pub const VERSION: u8 = 1;
/// Bytes of a message of the broker, at most.
pub const ENVELOPE_MAX: usize = 128 * 1024;

/// Names a message; random, so that nobody can use it up beforehand.
pub type LetterId = [u8; 16];

/// The outside of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The network.
    pub network: NetworkId,
    /// Who writes.
    pub from: OfficeId,
    /// To whom.
    pub to: OfficeId,
    /// The message.
    pub id: LetterId,
}

/// How the payload is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sealed {
    /// Not at all: positions, notices to the whole network, the roster.
    Plain,
    /// Sealed to an inbox key of the recipient.
    ToInbox {
        /// SHA-256 of that key.
        key_hash: Hash,
        /// Encapsulated key.
        enc: [u8; ENC],
    },
}

/// One message of the broker. The field order is the wire order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// [`VERSION`].
    pub version: u8,
    /// The network.
    pub network: NetworkId,
    /// Who writes; the broker's stamp must agree.
    pub from: OfficeId,
    /// To whom.
    pub to: OfficeId,
    /// The message.
    pub id: LetterId,
    /// How the payload is protected.
    pub sealed: Sealed,
    /// The letter.
    #[serde(with = "canonical::bytes")]
    pub payload: Vec<u8>,
}

/// Why a letter is not sent or not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LetterFault {
    /// Over the limit of a message or of a letter in parts.
    #[error("the letter is over its limit")]
    TooLarge,
    /// Not well-formed.
    #[error("the letter is not well-formed")]
    Malformed,
    /// Something follows it.
    #[error("bytes follow the end of the letter")]
    TrailingBytes,
    /// Such as an over-long varint.
    #[error("the letter is not in its canonical encoding")]
    NonCanonical,
    /// A version that this software does not have.
    #[error("letter version {0} is not known")]
    UnknownVersion(u8),
    /// A letter of another network.
    #[error("the letter belongs to another network")]
    WrongNetwork,
    /// A letter to another office.
    #[error("the letter is for another office")]
    NotForUs,
    /// It is sealed to a key that is not held (any more).
    #[error("the letter is sealed to a key that is not held")]
    UnknownInboxKey,
    /// It does not open: the bytes or the outside were changed.
    #[error("the letter does not open")]
    Unopenable,
    /// It opens, but its padding is not the one that sealing gives.
    #[error("the padding of the letter is not canonical")]
    BadPadding,
    /// It may only travel sealed.
    #[error("this letter may only travel sealed")]
    MustBeSealed,
    /// A field is larger than its limit.
    #[error("{0} over its limit")]
    OverLimit(&'static str),
    /// The recipient's inbox key is unusable.
    #[error("the recipient's inbox key is not usable")]
    UnusableKey,
    /// Parts that contradict each other or their hash.
    #[error("the parts of the letter contradict each other")]
    BrokenParts,
}

impl From<Uncanonical> for LetterFault {
    fn from(fault: Uncanonical) -> Self {
        match fault {
            Uncanonical::Malformed => Self::Malformed,
            Uncanonical::TrailingBytes => Self::TrailingBytes,
            Uncanonical::NonCanonical => Self::NonCanonical,
        }
    }
}

/// Puts a letter into one envelope, sealed to `inbox` or plain.
///
/// # Errors
/// [`LetterFault::TooLarge`] when it must go in parts ([`parts::enclose`] does both);
/// [`LetterFault::MustBeSealed`] when it may not go plain.
pub fn seal_letter(
    rng: &mut (impl Rng + ?Sized),
    address: &Address,
    inbox: Option<&KemPublic>,
    letter: &Letter,
) -> Result<Vec<u8>, LetterFault> {
    letter.check()?;
    if inbox.is_none() && !letter.may_go_plain() {
        return Err(LetterFault::MustBeSealed);
    }
    seal_bytes(rng, address, inbox, &letter.encode())
}

fn seal_bytes(
    rng: &mut (impl Rng + ?Sized),
    address: &Address,
    inbox: Option<&KemPublic>,
    letter: &[u8],
) -> Result<Vec<u8>, LetterFault> {
    if letter.len() > ENVELOPE_MAX {
        return Err(LetterFault::TooLarge);
    }
    let (sealed, payload) = match inbox {
        None => (Sealed::Plain, letter.to_vec()),
        Some(inbox) => {
            let key_hash = kem_hash(inbox);
            let (info, aad) = bound(address, &key_hash);
            let (enc, payload) =
                kem::seal(rng, inbox, &info, &aad, &padding::pad(letter)).ok_or(LetterFault::UnusableKey)?;
            (Sealed::ToInbox { key_hash, enc }, payload)
        }
    };
    let Address { network, from, to, id } = *address;
    let envelope = Envelope { version: VERSION, network, from, to, id, sealed, payload };
    let bytes = canonical::encode_sized(&envelope, envelope.payload.len() + 256);
    if bytes.len() > ENVELOPE_MAX { Err(LetterFault::TooLarge) } else { Ok(bytes) }
}

/// A letter that was read, and whether it had been sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The outside.
    pub address: Address,
    /// The inside.
    pub letter: Letter,
    /// Sealed to an inbox key, not plain.
    pub sealed: bool,
}

/// Reads a message for office `me`; `inbox` finds the secret of an inbox key by the key's hash.
///
/// # Errors
/// [`LetterFault`] names what is wrong.
pub fn open_letter(
    bytes: &[u8],
    network: NetworkId,
    me: OfficeId,
    inbox: impl FnOnce(&Hash) -> Option<KemSecret>,
) -> Result<Opened, LetterFault> {
    let envelope = Envelope::parse(bytes)?;
    if envelope.network != network {
        return Err(LetterFault::WrongNetwork);
    }
    if envelope.to != me {
        return Err(LetterFault::NotForUs);
    }
    let address = envelope.address();
    let (letter, sealed) = match envelope.sealed {
        Sealed::Plain => (Letter::parse(&envelope.payload)?, false),
        Sealed::ToInbox { key_hash, enc } => {
            let secret = inbox(&key_hash).ok_or(LetterFault::UnknownInboxKey)?;
            let (info, aad) = bound(&address, &key_hash);
            let plain =
                kem::open(&secret, &enc, &info, &aad, &envelope.payload).ok_or(LetterFault::Unopenable)?;
            (Letter::parse(padding::unpad(&plain).ok_or(LetterFault::BadPadding)?)?, true)
        }
    };
    if !sealed && !letter.may_go_plain() {
        return Err(LetterFault::MustBeSealed);
    }
    Ok(Opened { address, letter, sealed })
}

impl Envelope {
    /// Reads the outside of a message: whole, canonical, within its limit.
    ///
    /// # Errors
    /// [`LetterFault`], but never about the inside.
    pub fn parse(bytes: &[u8]) -> Result<Self, LetterFault> {
        if bytes.len() > ENVELOPE_MAX {
            return Err(LetterFault::TooLarge);
        }
        match bytes.first() {
            None => Err(LetterFault::Malformed),
            Some(&VERSION) => Ok(canonical::parse(bytes)?),
            Some(&version) => Err(LetterFault::UnknownVersion(version)),
        }
    }

    /// The outside.
    #[must_use]
    pub const fn address(&self) -> Address {
        Address { network: self.network, from: self.from, to: self.to, id: self.id }
    }
}

/// `info` and associated data, all fields at fixed lengths.
fn bound(address: &Address, key_hash: &Hash) -> (Vec<u8>, Vec<u8>) {
    let info = [prefix::LETTER.bytes(), &address.network.0, &[VERSION]].concat();
    let parts: [&[u8]; 4] = [&address.from.0, &address.to.0, &address.id, &key_hash.0];
    (info, parts.concat())
}
