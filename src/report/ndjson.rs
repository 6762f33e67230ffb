//! The JSON document as lines. Each has a `record` field that says what it is; events come as they become certain.

use super::json::safe;
use super::json::wire::{Capture, EventLine, FindingLine, Flows, NoteLines, SessionLine, Totals, VerdictLine};
use super::kept::Told;
use super::{Sink, Style};
use crate::analysis::Analysis;
use crate::session::event::Event;
use crate::session::model::Session;
use crate::session::transcript::Evidence;
use serde::Serialize;
use std::io::{self, Write};

/// Writes a line for each thing.
pub(super) struct Ndjson<'a> {
    out: &'a mut dyn Write,
    /// The running analysis, where the run has several.
    analysis: Option<usize>,
    live: bool,
    /// The line that is being written: piece by piece it is faster into memory.
    line: Vec<u8>,
}

impl<'a> Ndjson<'a> {
    pub(super) fn new(out: &'a mut dyn Write, several: bool, style: Style) -> Self {
        Self { out, analysis: several.then_some(0), live: style.live, line: Vec::new() }
    }

    fn line(&mut self, record: &'static str, what: &impl Serialize) -> io::Result<()> {
        self.line.clear();
        safe::write_record(&mut self.line, record, self.analysis, what)?;
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }
}

impl Sink for Ndjson<'_> {
    fn event(&mut self, event: Event, time_digits: u8) -> io::Result<()> {
        self.line("event", &EventLine::new(&Told::of(&event), time_digits))?;
        if self.live { self.out.flush() } else { Ok(()) }
    }

    fn session(&mut self, session: &Session, time_digits: u8) -> io::Result<()> {
        self.line("session", &SessionLine::new(session, time_digits))
    }

    fn analysis(&mut self, analysis: &Analysis, _evidence: &dyn Evidence) -> io::Result<()> {
        let digits = analysis.time_digits();
        for capture in &analysis.captures {
            self.line("capture", &Capture::new(capture))?;
        }
        for finding in &analysis.findings {
            self.line("finding", &FindingLine::new(finding, digits))?;
        }
        for verdict in &analysis.verdicts {
            self.line("verdict", &VerdictLine::new(verdict))?;
        }
        for session in &analysis.sessions {
            self.line("session", &SessionLine::new(session, digits))?;
        }
        self.line("ledger", &analysis.ledger)?;
        self.line("flows", &Flows::new(analysis))?;
        self.line("totals", &Totals::new(&analysis.totals))?;
        self.line("notes", &NoteLines::new(&analysis.notes))?;
        if let Some(selected) = &analysis.selected {
            self.line("selected", selected)?;
        }
        self.analysis = self.analysis.map(|index| index + 1);
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}
