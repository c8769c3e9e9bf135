//! Streams of a real node: each ends with the session that asked for it, at once, and says what to do.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status, Streaming};
use tonic_types::StatusExt as _;
use waymark_api::v1::case_service_client::CaseServiceClient;
use waymark_api::v1::staff_service_client::StaffServiceClient;
use waymark_api::v1::{self, StaffRole, watch_cases_response::Item};

use crate::place::{Node, Place, program, told};

const PASSWORD: &str = "four words by dice";
/// Long enough for a slow machine, and far shorter than a session lasts.
const PROMPTLY: Duration = Duration::from_secs(20);
/// What goes on is silent so long.
const A_WHILE: Duration = Duration::from_millis(300);

type Cases = Streaming<v1::WatchCasesResponse>;

/// A node, and a line to it.
struct Office {
    place: Place,
    channel: Channel,
    token: String,
    administrator: String,
    _node: Node,
}

/// Somebody who has signed in.
struct Staff {
    id: String,
    session: String,
}

impl Office {
    async fn open() -> Self {
        let place = Place::new();
        let node = place.running();
        let read = |name: &str| std::fs::read_to_string(place.path(name)).expect("read").trim().to_owned();
        let address =
            Endpoint::from_shared(format!("http://{}", read("north/endpoint"))).expect("an address");
        let channel = address.connect().await.expect("it listens");
        let (token, administrator) = (read("north/access"), read("north/session"));
        Self { channel, token, administrator, place, _node: node }
    }

    fn staff(&self) -> StaffServiceClient<Channel> {
        StaffServiceClient::new(self.channel.clone())
    }

    fn call<M>(&self, session: &str, message: M) -> Request<M> {
        let mut request = Request::new(message);
        let bearer = format!("Bearer {}", self.token).parse().expect("metadata");
        request.metadata_mut().insert("authorization", bearer);
        request.metadata_mut().insert("waymark-session", session.parse().expect("metadata"));
        request
    }

    /// A case worker with an account of her own.
    async fn case_worker(&self, name: &str) -> Staff {
        let added = v1::AddStaffRequest {
            name: name.to_owned(),
            roles: vec![StaffRole::CaseWorker.into()],
            password: PASSWORD.to_owned(),
        };
        let added = self.staff().add_staff(self.call(&self.administrator, added)).await.expect("added");
        let sign_in = v1::SignInRequest { name: name.to_owned(), password: PASSWORD.to_owned() };
        let signed_in = self.staff().sign_in(self.call("none", sign_in)).await.expect("signed in");
        let id = added.into_inner().staff.expect("an account").staff;
        Staff { id, session: signed_in.into_inner().session }
    }

    async fn change(&self, change: v1::ChangeStaffRequest) {
        self.staff().change_staff(self.call(&self.administrator, change)).await.expect("changed");
    }

    async fn watch(&self, staff: &Staff) -> Result<Cases, Status> {
        let request = self.call(&staff.session, v1::WatchCasesRequest::default());
        let opened = CaseServiceClient::new(self.channel.clone()).watch_cases(request).await;
        opened.map(tonic::Response::into_inner)
    }

    /// A stream that has told what is there.
    async fn watching(&self, staff: &Staff) -> Cases {
        let mut stream = self.watch(staff).await.expect("it opens");
        loop {
            let told = next(&mut stream).await.expect("told").expect("more");
            if matches!(told.item, Some(Item::CaughtUp(_))) {
                return stream;
            }
        }
    }
}

async fn next(stream: &mut Cases) -> Result<Option<v1::WatchCasesResponse>, Status> {
    tokio::time::timeout(PROMPTLY, stream.message()).await.expect("something is told promptly")
}

/// How a stream ended, and the next step it told.
async fn ended(stream: &mut Cases) -> (Code, String, String) {
    let status = next(stream).await.expect_err("it ends and tells nothing more");
    let details = status.get_error_details();
    let reason = details.error_info().expect("a reason").reason.clone();
    (status.code(), reason, details.localized_message().expect("a next step").message.clone())
}

async fn goes_on(stream: &mut Cases) {
    assert!(tokio::time::timeout(A_WHILE, stream.message()).await.is_err(), "it has ended");
}

#[tokio::test]
async fn a_sign_out_ends_every_stream_of_that_session_and_no_other() {
    let office = Office::open().await;
    let (anna, berta) = (office.case_worker("anna").await, office.case_worker("berta").await);
    let mut annas = [office.watching(&anna).await, office.watching(&anna).await];
    let mut bertas = office.watching(&berta).await;
    office.staff().sign_out(office.call(&anna.session, v1::SignOutRequest {})).await.expect("signed out");
    for stream in &mut annas {
        let (code, reason, next) = ended(stream).await;
        assert_eq!((code, reason.as_str()), (Code::Unauthenticated, "STREAM_ENDED"));
        assert!(next.contains("waymark staff sign-in"), "{next}");
    }
    goes_on(&mut bertas).await;
    assert_eq!(office.watch(&anna).await.expect_err("signed out").code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_closed_account_and_a_new_password_end_what_is_open() {
    let office = Office::open().await;
    let (anna, berta) = (office.case_worker("anna").await, office.case_worker("berta").await);
    let (mut annas, mut bertas) = (office.watching(&anna).await, office.watching(&berta).await);
    let closed = v1::ChangeStaffRequest { staff: anna.id.clone(), roles: Vec::new(), open: Some(false) };
    office.change(closed).await;
    assert_eq!(ended(&mut annas).await.0, Code::Unauthenticated);
    goes_on(&mut bertas).await;
    let password = v1::ChangePasswordRequest {
        staff: String::new(),
        password: PASSWORD.to_owned(),
        new_password: "five words by more dice".to_owned(),
    };
    office.staff().change_password(office.call(&berta.session, password)).await.expect("it is answered");
    assert_eq!(ended(&mut bertas).await.0, Code::Unauthenticated);
}

#[tokio::test]
async fn new_roles_end_what_is_open_and_decide_what_is_opened_again() {
    let office = Office::open().await;
    let anna = office.case_worker("anna").await;
    let roles = |role: StaffRole| v1::ChangeStaffRequest {
        staff: anna.id.clone(),
        roles: vec![role.into()],
        open: None,
    };
    let mut stream = office.watching(&anna).await;
    office.change(roles(StaffRole::Auditor)).await;
    let (code, _, next) = ended(&mut stream).await;
    assert_eq!(code, Code::Unauthenticated);
    assert!(next.contains("again"), "{next}");
    let mut again = office.watching(&anna).await;
    office.change(roles(StaffRole::Administrator)).await;
    assert_eq!(ended(&mut again).await.0, Code::Unauthenticated);
    assert_eq!(office.watch(&anna).await.expect_err("not hers to watch").code(), Code::PermissionDenied);
}

#[tokio::test]
async fn a_program_that_watches_ends_and_says_how_to_go_on() {
    let office = Office::open().await;
    let mut watch = tokio::process::Command::from(program());
    watch.args(["--data", &office.place.text("north"), "case", "watch"]).kill_on_drop(true);
    let mut watching = watch.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut said = BufReader::new(watching.stderr.take().expect("its words"));
    let mut told_so_far = String::new();
    said.read_line(&mut told_so_far).await.expect("it says that it has caught up");
    assert!(told_so_far.contains("what follows is new"), "{told_so_far}");
    let out = office.place.ask(&["staff", "sign-out"]);
    assert!(out.status.success(), "{}", told(&out));
    let mut rest = String::new();
    tokio::time::timeout(PROMPTLY, said.read_to_string(&mut rest))
        .await
        .expect("it ends promptly")
        .expect("text");
    assert_eq!(watching.wait().await.expect("it ends").code(), Some(4), "{rest}");
    assert!(rest.contains("session of this stream has ended") && rest.contains("staff sign-in"), "{rest}");
}
