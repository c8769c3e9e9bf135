//! Decisions about consent, and about the keys and data that follow from it.

mod change;
mod emergency;
mod erasure;
mod give;
mod keys;
mod withdraw;

pub(crate) use emergency::{disclose_declared, may_be_told};
pub(crate) use erasure::acknowledge;
pub(crate) use keys::give_key;

use crate::case::{CaseState, Link};
use crate::consent::Standing;
use crate::draft::{Audience, BasisOn};
use crate::event::Event;
use crate::event::case::LinkSide;
use crate::event::consent::ConsentWithdrawn;
use crate::event::referral::ReferralWithdrawn;
use crate::ids::EventId;
use crate::referral::ReferralState;
use crate::words::EndedBy;
use crate::world::World;

use super::Pen;

/// The threads in which `consent` was released by this office, each with its chain and, where it is at hand, its state.
fn threads_of<'w>(
    world: &World<'w>,
    case: &'w CaseState,
    consent: EventId,
) -> impl Iterator<Item = (&'w Link, EventId, Option<&'w ReferralState>)> {
    let linked = world.linked;
    let links =
        case.links.iter().filter(move |link| link.side == LinkSide::Sender && link.consent == Some(consent));
    links.filter_map(move |link| {
        let state = linked.iter().copied().find(|referral| referral.thread == link.referral);
        link.released.map(|chain| (link, chain, state))
    })
}

/// Ends the released consent of a thread, and the referral with it unless she is on her way.
fn end_thread(
    pen: &mut Pen<'_, '_>,
    link: &Link,
    chain: EventId,
    state: Option<&ReferralState>,
    by: EndedBy,
) {
    let released = state.and_then(|referral| referral.sender.consent.as_ref());
    if released.is_none_or(|released| released.standing == Standing::InForce) {
        tell(pen, link, ConsentWithdrawn { chain, by });
    }
    if state.is_some_and(|referral| !referral.has_ended() && !referral.sender.departed()) {
        tell(pen, link, ReferralWithdrawn { by });
    }
}

/// Tells the holder at the other end of `link`, whether or not the thread's state is at hand.
fn tell(pen: &mut Pen<'_, '_>, link: &Link, event: impl Into<Event>) {
    pen.push(link.referral, Audience::Office(link.other), event.into(), BasisOn::None, Vec::new(), None);
}
