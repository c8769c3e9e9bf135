//! Secrets that belong to the office, not to a thread: its signing keys, inbox keys, named secrets, and the mark of how
//! far its log had come.

use ring::hmac;
use serde::{Deserialize, Serialize};
use waymark_domain::ids::{Hash, KemPublic, ThreadId};
use waymark_domain::time::Day;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::crypt::{self, Cost, Passphrase, derive};
use super::journal::{Frame, OFFICE};
use super::record::InboxSecret;
use super::root::{Inbox, Lock, Named, Own, StoredHighWater};
use super::{Damage, State, Vault, VaultFault, bucket_of};
use crate::actor::ActorKey;
use crate::canonical;
use crate::kem::{KemSecret, kem_hash};
use crate::prefix;
use crate::rng;
use crate::sign::{LogKey, PublicKey, WitnessKey};

/// Bytes of all named secrets together, at most.
const NAMED_MAX: usize = 8 * 1024 * 1024;
/// Inbox secrets, at most.
const INBOX_MAX: usize = 1_024;
const NEXT_LOG_KEY: &str = "next log key";
const CLOSED_LOG_KEY: &str = "closed log key";
/// Keys that wait for the roster to name them, in the incarnation that goes on.
const NEW_LOG_KEY: &str = "new log key";
const NEW_WITNESS_KEY: &str = "new witness key";

/// How far the office's log had come when it last said so: part of the start guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HighWater {
    /// The incarnation.
    pub log: u32,
    /// Entries.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// The node stopped in order after this.
    pub clean: bool,
}

/// A key under which a snapshot is sealed. Wiped when dropped; no `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SnapshotKey([u8; 32]);

impl SnapshotKey {
    /// Seals a part of a snapshot, bound to `context`.
    #[must_use]
    pub fn seal(&self, rng: &mut (impl rng::Rng + ?Sized), context: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; crypt::NONCE] = rng::bytes(rng);
        let mut sealed = Vec::with_capacity(plain.len() + crypt::TAG);
        sealed.extend_from_slice(plain);
        // A key for each nonce, so that many parts under one key do not wear the short nonce out.
        crypt::seal(&self.once(&nonce), nonce, context, &mut sealed);
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens a part of a snapshot; `None` when key, context or bytes differ: build the part anew.
    #[must_use]
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk()?;
        crypt::open(&self.once(nonce), *nonce, context, sealed)
    }

    fn once(&self, nonce: &[u8; crypt::NONCE]) -> Zeroizing<[u8; 32]> {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), nonce);
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(tag.as_ref());
        key
    }
}

/// A mark as it is written in a frame.
#[derive(Serialize, Deserialize)]
enum OfficeFrame {
    HighWater { log: u32, size: u64, root: [u8; 32], clean: bool },
}

impl Vault {
    /// The key that signs the office's log.
    ///
    /// # Errors
    /// [`VaultFault::Failed`].
    pub fn log_key(&self) -> Result<LogKey, VaultFault> {
        Ok(LogKey::from_seed(&self.state()?.root.own.log_seed))
    }

    /// The key that cosigns others' logs.
    ///
    /// # Errors
    /// [`VaultFault::Failed`].
    pub fn witness_key(&self) -> Result<WitnessKey, VaultFault> {
        Ok(WitnessKey::from_seed(&self.state()?.root.own.witness_seed))
    }

    /// The key that hides who acted.
    ///
    /// # Errors
    /// [`VaultFault::Failed`].
    pub fn actor_key(&self) -> Result<ActorKey, VaultFault> {
        Ok(ActorKey::from_bytes(self.state()?.root.own.actor_key))
    }

    /// The key for the public part of snapshots.
    ///
    /// # Errors
    /// [`VaultFault::Failed`].
    pub fn snapshot_key(&self) -> Result<SnapshotKey, VaultFault> {
        Ok(SnapshotKey(self.state()?.root.own.snapshot_key))
    }

    /// The key for what a snapshot holds of one thread. It changes with every erasure in the thread's bucket; parts
    /// sealed before then do not open any more and are built anew.
    ///
    /// # Errors
    /// [`VaultFault::Failed`].
    pub fn thread_snapshot_key(&self, thread: &ThreadId) -> Result<SnapshotKey, VaultFault> {
        let state = self.state()?;
        let head = state.root.bucket(bucket_of(thread));
        Ok(SnapshotKey(*derive(&head.key, prefix::VAULT_BLOB, &thread.0)))
    }

    /// The key for the next incarnation of the log, made when there is none yet; durable when it returns.
    ///
    /// # Errors
    /// What the file system says.
    pub fn make_next_log_key(&self) -> Result<LogKey, VaultFault> {
        Ok(LogKey::from_seed(&*self.make_seed(NEXT_LOG_KEY)?))
    }

    /// The key that is to sign this incarnation of the log from a later version of the roster on, made when there is none yet; durable
    /// when it returns.
    ///
    /// # Errors
    /// What the file system says.
    pub fn make_new_log_key(&self) -> Result<LogKey, VaultFault> {
        Ok(LogKey::from_seed(&*self.make_seed(NEW_LOG_KEY)?))
    }

    /// The same for the key that cosigns others' logs.
    ///
    /// # Errors
    /// What the file system says.
    pub fn make_new_witness_key(&self) -> Result<WitnessKey, VaultFault> {
        Ok(WitnessKey::from_seed(&*self.make_seed(NEW_WITNESS_KEY)?))
    }

    /// Forgets every key that was made for later and is not in use.
    ///
    /// # Errors
    /// What the file system says.
    pub fn forget_keys_made(&self) -> Result<(), VaultFault> {
        [NEXT_LOG_KEY, NEW_LOG_KEY, NEW_WITNESS_KEY].iter().try_for_each(|name| self.set_named(name, &[]))
    }

    /// Takes the new log key into use when it is `named` by the roster: the old one is destroyed in the same write. Whether it did.
    ///
    /// # Errors
    /// What the file system says.
    pub fn take_new_log_key(&self, named: &PublicKey) -> Result<bool, VaultFault> {
        let named_by = |seed: &[u8; 32]| LogKey::from_seed(seed).public() == *named;
        self.take_seed(NEW_LOG_KEY, named_by, |own| &mut own.log_seed)
    }

    /// The same for the key that cosigns others' logs.
    ///
    /// # Errors
    /// What the file system says.
    pub fn take_new_witness_key(&self, named: &PublicKey) -> Result<bool, VaultFault> {
        let named_by = |seed: &[u8; 32]| WitnessKey::from_seed(seed).public() == *named;
        self.take_seed(NEW_WITNESS_KEY, named_by, |own| &mut own.witness_seed)
    }

    /// Puts the seed that is kept under a name in the place of one in use, when it is the one that is meant. Whether it did.
    fn take_seed(
        &self,
        name: &str,
        is_meant: impl Fn(&[u8; 32]) -> bool,
        place: fn(&mut Own) -> &mut [u8; 32],
    ) -> Result<bool, VaultFault> {
        let Some(seed) = self.seed(name)?.filter(|seed| is_meant(seed)) else { return Ok(false) };
        self.change_root(|state| {
            state.root.named.retain(|named| named.name != name);
            *place(&mut state.root.own) = *seed;
            Ok(true)
        })
    }

    /// The seed that is kept under a name, made when there is none yet.
    fn make_seed(&self, name: &str) -> Result<Zeroizing<[u8; 32]>, VaultFault> {
        if let Some(seed) = self.seed(name)? {
            return Ok(seed);
        }
        let seed = Zeroizing::new(rng::bytes::<32>(&mut *self.state()?.rng));
        self.set_named(name, seed.as_slice())?;
        Ok(seed)
    }

    fn seed(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, VaultFault> {
        let kept = self.named(name)?;
        Ok(kept.and_then(|seed| <[u8; 32]>::try_from(seed.as_slice()).ok()).map(Zeroizing::new))
    }

    /// The key for the next incarnation of the log, when one was made.
    ///
    /// # Errors
    /// [`VaultFault::Failed`].
    pub fn next_log_key(&self) -> Result<Option<LogKey>, VaultFault> {
        self.named_log_key(NEXT_LOG_KEY)
    }

    /// The key of the incarnation before, until it is forgotten.
    ///
    /// # Errors
    /// [`VaultFault::Failed`].
    pub fn closed_log_key(&self) -> Result<Option<LogKey>, VaultFault> {
        self.named_log_key(CLOSED_LOG_KEY)
    }

    /// From now on the next key signs the log, and the one before is kept as that of the closed incarnation; durable when it returns.
    /// Does nothing when there is no next key.
    ///
    /// # Errors
    /// What the file system says.
    pub fn take_next_log_key(&self) -> Result<(), VaultFault> {
        let Some(next) = self.named(NEXT_LOG_KEY)? else { return Ok(()) };
        let next: [u8; 32] = next.as_slice().try_into().map_err(|_| VaultFault::Damaged(Damage::Root))?;
        self.change_root(|state| {
            let root = &mut state.root;
            root.named.retain(|named| named.name != NEXT_LOG_KEY && named.name != CLOSED_LOG_KEY);
            root.named.push(Named { name: CLOSED_LOG_KEY.to_owned(), secret: root.own.log_seed.to_vec() });
            root.own.log_seed = next;
            Ok(())
        })
    }

    /// Destroys the key of the closed incarnation.
    ///
    /// # Errors
    /// What the file system says.
    pub fn forget_closed_log_key(&self) -> Result<(), VaultFault> {
        if self.named(CLOSED_LOG_KEY)?.is_some() { self.set_named(CLOSED_LOG_KEY, &[]) } else { Ok(()) }
    }

    fn named_log_key(&self, name: &str) -> Result<Option<LogKey>, VaultFault> {
        Ok(self.seed(name)?.map(|seed| LogKey::from_seed(&seed)))
    }

    /// Keeps the secret of an inbox key; durable when it returns.
    ///
    /// # Errors
    /// [`VaultFault::OverLimit`], or what the file system says.
    pub fn put_inbox(&self, inbox: &InboxSecret) -> Result<(), VaultFault> {
        self.change_root(|state| {
            if state.root.inbox.len() >= INBOX_MAX {
                return Err(VaultFault::OverLimit("inbox keys"));
            }
            state.root.inbox.push(Inbox {
                from: inbox.from.0,
                until: inbox.until.0,
                destroyed_on: inbox.destroyed_on.0,
                secret: *inbox.secret.reveal(),
            });
            Ok(())
        })
    }

    /// The secret of the inbox key whose public key has this hash.
    ///
    /// # Errors
    /// [`VaultFault::Failed`].
    pub fn inbox_secret(&self, key_hash: &Hash) -> Result<Option<KemSecret>, VaultFault> {
        let secrets = self.inbox_secrets()?;
        let found = secrets
            .into_iter()
            .map(|inbox| inbox.secret)
            .find(|secret| kem_hash(&secret.public()) == *key_hash);
        Ok(found)
    }

    /// Every inbox secret held, in the order they were put.
    ///
    /// # Errors
    /// [`VaultFault::Failed`].
    pub fn inbox_secrets(&self) -> Result<Vec<InboxSecret>, VaultFault> {
        let state = self.state()?;
        let secrets = state.root.inbox.iter().map(|inbox| InboxSecret {
            from: Day(inbox.from),
            until: Day(inbox.until),
            destroyed_on: Day(inbox.destroyed_on),
            secret: KemSecret::from_bytes(inbox.secret),
        });
        Ok(secrets.collect())
    }

    /// Destroys the inbox secrets whose day has come; gives their public keys.
    ///
    /// # Errors
    /// What the file system says.
    pub fn destroy_inbox(&self, today: Day) -> Result<Vec<KemPublic>, VaultFault> {
        if !self.state()?.root.inbox.iter().any(|inbox| inbox.destroyed_on <= today.0) {
            return Ok(Vec::new());
        }
        self.change_root(|state| {
            let gone: Vec<_> =
                state.root.inbox.extract_if(.., |inbox| inbox.destroyed_on <= today.0).collect();
            Ok(gone.iter().map(|inbox| KemSecret::from_bytes(inbox.secret).public()).collect())
        })
    }

    /// A named secret.
    ///
    /// # Errors
    /// [`VaultFault::Failed`].
    pub fn named(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultFault> {
        let state = self.state()?;
        let found = state.root.named.iter().find(|named| named.name == name);
        Ok(found.map(|named| Zeroizing::new(named.secret.clone())))
    }

    /// The names of the named secrets that begin with `prefix`.
    ///
    /// # Errors
    /// [`VaultFault::Failed`].
    pub fn names(&self, prefix: &str) -> Result<Vec<String>, VaultFault> {
        let state = self.state()?;
        Ok(state
            .root
            .named
            .iter()
            .map(|named| named.name.clone())
            .filter(|name| name.starts_with(prefix))
            .collect())
    }

    /// Keeps a named secret in place of an earlier one, which is destroyed; an empty one takes the name away. Durable
    /// when it returns.
    ///
    /// # Errors
    /// [`VaultFault::OverLimit`], or what the file system says.
    pub fn set_named(&self, name: &str, secret: &[u8]) -> Result<(), VaultFault> {
        self.change_root(|state| {
            let others = state.root.named.iter().filter(|named| named.name != name);
            let held: usize = others.map(|named| named.name.len() + named.secret.len()).sum();
            if held + name.len() + secret.len() > NAMED_MAX {
                return Err(VaultFault::OverLimit("named secrets"));
            }
            state.root.named.retain(|named| named.name != name);
            if !secret.is_empty() {
                state.root.named.push(Named { name: name.to_owned(), secret: secret.to_vec() });
            }
            Ok(())
        })
    }

    /// The newest mark.
    ///
    /// # Errors
    /// [`VaultFault::Failed`].
    pub fn high_water(&self) -> Result<Option<HighWater>, VaultFault> {
        let mark = self.state()?.root.high_water();
        Ok(mark.map(|(log, size, root, clean)| HighWater { log, size, root, clean }))
    }

    /// Notes how far the log has come; durable after [`Vault::sync`].
    ///
    /// # Errors
    /// What the file system says.
    pub fn note_high_water(&self, mark: &HighWater) -> Result<(), VaultFault> {
        let mut state = self.state()?;
        let HighWater { log, size, root, clean } = *mark;
        let plain = canonical::encode(&OfficeFrame::HighWater { log, size, root: root.0, clean });
        let key = Zeroizing::new(state.root.journal_key);
        let at = (OFFICE, 0, state.frames + 1);
        let frame = state.seal_frame(&key, at, plain);
        state.append(&[frame])?;
        state.root.high_water = Some(StoredHighWater { log, size, root: root.0, clean });
        Ok(())
    }

    /// Changes the passphrase; the old one opens nothing any more.
    ///
    /// # Errors
    /// [`VaultFault::BadCost`], or what the file system says.
    pub fn change_passphrase(&self, passphrase: &Passphrase, cost: Cost) -> Result<(), VaultFault> {
        self.change_root(|state| {
            state.lock = Lock::new(passphrase, cost, &mut *state.rng)?;
            Ok(())
        })
    }

    /// Changes the root in memory and then on disk.
    fn change_root<T>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, VaultFault>,
    ) -> Result<T, VaultFault> {
        let mut state = self.state()?;
        let changed = change(&mut state)?;
        self.write_root(&mut state)?;
        Ok(changed)
    }
}

impl State {
    pub(super) fn take_office_frame(&mut self, frame: &Frame) -> Result<(), VaultFault> {
        let damaged = VaultFault::Damaged(Damage::Journal);
        let Some(plain) = frame.open(&self.root.vault, &self.root.journal_key) else { return Err(damaged) };
        let Ok(OfficeFrame::HighWater { log, size, root, clean }) = canonical::parse(&plain) else {
            return Err(damaged);
        };
        self.root.high_water = Some(StoredHighWater { log, size, root, clean });
        Ok(())
    }
}
