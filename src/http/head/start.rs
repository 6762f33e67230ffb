//! Start lines: which bytes begin a message, and which side says so.

/// What a side of a connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Role {
    /// Sends requests.
    Asker,
    /// Sends responses.
    Answerer,
}

/// Every start line of a response begins so.
pub(in crate::http) const STATUS_PREFIX: &[u8] = b"HTTP/1.";

/// Longest method that is believed; the longest registered one has 17 letters. It keeps the look at an unfinished line short.
pub(super) const METHOD_BYTES: usize = 64;

/// How much of a line is looked at before a start line inside it. RVP's longest element names have a quarter of it.
pub(in crate::http) const CLOSING_TAG_BYTES: usize = 128;

/// The methods by which a request line is recognised although it was cut before its version, or although it doesn't begin its line: RFC 9110,
/// `WebDAV` and its relatives (RFC 3253, 3648, 3744, 4791, 4918, 5323, 5842), RVP, Exchange's store notifications and `UPnP`.
const METHODS: [&str; 46] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "SEARCH",
    "ACL",
    "REPORT",
    "VERSION-CONTROL",
    "CHECKOUT",
    "CHECKIN",
    "UNCHECKOUT",
    "MKWORKSPACE",
    "UPDATE",
    "LABEL",
    "MERGE",
    "BASELINE-CONTROL",
    "MKACTIVITY",
    "ORDERPATCH",
    "MKCALENDAR",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "SUBSCRIPTIONS",
    "NOTIFY",
    "POLL",
    "BCOPY",
    "BDELETE",
    "BMOVE",
    "BPROPFIND",
    "BPROPPATCH",
    "X-MS-ENUMATTS",
    "M-SEARCH",
    "M-POST",
    "BIND",
    "UNBIND",
];

/// A request line in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestLine<'a> {
    pub(super) method: &'a [u8],
    /// As it stands between the spaces, which may be several.
    pub(super) target: &'a [u8],
    /// `None` where the line was cut before it.
    pub(super) minor: Option<u8>,
}

/// A status line in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StatusLine<'a> {
    pub(super) minor: u8,
    /// The digits, however many.
    pub(super) status: &'a [u8],
    pub(super) reason: &'a [u8],
}

/// Whose start line the finished `line` is, if it is one that `role` may send (any where the role is not known yet).
pub(in crate::http) fn begins(line: &[u8], role: Option<Role>) -> Option<Role> {
    pick(role, || request_line(line).is_some(), || status_line(line).is_some())
}

/// Whether an unfinished line may still become a start line. Looks at its first bytes only, however long it is.
pub(in crate::http) fn may_begin(partial: &[u8], role: Option<Role>) -> bool {
    pick(role, || may_be_request(partial), || may_be_status(partial)).is_some()
}

/// Whose start line it is that was cut off where `partial` ends. Nothing is guessed from less than a known method with the beginning of a path
/// or URI, or a version with three digits of a status.
pub(in crate::http) fn begins_cut(partial: &[u8], role: Option<Role>) -> Option<Role> {
    let status = || status_line(partial).is_some_and(|line| line.status.len() >= 3);
    pick(role, || cut_request_line(partial).is_some(), status)
}

/// Where in the finished `line` a start line begins behind the end of a body, which seldom ends with a line end. Bodies speak of HTTP too, so much
/// more is asked of it than of a line that is known to begin there: directly before it stands a closing tag, the end of every XML body, and
/// behind it no markup. A text that quotes just this, `</r:notification>NOTIFY / HTTP/1.1`, can't be told from it. Directly `behind_gap` the end of
/// such a tag is enough, if nothing else stands before it.
pub(in crate::http) fn find(line: &[u8], behind_gap: bool, role: Option<Role>) -> Option<(usize, Role)> {
    let ends = |at: &usize| line.get(..*at).is_some_and(|before| ends_body(before) || (behind_gap && ends_cut_tag(before)));
    let (request, status) = (find_request(line).filter(ends), find_status(line).filter(ends));
    let role = pick(role, || request.is_some(), || status.is_some())?;
    let at = if role == Role::Asker { request } else { status };
    at.map(|at| (at, role))
}

/// The last three words must be a known method, a path, `*` or URI, and a version.
fn find_request(line: &[u8]) -> Option<usize> {
    let (rest, version) = last_word(line.trim_ascii_end())?;
    let (before, target) = last_word(rest)?;
    let [digit] = version.strip_prefix(STATUS_PREFIX)? else { return None };
    let is_target = target.starts_with(b"/") || target.starts_with(b"*") || target.starts_with(b"http");
    let length = before.iter().rev().take(METHOD_BYTES).take_while(|byte| is_token(**byte)).count();
    let (before, method) = before.split_at_checked(before.len().checked_sub(length)?)?;
    (digit.is_ascii_digit() && is_target && is_known(method)).then_some(before.len())
}

/// What follows the status must be a phrase: in a `multistatus` body (RFC 4918, section 14.28) it is the end of the element.
fn find_status(line: &[u8]) -> Option<usize> {
    let (before, status) = line.split_at_checked(memchr::memmem::rfind(line, STATUS_PREFIX)?)?;
    let [digit, b' ', a, b, c, reason @ ..] = status.strip_prefix(STATUS_PREFIX)? else { return None };
    let is_reason = matches!(reason, [] | [b' ' | b'\r' | b'\n', ..]) && !reason.iter().any(|byte| matches!(byte, b'<' | b'>' | b'"'));
    ([digit, a, b, c].iter().all(|byte| byte.is_ascii_digit()) && is_reason).then_some(before.len())
}

fn last_word(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (before, word) = line.split_at_checked(memchr::memrchr(b' ', line)?)?;
    Some((before, word.get(1..)?))
}

/// Whether `before` ends with a closing tag.
fn ends_body(before: &[u8]) -> bool {
    let near = before.get(before.len().saturating_sub(CLOSING_TAG_BYTES)..).unwrap_or(before);
    let tag = near.strip_suffix(b">").and_then(|near| near.get(memchr::memrchr(b'<', near)?..));
    let Some(name) = tag.and_then(|tag| tag.strip_prefix(b"</")) else { return false };
    let name = name.trim_ascii_end();
    !name.is_empty() && is_name(name)
}

/// Whether `before` is what a gap left of a closing tag.
fn ends_cut_tag(before: &[u8]) -> bool {
    let name = before.strip_suffix(b">").filter(|name| name.len() < CLOSING_TAG_BYTES);
    name.is_some_and(|name| is_name(name.strip_prefix(b"/").unwrap_or(name)))
}

/// Whether it may be the name of an element, or a part of one.
fn is_name(name: &[u8]) -> bool {
    name.iter().all(|byte| is_token(*byte) || *byte == b':' || !byte.is_ascii())
}

fn is_known(method: &[u8]) -> bool {
    METHODS.iter().any(|known| known.as_bytes() == method)
}

fn pick(role: Option<Role>, asks: impl Fn() -> bool, answers: impl Fn() -> bool) -> Option<Role> {
    if role != Some(Role::Asker) && answers() {
        Some(Role::Answerer)
    } else if role != Some(Role::Answerer) && asks() {
        Some(Role::Asker)
    } else {
        None
    }
}

fn may_be_request(partial: &[u8]) -> bool {
    let method = partial.iter().take(METHOD_BYTES + 1).take_while(|byte| is_token(**byte)).count();
    method <= METHOD_BYTES && (method == partial.len() || (method > 0 && partial.get(method) == Some(&b' ')))
}

fn may_be_status(partial: &[u8]) -> bool {
    match partial.strip_prefix(STATUS_PREFIX) {
        Some(rest) => rest.first().is_none_or(u8::is_ascii_digit),
        None => STATUS_PREFIX.starts_with(partial),
    }
}

/// `method SP target SP HTTP/1.x`: more spaces than needed, spaces in the target and white space at the end are tolerated.
pub(super) fn request_line(line: &[u8]) -> Option<RequestLine<'_>> {
    let (method, rest) = method(line.trim_ascii_end())?;
    let space = memchr::memrchr(b' ', rest)?;
    let (target, version) = rest.split_at_checked(space)?;
    let minor = minor(version.trim_ascii_start())?;
    let target = target.trim_ascii();
    (!target.is_empty()).then_some(RequestLine { method, target, minor: Some(minor) })
}

/// A request line without its end. Of a version that is there only in part nothing is taken into the target.
pub(super) fn cut_request_line(line: &[u8]) -> Option<RequestLine<'_>> {
    let (method, rest) = method(line)?;
    if !is_known(method) || !(rest.starts_with(b"/") || rest.starts_with(b"http://")) {
        return None;
    }
    let line = rest.strip_suffix(b"\r").unwrap_or(rest);
    let (target, version) = match memchr::memrchr(b' ', line).and_then(|space| line.split_at_checked(space)) {
        Some((target, version)) => (target, version.trim_ascii_start()),
        None => (line, b"".as_slice()),
    };
    match minor(version) {
        Some(minor) => Some(RequestLine { method, target, minor: Some(minor) }),
        None if STATUS_PREFIX.starts_with(version) => Some(RequestLine { method, target, minor: None }),
        None => Some(RequestLine { method, target: line, minor: None }),
    }
}

/// `HTTP/1.x status reason`, also without a status that can be read: nothing but a response begins so.
pub(super) fn status_line(line: &[u8]) -> Option<StatusLine<'_>> {
    let rest = line.strip_prefix(STATUS_PREFIX)?;
    let (digits, rest) = digits(rest);
    let minor = number(digits)?;
    let (status, reason) = self::digits(rest.trim_ascii_start());
    let reason = reason.strip_suffix(b"\r").unwrap_or(reason);
    Some(StatusLine { minor, status, reason: reason.strip_prefix(b" ").unwrap_or(reason) })
}

fn method(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = line.iter().take(METHOD_BYTES + 1).take_while(|byte| is_token(**byte)).count();
    let (method, rest) = line.split_at_checked(length)?;
    let rest = rest.strip_prefix(b" ")?;
    (length > 0 && length <= METHOD_BYTES).then_some((method, rest))
}

fn minor(version: &[u8]) -> Option<u8> {
    let (digits, rest) = digits(version.strip_prefix(STATUS_PREFIX)?);
    if rest.is_empty() { number(digits) } else { None }
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.split_at_checked(count).unwrap_or((text, b""))
}

fn number(digits: &[u8]) -> Option<u8> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A byte of a token (RFC 9110, section 5.6.2).
#[inline]
pub(super) fn is_token(byte: u8) -> bool {
    TOKENS.get(usize::from(byte)) == Some(&true)
}

/// Which bytes that are: heads are full of them.
static TOKENS: [bool; 256] = tokens();

#[allow(clippy::indexing_slicing, reason = "computed while compiling")]
const fn tokens() -> [bool; 256] {
    let mut tokens = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let sign = matches!(byte, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~');
        tokens[byte as usize] = byte.is_ascii_alphanumeric() || sign;
        byte += 1;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_who_speaks_from_a_whole_line() {
        for line in ["SUBSCRIBE / HTTP/1.1\r", "get  /a b  HTTP/1.0", "FOO x HTTP/1.2 \r", "NOTIFY http://h/ HTTP/1.1"] {
            assert_eq!(begins(line.as_bytes(), None), Some(Role::Asker), "{line}");
            assert_eq!(begins(line.as_bytes(), Some(Role::Answerer)), None, "{line}");
        }
        for line in ["HTTP/1.1 200 OK\r", "HTTP/1.0 20", "HTTP/1.1", "HTTP/1.1 "] {
            assert_eq!(begins(line.as_bytes(), None), Some(Role::Answerer), "{line}");
            assert_eq!(begins(line.as_bytes(), Some(Role::Asker)), None, "{line}");
        }
        for line in [
            "VER MSNFTP\r",
            "OPTIONS sip:a SIP/2.0",
            "SIP/2.0 200 OK",
            "RTSP/1.0 200 OK",
            "GET /",
            "GET HTTP/1.1",
            "HTTP/2 200",
            "",
            " / HTTP/1.1",
        ] {
            assert_eq!(begins(line.as_bytes(), None), None, "{line}");
        }
    }

    #[test]
    fn an_unfinished_line_is_refused_as_soon_as_it_can_be() {
        for partial in ["", "G", "GET ", "GET \u{e9}", "H", "HTTP", "HTTP/1.", "HTTP/1.1", "VER MSNFTP"] {
            assert!(may_begin(partial.as_bytes(), None), "{partial}");
        }
        for partial in ["\u{16}\u{3}", "SIP/", "HTTP/2", "HTTP/1.x", "GET\t", " GET", &"A".repeat(65)] {
            assert!(!may_begin(partial.as_bytes(), None), "{partial}");
        }
        assert!(!may_begin(b"GET ", Some(Role::Answerer)));
        assert!(!may_begin(b"HTTP/", Some(Role::Asker)));
    }

    #[test]
    fn a_cut_line_counts_only_if_method_and_target_or_status_are_seen() {
        for partial in ["SUBSCRIBE /instmsg/aliases/bob", "GET /", "M-SEARCH http://h/", "HTTP/1.1 207", "HTTP/1.1 207 Multi"] {
            assert!(begins_cut(partial.as_bytes(), None).is_some(), "{partial}");
        }
        for partial in ["SUBSCRIBE ", "SUBSCRIBE", "FOO /bar", "get /", "HTTP/1.1 20", "HTTP/1.1", "GET htt"] {
            assert!(begins_cut(partial.as_bytes(), None).is_none(), "{partial}");
        }
    }

    #[test]
    fn a_start_line_is_found_behind_the_end_of_a_body() {
        for (line, at) in [
            ("</a>NOTIFY / HTTP/1.1\r\n", 4),
            ("word <a b=\"c\"></r:notification\t>NOTIFY http://im/ HTTP/1.0\n", 32),
            ("]]></gr\u{fc}n>OPTIONS * HTTP/1.1", 11),
            ("</a>GET / HTTP/1.1</a>GET / HTTP/1.1", 22),
        ] {
            assert_eq!(find(line.as_bytes(), false, None), Some((at, Role::Asker)), "{line}");
            assert_eq!(find(line.as_bytes(), false, Some(Role::Answerer)), None, "{line}");
        }
        for (line, at) in
            [("</a>HTTP/1.1 200 OK\r\n", 4), ("</a>HTTP/1.0 500\n", 4), ("<s>HTTP/1.1 200 OK</s>HTTP/1.1 404 Gr\u{fc}\u{df}e", 22)]
        {
            assert_eq!(find(line.as_bytes(), false, None), Some((at, Role::Answerer)), "{line}");
            assert_eq!(find(line.as_bytes(), false, Some(Role::Asker)), None, "{line}");
        }
    }

    #[test]
    fn what_a_body_says_about_http_is_no_start_line() {
        for line in [
            "see GET /x HTTP/1.1",
            "<b>GET /x HTTP/1.1",
            "<b/>GET /x HTTP/1.1",
            "</>GET /x HTTP/1.1",
            "</b c=\"d\">GET /x HTTP/1.1",
            "<!--/b-->GET /x HTTP/1.1",
            "]]>GET /x HTTP/1.1",
            "-->GET /x HTTP/1.1",
            "/b>GET /x HTTP/1.1",
            "}GET /x HTTP/1.1",
            "\"GET /x HTTP/1.1",
            "</b>\tGET /x HTTP/1.1",
            "</b>see GET /x HTTP/1.1",
            "</b>GET /x HTTP/1.1</b>",
            "\"GET /x HTTP/1.1\" 200 17",
            "</b>FORGET /x HTTP/1.1",
            "</b>FOO /x HTTP/1.1",
            "</b>get /x HTTP/1.1",
            "</b>GET x HTTP/1.1",
            "</b>GET /a b HTTP/1.1",
            "</b>GET /x HTTP/1.12",
            "</b>GET / ",
            "<d:status>HTTP/1.1 200 OK</d:status>",
            "{\"status\":\"HTTP/1.1 200 OK\"}",
            "<b>HTTP/1.1 200 OK",
            "}HTTP/1.1 200 OK",
            "</b>it was HTTP/1.1 200 OK",
            "</b>xHTTP/1.1 200 OK",
            "</b>HTTP/1.1 2000",
            "</b>HTTP/1.1 20",
            "</b>HTTP/1.1",
            "</b>HTTP/1.12 200",
            "",
        ] {
            assert_eq!(find(line.as_bytes(), false, None), None, "{line}");
        }
    }

    #[test]
    fn a_closing_tag_is_looked_at_to_a_ceiling() {
        for (length, fits) in [(CLOSING_TAG_BYTES, true), (CLOSING_TAG_BYTES + 1, false)] {
            let line = format!("<b></{}>GET / HTTP/1.1", "b".repeat(length - 3));
            assert_eq!(find(line.as_bytes(), false, None).is_some(), fits);
        }
    }

    #[test]
    fn a_cut_version_is_no_part_of_the_target() {
        let parts = |line: &'static [u8]| cut_request_line(line).map(|line| (line.target, line.minor));
        assert_eq!(parts(b"GET /a HTT"), Some((b"/a".as_slice(), None)));
        assert_eq!(parts(b"GET /a "), Some((b"/a".as_slice(), None)));
        assert_eq!(parts(b"GET /a HTTP/1.1\r"), Some((b"/a".as_slice(), Some(1))));
        assert_eq!(parts(b"GET /a b"), Some((b"/a b".as_slice(), None)));
    }
}
