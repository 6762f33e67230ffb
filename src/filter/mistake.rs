//! What is wrong with an expression, where, and what was probably meant.

use crate::base::text::{printable, width};
use std::fmt;
use std::ops::Range;

/// A mistake in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The expression, if it is short enough to be shown.
    pub expression: String,
    /// The bytes of the expression that are wrong; empty where something is missing.
    pub place: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What could stand there; empty where that goes without saying.
    pub expected: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl Mistake {
    pub(super) fn new(place: Range<usize>, what: impl Into<String>) -> Self {
        Self { expression: String::new(), place, what: what.into(), expected: String::new(), suggestion: None }
    }

    pub(super) fn expecting(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    /// Suggests what among `candidates` is most like `written`, if anything is.
    pub(super) fn suggesting<'c>(mut self, written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Self {
        self.suggestion = nearest(written, candidates).map(str::to_owned);
        self
    }
}

/// Columns of the expression that are shown before the place, and from there on.
const SHOWN: usize = 60;

impl fmt::Display for Mistake {
    /// What is wrong, the expression with the place marked below, and what to do about it. It has no character that could steer a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", printable(&self.what))?;
        let Range { start, end } = self.place;
        if let (Some(before), Some(wrong), Some(behind)) =
            (self.expression.get(..start), self.expression.get(start..end), self.expression.get(end..))
        {
            let before = end_of(&printable(before), SHOWN);
            let marked = start_of(&printable(wrong), SHOWN);
            let behind = start_of(&printable(behind), SHOWN.saturating_sub(width(&marked)));
            let (indent, marks) = (" ".repeat(width(&before)), "^".repeat(width(&marked).max(1)));
            write!(f, "\n  {before}{marked}{behind}\n  {indent}{marks}")?;
        }
        if let Some(suggestion) = &self.suggestion {
            write!(f, "\nDid you mean `{suggestion}`?")?;
        }
        if !self.expected.is_empty() {
            write!(f, "\nExpected: {}", printable(&self.expected))?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistake {}

/// The start of `text`, not much wider than `columns`, with an ellipsis if that is not all.
fn start_of(text: &str, columns: usize) -> String {
    let start: String = text.chars().take(columns).collect();
    if start.len() == text.len() { start } else { start + "…" }
}

/// The end of `text`, in the same way.
fn end_of(text: &str, columns: usize) -> String {
    let length = text.chars().count();
    let end: String = text.chars().skip(length.saturating_sub(columns)).collect();
    if end.len() == text.len() { end } else { format!("…{end}") }
}

/// Characters of the longest word for which a better one is looked for.
const LONGEST: usize = 40;

/// What among `candidates` is most like `written`: what begins with it, or what a few slips of the keys make of it.
pub(super) fn nearest<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let length = written.chars().count();
    if length > LONGEST {
        return None;
    }
    let written = written.to_lowercase().replace('-', "_");
    let slips = |candidate: &str| {
        let candidate = candidate.to_lowercase().replace('-', "_");
        let begun = length >= 3 && candidate.starts_with(&written);
        if begun { 1 } else { strsim::damerau_levenshtein(&written, &candidate) }
    };
    let likely = candidates.into_iter().map(|candidate| (slips(candidate), candidate)).filter(|(slips, _)| *slips <= (length / 3).max(1));
    likely.min_by_key(|(slips, _)| *slips).map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_marked_below() {
        let mistake = |expression: &str, place| Mistake { expression: expression.to_owned(), ..Mistake::new(place, "wrong") };
        assert_eq!(mistake("a = 会議 b", 4..10).to_string(), "wrong\n  a = 会議 b\n      ^^^^");
        assert_eq!(mistake("a\t\u{1b}b", 3..4).to_string(), "wrong\n  a\\t\\u{1b}b\n           ^");
        assert_eq!(mistake("a =", 3..3).expecting("a value").to_string(), "wrong\n  a =\n     ^\nExpected: a value");
        assert_eq!(mistake("", 7..9).to_string(), "wrong", "what is not there is not shown");
        let long = format!("{} x {}", "a".repeat(100), "b".repeat(100));
        let shown = mistake(&long, 101..102).to_string();
        assert_eq!(shown, format!("wrong\n  …{} x {}…\n  {}^", "a".repeat(59), "b".repeat(58), " ".repeat(61)));
    }

    #[test]
    fn the_likeliest_word_is_suggested() {
        let words = ["principal", "packet", "period", "client", "call_back"];
        for (written, expected) in [
            ("princpal", Some("principal")),
            ("PRINCIPLE", Some("principal")),
            ("cleint", Some("client")),
            ("call-bak", Some("call_back")),
            ("pack", Some("packet")),
            ("xyz", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, words), expected, "{written}");
        }
        assert_eq!(nearest(&"x".repeat(100_000), words), None);
    }
}
