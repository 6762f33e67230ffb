//! Builds a document from its tokens, whatever fits together in them.

use super::token::{self, Token};
use super::{Document, Node, Piece, PieceText, text};
use crate::base::limits::Limits;
use smallvec::SmallVec;

/// How often reading starts anew behind a tag that can't be read, such as one with an unpaired quote. Each start may look at all the rest, so
/// the number is small.
const RESTARTS: usize = 16;

/// Bytes of a document to each element, for a first guess at their number. Most have fewer elements.
const ELEMENT_BYTES: usize = 24;

/// Reads `text`.
pub(super) fn read<'t>(text: &'t str, limits: &Limits) -> Document<'t> {
    let expected = (text.len() / ELEMENT_BYTES).min(limits.xml_elements);
    let document = Document { nodes: Vec::with_capacity(expected), ..Document::default() };
    let mut builder = Builder { limits, document, open: SmallVec::new(), too_deep: 0 };
    builder.read(text);
    builder.finish()
}

struct Builder<'t, 'l> {
    limits: &'l Limits,
    document: Document<'t>,
    /// The places of the elements that are open, the innermost last.
    open: SmallVec<[usize; 16]>,
    /// How many elements are open below the deepest that is followed.
    too_deep: usize,
}

impl<'t> Builder<'t, '_> {
    fn read(&mut self, text: &'t str) {
        let mut rest = text;
        for _ in 0..RESTARTS {
            // A byte order mark says nothing here.
            rest = rest.strip_prefix('\u{feff}').unwrap_or(rest);
            let Some(damaged) = self.read_up_to_damage(rest) else { return };
            self.document.malformed = true;
            if let Some(cut) = damaged.strip_prefix("<![CDATA[") {
                self.text(PieceText::Written(cut.trim_end_matches(']')));
                return;
            }
            let Some((tag, behind)) = damaged.find('>').and_then(|at| damaged.split_at_checked(at.saturating_add(1))) else {
                self.cut_tag(damaged);
                return;
            };
            self.damaged_tag(tag.trim_start_matches('<').trim_end_matches('>'));
            rest = behind;
        }
    }

    /// Reads until the end, or up to markup that has no end: then gives the text from there on.
    fn read_up_to_damage(&mut self, mut rest: &'t str) -> Option<&'t str> {
        while let Some((token, behind)) = token::next(rest) {
            match token {
                Token::Start(name) => self.start(name),
                Token::Empty(name) => {
                    self.start(name);
                    self.end(name);
                }
                Token::End(name) => self.end(name),
                Token::Text(text) => self.text(PieceText::Written(text)),
                Token::Reference(name) => {
                    let resolved = token::resolve(name);
                    self.document.malformed |= resolved.is_none();
                    let written = || rest.get(..rest.len().saturating_sub(behind.len())).unwrap_or_default();
                    self.text(resolved.map_or_else(|| PieceText::Written(written()), PieceText::Character));
                }
                Token::Nothing(well_formed) => self.document.malformed |= !well_formed,
                Token::Damaged => return Some(rest),
            }
            if self.document.ceiling && self.document.nodes.len() >= self.limits.xml_elements {
                return None;
            }
            rest = behind;
        }
        None
    }

    fn start(&mut self, name: &'t str) {
        if name.is_empty() {
            self.document.malformed = true;
        } else if self.open.len() >= self.limits.xml_depth {
            self.document.ceiling = true;
            self.too_deep = self.too_deep.saturating_add(1);
        } else if self.document.nodes.len() >= self.limits.xml_elements {
            self.document.ceiling = true;
        } else {
            let name = text::capped(text::trim(name), text::VALUE_BYTES);
            self.open.push(self.document.nodes.len());
            self.document.nodes.push(Node { name, text: "", more: None, end: 0 });
        }
    }

    /// Closes the innermost element of this name and what was left open inside it. An end tag that fits nothing is passed over: its element's
    /// real end comes with its parent's.
    fn end(&mut self, name: &str) {
        if self.too_deep > 0 {
            self.too_deep = self.too_deep.saturating_sub(1);
            return;
        }
        let nodes = &self.document.nodes;
        match self.open.iter().rposition(|at| nodes.get(*at).is_some_and(|node| node.is(name))) {
            Some(at) => {
                self.document.malformed |= at.saturating_add(1) < self.open.len();
                while self.open.len() > at {
                    self.close();
                }
            }
            None => self.document.malformed = true,
        }
    }

    fn close(&mut self) {
        let end = self.document.nodes.len();
        if let Some(node) = self.open.pop().and_then(|at| self.document.nodes.get_mut(at)) {
            node.end = end;
        }
    }

    fn text(&mut self, text: PieceText<'t>) {
        let Some(at) = self.open.last() else {
            self.document.malformed |= match text {
                PieceText::Written(text) => !text.trim().is_empty(),
                PieceText::Character(character) => !character.is_whitespace(),
            };
            return;
        };
        let Document { nodes, pieces, .. } = &mut self.document;
        let Some(node) = nodes.get_mut(*at).filter(|_| self.too_deep == 0) else { return };
        match (text, &mut node.more) {
            (PieceText::Written(text), None) if node.text.is_empty() => node.text = text,
            (_, more) => {
                let new = pieces.len();
                let (_, last) = more.get_or_insert((new, new));
                if let Some(before) = pieces.get_mut(*last) {
                    before.next = Some(new);
                }
                *last = new;
                pieces.push(Piece { text, next: None });
            }
        }
    }

    /// Takes a tag that ends at the first `>` although a quote in it is unpaired. Declarations and the like are passed over.
    fn damaged_tag(&mut self, tag: &'t str) {
        let name = |tag: &'t str| token::local(tag.split([' ', '\t', '\r', '\n', '/', '"', '\'']).next().unwrap_or(""));
        if let Some(end) = tag.strip_prefix('/') {
            self.end(name(end));
        } else if !tag.starts_with(['!', '?']) {
            self.start(name(tag));
            if tag.ends_with('/') {
                self.end(name(tag));
            }
        }
    }

    /// Takes a tag that the end of the document cuts, if its name is surely complete.
    fn cut_tag(&mut self, tag: &'t str) {
        let tag = tag.trim_start_matches('<');
        if let Some((name, _)) = tag.split_once([' ', '\t', '\r', '\n'])
            && !name.starts_with(['!', '?', '/'])
        {
            self.start(token::local(name));
        }
    }

    fn finish(mut self) -> Document<'t> {
        self.document.malformed |= !self.open.is_empty() && !self.document.ceiling;
        while !self.open.is_empty() {
            self.close();
        }
        self.document.malformed |= self.document.roots().count() != 1;
        self.document
    }
}
