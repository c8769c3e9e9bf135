//! One office: its folder, its desk while it is up, and how it ends: cleanly, killed, or killed in the middle of something.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use waymark_desk::{Clock, Desk, OpenFault, Options, Projection, Seen, Thread};
use waymark_domain::ids::{OfficeId, ThreadId};
use waymark_seal::rng::{Rng, Seeded};
use waymark_seal::vault::Passphrase;

use super::conduct::Conduct;

/// An office.
pub struct Office {
    /// From 1.
    pub number: u16,
    /// Its id.
    pub id: OfficeId,
    /// A shelter, or an office that takes responsibility.
    pub shelter: bool,
    /// What it does while it is up.
    pub desk: Option<Arc<Desk>>,
    /// The threads it has.
    pub watch: Arc<Watch>,
    folder: PathBuf,
    power: Arc<Power>,
    starts: u64,
}

/// What every office is opened with.
pub struct Surroundings {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How it decides and erases.
    pub conduct: Conduct,
    /// From which ids are drawn.
    pub seed: u64,
}

impl Office {
    /// An office whose folder is there; it is down.
    #[must_use]
    pub fn new(number: u16, id: OfficeId, shelter: bool, folder: PathBuf) -> Self {
        let (watch, power) = (Arc::default(), Arc::default());
        Self { number, id, shelter, desk: None, watch, folder, power, starts: 0 }
    }

    /// Opens the folder, as a node does at its start.
    ///
    /// # Errors
    /// It does not open.
    pub fn start(&mut self, surroundings: &Surroundings) -> Result<(), OpenFault> {
        self.starts += 1;
        self.power.last_for(0);
        self.watch = Arc::new(Watch::default());
        let stream = surroundings.seed.rotate_left(24) ^ (u64::from(self.number) << 32) ^ self.starts;
        let desk = Desk::open(Options {
            data: self.folder.clone(),
            passphrase: passphrase(),
            clock: Arc::clone(&surroundings.clock),
            rules: Arc::clone(&surroundings.conduct.rules),
            rng: Box::new(Powered(Seeded::new(stream), Arc::clone(&self.power))),
            keeping: surroundings.conduct.keeping(self.number),
            projections: vec![self.watch.clone()],
            progress: &|_, _| {},
        })?;
        self.desk = Some(desk);
        Ok(())
    }

    /// Ends it as its node does when it is asked to.
    pub fn stop(&mut self) {
        self.does(|desk| desk.close().expect("a desk whose disk works stops"));
        self.desk = None;
    }

    /// Ends it as kill -9 does: what it had written is there, and nothing is tidied up.
    pub fn crash(&mut self) {
        let Some(desk) = self.desk.take() else { return };
        let killed = self.folder.with_extension("killed");
        copy(&self.folder, &killed);
        // It tidies up a folder that nobody will open again.
        drop(desk);
        std::fs::remove_dir_all(&self.folder).expect("the folder of a dead office can be removed");
        std::fs::rename(&killed, &self.folder).expect("a folder can be renamed");
    }

    /// Its power fails when it has drawn so many random numbers more.
    pub fn falter(&self, draws: u32) {
        self.power.last_for(draws);
    }

    /// Lets it do something, unless it is down. When its power fails meanwhile it is killed there, and nothing comes back.
    pub fn does<T>(&mut self, work: impl FnOnce(&Arc<Desk>) -> T) -> Option<T> {
        let desk = self.desk.clone()?;
        let done = catch_unwind(AssertUnwindSafe(|| work(&desk)));
        drop(desk);
        match done {
            Ok(done) => Some(done),
            Err(thrown) if thrown.is::<PowerCut>() => {
                self.crash();
                None
            }
            Err(thrown) => resume_unwind(thrown),
        }
    }
}

/// What every vault of a simulation is opened with.
#[must_use]
pub fn passphrase() -> Passphrase {
    Passphrase::new(b"a passphrase for tests".to_vec())
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("a folder can be read") {
        let entry = entry.expect("an entry of a folder can be read");
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("a file can be copied");
        }
    }
}

/// How long the power lasts, in random numbers drawn; 0 is for ever.
#[derive(Default)]
struct Power(AtomicU32);

/// Thrown where the power fails.
struct PowerCut;

impl Power {
    fn last_for(&self, draws: u32) {
        self.0.store(draws, Ordering::SeqCst);
    }

    fn draw(&self) {
        let left = self.0.load(Ordering::SeqCst);
        self.last_for(left.saturating_sub(1));
        if left == 1 {
            // Not a panic that anybody is told of.
            resume_unwind(Box::new(PowerCut));
        }
    }
}

/// Randomness that stops its caller when the power fails.
struct Powered(Seeded, Arc<Power>);

impl Rng for Powered {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.1.draw();
        self.0.fill(bytes);
    }
}

/// A projection that remembers which threads there are, and which have changed since somebody looked.
#[derive(Default)]
pub struct Watch(Mutex<Threads>);

#[derive(Default)]
struct Threads {
    all: BTreeSet<ThreadId>,
    changed: BTreeSet<ThreadId>,
}

impl Watch {
    /// Every thread.
    pub fn all(&self) -> BTreeSet<ThreadId> {
        self.lock().all.clone()
    }

    /// The threads that have changed since this was asked last.
    pub fn changed(&self) -> BTreeSet<ThreadId> {
        std::mem::take(&mut self.lock().changed)
    }

    fn lock(&self) -> MutexGuard<'_, Threads> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, thread: ThreadId) {
        let mut threads = self.lock();
        threads.all.insert(thread);
        threads.changed.insert(thread);
    }
}

impl Projection for Watch {
    fn name(&self) -> &'static str {
        "simulation"
    }

    fn apply(&self, seen: &Seen, _: &Thread) {
        self.note(seen.thread);
    }

    fn snapshot(&self) -> Vec<u8> {
        self.lock().all.iter().flat_map(|thread| thread.0).collect()
    }

    fn restore(&self, snapshot: &[u8]) -> bool {
        let (threads, rest) = snapshot.as_chunks::<16>();
        threads.iter().for_each(|thread| self.note(ThreadId(*thread)));
        rest.is_empty()
    }
}
