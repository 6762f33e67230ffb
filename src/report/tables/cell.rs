//! The cells of a table: printable, and nothing that a spreadsheet would run.

use crate::base::origin::PacketRange;
use crate::base::text::printable;
use crate::base::time::{Span, Timestamp};
use crate::report::text;
use crate::session::model::SessionId;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;

/// A cell.
pub(super) type Cell<'t> = Cow<'t, str>;

/// Where a row belongs.
pub(super) struct Place {
    pub(super) analysis: usize,
    pub(super) session: Option<SessionId>,
    /// Digits after the second of its times.
    pub(super) digits: u8,
}

/// What a spreadsheet takes for the beginning of a formula, also in full width. (Controls are escaped in printable text.)
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Captured text. What begins like a formula gets an apostrophe in front: spreadsheets take such a cell for text.
pub(super) fn text(text: &str) -> Cell<'_> {
    let cell = printable(text);
    // Some readers take spaces and quotes away first.
    let bare = cell.trim_start_matches(|c: char| c.is_whitespace() || "\"'`‘’“”„«»".contains(c));
    if bare.starts_with(FORMULA) && !is_number(&cell) { Cow::Owned(format!("'{cell}")) } else { cell }
}

/// `-3.5`, which a spreadsheet may well take for a number.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, fraction].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Captured text that may be missing.
pub(super) fn maybe(text: Option<&str>) -> Cell<'_> {
    text.map_or_else(none, self::text)
}

/// Our own words, a number or an address.
#[allow(clippy::needless_pass_by_value, reason = "callers have numbers and the like")]
pub(super) fn plain<'t>(value: impl ToString) -> Cell<'t> {
    Cow::Owned(value.to_string())
}

/// ... which may be missing.
pub(super) fn known<'t>(value: Option<impl ToString>) -> Cell<'t> {
    value.map_or_else(none, plain)
}

/// The word that the JSON document has for it.
pub(super) fn word<'t>(value: &impl Serialize) -> Cell<'t> {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Cow::Owned(word),
        _ => none(),
    }
}

/// A moment.
pub(super) fn time<'t>(at: Timestamp, place: &Place) -> Cell<'t> {
    Cow::Owned(at.rfc3339(place.digits))
}

/// A length in seconds that may not be known.
pub(super) fn seconds<'t>(span: Option<Span>) -> Cell<'t> {
    known(span.map(Span::seconds))
}

/// `#12-14 #20`, and `#1:5` for packets of another capture than the first.
pub(super) fn packets<'t>(ranges: impl Iterator<Item = PacketRange>) -> Cell<'t> {
    Cow::Owned(text::packets(ranges))
}

const fn none<'t>() -> Cell<'t> {
    Cow::Borrowed("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for evil in [
            "=1+1",
            "+1",
            "-1+1",
            "@SUM(A1)",
            "-",
            " =1",
            "\u{a0}\"=1",
            "'=1",
            "＝1",
            "\u{3000}－1",
            "-inf",
            "+5",
            "-1e5",
            "--1",
            "-.5",
            "“=1",
        ] {
            assert_eq!(text(evil), format!("'{evil}"));
        }
        for (raw, shown) in [("\t=1", "\\t=1"), ("\r@x", "\\r@x"), ("\u{200b}=1", "\\u{200b}=1"), ("\u{feff}=1", "\\u{feff}=1")] {
            assert_eq!(text(raw), shown, "begins with a backslash");
        }
    }

    #[test]
    fn all_else_stays_as_it_is() {
        for tame in ["", "-3.5", "-3", "12", "a=b", "alice", "http://h/a?b=c", "\"quoted\"", "#12-14", "é, ü"] {
            assert_eq!(text(tame), tame);
        }
    }
}
