//! Logs of which two histories were signed: told a page at a time, and told to the network.

use tonic::Status;
use waymark_api::convert::list::Page;
use waymark_api::convert::value::instant;
use waymark_api::error::{Fault, Rejected};
use waymark_api::serve::paging::listing;
use waymark_api::v1;
use waymark_desk::{Desk, ProvenFraud};
use waymark_domain::ids::StaffId;

use crate::door;

/// A page of them; `from` is where the page before ended.
pub(crate) fn list(desk: &Desk, page: &Page, from: Option<u64>) -> Result<v1::ListFraudsResponse, Status> {
    let frauds = desk.frauds().map_err(|failure| door::failed(&failure))?;
    let rows = (0..).zip(frauds).skip_while(|(at, _)| from.is_some_and(|from| *at <= from));
    let listed = listing(page, rows, |_, fraud| Some(message(fraud)));
    Ok(v1::ListFraudsResponse { frauds: listed.rows, next_page_token: listed.next_page_token })
}

/// Publishes a proof that somebody brings.
pub(crate) fn publish(desk: &Desk, proof: &[u8], staff: StaffId) -> Result<v1::ProvenFraud, Status> {
    let shown = desk.show_fraud(proof, staff).map_err(|error| door::not_done(desk, error))?;
    let proven = shown.ok_or_else(|| Rejected::one("proof", Fault::ProvesNothing))?;
    Ok(message(proven))
}

fn message(fraud: ProvenFraud) -> v1::ProvenFraud {
    v1::ProvenFraud {
        office: fraud.office.to_string(),
        log: fraud.log,
        in_force: fraud.in_force,
        known_at: Some(instant(fraud.at)),
        shown_by: fraud.by.to_string(),
        event_id: fraud.event.to_string(),
        index: fraud.index,
        proof: fraud.proof,
    }
}
