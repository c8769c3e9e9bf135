//! Letters too large for one message: cut into pieces of one size, joined again when all are there.

use std::collections::HashMap;

use waymark_domain::ids::{Hash, KemPublic, OfficeId};

use super::{Address, Letter, LetterFault, LetterId, LetterKind, Part, seal_bytes, seal_letter};
use crate::entry::SECTIONS_MAX;
use crate::hash::sha256;
use crate::rng::Rng;
use crate::section::CIPHERTEXT_MAX;

/// Bytes of every piece but the last.
pub const PIECE: usize = 124 * 1024;
/// Bytes of a letter in parts, at most: one entry with every section as large as may be.
pub const WHOLE_MAX: usize = SECTIONS_MAX * CIPHERTEXT_MAX + 1024 * 1024;

/// One message ready for the post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosed {
    /// Names the message; the same letter gives the same names for its parts.
    pub id: LetterId,
    /// The message.
    pub bytes: Vec<u8>,
}

/// Puts a letter into one envelope, or into parts when it is too large for one.
///
/// # Errors
/// As [`seal_letter`], and [`LetterFault::TooLarge`] beyond [`WHOLE_MAX`].
pub fn enclose(
    rng: &mut (impl Rng + ?Sized),
    address: &Address,
    inbox: Option<&KemPublic>,
    letter: &Letter,
) -> Result<Vec<Enclosed>, LetterFault> {
    match seal_letter(rng, address, inbox, letter) {
        Ok(bytes) => return Ok(vec![Enclosed { id: address.id, bytes }]),
        Err(LetterFault::TooLarge) => {}
        Err(fault) => return Err(fault),
    }
    let whole = letter.encode();
    if whole.len() > WHOLE_MAX {
        return Err(LetterFault::TooLarge);
    }
    let hash = sha256(&[&whole]);
    let of = name(&address.id, &hash, None);
    let count = whole.len().div_ceil(PIECE) as u16;
    let mut parts = Vec::with_capacity(usize::from(count));
    for (number, bytes) in (0_u16..).zip(whole.chunks(PIECE)) {
        let part = Part { of, number, count, total: whole.len() as u32, hash, bytes: bytes.to_vec() };
        let id = name(&address.id, &hash, Some(number));
        let piece = Letter { seen: letter.seen, kind: LetterKind::Part(part) };
        let bytes = seal_bytes(rng, &Address { id, ..*address }, inbox, &piece.encode())?;
        parts.push(Enclosed { id, bytes });
    }
    Ok(parts)
}

/// Names the whole or a part after its content, so that a letter made anew does not meet the old one's parts.
fn name(id: &LetterId, hash: &Hash, number: Option<u16>) -> LetterId {
    let number = number.map_or([0xff; 4], |number| u32::from(number).to_le_bytes());
    let mut name = [0; 16];
    for (to, from) in name.iter_mut().zip(sha256(&[id, &hash.0, &number]).0) {
        *to = from;
    }
    name
}

/// Puts parts together again, in memory and up to a limit.
#[derive(Debug)]
pub struct Joiner {
    bytes_max: usize,
    bytes: usize,
    began: u64,
    wholes: HashMap<(OfficeId, [u8; 16]), Whole>,
}

#[derive(Debug)]
struct Whole {
    hash: Hash,
    total: u32,
    sealed: bool,
    began: u64,
    pieces: Vec<Option<Vec<u8>>>,
}

impl Whole {
    fn held(&self) -> usize {
        self.pieces.iter().flatten().map(Vec::len).sum()
    }
}

impl Joiner {
    /// A joiner that holds at most `bytes_max` bytes of unfinished letters; the oldest make room.
    #[must_use]
    pub fn new(bytes_max: usize) -> Self {
        Self { bytes_max, bytes: 0, began: 0, wholes: HashMap::new() }
    }

    /// Takes a part; gives the letter once it is whole.
    ///
    /// # Errors
    /// [`LetterFault`]: the parts contradict each other, or the whole is not a letter that may travel so.
    pub fn take(&mut self, from: OfficeId, part: Part, sealed: bool) -> Result<Option<Letter>, LetterFault> {
        let name = (from, part.of);
        self.began += 1;
        let whole = self.wholes.entry(name).or_insert_with(|| Whole {
            hash: part.hash,
            total: part.total,
            sealed: true,
            began: self.began,
            pieces: vec![None; usize::from(part.count)],
        });
        if (whole.hash, whole.total, whole.pieces.len()) != (part.hash, part.total, usize::from(part.count)) {
            return Err(LetterFault::BrokenParts);
        }
        whole.sealed &= sealed;
        if let Some(piece) = whole.pieces.get_mut(usize::from(part.number)).filter(|piece| piece.is_none()) {
            self.bytes += part.bytes.len();
            *piece = Some(part.bytes);
        }
        if whole.pieces.iter().all(Option::is_some) {
            return self.join(&name).map(Some);
        }
        self.make_room(&name);
        Ok(None)
    }

    fn join(&mut self, name: &(OfficeId, [u8; 16])) -> Result<Letter, LetterFault> {
        let whole = self.remove(name).ok_or(LetterFault::BrokenParts)?;
        let bytes = whole.pieces.into_iter().flatten().collect::<Vec<_>>().concat();
        if sha256(&[&bytes]) != whole.hash {
            return Err(LetterFault::BrokenParts);
        }
        let letter = Letter::parse(&bytes)?;
        match letter.kind {
            LetterKind::Part(_) => Err(LetterFault::BrokenParts),
            _ if !whole.sealed && !letter.may_go_plain() => Err(LetterFault::MustBeSealed),
            _ => Ok(letter),
        }
    }

    fn make_room(&mut self, keep: &(OfficeId, [u8; 16])) {
        while self.bytes > self.bytes_max {
            let oldest =
                self.wholes.iter().filter(|(name, _)| *name != keep).min_by_key(|(_, whole)| whole.began);
            let victim = oldest.map_or(*keep, |(name, _)| *name);
            self.remove(&victim);
        }
    }

    fn remove(&mut self, name: &(OfficeId, [u8; 16])) -> Option<Whole> {
        let whole = self.wholes.remove(name)?;
        self.bytes -= whole.held();
        Some(whole)
    }
}
