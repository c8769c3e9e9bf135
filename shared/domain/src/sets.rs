//! Small sets of words as bits: what a state keeps of a list in an event.

use crate::words::{Category, Purpose};

macro_rules! set_of {
    ($(#[$doc:meta])* $name:ident of $word:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $name(u16);

        const _: () = assert!($word::ALL.len() <= 16, "one bit for each word");

        impl $name {
            /// Nothing.
            pub const EMPTY: Self = Self(0);

            /// With `word`.
            #[must_use]
            pub const fn with(self, word: $word) -> Self {
                Self(self.0 | 1 << word as u16)
            }

            /// Whether `word` is in it.
            #[must_use]
            pub const fn contains(self, word: $word) -> bool {
                self.0 & (1 << word as u16) != 0
            }

            /// Whether there is nothing in it.
            #[must_use]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// How many.
            #[must_use]
            pub const fn len(self) -> u32 {
                self.0.count_ones()
            }

            /// What is in either.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// What is in both.
            #[must_use]
            pub const fn intersection(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }

            /// What is in this and not in the other.
            #[must_use]
            pub const fn minus(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// Whether all of this is in the other.
            #[must_use]
            pub const fn is_subset(self, other: Self) -> bool {
                self.0 & !other.0 == 0
            }

            /// The words, in wire order.
            pub fn iter(self) -> impl Iterator<Item = $word> {
                $word::ALL.iter().copied().filter(move |word| self.contains(*word))
            }

            /// The words as a list, in wire order.
            #[must_use]
            pub fn to_vec(self) -> Vec<$word> {
                self.iter().collect()
            }
        }

        impl FromIterator<$word> for $name {
            fn from_iter<I: IntoIterator<Item = $word>>(words: I) -> Self {
                words.into_iter().fold(Self::EMPTY, Self::with)
            }
        }

        impl From<&[$word]> for $name {
            fn from(words: &[$word]) -> Self {
                words.iter().copied().collect()
            }
        }

        impl From<&Vec<$word>> for $name {
            fn from(words: &Vec<$word>) -> Self {
                words.as_slice().into()
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_set().entries(self.iter()).finish()
            }
        }
    };
}

set_of!(
    /// Data categories.
    Categories of Category
);
set_of!(
    /// Purposes.
    Purposes of Purpose
);
