//! New keys of an office: made while its node does not run, named by a version of the roster, and taken into use when that version is
//! adopted. Until then the office goes on under its old ones.
//!
//! The roster file is durable first, then the vault, which destroys the old key in the same write; then heads are signed by the new
//! one. Cut short anywhere, the next start goes on from there.

use std::collections::BTreeSet;
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{MutexGuard, PoisonError};

use waymark_courier::Slot;
use waymark_domain::ids::{NetworkId, OfficeId};
use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::{Claimed, Head, Origin, parse_checkpoint};
use waymark_seal::letter::{LetterKind, VERSIONS_MAX};
use waymark_seal::roster::{Office, RosterChain};
use waymark_seal::sign::PublicKey;
use waymark_seal::vault::{Passphrase, Vault, VaultFault};

use crate::desk::Desk;
use crate::incarnation::Stopped;
use crate::order::Failure;
use crate::setup::OpenFault;

/// Which keys are to be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    /// The one that signs the log.
    Log,
    /// The one that cosigns others' logs.
    Witness,
    /// Both.
    Both,
}

/// What an office asks the root holders for when it wants other keys: public, for its file.
#[derive(Debug, Clone)]
pub struct NewKeys {
    /// The network.
    pub network: NetworkId,
    /// The office as the roster has it.
    pub office: Office,
    /// The incarnation of its log.
    pub log: u32,
    /// The newest durable head, the last under the old key, and the key that is to sign those after it.
    pub log_key: Option<(Head, PublicKey)>,
    /// The key that is to cosign others' logs.
    pub witness_key: Option<PublicKey>,
}

/// Makes new keys for an office whose node does not run. Nothing else is changed. Asked again, it gives the same keys.
///
/// # Errors
/// [`OpenFault`].
pub fn new_keys(
    data: &Path,
    passphrase: &Passphrase,
    which: Renewed,
    now: Timestamp,
) -> Result<NewKeys, OpenFault> {
    let stopped = Stopped::open(data, passphrase, now)?;
    if !stopped.office.signs(stopped.file.log, &stopped.vault.log_key()?.public()) {
        return Err(OpenFault::Closed);
    }
    let log_key = match which {
        Renewed::Log | Renewed::Both => {
            Some((stopped.ledger()?.head(), stopped.vault.make_new_log_key()?.public()))
        }
        Renewed::Witness => None,
    };
    let witness_key = match which {
        Renewed::Witness | Renewed::Both => Some(stopped.vault.make_new_witness_key()?.public()),
        Renewed::Log => None,
    };
    let Stopped { file, office, .. } = stopped;
    Ok(NewKeys { network: file.network, office, log: file.log, log_key, witness_key })
}

/// Takes the keys into use that were made here and that the roster names now. Whether there were any.
pub(crate) fn take_new_keys(vault: &Vault, office: &Office, log: u32) -> Result<bool, VaultFault> {
    let witness = office.witness.as_ref().map(|key| vault.take_new_witness_key(key)).transpose()?;
    if witness == Some(true) {
        tracing::info!("this office cosigns with the new key that the roster names");
    }
    let range = office.current_log().filter(|range| range.log == log);
    let signing = range.map(|range| vault.take_new_log_key(&range.key)).transpose()?;
    if signing == Some(true) {
        tracing::info!("the log of this office is signed with the new key that the roster names");
    }
    Ok(witness == Some(true) || signing == Some(true))
}

impl Desk {
    /// Goes on under the keys that a version of the roster names, which is durable here, and tells it to everybody: what comes next is
    /// signed by a key that they cannot know.
    pub(crate) fn renew_keys(&self, roster: &RosterChain) -> Result<(), Failure> {
        let Some(office) = roster.office(&self.me) else { return Ok(()) };
        if take_new_keys(&self.vault, office, self.log)? {
            self.signer.renew(self.vault.log_key()?, roster);
            self.renewed(roster);
        }
        Ok(())
    }

    /// Tells everybody the version that names the keys in use from now on.
    pub(crate) fn renewed(&self, roster: &RosterChain) {
        let above = roster.newest().version.saturating_sub(1);
        self.others().into_iter().for_each(|office| self.tell_roster(roster, office, above));
    }

    /// Tells an office the versions above one.
    pub(crate) fn tell_roster(&self, roster: &RosterChain, to: OfficeId, above: u32) {
        let versions = roster.versions_above(above).take(VERSIONS_MAX).map(<[u8]>::to_vec).collect();
        self.send_note(to, LetterKind::RosterTold { versions });
    }

    /// A head of `from`'s log did not verify. When a key has signed it that the roster has ended since, that office is told the roster;
    /// else this one asks for it, since the key may be a new one. Whether it was the former.
    pub(crate) fn sort_out_keys(
        &self,
        roster: &RosterChain,
        from: OfficeId,
        log: u32,
        checkpoint: &[u8],
    ) -> bool {
        let origin = Origin { network: self.network, office: from, log };
        let in_use = roster.office(&from).and_then(|office| office.current_log());
        let Some(in_use) = in_use.filter(|range| range.log == log) else { return false };
        let mut ended = roster.log_ranges(&from, log).filter(|range| range.end.is_some());
        let by_ended = ended.find(|range| parse_checkpoint(checkpoint, &origin, &range.key).is_ok());
        if let Some(range) = by_ended {
            let above = roster.ended_in(&range.key).unwrap_or_default().saturating_sub(1);
            self.tell_roster(roster, from, above);
            self.behind().insert(from);
            return true;
        }
        let known = Claimed::parse(checkpoint, &origin).map_or(true, |claimed| claimed.names(&in_use.key));
        if !known {
            self.send_note(from, LetterKind::RosterAsked { above: roster.newest().version });
        }
        false
    }

    fn behind(&self) -> MutexGuard<'_, BTreeSet<OfficeId>> {
        self.heads.behind.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether letters of an office were left aside because it had not heard yet that its key had ended: what it proves next may begin
    /// at one of those.
    pub(crate) fn is_behind(&self, slot: Slot) -> bool {
        let roster = self.roster();
        let office = NonZeroU16::new(slot.number()).and_then(|number| roster.newest().office_at(number));
        office.is_some_and(|office| self.behind().contains(&office.id))
    }

    pub(crate) fn has_caught_up(&self, office: OfficeId) {
        self.behind().remove(&office);
    }

    /// The newest durable head with the checkpoint under the key in force.
    pub(crate) fn own_checkpoint(&self) -> (Head, Vec<u8>) {
        let (head, checkpoint) = self.ledger.checkpoint();
        (head, self.signer.in_force(&head, checkpoint))
    }
}
