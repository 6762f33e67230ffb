//! The last gate of HTML and SVG. Templates (maud) escape what would end an element or an attribute; here goes what would steer a screen or is
//! no character of XML, wherever it came from.

use crate::base::text::{is_plain, steers_a_screen};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Writes finished markup. Line ends and tabs stay; every other control, every character that reorders or hides text, and what XML does not know
/// is written as an escape of plain letters.
pub(super) fn put(out: &mut dyn Write, markup: &str) -> io::Result<()> {
    if markup.split('\n').all(is_plain) {
        return out.write_all(markup.as_bytes());
    }
    out.write_all(clean(markup).as_bytes())
}

/// Markup without such characters.
fn clean(markup: &str) -> String {
    let mut clean = String::with_capacity(markup.len());
    for c in markup.chars() {
        if (steers_a_screen(c) && !matches!(c, '\n' | '\t')) || u32::from(c) & 0xfffe == 0xfffe {
            let _ = write!(clean, "\\u{{{:x}}}", u32::from(c));
        } else {
            clean.push(c);
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_screen_or_is_no_xml_is_escaped() {
        let mut out = Vec::new();
        put(&mut out, "<p>a\tb\nc\u{1b}[2J\u{202e}\u{fffe}\r\0é</p>").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "<p>a\tb\nc\\u{1b}[2J\\u{202e}\\u{fffe}\\u{d}\\u{0}é</p>");
    }
}
