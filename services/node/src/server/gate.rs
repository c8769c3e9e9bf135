//! The gate before every call: the node's access token, the caller's session, and whether one of her roles may do this.
//!
//! The token is for whoever can read the file in the data folder, and is made anew at every start; the session says who it is. What a
//! client claims about staff is taken away: only the gate says who calls. A stream lasts no longer than the session that asked for it.

use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Either};
use subtle::ConstantTimeEq as _;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::{HeaderMap, HeaderValue, Request, Response};
use waymark_api::error;
use waymark_api::serve::{SECOND_SESSION, SECOND_STAFF, SESSION, STAFF};
use zeroize::Zeroizing;

use super::held::Held;
use crate::client::node::ACCESS;
use crate::fault::Fault;
use crate::setup::files::{self, Readers};
use crate::staff::Role;
use crate::staff::book::{Book, Member};
use crate::staff::methods::{Callers, callers, is_stream};
use crate::staff::sessions::{Sessions, Stay, token};

/// Lets through calls that carry the token, by staff who may make them.
#[derive(Clone)]
pub(super) struct Gate {
    /// What the metadata `authorization` must be.
    expected: Arc<Zeroizing<String>>,
    book: Arc<Book>,
    sessions: Arc<Sessions>,
}

impl Gate {
    /// Makes a token and writes it where the owner of the data folder, and nobody else, can read it.
    pub(super) fn new(folder: &Path, book: Arc<Book>, sessions: Arc<Sessions>) -> Result<Self, Fault> {
        let token = token();
        let line = Zeroizing::new(format!("{}\n", token.as_str()));
        files::replace("the access file", &folder.join(ACCESS), line.as_bytes(), Readers::Owner)?;
        let expected = Arc::new(Zeroizing::new(format!("Bearer {}", token.as_str())));
        Ok(Self { expected, book, sessions })
    }

    /// Whether a call may go on, and how long its answer may when that is a stream; then the metadata say who calls.
    ///
    /// # Security
    /// The token is compared in constant time; what is missing and what is wrong are one answer.
    fn admit(&self, path: &str, metadata: &mut HeaderMap) -> Result<Option<Stay>, Status> {
        let told = metadata.get("authorization").map(HeaderValue::as_bytes).unwrap_or_default();
        if !bool::from(told.ct_eq(self.expected.as_bytes())) {
            return Err(error::no_access());
        }
        metadata.remove(STAFF);
        metadata.remove(SECOND_STAFF);
        // Before her roles are looked up: what changes from here on ends the stream.
        let session = metadata.get(SESSION).filter(|_| is_stream(path));
        let mut stay = session.and_then(|session| self.sessions.stay(session.as_bytes()));
        let caller = self.signed_in(metadata, SESSION);
        match callers(path) {
            Some(Callers::Anyone) => stay = None,
            Some(Callers::Staff(roles)) => {
                may(caller.as_ref().ok_or_else(error::not_signed_in)?, roles)?;
                if metadata.contains_key(SECOND_SESSION) {
                    let second = self.signed_in(metadata, SECOND_SESSION).ok_or_else(error::not_signed_in)?;
                    may(&second, roles)?;
                    name(metadata, SECOND_STAFF, &second);
                }
            }
            // Not of the contract: whoever serves it says that it is not known.
            None if !path.starts_with("/waymark.") => {}
            None => return Err(error::role_missing("nobody")),
        }
        if let Some(caller) = &caller {
            name(metadata, STAFF, caller);
        }
        Ok(stay)
    }

    fn signed_in(&self, metadata: &HeaderMap, key: &str) -> Option<Member> {
        let token = metadata.get(key)?.as_bytes();
        // Roles are looked up at each call: what an administrator takes away is gone at once.
        self.book.member(self.sessions.staff(token, Instant::now())?)
    }
}

fn may(member: &Member, roles: &[Role]) -> Result<(), Status> {
    if member.roles.iter().any(|role| roles.contains(role)) {
        return Ok(());
    }
    let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
    Err(error::role_missing(&words.join(" or ")))
}

fn name(metadata: &mut HeaderMap, key: &'static str, member: &Member) {
    if let Ok(id) = HeaderValue::from_str(&member.id.to_string()) {
        metadata.insert(key, id);
    }
}

impl<S> tower_layer::Layer<S> for Gate {
    type Service = Gated<S>;

    fn layer(&self, inner: S) -> Gated<S> {
        Gated { gate: self.clone(), inner }
    }
}

/// A service behind the gate.
#[derive(Clone)]
pub(super) struct Gated<S> {
    gate: Gate,
    inner: S,
}

impl<S, B> tower_service::Service<Request<B>> for Gated<S>
where
    S: tower_service::Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<S::Future, BoxFuture<'static, Result<S::Response, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let path = request.uri().path().to_owned();
        match self.gate.admit(&path, request.headers_mut()) {
            Ok(None) => Either::Left(self.inner.call(request)),
            Ok(Some(stay)) => {
                let held = |answer: Response<Body>| answer.map(|body| Held::body(body, stay));
                Either::Right(self.inner.call(request).map(|answer| answer.map(held)).boxed())
            }
            Err(refused) => Either::Right(async { Ok(refused.into_http()) }.boxed()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::StatusExt as _;
    use waymark_seal::rng::System;
    use waymark_seal::vault::{Cost, Passphrase, Vault};

    const OPEN_CASE: &str = "/waymark.v1.CaseService/OpenCase";

    struct Door {
        gate: Gate,
        token: String,
        _folder: tempfile::TempDir,
    }

    impl Door {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let passphrase = Passphrase::new(b"a passphrase for tests".to_vec());
            let vault = Vault::create(&folder.path().join("vault"), &passphrase, Cost::TEST, System);
            let key = vault.expect("created").snapshot_key().expect("a key");
            let book = Arc::new(Book::open(folder.path(), key).expect("opens"));
            let gate = Gate::new(folder.path(), book, Arc::default()).expect("made");
            let token = std::fs::read_to_string(folder.path().join(ACCESS)).expect("read").trim().to_owned();
            Self { gate, token, _folder: folder }
        }

        fn session(&self, name: &str, role: Role) -> String {
            let member = self.gate.book.add(name, vec![role], "four words by dice").expect("added");
            self.gate.sessions.begin(member.id, Instant::now()).to_string()
        }

        /// What a call is told, and how its metadata look after the gate.
        fn call(&self, path: &str, metadata: &[(&'static str, &str)]) -> Result<HeaderMap, String> {
            let mut headers = HeaderMap::new();
            headers.insert("authorization", format!("Bearer {}", self.token).parse().expect("metadata"));
            for (key, value) in metadata {
                headers.insert(*key, value.parse().expect("metadata"));
            }
            let reason =
                |status: Status| status.get_error_details().error_info().expect("a reason").reason.clone();
            self.gate.admit(path, &mut headers).map_err(reason).map(|_| headers)
        }
    }

    #[test]
    fn only_the_token_in_the_file_opens() {
        let door = Door::new();
        for wrong in ["Bearer ", "Bearer 00", door.token.as_str(), &format!("bearer {}", door.token)] {
            let refused = door.call("/waymark.v1.OfficeService/GetOffice", &[("authorization", wrong)]);
            assert_eq!(refused.err().as_deref(), Some("NO_ACCESS"), "{wrong}");
        }
        assert!(door.call("/waymark.v1.OfficeService/GetOffice", &[]).is_ok());
    }

    #[test]
    fn who_calls_is_what_the_session_says_and_never_what_the_caller_claims() {
        let door = Door::new();
        let claimed = door.call(OPEN_CASE, &[(STAFF, "0102030405060708")]);
        assert_eq!(claimed.err().as_deref(), Some("NOT_SIGNED_IN"));
        let anna = door.session("anna", Role::CaseWorker);
        let seen = door.call(
            OPEN_CASE,
            &[(SESSION, &anna), (STAFF, "0102030405060708"), (SECOND_STAFF, "0102030405060708")],
        );
        let seen = seen.expect("admitted");
        let id = door.gate.book.members()[0].id.to_string();
        assert_eq!(seen.get(STAFF).expect("named"), id.as_str());
        assert!(!seen.contains_key(SECOND_STAFF));
    }

    #[test]
    fn a_role_that_is_missing_or_taken_away_is_told() {
        let door = Door::new();
        let anna = door.session("anna", Role::Auditor);
        assert_eq!(door.call(OPEN_CASE, &[(SESSION, &anna)]).err().as_deref(), Some("ROLE_MISSING"));
        let id = door.gate.book.members()[0].id;
        door.gate.book.change(id, vec![Role::CaseWorker, Role::Administrator], None).expect("changed");
        assert!(door.call(OPEN_CASE, &[(SESSION, &anna)]).is_ok());
        let unknown = door.call("/waymark.v1.CaseService/ReadEverything", &[(SESSION, &anna)]);
        assert_eq!(unknown.err().as_deref(), Some("ROLE_MISSING"));
    }

    #[test]
    fn a_second_person_is_signed_in_herself() {
        let door = Door::new();
        let (anna, berta) =
            (door.session("anna", Role::CaseWorker), door.session("berta", Role::Coordinator));
        let path = "/waymark.v1.ConsentService/DiscloseInEmergency";
        let seen = door.call(path, &[(SESSION, &anna), (SECOND_SESSION, &berta)]).expect("admitted");
        assert_ne!(seen.get(STAFF), seen.get(SECOND_STAFF));
        assert!(seen.contains_key(SECOND_STAFF));
        let refused = door.call(path, &[(SESSION, &anna), (SECOND_SESSION, "00")]);
        assert_eq!(refused.err().as_deref(), Some("NOT_SIGNED_IN"));
    }
}
