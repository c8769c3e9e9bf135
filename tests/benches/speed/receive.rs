//! Letters of many events, received: verified, kept, logged, applied.

use waymark_courier::Slot;
use waymark_desk::Taking;
use waymark_domain::command::{
    AcceptReferral, AcknowledgeReferral, GiveConsent, OfferReferral, OpenCase, RecordSection, SendMessage,
};
use waymark_domain::event::case::ConsentScope;
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::ids::ThreadId;
use waymark_domain::section::{Content, Field, Triage};
use waymark_domain::words::{Category, ConsentForm, Disclosure, Purpose, RiskBand, Urgency};

use crate::measure::{Blocks, costed};
use crate::office::projections;
use crate::report::{Reach, Row};
use crate::town::{BEGIN, Town, slot};

/// Referrals that messages are sent in.
const REFERRALS: usize = 64;
/// Messages in each, in one round.
const MESSAGES: usize = 20;
const ROUNDS: usize = 5;

/// Gives how many reaches were missed.
pub(crate) fn run() -> usize {
    let mut town = Town::with(2, projections);
    let referrals: Vec<ThreadId> = (0..REFERRALS).map(|_| agreed(&mut town, 1, 2)).collect();
    let mut disk = Blocks::new(&town.folder);
    let mut rounds: Vec<(f64, f64)> = (0..ROUNDS).map(|_| round(&mut town, &referrals, &mut disk)).collect();
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let limit = rounds[ROUNDS / 2].0;
    rounds.sort_by(|a, b| a.1.total_cmp(&b.1));
    let row = Row {
        name: "verified receive of letters of up to 64 events",
        value: rounds[ROUNDS / 2].1,
        unit: "1/s",
        limit: Some(("append and fdatasync of the same bytes, times the events in a letter", limit)),
        reach: Reach::Share(0.15),
    };
    usize::from(!row.print())
}

/// One round: what the disk can do with such letters, and what the office does, in events a second.
fn round(town: &mut Town, referrals: &[ThreadId], disk: &mut Blocks) -> (f64, f64) {
    for message in 0..MESSAGES {
        for referral in referrals {
            let text = format!("{message:>505}").into();
            town.does(1, SendMessage { referral: *referral, text }).expect("sent");
        }
    }
    town.collect();
    let letters: Vec<(Slot, Slot, Vec<u8>)> =
        town.mail.drain(..).filter(|(_, to, _)| *to == slot(2)).collect();
    let events = (referrals.len() * MESSAGES) as f64;
    let each = events / letters.len() as f64;
    let limit = disk.syncs(&letters[0].2, 200) * each;
    let south = town.desk(2);
    let value = costed("receive", referrals.len() * MESSAGES, || {
        for (from, _, bytes) in &letters {
            assert_eq!(south.receive(*from, bytes), Taking::Kept);
        }
    });
    town.exchange();
    (limit, value)
}

/// A referral from one office to another that was accepted, with three sections disclosed.
pub(crate) fn agreed(town: &mut Town, sender: u16, receiver: u16) -> ThreadId {
    let today = BEGIN.day();
    let case = town.does(sender, OpenCase::default()).expect("opened").thread;
    for (category, field) in [(Category::Identity, Field::GivenName), (Category::Contact, Field::CodeWord)] {
        let content = Content::Fields(vec![(field, "lantern".to_owned())]);
        town.does(sender, RecordSection { case, category, content }).expect("recorded");
    }
    let scope = ConsentScope {
        recipient: town.id(receiver),
        purposes: vec![Purpose::SafeReturn],
        categories: vec![Category::Triage, Category::Identity, Category::Contact],
        onward: false,
        from: today,
        until: today.plus(180),
    };
    let (form, told) = (ConsentForm::Written, Disclosure::ALL.to_vec());
    let give = GiveConsent { case, scope, form, told, record: Vec::new() };
    let consent = town.does(sender, give).expect("consented").events[0];
    let triage = Triage {
        services: vec![Purpose::SafeReturn],
        from: today.plus(14),
        until: None,
        languages: vec!["bg".to_owned()],
        urgency: Urgency::Normal,
        risk: RiskBand::Medium,
        party_size: 1,
        accessibility: false,
    };
    let (to, kind, purposes) = (town.id(receiver), ReferralKind::HandOver, vec![Purpose::SafeReturn]);
    let offer = OfferReferral { case, to, kind, purposes, triage, consent, expires_at: None };
    let referral = town.does(sender, offer).expect("offered").thread;
    town.exchange();
    town.does(receiver, AcknowledgeReferral { referral }).expect("acknowledged");
    town.does(receiver, AcceptReferral { referral, case: None, note: None }).expect("accepted");
    town.exchange();
    referral
}
