//! Grants: a section key wrapped for one recipient, on one basis, until one day.
//!
//! Wrap only to a key of the thread or of the month, never to a long-lived one: whoever keeps the wrap and gets that
//! secret later could undo every erasure. The signature on the log stands for the sender (RFC 9180, 9.1.1).

use waymark_domain::ids::{EventId, KemPublic, KeyId, NetworkId, OfficeId, ThreadId};
use waymark_domain::time::Day;
use waymark_domain::words::Category;

use crate::entry::{GrantRef, SUITE, category_number};
use crate::hash::sha256;
use crate::kem::{self, ENC, KemSecret, TAG, kem_hash};
use crate::prefix;
use crate::rng::Rng;
use crate::section::{SectionKey, basis_bytes};

/// Bytes of a wrap: encapsulated key, sealed section key, tag.
pub const WRAP: usize = ENC + 32 + TAG;

/// Everything that a wrap is bound to; key commitment and recipient key come from the grant itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantContext {
    /// The network.
    pub network: NetworkId,
    /// The office that wraps.
    pub sender: OfficeId,
    /// The office for which it wraps.
    pub recipient: OfficeId,
    /// The thread.
    pub thread: ThreadId,
    /// The event of the basis: of a consent, the first of its chain.
    pub basis: Option<EventId>,
    /// The data category.
    pub category: Category,
    /// The event that carries the grant.
    pub event: EventId,
    /// The section key.
    pub key: KeyId,
    /// Last day of the grant.
    pub expires: Day,
}

/// Why a section key is not wrapped or not taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantFault {
    /// The recipient's public key is unusable.
    #[error("the recipient's key is not usable")]
    UnusableKey,
    /// Category, key, recipient or expiry differ from what was expected here.
    #[error("the grant is for another recipient, category, key or day")]
    WrongGrant,
    /// It was wrapped to another key than this secret's.
    #[error("the grant is wrapped to another key")]
    WrongSecret,
    /// The bytes are not the wrap that the entry names.
    #[error("the wrap is not the one that the entry names")]
    WrongWrap,
    /// It does not open: something it is bound to differs.
    #[error("the wrap does not open here")]
    Unopenable,
    /// The key inside is not the one committed to.
    #[error("the key is not the one that the grant commits to")]
    CommitmentMismatch,
}

/// Wraps a section key: what the entry says of it, and the wrap that goes beside the entry.
///
/// # Errors
/// [`GrantFault::UnusableKey`].
pub fn wrap(
    rng: &mut (impl Rng + ?Sized),
    to: &KemPublic,
    key: &SectionKey,
    context: &GrantContext,
) -> Result<(GrantRef, Vec<u8>), GrantFault> {
    let mut grant = GrantRef {
        category: category_number(context.category),
        key: context.key,
        recipient: context.recipient,
        kem_hash: kem_hash(to),
        commitment: key.commitment(),
        wrap_hash: crate::hash::ZERO,
        expires: context.expires,
    };
    let (info, aad) = bound(context, &grant);
    let (enc, sealed) = kem::seal(rng, to, &info, &aad, key.reveal()).ok_or(GrantFault::UnusableKey)?;
    let wrap = [&enc, sealed.as_slice()].concat();
    grant.wrap_hash = sha256(&[&wrap]);
    Ok((grant, wrap))
}

/// Takes a wrapped section key over.
///
/// # Errors
/// [`GrantFault`] names what differs. Whether a consent covers the grant is not asked here.
pub fn unwrap(
    secret: &KemSecret,
    grant: &GrantRef,
    wrap: &[u8],
    context: &GrantContext,
) -> Result<SectionKey, GrantFault> {
    let expected = (category_number(context.category), context.key, context.recipient, context.expires);
    if (grant.category, grant.key, grant.recipient, grant.expires) != expected {
        return Err(GrantFault::WrongGrant);
    }
    if grant.kem_hash != kem_hash(&secret.public()) {
        return Err(GrantFault::WrongSecret);
    }
    let (enc, sealed) = wrap.split_first_chunk::<ENC>().ok_or(GrantFault::WrongWrap)?;
    if wrap.len() != WRAP || sha256(&[wrap]) != grant.wrap_hash {
        return Err(GrantFault::WrongWrap);
    }
    let (info, aad) = bound(context, grant);
    let plain = kem::open(secret, enc, &info, &aad, sealed).ok_or(GrantFault::Unopenable)?;
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    bytes.copy_from_slice(plain.get(..32).ok_or(GrantFault::Unopenable)?);
    let key = SectionKey::from_bytes(*bytes);
    if key.commitment() == grant.commitment { Ok(key) } else { Err(GrantFault::CommitmentMismatch) }
}

/// `info` and associated data, all fields at fixed lengths.
fn bound(context: &GrantContext, grant: &GrantRef) -> (Vec<u8>, Vec<u8>) {
    let info = [prefix::GRANT.bytes(), &context.network.0, &[SUITE]].concat();
    let (has_basis, basis) = basis_bytes(context.basis);
    let parts: [&[u8]; 11] = [
        &context.sender.0,
        &grant.recipient.0,
        &grant.kem_hash.0,
        &has_basis,
        &basis,
        &context.thread.0,
        &[grant.category],
        &context.event.0,
        &grant.key.0,
        &grant.commitment.0,
        &grant.expires.0.to_le_bytes(),
    ];
    (info, parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seeded;

    #[test]
    fn a_key_other_than_the_one_committed_to_is_told() {
        let mut rng = Seeded::new(3);
        let secret = KemSecret::random(&mut rng);
        let context = GrantContext {
            network: NetworkId([0; 16]),
            sender: OfficeId([1; 16]),
            recipient: OfficeId([2; 16]),
            thread: ThreadId([3; 16]),
            basis: None,
            category: Category::Health,
            event: EventId([4; 16]),
            key: KeyId([5; 16]),
            expires: Day(9),
        };
        let honest = SectionKey::random(&mut rng);
        let (mut grant, _) = wrap(&mut rng, &secret.public(), &honest, &context).unwrap();
        // A dishonest sender seals another key under the commitment to the first.
        let (info, aad) = bound(&context, &grant);
        let (enc, sealed) = kem::seal(&mut rng, &secret.public(), &info, &aad, &[9; 32]).unwrap();
        let lie = [enc.as_slice(), &sealed].concat();
        grant.wrap_hash = sha256(&[&lie]);
        assert_eq!(unwrap(&secret, &grant, &lie, &context).err(), Some(GrantFault::CommitmentMismatch));
    }
}
