//! What a service is for, where its terms or its name make that evident; nothing is guessed from long texts.
//!
//! Words are English, Ukrainian and Russian. A service of which nothing is evident has no purpose, and is found by
//! text only.

use std::sync::LazyLock;

use waymark_domain::words::Purpose;

use super::fold::{fold, words};
use super::model::Service;

/// A description longer than this says too many things to tell a purpose by.
const SHORT_DESCRIPTION_CHARS: usize = 80;

/// Phrases that make a purpose evident. A star at the end stands for any ending.
const EVIDENT: [(Purpose, &[&str]); 13] = [
    (
        Purpose::EmotionalSupport,
        &[
            "counselling",
            "counseling",
            "psycholog*",
            "psychosocial",
            "psychotherap*",
            "mental health",
            "emotional support",
            "trauma support",
            "trauma therapy",
            "психолог*",
            "психосоц*",
        ],
    ),
    (
        Purpose::SocialSupport,
        &[
            "social work",
            "social worker*",
            "social support",
            "social assistance",
            "social services",
            "case management",
            "casework",
            "социальн* помощь",
            "социальн* поддержк*",
            "соціальн* допомог*",
            "соціальн* підтримк*",
        ],
    ),
    (
        Purpose::SafeShelter,
        &[
            "shelter*",
            "refuge",
            "safe house*",
            "safehouse*",
            "safe accommodation",
            "safe housing",
            "crisis accommodation",
            "emergency accommodation",
            "emergency housing",
            "transitional housing",
            "women s house",
            "притулок*",
            "прихисток*",
            "шелтер*",
            "убежищ*",
            "приют*",
        ],
    ),
    (
        Purpose::Medical,
        &[
            "medical",
            "health care",
            "healthcare",
            "hospital",
            "primary care",
            "sexual health",
            "reproductive health",
            "dental",
            "dentist",
            "nursing",
            "gynaecolog*",
            "gynecolog*",
            "медичн*",
            "медицинск*",
        ],
    ),
    (
        Purpose::Legal,
        &[
            "legal",
            "law",
            "lawyer*",
            "attorney*",
            "litigation",
            "direct representation",
            "order of protection",
            "pro bono",
            "pro se",
            "solicitor*",
            "asylum",
            "immigration help",
            "immigration advice",
            "expungement",
            "правов*",
            "юридич*",
            "адвокат*",
        ],
    ),
    (
        Purpose::SafeReturn,
        &[
            "voluntary return",
            "safe return",
            "assisted return",
            "return assistance",
            "return counselling",
            "repatriation",
            "безпечн* поверненн*",
            "добровільн* поверненн*",
            "добровольн* возвращени*",
        ],
    ),
    (
        Purpose::SocialInclusion,
        &["reintegration", "re integration", "social inclusion", "реінтеграц*", "реинтеграц*"],
    ),
    (
        Purpose::Tracing,
        &[
            "family tracing",
            "tracing service",
            "missing persons",
            "restoring family links",
            "розшук",
            "розыск",
        ],
    ),
    (Purpose::Compensation, &["compensation", "unpaid wages", "back wages", "wage claims", "компенсац*"]),
    (
        Purpose::Identification,
        &["formal identification", "identification of trafficked", "national referral mechanism"],
    ),
    (
        Purpose::Interpretation,
        &["interpretation", "interpreting", "interpreter*", "translation", "перекладач*", "переводчик*"],
    ),
    (
        Purpose::Financial,
        &[
            "financial assistance",
            "financial aid",
            "financial support",
            "financial help",
            "cash assistance",
            "public benefits",
            "welfare benefits",
            "emergency funds",
            "фінансов* допомог*",
            "финансов* помощ*",
        ],
    ),
    (
        Purpose::EducationWork,
        &[
            "vocational",
            "job training",
            "job placement",
            "job search",
            "employment service*",
            "employment support",
            "skills training",
            "language class*",
            "language course*",
            "adult education",
            "literacy",
            "apprenticeship*",
            "профорієнтац*",
            "працевлаштуван*",
            "трудоустройств*",
        ],
    ),
];

/// The phrases of each purpose, made comparable once.
static BY_PURPOSE: LazyLock<Vec<(Purpose, Phrases)>> =
    LazyLock::new(|| EVIDENT.iter().map(|(purpose, phrases)| (*purpose, Phrases::new(phrases))).collect());

/// The purposes that the terms, the name or a short description of a service make evident.
pub(super) fn of_service(service: &Service) -> Vec<Purpose> {
    let short = |text: &&String| text.chars().count() <= SHORT_DESCRIPTION_CHARS;
    let texts = service.terms.iter().chain([&service.name]).chain(&service.alternate_name);
    let lines: Vec<String> =
        texts.chain(service.description.as_ref().filter(short)).map(|text| words(text)).collect();
    let evident = |phrases: &Phrases| lines.iter().any(|line| phrases.are_in(line));
    BY_PURPOSE.iter().filter(|(_, phrases)| evident(phrases)).map(|(purpose, _)| *purpose).collect()
}

/// Phrases to look for: of each the words, folded, and whether any ending of the word will do.
pub(super) struct Phrases(Vec<Vec<(String, bool)>>);

impl Phrases {
    /// Makes phrases comparable; a star at the end of a word stands for any ending.
    pub(super) fn new(phrases: &[&str]) -> Self {
        let word = |word: &str| (fold(word.trim_end_matches('*')), word.ends_with('*'));
        Self(phrases.iter().map(|phrase| phrase.split(' ').map(word).collect()).collect())
    }

    /// Does a text, as [`words`] gives it, hold one of them?
    pub(super) fn are_in(&self, line: &str) -> bool {
        let told: Vec<&str> = line.split_whitespace().collect();
        let fits = |(word, (beginning, open)): (&&str, &(String, bool))| {
            if *open { word.starts_with(beginning.as_str()) } else { *word == beginning }
        };
        self.0.iter().any(|phrase| told.windows(phrase.len()).any(|part| part.iter().zip(phrase).all(fits)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_whole_words() {
        assert!(Phrases::new(&["legal"]).are_in(&words("Free Legal-Aid")));
        assert!(!Phrases::new(&["legal"]).are_in(&words("Illegal parking, lawn care")));
        assert!(!Phrases::new(&["law"]).are_in(&words("lawn")));
        assert!(Phrases::new(&["shelter*"]).are_in(&words("Shelters for women")));
        assert!(Phrases::new(&["безпечн* поверненн*"]).are_in(&words("Безпечне повернення додому")));
        assert!(Phrases::new(&["women s house"]).are_in(&words("Women's house")));
        assert!(!Phrases::new(&["legal"]).are_in(" "));
    }

    #[test]
    fn every_purpose_of_the_domain_has_words() {
        let known: Vec<Purpose> = EVIDENT.iter().map(|(purpose, _)| *purpose).collect();
        assert_eq!(known, Purpose::ALL);
    }
}
