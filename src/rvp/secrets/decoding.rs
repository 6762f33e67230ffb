//! The escapes behind which a secret may stand.

use crate::rvp::{auth, text, xml};

/// Undoes an escape; `None` where there is none in the text.
type Decode = fn(&str) -> Option<String>;

/// All but base64, which is looked for piece by piece.
pub(super) const ALL: [Decode; 4] = [references, percent, quoted_printable, text::undouble];

/// The references of XML, two layers of them: invitations are escaped inside of what is escaped.
fn references(text: &str) -> Option<String> {
    let once = text.contains('&').then(|| xml::unescaped(text))?;
    Some(if once.contains('&') { xml::unescaped(&once) } else { once })
}

/// Percent-encoding (RFC 3986, section 2.1), two layers of it.
fn percent(text: &str) -> Option<String> {
    let once = escaped(text, b'%')?;
    Some(escaped(&once, b'%').unwrap_or(once))
}

/// Quoted-printable (RFC 2045, section 6.7), whose lines may end softly.
fn quoted_printable(text: &str) -> Option<String> {
    let joined =
        text.contains("=\n").then(|| text.replace("=\n", "")).or_else(|| text.contains("=\r\n").then(|| text.replace("=\r\n", "")));
    escaped(joined.as_deref().unwrap_or(text), b'=').or(joined)
}

/// `text` with each `mark` and two hexadecimal digits as the byte that they stand for; `None` if there are none.
fn escaped(text: &str, mark: u8) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let mut any = false;
    while let Some((first, behind)) = rest.split_first() {
        let digit = |at: usize| behind.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        match (digit(0), digit(1)) {
            (Some(high), Some(low)) if *first == mark => {
                bytes.push((high << 4 | low) as u8);
                rest = behind.get(2..).unwrap_or_default();
                any = true;
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    any.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// Base64 in either alphabet (RFC 4648), as far as it goes.
pub(super) fn base64(token: &str) -> Vec<u8> {
    auth::token(&token.replace('-', "+").replace('_', "/"))
}
