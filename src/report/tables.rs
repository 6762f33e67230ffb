//! CSV (RFC 4180) for spreadsheets and data frames: a table for each sort of thing, each in a file of its own where there may be several files. On
//! one stream each row begins with the name of its table.
//!
//! The columns are called as in the JSON document; what is nested there is joined with `_`. Every table has the number of the analysis, and that of
//! the session where there is one, so that they can be joined. No cell is one that a spreadsheet would run.

mod cell;
mod columns;

use super::collected::Collected;
use super::sums::sums;
use super::{Output, Sink};
use crate::analysis::Analysis;
use crate::session::event::Event;
use crate::session::model::{Session, SessionId};
use crate::session::transcript::Evidence;
use cell::Place;
use columns::{Column, Counted, Numbered, Request};
use csv::{Terminator, WriterBuilder};
use std::io;

/// Collects the events and writes all tables at the end of each analysis.
pub(super) struct Tables<'a> {
    out: &'a mut dyn Output,
    analyses: usize,
    events: Collected,
}

impl<'a> Tables<'a> {
    pub(super) fn new(out: &'a mut dyn Output) -> Self {
        Self { out, analyses: 0, events: Collected::default() }
    }

    /// Writes rows of the table `name`, and before the first ones its header.
    fn table<'r, T: 'r>(
        &mut self,
        name: &str,
        columns: &[Column<T>],
        digits: u8,
        rows: impl Iterator<Item = (Option<SessionId>, &'r T)>,
    ) -> io::Result<()> {
        let alone = self.out.table(name)?;
        let name = Some(name).filter(|_| !alone);
        let mut csv = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(&mut *self.out);
        if self.analyses == 0 {
            csv.write_record(name.into_iter().chain(columns.iter().map(|(column, _)| *column)))?;
        }
        for (session, row) in rows {
            let place = Place { analysis: self.analyses, session, digits };
            if let Some(name) = name {
                csv.write_field(name)?;
            }
            for (_, cell) in columns {
                csv.write_field(&*cell(row, &place))?;
            }
            csv.write_record(None::<&[u8]>)?;
        }
        csv.flush()
    }

    /// Writes rows of a table of things that belong to sessions.
    fn of_sessions<'r, T: 'r>(
        &mut self,
        name: &str,
        columns: &[Column<T>],
        analysis: &'r Analysis,
        list: impl Fn(&'r Session) -> &'r [T],
    ) -> io::Result<()> {
        let rows = analysis.sessions.iter().flat_map(|session| list(session).iter().map(|row| (Some(session.id), row)));
        self.table(name, columns, analysis.time_digits(), rows)
    }
}

impl Sink for Tables<'_> {
    fn event(&mut self, event: Event, _time_digits: u8) -> io::Result<()> {
        self.events.push(event);
        Ok(())
    }

    fn kept(&self) -> (usize, usize) {
        self.events.kept()
    }

    fn analysis(&mut self, analysis: &Analysis, _evidence: &dyn Evidence) -> io::Result<()> {
        let digits = analysis.time_digits();
        let captures: Vec<_> = analysis.captures.iter().enumerate().map(|(number, of)| Numbered { number, of: of.clone() }).collect();
        self.table("captures", columns::CAPTURES, digits, whole(&captures))?;
        self.table("sessions", columns::SESSIONS, digits, analysis.sessions.iter().map(|session| (Some(session.id), session)))?;
        self.of_sessions("subscriptions", columns::SUBSCRIPTIONS, analysis, |session| &session.subscriptions)?;
        self.of_sessions("callbacks", columns::CALLBACKS, analysis, |session| &session.callbacks)?;
        self.of_sessions("messages", columns::MESSAGES, analysis, |session| &session.messages)?;
        self.of_sessions("presence", columns::PRESENCE, analysis, |session| &session.presence)?;
        self.of_sessions("polling", columns::POLLING, analysis, |session| &session.polling)?;
        let events = self.events.take();
        self.table("events", columns::EVENTS, digits, events.iter().map(|event| (event.session, event)))?;
        self.table("findings", columns::FINDINGS, digits, analysis.findings.iter().map(|finding| (finding.session, finding)))?;
        self.table("verdicts", columns::VERDICTS, digits, analysis.verdicts.iter().map(|verdict| (Some(verdict.session), verdict)))?;
        let requests: Vec<_> = analysis.totals.requests.iter().flat_map(Request::of).collect();
        self.table("requests", columns::REQUESTS, digits, whole(&requests))?;
        self.table("sums", columns::SUMS, digits, whole(&sums(analysis)))?;
        if let Some(selected) = &analysis.selected {
            self.table("selected", columns::SELECTED, digits, whole(std::slice::from_ref(selected)))?;
        }
        let notes: Vec<_> = analysis.notes.iter().map(Counted::of).collect();
        self.table("notes", columns::NOTES, digits, whole(&notes))?;
        self.analyses += 1;
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Rows that belong to no session.
fn whole<T>(rows: &[T]) -> impl Iterator<Item = (Option<SessionId>, &T)> {
    rows.iter().map(|row| (None, row))
}
