//! Principals: who speaks and who is spoken to, and when two spellings mean the same one.

use super::text;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A principal: a user's logical URL (`http://im.example.test/instmsg/aliases/bob`), the physical URL that a router refers to
/// (`http://home.example.test/instmsg/local/im.example.test/instmsg/aliases/bob`), or a bare server name (draft-osborne-rvp-00 §4.1.2, §5.6.1).
///
/// Equality, order and hash go by [`Principal::key`], since clients write one URL in several ways (`Net::RVP` lower-cases all of it, one
/// example of the draft ends in a slash). A clone costs no memory.
#[derive(Clone, Debug, Default)]
pub struct Principal {
    written: Arc<str>,
    /// What differs from `written`, if anything does.
    derived: Option<Arc<Derived>>,
}

/// What is made of how a principal was written.
#[derive(Debug)]
struct Derived {
    key: Box<str>,
    logical: Option<Principal>,
}

impl Principal {
    /// The principal written as `text`.
    pub fn new(text: &str) -> Self {
        Self::as_kept(text::kept(text).into())
    }

    /// The principal that was kept as `written`.
    fn as_kept(written: Arc<str>) -> Self {
        let logical = logical_url(&written).map(|url| Self::of(text::kept(&url).into(), None));
        Self::of(written, logical)
    }

    fn of(written: Arc<str>, logical: Option<Self>) -> Self {
        if logical.is_none() && is_key(&written) {
            return Self { written, derived: None };
        }
        let key = key_of(&written).into();
        Self { written, derived: Some(Arc::new(Derived { key, logical })) }
    }

    /// The principal as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// What makes two spellings comparable: lower case, without the default port, escapes of unreserved characters decoded (RFC 3986 §6.2.2),
    /// and without one slash at the end.
    pub fn key(&self) -> &str {
        self.derived.as_ref().map_or(&self.written, |derived| &derived.key)
    }

    /// The user's name as it was written: the last segment of an `/instmsg/aliases/` URL, logical or physical. Logs from before the release
    /// have `/aliases/` alone.
    pub fn user(&self) -> Option<&str> {
        let path = path_of(&self.written);
        let path = path.strip_suffix('/').unwrap_or(path);
        let (folders, user) = path.rsplit_once('/').filter(|(_, user)| !user.is_empty())?;
        let folder = folders.rsplit('/').next()?;
        folder.eq_ignore_ascii_case("aliases").then_some(user)
    }

    /// The host of the URL as it was written, without the port; all of a bare server name.
    pub fn host(&self) -> &str {
        let rest = behind_scheme(&self.written).unwrap_or(&self.written);
        let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
        let port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        authority.rsplit_once(':').map_or(authority, |(host, behind)| if port(behind) { host } else { authority })
    }

    /// The logical principal of a physical URL, whose path names the IM domain; every other principal is its own.
    pub fn logical(&self) -> &Self {
        self.derived.as_ref().and_then(|derived| derived.logical.as_ref()).unwrap_or(self)
    }
}

/// The logical URL of a physical one.
fn logical_url(written: &str) -> Option<String> {
    const LOCAL: &str = "/instmsg/local/";
    let rest = behind_scheme(written).unwrap_or(written);
    let path = rest.get(memchr::memchr(b'/', rest.as_bytes())?..)?;
    path.get(..LOCAL.len()).filter(|start| start.eq_ignore_ascii_case(LOCAL))?;
    let rest = path_of(path).get(LOCAL.len()..)?;
    let (domain, node) = rest.split_once('/')?;
    (!domain.is_empty() && !node.is_empty()).then(|| ["http://", rest].concat())
}

/// The URL of the node that a request is about: an absolute target is one already (draft-osborne-rvp-00 §5.1.7.2), a path belongs to `host`.
/// Without a Host header it stays the path. It is put together in `url`, which is empty.
pub fn node_url<'u>(host: Option<&str>, target: &'u str, url: &'u mut String) -> &'u str {
    let host = host.map(text::trim).filter(|host| !host.is_empty());
    let Some(host) = host.filter(|_| target.starts_with('/') || behind_scheme(target).is_none()) else { return target };
    let slash = if target.starts_with('/') { "" } else { "/" };
    for part in ["http://", host.strip_suffix(":80").unwrap_or(host), slash, target] {
        url.push_str(part);
    }
    url
}

/// What follows the scheme of an absolute URL.
fn behind_scheme(url: &str) -> Option<&str> {
    if let Some(behind) = url.strip_prefix("http://") {
        return Some(behind);
    }
    let mut rest = url;
    loop {
        let (_, sign) = rest.split_at_checked(memchr::memchr2(b':', b'/', rest.as_bytes())?)?;
        if let Some(behind) = sign.strip_prefix("://") {
            return Some(behind);
        }
        rest = sign.strip_prefix(':')?;
    }
}

/// The path of a URL or of a request target, without query and fragment; empty for a bare server name.
pub(super) fn path_of(url: &str) -> &str {
    let rest = behind_scheme(url).unwrap_or(url);
    let path = memchr::memchr(b'/', rest.as_bytes()).and_then(|at| rest.get(at..)).unwrap_or("");
    memchr::memchr2(b'?', b'#', path.as_bytes()).and_then(|at| path.get(..at)).unwrap_or(path)
}

/// Whether `written` is its own key, as most are.
fn is_key(written: &str) -> bool {
    // Without a way out at the first other byte, several are looked at at once.
    let is_plain = written.bytes().fold(true, |plain, byte| plain & !matches!(byte, b'A'..=b'Z' | b'%' | 0x80..));
    let authority = || {
        let rest = written.strip_prefix("http://")?.as_bytes();
        rest.get(..memchr::memchr(b'/', rest).unwrap_or(rest.len()))
    };
    is_plain && !written.ends_with('/') && !authority().is_some_and(|authority| authority.ends_with(b":80"))
}

fn key_of(written: &str) -> String {
    let decoded = decode_unreserved(written).to_lowercase();
    let trimmed = decoded.strip_suffix('/').unwrap_or(&decoded);
    let Some((authority, path)) = trimmed.strip_prefix("http://").map(|rest| rest.find('/').map_or((rest, ""), |at| rest.split_at(at)))
    else {
        return trimmed.to_owned();
    };
    format!("http://{}{path}", authority.strip_suffix(":80").unwrap_or(authority))
}

/// Decodes the escapes of letters, digits, `-`, `.`, `_` and `~`; all others keep their meaning only while they are escaped.
fn decode_unreserved(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let decoded = escape
            .get(1..3)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte));
        let taken = if let Some(byte) = decoded {
            out.push(char::from(byte));
            3
        } else {
            out.push('%');
            1
        };
        rest = escape.get(taken..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

impl PartialEq for Principal {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.written, &other.written) || self.key() == other.key()
    }
}

impl Eq for Principal {}

impl PartialOrd for Principal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Principal {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.written, &other.written) { Ordering::Equal } else { self.key().cmp(other.key()) }
    }
}

impl Hash for Principal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl<'de> Deserialize<'de> for Principal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Arc::deserialize(deserializer).map(Self::as_kept)
    }
}

impl Serialize for Principal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_principal_are_equal() {
        let bob = Principal::new("http://im.example.test/instmsg/aliases/bob");
        for spelling in [
            "http://IM.Example.Test/instmsg/aliases/Bob",
            "http://im.example.test:80/instmsg/aliases/bob/",
            " http://im.example.test/instmsg/aliases/b%6Fb ",
            "HTTP://im.example.test/INSTMSG/aliases/bob",
        ] {
            assert_eq!(Principal::new(spelling), bob, "{spelling}");
        }
        for key in ["http://im.example.test/instmsg/aliases/bob", "http://im:8080", "im.example.test", "http:/im:80/"] {
            assert_eq!(Principal::new(key).key(), key_of(key), "{key}");
        }
        for other in ["http://im.example.test:8080/instmsg/aliases/bob", "http://im.example.test/instmsg/aliases/bob2", "im.example.test"] {
            assert_ne!(Principal::new(other), bob, "{other}");
        }
        assert_ne!(Principal::new("http://h/a%2Fb"), Principal::new("http://h/a/b"));
    }

    #[test]
    fn names_the_user_and_finds_the_logical_url() {
        let physical = Principal::new("http://home1.example.test/instmsg/local/im.example.test/instmsg/aliases/Bob");
        assert_eq!(physical.user(), Some("Bob"));
        assert_eq!(*physical.logical(), Principal::new("http://im.example.test/instmsg/aliases/bob"));
        let logical = Principal::new("http://im.example.test/instmsg/aliases/bob/");
        assert_eq!((logical.user(), logical.logical()), (Some("bob"), &logical));
        assert_eq!(Principal::new("/aliases/ana").user(), Some("ana"));
        for none in
            ["im.example.test", "", "http://im.example.test", "http://im.example.test/instmsg/aliases/", "/", "aliases/x", "/xaliases/x"]
        {
            assert_eq!(Principal::new(none).user(), None, "{none}");
        }
        for (url, host) in
            [("http://h:8080/x", "h"), ("im.example.test:80", "im.example.test"), ("/aliases/ana", ""), ("http://[::1]/x", "[::1]")]
        {
            assert_eq!(Principal::new(url).host(), host, "{url}");
        }
        let no_node = Principal::new("http://home1.example.test/instmsg/local/im.example.test/");
        assert_eq!(no_node.logical(), &no_node);
    }

    #[test]
    fn builds_the_node_url() {
        for (host, target, wanted) in [
            (Some("im.example.test"), "/instmsg/aliases/bob", "http://im.example.test/instmsg/aliases/bob"),
            (Some("im.example.test:80"), "/instmsg/aliases/bob", "http://im.example.test/instmsg/aliases/bob"),
            (Some("im.example.test"), "http://other.test/instmsg/aliases/ana", "http://other.test/instmsg/aliases/ana"),
            (Some("h"), "/a?u=http://x/", "http://h/a?u=http://x/"),
            (None, "/instmsg/aliases/bob", "/instmsg/aliases/bob"),
            (Some("10.0.0.1:3127"), "/", "http://10.0.0.1:3127/"),
        ] {
            assert_eq!(node_url(host, target, &mut String::new()), wanted);
        }
    }

    #[test]
    fn stray_percent_signs_stay() {
        assert_eq!(Principal::new("http://h/%").key(), "http://h/%");
        assert_eq!(Principal::new("http://h/%4").key(), "http://h/%4");
        assert_eq!(Principal::new("http://h/%+1é%zz").key(), "http://h/%+1é%zz");
    }
}
