//! 5 and 6. Two people disclose to save her life; it is reviewed, turned down and erased; everything is in the history.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{Story, cannot_open, id};
use crate::story::Narrator;

impl Story {
    /// Two members of staff disclose her health to south.
    pub(super) fn disclose_in_emergency(&mut self, folder: &Path, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("5. An emergency");
        let north = self.office("north");
        let administrator = north.data().with_extension("administrator.session");
        let anna = text(&folder.join("anna.session"))?;
        for (name, role) in [("anna", "case_worker"), ("berta", "coordinator")] {
            north.add_staff(name, &["--role", role], &administrator)?;
        }
        north.sign_in("anna", Some(Path::new(&anna)))?;
        let disclose = |second: &str, password: &Path| {
            let password = text(password)?;
            let who = ["--session", &anna, "consent", "emergency", &self.south, "--second", second];
            let who = [&who[..], &["--second-password-file", &password]].concat();
            let what = ["--ground", "vital_interests", "--category", "health", "--from", "-"];
            let input = json!({"reason": "She was found unconscious."});
            north.cli().one(&[&who[..], &what[..]].concat(), Some(&input))
        };
        let alone = disclose("anna", north.password()).err().context("somebody disclosed alone")?;
        ensure!(alone.to_string().contains("beside herself"), "alone: {alone}");
        let given = disclose("berta", north.password()).err().context("the administrator was two people")?;
        ensure!(given.to_string().contains("was set by somebody else"), "a password that was given: {given}");
        let own = north.changes_password("berta", folder)?;
        let declared = disclose("berta", &own)?;
        self.emergency = id(&declared, "emergency")?;
        narrator
            .say("Anna alone may not, nor may whoever gave Berta her password. With Berta, who has set her own, the least is disclosed: her health.");
        let reveal = ["case", "reveal", &self.south, "--category", "health"];
        self.office("south").sees("what saves her", &reveal, |shown| {
            shown["fields"]["health_needs"] == json!("needs insulin every day")
        })?;
        let reason = ["case", "reveal", &self.south, "--category", "coordination"];
        self.office("south").sees("why it is told", &reason, |shown| {
            shown.to_string().contains("She was found unconscious.")
        })?;
        cannot_open(self.office("south"), &self.south, "identity")?;
        narrator.say("South reads it, and why; what she withdrew stays closed.");
        let tasks = self.office("north").cli().lines(&["consent", "tasks"], None)?;
        let review = |task: &&Value| task["kind"] == json!("emergency_review");
        let task = tasks.iter().find(review).context("nobody is told to review the emergency")?;
        ensure!(task["emergency"] == json!(self.emergency), "another emergency: {task}");
        narrator
            .say("It stands on the coordinator's list: to be reviewed within 72 hours, and the person told.");
        Ok(())
    }

    /// A coordinator who did not decide it turns it down, and south erases.
    pub(super) fn review(&mut self, folder: &Path, narrator: &mut dyn Narrator) -> Result<()> {
        let north = self.office("north");
        let administrator = north.data().with_extension("administrator.session");
        let (berta, clara) = (folder.join("berta.session"), folder.join("clara.session"));
        north.add_staff("clara", &["--role", "coordinator"], &administrator)?;
        north.sign_in("clara", Some(&clara))?;
        let (berta, clara) = (text(&berta)?, text(&clara)?);
        let own = text(&folder.join("berta.pass"))?;
        let sign_in = ["--session", &berta, "staff", "sign-in", "berta", "--password-file", &own];
        north.cli().one(&sign_in, None)?;
        let review = |session: &str, verdict: &str| {
            let who = ["--session", session, "consent", "review", &self.south];
            let what = ["--emergency", &self.emergency, verdict, "--told-on", "today"];
            north.cli().one(&[&who[..], &what[..]].concat(), None)
        };
        let own = review(&berta, "--upheld").err().context("who decided has reviewed")?;
        ensure!(own.to_string().contains("neither of the two"), "own: {own}");
        review(&clara, "--not-upheld")?;
        let otherwise = review(&clara, "--upheld").err().context("a review was changed")?;
        ensure!(otherwise.to_string().contains("turned down"), "otherwise: {otherwise}");
        let south = self.office("south");
        let reveal = ["case", "reveal", &self.south, "--category", "health"];
        crate::harness::until("south has erased it", || Ok(south.cli().refused(&reveal, None).ok()))?;
        let tasks = self.office("north").cli().lines(&["consent", "tasks"], None)?;
        ensure!(tasks.iter().all(|task| task["kind"] != json!("emergency_review")), "still waits: {tasks:?}");
        narrator.say("Berta, who agreed to it, may not review it. Clara finds that less would have done; south erases it.");
        Ok(())
    }

    /// Who looked, and what the log says.
    pub(super) fn look_back(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("6. Looking back");
        let looks = self.office("north").cli().lines(&["case", "looks", &self.case], None)?;
        ensure!(looks.iter().any(|look| look["category"] == json!("identity")), "nobody looked: {looks:?}");
        narrator.say("Who looked at which section, and when, stands in the log.");
        for office in ["north", "south", "harbour"] {
            let verified = self.office(office).does(&["audit", "verify"], None)?;
            ensure!(verified["faults"].as_array().is_none_or(Vec::is_empty), "{office}: {verified}");
        }
        narrator.say("Each office's log is whole after the erasures: every entry, path and head verifies.");
        let told = self.office("north").cli().lines(&["audit", "disclosures"], None)?;
        let (asks, judged): (Vec<&Value>, Vec<&Value>) =
            told.iter().partition(|one| one.get("asked_at").is_some());
        let is = |word: &'static str| move |one: &&&Value| one["verdict"] == json!(word);
        let (within, emergency) = (judged.iter().filter(is("within")), judged.iter().filter(is("emergency")));
        ensure!(emergency.count() == 1 && within.count() == judged.len() - 1, "the log says {judged:?}");
        narrator.say(
            "From the log alone: each disclosure lay within a consent in force, but for the one emergency.",
        );
        ensure!(
            asks.iter().any(|ask| ask["kind_name"] == json!("ConsentWithdrawn")),
            "nobody asked: {asks:?}"
        );
        // South's word of its last erasure may still be on its way.
        crate::harness::until("every ask was answered in time", || {
            let told = self.office("north").cli().lines(&["audit", "disclosures"], None)?;
            let asks = told.iter().filter(|one| one.get("asked_at").is_some());
            let mut answers = asks.flat_map(|ask| [&ask["acknowledgement"], &ask["erasure"]]);
            Ok(answers.all(|answer| answer["verdict"] == json!("on_time")).then_some(()))
        })?;
        narrator.say("And whoever was asked to erase answered in time, as north's own log says.");
        let told = self.office("north").cli().lines(&["audit", "replay", "--thread", &self.south], None)?;
        let kinds: Vec<&str> =
            told.iter().filter_map(|line| line.pointer("/line/kind_name").and_then(Value::as_str)).collect();
        for kind in
            ["ConsentWithdrawn", "WithdrawalAcknowledged", "Erased", "EmergencyDeclared", "EmergencyReviewed"]
        {
            ensure!(kinds.contains(&kind), "{kind} is not in the history: {kinds:?}");
        }
        Ok(())
    }
}

fn text(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).context("a folder whose name is not text")
}
