//! DirectoryService: what the office's directories hold, as messages. They are public data and no part of the log.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};
use waymark_api::convert::directory::{self as convert, ServiceFilter};
use waymark_api::convert::list::Page;
use waymark_api::convert::value::instant;
use waymark_api::convert::words::numbers;
use waymark_api::error::{self, Fault, Rejected};
use waymark_api::serve::stream::Sent;
use waymark_api::v1::{self, directory_service_server::DirectoryService};
use waymark_desk::Desk;

use crate::directory::language::LanguageCode;
use crate::directory::limits::QUERY_CHARS_MAX;
use crate::directory::search::QueryFault;
use crate::directory::{Directories, Entry, Location, Privacy, Query, ServiceKey};
use crate::{directory_import, door};

type Answer<M> = Result<Response<M>, Status>;

/// Messages of an import made ahead of a slow reader.
const AHEAD: usize = 64;
/// Imports under way at once.
const IMPORTING_MAX: usize = 2;

/// The directories of this office.
#[derive(Clone)]
pub struct DirectoryApi {
    desk: Arc<Desk>,
    directories: Arc<Directories>,
    /// Each holds its files in memory.
    importing: Arc<Semaphore>,
}

impl DirectoryApi {
    /// The service of `directories`, at the time of `desk`.
    #[must_use]
    pub fn new(desk: Arc<Desk>, directories: Arc<Directories>) -> Self {
        Self { desk, directories, importing: Arc::new(Semaphore::new(IMPORTING_MAX)) }
    }
}

#[tonic::async_trait]
impl DirectoryService for DirectoryApi {
    type ImportDirectoryStream = Sent<v1::ImportDirectoryResponse>;

    async fn import_directory(
        &self,
        request: Request<Streaming<v1::ImportDirectoryRequest>>,
    ) -> Answer<Self::ImportDirectoryStream> {
        let place = Arc::clone(&self.importing).try_acquire_owned().map_err(|_| error::busy())?;
        let (tell, told) = mpsc::channel(AHEAD);
        let (directories, now) = (Arc::clone(&self.directories), self.desk.now());
        let sent = request.into_inner();
        tokio::spawn(async move {
            let _place = place;
            if let Err(status) = directory_import::run(sent, directories, now, tell.clone()).await {
                // A caller that has gone away needs no answer.
                let _ = tell.send(Err(status)).await;
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(told))))
    }

    async fn search_services(
        &self,
        request: Request<v1::SearchServicesRequest>,
    ) -> Answer<v1::SearchServicesResponse> {
        let (filter, page) = convert::search(request.get_ref())?;
        let query = query(filter, &page)?;
        let directories = Arc::clone(&self.directories);
        let found = door::look(&self.desk, move |_| Ok(search(&directories, &query, &page)?));
        Ok(Response::new(found.await?))
    }

    async fn get_service(&self, request: Request<v1::GetServiceRequest>) -> Answer<v1::GetServiceResponse> {
        let key = ServiceKey::parse(&request.get_ref().service).ok_or_else(error::absent)?;
        let snapshot = self.directories.snapshot();
        let service = snapshot.service(&key).map(entry_message).ok_or_else(error::absent)?;
        Ok(Response::new(v1::GetServiceResponse { service: Some(service) }))
    }
}

fn query(filter: ServiceFilter, page: &Page) -> Result<Query, Rejected> {
    let foreign = || Rejected::one("page_token", Fault::ForeignToken);
    let token = page.after.clone().map(String::from_utf8).transpose().map_err(|_| foreign())?;
    let code = |language: &String| {
        LanguageCode::parse(language).ok_or_else(|| Rejected::one("languages", Fault::NotALanguage))
    };
    Ok(Query {
        text: filter.text,
        purposes: filter.purposes,
        languages: filter.languages.iter().map(code).collect::<Result<_, _>>()?,
        country: filter.country.map(directory_import::country_of).transpose()?,
        place: filter.place,
        with_inactive: false,
        page_size: page.size,
        page_token: token.unwrap_or_default(),
    })
}

fn search(
    directories: &Directories,
    query: &Query,
    page: &Page,
) -> Result<v1::SearchServicesResponse, Rejected> {
    let snapshot = directories.snapshot();
    let found = snapshot.search(query).map_err(|fault| match fault {
        QueryFault::TooLong => Rejected::one("text", Fault::TooLong { max: QUERY_CHARS_MAX }),
        QueryFault::PageToken => Rejected::one("page_token", Fault::ForeignToken),
    })?;
    let next_page_token = found.next.map(|token| page.next_token(token.as_bytes())).unwrap_or_default();
    Ok(v1::SearchServicesResponse {
        services: found.services.into_iter().map(entry_message).collect(),
        next_page_token,
    })
}

fn entry_message(entry: Entry<'_>) -> v1::DirectoryEntry {
    let (service, organisation) = (entry.service(), entry.organisation());
    let of_organisation = organisation.map(|organisation| organisation.phones.as_slice()).unwrap_or_default();
    let phones = if service.phones.is_empty() { of_organisation } else { &service.phones };
    v1::DirectoryEntry {
        service: entry.key().to_string(),
        name: service.name.clone(),
        organization: organisation.map(|organisation| organisation.name.clone()).unwrap_or_default(),
        description: service.description.clone().unwrap_or_default(),
        purposes: numbers(&service.purposes),
        languages: entry.languages().iter().map(|language| language.code().to_owned()).collect(),
        eligibility: service.eligibility.text.clone().unwrap_or_default(),
        locations: entry.locations().into_iter().map(location_message).collect(),
        phones: phones.iter().map(|phone| phone.number.clone()).collect(),
        email: first([&service.email, &organisation.and_then(|organisation| organisation.email.clone())]),
        url: first([&service.url, &organisation.and_then(|organisation| organisation.website.clone())]),
        hours: entry.hours(),
        source: entry.directory().name().to_string(),
        imported_at: Some(instant(entry.directory().imported_at())),
    }
}

fn location_message(location: &Location) -> v1::DirectoryLocation {
    let address = location.addresses.iter().find(|address| !address.postal).or(location.addresses.first());
    let of = |text: fn(&crate::directory::model::Address) -> &Option<String>| {
        address.and_then(|address| text(address).clone()).unwrap_or_default()
    };
    let region = address.and_then(|address| address.region.as_ref().or(address.province.as_ref()));
    let country = address.and_then(|address| address.country);
    v1::DirectoryLocation {
        name: location.name.clone().unwrap_or_default(),
        town: of(|address| &address.city),
        region: region.cloned().unwrap_or_default(),
        country: country.map(|country| country.code().to_owned()).unwrap_or_default(),
        address: of(|address| &address.street),
        confidential: location.privacy == Privacy::Confidential,
    }
}

fn first(texts: [&Option<String>; 2]) -> String {
    texts.into_iter().flatten().next().cloned().unwrap_or_default()
}
