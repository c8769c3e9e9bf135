//! She withdraws her consent while what it permitted is under way.

use waymark_desk::SectionFault;
use waymark_domain::command::{DiscloseSections, RecordSection, RequestDisclosure};
use waymark_domain::event::Event;
use waymark_domain::referral::{Ending, Phase};
use waymark_domain::section::{Content, Field};
use waymark_domain::words::{Category, EndedBy};

use super::orders::in_every_order;
use super::scenes::*;
use crate::town::Town;

#[test]
fn the_person_withdraws_and_the_sender_discloses_nothing_is_imported_or_it_is_erased_and_acknowledged() {
    let mut town = Town::new(2);
    let referred = accepted(&mut town);
    let referral = referred.referral;
    let content = Content::Fields(vec![(Field::Itinerary, "planted".to_owned())]);
    let travel = RecordSection { case: referred.case, category: Category::Travel, content };
    town.does(NORTH, travel).expect("recorded");
    town.does(NORTH, DiscloseSections { referral, categories: vec![Category::Travel] }).expect("disclosed");
    town.collect();
    withdraw_consent(&town, referred);
    let asked = RequestDisclosure { referral, categories: vec![Category::Health], note: Some("Why?".into()) };
    town.does(SOUTH, asked).expect("asked for");
    assert_eq!(count(&town, NORTH, referral, |event| matches!(event, Event::SectionsDisclosed(_))), 2);
    in_every_order(&mut town, &|town| {
        let state = agreed(town, referred);
        assert_eq!(state.phase(), Phase::Ended(Ending::Withdrawn(EndedBy::Person)));
        assert_eq!(state.responsible(), town.id(NORTH));
        assert_eq!(state.receiver.told.len(), 2, "of the consent and of the referral");
        let opened = town.desk(SOUTH).latest_section(referral, Category::Travel);
        assert!(matches!(opened, Err(SectionFault::Erased | SectionFault::NotForUs)), "{opened:?}");
        assert!(matches!(town.desk(SOUTH).latest_section(referral, Category::Health), Ok(None)));
        for category in [Category::Triage, Category::Identity, Category::Contact] {
            assert_erased(town, referred, category);
        }
        assert_all_erased(town, referred);
        let own = town.desk(NORTH).latest_section(referred.case, Category::Identity);
        assert!(matches!(own, Ok(Some(_))), "the case of the office that she trusts");
    });
}

#[test]
fn the_person_withdraws_and_the_receiver_accepts_nothing_is_disclosed() {
    let mut town = Town::new(2);
    let case = case(&town);
    let referred = offered(&mut town, case, SOUTH);
    withdraw_consent(&town, referred);
    accept(&town, referred);
    in_every_order(&mut town, &|town| {
        let state = agreed(town, referred);
        assert_eq!(state.phase(), Phase::Ended(Ending::Withdrawn(EndedBy::Person)));
        assert!(state.accept_is_void() && state.sender.disclosed.is_none());
        assert!(matches!(town.desk(SOUTH).latest_section(referred.referral, Category::Identity), Ok(None)));
        assert_erased(town, referred, Category::Triage);
        assert_all_erased(town, referred);
    });
}
