//! 3 and 4. She changes her mind while one office is away; both erase; what comes too late is refused.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{Story, cannot_open, read_out};
use crate::story::Narrator;

impl Story {
    /// She withdraws both consents while harbour is away.
    pub(super) fn withdraw(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("3. She changes her mind, while harbour is away");
        self.network.office_mut("harbour").stop()?;
        let swapped = ["consent", "withdraw", &self.consents[0], &self.case, "--by", "person"];
        let swapped = self.office("north").cli().refused(&swapped, None)?;
        ensure!(swapped.exit == 2 && swapped.told.contains("the other way round"), "{swapped}");
        for consent in &self.consents {
            self.office("north")
                .does(&["consent", "withdraw", &self.case, consent, "--by", "person"], None)?;
        }
        narrator.say("Harbour's node is off. North withdraws both consents, one command each.");
        let page = self.holders("south has erased", &[("south", "erased"), ("harbour", "asked")])?;
        read_out(narrator, &page);
        for category in ["identity", "contact"] {
            cannot_open(self.office("south"), &self.south, category)?;
        }
        narrator.say("South's node has destroyed keys and ciphertexts, and signed that it did.");
        let tasks = self.office("north").cli().lines(&["consent", "tasks"], None)?;
        let harbour = json!(self.office("harbour").id);
        let waits =
            tasks.iter().any(|task| task["kind"] == json!("erasure_unanswered") && task["office"] == harbour);
        ensure!(waits, "nobody is told that harbour has not answered: {tasks:?}");
        narrator.say("Harbour has not answered: it stands on the coordinator's list, with a clock.");
        Ok(())
    }

    /// Harbour returns and erases.
    pub(super) fn come_back(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("4. Harbour returns");
        self.network.restart("harbour")?;
        let page = self.holders("both have erased", &[("south", "erased"), ("harbour", "erased")])?;
        read_out(narrator, &page);
        for category in ["contact", "shelter"] {
            cannot_open(self.office("harbour"), &self.harbour, category)?;
        }
        let tasks = self.office("north").cli().lines(&["consent", "tasks"], None)?;
        ensure!(tasks.is_empty(), "something still waits: {tasks:?}");
        narrator.say("The page of holders is green; nothing waits for the coordinator any more.");
        let own = ["case", "reveal", &self.case, "--category", "identity"];
        let own = self.office("north").does(&own, None)?;
        ensure!(own["fields"]["given_name"] == json!("Canary"), "north has lost its own case: {own}");
        Ok(())
    }

    /// A disclosure after the withdrawal.
    pub(super) fn refuse_late(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        let disclose = ["referral", "disclose", &self.south, "--category", "contact"];
        let told = self.office("north").cli().refused(&disclose, None)?;
        let ended = ["CONSENT_WITHDRAWN", "REFERRAL_ENDED"];
        ensure!(ended.contains(&told.reason.as_str()), "a late disclosure: {told}");
        narrator.say("A late disclosure is refused: she has withdrawn.");
        Ok(())
    }
}
