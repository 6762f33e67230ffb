//! Writes an analysis down.

use super::{Exchange, SAID, START, VERSION};
use crate::analysis::Analysis;
use crate::base::notation::{EXTENSIONS, Writer};
use crate::session::event::Event;
use crate::session::transcript::{Evidence, Gone};
use serde::Serialize;
use std::io::{self, Write};

/// What each file says about itself, behind [`START`].
const ABOUT: &str = "\
: what rvpscope found in captures. Wherever rvpscope takes a capture, it takes this file, too.
// Times are UTC, spans (..._ns) are nanoseconds, and an origin lists packets: (index of the capture, first packet, last packet).
// What was said in the exchanges is at the end. Secrets are masked, unless they were asked for.
";

/// Writes `analysis` with its `events`, which are in the order of time, and what was said. `digits` says from which event on (by number) times
/// were told with how many digits after the second.
pub fn write(out: &mut dyn Write, analysis: &Analysis, events: &[Event], digits: &[(u64, u8)], evidence: &dyn Evidence) -> io::Result<()> {
    let mut to = Writer::new(out);
    to.text(START)?;
    to.text(ABOUT)?;
    to.text(EXTENSIONS)?;
    to.text("\n(\n")?;
    field(&mut to, 1, "version", &VERSION, 0)?;
    to.text("    analysis: (\n")?;
    let Analysis { captures, ledger, flows, fates, totals, sessions, findings, verdicts, notes, selected } = analysis;
    field(&mut to, 2, "captures", captures, 1)?;
    if selected.is_some() {
        field(&mut to, 2, "selected", selected, 0)?;
    }
    field(&mut to, 2, "verdicts", verdicts, 1)?;
    field(&mut to, 2, "findings", findings, 1)?;
    field(&mut to, 2, "flows", flows, 0)?;
    field(&mut to, 2, "fates", fates, 0)?;
    field(&mut to, 2, "totals", totals, 2)?;
    field(&mut to, 2, "ledger", ledger, 1)?;
    field(&mut to, 2, "notes", notes, 1)?;
    field(&mut to, 2, "sessions", sessions, 3)?;
    to.text("    ),\n")?;
    field(&mut to, 1, "event_digits", digits, 0)?;
    field(&mut to, 1, "events", events, 1)?;
    to.text("    exchanges: [\n")?;
    for place in 0..evidence.exchanges() {
        let said = if to.written() < SAID { evidence.exchange(place) } else { Err(Gone::Ceiling) };
        to.text("        ")?;
        to.value(&said.map_or_else(Exchange::Gone, Exchange::Said), 0, "")?;
        to.text(",\n")?;
    }
    to.text("    ],\n)\n")?;
    to.end()
}

/// Writes a field, indented so many times, with a line for each of its parts down to a depth of `lines`.
fn field(to: &mut Writer<'_>, indent: usize, name: &str, value: &(impl Serialize + ?Sized), lines: usize) -> io::Result<()> {
    let indent = "    ".repeat(indent);
    for text in [&indent, name, ": "] {
        to.text(text)?;
    }
    to.value(value, lines, &indent)?;
    to.text(",\n")
}
