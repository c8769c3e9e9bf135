//! Which role may call which method: one table for the whole contract. A method that is missing in it is called by nobody, and a test
//! fails.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::Role::{self, Administrator, Auditor, CaseWorker, Coordinator, Partner};
use crate::show::message::CONTRACT;

/// Whoever has the node's access token.
const ANYONE: &[Role] = &[];
const SIGNED_IN: &[Role] = &[CaseWorker, Coordinator, Auditor, Administrator, Partner];
const ADMINISTRATORS: &[Role] = &[Administrator];
/// What cannot be taken back, or judges what others did: never by the one who worked on the case alone. Of two who decide together, one.
const LEADS: &[Role] = &[Coordinator];
const OFFICE: &[Role] = &[Coordinator, Administrator];
const WORKERS: &[Role] = &[CaseWorker, Coordinator];
/// Whoever works with referrals, on either side.
const PARTIES: &[Role] = &[CaseWorker, Coordinator, Partner];
/// Without opening a section.
const READERS: &[Role] = &[CaseWorker, Coordinator, Partner, Auditor];
const AUDITORS: &[Role] = &[Auditor];
const HISTORY: &[Role] = &[Coordinator, Auditor];
const CHECKS: &[Role] = &[Coordinator, Auditor, Administrator];

/// A method and who may call it.
type Row = (&'static str, &'static [Role]);

/// Every method of the contract and who may call it, by service.
#[rustfmt::skip]
const TABLE: &[(&str, &[Row])] = &[
    ("AuditService", &[
        ("ReplayThread", HISTORY), ("GetHead", CHECKS), ("VerifyLog", CHECKS), ("ListDisclosures", HISTORY),
        ("ExportBundle", AUDITORS),
        ("GetReceipt", READERS), ("ListFrauds", CHECKS), ("PublishFraud", CHECKS),
    ]),
    ("CaseService", &[
        ("OpenCase", WORKERS), ("RecordSection", WORKERS), ("RevealSection", PARTIES), ("CloseCase", WORKERS),
        ("ReopenCase", WORKERS), ("SetSafeguards", WORKERS), ("GetCase", READERS), ("ListCases", READERS),
        ("WatchCases", READERS), ("ListLooks", HISTORY), ("GetSubjectAccess", WORKERS), ("OrderCaseErasure", LEADS),
    ]),
    ("ConsentService", &[
        ("GiveConsent", WORKERS), ("RefuseConsent", WORKERS), ("NarrowConsent", WORKERS), ("RenewConsent", WORKERS),
        ("WithdrawConsent", PARTIES), ("ClaimRetention", LEADS), ("DiscloseInEmergency", WORKERS),
        ("ReviewEmergency", LEADS), ("ListConsents", READERS), ("ListTasks", HISTORY), ("GetSharingSheet", WORKERS),
    ]),
    ("DirectoryService", &[
        ("ImportDirectory", OFFICE), ("SearchServices", SIGNED_IN), ("GetService", SIGNED_IN),
    ]),
    ("OfficeService", &[
        ("GetOffice", ANYONE), ("PublishProfile", OFFICE), ("ListOffices", ANYONE),
    ]),
    ("ReferralService", &[
        ("OfferReferral", WORKERS), ("AcknowledgeReferral", PARTIES), ("AskQuestion", PARTIES),
        ("AnswerQuestion", PARTIES), ("AcceptReferral", PARTIES), ("DeclineReferral", PARTIES),
        ("RequestDisclosure", PARTIES), ("DiscloseSections", WORKERS), ("RefuseDisclosure", WORKERS),
        ("WithdrawReferral", WORKERS), ("RedirectReferral", WORKERS), ("RequestCancellation", PARTIES),
        ("AgreeCancellation", PARTIES), ("DeclineCancellation", PARTIES), ("RecordContact", PARTIES),
        ("ScheduleService", PARTIES), ("StartService", PARTIES), ("CompleteService", PARTIES),
        ("SendMessage", PARTIES), ("MarkInError", PARTIES), ("GetReferral", READERS), ("ListReferrals", READERS),
        ("WatchReferrals", READERS),
    ]),
    ("ReportService", &[
        ("GetProcessingRecord", CHECKS), ("ListBreachHoldings", HISTORY), ("ListHolders", HISTORY),
    ]),
    ("ReturnService", &[
        ("ProposeJourney", WORKERS), ("AssessRisk", PARTIES), ("DecideJourney", WORKERS),
        ("RecordDocuments", WORKERS), ("BookLeg", WORKERS), ("NameEscort", PARTIES), ("ArrangeReception", PARTIES),
        ("ArrangePlace", WORKERS), ("SafeguardMinor", WORKERS), ("ClearJourney", WORKERS), ("Depart", WORKERS),
        ("StartLeg", PARTIES), ("ConfirmLeg", PARTIES), ("RecordCheckIn", PARTIES), ("RecordArrival", PARTIES),
        ("ConfirmReception", PARTIES), ("RecordFollowUp", PARTIES), ("AbortJourney", WORKERS),
        ("ChangeMind", PARTIES), ("CloseJourney", PARTIES), ("GetJourney", READERS), ("ListJourneys", READERS),
        ("WatchJourneys", READERS),
    ]),
    ("ShelterService", &[
        ("PublishCapacity", PARTIES), ("RequestPlace", WORKERS), ("HoldPlace", PARTIES), ("RefusePlace", PARTIES),
        ("ConfirmPlace", PARTIES), ("ReleasePlace", PARTIES), ("ChoosePlace", WORKERS), ("GiveUpPlace", WORKERS),
        ("ReleaseAddress", PARTIES), ("CheckInToShelter", PARTIES), ("CheckOutOfShelter", PARTIES),
        ("ReportNoShow", PARTIES), ("ListUnits", SIGNED_IN), ("ListPlaces", READERS), ("WatchPlaces", READERS),
    ]),
    ("StaffService", &[
        ("SignIn", ANYONE), ("SignOut", ANYONE), ("AddStaff", ADMINISTRATORS), ("ChangeStaff", ADMINISTRATORS),
        ("ChangePassword", SIGNED_IN), ("ListStaff", CHECKS),
    ]),
];

/// What two members of staff decide, who both may call it; and the roles of which one of the two has one.
const DECIDED_BY_TWO: &[(&str, &[Role])] = &[("/waymark.v1.ConsentService/DiscloseInEmergency", LEADS)];

/// The roles of which one of the two has one who decide what the method at `path` does; none when one person decides.
pub(crate) fn decided_by_two(path: &str) -> Option<&'static [Role]> {
    DECIDED_BY_TWO.iter().find(|(two, _)| *two == path).map(|(_, roles)| *roles)
}

/// Whether whoever has these roles opens sections of cases. Whoever may call what opens sections, and does not, opens those of referrals
/// only.
pub(crate) fn opens_cases(roles: &[Role]) -> bool {
    roles.iter().any(|role| WORKERS.contains(role))
}

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callers {
    /// Whoever has the node's access token.
    Anyone,
    /// Staff with one of these roles.
    Staff(&'static [Role]),
}

/// Who may call the method at `path` of the server; none for a path that is not in the table.
pub(crate) fn callers(path: &str) -> Option<Callers> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let Some(service) = service.strip_prefix("waymark.v1.") else {
        // Health and reflection tell nothing of the office.
        return service.starts_with("grpc.").then_some(Callers::Anyone);
    };
    let (_, methods) = TABLE.iter().find(|(name, _)| *name == service)?;
    let (_, roles) = methods.iter().find(|(name, _)| *name == method)?;
    Some(if roles.is_empty() { Callers::Anyone } else { Callers::Staff(roles) })
}

/// Paths of the methods that answer with a stream.
static STREAMS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let methods = CONTRACT.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let streams = methods.filter(prost_reflect::MethodDescriptor::is_server_streaming);
    streams.map(|method| format!("/{}/{}", method.parent_service().full_name(), method.name())).collect()
});

/// Whether the method at `path` answers with a stream.
pub(crate) fn is_stream(path: &str) -> bool {
    STREAMS.contains(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_of_the_contract_has_its_roles_and_the_table_has_no_other() {
        let mut contract: Vec<String> = CONTRACT
            .services()
            .filter(|service| service.package_name() == "waymark.v1")
            .flat_map(|service| service.methods().collect::<Vec<_>>())
            .map(|method| format!("/{}/{}", method.parent_service().full_name(), method.name()))
            .collect();
        contract.sort();
        let mut table: Vec<String> = TABLE
            .iter()
            .flat_map(|(service, methods)| {
                methods.iter().map(move |(method, _)| format!("/waymark.v1.{service}/{method}"))
            })
            .collect();
        table.sort();
        assert_eq!(contract, table);
        assert!(contract.iter().all(|path| callers(path).is_some()));
    }

    #[test]
    fn an_auditor_or_administrator_opens_no_section_and_nobody_alone_does() {
        for opens in ["RevealSection", "GetSubjectAccess"] {
            let Some(Callers::Staff(roles)) = callers(&format!("/waymark.v1.CaseService/{opens}")) else {
                panic!("anybody may look")
            };
            assert!(!roles.contains(&Auditor) && !roles.contains(&Administrator), "{opens}");
        }
        for role in [Auditor, Administrator, Partner] {
            assert!(!opens_cases(&[role]), "{} opens cases", role.word());
        }
        assert!(opens_cases(&[Partner, CaseWorker]) && opens_cases(&[Coordinator]));
        assert_eq!(callers("/waymark.v1.CaseService/Unknown"), None);
        assert_eq!(callers("/other.Service/Any"), None);
        assert_eq!(callers("/grpc.health.v1.Health/Check"), Some(Callers::Anyone));
    }

    #[test]
    fn a_partner_opens_sections_of_referrals_alone_and_decides_nothing_about_cases_or_emergencies() {
        let may = |path: &str| match callers(&format!("/waymark.v1.{path}")) {
            Some(Callers::Staff(roles)) => roles.contains(&Partner),
            _ => panic!("anybody may call {path}"),
        };
        for closed in [
            "CaseService/GetSubjectAccess",
            "CaseService/RecordSection",
            "CaseService/OpenCase",
            "CaseService/OrderCaseErasure",
            "ConsentService/GetSharingSheet",
            "ConsentService/GiveConsent",
            "ConsentService/DiscloseInEmergency",
            "ReferralService/DiscloseSections",
            "StaffService/ListStaff",
        ] {
            assert!(!may(closed), "a partner may call {closed}");
        }
        assert!(may("CaseService/RevealSection") && may("ReferralService/AcceptReferral"));
    }

    #[test]
    fn an_emergency_is_decided_by_two_who_may_and_one_of_them_is_a_coordinator() {
        for (path, roles) in DECIDED_BY_TWO {
            let Some(Callers::Staff(may)) = callers(path) else { panic!("{path} is in no table") };
            assert!(roles.iter().all(|role| may.contains(role)), "{path}");
        }
        assert_eq!(decided_by_two("/waymark.v1.ConsentService/DiscloseInEmergency"), Some(LEADS));
        assert_eq!(decided_by_two("/waymark.v1.CaseService/RevealSection"), None);
    }

    #[test]
    fn an_auditor_can_tell_who_stands_behind_a_pseudonym() {
        assert_eq!(callers("/waymark.v1.StaffService/ListStaff"), Some(Callers::Staff(CHECKS)));
        assert!(CHECKS.contains(&Auditor) && !CHECKS.contains(&Partner));
    }

    #[test]
    fn what_is_watched_replayed_or_verified_is_a_stream_and_a_change_is_none() {
        for stream in ["CaseService/WatchCases", "AuditService/ReplayThread", "AuditService/VerifyLog"] {
            assert!(is_stream(&format!("/waymark.v1.{stream}")), "{stream}");
        }
        assert!(!is_stream("/waymark.v1.StaffService/SignOut"));
        let watches = TABLE.iter().flat_map(|(_, methods)| *methods);
        let watches = watches.filter(|(method, _)| method.starts_with("Watch")).count();
        assert!(STREAMS.iter().filter(|path| path.contains("/Watch")).count() == watches && watches > 3);
    }
}
