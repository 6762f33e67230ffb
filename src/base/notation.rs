//! RON, the notation in which settings and stored analyses are written.

use ron::Options;
use ron::error::{Error, SpannedError};
use ron::extensions::Extensions;
use ron::ser::{PrettyConfig, Serializer};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{self, Write};

/// What documents that are written here begin with: `Some` is left out.
pub const EXTENSIONS: &str = "#![enable(implicit_some)]";

/// How deep structures may lie in each other. Ours have not half as many; of what is deeper nothing is read.
const DEPTH: usize = 64;

/// So many bytes are handed on at once.
const PIECE: usize = 1 << 16;

/// A mistake in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}

impl std::error::Error for Mistake {}

fn options() -> Options {
    Options::default().with_default_extension(Extensions::IMPLICIT_SOME).with_recursion_limit(DEPTH)
}

/// Reads a value.
pub fn read<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, Mistake> {
    options().from_str(text).map_err(|error: SpannedError| Mistake {
        line: error.span.start.line,
        column: error.span.start.col,
        what: error.code.to_string(),
    })
}

/// Writes values, in pieces of some size.
pub struct Writer<'o> {
    out: &'o mut dyn Write,
    piece: String,
    written: u64,
    failed: io::Result<()>,
}

impl<'o> Writer<'o> {
    /// Writes to `out`.
    pub fn new(out: &'o mut dyn Write) -> Self {
        Self { out, piece: String::with_capacity(PIECE), written: 0, failed: Ok(()) }
    }

    /// Writes `text` as it is.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        fmt::Write::write_str(self, text).map_err(|fmt::Error| self.failure(Error::Fmt))
    }

    /// Writes `value`. Down to a depth of `lines` each part of it has a line of its own; these are indented by `indent` and more.
    pub fn value(&mut self, value: &(impl Serialize + ?Sized), lines: usize, indent: &str) -> io::Result<()> {
        let layout = PrettyConfig::new().depth_limit(lines).new_line(format!("\n{indent}"));
        let result = Serializer::with_options(&mut *self, Some(layout), &options()).and_then(|mut to| value.serialize(&mut to));
        result.map_err(|error| self.failure(error))
    }

    /// How many bytes were written.
    pub const fn written(&self) -> u64 {
        self.written
    }

    /// Hands on what waits.
    pub fn end(mut self) -> io::Result<()> {
        self.hand_on();
        self.failed
    }

    fn hand_on(&mut self) {
        if self.failed.is_ok() {
            self.failed = self.out.write_all(self.piece.as_bytes());
        }
        self.piece.clear();
    }

    /// What went wrong: below, or else with the value.
    fn failure(&mut self, error: Error) -> io::Error {
        std::mem::replace(&mut self.failed, Ok(())).err().unwrap_or_else(|| io::Error::other(error))
    }
}

impl fmt::Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.piece.push_str(text);
        self.written += text.len() as u64;
        if self.piece.len() >= PIECE {
            self.hand_on();
        }
        if self.failed.is_ok() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::text::steers_a_screen;

    fn written(value: &impl Serialize, lines: usize) -> String {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        writer.value(value, lines, "  ").unwrap();
        writer.end().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn parts_have_lines_down_to_a_depth() {
        let value = vec![(1, Some("a")), (2, None)];
        assert_eq!(written(&value, 1), "[\n      (1, \"a\"),\n      (2, None),\n  ]");
        assert_eq!(written(&value, 0), "[(1, \"a\"), (2, None)]");
        assert_eq!(read::<Vec<(i32, Option<&str>)>>(&written(&value, 1)), Ok(value));
    }

    #[test]
    fn what_steers_a_screen_is_written_as_an_escape() {
        let hostile = "\u{1b}[2J\u{9b}\u{202e}\u{200b}\u{ad}\u{feff}\u{e0041}\u{2028}\r\n\t\u{61c}\u{2066}\u{fff9}é";
        let text = written(&hostile, 0);
        assert!(!text.chars().any(steers_a_screen), "{text}");
        assert_eq!(read::<String>(&text).as_deref(), Ok(hostile));
    }

    #[test]
    fn nothing_is_read_that_is_too_deep() {
        let deep = "(".repeat(100_000);
        assert!(read::<Vec<serde::de::IgnoredAny>>(&deep.replace('(', "[")).is_err());
        assert!(read::<serde::de::IgnoredAny>(&deep).unwrap_err().what.contains("recursion"));
    }

    #[test]
    fn an_output_that_fails_is_told() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut full = Full;
        let mut writer = Writer::new(&mut full);
        let error = writer.value(&vec![1; PIECE], 0, "").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        let mut writer = Writer::new(&mut full);
        writer.text("few").unwrap();
        assert!(writer.end().is_err());
    }
}
