//! JSON whose strings hold no character that could steer a terminal: C1 controls, overrides of direction and the like are written as escapes,
//! which JSON readers undo.

use crate::base::text::steers_a_screen;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use std::io::{self, Write};

/// Writes `value` compactly.
pub(in crate::report) fn write(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Safe(CompactFormatter))).map_err(io::Error::from)
}

/// Compact, but for the strings.
struct Safe(CompactFormatter);

impl Formatter for Safe {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| steers_a_screen(*c)) {
            let (before, behind) = rest.split_at(at);
            self.0.write_string_fragment(writer, before)?;
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = behind.get(c.len_utf8()..).unwrap_or_default();
        }
        self.0.write_string_fragment(writer, rest)
    }
}
