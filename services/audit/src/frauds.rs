//! Logs of which two histories were signed, a page at a time.

use tonic::Status;
use waymark_api::convert::list::Page;
use waymark_api::convert::value::instant;
use waymark_api::serve::paging::listing;
use waymark_api::v1;
use waymark_desk::{Desk, ProvenFraud};

use crate::door;

/// A page of them; `from` is where the page before ended.
pub(crate) fn list(desk: &Desk, page: &Page, from: Option<u64>) -> Result<v1::ListFraudsResponse, Status> {
    let frauds = desk.frauds().map_err(|failure| door::failed(&failure))?;
    let rows = (0..).zip(frauds).skip_while(|(at, _)| from.is_some_and(|from| *at <= from));
    let listed = listing(page, rows, |_, fraud| Some(message(fraud)));
    Ok(v1::ListFraudsResponse { frauds: listed.rows, next_page_token: listed.next_page_token })
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
