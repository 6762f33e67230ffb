//! The pieces of an expression: words, quotes, operators and values, each with its place.

use super::mistake::Mistake;
use std::ops::Range;

/// Reads an expression from its start to its end.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'e> {
    text: &'e str,
    at: usize,
}

/// What may stand where a term or what joins terms may stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'e> {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `and`, `&&`
    And,
    /// `or`, `||`
    Or,
    /// `not`, `!`
    Not,
    /// The name of a field, or a text to look for.
    Word(&'e str),
    /// A text in quotes.
    Quoted(String),
    /// Nothing that could stand here.
    Stray,
    /// The end of the expression.
    End,
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Differs,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    Matches,
    In,
}

impl Operator {
    /// All spellings, the longer ones before their beginnings.
    const SPELLINGS: [(&'static str, Self); 11] = [
        ("==", Self::Equal),
        ("!=", Self::Differs),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("=", Self::Equal),
        ("<", Self::Less),
        (">", Self::Greater),
        ("~", Self::Matches),
        ("contains", Self::Contains),
        ("matches", Self::Matches),
        ("in", Self::In),
    ];

    /// How it is written.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Differs => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Contains => "contains",
            Self::Matches => "~",
            Self::In => "in",
        }
    }
}

/// One value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Atom {
    /// What it says, without quotes and escapes.
    pub(super) text: String,
    /// Whether it stood in quotes: then it is no range, whatever it holds.
    pub(super) quoted: bool,
    /// Its place.
    pub(super) range: Range<usize>,
}

/// One value, or a range of values whose ends were written apart (`"a".."b"`). Ends that are one word are told apart by [`Item::ends`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) low: Atom,
    pub(super) high: Option<Atom>,
}

impl Item {
    /// Its place.
    pub(super) fn range(&self) -> Range<usize> {
        self.low.range.start..self.high.as_ref().map_or(self.low.range.end, |high| high.range.end)
    }

    /// The two ends, if it is a range. An end that is left open is empty.
    pub(super) fn ends(&self) -> Option<(Atom, Atom)> {
        if let Some(high) = &self.high {
            return Some((self.low.clone(), high.clone()));
        }
        if self.low.quoted {
            return None;
        }
        let (low, high) = self.low.text.split_once("..")?;
        let Range { start, end } = self.low.range;
        let part = |text: &str, range| Atom { text: text.to_owned(), quoted: false, range };
        Some((part(low, start..start + low.len()), part(high, end - high.len()..end)))
    }
}

/// The values behind an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) items: Vec<Item>,
    /// Whether they stood in braces.
    pub(super) set: bool,
    pub(super) range: Range<usize>,
}

impl<'e> Lexer<'e> {
    pub(super) const fn new(text: &'e str) -> Self {
        Self { text, at: 0 }
    }

    /// The next token, and its place.
    pub(super) fn token(&mut self) -> Result<(Token<'e>, Range<usize>), Mistake> {
        let start = self.skip_space();
        let rest = self.rest();
        let sign = |token, length| (token, start..start + length);
        let (token, range) = match rest.chars().next() {
            None => sign(Token::End, 0),
            Some('(') => sign(Token::Open, 1),
            Some(')') => sign(Token::Close, 1),
            Some('"') => return self.quoted().map(|atom| (Token::Quoted(atom.text), atom.range)),
            Some('!') if !rest.starts_with("!=") => sign(Token::Not, 1),
            Some('&') if rest.starts_with("&&") => sign(Token::And, 2),
            Some('|') if rest.starts_with("||") => sign(Token::Or, 2),
            Some('{' | '}' | ',' | '&' | '|' | '~' | '=' | '<' | '>' | '!') => {
                sign(Token::Stray, spelling(rest).map_or(1, |(_, length)| length))
            }
            Some(_) => {
                let word = word(rest, false);
                let token = match keyword(word) {
                    Some(keyword) => keyword,
                    None => Token::Word(word),
                };
                sign(token, word.len())
            }
        };
        self.at = range.end;
        Ok((token, range))
    }

    /// The next token; what follows stays as it is.
    pub(super) fn peek(&self) -> Result<(Token<'e>, Range<usize>), Mistake> {
        self.clone().token()
    }

    /// The operator that comes next, if one does.
    pub(super) fn operator(&mut self) -> Option<(Operator, Range<usize>)> {
        let mut ahead = self.clone();
        let start = ahead.skip_space();
        let (operator, length) = spelling(ahead.rest())?;
        self.at = start + length;
        Some((operator, start..self.at))
    }

    /// The value or the values that come next behind `operator`. There is none where the range of what is returned is empty.
    pub(super) fn values(&mut self, operator: Operator) -> Result<Values, Mistake> {
        let start = self.skip_space();
        if operator == Operator::Matches && !self.rest().starts_with('"') {
            let text = expression(self.rest()).to_owned();
            self.at += text.len();
            let low = Atom { text, quoted: true, range: start..self.at };
            let items = if low.text.is_empty() { Vec::new() } else { vec![Item { low, high: None }] };
            return Ok(Values { items, set: false, range: start..self.at });
        }
        let close = match self.rest().chars().next() {
            Some('{') => '}',
            Some('(') => ')',
            _ => {
                let items: Vec<Item> = self.item()?.into_iter().collect();
                return Ok(Values { items, set: false, range: start..self.at });
            }
        };
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space();
            match self.rest().chars().next() {
                Some(',') => self.at += 1,
                Some(c) if c == close => {
                    self.at += 1;
                    return Ok(Values { items, set: true, range: start..self.at });
                }
                _ => match self.item()? {
                    Some(item) => items.push(item),
                    None => {
                        return Err(Mistake::new(start..self.at, "the list of values does not end")
                            .expecting(format!("`{close}` behind the last value")));
                    }
                },
            }
        }
    }

    fn item(&mut self) -> Result<Option<Item>, Mistake> {
        let Some(mut low) = self.atom()? else { return Ok(None) };
        let apart = if low.quoted {
            let found = self.rest().starts_with("..");
            self.at += if found { 2 } else { 0 };
            found
        } else {
            let found = self.rest().starts_with('"') && low.text.ends_with("..");
            if found {
                low.text.truncate(low.text.len() - 2);
                low.range.end -= 2;
            }
            found
        };
        let end = self.at;
        let high = if apart { self.atom()?.or(Some(Atom { text: String::new(), quoted: false, range: end..end })) } else { None };
        Ok(Some(Item { low, high }))
    }

    fn atom(&mut self) -> Result<Option<Atom>, Mistake> {
        if self.rest().starts_with('"') {
            return self.quoted().map(Some);
        }
        let word = word(self.rest(), true);
        let range = self.at..self.at + word.len();
        if word.is_empty() {
            return Ok(None);
        }
        if keyword(word).is_some() {
            return Err(Mistake::new(range, format!("`{word}` joins terms and is no value"))
                .expecting(format!("a value; the word itself is \"{word}\"")));
        }
        self.at = range.end;
        Ok(Some(Atom { text: word.to_owned(), quoted: false, range }))
    }

    /// A text in quotes, which begins here.
    fn quoted(&mut self) -> Result<Atom, Mistake> {
        let start = self.at;
        let mut bytes = Vec::new();
        let mut rest = self.rest().strip_prefix('"').unwrap_or_default();
        loop {
            let length = rest.find(['"', '\\']).ok_or_else(|| {
                let text = start..self.text.len();
                Mistake::new(text, "the quotes do not end").expecting("`\"` behind the text; a quote within it is `\\\"`")
            })?;
            let (before, sign) = rest.split_at(length);
            bytes.extend_from_slice(before.as_bytes());
            if let Some(behind) = sign.strip_prefix('"') {
                rest = behind;
                break;
            }
            let (byte, length) = escape(sign);
            bytes.push(byte);
            rest = sign.get(length..).unwrap_or_default();
        }
        self.at = self.text.len() - rest.len();
        let range = start..self.at;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Atom { text, quoted: true, range }),
            Err(_) => {
                Err(Mistake::new(range, "these bytes are no text in UTF-8").expecting(r"text; bytes are looked for by text ~ (?-u)\xff"))
            }
        }
    }

    fn skip_space(&mut self) -> usize {
        self.at = self.text.len() - self.rest().trim_start().len();
        self.at
    }

    fn rest(&self) -> &'e str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

/// The byte that the escape at the start of `text` stands for, and the escape's length. A backslash before anything else stands for itself, so that
/// regular expressions need not be written twice over.
fn escape(text: &str) -> (u8, usize) {
    match text.as_bytes() {
        [_, quote @ (b'"' | b'\\'), ..] => (*quote, 2),
        [_, b'n', ..] => (b'\n', 2),
        [_, b'x', ..] => {
            let digits = text.get(2..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
            digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).map_or((b'\\', 1), |byte| (byte, 4))
        }
        _ => (b'\\', 1),
    }
}

/// The operator that `text` begins with, and its length.
fn spelling(text: &str) -> Option<(Operator, usize)> {
    Operator::SPELLINGS.iter().find_map(|(spelling, operator)| {
        let start = text.get(..spelling.len())?;
        let is_word = spelling.starts_with(|c: char| c.is_ascii_alphabetic());
        let whole = !is_word || word(text, false).len() == spelling.len();
        (start.eq_ignore_ascii_case(spelling) && whole).then_some((*operator, spelling.len()))
    })
}

fn keyword(word: &str) -> Option<Token<'static>> {
    [("and", Token::And), ("or", Token::Or), ("not", Token::Not)]
        .into_iter()
        .find_map(|(name, token)| word.eq_ignore_ascii_case(name).then_some(token))
}

/// The word that `text` begins with. Where a field may stand, a name ends before an operator; values may hold `=`, `~` and `!`.
fn word(text: &str, value: bool) -> &str {
    let mut name = !value && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let end = text.char_indices().find(|(at, c)| {
        let rest = text.get(*at..).unwrap_or_default();
        let ends = c.is_whitespace()
            || matches!(c, '(' | ')' | '{' | '}' | ',' | '"' | '<' | '>')
            || rest.starts_with("&&")
            || rest.starts_with("||")
            || (!value && rest.starts_with("!="))
            || (name && matches!(c, '=' | '~'));
        name &= is_name(*c);
        ends
    });
    end.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// The regular expression that `text` begins with: up to a space, a joining sign, or a parenthesis that closes none of its own.
fn expression(text: &str) -> &str {
    let (mut open, mut escaped) = (0_usize, false);
    let end = text.char_indices().find(|(at, c)| {
        let rest = text.get(*at..).unwrap_or_default();
        let ends = c.is_whitespace() || rest.starts_with("&&") || rest.starts_with("||") || (*c == ')' && open == 0 && !escaped);
        match c {
            _ if escaped => {}
            '(' => open += 1,
            ')' => open = open.saturating_sub(1),
            _ => {}
        }
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// Whether `c` may be in the name of a field.
const fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token<'_>> {
        let mut lexer = Lexer::new(text);
        let mut tokens = Vec::new();
        loop {
            let (token, range) = lexer.token().unwrap();
            if token == Token::End {
                return tokens;
            }
            assert!(range.start < range.end && text.get(range).is_some(), "{text}");
            tokens.push(token);
        }
    }

    #[test]
    fn words_end_where_they_should() {
        use Token::{And, Close, Not, Open, Or, Quoted, Stray, Word};
        let quoted = |text: &str| Quoted(text.to_owned());
        for (text, expected) in [
            ("a AND b or NOT c", vec![Word("a"), And, Word("b"), Or, Not, Word("c")]),
            ("a&&b||!c", vec![Word("a"), And, Word("b"), Or, Not, Word("c")]),
            ("(http://h/?a=b&c)", vec![Open, Word("http://h/?a=b&c"), Close]),
            ("status=200", vec![Word("status"), Stray, Word("200")]),
            ("call-back!=x", vec![Word("call-back"), Stray, Word("x")]),
            ("hello! android", vec![Word("hello!"), Word("android")]),
            (r#""a \"b\" \\ \n\x41\d \xzz""#, vec![quoted("a \"b\" \\ \nA\\d \\xzz")]),
            ("grüße,", vec![Word("grüße"), Stray]),
            ("  ", vec![]),
        ] {
            assert_eq!(tokens(text), expected, "{text}");
        }
    }

    #[test]
    fn operators_are_signs_or_whole_words() {
        for (text, expected, length) in [
            (" == 3", Some(Operator::Equal), 3),
            ("=3", Some(Operator::Equal), 1),
            ("Contains x", Some(Operator::Contains), 8),
            ("in{a}", Some(Operator::In), 2),
            ("inner", None, 0),
            ("~x", Some(Operator::Matches), 1),
            ("and", None, 0),
        ] {
            let mut lexer = Lexer::new(text);
            assert_eq!((lexer.operator().map(|(operator, _)| operator), lexer.at), (expected, length), "{text}");
        }
        for (spelling, operator) in Operator::SPELLINGS {
            assert_eq!(super::spelling(operator.as_str()).unwrap().0, operator, "{spelling}");
        }
    }

    fn values(text: &str) -> Values {
        let mut lexer = Lexer::new(text);
        let values = lexer.values(Operator::Equal).unwrap();
        assert_eq!(lexer.at, text.len(), "{text}");
        values
    }

    #[test]
    fn values_are_words_ranges_and_sets() {
        let one = values("http://h/a?b=c~d");
        assert_eq!((one.items.len(), one.items[0].low.text.as_str(), one.set), (1, "http://h/a?b=c~d", false));
        for (text, low, high) in
            [("1..5", "1", "5"), ("..5", "", "5"), (r#""a b".."c""#, "a b", "c"), (r#"1.."5""#, "1", "5"), (r#""a".."#, "a", "")]
        {
            let (one, other) = values(text).items[0].ends().unwrap();
            assert_eq!((one.text.as_str(), other.text.as_str()), (low, high), "{text}");
            assert_eq!(values(text).items[0].range(), 0..text.len(), "{text}");
        }
        assert_eq!(values(r#""1..5""#).items[0].ends(), None);
        for text in ["{a, b}", "(a b)", "{a,\"b\",}"] {
            let texts: Vec<_> = values(text).items.into_iter().map(|item| item.low.text).collect();
            assert_eq!((texts, values(text).set), (vec!["a".to_owned(), "b".to_owned()], true), "{text}");
        }
        assert!(values("").items.is_empty());
    }

    #[test]
    fn a_regular_expression_goes_as_far_as_it_can() {
        for (text, expected) in [
            ("^(sub|po)l{1,2} x", "^(sub|po)l{1,2}"),
            (r"a\(b) or c", r"a\(b"),
            (r"a\\)", r"a\\"),
            ("(a))", "(a)"),
            ("a&&b", "a"),
            ("\"a b\"", "a b"),
        ] {
            let values = Lexer::new(text).values(Operator::Matches).unwrap();
            assert_eq!(values.items[0].low.text, expected, "{text}");
        }
        assert!(Lexer::new(" )").values(Operator::Matches).unwrap().items.is_empty());
    }

    #[test]
    fn what_does_not_end_is_a_mistake() {
        for (text, place) in [("{a, b", 0..5), ("\"abc", 0..4), ("(a}", 0..2), ("\"\\", 0..2), ("\"\\xff\"", 0..6), ("and", 0..3)] {
            assert_eq!(Lexer::new(text).values(Operator::In).unwrap_err().place, place, "{text}");
        }
    }
}
