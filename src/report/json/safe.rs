//! JSON whose strings hold no character that could steer a terminal: C1 controls, overrides of direction and the like are written as escapes,
//! which JSON readers undo.

use crate::base::text::{is_plain, steers_a_screen};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use std::io::{self, Write};

/// Writes `value` compactly.
pub(in crate::report) fn write(out: impl Write, value: &impl Serialize) -> io::Result<()> {
    let formatter = Safe { record: None, depth: 0, analysis: None };
    value.serialize(&mut Serializer::with_formatter(out, formatter)).map_err(io::Error::from)
}

/// Writes `value`, an object, compactly with a first field `record`, and as the last one the number of its analysis, if it has one.
pub(in crate::report) fn write_record(
    out: impl Write,
    record: &'static str,
    analysis: Option<usize>,
    value: &impl Serialize,
) -> io::Result<()> {
    let formatter = Safe { record: Some(record), depth: 0, analysis };
    value.serialize(&mut Serializer::with_formatter(out, formatter)).map_err(io::Error::from)
}

/// Compact, but for the strings, and for what the outermost object is given. (Serde can flatten a structure into another one, but not fast.)
struct Safe {
    record: Option<&'static str>,
    analysis: Option<usize>,
    /// How many objects are open.
    depth: usize,
}

impl Formatter for Safe {
    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        match self.record {
            Some(record) if self.depth == 1 => write!(writer, "{{\"record\":\"{record}\""),
            _ => CompactFormatter.begin_object(writer),
        }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        let first = first && (self.depth > 1 || self.record.is_none());
        CompactFormatter.begin_object_key(writer, first)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if let (0, Some(analysis)) = (self.depth, self.analysis) {
            write!(writer, ",\"analysis\":{analysis}")?;
        }
        CompactFormatter.end_object(writer)
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if is_plain(fragment) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| steers_a_screen(*c)) {
            let (before, behind) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = behind.get(c.len_utf8()..).unwrap_or_default();
        }
        writer.write_all(rest.as_bytes())
    }
}
