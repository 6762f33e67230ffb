//! What an unfinished expression could go on with.

use super::fields::{Field, Type};
use super::lexer::{Lexer, Token};
use std::ops::Range;

/// A way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What to write.
    pub text: String,
    /// The bytes of the expression that it takes the place of: what was already begun.
    pub place: Range<usize>,
    /// What it is, in a line; empty where the word says it.
    pub about: &'static str,
}

/// The words that join and turn terms.
const JOINING: [(&str, &str); 3] = [("and", "both are so"), ("or", "one of both is so"), ("not", "it is not so")];

/// What `expression` could go on with at byte `cursor`: names of fields, operators that the field before takes, and values where they can be
/// listed. What is begun at the cursor is finished; what stands behind it is not looked at.
pub fn complete(expression: &str, cursor: usize) -> Vec<Completion> {
    let before = expression.get(..expression.floor_char_boundary(cursor)).unwrap_or_default();
    let mut lexer = Lexer::new(before);
    // Whether a term has ended, so that what joins it with others may follow.
    let mut joinable = false;
    loop {
        let Ok((token, place)) = lexer.token() else { return Vec::new() };
        let at_cursor = place.end == before.len();
        match token {
            Token::End => return terms("", place, joinable),
            Token::Word(word) if at_cursor => return terms(word, place, joinable),
            Token::And | Token::Or | Token::Not if at_cursor && !before.ends_with(['&', '|', '!']) => {
                return terms(before.get(place.clone()).unwrap_or_default(), place, joinable);
            }
            Token::And | Token::Or | Token::Not | Token::Open | Token::Stray => joinable = false,
            Token::Close | Token::Quoted(_) => joinable = true,
            Token::Word(word) => match Field::called(word) {
                Some(field) => {
                    if let Some(list) = behind_field(field, &mut lexer, before) {
                        return list;
                    }
                    joinable = true;
                }
                None => joinable = true,
            },
        }
    }
}

/// What may follow where a term may stand; what joins it to the one before, if there is one.
fn terms(begun: &str, place: Range<usize>, joinable: bool) -> Vec<Completion> {
    let joining = JOINING.into_iter().filter(|(word, _)| joinable || *word == "not");
    let fields = Field::all().map(|field| (field.name, field.about));
    fields.chain(joining).filter_map(|(word, about)| offer(word, about, begun, &place)).collect()
}

/// What may follow a field, if the cursor is there.
fn behind_field(field: &'static Field, lexer: &mut Lexer<'_>, before: &str) -> Option<Vec<Completion>> {
    let Some((operator, place)) = lexer.operator() else {
        let (token, place) = lexer.peek().ok()?;
        let begun = match token {
            Token::End => "",
            Token::Word(_) | Token::And | Token::Or | Token::Not | Token::Stray if place.end == before.len() => {
                before.get(place.clone())?
            }
            _ => return None,
        };
        let operators = field.of.operators().iter().filter_map(|operator| offer(operator.as_str(), "", begun, &place));
        // What is searched is nothing that a record has or has not.
        let further = if field.of == Type::Everything { Vec::new() } else { terms(begun, place.clone(), true) };
        return Some(operators.chain(further).collect());
    };
    // A word right at the cursor may be an operator that is not written out.
    let written = before.get(place.clone()).unwrap_or_default();
    if place.end == before.len() && written.ends_with(|c: char| c.is_ascii_alphabetic()) {
        return Some(vec![Completion { text: written.to_owned(), place, about: "" }]);
    }
    let start = before.len() - before.get(place.end..)?.trim_start().len();
    let rest = before.get(start..)?;
    let begun = match lexer.clone().values(operator) {
        // A set that is still open: what stands behind its last comma or space.
        Err(_) if rest.starts_with(['{', '(']) => rest.rsplit(['{', '(', ',', ' ']).next()?,
        Ok(values) if values.items.is_empty() => "",
        Ok(values) if !values.set && values.range.end == before.len() => rest,
        Ok(_) => return lexer.values(operator).err().map(|_| Vec::new()),
        Err(_) => return Some(Vec::new()),
    };
    let place = before.len() - begun.len()..before.len();
    let words = if field.of == Type::Flag { vec!["yes", "no"] } else { field.words() };
    Some(words.into_iter().filter_map(|word| offer(word, "", begun, &place)).collect())
}

/// `word`, if it is what was begun, in any case and with `-` for `_`.
fn offer(word: &str, about: &'static str, begun: &str, place: &Range<usize>) -> Option<Completion> {
    let alike = |one: u8, other: u8| one.eq_ignore_ascii_case(&other) || (one == b'_' && other == b'-');
    let fits = word.len() >= begun.len() && word.bytes().zip(begun.bytes()).all(|(one, other)| alike(one, other));
    fits.then(|| Completion { text: word.to_owned(), place: place.clone(), about })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is offered at the end of `expression`, and what it takes the place of.
    fn offered(expression: &str) -> (String, Vec<String>) {
        let list = complete(expression, expression.len());
        let begun = list.first().map(|first| expression[first.place.clone()].to_owned()).unwrap_or_default();
        (begun, list.into_iter().map(|one| one.text).collect())
    }

    #[test]
    fn what_fits_is_offered() {
        for (expression, begun, words) in [
            ("princ", "princ", &["principal"][..]),
            ("call-b", "call-b", &["call_back"]),
            ("(not PRINC", "PRINC", &["principal"]),
            ("status = 200 && princ", "princ", &["principal"]),
            ("bob o", "o", &["outcome", "or"]),
            ("failed a", "a", &["address", "authentication", "authenticated_as", "attempts", "and"]),
            ("outcome = ref", "ref", &["refused"]),
            ("outcome=REF", "REF", &["refused"]),
            ("outcome in {refused, una", "una", &["unanswered"]),
            ("outcome in (unre", "unre", &["unreachable"]),
            ("severity >= ", "", &["info", "warning", "error"]),
            ("failed = ", "", &["yes", "no"]),
            ("text ", "", &["contains", "~"]),
            ("port i", "i", &["in", "inferred"]),
            ("principal con", "con", &["contains", "conversation", "confidence"]),
            ("principal contains", "contains", &["contains"]),
            ("latency > 2s an", "an", &["and"]),
            ("\"never closed", "", &[]),
            ("principal = ", "", &[]),
        ] {
            let (place, list) = offered(expression);
            assert_eq!((place.as_str(), &list.iter().map(String::as_str).collect::<Vec<_>>()[..]), (begun, words), "{expression}");
        }
    }

    #[test]
    fn everything_is_offered_where_nothing_is_begun() {
        let (_, list) = offered("");
        assert_eq!(list.len(), Field::all().count() + 1, "all fields, and not");
        let (_, list) = offered("bob ");
        assert_eq!(list.len(), Field::all().count() + 3);
    }

    #[test]
    fn only_what_stands_before_the_cursor_counts() {
        let list = complete("princ = bob", 5);
        assert_eq!(list, [Completion { text: "principal".into(), place: 0..5, about: "whose session it is" }]);
        assert!(complete("é", 1).len() > 10, "within a character is before it");
    }
}
