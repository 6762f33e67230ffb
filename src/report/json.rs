//! The JSON document `rvpscope.analysis/1`, or `rvpscope.batch/1` for several.

mod document;
mod polling;
pub(super) mod safe;
pub mod schema;
pub(super) mod wire;

use super::Sink;
use super::kept::Kept;
use crate::analysis::Analysis;
use crate::session::event::Event;
use crate::session::transcript::Evidence;
use document::document;
use std::io::{self, Write};

/// The name of a document about several analyses.
const BATCH: &str = "rvpscope.batch/1";

/// Collects the events, which the document wants in order, and writes it at the end.
pub(super) struct Json<'a> {
    out: &'a mut dyn Write,
    several: bool,
    written: usize,
    events: Kept,
}

impl<'a> Json<'a> {
    pub(super) fn new(out: &'a mut dyn Write, several: bool) -> Self {
        Self { out, several, written: 0, events: Kept::default() }
    }
}

impl Sink for Json<'_> {
    fn event(&mut self, event: Event, _time_digits: u8) -> io::Result<()> {
        self.events.push(&event);
        Ok(())
    }

    fn kept(&self) -> (usize, usize) {
        (self.events.len(), self.events.bytes())
    }

    fn analysis(&mut self, analysis: &Analysis, _evidence: &dyn Evidence) -> io::Result<()> {
        let mut events = std::mem::take(&mut self.events);
        events.sort();
        if self.several {
            match self.written {
                0 => writeln!(self.out, "{{\"schema\":\"{BATCH}\",\"analyses\":[")?,
                _ => self.out.write_all(b",\n")?,
            }
        }
        self.written += 1;
        safe::write(&mut *self.out, &document(analysis, &events))?;
        if self.several { Ok(()) } else { self.out.write_all(b"\n") }
    }

    fn end(&mut self) -> io::Result<()> {
        match (self.several, self.written) {
            (false, _) => Ok(()),
            (true, 0) => writeln!(self.out, "{{\"schema\":\"{BATCH}\",\"analyses\":[]}}"),
            (true, _) => self.out.write_all(b"\n]}\n"),
        }
    }
}
