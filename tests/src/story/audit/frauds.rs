//! Five frauds, each planted in a copy of the bundle by somebody who holds the offices' keys, and each found by its name.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use waymark_domain::event::Event;
use waymark_domain::ids::{OfficeId, ThreadId};
use waymark_domain::time::{DAY, HOUR, Timestamp};
use waymark_domain::words::Category;
use waymark_seal::entry::Entry;
use waymark_seal::sign::{LogKey, WitnessKey};

use super::{Auditor, OFFICES, text};
use crate::forge::{Forge, plant};
use crate::harness::{Network, until};
use crate::story::Narrator;

/// Exit of a bundle in which something was not done in time.
const DUTY: i32 = 12;
/// In which something was disclosed without its basis.
const CONSENT: i32 = 13;
/// In which two histories were signed, or a time was made up.
const FRAUD: i32 = 16;

/// Who can forge: somebody with the vault and passphrase of every office.
pub(super) struct Thief {
    bundle: PathBuf,
    keys: BTreeMap<OfficeId, LogKey>,
    witnesses: BTreeMap<OfficeId, WitnessKey>,
}

/// A fraud.
struct Fraud<'a> {
    /// Its folder's name.
    name: &'static str,
    /// What was done.
    done: &'static str,
    /// By which name it is found.
    code: &'static str,
    /// With which exit.
    exit: i32,
    /// What it changes.
    plant: &'a dyn Fn(&mut Forge<'_>),
}

/// Plants each and has the auditor find it. `hand_over` is a referral from north to south. Gives who did it.
pub(super) fn play(
    network: &Network,
    auditor: &Auditor<'_>,
    hand_over: &str,
    narrator: &mut dyn Narrator,
) -> Result<Thief> {
    narrator.chapter("4. Five frauds, by somebody who has stolen every office's keys");
    let thief = Thief::of(network, auditor)?;
    let office = |name: &str| id_of(&network.office(name).id);
    let (north, south, harbour) = (office("north")?, office("south")?, office("harbour")?);
    let hand_over: ThreadId = hand_over.parse().ok().context("a thread")?;
    let frauds = [
        Fraud {
            name: "rewritten",
            done: "North changes the time of an entry that south has, and signs its log anew.",
            code: "rewritten",
            exit: FRAUD,
            plant: &|forge| plant::rewritten(forge.log(north), south),
        },
        Fraud {
            name: "fork",
            done: "North signs one entry for harbour and another one, at the same place, for south.",
            code: "fork",
            exit: FRAUD,
            plant: &|forge| {
                plant::shown_otherwise(forge, north, harbour);
                forge.logs.remove(&north);
            },
        },
        Fraud {
            name: "outside-consent",
            done: "North gives south a key to her health data, to which she did not consent.",
            code: "outside_consent",
            exit: CONSENT,
            plant: &|forge| {
                let log = forge.log(north);
                let at = last(log).claimed_at;
                let entry = plant::disclosure(log, hand_over, south, Category::Health, at);
                log.append(&entry);
            },
        },
        Fraud {
            name: "deadline-missed",
            done: "Harbour lets an offer lie: by the clocks of the witnesses its time has passed.",
            code: "deadline_missed",
            exit: DUTY,
            plant: &|forge| {
                let log = forge.log(north);
                let due = offer_due(&log.all()).plus(2 * HOUR);
                let entry = plant::cosigned(log, &thief.witnesses, due);
                log.append(&entry);
            },
        },
        Fraud {
            name: "backdated",
            done: "A thief writes a message of yesterday with north's stolen key.",
            code: "backdated",
            exit: FRAUD,
            plant: &|forge| {
                let log = forge.log(north);
                let yesterday = Timestamp(last(log).claimed_at.0 - DAY);
                let entry = plant::message(log, hand_over, south, yesterday);
                log.append(&entry);
            },
        },
    ];
    for fraud in &frauds {
        thief.plants(fraud, auditor)?;
        narrator.say(&format!("{} Found: {}, exit {}.", fraud.done, fraud.code, fraud.exit));
    }
    Ok(thief)
}

/// What the auditor has of the fork is a file; one office tells the network, and each judges it for itself.
pub(super) fn freeze(thief: &Thief, auditor: &Auditor<'_>, narrator: &mut dyn Narrator) -> Result<()> {
    narrator.chapter("7. The fork is proven to every office");
    let network = auditor.network;
    let (north, south, harbour) =
        (network.office("north"), network.office("south"), network.office("harbour"));
    let accused = id_of(&north.id)?;
    let mut forge = Forge::open(&thief.bundle, &thief.keys);
    plant::shown_otherwise(&mut forge, accused, id_of(&harbour.id)?);
    let (dir, proofs) = (auditor.folder.join("fork"), auditor.folder.join("proofs"));
    forge.write(&dir);
    let (exit, _) = auditor.verifies(&dir, &["--proofs", text(&proofs)?])?;
    ensure!(exit == FRAUD, "exit {exit}");
    std::fs::remove_dir_all(&dir).with_context(|| dir.display().to_string())?;
    let file = proofs.join(format!("{accused}.0.fraud"));
    let (proof, roster) = (text(&file)?, text(south.data())?.to_owned());
    let holds = south.cli().one(&["audit", "verify-fraud", "--network", &roster, proof], None)?;
    ensure!(holds["office"] == json!(north.id) && holds["in_force"] == json!(true), "{holds}");
    narrator.say("It is a file that says nothing of what was written, and holds with the roster alone.");
    let told = harbour.cli().one(&["audit", "fraud", "--publish", proof], None)?;
    ensure!(told["office"] == json!(north.id), "{told}");
    for office in [harbour, south] {
        let frozen = || -> Result<Option<()>> {
            let listed = office.cli().lines(&["office", "list"], None)?;
            let is_frozen = |row: &Value| row["office"] == json!(north.id) && row["state"] == json!("frozen");
            Ok(listed.iter().any(is_frozen).then_some(()))
        };
        until("north is frozen", frozen)?;
    }
    narrator.say(
        "Harbour tells the network. South has judged it for itself: nothing is disclosed to north any more.",
    );
    Ok(())
}

impl Thief {
    fn of(network: &Network, auditor: &Auditor<'_>) -> Result<Self> {
        let (mut keys, mut witnesses) = (BTreeMap::new(), BTreeMap::new());
        for name in OFFICES {
            let office = network.office(name);
            let (log, witness) = office.stolen_keys(&auditor.folder.join(format!("stolen-{name}")))?;
            keys.insert(id_of(&office.id)?, log);
            witnesses.insert(id_of(&office.id)?, witness);
        }
        Ok(Self { bundle: auditor.bundle.clone(), keys, witnesses })
    }

    fn plants(&self, fraud: &Fraud<'_>, auditor: &Auditor<'_>) -> Result<()> {
        let mut forge = Forge::open(&self.bundle, &self.keys);
        (fraud.plant)(&mut forge);
        let dir = auditor.folder.join(fraud.name);
        forge.write(&dir);
        let (exit, report) = auditor.verifies(&dir, &[])?;
        let counted = report["counts"][fraud.code].as_u64();
        ensure!(exit == fraud.exit && counted > Some(0), "{}: exit {exit}: {report}", fraud.name);
        std::fs::remove_dir_all(&dir).with_context(|| dir.display().to_string())
    }
}

fn id_of(office: &str) -> Result<OfficeId> {
    office.parse().ok().context("an office")
}

fn last(log: &crate::forge::Log) -> Entry {
    log.newest(|_| true)
}

/// When the newest offer of a log was to be acknowledged.
fn offer_due(entries: &[Entry]) -> Timestamp {
    let due = |entry: &Entry| match Event::decode(entry.kind, &entry.public) {
        Ok(Event::ReferralOffered(offer)) => Some(offer.deadlines.acknowledge_by),
        _ => None,
    };
    entries.iter().rev().find_map(due).expect("the story has an offer")
}
