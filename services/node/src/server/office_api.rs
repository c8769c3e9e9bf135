//! OfficeService: this office and its network. Here, because it also tells how post and start guard stand.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;
use tonic::{Request, Response, Status};
use waymark_api::convert::office::{self, OfficeFilter};
use waymark_api::convert::value::{day_text, instant};
use waymark_api::convert::words::{Word as _, numbers};
use waymark_api::serve::paging::{after, listing};
use waymark_api::v1::{self, office_service_server::OfficeService};
use waymark_courier::{Absence, HubState};
use waymark_desk::{Desk, Finding, NotReady, OfficeCard, Waiting, Witnessing, notices_of, read_roster};
use waymark_domain::ids::OfficeId;
use waymark_domain::time::Timestamp;
use waymark_domain::world::Standing;
use waymark_seal::checkpoint::{Origin, parse_checkpoint};
use waymark_seal::roster::RosterChain;

use crate::door;
use crate::setup::compared::Compared as _;
use crate::setup::network::{self, Network};

type Answer<M> = Result<Response<M>, Status>;

/// This office and its network.
#[derive(Clone)]
pub(super) struct OfficeApi {
    desk: Arc<Desk>,
    hub: watch::Receiver<HubState>,
    folder: PathBuf,
}

impl OfficeApi {
    /// The service at `desk`, whose folder is `folder`.
    pub(super) fn new(desk: Arc<Desk>, hub: watch::Receiver<HubState>, folder: PathBuf) -> Self {
        Self { desk, hub, folder }
    }
}

#[tonic::async_trait]
impl OfficeService for OfficeApi {
    async fn get_office(&self, _: Request<v1::GetOfficeRequest>) -> Answer<v1::GetOfficeResponse> {
        let (folder, hub) = (self.folder.clone(), self.hub.borrow().clone());
        let office = door::look(&self.desk, move |desk| status(desk, &hub, &folder)).await?;
        Ok(Response::new(v1::GetOfficeResponse { office: Some(office) }))
    }

    async fn publish_profile(
        &self,
        request: Request<v1::PublishProfileRequest>,
    ) -> Answer<v1::PublishProfileResponse> {
        door::change(&self.desk, request).await
    }

    async fn list_offices(
        &self,
        request: Request<v1::ListOfficesRequest>,
    ) -> Answer<v1::ListOfficesResponse> {
        let (filter, page) = office::list(request.get_ref())?;
        let from: Option<u64> = after(&page)?;
        let listed = door::look(&self.desk, move |desk| {
            let mut cards = desk.offices();
            cards.sort_by_cached_key(|card| (card.name.to_lowercase(), card.id));
            let rows = (0..).zip(cards).skip_while(|(at, _)| from.is_some_and(|from| *at <= from));
            Ok(listing(&page, rows, |_, card| passes(&filter, &card).then(|| message(desk, &card))))
        });
        let listed = listed.await?;
        Ok(Response::new(v1::ListOfficesResponse {
            offices: listed.rows,
            next_page_token: listed.next_page_token,
        }))
    }
}

fn passes(filter: &OfficeFilter, card: &OfficeCard) -> bool {
    let any = |wanted: bool, none: bool| wanted || none;
    // Who does not take part offers nothing, whatever it said before.
    let profile = card.profile.iter().filter(|_| card.standing == Standing::Active);
    let mut services = profile.flat_map(|profile| &profile.services);
    any(card.roles.iter().any(|role| filter.roles.contains(role)), filter.roles.is_empty())
        && any(services.any(|service| filter.services.contains(service)), filter.services.is_empty())
        && filter.country.is_none_or(|country| country == card.country)
}

fn message(desk: &Desk, card: &OfficeCard) -> v1::Office {
    v1::Office {
        office: card.id.to_string(),
        name: card.name.clone(),
        organization: card.organisation.clone(),
        country: card.country.to_string(),
        institution: card.institution.number(),
        roles: numbers(&card.roles),
        state: state(card.standing).into(),
        profile: card.profile.as_ref().map(office::profile_message),
        inbox_until_on: day_text(card.inbox_key_until),
        last_heard_at: card.last_heard.map(instant),
        log_size: card.log_size,
        own: card.id == desk.me(),
        frozen_at: card.frozen_since.map(instant),
    }
}

fn state(standing: Standing) -> v1::OfficeState {
    match standing {
        Standing::Active => v1::OfficeState::Active,
        Standing::Suspended => v1::OfficeState::Suspended,
        Standing::Left => v1::OfficeState::Left,
        Standing::Frozen => v1::OfficeState::Frozen,
    }
}

fn status(desk: &Desk, hub: &HubState, folder: &std::path::Path) -> Result<v1::OfficeStatus, Status> {
    let stands = desk.status();
    let cards = desk.offices();
    let own = cards.iter().find(|card| card.id == desk.me());
    let roster = read_roster(folder, desk.now()).ok();
    let newest = roster.as_ref().map(RosterChain::newest);
    let notices = desk.thread(notices_of(desk.me())).map_err(|failure| door::failed(&failure))?;
    let mut waiting = desk.waiting().map_err(|failure| door::failed(&failure))?;
    // What was written to an office that has left since is on its way to nobody.
    let has_left = |id| cards.iter().any(|card| card.id == id && card.standing == Standing::Left);
    waiting.retain(|waiting| !has_left(waiting.to));
    let awaited = desk.awaited();
    let (hub, hub_since) = post(hub, desk.now());
    let (start_guard, start_guard_advice) = guard(stands.guard);
    Ok(v1::OfficeStatus {
        office: own.map(|card| message(desk, card)),
        network: desk.network().to_string(),
        network_name: Network::read(&folder.join(network::FILE))
            .map(|network| network.name)
            .unwrap_or_default(),
        roster_version: newest.map_or(0, |roster| roster.version),
        roster_expires_on: day_text(newest.map(|roster| roster.expires_at.day())),
        head: roster.as_ref().and_then(|chain| head(desk, chain)),
        hub: hub.into(),
        hub_since,
        outbox: waiting.iter().map(|waiting| waiting.entries).sum(),
        outbox_oldest_at: waiting.iter().map(|waiting| waiting.since).min().map(instant),
        peers: cards
            .iter()
            .filter(|card| card.id != desk.me() && card.standing != Standing::Left)
            .map(|card| peer(card, &waiting, &awaited))
            .collect(),
        start_guard: start_guard.into(),
        start_guard_advice,
        anomalies: stands.findings.iter().map(|finding| finding.count).sum(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        etag: notices
            .map(|thread| waymark_api::convert::change::etag_text(thread.etag.0))
            .unwrap_or_default(),
        witnesses: Some(witnesses(desk.witnessing(), desk.roster_witnesses())),
        findings: stands.findings.into_iter().map(finding).collect(),
    })
}

fn finding(finding: Finding) -> v1::FindingCount {
    v1::FindingCount {
        whom: finding.whom,
        verdict: finding.verdict.to_owned(),
        count: finding.count,
        last_at: Some(instant(finding.last_at)),
    }
}

fn witnesses(stands: Witnessing, roster_by: Vec<(OfficeId, Timestamp)>) -> v1::WitnessStatus {
    let word = |(office, at): (OfficeId, Timestamp)| v1::WitnessWord {
        office: office.to_string(),
        at: Some(instant(at)),
    };
    let by = stands.newest.iter().flat_map(|newest| &newest.cosignatures);
    v1::WitnessStatus {
        size: stands.newest.as_ref().map_or(0, |newest| newest.size),
        by: by.map(|one| word((one.office, one.at))).collect(),
        quorum_size: stands.under_quorum,
        nobody: stands.nobody,
        silent: stands.silent.into_iter().map(word).collect(),
        clock_behind_at: stands.clock_behind.map(instant),
        roster_by: roster_by.into_iter().map(word).collect(),
    }
}

/// The newest durable head, read back from the signed note.
fn head(desk: &Desk, roster: &RosterChain) -> Option<v1::LogHead> {
    let (log, checkpoint) = (desk.status().log, desk.checkpoint());
    let origin = Origin { network: desk.network(), office: desk.me(), log };
    let keys = roster.newest().office(&desk.me())?.logs.iter().filter(|range| range.log == log);
    let head =
        keys.filter_map(|range| parse_checkpoint(&checkpoint, &origin, &range.key).ok()).next_back()?;
    Some(v1::LogHead {
        origin: origin.to_string(),
        office: desk.me().to_string(),
        log,
        size: head.size,
        root: head.root.as_bytes().to_vec(),
        checkpoint,
    })
}

fn peer(card: &OfficeCard, waiting: &[Waiting], awaited: &[OfficeId]) -> v1::PeerStatus {
    let waiting = waiting.iter().find(|waiting| waiting.to == card.id);
    v1::PeerStatus {
        office: card.id.to_string(),
        waiting: waiting.map_or(0, |waiting| waiting.entries),
        oldest_at: waiting.map(|waiting| instant(waiting.since)),
        last_heard_at: card.last_heard.map(instant),
        awaited: awaited.contains(&card.id),
        state: state(card.standing).into(),
        frozen_at: card.frozen_since.map(instant),
    }
}

/// How the hub stands, and since when it is missing.
fn post(hub: &HubState, now: Timestamp) -> (v1::HubState, Option<prost_types::Timestamp>) {
    match hub {
        HubState::Connected => (v1::HubState::Connected, None),
        HubState::Missing { since, why } => {
            let since = Timestamp(now.0.saturating_sub(since.elapsed().as_secs()));
            let state = match why {
                Absence::NoBox => v1::HubState::Refused,
                Absence::Unreachable | Absence::NoStream | Absence::TooOld { .. } => v1::HubState::Missing,
            };
            (state, Some(instant(since)))
        }
    }
}

fn guard(guard: Result<(), NotReady>) -> (v1::StartGuard, String) {
    let Err(not_ready) = guard else { return (v1::StartGuard::Open, String::new()) };
    let state = match not_ready {
        NotReady::Asking => v1::StartGuard::Asking,
        NotReady::Behind { .. } => v1::StartGuard::Behind,
        NotReady::Alone => v1::StartGuard::Alone,
        NotReady::Forked => v1::StartGuard::Forked,
        NotReady::Closed => v1::StartGuard::Closed,
        NotReady::CarryingOver => v1::StartGuard::CarryingOver,
    };
    (state, not_ready.to_string())
}
