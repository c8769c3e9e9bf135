//! The log of an office that does not run, as whoever has its keys may write to it.

use std::sync::Arc;

use waymark_ledger::{HeadSigner, Identity, Ledger};
use waymark_seal::checkpoint::{Head, Origin, parse_checkpoint, sign_checkpoint};
use waymark_seal::rng::System;
use waymark_seal::sign::LogKey;
use waymark_seal::vault::Vault;

use crate::town::{NETWORK, Town, data, passphrase};

struct Signer(LogKey, Origin);

impl HeadSigner for Signer {
    fn sign(&self, head: &Head) -> Vec<u8> {
        sign_checkpoint(&self.0, &self.1, head)
    }

    fn verify(&self, checkpoint: &[u8]) -> Option<Head> {
        parse_checkpoint(checkpoint, &self.1, &self.0.public()).ok()
    }
}

/// Opens the first log of an office.
pub(crate) fn ledger(town: &Town, office: u16) -> Ledger {
    let (folder, id) = (data(&town.folder, office), town.id(office));
    let vault = Vault::open(&folder.join("vault"), &passphrase(), System).expect("opens");
    let signer = Signer(vault.log_key().expect("a key"), Origin { network: NETWORK, office: id, log: 0 });
    let identity = Identity { network: NETWORK, office: id, log: 0 };
    Ledger::open(&folder, identity, Arc::new(signer), &town.ids).expect("opens").0
}
