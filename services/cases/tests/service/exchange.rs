//! A referral between two offices, as their services show it.

use tonic::{Code, Request};
use waymark_api::v1::{
    self, Category, ConsentState, HolderState, Party, ReferralPhase,
    consent_service_server::ConsentService as _, referral_service_server::ReferralService as _,
};
use waymark_desk::Duty;
use waymark_domain::words::{Category as Words, RetentionGround};

use crate::office::{Office, first_value, offices, served};
use crate::town::Town;

/// North has offered a referral to south.
async fn offered() -> (Town, Office, Office, [String; 3]) {
    let (mut town, north, south) = offices();
    let case = north.opens_a_case().await;
    let consent = north.takes_consent(&case, town.id(2).to_string()).await;
    let referral = north.offers(&case, town.id(2).to_string(), consent.clone()).await;
    town.exchange();
    (town, north, south, [case, consent, referral])
}

async fn listed(office: &Office, request: v1::ListReferralsRequest) -> Vec<v1::ReferralSummary> {
    office.referrals.list_referrals(Request::new(request)).await.unwrap().into_inner().referrals
}

#[tokio::test]
async fn an_offer_shows_need_and_no_identity() {
    let (_town, north, south, [case, _, referral]) = offered().await;
    let received =
        listed(&south, v1::ListReferralsRequest { needs_answer: true, ..Default::default() }).await;
    assert_eq!(received.len(), 1);
    assert_eq!((received[0].phase(), received[0].side()), (ReferralPhase::Delivered, Party::Receiver));
    assert!(received[0].case.is_empty() && received[0].deadlines.is_some());
    let shown = south.referral(&referral).await;
    let categories: Vec<_> = shown.sections.iter().map(v1::SectionSummary::category).collect();
    assert_eq!(categories, [Category::Triage]);
    south.reveals(&referral, Category::Triage).await.unwrap();
    assert_eq!(south.reveals(&referral, Category::Contact).await.unwrap_err().code(), Code::NotFound);
    let sent = listed(&north, v1::ListReferralsRequest { case: case.clone(), ..Default::default() }).await;
    assert_eq!((sent.len(), sent[0].side(), sent[0].needs_answer), (1, Party::Sender, false));
    assert_eq!(north.case(&case).await.summary.unwrap().open_referrals, 1);
}

#[tokio::test]
async fn an_accept_brings_what_was_consented_and_nothing_else() {
    let (mut town, north, south, [case, _, referral]) = offered().await;
    let accepted = south.accepts(&referral).await.result.unwrap();
    assert!(!accepted.case.is_empty());
    town.exchange();
    let shown = south.referral(&referral).await;
    assert_eq!(shown.summary.as_ref().unwrap().phase(), ReferralPhase::Disclosed);
    assert_eq!(shown.summary.as_ref().unwrap().case, accepted.case);
    assert_eq!(first_value(south.reveals(&referral, Category::Contact).await.unwrap()), "+359 2 0000");
    let unsent = south.reveals(&referral, Category::Identity).await.unwrap_err();
    assert_eq!(unsent.code(), Code::NotFound);
    assert_eq!(unsent.message(), "identity was never sent to this office in this referral");
    let contact = shown.sections.iter().find(|section| section.category() == Category::Contact).unwrap();
    assert_eq!(contact.from_office, town.id(1).to_string());
    assert!(!contact.access_until_on.is_empty() && !contact.erased);
    assert_eq!(north.case(&case).await.referrals[0].phase(), ReferralPhase::Disclosed);
}

#[tokio::test]
async fn a_question_and_its_answer_are_found_by_their_events() {
    let (mut town, north, south, [_, _, referral]) = offered().await;
    let ask = v1::AskQuestionRequest {
        referral: referral.clone(),
        text: "Alone?".to_owned(),
        ..Default::default()
    };
    let question = south.referrals.ask_question(Request::new(ask)).await.unwrap().into_inner().question;
    town.exchange();
    let waiting = listed(&north, v1::ListReferralsRequest { needs_answer: true, ..Default::default() }).await;
    assert_eq!(waiting[0].phase(), ReferralPhase::InformationRequested);
    let request = v1::AnswerQuestionRequest {
        referral: referral.clone(),
        question: question.clone(),
        text: "Yes.".to_owned(),
        ..Default::default()
    };
    north.referrals.answer_question(Request::new(request)).await.unwrap();
    town.exchange();
    let shown = &south.referral(&referral).await.questions[0];
    assert_eq!(shown.question, question);
    assert!(shown.answered_at.is_some() && !shown.answer.is_empty());
    let content = south.reveals(&referral, Category::Coordination).await.unwrap();
    assert_eq!(content.content, Some(v1::section_content::Content::Message("Yes.".to_owned())));
}

#[tokio::test]
async fn a_withdrawal_is_followed_at_each_holder_and_nothing_opens_there_any_more() {
    let (mut town, north, south, [case, consent, referral]) = offered().await;
    south.accepts(&referral).await;
    town.exchange();
    let holder = |case: &v1::Case| case.consents[0].holders[0].state();
    assert_eq!(holder(&north.case(&case).await), HolderState::Holds);
    let by = v1::EndedBy::Person.into();
    let withdraw = v1::WithdrawConsentRequest { case: case.clone(), consent, by, ..Default::default() };
    north.consents.withdraw_consent(Request::new(withdraw)).await.unwrap();
    let shown = north.case(&case).await;
    assert_eq!((shown.consents[0].state(), holder(&shown)), (ConsentState::Withdrawn, HolderState::Asked));
    assert_eq!(shown.summary.unwrap().consents, 0);
    let sent: Vec<_> = shown.consents[0].holders[0].categories().collect();
    assert_eq!(sent, [Category::Triage, Category::Contact]);
    town.exchange();
    assert_eq!(holder(&north.case(&case).await), HolderState::Erased);
    let gone = south.reveals(&referral, Category::Contact).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    assert_eq!(gone.message(), "contact was erased at this office on 2026-09-01: she withdrew her consent");
}

#[tokio::test]
async fn what_only_the_other_office_has_erased_is_still_here() {
    let (mut town, north, south, [case, consent, referral]) = offered().await;
    south.accepts(&referral).await;
    town.exchange();
    drop(south);
    town.stop(2);
    let by = v1::EndedBy::Person.into();
    let withdraw = v1::WithdrawConsentRequest { case, consent, by, ..Default::default() };
    north.consents.withdraw_consent(Request::new(withdraw)).await.unwrap();
    let (categories, ground) = (vec![Words::Contact], RetentionGround::LegalObligation);
    town.keeping.duty = Some(Duty { categories, ground, days: 30 });
    town.open(2);
    town.minutes(3);
    let south = served(&mut town, 2);
    let sections = south.referral(&referral).await.sections;
    let erased = |category| sections.iter().find(|section| section.category() == category).unwrap().erased;
    assert!(erased(Category::Triage), "{sections:?}");
    assert!(!erased(Category::Contact), "it is kept by law: {sections:?}");
    let locked = south.reveals(&referral, Category::Contact).await.unwrap_err();
    assert!(locked.message().contains("it is locked"), "{locked}");
}

#[tokio::test]
async fn consents_are_listed_given_last_first_in_pages() {
    let (town, north, _) = offices();
    let case = north.opens_a_case().await;
    let mut given = Vec::new();
    for _ in 0..3 {
        // One consent for each recipient: the earlier ones were withdrawn, and are listed all the same.
        let consent = north.takes_consent(&case, town.id(2).to_string()).await;
        let by = v1::EndedBy::Person.into();
        let withdrawal = v1::WithdrawConsentRequest {
            case: case.clone(),
            consent: consent.clone(),
            by,
            ..Default::default()
        };
        north.consents.withdraw_consent(Request::new(withdrawal)).await.unwrap();
        given.push(consent);
    }
    given.reverse();
    let mut request = v1::ListConsentsRequest { case, page_size: 2, ..Default::default() };
    let first = north.consents.list_consents(Request::new(request.clone())).await.unwrap().into_inner();
    request.page_token = first.next_page_token;
    let second = north.consents.list_consents(Request::new(request)).await.unwrap().into_inner();
    let told = first.consents.iter().chain(&second.consents).map(|consent| consent.consent.clone());
    assert_eq!(told.collect::<Vec<_>>(), given);
    assert_eq!(second.next_page_token, "");
}
