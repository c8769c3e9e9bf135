//! Disclosures in the own log, each with what is to be said of it: a page at a time, from the newest entry backwards.

use tonic::Status;
use waymark_api::convert::list::Page;
use waymark_api::convert::value::instant;
use waymark_api::convert::words::numbers;
use waymark_api::serve::paging::{Listing, listing};
use waymark_api::v1;
use waymark_desk::{Desk, Disclosure, DisclosureVerdict};

use crate::door;

/// A page of them; `from` is where the page before ended.
pub(crate) fn list(
    desk: &Desk,
    page: &Page,
    from: Option<u64>,
    findings: bool,
) -> Result<Listing<v1::JudgedDisclosure>, Status> {
    let mut failed = None;
    let indices = (0..from.unwrap_or_else(|| *desk.changes().borrow())).rev();
    let listed = listing(page, indices.map(|index| (index, ())), |index, ()| {
        let found = desk.disclosure_at(index).unwrap_or_else(|failure| {
            failed.get_or_insert(failure);
            None
        });
        let wanted = |found: &Disclosure| !findings || found.verdict != DisclosureVerdict::Within;
        found.filter(wanted).map(|found| message(&found))
    });
    match failed {
        Some(failure) => Err(door::failed(&failure)),
        None => Ok(listed),
    }
}

fn message(found: &Disclosure) -> v1::JudgedDisclosure {
    v1::JudgedDisclosure {
        at: Some(instant(found.at)),
        verdict: verdict(found.verdict).into(),
        from_office: found.from.to_string(),
        to_office: found.to.to_string(),
        categories: numbers(&found.categories.to_vec()),
        thread: found.thread.to_string(),
        event_id: found.event.to_string(),
        index: found.index,
        unwitnessed: found.unwitnessed,
    }
}

const fn verdict(verdict: DisclosureVerdict) -> v1::DisclosureVerdict {
    match verdict {
        DisclosureVerdict::Within => v1::DisclosureVerdict::Within,
        DisclosureVerdict::Emergency => v1::DisclosureVerdict::Emergency,
        DisclosureVerdict::OutsideConsent => v1::DisclosureVerdict::OutsideConsent,
        DisclosureVerdict::AfterWithdrawal => v1::DisclosureVerdict::AfterWithdrawal,
        DisclosureVerdict::AfterExpiry => v1::DisclosureVerdict::AfterExpiry,
        DisclosureVerdict::BeforeConsent => v1::DisclosureVerdict::BeforeConsent,
        DisclosureVerdict::UndeclaredEmergency => v1::DisclosureVerdict::UndeclaredEmergency,
    }
}
