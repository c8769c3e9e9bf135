//! Sections that are not what their entry says: swapped between places, or with bodies of another entry.

use waymark_desk::{SectionFault, Taking};
use waymark_domain::ids::{EventId, ThreadId};
use waymark_domain::section::{Content, Field};
use waymark_domain::words::Category;
use waymark_seal::Body;

use super::Siege;
use crate::hostile::{Disclosure, Offered};

const CATEGORIES: [Category; 3] = [Category::Triage, Category::Identity, Category::Contact];

pub(super) fn identity() -> Content {
    Content::Fields(vec![(Field::GivenName, "Canary".to_owned())])
}

/// A siege with an offer that the victim has taken.
pub(super) fn with_offer() -> (Siege, Offered) {
    let mut siege = Siege::new();
    let today = siege.hostile.now.day();
    let offered = siege.hostile.offer(&CATEGORIES, today, today.plus(60));
    assert_eq!(siege.send(&offered.positions), Taking::Kept);
    siege.heard();
    (siege, offered)
}

/// Discloses identity, spoilt by `spoil`, to the victim's key for the thread.
pub(super) fn disclosed(
    siege: &mut Siege,
    offered: &Offered,
    spoil: impl FnOnce(&mut Disclosure),
) -> (usize, EventId) {
    let to = siege.thread_key(offered.thread);
    let mut disclosure = siege.hostile.disclosure(offered, Category::Identity, to);
    spoil(&mut disclosure);
    let event = disclosure.entry.event;
    (siege.hostile.disclose(disclosure, &identity()), event)
}

#[test]
fn what_is_sealed_for_its_place_opens() {
    let (mut siege, offered) = with_offer();
    let (position, event) = disclosed(&mut siege, &offered, |_| ());
    assert_eq!(siege.send(&[position]), Taking::Kept);
    let opened = siege.victim().open_section(offered.thread, event, Category::Identity);
    assert!(matches!(opened, Ok(content) if content == identity()));
    let triage = siege.victim().open_section(offered.thread, offered.offer.1, Category::Triage);
    assert!(matches!(triage, Ok(Content::Triage(_))));
    assert_eq!(siege.findings(), []);
    siege.still_serves();
}

/// The entry is kept and its key taken over, but the bytes of the section do not open here.
fn does_not_open(spoil: impl FnOnce(&mut Disclosure)) {
    let (mut siege, offered) = with_offer();
    let (position, event) = disclosed(&mut siege, &offered, spoil);
    assert_eq!(siege.send(&[position]), Taking::Kept);
    assert_eq!(siege.receipts(), [position]);
    let opened = siege.victim().open_section(offered.thread, event, Category::Identity);
    assert!(matches!(opened, Err(SectionFault::Damaged)), "{opened:?}");
    assert!(siege.victim().open_section(offered.thread, offered.offer.1, Category::Triage).is_ok());
    siege.still_serves();
}

#[test]
fn a_section_from_another_thread_does_not_open() {
    does_not_open(|disclosure| disclosure.section.thread = ThreadId([2; 16]));
}

#[test]
fn a_section_of_another_category_does_not_open() {
    does_not_open(|disclosure| disclosure.section.category = Category::Contact);
}

#[test]
fn a_section_of_another_event_does_not_open() {
    does_not_open(|disclosure| disclosure.section.event = EventId([2; 16]));
}

#[test]
fn a_section_on_another_basis_does_not_open() {
    does_not_open(|disclosure| disclosure.section.basis = Some(EventId([2; 16])));
}

#[test]
fn a_section_that_is_no_content_does_not_open() {
    let (mut siege, offered) = with_offer();
    let to = siege.thread_key(offered.thread);
    let disclosure = siege.hostile.disclosure(&offered, Category::Identity, to);
    let event = disclosure.entry.event;
    let position = siege.hostile.disclose_bytes(disclosure, &[0xff; 40]);
    assert_eq!(siege.send(&[position]), Taking::Kept);
    let opened = siege.victim().open_section(offered.thread, event, Category::Identity);
    assert!(matches!(opened, Err(SectionFault::Damaged)), "{opened:?}");
    siege.still_serves();
}

#[test]
fn bodies_of_another_entry_are_refused() {
    let (mut siege, offered) = with_offer();
    let (first, _) = disclosed(&mut siege, &offered, |_| ());
    let (second, _) = disclosed(&mut siege, &offered, |_| ());
    let mut entries = siege.hostile.entries(&[first, second]);
    let (one, other) = entries.items.split_at_mut(1);
    std::mem::swap(&mut one[0].bodies, &mut other[0].bodies);
    siege.refuses("body_mismatch", |siege| siege.send_entries(entries));
}

#[test]
fn a_missing_body_is_refused() {
    let (mut siege, offered) = with_offer();
    let (position, _) = disclosed(&mut siege, &offered, |_| ());
    let mut entries = siege.hostile.entries(&[position]);
    entries.items[0].bodies.pop();
    siege.refuses("body_mismatch", |siege| siege.send_entries(entries));
}

#[test]
fn one_body_too_many_is_refused() {
    let (mut siege, offered) = with_offer();
    let (position, _) = disclosed(&mut siege, &offered, |_| ());
    let mut entries = siege.hostile.entries(&[position]);
    entries.items[0].bodies.push(Body::Whole(b"more".to_vec()));
    siege.refuses("body_mismatch", |siege| siege.send_entries(entries));
}

#[test]
fn an_entry_whose_bodies_were_erased_by_its_writer_is_kept_closed() {
    let (mut siege, offered) = with_offer();
    let (position, event) = disclosed(&mut siege, &offered, |_| ());
    let bodies = &mut siege.hostile.written[position].bodies;
    *bodies = bodies.iter().map(|body| Body::Withheld(body.hash())).collect();
    assert_eq!(siege.send(&[position]), Taking::Kept);
    let opened = siege.victim().open_section(offered.thread, event, Category::Identity);
    assert!(matches!(opened, Err(SectionFault::NotForUs | SectionFault::Erased)), "{opened:?}");
    siege.still_serves();
}
