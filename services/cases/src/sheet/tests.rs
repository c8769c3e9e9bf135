//! What every language must have, and what both forms must keep.

use std::collections::{BTreeMap, BTreeSet};

use unicode_width::UnicodeWidthStr as _;
use waymark_domain::ids::Country;
use waymark_domain::time::Day;
use waymark_domain::words::{Category, EmergencyGround, Purpose, RetentionGround};

use super::page::{category_id, emergency_id, purpose_id, retention_id};
use super::sample::{bare, sheet};
use super::words::Words;
use super::{Language, Sheet, html, text};

mod messages;

use messages::{gaps, letters, messages, names};

#[test]
fn every_language_says_what_english_says_and_nothing_else() {
    let english: BTreeSet<_> = names(Language::English);
    for language in Language::ALL {
        assert_eq!(names(*language), english, "{language:?}");
    }
}

#[test]
fn a_message_has_the_same_gaps_and_countries_in_every_language() {
    let english: BTreeMap<_, _> = messages(Language::English, gaps);
    for language in Language::ALL {
        assert_eq!(messages(*language, gaps), english, "{language:?}");
    }
}

#[test]
fn every_word_of_the_field_is_explained_in_every_language() {
    let words = (Category::ALL.iter().map(|word| category_id(*word)))
        .chain(Purpose::ALL.iter().map(|word| purpose_id(*word)))
        .chain(RetentionGround::ALL.iter().map(|word| retention_id(*word)))
        .chain(EmergencyGround::ALL.iter().map(|word| emergency_id(*word)));
    let words: Vec<_> = words.collect();
    for language in Language::ALL {
        let names = names(*language);
        for word in &words {
            assert!(names.contains(word), "{language:?} does not explain {word}");
        }
    }
}

/// A letter of another alphabet that looks the same is read wrongly aloud, and one of a neighbouring language is a slip.
#[test]
fn every_language_is_written_in_its_own_letters() {
    for language in Language::ALL {
        let own = alphabet(*language);
        for (message, letters) in messages(*language, letters) {
            let strange: Vec<_> = letters.into_iter().filter(|letter| !own.contains(*letter)).collect();
            assert!(strange.is_empty(), "{language:?} {message}: {strange:?}");
        }
    }
}

/// Small letters of the alphabet.
fn alphabet(language: Language) -> &'static str {
    match language {
        Language::English => "abcdefghijklmnopqrstuvwxyz",
        Language::Dutch => "abcdefghijklmnopqrstuvwxyzéëï",
        Language::Polish => "aąbcćdeęfghijklłmnńoóprsśtuwyzźż",
        Language::Czech => "aábcčdďeéěfghiíjklmnňoópqrřsštťuúůvwxyýzž",
        Language::Ukrainian => "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
        Language::Russian => "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        Language::Romanian => "aăâbcdefghiîjklmnopqrsștțuvwxyz",
        Language::Bulgarian => "абвгдежзийклмнопрстуфхцчшщъьюя",
        Language::Macedonian => "абвгдѓеѐжзѕиѝјклљмнњопрстќуфхцчџш",
    }
}

#[test]
fn nothing_is_left_open_and_no_message_is_named_in_a_sheet() {
    for language in Language::ALL {
        for sheet in [sheet(), bare()] {
            // The style of the page has braces of its own.
            let page = html(&sheet, *language);
            let (_, page) = page.split_once("</style>").expect("a page has a style");
            for said in [text(&sheet, *language).as_str(), page] {
                assert!(!said.contains(['{', '}', '$']), "{said}");
                for name in names(*language).iter().filter(|name| name.contains('-')) {
                    assert!(!said.contains(name), "{language:?} shows {name}");
                }
            }
        }
    }
}

#[test]
fn every_recipient_and_day_stands_in_both_forms() {
    let sheet = sheet();
    for language in Language::ALL {
        let words = Words::of(*language);
        let plain = joined(&text(&sheet, *language));
        let page = joined(&html(&sheet, *language));
        for wanted in recipients(&sheet).into_iter().chain(days().map(|day| words.date(day))) {
            let wanted = joined(&wanted);
            assert!(plain.contains(&wanted), "{language:?} text lacks {wanted}");
            assert!(page.contains(&wanted), "{language:?} page lacks {wanted}");
        }
    }
}

/// With one space where there were line ends, indents or spaces that do not break.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn recipients(sheet: &Sheet) -> Vec<String> {
    let shares = sheet.shares.iter().map(|share| share.recipient.clone());
    let ended = sheet.ended.iter().map(|ended| ended.recipient.clone());
    let emergencies = sheet.emergencies.iter().map(|emergency| emergency.recipient.clone());
    shares.chain(ended).chain(emergencies).collect()
}

/// The days of the sample, each of another month as far as there are months.
fn days() -> impl Iterator<Item = Day> {
    let days = [
        (2026, 1, 31),
        (2026, 2, 13),
        (2026, 2, 14),
        (2026, 2, 15),
        (2026, 2, 16),
        (2026, 2, 17),
        (2026, 2, 18),
        (2026, 2, 19),
        (2026, 3, 2),
        (2026, 3, 18),
        (2026, 3, 19),
        (2026, 4, 2),
        (2026, 4, 3),
        (2026, 5, 4),
        (2026, 6, 5),
        (2026, 7, 6),
        (2026, 7, 31),
        (2026, 8, 7),
        (2026, 9, 1),
        (2026, 10, 9),
        (2026, 11, 24),
        (2026, 12, 31),
        (2027, 1, 4),
        (2027, 8, 31),
        (2028, 2, 29),
    ];
    days.into_iter().map(|(year, month, day)| Day::from_civil(year, month, day))
}

#[test]
fn no_line_is_wider_than_the_paper_and_none_ends_in_a_space() {
    let long = Sheet { office: "ш".repeat(200), ..sheet() };
    for language in Language::ALL {
        for sheet in [sheet(), bare(), long.clone()] {
            for line in text(&sheet, *language).lines() {
                assert!(line.width() <= 78, "{language:?} {}: {line}", line.width());
                assert_eq!(line, line.trim_end(), "{language:?}");
            }
        }
    }
}

/// `UPDATE=1 cargo test -p waymark-cases --lib sheet` rewrites it; the difference is reviewed.
#[test]
fn the_english_text_is_as_it_was_reviewed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sheet/golden/en.txt");
    let said = text(&sheet(), Language::English);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &said).expect("the golden file is writable");
    }
    let golden = std::fs::read_to_string(path).expect("the golden file; UPDATE=1 writes it");
    assert_eq!(said, golden, "review the change and run with UPDATE=1");
}

#[test]
fn nobody_is_said_to_have_nothing_while_an_emergency_is_still_held() {
    let shared = Sheet { emergencies: sheet().emergencies, ..bare() };
    let erased = shared.emergencies.iter().filter(|shared| !shared.is_held()).cloned().collect();
    let erased = Sheet { emergencies: erased, ..bare() };
    for language in Language::ALL {
        let words = Words::of(*language);
        let (none, emergency) = (words.say("shares-none"), words.say("shares-none-emergency"));
        let [held, gone] = [&shared, &erased].map(|sheet| joined(&text(sheet, *language)));
        assert!(held.contains(&emergency) && !held.contains(&none), "{held}");
        assert!(gone.contains(&none) && !gone.contains(&emergency), "{gone}");
    }
}

#[test]
fn what_comes_from_outside_is_escaped() {
    let hostile =
        Sheet { office: "<b>&\"'".to_owned(), case_code: "{ $office }\n\u{202e}x".to_owned(), ..sheet() };
    let page = html(&hostile, Language::English);
    assert!(page.contains("&lt;b&gt;&amp;&quot;&#39;"), "{page}");
    assert!(!page.contains("<b>"), "{page}");
    assert!(page.contains("{ $office } x"), "what looks like a gap is not filled");
}

#[test]
fn the_page_is_in_its_language_loads_nothing_and_its_title_names_nobody() {
    for language in Language::ALL {
        let sheet = sheet();
        let page = html(&sheet, *language);
        assert!(page.contains(&format!("<html lang=\"{}\">", language.code())));
        for loads in ["<script", "<link", "<img", "src=", "href=", "url(", "@import"] {
            assert!(!page.contains(loads), "{loads}");
        }
        let title = page.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        assert_eq!(title.expect("a title").0, Words::of(*language).say("page-name"));
        assert!(page.contains("<th scope=\"row\">") && page.contains("<caption>"));
    }
}

#[test]
fn a_count_agrees_with_what_is_counted() {
    let cases = [
        (Language::English, 1, "for one organisation:"),
        (Language::English, 2, "for 2 organisations:"),
        (Language::Czech, 3, "mají 3 organizace:"),
        (Language::Czech, 5, "má 5 organizací:"),
        (Language::Ukrainian, 21, "21 організації:"),
        (Language::Russian, 5, "5 организациям:"),
        (Language::Romanian, 3, "3 organizații:"),
        (Language::Romanian, 20, "20 de organizații:"),
        (Language::Macedonian, 21, "21 организација:"),
        (Language::Bulgarian, 21, "21 организации:"),
    ];
    for (language, count, end) in cases {
        let said = Words::of(language).with("shares-count", [("count", count.into())]);
        assert!(said.ends_with(end), "{language:?} {count}: {said}");
    }
}

#[test]
fn a_date_is_written_as_the_language_writes_it() {
    let day = Day::from_civil(2026, 5, 3);
    let dates = [
        "3 May 2026",
        "3 mei 2026",
        "3 maja 2026 roku",
        "3. května 2026",
        "3 травня 2026 року",
        "3 мая 2026 года",
        "3 mai 2026",
        "3 май 2026 година",
        "3 мај 2026 година",
    ];
    for (language, date) in Language::ALL.iter().zip(dates) {
        assert_eq!(joined(&Words::of(*language).date(day)), date);
    }
}

#[test]
fn a_country_has_its_name_or_else_its_code() {
    let words = Words::of(Language::Polish);
    assert_eq!(words.country(Country(*b"NL")), "Holandia");
    assert_eq!(words.country(Country(*b"QX")), "QX");
}
