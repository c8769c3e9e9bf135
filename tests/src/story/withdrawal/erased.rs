//! 7. She asks that north erases everything: its own case, too.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{Story, cannot_open};
use crate::harness::until;
use crate::story::Narrator;

impl Story {
    /// North closes her case and erases it.
    pub(super) fn erase(&mut self, folder: &Path, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("7. She asks north to erase her case");
        let north = self.office("north");
        let erase = ["case", "erase", &self.case, "--because", "asked", "--yes"];
        let early = north.cli().refused(&erase, None)?;
        ensure!(early.reason == "CASE_NOT_CLOSED", "an open case: {early}");
        north.does(&["case", "close", &self.case, "--outcome", "ended_by_person"], None)?;
        let unsure = north.cli().refused(&erase[..5], None)?;
        ensure!(unsure.exit == 2, "it was not said that it is meant: {unsure}");
        narrator.say("Without `--yes` the command says what goes and what stays, and does nothing.");
        north.does(&erase, None)?;
        until("the case is erased", || {
            let shown = north.does(&["case", "show", &self.case], None)?;
            Ok((shown["state"] == json!("erased")).then_some(()))
        })?;
        for thread in [&self.case, &self.south, &self.harbour] {
            cannot_open(north, thread, "identity")?;
        }
        let again = north.cli().refused(&["case", "reopen", &self.case], None)?;
        ensure!(again.reason == "CASE_ERASED", "an erased case: {again}");
        let bundle = folder.join("bundle");
        let out = bundle.to_str().context("a folder whose name is not text")?;
        north.does(&["case", "bundle", &self.case, "--out", out], None)?;
        let page = std::fs::read_to_string(bundle.join("page.html"))?;
        ensure!(
            page.contains("We erased everything that we had written down about you."),
            "the bundle does not say so: {page}"
        );
        narrator.say("Keys and contents are destroyed; that there was a case, and that it was erased, stays in the log.");
        let verified = north.does(&["audit", "verify"], None)?;
        ensure!(verified["faults"].as_array().is_none_or(Vec::is_empty), "north: {verified}");
        Ok(())
    }
}
