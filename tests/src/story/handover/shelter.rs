//! 4. A place to stay: offered while the hub is dead, held, confirmed; the address only then.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{Story, id, phase};
use crate::story::Narrator;

impl Story {
    /// A place at harbour; the hub is killed before north writes to it.
    pub(super) fn find_shelter(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("4. A place to stay");
        self.network.hub.kill();
        narrator.say("The hub is killed (kill -9).");
        let (case, consent) = (self.case.clone(), self.consent_harbour.clone());
        let offer = ["referral", "offer", &case, "--recipient", "harbour", "--kind", "service"];
        let basis = ["--consent", &consent, "--purpose", "safe_shelter", "--first-day", "+15d"];
        let triage = ["--language", "bg", "--urgency", "urgent", "--risk", "medium"];
        let answer = self.act("north", &[&offer[..], &basis[..], &triage[..]].concat(), None)?;
        self.shelter = id(&answer, "referral").or_else(|_| id(&answer, "thread"))?;
        let shelter = self.shelter.clone();
        let absent = self.harbour().cli().refused(&["referral", "show", &shelter], None)?;
        ensure!(absent.exit == 3, "a letter arrived without a hub: {absent}");
        self.network.hub.restart();
        self.harbour()
            .sees("the referral", &["referral", "show", &shelter], |shown| !phase(shown).is_empty())?;
        narrator.say("North refers her to harbour meanwhile; the referral arrives when the hub is back.");
        self.act("harbour", &["referral", "acknowledge", &shelter], None)?;
        self.act("harbour", &["referral", "accept", &shelter], None)?;
        self.north().sees("the accept", &["referral", "show", &shelter], |shown| {
            matches!(phase(shown), "accepted" | "confirmed" | "disclosed")
        })?;
        let nights = ["--first-night", "today", "--nights", "14"];
        let request = ["shelter", "request", &shelter, "--kind", "single"];
        self.act("north", &[&request[..], &nights[..]].concat(), None)?;
        let units = self.harbour().does(&["shelter", "list"], None)?;
        let unit = id(&units, "unit")?;
        self.act("harbour", &["shelter", "hold", &shelter, "--unit", &unit], None)?;
        let address = json!({"address": "12 Canary Quay", "entry": "ring twice"});
        let release = ["shelter", "address", &shelter, "--last-day", "+30d"];
        let too_early = [&release[..], &["--from", "-"]].concat();
        let too_early = self.harbour().cli().refused(&too_early, Some(&address))?;
        ensure!(too_early.reason == "RED_LINE_ADDRESS_BEFORE_CONFIRMATION", "too early: {too_early}");
        ensure!(!too_early.told.contains("Canary Quay"), "the refusal tells the address");
        narrator.say("Harbour holds a place. Its address is not released before it is confirmed.");
        self.act("harbour", &["shelter", "confirm", &shelter], None)?;
        self.act("harbour", &release, Some(address))?;
        let reveal = ["case", "reveal", &shelter, "--category", "shelter"];
        let shown = self
            .north()
            .sees("the address", &reveal, |shown| shown["fields"]["shelter_address"].is_string())?;
        ensure!(shown["fields"]["shelter_address"] == json!("12 Canary Quay"), "the address reads {shown}");
        let elsewhere = self.south().cli().refused(&reveal, None)?;
        ensure!(elsewhere.exit == 3, "south was told the address: {elsewhere}");
        self.north().sees("one place fewer", &["shelter", "list", "--office", "harbour"], |row| {
            row["available"] == json!(1)
        })?;
        narrator.say("Confirmed: now north, and nobody else, has the address. One place fewer is free.");
        Ok(())
    }
}
