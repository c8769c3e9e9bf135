//! Words of the field as arguments: every enumeration of the contract, by its short word, with all words in the help.

use std::marker::PhantomData;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use waymark_api::v1;

use crate::show::message::short;

/// An enumeration of the contract.
pub(crate) trait Vocabulary: Copy + TryFrom<i32> + Into<i32> + Send + Sync + 'static {
    /// The name of a value in the contract.
    fn contract_name(self) -> &'static str;

    /// Every value but the unspecified one.
    fn all() -> impl Iterator<Item = Self> {
        (1..).map_while(|number| Self::try_from(number).ok())
    }

    /// The short word: `safe_return`.
    fn word(self) -> String {
        let unspecified = Self::try_from(0).map(Self::contract_name).unwrap_or_default();
        short(self.contract_name(), unspecified.trim_end_matches("UNSPECIFIED"))
    }

    /// The value of a short word.
    fn of_word(word: &str) -> Option<Self> {
        Self::all().find(|value| value.word() == word)
    }
}

macro_rules! vocabularies {
    ($($name:ident)+) => {$(
        impl Vocabulary for v1::$name {
            fn contract_name(self) -> &'static str {
                self.as_str_name()
            }
        }
    )+};
}

vocabularies! {
    AbortReason Admits CaseOutcome CaseState Category ConsentForm DeclineReason DirectoryFormat Disclosure
    EmergencyGround EndedBy ErasureReason FollowUpOutcome GoNoGo Institution JourneyPhase NotDisclosed OfficeRole Outcome Party
    PlacePhase PlaceReason ProofState Purpose ReferralKind ReferralPhase RetentionGround RiskBand RiskSide SectionField StaffRole
    TravelMode UnitKind Urgency Weekday
}

/// Reads a word of `V`.
pub(crate) fn word<V: Vocabulary>() -> impl TypedValueParser<Value = V> {
    Words(PhantomData)
}

struct Words<V>(PhantomData<fn() -> V>);

impl<V> Clone for Words<V> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<V: Vocabulary> TypedValueParser for Words<V> {
    type Value = V;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<V, clap::Error> {
        let known = PossibleValuesParser::new(V::all().map(|value| PossibleValue::new(value.word())));
        let word = known.parse_ref(command, argument, value)?;
        V::of_word(&word)
            .ok_or_else(|| clap::Error::new(clap::error::ErrorKind::InvalidValue).with_cmd(command))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(V::all().map(|value| PossibleValue::new(value.word()))))
    }
}

/// The numbers of words, for a message.
pub(crate) fn numbers<V: Vocabulary>(words: &[V]) -> Vec<i32> {
    words.iter().map(|word| (*word).into()).collect()
}

/// The number of a word, or the unspecified one.
pub(crate) fn number_if_any<V: Vocabulary>(word: Option<V>) -> i32 {
    word.map_or(0, Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_domain() {
        use waymark_domain::section::Field;
        use waymark_domain::words::{Category, GoNoGo, Institution, Purpose};
        let of = |all: Vec<&'static str>| all;
        assert_eq!(words::<v1::Category>(), of(Category::ALL.iter().map(|word| word.word()).collect()));
        assert_eq!(words::<v1::Purpose>(), of(Purpose::ALL.iter().map(|word| word.word()).collect()));
        assert_eq!(words::<v1::Institution>(), of(Institution::ALL.iter().map(|word| word.word()).collect()));
        assert_eq!(words::<v1::GoNoGo>(), of(GoNoGo::ALL.iter().map(|word| word.word()).collect()));
        assert_eq!(words::<v1::SectionField>(), of(Field::ALL.iter().map(|word| word.word()).collect()));
    }

    fn words<V: Vocabulary>() -> Vec<String> {
        V::all().map(Vocabulary::word).collect()
    }

    #[test]
    fn the_unspecified_value_is_no_word() {
        assert!(v1::Category::of_word("unspecified").is_none());
        assert_eq!(v1::Party::of_word("receiver"), Some(v1::Party::Receiver));
    }
}
