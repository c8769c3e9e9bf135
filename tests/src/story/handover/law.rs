//! 7. What the law asks of north: who holds her data, the record of processing, and all that is held, for her to read.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{PLANTED, Story};
use crate::story::Narrator;

/// What north recorded or was told of her, and she may read.
const HERS: &[&str] =
    &["Canary", "Testperson", "+000 555 0100", "marigold", "asthma", "Does she travel with a child?"];

impl Story {
    pub(super) fn what_the_law_asks(&self, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("7. What the law asks");
        let holders = ["report", "holders", "--case", &self.case];
        let rows = self.north().cli().lines(&holders, None)?;
        for office in ["north", "south", "harbour"] {
            let id = json!(self.network.office(office).id);
            ensure!(rows.iter().any(|row| row["office"] == id), "{office} is no holder: {rows:?}");
        }
        let page = self.north().cli().page(&holders)?;
        page.lines().for_each(|line| narrator.say(&format!("  {line}")));
        let breach =
            ["report", "breach", "--office", "south", "--from", "2020-01-01T00:00:00Z", "--to", "now"];
        let held = self.north().cli().lines(&breach, None)?;
        ensure!(held.iter().all(|row| row["case"] == json!(self.case)) && !held.is_empty(), "{held:?}");
        let record =
            self.north().does(&["report", "art30", "--from", "2020-01-01", "--to", "today"], None)?;
        let shown = format!("{rows:?} {page} {held:?} {record}");
        ensure!(shown.contains("<11"), "a count is told: {record}");
        ensure!(!PLANTED.iter().any(|planted| shown.contains(planted)), "a report shows her: {shown}");
        self.bundle(narrator)
    }

    /// All that north holds, in a folder that goes away again.
    fn bundle(&self, narrator: &mut dyn Narrator) -> Result<()> {
        let place = tempfile::tempdir()?;
        let out = place.path().join("bundle");
        let path = out.to_str().context("a name that is text")?;
        let told = self.north().does(&["case", "bundle", &self.case, "--out", path], None)?;
        let page = std::fs::read_to_string(out.join("page.html"))?;
        for text in HERS {
            ensure!(page.contains(text), "{text} is not in her bundle");
        }
        narrator.say(&format!("Her bundle at north: {told}"));
        Ok(())
    }
}
