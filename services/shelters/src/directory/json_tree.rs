//! Reads the outermost level of an HSDS JSON file and hands each element on, one at a time.
//!
//! Accepted are: one object (organisation, service, location, service at a location), an array of them, a page of the
//! HSDS API (`contents`), and tables by name (`"services.csv": […]`). A file broken in the middle gives what stands
//! before the break.

use serde::Deserializer as _;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::clean::quoted;
use super::fault::{Effect, Place, Reason};
use super::intake::Intake;
use super::json_shape::Walker;
use super::limits::JSON_DEPTH_MAX;

/// Reads the JSON in `text`, which file `file`, called `name`, holds.
pub(crate) fn read_json(intake: &mut Intake<'_>, file: usize, name: &str, text: &str) {
    if let Some(line) = too_deep(text) {
        return intake.fault(file, Place::WholeFile, Reason::JsonTooDeep { line }, Effect::FileLeftOut);
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut top = Top { walker: Walker::new(intake, file, name), element: None };
    let result = reader.deserialize_any(&mut top).and_then(|()| reader.end());
    let element = top.element;
    if let Err(error) = result
        && !intake.is_over()
    {
        let (place, effect) = match element {
            Some(pointer) => (Place::Pointer(pointer), Effect::RestLeftOut),
            None => (Place::WholeFile, Effect::FileLeftOut),
        };
        intake.fault(file, place, Reason::JsonSyntax(quoted(&error.to_string())), effect);
    }
}

/// The line on which brackets are nested too deep, if there is one.
fn too_deep(text: &str) -> Option<u64> {
    let (mut depth, mut line, mut in_text, mut escaped) = (0_usize, 1, false, false);
    for byte in text.bytes() {
        line += u64::from(byte == b'\n');
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > JSON_DEPTH_MAX {
            return Some(line);
        }
    }
    None
}

/// The outermost value.
struct Top<'w, 'a> {
    walker: Walker<'w, 'a>,
    /// The element being read, once one was read before it.
    element: Option<String>,
}

impl<'de> Visitor<'de> for &mut Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        each(seq, "", &mut self.element, |value, pointer| self.walker.object(value, pointer))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut whole = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let is_table = key.ends_with(".csv");
            if is_table || key == "contents" {
                map.next_value_seed(Part { top: self, key: &key, is_table })?;
            } else {
                whole.insert(key, map.next_value()?);
            }
            if self.walker.is_over() {
                return Ok(());
            }
        }
        self.walker.rest(whole, self.element.is_some());
        Ok(())
    }
}

/// A table of a tabular file, or the rows of a page.
struct Part<'t, 'w, 'a> {
    top: &'t mut Top<'w, 'a>,
    key: &'t str,
    is_table: bool,
}

impl<'de> serde::de::DeserializeSeed<'de> for Part<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Part<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        let Self { top, key, is_table } = self;
        let Top { walker, element } = top;
        let outer = format!("/{}", escaped(key));
        if is_table {
            walker.begin_table(key, &outer)
        } else {
            walker.begin_page()
        }
        each(seq, &outer, element, |value, pointer| walker.object(value, pointer))?;
        walker.begin_page();
        Ok(())
    }
}

/// Hands each element on, with its pointer, until nothing more is to be read.
fn each<'de, A: SeqAccess<'de>>(
    mut seq: A,
    outer: &str,
    element: &mut Option<String>,
    mut hand_on: impl FnMut(&Value, &str) -> core::ops::ControlFlow<()>,
) -> Result<(), A::Error> {
    for number in 0_u64.. {
        let pointer = format!("{outer}/{number}");
        if number > 0 {
            *element = Some(pointer.clone());
        }
        let Some(value) = seq.next_element::<Value>()? else { break };
        element.get_or_insert_with(|| pointer.clone());
        if hand_on(&value, &pointer).is_break() {
            break;
        }
    }
    Ok(())
}

/// A key as part of a JSON pointer.
pub(crate) fn escaped(key: &str) -> String {
    quoted(key).replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_outside_texts() {
        let deep = format!("{}{}", "[".repeat(JSON_DEPTH_MAX), "]".repeat(JSON_DEPTH_MAX));
        assert_eq!(too_deep(&deep), None);
        assert_eq!(too_deep(&format!("\n[{deep}]")), Some(2));
        assert_eq!(too_deep(&format!("[\"{}\\\"[[\"]", "[".repeat(100))), None);
    }
}
