//! Sentences about a shelter place.

use super::says;
use crate::event::place::{
    AddressReleased, CheckedIn, CheckedOut, HoldExpired, PlaceChosen, PlaceConfirmed, PlaceGivenUp,
    PlaceHeld, PlaceNoShow, PlaceRefused, PlaceReleased, PlaceRequested,
};

says! {
    PlaceRequested: |body, _names| format!(
        "asked for a place ({}) for {} persons from {} for {} nights", body.kind, body.persons, body.from, body.nights,
    );
    PlaceGivenUp: |body, _names| format!("gave the place up: {}", body.reason);
    PlaceChosen: |_body, _names| "chose this place";
    PlaceHeld: |body, _names| format!("holds {} places until {}", body.places, body.until);
    PlaceRefused: |body, _names| format!("has no place: {}", body.reason);
    PlaceConfirmed: |_body, _names| "confirmed the place";
    PlaceReleased: |body, _names| format!("released the place: {}", body.reason);
    HoldExpired: |_body, _names| "ended the hold, which was not confirmed in time";
    AddressReleased: |body, _names| format!("released the address of the shelter until {}", body.until);
    CheckedIn: |_body, _names| "recorded that the person came to the shelter";
    CheckedOut: |_body, _names| "recorded that the person left the shelter";
    PlaceNoShow: |_body, _names| "recorded that the person did not come to the shelter";
}
