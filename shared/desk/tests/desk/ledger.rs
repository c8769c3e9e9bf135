//! The log of an office that does not run, as whoever has its keys may write to it.

#[path = "../../../ledger/tests/office/signer.rs"]
mod signer;

use std::sync::Arc;

use waymark_ledger::{Identity, Ledger};
use waymark_seal::checkpoint::Origin;
use waymark_seal::rng::System;
use waymark_seal::vault::Vault;

use signer::Signer;

use crate::town::{NETWORK, Town, data, passphrase};

/// Opens the first log of an office.
pub(crate) fn ledger(town: &Town, office: u16) -> Ledger {
    let (folder, id) = (data(&town.folder, office), town.id(office));
    let vault = Vault::open(&folder.join("vault"), &passphrase(), System).expect("opens");
    let origin = Origin { network: NETWORK, office: id, log: 0 };
    let signer = Signer { key: vault.log_key().expect("a key"), origin };
    let identity = Identity { network: NETWORK, office: id, log: 0 };
    Ledger::open(&folder, identity, Arc::new(signer), &town.ids).expect("opens").0
}
