//! Names of offices, shown to people in place of identifiers.

use std::collections::HashMap;

/// Name by identifier.
#[derive(Default)]
pub(crate) struct Names(HashMap<String, String>);

impl Names {
    /// The name of an office, or the text as it is when it names none.
    pub(crate) fn of<'a>(&'a self, text: &'a str) -> &'a str {
        self.0.get(text).map_or(text, String::as_str)
    }
}

impl FromIterator<(String, String)> for Names {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(names: I) -> Self {
        Self(names.into_iter().collect())
    }
}
