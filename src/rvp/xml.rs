//! XML as RVP's peers write it. The draft's own examples have mismatched end tags, unclosed elements, unquoted attributes, `<?xml.version` and two
//! roots, and a capture may cut a document anywhere: what can be read is read.
//!
//! Elements go by their local names in any case. Prefixes and namespaces are not looked at: every source declares them differently, one example
//! of the draft misspells RVP's own, and no two elements of RVP differ in nothing else. Attributes mean nothing in RVP.

use super::text;
use crate::base::limits::Limits;
use quick_xml::Reader;
use quick_xml::errors::Error;
use quick_xml::events::{BytesRef, Event};

/// An element with what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// The local name as it was written.
    pub name: String,
    /// Its own text, without that of its children; references and CDATA sections resolved.
    pub text: String,
    /// Its children in order.
    pub children: Vec<Self>,
}

/// A document, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The outermost elements; a well-formed document has one.
    pub roots: Vec<Element>,
    /// Whether it is not well-formed, or ends too early.
    pub malformed: bool,
    /// Whether a ceiling was reached ([`Limits::xml_depth`], [`Limits::xml_elements`]); what lies beyond is missing.
    pub ceiling: bool,
}

/// How often reading starts anew behind a tag that can't be read, such as one with an unpaired quote. Each start may look at all the rest, so
/// the number is small.
const RESTARTS: usize = 16;

impl Document {
    /// Reads `text`.
    pub fn read(text: &str, limits: &Limits) -> Self {
        let mut builder = Builder { limits, document: Self::default(), open: Vec::new(), too_deep: 0, elements: 0 };
        builder.read(text);
        builder.finish()
    }
}

impl Element {
    /// Whether its local name is `name`.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The first child called `name`.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.is(name))
    }

    /// All elements inside it, in document order.
    pub fn descendants(&self) -> impl Iterator<Item = &Self> {
        let mut open = vec![self.children.iter()];
        std::iter::from_fn(move || {
            loop {
                match open.last_mut()?.next() {
                    Some(element) => {
                        open.push(element.children.iter());
                        return Some(element);
                    }
                    None => drop(open.pop()),
                }
            }
        })
    }

    /// The first element called `name` inside it, at any depth: in an unclosed element, what should follow it lies within.
    pub fn find(&self, name: &str) -> Option<&Self> {
        self.descendants().find(|element| element.is(name))
    }

    /// Its text, trimmed and capped as a value ([`text::VALUE_BYTES`]); `None` if nothing is left.
    pub fn value(&self) -> Option<String> {
        Some(text::value(&self.text)).filter(|value| !value.is_empty())
    }

    /// The value of the first element called `name` inside it.
    pub fn value_of(&self, name: &str) -> Option<String> {
        self.find(name)?.value()
    }
}

struct Builder<'a> {
    limits: &'a Limits,
    document: Document,
    open: Vec<Element>,
    /// How many elements are open below the deepest that is followed.
    too_deep: usize,
    elements: usize,
}

impl Builder<'_> {
    fn read(&mut self, text: &str) {
        let mut rest = text;
        for _ in 0..RESTARTS {
            let Some(damaged) = self.read_up_to_damage(rest) else { return };
            self.document.malformed = true;
            if let Some(cut) = damaged.strip_prefix("<![CDATA[") {
                self.text(cut.trim_end_matches(']'));
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
    fn read_up_to_damage<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        loop {
            match reader.read_event() {
                Ok(Event::Eof) => return None,
                Ok(Event::Start(tag)) => self.start(tag.name().as_ref()),
                Ok(Event::Empty(tag)) => {
                    self.start(tag.name().as_ref());
                    self.end(tag.name().as_ref());
                }
                Ok(Event::End(tag)) => self.end(tag.name().as_ref()),
                Ok(Event::Text(part)) => self.text(&part.into_inner()),
                Ok(Event::CData(part)) => self.text(&part.into_inner()),
                Ok(Event::GeneralRef(reference)) => self.reference(&reference),
                Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
                Err(Error::IllFormed(_)) => self.document.malformed = true,
                Err(_) => {
                    self.document.malformed = true;
                    return usize::try_from(reader.error_position())
                        .ok()
                        .and_then(|at| text.get(at..))
                        .filter(|rest| rest.starts_with('<'));
                }
            }
            if self.document.ceiling && self.elements >= self.limits.xml_elements {
                return None;
            }
        }
    }

    fn start(&mut self, name: &str) {
        let name = local(name);
        if name.is_empty() {
            self.document.malformed = true;
        } else if self.open.len() >= self.limits.xml_depth {
            self.document.ceiling = true;
            self.too_deep = self.too_deep.saturating_add(1);
        } else if self.elements >= self.limits.xml_elements {
            self.document.ceiling = true;
        } else {
            self.elements = self.elements.saturating_add(1);
            self.open.push(Element { name: text::value(name), ..Element::default() });
        }
    }

    /// Closes the innermost element of this name and what was left open inside it. An end tag that fits nothing is passed over: its element's
    /// real end comes with its parent's.
    fn end(&mut self, name: &str) {
        let name = local(name);
        if self.too_deep > 0 {
            self.too_deep = self.too_deep.saturating_sub(1);
            return;
        }
        match self.open.iter().rposition(|element| element.is(name)) {
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
        if let Some(element) = self.open.pop() {
            match self.open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => self.document.roots.push(element),
            }
        }
    }

    fn text(&mut self, text: &str) {
        match self.open.last_mut() {
            Some(element) if self.too_deep == 0 => element.text.push_str(text),
            Some(_) => {}
            None => self.document.malformed |= !text.trim().is_empty(),
        }
    }

    /// Resolves the five built-in entities and character references. Entities of a DTD are not expanded, so nothing can grow.
    fn reference(&mut self, reference: &BytesRef<'_>) {
        let name: &str = reference;
        let character = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "apos" => Some('\''),
            "quot" => Some('"'),
            _ => reference.resolve_char_ref().ok().flatten(),
        };
        if let Some(character) = character {
            self.text(character.encode_utf8(&mut [0; 4]));
        } else {
            self.document.malformed = true;
            self.text(&format!("&{name};"));
        }
    }

    /// Takes a tag that ends at the first `>` although a quote in it is unpaired. Declarations and the like are passed over.
    fn damaged_tag(&mut self, tag: &str) {
        let name = |tag: &str| tag.split([' ', '\t', '\r', '\n', '/', '"', '\'']).next().unwrap_or("").to_owned();
        if let Some(end) = tag.strip_prefix('/') {
            self.end(&name(end));
        } else if !tag.starts_with(['!', '?']) {
            self.start(&name(tag));
            if tag.ends_with('/') {
                self.end(&name(tag));
            }
        }
    }

    /// Takes a tag that the end of the document cuts, if its name is surely complete.
    fn cut_tag(&mut self, tag: &str) {
        let tag = tag.trim_start_matches('<');
        if let Some((name, _)) = tag.split_once([' ', '\t', '\r', '\n'])
            && !name.starts_with(['!', '?', '/'])
        {
            self.start(name);
        }
    }

    fn finish(mut self) -> Document {
        self.document.malformed |= !self.open.is_empty() && !self.document.ceiling;
        while !self.open.is_empty() {
            self.close();
        }
        self.document.malformed |= self.document.roots.len() != 1;
        self.document
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests;
