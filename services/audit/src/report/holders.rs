//! Every holder of data of one case: this office, whoever received it, and where she was before.

use tonic::Status;
use waymark_api::convert::list::Page;
use waymark_api::serve::holding::Holding;
use waymark_api::serve::paging::{Listing, listing};
use waymark_api::{error, v1};
use waymark_desk::{Desk, Thread};
use waymark_domain::ids::ThreadId;

use crate::door;

/// The place of a row: the index of the entry by which it came to be held, then basis and category.
pub(crate) type Place = (u64, u8);

/// The page of holders of `case`.
pub(crate) fn list(
    desk: &Desk,
    case: ThreadId,
    page: &Page,
    from: Option<Place>,
) -> Result<Listing<v1::Holding>, Status> {
    let mut holdings = of_case(desk, case)?;
    holdings.sort_by_key(Holding::key);
    let rest = holdings.iter().map(|holding| (holding.key(), holding));
    let rest = rest.filter(|(place, _)| from.is_none_or(|from| from < *place));
    Ok(listing(page, rest, |_, holding| Some(holding.message())))
}

fn of_case(desk: &Desk, id: ThreadId) -> Result<Vec<Holding>, Status> {
    let thread = desk.thread(id).map_err(|failure| door::failed(&failure))?;
    let case = thread.as_deref().and_then(Thread::case).ok_or_else(error::absent)?;
    let register = desk.register().map_err(|failure| door::failed(&failure))?;
    let mut holdings = door::own_holdings(desk, id)?;
    for link in &case.links {
        holdings.extend(door::holdings(desk, &register, link.referral)?);
    }
    Ok(holdings)
}
