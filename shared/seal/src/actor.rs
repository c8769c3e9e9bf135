//! Who acted, sealed for the own office in 24 bytes and bound to the event; 8 bytes more mark the request that was carried out.
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

/// Bytes of a sealed actor without the mark of a request.
pub const SEALED: usize = TAG + 8;

const TAG: usize = 16;

/// What the office makes of a request's id and content, so that it knows the request again; nothing to anybody else.
pub type RequestMark = [u8; 8];

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
    /// Seals who acted, and on which request.
    #[must_use]
    pub fn seal(&self, event: &EventId, staff: &StaffId, request: Option<&RequestMark>) -> Vec<u8> {
        let request = request.map_or(&[][..], |mark| mark);
        let tag = self.tag(event, staff, request);
        let hidden = self.mask(&tag, event, &staff.0);
        [tag.as_slice(), hidden.as_slice(), request].concat()
    }

    /// Who acted, and on which request; `None` when the bytes were not sealed here for this event.
    #[must_use]
    pub fn open(&self, event: &EventId, sealed: &[u8]) -> Option<(StaffId, Option<RequestMark>)> {
        let (tag, rest) = sealed.split_first_chunk::<TAG>()?;
        let (hidden, request) = rest.split_first_chunk::<8>()?;
        let staff = StaffId(self.mask(tag, event, hidden));
        let mark = if request.is_empty() { None } else { Some(request.try_into().ok()?) };
        bool::from(self.tag(event, &staff, request).ct_eq(tag)).then_some((staff, mark))
    }

    fn tag(&self, event: &EventId, staff: &StaffId, request: &[u8]) -> [u8; TAG] {
        first(&hmac::sign(&self.tag, &[event.0.as_slice(), &staff.0, request].concat()))
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
        let sealed = sealer.seal(&EventId([2; 16]), &staff, None);
        assert_eq!(sealed.len(), SEALED);
        assert_eq!(sealer.open(&EventId([2; 16]), &sealed), Some((staff, None)));
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

    #[test]
    fn the_mark_of_a_request_is_bound_to_the_actor() {
        let sealer = ActorKey::from_bytes([1; 32]).ready();
        let (event, staff, mark) = (EventId([2; 16]), StaffId([7; 8]), [9; 8]);
        let sealed = sealer.seal(&event, &staff, Some(&mark));
        assert_eq!(sealer.open(&event, &sealed), Some((staff, Some(mark))));
        for at in 0..sealed.len() {
            let mut spoilt = sealed.clone();
            spoilt[at] ^= 1;
            assert_eq!(sealer.open(&event, &spoilt), None, "byte {at}");
            assert_eq!(sealer.open(&event, &sealed[..at]), None, "cut at {at}");
        }
    }
}
