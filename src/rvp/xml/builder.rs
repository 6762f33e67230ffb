//! Builds a document from its tokens, whatever fits together in them.

use super::token::{self, Token};
use super::{Index, Node, Piece, PieceText, text};
use crate::base::byte_range::ByteRange;
use crate::base::limits::Limits;
use std::num::NonZeroU32;

/// How often reading starts anew behind a tag that can't be read, such as one with an unpaired quote. Each start may look at all the rest, so
/// the number is small.
const RESTARTS: usize = 16;

/// What is said of a document as a whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) malformed: bool,
    pub(super) ceiling: bool,
    pub(super) plain: bool,
}

pub(super) struct Builder<'t, 'l> {
    text: &'t str,
    is_ascii: bool,
    limits: &'l Limits,
    nodes: &'l mut Vec<Node>,
    pieces: &'l mut Vec<Piece>,
    /// The innermost open element, if there is one. As long as an element is open, its end says which one is around it.
    innermost: u32,
    /// How many elements are open.
    depth: usize,
    /// How many elements are open below the deepest that is followed.
    too_deep: usize,
    found: Found,
}

/// The byte order mark.
const MARK: char = '\u{feff}';

/// The place of no element.
const NONE: u32 = u32::MAX;

impl<'t, 'l> Builder<'t, 'l> {
    /// A builder of a document; what it fills is empty.
    pub(super) fn new(text: &'t str, limits: &'l Limits, nodes: &'l mut Vec<Node>, pieces: &'l mut Vec<Piece>) -> Self {
        let is_ascii = text.is_ascii();
        let found = Found { malformed: false, ceiling: false, plain: is_ascii };
        Self { text, is_ascii, limits, nodes, pieces, innermost: NONE, depth: 0, too_deep: 0, found }
    }

    /// Reads the document.
    pub(super) fn read(mut self) -> Found {
        let mut at = 0;
        for _ in 0..RESTARTS {
            // A byte order mark says nothing here.
            let mark = self.text.get(at..).filter(|rest| rest.starts_with(MARK)).map_or(0, |_| MARK.len_utf8());
            let Some(damage) = self.read_up_to_damage(at + mark) else { break };
            let damaged = self.text.get(damage..).unwrap_or_default();
            self.found.malformed = true;
            if let Some(cut) = damaged.strip_prefix("<![CDATA[") {
                self.written(self.span(cut.trim_end_matches(']')));
                break;
            }
            let Some((tag, behind)) = damaged.find('>').and_then(|at| damaged.split_at_checked(at.saturating_add(1))) else {
                self.cut_tag(damaged);
                break;
            };
            self.damaged_tag(tag.trim_start_matches('<').trim_end_matches('>'));
            at = self.text.len() - behind.len();
        }
        self.finish()
    }

    /// Reads from `at` until the end, or up to markup that has no end: then tells where that begins.
    fn read_up_to_damage(&mut self, mut at: usize) -> Option<usize> {
        let text = self.text;
        loop {
            if let Some(behind) = self.usual(at) {
                at = behind;
                continue;
            }
            let (token, behind) = token::next(text, at)?;
            match token {
                Token::Start(name) => self.start(name),
                Token::Empty(name) => self.empty(name),
                Token::End(name) => self.end(name.of(text)),
                Token::Text(text) => self.written(text),
                Token::Reference(name) => {
                    if let Some(character) = token::resolve(name.of(text)) {
                        self.character(character);
                    } else {
                        self.found.malformed = true;
                        self.written(ByteRange::new(at, behind));
                    }
                }
                Token::Nothing(well_formed) => self.found.malformed |= !well_formed,
                Token::Damaged => return Some(at),
            }
            if self.found.ceiling && self.nodes.len() >= self.limits.xml_elements {
                return None;
            }
            at = behind;
        }
    }

    /// Takes the tag at `at`, if it is as most are, and tells what follows: nothing but a name in a start tag, and the same name in the end tag.
    #[inline]
    fn usual(&mut self, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let [b'<', second, ..] = bytes.get(at..)? else { return None };
        if *second == b'/' {
            let node = self.nodes.get(self.innermost as usize)?;
            let name = bytes.get(node.opened?.get() as usize..node.name.end as usize)?;
            let (end, behind) = bytes.get(at + 2..)?.split_at_checked(name.len())?;
            let ends = behind.first() == Some(&b'>') && end == name && self.too_deep == 0;
            ends.then(|| {
                self.close();
                at + name.len() + "</>".len()
            })
        } else if second.is_ascii_alphabetic() {
            let (name, empty, behind) = token::plain_tag(bytes, at)?;
            let has_room = self.depth < self.limits.xml_depth && self.nodes.len() < self.limits.xml_elements;
            let is_kept = (1..=text::VALUE_BYTES).contains(&name.len()) && (self.is_ascii || name.of(self.text).is_ascii());
            (has_room && is_kept).then(|| {
                self.open(name, NonZeroU32::new(at as u32 + 1));
                if empty {
                    self.close();
                }
                behind
            })
        } else {
            None
        }
    }

    /// Where `part` stands, which is a part of the text.
    fn span(&self, part: &str) -> ByteRange {
        ByteRange::within(part.as_bytes(), self.text.as_bytes())
    }

    #[inline]
    fn open(&mut self, name: ByteRange, opened: Option<NonZeroU32>) {
        let around = std::mem::replace(&mut self.innermost, self.nodes.len() as u32);
        self.depth += 1;
        self.nodes.push(Node { name, opened, text: ByteRange::default(), more: None, end: around });
    }

    /// Opens an element, unless that goes beyond a ceiling.
    fn start(&mut self, name: ByteRange) {
        if name.is_empty() {
            self.found.malformed = true;
        } else if self.depth >= self.limits.xml_depth {
            self.found.ceiling = true;
            self.too_deep = self.too_deep.saturating_add(1);
        } else if self.nodes.len() >= self.limits.xml_elements {
            self.found.ceiling = true;
        } else {
            let kept = text::capped(name.of(self.text).trim(), text::VALUE_BYTES);
            self.open(self.span(kept), None);
        }
    }

    /// Takes an element without content.
    fn empty(&mut self, name: ByteRange) {
        self.start(name);
        self.end(name.of(self.text));
    }

    /// Closes the innermost element of this name and what was left open inside it. An end tag that fits nothing is passed over: its element's
    /// real end comes with its parent's.
    fn end(&mut self, name: &str) {
        if self.too_deep > 0 {
            self.too_deep = self.too_deep.saturating_sub(1);
            return;
        }
        let mut inside = 0;
        let mut at = self.innermost;
        while let Some(node) = self.nodes.get(at as usize) {
            if node.is(name, self.text) {
                self.found.malformed |= inside > 0;
                (0..=inside).for_each(|_| self.close());
                return;
            }
            inside += 1;
            at = node.end;
        }
        self.found.malformed = true;
    }

    /// Closes the innermost element.
    #[inline]
    fn close(&mut self) {
        let end = self.nodes.len() as u32;
        if let Some(node) = self.nodes.get_mut(self.innermost as usize) {
            self.innermost = std::mem::replace(&mut node.end, end);
            self.depth -= 1;
        }
    }

    #[inline]
    fn written(&mut self, text: ByteRange) {
        if self.innermost == NONE {
            self.found.malformed |= !text.of(self.text).trim().is_empty();
            return;
        }
        match self.nodes.get_mut(self.innermost as usize).filter(|_| self.too_deep == 0) {
            Some(node) if node.text.is_empty() && node.more.is_none() => node.text = text,
            _ => self.further(PieceText::Written(text)),
        }
    }

    fn character(&mut self, character: char) {
        self.found.plain &= character.is_ascii();
        if self.innermost == NONE {
            self.found.malformed |= !character.is_whitespace();
        } else {
            self.further(PieceText::Character(character));
        }
    }

    /// Adds a further piece to the text of the innermost element.
    fn further(&mut self, text: PieceText) {
        let Some(node) = self.nodes.get_mut(self.innermost as usize).filter(|_| self.too_deep == 0) else { return };
        let new = Index::MIN.saturating_add(self.pieces.len() as u32);
        let last = node.more.replace(new).and_then(|last| self.pieces.get_mut(last.get() as usize - 1));
        let first = last.map_or(new, |last| std::mem::replace(&mut last.next, new));
        self.pieces.push(Piece { text, next: first });
    }

    /// Takes a tag that ends at the first `>` although a quote in it is unpaired. Declarations and the like are passed over.
    fn damaged_tag(&mut self, tag: &'t str) {
        let name = |tag: &'t str| token::local(tag.split([' ', '\t', '\r', '\n', '/', '"', '\'']).next().unwrap_or(""));
        if let Some(end) = tag.strip_prefix('/') {
            self.end(name(end));
        } else if !tag.starts_with(['!', '?']) {
            self.start(self.span(name(tag)));
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
            self.start(self.span(token::local(name)));
        }
    }

    fn finish(mut self) -> Found {
        self.found.malformed |= self.innermost != NONE && !self.found.ceiling;
        while self.innermost != NONE {
            self.close();
        }
        // There is one root, and all else is inside it.
        let all = self.nodes.len() as u32;
        self.found.malformed |= self.nodes.first().is_none_or(|root| root.end != all);
        self.found
    }
}
