//! Deeds about a shelter place.

use waymark_domain::command::*;
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::referral::ReferralState;
use waymark_domain::section::Field;
use waymark_domain::words::{PlaceReason, UnitKind};

use super::case::UNIT;
use super::{Deed, OfReferral, View, deed};
use crate::simulation::chance::Chance;

pub(super) const DEEDS: &[Deed<OfReferral>] = &[
    deed("RequestPlace", 1, request),
    deed("ChoosePlace", 1, choose),
    deed("GiveUpPlace", 1, give_up),
    deed("HoldPlace", 1, hold),
    deed("RefusePlace", 1, refuse),
    deed("ConfirmPlace", 1, confirm),
    deed("ReleasePlace", 1, release),
    deed("ReleaseAddress", 1, address),
    deed("CheckInToShelter", 1, check_in),
    deed("CheckOutOfShelter", 1, check_out),
    deed("ReportNoShow", 1, no_show),
];

fn request(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let to_shelter = view.others.iter().any(|(office, shelter)| *office == it.to && *shelter);
    let command = RequestPlace {
        referral: it.thread,
        kind: UnitKind::Single,
        from: view.today(),
        nights: 1 + chance.below(30) as u16,
        persons: 1,
        note: None,
    };
    (to_shelter && it.kind() == Some(ReferralKind::Service)).then(|| command.into())
}

fn choose(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    chance.one_in(2).then(|| ChoosePlace { referral: it.thread }.into())
}

fn give_up(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    Some(GiveUpPlace { referral: it.thread, reason: PlaceReason::Other, note: None }.into())
}

fn hold(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    it.place_request().map(|_| HoldPlace { referral: it.thread, unit: UNIT, until: None }.into())
}

fn refuse(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    Some(RefusePlace { referral: it.thread, reason: PlaceReason::Full, note: None }.into())
}

fn confirm(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    it.place_request().map(|_| ConfirmPlace { referral: it.thread }.into())
}

fn release(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    Some(ReleasePlace { referral: it.thread, reason: PlaceReason::NotSuitable, note: None }.into())
}

fn address(view: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    let address = vec![(Field::ShelterAddress, "a quiet street".into())];
    let until = view.today().plus(chance.below(10) as u32);
    Some(ReleaseAddress { referral: it.thread, address, until }.into())
}

fn check_in(_: &View<'_>, it: &ReferralState, chance: &mut Chance) -> Option<Command> {
    (it.place_request().is_some() && chance.one_in(2))
        .then(|| CheckInToShelter { referral: it.thread }.into())
}

fn check_out(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    Some(CheckOutOfShelter { referral: it.thread }.into())
}

fn no_show(_: &View<'_>, it: &ReferralState, _: &mut Chance) -> Option<Command> {
    Some(ReportNoShow { referral: it.thread }.into())
}
