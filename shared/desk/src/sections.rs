//! Sealed sections, opened when somebody needs them and never kept open.

use waymark_domain::draft::{self, BasisOn, Draft};
use waymark_domain::event::Event;
use waymark_domain::event::case::SectionShown;
use waymark_domain::ids::{EventId, Hash, OfficeId, Ref, StaffId, ThreadId};
use waymark_domain::section::Content;
use waymark_domain::words::Category;
use waymark_domain::world::Party;
use waymark_seal::actor::RequestMark;
use waymark_seal::entry::{Basis, SectionRef, category_number};
use waymark_seal::section::{SectionContext, open_section};
use waymark_seal::unplaced::Body;

use crate::desk::Desk;
use crate::new_ids::NewIds;
use crate::order::Failure;
use crate::seen::Seen;
use crate::threads::Thread;

/// Why a section is not shown.
#[derive(Debug, thiserror::Error)]
pub enum SectionFault {
    /// There is no such thread, event or section here.
    #[error("there is no such section at this office")]
    NotHere,
    /// It was not shared with this office.
    #[error("this section was not shared with this office")]
    NotForUs,
    /// The consent on which it was shared has ended, its day has passed, or its case is to be erased: it is locked until it is gone.
    #[error("this office may no longer read this section")]
    Ended,
    /// It was erased.
    #[error("this section was erased")]
    Erased,
    /// This office sealed it under a key that was lost with an earlier folder.
    #[error("the key of this section was lost with an earlier data folder of this office")]
    KeyLost,
    /// The stored bytes do not open.
    #[error(
        "this section is damaged here; nothing else is affected; ask the administrator to run `waymark audit verify`"
    )]
    Damaged,
    /// Our machine failed.
    #[error("this section could not be read just now; nothing is lost; try again")]
    Failed(#[from] Failure),
}

impl Desk {
    /// Opens one section of one event.
    ///
    /// # Errors
    /// [`SectionFault`] says why it is not shown.
    pub fn open_section(
        &self,
        thread: ThreadId,
        event: EventId,
        category: Category,
    ) -> Result<Content, SectionFault> {
        let known = self.thread(thread)?.ok_or(SectionFault::NotHere)?;
        let at = known.find(event).ok_or(SectionFault::NotHere)?;
        let seen = self.seen_at(at.index)?.into_iter().find(|seen| seen.event_id == event);
        self.open_seen(&known, &seen.ok_or(SectionFault::NotHere)?, category)
    }

    /// The newest section of a category in a thread that this office can open; those of legs and the reception are opened by event.
    ///
    /// # Errors
    /// [`SectionFault`] when there is one and it does not open.
    pub fn latest_section(
        &self,
        thread: ThreadId,
        category: Category,
    ) -> Result<Option<(EventId, Content)>, SectionFault> {
        let Some(known) = self.thread(thread)? else { return Ok(None) };
        for at in known.events.iter().rev() {
            let seen = self.seen_at(at.index)?.into_iter().find(|seen| seen.event_id == at.event);
            // A leg or the reception is opened by its event: it does not take the place of what was disclosed of her.
            let disclosed = |seen: &Seen| {
                let journey = matches!(seen.event, Ok(Event::LegBooked(_) | Event::ReceptionArranged(_)));
                !journey && section_of(seen, category).is_some()
            };
            let Some(seen) = seen.filter(disclosed) else { continue };
            return self.open_seen(&known, &seen, category).map(|content| Some((seen.event_id, content)));
        }
        Ok(None)
    }

    /// Shows a section to a member of staff: the newest one, or that of an event. That it was shown stands in the log before anything is
    /// shown; where the start guard still waits, it is shown all the same, because somebody may be in danger, and a line in the
    /// machine's log says so.
    ///
    /// # Errors
    /// [`SectionFault`] says why it is not shown.
    pub fn show_section(
        &self,
        thread: ThreadId,
        event: Option<EventId>,
        category: Category,
        staff: StaffId,
    ) -> Result<(EventId, Content), SectionFault> {
        let (event, content) = match event {
            Some(event) => (event, self.open_section(thread, event, category)?),
            None => self.latest_section(thread, category)?.ok_or(SectionFault::NotHere)?,
        };
        self.record_shown(thread, event, category, staff)?;
        Ok((event, content))
    }

    /// Records that a section is shown to a member of staff, before it is. Where the start guard still waits, only a line in the machine's
    /// log says so: somebody may be in danger.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be recorded; then it must not be shown.
    pub fn record_shown(
        &self,
        thread: ThreadId,
        event: EventId,
        category: Category,
        staff: StaffId,
    ) -> Result<(), Failure> {
        tracing::info!(target: "waymark::access", %staff, %thread, %category, %event, "shown");
        if self.may_write().is_err() {
            tracing::warn!(target: "waymark::access", %staff, %thread, "shown before it could be recorded in the log");
            return Ok(());
        }
        let shown = Draft {
            event_id: EventId(self.random()),
            thread,
            audience: draft::Audience::Nobody,
            event: SectionShown { event, category }.into(),
            basis: BasisOn::OwnData,
            causes: Vec::new(),
            sections: Vec::new(),
            grant_to: None,
        };
        let _thread = self.stripes.lock(&[thread]);
        match self.write(vec![shown], NewIds::new(self, None), staff, self.now()) {
            Ok(_) => Ok(()),
            Err(fault) => {
                tracing::error!(%fault, "a section is not shown: that it is could not be recorded");
                Err(Failure::Inconsistent("that a section was shown could not be recorded"))
            }
        }
    }

    /// Who acted; only for this office's own entries.
    pub fn actor_of(&self, seen: &Seen) -> Option<StaffId> {
        let (staff, _) = self.own_actor(seen)?;
        Some(staff)
    }

    /// Who wrote an event of this office, and on which request.
    pub(crate) fn own_actor(&self, seen: &Seen) -> Option<(StaffId, Option<RequestMark>)> {
        if seen.author() == self.me { self.actors.open(&seen.event_id, &seen.actor) } else { None }
    }

    /// Opens the section of a category that an event of `thread` carries.
    ///
    /// # Errors
    /// [`SectionFault`] says why it is not shown.
    pub fn open_seen(
        &self,
        thread: &Thread,
        seen: &Seen,
        category: Category,
    ) -> Result<Content, SectionFault> {
        let (position, section) = section_of(seen, category).ok_or(SectionFault::NotHere)?;
        if self.is_to_be_erased(seen.thread) {
            return Err(SectionFault::Ended);
        }
        let key = self.vault.section_key(&seen.thread, &section.key).map_err(Failure::from)?;
        if key.is_none() && self.is_of_erased_case(seen.thread)? {
            return Err(SectionFault::Erased);
        }
        let key = key.ok_or_else(|| match seen.at {
            at if at.office != self.me => {
                match self.has_erased(thread) && !self.may_read(thread, seen, category) {
                    true => SectionFault::Erased,
                    false => SectionFault::NotForUs,
                }
            }
            at if at.log < self.log => SectionFault::KeyLost,
            _ => SectionFault::Erased,
        })?;
        if seen.author() != self.me && !self.may_read(thread, seen, category) {
            return Err(SectionFault::Ended);
        }
        let body = self.body(seen, position, &section.hash)?;
        let context = SectionContext {
            network: self.network,
            office: seen.author(),
            thread: seen.thread,
            basis: basis_event(self.me, thread, &seen.basis),
            category,
            event: seen.event_id,
            key: section.key,
        };
        let plain = open_section(&key, &context, &body).map_err(|_| SectionFault::Damaged)?;
        postcard::from_bytes(&plain).map_err(|_| SectionFault::Damaged)
    }

    /// Whether this office has erased anything of a thread.
    fn has_erased(&self, thread: &Thread) -> bool {
        let held = thread.referral().and_then(|referral| Some(referral.erased(referral.party(self.me)?)));
        held.is_some_and(|erased| !erased.is_empty())
    }

    /// Whether what another office sealed may be read today: from a withdrawal on it may not, also before it is erased.
    fn may_read(&self, thread: &Thread, seen: &Seen, category: Category) -> bool {
        let Some(referral) = thread.referral() else { return false };
        let today = self.now().day();
        match (&seen.event, referral.party(seen.author())) {
            // What is disclosed to save a life ends with its own review, not with the consent.
            (Ok(Event::EmergencyDisclosed(body)), Some(author)) => {
                referral.may_read_emergency(author, body.emergency, today)
            }
            (Ok(Event::AddressReleased(_)), Some(_)) => referral.may_read_address(today),
            (Ok(_), Some(Party::Sender)) => self.rules.readable(referral, category, today),
            (Ok(_), Some(Party::Receiver)) => true,
            (Err(_), _) | (Ok(_), None) => false,
        }
    }

    /// Whether an event is this office's own and stands in the log in use.
    pub(crate) fn wrote_here(&self, seen: &Seen) -> bool {
        (seen.at.office, seen.at.log) == (self.me, self.log)
    }

    /// The ciphertext of a section, or the wrap of a grant, by its position among the bodies of an entry and the hash that the entry
    /// names.
    pub(crate) fn body(&self, seen: &Seen, position: usize, hash: &Hash) -> Result<Vec<u8>, SectionFault> {
        let body = if self.wrote_here(seen) {
            Some(self.ledger.body(seen.index, seen.event_id, position, hash).map_err(Failure::from)?)
        } else {
            let kept = self.ledger.kept(seen.index).map_err(Failure::from)?.ok_or(SectionFault::NotHere)?;
            kept.bodies.into_iter().nth(position)
        };
        match body {
            Some(Body::Whole(bytes)) => Ok(bytes),
            Some(Body::Withheld(_)) => Err(SectionFault::Erased),
            None => Err(SectionFault::Damaged),
        }
    }
}

fn section_of(seen: &Seen, category: Category) -> Option<(usize, &SectionRef)> {
    let number = category_number(category);
    seen.sections.iter().enumerate().find(|(_, section)| section.category == number)
}

/// The event that a section or grant is bound to by its basis: of a consent, the first of its chain.
pub(crate) fn basis_event(me: OfficeId, thread: &Thread, basis: &Basis) -> Option<EventId> {
    let named: Ref = match basis {
        Basis::None | Basis::OwnData => return None,
        Basis::Consent(named) | Basis::Reply(named) | Basis::Emergency(named) => *named,
    };
    // The whole place must fit: another incarnation of the log, or other bytes there, is another entry.
    thread.event_at(&named, named.office == me)
}
