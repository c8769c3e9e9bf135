//! What a consent covers, told from the entries alone and not by the rules that are under test.

use std::collections::BTreeSet;

use waymark_desk::{Desk, SectionFault, Seen, Thread, section_category};
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, OfficeId, ThreadId};
use waymark_domain::referral::ReferralState;
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
}

impl Heard {
    fn take(&mut self, seen: &Seen, event: &Event) {
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
            _ => {}
        }
    }

    /// Whether a holder may read today what was disclosed on the consent. An emergency opens what was disclosed in it, and nothing else.
    fn covers(&self, category: Category, today: Day) -> bool {
        self.covered.contains(&category) && today <= self.until
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
/// what it has heard. Nobody discloses to whom she said no.
pub(super) fn holds(office: &Office, desk: &Desk, thread: &Thread) -> Checked {
    let Some(referral) = thread.referral() else { return Ok(()) };
    let history = desk.history(referral.thread).map_err(unreadable)?;
    heeds_her_no(office, desk, referral, &history)?;
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

/// Her newest word on the other office, by the case's own entries, was not a no when this one disclosed something to it.
fn heeds_her_no(office: &Office, desk: &Desk, referral: &ReferralState, history: &[Seen]) -> Checked {
    let Some(case) = desk.case_of(referral.thread) else { return Ok(()) };
    let Some(side) = referral.party(office.id) else { return Ok(()) };
    let other = referral.office(side.other());
    let words = desk.history(case).map_err(unreadable)?;
    let said: Vec<(u64, bool)> = words
        .iter()
        .filter_map(|seen| match &seen.event {
            Ok(Event::ConsentRefused(body)) if body.recipient == other => Some((seen.index, false)),
            Ok(Event::ConsentGiven(body)) if body.scope.recipient == other => Some((seen.index, true)),
            _ => None,
        })
        .collect();
    let shares = |seen: &&Seen| {
        let on = matches!(seen.basis, Basis::Consent(_) | Basis::Emergency(_));
        on && seen.author() == office.id && !seen.sections.is_empty()
    };
    for seen in history.iter().filter(shares) {
        let newest = said.iter().rfind(|(index, _)| *index < seen.index);
        if newest.is_some_and(|(_, yes)| !yes) {
            let how = format!("office {} has disclosed to {other} after her no", office.number);
            return Err(Breach::new(Rule::AfterNo, how));
        }
    }
    Ok(())
}

/// Every withdrawal and expiry has its acknowledgement at this end, and what it concerns is erased; so is an emergency that was turned
/// down.
pub(super) fn is_answered(office: &Office, desk: &Desk, thread: ThreadId) -> Checked {
    let Some(known) = desk.thread(thread).map_err(unreadable)? else { return Ok(()) };
    let Some(referral) = known.referral() else { return Ok(()) };
    let history = desk.history(thread).map_err(unreadable)?;
    if referral.to == office.id {
        is_acknowledged(office, &history, referral)?;
    }
    is_turned_down(office, desk, &known, &history)?;
    is_erased(office, desk, &known, &history, referral.from)
}

fn is_acknowledged(office: &Office, history: &[Seen], referral: &ReferralState) -> Checked {
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
            let how = format!(
                "office {} has not acknowledged the end of a consent in {}",
                office.number, referral.thread
            );
            return Err(Breach::new(Rule::Unanswered, how));
        }
    }
    Ok(())
}

/// Of what was disclosed in an emergency that was turned down nothing is left, at either end.
fn is_turned_down(office: &Office, desk: &Desk, thread: &Thread, history: &[Seen]) -> Checked {
    let turned_down = |emergency: EventId, author: OfficeId| {
        history.iter().any(|seen| {
            let said = matches!(&seen.event, Ok(Event::EmergencyReviewed(body)) if body.emergency == emergency && !body.upheld);
            said && seen.author() == author && seen.recorded_at.plus(WAITS_SECONDS) <= desk.now()
        })
    };
    for seen in history {
        let Ok(Event::EmergencyDisclosed(body)) = &seen.event else { continue };
        if !turned_down(body.emergency, seen.author()) {
            continue;
        }
        for category in seen.sections.iter().filter_map(section_category) {
            if !is_gone(desk, thread, seen, category) {
                let how = format!("office {} keeps {category} of a turned down emergency", office.number);
                return Err(Breach::new(Rule::NotErased, how));
            }
        }
    }
    Ok(())
}

/// Whether nothing here opens a section any more, now or later.
fn is_gone(desk: &Desk, thread: &Thread, seen: &Seen, category: Category) -> bool {
    let opened = desk.open_seen(thread, seen, category);
    matches!(
        opened,
        Err(SectionFault::Erased | SectionFault::NotForUs | SectionFault::NotHere | SectionFault::KeyLost)
    )
}

/// The longest that an office of a run waits with an erasure, and some time for somebody else to confirm the day.
const WAITS_SECONDS: u64 = DAY + HOUR;

/// Of what this office has heard to be taken away no key is left, unless it claims to keep it and the claim has not ended; nor has the
/// sender its copies. A day that has passed is not enough: the sender says that it has.
fn is_erased(office: &Office, desk: &Desk, thread: &Thread, history: &[Seen], from: OfficeId) -> Checked {
    let (all, heard) = disclosed(history, from);
    if desk.now() < heard.taken_at.plus(WAITS_SECONDS) {
        return Ok(());
    }
    let claimed = |category: Category| {
        let mut claims = history.iter().filter(|seen| seen.author() == office.id);
        claims.any(|seen| {
            matches!(&seen.event, Ok(Event::RetentionClaimed(it))
                if it.categories.contains(&category) && desk.now() < it.until.end().plus(WAITS_SECONDS))
        })
    };
    for Disclosed { seen, category, .. } in all {
        if !is_gone(desk, thread, seen, category) && !heard.covered.contains(&category) && !claimed(category)
        {
            let how =
                format!("office {} has locked and not erased {category} in {}", office.number, seen.thread);
            return Err(Breach::new(Rule::NotErased, how));
        }
    }
    Ok(())
}
