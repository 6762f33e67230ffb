//! Text in Markdown that stays text: no markup, HTML, link, image, mention or reference comes out of a capture, and no cell of a table breaks.
//!
//! Backslashes are not enough: GitHub and its relatives look for addresses, `@names` and `#1` in what is left after them. They don't in code. So
//! what is not harmless is written as code.

use crate::base::text::{printable, shortened};
use std::fmt::Write as _;

/// Longer texts are cut.
const WIDTH: usize = 300;

/// Captured text as code.
pub(super) fn code(text: &str) -> String {
    let text = shortened(text, WIDTH);
    if text.is_empty() {
        return text;
    }
    if !text.contains(['`', '|']) {
        return format!("`{text}`");
    }
    // In a table a `|` ends its cell even inside of backticks.
    let mut code = String::from("<code>");
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            let _ = write!(code, "&#{};", u32::from(c));
        } else {
            code.push(c);
        }
    }
    code.push_str("</code>");
    code
}

/// A sentence with captured text in it. It must not stand at the beginning of a line.
pub(super) fn prose(text: &str) -> String {
    let text = printable(text);
    let words: Vec<String> = text.split(' ').map(word).collect();
    words.join(" ")
}

/// A sentence that is cut where it is long.
pub(super) fn short_prose(text: &str) -> String {
    prose(&shortened(text, WIDTH))
}

fn word(word: &str) -> String {
    let bare = word.trim_end_matches([',', '.', ';', ':', ')', '"', '…']);
    let core = bare.trim_start_matches(['(', '"']);
    if is_harmless(core) {
        return word.to_owned();
    }
    let before = bare.len() - core.len();
    let (before, behind) = (word.get(..before).unwrap_or_default(), word.get(bare.len()..).unwrap_or_default());
    format!("{before}{}{behind}", code(core))
}

/// Whether no reader of Markdown takes a word for something else. What is not ASCII never is.
fn is_harmless(word: &str) -> bool {
    let begins = |start: &str| word.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
    let letters = word.chars().all(|c| !c.is_ascii() || c.is_ascii_alphanumeric() || "-'’.,;()/%+=?\"".contains(c));
    // `www.` is an address, and `GH-1` an issue.
    letters && !begins("www.") && !begins("gh-")
}

/// Lines as they are, in a block whose fence is longer than any in them.
pub(super) fn fenced(lines: &[String]) -> String {
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or_default();
    let fence = "`".repeat((longest + 1).max(3));
    let mut block = format!("{fence}http\n");
    for line in lines {
        block.push_str(&shortened(line, WIDTH));
        block.push('\n');
    }
    block.push_str(&fence);
    block.push('\n');
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_stay_readable() {
        for tame in [
            "bob could not be reached: 4 of 8 callbacks failed.",
            "(RFC 1918), while the client's address is another; so what? 4.1 s ± 3 µs",
            "grüße \"an alle\" …",
        ] {
            assert_eq!(prose(tame), tame);
        }
        assert_eq!(prose("to 10.77.2.10:40257: (http://h/x)."), "to `10.77.2.10:40257`: (`http://h/x`).");
    }

    #[test]
    fn nothing_becomes_markup() {
        for evil in
            ["<b>", "**b**", "_b_", "[a](b)c", "![a](b)c", "@team", "#1", "owner/x#1", "a@b.example", "&lt;x", "~~a~~", "a\\", "$x$", "!x"]
        {
            assert_eq!(prose(evil), format!("`{evil}`"));
        }
        assert_eq!(prose("WWW.evil.example. GH-12"), "`WWW.evil.example`. `GH-12`");
        assert_eq!(prose("a|b `c`"), "<code>a&#124;b</code> <code>&#96;c&#96;</code>");
        assert_eq!(prose("a\nb\u{202e}"), "`a\\nb\\u{202e}`");
        assert_eq!(code("<a|b>"), "<code>&#60;a&#124;b&#62;</code>");
        assert_eq!((code(""), code("a b")), (String::new(), "`a b`".to_owned()));
    }

    #[test]
    fn a_fence_is_longer_than_those_in_it() {
        assert_eq!(fenced(&["a".to_owned()]), "```http\na\n```\n");
        assert_eq!(fenced(&["````\n".to_owned(), "x`".to_owned()]), "`````http\n````\\n\nx`\n`````\n");
    }

    #[test]
    fn what_is_long_is_cut() {
        assert!(code(&"x".repeat(10_000)).len() < 400);
        assert!(short_prose(&"@x ".repeat(10_000)).len() < 1000);
    }
}
