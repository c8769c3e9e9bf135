//! Where the model begins: two offices, a person's case at north, her consent that names south, and a hand-over offered to it.

use waymark_domain::calendar::DeadlineRules;
use waymark_domain::command::{Command, GiveConsent, NarrowConsent, OfferReferral, OpenCase, RecordSection};
use waymark_domain::event::case::ConsentScope;
use waymark_domain::event::notice::InboxKey;
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::ids::{Country, EventId, KemPublic, OfficeId, ThreadId};
use waymark_domain::section::{Content, Field, Triage};
use waymark_domain::time::{DAY, Day, HOUR, Timestamp};
use waymark_domain::words::{
    Category, ConsentForm, Disclosure, Institution, OfficeRole, Purpose, RiskBand, Urgency,
};
use waymark_domain::world::{OfficeView, Peer, Standing};

/// Monday 2026-11-23, 09:00 UTC: when she is offered.
pub(crate) const START: Timestamp = Timestamp(20_780 * DAY + 9 * HOUR);
/// When the offer ends.
pub(crate) const OFFER_ENDS: Timestamp = START.plus(HOUR);
/// The last day of the consent.
pub(crate) const CONSENT_UNTIL: Day = Day(20_783);

const PURPOSES: [Purpose; 2] = [Purpose::SafeReturn, Purpose::SocialInclusion];

/// The instants of the model: she is offered; the offer has just ended; the consent has.
pub(crate) const TICKS: [Timestamp; 3] = [START, OFFER_ENDS.plus(1), CONSENT_UNTIL.end()];

/// The two offices as both know them. No contact is ever late: reminders of it are not what this is about.
pub(crate) fn network(offices: [OfficeId; 2]) -> OfficeView {
    let mut view = OfficeView { rules: DeadlineRules::default(), ..OfficeView::default() };
    view.rules.normal.contact_seconds = 600 * DAY;
    let today = START.day();
    for (office, country) in offices.into_iter().zip([*b"XN", *b"XS"]) {
        let key = KemPublic([office.0[0]; 32]);
        let inbox = InboxKey { key, from: today, until: today.plus(31), destroyed_on: today.plus(60) };
        let peer = Peer {
            country: Country(country),
            institution: Institution::Ngo,
            roles: vec![OfficeRole::Office],
            standing: Standing::Active,
            profile: None,
            inbox: vec![inbox],
        };
        view.offices.insert(office, peer);
    }
    view
}

pub(crate) fn open_case() -> Command {
    OpenCase::default().into()
}

pub(crate) fn record_identity(case: ThreadId) -> Command {
    let category = Category::Identity;
    let field = Field::ALL.iter().copied().find(|field| field.category() == category);
    let field = field.expect("identity has fields");
    RecordSection { case, category, content: Content::Fields(vec![(field, "planted".into())]) }.into()
}

pub(crate) fn consent(case: ThreadId, recipient: OfficeId) -> Command {
    let scope = ConsentScope {
        recipient,
        purposes: PURPOSES.to_vec(),
        categories: vec![Category::Triage, Category::Identity],
        onward: false,
        from: START.day(),
        until: CONSENT_UNTIL,
    };
    let told = Disclosure::ALL.to_vec();
    GiveConsent { case, scope, form: ConsentForm::Written, told, record: Vec::new() }.into()
}

/// She lets the other office have nothing but the triage any more.
pub(crate) fn narrow(case: ThreadId, consent: EventId) -> Command {
    let (purposes, categories) = (PURPOSES.to_vec(), vec![Category::Triage]);
    NarrowConsent { case, consent, purposes, categories, onward: false, until: CONSENT_UNTIL }.into()
}

pub(crate) fn offer(case: ThreadId, to: OfficeId, consent: EventId, now: Timestamp) -> Command {
    let purposes = PURPOSES.to_vec();
    let triage = Triage {
        services: vec![Purpose::SafeReturn],
        from: START.day(),
        until: None,
        languages: vec!["en".into()],
        urgency: Urgency::Normal,
        risk: RiskBand::Medium,
        party_size: 1,
        accessibility: false,
    };
    let (kind, expires_at) = (ReferralKind::HandOver, Some(now.plus(HOUR)));
    OfferReferral { case, to, kind, purposes, triage, consent, expires_at }.into()
}
