//! `waymark consent holders`: what each other office was sent of a case, and what it has done about the end of that, with times.

use std::io::IsTerminal as _;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_api::v1::{self, HolderState};
use waymark_domain::ids::ThreadId;

use crate::client::tool::Tool;
use crate::fault::Done;
use crate::show::json::Json;
use crate::show::message;
use crate::show::names::Names;
use crate::show::output::data;
use crate::show::table::{self, Column, cell};

const COLUMNS: &[Column] = &[
    ("office", "office"),
    ("was sent", "categories"),
    ("on the basis of", "basis"),
    ("state", "state"),
    ("since", "since"),
    ("at the latest until", "until"),
    ("reviewed", "reviewed"),
    ("kept because", "ground"),
    ("kept until", "retained_until_on"),
    ("no answer since", "no_answer_since"),
    ("referral", "referral"),
];

/// List who was sent her data, with her consent or in an emergency, and what each has done about its end
///
/// `asked, not yet delivered`: the other office's machine has not confirmed that it has the question. `notified`: it has.
#[derive(Args)]
pub(crate) struct Holders {
    /// The case.
    case: ThreadId,
}

impl Holders {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let node = tool.node().await?;
        let request = v1::GetCaseRequest { case: self.case.to_string() };
        let case = node.cases().get_case(request).await?.into_inner().case.unwrap_or_default();
        let holders: Vec<_> = case.consents.into_iter().flat_map(|consent| consent.holders).collect();
        if tool.json() {
            holders.iter().try_for_each(|holder| data(message::json(holder)))?;
            case.emergencies.iter().try_for_each(|held| data(message::json(held)))?;
            return Ok(Exit::Done);
        }
        let consented = holders.iter().map(|holder| (of_consent(holder), colour_of(holder)));
        let emergencies =
            case.emergencies.iter().map(|held| (of_emergency(held), colour(held.state(), false)));
        let (rows, colours): (Vec<Json>, Vec<&str>) = consented.chain(emergencies).unzip();
        if rows.is_empty() {
            data("Nobody was sent anything of this case.")?;
            return Ok(Exit::Done);
        }
        let coloured = std::io::stdout().is_terminal();
        told(&rows, &colours, &node.names().await?, coloured).iter().try_for_each(data)?;
        Ok(Exit::Done)
    }
}

/// The table, line by line.
fn told(rows: &[Json], colours: &[&str], names: &Names, coloured: bool) -> Vec<String> {
    let table = table::of(COLUMNS, rows, names);
    let colours = [""].iter().chain(colours);
    let line = |(line, colour): (&str, &&str)| match coloured && !colour.is_empty() {
        true => format!("{colour}{line}{PLAIN}"),
        false => line.to_owned(),
    };
    table.lines().zip(colours).map(line).collect()
}

fn of_consent(holder: &v1::ConsentHolder) -> Json {
    row(message::json(holder), holder.state(), "consent", Vec::new())
}

fn of_emergency(held: &v1::Holding) -> Json {
    let shown = message::json(held);
    let ground = cell(shown.at("emergency.ground"), &Names::default()).replace('_', " ");
    let due = cell(shown.at("emergency.review_by"), &Names::default());
    let reviewed = match held.emergency.as_ref().map(|used| (used.reviewed, used.upheld)) {
        Some((true, true)) => "upheld".to_owned(),
        Some((true, false)) => "turned down".to_owned(),
        Some((false, _)) | None => format!("not yet, due {due}"),
    };
    let more = vec![
        ("referral".to_owned(), shown.at("thread").clone()),
        ("until".to_owned(), shown.at("until_on").clone()),
        ("reviewed".to_owned(), Json::Text(reviewed)),
    ];
    row(shown, held.state(), &format!("an emergency: {ground}"), more)
}

/// A row: what the message says, with the state and the basis as people say them.
fn row(shown: Json, state: HolderState, basis: &str, more: Vec<(String, Json)>) -> Json {
    let mut members =
        vec![("basis".to_owned(), Json::text(basis)), ("state".to_owned(), Json::text(said(state)))];
    members.extend(more);
    let rest = shown.into_members();
    members.extend(rest.into_iter().filter(|(key, _)| !matches!(key.as_str(), "basis" | "state")));
    Json::Object(members)
}

const fn said(state: HolderState) -> &'static str {
    match state {
        HolderState::Unspecified => "",
        HolderState::Holds => "holds it",
        HolderState::Asked => "asked, not yet delivered",
        HolderState::Notified => "notified",
        HolderState::Acknowledged => "acknowledged, locked",
        HolderState::Erased => "erased",
        HolderState::Retained => "keeps a part",
    }
}

const PLAIN: &str = "\u{1b}[0m";

fn colour_of(holder: &v1::ConsentHolder) -> &'static str {
    colour(holder.state(), holder.no_answer_since.is_some())
}

/// Green once it is answered, red when the answer is late, yellow while it is awaited.
const fn colour(state: HolderState, late: bool) -> &'static str {
    match (state, late) {
        (_, true) => "\u{1b}[31m",
        (HolderState::Erased | HolderState::Retained, false) => "\u{1b}[32m",
        (HolderState::Asked | HolderState::Notified | HolderState::Acknowledged, false) => "\u{1b}[33m",
        (HolderState::Holds | HolderState::Unspecified, false) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emergency_stands_beside_the_consent_and_what_is_not_delivered_says_so() {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let holder = v1::ConsentHolder {
            referral: "r1".to_owned(),
            office: "0a".to_owned(),
            state: HolderState::Asked.into(),
            since: at(1_788_256_800),
            categories: vec![v1::Category::Triage.into()],
            ..v1::ConsentHolder::default()
        };
        let emergency = v1::EmergencyUse {
            ground: v1::EmergencyGround::VitalInterests.into(),
            review_by: at(1_788_516_000),
            ..v1::EmergencyUse::default()
        };
        let held = v1::Holding {
            thread: "r1".to_owned(),
            office: "0a".to_owned(),
            categories: vec![v1::Category::Health.into()],
            state: HolderState::Holds.into(),
            emergency: Some(emergency),
            until_on: "2026-10-04".to_owned(),
            ..v1::Holding::default()
        };
        let names: Names = [("0a".to_owned(), "south".to_owned())].into_iter().collect();
        let rows = [of_consent(&holder), of_emergency(&held)];
        let lines = told(&rows, &[colour_of(&holder), ""], &names, false);
        let [head, consented, emergency] = &lines[..] else { panic!("{lines:?}") };
        assert!(
            head.starts_with("OFFICE") && head.contains("WAS SENT") && head.contains("REFERRAL"),
            "{head}"
        );
        for said in ["south", "triage", "consent", "asked, not yet delivered", "2026-09-01 10:00 UTC", "r1"] {
            assert!(consented.contains(said), "{said}: {consented}");
        }
        for said in
            ["health", "an emergency: vital interests", "holds it", "2026-10-04", "not yet, due 2026-09-04"]
        {
            assert!(emergency.contains(said), "{said}: {emergency}");
        }
        let red = told(&rows, &["\u{1b}[33m", ""], &names, true);
        assert!(red[1].starts_with("\u{1b}[33m") && red[1].ends_with(PLAIN) && !red[2].contains(PLAIN));
    }
}
