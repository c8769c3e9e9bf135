//! A return case goes from one office to another, end to end: three organisations, three processes, one hub.
//!
//! Every step is asserted. South's node is killed once and the hub once; every event that an office was promised is in the end
//! there once, at both parties.

mod beginning;
mod case;
mod journey;
mod law;
mod look_back;
mod referral;
mod shelter;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

pub(super) use beginning::begin;

use super::Narrator;
use crate::harness::{Network, Office};

/// What the story leaves behind, for those who go on with it.
pub struct Played {
    /// The running network.
    pub network: Network,
    /// North's case.
    pub case: String,
    /// The hand-over from north to south.
    pub hand_over: String,
    /// The referral from north to harbour.
    pub shelter: String,
}

/// What was typed in and must show up nowhere but in an opened section.
pub const PLANTED: &[&str] = &[
    "Canary",
    "Testperson",
    "+000 555 0100",
    "marigold",
    "former employer knows her village",
    "emergency travel certificate",
    "asthma",
    "a quiet room",
    "12 Canary Quay",
    "ring twice",
    "Does she travel with a child?",
    "Escort North",
    "blue umbrella",
    "followed to the airport",
];

/// Plays the story in `folder`.
///
/// # Errors
/// At the first step that does not go as it must.
pub fn play(folder: &Path, narrator: &mut dyn Narrator) -> Result<Played> {
    let network = begin(folder, narrator)?;
    let directory = beginning::import_directory(folder, &network, narrator)?;
    ensure!(directory > 0, "the directory of south is empty");
    let mut story = Story::open_case(network, narrator)?;
    story.offer(narrator)?;
    story.answer_questions(narrator)?;
    story.disclose(narrator)?;
    story.find_shelter(narrator)?;
    story.prepare_journey(narrator)?;
    story.depart(narrator)?;
    story.travel(narrator)?;
    story.receive(narrator)?;
    story.look_back(narrator)?;
    story.what_the_law_asks(narrator)?;
    let Story { network, case, hand_over, shelter, .. } = story;
    Ok(Played { network, case, hand_over, shelter })
}

/// A referral's phase, empty when there is none.
fn phase(shown: &Value) -> &str {
    shown["phase"].as_str().unwrap_or_default()
}

/// The event or thread id that a command answered with.
fn id(answer: &Value, key: &str) -> Result<String> {
    answer[key].as_str().map(str::to_owned).with_context(|| format!("no {key} in {answer}"))
}

struct Story {
    network: Network,
    case: String,
    consent_south: String,
    consent_harbour: String,
    hand_over: String,
    shelter: String,
    /// Every event that an office was told is written: who wrote it, and its id.
    promised: Vec<(&'static str, String)>,
    requests: u32,
}

impl Story {
    fn north(&self) -> &Office {
        self.network.office("north")
    }

    fn south(&self) -> &Office {
        self.network.office("south")
    }

    fn harbour(&self) -> &Office {
        self.network.office("harbour")
    }

    /// An office carries out a command. Where the state is not there yet, it is asked again, under the same request id: so it is
    /// done once. What it answers is promised.
    fn act(&mut self, who: &'static str, command: &[&str], input: Option<Value>) -> Result<Value> {
        self.requests += 1;
        // As the program makes them (UUID version 7): it counts `+2h` from the time in it, also when it is asked again later.
        let request = format!("{:012x}70008{:015x}", milliseconds(), self.requests);
        let command = [command, &["--request-id", &request]].concat();
        let office = self.network.office(who);
        let mut refused = None;
        let answer = crate::harness::until(&format!("{who}: {}", command.join(" ")), || {
            match office.does(&command, input.clone()) {
                Ok(answer) => Ok(Some(answer)),
                Err(fault) => {
                    refused = Some(fault);
                    Ok(None)
                }
            }
        });
        let answer = answer.with_context(|| format!("it was told {refused:?}"))?;
        let again = office.does(&command, input)?;
        ensure!(answer["event_ids"] == again["event_ids"], "{command:?} was carried out twice");
        let events = answer["event_ids"].as_array().cloned().unwrap_or_default();
        ensure!(!events.is_empty(), "{command:?} wrote nothing");
        self.promised.extend(events.iter().filter_map(Value::as_str).map(|event| (who, event.to_owned())));
        Ok(answer)
    }

    /// Both offices come to name the same responsible office.
    fn responsible(&self, name: &str) -> Result<()> {
        let id = json!(self.network.office(name).id);
        for office in [self.north(), self.south()] {
            office.sees(
                &format!("{name} as responsible"),
                &["referral", "show", &self.hand_over],
                |shown| shown["responsible_office"] == id,
            )?;
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "a story has no other clock than its caller")]
fn milliseconds() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}
