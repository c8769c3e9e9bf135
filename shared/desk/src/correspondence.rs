//! Letters out: what the outbox holds is proven, sealed and handed to the courier; small letters go along.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use waymark_courier::{Outgoing, PostFault, Slot, Taken};
use waymark_domain::ids::{KemPublic, OfficeId};
use waymark_domain::time::Timestamp;
use waymark_ledger::OutboxRow;
use waymark_seal::checkpoint::Head;
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::letter::parts::{Joiner, enclose};
use waymark_seal::letter::{Address, Consistency, Entries, Item, Letter, LetterKind, SeenHead};
use waymark_seal::merkle::verify_consistency;
use waymark_seal::verify::VerifiedHead;

use crate::desk::Desk;
use crate::order::Failure;

/// Entries in one letter, at most.
const ITEMS_IN_LETTER: usize = 64;
/// Bytes of entries, paths and bodies in one letter, at most; one larger entry travels in parts.
const BYTES_IN_LETTER: usize = 96 * 1024;
/// Bytes of unfinished letters in parts, at most.
const JOINING_MAX: usize = 256 * 1024 * 1024;
/// Heads of another office's log that are remembered.
const RECENT_HEADS: usize = 256;
/// Small letters that wait for the post, at most; the oldest give way, for each is asked again.
const NOTES_MAX: usize = 1_024;

/// What the desk remembers of its exchange with others. Nothing here must survive a restart.
pub(crate) struct Correspondence {
    inner: Mutex<Inner>,
}

struct Inner {
    notes: VecDeque<(OfficeId, LetterKind)>,
    /// Entries that somebody asked for again, or whose receipt was lost.
    again: HashMap<OfficeId, BTreeSet<u64>>,
    /// Recent heads of others' logs: a letter that was overtaken still proves itself against the head it was made for.
    recent: HashMap<(OfficeId, u32), VecDeque<Head>>,
    /// Heads of our log that others told to hold.
    theirs: HashMap<OfficeId, SeenHead>,
    /// Size of the head in the last letter to each: what they hold once it arrives, and where the next proof begins.
    sent: HashMap<OfficeId, u64>,
    tickets: HashMap<u64, Ticket>,
    next_ticket: u64,
    joiner: Joiner,
}

struct Ticket {
    rows: Vec<OutboxRow>,
    /// Messages of this letter not yet answered for by the post.
    open: usize,
    failed: bool,
}

impl Correspondence {
    pub(crate) fn new() -> Self {
        let inner = Inner {
            notes: VecDeque::new(),
            again: HashMap::new(),
            recent: HashMap::new(),
            theirs: HashMap::new(),
            sent: HashMap::new(),
            tickets: HashMap::new(),
            next_ticket: 1,
            joiner: Joiner::new(JOINING_MAX),
        };
        Self { inner: Mutex::new(inner) }
    }

    pub(crate) fn told(&self, from: OfficeId, seen: Option<SeenHead>) {
        if let Some(seen) = seen {
            let mut inner = self.lock();
            let newest = inner.theirs.entry(from).or_insert(seen);
            if (seen.log, seen.size) > (newest.log, newest.size) {
                *newest = seen;
            }
        }
    }

    pub(crate) fn join(
        &self,
        from: OfficeId,
        part: waymark_seal::letter::Part,
        sealed: bool,
    ) -> Result<Option<Letter>, waymark_seal::letter::LetterFault> {
        self.lock().joiner.take(from, part, sealed)
    }

    /// Where the next proof to an office begins, and that it will end at `size`.
    fn base(&self, to: OfficeId, log: u32, size: u64) -> u64 {
        let mut inner = self.lock();
        let told = inner.theirs.get(&to).filter(|seen| seen.log == log).map_or(0, |seen| seen.size);
        told.max(inner.sent.insert(to, size).unwrap_or(0))
    }

    /// A letter to an office was lost: proofs begin again at what it told to hold.
    pub(crate) fn lost(&self, to: OfficeId) {
        self.lock().sent.remove(&to);
    }

    /// Whether an overtaken letter still fits: its head, or the one its proof begins at, was verified here before.
    pub(crate) fn links(&self, from: OfficeId, head: &VerifiedHead, proof: Option<&Consistency>) -> bool {
        let inner = self.lock();
        let Some(recent) = inner.recent.get(&(from, head.origin().log)) else { return false };
        let new = head.head();
        recent.iter().any(|held| {
            *held == new
                || proof.is_some_and(|proof| {
                    proof.from_size == held.size
                        && verify_consistency(held.size, &held.root, new.size, &new.root, &proof.path)
                })
        })
    }

    /// Remembers a head that was verified.
    pub(crate) fn verified(&self, from: OfficeId, head: &VerifiedHead) {
        let mut inner = self.lock();
        let recent = inner.recent.entry((from, head.origin().log)).or_default();
        if !recent.contains(&head.head()) {
            recent.push_back(head.head());
        }
        if recent.len() > RECENT_HEADS {
            recent.pop_front();
        }
    }

    fn note(&self, to: OfficeId, kind: LetterKind) {
        let mut inner = self.lock();
        if inner.notes.len() >= NOTES_MAX {
            inner.notes.pop_front();
        }
        inner.notes.push_back((to, kind));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// Sends a small letter that needs no place in the log.
    pub(crate) fn send_note(&self, to: OfficeId, kind: LetterKind) {
        self.correspondence.note(to, kind);
        self.to_send.notify_one();
    }

    /// Letters ready for the post, at most `limit` of them.
    pub fn outgoing_letters(&self, limit: usize) -> Vec<Outgoing> {
        let mut letters = Vec::new();
        while letters.len() < limit {
            let note = self.correspondence.lock().notes.pop_front();
            let Some((to, kind)) = note else { break };
            self.enclose(to, kind, Vec::new(), &mut letters);
        }
        if letters.len() >= limit {
            return letters;
        }
        let again = std::mem::take(&mut self.correspondence.lock().again);
        for (to, indices) in again {
            self.enclose_again(to, &indices, &mut letters);
        }
        let rows = self.ledger.outbox(self.now(), (limit - letters.len()) * ITEMS_IN_LETTER);
        rows.chunk_by(|a, b| a.to == b.to).for_each(|rows| self.enclose_rows(rows, &mut letters));
        letters
    }

    fn enclose_rows(&self, rows: &[OutboxRow], letters: &mut Vec<Outgoing>) {
        let Some(to) = rows.first().map(|row| row.to) else { return };
        // A newcomer whose inbox key has not come yet is told notices only; nothing else may travel unsealed.
        let sealed = self.reach(to).is_some_and(|(_, inbox)| inbox.is_some());
        let (rows, waiting): (Vec<_>, Vec<_>) =
            rows.iter().partition(|row| sealed || self.is_notice(row.index));
        self.ledger.outbox_given_back(&waiting);
        let mut rest = rows.as_slice();
        while !rest.is_empty() {
            let indices: Vec<u64> = rest.iter().map(|row| row.index).collect();
            match self.entries_letter(to, &indices) {
                Ok((kind, used)) => {
                    let (now, later) = rest.split_at(used.clamp(1, rest.len()));
                    self.enclose(to, kind, now.to_vec(), letters);
                    rest = later;
                }
                Err(fault) => {
                    tracing::error!(%fault, "entries for the outbox cannot be read");
                    self.ledger.outbox_given_back(rest);
                    return;
                }
            }
        }
    }

    fn is_notice(&self, index: u64) -> bool {
        let entry = self.ledger.entry(index).ok().and_then(|bytes| Entry::parse(&bytes).ok());
        entry.is_some_and(|entry| entry.audience == Audience::Network)
    }

    /// Entries outside the outbox: what was asked for again.
    fn enclose_again(&self, to: OfficeId, indices: &BTreeSet<u64>, letters: &mut Vec<Outgoing>) {
        let mut rest: Vec<u64> = indices.iter().copied().collect();
        while !rest.is_empty() {
            match self.entries_letter(to, &rest) {
                Ok((kind, used)) => {
                    self.enclose(to, kind, Vec::new(), letters);
                    rest.drain(..used.clamp(1, rest.len()));
                }
                Err(fault) => {
                    tracing::error!(%fault, "entries that were asked for cannot be read");
                    return;
                }
            }
        }
    }

    /// Sends an entry outside the outbox: its receipt was lost, or somebody asked.
    pub(crate) fn send_again(&self, to: OfficeId, index: u64) {
        self.correspondence.lock().again.entry(to).or_default().insert(index);
        self.to_send.notify_one();
    }

    /// As many of `indices` as fit one letter, under the newest durable head.
    fn entries_letter(&self, to: OfficeId, indices: &[u64]) -> Result<(LetterKind, usize), Failure> {
        let (head, checkpoint) = self.ledger.checkpoint();
        let mut items = Vec::new();
        let mut bytes = 0;
        for index in indices.iter().take(ITEMS_IN_LETTER) {
            let entry = self.ledger.entry(*index)?;
            let path = self.ledger.inclusion(*index, head.size)?;
            let bodies = self.ledger.bodies(*index)?;
            let size = entry.len() + path.len() * 32 + bodies.iter().map(body_bytes).sum::<usize>();
            if !items.is_empty() && bytes + size > BYTES_IN_LETTER {
                break;
            }
            bytes += size;
            items.push(Item { entry, path, bodies });
        }
        let used = items.len();
        let consistency = self.growth_since(to, head)?;
        let entries = Entries { log: self.log, checkpoint: checkpoint.to_vec(), consistency, items };
        Ok((LetterKind::Entries(entries), used))
    }

    /// Proof that `head` continues the one that `to` holds, or will hold once the last letter arrives.
    fn growth_since(&self, to: OfficeId, head: Head) -> Result<Option<Consistency>, Failure> {
        let from_size = self.correspondence.base(to, self.log, head.size);
        if from_size == 0 || from_size >= head.size {
            return Ok(None);
        }
        let path = self.ledger.consistency(from_size, head.size)?;
        Ok(Some(Consistency { from_size, path }))
    }

    fn enclose(&self, to: OfficeId, kind: LetterKind, rows: Vec<OutboxRow>, letters: &mut Vec<Outgoing>) {
        let Some((slot, inbox)) = self.reach(to) else {
            self.ledger.outbox_given_back(&rows);
            return;
        };
        let letter = Letter { seen: self.seen_of(to), kind };
        let address = Address { network: self.network, from: self.me, to, id: self.random() };
        match enclose(&mut self.randomness(), &address, inbox.as_ref(), &letter) {
            Ok(messages) => {
                let ticket = self.correspondence.open_ticket(rows, messages.len());
                letters.extend(messages.into_iter().map(|message| Outgoing {
                    to: slot,
                    msg_id: message.id,
                    bytes: message.bytes,
                    ticket,
                }));
            }
            Err(fault) => {
                // Mostly the inbox key of a newcomer that has not come yet.
                tracing::debug!(%fault, "a letter waits");
                self.ledger.outbox_sent(&rows, self.now());
            }
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

    fn seen_of(&self, office: OfficeId) -> Option<SeenHead> {
        let log = self.roster().office(&office)?.current_log()?.log;
        let held = self.ledger.peer_head(office, log)?;
        Some(SeenHead { log, size: held.head.size, root: held.head.root })
    }

    /// The post has answered for one message.
    pub fn letter_sent(&self, ticket: u64, outcome: Result<Taken, PostFault>) {
        let Some(done) = self.correspondence.close_ticket(ticket, outcome.is_ok()) else { return };
        let now: Timestamp = self.now();
        if done.failed {
            self.ledger.outbox_sent(&done.rows, now);
            return;
        }
        let (wanted, receipts): (Vec<_>, Vec<_>) = done.rows.into_iter().partition(|row| row.receipt_wanted);
        self.ledger.outbox_sent(&wanted, now);
        self.ledger.outbox_taken(&receipts);
    }
}

impl Correspondence {
    fn open_ticket(&self, rows: Vec<OutboxRow>, messages: usize) -> u64 {
        let mut inner = self.lock();
        let ticket = inner.next_ticket;
        inner.next_ticket += 1;
        inner.tickets.insert(ticket, Ticket { rows, open: messages, failed: false });
        ticket
    }

    fn close_ticket(&self, ticket: u64, taken: bool) -> Option<Ticket> {
        let mut inner = self.lock();
        let open = inner.tickets.get_mut(&ticket)?;
        open.open = open.open.saturating_sub(1);
        open.failed |= !taken;
        if open.open > 0 { None } else { inner.tickets.remove(&ticket) }
    }
}

pub(crate) fn body_bytes(body: &waymark_seal::unplaced::Body) -> usize {
    match body {
        waymark_seal::unplaced::Body::Whole(bytes) => bytes.len() + 4,
        waymark_seal::unplaced::Body::Withheld(_) => 33,
    }
}
