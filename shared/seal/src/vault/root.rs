//! The root: bucket keys, the office's own secrets, and how much of the other files counts. Kept twice, whole.
//!
//! A change is written to copy 0, made durable, then to copy 1. Whatever crash comes between, one copy is whole; the
//! higher epoch holds, and opening makes both alike again. Overwriting in place is also what destroys old keys: each
//! copy is sealed under a key of its own salt, and the old salt and ciphertext are gone once both are rewritten.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use waymark_domain::ids::Hash;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::crypt::{self, Cost, Kek, NONCE, Passphrase, SUM, TAG};
use super::{Damage, VaultFault, disk};
use crate::canonical;
use crate::prefix;
use crate::rng::{self, Rng};

/// Buckets, by the first bits of the thread: so many that one stays small among a million threads, and few enough that their
/// keys are written at each erasure.
pub(super) const BUCKET_BITS: u32 = 12;
pub(super) const BUCKETS: usize = 1 << BUCKET_BITS;

const MAGIC: &[u8; 8] = b"WMVROOT1";
/// Copies are written in steps of this many bytes, so that a small change of length shows nothing.
const STEP: usize = 16 * 1024;
const ROOT_MAX: usize = 16 * 1024 * 1024;

/// What the root holds. Field order is the format.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct Root {
    pub(super) vault: [u8; 16],
    pub(super) epoch: u64,
    pub(super) buckets: Vec<BucketHead>,
    /// Key of frames that belong to no bucket.
    pub(super) journal_key: [u8; 32],
    /// The oldest journal that counts.
    pub(super) journal_from: u64,
    /// Frames before the oldest journal that counts.
    pub(super) journal_base: u64,
    /// Frames up to this one were durable when the root was written: a journal that ends before it is damaged.
    pub(super) frames: u64,
    pub(super) own: Own,
    pub(super) inbox: Vec<Inbox>,
    pub(super) named: Vec<Named>,
    pub(super) high_water: Option<StoredHighWater>,
}

/// A bucket's key and how much of its file counts.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct BucketHead {
    pub(super) key: [u8; 32],
    pub(super) generation: u32,
    pub(super) length: u64,
}

/// The office's own secrets.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct Own {
    pub(super) log_seed: [u8; 32],
    pub(super) witness_seed: [u8; 32],
    pub(super) actor_key: [u8; 32],
    pub(super) snapshot_key: [u8; 32],
}

#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct Inbox {
    pub(super) from: u32,
    pub(super) until: u32,
    pub(super) destroyed_on: u32,
    pub(super) secret: [u8; 32],
}

#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct Named {
    pub(super) name: String,
    #[serde(with = "canonical::bytes")]
    pub(super) secret: Vec<u8>,
}

#[derive(Clone, Copy, Serialize, Deserialize, Zeroize)]
pub(super) struct StoredHighWater {
    pub(super) log: u32,
    pub(super) size: u64,
    pub(super) root: [u8; 32],
    pub(super) clean: bool,
}

/// The unsealed front of a copy.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Front {
    epoch: u64,
    cost: Cost,
    kdf_salt: [u8; 16],
    check: [u8; 16],
    key_salt: [u8; 32],
    length: u32,
}

/// What the passphrase costs and gives.
pub(super) struct Lock {
    pub(super) cost: Cost,
    pub(super) salt: [u8; 16],
    pub(super) kek: Kek,
}

impl Lock {
    pub(super) fn new(passphrase: &Passphrase, cost: Cost, rng: &mut dyn Rng) -> Result<Self, VaultFault> {
        let salt = rng::bytes(rng);
        Ok(Self { cost, salt, kek: Kek::derive(passphrase, &cost, &salt)? })
    }
}

pub(super) fn path(dir: &Path, copy: u8) -> PathBuf {
    dir.join(format!("root.{copy}"))
}

/// The bytes of a copy.
pub(super) fn seal(root: &Root, lock: &Lock, rng: &mut dyn Rng) -> Result<Vec<u8>, VaultFault> {
    let mut plain = canonical::encode_sized(root, 256 * 1024);
    if plain.len() > ROOT_MAX {
        plain.zeroize();
        return Err(VaultFault::OverLimit("root"));
    }
    // Grow before secrets could be left behind by sealing in place.
    plain.reserve(TAG);
    let key_salt = rng::bytes(rng);
    let length = (plain.len() + TAG) as u32;
    let front = Front {
        epoch: root.epoch,
        cost: lock.cost,
        kdf_salt: lock.salt,
        check: lock.kek.check(),
        key_salt,
        length,
    };
    let front = canonical::encode(&front);
    crypt::seal(&lock.kek.slot_key(&key_salt), [0; NONCE], &aad(&front), &mut plain);
    let sum = crypt::sum(&[&front, &plain]);
    let mut bytes = [MAGIC.as_slice(), &[front.len() as u8], &front, &sum, &plain].concat();
    let filler = bytes.len().next_multiple_of(STEP);
    let start = bytes.len();
    bytes.resize(filler, 0);
    rng.fill(bytes.get_mut(start..).unwrap_or_default());
    Ok(bytes)
}

fn aad(front: &[u8]) -> Vec<u8> {
    [prefix::VAULT_SLOT.bytes(), front].concat()
}

/// Writes one copy over the old one, filler included, so that nothing of a longer old copy is left.
pub(super) fn write(dir: &Path, copy: u8, bytes: &[u8], rng: &mut dyn Rng) -> Result<(), VaultFault> {
    let path = path(dir, copy);
    let old = std::fs::metadata(&path).map_or(0, |file| file.len() as usize);
    if old <= bytes.len() {
        return Ok(disk::overwrite(&path, bytes)?);
    }
    let mut longer = bytes.to_vec();
    longer.resize(old, 0);
    rng.fill(longer.get_mut(bytes.len()..).unwrap_or_default());
    Ok(disk::overwrite(&path, &longer)?)
}

/// A copy whose checksum holds.
struct Whole {
    front: Front,
    sealed_at: usize,
    bytes: Vec<u8>,
}

fn whole(bytes: Vec<u8>) -> Option<Whole> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (length, rest) = rest.split_first()?;
    let (front_bytes, rest) = rest.split_at_checked(usize::from(*length))?;
    let front: Front = canonical::parse(front_bytes).ok()?;
    let (sum, rest) = rest.split_first_chunk::<SUM>()?;
    let sealed = rest.get(..front.length as usize)?;
    if crypt::sum(&[front_bytes, sealed]) != *sum {
        return None;
    }
    let sealed_at = MAGIC.len() + 1 + front_bytes.len() + SUM;
    Some(Whole { front, sealed_at, bytes })
}

/// The root as found, with what is needed to write it again.
pub(super) struct Found {
    pub(super) root: Root,
    pub(super) lock: Lock,
    /// A copy is damaged, torn or older: what both are to hold.
    pub(super) to_heal: Option<Vec<u8>>,
}

/// Reads the root and makes both copies alike again.
pub(super) fn open(dir: &Path, passphrase: &Passphrase, rng: &mut dyn Rng) -> Result<Found, VaultFault> {
    let found = read(dir, passphrase)?;
    if let Some(bytes) = &found.to_heal {
        write(dir, 0, bytes, rng)?;
        write(dir, 1, bytes, rng)?;
    }
    Ok(found)
}

/// Reads the root.
pub(super) fn read(dir: &Path, passphrase: &Passphrase) -> Result<Found, VaultFault> {
    let copies = [disk::read(&path(dir, 0))?, disk::read(&path(dir, 1))?];
    if copies.iter().all(Option::is_none) {
        return Err(VaultFault::NotAVault);
    }
    let [zero, one] = copies.map(|copy| copy.and_then(whole));
    let alike = matches!((&zero, &one), (Some(zero), Some(one)) if same(zero, one));
    let best = match (zero, one) {
        (Some(zero), Some(one)) => {
            if one.front.epoch > zero.front.epoch {
                one
            } else {
                zero
            }
        }
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => return Err(VaultFault::Damaged(Damage::Root)),
    };
    let kek = Kek::derive(passphrase, &best.front.cost, &best.front.kdf_salt)?;
    if kek.check() != best.front.check {
        return Err(VaultFault::WrongPassphrase);
    }
    let front = canonical::encode(&best.front);
    let end = best.sealed_at + best.front.length as usize;
    let sealed = best.bytes.get(best.sealed_at..end).unwrap_or_default();
    let plain = crypt::open(&kek.slot_key(&best.front.key_salt), [0; NONCE], &aad(&front), sealed)
        .ok_or(VaultFault::Damaged(Damage::Root))?;
    let root: Root = canonical::parse(&plain).map_err(|_| VaultFault::Damaged(Damage::Root))?;
    if root.buckets.len() != BUCKETS {
        return Err(VaultFault::Damaged(Damage::Root));
    }
    let lock = Lock { cost: best.front.cost, salt: best.front.kdf_salt, kek };
    Ok(Found { root, lock, to_heal: (!alike).then_some(best.bytes) })
}

fn same(zero: &Whole, one: &Whole) -> bool {
    let content = |copy: &Whole| copy.sealed_at + copy.front.length as usize;
    zero.bytes.get(..content(zero)) == one.bytes.get(..content(one))
}

impl Root {
    /// A root with fresh keys and no records.
    pub(super) fn fresh(rng: &mut dyn Rng) -> Self {
        let buckets =
            (0..BUCKETS).map(|_| BucketHead { key: rng::bytes(rng), generation: 0, length: 0 }).collect();
        Self {
            vault: rng::bytes(rng),
            epoch: 0,
            buckets,
            journal_key: rng::bytes(rng),
            journal_from: 0,
            journal_base: 0,
            frames: 0,
            own: Own {
                log_seed: rng::bytes(rng),
                witness_seed: rng::bytes(rng),
                actor_key: rng::bytes(rng),
                snapshot_key: rng::bytes(rng),
            },
            inbox: Vec::new(),
            named: Vec::new(),
            high_water: None,
        }
    }

    pub(super) fn bucket(&self, bucket: u16) -> &BucketHead {
        self.buckets.get(usize::from(bucket)).expect("a root is only taken with all buckets")
    }

    pub(super) fn bucket_mut(&mut self, bucket: u16) -> &mut BucketHead {
        self.buckets.get_mut(usize::from(bucket)).expect("a root is only taken with all buckets")
    }

    pub(super) fn high_water(&self) -> Option<(u32, u64, Hash, bool)> {
        self.high_water.map(|mark| (mark.log, mark.size, Hash(mark.root), mark.clean))
    }
}
