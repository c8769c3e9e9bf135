//! The connection to a node: its address, its access token, and one client for each service.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tonic::metadata::{Ascii, Binary, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use waymark_api::error::{self as api, Rejected};
use waymark_api::exit::Exit;
use waymark_api::serve::{SECOND_NAME, SECOND_PASSWORD, SESSION};
use waymark_api::v1;
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::secret::Secret;
use crate::show::names::Names;

/// File in the data folder with the node's address.
pub(crate) const ENDPOINT: &str = "endpoint";
/// File in the data folder with the node's access token.
pub(crate) const ACCESS: &str = "access";
/// A section may hold 16 MiB.
const ANSWER_BYTES_MAX: usize = 20 * 1024 * 1024;
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// The address and token of the node that runs on a data folder.
pub(crate) fn find(data: &Path) -> Result<(SocketAddr, Zeroizing<String>), Fault> {
    let path = data.join(ENDPOINT);
    let text = std::fs::read_to_string(&path).map_err(|fault| {
        let exit = if data.is_dir() { Exit::Unreachable } else { Exit::NotFound };
        Fault::new(exit, format!("no node has written its address to {}: {fault}", path.display()))
            .next("Start it with `waymark node`, or name its address with `--node` and `--access`.")
    })?;
    let address = text.trim().parse().map_err(|_| {
        Fault::new(Exit::Failure, format!("{} does not hold an address", path.display()))
            .next("Start the node again; it writes the file anew.")
    })?;
    Ok((address, read_token(&data.join(ACCESS))?))
}

/// The access token in a file.
pub(crate) fn read_token(path: &Path) -> Result<Zeroizing<String>, Fault> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|fault| Fault::file("the access token cannot be read:", path, &fault))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

/// What goes with every call.
#[derive(Clone)]
pub(crate) struct Credentials {
    authorization: MetadataValue<Ascii>,
    session: Option<MetadataValue<Ascii>>,
    /// Name and password of whoever agrees.
    second: Option<[MetadataValue<Binary>; 2]>,
}

impl Credentials {
    /// The token, and the session of whoever acts.
    pub(crate) fn new(token: &str, session: Option<&str>) -> Result<Self, Fault> {
        let mut authorization = ascii(&format!("Bearer {token}"), "access token")?;
        authorization.set_sensitive(true);
        Ok(Self { authorization, session: session.map(secret).transpose()?, second: None })
    }
}

fn ascii(text: &str, what: &str) -> Result<MetadataValue<Ascii>, Fault> {
    MetadataValue::try_from(text).map_err(|_| {
        Fault::usage(format!("the file does not hold a {what}")).next("Name the file that the node wrote.")
    })
}

/// A session as it goes with a call.
fn secret(session: &str) -> Result<MetadataValue<Ascii>, Fault> {
    let mut value = ascii(session, "session")?;
    value.set_sensitive(true);
    Ok(value)
}

impl Interceptor for Credentials {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.authorization.clone());
        if let Some(session) = &self.session {
            request.metadata_mut().insert(SESSION, session.clone());
        }
        if let Some([name, password]) = &self.second {
            request.metadata_mut().insert_bin(SECOND_NAME, name.clone());
            request.metadata_mut().insert_bin(SECOND_PASSWORD, password.clone());
        }
        Ok(request)
    }
}

/// A connection with the credentials in every call.
pub(crate) type Line = InterceptedService<Channel, Credentials>;

/// A node that answers.
pub(crate) struct Node {
    line: Line,
    channel: Channel,
    credentials: Credentials,
}

macro_rules! clients {
    ($($(#[$doc:meta])* $name:ident: $module:ident :: $client:ident;)+) => {
        impl Node {
            $($(#[$doc])*
            pub(crate) fn $name(&self) -> v1::$module::$client<Line> {
                v1::$module::$client::new(self.line.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
            })+
        }
    };
}

clients! {
    /// Cases.
    cases: case_service_client::CaseServiceClient;
    /// Consents.
    consents: consent_service_client::ConsentServiceClient;
    /// Referrals.
    referrals: referral_service_client::ReferralServiceClient;
    /// Shelter places.
    shelters: shelter_service_client::ShelterServiceClient;
    /// The directory.
    directory: directory_service_client::DirectoryServiceClient;
    /// Return journeys.
    returns: return_service_client::ReturnServiceClient;
    /// History.
    audit: audit_service_client::AuditServiceClient;
    /// Reports.
    reports: report_service_client::ReportServiceClient;
    /// Accounts and sessions.
    staff: staff_service_client::StaffServiceClient;
    /// The office and its network.
    offices: office_service_client::OfficeServiceClient;
}

impl Node {
    /// Connects; a call that takes longer than `timeout` is given up.
    ///
    /// # Security
    /// Only to this machine: the token would cross a network readable.
    pub(crate) async fn connect(
        address: SocketAddr,
        credentials: Credentials,
        timeout: Duration,
    ) -> Result<Self, Fault> {
        if !address.ip().is_loopback() {
            return Err(Fault::usage(format!(
                "{address} is not on this machine, and the connection is not encrypted"
            ))
            .next("Run the command on the machine of the node."));
        }
        let endpoint = Endpoint::from_shared(format!("http://{address}"))
            .map_err(|_| Fault::usage(format!("{address} is not an address")))?
            .connect_timeout(CONNECT_WITHIN)
            .timeout(timeout)
            .tcp_nodelay(true);
        let channel = endpoint.connect().await.map_err(|_| {
            Fault::new(Exit::Unreachable, format!("no node answers at {address}"))
                .next("Start it with `waymark node`, and look at its log when it ends by itself.")
        })?;
        let line = InterceptedService::new(channel.clone(), credentials.clone());
        Ok(Self { line, channel, credentials })
    }

    /// The same, where a second member of staff agrees with the one who acts.
    pub(crate) fn with_second(self, name: &str, password: &Secret) -> Self {
        let second = [name.as_bytes(), password.bytes()].map(|bytes| {
            let mut value = MetadataValue::from_bytes(bytes);
            value.set_sensitive(true);
            value
        });
        let credentials = Credentials { second: Some(second), ..self.credentials };
        let line = InterceptedService::new(self.channel.clone(), credentials.clone());
        Self { line, channel: self.channel, credentials }
    }

    /// The answer to a call about a consent of a case; where there is no such case because the two stand the other way round, it says so.
    pub(crate) async fn not_swapped<T>(
        &self,
        case: &str,
        consent: &str,
        answer: Result<T, Status>,
    ) -> Result<T, Status> {
        match answer {
            Err(status) if status.code() == Code::NotFound => {
                let request = v1::GetCaseRequest { case: consent.to_owned() };
                let found = self.cases().get_case(request).await.ok();
                let found = found.and_then(|answer| answer.into_inner().case).unwrap_or_default();
                let swapped = found.consents.iter().any(|given| given.consent == case);
                Err(if swapped { Rejected::one("case", api::Fault::Swapped).into() } else { status })
            }
            answer => answer,
        }
    }

    /// The names of all offices, for people.
    pub(crate) async fn names(&self) -> Result<Names, Fault> {
        let offices = self.all_offices().await?;
        Ok(offices.into_iter().map(|office| (office.office, office.name)).collect())
    }

    /// Every office of the network.
    pub(crate) async fn all_offices(&self) -> Result<Vec<v1::Office>, Fault> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let request =
                v1::ListOfficesRequest { page_size: 200, page_token, ..v1::ListOfficesRequest::default() };
            let page = self.offices().list_offices(request).await?.into_inner();
            all.extend(page.offices);
            if page.next_page_token.is_empty() {
                return Ok(all);
            }
            page_token = page.next_page_token;
        }
    }
}
