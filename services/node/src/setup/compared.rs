//! Small public files that are handed over in person and compared by their words: TOML with its form in the first line.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use waymark_domain::ids::Hash;
use waymark_seal::hash::sha256;

use super::files;
use crate::fault::Fault;

/// A file that people compare.
pub(crate) trait Compared: Sized {
    /// What it is, behind an article: `network file`.
    const KIND: &str;
    /// Its article and its name where another file is not one: `a network file`.
    const ONE: &str;
    /// What to do when a file is not one.
    const NEXT: &str;

    /// The text of the file.
    fn text(&self) -> String;

    /// Takes a text apart, or says what is wrong with it.
    fn parse(text: &str) -> Result<Self, String>;

    /// What people compare: the hash of the text.
    fn fingerprint(&self) -> Hash {
        sha256(&[self.text().as_bytes()])
    }

    /// Reads a file.
    fn read(path: &Path) -> Result<Self, Fault> {
        let text = files::read_text(&format!("the {}", Self::KIND), path)?;
        Self::parse(&text).map_err(|what| {
            Fault::usage(format!("{} is not {}: {what}", path.display(), Self::ONE)).next(Self::NEXT)
        })
    }
}

/// The fields of a file, as they stand in it.
pub(super) trait Fields: Serialize + DeserializeOwned {
    /// The form in its first line.
    const FORMAT: &str;

    /// The form that it says it has.
    fn format(&self) -> &str;

    /// The text.
    fn text(&self) -> String {
        toml::to_string(self).expect("texts and numbers are always TOML")
    }

    /// Takes a text of this form apart.
    fn parse(text: &str) -> Result<Self, String> {
        let fields: Self = toml::from_str(text).map_err(|fault| fault.message().to_owned())?;
        if fields.format() == Self::FORMAT {
            Ok(fields)
        } else {
            Err(format!("its format is not {}", Self::FORMAT))
        }
    }
}
