//! Which basis permits which category: the one table that sender, recipient and auditor check.
//!
//! | basis | permits | released to |
//! |---|---|---|
//! | none | nothing | – |
//! | consent | what the released consent names, never `coordination` or `office` | the recipient it names |
//! | reply in thread | `coordination`; `safety` in a risk assessment, `shelter` in an address | the other party |
//! | own data | everything | nobody |
//! | emergency | what its declaration names of what can save a life; `coordination`: the reason | the other party |

use crate::consent::Chain;
use crate::event::consent::GrantFault;
use crate::event::{AudienceRule, BasisKind, KindRule, VITAL};
use crate::ids::OfficeId;
use crate::referral::{Emergency, ReferralState};
use crate::time::Day;
use crate::words::Category;

/// Whether `basis` permits an entry of kind `rule` to seal a section of `category`.
#[must_use]
pub fn permits(basis: BasisKind, category: Category, rule: &KindRule) -> bool {
    rule.bases.contains(&basis) && rule.seals.contains(&category) && reaches(basis, category, rule.audience)
}

fn reaches(basis: BasisKind, category: Category, audience: AudienceRule) -> bool {
    match (basis, audience) {
        (BasisKind::OwnData, AudienceRule::Nobody) => true,
        (BasisKind::Consent, AudienceRule::Party) => {
            !matches!(category, Category::Coordination | Category::Office)
        }
        (BasisKind::Reply, AudienceRule::Party) => {
            matches!(category, Category::Coordination | Category::Safety | Category::Shelter)
        }
        (BasisKind::Emergency, AudienceRule::Party) => {
            is_vital(category) || category == Category::Coordination
        }
        (BasisKind::NoBasis, _)
        | (BasisKind::OwnData, AudienceRule::Party | AudienceRule::Network)
        | (
            BasisKind::Consent | BasisKind::Reply | BasisKind::Emergency,
            AudienceRule::Nobody | AudienceRule::Network,
        ) => false,
    }
}

/// Whether `category` can be among the least that saves a life or warns.
#[must_use]
pub fn is_vital(category: Category) -> bool {
    VITAL.contains(&category)
}

/// Whether `consent`, released to `named`, lets `recipient` have `category` on `day`.
///
/// # Errors
/// The fault for which a grant is not imported.
pub fn grant_within(
    consent: &Chain,
    named: OfficeId,
    category: Category,
    recipient: OfficeId,
    day: Day,
) -> Result<(), GrantFault> {
    if named != recipient {
        return Err(GrantFault::WrongRecipient);
    }
    let in_force = consent.in_force(day).map_err(|_| GrantFault::Late)?;
    in_force.covers(&[category]).map_err(|_| GrantFault::OutsideConsent)
}

/// Whether `referral` lets its receiver import `category` on `day`, carried by an entry of kind `rule` on `basis`. A
/// withdrawal that has arrived before the entry makes it late.
///
/// # Errors
/// The fault for which a grant is not imported.
pub fn importable(
    referral: &ReferralState,
    basis: BasisKind,
    category: Category,
    rule: &KindRule,
    day: Day,
) -> Result<(), GrantFault> {
    if !permits(basis, category, rule) {
        return Err(GrantFault::OutsideConsent);
    }
    match basis {
        BasisKind::Consent => {
            let consent = referral.sender.consent.as_ref().ok_or(GrantFault::OutsideConsent)?;
            grant_within(consent, referral.to, category, referral.to, day)?;
            if referral.may_read_consented(category, day) { Ok(()) } else { Err(GrantFault::Late) }
        }
        BasisKind::Emergency => {
            let declared =
                |emergencies: &[Emergency]| emergencies.iter().any(|declared| declared.covers(category));
            let known = declared(&referral.sender.emergencies) || declared(&referral.receiver.emergencies);
            if known { Ok(()) } else { Err(GrantFault::OutsideConsent) }
        }
        BasisKind::NoBasis | BasisKind::Reply | BasisKind::OwnData => Ok(()),
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::event::{KINDS, rule_of};

    fn rule(name: &str) -> &'static KindRule {
        KINDS.iter().find(|rule| rule.name == name).unwrap()
    }

    #[test]
    fn coordination_and_office_never_leave_under_a_consent() {
        for rule in KINDS {
            for category in [Category::Coordination, Category::Office] {
                assert!(!permits(BasisKind::Consent, category, rule), "{}", rule.name);
            }
        }
    }

    #[test]
    fn own_data_never_leaves() {
        for rule in KINDS.iter().filter(|rule| rule.audience != AudienceRule::Nobody) {
            for category in Category::ALL {
                assert!(!permits(BasisKind::OwnData, *category, rule), "{}", rule.name);
                assert!(*category != Category::Office || !rule.seals.contains(category), "{}", rule.name);
            }
        }
    }

    #[test]
    fn an_entry_on_no_basis_seals_nothing() {
        for rule in KINDS {
            for category in Category::ALL {
                assert!(!permits(BasisKind::NoBasis, *category, rule), "{}", rule.name);
            }
        }
    }

    #[test]
    fn red_line_an_offer_seals_triage_and_nothing_else() {
        let offer = rule("ReferralOffered");
        for category in Category::ALL {
            let permitted = permits(BasisKind::Consent, *category, offer);
            assert_eq!(permitted, *category == Category::Triage, "{category}");
        }
    }

    #[test]
    fn red_line_a_notice_to_the_network_seals_nothing() {
        for rule in KINDS.iter().filter(|rule| rule.audience == AudienceRule::Network) {
            assert!(rule.seals.is_empty(), "{}", rule.name);
        }
    }

    #[test]
    fn a_reply_carries_what_was_asked_for_or_must_be_known() {
        assert!(permits(BasisKind::Reply, Category::Coordination, rule("QuestionAnswered")));
        assert!(permits(BasisKind::Reply, Category::Safety, rule("RiskAssessed")));
        assert!(permits(BasisKind::Reply, Category::Shelter, rule("AddressReleased")));
        assert!(!permits(BasisKind::Reply, Category::Identity, rule("SectionsDisclosed")));
    }

    #[test]
    fn an_emergency_never_seals_what_cannot_save_a_life() {
        let seals = rule("EmergencyDisclosed").seals;
        for category in [Category::Triage, Category::Legal, Category::Work, Category::Narrative] {
            assert!(!seals.contains(&category) && !is_vital(category), "{category}");
        }
        let reason = |category| category == Category::Coordination;
        assert!(seals.iter().all(|category| is_vital(*category) || reason(*category)));
    }

    #[test]
    fn every_kind_can_seal_each_of_its_categories_on_one_of_its_bases() {
        for rule in KINDS {
            for category in rule.seals {
                let permitted = rule.bases.iter().any(|basis| permits(*basis, *category, rule));
                assert!(permitted, "{} {category}", rule.name);
            }
        }
    }

    #[test]
    fn a_rule_is_found_by_its_number() {
        for rule in KINDS {
            assert_eq!(rule_of(rule.number).map(|found| found.name), Some(rule.name));
        }
        assert!(rule_of(0).is_none() && rule_of(60_000).is_none());
    }
}
