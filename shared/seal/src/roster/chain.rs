//! The roster versions held, each accepted under the one before it (TUF specification, 5.3: update of the root role).

use std::collections::HashMap;

use waymark_domain::ids::{Hash, NetworkId, OfficeId};
use waymark_domain::time::Timestamp;

use super::{KeyUse, LogRange, Office, OfficeState, ROSTER_MAX, Roster, RosterFault, fingerprint};
use crate::checkpoint::Head;
use crate::hash::ZERO;
use crate::merkle::{Frontier, leaf_hash};
use crate::note::{Note, NoteFault};
use crate::sign::PublicKey;

/// Every roster version from the first to the newest.
#[derive(Debug, Clone)]
pub struct RosterChain {
    versions: Vec<Vec<u8>>,
    newest: Roster,
    fingerprint: Hash,
    /// The tree of all texts, and its root at each version.
    tree: Frontier,
    roots: Vec<Hash>,
    uses: HashMap<PublicKey, KeyUse>,
    /// In which version each key range was ended.
    ended: HashMap<PublicKey, u32>,
}

/// Whether the newest version is still in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    InForce,
    /// It has expired: nothing new is disclosed until a newer one is there.
    Expired,
}

/// Why no key is found for a tree head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The office is in no version held.
    #[error("the office is not in the roster")]
    UnknownOffice,
    /// The entry names a version that is not held yet: keep it and ask for the roster.
    #[error("roster version {0} is not held yet")]
    Pending(u32),
    /// No key of this office is valid for such a head.
    #[error("no key of the office is valid for this tree head")]
    OutsideRange,
}

impl RosterChain {
    /// Begins with version 1, whose fingerprint was compared in person.
    ///
    /// # Errors
    /// [`RosterFault`] names what is wrong.
    ///
    /// # Security
    /// All trust comes from `compared`: it is never taken from the network.
    pub fn start(bytes: &[u8], compared: &Hash) -> Result<Self, RosterFault> {
        let note = Note::parse(bytes, ROSTER_MAX)?;
        let fingerprint = fingerprint(note.text);
        if fingerprint != *compared {
            return Err(RosterFault::WrongFingerprint);
        }
        let newest = Roster::from_text(note.text)?;
        if newest.version != 1 {
            return Err(RosterFault::WrongVersion { expected: 1, found: newest.version });
        }
        if newest.previous != ZERO {
            return Err(RosterFault::WrongPrevious);
        }
        check_signatures(&note, &newest)?;
        let uses = newest.keys().map(|(key, used)| (*key, used)).collect();
        let mut chain = Self {
            versions: vec![bytes.to_vec()],
            newest,
            fingerprint,
            tree: Frontier::new(),
            roots: Vec::new(),
            uses,
            ended: HashMap::new(),
        };
        chain.grow(note.text);
        chain.note_ends();
        Ok(chain)
    }

    /// Begins with the first of `versions` and accepts the others; for a chain kept on disk or told in a letter.
    ///
    /// # Errors
    /// [`RosterFault`] of the first version that is refused.
    pub fn load<'a>(
        versions: impl IntoIterator<Item = &'a [u8]>,
        compared: &Hash,
        now: Timestamp,
    ) -> Result<Self, RosterFault> {
        let mut versions = versions.into_iter();
        let first = versions.next().ok_or(RosterFault::WrongVersion { expected: 1, found: 0 })?;
        let mut chain = Self::start(first, compared)?;
        for version in versions {
            chain.accept(version, now)?;
        }
        Ok(chain)
    }

    /// Accepts the next version: exactly one more, naming the newest, signed by a threshold of the newest's roots and of
    /// its own. An expired version is accepted, since a newer one may follow; the answer says so.
    ///
    /// # Errors
    /// [`RosterFault`] names what is wrong; the chain is unchanged.
    pub fn accept(&mut self, bytes: &[u8], now: Timestamp) -> Result<Standing, RosterFault> {
        let note = Note::parse(bytes, ROSTER_MAX)?;
        let next = Roster::from_text(note.text)?;
        if next.network != self.newest.network {
            return Err(RosterFault::WrongNetwork);
        }
        let expected = self.newest.version.saturating_add(1);
        if next.version != expected {
            return Err(RosterFault::WrongVersion { expected, found: next.version });
        }
        if next.previous != self.fingerprint {
            return Err(RosterFault::WrongPrevious);
        }
        check_signatures(&note, &self.newest)?;
        check_signatures(&note, &next)?;
        check_history(&self.newest, &next)?;
        if next.keys().any(|(key, used)| self.uses.get(key).is_some_and(|before| *before != used)) {
            return Err(RosterFault::KeyUsedTwice);
        }
        self.uses.extend(next.keys().map(|(key, used)| (*key, used)));
        self.fingerprint = fingerprint(note.text);
        self.versions.push(bytes.to_vec());
        self.newest = next;
        self.grow(note.text);
        self.note_ends();
        Ok(self.standing(now))
    }

    fn grow(&mut self, text: &str) {
        self.tree.push(leaf_hash(text.as_bytes()));
        self.roots.push(self.tree.root());
    }

    fn note_ends(&mut self) {
        let ranges = self.newest.offices.iter().flat_map(|office| &office.logs);
        for range in ranges.filter(|range| range.end.is_some()) {
            self.ended.entry(range.key).or_insert(self.newest.version);
        }
    }

    /// Whether this is another text of a version that is held, signed by enough root keys of the version before (of the first: of its
    /// own): then root holders have signed two versions of one number, and these bytes beside the held ones prove it. Gives which.
    #[must_use]
    pub fn contradicted_by(&self, bytes: &[u8]) -> Option<u32> {
        let note = Note::parse(bytes, ROSTER_MAX).ok()?;
        let other = Roster::from_text(note.text).ok()?;
        let held = self.version(other.version).filter(|held| held.network == other.network)?;
        if fingerprint(note.text) == fingerprint(&held.encode()) {
            return None;
        }
        let signers = if held.version == 1 { held } else { self.version(held.version - 1)? };
        check_signatures(&note, &signers).is_ok().then_some(other.version)
    }

    /// The newest version.
    #[must_use]
    pub const fn newest(&self) -> &Roster {
        &self.newest
    }

    /// A version by its number, 1 being the first.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<Roster> {
        let bytes = self.versions.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
        Roster::parse(bytes).ok()
    }

    /// The head of the roster as a log ([`RosterOrigin`](crate::checkpoint::RosterOrigin)) up to a version; none of one that is not held.
    #[must_use]
    pub fn head_at(&self, version: u32) -> Option<Head> {
        let at = usize::try_from(version).ok()?.checked_sub(1)?;
        self.roots.get(at).map(|root| Head { size: u64::from(version), root: *root })
    }

    /// The same for a branch: other texts, each of which names the one before, the first of them a version that is held; none where
    /// they do not.
    #[must_use]
    pub fn head_of_branch(&self, texts: &[&Roster]) -> Option<Head> {
        let first = texts.first()?;
        let held = usize::try_from(first.version).ok()?.checked_sub(1)?;
        let (mut tree, mut before) = (Frontier::new(), ZERO);
        for signed in self.versions.get(..held)? {
            let text = Note::parse(signed, ROSTER_MAX).ok()?.text;
            tree.push(leaf_hash(text.as_bytes()));
            before = fingerprint(text);
        }
        for (version, roster) in (first.version..).zip(texts) {
            let text = roster.encode();
            if (roster.version, roster.previous) != (version, before) {
                return None;
            }
            tree.push(leaf_hash(text.as_bytes()));
            before = fingerprint(&text);
        }
        Some(Head { size: tree.size(), root: tree.root() })
    }

    /// The network.
    #[must_use]
    pub const fn network(&self) -> NetworkId {
        self.newest.network
    }

    /// SHA-256 of the newest version's text.
    #[must_use]
    pub const fn fingerprint(&self) -> Hash {
        self.fingerprint
    }

    /// The versions above number `above`, as signed; 0 gives all.
    pub fn versions_above(&self, above: u32) -> impl Iterator<Item = &[u8]> {
        self.versions.iter().skip(above as usize).map(Vec::as_slice)
    }

    /// Whether the newest version is in force.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        if now > self.newest.expires_at { Standing::Expired } else { Standing::InForce }
    }

    /// An office, whatever its state.
    #[must_use]
    pub fn office(&self, id: &OfficeId) -> Option<&Office> {
        self.newest.office(id)
    }

    /// The key range that a head of `size` in an office's log falls into, as version `as_of` has it: a range that was ended later
    /// is still open then.
    ///
    /// # Errors
    /// [`KeyFault`] says whether office, version or range is at fault.
    pub fn log_key(&self, office: &OfficeId, log: u32, size: u64, as_of: u32) -> Result<LogRange, KeyFault> {
        if as_of == 0 || as_of > self.newest.version {
            return Err(KeyFault::Pending(as_of));
        }
        let office = self.office(office).ok_or(KeyFault::UnknownOffice)?;
        let ended = |range: &LogRange| self.ended.get(&range.key).is_some_and(|version| *version <= as_of);
        let ranges = office.logs.iter().filter(|range| range.log == log);
        let mut then = ranges.map(|range| LogRange { end: range.end.filter(|_| ended(range)), ..*range });
        // The first that begins at or below the size and does not end below it: one that was ended later hides those after it.
        then.find(|range| size >= range.from && range.end.is_none_or(|end| size <= end.size))
            .ok_or(KeyFault::OutsideRange)
    }

    /// The keys of one incarnation of an office's log, in order.
    pub fn log_ranges(&self, office: &OfficeId, log: u32) -> impl Iterator<Item = &LogRange> {
        let ranges = self.office(office).into_iter().flat_map(|office| &office.logs);
        ranges.filter(move |range| range.log == log)
    }

    /// The version that ended a key of a log; none while it is in use.
    #[must_use]
    pub fn ended_in(&self, key: &PublicKey) -> Option<u32> {
        self.ended.get(key).copied()
    }

    /// Every key with which an office has ever cosigned, in no order.
    pub fn witness_keys(&self, office: OfficeId) -> impl Iterator<Item = PublicKey> {
        let of_office =
            move |(key, used): (&PublicKey, &KeyUse)| (*used == KeyUse::Witness(office)).then_some(*key);
        self.uses.iter().filter_map(of_office)
    }

    /// Whether `head` may stand under `range`: see [`LogRange::covers`].
    ///
    /// # Errors
    /// [`KeyFault::OutsideRange`].
    pub fn check_head(range: &LogRange, head: &Head) -> Result<(), KeyFault> {
        if range.covers(head) { Ok(()) } else { Err(KeyFault::OutsideRange) }
    }
}

fn check_signatures(note: &Note<'_>, under: &Roster) -> Result<(), RosterFault> {
    let signed = match note.signed_by(&under.roots) {
        Ok(signers) => signers.len(),
        Err(NoteFault::Unsigned) => 0,
        Err(fault) => return Err(fault.into()),
    };
    if signed >= usize::from(under.threshold) {
        return Ok(());
    }
    Err(RosterFault::BelowThreshold { version: under.version, signed, needed: under.threshold })
}

/// What one version has fixed, the next keeps: offices and their slots, past key ranges; who left stays away.
fn check_history(before: &Roster, next: &Roster) -> Result<(), RosterFault> {
    let kept = before.offices.iter().all(|old| {
        next.office(&old.id).is_some_and(|new| {
            let stays_left = old.state != OfficeState::Left || new.state == OfficeState::Left;
            let ranges = old.logs.len() <= new.logs.len() && old.logs.iter().zip(&new.logs).all(continues);
            new.slot == old.slot && stays_left && ranges
        })
    });
    if kept { Ok(()) } else { Err(RosterFault::HistoryChanged) }
}

/// The same range, which may have ended since.
fn continues((old, new): (&LogRange, &LogRange)) -> bool {
    let same_end = old.end.is_none() || old.end == new.end;
    (old.log, old.from, old.key) == (new.log, new.from, new.key) && same_end
}
