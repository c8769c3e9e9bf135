//! What others have signed, to be handed on: a small file that anybody with the roster can check.

use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, Ref};
use waymark_seal::entry::Entry;
use waymark_seal::proof::Proof;
use waymark_seal::unplaced::Kept;

use crate::applying::own_entry;
use crate::desk::Desk;
use crate::order::Failure;

impl Desk {
    /// The proof that another office wrote an event, or, for one of this office's own, that the recipient has received it. `None` when
    /// there is no such event, or its receipt has not come.
    ///
    /// # Errors
    /// [`Failure`] when the log cannot be read.
    pub fn receipt_of(&self, event: EventId) -> Result<Option<Proof>, Failure> {
        let Some(index) = self.ledger.find_event(event)? else { return Ok(None) };
        let Some(seen) = self.seen_at(index)?.into_iter().find(|seen| seen.event_id == event) else {
            return Ok(None);
        };
        if !self.wrote_here(&seen) {
            return Ok(self.ledger.kept(index)?.map(|kept| Proof::of_kept(&kept, seen.at.index)));
        }
        // A receipt stands somewhere behind what it is for.
        for later in index + 1..self.ledger.size() {
            if !is_receipts(&self.ledger.entry(later)?)? {
                continue;
            }
            if let Some(proof) =
                self.ledger.kept_all(later)?.iter().find_map(|kept| receipt_for(kept, seen.at))
            {
                return Ok(Some(proof));
            }
        }
        Ok(None)
    }
}

fn is_receipts(own: &[u8]) -> Result<bool, Failure> {
    let entry = own_entry(own)?;
    Ok(matches!(Event::decode(entry.kind, &entry.public), Ok(Event::Receipted(_))))
}

fn receipt_for(kept: &Kept, sent: Ref) -> Option<Proof> {
    let theirs = Entry::parse(&kept.entry).ok()?;
    match Event::decode(theirs.kind, &theirs.public) {
        Ok(Event::Received(body)) if body.entry == sent => Some(Proof::of_kept(kept, theirs.index)),
        Ok(_) | Err(_) => None,
    }
}
