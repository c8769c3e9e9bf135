//! Two offices with the services of cases, and requests in the words of the stories.

use std::sync::Arc;

use tonic::{Request, Status};
use waymark_api::v1::{
    self, Category, ConsentForm, Disclosure, Purpose, SectionField, case_service_server::CaseService as _,
    consent_service_server::ConsentService as _, referral_service_server::ReferralService as _,
};
use waymark_cases::{CaseApi, CasesProjection, ConsentApi, ReferralApi};
use waymark_desk::{Desk, DomainRules, Options};
use waymark_seal::rng::Seeded;

use crate::town::{BEGIN, Town, data, passphrase};

/// An office and its services.
pub(crate) struct Office {
    pub(crate) cases: CaseApi,
    pub(crate) referrals: ReferralApi,
    pub(crate) consents: ConsentApi,
}

/// Two offices that know each other: 1 is north, 2 is south.
pub(crate) fn offices() -> (Town, Office, Office) {
    let mut town = Town::new(2);
    let (north, south) = (served(&mut town, 1), served(&mut town, 2));
    town.pass(6);
    town.exchange();
    (town, north, south)
}

/// Opens an office again, with the rows of its services.
pub(crate) fn served(town: &mut Town, number: u16) -> Office {
    town.crash(number);
    let rows = Arc::new(CasesProjection::new(town.id(number)));
    let options = Options {
        data: data(&town.folder, number),
        passphrase: passphrase(),
        clock: town.clock.clone(),
        rules: Arc::new(DomainRules),
        rng: Box::new(Seeded::new(u64::from(number) << 40)),
        keeping: waymark_desk::Keeping::default(),
        projections: vec![rows.clone()],
        progress: &|_, _| {},
    };
    let desk = Desk::open(options).unwrap();
    town.desks[usize::from(number) - 1] = Some(Arc::clone(&desk));
    Office {
        cases: CaseApi::new(Arc::clone(&desk), Arc::clone(&rows)),
        referrals: ReferralApi::new(Arc::clone(&desk), Arc::clone(&rows)),
        consents: ConsentApi::new(desk, rows),
    }
}

impl Office {
    /// Opens a case with a name and a safe telephone number.
    pub(crate) async fn opens_a_case(&self) -> String {
        let opened = self.cases.open_case(Request::new(v1::OpenCaseRequest::default())).await.unwrap();
        let case = opened.into_inner().case;
        self.records(&case, Category::Identity, SectionField::GivenName, "Ana").await;
        self.records(&case, Category::Contact, SectionField::SafePhone, "+359 2 0000").await;
        case
    }

    pub(crate) async fn records(&self, case: &str, category: Category, field: SectionField, value: &str) {
        let values = vec![v1::FieldValue { field: field.into(), value: value.to_owned() }];
        let content = v1::section_content::Content::Fields(v1::Fields { values });
        let request = v1::RecordSectionRequest {
            case: case.to_owned(),
            category: category.into(),
            content: Some(v1::SectionContent { content: Some(content) }),
            ..Default::default()
        };
        self.cases.record_section(Request::new(request)).await.unwrap();
    }

    /// Records a consent to share triage and contact with `recipient`.
    pub(crate) async fn takes_consent(&self, case: &str, recipient: String) -> String {
        let request = v1::GiveConsentRequest {
            case: case.to_owned(),
            scope: Some(v1::ConsentScope {
                recipient,
                purposes: vec![Purpose::SocialSupport.into()],
                categories: vec![Category::Triage.into(), Category::Contact.into()],
                onward: false,
                from_on: BEGIN.day().to_string(),
                until_on: BEGIN.day().plus(90).to_string(),
            }),
            form: ConsentForm::Written.into(),
            told: (1..=7).map(|told| Disclosure::try_from(told).unwrap().into()).collect(),
            ..Default::default()
        };
        self.consents.give_consent(Request::new(request)).await.unwrap().into_inner().consent
    }

    /// Offers a service referral under a consent.
    pub(crate) async fn offers(&self, case: &str, recipient: String, consent: String) -> String {
        let triage = v1::Triage {
            services: vec![Purpose::SocialSupport.into()],
            from_on: BEGIN.day().plus(1).to_string(),
            languages: vec!["bg".to_owned()],
            urgency: v1::Urgency::Normal.into(),
            risk: v1::RiskBand::Medium.into(),
            party_size: 1,
            ..Default::default()
        };
        let offer = v1::Offer {
            case: case.to_owned(),
            recipient,
            kind: v1::ReferralKind::Service.into(),
            consent,
            purposes: vec![Purpose::SocialSupport.into()],
            triage: Some(triage),
            expires_at: None,
        };
        let request = v1::OfferReferralRequest { offer: Some(offer), ..Default::default() };
        self.referrals.offer_referral(Request::new(request)).await.unwrap().into_inner().referral
    }

    pub(crate) async fn accepts(&self, referral: &str) -> v1::AcceptReferralResponse {
        let request = v1::AcceptReferralRequest { referral: referral.to_owned(), ..Default::default() };
        self.referrals.accept_referral(Request::new(request)).await.unwrap().into_inner()
    }

    pub(crate) async fn case(&self, case: &str) -> v1::Case {
        let request = v1::GetCaseRequest { case: case.to_owned() };
        self.cases.get_case(Request::new(request)).await.unwrap().into_inner().case.unwrap()
    }

    pub(crate) async fn referral(&self, referral: &str) -> v1::Referral {
        let request = v1::GetReferralRequest { referral: referral.to_owned() };
        self.referrals.get_referral(Request::new(request)).await.unwrap().into_inner().referral.unwrap()
    }

    /// Opens the newest section of a category.
    pub(crate) async fn reveals(
        &self,
        thread: &str,
        category: Category,
    ) -> Result<v1::SectionContent, Status> {
        let request = v1::RevealSectionRequest {
            thread: thread.to_owned(),
            category: category.into(),
            event_id: String::new(),
        };
        let shown = self.cases.reveal_section(Request::new(request)).await?;
        Ok(shown.into_inner().content.unwrap())
    }
}

/// The value of the first field of a content.
pub(crate) fn first_value(content: v1::SectionContent) -> String {
    match content.content {
        Some(v1::section_content::Content::Fields(fields)) => fields.values[0].value.clone(),
        _ => panic!("the section holds fields"),
    }
}
