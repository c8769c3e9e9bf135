//! 3. North asks south to take over: an offer without identity, a question, the accept, what arrives and what does not.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::{Story, id, phase};
use crate::story::Narrator;

impl Story {
    /// The offer: no identity.
    pub(super) fn offer(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("3. North asks south to take over");
        let (case, consent) = (self.case.clone(), self.consent_south.clone());
        let offer = ["referral", "offer", &case, "--recipient", "south", "--kind", "hand_over"];
        let basis = ["--consent", &consent, "--purpose", "safe_return", "--first-day", "+14d"];
        let triage = ["--language", "bg,en", "--urgency", "normal", "--risk", "medium"];
        let answer = self.act("north", &[&offer[..], &basis[..], &triage[..]].concat(), None)?;
        self.hand_over = id(&answer, "referral").or_else(|_| id(&answer, "thread"))?;
        let hand_over = self.hand_over.clone();
        let offered = self.south().sees("the offer", &["referral", "show", &hand_over], |shown| {
            matches!(phase(shown), "delivered" | "offered")
        })?;
        ensure!(offered["purposes"] == json!(["safe_return"]), "the service is not shown: {offered}");
        ensure!(offered["urgency"] == json!("normal"), "the urgency is not shown: {offered}");
        let sections = offered["sections"].as_array().cloned().unwrap_or_default();
        let categories: Vec<&Value> = sections.iter().map(|section| &section["category"]).collect();
        ensure!(categories == [&json!("triage")], "an offer carries {categories:?}");
        let told = self.south().does(&["case", "reveal", &hand_over, "--category", "triage"], None)?;
        let triage = &told["triage"];
        ensure!(triage["services"] == json!(["safe_return"]), "the service reads {told}");
        ensure!(triage["from_on"].is_string(), "the dates are missing: {told}");
        ensure!(triage["languages"] == json!(["bg", "en"]), "the languages read {told}");
        ensure!(triage["urgency"] == json!("normal"), "the urgency reads {told}");
        ensure!(triage["risk"] == json!("medium"), "the risk band reads {told}");
        for category in ["identity", "contact", "safety", "travel", "health"] {
            let hidden =
                self.south().cli().refused(&["case", "reveal", &hand_over, "--category", category], None)?;
            ensure!(hidden.exit == 3, "{category} in an offer: {hidden}");
        }
        narrator.say("South sees service, dates, languages, urgency and risk band; no identity.");
        self.north().sees("that the offer arrived", &["referral", "show", &hand_over], |shown| {
            phase(shown) == "delivered"
        })?;
        narrator.say("North sees the machine receipt: delivered.");
        Ok(())
    }

    /// A human acknowledges and asks; south's node is killed in between.
    pub(super) fn answer_questions(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        let hand_over = self.hand_over.clone();
        self.act("south", &["referral", "acknowledge", &hand_over], None)?;
        self.network.office_mut("south").kill()?;
        narrator.say("South's node is killed (kill -9) right after its acknowledgement.");
        self.network.restart("south")?;
        let text = json!({"text": "Does she travel with a child?"});
        let asked = self.act("south", &["referral", "ask", &hand_over], Some(text))?;
        let question = id(&asked, "question")?;
        self.north().sees(
            "the acknowledgement and the question",
            &["referral", "show", &hand_over],
            |shown| phase(shown) == "information_requested",
        )?;
        let text = self.north().sees(
            "the question's text",
            &["case", "reveal", &hand_over, "--category", "coordination"],
            |shown| shown["message"].is_string(),
        )?;
        ensure!(text["message"] == json!("Does she travel with a child?"), "the question reads {text}");
        let answer = ["referral", "answer", &hand_over, "--question", &question];
        self.act("north", &answer, Some(json!({"text": "No, alone."})))?;
        self.south()
            .sees("the answer", &["referral", "show", &hand_over], |shown| phase(shown) == "acknowledged")?;
        narrator.say("Started again, south asks one question and gets the answer.");
        Ok(())
    }

    /// Whoever shares reads first what goes to whom, also when she only tries.
    fn tells_before_it_discloses(&self) -> Result<()> {
        let disclose = ["referral", "disclose", &self.hand_over, "--category", "identity", "--dry-run"];
        let output = self.north().cli().command().arg("--no-input").args(disclose).output()?;
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "a disclosure is not tried: {told}");
        for (what, said) in [
            ("goes to", "south"),
            ("now", "identity, the newest"),
            ("not this time", "contact"),
            ("until", "her consent"),
            ("withheld", "health"),
        ] {
            let line = told.lines().find(|line| line.trim_start().starts_with(what));
            ensure!(line.is_some_and(|line| line.contains(said)), "{what}: {told}");
        }
        Ok(())
    }

    /// Accepted: what she consented to arrives and opens; what she did not, does not.
    pub(super) fn disclose(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        let hand_over = self.hand_over.clone();
        self.act("south", &["referral", "accept", &hand_over], None)?;
        let identity = self.south().sees(
            "her identity",
            &["case", "reveal", &hand_over, "--category", "identity"],
            |shown| shown["fields"]["given_name"] == json!("Canary"),
        )?;
        ensure!(identity["fields"]["family_name"] == json!("Testperson"), "identity reads {identity}");
        for (category, field, text) in [
            ("contact", "code_word", "marigold"),
            ("safety", "threats", "former employer knows her village"),
            ("travel", "travel_document", "emergency travel certificate"),
        ] {
            let shown = self.south().does(&["case", "reveal", &hand_over, "--category", category], None)?;
            ensure!(shown["fields"][field] == json!(text), "{category} reads {shown}");
        }
        let health =
            self.south().cli().refused(&["case", "reveal", &hand_over, "--category", "health"], None)?;
        ensure!(health.exit == 3, "health: {health}");
        let told = self.north().refused(
            &["referral", "disclose", &hand_over, "--category", "health"],
            "CATEGORY_NOT_CONSENTED",
        )?;
        ensure!(told.exit == 7, "a consent that is missing ends with {}", told.exit);
        self.act("south", &["referral", "request", &hand_over, "--category", "health"], None)?;
        self.south().sees("the refusal", &["referral", "show", &hand_over], |shown| {
            shown.to_string().contains("not_consented")
        })?;
        self.tells_before_it_discloses()?;
        narrator
            .say("South accepts. Identity, contact, safety and travel arrive and open; health is not there.");
        narrator.say(
            "Before north discloses it reads what goes to whom, for what, until when, and what is withheld.",
        );
        narrator.say("Asked to disclose health, north refuses: she did not consent to it.");
        Ok(())
    }
}
