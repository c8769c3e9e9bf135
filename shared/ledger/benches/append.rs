//! What the ledger's speed is, beside the disk's: appends, proofs, loading a thread, opening. Prints one line of JSON each.
//!
//! `cargo bench -p waymark-ledger --bench append [-- <entries>]`

#[path = "../tests/office/mod.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod office;

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use office::{Drafts, NORTH, OFFICES, SOUTH, Signer, identity};
use waymark_domain::ids::ThreadId;
use waymark_domain::time::Timestamp;
use waymark_ledger::{Ledger, OpenReport};
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::unplaced::Unplaced;

const BODY: usize = 512 + 72;
const THREAD_OF: u64 = 20;

fn main() {
    let entries: u64 =
        std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(1_000_000);
    let folder = tempfile::tempdir_in(std::env::temp_dir()).expect("a folder");
    let sync = fdatasync(folder.path());
    print("fdatasync of 512 B over written blocks", sync, "1/s", sync);
    let data = folder.path().join("north");
    Ledger::create(&data, identity(NORTH)).expect("a ledger");
    let (ledger, _) = open(&data);
    let bench = Bench { ledger, drafts: Drafts::new(NORTH, 1) };
    bench.fill(2_000);
    print("append, one at a time", timed("single", 3_000, || bench.single(3_000)), "1/s", sync);
    print("append, 64 writers", timed("writers", 60_000, || bench.writers(64, 60_000)), "1/s", 55_000.0);
    print("append, batches of 64", timed("batches", 40_000, || bench.batches(40_000)), "1/s", 66_000.0);
    let small = timed("batches", 40_000, || bench.batches(40_000));
    print(
        "publish (entry, bodies, path), batches of 64",
        timed("publish", 20_000, || bench.publish(20_000)),
        "1/s",
        1.0,
    );
    let publish_small = timed("publish", 20_000, || bench.publish(20_000));
    print("load a thread of 20, p50", bench.threads(), "us", 60.0);
    let before = bytes_on_disk(&data);
    let size = bench.ledger.size();
    bench.fill(entries.saturating_sub(size));
    bench.ledger.settle().expect("settled");
    let grown = (bytes_on_disk(&data) - before) as f64 / (bench.ledger.size() - size).max(1) as f64;
    print("disk per event beyond its padded section of 512 B", grown - 512.0, "B", 420.0);
    println!("# {} entries", bench.ledger.size());
    let large = timed("batches", 40_000, || bench.batches(40_000));
    print("append, batches of 64, full", large, "1/s", small);
    print("append, one at a time, full", timed("single", 3_000, || bench.single(3_000)), "1/s", sync);
    print(
        "append, 64 writers, full",
        timed("writers", 60_000, || bench.writers(64, 60_000)),
        "1/s",
        55_000.0,
    );
    print(
        "publish, batches of 64, full",
        timed("publish", 20_000, || bench.publish(20_000)),
        "1/s",
        publish_small,
    );
    print("load a thread of 20, p50, full", bench.threads(), "us", 60.0);
    let begin = Instant::now();
    drop(bench.ledger);
    print("close", begin.elapsed().as_secs_f64(), "s", 1.0);
    let begin = Instant::now();
    let (ledger, report) = open(&data);
    print("open after a close", begin.elapsed().as_secs_f64(), "s", 1.0);
    assert!(report.clean);
    let bench = Bench { ledger, drafts: Drafts::new(NORTH, 2) };
    bench.fill(12_000);
    // What a killed process leaves: everything on disk, nothing closed.
    let killed = folder.path().join("killed");
    office::copy(&data, &killed);
    let begin = Instant::now();
    let (_, report) = open(&killed);
    print("open after a kill", begin.elapsed().as_secs_f64(), "s", 1.0);
    println!("# {} entries out of the journal, {:?}", report.replayed, report.index);
    let begin = Instant::now();
    let read = bench.ledger.scan(0).filter(|step| step.is_ok()).count();
    print("scan", read as f64 / begin.elapsed().as_secs_f64(), "1/s", 1.0);
    drop(bench.ledger);
    std::fs::remove_dir_all(data.join("index")).expect("removed");
    let begin = Instant::now();
    let (ledger, _) = open(&data);
    print("make the index again", ledger.size() as f64 / begin.elapsed().as_secs_f64(), "1/s", 1.0);
}

fn open(data: &Path) -> (Ledger, OpenReport) {
    Ledger::open(data, identity(NORTH), Signer::of(identity(NORTH)), OFFICES).expect("it opens")
}

fn print(name: &str, value: f64, unit: &str, limit: f64) {
    println!(
        "{{\"name\":\"{name}\",\"value\":{value:.4},\"unit\":\"{unit}\",\"limit\":{limit:.1},\"ratio\":{:.3}}}",
        value / limit
    );
}

/// Seconds of processor time of this process so far.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("linux");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    (fields[11].parse::<f64>().expect("ticks") + fields[12].parse::<f64>().expect("ticks")) / 100.0
}

/// Runs `work` on `count` events and also prints the processor time of one: it says more than the clock on a busy machine.
fn timed(name: &str, count: u64, work: impl FnOnce() -> f64) -> f64 {
    let before = cpu();
    let value = work();
    println!("# {name}: {:.2} us of processor time an event", (cpu() - before) * 1e6 / count as f64);
    value
}

fn fdatasync(folder: &Path) -> f64 {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(folder.join("blocks"))
        .expect("a file");
    file.write_all_at(&vec![0; 16 << 20], 0).expect("written");
    file.sync_all().expect("synced");
    let begin = Instant::now();
    let count = 3_000;
    for step in 0..count {
        file.write_all_at(&[7; 512], step * 512).expect("written");
        file.sync_data().expect("synced");
    }
    count as f64 / begin.elapsed().as_secs_f64()
}

fn bytes_on_disk(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let files = office::files(folder);
    let kept = files.iter().filter(|path| !path.to_string_lossy().contains("journal."));
    kept.map(|path| path.metadata().map_or(0, |found| found.blocks() * 512)).sum()
}

struct Bench {
    ledger: Ledger,
    drafts: Drafts,
}

impl Bench {
    fn draft(&self, number: u64) -> Unplaced {
        // Entries of one thread stand far apart, as they do in life.
        let lane = number % 500;
        let thread = lane + 500 * (number / (500 * THREAD_OF));
        let mut id = [0; 16];
        id[..8].copy_from_slice(&thread.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
        id[8..].copy_from_slice(&thread.to_le_bytes());
        let audience = if number.is_multiple_of(4) { Audience::Office(SOUTH) } else { Audience::Nobody };
        self.drafts.section(ThreadId(id), audience, BODY)
    }

    fn fill(&self, count: u64) {
        let mut left = count;
        while left > 0 {
            let batch = left.min(64);
            let from = self.ledger.size();
            self.commit((from..from + batch).map(|number| self.draft(number)).collect());
            left -= batch;
        }
    }

    fn commit(&self, drafts: Vec<Unplaced>) {
        self.ledger.commit(drafts, Timestamp(1)).expect("committed");
    }

    fn single(&self, count: u64) -> f64 {
        let drafts: Vec<_> = (0..count).map(|step| self.draft(self.ledger.size() + step)).collect();
        let begin = Instant::now();
        for draft in drafts {
            self.commit(vec![draft]);
        }
        count as f64 / begin.elapsed().as_secs_f64()
    }

    fn batches(&self, count: u64) -> f64 {
        let from = self.ledger.size();
        let batches: Vec<Vec<_>> = (0..count / 64)
            .map(|batch| (0..64).map(|step| self.draft(from + batch * 64 + step)).collect())
            .collect();
        let begin = Instant::now();
        let count: usize = batches.iter().map(Vec::len).sum();
        for batch in batches {
            self.commit(batch);
        }
        count as f64 / begin.elapsed().as_secs_f64()
    }

    fn writers(&self, writers: u64, count: u64) -> f64 {
        let from = self.ledger.size();
        let mut work: Vec<Vec<_>> = (0..writers)
            .map(|writer| {
                (0..count / writers).map(|step| self.draft(from + step * writers + writer)).collect()
            })
            .collect();
        let gate = std::sync::Barrier::new(writers as usize + 1);
        std::thread::scope(|scope| {
            for drafts in work.drain(..) {
                let gate = &gate;
                scope.spawn(move || {
                    gate.wait();
                    for draft in drafts {
                        self.commit(vec![draft]);
                    }
                    gate.wait();
                });
            }
            gate.wait();
            let begin = Instant::now();
            gate.wait();
            (count / writers * writers) as f64 / begin.elapsed().as_secs_f64()
        })
    }

    /// Reads the newest entries with all that travels.
    fn publish(&self, count: u64) -> f64 {
        let (head, _) = self.ledger.checkpoint();
        let begin = Instant::now();
        for index in head.size - count..head.size {
            let entry = self.ledger.entry(index).expect("an entry");
            let bodies = self.ledger.bodies(index).expect("bodies");
            let path = self.ledger.inclusion(index, head.size).expect("a path");
            assert!(!entry.is_empty() && !bodies.is_empty() && !path.is_empty());
        }
        count as f64 / begin.elapsed().as_secs_f64()
    }

    /// Lists a thread and reads and parses its entries; p50 in microseconds.
    fn threads(&self) -> f64 {
        let size = self.ledger.size();
        let mut times: Vec<Duration> = Vec::new();
        let mut step = 0_u64;
        while times.len() < 2_000 {
            step += 7_919;
            let number = step * 104_729 % size;
            let thread =
                Entry::parse(&self.ledger.entry(number).expect("an entry")).expect("it reads").thread;
            let begin = Instant::now();
            let indices = self.ledger.thread(thread).expect("a thread");
            let entries: Vec<Entry> = indices
                .iter()
                .map(|index| Entry::parse(&self.ledger.entry(*index).expect("an entry")).expect("it reads"))
                .collect();
            let time = begin.elapsed();
            if entries.len() == THREAD_OF as usize {
                times.push(time);
            }
        }
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1e6
    }
}
