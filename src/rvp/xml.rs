//! XML as RVP's peers write it. The draft's own examples have mismatched end tags, unclosed elements, unquoted attributes, `<?xml.version` and two
//! roots, and a capture may cut a document anywhere: what can be read is read.
//!
//! Elements go by their local names in any case. Prefixes and namespaces are not looked at: every source declares them differently, one example
//! of the draft misspells RVP's own, and no two elements of RVP differ in nothing else. Attributes mean nothing in RVP.
//!
//! A document borrows its names and texts from the text that it was read from, and its places from the reader, which takes the next document into
//! the same memory. Its elements stand in one row, in document order, each with the place where the next one begins that is not inside it.

mod builder;
mod token;

use super::text;
use crate::base::byte_range::ByteRange;
use crate::base::limits::Limits;
use builder::Builder;
use std::borrow::Cow;
use std::num::NonZeroU32;

/// Reads documents, one after the other.
#[derive(Debug, Default)]
pub struct Reader {
    nodes: Vec<Node>,
    pieces: Vec<Piece>,
}

/// Elements and pieces of text for which a reader keeps memory from one document to the next. Nearly all have far fewer.
const KEPT: usize = 4096;

impl Reader {
    /// Reads `text`.
    pub fn read<'d>(&'d mut self, text: &'d str, limits: &Limits) -> Document<'d> {
        let Self { nodes, pieces } = self;
        nodes.clear();
        nodes.shrink_to(KEPT);
        pieces.clear();
        pieces.shrink_to(KEPT);
        let found = Builder::new(text, limits, nodes, pieces).read();
        Document { malformed: found.malformed, ceiling: found.ceiling, plain: found.plain, text, nodes, pieces }
    }
}

/// A document, as far as it could be read.
#[derive(Clone, Copy, Debug)]
pub struct Document<'d> {
    /// Whether it is not well-formed, or ends too early.
    pub malformed: bool,
    /// Whether a ceiling was reached ([`Limits::xml_depth`], [`Limits::xml_elements`]); what lies beyond is missing.
    pub ceiling: bool,
    /// Whether all of its text is ASCII.
    pub plain: bool,
    text: &'d str,
    nodes: &'d [Node],
    pieces: &'d [Piece],
}

/// An element as the document keeps it.
#[derive(Clone, Copy, Debug)]
struct Node {
    name: ByteRange,
    /// Where the name with its prefix begins, if nothing but the name stands in the start tag: the usual end tag repeats it.
    opened: Option<NonZeroU32>,
    /// The first piece of its text.
    text: ByteRange,
    /// The last of the further pieces, if there are any.
    more: Option<Index>,
    /// Where in the row the first element stands that is not inside it.
    end: u32,
}

/// A further piece of an element's text.
#[derive(Clone, Copy, Debug)]
struct Piece {
    text: PieceText,
    /// The next piece of the same element; behind the last one, the first.
    next: Index,
}

/// The place of a piece, counted from 1.
type Index = NonZeroU32;

#[derive(Clone, Copy, Debug)]
enum PieceText {
    Written(ByteRange),
    /// A reference, resolved.
    Character(char),
}

impl<'d> Document<'d> {
    /// The outermost elements; a well-formed document has one.
    #[inline]
    pub fn roots(&self) -> impl Iterator<Item = Element<'_>> + Clone {
        self.row(0, self.nodes.len())
    }

    /// Whether an element is called `name`.
    pub fn names(&self, name: &str) -> bool {
        self.nodes.iter().any(|node| node.is(name, self.text))
    }

    /// The element at `from` and those that follow it at its level, before `end`.
    #[inline]
    fn row(&self, from: usize, end: usize) -> impl Iterator<Item = Element<'_>> + Clone {
        let mut next = from;
        std::iter::from_fn(move || {
            let element = if next < end { self.element(next) } else { None };
            next = element.map_or(end, |element| element.node.end as usize);
            element
        })
    }

    #[inline]
    fn element(&self, at: usize) -> Option<Element<'_>> {
        self.nodes.get(at).map(|node| Element { document: self, node, at })
    }

    #[inline]
    fn part(&self, span: ByteRange) -> &'d str {
        span.of(self.text)
    }
}

/// An element with what is in it.
#[derive(Clone, Copy, Debug)]
pub struct Element<'d> {
    document: &'d Document<'d>,
    node: &'d Node,
    at: usize,
}

impl<'d> Element<'d> {
    /// The local name as it was written.
    #[inline]
    pub fn name(self) -> &'d str {
        self.document.part(self.node.name)
    }

    /// Its own text, without that of its children; references and CDATA sections resolved.
    #[inline]
    pub fn text(self) -> Cow<'d, str> {
        let first = self.document.part(self.node.text);
        let Some(last) = self.node.more else { return Cow::Borrowed(first) };
        let mut text = first.to_owned();
        let piece = |at: Index| self.document.pieces.get(at.get() as usize - 1);
        let mut before = last;
        while let Some((at, piece)) = piece(before).and_then(|last| Some((last.next, piece(last.next)?))) {
            match piece.text {
                PieceText::Written(part) => text.push_str(self.document.part(part)),
                PieceText::Character(character) => text.push(character),
            }
            if at == last {
                break;
            }
            before = at;
        }
        Cow::Owned(text)
    }

    /// Whether its local name is `name`.
    #[inline]
    pub fn is(self, name: &str) -> bool {
        self.node.is(name, self.document.text)
    }

    /// Whether all text of its document is ASCII.
    pub const fn is_plain(self) -> bool {
        self.document.plain
    }

    /// Its children in order.
    #[inline]
    pub fn children(self) -> impl Iterator<Item = Self> + Clone {
        self.document.row(self.at + 1, self.node.end as usize)
    }

    /// The first child called `name`.
    pub fn child(self, name: &str) -> Option<Self> {
        self.children().find(|child| child.is(name))
    }

    /// All elements inside it called `name`, in document order.
    #[inline]
    pub fn find_all(self, name: &str) -> impl Iterator<Item = Self> + Clone {
        let document = self.document;
        let inside = document.nodes.get(self.at + 1..self.node.end as usize).unwrap_or_default();
        let found = inside.iter().zip(self.at + 1..).filter(move |(node, _)| node.is(name, document.text));
        found.map(move |(node, at)| Self { document, node, at })
    }

    /// The first element called `name` inside it, at any depth: in an unclosed element, what should follow it lies within.
    #[inline]
    pub fn find(self, name: &str) -> Option<Self> {
        self.find_all(name).next()
    }

    /// Its text, trimmed and capped as a value ([`text::VALUE_BYTES`]); `None` if nothing is left.
    pub fn value(self) -> Option<Cow<'d, str>> {
        Some(text::kept_of(self.text())).filter(|value| !value.is_empty())
    }

    /// The value of the first element called `name` inside it.
    pub fn value_of(self, name: &str) -> Option<Cow<'d, str>> {
        self.find(name)?.value()
    }
}

impl Node {
    #[inline]
    fn is(&self, name: &str, text: &str) -> bool {
        self.name.len() == name.len() && {
            // Most are written as they should be.
            let written = self.name.of(text);
            written == name || written.eq_ignore_ascii_case(name)
        }
    }
}

/// `text` with its references resolved, for those who look for words in it.
pub fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        plain.push_str(before);
        // None is longer, so that a text of nothing but ampersands is not searched again and again.
        let near = behind.get(..behind.floor_char_boundary(12)).and_then(|near| near.find(';'));
        let reference =
            near.and_then(|end| behind.split_at_checked(end)).and_then(|(name, behind)| Some((token::resolve(name)?, behind.get(1..)?)));
        plain.push(reference.map_or('&', |(c, _)| c));
        rest = reference.map_or(behind, |(_, behind)| behind);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests;
