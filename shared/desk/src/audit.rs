//! Checking the own log from end to end: every leaf, chain, tree head, and the proof of every entry received from others.

use std::collections::HashMap;

use waymark_domain::ids::{Hash, OfficeId, Ref};
use waymark_ledger::Chain;
use waymark_seal::checkpoint::{Head, Origin, parse_checkpoint};
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::hash::{ZERO, leaf_hash};
use waymark_seal::merkle::{Frontier, verify_inclusion};
use waymark_seal::unplaced::Kept;
use waymark_seal::verify::{check_bodies, check_kind, check_stands, verify_head};

use crate::applying::is_receipt;
use crate::desk::Desk;
use crate::order::Failure;
use crate::seen::Seen;

/// Entries between two progress reports.
const PROGRESS_STEP: u64 = 1_024;

/// Something in the own log that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFault {
    /// The entry.
    pub index: u64,
    /// The verdict's name.
    pub verdict: &'static str,
}

/// What a check of the own log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogChecked {
    /// Entries checked.
    pub checked: u64,
    /// Entries of other offices among them, each with its proof.
    pub received: u64,
    /// What does not hold.
    pub faults: Vec<LogFault>,
    /// The head that the entries were compared with.
    pub head: Head,
}

/// Faults kept of one check, at most.
const FAULTS_MAX: usize = 1_000;

struct Check<'a> {
    desk: &'a Desk,
    frontier: Frontier,
    chains: HashMap<Audience, (u64, Hash)>,
    received: HashMap<(OfficeId, u32, Chain), (u64, Hash)>,
    found: LogChecked,
}

impl Desk {
    /// Checks every entry of the own log against the durable tree head; entries before `from` are hashed but not judged.
    /// `progress` gets entries checked and entries in all.
    ///
    /// # Errors
    /// [`Failure`] when the log cannot be read.
    pub fn verify_log(&self, from: u64, progress: &dyn Fn(u64, u64)) -> Result<LogChecked, Failure> {
        let (head, checkpoint) = self.ledger.checkpoint();
        let found = LogChecked { checked: 0, received: 0, faults: Vec::new(), head };
        let mut check = Check {
            desk: self,
            frontier: Frontier::new(),
            chains: HashMap::new(),
            received: HashMap::new(),
            found,
        };
        for entry in self.ledger.scan(0) {
            let (index, bytes) = entry?;
            if index >= head.size {
                break;
            }
            check.entry(index, &bytes, index >= from)?;
            if index % PROGRESS_STEP == 0 {
                progress(index, head.size);
            }
        }
        check.head(head, &checkpoint);
        progress(head.size, head.size);
        Ok(check.found)
    }
}

impl Desk {
    /// Whether the proof of an event holds: `None` while no durable head covers an own entry.
    ///
    /// # Errors
    /// [`Failure`] when the log cannot be read.
    pub fn proves(&self, seen: &Seen) -> Result<Option<bool>, Failure> {
        if seen.author() == self.me {
            let (head, _) = self.ledger.checkpoint();
            if seen.index >= head.size {
                return Ok(None);
            }
            let path = self.ledger.inclusion(seen.index, head.size)?;
            return Ok(Some(verify_inclusion(&seen.at.leaf, seen.index, head.size, &path, &head.root)));
        }
        let Some(kept) = self.ledger.kept(seen.index)? else { return Ok(Some(false)) };
        let roster = self.roster();
        let verdict = verify_head(&roster, seen.author(), seen.at.log, &kept.checkpoint);
        let stands = verdict.is_ok_and(|head| {
            Entry::parse(&kept.entry)
                .is_ok_and(|entry| check_stands(&entry, &seen.at.leaf, &head, &kept.path).is_ok())
        });
        Ok(Some(stands))
    }

    /// Where the own entry stands that made an event known here.
    pub fn own_ref(&self, seen: &Seen) -> Ref {
        let leaf = self.ledger.leaf(seen.index).unwrap_or(ZERO);
        Ref { office: self.me, log: self.log, index: seen.index, leaf }
    }

    /// The incarnation of the log, its durable head, and the checkpoint as signed.
    pub fn durable_head(&self) -> (u32, Head, Vec<u8>) {
        let (head, checkpoint) = self.ledger.checkpoint();
        (self.log, head, checkpoint)
    }

    /// The C2SP origin of the log.
    pub fn origin(&self) -> String {
        Origin { network: self.network, office: self.me, log: self.log }.to_string()
    }
}

impl Check<'_> {
    fn entry(&mut self, index: u64, bytes: &[u8], judged: bool) -> Result<(), Failure> {
        let leaf = leaf_hash(bytes);
        self.frontier.push(leaf);
        let Ok(entry) = Entry::parse(bytes) else {
            self.fault(index, "non_canonical");
            return Ok(());
        };
        if entry.audience != Audience::Nobody {
            let (seq, last) = self.chains.get(&entry.audience).copied().unwrap_or((0, ZERO));
            if (entry.pair_seq, entry.pair_prev) != (seq + 1, last) {
                self.fault(index, "gap");
            }
            self.chains.insert(entry.audience, (entry.pair_seq, leaf));
        }
        if !judged {
            return Ok(());
        }
        self.found.checked += 1;
        if entry.index != index || entry.office != self.desk.me || entry.network != self.desk.network {
            self.fault(index, "wrong_log");
        }
        if check_kind(&entry).is_err() {
            self.fault(index, "wrong_kind_rule");
        }
        if is_receipt(entry.kind) {
            match self.desk.ledger.kept(index)? {
                Some(kept) => self.kept(index, &kept),
                None => self.fault(index, "body_mismatch"),
            }
        }
        Ok(())
    }

    /// Another office's entry: under a head that its key signed, by the path kept, with the bodies it names.
    fn kept(&mut self, index: u64, kept: &Kept) {
        self.found.received += 1;
        let Ok(theirs) = Entry::parse(&kept.entry) else { return self.fault(index, "non_canonical") };
        let roster = self.desk.roster();
        let leaf = leaf_hash(&kept.entry);
        let verdict = verify_head(&roster, theirs.office, theirs.log, &kept.checkpoint)
            .and_then(|head| check_stands(&theirs, &leaf, &head, &kept.path))
            .and_then(|()| check_bodies(&theirs, &kept.bodies));
        if let Err(verdict) = verdict {
            self.fault(index, crate::findings::name(verdict));
        }
        let chain = if theirs.audience == Audience::Network { Chain::Network } else { Chain::Pair };
        let key = (theirs.office, theirs.log, chain);
        let (seq, last) = self.received.get(&key).copied().unwrap_or((0, ZERO));
        if seq > 0 && (theirs.pair_seq, theirs.pair_prev) != (seq + 1, last) {
            self.fault(index, "gap");
        }
        self.received.insert(key, (theirs.pair_seq, leaf));
    }

    fn head(&mut self, head: Head, checkpoint: &[u8]) {
        let origin = Origin { network: self.desk.network, office: self.desk.me, log: self.desk.log };
        let roster = self.desk.roster();
        let key = roster.log_key(&self.desk.me, self.desk.log, head.size, roster.newest().version);
        let signed = key.ok().and_then(|range| parse_checkpoint(checkpoint, &origin, &range.key).ok());
        if head.size > 0 && signed != Some(head) {
            self.fault(head.size, "bad_signature");
        }
        if self.frontier.size() != head.size || self.frontier.root() != head.root {
            self.fault(head.size, "wrong_path");
        }
    }

    fn fault(&mut self, index: u64, verdict: &'static str) {
        if self.found.faults.len() < FAULTS_MAX {
            self.found.faults.push(LogFault { index, verdict });
        }
    }
}
