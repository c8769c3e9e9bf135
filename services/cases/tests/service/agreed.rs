//! An offer that was accepted, given by commands: where the stories of the other services begin.

use waymark_domain::command::{AcceptReferral, GiveConsent, OfferReferral, OpenCase};
use waymark_domain::event::case::ConsentScope;
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::ids::ThreadId;
use waymark_domain::section::Triage;
use waymark_domain::words::{Category, ConsentForm, Disclosure, Purpose, RiskBand, Urgency};

use crate::town::{BEGIN, Town};

/// Office 1 opens a case and offers it to office `to`. Answers the case and the referral.
pub(crate) fn offered(
    town: &mut Town,
    to: u16,
    kind: ReferralKind,
    purpose: Purpose,
) -> (ThreadId, ThreadId) {
    let (recipient, today) = (town.id(to), BEGIN.day());
    let case = town.does(1, OpenCase::default()).unwrap().thread;
    let scope = ConsentScope {
        recipient,
        purposes: vec![purpose],
        categories: vec![Category::Triage, Category::Safety, Category::Travel],
        onward: false,
        from: today,
        until: today.plus(180),
    };
    let (form, told, record) = (ConsentForm::Written, Disclosure::ALL.to_vec(), Vec::new());
    let consent = town.does(1, GiveConsent { case, scope, form, told, record }).unwrap().events[0];
    let triage = Triage {
        services: vec![purpose],
        from: today,
        until: None,
        languages: vec!["bg".to_owned()],
        urgency: Urgency::Normal,
        risk: RiskBand::Medium,
        party_size: 1,
        accessibility: false,
    };
    let purposes = vec![purpose];
    let offer = OfferReferral { case, to: recipient, kind, purposes, triage, consent, expires_at: None };
    let referral = town.does(1, offer).unwrap().thread;
    town.exchange();
    (case, referral)
}

/// Office `to` accepts.
pub(crate) fn accepted(town: &mut Town, to: u16, referral: ThreadId) {
    town.does(to, AcceptReferral { referral, case: None, note: None }).unwrap();
    town.exchange();
}
