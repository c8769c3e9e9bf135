//! What people wrote, from a file or standard input as one JSON object: the only way by which personal data comes in.
//!
//! A fault names keys that the command knows and places in the input, never what stands there.

use std::convert::Infallible;
use std::io::Read as _;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::show::json::Json;

/// 64 texts of 16 KiB, and room for escapes.
const INPUT_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Where input comes from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl FromStr for Source {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(if text == "-" { Self::Stdin } else { Self::File(text.into()) })
    }
}

impl Source {
    fn read(&self) -> Result<Zeroizing<String>, Fault> {
        let mut text = Zeroizing::new(String::new());
        let limit = INPUT_BYTES_MAX + 1;
        let read = match self {
            Self::Stdin => std::io::stdin().lock().take(limit).read_to_string(&mut text),
            Self::File(path) => std::fs::File::open(path)
                .map_err(|fault| Fault::file("the input cannot be read:", path, &fault))?
                .take(limit)
                .read_to_string(&mut text),
        };
        read.map_err(|fault| Fault::usage(format!("the input cannot be read: {fault}")))?;
        if text.len() as u64 > INPUT_BYTES_MAX {
            return Err(Fault::usage("the input is longer than 8 MiB"));
        }
        Ok(text)
    }
}

/// A JSON object of which members are taken one by one.
pub(crate) struct Input {
    members: Vec<(String, Json)>,
    /// Where the object stands in the input, for faults.
    place: String,
}

impl Input {
    /// Reads the object; every key must be among `known`. Without a source it is empty.
    pub(crate) fn read(source: Option<&Source>, known: &[&str]) -> Result<Self, Fault> {
        let Some(source) = source else { return Ok(Self { members: Vec::new(), place: String::new() }) };
        Self::parse(&source.read()?, known)
    }

    pub(crate) fn parse(text: &str, known: &[&str]) -> Result<Self, Fault> {
        let json: Json = serde_json::from_str(text).map_err(|fault| malformed(&fault))?;
        Self::of(json, "", known)
    }

    /// An object inside another; `place` says where it stands.
    fn of(json: Json, place: &str, known: &[&str]) -> Result<Self, Fault> {
        let Json::Object(members) = json else {
            let what = if place.is_empty() {
                "the input is not a JSON object".to_owned()
            } else {
                format!("`{place}` is not an object")
            };
            return Err(Fault::usage(what).next(knows(known)));
        };
        if let Some(at) = members.iter().position(|(key, _)| !known.contains(&key.as_str())) {
            let within = if place.is_empty() { "the input".to_owned() } else { format!("`{place}`") };
            return Err(Fault::usage(format!(
                "key number {} of {within} is not known to this command",
                at + 1
            ))
            .next(knows(known)));
        }
        Ok(Self { members, place: place.to_owned() })
    }

    /// Whether a key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.members.iter().any(|(known, _)| known == key)
    }

    /// Takes a value.
    fn take(&mut self, key: &str) -> Option<Json> {
        let at = self.members.iter().position(|(known, _)| known == key)?;
        Some(self.members.remove(at).1)
    }

    /// The path of a key, for faults.
    fn path(&self, key: &str) -> String {
        if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) }
    }

    fn not(&self, key: &str, what: &str) -> Fault {
        Fault::usage(format!("`{}` in the input is not {what}", self.path(key)))
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, key: &str) -> Result<String, Fault> {
        let text = self.text_if_any(key)?;
        if text.trim().is_empty() {
            return Err(Fault::usage(format!("`{}` is missing in the input", self.path(key)))
                .next(format!("Give it with `--from FILE`, as JSON: {{\"{key}\": \"…\"}}.")));
        }
        Ok(text)
    }

    /// A text, or an empty one.
    pub(crate) fn text_if_any(&mut self, key: &str) -> Result<String, Fault> {
        match self.take(key) {
            None | Some(Json::Null) => Ok(String::new()),
            Some(Json::Text(text)) => Ok(text),
            Some(Json::Bool(_) | Json::Number(_) | Json::List(_) | Json::Object(_)) => {
                Err(self.not(key, "a text"))
            }
        }
    }

    /// A whole number that must be there.
    pub(crate) fn number(&mut self, key: &str) -> Result<u32, Fault> {
        let Some(Json::Number(number)) = self.take(key) else { return Err(self.not(key, "a whole number")) };
        number
            .as_u64()
            .and_then(|number| number.try_into().ok())
            .ok_or_else(|| self.not(key, "a whole number"))
    }

    /// Yes or no; no when absent.
    pub(crate) fn yes(&mut self, key: &str) -> Result<bool, Fault> {
        match self.take(key) {
            None | Some(Json::Null) => Ok(false),
            Some(Json::Bool(yes)) => Ok(yes),
            Some(Json::Text(_) | Json::Number(_) | Json::List(_) | Json::Object(_)) => {
                Err(self.not(key, "true or false"))
            }
        }
    }

    /// Texts; none when absent.
    pub(crate) fn texts(&mut self, key: &str) -> Result<Vec<String>, Fault> {
        let values = self.list(key)?;
        let text = |value: Json| value.as_text().map(str::to_owned);
        values.into_iter().map(text).collect::<Option<_>>().ok_or_else(|| self.not(key, "a list of texts"))
    }

    /// An object whose keys are among `known`.
    pub(crate) fn object(&mut self, key: &str, known: &[&str]) -> Result<Self, Fault> {
        let path = self.path(key);
        Self::of(self.take(key).unwrap_or(Json::Null), &path, known)
    }

    /// Objects whose keys are among `known`; none when absent.
    pub(crate) fn objects(&mut self, key: &str, known: &[&str]) -> Result<Vec<Self>, Fault> {
        let path = self.path(key);
        let values = self.list(key)?.into_iter().enumerate();
        values.map(|(at, value)| Self::of(value, &format!("{path}[{at}]"), known)).collect()
    }

    fn list(&mut self, key: &str) -> Result<Vec<Json>, Fault> {
        match self.take(key) {
            None | Some(Json::Null) => Ok(Vec::new()),
            Some(Json::List(values)) => Ok(values),
            Some(Json::Text(_) | Json::Bool(_) | Json::Number(_) | Json::Object(_)) => {
                Err(self.not(key, "a list"))
            }
        }
    }

    /// The texts that are left, in the order given.
    pub(crate) fn remaining_texts(mut self) -> Result<Vec<(String, String)>, Fault> {
        let keys: Vec<_> = self.members.iter().map(|(key, _)| key.clone()).collect();
        keys.into_iter().map(|key| self.text(&key).map(|text| (key, text))).collect()
    }
}

fn knows(known: &[&str]) -> String {
    format!("This command knows: {}.", known.join(", "))
}

/// Syntax only: where, and whether a key came twice. The parser's own words could repeat what stands there.
fn malformed(fault: &serde_json::Error) -> Fault {
    let what = if fault.is_data() {
        "names a key twice"
    } else if fault.is_eof() {
        "ends too early"
    } else {
        "is not JSON"
    };
    Fault::usage(format!("the input {what}, at line {} column {}", fault.line(), fault.column()))
        .next("Correct it and try again.")
}

/// A note that may be left out.
#[derive(Args)]
pub(crate) struct NoteArgs {
    /// JSON input, `-` for standard input: {"note": "…"}
    #[arg(long = "from", value_name = "FILE")]
    source: Option<Source>,
}

impl NoteArgs {
    /// The note, or an empty text.
    pub(crate) fn read(&self) -> Result<String, Fault> {
        Input::read(self.source.as_ref(), &["note"])?.text_if_any("note")
    }
}

/// A text that must be given.
#[derive(Args)]
pub(crate) struct TextArgs {
    /// JSON input, `-` for standard input: {"text": "…"}
    #[arg(long = "from", value_name = "FILE")]
    source: Source,
}

impl TextArgs {
    /// The text.
    pub(crate) fn read(&self) -> Result<String, Fault> {
        Input::read(Some(&self.source), &["text"])?.text("text")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "Zsofia-Canary";

    fn fault(text: &str) -> String {
        let read = Input::parse(text, &["note", "rows"]).and_then(|mut input| {
            input.text("note")?;
            let rows = input.objects("rows", &["threat", "likelihood"])?;
            rows.into_iter().try_for_each(|mut row| row.number("likelihood").map(drop))
        });
        read.expect_err("a fault").to_string()
    }

    #[test]
    fn faults_say_where_and_never_what() {
        let wrong = [
            (format!(r#"{{"note": "{CANARY}", }}"#), "is not JSON, at line 1"),
            (format!(r#"{{"note": "{CANARY}""#), "ends too early"),
            (format!(r#"{{"note": 1, "note": "{CANARY}"}}"#), "names a key twice"),
            (format!(r#"{{"note": "x", "{CANARY}": 1}}"#), "Key number 2 of the input is not known"),
            (format!(r#"{{"note": ["{CANARY}"]}}"#), "is not a text"),
            (format!(r#""{CANARY}""#), "not a JSON object"),
            (r#"{"note": "  "}"#.to_owned(), "`note` is missing"),
            (r#"{}"#.to_owned(), "`note` is missing"),
            (
                format!(r#"{{"note": "x", "rows": [{{"likelihood": "{CANARY}"}}]}}"#),
                "`rows[0].likelihood` in the input",
            ),
            (format!(r#"{{"note": "x", "rows": [{{"{CANARY}": 1}}]}}"#), "Key number 1 of `rows[0]`"),
            (format!(r#"{{"note": "x", "rows": "{CANARY}"}}"#), "is not a list"),
            (r#"{"note": "x", "rows": [{"likelihood": 1.5}]}"#.to_owned(), "is not a whole number"),
            (r#"{"note": "x", "rows": [{"likelihood": -1}]}"#.to_owned(), "is not a whole number"),
        ];
        for (text, expected) in wrong {
            let told = fault(&text);
            assert!(told.contains(expected), "{text}: {told}");
            assert!(!told.contains("Canary"), "{told}");
        }
    }

    #[test]
    fn what_is_well_formed_is_read() {
        let mut input =
            Input::parse(r#"{"note":"two\nlines","yes":true,"words":["a"]}"#, &["note", "yes", "words"])
                .expect("read");
        assert_eq!(input.text("note").ok().as_deref(), Some("two\nlines"));
        assert!(input.yes("yes").expect("a yes") && !input.yes("no").expect("absent"));
        assert_eq!(input.texts("words").expect("texts"), ["a"]);
    }
}
