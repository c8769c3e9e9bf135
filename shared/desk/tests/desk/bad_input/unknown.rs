//! Kinds and fields that this version does not know: kept, shown, receipted, and not applied.

use waymark_desk::Taking;
use waymark_domain::event::Unreadable;
use waymark_domain::event::consent::ConsentReleased;
use waymark_domain::event::referral::ReferralWithdrawn;
use waymark_domain::ids::ThreadId;
use waymark_domain::referral::Phase;
use waymark_domain::words::{Category, EndedBy, Purpose};
use waymark_seal::Basis;

use super::{SOUTH, Siege};

const THREAD: ThreadId = ThreadId([1; 16]);
const UNKNOWN: u16 = 60_000;

#[test]
fn an_unknown_kind_is_kept_shown_and_receipted_but_not_applied() {
    let mut siege = Siege::new();
    let today = siege.hostile.now.day();
    let offered = siege.hostile.offer(&[Category::Triage], today, today.plus(60));
    let unknown = siege.hostile.message(offered.thread, |entry| {
        (entry.kind, entry.public, entry.basis) = (UNKNOWN, b"of a later year".to_vec(), Basis::None);
    });
    let before = siege.log().size;
    assert_eq!(siege.send(&[offered.positions[0], offered.positions[1]]), Taking::Kept);
    let phase = siege.phase(offered.thread);
    assert_eq!(siege.send(&[unknown]), Taking::Kept);
    assert_eq!(siege.findings(), []);
    assert_eq!(siege.receipts(), [offered.positions[0], offered.positions[1], unknown]);
    assert_eq!(siege.phase(offered.thread), phase);
    // Three receipts, and the key for the thread.
    assert_eq!(siege.log().size, before + 4);
    shows_unreadable(&siege, offered.thread, unknown, Unreadable::UnknownKind(UNKNOWN));
    siege.still_serves();
    siege.restart();
    assert_eq!(siege.phase(offered.thread), phase);
    shows_unreadable(&siege, offered.thread, unknown, Unreadable::UnknownKind(UNKNOWN));
}

#[test]
fn a_field_of_a_later_version_is_kept_shown_and_receipted_but_not_applied() {
    let mut siege = Siege::new();
    let today = siege.hostile.now.day();
    let offered = siege.hostile.offer(&[Category::Triage], today, today.plus(60));
    assert_eq!(siege.send(&offered.positions), Taking::Kept);
    siege.heard();
    let phase = siege.phase(offered.thread);
    let withdrawn = ReferralWithdrawn { by: EndedBy::Sender };
    let mut entry = siege.hostile.entry(&withdrawn.into(), offered.thread);
    entry.public.push(1);
    let newer = siege.hostile.log(&entry, Vec::new());
    assert_eq!(siege.send(&[newer]), Taking::Kept);
    assert_eq!(siege.findings(), []);
    assert_eq!(siege.receipts(), [newer]);
    assert_eq!(siege.phase(offered.thread), phase, "an event that cannot be read was applied");
    shows_unreadable(&siege, offered.thread, newer, Unreadable::NewerFields(70));
    siege.still_serves();
    siege.restart();
    assert_eq!(siege.phase(offered.thread), phase);
    shows_unreadable(&siege, offered.thread, newer, Unreadable::NewerFields(70));
}

#[test]
fn a_known_kind_with_a_public_part_that_is_none_is_kept_but_not_applied() {
    let mut siege = Siege::new();
    let today = siege.hostile.now.day();
    let offered = siege.hostile.offer(&[Category::Triage], today, today.plus(60));
    let broken = siege.hostile.message(offered.thread, |entry| {
        (entry.kind, entry.public, entry.basis) = (70, vec![0xff; 9], Basis::None);
    });
    let [consent, offer] = offered.positions;
    assert_eq!(siege.send(&[consent, offer, broken]), Taking::Kept);
    assert_eq!(siege.phase(offered.thread), Phase::Delivered);
    shows_unreadable(&siege, offered.thread, broken, Unreadable::Malformed(70));
    siege.still_serves();
}

#[test]
fn an_unknown_kind_at_the_head_of_a_thread_does_not_turn_its_parties_around() {
    let mut siege = Siege::new();
    let today = siege.hostile.now.day();
    let offered = siege.hostile.offer(&[Category::Triage], today, today.plus(60));
    // The same, but the first entry of the thread is of a kind that is not known here.
    siege.hostile.forget_from(offered.positions[0]);
    let unknown = siege.hostile.message(THREAD, |entry| {
        (entry.kind, entry.basis) = (UNKNOWN, Basis::None);
    });
    assert_eq!(siege.send(&[unknown]), Taking::Kept);
    let consent = siege.hostile.entry(
        &ConsentReleased {
            purposes: vec![Purpose::SafeReturn],
            categories: vec![Category::Triage],
            onward: false,
            from: today,
            until: today.plus(60),
        }
        .into(),
        THREAD,
    );
    let consent = siege.hostile.log(&consent, Vec::new());
    assert_eq!(siege.send(&[consent]), Taking::Kept);
    let thread = siege.victim().thread(THREAD).expect("read").expect("there");
    let referral = thread.referral().expect("a referral");
    assert_eq!(referral.from, siege.hostile.id);
    assert_eq!(referral.to, siege.town.id(SOUTH));
    assert!(referral.sender.consent.is_some());
}

/// The entry stands in the thread's history as one that this version cannot read, and nothing of it is opened.
fn shows_unreadable(siege: &Siege, thread: ThreadId, position: usize, why: Unreadable) {
    let seen = siege.seen(thread);
    let seen = seen.iter().find(|seen| seen.at == siege.hostile.at(position)).expect("it is in the history");
    assert_eq!(seen.event, Err(why));
}
