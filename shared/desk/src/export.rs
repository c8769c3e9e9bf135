//! The own log as an auditor gets it: the roster, the newest signed head, every entry under it, and what proves each entry of another
//! office that it names. No key, no section and no other body ever leaves this way.

use std::sync::PoisonError;

use waymark_domain::event::Event;
use waymark_domain::event::log::Cosigned;
use waymark_domain::ids::Hash;
use waymark_seal::checkpoint::Head;
use waymark_seal::cosign::{Cosigner, Timed};
use waymark_seal::policy::Policy;
use waymark_seal::roster::{RosterChain, fingerprint_of};

use crate::applying::{keeps, own_entry};
use crate::desk::Desk;
use crate::office_file::other_rosters;
use crate::order::Failure;

/// A part of the log, in the order in which parts come: each kind in the order of the numbers, the entries last.
#[derive(Debug)]
pub enum Exported<'a> {
    /// A roster version, as signed.
    Roster(&'a [u8]),
    /// Another text of a version, with its fingerprint, that root holders have signed too.
    OtherRoster(u32, Hash, &'a [u8]),
    /// The quorum for this log, as a C2SP tlog-policy.
    Policy(&'a str),
    /// The newest durable head, as signed, with the cosignatures that the log knows of it.
    Head(Head, &'a [u8]),
    /// An entry and its leaf hash.
    Entry(&'a [u8], Hash),
    /// What proves the entry of another log that the entry before names.
    Proof {
        /// The entry, as it was received.
        entry: &'a [u8],
        /// The head that covers it.
        checkpoint: &'a [u8],
        /// The path under that head.
        path: &'a [Hash],
    },
}

impl Desk {
    /// Tells the own log, part by part; `take` ends it by a `false`. Gives whether it was told to the end.
    ///
    /// # Errors
    /// [`Failure`] when the log cannot be read.
    pub fn export(&self, take: &mut dyn FnMut(Exported<'_>) -> bool) -> Result<bool, Failure> {
        // The head and the roster of one moment: no version comes between that ends the key of the one, or that it names.
        let (roster, (head, mut checkpoint)) = {
            let _no_letter_meanwhile = self.receiving.lock().unwrap_or_else(PoisonError::into_inner);
            (self.roster(), self.own_checkpoint())
        };
        if !roster.versions_above(0).all(|version| take(Exported::Roster(version))) {
            return Ok(false);
        }
        for (version, path) in other_rosters(&self.data) {
            let Ok(bytes) = std::fs::read(path) else { continue };
            let Some(fingerprint) = fingerprint_of(&bytes) else { continue };
            if !take(Exported::OtherRoster(version, fingerprint, &bytes)) {
                return Ok(false);
            }
        }
        let origin = self.own_origin();
        let key = roster.log_key(&self.me, self.log, head.size, roster.newest().version).ok();
        let policy =
            Policy::of_office(roster.newest(), &self.me, key.as_ref().map(|range| (&origin, &range.key)));
        checkpoint.extend(self.cosignatures_of(&roster, &head)?);
        if !(take(Exported::Policy(&policy.encode())) && take(Exported::Head(head, &checkpoint))) {
            return Ok(false);
        }
        for entry in self.ledger.scan(0) {
            let (index, bytes, leaf) = entry?;
            if index >= head.size {
                break;
            }
            if !(take(Exported::Entry(&bytes, leaf)) && self.export_proof(index, &bytes, take)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn export_proof(
        &self,
        index: u64,
        bytes: &[u8],
        take: &mut dyn FnMut(Exported<'_>) -> bool,
    ) -> Result<bool, Failure> {
        if !keeps(own_entry(bytes)?.kind) {
            return Ok(true);
        }
        let Some(kept) = self.ledger.kept(index)? else { return Ok(true) };
        let (entry, checkpoint, path) = (&kept.entry, &kept.checkpoint, &kept.path);
        Ok(take(Exported::Proof { entry, checkpoint, path }))
    }

    /// The signature lines of those who cosigned exactly `head`: what says so was written after it.
    fn cosignatures_of(&self, roster: &RosterChain, head: &Head) -> Result<Vec<u8>, Failure> {
        let mut lines = Vec::new();
        for entry in self.ledger.scan(head.size) {
            let (_, bytes, _) = entry?;
            let own = own_entry(&bytes)?;
            let Ok(Event::Cosigned(Cosigned { size, root, cosignatures })) =
                Event::decode(own.kind, &own.public)
            else {
                continue;
            };
            if (size, root) != (head.size, head.root) {
                continue;
            }
            // By the keys that witnesses had then.
            let Some(roster) = roster.version(own.roster) else { continue };
            for one in cosignatures {
                let Some(key) = roster.office(&one.office).and_then(|office| office.witness) else {
                    continue;
                };
                let line = Cosigner::of(&self.network, &one.office, key).line(&Timed::from(&one));
                lines.extend(line.into_bytes());
            }
        }
        Ok(lines)
    }
}
