//! The sharing sheet: who gets what about a person, for what and until when, and how to withdraw; in her language, for her.
//!
//! Pure: a [`Sheet`] goes in, a page for paper or a plain text comes out. It opens nothing, reads no clock, and knows no name: a case
//! is its code. No word is in the code; each is in `lang/<code>.ftl`. Read `page.rs` for what the sheet says and in which order, then
//! `text.rs` and `html.rs` for its two forms, `language.rs` and `words.rs` for how it finds its words.

mod html;
mod language;
mod page;
mod phrases;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
mod text;
mod words;

use waymark_domain::ids::Country;
use waymark_domain::time::Day;
use waymark_domain::words::{Category, EmergencyGround, Purpose, RetentionGround};

pub use html::html;
pub use language::Language;
pub use phrases::Phrases;
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
    /// It still holds what was shared in an emergency.
    pub emergency: bool,
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
    /// It is asked to erase, and the question has not reached it.
    Asked {
        /// Since when.
        on: Day,
    },
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
    /// How long the office has it.
    pub kept: Kept,
}

impl EmergencyShare {
    /// Whether the office may still have it.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        !matches!(self.kept, Kept::Erased { .. })
    }
}

/// How long an office has what it was told in an emergency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// At most until a day.
    Until {
        /// The last day.
        last: Day,
    },
    /// That day is over, and it has not said that it has erased it.
    Over {
        /// The last day.
        last: Day,
    },
    /// It is asked to erase it, and the question has not reached it.
    Asked {
        /// Since when.
        on: Day,
    },
    /// It was asked to erase it; its answer may still come.
    Told {
        /// When.
        on: Day,
    },
    /// It knows that it must erase it, and has locked it.
    Acknowledged {
        /// When.
        on: Day,
    },
    /// It has erased it.
    Erased {
        /// When.
        on: Day,
    },
}

/// The check that follows an emergency within 72 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// Not done yet.
    Open,
    /// Not done in time.
    Late {
        /// By when it should have been.
        due: Day,
    },
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
