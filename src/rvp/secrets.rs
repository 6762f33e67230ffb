//! Secrets in what was said: where they stand, and how they are masked.
//!
//! Masked are credentials, challenges and the responses to them, passwords, and the cookies of file transfers (`AuthCookie`), whether they stand
//! where they belong or anywhere else, and also behind the escapes of XML, URLs, quoted-printable and base64. Rather too much is masked than too
//! little. Names of users stay.

mod decoding;

use super::text;
use std::borrow::Cow;
use std::ops::Range;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// Whether secrets are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secrets {
    /// They are masked.
    #[default]
    Masked,
    /// They are shown, since the user asked for them.
    Shown,
}

/// What the names of header fields have in them whose whole value is a secret, but for the scheme that it begins with.
const SECRET_FIELDS: &[&str] = &["auth", "cookie", "passw", "secret", "token", "credential"];

/// Parameters whose value is a secret.
const SECRET_PARAMETERS: &[&str] =
    &["response", "nonce", "cnonce", "opaque", "rspauth", "nextnonce", "password", "passwd", "pwd", "authcookie", "auth-cookie"];

/// Those of them that also stand before a colon, as in the second header of an invitation, or name an element.
const SECRET_LINES: &[&str] = &["password", "passwd", "pwd", "authcookie", "auth-cookie"];

/// The shortest run of base64 that can hold a secret that is known by how it begins.
const SHORTEST_TOKEN: usize = 12;

impl Secrets {
    /// The value of the header field `name`.
    pub fn field<'v>(self, name: &str, value: &'v str) -> Cow<'v, str> {
        if self == Self::Shown || value.is_empty() {
            return Cow::Borrowed(value);
        }
        if SECRET_FIELDS.iter().any(|part| text::find(name, part).is_some()) {
            let scheme = value.split([' ', '\t']).next().filter(|scheme| scheme.len() < value.len() && is_scheme(scheme));
            return Cow::Owned(scheme.map_or_else(|| MASK.to_owned(), |scheme| format!("{scheme} {MASK}")));
        }
        self.text(value)
    }

    /// Any other captured text.
    pub fn text(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Shown => Cow::Borrowed(text),
            Self::Masked => masked(text),
        }
    }
}

/// A scheme is a short word; what is longer may be the secret itself.
fn is_scheme(word: &str) -> bool {
    (1..=16).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
}

/// `text` without the secrets in it. Where one stands behind an escape, the text comes without these escapes.
fn masked(text: &str) -> Cow<'_, str> {
    let mut masked = scrubbed(text);
    for decode in decoding::ALL {
        if let Some(decoded) = decode(&masked)
            && let Cow::Owned(scrubbed) = scrubbed(&decoded)
        {
            masked = Cow::Owned(scrubbed);
        }
    }
    masked
}

/// `text` without the secrets that stand in it as they are.
fn scrubbed(text: &str) -> Cow<'_, str> {
    let mut secrets = Vec::new();
    user_information(text, &mut secrets);
    parameters(text, &mut secrets);
    elements(text, &mut secrets);
    tokens(text, &mut secrets);
    secrets.retain(|secret| text.get(secret.clone()).is_some_and(|secret| !secret.is_empty() && secret != MASK));
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    secrets.sort_by_key(|secret| (secret.start, secret.end));
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for secret in secrets {
        if secret.start >= from {
            out.push_str(text.get(from..secret.start).unwrap_or_default());
            out.push_str(MASK);
        }
        from = from.max(secret.end);
    }
    out.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(out)
}

/// Where `word` stands in `text`, in any case, and not as a part of another word.
fn words<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + text::find(text.get(from..)?, word)?;
            from = start + 1;
            while !text.is_char_boundary(from) {
                from += 1;
            }
            let end = start + word.len();
            let part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
            let before = start.checked_sub(1).and_then(|at| text.as_bytes().get(at));
            if !part(before) && !part(text.as_bytes().get(end)) {
                return Some(start..end);
            }
        }
    })
}

/// The user information of URLs (RFC 3986, section 3.2.1).
fn user_information(text: &str, secrets: &mut Vec<Range<usize>>) {
    for (at, mark) in text.match_indices("://") {
        let start = at + mark.len();
        let rest = text.get(start..).unwrap_or_default();
        let authority = rest.split(['/', '?', '#', ' ', '\t', '\r', '\n', '"', '\'', '<', '>']).next().unwrap_or_default();
        if let Some((user, _)) = authority.rsplit_once('@') {
            secrets.push(start..start + user.len());
        }
    }
}

/// The values of parameters: `nonce="..."`, `password=...`, `AuthCookie: ...`.
fn parameters(text: &str, secrets: &mut Vec<Range<usize>>) {
    for name in SECRET_PARAMETERS {
        for found in words(text, name) {
            let rest = text.get(found.end..).unwrap_or_default();
            // A name may be quoted as in JSON; lines may be folded.
            let value = rest.trim_start_matches(['"', '\'', ' ', '\t']);
            let Some(value) = value.strip_prefix('=').or_else(|| value.strip_prefix(':').filter(|_| SECRET_LINES.contains(name))) else {
                continue;
            };
            let value = value.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            let value = quote.map_or(value, |quote| value.strip_prefix(quote).unwrap_or(value));
            let end = match quote {
                Some(quote) => value.find([quote, '<', '\n']),
                None => value.find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '&' | '<' | '>' | '"' | '\'')),
            };
            let start = text.len() - value.len();
            secrets.push(start..start + end.unwrap_or(value.len()));
        }
    }
}

/// The content of elements: `<x:password>...</x:password>`.
fn elements(text: &str, secrets: &mut Vec<Range<usize>>) {
    for (at, _) in text.match_indices('<') {
        let rest = text.get(at + 1..).unwrap_or_default();
        let name = rest.split([' ', '\t', '\r', '\n', '>', '/']).next().unwrap_or_default();
        let local = name.rsplit(':').next().unwrap_or(name);
        if !SECRET_LINES.iter().any(|secret| local.eq_ignore_ascii_case(secret)) {
            continue;
        }
        if let Some((tag, content)) = rest.split_once('>').filter(|(tag, _)| !tag.ends_with('/')) {
            let start = at + 1 + tag.len() + 1;
            secrets.push(start..start + content.find("</").unwrap_or(content.len()));
        }
    }
}

/// Tokens in base64 that hold a secret: NTLM messages, bare or in SPNEGO, `user:password` behind the word Basic, and texts with secrets.
fn tokens(text: &str, secrets: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    let mut start = 0;
    while let Some(begin) = bytes.get(start..).and_then(|rest| rest.iter().position(is_token)).map(|at| start + at) {
        let length = bytes.get(begin..).and_then(|rest| rest.iter().position(|byte| !is_token(byte))).unwrap_or(bytes.len() - begin);
        start = begin + length;
        let token = text.get(begin..start).unwrap_or_default();
        let before = text.get(..begin).unwrap_or_default().trim_end_matches([' ', '\t']);
        let behind_basic =
            before.len().checked_sub("basic".len()).and_then(|at| before.get(at..)).is_some_and(|word| word.eq_ignore_ascii_case("basic"));
        if length < SHORTEST_TOKEN && !behind_basic {
            continue;
        }
        let decoded = decoding::base64(token);
        let is_ntlm = memchr::memmem::find(&decoded, b"NTLMSSP").is_some();
        let is_basic = behind_basic && decoded.contains(&b':');
        let has_secret = || std::str::from_utf8(&decoded).is_ok_and(|text| matches!(scrubbed(text), Cow::Owned(_)));
        if is_ntlm || is_basic || has_secret() {
            secrets.push(begin..start);
        }
    }
}

#[cfg(test)]
mod tests;
