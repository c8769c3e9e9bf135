//! The one gate before anything personal leaves: whether anything may be disclosed to an office.
//!
//! Deciders ask the same question of the same view (`OfficeView::may_disclose_to`). It is asked again before a key is wrapped, and before
//! a letter is made: what was written before an office was frozen, suspended or left goes out without its bodies, so that the entry is
//! heard and applies closed. What is not sealed goes on.

use waymark_domain::draft::{Audience, Draft};
use waymark_domain::ids::OfficeId;
use waymark_domain::refusal::Refusal;
use waymark_seal::unplaced::Body;

use crate::desk::Desk;

impl Desk {
    /// Whether anything may be disclosed to an office.
    ///
    /// # Errors
    /// [`Refusal::OfficeFrozen`], [`Refusal::OfficeNotActive`] or [`Refusal::UnknownOffice`].
    pub fn may_disclose_to(&self, office: OfficeId) -> Result<(), Refusal> {
        self.core().view.may_disclose_to(office).map(|_| ())
    }

    /// Whether a draft may be sealed for whom it is meant.
    pub(crate) fn may_be_sealed(&self, draft: &Draft) -> Result<(), Refusal> {
        match draft.audience {
            Audience::Office(office) if !draft.sections.is_empty() => self.may_disclose_to(office),
            Audience::Office(_) | Audience::Nobody | Audience::Network => Ok(()),
        }
    }

    /// The bodies of an entry as they may go to an office.
    pub(crate) fn bodies_for(&self, to: OfficeId, bodies: Vec<Body>) -> Vec<Body> {
        if bodies.is_empty() || self.may_disclose_to(to).is_ok() {
            return bodies;
        }
        bodies.iter().map(|body| Body::Withheld(body.hash())).collect()
    }
}
