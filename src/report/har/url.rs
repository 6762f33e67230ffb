//! URLs that every reader takes as such, whatever was in the capture.

use crate::base::address::Endpoint;
use std::fmt::Write as _;
use std::net::Ipv6Addr;

/// The absolute URL of a request for `target` with the header field Host `host` to `server`. What can't stand in a URL is written in percent.
pub(super) fn absolute(host: Option<&str>, target: &str, server: Endpoint) -> String {
    if let Some(url) = absolute_target(target) {
        return url;
    }
    let mut url = String::from("http://");
    match host.map(str::trim).filter(|host| is_authority(host)) {
        Some(host) => url.push_str(host),
        None => url.push_str(&server.to_string()),
    }
    if !target.starts_with('/') {
        url.push('/');
    }
    push_encoded(&mut url, target);
    url
}

/// The names and values of a URL's query, as they are written there.
pub(super) fn query(url: &str) -> impl Iterator<Item = (&str, &str)> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn absolute_target(target: &str) -> Option<String> {
    let (scheme, rest) = target.split_once("://")?;
    if !["http", "https"].iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
        return None;
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    if !is_authority(host) {
        return None;
    }
    let mut url = format!("{scheme}://");
    if let Some(user) = user {
        push_encoded(&mut url, user);
        url.push('@');
    }
    url.push_str(host);
    push_encoded(&mut url, path);
    Some(url)
}

/// Whether `text` is a host that could be one, with or without a port.
fn is_authority(text: &str) -> bool {
    let is_port = |port: &str| port.is_empty() || port.parse::<u16>().is_ok() && port.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((address, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address.parse::<Ipv6Addr>().is_ok() && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    }
    let (host, port) = text.split_once(':').unwrap_or((text, ""));
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) && is_port(port)
}

fn push_encoded(url: &mut String, text: &str) {
    let mut rest = text.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        let escape = *byte == b'%' && behind.get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        if escape || byte.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(byte) {
            url.push(char::from(*byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(host: Option<&str>, target: &str) -> String {
        absolute(host, target, Endpoint::new([10, 0, 0, 1].into(), 80))
    }

    #[test]
    fn targets_become_absolute() {
        let cases = [
            (Some("im.example.test"), "/instmsg/aliases/bob", "http://im.example.test/instmsg/aliases/bob"),
            (Some("im.example.test:8080"), "*", "http://im.example.test:8080/*"),
            (Some("[2001:db8::1]:80"), "/a?b=c", "http://[2001:db8::1]:80/a?b=c"),
            (Some("elsewhere"), "http://im.example.test/bob", "http://im.example.test/bob"),
            (Some("elsewhere"), "HTTPS://bob:***@im.example.test?x", "HTTPS://bob:***@im.example.test?x"),
            (None, "/bob", "http://10.0.0.1:80/bob"),
        ];
        for (host, target, expected) in cases {
            assert_eq!(of(host, target), expected);
        }
    }

    #[test]
    fn what_is_no_url_becomes_one() {
        let cases = [
            (Some("a b"), "/x", "http://10.0.0.1:80/x"),
            (Some("host:+80"), "/x", "http://10.0.0.1:80/x"),
            (Some("host:99999"), "", "http://10.0.0.1:80/"),
            (Some("[::1"), "/x", "http://10.0.0.1:80/x"),
            (Some("h"), "/a b\u{202e}\"<%41%4>[#1]", "http://h/a%20b%E2%80%AE%22%3C%41%254%3E%5B%231%5D"),
            (Some("h"), "http://:99999999/", "http://h/http://:99999999/"),
            (Some("h"), "javascript:alert(1)", "http://h/javascript:alert(1)"),
        ];
        for (host, target, expected) in cases {
            assert_eq!(of(host, target), expected);
        }
    }

    #[test]
    fn queries_are_pairs() {
        assert_eq!(query("http://h/a?b=c&&d&e=f=g").collect::<Vec<_>>(), [("b", "c"), ("d", ""), ("e", "f=g")]);
        assert_eq!(query("http://h/a").count(), 0);
    }
}
