//! Texts and regular expressions that are looked for, in captured bytes and in words.

use regex::bytes::{Regex, RegexBuilder};

/// How many are looked for at once: each is a bit of a `u64`.
pub const MOST: usize = 64;

/// Bytes that one compiled expression may take: a thousand times what people write, and few enough that [`MOST`] of them harm nobody.
const COMPILED: usize = 1 << 20;

/// Bytes that what is remembered while searching may take, for each expression and each clone of it. With less it is slower, never wrong.
const REMEMBERED: usize = 512 << 10;

/// Parentheses within parentheses of an expression.
const DEPTH: u32 = 64;

/// One text or regular expression. Upper and lower case are the same to it. A search takes time in proportion to what is searched, whatever the
/// expression is.
#[derive(Clone, Debug)]
pub struct Needle(Regex);

impl Needle {
    /// Looks for `text` as it stands there.
    ///
    /// # Errors
    /// In words, if it is too long to be looked for.
    pub fn text(text: &str) -> Result<Self, String> {
        Self::pattern(&regex::escape(text))
    }

    /// Looks for what the regular expression `pattern` describes, in the syntax of the crate `regex`.
    ///
    /// # Errors
    /// What is wrong with the expression, in words.
    pub fn pattern(pattern: &str) -> Result<Self, String> {
        let built =
            RegexBuilder::new(pattern).case_insensitive(true).size_limit(COMPILED).dfa_size_limit(REMEMBERED).nest_limit(DEPTH).build();
        built.map(Self).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            // The last line of a picture of the expression with the place marked.
            error => error.to_string().lines().next_back().unwrap_or_default().trim_start_matches("error: ").to_owned(),
        })
    }

    /// Whether `bytes` hold it.
    #[inline]
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        self.0.is_match(bytes)
    }
}

/// What is looked for in one pass, each with its bit. A clone shares the compiled expressions, but not what they remember while they search: so each
/// thread wants its own.
#[derive(Clone, Debug, Default)]
pub struct Needles(Vec<Needle>);

impl Needles {
    /// Those of `needles` that have a bit: the first [`MOST`].
    pub fn new(mut needles: Vec<Needle>) -> Self {
        needles.truncate(MOST);
        Self(needles)
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Which of them are in any of `texts`: the bit of the first is the lowest. None is found across the end of a text.
    pub fn hits(&self, texts: &[&[u8]]) -> u64 {
        let found = self.0.iter().zip(0_u32..).filter(|(needle, _)| texts.iter().any(|text| needle.is_in(text)));
        found.map(|(_, bit)| 1 << bit).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_bit() {
        let needles = Needles::new(vec![
            Needle::text("a.b").unwrap(),
            Needle::pattern("^x+$").unwrap(),
            Needle::text("GRÜSSE").unwrap(),
            Needle::pattern(r"(?-u)\xff").unwrap(),
        ]);
        assert_eq!((needles.len(), needles.is_empty()), (4, false));
        assert_eq!(needles.hits(&[b"axb", b"A.B", b"axxb"]), 1);
        assert_eq!(needles.hits(&["\u{0}xX".as_bytes(), b"XX", "viele grüsse".as_bytes()]), 0b110);
        assert_eq!(needles.hits(&[b"\xfe\xff"]), 0b1000);
        assert_eq!(needles.hits(&[b"a.", b"b"]), 0, "not across two texts");
        assert_eq!(needles.hits(&[]), 0);
        assert_eq!(Needles::default().hits(&[b"x"]), 0);
    }

    #[test]
    fn further_ones_have_no_bit() {
        let needles = Needles::new((0..70).map(|_| Needle::text("x").unwrap()).collect());
        assert_eq!((needles.len(), needles.hits(&[b"x"])), (MOST, u64::MAX));
    }

    #[test]
    fn what_is_no_expression_is_told_in_words() {
        for (pattern, words) in
            [("a(b", "unclosed group"), ("x{1000}{1000}{1000}", "it is too large"), ("*", "repetition operator missing expression")]
        {
            assert_eq!(Needle::pattern(pattern).unwrap_err(), words, "{pattern}");
        }
        let deep = "(".repeat(1000) + &")".repeat(1000);
        assert!(Needle::pattern(&deep).is_err());
        assert!(Needle::text("(a").is_ok());
    }

    #[test]
    fn threads_may_share_it() {
        const fn shared<T: Send + Sync + Clone>() {}
        shared::<Needles>();
    }
}
