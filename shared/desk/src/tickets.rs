//! Letters that the post has in hand: what each carries, and what is to be done once every message of it is answered for.

use std::collections::{HashMap, HashSet};

use waymark_courier::{PostFault, Taken};
use waymark_domain::ids::{Hash, OfficeId};
use waymark_ledger::OutboxRow;
use waymark_seal::hash::sha256;
use waymark_seal::letter::{LetterId, LetterKind};
use waymark_seal::prefix;

/// Names of letters that are remembered, at least half of it.
const NAMES_MAX: usize = 16_384;

/// What a letter carries.
#[derive(Debug)]
pub(crate) enum Carried {
    Note(LetterKind),
    /// Entries that somebody asked for again.
    Again(Vec<u64>),
    Rows(Vec<OutboxRow>),
}

/// How a letter fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    Taken,
    /// The post will not have this letter now.
    Refused,
    /// The post is not there: it says nothing about this letter.
    Missing,
}

/// A letter that is answered for.
pub(crate) struct Done {
    pub(crate) to: OfficeId,
    pub(crate) carried: Carried,
    /// Where its proof of growth began.
    pub(crate) base: u64,
    pub(crate) fate: Fate,
    /// The post says that it had a letter of this name, but none was ever given to it.
    pub(crate) name_was_known: bool,
}

struct Ticket {
    done: Done,
    /// Messages of this letter not yet answered for by the post.
    open: usize,
    /// No letter of this name was made before.
    is_first: bool,
}

#[derive(Default)]
pub(crate) struct Tickets {
    open: HashMap<u64, Ticket>,
    last: u64,
    names: HashSet<LetterId>,
    older_names: HashSet<LetterId>,
}

impl Tickets {
    pub(crate) fn open(
        &mut self,
        to: OfficeId,
        name: LetterId,
        (carried, base): (Carried, u64),
        messages: usize,
    ) -> u64 {
        if self.names.len() >= NAMES_MAX / 2 {
            self.older_names = std::mem::take(&mut self.names);
        }
        let is_first = !self.older_names.contains(&name) && self.names.insert(name);
        self.last += 1;
        let done = Done { to, carried, base, fate: Fate::Taken, name_was_known: false };
        self.open.insert(self.last, Ticket { done, open: messages, is_first });
        self.last
    }

    /// Notes what became of one message; gives the letter when it was the last one.
    pub(crate) fn close(&mut self, number: u64, outcome: &Result<Taken, PostFault>) -> Option<Done> {
        let ticket = self.open.get_mut(&number)?;
        ticket.open = ticket.open.saturating_sub(1);
        let fate = match outcome {
            Ok(_) => Fate::Taken,
            Err(fault) if fault.concerns_every_letter() => Fate::Missing,
            Err(_) => Fate::Refused,
        };
        ticket.done.fate = ticket.done.fate.max(fate);
        ticket.done.name_was_known |= ticket.is_first && outcome.as_ref().is_ok_and(|taken| taken.duplicate);
        if ticket.open > 0 { None } else { self.open.remove(&number).map(|ticket| ticket.done) }
    }
}

/// Names a letter of rows: the same for the same attempt, so that the hub knows it again.
pub(crate) fn letter_of(rows: &[OutboxRow]) -> LetterId {
    let mut named = Vec::with_capacity(rows.len() * 20);
    for row in rows {
        named.extend_from_slice(&row.msg_id);
        named.extend_from_slice(&row.attempts.to_le_bytes());
    }
    let Hash(hash) = sha256(&[prefix::LETTER_NAME.bytes(), &named]);
    hash.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUTH: OfficeId = OfficeId([2; 16]);
    const TAKEN: Result<Taken, PostFault> = Ok(Taken { duplicate: false });
    const KNOWN: Result<Taken, PostFault> = Ok(Taken { duplicate: true });

    fn row(attempts: u32) -> OutboxRow {
        OutboxRow { to: SOUTH, index: 4, msg_id: [4; 16], attempts, receipt_wanted: true }
    }

    #[test]
    fn one_attempt_has_one_name_and_the_next_another() {
        assert_eq!(letter_of(&[row(0)]), letter_of(&[row(0)]));
        assert_ne!(letter_of(&[row(0)]), letter_of(&[row(1)]));
        assert_ne!(letter_of(&[row(0)]), letter_of(&[row(0), row(0)]));
    }

    #[test]
    fn a_letter_is_answered_for_with_its_last_message_and_as_its_worst() {
        let mut tickets = Tickets::default();
        let ticket = tickets.open(SOUTH, [1; 16], (Carried::Again(vec![7]), 0), 3);
        assert!(tickets.close(ticket, &TAKEN).is_none());
        assert!(tickets.close(ticket, &Err(PostFault::Unanswered)).is_none());
        assert_eq!(
            tickets.close(ticket, &Err(PostFault::BoxFull)).map(|done| done.fate),
            Some(Fate::Missing)
        );
        assert!(tickets.close(ticket, &TAKEN).is_none());
    }

    #[test]
    fn a_name_that_the_hub_knows_is_strange_only_when_it_was_never_used() {
        let mut tickets = Tickets::default();
        let mut known = |outcome| {
            let ticket = tickets.open(SOUTH, [1; 16], (Carried::Again(Vec::new()), 0), 1);
            tickets.close(ticket, &outcome).is_some_and(|done| done.name_was_known)
        };
        assert!(known(KNOWN));
        assert!(!known(KNOWN));
        assert!(!known(TAKEN));
    }
}
