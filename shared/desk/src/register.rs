//! The own log read from end to end for a report: which threads are here, and which own entries the others have receipted.
//!
//! Kept nowhere and opens nothing: reports are rare, and the log is the truth. One thread is read by [`Desk::history`].

use std::collections::{BTreeMap, HashMap};

use waymark_domain::event::Event;
use waymark_domain::ids::ThreadId;
use waymark_domain::time::Timestamp;
use waymark_seal::entry::Entry;

use crate::applying::own_entry;
use crate::desk::Desk;
use crate::order::Failure;
use crate::seen::Seen;

/// The number of `Receipted`.
const RECEIPTED: u16 = 3;

/// The threads of an office, and the receipts of the others.
#[derive(Debug, Default)]
pub struct Register {
    threads: BTreeMap<u64, ThreadId>,
    /// By incarnation of the own log and index there.
    receipts: HashMap<(u32, u64), Timestamp>,
}

/// What one entry adds to the register.
struct Noted {
    thread: ThreadId,
    receipts: Vec<((u32, u64), Timestamp)>,
}

impl Register {
    /// Every thread, by the own-log index at which it began here: cases, referrals, notices.
    pub fn threads(&self) -> impl Iterator<Item = (u64, ThreadId)> {
        self.threads.iter().map(|(index, thread)| (*index, *thread))
    }

    /// When the other office had an own entry, as its receipt says; none while no receipt is here.
    #[must_use]
    pub fn receipted_at(&self, seen: &Seen) -> Option<Timestamp> {
        self.receipts.get(&(seen.at.log, seen.at.index)).copied()
    }
}

impl Desk {
    /// Reads the whole own log for its [`Register`].
    ///
    /// # Errors
    /// [`Failure`] when the log cannot be read.
    pub fn register(&self) -> Result<Register, Failure> {
        let mut register = Register::default();
        let mut begun = HashMap::new();
        let read = |index, bytes: &[u8], _| self.note_entry(index, bytes);
        self.read_ahead(0, self.ledger.size(), read, |index, noted: Noted| {
            begun.entry(noted.thread).or_insert(index);
            for (at, when) in noted.receipts {
                register.receipts.entry(at).or_insert(when);
            }
            Ok(())
        })?;
        register.threads = begun.into_iter().map(|(thread, index)| (index, thread)).collect();
        Ok(register)
    }

    fn note_entry(&self, index: u64, bytes: &[u8]) -> Result<Noted, Failure> {
        let entry = own_entry(bytes)?;
        let mut noted = Noted { thread: entry.thread, receipts: Vec::new() };
        if entry.kind != RECEIPTED {
            return Ok(noted);
        }
        for kept in self.ledger.kept_all(index)? {
            let Ok(theirs) = Entry::parse(&kept.entry) else { continue };
            if let Ok(Event::Received(receipt)) = Event::decode(theirs.kind, &theirs.public)
                && receipt.entry.office == self.me
            {
                noted.receipts.push(((receipt.entry.log, receipt.entry.index), theirs.claimed_at));
            }
        }
        Ok(noted)
    }
}
