//! Who is responsible for a person: exactly one office at every moment.
//!
//! The rule: the office that opened the case is responsible until the receiver of a hand-over confirms that it has met the
//! person; from that entry on the receiver is. Nothing else moves responsibility, and nothing moves it back but another
//! hand-over. One thread: [`ReferralState::responsible`]; a case with all its hand-overs: [`responsible_office`].
//!
//! Exactly one over all logs together, because hand-overs of a case follow each other: the next is offered only when the other
//! office has acknowledged the end of the one before, and a reception that its writer's own log puts after that
//! acknowledgement moves nothing ([`crossing`](crate::referral::crossing)).

use crate::case::CaseState;
use crate::event::case::LinkSide;
use crate::event::referral::ReferralKind;
use crate::ids::OfficeId;
use crate::referral::{Ending, ReferralState, settled};

/// The office responsible for the person of `case`, as `me` knows: its own case and every referral linked to it.
#[must_use]
pub fn responsible_office(me: OfficeId, case: &CaseState, linked: &[&ReferralState]) -> OfficeId {
    // A case whose first referral came from another office was opened for it: that office referred a person it answers for.
    let came_from = case.links.first().filter(|link| link.side == LinkSide::Receiver);
    let first = came_from.map_or(me, |link| link.other);
    let hand_overs = case.links.iter().filter(|link| link.kind == ReferralKind::HandOver);
    hand_overs.fold(first, |responsible, link| {
        let referral = linked.iter().find(|referral| referral.thread == link.referral);
        let received = referral.is_some_and(|referral| {
            settled(&referral.sender, &referral.receiver) == Some(Ending::HandedOver)
        });
        match (received, link.side) {
            (false, _) => responsible,
            (true, LinkSide::Sender) => link.other,
            (true, LinkSide::Receiver) => me,
        }
    })
}
