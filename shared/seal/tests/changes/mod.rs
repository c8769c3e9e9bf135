//! Examples changed and spliced, as a stranger may send them.

/// One change: where, how, with what.
pub(crate) type Change = (u16, u8, u8);

/// Changes `bytes`; what is spliced in comes from `examples`, of which there is one at least.
pub(crate) fn change(bytes: &mut Vec<u8>, changes: &[Change], examples: &[Vec<u8>]) {
    for (at, how, with) in changes {
        if bytes.is_empty() {
            return;
        }
        let at = usize::from(*at) % bytes.len();
        match how % 7 {
            0 => bytes[at] = *with,
            1 => bytes[at] ^= 1 << (with % 8),
            2 => bytes.insert(at, *with),
            3 => drop(bytes.remove(at)),
            4 => bytes.truncate(at),
            5 => {
                // Some of it once more, somewhere else.
                let end = (at + 1 + usize::from(*with)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            _ => {
                let other = &examples[usize::from(*with) % examples.len()];
                let from = at.min(other.len());
                bytes.splice(at.., other[from..].iter().copied());
            }
        }
    }
}
