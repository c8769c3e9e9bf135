//! Ids of what a command creates. With a request id they are derived from it and a secret of the office, so that a repeated
//! request, even after a crash, names the same events and is found in the log instead of being done twice. A mark of what was asked
//! stands beside who asked, so that the same id with other content is not taken for the same request.

use std::cell::RefCell;

use waymark_domain::draft::Ids;
use waymark_domain::ids::{EventId, Hash, KemPublic, ThreadId};
use waymark_seal::actor::RequestMark;
use waymark_seal::hash::sha256;
use waymark_seal::kem::KemSecret;
use waymark_seal::prefix::{self, Prefix};

use crate::desk::Desk;

/// Events that one command writes, at most; a repeated request looks no further.
const EVENTS_MAX: u32 = 64;

/// The ids of one command, and the thread secrets made for it.
pub(crate) struct NewIds<'a> {
    desk: &'a Desk,
    /// Made of the id of the request.
    request: Option<[u8; 32]>,
    /// Made of the id and the content of the request.
    mark: Option<RequestMark>,
    events: u32,
    threads: u32,
    secrets: RefCell<Vec<(ThreadId, KemSecret)>>,
}

impl<'a> NewIds<'a> {
    /// `request`: the id that the caller chose, and what was asked.
    pub(crate) fn new(desk: &'a Desk, request: Option<([u8; 16], &[u8])>) -> Self {
        let secret = &desk.request_secret;
        let mark = request.map(|(id, content)| first(hash(prefix::REQUEST_MARK, &[secret, &id, content])));
        let request = request.map(|(id, _)| hash(prefix::REQUEST_ID, &[secret, &id]).0);
        Self { desk, request, mark, events: 0, threads: 0, secrets: RefCell::new(Vec::new()) }
    }

    /// By which the request is known again.
    pub(crate) const fn mark(&self) -> Option<RequestMark> {
        self.mark
    }

    /// The event ids that this request would draw; none without a request id.
    pub(crate) fn derived_events(&self) -> impl Iterator<Item = EventId> {
        let request = self.request;
        (0..EVENTS_MAX).map_while(move |number| Some(EventId(self.derive(request?, b'e', number))))
    }

    /// The secrets of the thread keys that were handed out.
    pub(crate) fn into_secrets(self) -> Vec<(ThreadId, KemSecret)> {
        self.secrets.into_inner()
    }

    fn derive(&self, request: [u8; 32], kind: u8, number: u32) -> [u8; 16] {
        first(hash(prefix::REQUEST_EVENT, &[&request, &[kind], &number.to_le_bytes()]))
    }

    fn next(&self, kind: u8, number: u32) -> [u8; 16] {
        match self.request {
            Some(request) => self.derive(request, kind, number),
            None => self.desk.random(),
        }
    }
}

fn hash(prefix: Prefix, parts: &[&[u8]]) -> Hash {
    sha256(&[&[prefix.bytes()], parts].concat())
}

/// The beginning of a hash.
fn first<const N: usize>(hash: Hash) -> [u8; N] {
    *hash.0.first_chunk().expect("a hash is longer than an id")
}

impl Ids for NewIds<'_> {
    fn event(&mut self) -> EventId {
        let id = self.next(b'e', self.events);
        self.events += 1;
        EventId(id)
    }

    fn thread(&mut self) -> ThreadId {
        let id = self.next(b't', self.threads);
        self.threads += 1;
        ThreadId(id)
    }

    fn thread_key(&mut self, thread: ThreadId) -> KemPublic {
        let secret = KemSecret::from_bytes(self.desk.random());
        let public = secret.public();
        self.secrets.borrow_mut().push((thread, secret));
        public
    }
}
