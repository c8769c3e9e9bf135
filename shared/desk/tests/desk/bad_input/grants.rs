//! Grants: outside the consent, beyond its days, for others, or that do not open. The entry is kept, the key is not taken over, and
//! the sender is told.

use waymark_desk::{DisclosureVerdict, SectionFault, Taking};
use waymark_domain::command::AskQuestion;
use waymark_domain::event::Event;
use waymark_domain::event::consent::{
    ConsentWithdrawn, EmergencyDeclared, EmergencyDisclosed, EmergencyReviewed, GrantFault, GrantRejected,
};
use waymark_domain::event::referral::MessageSent;
use waymark_domain::ids::{EventId, OfficeId, Ref, StaffId, ThreadId};
use waymark_domain::section::Content;
use waymark_domain::time::{DAY, Day};
use waymark_domain::words::{Category, EmergencyGround, EndedBy};
use waymark_seal::Basis;
use waymark_seal::kem::KemSecret;

use super::sections::{disclosed, identity, with_offer};
use super::{SOUTH, Siege};
use crate::hostile::{Disclosure, Offered};

/// The grant of `event` was not taken over and its sender is told why, once; about him there is this finding.
fn rejected(
    siege: &mut Siege,
    thread: ThreadId,
    grant: (EventId, Category),
    fault: GrantFault,
    finding: &'static str,
) {
    let (event, category) = grant;
    let opened = siege.victim().open_section(thread, event, category);
    assert!(matches!(opened, Err(SectionFault::NotForUs)), "{opened:?}");
    let told: Vec<_> = rejections(siege, thread).into_iter().filter(|told| told.event == event).collect();
    assert_eq!(told, [GrantRejected { event, category, fault }]);
    assert_eq!(siege.findings(), [(siege.hostile.id.to_string(), finding, 1)]);
    siege.still_serves();
}

fn rejections(siege: &Siege, thread: ThreadId) -> Vec<GrantRejected> {
    let rejection = |event| match event {
        Event::GrantRejected(rejected) => Some(rejected),
        _ => None,
    };
    siege.answers(thread).into_iter().filter_map(rejection).collect()
}

/// A grant of identity, spoilt by `spoil`, is kept but not taken over.
fn not_taken_over(spoil: impl FnOnce(&mut Disclosure, &Offered), fault: GrantFault, finding: &'static str) {
    let (mut siege, offered) = with_offer();
    let (position, event) = disclosed(&mut siege, &offered, |disclosure| spoil(disclosure, &offered));
    assert_eq!(siege.send(&[position]), Taking::Kept);
    rejected(&mut siege, offered.thread, (event, Category::Identity), fault, finding);
}

#[test]
fn a_grant_outside_the_consent_is_kept_but_not_taken_over() {
    let (mut siege, offered) = with_offer();
    let to = siege.thread_key(offered.thread);
    let disclosure = siege.hostile.disclosure(&offered, Category::Health, to);
    let event = disclosure.entry.event;
    let position = siege.hostile.disclose(disclosure, &identity());
    assert_eq!(siege.send(&[position]), Taking::Kept);
    let grant = (event, Category::Health);
    rejected(&mut siege, offered.thread, grant, GrantFault::OutsideConsent, "grant_outside_consent");
}

#[test]
fn a_grant_that_lasts_longer_than_the_consent_is_not_taken_over() {
    let spoil = |disclosure: &mut Disclosure, offered: &Offered| {
        disclosure.grant.expires = offered.until.plus(1);
    };
    not_taken_over(spoil, GrantFault::OutsideConsent, "grant_outside_consent");
}

#[test]
fn a_grant_on_an_entry_that_is_no_consent_is_not_taken_over() {
    let spoil = |disclosure: &mut Disclosure, offered: &Offered| {
        disclosure.entry.basis = Basis::Consent(offered.offer.0);
        (disclosure.section.basis, disclosure.grant.basis) = (Some(offered.offer.1), Some(offered.offer.1));
    };
    not_taken_over(spoil, GrantFault::OutsideConsent, "grant_outside_consent");
}

/// A disclosure of identity on an emergency that `declared` it.
fn in_an_emergency(siege: &mut Siege, offered: &Offered, declared: (Ref, EventId)) -> (usize, EventId) {
    let body: Event =
        EmergencyDisclosed { emergency: declared.1, categories: vec![Category::Identity] }.into();
    disclosed(siege, offered, |disclosure| {
        (disclosure.entry.kind, disclosure.entry.public) = (body.kind(), body.encode());
        disclosure.entry.basis = Basis::Emergency(declared.0);
        (disclosure.section.basis, disclosure.grant.basis) = (Some(declared.1), Some(declared.1));
    })
}

/// Declares an emergency for these categories.
fn declare(siege: &mut Siege, offered: &Offered, categories: &[Category]) -> (Ref, EventId) {
    declare_by(siege, offered, categories, StaffId([2; 8]))
}

/// The same; who agreed is `second`.
fn declare_by(
    siege: &mut Siege,
    offered: &Offered,
    categories: &[Category],
    second: StaffId,
) -> (Ref, EventId) {
    let declared = EmergencyDeclared {
        ground: EmergencyGround::VitalInterests,
        categories: categories.to_vec(),
        first: StaffId([1; 8]),
        second,
        review_by: siege.hostile.now.plus(DAY),
    };
    let entry = siege.hostile.entry(&declared.into(), offered.thread);
    let position = siege.hostile.log(&entry, Vec::new());
    assert_eq!(siege.send(&[position]), Taking::Kept);
    (siege.hostile.at(position), entry.event)
}

#[test]
fn a_grant_on_an_emergency_is_taken_over() {
    let (mut siege, offered) = with_offer();
    let declared = declare(&mut siege, &offered, &[Category::Identity]);
    let (position, event) = in_an_emergency(&mut siege, &offered, declared);
    assert_eq!(siege.send(&[position]), Taking::Kept);
    assert!(siege.victim().open_section(offered.thread, event, Category::Identity).is_ok());
    assert_eq!(siege.findings(), []);
}

/// What is to be said of the newest disclosure.
fn newest_verdict(siege: &Siege) -> DisclosureVerdict {
    let victim = siege.victim();
    let mut newest = (0..victim.status().head.size).rev();
    newest.find_map(|index| victim.disclosure_at(index).expect("read")).expect("a disclosure").verdict
}

#[test]
fn a_grant_on_an_emergency_that_one_person_decided_alone_is_not_taken_over_and_told_as_that() {
    for second in [StaffId([1; 8]), StaffId::NOBODY] {
        let (mut siege, offered) = with_offer();
        let declared = declare_by(&mut siege, &offered, &[Category::Identity], second);
        let (position, event) = in_an_emergency(&mut siege, &offered, declared);
        assert_eq!(siege.send(&[position]), Taking::Kept);
        let grant = (event, Category::Identity);
        rejected(&mut siege, offered.thread, grant, GrantFault::OutsideConsent, "grant_outside_consent");
        assert_eq!(newest_verdict(&siege), DisclosureVerdict::DecidedAlone);
    }
}

#[test]
fn a_grant_on_an_emergency_that_was_turned_down_is_not_taken_over_and_told_as_that() {
    let (mut siege, offered) = with_offer();
    let declared = declare(&mut siege, &offered, &[Category::Identity]);
    let told_on = siege.hostile.now.day();
    let reviewed = EmergencyReviewed { emergency: declared.1, upheld: false, told_on };
    let entry = siege.hostile.entry(&reviewed.into(), offered.thread);
    let reviewed = siege.hostile.log(&entry, Vec::new());
    let (position, event) = in_an_emergency(&mut siege, &offered, declared);
    assert_eq!(siege.send(&[reviewed, position]), Taking::Kept);
    let grant = (event, Category::Identity);
    rejected(&mut siege, offered.thread, grant, GrantFault::OutsideConsent, "grant_outside_consent");
    assert_eq!(newest_verdict(&siege), DisclosureVerdict::EmergencyOver);
}

#[test]
fn a_grant_on_an_emergency_that_nobody_declared_is_not_taken_over() {
    let (mut siege, offered) = with_offer();
    let (position, event) = in_an_emergency(&mut siege, &offered, offered.offer);
    assert_eq!(siege.send(&[position]), Taking::Kept);
    let grant = (event, Category::Identity);
    rejected(&mut siege, offered.thread, grant, GrantFault::OutsideConsent, "grant_outside_consent");
}

#[test]
fn a_grant_beyond_the_categories_of_its_emergency_is_not_taken_over() {
    let (mut siege, offered) = with_offer();
    let declared = declare(&mut siege, &offered, &[Category::Health]);
    let (position, event) = in_an_emergency(&mut siege, &offered, declared);
    assert_eq!(siege.send(&[position]), Taking::Kept);
    let grant = (event, Category::Identity);
    rejected(&mut siege, offered.thread, grant, GrantFault::OutsideConsent, "grant_outside_consent");
}

#[test]
fn a_grant_as_a_reply_to_nothing_is_not_taken_over() {
    let (mut siege, offered) = with_offer();
    let to = siege.thread_key(offered.thread);
    let mut disclosure = siege.hostile.disclosure(&offered, Category::Coordination, to);
    let body: Event = MessageSent {}.into();
    (disclosure.entry.kind, disclosure.entry.public) = (body.kind(), body.encode());
    disclosure.entry.basis = Basis::Reply(Ref { index: 1_000, ..offered.offer.0 });
    (disclosure.section.basis, disclosure.grant.basis) = (None, None);
    let event = disclosure.entry.event;
    let position = siege.hostile.disclose(disclosure, &Content::Message("hello".to_owned()));
    assert_eq!(siege.send(&[position]), Taking::Kept);
    let grant = (event, Category::Coordination);
    rejected(&mut siege, offered.thread, grant, GrantFault::OutsideConsent, "grant_outside_consent");
}

#[test]
fn a_grant_wrapped_to_a_strangers_key_is_not_taken_over() {
    let spoil = |disclosure: &mut Disclosure, _: &Offered| {
        disclosure.to = KemSecret::from_bytes([5; 32]).public();
    };
    not_taken_over(spoil, GrantFault::Unopenable, "grant_unopenable");
}

#[test]
fn a_grant_that_is_bound_to_another_thread_is_not_taken_over() {
    let spoil = |disclosure: &mut Disclosure, _: &Offered| disclosure.grant.thread = ThreadId([2; 16]);
    not_taken_over(spoil, GrantFault::Unopenable, "grant_unopenable");
}

#[test]
fn a_grant_that_is_bound_to_another_event_is_not_taken_over() {
    let spoil = |disclosure: &mut Disclosure, _: &Offered| disclosure.grant.event = EventId([2; 16]);
    not_taken_over(spoil, GrantFault::Unopenable, "grant_unopenable");
}

#[test]
fn a_grant_in_the_name_of_another_office_is_not_taken_over() {
    let spoil = |disclosure: &mut Disclosure, _: &Offered| disclosure.grant.sender = OfficeId([2; 16]);
    not_taken_over(spoil, GrantFault::Unopenable, "grant_unopenable");
}

#[test]
fn a_grant_under_the_name_of_a_key_of_the_victims_is_not_taken_over() {
    let (mut siege, offered) = with_offer();
    let question = AskQuestion { referral: offered.thread, text: "a child?".into() };
    let question = siege.town.does(SOUTH, question).expect("asked").events[0];
    let asked = siege.heard_entries().into_iter().find(|entry| entry.event == question).expect("it is sent");
    let victims = asked.sections[0].key;
    let (position, event) = disclosed(&mut siege, &offered, |disclosure| {
        (disclosure.section.key, disclosure.grant.key) = (victims, victims);
    });
    assert_eq!(siege.send(&[position]), Taking::Kept);
    let told = rejections(&siege, offered.thread);
    let fault = GrantFault::CommitmentMismatch;
    assert_eq!(told, [GrantRejected { event, category: Category::Identity, fault }]);
    let finding = (siege.hostile.id.to_string(), "grant_commitment_mismatch", 1);
    assert_eq!(siege.findings(), [finding]);
    let opened = siege.victim().open_section(offered.thread, question, Category::Coordination);
    assert!(matches!(opened, Ok(Content::Message(text)) if text == "a child?"));
    siege.still_serves();
}

#[test]
fn a_grant_for_another_recipient_is_kept_closed() {
    let (mut siege, offered) = with_offer();
    let north = siege.town.id(super::NORTH);
    let (position, _) = disclosed(&mut siege, &offered, |disclosure| disclosure.grant.recipient = north);
    siege.keeps_closed("grant_for_another", position);
}

#[test]
fn sections_without_a_basis_are_kept_closed() {
    let (mut siege, offered) = with_offer();
    let (position, _) = disclosed(&mut siege, &offered, |disclosure| disclosure.entry.basis = Basis::None);
    siege.keeps_closed("wrong_kind_rule", position);
}

#[test]
fn sections_of_an_unknown_kind_without_a_basis_are_kept_closed() {
    let (mut siege, offered) = with_offer();
    let (position, _) = disclosed(&mut siege, &offered, |disclosure| {
        (disclosure.entry.kind, disclosure.entry.basis) = (60_000, Basis::None);
    });
    siege.keeps_closed("grant_outside_consent", position);
}

#[test]
fn on_an_expired_consent_nothing_is_taken_over() {
    let mut siege = Siege::new();
    let today = siege.hostile.now.day();
    let yesterday = Day(today.0 - 1);
    let offered = siege.hostile.offer(&[Category::Triage], Day(today.0 - 60), yesterday);
    assert_eq!(siege.send(&offered.positions), Taking::Kept);
    let grant = (offered.offer.1, Category::Triage);
    rejected(&mut siege, offered.thread, grant, GrantFault::Late, "consent_expired");
}

#[test]
fn on_a_consent_that_has_ended_since_nothing_more_is_taken_over() {
    let (mut siege, offered) = with_offer();
    let withdrawn = ConsentWithdrawn { chain: offered.consent.1, by: EndedBy::Person };
    let withdrawn = siege.hostile.entry(&withdrawn.into(), offered.thread);
    let withdrawn = siege.hostile.log(&withdrawn, Vec::new());
    assert_eq!(siege.send(&[withdrawn]), Taking::Kept);
    let (position, event) = disclosed(&mut siege, &offered, |_| ());
    assert_eq!(siege.send(&[position]), Taking::Kept);
    rejected(&mut siege, offered.thread, (event, Category::Identity), GrantFault::Late, "consent_expired");
}

#[test]
fn a_reply_after_the_end_of_the_consent_is_not_taken_over_and_told_as_that() {
    let (mut siege, offered) = with_offer();
    let withdrawn = ConsentWithdrawn { chain: offered.consent.1, by: EndedBy::Person };
    let withdrawn = siege.hostile.entry(&withdrawn.into(), offered.thread);
    let withdrawn = siege.hostile.log(&withdrawn, Vec::new());
    let body: Event = MessageSent {}.into();
    let to = siege.thread_key(offered.thread);
    let mut disclosure = siege.hostile.disclosure(&offered, Category::Coordination, to);
    (disclosure.entry.kind, disclosure.entry.public) = (body.kind(), body.encode());
    disclosure.entry.basis = Basis::Reply(offered.offer.0);
    (disclosure.section.basis, disclosure.grant.basis) = (Some(offered.offer.1), Some(offered.offer.1));
    let event = disclosure.entry.event;
    let position = siege.hostile.disclose(disclosure, &Content::Message("hello".to_owned()));
    assert_eq!(siege.send(&[withdrawn, position]), Taking::Kept);
    let grant = (event, Category::Coordination);
    rejected(&mut siege, offered.thread, grant, GrantFault::Late, "consent_expired");
    assert_eq!(newest_verdict(&siege), DisclosureVerdict::AfterWithdrawal);
}

#[test]
fn a_grant_is_rejected_once_also_after_a_restart() {
    let (mut siege, offered) = with_offer();
    let (position, _) = disclosed(&mut siege, &offered, |disclosure| {
        disclosure.to = KemSecret::from_bytes([5; 32]).public();
    });
    let message = siege.hostile.message(offered.thread, |_| ());
    assert_eq!(siege.send(&[position]), Taking::Kept);
    // Its newest entry is another office's again, so the thread is looked at after the start.
    assert_eq!(siege.send(&[message]), Taking::Kept);
    assert_eq!(rejections(&siege, offered.thread).len(), 1);
    siege.restart();
    assert_eq!(rejections(&siege, offered.thread).len(), 1, "the same grant was rejected twice");
}

#[test]
fn a_grant_that_was_taken_over_is_not_rejected_later() {
    let (mut siege, offered) = with_offer();
    let (position, event) = disclosed(&mut siege, &offered, |_| ());
    let message = siege.hostile.message(offered.thread, |_| ());
    assert_eq!(siege.send(&[position, message]), Taking::Kept);
    assert!(siege.victim().open_section(offered.thread, event, Category::Identity).is_ok());
    siege.town.pass(61 * DAY);
    siege.restart();
    assert_eq!(rejections(&siege, offered.thread), [], "a grant that is held was rejected after its time");
    assert_eq!(siege.findings(), []);
}

#[test]
fn what_an_entry_of_a_later_year_carries_is_kept_for_the_version_that_can_read_it() {
    fn holds(folder: &std::path::Path, wanted: &[u8]) -> bool {
        std::fs::read_dir(folder).expect("a folder").any(|entry| {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                return holds(&path, wanted);
            }
            let bytes = std::fs::read(&path).expect("read");
            bytes.windows(wanted.len()).any(|window| window == wanted)
        })
    }
    let (mut siege, offered) = with_offer();
    let (position, _) = disclosed(&mut siege, &offered, |disclosure| disclosure.entry.kind = 60_000);
    let waymark_seal::Body::Whole(sealed) = siege.hostile.written[position].bodies[0].clone() else {
        panic!("no body")
    };
    assert_eq!(siege.send(&[position]), Taking::Kept);
    siege.victim().close().expect("closed");
    let copy = siege.town.copy_of(SOUTH);
    assert!(holds(&copy, &sealed), "what this version cannot read was overwritten");
}
