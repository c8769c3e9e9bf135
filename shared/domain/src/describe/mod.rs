//! Each event as one plain sentence, for the replay of a thread. Made of the public part only: no personal data can be in it.

mod case;
mod consent;
mod journey;
mod log;
mod place;
mod referral;

use crate::event::Event;
use crate::ids::OfficeId;
use crate::time::Day;

/// Says names. The names of offices come from the roster, through a closure.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    office: &'a dyn Fn(OfficeId) -> String,
}

impl core::fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Names")
    }
}

impl Names<'_> {
    fn of(&self, office: OfficeId) -> String {
        (self.office)(office)
    }
}

/// What an event says of its writer: the sentence without its subject.
pub(crate) trait Says {
    fn says(&self, names: &Names<'_>) -> String;
}

/// One sentence: who wrote the event and what it says.
#[must_use]
pub fn describe(author: OfficeId, event: &Event, office: &dyn Fn(OfficeId) -> String) -> String {
    let names = Names { office };
    format!("{} {}.", names.of(author), event.body().says(&names))
}

/// Implements [`Says`]: for each event a format, of its fields and of names where it needs any.
macro_rules! says {
    ($($event:ty: |$body:ident, $names:ident| $says:expr;)+) => {
        $(impl crate::describe::Says for $event {
            fn says(&self, $names: &crate::describe::Names<'_>) -> String {
                let $body = self;
                $says.into()
            }
        })+
    };
}
use says;

/// Words in a list: `a`, `a and b`, `a, b and c`; `nothing` when there is none.
fn list<T: core::fmt::Display>(words: &[T]) -> String {
    match words {
        [] => "nothing".into(),
        [one] => one.to_string(),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(T::to_string).collect();
            format!("{} and {last}", first.join(", "))
        }
    }
}

fn onward(onward: bool) -> &'static str {
    if onward { "with onward referral" } else { "without onward referral" }
}

fn span(from: Day, until: Day) -> String {
    format!("from {from} until {until}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::KINDS;
    use crate::event::consent::ConsentReleased;
    use crate::event::referral::ReferralDeclined;
    use crate::words::{Category, DeclineReason, Purpose};

    fn name(office: OfficeId) -> String {
        format!("office {}", office.0[0])
    }

    #[test]
    fn a_sentence_has_its_writer_and_what_it_did() {
        let declined = Event::from(ReferralDeclined { reason: DeclineReason::NoCapacity });
        assert_eq!(
            describe(OfficeId([2; 16]), &declined, &name),
            "office 2 declined the referral: no_capacity."
        );
        let released = Event::from(ConsentReleased {
            purposes: vec![Purpose::SafeReturn],
            categories: vec![Category::Triage, Category::Contact, Category::Travel],
            onward: false,
            from: Day(20_780),
            until: Day(20_960),
        });
        let says = "office 1 released the person's consent: triage, contact and travel for safe_return, from 2026-11-23 \
                    until 2027-05-22, without onward referral.";
        assert_eq!(describe(OfficeId([1; 16]), &released, &name), says);
    }

    #[test]
    fn every_kind_is_one_sentence_on_one_line() {
        let mut said = 0;
        for rule in KINDS {
            // The shortest run of zeros or ones that is an event of this kind.
            let event = (0..400).flat_map(|length| [0u8, 1].map(|byte| vec![byte; length]));
            let event = event.into_iter().find_map(|public| Event::decode(rule.number, &public).ok());
            let event = event.unwrap_or_else(|| panic!("no example of {}", rule.name));
            let sentence = describe(OfficeId([7; 16]), &event, &name);
            assert!(sentence.starts_with("office 7 ") && sentence.ends_with('.'), "{sentence}");
            assert!(!sentence.contains('\n') && sentence.len() > 20, "{sentence}");
            assert!(!sentence.contains("  ") && !sentence.ends_with(".."), "{sentence}");
            said += 1;
        }
        assert_eq!(said, KINDS.len());
    }
}
