//! The walls between the crates: who may depend on whom, as the README's map says.
#![expect(clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crate, and the crates of this workspace that it may depend on. Downwards only.
const ALLOWED: &[(&str, &[&str])] = &[
    ("waymark-domain", &[]),
    ("waymark-seal", &["waymark-domain"]),
    ("waymark-ledger", &["waymark-domain", "waymark-seal"]),
    ("waymark-courier", &["waymark-domain", "waymark-seal"]),
    ("waymark-desk", &["waymark-domain", "waymark-seal", "waymark-ledger", "waymark-courier"]),
    ("waymark-api", &["waymark-domain"]),
    ("waymark-cases", SERVICE),
    ("waymark-shelters", SERVICE),
    ("waymark-returns", SERVICE),
    ("waymark-audit", &["waymark-domain", "waymark-seal", "waymark-desk", "waymark-api"]),
    ("waymark-node", NODE),
];

const SERVICE: &[&str] = &["waymark-domain", "waymark-desk", "waymark-api"];
const NODE: &[&str] = &[
    "waymark-domain",
    "waymark-seal",
    "waymark-ledger",
    "waymark-courier",
    "waymark-desk",
    "waymark-api",
    "waymark-cases",
    "waymark-shelters",
    "waymark-returns",
    "waymark-audit",
];

/// Crates that must never be reached from the pure ones: the packages that bring I/O, a clock or async.
const IMPURE: &[&str] = &["tokio", "ring", "sled", "async-nats", "tonic", "getrandom", "tracing"];

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages.iter().map(|package| (text(&package["name"]), normal_dependencies(package))).collect()
}

fn normal_dependencies(package: &serde_json::Value) -> BTreeSet<String> {
    let all = package["dependencies"].as_array().expect("dependencies");
    all.iter()
        .filter(|dependency| dependency["kind"].is_null())
        .map(|dependency| text(&dependency["name"]))
        .collect()
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().expect("a string").to_owned()
}

#[test]
fn crates_depend_downwards_only() {
    let found = dependencies();
    for (name, allowed) in ALLOWED {
        let depends = found.get(*name).unwrap_or_else(|| panic!("{name} is not in the workspace"));
        for dependency in depends.iter().filter(|dependency| dependency.starts_with("waymark-")) {
            assert!(allowed.contains(&dependency.as_str()), "{name} must not depend on {dependency}");
        }
    }
    for name in found.keys().filter(|name| *name != "waymark-tests") {
        assert!(
            ALLOWED.iter().any(|(known, _)| known == name),
            "{name} has no row here and none in the README's map"
        );
    }
}

#[test]
fn the_domain_stays_pure() {
    let found = dependencies();
    let domain = &found["waymark-domain"];
    for impure in IMPURE {
        assert!(!domain.contains(*impure), "waymark-domain must not depend on {impure}");
    }
}

/// Every prefix that keeps one use of a key or hash apart from another stands in one table, which is tested for prefixes of prefixes.
#[test]
fn prefixes_of_keys_and_hashes_stand_in_the_one_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sources = Vec::new();
    for folder in ["shared", "services"] {
        sources_in(&root.join(folder), &mut sources);
    }
    assert!(sources.len() > 100, "the sources are not here");
    // Built of two, or this test would find itself.
    let prefix = ["waymark", "-v1 "].concat();
    let outside = sources.iter().filter(|path| !path.ends_with("seal/src/prefix.rs"));
    let found: Vec<_> = outside.filter(|path| read(path).contains(&prefix)).collect();
    assert!(found.is_empty(), "prefixes outside the table: {found:?}");
}

fn sources_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if !path.ends_with("tests") {
                sources_in(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a source")
}
