//! Receipts: what another office has signed of an event, checked by somebody who has the roster and nothing else.

use tonic::{Code, Request};
use waymark_api::v1::{self, audit_service_server::AuditService as _};
use waymark_audit::AuditApi;
use waymark_domain::event::Event;
use waymark_domain::ids::EventId;
use waymark_seal::proof::{Proof, ProvenEntry, ReceiptFault};

use super::{Story, story, town};

impl Story {
    fn event(&self, office: u16, name: &str) -> EventId {
        let history = self.town.desk(office).history(self.referral).unwrap();
        let named = |event: &Event| event.name() == name;
        history.iter().find(|seen| seen.event.as_ref().is_ok_and(named)).unwrap().event_id
    }

    async fn receipt(&self, office: u16, event: EventId) -> Vec<u8> {
        let request = Request::new(v1::GetReceiptRequest { event_id: event.to_string() });
        let audit = AuditApi::new(self.town.desk(office));
        audit.get_receipt(request).await.unwrap().into_inner().receipt
    }

    fn check(&self, receipt: &[u8]) -> Result<ProvenEntry, ReceiptFault> {
        let folder = town::data(&self.town.folder, 1);
        let roster = waymark_desk::read_roster(&folder, self.town.desk(1).now()).unwrap();
        Proof::parse(receipt)?.verify_carried(&roster)
    }
}

#[tokio::test]
async fn the_recipients_receipt_of_an_offer_names_that_very_entry() {
    let story = story();
    let offered = story.event(1, "ReferralOffered");
    let proven = story.check(&story.receipt(1, offered).await).unwrap();
    assert_eq!(proven.entry.office, story.town.id(2));
    let Ok(Event::Received(body)) = Event::decode(proven.entry.kind, &proven.entry.public) else {
        panic!("it is no receipt")
    };
    let sent = story.town.desk(1).seen_at(body.entry.index).unwrap();
    assert_eq!((sent[0].event_id, sent[0].at), (offered, body.entry));
}

#[tokio::test]
async fn what_another_office_wrote_is_proven_by_its_own_signature() {
    let story = story();
    let accepted = story.event(1, "ReferralAccepted");
    let proven = story.check(&story.receipt(1, accepted).await).unwrap();
    assert_eq!((proven.entry.office, proven.entry.event), (story.town.id(2), accepted));
}

#[tokio::test]
async fn there_is_no_receipt_of_what_nobody_received_and_none_of_what_is_not_there() {
    let story = story();
    let opened = story.town.desk(1).history(story.case).unwrap()[0].event_id;
    let audit = AuditApi::new(story.town.desk(1));
    for event in [opened, EventId([9; 16])] {
        let request = Request::new(v1::GetReceiptRequest { event_id: event.to_string() });
        assert_eq!(audit.get_receipt(request).await.unwrap_err().code(), Code::NotFound);
    }
}

#[tokio::test]
async fn no_changed_receipt_holds() {
    let story = story();
    let receipt = story.receipt(1, story.event(1, "ReferralAccepted")).await;
    let good = story.check(&receipt).unwrap();
    for at in 0..receipt.len() {
        let mut spoilt = receipt.clone();
        spoilt[at] ^= 1;
        // Only where it still says the same may it hold: base64 has bits that mean nothing, and other signatures are ignored.
        if let Ok(proven) = story.check(&spoilt) {
            assert_eq!((proven.leaf, proven.head.head()), (good.leaf, good.head.head()), "byte {at}");
        }
    }
    for cut in [0, 10, receipt.len() / 2, receipt.len() - 1] {
        assert!(story.check(&receipt[..cut]).is_err(), "cut to {cut}");
    }
    let without = Proof { extra: None, ..Proof::parse(&receipt).unwrap() };
    assert!(matches!(story.check(&without.encode()), Err(ReceiptFault::NoEntry)));
}
