//! Work on all cores: parts are read and judged ahead, and taken in their order.

use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Parts that each reader may be ahead.
const AHEAD: usize = 4;
/// Readers, at most: more than this wait for the one who takes.
const READERS_MAX: usize = 8;

/// Makes parts `0..parts` with `read`, on any thread, and gives them to `take` in order, until it says `false`.
pub(crate) fn ahead<T: Send>(
    parts: u64,
    read: impl Fn(u64) -> T + Sync,
    mut take: impl FnMut(u64, T) -> bool,
) {
    let readers = thread::available_parallelism().map_or(1, NonZeroUsize::get).clamp(1, READERS_MAX) as u64;
    thread::scope(|scope| {
        let made: Vec<Receiver<T>> = (0..readers)
            .map(|reader| {
                let (gives, gets) = sync_channel(AHEAD);
                let read = &read;
                scope.spawn(move || some(reader, readers, parts, read, &gives));
                gets
            })
            .collect();
        for (part, from) in (0..parts).zip(made.iter().cycle()) {
            // A reader that stopped without a word has panicked; the scope tells that once this returns.
            let Ok(made) = from.recv() else { return };
            if !take(part, made) {
                return;
            }
        }
    });
}

fn some<T>(first: u64, step: u64, parts: u64, read: &impl Fn(u64) -> T, gives: &SyncSender<T>) {
    let mut part = first;
    while part < parts && gives.send(read(part)).is_ok() {
        part += step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_in_order_and_stop_when_nobody_wants_more() {
        let mut taken = Vec::new();
        ahead(
            100,
            |part| part * part,
            |part, square| {
                taken.push(square);
                part < 49
            },
        );
        assert_eq!(taken, (0..50).map(|part| part * part).collect::<Vec<u64>>());
        ahead(0, |_| (), |_, ()| panic!("there is no part"));
    }
}
