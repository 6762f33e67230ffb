//! HAR 1.2 (<http://www.softwareishard.com/blog/har-12-spec/>): the exchanges as browsers and proxies keep them, for the many tools that read
//! that. Sessions are its pages, and entries are written one by one, in the order of time.
//!
//! HAR knows of nothing but requests that were answered. What was not is kept all the same, as an entry whose `comment` says what it is: an
//! answer without a request has the method [`UNKNOWN`], a request without an answer the status 0, and a callback that carried no byte both.

mod callbacks;
mod entry;
mod url;

use super::collected::Collected;
use super::json::safe;
use super::{Sink, text};
use crate::analysis::Analysis;
use crate::base::time::Timestamp;
use crate::session::event::{Event, EventKind};
use crate::session::transcript::Evidence;
use callbacks::Callbacks;
use entry::{Entry, Page, Sheet};
use std::io::{self, Write};

/// The method of what is no request; readers refuse an empty one.
const UNKNOWN: &str = "UNKNOWN";

/// Writes all of an analysis at its end, entry by entry.
pub(super) struct Har<'a> {
    out: &'a mut dyn Write,
    /// Callbacks that carried no byte: they are no exchange.
    byteless: Collected,
    /// The others.
    callbacks: Callbacks,
}

impl<'a> Har<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, byteless: Collected::default(), callbacks: Callbacks::default() }
    }

    fn pages(&mut self, sheet: &Sheet<'_>) -> io::Result<()> {
        let mut comma = "";
        for session in sheet.sessions {
            writeln!(self.out, "{comma}")?;
            safe::write(&mut *self.out, &Page::new(session, sheet))?;
            comma = ",";
        }
        Ok(())
    }

    /// What was said, and among it in the order of time what was not. A failed callback is told before what began at the same moment.
    fn entries(&mut self, sheet: &Sheet<'_>, start: Timestamp, evidence: &dyn Evidence) -> io::Result<()> {
        let mut comma = "";
        let mut entry = |entry: &Entry<'_>| {
            writeln!(self.out, "{comma}")?;
            comma = ",";
            safe::write(&mut *self.out, entry)
        };
        let callbacks = self.callbacks.take();
        let mut byteless = self.byteless.take().into_iter().peekable();
        let mut now = start;
        for place in 0..evidence.exchanges() {
            match evidence.exchange(place) {
                Ok(said) => {
                    now = said.at();
                    while let Some(event) = byteless.next_if(|event| event.at <= now) {
                        entry(&sheet.byteless(&event))?;
                    }
                    entry(&sheet.said(&said, callbacks.outcome(&said)))?;
                }
                Err(gone) => entry(&sheet.gone(now, &gone))?,
            }
        }
        byteless.try_for_each(|event| entry(&sheet.byteless(&event)))
    }
}

impl Sink for Har<'_> {
    fn event(&mut self, event: Event, _time_digits: u8) -> io::Result<()> {
        match (event.kind, &event.detail.method) {
            (EventKind::Callback, None) => self.byteless.push(event),
            (EventKind::Callback, Some(_)) => self.callbacks.push(event),
            _ => {}
        }
        Ok(())
    }

    fn kept(&self) -> (usize, usize) {
        let (some, others) = (self.byteless.kept(), self.callbacks.kept());
        (some.0 + others.0, some.1 + others.1)
    }

    fn analysis(&mut self, analysis: &Analysis, evidence: &dyn Evidence) -> io::Result<()> {
        let sheet = Sheet { sessions: &analysis.sessions, digits: analysis.time_digits() };
        let start = analysis.captures.iter().filter_map(|capture| capture.first).min().unwrap_or_default();
        let version = env!("CARGO_PKG_VERSION");
        write!(self.out, "{{\"log\":{{\"version\":\"1.2\",\"creator\":{{\"name\":\"rvpscope\",\"version\":\"{version}\"}},\"pages\":[")?;
        self.pages(&sheet)?;
        write!(self.out, "\n],\"entries\":[")?;
        self.entries(&sheet, start, evidence)?;
        write!(self.out, "\n]")?;
        if let Some(hidden) = text::hidden(analysis) {
            write!(self.out, ",\"comment\":")?;
            safe::write(&mut *self.out, &hidden)?;
        }
        writeln!(self.out, "}}}}")
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}
