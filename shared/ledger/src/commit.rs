//! Group commit: whoever finds nobody committing commits for all who wait.
//!
//! A caller prepares its command, queues it, and either leads or sleeps. The leader takes everything that waits, has it placed,
//! signed and made durable by one sync, hands the lead to the first of those who came meanwhile, and wakes the rest.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

use waymark_domain::time::Timestamp;
use waymark_seal::unplaced::Unplaced;

use crate::again;
use crate::draft::{self, Draft};
use crate::fault::CommitFault;
use crate::index::Doubt;
use crate::ledger::Ledger;
use crate::tail::Placed;

/// Bounds what one group holds, so that nobody waits long for a group that takes long.
const GROUP_BYTES_MAX: usize = 2 * 1024 * 1024;
const GROUP_ENTRIES_MAX: usize = 2048;

type Answer = Result<Vec<Placed>, CommitFault>;

/// Commands that wait.
#[derive(Default)]
pub(crate) struct Queue {
    inner: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    requests: VecDeque<Request>,
    led: bool,
}

struct Request {
    drafts: Vec<Draft>,
    now: Timestamp,
    ticket: Arc<Ticket>,
    answered: bool,
}

struct Ticket {
    state: Mutex<State>,
    caller: Thread,
}

enum State {
    Waiting,
    Lead,
    Answered(Answer),
}

impl Ticket {
    fn set(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
        self.caller.unpark();
    }

    /// Sleeps until there is an answer, or `None` when the caller is to lead.
    fn wait(&self) -> Option<Answer> {
        loop {
            match std::mem::replace(
                &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner),
                State::Waiting,
            ) {
                State::Answered(answer) => return Some(answer),
                State::Lead => return None,
                State::Waiting => {}
            }
            thread::park();
        }
    }
}

impl Request {
    fn bytes(&self) -> usize {
        // An entry is seldom above half a kilobyte; this only bounds the group.
        let public = |draft: &Draft| draft.unplaced.as_ref().map_or(0, |unplaced| unplaced.public.len());
        self.drafts.iter().map(|draft| draft.record.len() + public(draft) + 512).sum()
    }

    fn answer(&mut self, answer: Answer) {
        self.answered = true;
        self.ticket.set(State::Answered(answer));
    }
}

/// A request that is dropped without an answer, because the leader panicked, does not leave its caller asleep.
impl Drop for Request {
    fn drop(&mut self) {
        if !self.answered {
            self.answer(Err(CommitFault::Poisoned));
        }
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a command; `true` when its caller leads.
    fn join(&self, request: Request) -> bool {
        let mut waiting = self.lock();
        waiting.requests.push_back(request);
        !std::mem::replace(&mut waiting.led, true)
    }

    /// What the next group holds: at least one command.
    fn take(&self) -> Vec<Request> {
        let mut waiting = self.lock();
        let (mut bytes, mut entries) = (0, 0);
        let mut taken = Vec::new();
        while let Some(next) = waiting.requests.front() {
            bytes += next.bytes();
            entries += next.drafts.len();
            if !taken.is_empty() && (bytes > GROUP_BYTES_MAX || entries > GROUP_ENTRIES_MAX) {
                break;
            }
            taken.extend(waiting.requests.pop_front());
        }
        taken
    }

    fn hand_over(&self) {
        let mut waiting = self.lock();
        match waiting.requests.front() {
            Some(next) => next.ticket.set(State::Lead),
            None => waiting.led = false,
        }
    }
}

impl Ledger {
    /// Commits one command: all of its entries or none. Returns once they are durable, under a signed head that is as durable.
    ///
    /// A `Received` keeps the entry it names. A `Receipted` keeps its one receipt, or carries each as a body (`Kept` in postcard):
    /// that is how an index made again knows what was receipted.
    /// Drafts of one command stand next to each other in the log, in their order. `now` is noted as the time of the last commit.
    ///
    /// # Errors
    /// [`CommitFault`]: nothing of the command is in the log. Only after [`CommitFault::Poisoned`] it is unknown whether it is,
    /// until the ledger is opened again.
    pub fn commit(&self, command: Vec<Unplaced>, now: Timestamp) -> Result<Vec<Placed>, CommitFault> {
        if command.is_empty() {
            return Ok(Vec::new());
        }
        let drafts = draft::prepare(&self.core, command)?;
        let ticket = Arc::new(Ticket { state: Mutex::new(State::Waiting), caller: thread::current() });
        let leads = self.queue.join(Request { drafts, now, ticket: Arc::clone(&ticket), answered: false });
        if !leads && let Some(answer) = ticket.wait() {
            return answer;
        }
        self.lead();
        ticket.wait().unwrap_or(Err(CommitFault::Poisoned))
    }

    /// Commits one group and hands the lead on, even when something panics on the way.
    fn lead(&self) {
        struct HandOver<'a>(&'a Queue);
        impl Drop for HandOver<'_> {
            fn drop(&mut self) {
                self.0.hand_over();
            }
        }
        let hand_over = HandOver(&self.queue);
        let mut requests = self.queue.take();
        let answers = self.commit_group(&mut requests);
        drop(hand_over);
        for (mut request, answer) in requests.into_iter().zip(answers) {
            match &answer {
                // After a failed sync the command may be in the log, and then its large bodies are the only copy.
                Ok(_) | Err(CommitFault::Poisoned) => {}
                Err(_) => draft::forget(&self.core, &request.drafts),
            }
            request.answer(answer);
        }
    }

    fn commit_group(&self, requests: &mut [Request]) -> Vec<Answer> {
        let mut commands: Vec<_> =
            requests.iter_mut().map(|request| std::mem::take(&mut request.drafts)).collect();
        let now = requests.iter().map(|request| request.now).max().unwrap_or_default();
        let answers =
            self.commit_commands(&mut commands, now).unwrap_or_else(|fault| vec![Err(fault); commands.len()]);
        for (request, command) in requests.iter_mut().zip(commands) {
            request.drafts = command;
        }
        answers
    }

    fn commit_commands(
        &self,
        commands: &mut [Vec<Draft>],
        now: Timestamp,
    ) -> Result<Vec<Answer>, CommitFault> {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        if self.core.is_poisoned() {
            return Err(CommitFault::Poisoned);
        }
        let known = match tail.thread_ends(&self.core, commands) {
            Ok(known) => known,
            Err(Doubt::Disk(fault)) => return Err(draft::refused(fault)),
            Err(Doubt::Damaged) => {
                again::make_index_again(&self.core, &mut tail)?;
                tail.thread_ends(&self.core, commands).map_err(|_| CommitFault::Disk)?
            }
        };
        let mut staged = tail.stage(&self.core, commands, known);
        if !staged.is_empty() {
            tail.commit(&self.core, &mut staged, now)?;
        }
        Ok(staged.answers)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;

    use waymark_domain::ids::ThreadId;
    use waymark_seal::entry::Audience;

    use super::*;
    use crate::journal::JournalFile;
    use crate::office::{Drafts, NORTH, NOW, create, open};

    #[test]
    fn after_a_failed_sync_nothing_is_taken_until_the_ledger_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path(), NORTH);
        let (ledger, _) = open(folder.path(), NORTH).unwrap();
        let drafts = Drafts::new(NORTH, 1);
        let commit =
            |ledger: &Ledger| ledger.commit(vec![drafts.bare(ThreadId([1; 16]), Audience::Nobody)], NOW);
        commit(&ledger).unwrap();
        {
            // Takes every write and cannot be synced.
            let null = OpenOptions::new().read(true).write(true).open("/dev/null").unwrap();
            let mut tail = ledger.tail.lock().unwrap();
            let active = tail.journal.active;
            tail.journal.files[active] = Arc::new(JournalFile { file: null, length: 1 << 20 });
        }
        let large = drafts.section(ThreadId([1; 16]), Audience::Nobody, 300_000);
        let event = large.event;
        assert!(matches!(ledger.commit(vec![large], NOW), Err(CommitFault::Poisoned)));
        assert!(ledger.core.segments.has_large(event), "its entry may be in the log");
        assert!(matches!(commit(&ledger), Err(CommitFault::Poisoned)));
        assert!(matches!(ledger.settle(), Err(CommitFault::Poisoned)));
        assert_eq!(ledger.size(), 1);
        assert!(ledger.entry(0).is_ok(), "reading goes on");
        drop(ledger);
        let (ledger, report) = open(folder.path(), NORTH).unwrap();
        assert_eq!((report.head.size, report.clean), (1, false));
        assert_eq!(report.findings, [crate::Finding::LargeBodyLeft]);
        commit(&ledger).unwrap();
    }

    #[test]
    fn a_ledger_is_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Ledger>();
    }
}
