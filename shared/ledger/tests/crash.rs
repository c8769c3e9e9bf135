//! A process that appends is killed at random moments, again and again: what it said is durable is there, without gaps, under
//! the root that the entries have. Run without a harness, because it starts itself as the process that is killed.
#![expect(clippy::print_stdout, reason = "a child says on its output what is durable")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

#[path = "office/mod.rs"]
#[expect(dead_code, reason = "other tests use more of it")]
mod office;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use office::{Drafts, NORTH, NOW, SOUTH, create, open, verify_whole};
use waymark_domain::ids::{EventId, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_ledger::{Bodies, Ledger, OpenFault};
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::unplaced::Body;

const ROUNDS: u64 = 20;
const APPEND: &str = "append-until-killed";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.as_slice() {
        [_, what, folder, seed] if what == APPEND => {
            append(Path::new(folder), seed.parse().expect("a number"))
        }
        // Asked once for the tests, once for those that are left out: there are none of these.
        _ if arguments.iter().any(|argument| argument == "--ignored") => {}
        _ if arguments.iter().any(|argument| argument == "--list") => println!("killed: test"),
        _ => killed(),
    }
}

/// Appends from several threads, moves the outbox and erases now and then, and says what is durable, until it is killed.
fn append(folder: &Path, seed: u64) {
    println!("opening");
    let (ledger, _) = open(folder, NORTH).expect("it opens after a kill");
    let said = Mutex::new(std::io::stdout());
    let say = |line: String| {
        let mut out = said.lock().expect("nobody panics");
        // Whole lines only; a killed process cuts none in half that was said before.
        out.write_all(line.as_bytes()).and_then(|()| out.flush()).expect("somebody listens");
    };
    std::thread::scope(|scope| {
        for writer in 0..4_u64 {
            let (ledger, say) = (&ledger, &say);
            scope.spawn(move || {
                let drafts = Drafts::new(NORTH, seed * 8 + writer);
                for step in 0_u64.. {
                    let thread = ThreadId([(step % 11) as u8; 16]);
                    let count = 1 + (step * 7 + writer) % 20;
                    let command: Vec<_> = (0..count)
                        .map(|number| match (number + step) % 40 {
                            3 => drafts.section(thread, Audience::Office(SOUTH), 300_000),
                            9..20 => drafts.bare(thread, Audience::Network),
                            _ => drafts.section(thread, Audience::Office(SOUTH), 700),
                        })
                        .collect();
                    let placed = ledger.commit(command, NOW).expect("committed");
                    say(placed.iter().map(|at| format!("{} {}\n", at.index, at.event)).collect());
                    if step % 50 == 49 {
                        say(format!("erasing {}\n", placed[0].index));
                        ledger.tombstone(placed[0].index, &Bodies::All).expect("erased");
                        say(format!("erased {}\n", placed[0].index));
                    }
                    let rows = ledger.outbox(Timestamp(step), 10);
                    ledger.outbox_sent(&rows, Timestamp(step));
                }
            });
        }
    });
}

/// What the killed processes have said.
#[derive(Default)]
struct Said {
    durable: BTreeMap<u64, EventId>,
    /// Erasure begun: the bodies are there, gone, or in between.
    erasing: Vec<u64>,
    erased: Vec<u64>,
}

impl Said {
    fn hear(&mut self, line: &str) {
        if let Some(index) = line.strip_prefix("erasing ") {
            self.erasing.push(index.parse().expect("an index"));
        } else if let Some(index) = line.strip_prefix("erased ") {
            self.erased.push(index.parse().expect("an index"));
        } else if let Some((index, event)) = line.split_once(' ') {
            let known =
                self.durable.insert(index.parse().expect("an index"), event.parse().expect("an event"));
            assert_eq!(known, None, "index {index} was given twice");
        }
    }
}

fn killed() {
    let folder = tempfile::tempdir().expect("a folder");
    create(folder.path(), NORTH);
    let mut said = Said::default();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for round in 0..ROUNDS {
        let myself = std::env::current_exe().expect("a path");
        let mut child = Command::new(myself)
            .args([APPEND, folder.path().to_str().expect("a plain path"), &round.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        // Killed after so many lines: early, late, within opening, while files change.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let lines = if round % 5 == 4 { 1 + round / 5 } else { random % 12_000 };
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        for number in 0..lines {
            line.clear();
            assert!(out.read_line(&mut line).expect("readable") > 0, "round {round}: it ended by itself");
            said.hear(line.trim_end());
            if number == 100 {
                assert!(
                    matches!(open(folder.path(), NORTH), Err(OpenFault::Locked)),
                    "two processes at once"
                );
            }
        }
        child.kill().expect("killed");
        child.wait().expect("gone");
        // What it said before it died counts too; a line cut in half does not.
        for line in out.split(b'\n') {
            let line = String::from_utf8(line.expect("readable")).expect("plain text");
            let whole = line.len() >= 34 || line.starts_with("eras");
            if whole {
                said.hear(&line);
            }
        }
        // In other rounds the next process opens what this one left, and may be killed while it does.
        if round % 3 == 2 || round + 1 == ROUNDS {
            look(folder.path(), &said, round);
        }
    }
    println!("{ROUNDS} kills, {} entries said to be durable, none lost", said.durable.len());
}

fn look(folder: &Path, said: &Said, round: u64) {
    let (ledger, report) = open(folder, NORTH).unwrap_or_else(|fault| panic!("round {round}: {fault}"));
    let last = said.durable.last_key_value().map_or(0, |(index, _)| index + 1);
    assert!(ledger.size() >= last, "round {round}: {} entries, {last} said", ledger.size());
    for (index, event) in &said.durable {
        let entry = Entry::parse(&ledger.entry(*index).expect("an entry")).expect("it reads");
        assert_eq!(entry.event, *event, "round {round}: entry {index}");
        bodies(&ledger, &entry, said);
    }
    // An erasure that was cut short is done again, as the office does at its start.
    for index in &said.erasing {
        ledger.tombstone(*index, &Bodies::All).expect("erased");
    }
    for findings in report.findings {
        assert!(
            matches!(
                findings,
                waymark_ledger::Finding::TornFrame { .. } | waymark_ledger::Finding::LargeBodyLeft
            ),
            "{findings:?}"
        );
    }
    let checked = ledger.check().expect("readable");
    assert_eq!(checked.faults, [], "round {round}");
    verify_whole(&ledger);
}

fn bodies(ledger: &Ledger, entry: &Entry, said: &Said) {
    let index = entry.index;
    if said.erasing.contains(&index) && !said.erased.contains(&index) {
        return;
    }
    let bodies = ledger.bodies(index).expect("bodies");
    let gone = bodies.iter().all(|body| matches!(body, Body::Withheld(_)));
    assert!(bodies.is_empty() || gone == said.erased.contains(&index), "bodies of {index}");
}
