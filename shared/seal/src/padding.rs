//! Lengths that say little: a length, the data, zeros up to a step of 256 bytes, and from 4 KiB on up to a Padmé length
//! (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", PETS 2019): at most 12 % more.

/// Data in one padded unit, at most: a section of 16 MiB.
pub const DATA_MAX: usize = 16 * 1024 * 1024;
/// Bytes of the length in front of the data.
pub const LENGTH: usize = 4;

const STEP: usize = 256;
const STEPS_UP_TO: usize = 4 * 1024;
const PADDED_MAX: usize = 17 * 1024 * 1024;

/// Length of data of `length` bytes once padded.
#[must_use]
pub const fn padded(length: usize) -> usize {
    let length = length + LENGTH;
    if length <= STEPS_UP_TO { length.next_multiple_of(STEP) } else { padme(length) }
}

/// Whether `length` is one to which [`padded`] pads.
#[must_use]
pub const fn is_padded(length: usize) -> bool {
    length >= STEP && length <= PADDED_MAX && padded(length - LENGTH) == length
}

/// Keeps as many leading bits of the length as its exponent has bits, rounding up.
const fn padme(length: usize) -> usize {
    let exponent = usize::BITS - 1 - length.leading_zeros();
    let kept = u32::BITS - exponent.leading_zeros();
    let step = 1 << exponent.saturating_sub(kept);
    length.next_multiple_of(step)
}

/// The data in a padded unit; `None` unless it is exactly what padding it gives.
#[must_use]
pub fn unpad(unit: &[u8]) -> Option<&[u8]> {
    let (length, rest) = unit.split_first_chunk::<LENGTH>()?;
    let length = u32::from_le_bytes(*length) as usize;
    let (data, zeros) = rest.split_at_checked(length)?;
    (padded(length) == unit.len() && zeros.iter().all(|byte| *byte == 0)).then_some(data)
}

/// Data padded to a fresh buffer.
#[must_use]
pub fn pad(data: &[u8]) -> Vec<u8> {
    let mut unit = Vec::with_capacity(padded(data.len()));
    unit.extend_from_slice(&(data.len() as u32).to_le_bytes());
    unit.extend_from_slice(data);
    unit.resize(padded(data.len()), 0);
    unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_fall_on_few_values_and_waste_little() {
        assert_eq!(padded(0), 256);
        assert_eq!(padded(252), 256);
        assert_eq!(padded(253), 512);
        assert_eq!(padded(4_092), 4_096);
        let mut seen = std::collections::BTreeSet::new();
        for length in 4_093..1_000_000 {
            let unit = padded(length);
            assert!(
                is_padded(unit) && unit >= length + LENGTH && unit * 100 <= (length + LENGTH) * 112,
                "{length} {unit}"
            );
            seen.insert(unit);
        }
        assert!(seen.len() < 300, "{}", seen.len());
        assert!(is_padded(padded(DATA_MAX)));
        for length in [0, 4, 255, 257, 4_097, 1_000_001] {
            assert!(!is_padded(length), "{length}");
        }
    }

    #[test]
    fn only_exact_padding_is_taken_off() {
        let unit = pad(b"data");
        assert_eq!(unpad(&unit), Some(&b"data"[..]));
        for (at, byte) in [(255, 1), (8, 1), (0, 5), (0, 0), (3, 255)] {
            let mut spoilt = unit.clone();
            spoilt[at] = byte;
            assert_ne!(unpad(&spoilt), Some(&b"data"[..]), "{at} {byte}");
        }
        assert_eq!(unpad(&unit[..255]), None);
        assert_eq!(unpad(&[unit, vec![0; 256]].concat()), None);
        assert_eq!(unpad(&[]), None);
    }
}
