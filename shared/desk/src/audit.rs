//! Checking the own log from end to end: every leaf, chain, tree head, and the proof of every entry received from others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use waymark_domain::ids::{Hash, OfficeId, Ref};
use waymark_ledger::Chain;
use waymark_seal::checkpoint::{Head, Origin, parse_checkpoint};
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::hash::{ZERO, leaf_hash, sha256};
use waymark_seal::merkle::{Frontier, verify_inclusion};
use waymark_seal::roster::RosterChain;
use waymark_seal::unplaced::Kept;
use waymark_seal::verify::{
    Verdict, VerifiedHead, check_bodies, check_kind, check_stands, verify_head_as_of,
};

use crate::applying::{keeps, own_entry};
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

/// What looking at one entry gave, before its place among the others is judged.
struct Looked {
    leaf: Hash,
    /// Its number and predecessor among the entries to its audience.
    chain: Option<(Audience, u64, Hash)>,
    /// The same of the other office's entry that it keeps.
    kept: Vec<Received>,
    judged: bool,
    faults: Vec<&'static str>,
}

/// Another office's entry in its own chain.
struct Received {
    key: (OfficeId, u32, Chain),
    seq: u64,
    prev: Hash,
    leaf: Hash,
}

/// Looks at entries, on any thread.
struct Look<'a> {
    desk: &'a Desk,
    roster: Arc<RosterChain>,
    /// Heads that were verified: many entries come under one.
    heads: Mutex<HashMap<Hash, Result<VerifiedHead, Verdict>>>,
}

/// Heads remembered at once.
const HEADS_MAX: usize = 4_096;

/// Judges what was looked at, in the order of the log.
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
        let (head, checkpoint) = self.own_checkpoint();
        let found = LogChecked { checked: 0, received: 0, faults: Vec::new(), head };
        let mut check = Check {
            desk: self,
            frontier: Frontier::new(),
            chains: HashMap::new(),
            received: HashMap::new(),
            found,
        };
        let look = Look { desk: self, roster: self.roster(), heads: Mutex::default() };
        let read = |index, bytes: &[u8], leaf| look.entry(index, bytes, leaf, index >= from);
        self.read_ahead(0, head.size, read, |index, looked| {
            check.take(index, looked);
            if index % PROGRESS_STEP == 0 {
                progress(index, head.size);
            }
            Ok(())
        })?;
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
        if self.wrote_here(seen) {
            let (head, _) = self.ledger.checkpoint();
            if seen.index >= head.size {
                return Ok(None);
            }
            let path = self.ledger.inclusion(seen.index, head.size)?;
            return Ok(Some(verify_inclusion(&seen.at.leaf, seen.index, head.size, &path, &head.root)));
        }
        let Some(kept) = self.ledger.kept(seen.index)? else { return Ok(Some(false)) };
        let roster = self.roster();
        let as_of = own_entry(&self.ledger.entry(seen.index)?)?.roster;
        let verdict = verify_head_as_of(&roster, seen.author(), seen.at.log, &kept.checkpoint, as_of);
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
        let (head, checkpoint) = self.own_checkpoint();
        (self.log, head, checkpoint)
    }

    /// The C2SP origin of the log.
    pub fn origin(&self) -> String {
        self.own_origin().to_string()
    }
}

impl Look<'_> {
    fn entry(&self, index: u64, bytes: &[u8], leaf: Hash, judged: bool) -> Result<Looked, Failure> {
        let mut looked = Looked { leaf, chain: None, kept: Vec::new(), judged, faults: Vec::new() };
        let Ok(entry) = Entry::parse(bytes) else {
            looked.faults.push("non_canonical");
            return Ok(looked);
        };
        if entry.audience != Audience::Nobody {
            looked.chain = Some((entry.audience, entry.pair_seq, entry.pair_prev));
        }
        if !judged {
            return Ok(looked);
        }
        if entry.index != index || entry.office != self.desk.me || entry.network != self.desk.network {
            looked.faults.push("wrong_log");
        }
        if check_kind(&entry).is_err() {
            looked.faults.push("wrong_kind_rule");
        }
        if keeps(entry.kind) {
            let kept = self.desk.ledger.kept_all(index)?;
            if kept.is_empty() {
                looked.faults.push("body_mismatch");
            }
            kept.iter().for_each(|kept| self.kept(kept, entry.roster, &mut looked));
        }
        Ok(looked)
    }

    /// An entry of another log: under a head that its key signed as the roster was when it came, by the path kept, with the bodies it
    /// names.
    fn kept(&self, kept: &Kept, as_of: u32, looked: &mut Looked) {
        let Ok(theirs) = Entry::parse(&kept.entry) else {
            looked.faults.push("non_canonical");
            return;
        };
        let leaf = leaf_hash(&kept.entry);
        let verdict = self
            .head(theirs.office, theirs.log, &kept.checkpoint, as_of)
            .and_then(|head| check_stands(&theirs, &leaf, &head, &kept.path))
            .and_then(|()| check_bodies(&theirs, &kept.bodies));
        if let Err(verdict) = verdict {
            looked.faults.push(crate::findings::name(verdict));
        }
        if theirs.office == self.desk.me {
            return;
        }
        let chain = if theirs.audience == Audience::Network { Chain::Network } else { Chain::Pair };
        let key = (theirs.office, theirs.log, chain);
        looked.kept.push(Received { key, seq: theirs.pair_seq, prev: theirs.pair_prev, leaf });
    }

    fn head(
        &self,
        office: OfficeId,
        log: u32,
        checkpoint: &[u8],
        as_of: u32,
    ) -> Result<VerifiedHead, Verdict> {
        let name = sha256(&[&office.0, &log.to_le_bytes(), &as_of.to_le_bytes(), checkpoint]);
        let mut heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = heads.get(&name) {
            return *known;
        }
        if heads.len() >= HEADS_MAX {
            heads.clear();
        }
        drop(heads);
        let verdict = verify_head_as_of(&self.roster, office, log, checkpoint, as_of);
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).insert(name, verdict);
        verdict
    }
}

impl Check<'_> {
    fn take(&mut self, index: u64, looked: Looked) {
        self.frontier.push(looked.leaf);
        for verdict in looked.faults {
            self.fault(index, verdict);
        }
        if let Some((audience, seq, prev)) = looked.chain {
            let (last_seq, last) = self.chains.get(&audience).copied().unwrap_or((0, ZERO));
            if (seq, prev) != (last_seq + 1, last) {
                self.fault(index, "gap");
            }
            self.chains.insert(audience, (seq, looked.leaf));
        }
        self.found.checked += u64::from(looked.judged);
        for kept in looked.kept {
            self.found.received += 1;
            let (seq, last) = self.received.get(&kept.key).copied().unwrap_or((0, ZERO));
            // In a later incarnation an entry that was carried over may have been receipted once more.
            if self.desk.log > 0 && kept.seq <= seq {
                continue;
            }
            // Of two histories that were signed, each counts for itself.
            let (office, log, _) = kept.key;
            if self.desk.is_disputed_at(office, log, index) && kept.seq <= seq {
                continue;
            }
            let follows = (kept.seq, kept.prev) == (seq + 1, last);
            if seq > 0 && !follows && !self.desk.is_disputed_at(office, log, index) {
                self.fault(index, "gap");
            }
            self.received.insert(kept.key, (kept.seq, kept.leaf));
        }
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
