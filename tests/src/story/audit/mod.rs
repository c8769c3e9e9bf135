//! The auditor: after a hand-over each office's log is cosigned by the others, all three are written into one bundle, and the bundle
//! verifies without any of them; five frauds and what was changed in it are found, a receipt on paper holds alone, and a fork that the
//! auditor finds is proven to every office.

mod frauds;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{Narrator, handover};
use crate::harness::{Network, Office, until};

/// What the story leaves behind.
pub struct Played {
    /// The running network.
    pub network: Network,
    /// The hand-over from north to south.
    pub hand_over: String,
    /// The bundle of all offices.
    pub bundle: PathBuf,
    /// Words of the first roster version.
    pub words: String,
}

/// Somebody with a bundle, the words of the roster, and the program.
struct Auditor<'a> {
    network: &'a Network,
    folder: &'a Path,
    bundle: PathBuf,
    words: String,
}

const OFFICES: [&str; 3] = ["north", "south", "harbour"];
/// Exit of a bundle that is not the one its manifest names.
const FORM: i32 = 10;
/// And of one in which a log does not hold together.
const HISTORY: i32 = 15;

/// Plays the story in `folder`.
///
/// # Errors
/// At the first step that does not go as it must.
pub fn play(folder: &Path, narrator: &mut dyn Narrator) -> Result<Played> {
    let handover::Played { network, hand_over, .. } = handover::play(folder, narrator)?;
    unanswered(&network, narrator)?;
    narrator.chapter("1. Each office's log is cosigned by the others");
    for name in OFFICES {
        let office = network.office(name);
        let size = until(&format!("{name} is witnessed"), || witnessed(office))?;
        narrator.say(&format!("Two other organisations have cosigned {size} entries of {name}."));
    }
    let bundle = folder.join("for-the-auditor");
    let words = bundle_of_all(&network, &bundle, narrator)?;
    let auditor = Auditor { network: &network, folder, bundle, words };
    auditor.honest(narrator)?;
    let thief = frauds::play(&network, &auditor, &hand_over, narrator)?;
    auditor.spoilt(narrator)?;
    receipt(&network, &hand_over, folder, narrator)?;
    frauds::freeze(&thief, &auditor, narrator)?;
    let Auditor { bundle, words, .. } = auditor;
    Ok(Played { network, hand_over, bundle, words })
}

/// North refers somebody else to harbour, where nobody looks at it.
fn unanswered(network: &Network, narrator: &mut dyn Narrator) -> Result<()> {
    narrator.chapter("The auditor. Before it: an offer that lies");
    let north = network.office("north");
    let told = |answer: &Value, key: &str| answer[key].as_str().map(str::to_owned).context("an id");
    let case = told(&north.does(&["case", "open"], None)?, "thread")?;
    let give = ["consent", "give", &case, "--recipient", "harbour", "--purpose", "safe_shelter"];
    let what = ["--category", "triage", "--last-day", "+60d", "--form", "written", "--told", "all"];
    let consent = told(&north.does(&[&give[..], &what[..]].concat(), None)?, "consent")?;
    let offer = ["referral", "offer", &case, "--recipient", "harbour", "--kind", "service"];
    let basis = ["--consent", &consent, "--purpose", "safe_shelter", "--first-day", "+15d"];
    let triage = ["--language", "bg", "--urgency", "urgent", "--risk", "medium"];
    let offered = north.does(&[&offer[..], &basis[..], &triage[..]].concat(), None)?;
    let referral = told(&offered, "referral").or_else(|_| told(&offered, "thread"))?;
    north.sees("that the offer arrived", &["referral", "show", &referral], |shown| {
        shown["phase"] == json!("delivered")
    })?;
    narrator.say("North offers harbour one more referral. It is delivered; nobody acknowledges it.");
    Ok(())
}

/// Entries under the head that a quorum has cosigned, once there is one.
fn witnessed(office: &Office) -> Result<Option<u64>> {
    let status = office.cli().one(&["office", "status"], None)?;
    let size = status.pointer("/witnesses/quorum_size").and_then(number);
    Ok(size.filter(|size| *size > 0))
}

/// A number of the contract: JSON has those of 64 bits as text.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn bundle_of_all(network: &Network, bundle: &Path, narrator: &mut dyn Narrator) -> Result<String> {
    narrator.chapter("2. Three offices write one bundle");
    let out = text(bundle)?;
    for name in OFFICES {
        network.office(name).does(&["audit", "bundle", "--out", out], None)?;
        narrator.say(&format!("{name} has written its log into the bundle: no key, no section."));
    }
    let first = bundle.join("roster/1");
    let shown = network.office("north").cli().one(&["roster", "show", text(&first)?], None)?;
    shown["words"].as_str().map(str::to_owned).context("the roster has words")
}

impl Auditor<'_> {
    fn honest(&self, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("3. The auditor verifies it without any of them");
        let page = self.bundle.with_extension("html");
        let (exit, report) = self.verifies(&self.bundle, &["--html", text(&page)?])?;
        // A log that grew while the others were written is told, and nothing else is open.
        let open: Vec<&str> = report["counts"]
            .as_object()
            .map(|all| all.keys().map(String::as_str).collect())
            .unwrap_or_default();
        ensure!(exit == 0 || (exit == 9 && open == ["log_behind"]), "exit {exit}: {report}");
        let logs = report["logs"].as_array().context("logs")?;
        ensure!(logs.len() == OFFICES.len(), "{logs:?}");
        for log in logs {
            ensure!(log["witnessed_at"].is_number() && log["times"]["contradicted"] == json!(0), "{log}");
            narrator.say(&format!(
                "{}: {} entries, {} of others, {} of them witnessed; nothing is wrong.",
                log["name"].as_str().unwrap_or_default(),
                log["size"],
                log["received"],
                log["witnessed"]
            ));
        }
        ensure!(report["roster"]["cosigned_by"] == json!(OFFICES.len()), "{}", report["roster"]);
        narrator.say("All three organisations have cosigned one and the same roster.");
        let page = fs::read_to_string(&page)?;
        ensure!(page.contains("Who referred to whom") && page.contains("<svg") && !page.contains("<script"));
        let planted = handover::PLANTED.iter().find(|planted| page.contains(**planted));
        ensure!(planted.is_none(), "the page shows her: {planted:?}");
        narrator
            .say("The report is a page to print, with a timeline of each thread and nothing personal in it.");
        Ok(())
    }

    fn spoilt(&self, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("5. What was changed by accident is found");
        let copy = self.folder.join("changed");
        copied(&self.bundle, &copy)?;
        let entries = first_file(&copy.join("offices"), "entries")?;
        let mut bytes = fs::read(&entries)?;
        let middle = bytes.len() / 2;
        let byte = bytes.get_mut(middle).context("entries")?;
        *byte ^= 1;
        fs::write(&entries, bytes)?;
        let (exit, report) = self.verifies(&copy, &[])?;
        ensure!(exit == HISTORY && report["counts"]["file_differs"].is_number(), "exit {exit}: {report}");
        narrator
            .say("One bit of one entry: the manifest, the tiles and the signed root all say so (exit 15).");
        fs::remove_file(&entries)?;
        copied(&self.bundle, &copy)?;
        fs::write(copy.join("more"), b"")?;
        let (exit, _) = self.verifies(&copy, &[])?;
        ensure!(exit == FORM, "exit {exit}");
        narrator.say("One file more than the manifest names: told as well (exit 10).");
        Ok(())
    }

    /// The exit and the report of a verification that needs no office.
    fn verifies(&self, bundle: &Path, more: &[&str]) -> Result<(i32, Value)> {
        let program = self.network.office("north").cli().command().get_program().to_owned();
        let mut command = Command::new(program);
        command.args(["--json", "audit", "verify", text(bundle)?, "--fingerprint", &self.words]).args(more);
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_slice(&output.stdout).with_context(|| said.into_owned())?;
        Ok((output.status.code().context("it ended by itself")?, report))
    }
}

fn receipt(network: &Network, hand_over: &str, folder: &Path, narrator: &mut dyn Narrator) -> Result<()> {
    narrator.chapter("6. A receipt that holds alone");
    let (north, south) = (network.office("north"), network.office("south"));
    let told = north.cli().lines(&["audit", "replay", "--thread", hand_over], None)?;
    let met = told
        .iter()
        .filter_map(|message| message.get("line"))
        .find(|line| line["kind_name"] == json!("ReceptionConfirmed"))
        .context("she was met")?;
    let event = met["event_id"].as_str().context("an event")?;
    let (file, picture) = (folder.join("receipt.txt"), folder.join("receipt.svg"));
    let (out, qr) = (text(&file)?, text(&picture)?);
    north.does(&["audit", "receipt", event, "--out", out, "--qr", qr], None)?;
    ensure!(fs::read_to_string(&picture)?.contains("<svg"));
    let data = text(south.data())?.to_owned();
    let holds = south.cli().one(&["audit", "verify-receipt", "--network", &data, out], None)?;
    ensure!(holds["office"] == json!(south.id) && holds["event_id"] == json!(event), "{holds}");
    narrator.say(
        "South has signed that it met her: the file is checked with the roster alone, and fits a QR code.",
    );
    let receipt = fs::read_to_string(&file)?;
    fs::write(&file, receipt.replacen("index ", "index 1", 1))?;
    let other = south.cli().refused(&["audit", "verify-receipt", "--network", &data, out], None)?;
    ensure!(other.exit == 6, "{other}");
    narrator.say("Changed by one digit it proves nothing, and the check says so.");
    Ok(())
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a name that is text")
}

/// Copies a folder over another one.
fn copied(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let target = to.join(path.file_name().context("a name")?);
        if path.is_dir() {
            copied(&path, &target)?;
        } else {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// Some file below a folder of this name.
fn first_file(folder: &Path, below: &str) -> Result<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.components().any(|part| part.as_os_str() == below) {
                return Ok(path);
            }
        }
    }
    anyhow::bail!("no {below} in the bundle")
}
