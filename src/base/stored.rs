//! How some values are read from a stored analysis, which anybody may have written.

use super::text::printable as escaped;
use super::time::Span;
use serde::de::{Deserialize, Deserializer};

/// Texts that must be printable, so that reports can show them as they are: what steers a screen is made an escape.
pub trait Printable {
    /// It, printable.
    #[must_use]
    fn printable(self) -> Self;
}

impl Printable for String {
    fn printable(self) -> Self {
        escaped(&self).into_owned()
    }
}

impl Printable for Vec<String> {
    fn printable(self) -> Self {
        self.into_iter().map(Printable::printable).collect()
    }
}

/// A word of a closed list. Under this name serde does not take it for a text that is borrowed from what is read.
pub type Word = &'static str;

/// Reads what must be printable.
pub fn printable<'de, D: Deserializer<'de>, T: Printable + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::deserialize(deserializer).map(T::printable)
}

/// Reads a word of the closed list `known`; `None` if there is none, or one that is not in the list.
pub fn word<'de, D: Deserializer<'de>>(deserializer: D, known: &[Word]) -> Result<Option<Word>, D::Error> {
    let word = Option::<String>::deserialize(deserializer)?;
    Ok(known.iter().find(|known| word.as_deref() == Some(known)).copied())
}

/// Spans as whole nanoseconds: exact, unlike the seconds of the reports.
pub mod nanos {
    use super::Span;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// A span that there is, or may be.
    pub trait Nanos: Copy {
        /// How its nanoseconds are written.
        type Number;

        /// As a number.
        fn number(self) -> Self::Number;

        /// What the number says.
        fn of(number: Self::Number) -> Self;
    }

    impl Nanos for Span {
        type Number = i64;

        fn number(self) -> i64 {
            self.nanos()
        }

        fn of(number: i64) -> Self {
            Self::from_nanos(number)
        }
    }

    impl Nanos for Option<Span> {
        type Number = Option<i64>;

        fn number(self) -> Option<i64> {
            self.map(Span::nanos)
        }

        fn of(number: Option<i64>) -> Self {
            number.map(Span::from_nanos)
        }
    }

    /// Writes it.
    pub fn serialize<T: Nanos<Number: Serialize>, S: Serializer>(span: &T, serializer: S) -> Result<S::Ok, S::Error> {
        span.number().serialize(serializer)
    }

    /// Reads it.
    pub fn deserialize<'de, T: Nanos<Number: Deserialize<'de>>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        T::Number::deserialize(deserializer).map(T::of)
    }
}
