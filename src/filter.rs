//! The one filter language: which records of an analysis are wanted.
//!
//! ```text
//! kind = callback and outcome in {refused, unanswered} and client in 10.77.2.0/24
//! principal = bob and latency > 2s or "hello world"
//! ```
//!
//! An expression is read once; its values are made ready for comparison then. Words alone and `text` are looked for in captured bytes as well: while
//! a capture is read, [`Filter::needles`] says what to look for, and records have a bit for each that their bytes hold. Names, comparisons,
//! completion and the page of the language ([`reference()`]) come from one table ([`FIELDS`]).

mod complete;
mod exchanges;
mod fields;
mod lexer;
mod literal;
mod mistake;
mod node;
mod parser;
mod reference;
mod selection;
mod subject;
mod value;

use crate::base::needles::Needles;
pub use complete::{Completion, complete};
pub use exchanges::{Cited, Narrowed};
pub use fields::{FIELDS, Field, Group, Type};
pub use mistake::Mistake;
use node::Node;
use parser::{LONGEST, Parser};
pub use reference::reference;
pub use selection::Selection;
use selection::by_id;
use std::fmt;
pub use subject::{Record, Subject};

/// An expression that was understood.
#[derive(Debug)]
pub struct Filter {
    text: Box<str>,
    node: Node,
    needles: Needles,
}

impl Filter {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        if text.len() > LONGEST {
            let place = text.floor_char_boundary(LONGEST)..text.len();
            return Err(Mistake::new(place, format!("the expression is longer than {LONGEST} bytes")));
        }
        let mut parser = Parser::new(text);
        match parser.expression() {
            Ok(node) => Ok(Self { text: text.into(), node, needles: Needles::new(parser.everywhere) }),
            Err(mistake) => Err(Mistake { expression: text.to_owned(), ..mistake }),
        }
    }

    /// Whether a record is wanted.
    pub fn matches(&self, subject: &Subject<'_>) -> bool {
        self.node.holds(subject)
    }

    /// What is to be looked for in captured bytes; the bits of `hits` in records are those of [`Needles::hits`].
    pub const fn needles(&self) -> &Needles {
        &self.needles
    }
}

impl fmt::Display for Filter {
    /// The expression as it was written, printable.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::base::text::printable(&self.text))
    }
}

#[cfg(test)]
mod tests;
