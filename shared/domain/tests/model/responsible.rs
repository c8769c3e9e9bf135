//! Who is responsible: once with the entries of both logs, and once as each office sees it.

use waymark_domain::case::CaseState;
use waymark_domain::ids::OfficeId;
use waymark_domain::referral::{Ending, ReferralState};
use waymark_domain::responsible::responsible_office;

use crate::properties::whole;
use crate::system::{Side, State};

/// With all entries, one office is responsible and the cases of both say so. Whoever is, knows it; who thinks so and is not, has
/// a letter to come that says otherwise.
pub(crate) fn one_responsible(state: &State) -> bool {
    let union: Vec<_> = whole(state).collect();
    let all = |known: &ReferralState| {
        let found = union.iter().find(|thread| thread.referral.thread == known.thread);
        found.map_or_else(|| known.clone(), |thread| thread.referral.clone())
    };
    // North is responsible at first, and each reception moves one.
    let met = || union.iter().filter(|thread| thread.ending() == Some(Ending::HandedOver));
    let count = |me: Side| {
        let (gained, lost) = (
            met().filter(|thread| thread.referral.to == me.id()).count(),
            met().filter(|thread| thread.referral.from == me.id()).count(),
        );
        usize::from(me == Side::North) + gained == lost + 1
    };
    let one = count(Side::North) != count(Side::South);
    one && Side::BOTH.into_iter().all(|me| {
        let is = usize::from(count(me));
        let in_union = claims(state, me, &all);
        let in_own_eyes = claims(state, me, &ReferralState::clone);
        let hears = state.under_way(me) > 0;
        in_union == is && (in_own_eyes == is || (in_own_eyes > is && hears))
    })
}

/// How many cases of `me` name it, when each referral is known as `known` has it.
fn claims(state: &State, me: Side, known: &impl Fn(&ReferralState) -> ReferralState) -> usize {
    let folded = &state.office(me).folded;
    let judged = |case: &CaseState| -> OfficeId {
        let links = case.links.iter().filter_map(|link| folded.referrals.get(&link.referral));
        let linked: Vec<ReferralState> = links.map(known).collect();
        responsible_office(me.id(), case, &linked.iter().collect::<Vec<_>>())
    };
    folded.cases.values().filter(|case| judged(case) == me.id()).count()
}

/// In both views and in the union: who is no longer the sender was accepted, and its accept confirmed.
pub(crate) fn accepted_first(state: &State) -> bool {
    let views = Side::BOTH.into_iter().flat_map(|me| state.office(me).folded.referrals.values().cloned());
    let mut all = whole(state).map(|thread| thread.referral).chain(views);
    all.all(|referral| {
        let accepted = referral.receiver.accepted().is_some() && referral.is_confirmed();
        referral.responsible() == referral.from || accepted
    })
}
