//! The fields that records have: one table, from which the language is read, completed and explained.

mod common;
mod cycle;
mod exchange;
mod finding;
mod people;
mod subscription;
mod words;

use super::lexer::Operator;
use super::subject::Subject;
use super::value::Value;
use crate::base::time::Span;
use crate::rvp::principal::Principal;

/// Fields that belong together.
#[derive(Debug)]
pub struct Group {
    /// What they are about.
    pub title: &'static str,
    /// The fields.
    pub fields: &'static [Field],
}

/// All fields.
pub static FIELDS: &[Group] = &[
    Group { title: "Of every record", fields: common::FIELDS },
    Group { title: "Who and where", fields: people::FIELDS },
    Group { title: "Requests, callbacks and messages", fields: exchange::FIELDS },
    Group { title: "Subscriptions", fields: subscription::FIELDS },
    Group { title: "Polling-like cycles", fields: cycle::FIELDS },
    Group { title: "Findings", fields: finding::FIELDS },
];

/// A field.
#[derive(Debug)]
pub struct Field {
    /// Its name: that of the JSON document, where that has one.
    pub name: &'static str,
    /// What it may be called besides.
    pub aliases: &'static [&'static str],
    /// What its values are.
    pub of: Type,
    /// What it is, in a line.
    pub about: &'static str,
    /// An expression with it.
    pub example: &'static str,
    /// Whether a search through everything looks at it. What only sorts records into few groups is left out: who looks for the word "session" does not
    /// want all sessions; and so is what another field has, too.
    searched: bool,
    /// The values that there are, or those that are known; empty where they cannot be listed.
    words: fn() -> Vec<&'static str>,
    /// Hands a subject's values to the visitor until that says that it is enough. Says whether it did.
    get: fn(&Subject<'_>, &mut Visit<'_>) -> bool,
}

/// Takes values and says when it is enough.
type Visit<'v> = dyn FnMut(Value<'_>) -> bool + 'v;

/// What a field's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    Text,
    /// A word of a list.
    Word,
    /// A word of a list that stands in an order.
    Rank,
    /// A principal.
    Principal,
    /// An address, or an end of a connection.
    Address,
    /// A whole number.
    Number,
    /// A time.
    Time,
    /// How long something took.
    Duration,
    /// Whether something is so.
    Flag,
    /// Captured bytes, and all words about them.
    Everything,
}

impl Type {
    /// What it is, for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Word => "word",
            Self::Rank => "word in order",
            Self::Principal => "principal",
            Self::Address => "address",
            Self::Number => "number",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::Flag => "yes or no",
            Self::Everything => "everything",
        }
    }

    /// How its values may be compared.
    pub(super) const fn operators(self) -> &'static [Operator] {
        use Operator::{Contains, Differs, Equal, Greater, GreaterOrEqual, In, Less, LessOrEqual, Matches};
        match self {
            Self::Text | Self::Word | Self::Principal | Self::Address => &[Equal, Differs, Contains, Matches, In],
            Self::Rank | Self::Number | Self::Time | Self::Duration => &[Equal, Differs, Less, LessOrEqual, Greater, GreaterOrEqual, In],
            Self::Flag => &[Equal, Differs],
            Self::Everything => &[Contains, Matches],
        }
    }

    /// How its values are written.
    pub(super) const fn written(self) -> &'static str {
        match self {
            Self::Text | Self::Everything => "a text; in quotes, if it holds spaces or brackets",
            Self::Word | Self::Rank => "a word of the list",
            Self::Principal => "a user's name, a host, bob@im.example.test, or a principal's URL",
            Self::Address => {
                "an address such as 10.77.1.2, 10.77.1.2:80 or [2001:db8::1]:80, a network such as 10.0.0.0/8, or a range such as 10.77.1.2..10.77.1.9"
            }
            Self::Number => "a whole number, a range such as 200..299, or a class such as 4xx",
            Self::Time => {
                "a time such as 2026-11-22T21:17:42.5Z, a date, a time of day such as 21:17 (UTC), or a range such as 21:17..21:18"
            }
            Self::Duration => "a duration such as 250ms, 2s, 1.5m or 1h30m, or a range such as 1s..5s; a number alone is seconds",
            Self::Flag => "yes or no",
        }
    }
}

impl Field {
    /// All fields in their order.
    pub(super) fn all() -> impl Iterator<Item = &'static Self> {
        FIELDS.iter().flat_map(|group| group.fields)
    }

    /// The field called `name`, in any case, with `-` for `_` if somebody likes that better.
    pub(super) fn called(name: &str) -> Option<&'static Self> {
        let same = |known: &str| {
            known.len() == name.len()
                && known.bytes().zip(name.bytes()).all(|(known, byte)| known == if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() })
        };
        Self::all().find(|field| same(field.name) || field.aliases.iter().any(|alias| same(alias)))
    }

    /// All names of fields.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        Self::all().flat_map(|field| [field.name].into_iter().chain(field.aliases.iter().copied()))
    }

    /// The values that there are, or those that are known; empty where they cannot be listed.
    pub fn words(&self) -> Vec<&'static str> {
        (self.words)()
    }

    /// Whether any of the subject's values is enough for `visit`.
    #[inline]
    pub(super) fn any(&self, subject: &Subject<'_>, visit: &mut Visit<'_>) -> bool {
        (self.get)(subject, visit)
    }

    /// The fields that a search through everything looks at.
    pub(super) fn searched() -> impl Iterator<Item = &'static Self> {
        Self::all().filter(|field| field.searched)
    }
}

fn text(text: Option<&str>, visit: &mut Visit<'_>) -> bool {
    text.is_some_and(|text| visit(Value::Text(text)))
}

fn number(number: Option<impl TryInto<i64>>, visit: &mut Visit<'_>) -> bool {
    number.is_some_and(|number| visit(Value::number(number)))
}

fn span(span: Option<Span>, visit: &mut Visit<'_>) -> bool {
    span.is_some_and(|span| visit(Value::span(span)))
}

fn seconds(seconds: Option<u64>, visit: &mut Visit<'_>) -> bool {
    span(seconds.map(|seconds| Span::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))), visit)
}

fn principal(principal: Option<&Principal>, visit: &mut Visit<'_>) -> bool {
    principal.is_some_and(|principal| visit(Value::Principal(principal)))
}
