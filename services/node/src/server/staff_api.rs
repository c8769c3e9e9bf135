//! StaffService: accounts and sessions. Here, because both are the node's own and no part of the office's log.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};
use waymark_api::convert;
use waymark_api::convert::value::instant;
use waymark_api::error::{self, Fault, Rejected};
use waymark_api::serve::SESSION;
use waymark_api::serve::paging::{after, listing};
use waymark_api::v1::{self, staff_service_server::StaffService};
use waymark_desk::Desk;
use waymark_domain::ids::StaffId;
use waymark_domain::time::Timestamp;

use crate::staff::Role;
use crate::staff::book::{Book, BookFault, Member};
use crate::staff::sessions::{LASTS, Sessions};

type Answer<M> = Result<Response<M>, Status>;

/// Passwords hashed at once.
const HASHED_AT_ONCE: usize = 2;

/// Accounts of this office.
#[derive(Clone)]
pub(super) struct StaffApi {
    desk: Arc<Desk>,
    book: Arc<Book>,
    sessions: Arc<Sessions>,
    started: Instant,
    /// Passwords that are hashed at once: each takes memory and a core for a while.
    hashing: Arc<Semaphore>,
}

impl StaffApi {
    /// The service over `book`.
    pub(super) fn new(desk: Arc<Desk>, book: Arc<Book>, sessions: Arc<Sessions>) -> Self {
        let hashing = Arc::new(Semaphore::new(HASHED_AT_ONCE));
        Self { desk, book, sessions, started: Instant::now(), hashing }
    }

    /// Does something with the accounts off the runtime's threads: hashing a password takes a while, on purpose.
    async fn with_book<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Book) -> Result<T, BookFault> + Send + 'static,
    ) -> Result<T, Status> {
        let _turn = self.hashing.acquire().await.map_err(|_| error::failed())?;
        let book = Arc::clone(&self.book);
        let done = tokio::task::spawn_blocking(move || work(&book)).await.map_err(|_| error::failed())?;
        done.map_err(|fault| told(&fault))
    }

    fn seconds(&self) -> u64 {
        self.started.elapsed().as_secs()
    }
}

#[tonic::async_trait]
impl StaffService for StaffApi {
    async fn sign_in(&self, request: Request<v1::SignInRequest>) -> Answer<v1::SignInResponse> {
        let v1::SignInRequest { name, password } = request.into_inner();
        let now = self.seconds();
        let member = self.with_book(move |book| book.check(&name, &password, now)).await?;
        let session = self.sessions.begin(member.id, Instant::now());
        let ends_at = Timestamp(self.desk.now().0.saturating_add(LASTS.as_secs()));
        tracing::info!(target: "waymark::access", staff = %member.id, "signed in");
        Ok(Response::new(v1::SignInResponse {
            session: session.to_string(),
            staff: Some(message(&member)),
            ends_at: Some(instant(ends_at)),
        }))
    }

    async fn sign_out(&self, request: Request<v1::SignOutRequest>) -> Answer<v1::SignOutResponse> {
        if let Some(session) = request.metadata().get(SESSION) {
            self.sessions.end(session.as_encoded_bytes());
        }
        Ok(Response::new(v1::SignOutResponse {}))
    }

    async fn add_staff(&self, request: Request<v1::AddStaffRequest>) -> Answer<v1::AddStaffResponse> {
        let v1::AddStaffRequest { name, roles, password } = request.into_inner();
        let roles = read_roles(&roles)?;
        let member = self.with_book(move |book| book.add(&name, roles, &password)).await?;
        tracing::info!(target: "waymark::access", staff = %member.id, "account added");
        Ok(Response::new(v1::AddStaffResponse { staff: Some(message(&member)) }))
    }

    async fn change_staff(
        &self,
        request: Request<v1::ChangeStaffRequest>,
    ) -> Answer<v1::ChangeStaffResponse> {
        let v1::ChangeStaffRequest { staff, roles, open } = request.into_inner();
        let (id, roles) = (read_id(&staff)?, read_roles(&roles)?);
        let new_roles = !roles.is_empty();
        let member = self.with_book(move |book| book.change(id, roles, open)).await?;
        if !member.open {
            self.sessions.end_all(member.id);
        } else if new_roles {
            self.sessions.roles_changed(member.id);
        }
        tracing::info!(target: "waymark::access", staff = %member.id, "account changed");
        Ok(Response::new(v1::ChangeStaffResponse { staff: Some(message(&member)) }))
    }

    async fn change_password(
        &self,
        request: Request<v1::ChangePasswordRequest>,
    ) -> Answer<v1::ChangePasswordResponse> {
        let caller = waymark_api::serve::staff(&request)?;
        let v1::ChangePasswordRequest { staff, password, new_password } = request.into_inner();
        let whose = if staff.is_empty() { caller } else { read_id(&staff)? };
        let own = self.book.member(caller).ok_or_else(error::not_signed_in)?;
        if whose != caller && !own.roles.contains(&Role::Administrator) {
            return Err(error::role_missing(Role::Administrator.word()));
        }
        let now = self.seconds();
        self.with_book(move |book| {
            // Whoever finds an open session must not keep it.
            book.check(&own.name, &password, now)?;
            book.set_password(whose, &new_password)
        })
        .await?;
        self.sessions.end_all(whose);
        tracing::info!(target: "waymark::access", staff = %whose, "password changed");
        Ok(Response::new(v1::ChangePasswordResponse {}))
    }

    async fn list_staff(&self, request: Request<v1::ListStaffRequest>) -> Answer<v1::ListStaffResponse> {
        let page = convert::staff::list(request.get_ref())?;
        let from: Option<u64> = after(&page)?;
        let rows = (0..).zip(self.book.members()).skip_while(|(at, _)| from.is_some_and(|from| *at <= from));
        let listed = listing(&page, rows, |_, member| Some(message(&member)));
        Ok(Response::new(v1::ListStaffResponse {
            staff: listed.rows,
            next_page_token: listed.next_page_token,
        }))
    }
}

fn message(member: &Member) -> v1::Staff {
    v1::Staff {
        staff: member.id.to_string(),
        name: member.name.clone(),
        roles: member.roles.iter().map(|role| role.message().into()).collect(),
        open: member.open,
    }
}

fn read_id(text: &str) -> Result<StaffId, Rejected> {
    text.parse().map_err(|_| Rejected::one("staff", Fault::NotAnId))
}

fn read_roles(numbers: &[i32]) -> Result<Vec<Role>, Rejected> {
    let roles = numbers.iter().map(|number| Role::of(*number));
    roles.collect::<Option<Vec<_>>>().ok_or_else(|| Rejected::one("roles", Fault::UnknownWord))
}

fn told(fault: &BookFault) -> Status {
    match fault {
        BookFault::Wrong => error::not_signed_in(),
        BookFault::Waits(seconds) => error::sign_in_waits(*seconds),
        BookFault::Unknown => error::absent(),
        BookFault::Unfit(why) => error::account_refused(why, "Choose another name, role or password."),
        BookFault::Disk(_) | BookFault::Damaged => {
            tracing::error!(%fault, "the accounts could not be kept");
            error::failed()
        }
    }
}
