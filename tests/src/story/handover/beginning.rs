//! 1. A network begins: offices, notices, a directory.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::harness::{Network, Office};
use crate::story::Narrator;

/// 1. The network, its notices and its directory.
pub(in crate::story) fn begin(folder: &Path, narrator: &mut dyn Narrator) -> Result<Network> {
    narrator.chapter("1. A network begins");
    let mut network = Network::create(
        folder,
        &[
            ("north", "DE", "ngo", &["office"]),
            ("south", "BG", "ngo", &["office"]),
            ("harbour", "BG", "shelter", &["partner"]),
        ],
    )?;
    narrator.say(
        "Offices north and south and the shelter harbour are in the roster, signed by 2 of 3 root holders.",
    );
    network.start_all()?;
    for office in &network.offices {
        let profile = ["office", "profile", "--language", "bg,en", "--service", "safe_return,safe_shelter"];
        let hours = [
            "--workday",
            "monday,tuesday,wednesday,thursday,friday",
            "--opens",
            "09:00",
            "--closes",
            "17:00",
        ];
        office.does(&[&profile[..], &hours[..]].concat(), None)?;
    }
    for office in &network.offices {
        all_know(office, network.offices.len())?;
    }
    narrator.say("Three nodes run and know each other's profile and inbox key.");
    let harbour = network.office("harbour");
    let unit = harbour
        .does(&["shelter", "publish", "--kind", "single", "--admits", "women", "--maximum", "2"], None)?;
    ensure!(unit["unit"].is_string(), "harbour published no unit");
    network.office("north").sees("harbour's places", &["shelter", "list", "--office", "harbour"], |row| {
        row["available"] == json!(2)
    })?;
    narrator.say("Harbour tells everybody that it has 2 single rooms; no personal data in that.");
    Ok(network)
}

/// Every other office has told its profile and its inbox key.
fn all_know(office: &Office, how_many: usize) -> Result<()> {
    crate::harness::until("the offices know each other", || {
        let rows = office.cli().lines(&["office", "list"], None)?;
        let known = rows.iter().filter(|row| {
            row["inbox_until_on"].is_string()
                && row["profile"]["languages"].as_array().is_some_and(|known| !known.is_empty())
        });
        Ok((known.count() == how_many).then_some(()))
    })
}

/// South's directory of services: real data when they are at hand, otherwise our own.
pub(super) fn import_directory(
    folder: &Path,
    network: &Network,
    narrator: &mut dyn Narrator,
) -> Result<usize> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let shared = root.join("../shared/data");
    let real = [
        ("illinois", shared.join("illinois-legal-aid"), "hsds_csv"),
        ("hsds", shared.join("hsds-3.0/examples"), "hsds_json"),
    ];
    let own = [("own", root.join("deploy/directory"), "hsds_json")];
    let sources: Vec<_> = if shared.is_dir() { real.to_vec() } else { own.to_vec() };
    let south = network.office("south");
    let mut taken = 0;
    for (name, path, format) in sources {
        let report = folder.join(format!("{name}.report"));
        let output = south
            .cli()
            .command()
            .args(["--json", "directory", "import", name])
            .arg(&path)
            .args(["--format", format])
            .output()?;
        std::fs::write(&report, &output.stdout)?;
        let code = output.status.code().unwrap_or(-1);
        ensure!(
            code == 0 || code == 9,
            "the import of {name} ended with {code}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let lines: Vec<Value> = output
            .stdout
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect();
        let faults = lines.iter().filter(|line| line["fault"].is_object()).count();
        let summary =
            lines.iter().find_map(|line| line.get("summary")).context("no summary of the import")?;
        let services = summary["services"].as_u64().context("no number of services")? as usize;
        narrator.say(&format!("South imports the directory {name}: {services} services; {faults} rows were left out, each told with its reason."));
        ensure!((code == 9) == (faults > 0), "the exit code does not say whether rows were refused");
        taken += services;
    }
    Ok(taken)
}
