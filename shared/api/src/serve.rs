//! What every service does in the same way: rows of a projection, pages of a list, streams of changes, the way to the desk.
//!
//! No rule of the field is here: services bring the states. Rows hold no personal data, so neither do lists and streams.
//! Read [`rows`] first, then [`paging`] and [`stream`]; [`desk_door!`](crate::desk_door) ties a service to its desk. [`place`],
//! [`journey`] and [`holding`] are the views that two services show.

mod door;
pub mod holding;
pub mod journey;
pub mod paging;
pub mod place;
pub mod rows;
pub mod stream;

use tonic::Request;
use waymark_domain::event::case::LinkSide;
use waymark_domain::ids::{EventId, OfficeId, StaffId};
use waymark_domain::referral::ReferralState;
use waymark_domain::time::Timestamp;
use waymark_domain::world::Party;

use crate::error::{Fault, Rejected};

/// Metadata that names the member of staff who calls: 16 hexadecimal digits. The node sets it from the session.
pub const STAFF: &str = "waymark-staff";
/// The same of whoever agrees with her, where two must.
pub const SECOND_STAFF: &str = "waymark-second-staff";
/// Metadata with the session of the member of staff who calls.
pub const SESSION: &str = "waymark-session";
/// Metadata with the name of whoever agrees with her, and with her password: they are good for this one call and make no session.
pub const SECOND_NAME: &str = "waymark-second-name-bin";
/// See [`SECOND_NAME`].
pub const SECOND_PASSWORD: &str = "waymark-second-password-bin";
/// Metadata that is there when whoever calls opens sections of referrals and none of a case. The node sets it from her roles.
pub const REFERRALS_ONLY: &str = "waymark-referrals-only";

/// Stands for a caller who named nobody: the office itself.
pub const NOBODY: StaffId = StaffId::NOBODY;

/// Who calls.
///
/// # Errors
/// [`Rejected`] when what is stated is no identifier.
pub fn staff<T>(request: &Request<T>) -> Result<StaffId, Rejected> {
    stated(request, STAFF)
}

/// Who agrees with the caller; nobody, mostly.
///
/// # Errors
/// As [`staff`].
pub fn second_staff<T>(request: &Request<T>) -> Result<StaffId, Rejected> {
    stated(request, SECOND_STAFF)
}

/// Whether whoever calls may open sections of cases too, and not of referrals alone.
pub fn opens_cases<T>(request: &Request<T>) -> bool {
    !request.metadata().contains_key(REFERRALS_ONLY)
}

fn stated<T>(request: &Request<T>, key: &'static str) -> Result<StaffId, Rejected> {
    let Some(stated) = request.metadata().get(key) else { return Ok(NOBODY) };
    let read = stated.to_str().ok().and_then(|text| text.parse().ok());
    read.ok_or_else(|| Rejected::one(key, Fault::NotAnId))
}

/// What surrounds an event that a view takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Its id.
    pub event_id: EventId,
    /// Which half of its thread it belongs to.
    pub author: Party,
    /// When this office came to know it.
    pub recorded_at: Timestamp,
}

/// This office's side of a referral.
///
/// Answers the receiver for an office that is no party: such a thread is not kept here.
#[must_use]
pub fn side_of(referral: &ReferralState, me: OfficeId) -> Party {
    referral.party(me).unwrap_or(Party::Receiver)
}

/// A side of a referral, as rows keep it.
#[must_use]
pub const fn link_side(party: Party) -> LinkSide {
    match party {
        Party::Sender => LinkSide::Sender,
        Party::Receiver => LinkSide::Receiver,
    }
}

/// The party of a side.
#[must_use]
pub const fn party_of(side: LinkSide) -> Party {
    match side {
        LinkSide::Sender => Party::Sender,
        LinkSide::Receiver => Party::Receiver,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(value: &'static str) -> Result<StaffId, Rejected> {
        let mut request = Request::new(());
        request.metadata_mut().insert(STAFF, tonic::metadata::MetadataValue::from_static(value));
        staff(&request)
    }

    #[test]
    fn a_caller_is_who_the_metadata_names_or_nobody() {
        assert_eq!(staff(&Request::new(())), Ok(NOBODY));
        assert_eq!(stated("00000000000000a7"), Ok(StaffId([0, 0, 0, 0, 0, 0, 0, 0xa7])));
        assert!(stated("a7").is_err());
        assert!(stated("").is_err());
    }
}
