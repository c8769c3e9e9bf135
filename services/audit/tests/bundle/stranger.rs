//! The second implementation: a verifier in Python that was written from WIRE.md alone (`tests/stranger`). What both say of a bundle is
//! compared, so that neither the page nor the code can be wrong by itself.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use waymark_audit::verify::Report;

/// Says what is wrong with a bundle whose first roster version has a fingerprint, in words.
fn words(dir: &Path, fingerprint: &str) -> BTreeSet<String> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/stranger/verify.py");
    let mut command = Command::new("python3");
    command.arg("-B").arg(program).arg("--json").arg(dir);
    if !fingerprint.is_empty() {
        command.args(["--fingerprint", fingerprint]);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|fault| panic!("{fault}: {said}"));
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["word"].as_str().unwrap().to_owned()).collect()
}

/// The stranger finds the same in a bundle.
pub(crate) fn agrees(dir: &Path, report: &Report) {
    let ours: BTreeSet<String> = report.counts.keys().map(|word| (*word).to_owned()).collect();
    let theirs = words(dir, &report.roster.fingerprint);
    assert_eq!(theirs, ours, "{}: left the stranger, right this program", dir.display());
}
