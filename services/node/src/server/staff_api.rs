//! StaffService: accounts and sessions. Here, because both are the node's own and no part of the office's log.

use std::sync::Arc;
use std::time::Instant;

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

use super::accounts::{Accounts, told};
use crate::staff::Role;
use crate::staff::account::Mark;
use crate::staff::book::Member;
use crate::staff::sessions::{LASTS, Sessions};

type Answer<M> = Result<Response<M>, Status>;

/// Accounts of this office.
#[derive(Clone)]
pub(super) struct StaffApi {
    desk: Arc<Desk>,
    accounts: Accounts,
    sessions: Arc<Sessions>,
}

impl StaffApi {
    /// The service over `accounts`.
    pub(super) fn new(desk: Arc<Desk>, accounts: Accounts, sessions: Arc<Sessions>) -> Self {
        Self { desk, accounts, sessions }
    }

    /// That `by` does something now.
    fn mark(&self, by: StaffId) -> Mark {
        Mark::new(Some(by), self.desk.now())
    }
}

#[tonic::async_trait]
impl StaffService for StaffApi {
    async fn sign_in(&self, request: Request<v1::SignInRequest>) -> Answer<v1::SignInResponse> {
        let v1::SignInRequest { name, password } = request.into_inner();
        let checked = self.accounts.with(move |book, now| book.check(&name, &password, now)).await?;
        let member = checked.map_err(|fault| told(&fault))?;
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
        let by = waymark_api::serve::staff(&request)?;
        let v1::AddStaffRequest { name, roles, password } = request.into_inner();
        let (roles, made) = (read_roles(&roles)?, self.mark(by));
        let added = self.accounts.with(move |book, _| book.add(&name, roles, &password, made)).await?;
        let member = added.map_err(|fault| told(&fault))?;
        tracing::info!(target: "waymark::access", staff = %member.id, %by, "account added");
        Ok(Response::new(v1::AddStaffResponse { staff: Some(message(&member)) }))
    }

    async fn change_staff(
        &self,
        request: Request<v1::ChangeStaffRequest>,
    ) -> Answer<v1::ChangeStaffResponse> {
        let by = waymark_api::serve::staff(&request)?;
        let v1::ChangeStaffRequest { staff, roles, open } = request.into_inner();
        let (id, roles) = (read_id(&staff)?, read_roles(&roles)?);
        let new_roles = !roles.is_empty();
        let changed = self.accounts.with(move |book, _| book.change(id, roles, open)).await?;
        let member = changed.map_err(|fault| told(&fault))?;
        if !member.open {
            self.sessions.end_all(member.id);
        } else if new_roles {
            self.sessions.roles_changed(member.id);
        }
        let words: Vec<&str> = member.roles.iter().map(|role| role.word()).collect();
        tracing::info!(
            target: "waymark::access", staff = %member.id, %by, open = member.open, roles = words.join(", "),
            "account changed"
        );
        Ok(Response::new(v1::ChangeStaffResponse { staff: Some(message(&member)) }))
    }

    async fn change_password(
        &self,
        request: Request<v1::ChangePasswordRequest>,
    ) -> Answer<v1::ChangePasswordResponse> {
        let by = waymark_api::serve::staff(&request)?;
        let v1::ChangePasswordRequest { staff, password, new_password } = request.into_inner();
        let whose = if staff.is_empty() { by } else { read_id(&staff)? };
        let own = self.accounts.book().member(by).ok_or_else(error::not_signed_in)?;
        if whose != by && !own.roles.contains(&Role::Administrator) {
            return Err(error::role_missing(Role::Administrator.word()));
        }
        let set = self.mark(by);
        let changed = self.accounts.with(move |book, now| {
            // Whoever finds an open session must not keep it.
            book.check(&own.name, &password, now)?;
            book.set_password(whose, &new_password, set)
        });
        changed.await?.map_err(|fault| told(&fault))?;
        self.sessions.end_all(whose);
        tracing::info!(target: "waymark::access", staff = %whose, %by, "password changed");
        Ok(Response::new(v1::ChangePasswordResponse {}))
    }

    async fn list_staff(&self, request: Request<v1::ListStaffRequest>) -> Answer<v1::ListStaffResponse> {
        let page = convert::staff::list(request.get_ref())?;
        let from: Option<u64> = after(&page)?;
        let rows = (0..).zip(self.accounts.book().members());
        let rows = rows.skip_while(|(at, _)| from.is_some_and(|from| *at <= from));
        let listed = listing(&page, rows, |_, member| Some(message(&member)));
        Ok(Response::new(v1::ListStaffResponse {
            staff: listed.rows,
            next_page_token: listed.next_page_token,
        }))
    }
}

fn message(member: &Member) -> v1::Staff {
    let who = |mark: Mark| mark.by().map(|by| by.to_string()).unwrap_or_default();
    v1::Staff {
        staff: member.id.to_string(),
        name: member.name.clone(),
        roles: member.roles.iter().map(|role| role.message().into()).collect(),
        open: member.open,
        made_by: who(member.made),
        made_at: member.made.at().map(instant),
        password_set_by: who(member.set),
        password_set_at: member.set.at().map(instant),
    }
}

fn read_id(text: &str) -> Result<StaffId, Rejected> {
    text.parse().map_err(|_| Rejected::one("staff", Fault::NotAnId))
}

fn read_roles(numbers: &[i32]) -> Result<Vec<Role>, Rejected> {
    let roles = numbers.iter().map(|number| Role::of(*number));
    roles.collect::<Option<Vec<_>>>().ok_or_else(|| Rejected::one("roles", Fault::UnknownWord))
}
