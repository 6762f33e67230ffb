//! Secrets in what was said: where they stand, and how they are masked.
//!
//! Masked are credentials, challenges and the responses to them, passwords in URLs, and the cookies of file transfers. Names of users stay.

use super::text;
use std::borrow::Cow;

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

/// Fields whose value is a secret but for the scheme that it begins with.
const CREDENTIALS: &[&str] = &[
    "Authorization",
    "Proxy-Authorization",
    "WWW-Authenticate",
    "Proxy-Authenticate",
    "Authentication-Info",
    "Proxy-Authentication-Info",
    "Cookie",
    "Set-Cookie",
];

impl Secrets {
    /// The value of the header field `name`.
    pub fn field<'v>(self, name: &str, value: &'v str) -> Cow<'v, str> {
        if self == Self::Shown {
            return Cow::Borrowed(value);
        }
        if CREDENTIALS.iter().any(|field| field.eq_ignore_ascii_case(name.trim())) {
            let scheme = value.trim_start().split([' ', '\t']).next().filter(|scheme| scheme.len() < value.trim().len());
            return Cow::Owned(scheme.map_or_else(|| MASK.to_owned(), |scheme| format!("{scheme} {MASK}")));
        }
        self.url(value)
    }

    /// A URL, or a text with URLs.
    pub fn url(self, url: &str) -> Cow<'_, str> {
        match self {
            Self::Shown => Cow::Borrowed(url),
            Self::Masked => text::kept(url),
        }
    }

    /// A body.
    pub fn body(self, body: &str) -> Cow<'_, str> {
        Cow::Borrowed(body)
    }
}
