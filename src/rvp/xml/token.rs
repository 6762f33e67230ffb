//! Cuts a text into tags, texts and references.
//!
//! What RVP is made of is cut here: tags, character data and references. Comments and document types go to quick-xml, which also says whether
//! they are damaged.

use crate::base::byte_range::ByteRange;
use quick_xml::Reader;
use quick_xml::errors::Error;
use quick_xml::events::BytesRef;

/// A piece of a document. Names are local ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// `<prefix:name ...>`
    Start(ByteRange),
    /// `<prefix:name ... />`
    Empty(ByteRange),
    /// `</prefix:name>`, with whatever else stands in it.
    End(ByteRange),
    /// Character data as it stands, or in a CDATA section.
    Text(ByteRange),
    /// `&name;`, without the signs around it.
    Reference(ByteRange),
    /// What says nothing: a declaration, processing instruction, comment or document type; and whether it is as it should be.
    Nothing(bool),
    /// Markup without an end: what follows is still to be read.
    Damaged,
}

/// The token at `at` in `text`, and where the next one begins; `None` at the end.
#[inline]
pub(super) fn next(text: &str, at: usize) -> Option<(Token, usize)> {
    let cut = match text.as_bytes().get(at..)? {
        [] => return None,
        [b'<', b'/', ..] => end_tag(text, at),
        [b'<', b'!', b'[', ..] => cdata(text, at),
        [b'<', b'!', ..] => aside(text, at),
        [b'<', b'?', ..] => instruction(text, at),
        [b'<', _, ..] => start_tag(text, at),
        [b'<'] => None,
        [b'&', rest @ ..] => Some(reference(rest, at)),
        rest => {
            let end = at + text_end(rest);
            Some((Token::Text(ByteRange::new(at, end)), end))
        }
    };
    Some(cut.unwrap_or((Token::Damaged, at)))
}

/// Where character data ends. Most is short.
#[inline]
fn text_end(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(eight) = text.get(at..at + 8).filter(|_| at < 32).and_then(|rest| rest.first_chunk()) {
        let eight = u64::from_le_bytes(*eight);
        let ends = equal(eight, b'<') | equal(eight, b'&');
        if ends != 0 {
            return at + first(ends);
        }
        at += 8;
    }
    memchr::memchr2(b'<', b'&', text.get(at..).unwrap_or_default()).map_or(text.len(), |end| at + end)
}

/// The name ends at the first blank; what follows is passed over.
#[inline]
fn start_tag(text: &str, at: usize) -> Option<(Token, usize)> {
    let bytes = text.as_bytes();
    if let Some((name, empty, behind)) = plain_tag(bytes, at) {
        return Some((if empty { Token::Empty(name) } else { Token::Start(name) }, behind));
    }
    let end = tag_end(bytes, at)?;
    let tag = bytes.get(at + 1..end)?;
    let content = tag.strip_suffix(b"/").unwrap_or(tag);
    let name = content.iter().position(|byte| is_blank(*byte)).and_then(|end| content.get(..end)).unwrap_or(content);
    let span = ByteRange::new(at + 1 + prefix(name), at + 1 + name.len());
    Some((if content.len() < tag.len() { Token::Empty(span) } else { Token::Start(span) }, end + 1))
}

/// The name in the start tag at `at`, whether it is that of an empty element, and what follows, if nothing but a name stands in the tag: looked
/// for in eight bytes at a time.
#[inline]
pub(super) fn plain_tag(bytes: &[u8], start: usize) -> Option<(ByteRange, bool, usize)> {
    let mut at = start + 1;
    let mut name = at;
    loop {
        let eight = u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
        // Blanks and quotes stand below.
        let ends = equal(eight, b'>') | below(eight, b'(');
        // The lowest bit of `ends` is the first end; what stands below it is the name.
        let in_name = equal(eight, b':') & ends.wrapping_sub(1) & !ends;
        if in_name != 0 {
            name = at + 8 - (in_name.leading_zeros() / 8) as usize;
        }
        if ends != 0 {
            let end = at + first(ends);
            let empty = end > start + 1 && bytes.get(end - 1) == Some(&b'/');
            let is_plain = bytes.get(end) == Some(&b'>');
            return is_plain.then_some((ByteRange::new(name, end - usize::from(empty)), empty, end + 1));
        }
        at += 8;
    }
}

/// One in each of eight bytes.
const EACH: u64 = u64::from_le_bytes([1; 8]);

/// The highest bit of each of eight bytes.
const HIGH: u64 = EACH << 7;

/// The highest bits of those of eight bytes that are `byte`.
#[inline]
const fn equal(eight: u64, byte: u8) -> u64 {
    let differences = eight ^ (EACH * byte as u64);
    !((differences | HIGH) - EACH) & !differences & HIGH
}

/// The highest bits of those of eight bytes that are below `byte`, which is ASCII.
#[inline]
const fn below(eight: u64, byte: u8) -> u64 {
    !((eight | HIGH) - EACH * byte as u64) & !eight & HIGH
}

/// Which of eight bytes is the first with its highest bit in `found`.
#[inline]
const fn first(found: u64) -> usize {
    (found.trailing_zeros() / 8) as usize
}

/// The name is all that stands in the tag, without blanks at the end.
fn end_tag(text: &str, at: usize) -> Option<(Token, usize)> {
    let bytes = text.as_bytes();
    let end = tag_end(bytes, at)?;
    let tag = bytes.get(at + 2..end)?;
    let name = tag.iter().rposition(|byte| !is_blank(*byte)).and_then(|last| tag.get(..=last)).unwrap_or(tag);
    Some((Token::End(ByteRange::new(at + 2 + prefix(name), at + 2 + name.len())), end + 1))
}

/// Where the `>` of the tag stands that begins at `at`. A quoted one ends nothing.
fn tag_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let rest = bytes.get(at..)?;
        let found = memchr::memchr3(b'>', b'"', b'\'', rest)?;
        match rest.get(found) {
            Some(b'>') => return Some(at + found),
            quote => at += found + 1 + memchr::memchr(*quote?, rest.get(found + 1..)?)? + 1,
        }
    }
}

/// What follows the prefix of a name.
pub(super) fn local(name: &str) -> &str {
    name.get(prefix(name.as_bytes())..).unwrap_or_default()
}

/// The length of the prefix of a name, with its colon.
fn prefix(name: &[u8]) -> usize {
    memchr::memrchr(b':', name).map_or(0, |colon| colon + 1)
}

fn cdata(text: &str, at: usize) -> Option<(Token, usize)> {
    let data = at + "<![CDATA[".len();
    let rest = text.get(at..)?.strip_prefix("<![CDATA[")?.as_bytes();
    let ends = |at: &usize| rest.get(..*at).is_some_and(|before| before.ends_with(b"]]"));
    let end = data + memchr::memchr_iter(b'>', rest).find(ends)?;
    Some((Token::Text(ByteRange::new(data, end - 2)), end + 1))
}

fn instruction(text: &str, at: usize) -> Option<(Token, usize)> {
    let rest = text.as_bytes().get(at..)?;
    let ends = |at: &usize| rest.get(..*at).is_some_and(|before| before.ends_with(b"?"));
    let end = memchr::memchr_iter(b'>', rest).find(ends)?;
    // In `<?>` it is the same question mark.
    (end > 2).then_some((Token::Nothing(true), at + end + 1))
}

/// A reference ends with a semicolon before other markup; a lone ampersand is text. `rest` follows the ampersand.
fn reference(rest: &[u8], at: usize) -> (Token, usize) {
    let end = at + 1 + memchr::memchr3(b';', b'&', b'<', rest).unwrap_or(rest.len());
    match rest.get(end - at - 1) {
        Some(b';') => (Token::Reference(ByteRange::new(at + 1, end)), end + 1),
        _ => (Token::Text(ByteRange::new(at, end)), end),
    }
}

/// A comment or document type.
fn aside(text: &str, at: usize) -> Option<(Token, usize)> {
    let mut reader = Reader::from_str(text.get(at..)?);
    let well_formed = match reader.read_event() {
        Ok(_) => true,
        Err(Error::IllFormed(_)) => false,
        Err(_) => return None,
    };
    Some((Token::Nothing(well_formed), at + usize::try_from(reader.buffer_position()).ok()?))
}

/// What a reference stands for: one of the five built-in entities or a character. Entities of a DTD are not expanded, so nothing can grow.
pub(super) fn resolve(reference: &str) -> Option<char> {
    match reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => BytesRef::new(reference).resolve_char_ref().ok().flatten(),
    }
}

#[inline]
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
