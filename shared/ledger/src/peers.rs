//! The newest tree head of each other office's log that this office has verified.

use serde::{Deserialize, Serialize};
use waymark_domain::ids::Hash;
use waymark_seal::checkpoint::Head;

/// A head with the checkpoint that signs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerHead {
    /// Size and root.
    pub head: Head,
    /// As it was received.
    pub checkpoint: Vec<u8>,
}

impl PeerHead {
    /// Reads size and root from a checkpoint that was verified when it was kept.
    pub(crate) fn verified_before(checkpoint: &[u8]) -> Option<Self> {
        let mut lines = core::str::from_utf8(checkpoint).ok()?.split('\n').skip(1);
        let size = lines.next()?.parse().ok()?;
        let root = Hash(base64_hash(lines.next()?)?);
        Some(Self { head: Head { size, root }, checkpoint: checkpoint.to_vec() })
    }
}

/// 32 bytes from 44 characters of standard base64.
fn base64_hash(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_suffix('=').filter(|digits| digits.len() == 43)?;
    let mut bytes = Vec::with_capacity(33);
    let mut bits = 0_u32;
    for (position, digit) in digits.bytes().enumerate() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        let have = (position % 4) * 2;
        if have > 0 {
            bytes.push((bits >> (6 - have)) as u8);
        }
    }
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_root_are_read_from_a_checkpoint() {
        let text = b"origin\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\xe2\x80\x94 x AAAA\n";
        let peer = PeerHead::verified_before(text).unwrap();
        assert_eq!(peer.head.size, 20_852_163);
        assert_eq!(
            peer.head.root.to_string(),
            "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
        );
        assert_eq!(PeerHead::verified_before(b"origin\n5\nCsUY\n"), None);
    }
}
