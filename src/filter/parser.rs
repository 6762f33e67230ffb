//! From the text of an expression to what is asked.

use super::fields::{Field, Type};
use super::lexer::{Atom, Lexer, Operator, Token, Values};
use super::literal::{needle, tests, whole};
use super::mistake::Mistake;
use super::node::Node;
use super::value::Test;
use crate::base::needles::{MOST, Needle};
use crate::base::text::shortened;
use std::ops::Range;

/// Bytes of the longest expression: a thousand times what people write.
pub(super) const LONGEST: usize = 64 << 10;

/// Parentheses within parentheses. What is read and asked goes as deep as they do.
const DEPTH: usize = 64;

/// Reads an expression.
pub(super) struct Parser<'e> {
    lexer: Lexer<'e>,
    depth: usize,
    /// What is looked for in captured bytes, in the order of its bits.
    pub(super) everywhere: Vec<Needle>,
    /// Texts that are looked for in fields.
    in_fields: usize,
}

impl<'e> Parser<'e> {
    pub(super) const fn new(text: &'e str) -> Self {
        Self { lexer: Lexer::new(text), depth: 0, everywhere: Vec::new(), in_fields: 0 }
    }

    /// The whole expression.
    pub(super) fn expression(&mut self) -> Result<Node, Mistake> {
        let node = self.any()?;
        match self.lexer.token()? {
            (Token::End, _) => Ok(node),
            (_, place) => Err(Mistake::new(place, "this parenthesis was never opened")),
        }
    }

    /// Terms that `or` joins.
    fn any(&mut self) -> Result<Node, Mistake> {
        let mut nodes = vec![self.all()?];
        while self.lexer.peek()?.0 == Token::Or {
            self.lexer.token()?;
            nodes.push(self.all()?);
        }
        Ok(Node::joined(nodes, Node::Any))
    }

    /// Terms that `and` joins, or that stand side by side.
    fn all(&mut self) -> Result<Node, Mistake> {
        let mut nodes = vec![self.term()?];
        loop {
            match self.lexer.peek()?.0 {
                Token::Or | Token::Close | Token::End => return Ok(Node::joined(nodes, Node::All)),
                Token::And => {
                    self.lexer.token()?;
                }
                _ => {}
            }
            nodes.push(self.term()?);
        }
    }

    fn term(&mut self) -> Result<Node, Mistake> {
        let mut negated = false;
        loop {
            let (token, place) = self.lexer.token()?;
            let node = match token {
                Token::Not => {
                    negated = !negated;
                    continue;
                }
                Token::Open => self.group(place)?,
                Token::Quoted(text) => self.look_for(Operator::Contains, &Atom { text, quoted: true, range: place })?,
                Token::Word(word) => self.word(word, place)?,
                Token::Stray => return Err(stray(place)),
                Token::Close | Token::And | Token::Or | Token::End => return Err(missing(place)),
            };
            return Ok(if negated { Node::Not(Box::new(node)) } else { node });
        }
    }

    /// What stands in parentheses, of which the first is behind us.
    fn group(&mut self, open: Range<usize>) -> Result<Node, Mistake> {
        if self.depth == DEPTH {
            return Err(Mistake::new(open, format!("more than {DEPTH} parentheses stand within each other")));
        }
        self.depth += 1;
        let node = self.any()?;
        self.depth -= 1;
        match self.lexer.token()? {
            (Token::Close, _) => Ok(node),
            _ => Err(Mistake::new(open, "this parenthesis is never closed").expecting("`)`")),
        }
    }

    /// A field with or without a comparison; or a text to look for.
    fn word(&mut self, word: &str, place: Range<usize>) -> Result<Node, Mistake> {
        let field = Field::called(word);
        let Some((operator, operator_place)) = self.lexer.operator() else {
            return match field {
                Some(field) if field.of == Type::Everything => {
                    let end = place.end;
                    Err(Mistake::new(end..end, format!("an operator is missing behind `{}`", field.name)).expecting(operators(field.of)))
                }
                Some(field) => Ok(Node::Has(field)),
                None => self.look_for(Operator::Contains, &Atom { text: word.to_owned(), quoted: false, range: place }),
            };
        };
        let field = field.ok_or_else(|| {
            let mistake = Mistake::new(place, format!("there is no field `{}`", shortened(word, 40))).suggesting(word, Field::names());
            mistake.expecting("the name of a field; a text that is looked for as it stands is put in quotes")
        })?;
        if !field.of.operators().contains(&operator) {
            let what = format!("`{}` cannot be compared by `{}`", field.name, operator.as_str());
            return Err(Mistake::new(operator_place, what).expecting(operators(field.of)));
        }
        let values = self.values(field, operator)?;
        self.comparison(field, operator, &values)
    }

    fn values(&mut self, field: &Field, operator: Operator) -> Result<Values, Mistake> {
        let values = self.lexer.values(operator)?;
        if values.items.is_empty() {
            return Err(Mistake::new(values.range, "a value is missing").expecting(values_of(field)));
        }
        Ok(values)
    }

    fn comparison(&mut self, field: &'static Field, operator: Operator, values: &Values) -> Result<Node, Mistake> {
        use Operator::{Contains, Greater, GreaterOrEqual, Less, LessOrEqual, Matches};
        let ordered = matches!(operator, Less | LessOrEqual | Greater | GreaterOrEqual);
        if let Some(item) = values.items.iter().find(|item| ordered && (values.set || item.ends().is_some())) {
            return Err(Mistake::new(item.range(), format!("`{}` wants one value", operator.as_str()))
                .expecting("one value; `in` takes several, and ranges"));
        }
        if field.of == Type::Everything {
            let nodes: Result<Vec<Node>, Mistake> = values.items.iter().map(|item| self.look_for(operator, whole(item)?)).collect();
            return Ok(Node::joined(nodes?, Node::Any));
        }
        if matches!(operator, Contains | Matches) {
            self.in_fields += values.items.len();
            self.count(&values.range)?;
        }
        let tests: Result<Vec<Vec<Test>>, Mistake> = values.items.iter().map(|item| tests(field, operator, item)).collect();
        Ok(Node::Compared { field, tests: tests?.into_iter().flatten().collect(), negated: operator == Operator::Differs })
    }

    /// Looks for a text everywhere.
    fn look_for(&mut self, operator: Operator, atom: &Atom) -> Result<Node, Mistake> {
        let bit = 1_u64.checked_shl(u32::try_from(self.everywhere.len()).unwrap_or(u32::MAX)).unwrap_or_default();
        let needle = needle(operator, atom)?;
        self.everywhere.push(needle.clone());
        self.count(&atom.range)?;
        Ok(Node::Everywhere { test: Test::Holds(needle), bit })
    }

    /// Holds that not too much is looked for.
    fn count(&self, place: &Range<usize>) -> Result<(), Mistake> {
        if self.everywhere.len() + self.in_fields > MOST {
            return Err(Mistake::new(place.clone(), format!("more than {MOST} texts are looked for"))
                .expecting("fewer; a regular expression finds a|b|c at once"));
        }
        Ok(())
    }
}

fn missing(place: Range<usize>) -> Mistake {
    Mistake::new(place, "a term is missing").expecting("a comparison such as status = 412, a text to look for, or a group in parentheses")
}

fn stray(place: Range<usize>) -> Mistake {
    Mistake::new(place, "this does not belong here")
        .expecting("the name of a field before an operator; a text with such signs is put in quotes")
}

fn operators(of: Type) -> String {
    of.operators().iter().map(|operator| operator.as_str()).collect::<Vec<_>>().join(" ")
}

/// How the values of a field are written.
fn values_of(field: &Field) -> String {
    let words = field.words();
    if words.is_empty() || words.len() > 40 { field.of.written().to_owned() } else { words.join(", ") }
}
