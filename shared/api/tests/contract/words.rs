//! Every word has a value in the contract, and every value a word.

use std::collections::BTreeSet;

use waymark_api::convert::words::Word;
use waymark_domain::event::case::LinkSide;
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::section::Field;
use waymark_domain::words::*;
use waymark_domain::world::Party;

use crate::filled::POOL;

/// Words in wire order with their texts, beside the enumeration of that name.
fn check<W: Word + core::fmt::Debug>(name: &str, words: &[(W, &str)]) {
    let described =
        POOL.get_enum_by_name(&format!("waymark.v1.{name}")).unwrap_or_else(|| panic!("{name} is described"));
    assert_eq!(
        described.values().len(),
        words.len() + 1,
        "{name} has a value for each word and the unspecified one"
    );
    for (position, (word, text)) in words.iter().enumerate() {
        let number = i32::try_from(position).expect("few words") + 1;
        assert_eq!(word.number(), number, "{name}: {word:?} is one higher on the wire of messages");
        assert_eq!(W::from_number(number).as_ref(), Some(word));
        assert_eq!(W::from_api(word.to_api()).as_ref(), Some(word));
        let value = described.get_value(number).expect("a value for each number");
        let expected = format!("_{}", text.to_uppercase());
        assert!(value.name().ends_with(&expected), "{} is the word {text}", value.name());
    }
    for number in [0, -1, i32::MAX, i32::try_from(words.len()).expect("few words") + 1] {
        assert!(W::from_number(number).is_none(), "{name}: {number} is no word");
    }
}

macro_rules! checked {
    ($($word:ident as $name:literal),+ $(,)?) => {
        fn check_all() -> BTreeSet<&'static str> {
            $(check($name, &$word::ALL.iter().map(|word| (*word, word.word())).collect::<Vec<_>>());)+
            BTreeSet::from([$($name),+])
        }
    };
}

checked! {
    AbortReason as "AbortReason",
    Admits as "Admits",
    CaseOutcome as "CaseOutcome",
    Category as "Category",
    ConsentForm as "ConsentForm",
    DeclineReason as "DeclineReason",
    Disclosure as "Disclosure",
    EmergencyGround as "EmergencyGround",
    EndedBy as "EndedBy",
    ErasureReason as "ErasureReason",
    Field as "SectionField",
    FollowUpOutcome as "FollowUpOutcome",
    Gate as "Gate",
    GoNoGo as "GoNoGo",
    Institution as "Institution",
    NotDisclosed as "NotDisclosed",
    OfficeRole as "OfficeRole",
    Outcome as "Outcome",
    PlaceReason as "PlaceReason",
    Purpose as "Purpose",
    RetentionGround as "RetentionGround",
    RiskBand as "RiskBand",
    RiskSide as "RiskSide",
    TravelMode as "TravelMode",
    UnitKind as "UnitKind",
    Urgency as "Urgency",
}

#[test]
fn every_word_and_value_map_both_ways() {
    let checked = check_all();
    check("ReferralKind", &[(ReferralKind::Service, "service"), (ReferralKind::HandOver, "hand_over")]);
    check("LinkSide", &[(LinkSide::Sender, "sender"), (LinkSide::Receiver, "receiver")]);
    check("Party", &[(Party::Sender, "sender"), (Party::Receiver, "receiver")]);

    let words = POOL.get_file_by_name("waymark/v1/words.proto").expect("is part of the contract");
    for described in words.enums() {
        assert!(
            checked.contains(described.name()),
            "{} is a vocabulary of the domain and checked here",
            described.name()
        );
    }
}

#[test]
fn every_enumeration_begins_with_the_unspecified_value() {
    for described in
        POOL.all_enums().filter(|described| described.parent_file().package_name() == "waymark.v1")
    {
        let zero = described.get_value(0).expect("proto3 needs a zero");
        assert!(zero.name().ends_with("_UNSPECIFIED"), "{}", zero.name());
    }
}
