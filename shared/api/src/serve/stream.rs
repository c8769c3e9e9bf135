//! Streams of changes: first every row that is there, then "caught up", then each row as it changes, for as long as somebody listens.
//!
//! A stream reads rows up to the newest entry that was applied as a whole, in batches, off the runtime's threads, and only as fast
//! as its listener takes them: it queues nothing but one batch. A row that changed several times meanwhile is told once.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use futures::stream;
use tokio::sync::watch;
use tonic::Status;

use crate::convert::list::Resume;

/// Rows read at once, at most, but for rows of one version, which are never parted.
pub const BATCH: usize = 256;

/// What a service sends.
pub type Sent<M> = Pin<Box<dyn Stream<Item = Result<M, Status>> + Send>>;

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told<T> {
    /// A row as it stands now.
    Row(T),
    /// Everything that was there when the stream began has been told.
    CaughtUp,
}

/// Where a stream learns of changes and where it begins.
#[derive(Debug)]
pub struct Feed {
    /// The own-log index after the newest entry applied; changes with it.
    pub changes: watch::Receiver<u64>,
    /// The incarnation of the office's log.
    pub log: u32,
    /// Where the listener was before.
    pub resume: Option<Resume>,
}

impl Feed {
    /// The version up to which the listener was told everything before; none when it begins anew.
    ///
    /// A place in another log, or in a future that a restored folder has not seen, is no place: everything is told again.
    #[must_use]
    pub fn since(&self) -> Option<u64> {
        let newest = *self.changes.borrow();
        self.resume.filter(|resume| resume.log == self.log && resume.next <= newest).map(|resume| resume.next)
    }
}

/// Rows changed since a version, oldest change first; a row that this listener did not ask for is none but has its version.
pub type Batch<T> = Vec<(u64, Option<T>)>;

/// A stream of what `read` finds, as messages that `tell` makes of a resume token and what is told.
///
/// `read(after, until)` answers rows with versions above `after` and up to `until`, at most [`BATCH`] but never parting rows of one
/// version; [`batch`] cuts them so. It may block.
pub fn watch<T, M>(
    feed: Feed,
    read: impl Fn(u64, u64) -> Result<Batch<T>, Status> + Send + Sync + 'static,
    tell: impl Fn(String, Told<T>) -> M + Send + 'static,
) -> Sent<M>
where
    T: Send + 'static,
    M: Send + 'static,
{
    let newest = *feed.changes.borrow();
    // A place in another log, or in a future that a restored folder has not seen, is no place: everything is told again.
    let known = feed.resume.filter(|resume| resume.log == feed.log && resume.next <= newest);
    let told = known.map_or(0, |resume| resume.next);
    let listening = Listening {
        changes: feed.changes,
        log: feed.log,
        read: Arc::new(read),
        tell,
        told,
        caught_up: false,
        queue: VecDeque::new(),
    };
    Box::pin(stream::unfold(Some(listening), |listening| async move { listening?.next().await }))
}

/// The first of `rows`, cut where a batch ends.
pub fn batch<K, R, T>(
    rows: impl Iterator<Item = (K, R)>,
    version: impl Fn(&R) -> u64,
    pick: impl Fn(K, R) -> Option<T>,
) -> Batch<T> {
    let mut picked: Batch<T> = Vec::new();
    for (key, row) in rows {
        let version = version(&row);
        if picked.len() >= BATCH && picked.last().is_some_and(|(last, _)| *last != version) {
            break;
        }
        picked.push((version, pick(key, row)));
    }
    picked
}

struct Listening<R, F, T> {
    changes: watch::Receiver<u64>,
    log: u32,
    read: Arc<R>,
    tell: F,
    /// Everything up to this version was read.
    told: u64,
    caught_up: bool,
    /// What is to be told, with the version that is told with it.
    queue: VecDeque<(u64, T)>,
}

impl<R, F, T, M> Listening<R, F, T>
where
    R: Fn(u64, u64) -> Result<Batch<T>, Status> + Send + Sync + 'static,
    F: Fn(String, Told<T>) -> M,
    T: Send + 'static,
{
    /// The next message and the rest of the stream; a fault is the last message.
    async fn next(mut self) -> Option<(Result<M, Status>, Option<Self>)> {
        loop {
            if let Some((version, row)) = self.queue.pop_front() {
                let message = (self.tell)(self.token(version), Told::Row(row));
                return Some((Ok(message), Some(self)));
            }
            let newest = *self.changes.borrow_and_update();
            if newest > self.told {
                match self.read_batch(newest).await {
                    Ok(()) => continue,
                    Err(status) => return Some((Err(status), None)),
                }
            }
            if !self.caught_up {
                self.caught_up = true;
                let message = (self.tell)(self.token(self.told), Told::CaughtUp);
                return Some((Ok(message), Some(self)));
            }
            // The sender is gone: this office is closing.
            self.changes.changed().await.ok()?;
        }
    }

    async fn read_batch(&mut self, newest: u64) -> Result<(), Status> {
        let (read, after) = (Arc::clone(&self.read), self.told);
        let batch = tokio::task::spawn_blocking(move || read(after, newest))
            .await
            .map_err(|_| crate::error::failed())??;
        let end =
            if batch.len() < BATCH { newest } else { batch.last().map_or(newest, |(version, _)| *version) };
        let mut complete = after;
        let mut rows = batch.into_iter().peekable();
        while let Some((version, row)) = rows.next() {
            // Only the last row of a version completes it.
            if rows.peek().is_none_or(|(next, _)| *next != version) {
                complete = version;
            }
            self.queue.extend(row.map(|row| (complete, row)));
        }
        self.told = end;
        Ok(())
    }

    fn token(&self, next: u64) -> String {
        Resume { log: self.log, next }.token()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::StreamExt as _;

    use super::*;
    use crate::convert::read::Reader;
    use crate::serve::rows::Rows;

    type Shared = Arc<Mutex<Rows<u8, u64>>>;

    fn listen(
        rows: &Shared,
        changes: &watch::Sender<u64>,
        resume: Option<Resume>,
        wanted: fn(u8) -> bool,
    ) -> Sent<(String, Told<u8>)> {
        let feed = Feed { changes: changes.subscribe(), log: 0, resume };
        let rows = Arc::clone(rows);
        let read = move |after, until| {
            let rows = rows.lock().unwrap();
            Ok(batch(rows.changed(after, until), |row| row.version, |key, _| wanted(key).then_some(key)))
        };
        watch(feed, read, |token, told| (token, told))
    }

    fn office(changed: &[(u8, u64)]) -> (Shared, watch::Sender<u64>) {
        let (rows, changes) = (Shared::default(), watch::Sender::new(0));
        change(&rows, &changes, changed);
        (rows, changes)
    }

    fn change(rows: &Shared, changes: &watch::Sender<u64>, changed: &[(u8, u64)]) {
        for (key, version) in changed {
            rows.lock().unwrap().put(*key, *version, *version);
            changes.send_replace(*version);
        }
    }

    async fn take(stream: &mut Sent<(String, Told<u8>)>, count: usize) -> Vec<(String, Told<u8>)> {
        stream.take(count).map(|message| message.unwrap()).collect().await
    }

    fn resume_of(message: &(String, Told<u8>)) -> Option<Resume> {
        Reader::read(|reader| crate::convert::list::resume(reader, &message.0)).unwrap()
    }

    #[tokio::test]
    async fn what_is_there_is_told_then_caught_up_then_what_changes() {
        let (rows, changes) = office(&[(1, 1), (2, 2), (1, 3)]);
        let mut stream = listen(&rows, &changes, None, |_| true);
        let told: Vec<_> = take(&mut stream, 3).await.into_iter().map(|(_, told)| told).collect();
        assert_eq!(told, [Told::Row(2), Told::Row(1), Told::CaughtUp]);
        change(&rows, &changes, &[(2, 4)]);
        assert_eq!(take(&mut stream, 1).await[0].1, Told::Row(2));
    }

    #[tokio::test]
    async fn a_broken_stream_goes_on_after_any_message_without_a_gap() {
        let (rows, changes) = office(&[(1, 1), (2, 2), (3, 2), (4, 3)]);
        let all = take(&mut listen(&rows, &changes, None, |_| true), 5).await;
        for (broken_after, message) in all.iter().enumerate() {
            let mut resumed = listen(&rows, &changes, resume_of(message), |_| true);
            let mut rest = vec![];
            while let Some(Ok((_, Told::Row(row)))) = resumed.next().await {
                rest.push(row);
            }
            for expected in &all[broken_after + 1..] {
                assert!(
                    matches!(expected.1, Told::CaughtUp)
                        || rest.iter().any(|row| expected.1 == Told::Row(*row))
                );
            }
        }
        assert_eq!(resume_of(&all[4]), Some(Resume { log: 0, next: 3 }));
    }

    #[tokio::test]
    async fn rows_not_asked_for_are_passed_over_and_move_the_place() {
        let (rows, changes) = office(&[(1, 1), (2, 2), (3, 3)]);
        let told = take(&mut listen(&rows, &changes, None, |key| key == 2), 2).await;
        assert_eq!(told[0].1, Told::Row(2));
        assert_eq!(resume_of(&told[1]), Some(Resume { log: 0, next: 3 }));
    }

    #[tokio::test]
    async fn a_place_in_another_log_or_in_the_future_is_told_everything_again() {
        let (rows, changes) = office(&[(1, 1)]);
        for resume in [Resume { log: 1, next: 1 }, Resume { log: 0, next: 2 }] {
            assert_eq!(
                take(&mut listen(&rows, &changes, Some(resume), |_| true), 1).await[0].1,
                Told::Row(1)
            );
        }
    }

    #[tokio::test]
    async fn more_rows_than_a_batch_are_all_told_once() {
        let (rows, changes) = (Arc::new(Mutex::new(Rows::default())), watch::Sender::new(0));
        for key in 0..3 * BATCH as u64 {
            rows.lock().unwrap().put(key, key / 2 + 1, key);
        }
        changes.send_replace(2 * BATCH as u64);
        let feed = Feed { changes: changes.subscribe(), log: 0, resume: None };
        let read = move |after, until| {
            Ok(batch(rows.lock().unwrap().changed(after, until), |row| row.version, |key, _| Some(key)))
        };
        let told: Vec<_> =
            watch(feed, read, |_, told| told).take(3 * BATCH + 1).map(|told| told.unwrap()).collect().await;
        let keys: Vec<_> = (0..3 * BATCH as u64).map(Told::Row).chain([Told::CaughtUp]).collect();
        assert_eq!(told, keys);
    }

    #[tokio::test]
    async fn a_stream_ends_when_the_office_closes() {
        let (rows, changes) = office(&[]);
        let mut stream = listen(&rows, &changes, None, |_| true);
        assert_eq!(take(&mut stream, 1).await[0].1, Told::CaughtUp);
        drop(changes);
        assert!(stream.next().await.is_none());
    }
}
