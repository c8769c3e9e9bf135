//! Reading the own log with all cores: parts of it are read and judged ahead, and taken in the order of the log.

use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use waymark_domain::ids::Hash;

use crate::desk::Desk;
use crate::order::Failure;

/// Entries of one part: some hundred kilobytes.
const PART: u64 = 1_024;
/// Parts that each reader may be ahead.
const AHEAD: usize = 2;
/// Readers, at most: more than this wait for the one who takes.
const READERS_MAX: usize = 4;

type Part<T> = Result<Vec<T>, Failure>;

impl Desk {
    /// Reads the entries `from..to` of the own log: `read` makes something of each and its
    /// leaf hash, on any thread; `take` gets it in the order of
    /// the log, on this one.
    ///
    /// # Errors
    /// The first [`Failure`] in that order; nothing after it is taken.
    pub(crate) fn read_ahead<T: Send>(
        &self,
        from: u64,
        to: u64,
        read: impl Fn(u64, &[u8], Hash) -> Result<T, Failure> + Sync,
        mut take: impl FnMut(u64, T) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let readers = thread::available_parallelism().map_or(1, NonZeroUsize::get).clamp(1, READERS_MAX);
        thread::scope(|scope| {
            let parts: Vec<Receiver<Part<T>>> = (0..readers as u64)
                .map(|reader| {
                    let (gives, gets) = sync_channel(AHEAD);
                    let read = &read;
                    scope.spawn(move || {
                        self.read_parts(from + reader * PART, readers as u64 * PART, to, read, &gives)
                    });
                    gets
                })
                .collect();
            let mut index = from;
            for part in parts.iter().cycle() {
                if index >= to {
                    return Ok(());
                }
                // A reader that stopped without a word has panicked; the scope tells that once this returns.
                let Ok(read) = part.recv() else { return Ok(()) };
                for entry in read? {
                    take(index, entry)?;
                    index += 1;
                }
            }
            Ok(())
        })
    }

    /// One reader: every part that is its own.
    fn read_parts<T>(
        &self,
        first: u64,
        step: u64,
        to: u64,
        read: &(impl Fn(u64, &[u8], Hash) -> Result<T, Failure> + Sync),
        gives: &SyncSender<Part<T>>,
    ) {
        let mut begin = first;
        while begin < to {
            let part = self.read_part(begin, to.min(begin + PART), read);
            // Nobody takes any more after a failure.
            if gives.send(part).is_err() {
                return;
            }
            begin += step;
        }
    }

    fn read_part<T>(
        &self,
        from: u64,
        to: u64,
        read: &(impl Fn(u64, &[u8], Hash) -> Result<T, Failure> + Sync),
    ) -> Part<T> {
        let mut part = Vec::with_capacity(usize::try_from(to - from).unwrap_or_default());
        for entry in self.ledger.scan(from) {
            let (index, bytes, leaf) = entry?;
            if index >= to {
                break;
            }
            part.push(read(index, &bytes, leaf)?);
        }
        if part.len() as u64 == to - from {
            Ok(part)
        } else {
            Err(Failure::Inconsistent("the log ends early"))
        }
    }
}
