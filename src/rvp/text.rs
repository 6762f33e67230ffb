//! Captured text: how it is decoded, and how much of it is kept.

use super::oddity::Oddities;
use super::secrets::Secrets;
use crate::base::note::NoteKind;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// Bytes of a header value, a name or an address that are kept. The longest in real use are URLs and NTLM tokens of a few hundred bytes.
pub const VALUE_BYTES: usize = 8 << 10;

/// Bytes of a message text that are looked at. The clients' own input fields end at a few hundred characters.
pub const MESSAGE_BYTES: usize = 64 << 10;

/// Bytes of a message text that are kept for showing how it begins: more than sixty characters, whatever they are.
pub const EXCERPT_BYTES: usize = 256;

/// The start of `text`, at most `ceiling` bytes, cut between characters.
#[inline]
pub fn capped(text: &str, ceiling: usize) -> &str {
    if text.len() <= ceiling { text } else { text.get(..text.floor_char_boundary(ceiling)).unwrap_or(text) }
}

/// The same as [`str::trim`], without looking further where both ends are plain.
#[inline]
pub fn trim(text: &str) -> &str {
    let text = text.trim_ascii();
    match text.as_bytes() {
        [] | [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

/// Where in `text` the first `word` stands, in any case.
pub fn find(text: &str, word: &str) -> Option<usize> {
    let first = word.bytes().next()?;
    let is_it = |at: &usize| text.as_bytes().get(*at..*at + word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()));
    memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text.as_bytes()).find(is_it)
}

/// A header value, name or address as it is kept: trimmed, capped at [`VALUE_BYTES`], and with the user information of a URL masked, which
/// may hold a password (RFC 3986, section 3.2.1), as well as passwords and the like in its query.
pub fn value(text: &str) -> String {
    kept(text).into_owned()
}

/// The same as [`value`], borrowed where nothing is masked.
#[inline]
pub fn kept(text: &str) -> Cow<'_, str> {
    let kept = capped(trim(text), VALUE_BYTES);
    match memchr::memchr2(b'@', b'?', kept.as_bytes()) {
        Some(_) if kept.contains('?') => Secrets::Masked.text(kept),
        Some(_) => masked(kept).map_or(Cow::Borrowed(kept), Cow::Owned),
        None => Cow::Borrowed(kept),
    }
}

/// The same as [`value`] of a text that may be borrowed.
#[inline]
pub fn kept_of(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => kept(text),
        Cow::Owned(text) => Cow::Owned(value(&text)),
    }
}

/// `text` without the user information of the URL that it is, if there is any.
fn masked(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (_, host) = authority.rsplit_once('@')?;
    let path = rest.get(authority.len()..)?;
    Some(format!("{scheme}://***@{host}{path}"))
}

/// A decimal number as header fields and elements carry it: white space around it is ignored; anything else, or more than 64 bits hold, makes
/// it none.
#[inline]
pub fn number(text: &str) -> Option<u64> {
    let digits = trim(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// Decodes a body: by its byte order mark, else as `charset` (of the Content-Type) or the XML declaration says, else as UTF-8. Bytes that
/// can't be decoded are replaced; then the second value is true.
pub fn decode<'b>(bytes: &'b [u8], charset: Option<&str>) -> (Cow<'b, str>, bool) {
    let named = || charset.and_then(labelled).or_else(|| declared(bytes));
    let encoding = match bytes {
        [b'<', 0, ..] => UTF_16LE,
        [0, b'<', ..] => UTF_16BE,
        _ => named().unwrap_or(UTF_8),
    };
    // What is UTF-8 without a mark needs no decoder.
    if encoding == UTF_8
        && !matches!(bytes, [0xef | 0xfe | 0xff, ..])
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return (Cow::Borrowed(text), false);
    }
    let (text, _, replaced) = encoding.decode(bytes);
    (text, replaced)
}

fn labelled(label: &str) -> Option<&'static Encoding> {
    if label.eq_ignore_ascii_case("utf-8") { Some(UTF_8) } else { Encoding::for_label(label.as_bytes()) }
}

/// The encoding that an XML declaration names. One that could be read byte by byte is surely not in UTF-16, whatever it says.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    // Most declare none.
    if bytes.starts_with(b"<?xml version=\"1.0\"?>") {
        return None;
    }
    let start = bytes.get(..bytes.len().min(256))?;
    let declaration = std::str::from_utf8(start.split(|byte| *byte == b'>').next()?).ok()?.trim_start().strip_prefix("<?xml")?;
    let name = memchr::memmem::find(declaration.as_bytes(), b"encoding")?;
    let value = declaration.get(name..)?.strip_prefix("encoding")?.trim_start().strip_prefix('=')?.trim_start();
    let label = value.trim_start_matches(['"', '\'']).split(['"', '\'', '?', ' ']).next()?;
    labelled(label).filter(|encoding| *encoding != UTF_16LE && *encoding != UTF_16BE)
}

/// Undoes the second of two UTF-8 encodings. librvp and Miranda take the bytes of a text in UTF-8 for characters and encode those again, so
/// that `é` leaves them as `Ã©`. `None` where the text wasn't encoded twice: then a character is above U+00FF, or all are ASCII, or the
/// characters taken as bytes are no UTF-8.
pub fn undouble(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<Vec<u8>>>()?;
    String::from_utf8(bytes).ok()
}

/// `text`, with a second encoding undone and noted.
pub fn undouble_noted<'t>(text: Cow<'t, str>, oddities: &mut Oddities) -> Cow<'t, str> {
    match undouble(&text) {
        Some(undoubled) => {
            oddities.add(NoteKind::DoubleUtf8);
            Cow::Owned(undoubled)
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_characters() {
        assert_eq!(capped("grün", 3), "gr");
        assert_eq!(capped("grün", 4), "grü");
        assert_eq!(capped("grün", 99), "grün");
    }

    #[test]
    fn a_password_in_a_url_is_not_kept() {
        assert_eq!(value(" http://bob:secret@10.0.0.1:80/x?a@b "), "http://***@10.0.0.1:80/x?a@b");
        assert_eq!(value("http://bob:p@ss@host"), "http://***@host");
        assert_eq!(value("http://host/a@b"), "http://host/a@b");
        assert_eq!(value("bob@example.test"), "bob@example.test");
        assert_eq!(value("/x?user=bob&password=secret&at=a@b"), "/x?user=bob&password=***&at=a@b");
    }

    #[test]
    fn undoes_a_second_encoding_only() {
        assert_eq!(undouble("caf\u{c3}\u{a9}").as_deref(), Some("café"));
        assert_eq!(undouble("\u{e2}\u{82}\u{ac}").as_deref(), Some("€"));
        for text in ["plain", "", "café", "€", "Ã", "Ã©€", "é\u{c3}\u{a9}"] {
            assert_eq!(undouble(text), None, "{text}");
        }
    }

    #[test]
    fn decodes_by_mark_then_header_then_declaration() {
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>";
        assert!(decode(latin, None).0.contains('é'));
        assert_eq!(decode(b"\xe9", Some("iso-8859-1")), ("é".into(), false));
        assert_eq!(decode(b"\xef\xbb\xbf<a/>", Some("iso-8859-1")), ("<a/>".into(), false));
        assert_eq!(decode(b"<\0a\0/\0>\0", None), ("<a/>".into(), false));
        assert_eq!(decode(b"\0<\0a\0/\0>", None), ("<a/>".into(), false));
        assert_eq!(decode(b"<?xml encoding=\"utf-16\"?><a/>", None).0, "<?xml encoding=\"utf-16\"?><a/>");
        assert_eq!(decode(b"a\xff", None), ("a\u{fffd}".into(), true));
        assert_eq!(decode(b"\xc3\xa9", Some("no-such-charset")), ("é".into(), false));
    }

    #[test]
    fn numbers_are_plain_digits() {
        assert_eq!(number(" 14400 "), Some(14400));
        for text in ["99999999999999999999999", "", " ", "+5", "-1", "Second-1800", "1 2", "0x10", "1.5"] {
            assert_eq!(number(text), None, "{text:?}");
        }
    }
}
