//! A case as it is shown: the row of a list, and the whole without the content of its sections.

use tonic::Status;
use waymark_api::convert::case::safeguards_message;
use waymark_api::convert::change::etag_text;
use waymark_api::convert::value::{instant, text_if_any};
use waymark_api::convert::words::Word as _;
use waymark_api::serve::holding::Holding;
use waymark_api::{error, v1};
use waymark_desk::Desk;
use waymark_domain::case::{CaseState, Erasure, Link};
use waymark_domain::ids::{OfficeId, ThreadId};
use waymark_domain::time::Day;

use crate::history::History;
use crate::projection::{CasesProjection, Kept};
use crate::rows::CaseRow;
use crate::{consent_view, door, sections};

/// A row of a list.
pub(crate) fn summary(id: ThreadId, row: &CaseRow, me: OfficeId, today: Day) -> v1::CaseSummary {
    v1::CaseSummary {
        case: id.to_string(),
        etag: etag_text(row.etag),
        state: row.state().into(),
        minor: row.minor,
        opened_at: Some(instant(row.opened_at)),
        changed_at: Some(instant(row.changed_at)),
        sections: row.sections,
        consents: row.consents_in_force(today),
        open_referrals: row.standing.open_referrals,
        responsible_office: row.standing.responsible.unwrap_or(me).to_string(),
        on_the_way: row.standing.on_the_way,
    }
}

/// One case, read from the log.
pub(crate) fn read(desk: &Desk, rows: &CasesProjection, id: ThreadId) -> Result<v1::Case, Status> {
    let history = History::read(desk, id)?;
    let case = history.thread.case().ok_or_else(error::absent)?;
    let today = desk.now().day();
    let mut consents = Vec::new();
    for mut consent in consent_view::consents(&history, case, today).into_iter().rev() {
        consent.message.holders = consent_view::holders(desk, case, consent.id, today)?;
        consents.push(consent.message);
    }
    let kept = rows.kept();
    let row = kept.cases.get(&id).ok_or_else(error::absent)?;
    Ok(v1::Case {
        summary: Some(summary(id, &row.data, desk.me(), today)),
        sections: sections::of_case(&history, desk.me()),
        consents,
        referrals: case.links.iter().map(|link| linked_message(link, &kept)).collect(),
        outcome: row.data.closed.map_or(0, |outcome| outcome.number()),
        safeguards: case.erasure().is_none().then(|| safeguards_of(case)),
        erasure: case.erasure().map(|erasure| erasure_message(&history, erasure)),
        emergencies: consent_view::emergencies(desk, case)?.iter().map(Holding::message).collect(),
    })
}

fn safeguards_of(case: &CaseState) -> v1::Safeguards {
    safeguards_message(case.minor, &case.barred)
}

fn erasure_message(history: &History, erasure: &Erasure) -> v1::CaseErasure {
    v1::CaseErasure {
        reason: erasure.reason.number(),
        ordered_at: history.recorded_at(erasure.order).map(instant),
        erased_at: door::case_erasure(&history.seen).map(|done| instant(done.erased_at)),
    }
}

fn linked_message(link: &Link, kept: &Kept) -> v1::LinkedReferral {
    v1::LinkedReferral {
        referral: link.referral.to_string(),
        other_office: link.other.to_string(),
        side: link.side.number(),
        kind: link.kind.number(),
        phase: kept.referrals.get(&link.referral).map_or(0, |row| row.data.phase),
        consent: text_if_any(link.consent),
    }
}
