//! What a consent covers, told from the entries alone and not by the rules that are under test.

use std::collections::BTreeSet;

use waymark_desk::{Desk, SectionFault, Seen, Thread, section_category};
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, OfficeId, ThreadId};
use waymark_domain::time::{DAY, Day, HOUR, Timestamp};
use waymark_domain::words::Category;
use waymark_seal::Basis;

use super::{Breach, Checked, Rule, unreadable};
use crate::simulation::office::Office;

/// What one end of a thread has heard of its consent so far.
#[derive(Default)]
struct Heard {
    /// What is covered; nothing before a consent was released and after it has ended.
    covered: BTreeSet<Category>,
    until: Day,
    ended: bool,
    /// When this office heard last that something was taken away.
    taken_at: Timestamp,
    /// Emergencies of the sender, and what each covers.
    emergencies: Vec<(EventId, Vec<Category>)>,
}

impl Heard {
    fn take(&mut self, seen: &Seen, event: &Event) {
        let id = seen.event_id;
        match event {
            Event::ConsentReleased(body) if self.until == Day(0) => {
                self.covered = body.categories.iter().copied().collect();
                self.until = body.until;
            }
            Event::ConsentNarrowed(body) => {
                self.covered.retain(|category| body.categories.contains(category));
                self.until = self.until.min(body.until);
                self.taken_at = seen.recorded_at;
            }
            Event::ConsentRenewed(body) if !self.ended => self.until = self.until.max(body.until),
            Event::ConsentWithdrawn(_) | Event::ConsentExpired(_) => {
                self.covered.clear();
                self.ended = true;
                self.taken_at = seen.recorded_at;
            }
            Event::EmergencyDeclared(body) => self.emergencies.push((id, body.categories.clone())),
            Event::EmergencyReviewed(body) if !body.upheld => {
                self.emergencies.retain(|(emergency, _)| *emergency != body.emergency);
            }
            _ => {}
        }
    }

    /// Whether a holder may read today.
    fn covers(&self, category: Category, today: Day) -> bool {
        let consented = self.covered.contains(&category) && today <= self.until;
        consented || self.emergencies.iter().any(|(_, categories)| categories.contains(&category))
    }
}

/// A section that the sender disclosed on a consent, and whether the consent as heard until then covered it.
struct Disclosed<'s> {
    seen: &'s Seen,
    category: Category,
    covered: bool,
}

/// The sections that `sender` disclosed on a consent, in the order in which this office heard of them, and what holds now.
fn disclosed(history: &[Seen], sender: OfficeId) -> (Vec<Disclosed<'_>>, Heard) {
    let (mut all, mut heard) = (Vec::new(), Heard::default());
    for seen in history.iter().filter(|seen| seen.author() == sender) {
        if matches!(seen.basis, Basis::Consent(_)) {
            for category in seen.sections.iter().filter_map(section_category) {
                all.push(Disclosed { seen, category, covered: heard.covered.contains(&category) });
            }
        }
        if let Ok(event) = &seen.event {
            heard.take(seen, event);
        }
    }
    (all, heard)
}

/// The sender discloses nothing that is not covered by its own word; the receiver holds and reads nothing that is not covered by
/// what it has heard.
pub(super) fn holds(office: &Office, desk: &Desk, thread: &Thread) -> Checked {
    let Some(referral) = thread.referral() else { return Ok(()) };
    let history = desk.history(referral.thread).map_err(unreadable)?;
    let (all, heard) = disclosed(&history, referral.from);
    let today = desk.now().day();
    for Disclosed { seen, category, covered } in all {
        let told = |what| format!("office {} {what} {category} in {}", office.number, referral.thread);
        if referral.from == office.id {
            if !covered {
                return Err(Breach::new(Rule::Disclosed, told("has disclosed")));
            }
            continue;
        }
        let opened = desk.open_seen(thread, seen, category);
        if !covered
            && !matches!(opened, Err(SectionFault::NotForUs | SectionFault::NotHere | SectionFault::Erased))
        {
            return Err(Breach::new(Rule::KeyTaken, told("has taken over a key for")));
        }
        if opened.is_ok() && !heard.covers(category, today) {
            return Err(Breach::new(Rule::Readable, told("can still read")));
        }
    }
    Ok(())
}

/// Every withdrawal and expiry has its acknowledgement at this end, and what it concerns is erased.
pub(super) fn is_answered(office: &Office, desk: &Desk, thread: ThreadId) -> Checked {
    let Some(known) = desk.thread(thread).map_err(unreadable)? else { return Ok(()) };
    let Some(referral) = known.referral().filter(|referral| referral.to == office.id) else { return Ok(()) };
    let history = desk.history(thread).map_err(unreadable)?;
    let ends = history.iter().filter(|seen| {
        let ended = matches!(seen.event, Ok(Event::ConsentWithdrawn(_) | Event::ConsentExpired(_)));
        ended && seen.author() == referral.from
    });
    // A second word of the same end, which only a hostile office writes, asks for nothing.
    if let Some(end) = ends.into_iter().next() {
        let answers = |seen: &&Seen| {
            seen.author() == office.id
                && matches!(&seen.event, Ok(Event::WithdrawalAcknowledged(body)) if body.because == end.event_id)
        };
        if !history.iter().any(|seen| answers(&seen)) {
            let how =
                format!("office {} has not acknowledged the end of a consent in {thread}", office.number);
            return Err(Breach::new(Rule::Unanswered, how));
        }
    }
    is_erased(office, desk, &known, &history, referral.from)
}

/// The longest that an office of a run waits with an erasure, and some time for somebody else to confirm the day.
const WAITS_SECONDS: u64 = DAY + HOUR;

/// Of what this office has heard to be taken away no key is left, unless it claims to keep it. A day that has passed is not enough: the
/// sender says that it has.
fn is_erased(office: &Office, desk: &Desk, thread: &Thread, history: &[Seen], from: OfficeId) -> Checked {
    let (all, heard) = disclosed(history, from);
    if desk.now() < heard.taken_at.plus(WAITS_SECONDS) {
        return Ok(());
    }
    let claimed = |category: Category| {
        let mut claims = history.iter().filter(|seen| seen.author() == office.id);
        claims.any(|seen| matches!(&seen.event, Ok(Event::RetentionClaimed(it)) if it.categories.contains(&category)))
    };
    for Disclosed { seen, category, .. } in all {
        let gone = matches!(
            desk.open_seen(thread, seen, category),
            Err(SectionFault::Erased | SectionFault::NotForUs | SectionFault::NotHere)
        );
        if !gone && !heard.covered.contains(&category) && !claimed(category) {
            let how =
                format!("office {} has locked and not erased {category} in {}", office.number, seen.thread);
            return Err(Breach::new(Rule::NotErased, how));
        }
    }
    Ok(())
}
