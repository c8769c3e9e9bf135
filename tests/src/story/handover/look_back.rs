//! 6. What each office has now, and what happened, as sentences: once, in order, and as of an earlier moment.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{PLANTED, Story};
use crate::harness::Office;
use crate::story::Narrator;

impl Story {
    pub(super) fn look_back(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("6. What each office sees");
        self.projections(narrator)?;
        self.replays(narrator)?;
        self.promises_were_kept()?;
        for office in &self.network.offices {
            office.does(&["audit", "verify"], None)?;
            let status = office.does(&["office", "status"], None)?;
            ensure!(status["anomalies"] == json!(0), "{} accuses somebody: {status}", office.name);
        }
        narrator
            .say("Each office's log verifies: every leaf, path and signature. Nothing was lost or doubled.");
        Ok(())
    }

    /// The three projections of each office: open cases, shelter availability, return logistics.
    fn projections(&self, narrator: &mut dyn Narrator) -> Result<()> {
        let id = |name: &str| json!(self.network.office(name).id);
        let cases = [("north", "closed", "south"), ("south", "open", "south"), ("harbour", "open", "north")];
        for (office, state, responsible) in cases {
            let rows = self.rows(office, "case", narrator)?;
            ensure!(rows.len() == 1, "{office} has {} cases", rows.len());
            ensure!(rows[0]["state"] == json!(state), "the case of {office}: {}", rows[0]);
            ensure!(rows[0]["responsible_office"] == id(responsible), "responsible at {office}: {}", rows[0]);
            let rows = self.rows(office, "shelter", narrator)?;
            ensure!(rows.len() == 1, "{office} sees {} units", rows.len());
            ensure!(
                rows[0]["available"] == json!(1) && rows[0]["maximum"] == json!(2),
                "{office}: {}",
                rows[0]
            );
        }
        for (office, journeys) in [("north", 1), ("south", 1), ("harbour", 0)] {
            let rows = self.rows(office, "journey", narrator)?;
            ensure!(rows.len() == journeys, "{office} has {} journeys", rows.len());
            ensure!(rows.iter().all(|row| row["phase"] == json!("follow_up")), "{office}: {rows:?}");
        }
        Ok(())
    }

    fn rows(&self, office: &str, list: &str, narrator: &mut dyn Narrator) -> Result<Vec<Value>> {
        let rows = self.network.office(office).cli().lines(&[list, "list"], None)?;
        let page = self.network.office(office).cli().page(&[list, "list"])?;
        narrator.say(&format!("{office}: waymark {list} list"));
        for line in page.lines() {
            narrator.say(&format!("  {line}"));
        }
        let shown = format!("{rows:?} {page}");
        ensure!(!PLANTED.iter().any(|planted| shown.contains(planted)), "{list} list of {office} shows her");
        Ok(rows)
    }

    /// South's history of the hand-over, whole and as of the moment before she was met.
    fn replays(&self, narrator: &mut dyn Narrator) -> Result<()> {
        let (all, end) = replay(self.south(), &self.hand_over, None)?;
        for line in &all {
            narrator.say(&format!("  {}", line["sentence"].as_str().unwrap_or_default()));
        }
        ensure!(all.len() >= 30, "only {} sentences in the replay", all.len());
        ensure!(end["responsible_office"] == json!(self.south().id), "the replay ends with {end}");
        let met = |line: &&Value| line["kind_name"] == json!("ReceptionConfirmed");
        ensure!(all.iter().filter(met).count() == 1, "she was met more than once, or never");
        let position = all.iter().position(|line| met(&line)).context("she was never met")?;
        let before = all[position - 1]["known_at"].as_str().context("no time in a line")?;
        for office in [self.north(), self.south()] {
            let (earlier, end) = replay(office, &self.hand_over, Some(before))?;
            ensure!(earlier.len() < all.len(), "as of {before} {} knew as much as today", office.name);
            ensure!(!earlier.iter().any(|line| met(&line)), "{} knew of it before it was so", office.name);
            ensure!(end["responsible_office"] == json!(self.north().id), "{}: {end}", office.name);
            narrator.say(&format!(
                "As of {before} {} knew {} of these {} entries, and north was responsible.",
                office.name,
                earlier.len(),
                all.len()
            ));
        }
        Ok(())
    }

    /// Everything that an office was told is written is there once, and once at the other party.
    fn promises_were_kept(&self) -> Result<()> {
        let north = self.events(self.north(), &[&self.hand_over, &self.shelter, &self.case])?;
        let south_case = self.south().does(&["case", "list"], None)?["case"].clone();
        let harbour_case = self.harbour().does(&["case", "list"], None)?["case"].clone();
        let own = |case: &Value| case.as_str().unwrap_or_default().to_owned();
        let south = self.events(self.south(), &[&self.hand_over, &own(&south_case)])?;
        let harbour = self.events(self.harbour(), &[&self.shelter, &own(&harbour_case)])?;
        let at = |who: &str| match who {
            "north" => &north,
            "south" => &south,
            _ => &harbour,
        };
        for (who, event) in &self.promised {
            let found = at(who).get(event).copied().unwrap_or_default();
            ensure!(found == 1, "event {event} of {who} is there {found} times");
        }
        for (mine, thread, theirs) in [("south", &self.hand_over, &north), ("harbour", &self.shelter, &north)]
        {
            let told = replay(self.network.office(mine), thread, None)?.0;
            // Who was shown a section at an office is that office's own.
            for line in told.iter().filter(|line| line["kind_name"] != json!("SectionShown")) {
                let event = line["event_id"].as_str().unwrap_or_default();
                let found = theirs.get(event).copied().unwrap_or_default();
                ensure!(found == 1, "event {event}, known to {mine}, is at north {found} times");
            }
        }
        Ok(())
    }

    /// How often an office has each event of some threads, and of its own notices, whose thread is named as the office.
    fn events(&self, office: &Office, threads: &[&str]) -> Result<BTreeMap<String, usize>> {
        let mut found = BTreeMap::new();
        for thread in threads.iter().copied().chain([office.id.as_str()]) {
            for line in replay(office, thread, None)?.0 {
                *found.entry(line["event_id"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
            }
        }
        Ok(found)
    }
}

/// The lines of a replay, and its end.
fn replay(office: &Office, thread: &str, as_of: Option<&str>) -> Result<(Vec<Value>, Value)> {
    let mut command = vec!["audit", "replay", "--thread", thread];
    command.extend(as_of.into_iter().flat_map(|moment| ["--as-of", moment]));
    let told = office.cli().lines(&command, None)?;
    let lines = told.iter().filter_map(|line| line.get("line")).cloned().collect();
    let end = told.iter().find_map(|line| line.get("end")).cloned().context("a replay without an end")?;
    Ok((lines, end))
}
