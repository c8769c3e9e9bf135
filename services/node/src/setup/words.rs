//! Fingerprints as words that people read aloud: proquints (Wilkerson, arXiv:0901.4016), 16 bits each, consonants and
//! vowels in turn, so that they can be said in any language.

use waymark_domain::ids::Hash;

const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aiou";
/// 128 bits: enough that nobody finds another file with the same words.
const WORDS: usize = 8;

/// The first 128 bits as eight words.
pub(crate) fn of(fingerprint: &Hash) -> String {
    let pairs = fingerprint.0.chunks_exact(2).take(WORDS);
    let words = pairs.map(|pair| word(pair.iter().fold(0, |number, byte| number << 8 | u16::from(*byte))));
    words.collect::<Vec<_>>().join("-")
}

fn word(number: u16) -> String {
    let consonant = |shift: u32| letter(CONSONANTS, number >> shift & 0xf);
    let vowel = |shift: u32| letter(VOWELS, number >> shift & 0x3);
    [consonant(12), vowel(10), consonant(6), vowel(4), consonant(0)].iter().collect()
}

fn letter(of: &[u8], at: u16) -> char {
    of.get(usize::from(at)).copied().map_or('-', char::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_published_examples() {
        // 127.0.0.1, 63.84.220.193 and 63.118.7.35 in the paper.
        for (bytes, expected) in [
            ([127, 0, 0, 1], "lusab-babad"),
            ([63, 84, 220, 193], "gutih-tugad"),
            ([63, 118, 7, 35], "gutuk-bisog"),
        ] {
            let mut hash = Hash([0; 32]);
            hash.0[..4].copy_from_slice(&bytes);
            assert!(of(&hash).starts_with(expected), "{}", of(&hash));
            assert_eq!(of(&hash).split('-').count(), WORDS);
        }
    }
}
