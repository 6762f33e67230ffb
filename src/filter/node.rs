//! An expression as it is asked.

use super::fields::{Field, Type};
use super::subject::Subject;
use super::value::{Test, Value};

/// A part of an expression.
#[derive(Debug)]
pub(super) enum Node {
    /// All of these are so.
    All(Vec<Self>),
    /// One of these is so.
    Any(Vec<Self>),
    /// This is not so.
    Not(Box<Self>),
    /// A field has one of these values; or, if it is `negated`, it has a value, but none of these.
    Compared { field: &'static Field, tests: Vec<Test>, negated: bool },
    /// A field has a value; or, if it is a flag, it is set.
    Has(&'static Field),
    /// A text is in the captured bytes, where the `bit` says so, or in the words about them, where the test does.
    Everywhere { test: Test, bit: u64 },
}

impl Node {
    /// Whether it is so for `subject`.
    pub(super) fn holds(&self, subject: &Subject<'_>) -> bool {
        // Most are of this kind; a processor foresees a branch better than a jump through a table.
        if let Self::Compared { field, tests, negated: false } = self
            && let [test] = tests.as_slice()
        {
            return field.any(subject, &mut |value| test.holds(value));
        }
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.holds(subject)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(subject)),
            Self::Not(node) => !node.holds(subject),
            Self::Compared { field, tests, negated: false } => field.any(subject, &mut |value| tests.iter().any(|test| test.holds(value))),
            Self::Compared { field, tests, negated: true } => {
                let mut known = false;
                let found = field.any(subject, &mut |value| {
                    known = true;
                    tests.iter().any(|test| test.holds(value))
                });
                known && !found
            }
            Self::Has(field) => field.any(subject, &mut |value| !matches!(value, Value::Flag(false))),
            Self::Everywhere { test, bit } => {
                subject.hits() & bit != 0 || Field::searched().any(|field| field.any(subject, &mut |value| test.holds(value)))
            }
        }
    }

    /// How much it costs to ask, roughly: what is cheap is asked first.
    fn cost(&self) -> u8 {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().map(Self::cost).max().unwrap_or_default(),
            Self::Not(node) => node.cost(),
            Self::Compared { field, tests, .. }
                if tests.iter().any(|test| matches!(test, Test::Holds(_))) || field.of == Type::Principal =>
            {
                1
            }
            Self::Has(_) | Self::Compared { .. } => 0,
            Self::Everywhere { .. } => 2,
        }
    }

    /// All or one of `nodes`, the cheapest first: what comes out is the same.
    pub(super) fn joined(mut nodes: Vec<Self>, join: fn(Vec<Self>) -> Self) -> Self {
        nodes.sort_by_key(Self::cost);
        match nodes.pop() {
            Some(only) if nodes.is_empty() => only,
            last => {
                nodes.extend(last);
                join(nodes)
            }
        }
    }
}
