//! The head of a message: start line and header fields.
//!
//! httparse reads what the grammar allows; what it refuses goes to the tolerant reader, which keeps every line and says what is odd about it.

mod lenient;
pub(super) mod start;

use std::mem::MaybeUninit;

/// What a message starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartLine {
    /// `METHOD target HTTP/1.x`
    Request {
        /// The method as it was written.
        method: String,
        /// The request target as it was written, bytes that are not UTF-8 replaced.
        target: String,
        /// The minor version: 1 for HTTP/1.1; `None` where the line was cut before it.
        minor: Option<u8>,
    },
    /// `HTTP/1.x status reason`
    Response {
        /// The minor version.
        minor: u8,
        /// The status code.
        status: u16,
        /// The reason phrase, bytes that are not UTF-8 replaced.
        reason: String,
    },
}

/// A header field: a name and a value, as they were written, without the white space around the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name as it was written.
    pub name: String,
    /// The value.
    pub value: Vec<u8>,
}

/// A start line and header fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The start line.
    pub start: StartLine,
    /// The fields in their order.
    pub fields: Vec<Field>,
    /// Whether all of it was seen. A head that was cut by a gap, by the connection's end or by a ceiling has the fields that came before.
    pub complete: bool,
}

impl Head {
    /// The value of the first field called `name` in any case, as text; bytes that are not UTF-8 are taken as Latin-1.
    pub fn field(&self, name: &str) -> Option<String> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).map(Field::text)
    }

    /// The status of a response.
    pub const fn status(&self) -> Option<u16> {
        match self.start {
            StartLine::Response { status, .. } => Some(status),
            StartLine::Request { .. } => None,
        }
    }
}

impl Field {
    /// The value as text; bytes that are not UTF-8 are taken as Latin-1.
    pub fn text(&self) -> String {
        match std::str::from_utf8(&self.value) {
            Ok(text) => text.to_owned(),
            Err(_) => self.value.iter().map(|byte| char::from(*byte)).collect(),
        }
    }
}

/// What a head has that the grammar of RFC 9112 doesn't allow, and that was read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Oddity {
    /// A start line with unusual white space.
    StartLine,
    /// A minor version other than 0 and 1.
    Version,
    /// White space, a control character or a byte beyond ASCII in the request target.
    Target,
    /// A status of other than three digits.
    Status,
    /// A byte beyond ASCII in the reason phrase.
    Reason,
    /// White space before a field's name or between it and its colon.
    SpaceAroundName,
    /// A field name that is no token.
    Name,
    /// A line without a colon. It is kept as a field without a name.
    NoColon,
    /// A value folded over several lines. It is unfolded with one space.
    Folded,
    /// NUL or another control character.
    Control,
}

impl Oddity {
    /// What is odd, in words for people.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::StartLine => "unusual white space or bytes in the start line",
            Self::Version => "unknown minor version",
            Self::Target => "space, control or non-ASCII byte in the request target",
            Self::Status => "status is not three digits",
            Self::Reason => "non-ASCII byte in the reason phrase",
            Self::SpaceAroundName => "white space around a field name",
            Self::Name => "field name is no token",
            Self::NoColon => "line without a colon",
            Self::Folded => "folded field value",
            Self::Control => "control character in a field",
        }
    }
}

/// A head and what was odd about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parsed {
    /// The head.
    pub(super) head: Head,
    /// Each oddity once.
    pub(super) oddities: Vec<Oddity>,
}

/// Fields that the strict reader has room for. A head with more goes to the tolerant one.
const STRICT_FIELDS: usize = 64;

/// Reads the head in `bytes`, which begin with a start line and, if the head is `whole`, end with the empty line. Of its fields the first
/// `max_fields` are taken.
pub(super) fn parse(bytes: &[u8], whole: bool, max_fields: usize) -> Parsed {
    if !whole {
        return lenient::read(bytes, false, max_fields);
    }
    let strict = if bytes.starts_with(start::STATUS_PREFIX) { strict_response(bytes) } else { strict_request(bytes) };
    match strict {
        Ok(head) if head.fields.len() <= max_fields => Parsed { head, oddities: Vec::new() },
        Ok(_) | Err(httparse::Error::TooManyHeaders) => lenient::read(bytes, true, max_fields),
        Err(_) => {
            let mut parsed = lenient::read(bytes, true, max_fields);
            if parsed.oddities.is_empty() {
                parsed.oddities.push(Oddity::StartLine);
            }
            parsed
        }
    }
}

fn strict_request(bytes: &[u8]) -> Result<Head, httparse::Error> {
    let mut slots = [const { MaybeUninit::uninit() }; STRICT_FIELDS];
    let mut request = httparse::Request::new(&mut []);
    let status = request.parse_with_uninit_headers(bytes, &mut slots)?;
    let (Some(method), Some(target), true) = (request.method, request.path, status == httparse::Status::Complete(bytes.len())) else {
        return Err(httparse::Error::Token);
    };
    if !target.is_ascii() {
        // httparse lets UTF-8 through.
        return Err(httparse::Error::Token);
    }
    let start = StartLine::Request { method: method.to_owned(), target: target.to_owned(), minor: request.version };
    Ok(Head { start, fields: owned(request.headers), complete: true })
}

fn strict_response(bytes: &[u8]) -> Result<Head, httparse::Error> {
    let mut slots = [const { MaybeUninit::uninit() }; STRICT_FIELDS];
    let mut response = httparse::Response::new(&mut []);
    let status = httparse::ParserConfig::default().parse_response_with_uninit_headers(&mut response, bytes, &mut slots)?;
    let (Some(minor), Some(code), true) = (response.version, response.code, status == httparse::Status::Complete(bytes.len())) else {
        return Err(httparse::Error::Token);
    };
    let reason = response.reason.unwrap_or_default();
    // httparse gives an empty phrase for one with bytes beyond ASCII.
    let line = bytes.split(|byte| *byte == b'\n').next().and_then(start::status_line);
    if reason.is_empty() && line.is_none_or(|line| !line.reason.is_empty()) {
        return Err(httparse::Error::Status);
    }
    let start = StartLine::Response { minor, status: code, reason: reason.to_owned() };
    Ok(Head { start, fields: owned(response.headers), complete: true })
}

fn owned(headers: &[httparse::Header<'_>]) -> Vec<Field> {
    headers.iter().map(|header| Field { name: header.name.to_owned(), value: header.value.to_vec() }).collect()
}

/// Where the head that begins at the start of `bytes` ends: behind its first empty line, whether lines end with CRLF or LF. `scanned` remembers
/// how far the search came, so that a head that arrives byte by byte is searched once.
pub(super) fn end(bytes: &[u8], scanned: &mut usize) -> Option<usize> {
    while let Some(found) = bytes.get(*scanned..).and_then(|rest| memchr::memchr(b'\n', rest)) {
        let line_end = scanned.saturating_add(found);
        *scanned = line_end;
        match (bytes.get(line_end + 1), bytes.get(line_end + 2)) {
            (Some(b'\n'), _) => return Some(line_end + 2),
            (Some(b'\r'), Some(b'\n')) => return Some(line_end + 3),
            (None, _) | (Some(b'\r'), None) => return None,
            _ => *scanned = line_end + 1,
        }
    }
    *scanned = bytes.len();
    None
}

/// Looks for an empty line in bytes that are not kept: the rest of an oversized head, and the trailer of a chunked body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum BlankLine {
    /// At the beginning of a line.
    #[default]
    Start,
    /// Behind a CR at the beginning of a line.
    StartCr,
    /// Inside a line.
    Inside,
}

impl BlankLine {
    /// The state behind `bytes`.
    pub(super) fn behind(bytes: &[u8]) -> Self {
        match bytes {
            [.., b'\n'] => Self::Start,
            [.., b'\n', b'\r'] => Self::StartCr,
            _ => Self::Inside,
        }
    }

    /// Where in `bytes` the empty line ends, if it does there.
    pub(super) fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            *self = match (*self, byte) {
                (Self::Start | Self::StartCr, b'\n') => return Some(at + 1),
                (Self::Start, b'\r') => Self::StartCr,
                _ => {
                    let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr(b'\n', rest)) else {
                        *self = Self::Inside;
                        return None;
                    };
                    at += found;
                    Self::Start
                }
            };
            at += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests;
