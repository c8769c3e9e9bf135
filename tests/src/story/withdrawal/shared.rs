//! 2. She comes to north, and agrees that two offices may know.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{Story, id, read_out};
use crate::harness::{Network, until};
use crate::story::Narrator;

impl Story {
    /// A case, two consents, two referrals, both accepted and disclosed.
    pub(super) fn share(network: Network, narrator: &mut dyn Narrator) -> Result<Self> {
        narrator.chapter("2. She comes to north, and agrees that two offices may know");
        let north = network.office("north");
        let case = id(&north.does(&["case", "open"], None)?, "thread")?;
        for (category, section) in [
            ("identity", json!({"given_name": "Canary", "family_name": "Testperson"})),
            ("contact", json!({"safe_phone": "+000 555 0100", "code_word": "marigold"})),
            ("health", json!({"health_needs": "needs insulin every day"})),
            ("shelter", json!({"shelter_needs": "a quiet room"})),
        ] {
            north.does(&["case", "record", &case, "--category", category], Some(section))?;
        }
        let give = |recipient, purpose, categories| {
            let what = ["--purpose", purpose, "--category", categories, "--last-day", "+180d"];
            let how = ["--form", "written", "--told", "all"];
            let command = ["consent", "give", &case, "--recipient", recipient];
            north.does(&[&command[..], &what[..], &how[..]].concat(), None).and_then(|it| id(&it, "consent"))
        };
        let consents = [
            give("south", "social_support", "triage,identity,contact")?,
            give("harbour", "safe_shelter", "triage,contact,shelter")?,
        ];
        let empty = String::new;
        let mut story =
            Self { case, consents, south: empty(), harbour: empty(), emergency: empty(), network };
        story.south = story.offer("south", &story.consents[0], "social_support")?;
        story.harbour = story.offer("harbour", &story.consents[1], "safe_shelter")?;
        for (office, thread, opens) in
            [("south", &story.south, "identity"), ("harbour", &story.harbour, "shelter")]
        {
            let office = story.office(office);
            until("the accept", || Ok(office.does(&["referral", "accept", thread], None).ok()))?;
            office.sees("what she agreed to", &["case", "reveal", thread, "--category", opens], |shown| {
                shown["fields"].is_object()
            })?;
        }
        narrator.say("South may know who she is and how to reach her; harbour what she needs in a shelter.");
        narrator.say("Both accept; what she agreed to arrives and opens. Nobody was told of her health.");
        let sheet = ["consent", "sheet", &story.case, "--language", "bg"];
        let sheet = story.office("north").cli().page(&sheet)?;
        ensure!(sheet.contains("south") && sheet.contains("harbour"), "the sheet names nobody: {sheet}");
        ensure!(!sheet.contains("Canary"), "the sheet names her: {sheet}");
        narrator.say(
            "North prints the sheet for her, in Bulgarian: who gets what, until when, and how to withdraw.",
        );
        let page = story.holders("both hold", &[("south", "holds"), ("harbour", "holds")])?;
        read_out(narrator, &page);
        Ok(story)
    }

    fn offer(&self, to: &str, consent: &str, purpose: &str) -> Result<String> {
        let offer = ["referral", "offer", &self.case, "--recipient", to, "--kind", "service"];
        let what = ["--consent", consent, "--purpose", purpose, "--first-day", "+7d"];
        let triage = ["--language", "bg", "--urgency", "normal", "--risk", "low"];
        let offer = [&offer[..], &what[..], &triage[..]].concat();
        let answer = until("north may offer", || Ok(self.office("north").does(&offer, None).ok()))?;
        id(&answer, "referral").or_else(|_| id(&answer, "thread"))
    }
}
