//! Two histories of one log, found by who sees both: heads and entries that come are compared with those that were kept.
//!
//! Looked for only where something does not fit: a head that does not continue the one held, an entry under a number that is taken,
//! a head to cosign that contradicts another. What was refused is remembered, so that the other half of a proof may come later.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use waymark_seal::checkpoint::Origin;
use waymark_seal::entry::Entry;
use waymark_seal::fraud::{FraudProof, Leaf, Side};
use waymark_seal::hash::leaf_hash;
use waymark_seal::letter::{Chain, Item};
use waymark_seal::unplaced::Kept;
use waymark_seal::verify::{VerifiedHead, verify_head};

use crate::desk::Desk;
use crate::fraud::LogOf;

/// Refused heads remembered of one log, at most.
const SUSPECTS_MAX: usize = 16;
/// With so many letters that fit a refused head is compared: mostly it was only overtaken, and then it costs no more.
const COMPARED_MAX: u8 = 64;
/// Entries of a letter that does not fit that are compared, at most; of one that fits.
const ITEMS_MAX: usize = 16;
const FITTING_MAX: usize = 1;
/// The newest entries of a chain with which they are compared.
const KEPT_MAX: u64 = 8;

/// Signed heads that were refused, some with an entry. Nothing here must survive a restart.
#[derive(Default)]
pub(crate) struct Suspects(Mutex<HashMap<LogOf, VecDeque<Suspect>>>);

struct Suspect {
    side: Side,
    /// Letters that fit with which it is still to be compared.
    left: u8,
}

impl Suspects {
    fn of(&self, origin: &Origin) -> Vec<Side> {
        let suspects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_log = suspects.get(&(origin.office, origin.log)).into_iter().flatten();
        of_log.map(|suspect| suspect.side.clone()).collect()
    }

    /// The same, for a comparison with a letter that fits.
    fn to_compare(&self, origin: &Origin) -> Vec<Side> {
        let mut suspects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(of_log) = suspects.get_mut(&(origin.office, origin.log)) else { return Vec::new() };
        let sides = of_log.iter().map(|suspect| suspect.side.clone()).collect();
        of_log.iter_mut().for_each(|suspect| suspect.left -= 1);
        of_log.retain(|suspect| suspect.left > 0);
        if of_log.is_empty() {
            suspects.remove(&(origin.office, origin.log));
        }
        sides
    }

    fn remember(&self, side: Side) {
        let origin = side.signed().origin();
        let mut suspects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_log = suspects.entry((origin.office, origin.log)).or_default();
        of_log.retain(|suspect| suspect.side != side);
        if of_log.len() == SUSPECTS_MAX {
            of_log.pop_front();
        }
        of_log.push_back(Suspect { side, left: COMPARED_MAX });
    }
}

impl Desk {
    /// Compares a head that does not fit, and what came under it, with everything kept of that log; publishes what is proven.
    pub(crate) fn look_for_fraud(&self, head: &VerifiedHead, items: &[Item]) {
        let origin = head.origin();
        if self.is_forked(origin.office, origin.log) {
            return;
        }
        let new = sides_under(head, items, ITEMS_MAX);
        let held = self.sides_held(head, items);
        let found = new.iter().find_map(|side| held.iter().find_map(|held| FraudProof::between(side, held)));
        match found {
            Some(proof) => self.publish_fraud(proof),
            None => new.into_iter().take(2).for_each(|side| self.heads.suspects.remember(side)),
        }
    }

    /// The same for a head that fits: only where another one of its log was refused before.
    pub(crate) fn look_at_suspects(&self, head: &VerifiedHead, items: &[Item]) {
        let origin = head.origin();
        let suspects = self.heads.suspects.to_compare(&origin);
        if suspects.is_empty() || self.is_forked(origin.office, origin.log) {
            return;
        }
        let new = sides_under(head, items, FITTING_MAX);
        let found = new.iter().find_map(|side| suspects.iter().find_map(|it| FraudProof::between(side, it)));
        if let Some(proof) = found {
            self.publish_fraud(proof);
        }
    }

    /// What this office has seen of the log of `head`: heads, and the entries most likely to contradict `items`.
    fn sides_held(&self, head: &VerifiedHead, items: &[Item]) -> Vec<Side> {
        let (origin, size) = (head.origin(), head.head().size);
        let mut held = self.heads.suspects.of(&origin);
        held.extend(self.correspondence.verified_of_size(&origin, size).into_iter().map(Side::head));
        let told = self.ledger.peer_head(origin.office, origin.log);
        held.extend(told.and_then(|told| self.side_of(&origin, &told.checkpoint, None)));
        held.extend(self.witnessed_side(&origin));
        let numbers = items.iter().filter_map(|item| Entry::parse(&item.entry).ok());
        let numbers = numbers.take(ITEMS_MAX).map(|entry| (crate::receive::chain_of(&entry), entry.pair_seq));
        let newest = [Chain::Pair, Chain::Network].into_iter().flat_map(|chain| {
            let (last, _) = self.ledger.received_up_to(origin.office, origin.log, chain);
            (last.saturating_sub(KEPT_MAX).max(1)..=last).rev().map(move |number| (chain, number))
        });
        for (chain, number) in numbers.chain(newest) {
            held.extend(self.sides_kept(&origin, chain, number));
        }
        held
    }

    /// What was kept under a number of another log.
    fn sides_kept(&self, origin: &Origin, chain: Chain, number: u64) -> Vec<Side> {
        let index = self.ledger.received(origin.office, origin.log, chain, number);
        let Some(index) = index.ok().flatten() else { return Vec::new() };
        let kept = self.ledger.kept_all(index).unwrap_or_default();
        kept.iter().filter_map(|kept| self.side_of(origin, &kept.checkpoint, Some(kept))).collect()
    }

    /// The head that this office has cosigned of a log.
    fn witnessed_side(&self, origin: &Origin) -> Option<Side> {
        let checkpoint = self.witnessed_checkpoint(origin)?;
        self.side_of(origin, &checkpoint, None)
    }

    /// A checkpoint that still counts under the newest roster, with the entry that was kept under it.
    fn side_of(&self, origin: &Origin, checkpoint: &[u8], kept: Option<&Kept>) -> Option<Side> {
        let head = verify_head(&self.roster(), origin.office, origin.log, checkpoint).ok()?;
        match kept {
            None => Some(Side::head(head)),
            Some(kept) => with_entry(head, &kept.entry, &kept.path),
        }
    }
}

/// The head alone, then with each entry that stands under it.
fn sides_under(head: &VerifiedHead, items: &[Item], most: usize) -> Vec<Side> {
    let entries = items.iter().take(most).filter_map(|item| with_entry(*head, &item.entry, &item.path));
    entries.chain([Side::head(*head)]).collect()
}

fn with_entry(head: VerifiedHead, bytes: &[u8], path: &[waymark_domain::ids::Hash]) -> Option<Side> {
    let index = Entry::parse(bytes).ok()?.index;
    Side::with_leaf(head, Leaf { index, hash: leaf_hash(bytes), path: path.to_vec() })
}
