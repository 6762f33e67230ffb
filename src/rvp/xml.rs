//! XML as RVP's peers write it. The draft's own examples have mismatched end tags, unclosed elements, unquoted attributes, `<?xml.version` and two
//! roots, and a capture may cut a document anywhere: what can be read is read.
//!
//! Elements go by their local names in any case. Prefixes and namespaces are not looked at: every source declares them differently, one example
//! of the draft misspells RVP's own, and no two elements of RVP differ in nothing else. Attributes mean nothing in RVP.
//!
//! A document borrows its names and texts from the text that it was read from. Its elements stand in one row, in document order, each with the
//! place where the next one begins that is not inside it.

mod builder;
mod token;

use super::text;
use crate::base::limits::Limits;
use std::borrow::Cow;

/// A document, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document<'t> {
    /// Whether it is not well-formed, or ends too early.
    pub malformed: bool,
    /// Whether a ceiling was reached ([`Limits::xml_depth`], [`Limits::xml_elements`]); what lies beyond is missing.
    pub ceiling: bool,
    nodes: Vec<Node<'t>>,
    pieces: Vec<Piece<'t>>,
}

/// An element as the document keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Node<'t> {
    name: &'t str,
    /// The first piece of its text.
    text: &'t str,
    /// The first and the last of the further pieces.
    more: Option<(usize, usize)>,
    /// Where in the row the first element stands that is not inside it.
    end: usize,
}

/// A further piece of an element's text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece<'t> {
    text: PieceText<'t>,
    /// The next piece of the same element.
    next: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PieceText<'t> {
    Written(&'t str),
    /// A reference, resolved.
    Character(char),
}

impl<'t> Document<'t> {
    /// Reads `text`.
    pub fn read(text: &'t str, limits: &Limits) -> Self {
        builder::read(text, limits)
    }

    /// The outermost elements; a well-formed document has one.
    pub fn roots(&self) -> impl Iterator<Item = Element<'_>> + Clone {
        self.row(0, self.nodes.len())
    }

    /// The element at `from` and those that follow it at its level, before `end`.
    fn row(&self, from: usize, end: usize) -> impl Iterator<Item = Element<'_>> + Clone {
        let first = if from < end { self.element(from) } else { None };
        std::iter::successors(first, move |before| if before.node.end < end { self.element(before.node.end) } else { None })
    }

    fn element(&self, at: usize) -> Option<Element<'_>> {
        self.nodes.get(at).map(|node| Element { document: self, node, at })
    }
}

/// An element with what is in it.
#[derive(Clone, Copy, Debug)]
pub struct Element<'d> {
    document: &'d Document<'d>,
    node: &'d Node<'d>,
    at: usize,
}

impl<'d> Element<'d> {
    /// The local name as it was written.
    pub const fn name(self) -> &'d str {
        self.node.name
    }

    /// Its own text, without that of its children; references and CDATA sections resolved.
    pub fn text(self) -> Cow<'d, str> {
        let Some((first, _)) = self.node.more else { return Cow::Borrowed(self.node.text) };
        let mut text = self.node.text.to_owned();
        let mut next = Some(first);
        while let Some(piece) = next.and_then(|at| self.document.pieces.get(at)) {
            match piece.text {
                PieceText::Written(part) => text.push_str(part),
                PieceText::Character(character) => text.push(character),
            }
            next = piece.next;
        }
        Cow::Owned(text)
    }

    /// Whether its local name is `name`.
    pub fn is(self, name: &str) -> bool {
        self.node.is(name)
    }

    /// Its children in order.
    pub fn children(self) -> impl Iterator<Item = Self> + Clone {
        self.document.row(self.at + 1, self.node.end)
    }

    /// The first child called `name`.
    pub fn child(self, name: &str) -> Option<Self> {
        self.children().find(|child| child.is(name))
    }

    /// All elements inside it, in document order.
    pub fn descendants(self) -> impl Iterator<Item = Self> {
        (self.at + 1..self.node.end).filter_map(move |at| self.document.element(at))
    }

    /// The first element called `name` inside it, at any depth: in an unclosed element, what should follow it lies within.
    pub fn find(self, name: &str) -> Option<Self> {
        let inside = self.document.nodes.get(self.at + 1..self.node.end)?;
        self.document.element(self.at + 1 + inside.iter().position(|node| node.is(name))?)
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

impl Node<'_> {
    fn is(&self, name: &str) -> bool {
        // Most are written as they should be.
        self.name.len() == name.len() && (self.name == name || self.name.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests;
