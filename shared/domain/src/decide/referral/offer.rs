//! A referral is offered to one office: without identity, under a consent that names it, as one commit with the release of
//! that consent and the link to the case.

use crate::case::{CaseState, Consent};
use crate::command::OfferReferral;
use crate::decide::case::check_triage;
use crate::decide::check::{ascending, barred, between, consent, open_case, peer, red_lines};
use crate::decide::pen::given;
use crate::decide::{Decided, Decision, Pen};
use crate::draft::{Audience, BasisOn, GrantTo};
use crate::event::Event;
use crate::event::case::{CaseLinked, LinkSide};
use crate::event::consent::ConsentReleased;
use crate::event::referral::{Deadlines, ReferralKind, ReferralOffered};
use crate::ids::{OfficeId, ThreadId};
use crate::refusal::Refusal;
use crate::responsible::responsible_office;
use crate::section::Content;
use crate::sets::Purposes;
use crate::time::{DAY, HOUR};
use crate::words::{Category, OfficeRole};
use crate::world::{Peer, World};

/// An offer ends at least this long after it is made, and at most that long.
const OFFER_SECONDS: (u64, u64) = (HOUR, 60 * DAY);

impl Decision for OfferReferral {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        offer(self, None, world, pen)?;
        Ok(())
    }
}

/// Offers; `instead_of` is a referral that ends in the same commit. Returns the new thread.
pub(super) fn offer(
    command: &OfferReferral,
    instead_of: Option<ThreadId>,
    world: &World<'_>,
    pen: &mut Pen<'_, '_>,
) -> Result<ThreadId, Refusal> {
    let (me, now) = (pen.ctx.me, pen.ctx.now);
    let case = open_case(world)?;
    let to = peer(world, me, command.to)?;
    red_lines(&barred(case, None, world.linked), to)?;
    ascending("the purposes", &command.purposes)?;
    check_triage(&command.triage)?;
    let (consent, in_force) = consent(case, command.consent, command.to, now.day())?;
    in_force.serves(&command.purposes)?;
    in_force.covers(&[Category::Triage])?;
    onward(me, case, world)?;
    if command.kind == ReferralKind::HandOver {
        hand_over(command.to, to, me, case, instead_of, world)?;
    }
    let deadlines = deadlines(command, to, world, pen)?;
    Ok(write(command, case, consent, deadlines, pen))
}

/// A hand-over goes to an office, from the responsible one, and one at a time.
fn hand_over(
    office: OfficeId,
    to: &Peer,
    me: OfficeId,
    case: &CaseState,
    instead_of: Option<ThreadId>,
    world: &World<'_>,
) -> Decided {
    if !to.roles.contains(&OfficeRole::Office) {
        return Err(Refusal::NotAnOffice { office });
    }
    let responsible = responsible_office(me, case, world.linked);
    if responsible != me {
        return Err(Refusal::NotResponsible { responsible });
    }
    let others = world.linked.iter().filter(|referral| Some(referral.thread) != instead_of);
    match others.into_iter().find(|referral| referral.is_open_hand_over()) {
        Some(open) => Err(Refusal::HandOverOpen { referral: open.thread }),
        None => Ok(()),
    }
}

/// An office to which she was referred, and which is not responsible for her, refers onward only where that was consented.
fn onward(me: OfficeId, case: &CaseState, world: &World<'_>) -> Decided {
    let Some(came_by) = case.came_by else { return Ok(()) };
    if responsible_office(me, case, world.linked) == me {
        return Ok(());
    }
    let incoming = world.linked.iter().find(|referral| referral.thread == came_by);
    let chain = incoming.and_then(|referral| referral.sender.consent.as_ref());
    if chain.is_some_and(|chain| chain.scope.onward) { Ok(()) } else { Err(Refusal::OnwardNotConsented {}) }
}

fn deadlines(
    command: &OfferReferral,
    to: &Peer,
    world: &World<'_>,
    pen: &Pen<'_, '_>,
) -> Result<Deadlines, Refusal> {
    let now = pen.ctx.now;
    let hours = to.profile.as_ref().map(|profile| &profile.hours);
    let mut deadlines = world.office.rules.deadlines(command.triage.urgency, now, hours);
    if let Some(expires_at) = command.expires_at {
        between("the end of the offer", expires_at, now.plus(OFFER_SECONDS.0), now.plus(OFFER_SECONDS.1))?;
        deadlines.expires_at = expires_at;
        deadlines.acknowledge_by = deadlines.acknowledge_by.min(expires_at);
    }
    match world.office.inbox_key(command.to, now.day(), deadlines.expires_at) {
        Some(_) => Ok(deadlines),
        None => Err(Refusal::NoInboxKey { office: command.to }),
    }
}

fn write(
    command: &OfferReferral,
    case: &CaseState,
    consent: &Consent,
    deadlines: Deadlines,
    pen: &mut Pen<'_, '_>,
) -> ThreadId {
    let thread = pen.ctx.ids.thread();
    let to = Audience::Office(command.to);
    let scope = consent.scope;
    let released = ConsentReleased {
        // No thread is released more purposes than it serves.
        purposes: scope.purposes.intersection(Purposes::from(&command.purposes)).to_vec(),
        categories: scope.categories.to_vec(),
        onward: scope.onward,
        from: scope.from,
        until: scope.until,
    };
    let chain = pen.push(thread, to, released.into(), BasisOn::None, Vec::new(), None);
    let offered = ReferralOffered {
        kind: command.kind,
        consent: chain,
        purposes: command.purposes.clone(),
        urgency: command.triage.urgency,
        deadlines,
        thread_key: pen.ctx.ids.thread_key(thread),
        minor: case.minor,
    };
    let triage = vec![given(Category::Triage, Content::Triage(command.triage.clone()))];
    let inbox = Some(GrantTo::Inbox(command.to));
    pen.push(thread, to, Event::from(offered), BasisOn::Consent(chain), triage, inbox);
    let link = CaseLinked {
        referral: thread,
        other: command.to,
        side: LinkSide::Sender,
        kind: command.kind,
        consent: Some(command.consent),
        released: Some(chain),
    };
    pen.own(case.thread, link, Vec::new());
    thread
}
