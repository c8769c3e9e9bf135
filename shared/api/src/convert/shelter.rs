//! ShelterService.

use waymark_domain::command::{
    CheckInToShelter, CheckOutOfShelter, ChoosePlace, ConfirmPlace, GiveUpPlace, HoldPlace, PublishCapacity,
    RefusePlace, ReleaseAddress, ReleasePlace, ReportNoShow, RequestPlace, Text,
};
use waymark_domain::ids::{OfficeId, UnitId};
use waymark_domain::section::Field;
use waymark_domain::words::{Admits, UnitKind};
use waymark_domain::world::Party;

use super::change::{change, first_event};
use super::list::{Listed, Page, Resume, listed, resume};
use super::read::Reader;
use crate::error::Rejected;
use crate::v1;

/// Nights of one request, at most.
const NIGHTS_MAX: u16 = 366;

change!(PublishCapacityRequest => PublishCapacityResponse {}; |message, _, reader| {
    let maximum = reader.number("maximum", message.maximum, 0, u16::MAX);
    PublishCapacity {
        unit: reader.id("unit", &message.unit),
        kind: reader.word("kind", message.kind),
        admits: reader.word("admits", message.admits),
        maximum,
        taken_otherwise: reader.number("taken_otherwise", message.taken_otherwise, 0, maximum),
    }
});

change!(RequestPlaceRequest => RequestPlaceResponse { request: first_event }; |message, _, reader| RequestPlace {
    referral: reader.id("referral", &message.referral),
    kind: reader.word("kind", message.kind),
    from: reader.day("from_on", &message.from_on),
    nights: reader.number("nights", message.nights, 1, NIGHTS_MAX),
    persons: reader.number("persons", message.persons, 1, u8::MAX),
    note: reader.text_if_any("note", message.note),
});

change!(ChoosePlaceRequest => ChoosePlaceResponse {}; |message, _, reader| ChoosePlace {
    referral: reader.id("referral", &message.referral),
});

change!(GiveUpPlaceRequest => GiveUpPlaceResponse {}; |message, _, reader| GiveUpPlace {
    referral: reader.id("referral", &message.referral),
    reason: reader.word("reason", message.reason),
    note: reader.text_if_any("note", message.note),
});

change!(HoldPlaceRequest => HoldPlaceResponse {}; |message, _, reader| HoldPlace {
    referral: reader.id("referral", &message.referral),
    unit: reader.id("unit", &message.unit),
    until: reader.instant_if_any("until", message.until),
});

change!(RefusePlaceRequest => RefusePlaceResponse {}; |message, _, reader| RefusePlace {
    referral: reader.id("referral", &message.referral),
    reason: reader.word("reason", message.reason),
    note: reader.text_if_any("note", message.note),
});

change!(ConfirmPlaceRequest => ConfirmPlaceResponse {}; |message, _, reader| ConfirmPlace {
    referral: reader.id("referral", &message.referral),
});

change!(ReleasePlaceRequest => ReleasePlaceResponse {}; |message, _, reader| ReleasePlace {
    referral: reader.id("referral", &message.referral),
    reason: reader.word("reason", message.reason),
    note: reader.text_if_any("note", message.note),
});

change!(ReleaseAddressRequest => ReleaseAddressResponse {}; |message, _, reader| {
    let mut address = vec![(Field::ShelterAddress, reader.text("address", message.address))];
    address.extend(reader.text_if_any("entry", message.entry).map(|entry: Text| (Field::ShelterEntry, entry)));
    ReleaseAddress {
        referral: reader.id("referral", &message.referral),
        address,
        until: reader.day("until_on", &message.until_on),
    }
});

change!(CheckInToShelterRequest => CheckInToShelterResponse {}; |message, _, reader| CheckInToShelter {
    referral: reader.id("referral", &message.referral),
});

change!(CheckOutOfShelterRequest => CheckOutOfShelterResponse {}; |message, _, reader| CheckOutOfShelter {
    referral: reader.id("referral", &message.referral),
});

change!(ReportNoShowRequest => ReportNoShowResponse {}; |message, _, reader| ReportNoShow {
    referral: reader.id("referral", &message.referral),
});

listed!(ListUnitsRequest);
listed!(ListPlacesRequest);

/// Which units are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnitFilter {
    /// Of this office; none: of all.
    pub office: Option<OfficeId>,
    /// Of this kind; none: all.
    pub kind: Option<UnitKind>,
    /// Open to these, or to anyone; none: all.
    pub admits: Option<Admits>,
    /// With at least so many places free.
    pub places: u16,
}

/// Reads which units are wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn list_units(request: &v1::ListUnitsRequest) -> Result<(UnitFilter, Page), Rejected> {
    Reader::read(|reader| {
        let filter = UnitFilter {
            office: reader.id_if_any("office", &request.office),
            kind: reader.word_if_any("kind", request.kind),
            admits: reader.word_if_any("admits", request.admits),
            places: reader.number("places", request.places, 0, u16::MAX),
        };
        (filter, request.page(reader))
    })
}

/// Which places are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlaceFilter {
    /// In one of these phases; empty: any.
    pub phases: Vec<v1::PlacePhase>,
    /// In this unit of the own shelter; none: any.
    pub unit: Option<UnitId>,
    /// This office's side; none: both.
    pub side: Option<Party>,
}

/// Reads which places are wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn list_places(request: &v1::ListPlacesRequest) -> Result<(PlaceFilter, Page), Rejected> {
    Reader::read(|reader| {
        let filter = PlaceFilter {
            phases: reader.values("phases", &request.phases),
            unit: reader.id_if_any("unit", &request.unit),
            side: reader.word_if_any("side", request.side),
        };
        (filter, request.page(reader))
    })
}

/// Reads from where on places are watched.
///
/// # Errors
/// [`Rejected`] when the token is none of this office.
pub fn watch(request: &v1::WatchPlacesRequest) -> Result<Option<Resume>, Rejected> {
    Reader::read(|reader| resume(reader, &request.resume_token))
}
