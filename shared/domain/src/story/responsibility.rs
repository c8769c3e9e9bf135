//! Property: whatever three offices hand over to each other, take back, cancel and confirm, in whatever order they hear of it,
//! exactly one of them is responsible.

use proptest::prelude::*;

use super::*;
use crate::command::*;
use crate::event::referral::ReferralKind;
use crate::referral::settled;
use crate::responsible::responsible_office;
use crate::words::EndedBy;

const OFFICES: [OfficeId; 3] = [NORTH, SOUTH, WEST];

/// Everything that an office may try now.
fn tries(story: &Story, me: OfficeId) -> Vec<Command> {
    let office = &story.offices[&me];
    let mut all: Vec<Command> = Vec::new();
    for case in office.cases.values() {
        for to in OFFICES.into_iter().filter(|to| *to != me) {
            match case.consents.iter().find(|consent| consent.recipient == to) {
                Some(given) => all.push(offer(case.thread, to, ReferralKind::HandOver, given.id).into()),
                None => all.push(give_consent(case.thread, to, &RETURN_CATEGORIES).into()),
            }
        }
    }
    for referral in office.referrals.values() {
        let thread = referral.thread;
        if referral.to == me {
            all.push(accept(thread).into());
            let open = office.cases.values().map(|case| case.thread);
            all.extend(open.map(|case| AcceptReferral { case: Some(case), ..accept(thread) }.into()));
            all.push(ConfirmReception { referral: thread, at: START }.into());
        } else {
            all.push(WithdrawReferral { referral: thread, by: EndedBy::Sender, note: None }.into());
        }
        all.push(RequestCancellation { referral: thread, note: None }.into());
        all.push(AgreeCancellation { referral: thread }.into());
        all.push(DeclineCancellation { referral: thread, note: None }.into());
    }
    all
}

/// A hand-over as nobody knows it alone: each half as its writer has it.
fn met(story: &Story, thread: ThreadId) -> Option<(OfficeId, OfficeId)> {
    let any = story.offices.values().find_map(|office| office.referrals.get(&thread))?;
    let sender = &story.offices[&any.from].referrals.get(&thread)?.sender;
    let receiver = &story.offices[&any.to].referrals.get(&thread)?.receiver;
    (settled(sender, receiver) == Some(crate::referral::Ending::HandedOver)).then_some((any.from, any.to))
}

/// How often each office is responsible: north once at first, and each reception moves one.
fn responsible(story: &Story) -> BTreeMap<OfficeId, i32> {
    let mut count: BTreeMap<OfficeId, i32> = OFFICES.into_iter().map(|office| (office, 0)).collect();
    count.insert(NORTH, 1);
    let threads: std::collections::BTreeSet<ThreadId> =
        story.offices.values().flat_map(|office| office.referrals.keys().copied()).collect();
    for (from, to) in threads.into_iter().filter_map(|thread| met(story, thread)) {
        *count.entry(from).or_default() -= 1;
        *count.entry(to).or_default() += 1;
    }
    count
}

fn walk(steps: &[(u8, u16)]) -> Result<usize, TestCaseError> {
    let mut story = network();
    let case = open_case(&mut story);
    let to_south = consent(&mut story, case, SOUTH, &RETURN_CATEGORIES);
    story.given(NORTH, offer(case, SOUTH, ReferralKind::HandOver, to_south));
    for (who, what) in steps {
        if *who < 96 {
            story.deliver_one(usize::from(*what));
        } else {
            let me = OFFICES[usize::from(*who) % OFFICES.len()];
            let all = tries(&story, me);
            if !all.is_empty() {
                // Most of what is tried is refused.
                let _refused = story.when(me, all[usize::from(*what) % all.len()].clone());
            }
        }
        let count = responsible(&story);
        prop_assert!(count.values().all(|times| (0..=1).contains(times)), "responsible: {count:?}");
    }
    story.mail();
    let count = responsible(&story);
    for (me, times) in &count {
        let office = &story.offices[me];
        let answers = office.cases.values().filter(|case| {
            let linked = office.linked(Some(case));
            responsible_office(*me, case, &linked) == *me
        });
        // Once everybody has heard, each office knows whether it is the one.
        prop_assert_eq!(answers.count() as i32, *times, "{} thinks otherwise", me);
    }
    Ok(story
        .offices
        .values()
        .flat_map(|office| office.referrals.keys())
        .filter(|id| met(&story, **id).is_some())
        .count())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn exactly_one_office_is_responsible_whatever_they_do_and_whenever_they_hear(
        steps in prop::collection::vec((any::<u8>(), any::<u16>()), 0..400),
    ) {
        walk(&steps)?;
    }
}

#[test]
fn the_random_walks_do_hand_over_again_and_again() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let steps = prop::collection::vec((any::<u8>(), any::<u16>()), 400);
    let met: usize = (0..60).map(|_| walk(&steps.new_tree(&mut runner).unwrap().current()).unwrap()).sum();
    // Both parties know each of them.
    assert!(met / 2 > 30, "only {} hand-overs came to their end", met / 2);
}
