//! The main story, asserted at every step: see `src/story/handover/`. Afterwards what was typed in is looked for in every file.
#![expect(clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

use std::path::{Path, PathBuf};

use waymark_tests::story::handover::PLANTED;
use waymark_tests::story::{Silent, handover};

#[test]
fn a_return_case_goes_from_north_to_south_while_a_node_and_the_hub_are_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    match handover::play(folder.path(), &mut Silent) {
        Ok(mut played) => {
            let hub = files(played.network.hub.folder());
            assert!(hub.iter().any(|file| file.to_string_lossy().contains("store")), "the hub kept nothing");
            for office in ["north", "south", "harbour"] {
                played.network.office_mut(office).stop().expect("it ends cleanly");
            }
            for file in files(folder.path()).into_iter().chain(hub) {
                shows_nobody(&file);
            }
        }
        Err(fault) => {
            for office in ["north", "south", "harbour"] {
                let log = folder.path().join(office).with_extension("log");
                let log = std::fs::read_to_string(log).unwrap_or_default();
                let end: Vec<&str> = log.lines().rev().take(15).collect();
                eprintln!("--- {office} (newest first)\n{}", end.join("\n"));
            }
            panic!("{fault:?}");
        }
    }
}

/// What was planted is in no file, neither as it is nor in hexadecimal or base64, and in no file name.
fn shows_nobody(file: &Path) {
    let bytes = std::fs::read(file).expect("a file");
    for planted in PLANTED {
        for form in forms(planted) {
            let found = bytes.windows(form.len()).any(|window| window == form);
            assert!(!found, "{} shows what was planted", file.display());
        }
        assert!(!file.to_string_lossy().contains(planted), "a file name shows what was planted");
    }
}

/// A text, in hexadecimal, and in base64 at each of its three offsets without the characters that neighbours change.
fn forms(text: &str) -> Vec<Vec<u8>> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes = text.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![bytes.to_vec(), hex.clone().into_bytes(), hex.to_uppercase().into_bytes()];
    for skipped in 0..3 {
        let groups = bytes.get(skipped..).unwrap_or_default().chunks_exact(3);
        let encoded = groups.flat_map(|group| {
            let [one, two, three] = [group[0], group[1], group[2]].map(u32::from);
            let bits = one << 16 | two << 8 | three;
            [18, 12, 6, 0].map(|shift| DIGITS[(bits >> shift & 63) as usize])
        });
        forms.push(encoded.collect());
    }
    forms.retain(|form: &Vec<u8>| form.len() >= 6);
    forms
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found
}

#[test]
fn what_is_looked_for_would_be_found() {
    let forms = forms("a quiet room");
    let base64 = "YSBxdWlldCByb29t";
    assert!(forms.iter().any(|form| form == base64.as_bytes()));
    assert!(forms.iter().any(|form| {
        form == b"612071756965742072 6f6f6d"
            .iter()
            .copied()
            .filter(|byte| *byte != b' ')
            .collect::<Vec<_>>()
            .as_slice()
    }));
}
