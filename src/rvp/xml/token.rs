//! Cuts a text into tags, texts and references.
//!
//! What RVP is made of is cut here: tags, character data and references. Comments and document types go to quick-xml, which also says whether
//! they are damaged.

use quick_xml::Reader;
use quick_xml::errors::Error;
use quick_xml::events::BytesRef;

/// A piece of a document. Names are local ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// `<prefix:name ...>`
    Start(&'t str),
    /// `<prefix:name ... />`
    Empty(&'t str),
    /// `</prefix:name>`, with whatever else stands in it.
    End(&'t str),
    /// Character data as it stands, or in a CDATA section.
    Text(&'t str),
    /// `&name;`, without the signs around it.
    Reference(&'t str),
    /// What says nothing: a declaration, processing instruction, comment or document type; and whether it is as it should be.
    Nothing(bool),
    /// Markup without an end: what follows is still to be read.
    Damaged,
}

/// The first token of `text`, and what follows it; `None` at the end.
#[inline]
pub(super) fn next(text: &str) -> Option<(Token<'_>, &str)> {
    let cut = match text.as_bytes() {
        [] => return None,
        [b'<', b'/', ..] => end_tag(text),
        [b'<', b'!', b'[', ..] => cdata(text),
        [b'<', b'!', ..] => aside(text),
        [b'<', b'?', ..] => instruction(text),
        [b'<', _, ..] => start_tag(text),
        [b'<'] => None,
        [b'&', rest @ ..] => Some(reference(text, rest)),
        bytes => {
            let end = memchr::memchr2(b'<', b'&', bytes).unwrap_or(bytes.len());
            Some((Token::Text(inside(text, 0, end)), end))
        }
    };
    Some(match cut {
        Some((token, used)) => (token, text.get(used..).unwrap_or_default()),
        None => (Token::Damaged, text),
    })
}

/// The name ends at the first blank; what follows is passed over.
#[inline]
fn start_tag(text: &str) -> Option<(Token<'_>, usize)> {
    let (empty, name, end) = match plain_tag(text, 1)? {
        Tag::Plain { name, blank, end } => {
            let empty = end > 1 && text.as_bytes().get(end - 1) == Some(&b'/');
            (empty, inside(text, name, blank.unwrap_or(end - usize::from(empty))), end)
        }
        Tag::Quoted(quote) => {
            let end = tag_end(text, quote)?;
            let tag = inside(text, 1, end);
            let content = tag.strip_suffix('/').unwrap_or(tag);
            let name_end = content.bytes().position(is_blank).unwrap_or(content.len());
            (content.len() < tag.len(), local(inside(content, 0, name_end)), end)
        }
    };
    Some((if empty { Token::Empty(name) } else { Token::Start(name) }, end + 1))
}

/// The name is all that stands in the tag, without blanks at the end.
#[inline]
fn end_tag(text: &str) -> Option<(Token<'_>, usize)> {
    let end = match plain_tag(text, 2)? {
        Tag::Plain { name, blank: None, end } => return Some((Token::End(inside(text, name, end)), end + 1)),
        Tag::Plain { end, .. } => end,
        Tag::Quoted(quote) => tag_end(text, quote)?,
    };
    let tag = inside(text, 2, end);
    let last = tag.bytes().rposition(|byte| !is_blank(byte));
    Some((Token::End(local(last.map_or(tag, |last| inside(tag, 0, last + 1)))), end + 1))
}

/// Where the parts of a tag stand.
enum Tag {
    /// Without quotes: the local name, the first blank, and the `>`.
    Plain { name: usize, blank: Option<usize>, end: usize },
    /// The first quote.
    Quoted(usize),
}

/// Looks through the tag at the start of `text`, whose name begins at `at`: once and byte by byte, since most are short.
#[inline]
fn plain_tag(text: &str, mut at: usize) -> Option<Tag> {
    let bytes = text.as_bytes();
    let mut name = at;
    let mut blank = None;
    loop {
        let byte = *bytes.get(at)?;
        // Letters stand above the signs that are looked for.
        if byte <= b'>' {
            match byte {
                b'>' => return Some(Tag::Plain { name, blank, end: at }),
                b'"' | b'\'' => return Some(Tag::Quoted(at)),
                b':' if blank.is_none() => name = at + 1,
                _ if blank.is_none() && is_blank(byte) => blank = Some(at),
                _ => {}
            }
        }
        at += 1;
    }
}

/// Where the `>` of a tag stands that has its first quote at `at`.
fn tag_end(text: &str, mut at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
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
    inside(name, prefix(name), name.len())
}

/// The length of the prefix of a name, with its colon.
fn prefix(name: &str) -> usize {
    name.bytes().rposition(|byte| byte == b':').map_or(0, |colon| colon + 1)
}

fn cdata(text: &str) -> Option<(Token<'_>, usize)> {
    const START: &str = "<![CDATA[";
    let data = text.strip_prefix(START)?;
    let ends = |at: &usize| data.get(..*at).is_some_and(|before| before.ends_with("]]"));
    let end = memchr::memchr_iter(b'>', data.as_bytes()).find(ends)?;
    Some((Token::Text(inside(data, 0, end - 2)), START.len() + end + 1))
}

fn instruction(text: &str) -> Option<(Token<'_>, usize)> {
    let ends = |at: &usize| text.get(..*at).is_some_and(|before| before.ends_with('?'));
    let end = memchr::memchr_iter(b'>', text.as_bytes()).find(ends)?;
    // In `<?>` it is the same question mark.
    (end > 2).then_some((Token::Nothing(true), end + 1))
}

/// A reference ends with a semicolon before other markup; a lone ampersand is text.
fn reference<'t>(text: &'t str, rest: &'t [u8]) -> (Token<'t>, usize) {
    match memchr::memchr3(b';', b'&', b'<', rest) {
        Some(end) if rest.get(end) == Some(&b';') => (Token::Reference(inside(text, 1, end + 1)), end + 2),
        Some(end) => (Token::Text(inside(text, 0, end + 1)), end + 1),
        None => (Token::Text(text), text.len()),
    }
}

/// A comment or document type.
fn aside(text: &str) -> Option<(Token<'_>, usize)> {
    let mut reader = Reader::from_str(text);
    let well_formed = match reader.read_event() {
        Ok(_) => true,
        Err(Error::IllFormed(_)) => false,
        Err(_) => return None,
    };
    Some((Token::Nothing(well_formed), usize::try_from(reader.buffer_position()).ok()?))
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

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// `text[from..to]`; the callers cut at ASCII characters.
fn inside(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}
