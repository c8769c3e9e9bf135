//! What goes to whom, told to whoever is about to share it: for what, until when, on which basis, and what is withheld.
//!
//! Told by what the node says of the case and of the consent; whether it may go is the node's to decide, and where no consent holds
//! nothing is told here.

use waymark_api::v1::{self, Category, ConsentState};

use super::node::Node;
use super::word::Vocabulary;
use crate::fault::Fault;
use crate::show::names::Names;
use crate::show::output::say;

/// A consent that holds, and what the case has of her.
struct Sharing {
    recipient: String,
    purposes: Vec<i32>,
    covered: Vec<i32>,
    onward: bool,
    until_on: String,
    recorded: Vec<i32>,
}

/// Tells what an offer under a consent will share, now and once it is accepted.
pub(crate) async fn tell_offer(node: &Node, case: &str, consent: &str) -> Result<(), Fault> {
    let request = v1::GetCaseRequest { case: case.to_owned() };
    let answer = node.cases().get_case(request).await;
    let case = node.not_swapped(case, consent, answer).await?.into_inner().case;
    let sharing = case.and_then(|case| Sharing::under(case, consent));
    tell(node, sharing, |sharing, names| sharing.offered(names)).await
}

/// Tells what a disclosure of `categories` in a referral shares.
pub(crate) async fn tell_disclosure(node: &Node, referral: &str, categories: &[i32]) -> Result<(), Fault> {
    let request = v1::GetReferralRequest { referral: referral.to_owned() };
    let Some(referral) = node.referrals().get_referral(request).await?.into_inner().referral else {
        return Ok(());
    };
    let case = referral.summary.as_ref().map(|summary| summary.case.clone()).unwrap_or_default();
    // A receiver has no case of its own in it, or one that says nothing of what it was sent.
    let case = if case.is_empty() { None } else { of_case(node, &case).await? };
    let sharing = case.and_then(|case| Sharing::released(referral, &case));
    tell(node, sharing, |sharing, names| sharing.disclosed(categories, names)).await
}

async fn of_case(node: &Node, case: &str) -> Result<Option<v1::Case>, Fault> {
    let request = v1::GetCaseRequest { case: case.to_owned() };
    Ok(node.cases().get_case(request).await?.into_inner().case)
}

/// What the sheet for her says of it (`onward-yes`, `onward-no`): onward it goes only under a consent that she gives there.
const ONWARD: &str = "only where she agrees again";
const NOT_ONWARD: &str = "no; only an office that has become responsible for her may ask her";

type Lines = Vec<(&'static str, String)>;

async fn tell(
    node: &Node,
    sharing: Option<Sharing>,
    lines: impl FnOnce(&Sharing, &Names) -> Lines,
) -> Result<(), Fault> {
    let Some(sharing) = sharing else { return Ok(()) };
    for (what, told) in lines(&sharing, &node.names().await?) {
        say(format_args!("  {what:14} {told}"));
    }
    Ok(())
}

impl Sharing {
    /// What a consent of a case covers.
    fn under(case: v1::Case, consent: &str) -> Option<Self> {
        let recorded = recorded(&case);
        let given = case.consents.into_iter().find(|given| given.consent == consent)?;
        let scope = given.scope.clone().filter(|_| holds(given.state()))?;
        Some(Self {
            recipient: scope.recipient,
            purposes: scope.purposes,
            covered: scope.categories,
            onward: scope.onward,
            until_on: scope.until_on,
            recorded,
        })
    }

    /// What the consent covers that was released in a referral of this office.
    fn released(referral: v1::Referral, case: &v1::Case) -> Option<Self> {
        let summary = referral.summary.filter(|summary| summary.side() == v1::Party::Sender)?;
        let consent = referral.consent.filter(|consent| holds(consent.state()))?;
        Some(Self {
            recipient: summary.other_office,
            purposes: consent.purposes,
            covered: consent.categories,
            onward: consent.onward,
            until_on: consent.until_on,
            recorded: recorded(case),
        })
    }

    fn offered(&self, names: &Names) -> Lines {
        let later = self.recorded(|category| self.covers(category));
        let now = [
            ("now", "triage: what is needed, nothing that names her".to_owned()),
            ("once accepted", words::<Category>(&later)),
        ];
        self.lines(names, now, [])
    }

    fn disclosed(&self, wanted: &[i32], names: &Names) -> Lines {
        let goes = self.recorded(|category| self.covers(category) && wanted.contains(&category));
        let stays = self.recorded(|category| self.covers(category) && !wanted.contains(&category));
        let now = [("now", format!("{}, the newest version of each", words::<Category>(&goes)))];
        self.lines(names, now, [("not this time", words::<Category>(&stays))])
    }

    /// The same of everything that is shared; what goes, and what could and does not, is told in between.
    fn lines<const N: usize, const M: usize>(
        &self,
        names: &Names,
        goes: [(&'static str, String); N],
        stays: [(&'static str, String); M],
    ) -> Lines {
        let onward = if self.onward { ONWARD } else { NOT_ONWARD };
        let withheld = self.recorded(|category| !self.covers(category));
        let mut lines = vec![
            ("goes to", names.of(&self.recipient).to_owned()),
            ("for", words::<v1::Purpose>(&self.purposes)),
        ];
        lines.extend(goes);
        lines.push(("until", format!("{}, on the basis of her consent", self.until_on)));
        lines.push(("passed on", onward.to_owned()));
        lines.extend(stays);
        lines.push(("withheld", words::<Category>(&withheld)));
        lines
    }

    fn covers(&self, category: i32) -> bool {
        self.covered.contains(&category)
    }

    fn recorded(&self, wanted: impl Fn(i32) -> bool) -> Vec<i32> {
        self.recorded.iter().copied().filter(|category| wanted(*category)).collect()
    }
}

/// What the case has that could ever be shared.
fn recorded(case: &v1::Case) -> Vec<i32> {
    let own = [Category::Office.into(), Category::Coordination.into()];
    let sections = case.sections.iter().filter(|section| !section.erased);
    sections.map(|section| section.category).filter(|category| !own.contains(category)).collect()
}

const fn holds(state: ConsentState) -> bool {
    match state {
        ConsentState::Given | ConsentState::Narrowed | ConsentState::Renewed => true,
        ConsentState::Unspecified
        | ConsentState::Expired
        | ConsentState::Withdrawn
        | ConsentState::Refused => false,
    }
}

fn words<V: Vocabulary>(numbers: &[i32]) -> String {
    let known = numbers.iter().filter_map(|number| V::try_from(*number).ok());
    let words: Vec<String> = known.map(|word| word.word().replace('_', " ")).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: [Category; 3] = [Category::Identity, Category::Contact, Category::Travel];

    fn numbers(categories: &[Category]) -> Vec<i32> {
        categories.iter().map(|category| (*category).into()).collect()
    }

    fn case(consent: ConsentState) -> v1::Case {
        let recorded = [Category::Identity, Category::Contact, Category::Health, Category::Office];
        let section = |category| v1::SectionSummary { category, ..v1::SectionSummary::default() };
        let scope = v1::ConsentScope {
            recipient: "0a".to_owned(),
            purposes: vec![v1::Purpose::SafeReturn.into()],
            categories: numbers(&SCOPE),
            until_on: "2027-01-31".to_owned(),
            ..v1::ConsentScope::default()
        };
        let given = v1::Consent {
            consent: "c1".to_owned(),
            state: consent.into(),
            scope: Some(scope),
            ..v1::Consent::default()
        };
        let sections = numbers(&recorded).into_iter().map(section).collect();
        v1::Case { sections, consents: vec![given], ..v1::Case::default() }
    }

    fn referral(side: v1::Party, consent: ConsentState) -> v1::Referral {
        let summary = v1::ReferralSummary {
            side: side.into(),
            other_office: "0a".to_owned(),
            ..v1::ReferralSummary::default()
        };
        let released = v1::ReleasedConsent {
            purposes: vec![v1::Purpose::SafeReturn.into()],
            categories: numbers(&SCOPE),
            until_on: "2027-01-31".to_owned(),
            state: consent.into(),
            ..v1::ReleasedConsent::default()
        };
        v1::Referral { summary: Some(summary), consent: Some(released), ..v1::Referral::default() }
    }

    fn names() -> Names {
        [("0a".to_owned(), "south".to_owned())].into_iter().collect()
    }

    #[test]
    fn an_offer_tells_what_goes_now_what_later_and_what_never() {
        let told = Sharing::under(case(ConsentState::Given), "c1").expect("it holds").offered(&names());
        let expected = [
            ("goes to", "south"),
            ("for", "safe return"),
            ("now", "triage: what is needed, nothing that names her"),
            ("once accepted", "identity, contact"),
            ("until", "2027-01-31, on the basis of her consent"),
            ("passed on", NOT_ONWARD),
            ("withheld", "health"),
        ];
        assert_eq!(told, expected.map(|(what, told)| (what, told.to_owned())));
    }

    #[test]
    fn a_disclosure_tells_the_same_of_what_was_chosen_and_claims_nothing_that_does_not_go() {
        let wanted = numbers(&[Category::Contact, Category::Health, Category::Travel]);
        let released = referral(v1::Party::Sender, ConsentState::Narrowed);
        let sharing = Sharing::released(released, &case(ConsentState::Narrowed)).expect("it holds");
        let expected = [
            ("goes to", "south"),
            ("for", "safe return"),
            ("now", "contact, the newest version of each"),
            ("until", "2027-01-31, on the basis of her consent"),
            ("passed on", NOT_ONWARD),
            ("not this time", "identity"),
            ("withheld", "health"),
        ];
        assert_eq!(
            sharing.disclosed(&wanted, &names()),
            expected.map(|(what, told)| (what, told.to_owned()))
        );
    }

    #[test]
    fn nothing_is_told_to_go_under_a_consent_that_does_not_hold_or_is_anothers() {
        for ended in [ConsentState::Withdrawn, ConsentState::Expired, ConsentState::Refused] {
            assert!(Sharing::under(case(ended), "c1").is_none());
            assert!(Sharing::released(referral(v1::Party::Sender, ended), &case(ended)).is_none());
        }
        let received = referral(v1::Party::Receiver, ConsentState::Given);
        assert!(Sharing::released(received, &case(ConsentState::Given)).is_none());
        assert!(Sharing::under(case(ConsentState::Given), "c2").is_none());
    }
}
