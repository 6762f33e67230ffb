//! The one way captured bytes reach a screen: escaped, so that no byte from the wire can steer a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// `text` with every control character, bidirectional override, zero-width character and line separator written as an escape.
pub fn printable(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push_printable(&mut out, c);
    }
    Cow::Owned(out)
}

/// `bytes` as printable text: UTF-8 where it is valid, `\xNN` where it is not.
pub fn printable_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            push_printable(&mut out, c);
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Printable `text` cut to `width` characters, with an ellipsis if something was cut.
pub fn shortened(text: &str, width: usize) -> String {
    // Of plain text each byte is a character.
    if is_plain(text) {
        return match text.get(..width.saturating_sub(1)) {
            Some(start) if text.len() > width => format!("{start}…"),
            _ => text.to_owned(),
        };
    }
    let printable = printable(text);
    if printable.chars().count() <= width {
        return printable.into_owned();
    }
    let mut short: String = printable.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Whether all of it is printable ASCII, as nearly all captured text is.
pub fn is_plain(text: &str) -> bool {
    // Without a way out at the first other byte, several are looked at at once.
    text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'))
}

/// How many columns of a screen printable `text` takes.
pub fn width(text: &str) -> usize {
    text.width()
}

fn push_printable(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if steers_a_screen(c) => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        c => out.push(c),
    }
}

/// Whether `c` is a control, or reorders or hides what stands around it (Unicode Annex 9 and others).
pub fn steers_a_screen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        assert_eq!(printable("a\u{1b}[31mb\u{9b}2J\u{202e}c"), "a\\u{1b}[31mb\\u{9b}2J\\u{202e}c");
        assert_eq!(printable_bytes(b"\xc3\xa9\xff\x00\r\n"), "é\\xff\\u{0}\\r\\n");
    }

    #[test]
    fn some_characters_are_two_columns_wide() {
        assert_eq!((width("bob"), width("grüße"), width("会議"), width("e\u{301}")), (3, 5, 4, 1));
    }

    #[test]
    fn cuts_by_characters() {
        assert_eq!(shortened("grüße an alle", 6), "grüße…");
        assert_eq!(shortened("kurz", 6), "kurz");
    }
}
