//! What a service is for, where its terms or its name make that evident; nothing is guessed from long texts.
//!
//! Words are English, Ukrainian and Russian. A service of which nothing is evident has no purpose, and is found by
//! text only.

use waymark_domain::words::Purpose;

use super::fold::words;
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

/// The purposes that the terms, the name or a short description of a service make evident.
pub(super) fn of_service(service: &Service) -> Vec<Purpose> {
    let short = |text: &&String| text.chars().count() <= SHORT_DESCRIPTION_CHARS;
    let texts = service.terms.iter().chain([&service.name]).chain(&service.alternate_name);
    let lines: Vec<String> =
        texts.chain(service.description.as_ref().filter(short)).map(|text| words(text)).collect();
    EVIDENT
        .iter()
        .filter(|(_, phrases)| phrases.iter().any(|phrase| lines.iter().any(|line| holds(line, phrase))))
        .map(|(purpose, _)| *purpose)
        .collect()
}

/// Does a text, as [`words`] gives it, hold the words of `phrase`, one after another?
pub(super) fn holds(line: &str, phrase: &str) -> bool {
    let wanted: Vec<(String, bool)> = phrase
        .split(' ')
        .map(|word| (super::fold::fold(word.trim_end_matches('*')), word.ends_with('*')))
        .collect();
    let told: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    told.windows(wanted.len()).any(|part| {
        part.iter().zip(&wanted).all(|(word, (beginning, open))| {
            if *open { word.starts_with(beginning.as_str()) } else { word == beginning }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_whole_words() {
        assert!(holds(&words("Free Legal-Aid"), "legal"));
        assert!(!holds(&words("Illegal parking, lawn care"), "legal"));
        assert!(!holds(&words("lawn"), "law"));
        assert!(holds(&words("Shelters for women"), "shelter*"));
        assert!(holds(&words("Безпечне повернення додому"), "безпечн* поверненн*"));
        assert!(holds(&words("Women's house"), "women s house"));
        assert!(!holds(" ", "legal"));
    }

    #[test]
    fn every_purpose_of_the_domain_has_words() {
        let known: Vec<Purpose> = EVIDENT.iter().map(|(purpose, _)| *purpose).collect();
        assert_eq!(known, Purpose::ALL);
    }
}
