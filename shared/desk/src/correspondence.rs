//! Letters out: what the outbox holds is proven, sealed and handed to the courier; small letters go along.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::{Mutex, PoisonError};

use waymark_courier::hub::DUPLICATE_WINDOW;
use waymark_courier::{Outgoing, PostFault, Slot, Taken};
use waymark_domain::ids::{KemPublic, OfficeId};
use waymark_domain::time::Timestamp;
use waymark_ledger::OutboxRow;
use waymark_seal::checkpoint::{Head, Origin};
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::letter::parts::{Joiner, WHOLE_MAX, enclose};
use waymark_seal::letter::{
    Address, Consistency, Entries, Item, Letter, LetterFault, LetterKind, Part, SeenHead,
};
use waymark_seal::merkle::verify_consistency;
use waymark_seal::unplaced::Body;
use waymark_seal::verify::VerifiedHead;

use crate::asking::{Asking, ChainOf};
use crate::desk::Desk;
use crate::findings::KNOWN_NAME;
use crate::notes::Notes;
use crate::order::Failure;
use crate::setup::continues;
use crate::tickets::{Carried, Fate, Tickets, letter_of};
use crate::witnessing::asked_about;

/// Entries in one letter, at most.
const ITEMS_IN_LETTER: usize = 64;
/// Bytes of entries, paths and bodies in one letter, at most; one larger entry travels in parts.
pub(crate) const BYTES_IN_LETTER: usize = 96 * 1024;
/// Bytes of letters made at once, about: the first should leave before the last is sealed.
const BYTES_AT_ONCE: usize = 4 * 1024 * 1024;
/// Bytes of unfinished letters in parts from one office, at most: the largest letter, and one of middling size beside it.
const JOINING_MAX: usize = WHOLE_MAX + 8 * 1024 * 1024;
/// Heads of another office's log that are remembered.
const RECENT_HEADS: usize = 256;
/// Entries that wait to be sent again to one office, at most; it asks for the rest when it has these.
const AGAIN_MAX: usize = 8_192;
/// One office's requests bring its waiting rows forward no more often than this.
const HURRY_AGAIN_S: u64 = 30;
/// One office's requests have the whole log searched no more often than this.
const SEARCH_AGAIN_S: u64 = 600;

/// What the desk remembers of its exchange with others. Nothing here must survive a restart.
pub(crate) struct Correspondence {
    inner: Mutex<Inner>,
    joiner: Mutex<Joiner>,
}

#[derive(Default)]
struct Inner {
    notes: Notes,
    /// Entries that somebody asked for again, or whose receipt was lost.
    again: BTreeMap<OfficeId, BTreeSet<u64>>,
    /// Whom entries were sent again to last: the next office has its turn.
    again_last: Option<OfficeId>,
    /// Recent heads of others' logs: a letter that was overtaken still proves itself against the head it was made for.
    recent: HashMap<(OfficeId, u32), VecDeque<VerifiedHead>>,
    /// Heads of our log that others told to hold, each compared with the log.
    theirs: HashMap<OfficeId, SeenHead>,
    /// Size of the head in the last letter to each: what they hold once it arrives, and where the next proof begins.
    sent: HashMap<OfficeId, u64>,
    hurried: HashMap<OfficeId, Timestamp>,
    searched: HashMap<OfficeId, Timestamp>,
    asking: Asking,
    tickets: Tickets,
    turn: usize,
}

/// Letters made in one go.
#[derive(Default)]
struct Batch {
    letters: Vec<Outgoing>,
    bytes: usize,
}

impl Batch {
    fn has_room(&self, letters: usize) -> bool {
        self.letters.len() < letters && self.bytes < BYTES_AT_ONCE
    }
}

impl Correspondence {
    pub(crate) fn new() -> Self {
        Self { inner: Mutex::default(), joiner: Mutex::new(Joiner::new(JOINING_MAX)) }
    }

    /// The head that an office told last is this one already.
    fn knows(&self, from: OfficeId, seen: &SeenHead) -> bool {
        self.lock().theirs.get(&from) == Some(seen)
    }

    /// An office holds this head of ours. Letters overtake each other: a smaller head is an older one.
    pub(crate) fn holds(&self, from: OfficeId, seen: SeenHead) {
        let mut inner = self.lock();
        let newest = inner.theirs.entry(from).or_insert(seen);
        if (seen.log, seen.size) > (newest.log, newest.size) {
            *newest = seen;
        }
    }

    /// An office misses something: what it holds is what it says now, and proofs begin there.
    fn holds_only(&self, from: OfficeId, seen: Option<SeenHead>) {
        let mut inner = self.lock();
        inner.sent.remove(&from);
        match seen {
            Some(seen) => inner.theirs.insert(from, seen),
            None => inner.theirs.remove(&from),
        };
    }

    /// Whether an office has said that it holds something of incarnation `log` of this office's log.
    pub(crate) fn has_heard(&self, office: OfficeId, log: u32) -> bool {
        self.lock().theirs.get(&office).is_some_and(|seen| seen.log == log)
    }

    pub(crate) fn join(
        &self,
        from: OfficeId,
        part: Part,
        sealed: bool,
    ) -> Result<Option<Letter>, LetterFault> {
        let gathered = {
            let mut joiner = self.joiner.lock().unwrap_or_else(PoisonError::into_inner);
            joiner.take(from, part, sealed)?
        };
        gathered.map(waymark_seal::letter::parts::Gathered::open).transpose()
    }

    /// Where the next proof to an office begins, and that it will end at `size`.
    fn base(&self, to: OfficeId, log: u32, size: u64) -> u64 {
        let mut inner = self.lock();
        let told = inner.theirs.get(&to).filter(|seen| seen.log == log).map_or(0, |seen| seen.size);
        told.max(inner.sent.insert(to, size).unwrap_or(0))
    }

    /// The size of the newest head that an office told, or that was last sent to it.
    pub(crate) fn size_sent(&self, to: OfficeId, log: u32) -> u64 {
        let inner = self.lock();
        let told = inner.theirs.get(&to).filter(|seen| seen.log == log).map_or(0, |seen| seen.size);
        told.max(inner.sent.get(&to).copied().unwrap_or(0))
    }

    /// A request to cosign a head goes out: an office that takes it holds that head, and proofs begin there. Gives where they began.
    fn asks_to_cosign(&self, to: OfficeId, size: u64) -> u64 {
        let mut inner = self.lock();
        let sent = inner.sent.entry(to).or_insert(0);
        let before = *sent;
        *sent = size.max(before);
        before
    }

    /// An office says that it holds a head of this size, and no larger one: proofs begin there.
    pub(crate) fn says_it_holds(&self, from: OfficeId, size: u64) {
        self.lock().sent.insert(from, size);
    }

    /// A letter whose proof began at `base` did not arrive: the next proof may not begin where it ended.
    fn not_arrived(&self, to: OfficeId, base: u64) {
        if let Some(sent) = self.lock().sent.get_mut(&to) {
            *sent = base.min(*sent);
        }
    }

    /// Whether to ask an office now for what is missing in a chain of its log.
    pub(crate) fn asks(&self, chain: ChainOf, held: u64, wanted: u64, now: Timestamp) -> bool {
        self.lock().asking.asks(chain, held, wanted, now)
    }

    /// The entry after `held` can never be kept.
    pub(crate) fn refused(&self, chain: ChainOf, held: u64) {
        self.lock().asking.refused(chain, held);
    }

    /// Whether rows to an office may be brought forward now.
    fn hurries(&self, to: OfficeId, now: Timestamp) -> bool {
        once_in(&mut self.lock().hurried, to, now, HURRY_AGAIN_S)
    }

    /// Whether the whole log may be searched now for what an office asks of a closed one.
    pub(crate) fn searches(&self, to: OfficeId, now: Timestamp) -> bool {
        once_in(&mut self.lock().searched, to, now, SEARCH_AGAIN_S)
    }

    /// The next office to which entries go again, and the first of them.
    fn next_again(&self) -> Option<(OfficeId, Vec<u64>)> {
        let mut inner = self.lock();
        let after = inner.again_last.map_or(Unbounded, Excluded);
        let next = inner.again.range((after, Unbounded)).next().or_else(|| inner.again.iter().next());
        let (to, indices) = next.map(|(to, indices)| (*to, indices.iter().take(ITEMS_IN_LETTER).copied()))?;
        let indices = indices.collect();
        inner.again_last = Some(to);
        Some((to, indices))
    }

    fn add_again(&self, to: OfficeId, indices: impl IntoIterator<Item = u64>) {
        let mut inner = self.lock();
        let waiting = inner.again.entry(to).or_default();
        for index in indices {
            if waiting.len() < AGAIN_MAX {
                waiting.insert(index);
            }
        }
    }

    fn drop_again(&self, to: OfficeId, indices: &[u64]) {
        let mut inner = self.lock();
        if let Some(waiting) = inner.again.get_mut(&to) {
            indices.iter().for_each(|index| {
                waiting.remove(index);
            });
            if waiting.is_empty() {
                inner.again.remove(&to);
            }
        }
    }

    /// Whether an overtaken letter still fits: its head, or the one its proof begins at, was verified here before.
    pub(crate) fn links(&self, from: OfficeId, head: &VerifiedHead, proof: Option<&Consistency>) -> bool {
        let inner = self.lock();
        let Some(recent) = inner.recent.get(&(from, head.origin().log)) else { return false };
        let new = head.head();
        recent.iter().map(VerifiedHead::head).any(|held| {
            held == new
                || proof.is_some_and(|proof| {
                    proof.from_size == held.size
                        && verify_consistency(held.size, &held.root, new.size, &new.root, &proof.path)
                })
        })
    }

    /// Remembers a head that was verified.
    pub(crate) fn verified(&self, head: VerifiedHead) {
        let (mut inner, origin) = (self.lock(), head.origin());
        let recent = inner.recent.entry((origin.office, origin.log)).or_default();
        if !recent.iter().any(|held| held.head() == head.head()) {
            recent.push_back(head);
        }
        if recent.len() > RECENT_HEADS {
            recent.pop_front();
        }
    }

    /// The heads of a log, of that size, that were verified; there is more than one only where two histories were signed.
    pub(crate) fn verified_of_size(&self, origin: &Origin, size: u64) -> Vec<VerifiedHead> {
        let inner = self.lock();
        let recent = inner.recent.get(&(origin.office, origin.log)).into_iter().flatten();
        recent.filter(|held| held.head().size == size).copied().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where letters come from; each has its turn, so that a flood of one stops none of the others.
const SOURCES: [fn(&Desk, usize, &mut Batch); 3] =
    [Desk::enclose_notes, Desk::enclose_again, Desk::enclose_outbox];

impl Desk {
    /// Sends a small letter that needs no place in the log.
    pub(crate) fn send_note(&self, to: OfficeId, kind: LetterKind) {
        self.correspondence.lock().notes.put(to, kind);
        self.to_send.notify_one();
    }

    /// Notes which head of this log an office says it holds; only what is true counts. One that asks for entries holds no
    /// more than it says.
    pub(crate) fn told(&self, from: OfficeId, seen: Option<SeenHead>, asks: bool) {
        if !asks && seen.is_none_or(|seen| self.correspondence.knows(from, &seen)) {
            return;
        }
        let ours = seen.filter(|seen| {
            let head = Head { size: seen.size, root: seen.root };
            seen.log == self.log
                && (1..=self.ledger.size()).contains(&seen.size)
                && continues(&self.ledger, head)
        });
        match ours {
            _ if asks => self.correspondence.holds_only(from, ours),
            Some(seen) => self.correspondence.holds(from, seen),
            None => {}
        }
    }

    /// Letters ready for the post, at most `limit` of them; more only where the last one travels in parts.
    pub fn outgoing_letters(&self, limit: usize) -> Vec<Outgoing> {
        let turn = {
            let mut inner = self.correspondence.lock();
            inner.turn = inner.turn.wrapping_add(1);
            inner.turn
        };
        let mut batch = Batch::default();
        let sources = SOURCES.iter().cycle().skip(turn % SOURCES.len()).take(SOURCES.len());
        for (source, left) in sources.zip((1..=SOURCES.len()).rev()) {
            let share = limit.saturating_sub(batch.letters.len()).div_ceil(left);
            source(self, batch.letters.len() + share, &mut batch);
        }
        batch.letters
    }

    fn enclose_notes(&self, limit: usize, batch: &mut Batch) {
        while batch.has_room(limit) {
            let note = self.correspondence.lock().notes.take();
            let Some((to, kind)) = note else { break };
            self.enclose(to, kind, None, batch);
        }
    }

    /// Entries outside the outbox: what was asked for again.
    fn enclose_again(&self, limit: usize, batch: &mut Batch) {
        while batch.has_room(limit) {
            let Some((to, mut indices)) = self.correspondence.next_again() else { break };
            match self.entries_letter(to, &indices) {
                Ok((kind, base, used)) => {
                    indices.truncate(used.max(1));
                    self.correspondence.drop_again(to, &indices);
                    self.enclose(to, kind, Some((Carried::Again(indices), base)), batch);
                }
                Err(fault) => {
                    tracing::error!(%fault, "entries that were asked for cannot be read");
                    self.correspondence.drop_again(to, &indices);
                }
            }
        }
    }

    fn enclose_outbox(&self, limit: usize, batch: &mut Batch) {
        let room = limit.saturating_sub(batch.letters.len());
        if !batch.has_room(limit) {
            return;
        }
        let now = self.now();
        let rows = self.ledger.outbox(now, room * ITEMS_IN_LETTER);
        let (rows, early): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| !self.guard.awaits(row.to, now));
        self.ledger.outbox_given_back(&early);
        let offices: Vec<&[OutboxRow]> = rows.chunk_by(|a, b| a.to == b.to).collect();
        let turn = self.correspondence.lock().turn;
        let first = turn % offices.len().max(1);
        for rows in offices.iter().cycle().skip(first).take(offices.len()) {
            self.enclose_rows(rows, limit, batch);
        }
    }

    fn enclose_rows(&self, rows: &[OutboxRow], limit: usize, batch: &mut Batch) {
        let Some(to) = rows.first().map(|row| row.to) else { return };
        // A newcomer whose inbox key has not come yet is told notices only; nothing else may travel unsealed.
        let sealed = self.reach(to).is_some_and(|(_, inbox)| inbox.is_some());
        let (rows, waiting): (Vec<_>, Vec<_>) =
            rows.iter().partition(|row| sealed || self.is_notice(row.index));
        self.ledger.outbox_given_back(&waiting);
        let mut rest = rows.as_slice();
        while !rest.is_empty() && batch.has_room(limit) {
            let indices: Vec<u64> = rest.iter().map(|row| row.index).collect();
            match self.entries_letter(to, &indices) {
                Ok((kind, base, used)) => {
                    let (now, later) = rest.split_at(used.clamp(1, rest.len()));
                    self.enclose(to, kind, Some((Carried::Rows(now.to_vec()), base)), batch);
                    rest = later;
                }
                Err(fault) => {
                    tracing::error!(%fault, "entries for the outbox cannot be read");
                    self.ledger.outbox_sent(rest, self.now());
                    return;
                }
            }
        }
        self.ledger.outbox_given_back(rest);
    }

    fn is_notice(&self, index: u64) -> bool {
        let entry = self.ledger.entry(index).ok().and_then(|bytes| Entry::parse(&bytes).ok());
        entry.is_some_and(|entry| entry.audience == Audience::Network)
    }

    /// Sends entries outside the outbox: their receipt was lost, or somebody asked.
    pub(crate) fn send_again(&self, to: OfficeId, indices: impl IntoIterator<Item = u64>) {
        self.correspondence.add_again(to, indices);
        self.to_send.notify_one();
    }

    /// As many of `indices` as fit one letter, under the newest durable head; also where its proof begins, and how many fit.
    fn entries_letter(&self, to: OfficeId, indices: &[u64]) -> Result<(LetterKind, u64, usize), Failure> {
        let (head, checkpoint) = self.own_checkpoint();
        let mut items = Vec::new();
        let mut bytes = 0;
        for index in indices.iter().take(ITEMS_IN_LETTER) {
            let entry = self.ledger.entry(*index)?;
            let path = self.ledger.inclusion(*index, head.size)?;
            let bodies = self.bodies_for(to, self.ledger.bodies(*index)?);
            let size = stored_bytes(&entry, &bodies) + path.len() * 32;
            if !items.is_empty() && bytes + size > BYTES_IN_LETTER {
                break;
            }
            bytes += size;
            items.push(Item { entry, path, bodies });
        }
        let used = items.len();
        let base = self.correspondence.base(to, self.log, head.size);
        let consistency = self.growth_since(base, head)?;
        let entries = Entries { log: self.log, checkpoint: checkpoint.to_vec(), consistency, items };
        Ok((LetterKind::Entries(entries), base, used))
    }

    /// Proof that `head` continues the one of `from_size`.
    fn growth_since(&self, from_size: u64, head: Head) -> Result<Option<Consistency>, Failure> {
        if from_size == 0 || from_size >= head.size {
            return Ok(None);
        }
        let path = self.ledger.consistency(from_size, head.size)?;
        Ok(Some(Consistency { from_size, path }))
    }

    /// Seals a letter: of entries, with where its proof begins, or a note, which is all that it carries.
    fn enclose(&self, to: OfficeId, kind: LetterKind, entries: Option<(Carried, u64)>, batch: &mut Batch) {
        let Some((slot, inbox)) = self.reach(to) else {
            return self.wait(to, entries);
        };
        let id = match &entries {
            Some((Carried::Rows(rows), _)) => letter_of(rows),
            Some((Carried::Again(_) | Carried::Note(_), _)) | None => self.random(),
        };
        let letter = Letter { seen: self.seen_of(to), kind };
        // An office that was started from an old copy may lack the secret of its newest inbox key, and has to be told all the same.
        let inbox = inbox.filter(|_| !letter.is_about_positions());
        let address = Address { network: self.network, from: self.me, to, id };
        let messages = match enclose(&mut self.randomness(), &address, inbox.as_ref(), &letter) {
            Ok(messages) => messages,
            Err(fault) => {
                // Mostly the inbox key of a newcomer that has not come yet.
                tracing::debug!(%fault, "a letter waits");
                return self.wait(to, entries);
            }
        };
        let (carried, base) = entries.unwrap_or_else(|| {
            let asked = match &letter.kind {
                LetterKind::CosignAsked(request) => asked_about(request),
                _ => None,
            };
            let base = asked.map_or(u64::MAX, |(_, size)| self.correspondence.asks_to_cosign(to, size));
            (Carried::Note(letter.kind), base)
        });
        let ticket = self.correspondence.lock().tickets.open(to, id, (carried, base), messages.len());
        batch.bytes += messages.iter().map(|message| message.bytes.len()).sum::<usize>();
        batch.letters.extend(messages.into_iter().map(|message| Outgoing {
            to: slot,
            msg_id: message.id,
            bytes: message.bytes,
            ticket,
        }));
    }

    /// A letter that cannot be made now: its rows come again after a while, anything else is asked for again.
    fn wait(&self, to: OfficeId, entries: Option<(Carried, u64)>) {
        let Some((carried, base)) = entries else { return };
        self.correspondence.not_arrived(to, base);
        if let Carried::Rows(rows) = carried {
            self.ledger.outbox_sent(&rows, self.now());
        }
    }

    /// The slot and the newest usable inbox key of an office.
    fn reach(&self, to: OfficeId) -> Option<(Slot, Option<KemPublic>)> {
        let roster = self.roster();
        let slot = Slot::numbered(roster.office(&to)?.slot);
        let now = self.now();
        let core = self.core();
        Some((slot, core.view.inbox_key(to, now.day(), now).map(|key| key.key)))
    }

    /// Whether a sealed letter can be written to an office now.
    pub(crate) fn can_write_sealed_to(&self, office: OfficeId) -> bool {
        self.reach(office).is_some_and(|(_, inbox)| inbox.is_some())
    }

    fn seen_of(&self, office: OfficeId) -> Option<SeenHead> {
        let log = self.current_log_of(office)?;
        let held = self.ledger.peer_head(office, log)?;
        Some(SeenHead { log, size: held.head.size, root: held.head.root })
    }

    /// The post has answered for one message.
    pub fn letter_sent(&self, ticket: u64, outcome: Result<Taken, PostFault>) {
        let closed = self.correspondence.lock().tickets.close(ticket, &outcome);
        let Some(done) = closed else { return };
        let now = self.now();
        let remembers = u64::try_from(DUPLICATE_WINDOW.as_millis() / 1000).unwrap_or(u64::MAX);
        if done.name_was_known && now.0 > self.started_at.0.saturating_add(remembers) {
            self.findings.note_office(done.to, KNOWN_NAME, now);
        }
        if done.fate != Fate::Taken {
            self.correspondence.not_arrived(done.to, done.base);
        }
        match (done.fate, done.carried) {
            (Fate::Taken, Carried::Rows(rows)) => {
                let (wanted, receipts): (Vec<_>, Vec<_>) =
                    rows.into_iter().partition(|row| row.receipt_wanted);
                self.ledger.outbox_sent(&wanted, now);
                self.ledger.outbox_taken(&receipts);
            }
            // What was refused for want of the roster can be taken once it is there.
            (Fate::Taken, Carried::Note(LetterKind::RosterTold { .. })) => {
                if self.correspondence.hurries(done.to, now) {
                    self.ledger.outbox_hurry(done.to);
                    self.to_send.notify_one();
                }
            }
            (Fate::Refused, Carried::Rows(rows)) => self.ledger.outbox_sent(&rows, now),
            (Fate::Missing, Carried::Rows(rows)) => self.ledger.outbox_given_back(&rows),
            (Fate::Missing, Carried::Again(indices)) => self.correspondence.add_again(done.to, indices),
            (Fate::Missing, Carried::Note(kind)) => self.correspondence.lock().notes.put_back(done.to, kind),
            (Fate::Taken | Fate::Refused, Carried::Again(_) | Carried::Note(_)) => {}
        }
    }
}

/// Whether something is done for an office now that is done once in so many seconds; if so, it counts as done.
fn once_in(done: &mut HashMap<OfficeId, Timestamp>, office: OfficeId, now: Timestamp, seconds: u64) -> bool {
    let due = done.get(&office).is_none_or(|last| now.0.abs_diff(last.0) >= seconds);
    if due {
        done.insert(office, now);
    }
    due
}

/// Bytes of an entry and its bodies, about, as they lie in a letter or in a commit.
pub(crate) fn stored_bytes(entry: &[u8], bodies: &[Body]) -> usize {
    let body = |body: &Body| match body {
        Body::Whole(bytes) => bytes.len() + 4,
        Body::Withheld(_) => 33,
    };
    entry.len() + bodies.iter().map(body).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_again_too_early_does_not_put_off_when_he_is_served_next() {
        let (mut done, office) = (HashMap::new(), OfficeId([1; 16]));
        let served = [0, 30, 60, 90, 120].map(|at| once_in(&mut done, office, Timestamp(at), 60));
        assert_eq!(served, [true, false, true, false, true]);
    }
}
