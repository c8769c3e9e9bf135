//! The two ways out: data to standard output, talk to standard error.

use std::fmt::Display;
use std::io::{self, Write as _};

use crate::fault::Fault;

/// Writes one line of data.
pub(crate) fn data(line: impl Display) -> Result<(), Fault> {
    writeln!(io::stdout().lock(), "{line}").map_err(|fault| Fault::output(&fault))
}

/// Says something to the person at the terminal.
pub(crate) fn say(line: impl Display) {
    // Nobody may be listening; then there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{line}");
}
