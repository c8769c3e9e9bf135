//! Events as an office sees them, for tests of projections: one small log, folded into threads by the desk's own door.
//!
//! Used by the tests of every service. It stands in for nothing: events, states and rows are the real ones.

use std::collections::BTreeMap;

use waymark_desk::{Projection, Seen, Thread};
use waymark_domain::event::Event;
use waymark_domain::event::consent::{ConsentReleased, ThreadKey};
use waymark_domain::event::referral::{
    AcceptConfirmed, Deadlines, ReferralAccepted, ReferralKind, ReferralOffered,
};
use waymark_domain::ids::{EventId, Hash, KemPublic, OfficeId, Ref, ThreadId};
use waymark_domain::time::{Day, Timestamp};
use waymark_domain::words::{Category, Purpose, Urgency};
use waymark_seal::entry::{Audience, Basis};

/// The office that looks.
pub(crate) const NORTH: OfficeId = OfficeId([0xa1; 16]);
/// Another office.
pub(crate) const SOUTH: OfficeId = OfficeId([0xb2; 16]);
/// The instant of the first event; each later one is a minute later.
pub(crate) const START: Timestamp = Timestamp(1_795_500_000);

/// A log as the office `me` holds it, and what was made of it.
pub(crate) struct Log<'p> {
    pub me: OfficeId,
    pub threads: BTreeMap<ThreadId, Thread>,
    pub seen: Vec<Seen>,
    projection: &'p dyn Projection,
}

impl<'p> Log<'p> {
    pub(crate) fn new(me: OfficeId, projection: &'p dyn Projection) -> Self {
        Self { me, threads: BTreeMap::new(), seen: Vec::new(), projection }
    }

    /// The instant of the next event.
    pub(crate) fn now(&self) -> Timestamp {
        START.plus(60 * self.seen.len() as u64)
    }

    /// `author` writes `event` to `audience`, and the office of this log sees it.
    pub(crate) fn write(
        &mut self,
        author: OfficeId,
        thread: ThreadId,
        audience: Audience,
        event: impl Into<Event>,
    ) -> EventId {
        let (event, index, now) = (event.into(), self.seen.len() as u64, self.now());
        let event_id = EventId((u128::from(index) + 1).to_be_bytes());
        let seen = Seen {
            index,
            recorded_at: now,
            at: Ref { office: author, log: 1, index, leaf: Hash([0; 32]) },
            event_id,
            thread,
            claimed_at: now,
            audience,
            basis: Basis::None,
            kind: event.kind(),
            event: Ok(event),
            sections: Vec::new(),
            grants: Vec::new(),
            actor: Vec::new(),
        };
        let state = self.threads.entry(thread).or_default();
        state.take(self.me, &seen);
        self.projection.apply(&seen, state);
        self.seen.push(seen);
        event_id
    }

    /// The office writes about its own case.
    pub(crate) fn note(&mut self, case: ThreadId, event: impl Into<Event>) -> EventId {
        self.write(self.me, case, Audience::Nobody, event)
    }

    /// `from` offers a referral to `to`.
    pub(crate) fn offer(
        &mut self,
        referral: ThreadId,
        from: OfficeId,
        to: OfficeId,
        kind: ReferralKind,
    ) -> EventId {
        let today = self.now().day();
        let released = ConsentReleased {
            purposes: vec![Purpose::SafeShelter, Purpose::SafeReturn],
            categories: vec![Category::Triage, Category::Contact],
            onward: false,
            from: today,
            until: today.plus(180),
        };
        let consent = self.write(from, referral, Audience::Office(to), released);
        let offered = ReferralOffered {
            kind,
            consent,
            purposes: vec![Purpose::SafeReturn],
            urgency: Urgency::Urgent,
            deadlines: deadlines(self.now()),
            thread_key: KemPublic([1; 32]),
            minor: false,
        };
        self.write(from, referral, Audience::Office(to), offered)
    }

    /// `to` takes delivery and accepts, and `from` confirms.
    pub(crate) fn agree(&mut self, referral: ThreadId, from: OfficeId, to: OfficeId) {
        self.write(to, referral, Audience::Office(from), ThreadKey { key: KemPublic([2; 32]) });
        let accept = self.write(to, referral, Audience::Office(from), ReferralAccepted {});
        self.write(from, referral, Audience::Office(to), AcceptConfirmed { accept, barred: Vec::new() });
    }

    /// Applies everything again to another projection.
    pub(crate) fn replay(&self, projection: &dyn Projection) {
        let mut threads: BTreeMap<ThreadId, Thread> = BTreeMap::new();
        for seen in &self.seen {
            let thread = threads.entry(seen.thread).or_default();
            thread.take(self.me, seen);
            projection.apply(seen, thread);
        }
    }
}

/// A thread.
pub(crate) const fn thread(number: u8) -> ThreadId {
    ThreadId([number; 16])
}

/// The first day of the log.
pub(crate) const fn today() -> Day {
    START.day()
}

fn deadlines(now: Timestamp) -> Deadlines {
    Deadlines {
        acknowledge_by: now.plus(86_400),
        contact_by: now.plus(3 * 86_400),
        expires_at: now.plus(7 * 86_400),
    }
}
