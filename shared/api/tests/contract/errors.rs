//! Errors as callers see them.

use std::collections::BTreeSet;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use waymark_api::error::{self, Fault, Rejected};
use waymark_api::exit::Exit;
use waymark_domain::ids::{Country, OfficeId, ThreadId};
use waymark_domain::refusal::{Gates, Refusal};
use waymark_domain::words::{Category, Gate};

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info().expect("every error has its info");
    assert_eq!(info.domain, "waymark");
    assert!(
        details.localized_message().is_some_and(|next| !next.message.is_empty()),
        "what to do next is told"
    );
    info.reason.clone()
}

#[test]
fn reasons_are_stable_words_and_each_is_used_once() {
    let reasons: BTreeSet<&str> = Refusal::REASONS.iter().copied().collect();
    assert_eq!(reasons.len(), Refusal::REASONS.len());
    for reason in reasons {
        assert!(reason.len() <= 63, "AIP-193: {reason}");
        assert!(reason.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'), "{reason}");
    }
}

#[test]
fn the_contract_lists_every_reason() {
    let described =
        crate::filled::POOL.get_enum_by_name("waymark.v1.ErrorReason").expect("is part of the contract");
    let listed: BTreeSet<String> = described
        .values()
        .filter(|value| value.number() != 0)
        .map(|value| value.name().trim_start_matches("ERROR_REASON_").to_owned())
        .collect();
    let own = [
        error::BAD_ARGUMENT,
        error::NOT_FOUND,
        error::STALE_STATE,
        error::START_GUARD,
        error::FAILURE,
        error::DISK_FULL,
        error::RESTART_NEEDED,
        error::REQUEST_ID_REUSED,
        error::NO_ACCESS,
        error::NOT_SIGNED_IN,
        error::STREAM_ENDED,
        error::ROLE_MISSING,
        error::SIGN_IN_WAITS,
        error::SECOND_REFUSED,
        error::ACCOUNT_REFUSED,
        error::BUSY,
        error::NOT_GIVEN_BACK,
        error::KEY_LOST,
        error::SECTION_NOT_HERE,
        error::SECTION_LOCKED,
        error::SECTION_ERASED,
    ];
    // These two are answered as NOT_FOUND, like everything that is hidden.
    let hidden = ["NO_CASE", "NO_REFERRAL"];
    let told = Refusal::REASONS.iter().chain(&own).filter(|reason| !hidden.contains(reason));
    assert_eq!(listed, told.map(|reason| (*reason).to_owned()).collect());
}

#[test]
fn each_family_of_refusals_has_its_code_and_its_exit() {
    let rows = [
        (Refusal::OwnOffice {}, Code::InvalidArgument, Exit::Usage),
        (Refusal::UnknownOffice { office: OfficeId([1; 16]) }, Code::NotFound, Exit::NotFound),
        (Refusal::CountryOfOrigin { country: Country(*b"UA") }, Code::PermissionDenied, Exit::Denied),
        (
            Refusal::CategoryNotConsented { category: Category::Health },
            Code::FailedPrecondition,
            Exit::ConsentMissing,
        ),
        (Refusal::AlreadyDone {}, Code::FailedPrecondition, Exit::Conflict),
        (Refusal::NoThreadKey {}, Code::Unavailable, Exit::Unreachable),
    ];
    for (refusal, code, exit) in rows {
        let status = error::refused(&refusal);
        assert_eq!(status.code(), code, "{refusal}");
        assert_eq!(reason(&status), refusal.reason());
        assert_eq!(Exit::from(&status), exit);
        assert_eq!(status.message(), refusal.to_string());
        let waits = status.get_error_details().retry_info().is_some();
        assert_eq!(waits, code == Code::Unavailable, "{refusal}");
    }
}

#[test]
fn an_office_is_named_where_its_name_is_known_and_nothing_else_changes() {
    let [known, other] = [OfficeId([0xa1; 16]), OfficeId([0xb2; 16])];
    let name = |id| (id == known).then(|| "south".to_owned());
    let told = error::with_names(error::refused(&Refusal::ConsentNamesAnother { recipient: known }), &name);
    assert_eq!(told.message(), "the consent names south and nobody else");
    assert_eq!((told.code(), reason(&told).as_str()), (Code::FailedPrecondition, "CONSENT_NAMES_ANOTHER"));
    let unknown = error::refused(&Refusal::ConsentNamesAnother { recipient: other });
    assert_eq!(error::with_names(unknown.clone(), &name).message(), unknown.message());
}

#[test]
fn absent_and_hidden_answer_alike_to_the_last_byte() {
    let hidden = error::absent();
    for refusal in [Refusal::NoCase {}, Refusal::NoReferral {}] {
        let absent = error::refused(&refusal);
        assert_eq!((absent.code(), absent.message()), (hidden.code(), hidden.message()));
        assert_eq!(absent.details(), hidden.details());
    }
    assert_eq!(hidden.code(), Code::NotFound);
}

#[test]
fn red_gates_are_named_one_by_one() {
    let status = error::refused(&Refusal::GatesRed { gates: Gates(vec![Gate::Documents, Gate::Place]) });
    let details = status.get_error_details();
    let gates: Vec<_> = details
        .precondition_failure()
        .expect("gates")
        .violations
        .iter()
        .map(|v| v.subject.as_str())
        .collect();
    assert_eq!(gates, ["documents", "place"]);
    assert_eq!(status.code(), Code::FailedPrecondition);
}

#[test]
fn arguments_at_fault_are_named_with_what_is_wrong() {
    let mut rejected = Rejected::one("offer.case", Fault::NotAnId);
    rejected.violations.extend(Rejected::one("offer.purposes", Fault::TooMany { max: 64 }).violations);
    let status = Status::from(rejected);
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "BAD_ARGUMENT"));
    let details = status.get_error_details();
    let fields: Vec<_> = details
        .bad_request()
        .expect("fields")
        .field_violations
        .iter()
        .map(|violation| (violation.field.as_str(), violation.description.as_str()))
        .collect();
    assert_eq!(fields[1], ("offer.purposes", "has more than 64 rows"));
    assert_eq!(fields[0].0, "offer.case");
    assert_eq!(Exit::from(&status), Exit::Usage);
}

#[test]
fn a_stale_call_is_aborted_and_tells_the_version_now() {
    let status = error::stale(31);
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Aborted, "STALE_STATE"));
    let details = status.get_error_details();
    assert_eq!(details.error_info().expect("info").metadata["etag"], "e1f");
    assert_eq!(Exit::from(&status), Exit::Conflict);
}

#[test]
fn a_failure_tells_nothing_and_a_closed_start_guard_what_to_do() {
    let failed = error::failed();
    assert_eq!((failed.code(), reason(&failed).as_str()), (Code::Internal, "FAILURE"));
    assert_eq!(Exit::from(&failed), Exit::Failure);

    let asking = error::not_ready("Wait until the others have answered.", Some(Duration::from_secs(5)));
    assert_eq!((asking.code(), reason(&asking).as_str()), (Code::Unavailable, "START_GUARD"));
    assert_eq!(
        asking.get_error_details().retry_info().and_then(|info| info.retry_delay),
        Some(Duration::from_secs(5))
    );
    let behind = error::not_ready("Let the coordinator close this log.", None);
    assert_eq!(behind.code(), Code::FailedPrecondition);
}

#[test]
fn an_ended_referral_names_the_thread_only_by_its_identifier() {
    let status = error::refused(&Refusal::HandOverOpen { referral: ThreadId([0xab; 16]) });
    assert!(status.message().contains(&"ab".repeat(16)));
}
