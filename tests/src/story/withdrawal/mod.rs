//! A withdrawal reaches everyone: disclosed to two offices, one of them away; withdrawn; both erase; a late disclosure is refused; an
//! emergency is disclosed by two people, reviewed and turned down. Every step is asserted.

mod emergency;
mod erased;
mod shared;
mod withdrawn;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{Narrator, handover};
use crate::harness::{Network, Office};

/// What the story leaves behind, for those who go on with it.
pub struct Played {
    /// The running network.
    pub network: Network,
    /// North's case.
    pub case: String,
    /// The referral from north to south.
    pub south: String,
    /// The referral from north to harbour.
    pub harbour: String,
}

/// What was typed in and must show up nowhere but in an opened section.
pub const PLANTED: &[&str] = &[
    "Canary",
    "Testperson",
    "+000 555 0100",
    "marigold",
    "needs insulin every day",
    "a quiet room",
    "She was found unconscious.",
];

/// Plays the story in `folder`.
///
/// # Errors
/// At the first step that does not go as it must.
pub fn play(folder: &Path, narrator: &mut dyn Narrator) -> Result<Played> {
    let network = handover::begin(folder, narrator)?;
    let mut story = Story::share(network, narrator)?;
    story.withdraw(narrator)?;
    story.come_back(narrator)?;
    story.refuse_late(narrator)?;
    story.disclose_in_emergency(folder, narrator)?;
    story.review(folder, narrator)?;
    story.look_back(narrator)?;
    story.erase(folder, narrator)?;
    let Story { network, case, south, harbour, .. } = story;
    Ok(Played { network, case, south, harbour })
}

struct Story {
    network: Network,
    case: String,
    consents: [String; 2],
    south: String,
    harbour: String,
    emergency: String,
}

impl Story {
    fn office(&self, name: &str) -> &Office {
        self.network.office(name)
    }

    /// The page of holders at north, once it looks as wanted; and as people see it.
    fn holders(&self, what: &str, wanted: &[(&str, &str)]) -> Result<String> {
        let north = self.office("north");
        let ids: Vec<(String, &str)> =
            wanted.iter().map(|(office, state)| (self.office(office).id.clone(), *state)).collect();
        crate::harness::until(what, || {
            let rows = north.cli().lines(&["consent", "holders", &self.case], None)?;
            let stands = |(office, state): &(String, &str)| {
                rows.iter().any(|row| {
                    row["office"] == json!(office) && row["state"] == json!(state) && row["since"].is_string()
                })
            };
            Ok(ids.iter().all(stands).then_some(()))
        })?;
        north.cli().page(&["consent", "holders", &self.case])
    }
}

fn id(answer: &Value, key: &str) -> Result<String> {
    answer[key].as_str().map(str::to_owned).with_context(|| format!("no {key} in {answer}"))
}

/// Says each line of a page.
fn read_out(narrator: &mut dyn Narrator, page: &str) {
    page.lines().for_each(|line| narrator.say(&format!("  {line}")));
}

/// That an office cannot open a section any more, nor learns that it was ever there.
fn cannot_open(office: &Office, thread: &str, category: &str) -> Result<()> {
    let hidden = office.cli().refused(&["case", "reveal", thread, "--category", category], None)?;
    ensure!(hidden.exit == 3, "{}: {category}: {hidden}", office.name);
    Ok(())
}
