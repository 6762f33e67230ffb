//! The JSON document as lines. Each has a `record` field that says what it is; events come as they become certain.

use super::json::safe;
use super::json::wire::{Capture, EventLine, FindingLine, Flows, NoteLine, SessionLine, Totals, VerdictLine, notes};
use super::{Sink, Style};
use crate::analysis::Analysis;
use crate::base::ledger::Ledger;
use crate::session::event::Event;
use serde::Serialize;
use std::io::{self, Write};

/// Writes a line for each thing.
pub(super) struct Ndjson<'a> {
    out: &'a mut dyn Write,
    /// The running analysis, where the run has several.
    analysis: Option<usize>,
    live: bool,
}

#[derive(Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
enum Record<'a> {
    Event(EventLine<'a>),
    Capture(Capture<'a>),
    Finding(FindingLine<'a>),
    Verdict(VerdictLine<'a>),
    Session(SessionLine<'a>),
    Ledger(&'a Ledger),
    Flows(Flows),
    Totals(Totals),
    Notes { notes: Vec<NoteLine<'a>> },
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    record: Record<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    analysis: Option<usize>,
}

impl<'a> Ndjson<'a> {
    pub(super) fn new(out: &'a mut dyn Write, several: bool, style: Style) -> Self {
        Self { out, analysis: several.then_some(0), live: style.live }
    }

    fn line(&mut self, record: Record<'_>) -> io::Result<()> {
        safe::write(self.out, &Line { record, analysis: self.analysis })?;
        self.out.write_all(b"\n")
    }
}

impl Sink for Ndjson<'_> {
    fn event(&mut self, event: Event, time_digits: u8) -> io::Result<()> {
        self.line(Record::Event(EventLine::new(&event, time_digits)))?;
        if self.live { self.out.flush() } else { Ok(()) }
    }

    fn analysis(&mut self, analysis: &Analysis) -> io::Result<()> {
        for capture in &analysis.captures {
            self.line(Record::Capture(Capture::new(capture)))?;
        }
        for finding in &analysis.findings {
            self.line(Record::Finding(FindingLine::new(finding, analysis.time_digits())))?;
        }
        for verdict in &analysis.verdicts {
            self.line(Record::Verdict(VerdictLine::new(verdict)))?;
        }
        for session in &analysis.sessions {
            self.line(Record::Session(SessionLine::new(session, analysis.time_digits())))?;
        }
        self.line(Record::Ledger(&analysis.ledger))?;
        self.line(Record::Flows(Flows::new(analysis)))?;
        self.line(Record::Totals(Totals::new(&analysis.totals)))?;
        self.line(Record::Notes { notes: notes(&analysis.notes) })?;
        self.analysis = self.analysis.map(|index| index + 1);
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}
