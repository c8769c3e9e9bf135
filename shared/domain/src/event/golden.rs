//! The bytes of each kind, kept for ever: one line for each in `golden.txt`. `UPDATE=1` adds lines for new kinds and never
//! changes one that is there; a line that no longer reads as it did is a broken wire format.

use std::fmt::Write as _;

use super::{Event, KINDS};

const GOLDEN: &str = include_str!("golden.txt");
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/event/golden.txt");

/// `number name hex | fields`.
fn line(event: &Event) -> String {
    let hex = event.encode().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes everything");
        hex
    });
    format!("{} {} {hex} | {event:?}", event.kind(), event.name())
}

/// Some event of `kind` in which most fields differ from zero.
fn example(kind: u16) -> Event {
    let bytes = |seed: u64, length: usize| -> Vec<u8> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8 % 4
        };
        (0..length).map(|_| next()).collect()
    };
    let found = (0..200u64)
        .find_map(|seed| (0..400).find_map(|length| Event::decode(kind, &bytes(seed, length)).ok()));
    found.unwrap_or_else(|| panic!("no example of kind {kind}"))
}

fn number_of(line: &str) -> Option<u16> {
    line.split(' ').next()?.parse().ok()
}

fn public_of(line: &str) -> Vec<u8> {
    let hex = line.split(' ').nth(2).expect("hexadecimal digits");
    hex.as_bytes()
        .chunks(2)
        .map(|pair| {
            u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal digits")
        })
        .collect()
}

#[test]
fn every_golden_line_reads_as_it_always_did() {
    for golden in GOLDEN.lines() {
        let kind = number_of(golden).expect("a number");
        let event =
            Event::decode(kind, &public_of(golden)).unwrap_or_else(|fault| panic!("{golden}: {fault}"));
        assert_eq!(line(&event), golden);
    }
}

#[test]
fn every_kind_has_a_golden_line() {
    let known: Vec<u16> = GOLDEN.lines().filter_map(number_of).collect();
    let new: Vec<_> = KINDS.iter().filter(|rule| !known.contains(&rule.number)).collect();
    if std::env::var_os("UPDATE").is_none() {
        let names: Vec<_> = new.iter().map(|rule| rule.name).collect();
        assert!(names.is_empty(), "run once with UPDATE=1 for {names:?}");
        return;
    }
    let mut lines: Vec<String> = GOLDEN.lines().map(str::to_owned).collect();
    lines.extend(new.iter().map(|rule| line(&example(rule.number))));
    lines.sort_by_key(|line| number_of(line));
    std::fs::write(PATH, lines.join("\n") + "\n").expect("the golden file can be written");
}
