//! 2. She comes to north: a case, what is recorded, and what she consents to.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{Story, id};
use crate::harness::Network;
use crate::story::Narrator;

impl Story {
    /// 2. A case at north, and what the person consents to.
    pub(super) fn open_case(network: Network, narrator: &mut dyn Narrator) -> Result<Self> {
        narrator.chapter("2. She comes to north");
        let north = network.office("north");
        let case = id(&north.does(&["case", "open"], None)?, "thread")?;
        let sections = [
            ("identity", json!({"given_name": "Canary", "family_name": "Testperson", "nationality": "BG"})),
            (
                "contact",
                json!({"safe_phone": "+000 555 0100", "safe_times": "weekdays 10 to 12", "code_word": "marigold"}),
            ),
            ("safety", json!({"threats": "former employer knows her village"})),
            ("travel", json!({"travel_document": "emergency travel certificate"})),
            ("health", json!({"health_needs": "asthma"})),
            ("shelter", json!({"shelter_needs": "a quiet room"})),
        ];
        for (category, section) in sections {
            north.does(&["case", "record", &case, "--category", category], Some(section))?;
        }
        let give = |recipient, purposes, categories, last| {
            let what = ["--purpose", purposes, "--category", categories, "--last-day", last];
            let how = ["--form", "written", "--told", "all"];
            let command = ["consent", "give", &case, "--recipient", recipient];
            north
                .does(&[&command[..], &what[..], &how[..]].concat(), None)
                .and_then(|answer| id(&answer, "consent"))
        };
        let consent_south =
            give("south", "safe_return,social_inclusion", "triage,identity,contact,safety,travel", "+180d")?;
        let consent_harbour = give("harbour", "safe_shelter", "triage,shelter,contact", "+60d")?;
        narrator
            .say("North records identity, contact, safety, travel and health, and two consents she gave:");
        narrator.say(
            "  south: safe return and social inclusion, five categories, six months, no onward sharing;",
        );
        narrator.say("  harbour: safe shelter, three categories, two months.");
        let shown = north.does(&["consent", "list", &case], None);
        ensure!(shown.is_ok(), "the consents of the case are not listed: {shown:?}");
        let (hand_over, shelter, promised) = (String::new(), String::new(), Vec::new());
        Ok(Self { case, consent_south, consent_harbour, hand_over, shelter, network, promised, requests: 0 })
    }
}
