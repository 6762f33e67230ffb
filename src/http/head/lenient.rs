//! The tolerant reader of heads: takes every line as it is and says what is odd about it.

use super::{Head, Oddity, Parsed, StartLine, start, strict};
use std::borrow::Cow;

/// Reads the head in `bytes`, which begin with a start line. Of a head that is not `whole`, the unfinished last line is left out (half a value
/// would be a wrong one), except for the start line.
pub(super) fn read(bytes: &[u8], whole: bool, max_fields: usize, into: &mut Parsed) {
    let Parsed { head, oddities } = into;
    oddities.clear();
    let (first, mut rest) = next_line(bytes).unwrap_or((bytes, b""));
    let first_line = bytes.len() - rest.len();
    start_line(first, head, oddities);
    let mut fields: Vec<(Cow<'_, str>, Vec<u8>)> = Vec::new();
    let mut complete = whole;
    while let Some((line, after)) = next_line(rest) {
        rest = after;
        if line.is_empty() {
            break;
        }
        if matches!(line.first(), Some(b' ' | b'\t'))
            && let Some((_, value)) = fields.last_mut()
        {
            unfold(value, line, oddities);
        } else if fields.len() < max_fields {
            fields.push(field(line, oddities));
        } else {
            complete = false;
            break;
        }
    }
    for (name, value) in fields {
        head.add(&name, &value);
    }
    head.complete = complete;
    if whole && oddities.is_empty() && !bytes.get(..first_line).is_some_and(strict::is_start_line) {
        oddities.push(Oddity::StartLine);
    }
}

/// Each oddity is told once.
fn add(oddities: &mut Vec<Oddity>, oddity: Oddity) {
    if !oddities.contains(&oddity) {
        oddities.push(oddity);
    }
}

/// The line before the next LF, without its line end, and what follows.
fn next_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (line, rest) = bytes.split_at_checked(memchr::memchr(b'\n', bytes)?)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), rest.get(1..).unwrap_or_default()))
}

fn start_line(line: &[u8], head: &mut Head, oddities: &mut Vec<Oddity>) {
    if let Some(parts) = start::status_line(line) {
        if parts.minor > 1 {
            add(oddities, Oddity::Version);
        }
        if parts.status.len() != 3 {
            add(oddities, Oddity::Status);
        }
        if !parts.reason.is_ascii() {
            add(oddities, Oddity::Reason);
        }
        let status = std::str::from_utf8(parts.status).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0);
        head.begin(StartLine::Response { minor: parts.minor, status, reason: &text(parts.reason) });
        return;
    }
    let Some(parts) = start::request_line(line).or_else(|| start::cut_request_line(line)) else {
        // Not reached with the start lines that the stream lets through; whatever comes is kept.
        add(oddities, Oddity::StartLine);
        head.begin(StartLine::Request { method: "", target: &text(line), minor: None });
        return;
    };
    if parts.minor.is_some_and(|minor| minor > 1) {
        add(oddities, Oddity::Version);
    }
    if parts.target.iter().any(|byte| *byte <= b' ' || *byte >= 0x7f) {
        add(oddities, Oddity::Target);
    }
    head.begin(StartLine::Request { method: &text(parts.method), target: &text(parts.target), minor: parts.minor });
}

fn field<'l>(line: &'l [u8], oddities: &mut Vec<Oddity>) -> (Cow<'l, str>, Vec<u8>) {
    if line.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
        add(oddities, Oddity::Control);
    }
    let Some((name, value)) = memchr::memchr(b':', line).and_then(|colon| line.split_at_checked(colon)) else {
        add(oddities, Oddity::NoColon);
        return (Cow::Borrowed(""), trim(line).to_vec());
    };
    let trimmed = trim(name);
    if trimmed.len() != name.len() {
        add(oddities, Oddity::SpaceAroundName);
    }
    if trimmed.is_empty() || !trimmed.iter().all(|byte| start::is_token(*byte)) {
        add(oddities, Oddity::Name);
    }
    (text(trimmed), trim(value.get(1..).unwrap_or_default()).to_vec())
}

/// A line that begins with white space goes on with the value before (`obs-fold`, RFC 9112 section 5.2).
fn unfold(value: &mut Vec<u8>, line: &[u8], oddities: &mut Vec<Oddity>) {
    add(oddities, Oddity::Folded);
    let more = trim(line);
    if !value.is_empty() && !more.is_empty() {
        value.push(b' ');
    }
    value.extend_from_slice(more);
}

/// Without the white space of RFC 9110, section 5.6.3, around it.
fn trim(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(*byte, b' ' | b'\t');
    let start = bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    bytes.get(start..end).unwrap_or_default()
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
