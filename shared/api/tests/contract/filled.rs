//! Requests in which every field is filled with something valid, made from the descriptors alone.

use std::sync::LazyLock;

use protox::prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _, Value,
};

/// Everything that the contract describes.
pub(crate) static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(waymark_api::FILE_DESCRIPTOR_SET).expect("the exported set is whole")
});

/// Stands for a text that somebody wrote.
pub(crate) const CANARY: &str = "canary";

/// The instant that fields hold when nothing else fits better.
pub(crate) const SECONDS: i64 = 1_800_000_000;

/// The message of that name in `waymark.v1`.
pub(crate) fn message(name: &str) -> MessageDescriptor {
    POOL.get_message_by_name(&format!("waymark.v1.{name}"))
        .unwrap_or_else(|| panic!("{name} is in the contract"))
}

/// Whether a field may hold personal data.
pub(crate) fn is_redacted(field: &FieldDescriptor) -> bool {
    field.options().get_field_by_name("debug_redact").and_then(|value| value.as_bool()).unwrap_or(false)
}

/// A valid message of that kind with every field filled; of a oneof, the first.
pub(crate) fn filled(descriptor: &MessageDescriptor) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in descriptor.fields() {
        let first_of_oneof = field
            .containing_oneof()
            .is_none_or(|oneof| oneof.fields().next().is_some_and(|first| first == field));
        if first_of_oneof {
            message.set_field(&field, value(&field));
        }
    }
    suit(&mut message);
    message
}

fn value(field: &FieldDescriptor) -> Value {
    let one = scalar(field);
    if field.is_list() { Value::List(vec![one]) } else { one }
}

fn scalar(field: &FieldDescriptor) -> Value {
    match field.kind() {
        Kind::String => Value::String(text(field)),
        Kind::Bool => Value::Bool(true),
        Kind::Enum(_) => Value::EnumNumber(1),
        Kind::Uint32 => Value::U32(match field.name() {
            "closes_minute" => 600,
            "taken_otherwise" => 0,
            _ => 1,
        }),
        Kind::Uint64 => Value::U64(1),
        Kind::Int32 | Kind::Sint32 => Value::I32(0),
        Kind::Bytes => Value::Bytes(vec![7].into()),
        Kind::Message(inner) if inner.full_name() == "google.protobuf.Timestamp" => {
            let mut instant = DynamicMessage::new(inner);
            instant.set_field_by_name("seconds", Value::I64(SECONDS));
            Value::Message(instant)
        }
        Kind::Message(inner) => Value::Message(filled(&inner)),
        other => panic!("no value for {other:?} of {}", field.full_name()),
    }
}

fn text(field: &FieldDescriptor) -> String {
    let text = match field.name() {
        _ if is_redacted(field) => CANARY,
        "languages" => "en",
        "barred_countries" | "country" => "UA",
        "locode" => "PLWAW",
        "holidays" => "2026-12-25",
        "etag" => "e1",
        "page_token" | "resume_token" => "",
        name if name.ends_with("_on") => "2026-12-25",
        _ => "0123456789abcdef0123456789abcdef",
    };
    text.to_owned()
}

/// Makes neighbours agree: fields of a section with its category.
fn suit(message: &mut DynamicMessage) {
    let field_of_travel = POOL.get_enum_by_name("waymark.v1.SectionField").expect("is in the contract");
    let travel =
        field_of_travel.get_value_by_name("SECTION_FIELD_TRAVEL_DOCUMENT").expect("is a field").number();
    if message.descriptor().name() == "FieldValue" {
        message.set_field_by_name("field", Value::EnumNumber(travel));
    }
}
