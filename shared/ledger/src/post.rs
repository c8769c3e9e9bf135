//! The outbox as the office's courier uses it.

use std::collections::BTreeMap;

use waymark_domain::ids::OfficeId;
use waymark_domain::time::Timestamp;

use crate::ledger::Ledger;
use crate::outbox::OutboxRow;
use crate::places::Reach;
use crate::sequences::{Chain, Sequence};

impl Ledger {
    /// Says who belongs to the network: each gets every notice of this office, from the first. The own office is left out.
    pub fn set_offices(&self, offices: &[OfficeId]) {
        let own = self.core.identity.office;
        self.core.index().outbox().set_offices(offices.iter().copied().filter(|office| *office != own));
    }

    /// Up to `limit` rows that are due, grouped by recipient and in the order of the log. Each is handed out once and comes
    /// again after half a minute, unless it is reported sent, taken, given back or receipted before.
    #[must_use]
    pub fn outbox(&self, now: Timestamp, limit: usize) -> Vec<OutboxRow> {
        let index = self.core.index();
        let last = |sequence: Sequence| index.last_sent(sequence);
        self.core.outside(&index, |outside| index.outbox().hand_out(now, limit, &last, outside.lookup))
    }

    /// The rows went out; what is not receipted comes again, later each time.
    pub fn outbox_sent(&self, rows: &[OutboxRow], now: Timestamp) {
        self.core.index().outbox().sent(rows, now);
    }

    /// The rows did not go out; they are due at once.
    pub fn outbox_given_back(&self, rows: &[OutboxRow]) {
        self.core.index().outbox().given_back(rows);
    }

    /// The broker has taken the rows: receipts among them are done.
    pub fn outbox_taken(&self, rows: &[OutboxRow]) {
        self.core.index().outbox().taken(rows);
    }

    /// The recipient has entry `index`. Not needed for receipts that are logged as `Receipted`: those count by themselves.
    pub fn outbox_receipted(&self, to: OfficeId, index: u64) {
        let chain = match self.place(index).map(|place| place.reach) {
            Ok(Reach::Office) => Chain::Pair,
            Ok(Reach::Network) => Chain::Network,
            Ok(Reach::Nobody) | Err(_) => return,
        };
        let derived = self.core.index();
        self.core.outside(&derived, |outside| {
            let mut outbox = derived.outbox();
            derived.receipted(&mut outbox, to, chain, index, outside.lookup);
        });
    }

    /// What is under way to `to` is due at once, because it shows that it has not got it.
    pub fn outbox_hurry(&self, to: OfficeId) {
        self.core.index().outbox().hurry(to);
    }

    /// What waits for each office to be sent or receipted: how many entries, and the index of the oldest. Offices for which nothing
    /// waits are left out.
    #[must_use]
    pub fn outbox_waiting(&self) -> BTreeMap<OfficeId, (u64, u64)> {
        let index = self.core.index();
        let last = |sequence: Sequence| index.last_sent(sequence);
        self.core.outside(&index, |outside| index.outbox().waiting(&last, outside.lookup))
    }

    /// Whether the entry at `index`, which is for `to` alone, has no receipt of `to` yet.
    #[must_use]
    pub fn outbox_holds(&self, to: OfficeId, index: u64) -> bool {
        self.core.index().outbox().holds(to, Chain::Pair, index)
    }

    /// When the next row becomes due; `None` when nothing waits.
    #[must_use]
    pub fn outbox_next_at(&self, now: Timestamp) -> Option<Timestamp> {
        let index = self.core.index();
        index.outbox().next_due(now, &|sequence| index.last_sent(sequence))
    }
}
