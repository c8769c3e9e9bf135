//! How a figure is taken: several rounds, the limit beside the value in each, medians of both.

use std::fs::{File, OpenOptions};
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use waymark_domain::ids::{EventId, Hash, KeyId, NetworkId, OfficeId, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_domain::words::Category;
use waymark_seal::entry::{Audience, Basis, Entry, SUITE, SectionRef, VERSION};
use waymark_seal::rng::System;
use waymark_seal::section::{SectionContext, SectionKey, open_section, seal_section};

/// Rounds of each pair.
const ROUNDS: usize = 5;
/// How long a limit that needs no disk is measured in one round.
const SPIN: Duration = Duration::from_millis(200);

/// Medians of `value` and of the `limit` measured before each.
pub(crate) fn beside(mut limit: impl FnMut() -> f64, mut value: impl FnMut() -> f64) -> (f64, f64) {
    let mut rounds: Vec<(f64, f64)> = (0..ROUNDS).map(|_| (limit(), value())).collect();
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let limit = rounds[ROUNDS / 2].0;
    rounds.sort_by(|a, b| a.1.total_cmp(&b.1));
    (limit, rounds[ROUNDS / 2].1)
}

/// The middle of `times`, in microseconds.
pub(crate) fn p50(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6
}

/// What 19 of 20 of `times` stay below, in microseconds.
pub(crate) fn p95(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() * 19 / 20].as_secs_f64() * 1e6
}

/// How often a second `work` is done when one call does it `each` times.
pub(crate) fn rate(each: usize, work: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    work();
    each as f64 / begin.elapsed().as_secs_f64()
}

/// The same, and tells the processor time of one: on a busy machine that says more than the clock.
pub(crate) fn costed(name: &str, each: usize, work: impl FnOnce()) -> f64 {
    let before = processor_time();
    let rate = rate(each, work);
    let spent = processor_time().saturating_sub(before).as_secs_f64() * 1e6 / each as f64;
    eprintln!("# {name}: {spent:.2} us of processor time each");
    rate
}

/// Processor time of this process so far; Linux counts it in hundredths of a second.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("linux");
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    Duration::from_millis(10 * ticks.sum::<u64>())
}

/// How often a second `work` can be done on one core.
pub(crate) fn spins(mut work: impl FnMut()) -> f64 {
    let begin = Instant::now();
    let mut done = 0_u64;
    while begin.elapsed() < SPIN {
        for _ in 0..64 {
            work();
        }
        done += 64;
    }
    done as f64 / begin.elapsed().as_secs_f64()
}

/// A file of written blocks on the disk of `folder`.
pub(crate) struct Blocks {
    file: File,
    at: u64,
}

const BLOCKS: u64 = 64 << 20;

impl Blocks {
    pub(crate) fn new(folder: &Path) -> Self {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(folder.join("blocks"))
            .expect("a file");
        file.write_all_at(&vec![0; BLOCKS as usize], 0).expect("written");
        file.sync_all().expect("synced");
        Self { file, at: 0 }
    }

    /// How often a second `bytes` are written and synced.
    pub(crate) fn syncs(&mut self, bytes: &[u8], count: usize) -> f64 {
        rate(count, || {
            for _ in 0..count {
                if self.at + bytes.len() as u64 > BLOCKS {
                    self.at = 0;
                }
                self.file.write_all_at(bytes, self.at).expect("written");
                self.file.sync_data().expect("synced");
                self.at += bytes.len() as u64;
            }
        })
    }
}

/// A section that pads to 512 bytes: 508 of content, 4 of length.
pub(crate) const SECTION: [u8; 508] = [b'x'; 508];

/// A place for a section that belongs to nobody.
pub(crate) fn context() -> SectionContext {
    SectionContext {
        network: NetworkId([1; 16]),
        office: OfficeId([2; 16]),
        thread: ThreadId([3; 16]),
        basis: None,
        category: Category::Narrative,
        event: EventId([4; 16]),
        key: KeyId([5; 16]),
    }
}

/// Sections of 512 B sealed a second on one core.
pub(crate) fn section_seals() -> f64 {
    let key = SectionKey::from_bytes([6; 32]);
    let context = context();
    spins(|| {
        black_box(seal_section(&mut System, &key, &context, black_box(&SECTION)).expect("sealed"));
    })
}

/// Sections of 512 B opened a second on one core.
pub(crate) fn section_opens() -> f64 {
    let key = SectionKey::from_bytes([6; 32]);
    let context = context();
    let (sealed, _) = seal_section(&mut System, &key, &context, &SECTION).expect("sealed");
    spins(|| {
        black_box(open_section(&key, &context, black_box(&sealed)).expect("opened"));
    })
}

/// The bytes of an entry as most are here: own data with one section, no cause and no grant.
pub(crate) fn an_entry() -> Vec<u8> {
    let context = context();
    let section = SectionRef { category: 10, key: context.key, padded: 512, hash: Hash([8; 32]) };
    Entry {
        version: VERSION,
        suite: SUITE,
        network: context.network,
        office: context.office,
        log: 0,
        index: 500_000,
        event: context.event,
        roster: 1,
        claimed_at: Timestamp(1_795_500_000),
        audience: Audience::Nobody,
        pair_seq: 0,
        pair_prev: Hash([0; 32]),
        kind: 33,
        thread: context.thread,
        thread_prev: Some(499_000),
        basis: Basis::OwnData,
        causes: Vec::new(),
        public: vec![10],
        actor: vec![7; 24],
        sections: vec![section],
        grants: Vec::new(),
    }
    .encode()
}
