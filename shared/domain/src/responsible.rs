//! Who is responsible for a person: exactly one office at every moment.
//!
//! The rule: the office that opened the case is responsible until the receiver of a hand-over confirms that it has met the
//! person; from that entry on the receiver is. Nothing else moves responsibility, and nothing moves it back but another
//! hand-over. One thread: [`ReferralState::responsible`]; a case with all its hand-overs: [`responsible_office`].

use crate::case::CaseState;
use crate::event::case::LinkSide;
use crate::event::referral::ReferralKind;
use crate::ids::OfficeId;
use crate::referral::{Ending, ReferralState, settled};

/// The office responsible for the person of `case`, as `me` knows: its own case and every referral linked to it.
#[must_use]
pub fn responsible_office(me: OfficeId, case: &CaseState, linked: &[&ReferralState]) -> OfficeId {
    let came_from =
        case.came_by.and_then(|thread| case.link(thread)).filter(|link| link.side == LinkSide::Receiver);
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
