//! The analysis itself, to be read again (`store`).

use super::Sink;
use super::collected::Collected;
use crate::analysis::Analysis;
use crate::session::event::Event;
use crate::session::transcript::Evidence;
use crate::store;
use std::io::{self, Write};

/// Collects the events and stores them with the analysis.
pub(super) struct Stored<'a> {
    out: &'a mut dyn Write,
    events: Collected,
    /// From which event on times were told with how many digits.
    digits: Vec<(u64, u8)>,
}

impl<'a> Stored<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, events: Collected::default(), digits: Vec::new() }
    }
}

impl Sink for Stored<'_> {
    fn event(&mut self, event: Event, time_digits: u8) -> io::Result<()> {
        if self.digits.last().is_none_or(|(_, digits)| *digits != time_digits) {
            self.digits.push((event.id, time_digits));
        }
        self.events.push(event);
        Ok(())
    }

    fn kept(&self) -> (usize, usize) {
        self.events.kept()
    }

    fn analysis(&mut self, analysis: &Analysis, evidence: &dyn Evidence) -> io::Result<()> {
        let (events, digits) = (self.events.take(), std::mem::take(&mut self.digits));
        store::write(&mut *self.out, analysis, &events, &digits, evidence)
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}
