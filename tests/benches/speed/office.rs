//! One office with many open cases: audit and replay of its log, what its projections take, how fast it starts.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tokio_stream::StreamExt as _;
use waymark_api::v1::{self, audit_service_server::AuditService as _};
use waymark_audit::AuditApi;
use waymark_cases::CasesProjection;
use waymark_desk::{Desk, Order, Projection, Thread};
use waymark_domain::command::{OpenCase, RecordSection};
use waymark_domain::ids::{OfficeId, ThreadId};
use waymark_domain::section::{Content, Field};
use waymark_domain::words::Category;
use waymark_returns::ReturnsProjection;
use waymark_seal::entry::Entry;
use waymark_seal::hash::sha256;
use waymark_shelters::SheltersProjection;

use crate::measure::{an_entry, beside, costed, p50, p95, section_opens, spins};
use crate::report::{Reach, Row};
use crate::town::{STAFF, Town};

/// Entries of each case: it is opened, then written in.
const CASE_OF: u64 = 20;
/// Commands in flight while the cases are written.
const WRITERS: u64 = 64;
/// Rounds of what is cheap to repeat.
const ROUNDS: usize = 3;

/// The three projections of an office.
pub(crate) fn projections(me: OfficeId) -> Vec<Arc<dyn Projection>> {
    vec![
        Arc::new(CasesProjection::new(me)),
        Arc::new(SheltersProjection::new(me)),
        Arc::new(ReturnsProjection::new(me)),
    ]
}

/// A text whose section pads to 512 B.
pub(crate) fn account() -> Content {
    Content::Fields(vec![(Field::Account, "x".repeat(503))])
}

/// An office with all entries, and its cases.
pub(crate) struct Grown {
    /// Office 1 is the large one; office 2 only refers to it.
    pub(crate) town: Town,
    cases: Vec<ThreadId>,
}

impl Grown {
    /// Writes cases until the log holds `entries`.
    pub(crate) fn to(entries: u64) -> Self {
        let town = Town::with(2, projections);
        let begin = Instant::now();
        let cases = write_cases(&town.desk(1), entries);
        let written = cases.len() as u64 * CASE_OF;
        Row {
            name: "commands of the desk, 64 in flight (decide, seal, append, apply)",
            value: written as f64 / begin.elapsed().as_secs_f64(),
            unit: "1/s",
            limit: None,
            reach: Reach::Told,
        }
        .print();
        Self { town, cases }
    }
}

/// Measures an office that has grown, and leaves it open; gives how many reaches were missed.
pub(crate) fn run(grown: &mut Grown) -> usize {
    let Grown { town, cases } = grown;
    let mut missed = audit(&town.desk(1));
    missed += replay(town);
    missed += opened(&town.desk(1), cases);
    told(&town.desk(1), cases);
    missed += memory(town, cases.len());
    missed += start(town);
    town.open(1);
    missed
}

/// Opens cases and writes in them, until they have so many entries.
pub(crate) fn write_cases(desk: &Arc<Desk>, entries: u64) -> Vec<ThreadId> {
    let begin = Instant::now();
    let each = entries / CASE_OF / WRITERS;
    std::thread::scope(|scope| {
        let writer = |number: u64| {
            move || {
                let one = |step: u64| {
                    let cases = write_case(desk);
                    if number == 0 && step % 64 == 63 {
                        eprintln!(
                            "# {} entries written after {:.0?}",
                            desk.durable_head().1.size,
                            begin.elapsed()
                        );
                    }
                    cases
                };
                (0..each).map(one).collect::<Vec<_>>()
            }
        };
        let writers: Vec<_> = (0..WRITERS).map(|number| scope.spawn(writer(number))).collect();
        writers.into_iter().flat_map(|writer| writer.join().expect("a writer ends")).collect()
    })
}

fn write_case(desk: &Desk) -> ThreadId {
    let case = desk.submit(Order::new(OpenCase::default().into(), STAFF)).expect("opened").thread;
    for _ in 1..CASE_OF {
        let record = RecordSection { case, category: Category::Narrative, content: account() };
        desk.submit(Order::new(record.into(), STAFF)).expect("recorded");
    }
    case
}

fn audit(desk: &Desk) -> usize {
    let entry = an_entry();
    let limit = spins(|| {
        black_box(sha256(&[&[0], black_box(&entry)]));
    });
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            let found = desk.verify_log(0, &|_, _| {}).expect("it can be read");
            assert!(found.faults.is_empty(), "the log does not hold: {:?}", found.faults);
            found.checked as f64 / begin.elapsed().as_secs_f64()
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    let row = Row {
        name: "audit of a log: every leaf, path and tree head",
        value: rounds[ROUNDS / 2],
        unit: "1/s",
        limit: Some(("SHA-256 of an entry on one core", limit)),
        reach: Reach::Share(0.25),
    };
    usize::from(!row.print())
}

/// The office starts without a snapshot: it reads its whole log into all projections.
fn replay(town: &mut Town) -> usize {
    let entry = an_entry();
    let limit = spins(|| {
        black_box(postcard::from_bytes::<Entry>(black_box(&entry)).expect("it reads"));
    });
    town.crash(1);
    let begun = std::cell::Cell::new(None);
    let ended = std::cell::Cell::new((Instant::now(), 0));
    town.open_watched(1, &|done, _| {
        if begun.get().is_none() {
            begun.set(Some((Instant::now(), done)));
        }
        ended.set((Instant::now(), done));
    });
    let (begin, first) = begun.get().expect("progress was told");
    let (end, last) = ended.get();
    let row = Row {
        name: "replay into all projections, sections not opened",
        value: (last - first) as f64 / (end - begin).as_secs_f64(),
        unit: "1/s",
        limit: Some(("postcard decodes of an entry on one core", limit)),
        reach: Reach::Share(0.3),
    };
    usize::from(!row.print())
}

/// Every thread read back, folded, and each of its sections opened.
fn opened(desk: &Desk, cases: &[ThreadId]) -> usize {
    let sample = &cases[..cases.len().min(4_000)];
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = sample.len().div_ceil(threads);
    let replay = || {
        std::thread::scope(|scope| {
            for part in sample.chunks(share) {
                scope.spawn(|| part.iter().for_each(|case| open_all(desk, *case)));
            }
        });
    };
    let (limit, value) =
        beside(section_opens, || costed("open", sample.len() * (CASE_OF as usize - 1), replay));
    let row = Row {
        name: "replay with every section opened",
        value,
        unit: "1/s",
        limit: Some(("section opens on one core", limit)),
        reach: Reach::Share(0.7),
    };
    usize::from(!row.print())
}

/// Threads told to an auditor, as the service streams them: what a thread costs does not grow with the log, so there is no snapshot to
/// begin from.
fn told(desk: &Arc<Desk>, cases: &[ThreadId]) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let audit = AuditApi::new(Arc::clone(desk));
    let one = |case: &ThreadId| {
        let request = v1::ReplayThreadRequest { thread: case.to_string(), ..Default::default() };
        let begin = Instant::now();
        let lines = runtime.block_on(async {
            let stream =
                audit.replay_thread(tonic::Request::new(request)).await.expect("a thread").into_inner();
            stream.map(|message| message.expect("it can be read")).collect::<Vec<_>>().await
        });
        assert!(lines.len() > CASE_OF as usize);
        begin.elapsed()
    };
    let step = cases.len().div_ceil(1_000);
    let times: Vec<_> = cases.iter().step_by(step).map(one).collect();
    for (name, value) in [
        ("audit replay of a thread of 20 events, p50", p50(times.clone())),
        ("audit replay of a thread of 20 events, p95", p95(times)),
    ] {
        Row { name, value, unit: "us", limit: None, reach: Reach::Told }.print();
    }
}

fn open_all(desk: &Desk, case: ThreadId) {
    let mut thread = Thread::default();
    let mut opened = 0;
    for seen in desk.history(case).expect("it can be read") {
        thread.take(desk.me(), &seen);
        if !seen.sections.is_empty() {
            desk.open_seen(&thread, &seen, Category::Narrative).expect("it opens");
            opened += 1;
        }
    }
    assert_eq!(opened, CASE_OF - 1);
}

/// What the rows of the projections take, by the memory that a process of its own gains when it reads them from a snapshot.
fn memory(town: &Town, cases: usize) -> usize {
    let folder = town.folder.join("snapshots");
    std::fs::create_dir(&folder).expect("a folder");
    for kept in &town.projections[&1] {
        std::fs::write(folder.join(kept.name()), kept.snapshot()).expect("written");
    }
    let program = std::env::current_exe().expect("this program has a path");
    let output = std::process::Command::new(program).arg("--memory").arg(&folder).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let gained: f64 = String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number");
    let row = Row {
        name: "memory per open case in the projections",
        value: gained / cases as f64,
        unit: "B",
        limit: None,
        reach: Reach::AtMost(2_048.0),
    };
    usize::from(!row.print())
}

/// In a process of its own: reads the snapshots in `folder` and prints how much memory the rows take.
pub(crate) fn print_memory(folder: &Path) {
    let before = resident();
    let kept = projections(OfficeId([1; 16]));
    for projection in &kept {
        let snapshot = std::fs::read(folder.join(projection.name())).expect("a snapshot");
        assert!(projection.restore(&snapshot), "{} does not read", projection.name());
    }
    println!("{}", resident().saturating_sub(before));
}

/// Bytes of this process in memory.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("linux");
    statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).expect("pages") * 4_096
}

fn start(town: &mut Town) -> usize {
    let entries = town.desk(1).durable_head().1.size;
    town.desk(1).close().expect("closed");
    town.crash(1);
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            town.open(1);
            let took = begin.elapsed().as_secs_f64();
            town.desk(1).close().expect("closed");
            town.crash(1);
            took
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    eprintln!("# start with {entries} entries");
    let row = Row {
        name: "start from a snapshot, with all entries",
        value: rounds[ROUNDS / 2],
        unit: "s",
        limit: None,
        reach: Reach::AtMost(1.0),
    };
    usize::from(!row.print())
}
