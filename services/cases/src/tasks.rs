//! What waits for a coordinator: withdrawals without an answer, emergency disclosures to be reviewed.

use waymark_api::convert::value::instant;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;
use waymark_domain::time::Timestamp;
use waymark_domain::timer::ERASURE_SECONDS;

use crate::rows::ReferralRow;

/// The tasks of one referral.
pub(crate) fn of_referral(
    id: ThreadId,
    row: &ReferralRow,
    overdue_only: bool,
    now: Timestamp,
) -> Option<Vec<v1::Task>> {
    let task = |kind: v1::TaskKind, due_at: Timestamp| v1::Task {
        kind: kind.into(),
        referral: id.to_string(),
        case: row.case.map(|case| case.to_string()).unwrap_or_default(),
        office: row.other.to_string(),
        due_at: Some(instant(due_at)),
        overdue: due_at < now,
        emergency: String::new(),
    };
    let unanswered = row.asked_at.map(|at| task(v1::TaskKind::ErasureUnanswered, at.plus(ERASURE_SECONDS)));
    let reviews = row.reviews.iter().map(|(emergency, by)| v1::Task {
        emergency: emergency.to_string(),
        ..task(v1::TaskKind::EmergencyReview, *by)
    });
    let tasks: Vec<v1::Task> =
        unanswered.into_iter().chain(reviews).filter(|task| task.overdue || !overdue_only).collect();
    (!tasks.is_empty()).then_some(tasks)
}
