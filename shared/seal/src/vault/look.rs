//! Looking at a vault without changing a byte of it: what opening would put right stays as it is, and is reported.

use std::fs::File;
use std::io;
use std::path::Path;

use waymark_domain::ids::{KeyId, ThreadId};

use super::journal::Journal;
use super::{HighWater, Passphrase, State, Vault, VaultFault, VaultReport, locked, root};
use crate::rng::System;
use crate::sign::PublicKey;

/// A vault that can only be looked at. It is locked as long as this lives.
pub struct VaultLook(Vault);

impl VaultLook {
    /// Opens a vault for looking.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn open(dir: &Path, passphrase: &Passphrase) -> Result<Self, VaultFault> {
        if !dir.is_dir() {
            return Err(VaultFault::NotAVault);
        }
        let lock = lock(dir)?;
        let found = root::read(dir, passphrase)?;
        let root_healed = found.to_heal.is_some();
        let (state, journal_cut) =
            State::replay(dir, found.lock, found.root, Box::new(System), Journal::look)?;
        let report = VaultReport { root_healed, journal_cut, strays_removed: 0 };
        Ok(Self(Vault::with(dir, state, report, lock)))
    }

    /// What opening it would put right.
    #[must_use]
    pub const fn report(&self) -> VaultReport {
        self.0.report()
    }

    /// Reads every bucket; `progress` gets buckets read and buckets in all. Gives the numbers of those that are damaged.
    ///
    /// # Errors
    /// What the file system says.
    pub fn damaged_buckets(&self, progress: &dyn Fn(u64, u64)) -> Result<Vec<u16>, VaultFault> {
        let mut damaged = Vec::new();
        for bucket in 0..root::BUCKETS {
            let number = u16::try_from(bucket).unwrap_or(u16::MAX);
            match self.0.state()?.read_bucket(&self.0.dir, number) {
                Ok(_) => {}
                Err(VaultFault::Damaged(_)) => damaged.push(number),
                Err(fault) => return Err(fault),
            }
            progress(bucket as u64 + 1, root::BUCKETS as u64);
        }
        Ok(damaged)
    }

    /// Whether the key of a section of a thread is there.
    ///
    /// # Errors
    /// [`VaultFault::Damaged`] when the thread's bucket cannot be read.
    pub fn holds(&self, thread: &ThreadId, key: &KeyId) -> Result<bool, VaultFault> {
        self.0.section_key(thread, key).map(|key| key.is_some())
    }

    /// The key that signs the log, and the one of the log before while something of that is still to be carried over.
    ///
    /// # Errors
    /// [`VaultFault::Failed`].
    pub fn log_keys(&self) -> Result<(PublicKey, Option<PublicKey>), VaultFault> {
        Ok((self.0.log_key()?.public(), self.0.closed_log_key()?.map(|key| key.public())))
    }

    /// How far the log had come when the vault last noted it.
    ///
    /// # Errors
    /// [`VaultFault::Failed`].
    pub fn high_water(&self) -> Result<Option<HighWater>, VaultFault> {
        self.0.high_water()
    }
}

/// Locks a vault of which nothing is known but its folder: no other process opens it meanwhile.
///
/// # Errors
/// [`VaultFault::InUse`], or what the file system says.
fn lock(dir: &Path) -> Result<File, VaultFault> {
    match File::open(dir.join("lock")) {
        // Never opened since it was copied: there is nothing to keep apart from.
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => locked(File::open(dir)?),
        opened => locked(opened?),
    }
}
