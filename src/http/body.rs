//! Bodies: how one is delimited (RFC 9112, section 6.3), and the chunked transfer coding (section 7.1).

use crate::http::coding;
use crate::http::exchange::Framing;
use crate::http::head::{BlankLine, Head, Known, StartLine};

/// The framing that a head announces, and whether it could not be read as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Announced {
    /// How the body is delimited.
    pub(super) framing: Framing,
    /// Whether lengths contradict each other or are no numbers, or a transfer coding is not known.
    pub(super) unreadable: bool,
}

/// How the body behind `head` is delimited. `method` is the request's where `head` is a response.
///
/// Where lengths contradict each other the first readable one counts: what is wrong with it shows at the next start line.
pub(super) fn announced(head: &Head, method: Option<&str>) -> Announced {
    let response = match head.start() {
        StartLine::Response { status, .. } => {
            let connected = method == Some("CONNECT") && (200..300).contains(&status);
            if method == Some("HEAD") || connected || matches!(status, 100..=199 | 204 | 304) {
                return Announced { framing: Framing::None, unreadable: false };
            }
            true
        }
        StartLine::Request { .. } => false,
    };
    let coding = transfer_coding(head);
    if coding == Coding::Chunked {
        return Announced { framing: Framing::Chunked, unreadable: false };
    }
    let (length, unreadable) = content_length(head);
    let framing = match length {
        Some(length) if coding == Coding::None || !response => Framing::Length(length),
        _ if response => Framing::UntilClose,
        _ => Framing::None,
    };
    // A compressed answer without chunks lasts until the end; a request can't (RFC 9112, section 6.3).
    let coding_unreadable = match coding {
        Coding::None | Coding::Chunked => false,
        Coding::Compressed => framing != Framing::UntilClose || length.is_some(),
        Coding::Unknown => true,
    };
    Announced { framing, unreadable: unreadable || coding_unreadable }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    None,
    Chunked,
    Compressed,
    Unknown,
}

fn transfer_coding(head: &Head) -> Coding {
    let mut found = Coding::None;
    if head.known(Known::TransferEncoding).is_none() {
        return found;
    }
    for name in names(head, Known::TransferEncoding) {
        if name.eq_ignore_ascii_case(b"chunked") {
            return Coding::Chunked;
        }
        if coding::wrapper(name).is_none() {
            found = Coding::Unknown;
        } else if found == Coding::None {
            found = Coding::Compressed;
        }
    }
    found
}

/// The codings that the `field`s list, in the order in which they were applied; without those that change nothing.
pub(super) fn names(head: &Head, field: Known) -> impl DoubleEndedIterator<Item = &[u8]> {
    let names = list(head, field).map(|name| name.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii());
    names.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(b"identity"))
}

/// What Content-Length says, whether or not there is a body; 0 if nothing.
pub(super) fn announced_length(head: &Head) -> u64 {
    content_length(head).0.unwrap_or(0)
}

fn content_length(head: &Head) -> (Option<u64>, bool) {
    // As nearly always: one field, with one number.
    let alone = head.alone(Known::ContentLength).and_then(|value| decimal(value.as_bytes()));
    if alone.is_some() || head.known(Known::ContentLength).is_none() {
        return (alone, false);
    }
    let mut length = None;
    let mut unreadable = false;
    for value in list(head, Known::ContentLength) {
        match decimal(value) {
            Some(number) if *length.get_or_insert(number) == number => {}
            _ => unreadable = true,
        }
    }
    (length, unreadable)
}

/// The elements of all `field`s.
fn list(head: &Head, field: Known) -> impl DoubleEndedIterator<Item = &[u8]> {
    head.all_known(field).flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii)
}

/// Digits alone: `str::parse` would take a plus sign.
fn decimal(digits: &[u8]) -> Option<u64> {
    let value = |digit: u8| digit.is_ascii_digit().then(|| u64::from(digit - b'0'));
    let (first, rest) = digits.split_first()?;
    rest.iter().try_fold(value(*first)?, |number, digit| number.checked_mul(10)?.checked_add(value(*digit)?))
}

/// Longest size line, and longest trailer, of a chunked body. Extensions and trailer fields are not kept; the ceiling ends a body that
/// consists of nothing else.
const CHUNK_LINE_BYTES: usize = 16 << 10;

/// Reads a chunked body piece by piece. Line ends may be CRLF or LF; extensions are skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Chunks {
    state: ChunkState,
    /// The size of the current chunk as far as it was read.
    size: u64,
    /// Bytes of the current size line, or of the trailer.
    line: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ChunkState {
    /// Before the first digit of a size.
    #[default]
    Start,
    /// Behind a digit.
    Digits,
    /// Behind the digits and white space.
    Blank,
    /// In an extension.
    Extension,
    /// Behind the CR of a size line.
    SizeCr,
    /// In the data, of which `size` bytes are still to come.
    Data,
    /// Behind the data.
    DataEnd,
    /// Behind the data and its CR.
    DataEndCr,
    /// Behind the last chunk.
    Trailer(BlankLine),
    /// Behind the empty line.
    Done,
    /// At a byte that cannot stand there.
    Broken,
}

/// What a step of the decoder made of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// Bytes used; 0 when the body is over or broken.
    pub(super) used: usize,
    /// Those of them that are data; empty for framing.
    pub(super) data: &'a [u8],
}

impl Chunks {
    /// Whether the body is over.
    pub(super) fn is_done(self) -> bool {
        self.state == ChunkState::Done
    }

    /// Whether all data was read, although the trailer may not be over.
    pub(super) fn has_all_data(self) -> bool {
        matches!(self.state, ChunkState::Done | ChunkState::Trailer(_))
    }

    /// Whether the framing is broken. The byte at which it broke is not used.
    pub(super) fn is_broken(self) -> bool {
        self.state == ChunkState::Broken
    }

    /// Passes over `len` missing bytes, if they lie in the data of one chunk. If not, it cannot be known what they were.
    pub(super) fn skip(&mut self, len: u64) -> bool {
        if self.state != ChunkState::Data || len > self.size {
            return false;
        }
        self.consume(len);
        true
    }

    /// Reads the next piece: data of one chunk, or framing up to the next data.
    pub(super) fn next<'a>(&mut self, input: &'a [u8]) -> Piece<'a> {
        if self.state == ChunkState::Data {
            let used = usize::try_from(self.size).unwrap_or(usize::MAX).min(input.len());
            self.consume(used as u64);
            return Piece { used, data: input.get(..used).unwrap_or_default() };
        }
        let mut used = 0;
        while let Some(rest) = input.get(used..)
            && !rest.is_empty()
        {
            let room = CHUNK_LINE_BYTES.saturating_sub(self.line);
            let rest = rest.get(..room).unwrap_or(rest);
            let Some(byte) = rest.first() else {
                self.state = ChunkState::Broken;
                break;
            };
            let step = match self.state {
                ChunkState::Data | ChunkState::Done | ChunkState::Broken => break,
                ChunkState::Trailer(ref mut blank) => match blank.find(rest) {
                    Some(end) => {
                        self.state = ChunkState::Done;
                        end
                    }
                    None => rest.len(),
                },
                ChunkState::Extension => match memchr::memchr(b'\n', rest) {
                    Some(end) => {
                        self.size_read();
                        end + 1
                    }
                    None => rest.len(),
                },
                _ => self.byte(*byte),
            };
            self.line += step;
            used += step;
            if step == 0 {
                break;
            }
        }
        Piece { used, data: b"" }
    }

    fn consume(&mut self, len: u64) {
        self.size = self.size.saturating_sub(len);
        if self.size == 0 {
            self.state = ChunkState::DataEnd;
        }
    }

    /// One byte of framing; gives how many bytes were used.
    fn byte(&mut self, byte: u8) -> usize {
        use ChunkState::{Blank, Broken, DataEnd, DataEndCr, Digits, Extension, SizeCr, Start};
        match (self.state, byte) {
            (Start, b' ' | b'\t') => {}
            (Start | Digits, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => match self.size.checked_mul(16) {
                Some(size) => {
                    self.size = size | u64::from(char::from(byte).to_digit(16).unwrap_or(0));
                    self.state = Digits;
                }
                None => self.state = Broken,
            },
            (Digits | Blank, b' ' | b'\t') => self.state = Blank,
            (Digits | Blank, b';') => self.state = Extension,
            (Digits | Blank, b'\r') => self.state = SizeCr,
            (Digits | Blank | SizeCr, b'\n') => self.size_read(),
            (DataEnd, b'\r') => self.state = DataEndCr,
            (DataEnd | DataEndCr, b'\n') => *self = Self::default(),
            _ => self.state = Broken,
        }
        usize::from(self.state != Broken)
    }

    fn size_read(&mut self) {
        self.line = 0;
        self.state = if self.size == 0 { ChunkState::Trailer(BlankLine::Start) } else { ChunkState::Data };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::head::tests::parse;

    fn framing(head: &str, method: Option<&str>) -> (Framing, bool) {
        let head = parse(format!("{}\r\n\r\n", head.replace('\n', "\r\n")).as_bytes(), true, 64).head;
        let announced = announced(&head, method);
        (announced.framing, announced.unreadable)
    }

    #[test]
    fn a_request_has_a_body_only_if_it_says_so() {
        assert_eq!(framing("SUBSCRIBE / HTTP/1.1", None), (Framing::None, false));
        assert_eq!(framing("NOTIFY / HTTP/1.1\nContent-length: 5", None), (Framing::Length(5), false));
        assert_eq!(framing("NOTIFY / HTTP/1.1\nContent-Length: 5\nTransfer-Encoding: Chunked", None), (Framing::Chunked, false));
        assert_eq!(framing("NOTIFY / HTTP/1.1\nContent-Length: 5\nTransfer-Encoding: x-odd", None), (Framing::Length(5), true));
        assert_eq!(framing("NOTIFY / HTTP/1.1\nContent-Length: many", None), (Framing::None, true));
    }

    #[test]
    fn a_response_without_a_length_lasts_until_the_end() {
        assert_eq!(framing("HTTP/1.1 200 OK", Some("NOTIFY")), (Framing::UntilClose, false));
        assert_eq!(framing("HTTP/1.1 200 OK\nTransfer-Encoding: identity\nContent-Length: 3", None), (Framing::Length(3), false));
        assert_eq!(framing("HTTP/1.1 200 OK\nTransfer-Encoding: gzip\nContent-Length: 3", None), (Framing::UntilClose, true));
        assert_eq!(framing("HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked", None), (Framing::Chunked, false));
        assert_eq!(framing("HTTP/1.1 200 OK\nTransfer-Encoding: X-GZip, deflate", None), (Framing::UntilClose, false));
        assert_eq!(framing("HTTP/1.1 200 OK\nTransfer-Encoding: gzip, br", None), (Framing::UntilClose, true));
        assert_eq!(framing("NOTIFY / HTTP/1.1\nTransfer-Encoding: gzip", None), (Framing::None, true));
    }

    #[test]
    fn some_responses_have_no_body_whatever_they_say() {
        for (status, method) in [("204", "GET"), ("304", "GET"), ("100", "POST"), ("101", "GET"), ("200", "HEAD"), ("200", "CONNECT")] {
            assert_eq!(
                framing(&format!("HTTP/1.1 {status} X\nContent-Length: 9"), Some(method)),
                (Framing::None, false),
                "{status} {method}"
            );
        }
        assert_eq!(framing("HTTP/1.1 403 X\nContent-Length: 9", Some("CONNECT")), (Framing::Length(9), false));
    }

    #[test]
    fn contradicting_and_unreadable_lengths() {
        for (value, expected) in [
            ("5, 5", (Framing::Length(5), false)),
            ("5, 6", (Framing::Length(5), true)),
            ("x, 6", (Framing::Length(6), true)),
            ("+5", (Framing::UntilClose, true)),
            ("-1", (Framing::UntilClose, true)),
            ("", (Framing::UntilClose, true)),
            ("99999999999999999999", (Framing::UntilClose, true)),
            ("18446744073709551615", (Framing::Length(u64::MAX), false)),
        ] {
            assert_eq!(framing(&format!("HTTP/1.1 200 OK\nContent-Length: {value}"), None), expected, "{value}");
        }
        assert_eq!(framing("HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 6", None), (Framing::Length(5), true));
    }

    /// Decodes `input` in pieces of `step` bytes: the data, and what was not used.
    fn decode(input: &str, step: usize) -> (String, String, Chunks) {
        let mut chunks = Chunks::default();
        let mut data = Vec::new();
        let mut used = 0;
        for piece in input.as_bytes().chunks(step) {
            let mut rest = piece;
            while !rest.is_empty() {
                let read = chunks.next(rest);
                if read.used == 0 {
                    break;
                }
                data.extend_from_slice(read.data);
                used += read.used;
                rest = &rest[read.used..];
            }
            if !rest.is_empty() {
                break;
            }
        }
        (String::from_utf8(data).unwrap(), input[used..].to_owned(), chunks)
    }

    #[test]
    fn chunks_in_any_split() {
        for (input, data, rest) in [
            ("5\r\nhello\r\n0\r\n\r\nHTTP", "hello", "HTTP"),
            ("5\nhello\n0\n\nHTTP", "hello", "HTTP"),
            ("5;a=\"b\"\r\nhello\r\n1 \r\n!\r\n000;x\r\nTrailer: a\r\nB: c\r\n\r\nHTTP", "hello!", "HTTP"),
            ("0000000000000000000005\r\nhello\r\n0\r\n\r\n", "hello", ""),
            ("aB\r\n", "", ""),
        ] {
            for step in 1..=input.len() {
                let (decoded, left, chunks) = decode(input, step);
                assert_eq!((decoded.as_str(), left.as_str(), chunks.is_done()), (data, rest, input != "aB\r\n"), "{input:?} by {step}");
            }
        }
    }

    #[test]
    fn broken_framing_is_noticed_at_the_same_byte_in_any_split() {
        for (input, rest) in [
            ("5\r\nhelloX", "X"),
            ("\r\n", "\r\n"),
            (";x\r\n", ";x\r\n"),
            ("5x\r\n", "x\r\n"),
            ("5\rx", "x"),
            ("FFFFFFFFFFFFFFFFF\r\n", "F\r\n"),
            ("3\r\nabc\r\n\r\n", "\r\n"),
        ] {
            for step in 1..=input.len() {
                let (_, left, chunks) = decode(input, step);
                assert_eq!((left.as_str(), chunks.is_broken()), (rest, true), "{input:?} by {step}");
            }
        }
        let (_, _, chunks) = decode(&format!("5;{}", "x".repeat(CHUNK_LINE_BYTES + 1)), 1000);
        assert!(chunks.is_broken());
    }

    #[test]
    fn a_hostile_size_only_swallows_what_comes() {
        let (data, rest, chunks) = decode("FFFFFFFFFFFFFFFF\r\nabc", 4);
        assert_eq!((data.as_str(), rest.as_str(), chunks.has_all_data()), ("abc", "", false));
    }

    #[test]
    fn a_gap_is_passed_over_only_inside_one_chunk() {
        let mut chunks = Chunks::default();
        assert!(!chunks.skip(1));
        chunks.next(b"5\r\n");
        assert!(!chunks.skip(6));
        assert!(chunks.skip(5));
        assert_eq!(chunks.next(b"\r\n0\r\n\r\n").used, 7);
        assert!(chunks.is_done());
    }
}
