//! Whether everybody holds the same roster: root holders who sign two versions of one number, one for each half of the network, are found
//! by the first office that hears of both.
//!
//! The versions are a log ([`RosterOrigin`]), and every office cosigns its head, once for each newest version, in a notice to the network. Whoever
//! holds another one of that number asks for it. Besides, an office asks a few others at its start and every few hours for the version of the number
//! that it holds. What contradicts the own version is refused and kept beside it, since both together prove it to anybody.

use std::sync::PoisonError;

use waymark_domain::event::Event;
use waymark_domain::event::log::RosterWitnessed;
use waymark_domain::ids::{NetworkId, OfficeId};
use waymark_domain::time::{HOUR, Timestamp};
use waymark_seal::checkpoint::{Head, RosterOrigin};
use waymark_seal::cosign::{Cosigner, Timed, cosign};
use waymark_seal::entry::Entry;
use waymark_seal::letter::{LetterKind, VERSIONS_MAX};
use waymark_seal::roster::{RosterChain, fingerprint_of};
use waymark_seal::sign::halves;

use crate::desk::{Core, Desk, Heads};
use crate::findings::{BAD_COSIGNATURE, OTHER_ROSTER, TWO_ROSTERS};
use crate::office_file::{OTHER_ROSTERS_MAX, other_rosters, write_durably};
use crate::order::Failure;
use crate::receive::NODE;

/// Offices asked at once.
const ASKED: usize = 3;
/// What cannot be said of the own roster is tried and told again after so long.
const AGAIN_S: u64 = HOUR;

impl Heads {
    /// Whether it is time to say something of the own roster: at once for each version, and then once an hour until it is said.
    fn roster_turn(&self, version: u32, now: Timestamp) -> bool {
        let mut tried = self.roster_tried.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = tried.is_none_or(|(of, at)| of != version || now.0.abs_diff(at.0) >= AGAIN_S);
        if turn {
            *tried = Some((version, now));
        }
        turn
    }
}

impl Core {
    /// Takes the head of the roster that an office has cosigned: the last word of another office, and the largest of its own.
    pub(crate) fn know_roster_word(&mut self, me: OfficeId, office: OfficeId, word: &RosterWitnessed) {
        let known = self.rosters.entry(office).or_insert_with(|| word.clone());
        if office != me || known.version < word.version {
            *known = word.clone();
        }
    }
}

impl Desk {
    /// Cosigns the roster that this office holds, once for each newest version. Blocks until it is durable.
    pub fn witness_roster(&self) {
        let roster = self.roster();
        let newest = roster.newest().version;
        let known = self.core().rosters.get(&self.me).cloned();
        // A folder with an older roster than it had is told the newer ones first.
        let other = known.as_ref().filter(|known| known.version <= newest && !is_of(&roster, known));
        let is_said = known.as_ref().is_some_and(|known| known.version >= newest);
        if (is_said && other.is_none())
            || self.may_write().is_err()
            || !self.heads.roster_turn(newest, self.now())
        {
            return;
        }
        if let Some(other) = other {
            self.findings.note_office(self.me, OTHER_ROSTER, self.now());
            tracing::error!(
                version = other.version,
                "this office has cosigned another roster than the one in its folder, and cosigns none any more: compare its words with the root holders"
            );
            return;
        }
        if let Err(fault) = self.write_roster_word(&roster) {
            tracing::warn!(%fault, "the roster could not be cosigned now; it is tried again in an hour");
        }
    }

    fn write_roster_word(&self, roster: &RosterChain) -> Result<(), Failure> {
        let newest = roster.newest().version;
        let (key, now) = (self.vault.witness_key()?, self.now());
        let is_witness = roster.office(&self.me).is_some_and(|own| own.witness == Some(key.public()));
        let Some(head) = roster.head_at(newest).filter(|_| is_witness) else { return Ok(()) };
        let signature = cosign(&key, &RosterOrigin(self.network), &head, now).signature;
        let word =
            RosterWitnessed { version: newest, root: head.root, at: now, signature: halves(signature) };
        self.write_notice(&word.into(), NODE, now)
    }

    /// Who has cosigned the newest version held here, this office among them, and when by their clocks.
    pub fn roster_witnesses(&self) -> Vec<(OfficeId, Timestamp)> {
        let roster = self.roster();
        let newest = roster.newest();
        let words: Vec<_> =
            self.core().rosters.iter().map(|(office, word)| (*office, word.clone())).collect();
        let holds = |(office, word): &(OfficeId, RosterWitnessed)| {
            let key = newest.office(office).and_then(|office| office.witness);
            word.version == newest.version
                && is_of(&roster, word)
                && key.is_some_and(|key| is_by(&Cosigner::of(&self.network, office, key), self.network, word))
        };
        words.into_iter().filter(holds).map(|(office, word)| (office, word.at)).collect()
    }

    /// Looks at what an office says of its roster, once, when it comes. What names a version that is not held here was kept aside before.
    pub(crate) fn note_roster_word(&self, from: OfficeId, entry: &Entry, now: Timestamp) {
        let Ok(Event::RosterWitnessed(word)) = Event::decode(entry.kind, &entry.public) else { return };
        if self.core().rosters.get(&from) == Some(&word) {
            return;
        }
        let roster = self.roster();
        if !is_of(&roster, &word) {
            tracing::error!(%from, version = word.version, "an office holds another roster than this one; it is asked for it");
            self.findings.note_office(from, OTHER_ROSTER, now);
            // As many as one letter has: which of them differs is not known.
            let above = word.version.saturating_sub(VERSIONS_MAX as u32);
            self.send_note(from, LetterKind::RosterAsked { above });
            return;
        }
        let key = roster.version(word.version).and_then(|then| then.office(&from)?.witness);
        if !key.is_some_and(|key| is_by(&Cosigner::of(&self.network, &from, key), self.network, &word)) {
            self.findings.note_office(from, BAD_COSIGNATURE, now);
        }
    }

    /// Asks a few offices which roster they hold.
    pub fn compare_rosters(&self) {
        let others = self.others();
        let [first, ..] = self.random::<16>();
        let above = self.roster().newest().version;
        let from = usize::from(first).checked_rem(others.len()).unwrap_or_default();
        for office in others.iter().cycle().skip(from).take(others.len().min(ASKED)) {
            self.send_note(*office, LetterKind::RosterAsked { above });
        }
    }

    /// Keeps another version of a number that is held here, and says so.
    pub(crate) fn note_other_roster(
        &self,
        from: OfficeId,
        version: u32,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        self.findings.note_office(from, TWO_ROSTERS, self.now());
        tracing::error!(
            %from,
            version,
            "root holders have signed two versions of the roster of one number; it was not taken: compare its words with theirs"
        );
        let Some(fingerprint) = fingerprint_of(bytes) else { return Ok(()) };
        let name = format!("{version}.{fingerprint}");
        let folder = self.data.join("roster");
        let known = other_rosters(&self.data);
        if known.len() >= OTHER_ROSTERS_MAX || known.iter().any(|(_, path)| path.ends_with(&name)) {
            return Ok(());
        }
        write_durably(&folder.join(name), bytes)
            .map_err(|_| Failure::Inconsistent("another roster version could not be written"))
    }
}

/// Whether it is the head of these versions.
fn is_of(roster: &RosterChain, word: &RosterWitnessed) -> bool {
    roster.head_at(word.version).is_some_and(|head| head.root == word.root)
}

/// Whether a witness has cosigned it.
fn is_by(witness: &Cosigner, network: NetworkId, word: &RosterWitnessed) -> bool {
    let head = Head { size: u64::from(word.version), root: word.root };
    witness.cosigned(&RosterOrigin(network), &head, &Timed::from(word))
}
