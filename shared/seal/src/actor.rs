//! Who acted, sealed for the own office in 24 bytes and bound to the event.
//!
//! A synthetic nonce (tag over event and staff, which then hides the staff) costs no random bytes and forgives an
//! event id that is used twice: the same person gives the same bytes, and nothing more is learnt.

use ring::hkdf::{HKDF_SHA256, KeyType, Prk};
use ring::hmac;
use subtle::ConstantTimeEq;
use waymark_domain::ids::{EventId, StaffId};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::prefix;
use crate::rng::{self, Rng};

/// Bytes of a sealed actor.
pub const SEALED: usize = TAG + 8;

const TAG: usize = 16;

/// The office's key for its own staff. Wiped when dropped; no `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ActorKey([u8; 32]);

impl ActorKey {
    /// A fresh key.
    pub fn random(rng: &mut (impl Rng + ?Sized)) -> Self {
        Self(*rng::secret(rng))
    }

    /// A key from its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key made ready; keep it where many events are sealed.
    #[must_use]
    pub fn ready(&self) -> ActorSealer {
        let prk = Prk::new_less_safe(HKDF_SHA256, &self.0);
        ActorSealer {
            tag: derive(&prk, prefix::ACTOR_TAG.bytes()),
            pad: derive(&prk, prefix::ACTOR_PAD.bytes()),
        }
    }
}

/// Seals and opens actors. ring keeps the derived keys, which it does not wipe.
pub struct ActorSealer {
    tag: hmac::Key,
    pad: hmac::Key,
}

impl ActorSealer {
    /// Seals who acted.
    #[must_use]
    pub fn seal(&self, event: &EventId, staff: &StaffId) -> Vec<u8> {
        let tag = self.tag(event, staff);
        let hidden = self.mask(&tag, event, &staff.0);
        [tag.as_slice(), hidden.as_slice()].concat()
    }

    /// Who acted; `None` when the bytes were not sealed here for this event.
    #[must_use]
    pub fn open(&self, event: &EventId, sealed: &[u8]) -> Option<StaffId> {
        let (tag, hidden) = sealed.split_first_chunk::<TAG>()?;
        let staff = StaffId(self.mask(tag, event, hidden.try_into().ok()?));
        bool::from(self.tag(event, &staff).ct_eq(tag)).then_some(staff)
    }

    fn tag(&self, event: &EventId, staff: &StaffId) -> [u8; TAG] {
        first(&hmac::sign(&self.tag, &[event.0.as_slice(), &staff.0].concat()))
    }

    fn mask(&self, tag: &[u8; TAG], event: &EventId, bytes: &[u8; 8]) -> [u8; 8] {
        let pad: [u8; 8] = first(&hmac::sign(&self.pad, &[tag.as_slice(), &event.0].concat()));
        (u64::from_le_bytes(pad) ^ u64::from_le_bytes(*bytes)).to_le_bytes()
    }
}

fn first<const N: usize>(tag: &hmac::Tag) -> [u8; N] {
    *tag.as_ref().first_chunk().expect("a MAC of SHA-256 has 32 bytes")
}

fn derive(prk: &Prk, info: &[u8]) -> hmac::Key {
    struct ForHmac;
    impl KeyType for ForHmac {
        fn len(&self) -> usize {
            32
        }
    }
    let mut key = zeroize::Zeroizing::new([0; 32]);
    prk.expand(&[info], ForHmac)
        .and_then(|okm| okm.fill(key.as_mut_slice()))
        .expect("32 bytes are below the limit of HKDF-Expand");
    hmac::Key::new(hmac::HMAC_SHA256, key.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_opens_only_with_its_key_and_event() {
        let sealer = ActorKey::from_bytes([1; 32]).ready();
        let staff = StaffId([7; 8]);
        let sealed = sealer.seal(&EventId([2; 16]), &staff);
        assert_eq!(sealed.len(), SEALED);
        assert_eq!(sealer.open(&EventId([2; 16]), &sealed), Some(staff));
        assert_eq!(sealer.open(&EventId([3; 16]), &sealed), None);
        assert_eq!(ActorKey::from_bytes([9; 32]).ready().open(&EventId([2; 16]), &sealed), None);
        for at in 0..SEALED {
            let mut spoilt = sealed.clone();
            spoilt[at] ^= 1;
            assert_eq!(sealer.open(&EventId([2; 16]), &spoilt), None, "byte {at}");
        }
        for cut in 0..SEALED {
            assert_eq!(sealer.open(&EventId([2; 16]), &sealed[..cut]), None);
        }
    }
}
