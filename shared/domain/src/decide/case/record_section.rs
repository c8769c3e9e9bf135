//! A section of a case is written or rewritten: own data, sealed for this office.

use crate::command::RecordSection;
use crate::decide::check::{open_case, within};
use crate::decide::pen::given;
use crate::decide::{Decided, Decision, Pen};
use crate::event::case::SectionRecorded;
use crate::refusal::Refusal;
use crate::section::{Content, Field, TEXT_MAX, Triage};
use crate::words::{Category, Purpose};
use crate::world::World;

const FIELDS_MAX: usize = 64;
const RISK_ROWS_MAX: usize = 64;
const LANGUAGES_MAX: usize = 16;

impl Decision for RecordSection {
    fn decide(&self, world: &World<'_>, pen: &mut Pen<'_, '_>) -> Decided {
        let case = open_case(world)?;
        fits(self.category, &self.content)?;
        let section = given(self.category, self.content.clone());
        pen.own(case.thread, SectionRecorded { category: self.category }, vec![section]);
        Ok(())
    }
}

/// That `content` belongs in a section of `category` and is within its limits.
fn fits(category: Category, content: &Content) -> Decided {
    if category == Category::Coordination {
        return Err(Refusal::WrongSection { category });
    }
    match content {
        Content::Triage(sheet) if category == Category::Triage => triage(sheet),
        Content::Triage(_) => Err(Refusal::WrongSection { category }),
        Content::Risk(matrix) if category == Category::Safety => {
            within("the threats", matrix.rows.len(), 0, RISK_ROWS_MAX)?;
            within("the summary", matrix.summary.len(), 0, TEXT_MAX)
        }
        Content::Risk(_) => Err(Refusal::WrongSection { category }),
        Content::Message(text) => within("the text", text.len(), 1, TEXT_MAX),
        Content::Fields(fields) => {
            within("the fields", fields.len(), 1, FIELDS_MAX)?;
            for (field, text) in fields {
                // A shelter releases its address itself, after it has confirmed: a case has no copy that a consent could carry on.
                let address = matches!(field, Field::ShelterAddress | Field::ShelterEntry);
                if field.category() != category || address {
                    return Err(Refusal::WrongSection { category });
                }
                within(field.word(), text.len(), 0, TEXT_MAX)?;
            }
            Ok(())
        }
    }
}

/// That a triage sheet is within its limits and names nobody: it has no field that could.
pub(crate) fn triage(sheet: &Triage) -> Decided {
    within("the services", sheet.services.len(), 1, Purpose::ALL.len())?;
    within("the languages", sheet.languages.len(), 0, LANGUAGES_MAX)?;
    // A free text in place of a code could hold a name: the red line of an offer.
    let code = |text: &String| (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase());
    if !sheet.languages.iter().all(code) {
        return Err(Refusal::IdentityInOffer {});
    }
    within("the party", usize::from(sheet.party_size), 1, 50)
}

#[cfg(test)]
mod tests {

    use crate::command::*;
    use crate::section::{Content, Field, RiskMatrix};
    use crate::story::*;
    use crate::words::{Category, RiskSide};

    #[test]
    fn a_field_belongs_to_the_section_of_its_category() {
        let mut story = network();
        let case = open_case(&mut story);
        let content = Content::Fields(vec![(Field::GivenName, "planted".into())]);
        let wrong = RecordSection { case, category: Category::Triage, content };
        assert_eq!(story.refusal(NORTH, wrong), "WRONG_SECTION");
        let matrix = RiskMatrix { side: RiskSide::Origin, rows: Vec::new(), summary: String::new() };
        let risk = RecordSection { case, category: Category::Health, content: Content::Risk(matrix) };
        assert_eq!(story.refusal(NORTH, risk), "WRONG_SECTION");
    }

    #[test]
    fn texts_have_a_limit() {
        let mut story = network();
        let case = open_case(&mut story);
        let content = Content::Message("x".repeat(crate::section::TEXT_MAX + 1));
        let long = RecordSection { case, category: Category::Narrative, content };
        assert_eq!(story.refusal(NORTH, long), "OUT_OF_BOUNDS");
    }
}
