//! A consent changes and ends by itself: what was narrowed away stays away, what was renewed goes on, what expired is over.

use waymark_audit::verify::Code;
use waymark_domain::command::{DiscloseSections, NarrowConsent, RenewConsent};
use waymark_domain::event::Event;
use waymark_domain::time::Day;
use waymark_domain::words::{Category, Purpose};

use super::{days, is_whole, reached, report};
use crate::planted::{Planted, only};
use crate::scenes::{NORTH, Referred, SOUTH, assert_erased, count};
use crate::town::{BEGIN, Town};

const REMAINS: [Category; 3] = [Category::Triage, Category::Contact, Category::Safety];

/// The last day of a renewed consent; the others end after 180 days.
fn renewed_until() -> Day {
    BEGIN.day().plus(300)
}

fn narrow(town: &Town, referred: Referred) {
    let Referred { case, consent, .. } = referred;
    let (purposes, categories) = (vec![Purpose::SafeReturn], REMAINS.to_vec());
    let until = BEGIN.day().plus(180);
    town.does(NORTH, NarrowConsent { case, consent, purposes, categories, onward: false, until })
        .expect("narrowed");
}

fn disclose(town: &mut Town, referred: Referred) {
    let (referral, categories) = (referred.referral, vec![Category::Contact]);
    town.does(NORTH, DiscloseSections { referral, categories }).expect("disclosed");
    town.minutes(3);
}

struct Consents {
    town: Town,
    /// Without identity, and with more time.
    changed: Referred,
    expired: Referred,
}

/// One consent is narrowed and then renewed, and something is disclosed after each; another one ends by itself.
fn consents() -> Consents {
    let mut town = Town::new(3);
    let changed = reached(&mut town);
    let expired = reached(&mut town);
    narrow(&town, changed);
    town.minutes(3);
    assert_erased(&town, changed, Category::Identity);
    disclose(&mut town, changed);
    let Referred { case, consent, .. } = changed;
    town.does(NORTH, RenewConsent { case, consent, until: renewed_until() }).expect("renewed");
    town.minutes(3);
    days(&mut town, 181);
    disclose(&mut town, changed);
    Consents { town, changed, expired }
}

#[test]
fn a_consent_that_was_narrowed_and_renewed_and_one_that_expired_are_kept_to_and_nothing_is_wrong() {
    let Consents { town, changed, expired } = consents();
    let of = |referred: Referred, is| count(&town, SOUTH, referred.referral, is);
    let is_expiry = |event: &Event| matches!(event, Event::ConsentExpired(_));
    assert_eq!((of(changed, is_expiry), of(expired, is_expiry)), (0, 1));
    assert_eq!(of(changed, |event| matches!(event, Event::SectionsDisclosed(_))), 3);
    assert_erased(&town, expired, Category::Contact);
    is_whole(&report(&town));
}

#[test]
fn what_is_disclosed_beyond_a_consent_that_changed_is_found_by_what_changed_it() {
    let Consents { town, changed, expired } = consents();
    let planted = Planted::of(town);
    let now = planted.town.clock_now();
    let disclosed = |name: &str, referred, category, expires| {
        planted.forged(name, |forge| {
            let log = forge.log(planted.north());
            let mut entry = planted.disclosure(log, referred, category, now);
            entry.grants[0].expires = expires;
            log.append(&entry);
        })
    };
    let today = now.day();
    is_whole(&disclosed("to the renewed day", changed, Category::Safety, renewed_until()));
    only(&disclosed("longer", changed, Category::Safety, renewed_until().plus(1)), Code::OutsideConsent);
    only(&disclosed("taken away", changed, Category::Identity, today), Code::OutsideConsent);
    only(&disclosed("expired", expired, Category::Contact, today), Code::AfterExpiry);
}
