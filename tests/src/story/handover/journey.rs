//! 5. The journey: risk, gates, legs, reception; who is responsible at each step.

use anyhow::{Result, ensure};
use serde_json::json;

use super::Story;
use crate::story::Narrator;

impl Story {
    /// 5a. Everything that must be green before she leaves.
    pub(super) fn prepare_journey(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("5. The journey");
        let hand_over = self.hand_over.clone();
        self.act("north", &["journey", "propose", &hand_over, "--depart", "+1d"], None)?;
        self.south().sees("the proposal", &["journey", "show", &hand_over], |shown| {
            shown["phase"] == json!("proposed")
        })?;
        let risk = |threat: &str| json!({"rows": [{"threat": threat, "likelihood": 2, "severity": 3, "mitigation": 4}], "summary": "can travel"});
        let assess = ["journey", "assess", &hand_over, "--verdict", "go", "--assessed-on", "today"];
        self.act("north", &assess, Some(risk("followed to the airport")))?;
        self.act("south", &assess, Some(risk("recognised in her village")))?;
        self.north().sees("both assessments", &["journey", "show", &hand_over], |shown| {
            shown["phase"] == json!("risk_assessed")
        })?;
        self.act("north", &["journey", "decide", &hand_over, "--verdict", "go"], None)?;
        let red = self.north().refused(&["journey", "depart", &hand_over], "GATES_RED")?;
        for gate in ["documents", "reception", "escort", "place"] {
            ensure!(red.told.contains(gate), "the refusal does not name the gate {gate}: {red}");
        }
        for gate in ["risk_origin", "risk_destination"] {
            ensure!(!red.told.contains(gate), "the gate {gate} is green and is named: {red}");
        }
        narrator.say("Both sides have assessed the risk: go. Departure is refused while gates are red, and says which.");
        self.act("north", &["journey", "documents", &hand_over, "--valid-until", "+60d"], None)?;
        for (number, from, to, departs, arrives, by) in
            [("1", "DEHAM", "BGSOF", "+1h", "+4h", "north"), ("2", "BGSOF", "BGPDV", "+5h", "+7h", "south")]
        {
            let leg = ["journey", "leg", &hand_over, "--number", number, "--leaves", from, "--reaches", to];
            let mode = [
                "--mode",
                if number == "1" { "air" } else { "road" },
                "--departs",
                departs,
                "--arrives",
                arrives,
            ];
            let care = ["--escorting-office", by, "--check-in-minutes", "120"];
            self.act(
                "north",
                &[&leg[..], &mode[..], &care[..]].concat(),
                Some(json!({"itinerary": "seat 12A"})),
            )?;
        }
        self.act(
            "north",
            &["journey", "escort", &hand_over, "--leg", "1"],
            Some(json!({"name": "Escort North"})),
        )?;
        self.south().sees("both legs", &["journey", "show", &hand_over], |shown| {
            shown["legs"].as_array().is_some_and(|legs| legs.len() == 2)
        })?;
        self.act(
            "south",
            &["journey", "escort", &hand_over, "--leg", "2"],
            Some(json!({"name": "Escort South"})),
        )?;
        let meet = ["journey", "reception", &hand_over, "--meets", "+4h", "--place", "BGSOF"];
        self.act("south", &meet, Some(json!({"contact": "blue umbrella"})))?;
        let shelter = self.shelter.clone();
        let place = ["journey", "place", &hand_over, "--shelter-referral", &shelter];
        self.act("north", &[&place[..], &["--first-night", "today", "--last-night", "+13d"]].concat(), None)?;
        let clear = ["journey", "clear", &hand_over];
        crate::harness::until("all gates are green", || Ok(self.act("north", &clear, None).ok()))?;
        narrator
            .say("Documents, two legs with escorts, reception and a place for the first nights: cleared.");
        Ok(())
    }

    /// 5b. She leaves; north stays responsible.
    pub(super) fn depart(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        let hand_over = self.hand_over.clone();
        self.act("north", &["journey", "depart", &hand_over], None)?;
        self.south().sees("the departure", &["journey", "show", &hand_over], |shown| {
            shown["phase"] == json!("departed")
        })?;
        self.responsible("north")?;
        narrator.say("She has left. North is the responsible office.");
        Ok(())
    }

    /// 5c. Two legs, each with check-ins and the escort's confirmation.
    pub(super) fn travel(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        let hand_over = self.hand_over.clone();
        for (leg, office, other) in [("1", "north", "south"), ("2", "south", "north")] {
            for step in ["leg-start", "check-in", "leg-confirm"] {
                self.act(office, &["journey", step, &hand_over, "--leg", leg], None)?;
            }
            self.network.office(other).sees(
                "the end of the leg",
                &["journey", "show", &hand_over],
                |shown| {
                    let legs = shown["legs"].as_array().cloned().unwrap_or_default();
                    legs.iter().filter(|leg| !leg["confirmed_at"].is_null()).count().to_string() == leg
                },
            )?;
        }
        self.act("south", &["journey", "arrive", &hand_over], None)?;
        self.responsible("north")?;
        narrator.say("Two legs, checked in and confirmed by their escorts; she has arrived. North is still responsible.");
        Ok(())
    }

    /// 5d. South has met her: from that entry on it is responsible, and nobody else.
    pub(super) fn receive(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        let hand_over = self.hand_over.clone();
        // Entries carry seconds: what is known a second earlier can be told apart.
        let before = std::time::Instant::now();
        crate::harness::until("a second has passed", || {
            Ok((before.elapsed() > std::time::Duration::from_millis(1_100)).then_some(()))
        })?;
        self.act("south", &["journey", "receive", &hand_over], None)?;
        self.responsible("south")?;
        narrator
            .say("South confirms that it has met her: from that entry on south is the responsible office.");
        let follow_ups = self.south().cli().lines(&["journey", "follow-ups", &hand_over], None)?;
        ensure!(follow_ups.len() == 6, "follow-ups: {follow_ups:?}");
        let follow_up =
            |number| ["journey", "follow-up", &hand_over, "--number", number, "--outcome", "well"];
        self.act("south", &follow_up("1"), None)?;
        self.south().refused(&follow_up("2"), "FOLLOW_UP_NOT_DUE")?;
        let case = self.case.clone();
        self.act("north", &["case", "close", &case, "--outcome", "handed_over"], None)?;
        narrator.say("Follow-ups are scheduled, and the first is recorded; the next is refused until it is nearly due. North's case closes.");
        Ok(())
    }
}
