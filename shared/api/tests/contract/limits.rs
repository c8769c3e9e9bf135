//! Bad values for every field of every change: each is refused by name, and what the comments allow is taken.

use prost::Message as _;
use protox::prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _, Value,
};
use waymark_domain::section::TEXT_MAX;

use crate::filled::{SECONDS, filled, is_redacted, message};
use crate::requests::{REQUESTS, Read};

/// A request with one field changed.
struct Changed {
    path: String,
    why: String,
    taken: bool,
    request: DynamicMessage,
}

#[test]
fn a_request_with_every_field_filled_is_read_into_the_command_of_its_name() {
    for (name, read, _) in REQUESTS {
        let asked = read(&filled(&message(name)).encode_to_vec());
        let asked = asked.unwrap_or_else(|rejected| panic!("{name}: {rejected}"));
        assert_eq!(format!("{}Request", asked.command.name()), *name);
        assert!(asked.conditions.validate_only && asked.conditions.request_id.is_some(), "{name}");
        assert_eq!(asked.conditions.etag, Some(1), "{name}");
    }
}

#[test]
fn an_empty_request_is_refused_and_names_what_is_needed() {
    for (name, read, _) in REQUESTS.iter().filter(|(name, _, _)| *name != "OpenCaseRequest") {
        let rejected = read(&[]).expect_err(name);
        assert!(!rejected.violations.is_empty(), "{name}");
    }
}

#[test]
fn every_field_keeps_its_limits_and_what_its_comment_says() {
    let mut checked = 0;
    for (name, read, _) in REQUESTS {
        for changed in changes(&filled(&message(name))) {
            judge(name, *read, &changed);
            checked += 1;
        }
    }
    assert!(checked > 1_000, "only {checked} values were tried");
}

fn judge(name: &str, read: Read, changed: &Changed) {
    let Changed { path, why, taken, request } = changed;
    match (read(&request.encode_to_vec()), taken) {
        (Ok(_), true) => {}
        (Ok(_), false) => panic!("{name}: {path} was taken though it is {why}"),
        (Err(rejected), true) => panic!("{name}: {path} {why} was refused: {rejected}"),
        (Err(rejected), false) => {
            let named = rejected.violations.iter().any(|violation| &violation.field == path);
            assert!(named, "{name}: {path} is {why}, but the refusal says: {rejected}");
        }
    }
}

/// Every single change to `whole` that this test knows, with the path that must be named.
fn changes(whole: &DynamicMessage) -> Vec<Changed> {
    let mut changes = Vec::new();
    for field in whole.descriptor().fields().filter(|field| whole.has_field(field)) {
        let mut with = |path: String, why: &str, taken: bool, value: Option<Value>| {
            let mut request = whole.clone();
            match value {
                Some(value) => request.set_field(&field, value),
                None => request.clear_field(&field),
            }
            changes.push(Changed { path, why: why.to_owned(), taken, request });
        };
        let name = field.name().to_owned();
        let comment = comment(&field);
        if field.is_list() {
            let optional = !comment.contains("t least one") && !comment.contains("all seven");
            with(name.clone(), "empty", optional, None);
            let one =
                whole.get_field(&field).as_list().and_then(|list| list.first()).expect("is filled").clone();
            with(name.clone(), "too many", false, Some(Value::List(vec![one.clone(); 400])));
            for (path, why, taken, value) in bad_values(&field, &one) {
                with(format!("{name}[0]{path}"), &why, taken, Some(Value::List(vec![value])));
            }
        } else {
            if !matches!(field.kind(), Kind::Bool | Kind::Uint32 | Kind::Sint32) {
                let optional =
                    ["Empty:", "May be empty.", "Absent:"].iter().any(|word| comment.contains(word))
                        || name == "etag";
                // Of a oneof the message around it is named: any of its members would do.
                let named = if field.containing_oneof().is_some() { String::new() } else { name.clone() };
                with(named, "absent", optional, None);
            }
            for (path, why, taken, value) in bad_values(&field, &whole.get_field(&field)) {
                with(format!("{name}{path}"), &why, taken, Some(value));
            }
        }
    }
    changes
}

type Tried = (String, String, bool, Value);

/// Values for one field (or element of a list), with the rest of the path.
fn bad_values(field: &FieldDescriptor, good: &Value) -> Vec<Tried> {
    let plain = |why: &str, taken: bool, value: Value| (String::new(), why.to_owned(), taken, value);
    match field.kind() {
        Kind::String if is_redacted(field) => vec![
            plain("too long", false, Value::String("x".repeat(TEXT_MAX + 1))),
            plain("as long as may be", true, Value::String("x".repeat(TEXT_MAX))),
        ],
        Kind::String => ["z?", "2026-02-30", "canary", "0123456789ABCDEF0123456789ABCDEF0"]
            .into_iter()
            .map(|text| plain("ill-formed", false, Value::String(text.to_owned())))
            .collect(),
        Kind::Enum(_) => vec![
            plain("unknown", false, Value::EnumNumber(9_999)),
            plain("negative", false, Value::EnumNumber(-1)),
            plain("unspecified", false, Value::EnumNumber(0)),
        ],
        Kind::Uint32 | Kind::Sint32 => numbers(field),
        Kind::Message(inner) if inner.name() == "Timestamp" => instants(&inner),
        Kind::Message(_) => {
            let inside = good.as_message().expect("is filled");
            changes(inside)
                .into_iter()
                .map(|changed| {
                    let dot = if changed.path.is_empty() { "" } else { "." };
                    (
                        format!("{dot}{}", changed.path),
                        changed.why,
                        changed.taken,
                        Value::Message(changed.request),
                    )
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Numbers whose range depends on a neighbour; tested beside their conversion.
const NEIGHBOURS: &[&str] = &["opens_minute", "closes_minute", "taken_otherwise"];

/// The ends of the range that the comment states are taken, their neighbours outside are not.
fn numbers(field: &FieldDescriptor) -> Vec<Tried> {
    if NEIGHBOURS.contains(&field.name()) {
        return Vec::new();
    }
    let comment = comment(field);
    let words: Vec<&str> = comment.split(|letter: char| !letter.is_ascii_digit() && letter != '-').collect();
    let before_to = comment
        .split(" to ")
        .next()
        .and_then(|text| text.rsplit(' ').next())
        .and_then(|text| text.parse().ok());
    let min: i64 = before_to.unwrap_or_else(|| panic!("{} states its range: {comment}", field.full_name()));
    let at = words.iter().position(|word| word.parse() == Ok(min)).expect("was just read");
    let max: i64 =
        words.iter().skip(at + 1).find_map(|word| word.parse().ok()).expect("a range has two ends");
    let number = |number: i64| match field.kind() {
        Kind::Sint32 => i32::try_from(number).ok().map(Value::I32),
        _ => u32::try_from(number).ok().map(Value::U32),
    };
    let extremes = [i64::from(i32::MIN), u32::MAX.into(), i32::MAX.into()];
    let outside = [min - 1, max + 1].into_iter().chain(extremes).map(|value| (value, false));
    outside
        .chain([(min, true), (max, true)])
        .filter_map(|(value, taken)| Some((String::new(), format!("{value}"), taken, number(value)?)))
        .collect()
}

fn instants(descriptor: &MessageDescriptor) -> Vec<Tried> {
    let instant = |seconds: i64, nanos: i32| {
        let mut instant = DynamicMessage::new(descriptor.clone());
        instant.set_field_by_name("seconds", Value::I64(seconds));
        instant.set_field_by_name("nanos", Value::I32(nanos));
        Value::Message(instant)
    };
    [(-1, 0), (i64::MIN, 0), (i64::MAX, 0), (4_102_444_800, 0), (SECONDS, -1), (SECONDS, 1_000_000_000)]
        .into_iter()
        .map(|(seconds, nanos)| (String::new(), "no instant".to_owned(), false, instant(seconds, nanos)))
        .chain([(String::new(), "with parts of a second".to_owned(), true, instant(SECONDS, 999_999_999))])
        .collect()
}

/// What the contract says about a field.
fn comment(field: &FieldDescriptor) -> String {
    let file = field.parent_file();
    let described = file.file_descriptor_proto();
    let locations = described.source_code_info.iter().flat_map(|info| &info.location);
    let location = locations.into_iter().find(|location| location.path == field.path());
    let comment =
        location.map(|location| location.leading_comments().replace("\n ", " ")).unwrap_or_default();
    assert!(!comment.trim().is_empty(), "{} has a comment", field.full_name());
    comment
}
