//! What still has to reach other offices: a lane per recipient and chain.
//!
//! Entries to one audience are numbered without gaps, so a lane is a position in that chain, the few rows that were handed out
//! and are not settled, and what was settled ahead of the position. Its size follows what is under way, not what waits.
//! A row lives until the recipient's signed receipt; a receipt itself only until the broker has taken it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use waymark_domain::ids::OfficeId;
use waymark_domain::time::Timestamp;
use waymark_seal::hash::sha256;
use waymark_seal::prefix;

use crate::sequences::{Chain, Sequence};

/// Rows handed out and not settled, at most, for one recipient and chain. More would only fill the recipient's box.
const UNDER_WAY_MAX: usize = 4096;
/// A row handed out is not handed out again before this, unless it is given back.
const LEASE_S: u64 = 30;
const RETRY_FIRST_S: u64 = 30;
const RETRY_MAX_S: u64 = 4 * 3600;
/// No row is due later than this from now, unless the clock was wrong when it was sent.
const DUE_WITHIN_S: u64 = RETRY_MAX_S / 4 * 5;

/// One entry that has to reach one office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxRow {
    /// The recipient.
    pub to: OfficeId,
    /// Index of the entry in this office's log.
    pub index: u64,
    /// For the broker's duplicate filter; nobody else can guess it.
    pub msg_id: [u8; 16],
    /// How often it was sent.
    pub attempts: u32,
    /// The row lives until the recipient's receipt; otherwise it is a receipt and lives until the broker has taken it.
    pub receipt_wanted: bool,
}

/// An entry that a chain's number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbered {
    pub(crate) index: u64,
    pub(crate) is_receipt: bool,
}

/// Finds what a chain's number stands for; `None` stops handing out.
pub(crate) type Lookup<'a> = &'a dyn Fn(Sequence, u64) -> Option<Numbered>;

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
struct Row {
    attempts: u32,
    due: u64,
    is_receipt: bool,
}

/// One recipient's part of one chain.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub(crate) struct Lane {
    /// The first number never handed out.
    fresh: u64,
    /// Index of the entry before that number, plus one; 0 for none.
    handed_to: u64,
    /// By index.
    rows: BTreeMap<u64, Row>,
    /// Settled, but at or behind `fresh`; by index.
    ahead: BTreeSet<u64>,
    #[serde(skip)]
    by_due: BTreeSet<(u64, u64)>,
    #[serde(skip)]
    receipts: BTreeSet<u64>,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            fresh: 1,
            handed_to: 0,
            rows: BTreeMap::new(),
            ahead: BTreeSet::new(),
            by_due: BTreeSet::new(),
            receipts: BTreeSet::new(),
        }
    }
}

impl Lane {
    fn insert(&mut self, index: u64, row: Row) {
        self.by_due.insert((row.due, index));
        if row.is_receipt {
            self.receipts.insert(index);
        }
        self.rows.insert(index, row);
    }

    fn remove(&mut self, index: u64) -> bool {
        let Some(row) = self.rows.remove(&index) else { return false };
        self.by_due.remove(&(row.due, index));
        self.receipts.remove(&index);
        true
    }

    fn reschedule(&mut self, index: u64, change: impl FnOnce(&mut Row)) {
        let Some(row) = self.rows.get_mut(&index) else { return };
        self.by_due.remove(&(row.due, index));
        change(row);
        self.by_due.insert((row.due, index));
    }

    /// What was sent under a clock that ran ahead is due at once: by that clock it would wait for years.
    fn unwind(&mut self, now: Timestamp) {
        let far = now.0.saturating_add(DUE_WITHIN_S);
        while let Some((_, index)) = self.by_due.last().copied().filter(|(due, _)| *due > far) {
            self.reschedule(index, |row| row.due = 0);
        }
    }

    /// Takes the next number out of the chain; `false` when there is none or too much is under way.
    fn advance(&mut self, sequence: Sequence, last: u64, lookup: Lookup<'_>) -> bool {
        if self.fresh > last || self.rows.len() >= UNDER_WAY_MAX {
            return false;
        }
        let Some(next) = lookup(sequence, self.fresh) else { return false };
        if !self.ahead.remove(&next.index) {
            self.insert(next.index, Row { attempts: 0, due: 0, is_receipt: next.is_receipt });
        }
        self.fresh += 1;
        self.handed_to = next.index + 1;
        true
    }

    fn settle(&mut self, index: u64, sequence: Sequence, last: u64, lookup: Lookup<'_>) {
        if self.remove(index) || index < self.handed_to {
            return;
        }
        self.ahead.insert(index);
        while !self.ahead.is_empty() && self.advance(sequence, last, lookup) {}
    }

    /// Whether the entry at `index`, which belongs to this lane, is not settled.
    fn holds(&self, index: u64) -> bool {
        self.rows.contains_key(&index) || index >= self.handed_to && !self.ahead.contains(&index)
    }

    /// No receipt below this index waits in this lane.
    fn receipts_from(&self, last: u64) -> Option<u64> {
        let fresh = (self.fresh <= last).then_some(self.handed_to);
        self.receipts.first().copied().into_iter().chain(fresh).min()
    }

    /// What is not stored is made again.
    fn reindex(mut self) -> Self {
        self.by_due = self.rows.iter().map(|(index, row)| (row.due, *index)).collect();
        self.receipts = self.rows.iter().filter(|(_, row)| row.is_receipt).map(|(index, _)| *index).collect();
        self
    }
}

/// All lanes.
pub(crate) struct Outbox {
    seed: [u8; 32],
    lanes: BTreeMap<(OfficeId, Chain), Lane>,
    /// Who belongs to the network now, but for the own office.
    offices: BTreeSet<OfficeId>,
    turn: usize,
}

impl Outbox {
    /// `seed` makes message ids that nobody guesses.
    pub(crate) fn new(seed: [u8; 32], lanes: impl IntoIterator<Item = ((OfficeId, Chain), Lane)>) -> Self {
        let lanes = lanes.into_iter().map(|(key, lane)| (key, lane.reindex())).collect();
        Self { seed, lanes, offices: BTreeSet::new(), turn: 0 }
    }

    /// The lanes and offices of an outbox that stays while the index around it is made again.
    pub(crate) fn take_over(&mut self, old: &Self) {
        self.seed = old.seed;
        self.lanes = old.lanes.clone();
        self.offices = old.offices.clone();
    }

    pub(crate) fn seed(&self) -> [u8; 32] {
        self.seed
    }

    pub(crate) fn lanes(&self) -> impl Iterator<Item = (&(OfficeId, Chain), &Lane)> {
        self.lanes.iter()
    }

    /// Says who belongs to the network. A newcomer gets every notice from the first on.
    pub(crate) fn set_offices(&mut self, offices: impl IntoIterator<Item = OfficeId>) {
        self.offices = offices.into_iter().collect();
        for office in &self.offices {
            self.lanes.entry((*office, Chain::Network)).or_default();
        }
    }

    /// An entry to this office was logged.
    pub(crate) fn opened(&mut self, to: OfficeId) {
        self.lanes.entry((to, Chain::Pair)).or_default();
    }

    /// Hands out up to `limit` rows that are due, grouped by recipient and in the order of the log; each recipient has its turn.
    pub(crate) fn hand_out(
        &mut self,
        now: Timestamp,
        limit: usize,
        last: &dyn Fn(Sequence) -> u64,
        lookup: Lookup<'_>,
    ) -> Vec<OutboxRow> {
        self.lanes.values_mut().for_each(|lane| lane.unwind(now));
        let keys: Vec<_> = self
            .lanes
            .keys()
            .copied()
            .filter(|(office, chain)| *chain == Chain::Pair || self.offices.contains(office))
            .collect();
        let busy = keys.iter().filter(|key| self.has_work(**key, now, last)).count();
        let share = limit.div_ceil(busy.max(1));
        let start = self.turn % keys.len().max(1);
        self.turn = self.turn.wrapping_add(1);
        let mut rows = Vec::new();
        for key in keys.iter().cycle().skip(start).take(keys.len()) {
            let room = share.min(limit - rows.len());
            if room == 0 {
                break;
            }
            self.hand_out_lane(*key, now, room, last, lookup, &mut rows);
        }
        rows.sort_by_key(|row| (row.to, row.index));
        rows
    }

    fn has_work(&self, key: (OfficeId, Chain), now: Timestamp, last: &dyn Fn(Sequence) -> u64) -> bool {
        self.lanes.get(&key).is_some_and(|lane| {
            let due = lane.by_due.first().is_some_and(|(due, _)| *due <= now.0);
            due || lane.fresh <= last(sequence(key)) && lane.rows.len() < UNDER_WAY_MAX
        })
    }

    fn hand_out_lane(
        &mut self,
        key: (OfficeId, Chain),
        now: Timestamp,
        room: usize,
        last: &dyn Fn(Sequence) -> u64,
        lookup: Lookup<'_>,
        rows: &mut Vec<OutboxRow>,
    ) {
        let Some(lane) = self.lanes.get_mut(&key) else { return };
        let sequence = sequence(key);
        let last = last(sequence);
        for _ in 0..room {
            let due = |lane: &Lane| lane.by_due.first().copied().filter(|(due, _)| *due <= now.0);
            while due(lane).is_none() && lane.advance(sequence, last, lookup) {}
            let Some((_, index)) = due(lane) else { break };
            lane.reschedule(index, |row| row.due = now.0 + LEASE_S);
            let Some(row) = lane.rows.get(&index) else { break };
            let msg_id = message_id(&self.seed, key.0, index);
            rows.push(OutboxRow {
                to: key.0,
                index,
                msg_id,
                attempts: row.attempts,
                receipt_wanted: !row.is_receipt,
            });
        }
    }

    /// The rows went out; they come again after a while that doubles each time.
    pub(crate) fn sent(&mut self, rows: &[OutboxRow], now: Timestamp) {
        for row in rows {
            let id = row.msg_id;
            self.reschedule(row.to, row.index, |row| {
                row.attempts = row.attempts.saturating_add(1);
                row.due = now.0 + back_off(row.attempts, &id);
            });
        }
    }

    /// The rows did not go out; they are due at once.
    pub(crate) fn given_back(&mut self, rows: &[OutboxRow]) {
        for row in rows {
            self.reschedule(row.to, row.index, |row| row.due = 0);
        }
    }

    /// Everything under way to `to` is due at once, because it shows that it has not got it.
    pub(crate) fn hurry(&mut self, to: OfficeId) {
        for chain in [Chain::Pair, Chain::Network] {
            let Some(lane) = self.lanes.get_mut(&(to, chain)) else { continue };
            lane.rows.values_mut().for_each(|row| row.due = 0);
            lane.by_due = lane.rows.keys().map(|index| (0, *index)).collect();
        }
    }

    fn reschedule(&mut self, to: OfficeId, index: u64, change: impl Fn(&mut Row)) {
        for chain in [Chain::Pair, Chain::Network] {
            if let Some(lane) = self.lanes.get_mut(&(to, chain)) {
                lane.reschedule(index, &change);
            }
        }
    }

    /// The broker has taken these; the receipts among them are settled.
    pub(crate) fn taken(&mut self, rows: &[OutboxRow]) {
        for row in rows.iter().filter(|row| !row.receipt_wanted) {
            if let Some(lane) = self.lanes.get_mut(&(row.to, Chain::Pair)) {
                lane.remove(row.index);
            }
        }
    }

    /// The recipient has the entry.
    pub(crate) fn settled(&mut self, to: OfficeId, chain: Chain, index: u64, last: u64, lookup: Lookup<'_>) {
        self.lanes.entry((to, chain)).or_default().settle(index, sequence((to, chain)), last, lookup);
    }

    /// Whether an entry of this chain has not been settled by the recipient.
    pub(crate) fn holds(&self, to: OfficeId, chain: Chain, index: u64) -> bool {
        self.lanes.get(&(to, chain)).is_none_or(|lane| lane.holds(index))
    }

    /// No receipt below this index waits to be taken.
    pub(crate) fn receipts_from(&self, last: &dyn Fn(Sequence) -> u64) -> Option<u64> {
        let pairs = self.lanes.iter().filter(|((_, chain), _)| *chain == Chain::Pair);
        pairs.filter_map(|(key, lane)| lane.receipts_from(last(sequence(*key)))).min()
    }

    /// What waits for each office: how many entries, and the index of the oldest. Offices for which nothing waits are left out.
    pub(crate) fn waiting(
        &self,
        last: &dyn Fn(Sequence) -> u64,
        lookup: Lookup<'_>,
    ) -> BTreeMap<OfficeId, (u64, u64)> {
        let mut waiting: BTreeMap<OfficeId, (u64, u64)> = BTreeMap::new();
        for (key, lane) in &self.lanes {
            let (to, chain) = *key;
            if chain == Chain::Network && !self.offices.contains(&to) {
                continue;
            }
            let sequence = sequence(*key);
            let never_out = (last(sequence) + 1).saturating_sub(lane.fresh);
            let count = (lane.rows.len() as u64 + never_out).saturating_sub(lane.ahead.len() as u64);
            let fresh =
                (never_out > 0).then(|| lookup(sequence, lane.fresh)).flatten().map(|next| next.index);
            let oldest = lane.rows.keys().next().copied().into_iter().chain(fresh).min();
            if let Some(oldest) = oldest.filter(|_| count > 0) {
                let of_office = waiting.entry(to).or_insert((0, oldest));
                *of_office = (of_office.0 + count, of_office.1.min(oldest));
            }
        }
        waiting
    }

    /// When the next row becomes due, as far as it is known.
    pub(crate) fn next_due(&mut self, now: Timestamp, last: &dyn Fn(Sequence) -> u64) -> Option<Timestamp> {
        self.lanes.values_mut().for_each(|lane| lane.unwind(now));
        let keys = self
            .lanes
            .keys()
            .filter(|(office, chain)| *chain == Chain::Pair || self.offices.contains(office));
        keys.filter_map(|key| match self.has_work(*key, now, last) {
            true => Some(now),
            false => self.lanes.get(key)?.by_due.first().map(|(due, _)| Timestamp(*due)),
        })
        .min()
    }
}

/// The chain of this office's entries in which a lane moves.
fn sequence((to, chain): (OfficeId, Chain)) -> Sequence {
    match chain {
        Chain::Pair => Sequence::SentTo(to),
        Chain::Network => Sequence::SentToAll,
    }
}

fn message_id(seed: &[u8; 32], to: OfficeId, index: u64) -> [u8; 16] {
    let hash = sha256(&[prefix::OUTBOX_MESSAGE.bytes(), seed, to.as_bytes(), &index.to_le_bytes()]);
    hash.0.first_chunk().copied().unwrap_or_default()
}

/// Doubles from half a minute to four hours, a quarter more or less by the message id so that rows do not march in step.
fn back_off(attempts: u32, msg_id: &[u8; 16]) -> u64 {
    let base = RETRY_FIRST_S.saturating_mul(1 << attempts.saturating_sub(1).min(20)).min(RETRY_MAX_S);
    let [jitter, ..] = *msg_id;
    base * 3 / 4 + base * u64::from(jitter) / 512
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUTH: OfficeId = OfficeId([5; 16]);

    /// A chain whose number n stands for index 10 n; every third is a receipt.
    fn lookup(_: Sequence, number: u64) -> Option<Numbered> {
        Some(Numbered { index: number * 10, is_receipt: number.is_multiple_of(3) })
    }

    fn outbox() -> Outbox {
        let mut outbox = Outbox::new([1; 32], []);
        outbox.opened(SOUTH);
        outbox
    }

    fn hand_out(outbox: &mut Outbox, now: u64, limit: usize, last: u64) -> Vec<OutboxRow> {
        outbox.hand_out(Timestamp(now), limit, &|_| last, &lookup)
    }

    fn indexes(rows: &[OutboxRow]) -> Vec<u64> {
        rows.iter().map(|row| row.index).collect()
    }

    #[test]
    fn what_waits_is_counted_whether_or_not_it_was_handed_out_and_not_once_it_is_settled() {
        let mut outbox = outbox();
        let waiting = |outbox: &Outbox, last| outbox.waiting(&|_| last, &lookup).get(&SOUTH).copied();
        assert_eq!(waiting(&outbox, 0), None);
        assert_eq!(waiting(&outbox, 5), Some((5, 10)));
        assert_eq!(hand_out(&mut outbox, 0, 3, 5).len(), 3);
        assert_eq!(waiting(&outbox, 5), Some((5, 10)), "under way is waiting, too");
        outbox.settled(SOUTH, Chain::Pair, 10, 5, &lookup);
        outbox.settled(SOUTH, Chain::Pair, 50, 5, &lookup);
        assert_eq!(waiting(&outbox, 5), Some((3, 20)), "the last was settled before it was handed out");
        let held = [10, 20, 30, 40, 50].map(|index| outbox.holds(SOUTH, Chain::Pair, index));
        assert_eq!(held, [false, true, true, true, false]);
        for index in [20, 30, 40] {
            outbox.settled(SOUTH, Chain::Pair, index, 5, &lookup);
        }
        assert_eq!(waiting(&outbox, 5), None);
    }

    #[test]
    fn rows_come_once_until_the_lease_ends_and_then_after_the_back_off() {
        let mut outbox = outbox();
        let rows = hand_out(&mut outbox, 0, 2, 3);
        assert_eq!(indexes(&rows), [10, 20]);
        assert_eq!(indexes(&hand_out(&mut outbox, 1, 9, 3)), [30]);
        assert!(hand_out(&mut outbox, 2, 9, 3).is_empty());
        outbox.sent(&rows, Timestamp(2));
        outbox.given_back(&rows[1..]);
        assert_eq!(indexes(&hand_out(&mut outbox, 3, 9, 3)), [20]);
        assert_eq!(indexes(&hand_out(&mut outbox, 100, 9, 3)), [10, 20, 30]);
        outbox.sent(&rows, Timestamp(100));
        assert_eq!(outbox.lanes[&(SOUTH, Chain::Pair)].rows[&10].attempts, 2);
        outbox.hurry(SOUTH);
        assert_eq!(hand_out(&mut outbox, 101, 9, 3).len(), 3);
    }

    #[test]
    fn what_was_sent_under_a_clock_that_ran_ahead_is_due_once_it_runs_right() {
        let mut outbox = outbox();
        let year = 365 * 86_400;
        let rows = hand_out(&mut outbox, year, 9, 2);
        outbox.sent(&rows, Timestamp(year));
        assert_eq!(outbox.next_due(Timestamp(100), &|_| 2), Some(Timestamp(100)));
        assert_eq!(indexes(&hand_out(&mut outbox, 100, 9, 2)), [10, 20]);
        assert!(hand_out(&mut outbox, 101, 9, 2).is_empty());
    }

    #[test]
    fn a_right_clock_never_shortens_the_back_off() {
        let mut outbox = outbox();
        for attempt in 0..20 {
            let now = attempt * 10 * u64::from(u32::MAX);
            let rows = hand_out(&mut outbox, now, 1, 1);
            outbox.sent(&rows, Timestamp(now));
            assert!(hand_out(&mut outbox, now + 5, 9, 1).is_empty());
        }
    }

    #[test]
    fn a_receipt_goes_when_taken_and_an_entry_only_when_receipted() {
        let mut outbox = outbox();
        let rows = hand_out(&mut outbox, 0, 9, 4);
        assert_eq!(rows.iter().map(|row| row.receipt_wanted).collect::<Vec<_>>(), [true, true, false, true]);
        outbox.taken(&rows);
        assert_eq!(indexes(&hand_out(&mut outbox, 50, 9, 4)), [10, 20, 40]);
        outbox.settled(SOUTH, Chain::Pair, 20, 4, &lookup);
        assert_eq!(indexes(&hand_out(&mut outbox, 100, 9, 4)), [10, 40]);
    }

    #[test]
    fn what_is_settled_ahead_is_never_handed_out() {
        let mut outbox = outbox();
        for index in [30, 10, 60, 10] {
            outbox.settled(SOUTH, Chain::Pair, index, 7, &lookup);
        }
        assert_eq!(indexes(&hand_out(&mut outbox, 0, 99, 7)), [20, 40, 50, 70]);
    }

    #[test]
    fn no_more_than_the_window_is_under_way_and_settling_makes_room() {
        let mut outbox = outbox();
        let rows = hand_out(&mut outbox, 0, 10_000, 10_000);
        assert_eq!(rows.len(), UNDER_WAY_MAX);
        assert!(hand_out(&mut outbox, 1, 10_000, 10_000).is_empty());
        outbox.settled(SOUTH, Chain::Pair, 10, 10_000, &lookup);
        assert_eq!(indexes(&hand_out(&mut outbox, 1, 10_000, 10_000)), [(UNDER_WAY_MAX as u64 + 1) * 10]);
    }

    #[test]
    fn a_lane_survives_being_stored() {
        let mut outbox = outbox();
        hand_out(&mut outbox, 0, 3, 9);
        outbox.settled(SOUTH, Chain::Pair, 20, 9, &lookup);
        let stored = postcard::to_allocvec(&outbox.lanes[&(SOUTH, Chain::Pair)]).unwrap();
        let lane: Lane = postcard::from_bytes(&stored).unwrap();
        let mut again = Outbox::new([1; 32], [((SOUTH, Chain::Pair), lane)]);
        assert_eq!(again.lanes, outbox.lanes);
        assert_eq!(hand_out(&mut again, 100, 99, 9), hand_out(&mut outbox, 100, 99, 9));
    }

    #[test]
    fn recipients_take_turns_and_only_members_get_notices() {
        let mut outbox = outbox();
        let (north, west) = (OfficeId([6; 16]), OfficeId([7; 16]));
        outbox.set_offices([SOUTH, north]);
        outbox.settled(west, Chain::Network, 10, 0, &lookup);
        let rows = hand_out(&mut outbox, 0, 6, 100);
        let of = |office| rows.iter().filter(|row| row.to == office).count();
        assert_eq!((of(SOUTH), of(north), of(west)), (4, 2, 0));
    }

    #[test]
    fn the_oldest_receipt_that_waits_is_known() {
        let mut outbox = outbox();
        assert_eq!(outbox.receipts_from(&|_| 0), None);
        let rows = hand_out(&mut outbox, 0, 4, 4);
        assert_eq!(outbox.receipts_from(&|_| 4), Some(30));
        outbox.taken(&rows);
        assert_eq!(outbox.receipts_from(&|_| 4), None);
        assert_eq!(outbox.receipts_from(&|_| 5), Some(41));
    }

    #[test]
    fn the_back_off_doubles_and_ends() {
        let waits: Vec<u64> = (1..=12).map(|attempts| back_off(attempts, &[128; 16])).collect();
        assert_eq!(&waits[..4], &[29, 60, 120, 240]);
        assert_eq!(waits[11], RETRY_MAX_S);
    }
}
