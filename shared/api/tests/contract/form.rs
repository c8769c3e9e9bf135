//! The form that every service keeps.

use std::collections::BTreeSet;

use protox::prost_reflect::{Kind, MessageDescriptor, MethodDescriptor};

use crate::filled::{POOL, is_redacted};
use crate::requests::REQUESTS;

/// Verbs of calls that change nothing.
const READS: &[&str] = &["Get", "List", "Watch", "Search", "Replay", "Verify", "Reveal", "Export"];

/// Texts of requests that hold identifiers, days, codes and tokens: nothing that a person wrote about a person.
const PLAIN: &[&str] = &[
    "request_id",
    "etag",
    "page_token",
    "resume_token",
    "case",
    "referral",
    "recipient",
    "consent",
    "question",
    "request",
    "emergency",
    "event_id",
    "unit",
    "thread",
    "office",
    "service",
    "escorting_office",
    "shelter_referral",
    "staff",
    "languages",
    "sheet_language",
    "barred_countries",
    "country",
    "holidays",
    "locode",
    "source",
    "file",
    "place",
];

fn methods() -> impl Iterator<Item = MethodDescriptor> {
    POOL.services().flat_map(|service| service.methods().collect::<Vec<_>>())
}

/// Accounts are no part of the office's log: what changes them is no command. Neither is a proof that somebody brings: there is nothing
/// to decide, and it is told once, however often it is brought.
fn of_log() -> impl Iterator<Item = MethodDescriptor> {
    methods()
        .filter(|method| method.parent_service().name() != "StaffService" && method.name() != "PublishFraud")
}

fn is_read(method: &MethodDescriptor) -> bool {
    READS.iter().any(|verb| method.name().starts_with(verb))
}

fn has_first(message: &MessageDescriptor, name: &str, inner: &str) -> bool {
    message.get_field(1).is_some_and(|field| {
        let is_inner =
            matches!(field.kind(), Kind::Message(kind) if kind.full_name() == format!("waymark.v1.{inner}"));
        field.name() == name && is_inner
    })
}

#[test]
fn every_service_is_described() {
    let names: Vec<String> = POOL.services().map(|service| service.full_name().to_owned()).collect();
    let mut expected: Vec<String> = [
        "Audit",
        "Case",
        "Consent",
        "Directory",
        "Office",
        "Referral",
        "Report",
        "Return",
        "Shelter",
        "Staff",
    ]
    .map(|name| format!("waymark.v1.{name}Service"))
    .to_vec();
    expected.sort();
    assert_eq!(names, expected);
}

#[test]
fn every_change_carries_the_three_options_and_answers_with_what_was_written() {
    let options = crate::filled::message("MutationOptions");
    let fields: Vec<(String, Kind)> =
        options.fields().map(|field| (field.name().to_owned(), field.kind())).collect();
    let expected = [("request_id", Kind::String), ("etag", Kind::String), ("validate_only", Kind::Bool)];
    assert_eq!(fields, expected.map(|(name, kind)| (name.to_owned(), kind)));

    for method in of_log() {
        let name = method.full_name().to_owned();
        let options = has_first(&method.input(), "options", "MutationOptions");
        assert_eq!(options, !is_read(&method), "{name} carries options when it changes something");
        let written = has_first(&method.output(), "result", "MutationResult");
        let by_stream = method.name() == "ImportDirectory";
        assert_eq!(written, !is_read(&method) && !by_stream, "{name} answers with what was written");
    }
    assert!(has_first(&crate::filled::message("ImportSummary"), "result", "MutationResult"));
}

#[test]
fn every_change_is_read_into_a_command() {
    let changes: BTreeSet<String> = of_log()
        .filter(|method| !is_read(method) && method.name() != "ImportDirectory")
        .map(|method| method.input().name().to_owned())
        .collect();
    let read: BTreeSet<String> = REQUESTS.iter().map(|(name, _, _)| (*name).to_owned()).collect();
    assert_eq!(changes, read);
}

#[test]
fn every_list_has_pages_and_every_watch_can_be_resumed() {
    for method in methods() {
        let has = |message: MessageDescriptor, field: &str| message.get_field_by_name(field).is_some();
        let name = method.full_name().to_owned();
        let listed = method.name().starts_with("List") || method.name().starts_with("Search");
        for field in ["page_size", "page_token"] {
            assert_eq!(has(method.input(), field), listed, "{name}: {field}");
        }
        assert_eq!(has(method.output(), "next_page_token"), listed, "{name}");
        let watched = method.name().starts_with("Watch");
        for message in [method.input(), method.output()] {
            assert_eq!(has(message, "resume_token"), watched, "{name}");
        }
        assert_eq!(has(method.output(), "caught_up"), watched, "{name}");
        assert!(!watched || method.is_server_streaming(), "{name} is a stream");
    }
}

#[test]
fn every_text_of_a_request_is_plain_or_never_printed() {
    let mut seen = BTreeSet::new();
    for method in methods() {
        check_texts(&method.input(), &mut seen);
    }
}

fn check_texts(message: &MessageDescriptor, seen: &mut BTreeSet<String>) {
    if !seen.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields() {
        match field.kind() {
            Kind::String => {
                let plain = PLAIN.contains(&field.name()) || field.name().ends_with("_on");
                assert!(
                    plain != is_redacted(&field),
                    "{} is plain, or marked debug_redact",
                    field.full_name()
                );
            }
            Kind::Message(inner) => check_texts(&inner, seen),
            _ => {}
        }
    }
}

#[test]
fn nothing_marked_debug_redact_is_printed() {
    for (name, _, print) in REQUESTS {
        let request = crate::filled::filled(&crate::filled::message(name));
        let printed = print(&prost::Message::encode_to_vec(&request));
        assert!(!printed.contains(crate::filled::CANARY), "{printed}");
    }
}

#[test]
fn commands_read_from_requests_print_no_texts() {
    for (name, read, _) in REQUESTS {
        let request = crate::filled::filled(&crate::filled::message(name));
        let asked = read(&prost::Message::encode_to_vec(&request));
        assert!(!format!("{asked:?}").contains(crate::filled::CANARY), "{name}");
    }
}
