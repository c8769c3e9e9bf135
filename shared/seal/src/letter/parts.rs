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

/// Unfinished letters of one office, at most.
const WHOLES_MAX: usize = 16;

/// Puts parts together again, in memory: each office has its own room, so that none can crowd out another.
#[derive(Debug)]
pub struct Joiner {
    bytes_max: usize,
    began: u64,
    wholes: HashMap<OfficeId, HashMap<[u8; 16], Whole>>,
}

/// A letter of which every part is there. Looking inside is work; where parts are gathered it would make others wait.
#[derive(Debug)]
pub struct Gathered(Whole);

#[derive(Debug)]
struct Whole {
    hash: Hash,
    total: u32,
    sealed: bool,
    began: u64,
    held: usize,
    pieces: Vec<Option<Vec<u8>>>,
}

impl Joiner {
    /// A joiner that holds at most `bytes_max` bytes of unfinished letters of each office; its oldest make room.
    #[must_use]
    pub fn new(bytes_max: usize) -> Self {
        Self { bytes_max, began: 0, wholes: HashMap::new() }
    }

    /// Takes a part; gives the letter once all its parts are there.
    ///
    /// # Errors
    /// [`LetterFault::BrokenParts`]: the parts contradict each other.
    pub fn take(
        &mut self,
        from: OfficeId,
        part: Part,
        sealed: bool,
    ) -> Result<Option<Gathered>, LetterFault> {
        let wholes = self.wholes.entry(from).or_default();
        self.began += 1;
        let whole = wholes.entry(part.of).or_insert_with(|| Whole {
            hash: part.hash,
            total: part.total,
            sealed: true,
            began: self.began,
            held: 0,
            pieces: vec![None; usize::from(part.count)],
        });
        if (whole.hash, whole.total, whole.pieces.len()) != (part.hash, part.total, usize::from(part.count)) {
            return Err(LetterFault::BrokenParts);
        }
        whole.sealed &= sealed;
        if let Some(piece) = whole.pieces.get_mut(usize::from(part.number)).filter(|piece| piece.is_none()) {
            *piece = Some(part.bytes);
            whole.held += piece.as_ref().map_or(0, Vec::len);
        }
        let gathered = if whole.pieces.iter().all(Option::is_some) { wholes.remove(&part.of) } else { None };
        make_room(wholes, &part.of, self.bytes_max);
        if wholes.is_empty() {
            self.wholes.remove(&from);
        }
        Ok(gathered.map(Gathered))
    }
}

impl Gathered {
    /// The letter.
    ///
    /// # Errors
    /// [`LetterFault`]: the parts are not the letter they promised, or it may not travel so.
    pub fn open(self) -> Result<Letter, LetterFault> {
        let Self(whole) = self;
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
}

/// The oldest letters but `keep` give way.
fn make_room(wholes: &mut HashMap<[u8; 16], Whole>, keep: &[u8; 16], bytes_max: usize) {
    while wholes.len() > WHOLES_MAX || wholes.values().map(|whole| whole.held).sum::<usize>() > bytes_max {
        let others = wholes.iter().filter(|(of, _)| *of != keep);
        let victim = others.min_by_key(|(_, whole)| whole.began).map_or(*keep, |(of, _)| *of);
        wholes.remove(&victim);
    }
}
