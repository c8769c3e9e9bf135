//! The vault under kill -9: a child puts, folds and erases and says what was confirmed; it is killed at some moment;
//! then everything confirmed must hold, and the vault must open without a complaint but for a cut frame.
#![expect(clippy::print_stdout, reason = "the harness asks for a list of tests")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use waymark_domain::ids::{KeyId, ThreadId};
use waymark_domain::words::Category;
use waymark_seal::hash::sha256;
use waymark_seal::rng::{Rng, Seeded, System};
use waymark_seal::section::SectionKey;
use waymark_seal::vault::{Cost, KeyRecord, OwnSection, Passphrase, Selector, Vault};

const ROUNDS: u64 = 25;

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [_, "child", dir, from] => child(Path::new(dir), from.parse()?),
        [.., "--list", _, _, "--ignored"] => Ok(()),
        [.., "--list", _, _] => {
            println!("killed: test");
            Ok(())
        }
        _ => parent(),
    }
}

fn passphrase() -> Passphrase {
    Passphrase::new(b"kill".to_vec())
}

/// A thread and key for each number; numbers share few buckets, so that erasures meet neighbours.
fn record(number: u64) -> OwnSection {
    let hash = sha256(&[&number.to_le_bytes()]).0;
    let [thread, id]: [[u8; 16]; 2] = std::array::from_fn(|half| {
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(hash.iter().skip(half * 16)).for_each(|(to, from)| *to = *from);
        bytes
    });
    let mut thread = ThreadId(thread);
    if let Some(first) = thread.0.first_chunk_mut() {
        *first = (u16::from_be_bytes(*first) & 0x3f).to_be_bytes();
    }
    let key = SectionKey::from_bytes(hash);
    OwnSection { thread, category: Category::Legal, id: KeyId(id), epoch: 0, key, granted_to: Vec::new() }
}

/// Works until it is killed, and says each thing once it is confirmed.
fn child(dir: &Path, from: u64) -> Result<()> {
    let vault = Vault::open(dir, &passphrase(), System)?;
    let mut out = std::io::stdout().lock();
    for number in from.. {
        vault.put(vec![KeyRecord::OwnSection(record(number))])?;
        vault.sync()?;
        writeln!(out, "put {number}")?;
        if number % 3 == 0 {
            // Said beforehand: from here on it may or may not be there.
            writeln!(out, "erasing {}", number / 2)?;
            out.flush()?;
            vault.erase(&record(number / 2).thread, &Selector::Everything)?;
            writeln!(out, "erased {}", number / 2)?;
        }
        if number % 7 == 0 {
            vault.fold()?;
        }
        out.flush()?;
    }
    Ok(())
}

#[derive(Default)]
struct Confirmed {
    put: BTreeSet<u64>,
    erasing: BTreeSet<u64>,
    erased: BTreeSet<u64>,
}

impl Confirmed {
    fn note(&mut self, line: &str) -> Result<()> {
        let (word, number) = line.split_once(' ').context("a word and a number")?;
        let set = match word {
            "put" => &mut self.put,
            "erasing" => &mut self.erasing,
            _ => &mut self.erased,
        };
        set.insert(number.parse()?);
        Ok(())
    }
}

fn parent() -> Result<()> {
    let dir = tempfile::tempdir()?;
    drop(Vault::create(dir.path(), &passphrase(), Cost::TEST, System)?);
    let (mut confirmed, mut rng) = (Confirmed::default(), Seeded::new(1));
    for round in 0..ROUNDS {
        let next = confirmed.put.last().map_or(1, |last| last + 2);
        let mut child = Command::new(std::env::current_exe()?)
            .args(["child", &dir.path().display().to_string(), &next.to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let [delay] = waymark_seal::rng::bytes(&mut rng as &mut dyn Rng);
        std::thread::sleep(Duration::from_millis(20 + u64::from(delay)));
        child.kill()?;
        let said = BufReader::new(child.stdout.take().context("the child's output")?);
        // The last line may have been cut by the kill.
        for line in said.lines().map_while(Result::ok) {
            if confirmed.note(&line).is_err() {
                break;
            }
        }
        child.wait()?;
        check(dir.path(), &confirmed).with_context(|| format!("round {round}"))?;
    }
    ensure!(confirmed.put.len() > 100 && confirmed.erased.len() > 20, "the child did too little to tell");
    Ok(())
}

fn check(dir: &Path, confirmed: &Confirmed) -> Result<()> {
    let vault = Vault::open(dir, &passphrase(), System)?;
    for number in &confirmed.put {
        let record = record(*number);
        let found = vault.section_key(&record.thread, &record.id)?;
        let held = found.is_some_and(|key| key.reveal() == record.key.reveal());
        ensure!(held || confirmed.erasing.contains(number), "{number} was confirmed and is gone");
        ensure!(!held || !confirmed.erased.contains(number), "{number} was erased and is there");
    }
    Ok(())
}
