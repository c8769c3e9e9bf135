//! Looking for what must not be there, and showing what an office said when a story fails.
#![expect(clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

use std::path::{Path, PathBuf};

/// What was planted is in no file, neither as it is nor in hexadecimal or base64, and in no file name.
pub(crate) fn shows_nobody(file: &Path, planted: &[&str]) {
    let bytes = std::fs::read(file).expect("a file");
    for planted in planted {
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

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
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

/// The newest lines of each office's log.
pub(crate) fn print_logs(folder: &Path) {
    for office in ["north", "south", "harbour"] {
        let log = folder.join(office).with_extension("log");
        let log = std::fs::read_to_string(log).unwrap_or_default();
        let end: Vec<&str> = log.lines().rev().take(15).collect();
        eprintln!("--- {office} (newest first)\n{}", end.join("\n"));
    }
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
