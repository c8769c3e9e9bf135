//! The sharing sheet: who gets what about a person, for what and until when, and how to withdraw; in her language, for her.
//!
//! Pure: a [`Sheet`] goes in, a page for paper or a plain text comes out. It opens nothing, reads no clock, and knows no name: a case
//! is its code. No word is in the code; each is in `lang/<code>.ftl`. Read `page.rs` for what the sheet says and in which order, then
//! `text.rs` and `html.rs` for its two forms, `language.rs` and `words.rs` for how it finds its words.

mod html;
mod language;
mod page;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
mod text;
mod words;

use waymark_domain::ids::Country;
use waymark_domain::time::Day;
use waymark_domain::words::{Category, EmergencyGround, Purpose, RetentionGround};

pub use html::{escaped, html};
pub use language::Language;
pub use text::text;

/// What is shared about one person, as it stands on the day of printing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The name of this office.
    pub office: String,
    /// The short code of the case; never a name.
    pub case_code: String,
    /// The day that the sheet speaks of.
    pub printed_on: Day,
    /// When everything that was recorded here was erased.
    pub erased_on: Option<Day>,
    /// The consents in force.
    pub shares: Vec<Share>,
    /// The consents that are no more, and those never given.
    pub ended: Vec<Ended>,
    /// What was shared without consent.
    pub emergencies: Vec<EmergencyShare>,
    /// What is recorded here and shared with nobody.
    pub withheld: Vec<Category>,
}

/// A consent in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The name of the office that receives.
    pub recipient: String,
    /// Its country.
    pub country: Country,
    /// What for.
    pub purposes: Vec<Purpose>,
    /// What it may know.
    pub categories: Vec<Category>,
    /// Whether it may pass it on.
    pub onward: bool,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub until: Day,
}

/// A recipient that may know nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The name of the office.
    pub recipient: String,
    /// How it came to this.
    pub ending: Ending,
}

/// How a consent ended, or that there never was one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The person said no.
    Refused {
        /// When.
        on: Day,
    },
    /// The person changed her mind.
    Withdrawn {
        /// When.
        on: Day,
        /// What the recipient did with what it held.
        became: Became,
    },
    /// Its last day is over.
    Expired {
        /// The last day.
        on: Day,
        /// What the recipient did with what it held.
        became: Became,
    },
}

/// What became of what the recipient held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It held nothing.
    NothingSent,
    /// It was asked to erase; its answer may still come.
    Told {
        /// When.
        on: Day,
    },
    /// It knows, and has locked what it holds.
    Acknowledged {
        /// When.
        on: Day,
    },
    /// It erased everything.
    Erased {
        /// When.
        on: Day,
    },
    /// It keeps a part, which nobody may use for anything else.
    PartKept {
        /// Why the law lets it.
        ground: RetentionGround,
        /// The last day.
        until: Day,
    },
    /// It was asked to erase and stays silent.
    NoAnswer {
        /// When it was asked.
        since: Day,
    },
}

/// What was shared in an emergency, without consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmergencyShare {
    /// The name of the office that was told.
    pub recipient: String,
    /// Why it was allowed.
    pub ground: EmergencyGround,
    /// What it was told.
    pub categories: Vec<Category>,
    /// When.
    pub on: Day,
    /// Whether somebody checked that it was right.
    pub review: Review,
}

/// The check that follows an emergency within 72 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// Not done yet.
    Open,
    /// It was right.
    Upheld {
        /// When this was found.
        on: Day,
    },
    /// It was not right; the recipient was asked to erase.
    Overturned {
        /// When this was found.
        on: Day,
    },
}
