//! Ids of what a command creates. With a request id they are derived from it and a secret of the office, so that a repeated
//! request, even after a crash, names the same events and is found in the log instead of being done twice.

use std::cell::RefCell;

use waymark_domain::draft::Ids;
use waymark_domain::ids::{EventId, KemPublic, ThreadId};
use waymark_seal::hash::sha256;
use waymark_seal::kem::KemSecret;

use crate::desk::Desk;

/// Events that one command writes, at most; a repeated request looks no further.
const EVENTS_MAX: u32 = 64;

/// The ids of one command, and the thread secrets made for it.
pub(crate) struct NewIds<'a> {
    desk: &'a Desk,
    request_id: Option<[u8; 16]>,
    events: u32,
    threads: u32,
    secrets: RefCell<Vec<(ThreadId, KemSecret)>>,
}

impl<'a> NewIds<'a> {
    pub(crate) fn new(desk: &'a Desk, request_id: Option<[u8; 16]>) -> Self {
        Self { desk, request_id, events: 0, threads: 0, secrets: RefCell::new(Vec::new()) }
    }

    /// The event ids that this request would draw; none without a request id.
    pub(crate) fn derived_events(&self) -> impl Iterator<Item = EventId> {
        let request = self.request_id;
        (0..EVENTS_MAX).map_while(move |number| Some(EventId(self.derive(request?, b'e', number))))
    }

    /// The secrets of the thread keys that were handed out.
    pub(crate) fn into_secrets(self) -> Vec<(ThreadId, KemSecret)> {
        self.secrets.into_inner()
    }

    fn derive(&self, request: [u8; 16], kind: u8, number: u32) -> [u8; 16] {
        let hash = sha256(&[
            b"waymark-v1 request id\n",
            &self.desk.request_secret,
            &request,
            &[kind],
            &number.to_le_bytes(),
        ]);
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(hash.0) {
            *to = from;
        }
        id
    }

    fn next(&self, kind: u8, number: u32) -> [u8; 16] {
        match self.request_id {
            Some(request) => self.derive(request, kind, number),
            None => self.desk.random(),
        }
    }
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
