//! The background step: writes durable groups where they stay, and drains a journal file so that it can be used again.
//!
//! Nothing that is answered waits for it, except when both journal files are full. A full disk stops it until it is asked again;
//! any other fault poisons the ledger, because what it wrote may not be what the disk holds.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::core::Core;
use crate::disk::DiskFault;
use crate::index::{Doubt, Frozen};
use crate::journal::{FRAMES_AT, JournalFile, JournalHead, State};
use crate::writer::Writer;

/// Groups are written once this much has gathered: fewer calls, and readers find them in memory until then.
const WRITE_AT: usize = 256 * 1024;

/// What the settler is asked to do.
#[derive(Default)]
pub(crate) struct Orders {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    /// Bytes of groups not written yet.
    gathered: usize,
    drain: Option<Drain>,
    /// Try again, or do not wait for more.
    asked: bool,
    stop: bool,
    /// Passes finished, and whether the last one ran into a full disk.
    passes: u64,
    full: bool,
}

/// A journal file to be drained.
#[derive(Clone)]
pub(crate) struct Drain {
    /// Every entry below is in this file or before it.
    pub(crate) to: u64,
    pub(crate) frozen: Arc<Frozen>,
    pub(crate) file: Arc<JournalFile>,
    pub(crate) head: JournalHead,
    /// Where its frames end.
    pub(crate) used: u64,
}

/// The disk is full: nothing is lost, but nothing more can be taken.
pub(crate) struct Full;

enum Stopped {
    Full,
    Failed(DiskFault),
}

impl Stopped {
    fn writing(fault: DiskFault) -> Self {
        if fault.is_full() { Self::Full } else { Self::Failed(fault) }
    }
}

impl Orders {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, inner: MutexGuard<'a, Inner>) -> MutexGuard<'a, Inner> {
        self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner)
    }

    /// A group of so many bytes became durable.
    pub(crate) fn gathered(&self, bytes: usize) {
        let mut inner = self.lock();
        let before = inner.gathered;
        inner.gathered += bytes;
        if before < WRITE_AT && inner.gathered >= WRITE_AT {
            self.changed.notify_all();
        }
    }

    /// Hands over a journal file. The one before must be drained.
    pub(crate) fn drain(&self, drain: Drain) {
        self.lock().drain = Some(drain);
        self.changed.notify_all();
    }

    /// Waits until no journal file is being drained.
    pub(crate) fn drained(&self, core: &Core) -> Result<(), Full> {
        let mut inner = self.lock();
        let before = inner.passes;
        while inner.drain.is_some() {
            if core.is_poisoned() || inner.stop || inner.full && inner.passes > before {
                return Err(Full);
            }
            inner.asked = true;
            self.changed.notify_all();
            inner = self.wait(inner);
        }
        Ok(())
    }

    /// Where the journal file that is being drained begins.
    pub(crate) fn draining_from(&self) -> Option<u64> {
        self.lock().drain.as_ref().map(|drain| drain.head.base.size)
    }

    pub(crate) fn stop(&self) {
        self.lock().stop = true;
        self.changed.notify_all();
    }

    pub(crate) fn wake_all(&self) {
        // Whoever looked at the flag before it was set is waiting by the time the lock is free.
        drop(self.lock());
        self.changed.notify_all();
    }

    /// Waits for work; `None` to stop.
    fn next(&self) -> Option<Option<Drain>> {
        let mut inner = self.lock();
        loop {
            if inner.stop {
                return None;
            }
            let work = inner.drain.is_some() || inner.gathered >= WRITE_AT;
            if work && !inner.full || inner.asked {
                inner.asked = false;
                inner.gathered = 0;
                return Some(inner.drain.clone());
            }
            inner = self.wait(inner);
        }
    }

    fn finished(&self, outcome: Result<bool, Full>) {
        let mut inner = self.lock();
        inner.passes += 1;
        inner.full = outcome.is_err();
        if matches!(outcome, Ok(true)) {
            inner.drain = None;
        }
        self.changed.notify_all();
    }
}

/// Poisons the ledger when the settler panics: whoever waits for it is told instead of waiting for ever.
struct Alive<'a>(&'a Core);

impl Drop for Alive<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let fault = std::io::Error::other("a thread of the ledger ended");
            self.0.poison(&DiskFault { doing: "settling the journal", source: fault });
        }
    }
}

/// Runs until it is told to stop or the ledger is poisoned.
pub(crate) fn run(core: &Core, mut writer: Writer) {
    let _alive = Alive(core);
    while let Some(drain) = core.orders.next() {
        match pass(core, &mut writer, drain.as_ref()) {
            Ok(()) => core.orders.finished(Ok(drain.is_some())),
            Err(Stopped::Full) => {
                tracing::warn!("the disk is full: the journal cannot be settled");
                core.orders.finished(Err(Full));
            }
            Err(Stopped::Failed(fault)) => {
                core.poison(&fault);
                return;
            }
        }
    }
}

fn pass(core: &Core, writer: &mut Writer, drain: Option<&Drain>) -> Result<(), Stopped> {
    write_groups(core, writer).map_err(Stopped::writing)?;
    let Some(drain) = drain else { return Ok(()) };
    assert!(writer.next() >= drain.to, "a journal is drained only after its groups were pushed");
    let index = core.index();
    writer.sync(&core.tiles, &core.segments).map_err(Stopped::Failed)?;
    match index.places.sync() {
        Ok(()) => flush_index(core, &drain.frozen)?,
        Err(_) => index.put_in_doubt(),
    }
    core.write_checkpoint().map_err(Stopped::writing)?;
    free_journal(drain)
}

/// Writes what waits in memory.
pub(crate) fn write_groups(core: &Core, writer: &mut Writer) -> Result<(), DiskFault> {
    let mut groups = core.view.groups();
    groups.retain(|group| group.first >= writer.next());
    if groups.is_empty() {
        return Ok(());
    }
    let index = core.index();
    writer.write(&groups, &core.tiles, &core.segments, Some(&index.places))?;
    core.view.wrote(writer.next());
    Ok(())
}

fn flush_index(core: &Core, frozen: &Arc<Frozen>) -> Result<(), Stopped> {
    let index = core.index();
    if index.is_doubtful() {
        // It is made again before it is next used.
        return Ok(());
    }
    match index.flush(frozen) {
        Ok(()) => Ok(()),
        Err(Doubt::Disk(fault)) if fault.is_full() => Err(Stopped::Full),
        Err(Doubt::Disk(fault)) => {
            tracing::warn!(%fault, "the index is in doubt");
            index.put_in_doubt();
            Ok(())
        }
        Err(Doubt::Damaged) => {
            index.put_in_doubt();
            Ok(())
        }
    }
}

/// Says that the file's frames are settled, then leaves nothing of them.
fn free_journal(drain: &Drain) -> Result<(), Stopped> {
    let file = &drain.file;
    let head = JournalHead { state: State::Drained, ..drain.head };
    file.write_head(&head).map_err(Stopped::writing)?;
    file.sync().map_err(Stopped::Failed)?;
    file.zero(drain.used.max(FRAMES_AT)).map_err(Stopped::writing)?;
    file.sync().map_err(Stopped::Failed)?;
    file.write_head(&JournalHead { state: State::Free, ..head }).map_err(Stopped::writing)?;
    file.sync().map_err(Stopped::Failed)
}

#[cfg(test)]
mod tests {
    use waymark_domain::ids::ThreadId;
    use waymark_seal::entry::Audience;
    use waymark_seal::merkle::Frontier;

    use super::*;
    use crate::fault::CommitFault;
    use crate::office::{Drafts, NORTH, commit, create, open};

    #[test]
    fn a_settler_that_panics_lets_nobody_wait_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path(), NORTH);
        let (mut ledger, _) = open(folder.path(), NORTH).unwrap();
        let drafts = Drafts::new(NORTH, 1);
        commit(&ledger, (0..50).map(|_| drafts.bare(ThreadId([1; 16]), Audience::Nobody)).collect());
        ledger.settle().unwrap();
        ledger.core.orders.stop();
        ledger.settler.take().unwrap().join().unwrap();
        ledger.core.orders.lock().stop = false;
        let core = Arc::clone(&ledger.core);
        // Its writer does not stand where the log does, which is a bug that it notices.
        let settler = std::thread::spawn(move || run(&core, Writer::new(Frontier::new())));
        commit(&ledger, vec![drafts.bare(ThreadId([1; 16]), Audience::Nobody)]);
        assert!(matches!(ledger.settle(), Err(CommitFault::Poisoned)));
        assert!(settler.join().is_err());
    }
}
