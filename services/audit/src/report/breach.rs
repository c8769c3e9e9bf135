//! What an office held within a span of time, thread by thread, as far as this office's log knows.

use tonic::Status;
use waymark_api::convert::list::Page;
use waymark_api::convert::report::Breach;
use waymark_api::convert::value::text_if_any;
use waymark_api::error;
use waymark_api::serve::holding::Holding;
use waymark_api::serve::paging::{Listing, listing};
use waymark_api::v1;
use waymark_desk::{Desk, Register};
use waymark_domain::ids::ThreadId;
use waymark_domain::refusal::Refusal;

use super::holders;
use crate::door;

/// The place of a row: the index at which its thread began here, then its place in the thread.
pub(crate) type Place = (u64, holders::Place);

/// The page of what was held.
pub(crate) fn list(
    desk: &Desk,
    breach: &Breach,
    page: &Page,
    from: Option<Place>,
) -> Result<Listing<v1::BreachHolding>, Status> {
    if desk.offices().iter().all(|office| office.id != breach.office) {
        return Err(error::refused(&Refusal::UnknownOffice { office: breach.office }));
    }
    let register = desk.register().map_err(|failure| door::failed(&failure))?;
    let threads = register.threads().filter(|(begun, _)| from.is_none_or(|(from, _)| from <= *begun));
    let rows = threads.flat_map(|(begun, thread)| {
        // A thread that cannot be read ends the report: a dossier with a gap would be taken for a whole one.
        let (held, failed) = match held(desk, &register, breach, thread) {
            Ok(held) => (held, None),
            Err(status) => (Vec::new(), Some(((begun, (0, 0)), Err(status)))),
        };
        let held = held.into_iter().map(move |holding| ((begun, holding.key()), Ok(holding)));
        held.chain(failed)
    });
    let rest = rows.filter(|(place, row)| row.is_err() || from.is_none_or(|from| from < *place));
    let listed = listing(page, rest, |_, row| Some(row.map(|holding| message(desk, breach, &holding))));
    let rows = listed.rows.into_iter().collect::<Result<_, _>>()?;
    Ok(Listing { rows, next_page_token: listed.next_page_token })
}

/// What the office held of one thread, in order.
fn held(desk: &Desk, register: &Register, breach: &Breach, id: ThreadId) -> Result<Vec<Holding>, Status> {
    let thread = desk.thread(id).map_err(|failure| door::failed(&failure))?;
    let Some(thread) = thread.as_deref() else { return Ok(Vec::new()) };
    let mut holdings = match (thread.case(), thread.referral()) {
        (Some(_), _) if breach.office == desk.me() => door::own_holdings(desk, id)?,
        (None, Some(referral)) if referral.party(breach.office).is_some() => {
            door::holdings(desk, register, id)?
        }
        _ => Vec::new(),
    };
    holdings.retain(|holding| holding.holder == breach.office && holding.was_held(breach.from, breach.to));
    holdings.sort_by_key(Holding::key);
    Ok(holdings)
}

fn message(desk: &Desk, breach: &Breach, holding: &Holding) -> v1::BreachHolding {
    let is_case = desk.thread(holding.thread).ok().flatten().is_some_and(|thread| thread.case().is_some());
    let case = if is_case { Some(holding.thread) } else { desk.case_of(holding.thread) };
    v1::BreachHolding {
        case: text_if_any(case),
        readable: holding.was_readable(breach.from, breach.to),
        holding: Some(holding.message()),
    }
}
