//! The head of a message: start line and header fields.
//!
//! httparse reads what the grammar allows, in one pass; what it refuses goes to the tolerant reader, which keeps every line and says what is odd
//! about it.

mod known;
mod lenient;
mod oddity;
pub(super) mod start;
mod strict;

use crate::base::byte_range::ByteRange;
pub use known::Known;
use oddity::Oddity;
use start::Role;
use std::borrow::Cow;
use std::fmt;

/// What a message starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartLine<'h> {
    /// `METHOD target HTTP/1.x`
    Request {
        /// The method as it was written.
        method: &'h str,
        /// The request target as it was written, bytes that are not UTF-8 replaced.
        target: &'h str,
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
        reason: &'h str,
    },
}

/// A header field: a name and a value, as they were written, without the white space around the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'h> {
    /// The name as it was written.
    pub name: &'h str,
    /// The value; one that is not UTF-8 was taken as Latin-1.
    pub value: &'h str,
}

/// A start line and header fields. All of its text is kept in one piece.
#[derive(Clone, Default)]
pub struct Head {
    text: String,
    start: Start,
    fields: Vec<Place>,
    /// For each known field, the number of the first one so called, counted from 1; 0 where there is none.
    known: [u16; known::COUNT],
    /// How long the head is, written with single spaces and CRLF.
    written: usize,
    /// Whether all of it was seen. A head that was cut by a gap, by the connection's end or by a ceiling has the fields that came before.
    pub complete: bool,
}

#[derive(Clone, Copy, Debug)]
enum Start {
    Request { method: ByteRange, target: ByteRange, minor: Option<u8> },
    Response { minor: u8, status: u16, reason: ByteRange },
}

impl Default for Start {
    fn default() -> Self {
        Self::Response { minor: 0, status: 0, reason: ByteRange::default() }
    }
}

/// Where a field stands, and which one it is if it is known.
#[derive(Clone, Copy, Debug)]
struct Place {
    name: ByteRange,
    value: ByteRange,
    known: Option<Known>,
}

impl Head {
    /// A complete head with this start line and without fields.
    pub fn new(line: StartLine<'_>) -> Self {
        let mut head = Self::default();
        head.begin(line);
        head
    }

    /// Begins anew with this start line, in the memory of what was there.
    fn begin(&mut self, line: StartLine<'_>) {
        self.clear();
        self.start = match line {
            StartLine::Request { method, target, minor } => Start::Request { method: self.keep(method), target: self.keep(target), minor },
            StartLine::Response { minor, status, reason } => Start::Response { minor, status, reason: self.keep(reason) },
        };
        self.written = line.written();
        self.complete = true;
    }

    fn clear(&mut self) {
        self.text.clear();
        self.fields.clear();
        self.known = [0; known::COUNT];
        self.written = 0;
    }

    /// Adds a field. A value that is not UTF-8 is taken as Latin-1.
    pub fn add(&mut self, name: &str, value: &[u8]) {
        let text = match std::str::from_utf8(value) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => value.iter().map(|byte| char::from(*byte)).collect(),
        };
        let known = Known::called(name.as_bytes());
        let place = Place { name: self.keep(name), value: self.keep(&text), known };
        self.place(place);
        self.written += written(name.len(), value.len());
    }

    #[inline]
    fn place(&mut self, place: Place) {
        self.fields.push(place);
        if let Some(known) = place.known
            && let Some(first @ 0) = self.known.get_mut(known.index())
        {
            *first = u16::try_from(self.fields.len()).unwrap_or_default();
        }
    }

    /// The start line.
    #[inline]
    pub fn start(&self) -> StartLine<'_> {
        match self.start {
            Start::Request { method, target, minor } => StartLine::Request { method: self.part(method), target: self.part(target), minor },
            Start::Response { minor, status, reason } => StartLine::Response { minor, status, reason: self.part(reason) },
        }
    }

    /// The fields in their order.
    pub fn fields(&self) -> impl DoubleEndedIterator<Item = Field<'_>> {
        self.fields.iter().map(|place| Field { name: self.part(place.name), value: self.part(place.value) })
    }

    /// The value of the first `known` field.
    #[inline]
    pub fn known(&self, known: Known) -> Option<&str> {
        self.since_first(known).first().map(|place| self.part(place.value))
    }

    /// The value of the `known` field, if there is one such and no other.
    pub(super) fn alone(&self, known: Known) -> Option<&str> {
        let (first, others) = self.since_first(known).split_first()?;
        others.iter().all(|place| place.known != Some(known)).then(|| self.part(first.value))
    }

    /// The values of all `known` fields, in their order.
    pub fn all_known(&self, known: Known) -> impl DoubleEndedIterator<Item = &str> {
        let fields = self.since_first(known).iter().filter(move |place| place.known == Some(known));
        fields.map(|place| self.part(place.value))
    }

    /// The value of the first field called `name` in any case.
    pub fn field(&self, name: &str) -> Option<&str> {
        if let Some(known) = Known::called(name.as_bytes()) {
            return self.known(known);
        }
        let is = |place: &&Place| place.name.len() == name.len() && self.part(place.name).eq_ignore_ascii_case(name);
        self.fields.iter().find(is).map(|place| self.part(place.value))
    }

    /// The fields from the first `known` one on; none, if there is no such.
    #[inline]
    fn since_first(&self, known: Known) -> &[Place] {
        let first = self.known.get(known.index()).and_then(|first| first.checked_sub(1));
        first.and_then(|first| self.fields.get(usize::from(first)..)).unwrap_or_default()
    }

    /// Who sends it.
    #[inline]
    pub(super) const fn sender(&self) -> Role {
        match self.start {
            Start::Request { .. } => Role::Asker,
            Start::Response { .. } => Role::Answerer,
        }
    }

    /// The status of a response.
    pub const fn status(&self) -> Option<u16> {
        match self.start {
            Start::Response { status, .. } => Some(status),
            Start::Request { .. } => None,
        }
    }

    /// How many bytes its memory takes.
    pub(super) const fn memory(&self) -> usize {
        self.text.capacity() + self.fields.capacity() * size_of::<Place>()
    }

    /// How many bytes it has, as a head is usually written.
    pub const fn written_bytes(&self) -> usize {
        self.written + "\r\n".len()
    }

    fn keep(&mut self, text: &str) -> ByteRange {
        let start = self.text.len();
        self.text.push_str(text);
        ByteRange::new(start, self.text.len())
    }

    #[inline]
    fn part(&self, span: ByteRange) -> &str {
        span.of(&self.text)
    }
}

impl StartLine<'_> {
    #[inline]
    const fn written(self) -> usize {
        match self {
            StartLine::Request { method, target, .. } => method.len() + target.len() + "  HTTP/1.1\r\n".len(),
            StartLine::Response { reason, .. } => reason.len() + "HTTP/1.1 200 \r\n".len(),
        }
    }
}

/// The length of a field with its line end.
#[inline]
const fn written(name: usize, value: usize) -> usize {
    name + value + ": \r\n".len()
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.start() == other.start() && self.fields().eq(other.fields()) && self.complete == other.complete
    }
}

impl Eq for Head {}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<_> = self.fields().collect();
        f.debug_struct("Head")
            .field("start", &self.start())
            .field("fields", &fields)
            .field("complete", &self.complete)
            .finish_non_exhaustive()
    }
}

/// A head and what was odd about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    /// The head.
    pub(super) head: Head,
    /// Each oddity once.
    pub(super) oddities: Vec<Oddity>,
}

/// Reads the head that `bytes` begin with, and says where it ends; `None` if its end is not there. Of its fields the first `max_fields` are taken.
pub(super) fn read(bytes: &[u8], max_fields: usize, into: &mut Parsed) -> Option<usize> {
    read_strict(bytes, max_fields, into).or_else(|| {
        let end = end(bytes, &mut 0)?;
        lenient::read(bytes.get(..end)?, true, max_fields, into);
        Some(end)
    })
}

/// Does the same with a head in which nothing is odd, not even its start line; `None` for any other.
pub(super) fn read_strict(bytes: &[u8], max_fields: usize, into: &mut Parsed) -> Option<usize> {
    into.oddities.clear();
    strict::read(bytes, max_fields, &mut into.head)
}

/// Reads the head that `bytes` begin with and that is cut off where they end.
pub(super) fn read_cut(bytes: &[u8], max_fields: usize, into: &mut Parsed) {
    lenient::read(bytes, false, max_fields, into);
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
pub(super) mod tests;
