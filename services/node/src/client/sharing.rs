//! What goes to whom, told to whoever is about to share it: for what, until when, on which basis, and what is withheld.

use waymark_api::v1;

use super::node::Node;
use super::word::Vocabulary;
use crate::fault::Fault;
use crate::show::output::say;

/// Tells what an offer under a consent will share, now and once it is accepted.
pub(crate) async fn tell(node: &Node, case: &str, consent: &str) -> Result<(), Fault> {
    let request = v1::GetCaseRequest { case: case.to_owned() };
    let Some(case) = node.cases().get_case(request).await?.into_inner().case else { return Ok(()) };
    let given = case.consents.iter().find(|given| given.consent == consent);
    let Some(scope) = given.and_then(|given| given.scope.as_ref()) else { return Ok(()) };
    let names = node.names().await?;
    let recorded: Vec<i32> = case.sections.iter().map(|section| section.category).collect();
    let shared = |category: &i32| scope.categories.contains(category);
    let own = |category: &i32| {
        matches!(v1::Category::try_from(*category), Ok(v1::Category::Office | v1::Category::Coordination))
    };
    let later: Vec<i32> = recorded.iter().copied().filter(shared).collect();
    let withheld: Vec<i32> =
        recorded.iter().copied().filter(|category| !shared(category) && !own(category)).collect();
    for (what, told) in [
        ("goes to", names.of(&scope.recipient).to_owned()),
        ("for", words::<v1::Purpose>(&scope.purposes)),
        ("now", "triage: what is needed, nothing that names her".to_owned()),
        ("once accepted", words::<v1::Category>(&later)),
        ("until", format!("{}, on the basis of her consent", scope.until_on)),
        ("passed on", if scope.onward { "only where she agrees again" } else { "never" }.to_owned()),
        ("withheld", words::<v1::Category>(&withheld)),
    ] {
        say(format_args!("  {what:14} {told}"));
    }
    Ok(())
}

fn words<V: Vocabulary>(numbers: &[i32]) -> String {
    let words: Vec<String> =
        numbers.iter().filter_map(|number| V::try_from(*number).ok()).map(Vocabulary::word).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}
