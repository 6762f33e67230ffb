//! The strict reader of heads: one pass over what the grammar of RFC 9112 allows, as nearly all heads are. What it refuses goes to the tolerant one.

use super::start::{METHOD_BYTES, STATUS_PREFIX, is_token};
use super::{Head, Known, Place, Span, Start, written};

/// Reads the head that `bytes` begin with into `head`, and says where it ends; `None` if something in it is not strictly as it should be, it has
/// more than `max_fields`, or its end is not there. Then `head` is worth nothing.
pub(super) fn read(bytes: &[u8], max_fields: usize, head: &mut Head) -> Option<usize> {
    head.clear();
    let (line_end, mut at) = line_end(bytes, 0)?;
    head.start = start_line(bytes.get(..line_end)?)?;
    let end = loop {
        match bytes.get(at..)? {
            [b'\n', ..] => break at + 1,
            [b'\r', b'\n', ..] => break at + 2,
            _ if head.fields.len() >= max_fields => return None,
            _ => {}
        }
        let (place, next) = field(bytes, at)?;
        head.written += written(place.name.len(), place.value.len());
        head.place(place);
        at = next;
    };
    let text = bytes.get(..end).filter(|text| memchr::memchr(DEL, text).is_none())?;
    head.text.push_str(std::str::from_utf8(text).ok()?);
    head.written += head.start().written();
    head.complete = true;
    Some(end)
}

/// The parts of a request line or status line without its end.
pub(super) fn start_line(line: &[u8]) -> Option<Start> {
    if line.starts_with(STATUS_PREFIX) { status_line(line) } else { request_line(line) }
}

fn request_line(line: &[u8]) -> Option<Start> {
    let (rest, version) = line.split_at_checked(line.len().checked_sub(VERSION_BYTES)?)?;
    let minor = minor(version)?;
    let rest = rest.strip_suffix(b" ")?;
    let method_end = rest.iter().take(METHOD_BYTES + 1).position(|byte| !is_token(*byte)).filter(|end| *end > 0)?;
    let target = rest.get(method_end..)?.strip_prefix(b" ")?;
    // All of them, so that the compiler looks at many at once.
    let visible = target.iter().fold(true, |visible, byte| visible & byte.is_ascii_graphic());
    let (method, target) = (Span::new(0, method_end), Span::new(method_end + 1, rest.len()));
    (visible && target.len() > 0).then_some(Start::Request { method, target, minor: Some(minor) })
}

fn status_line(line: &[u8]) -> Option<Start> {
    let (version, rest) = line.split_at_checked(VERSION_BYTES)?;
    let minor = minor(version)?;
    let (status, reason) = rest.strip_prefix(b" ")?.split_at_checked(3)?;
    let digit = |status: u16, digit: &u8| digit.is_ascii_digit().then(|| status * 10 + u16::from(digit - b'0'));
    let status = status.iter().try_fold(0, digit)?;
    let reason = if reason.is_empty() { reason } else { reason.strip_prefix(b" ")? };
    let printable = reason.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    printable.then_some(Start::Response { minor, status, reason: Span::new(line.len() - reason.len(), line.len()) })
}

const VERSION_BYTES: usize = "HTTP/1.1".len();

fn minor(version: &[u8]) -> Option<u8> {
    match version {
        b"HTTP/1.1" => Some(1),
        b"HTTP/1.0" => Some(0),
        _ => None,
    }
}

/// The field that begins at `at`, and where the next line begins.
#[inline]
fn field(bytes: &[u8], at: usize) -> Option<(Place, usize)> {
    let is_colon = |eight: u64| zero_bytes(eight ^ (EACH * u64::from(b':')));
    let colon = find(bytes, at, is_colon, |byte| byte == b':')?;
    let name = bytes.get(at..colon)?;
    let known = Known::called(name);
    // Where the line has no colon, the one that was found stands behind its end.
    if known.is_none() && (name.is_empty() || !name.iter().all(|byte| is_token(*byte))) {
        return None;
    }
    let (line_end, next) = line_end(bytes, colon + 1)?;
    let mut value = bytes.get(colon + 1..line_end)?;
    while let [b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    let start = line_end - value.len();
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    Some((Place { name: Span::new(at, colon), value: Span::new(start, start + value.len()), known }, next))
}

/// Where the line ends whose rest begins at `at`, and where the next one begins; `None` if a control character other than a tab stands before that.
/// [`DEL`] is not looked for: it would cost as much as all others together.
#[inline]
fn line_end(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let below_blank = |eight: u64| eight.wrapping_sub(EACH * u64::from(b' ')) & !eight & HIGH;
    loop {
        let end = find(bytes, at, below_blank, |byte| byte < b' ')?;
        match bytes.get(end..)? {
            [b'\n', ..] => return Some((end, end + 1)),
            [b'\r', b'\n', ..] => return Some((end, end + 2)),
            [b'\t', ..] => at = end + 1,
            _ => return None,
        }
    }
}

/// The only control character that is above the blank.
const DEL: u8 = 0x7f;

/// One in each byte.
const EACH: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGH: u64 = EACH << 7;

/// The highest bit of each byte that is zero, and by a carry perhaps of others behind the first of these.
const fn zero_bytes(eight: u64) -> u64 {
    eight.wrapping_sub(EACH) & !eight & HIGH
}

/// Where the first byte from `at` on is that `matches`. Eight at a time are given to `among`, which sets the highest bit of each that matches; as the
/// first one counts, a carry may set it for others behind that. Lines are too short for a search by library to be worth its beginning.
#[inline]
fn find(bytes: &[u8], mut at: usize, among: impl Fn(u64) -> u64, matches: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let (eights, rest) = rest.as_chunks::<8>();
    for eight in eights {
        let found = among(u64::from_le_bytes(*eight));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    rest.iter().position(|byte| matches(*byte)).map(|found| at + found)
}
