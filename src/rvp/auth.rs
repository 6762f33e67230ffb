//! HTTP authentication (RFC 9110 §11): who presents credentials, and what is asked for. Names only; no secret is kept.

use super::text;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};
use serde::Serialize;

mod ntlm;

/// An authentication scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// NTLM in HTTP ([MS-NTHT]).
    Ntlm,
    /// SPNEGO (RFC 4559); it may carry bare NTLM messages.
    Negotiate,
    /// Digest (RFC 7616).
    Digest,
    /// Basic (RFC 7617).
    Basic,
    /// Any other, as it was written.
    Other(String),
}

/// What an Authorization header shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Authentication {
    /// The scheme.
    pub scheme: Scheme,
    /// The user's name, without the domain.
    pub user: Option<String>,
    /// The domain: of an NTLM message, or what stands before the slash or backslash of a user name.
    pub domain: Option<String>,
    /// The workstation of an NTLM message.
    pub workstation: Option<String>,
    /// The realm of a Digest response.
    pub realm: Option<String>,
    /// The NTLM message, if it is one.
    pub ntlm: Option<NtlmMessage>,
}

/// What a WWW-Authenticate header asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Challenge {
    /// The scheme.
    pub scheme: Scheme,
    /// The realm of a Digest or Basic challenge.
    pub realm: Option<String>,
    /// The NTLM message, if it is one.
    pub ntlm: Option<NtlmMessage>,
}

/// The fixed part of an NTLM message ([MS-NLMP] §2.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NtlmMessage {
    /// Its type: 1 negotiate, 2 challenge, 3 authenticate.
    pub kind: u8,
    /// The negotiated flags; 0 where the message ends before them.
    pub flags: u32,
    /// The target name of a type 2.
    pub target: Option<String>,
}

/// Reads the value of an Authorization header.
pub fn read_authorization(value: &str) -> Authentication {
    let (scheme, rest) = scheme_of(value.trim());
    let mut read = Authentication { scheme, user: None, domain: None, workstation: None, realm: None, ntlm: None };
    match read.scheme {
        Scheme::Ntlm | Scheme::Negotiate => {
            let token = token(rest);
            let Some(message) = ntlm::find(&token) else { return read };
            let names = ntlm::names(message);
            (read.user, read.domain, read.workstation) = (names.user, names.domain, names.workstation);
            read.ntlm = ntlm::head(message);
        }
        Scheme::Digest => {
            let parameters: Vec<_> = items(rest).into_iter().filter_map(parameter).collect();
            let find = |wanted: &str| parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.clone());
            (read.domain, read.user) = find("username").map(|name| split_name(&name)).unwrap_or_default();
            read.realm = find("realm");
        }
        Scheme::Basic => {
            // What follows the colon is the password. Without a colon nobody knows which of the two it is.
            let credentials = token(rest);
            let name = credentials.iter().position(|byte| *byte == b':').and_then(|at| credentials.get(..at));
            (read.domain, read.user) = name.map(|name| split_name(&ntlm::oem(name))).unwrap_or_default();
        }
        Scheme::Other(_) => {}
    }
    read
}

impl Authentication {
    /// Whether it is of a known scheme, and yet nothing could be read from it. SPNEGO without NTLM in it is Kerberos: unknown, not unreadable.
    pub const fn is_unreadable(&self) -> bool {
        match self.scheme {
            Scheme::Ntlm => self.ntlm.is_none(),
            Scheme::Digest | Scheme::Basic => self.user.is_none(),
            Scheme::Negotiate | Scheme::Other(_) => false,
        }
    }
}

/// How many challenges of an answer are kept; servers offer three.
const CHALLENGES: usize = 16;

/// Reads all WWW-Authenticate values of an answer. Each may hold several challenges.
pub fn read_challenges<'v>(values: impl IntoIterator<Item = &'v str>) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    for item in values.into_iter().flat_map(items) {
        let (name, value) = match parameter(item) {
            Some((name, value)) => (name, Some(value)),
            None if challenges.len() >= CHALLENGES => break,
            None => {
                let (scheme, rest) = scheme_of(item);
                let ntlm = match scheme {
                    Scheme::Ntlm | Scheme::Negotiate => ntlm::find(&token(rest)).and_then(ntlm::head),
                    _ => None,
                };
                challenges.push(Challenge { scheme, realm: None, ntlm });
                parameter(rest).map_or(("", None), |(name, value)| (name, Some(value)))
            }
        };
        if name.eq_ignore_ascii_case("realm")
            && let Some(challenge) = challenges.last_mut()
        {
            challenge.realm = value;
        }
    }
    challenges
}

/// The scheme and what follows it. A lone word that names no known scheme may be a secret, and isn't kept.
fn scheme_of(value: &str) -> (Scheme, &str) {
    let (name, rest) = value.split_once([' ', '\t']).unwrap_or((value, ""));
    let known = [("ntlm", Scheme::Ntlm), ("negotiate", Scheme::Negotiate), ("digest", Scheme::Digest), ("basic", Scheme::Basic)];
    let scheme = known.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, scheme)| scheme);
    let other = || Scheme::Other(if rest.is_empty() { String::new() } else { text::value(name) });
    (scheme.unwrap_or_else(other), rest.trim())
}

/// Splits a list at the commas outside quotes (RFC 9110 §5.6.1).
fn items(list: &str) -> Vec<&str> {
    let mut quoted = false;
    let mut escaped = false;
    let split = list.split(|c| {
        let ends = c == ',' && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && quoted && !escaped;
        ends
    });
    split.map(str::trim).filter(|item| !item.is_empty()).collect()
}

/// A parameter `name=value` or `name="value"`. librvp doesn't escape the backslash of `DOMAIN\user`, so a backslash escapes only a quote or another.
fn parameter(item: &str) -> Option<(&str, String)> {
    let (name, value) = item.split_once('=')?;
    let name = name.trim_end();
    if name.is_empty() || name.contains([' ', '\t', '"']) {
        return None;
    }
    let Some(quoted) = value.trim().strip_prefix('"') else { return Some((name, text::value(value))) };
    let mut out = String::new();
    let mut rest = quoted.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' if rest.as_str().starts_with(['"', '\\']) => out.extend(rest.next()),
            c => out.push(c),
        }
    }
    Some((name, text::value(&out)))
}

/// Domain and user of `DOMAIN\user` (librvp) or `DOMAIN/user` (Miranda).
fn split_name(name: &str) -> (Option<String>, Option<String>) {
    let (domain, user) = name.split_once(['\\', '/']).unwrap_or(("", name));
    (some(domain), some(user))
}

fn some(text: &str) -> Option<String> {
    Some(text::value(text)).filter(|text| !text.is_empty())
}

/// The bytes of a token68, as far as it goes: padding may be missing, and the end may be cut.
pub(super) fn token(text: &str) -> Vec<u8> {
    const TOLERANT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true).with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let digits = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte));
    let mut digits: Vec<u8> = digits.collect();
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    GeneralPurpose::new(&alphabet::STANDARD, TOLERANT).decode(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests;
