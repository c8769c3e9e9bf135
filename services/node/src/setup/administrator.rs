//! The first administrator of an office, or another one when nobody can sign in any more: made with the office's passphrase.

use std::path::Path;

use waymark_api::exit::Exit;
use waymark_seal::rng::System;
use waymark_seal::vault::Vault;

use super::open_fault;
use crate::clock;
use crate::fault::Fault;
use crate::secret::Secret;
use crate::staff::Role;
use crate::staff::account::Mark;
use crate::staff::book::{Book, BookFault, Member};

/// Makes an account in the office's folder, whose node does not run.
pub(crate) fn make(
    folder: &Path,
    passphrase: &Secret,
    name: &str,
    password: &Secret,
) -> Result<Member, Fault> {
    let vault = Vault::open(&folder.join("vault"), &passphrase.passphrase(), System)
        .map_err(|fault| open_fault::told(&fault.into()))?;
    let key = vault.snapshot_key().map_err(|fault| open_fault::told(&fault.into()))?;
    let book = Book::open(folder, key).map_err(|fault| told(&fault))?;
    let made = Mark::new(None, clock::now());
    book.add(name, vec![Role::Administrator], password.text(), made).map_err(|fault| told(&fault))
}

fn told(fault: &BookFault) -> Fault {
    match fault {
        BookFault::Disk(_) => Fault::new(Exit::Failure, fault.to_string())
            .next("Check the disk, its free space, and who owns the folder."),
        BookFault::Damaged => Fault::new(Exit::Failure, fault.to_string())
            .next("Put the file `staff` back from a backup, or move it away: then accounts are made anew."),
        BookFault::Wrong { .. } | BookFault::Waits(_) | BookFault::Unknown | BookFault::Unfit(_) => {
            Fault::new(Exit::Conflict, fault.to_string()).next("Choose another name or password.")
        }
    }
}
