//! Snapshots: sealed bytes that a projection leaves to start from. Never needed, never trusted beyond their checksum.

use std::fs;

use crate::bytes::{checked, put_checksum};
use crate::core::index_folder;
use crate::disk::{self, DiskFault, While};
use crate::ledger::Ledger;

const FOLDER: &str = "snapshots";

impl Ledger {
    /// Keeps `bytes` under `name` in place of what was there; a crash leaves the old or the new. `name` is a plain file name.
    ///
    /// # Errors
    /// The machine failed, or the name is not plain; the old snapshot stays.
    pub fn snapshot_put(&self, name: &str, mut bytes: Vec<u8>) -> Result<(), DiskFault> {
        let doing = "writing a snapshot";
        let plain = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if !plain {
            return Err(std::io::Error::from(std::io::ErrorKind::InvalidInput)).while_(doing);
        }
        let folder = index_folder(&self.core.folder).join(FOLDER);
        fs::create_dir_all(&folder).while_(doing)?;
        put_checksum(&mut bytes);
        disk::replace(&folder, name, &bytes).while_(doing)
    }

    /// The snapshot under `name`; `None` when there is none that is whole.
    ///
    /// # Errors
    /// The machine failed.
    pub fn snapshot(&self, name: &str) -> Result<Option<Vec<u8>>, DiskFault> {
        let path = index_folder(&self.core.folder).join(FOLDER).join(name);
        let Some(mut bytes) = disk::read_if_there(&path).while_("reading a snapshot")? else {
            return Ok(None);
        };
        let length = checked(&bytes).map(<[u8]>::len);
        Ok(length.map(|length| {
            bytes.truncate(length);
            bytes
        }))
    }
}
