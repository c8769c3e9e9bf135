//! The gate before every call: the node's access token, the caller's session, and whether one of her roles may do this.
//!
//! The token is for whoever can read the file in the data folder, and is made anew at every start; the session says who it is. What a
//! client claims about staff is taken away: only the gate says who calls. A stream lasts no longer than the session that asked for it.
//! Where two people decide, the second one's name and password go with the call and no further than here.

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
use tonic::metadata::MetadataMap;
use waymark_api::error;
use waymark_api::serve::{REFERRALS_ONLY, SECOND_NAME, SECOND_PASSWORD, SECOND_STAFF, SESSION, STAFF};
use zeroize::Zeroizing;

use super::accounts::{Accounts, Second};
use super::held::Held;
use crate::client::node::ACCESS;
use crate::fault::Fault;
use crate::setup::files::{self, Readers};
use crate::staff::Role;
use crate::staff::book::Member;
use crate::staff::methods::{Callers, callers, decided_by_two, is_stream, opens_cases};
use crate::staff::sessions::{Sessions, Stay, token};

/// Lets through calls that carry the token, by staff who may make them.
#[derive(Clone)]
pub(super) struct Gate {
    /// What the metadata `authorization` must be.
    expected: Arc<Zeroizing<String>>,
    accounts: Accounts,
    sessions: Arc<Sessions>,
}

/// A call that may go on.
struct Admitted {
    /// How long its answer may, when that is a stream.
    stay: Option<Stay>,
    /// Who calls and who is to agree, where two decide and the call names a second.
    two: Option<Two>,
}

struct Two {
    first: Member,
    second: Second,
    may: &'static [Role],
    one_of_them: &'static [Role],
}

impl Gate {
    /// Makes a token and writes it where the owner of the data folder, and nobody else, can read it.
    pub(super) fn new(folder: &Path, accounts: Accounts, sessions: Arc<Sessions>) -> Result<Self, Fault> {
        let token = token();
        let line = Zeroizing::new(format!("{}\n", token.as_str()));
        files::replace("the access file", &folder.join(ACCESS), line.as_bytes(), Readers::Owner)?;
        let expected = Arc::new(Zeroizing::new(format!("Bearer {}", token.as_str())));
        Ok(Self { expected, accounts, sessions })
    }

    /// Whether a call may go on; then the metadata say who calls.
    ///
    /// # Security
    /// The token is compared in constant time; what is missing and what is wrong are one answer.
    fn admit(&self, path: &str, metadata: &mut HeaderMap) -> Result<Admitted, Status> {
        let told = metadata.get("authorization").map(HeaderValue::as_bytes).unwrap_or_default();
        if !bool::from(told.ct_eq(self.expected.as_bytes())) {
            return Err(error::no_access());
        }
        for claimed in [STAFF, SECOND_STAFF, REFERRALS_ONLY] {
            metadata.remove(claimed);
        }
        let second = take_second(metadata);
        // Before her roles are looked up: what changes from here on ends the stream.
        let session = metadata.get(SESSION).filter(|_| is_stream(path));
        let mut stay = session.and_then(|session| self.sessions.stay(session.as_bytes()));
        let caller = self.signed_in(metadata, SESSION);
        let mut two = None;
        match callers(path) {
            Some(Callers::Anyone) => stay = None,
            Some(Callers::Staff(roles)) => {
                let first = caller.as_ref().ok_or_else(error::not_signed_in)?;
                may(first, roles)?;
                if let (Some(one_of_them), Some(second)) = (decided_by_two(path), second) {
                    two = Some(Two { first: first.clone(), second, may: roles, one_of_them });
                }
            }
            // Not of the contract: whoever serves it says that it is not known.
            None if !path.starts_with("/waymark.") => {}
            None => return Err(error::role_missing("nobody")),
        }
        if let Some(caller) = &caller {
            name(metadata, STAFF, caller);
            if !opens_cases(&caller.roles) {
                metadata.insert(REFERRALS_ONLY, HeaderValue::from_static("yes"));
            }
        }
        Ok(Admitted { stay, two })
    }

    /// Whether the second of two agrees; then the metadata name her too.
    async fn agreed(&self, two: Two, metadata: &mut HeaderMap) -> Result<(), Status> {
        let Two { first, second, may: roles, one_of_them } = two;
        let second = self.accounts.agreed(&first, second, one_of_them).await?;
        may(&second, roles)?;
        name(metadata, SECOND_STAFF, &second);
        Ok(())
    }

    fn signed_in(&self, metadata: &HeaderMap, key: &str) -> Option<Member> {
        let token = metadata.get(key)?.as_bytes();
        // Roles are looked up at each call: what an administrator takes away is gone at once.
        self.accounts.book().member(self.sessions.staff(token, Instant::now())?)
    }
}

/// Takes out of the metadata who is to agree, and her password.
fn take_second(metadata: &mut HeaderMap) -> Option<Second> {
    if !metadata.contains_key(SECOND_NAME) && !metadata.contains_key(SECOND_PASSWORD) {
        return None;
    }
    let mut told = MetadataMap::from_headers(std::mem::take(metadata));
    let mut take = |key: &'static str| {
        let value = told.remove_bin(key)?.to_bytes().ok()?;
        Some(Zeroizing::new(String::from_utf8_lossy(&value).into_owned()))
    };
    let (name, password) = (take(SECOND_NAME), take(SECOND_PASSWORD));
    *metadata = told.into_headers();
    Some(Second { name: name?.to_string(), password: password? })
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
    S: tower_service::Service<Request<B>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Send + 'static,
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
            Ok(Admitted { two: Some(two), .. }) => {
                // The one that is ready answers the call; the other one waits for the next.
                let other = self.inner.clone();
                let mut inner = std::mem::replace(&mut self.inner, other);
                let gate = self.gate.clone();
                let answer = async move {
                    match gate.agreed(two, request.headers_mut()).await {
                        Ok(()) => inner.call(request).await,
                        Err(refused) => Ok(refused.into_http()),
                    }
                };
                Either::Right(answer.boxed())
            }
            Ok(Admitted { stay: None, .. }) => Either::Left(self.inner.call(request)),
            Ok(Admitted { stay: Some(stay), .. }) => {
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
    use tonic::metadata::MetadataValue;
    use tonic_types::StatusExt as _;
    use waymark_domain::ids::StaffId;
    use waymark_domain::time::Timestamp;

    use crate::staff::account::Mark;
    use crate::staff::book;

    const EMERGENCY: &str = "/waymark.v1.ConsentService/DiscloseInEmergency";
    const PASSWORD: &str = "four words by dice";
    const OWN: &str = "five words by more dice";
    const OPEN_CASE: &str = "/waymark.v1.CaseService/OpenCase";

    struct Door {
        gate: Gate,
        token: String,
        _folder: tempfile::TempDir,
    }

    impl Door {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let accounts = Accounts::new(book::tests::book(folder.path()));
            let gate = Gate::new(folder.path(), accounts, Arc::default()).expect("made");
            let token = std::fs::read_to_string(folder.path().join(ACCESS)).expect("read").trim().to_owned();
            Self { gate, token, _folder: folder }
        }

        /// An account that somebody with the office's passphrase has made.
        fn account(&self, name: &str, role: Role) -> StaffId {
            self.account_by(name, role, None)
        }

        fn account_by(&self, name: &str, role: Role, by: Option<StaffId>) -> StaffId {
            let made = Mark::new(by, Timestamp(1));
            self.gate.accounts.book().add(name, vec![role], PASSWORD, made).expect("added").id
        }

        /// She changes her password herself.
        fn owns(&self, staff: StaffId) {
            let set = Mark::new(Some(staff), Timestamp(2));
            self.gate.accounts.book().set_password(staff, OWN, set).expect("set");
        }

        fn session_of(&self, staff: StaffId) -> String {
            self.gate.sessions.begin(staff, Instant::now()).to_string()
        }

        fn session(&self, name: &str, role: Role) -> String {
            self.session_of(self.account(name, role))
        }

        /// What a call is told that names a second.
        async fn two(
            &self,
            path: &str,
            first: &str,
            name: &str,
            password: &str,
        ) -> Result<HeaderMap, Status> {
            let mut told = MetadataMap::new();
            told.insert_bin(SECOND_NAME, MetadataValue::from_bytes(name.as_bytes()));
            told.insert_bin(SECOND_PASSWORD, MetadataValue::from_bytes(password.as_bytes()));
            let mut headers = told.into_headers();
            headers.insert("authorization", format!("Bearer {}", self.token).parse().expect("metadata"));
            headers.insert(SESSION, first.parse().expect("metadata"));
            if let Some(two) = self.gate.admit(path, &mut headers)?.two {
                self.gate.agreed(two, &mut headers).await?;
            }
            Ok(headers)
        }

        /// What a call is told, and how its metadata look after the gate.
        fn call(&self, path: &str, metadata: &[(&'static str, &str)]) -> Result<HeaderMap, String> {
            let mut headers = HeaderMap::new();
            headers.insert("authorization", format!("Bearer {}", self.token).parse().expect("metadata"));
            for (key, value) in metadata {
                headers.insert(*key, value.parse().expect("metadata"));
            }
            self.gate.admit(path, &mut headers).map_err(|status| reason(&status)).map(|_| headers)
        }
    }

    fn reason(status: &Status) -> String {
        status.get_error_details().error_info().expect("a reason").reason.clone()
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
        let id = door.gate.accounts.book().members()[0].id.to_string();
        assert_eq!(seen.get(STAFF).expect("named"), id.as_str());
        assert!(!seen.contains_key(SECOND_STAFF));
    }

    #[test]
    fn a_role_that_is_missing_or_taken_away_is_told() {
        let door = Door::new();
        let anna = door.session("anna", Role::Auditor);
        assert_eq!(door.call(OPEN_CASE, &[(SESSION, &anna)]).err().as_deref(), Some("ROLE_MISSING"));
        let id = door.gate.accounts.book().members()[0].id;
        door.gate
            .accounts
            .book()
            .change(id, vec![Role::CaseWorker, Role::Administrator], None)
            .expect("changed");
        assert!(door.call(OPEN_CASE, &[(SESSION, &anna)]).is_ok());
        let unknown = door.call("/waymark.v1.CaseService/ReadEverything", &[(SESSION, &anna)]);
        assert_eq!(unknown.err().as_deref(), Some("ROLE_MISSING"));
    }

    #[test]
    fn a_partner_is_known_to_open_referrals_only_whatever_the_caller_claims() {
        let door = Door::new();
        let reveal = "/waymark.v1.CaseService/RevealSection";
        let (rosa, anna) = (door.session("rosa", Role::Partner), door.session("anna", Role::CaseWorker));
        let seen = door.call(reveal, &[(SESSION, &rosa)]).expect("admitted");
        assert!(seen.contains_key(REFERRALS_ONLY));
        let seen = door.call(reveal, &[(SESSION, &anna), (REFERRALS_ONLY, "yes")]).expect("admitted");
        assert!(!seen.contains_key(REFERRALS_ONLY));
    }

    #[tokio::test]
    async fn a_second_person_agrees_with_her_password_to_one_call_and_it_goes_no_further() {
        let door = Door::new();
        let anna = door.session("anna", Role::CaseWorker);
        let berta = door.account("Bérta", Role::Coordinator);
        door.owns(berta);
        let seen = door.two(EMERGENCY, &anna, "bérta", OWN).await.expect("agreed");
        assert_eq!(seen.get(SECOND_STAFF).expect("named"), berta.to_string().as_str());
        assert_ne!(seen.get(STAFF), seen.get(SECOND_STAFF));
        assert!(!seen.contains_key(SECOND_NAME) && !seen.contains_key(SECOND_PASSWORD));
        // Nothing stays of it: the next call without her is one person's.
        let alone = door.call(EMERGENCY, &[(SESSION, &anna)]).expect("admitted");
        assert!(!alone.contains_key(SECOND_STAFF));
        let elsewhere = door.two(OPEN_CASE, &anna, "bérta", OWN).await.expect("admitted");
        assert!(!elsewhere.contains_key(SECOND_STAFF) && !elsewhere.contains_key(SECOND_PASSWORD));
    }

    #[tokio::test]
    async fn a_wrong_password_of_the_second_is_told_and_counts() {
        let door = Door::new();
        let anna = door.session("anna", Role::CaseWorker);
        door.owns(door.account("berta", Role::Coordinator));
        for _ in 0..5 {
            let refused =
                door.two(EMERGENCY, &anna, "berta", "guess guess guess").await.expect_err("refused");
            assert_eq!(reason(&refused), "SECOND_REFUSED");
        }
        let waits = door.two(EMERGENCY, &anna, "berta", OWN).await.expect_err("refused");
        assert_eq!(reason(&waits), "SIGN_IN_WAITS");
    }

    #[tokio::test]
    async fn an_administrator_is_not_two_people() {
        let door = Door::new();
        let berta = door.account("berta", Role::Coordinator);
        door.owns(berta);
        let hers = door.session_of(berta);
        // Berta, who is an administrator too, makes an account and uses it with her own, either way round.
        let puppet = door.account_by("puppet", Role::CaseWorker, Some(berta));
        let refused = door.two(EMERGENCY, &hers, "puppet", PASSWORD).await.expect_err("refused");
        assert_eq!(reason(&refused), "SECOND_REFUSED");
        door.owns(puppet);
        for (first, name) in [(&hers, "puppet"), (&door.session_of(puppet), "berta")] {
            let refused = door.two(EMERGENCY, first, name, OWN).await.expect_err("refused");
            assert_eq!(reason(&refused), "SECOND_REFUSED");
        }
        // Or she sets a colleague's password and signs in as her.
        let anna = door.account("anna", Role::CaseWorker);
        door.owns(anna);
        let set = Mark::new(Some(berta), Timestamp(3));
        door.gate.accounts.book().set_password(anna, PASSWORD, set).expect("set");
        door.owns(anna);
        let refused = door.two(EMERGENCY, &hers, "anna", OWN).await.expect_err("refused");
        assert!(refused.message().contains("set the password of the other"), "{}", refused.message());
    }

    #[tokio::test]
    async fn two_case_workers_do_not_decide_without_a_coordinator_and_a_partner_never() {
        let door = Door::new();
        let anna = door.session("anna", Role::CaseWorker);
        for (name, role, told) in
            [("clara", Role::CaseWorker, "SECOND_REFUSED"), ("rosa", Role::Partner, "SECOND_REFUSED")]
        {
            door.owns(door.account(name, role));
            let refused = door.two(EMERGENCY, &anna, name, OWN).await.expect_err("refused");
            assert_eq!(reason(&refused), told, "{name}");
        }
        let (berta, paul) = (door.session("berta", Role::Coordinator), door.session("paul", Role::Partner));
        let refused = door.two(EMERGENCY, &berta, "rosa", OWN).await.expect_err("refused");
        assert_eq!(reason(&refused), "ROLE_MISSING");
        assert_eq!(door.call(EMERGENCY, &[(SESSION, &paul)]).err().as_deref(), Some("ROLE_MISSING"));
        assert!(door.two(EMERGENCY, &berta, "clara", OWN).await.is_ok());
    }
}
