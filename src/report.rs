//! OUT: an analysis in the formats that people and programs read.
//!
//! A format is a row of [`FORMATS`] and a [`Sink`]. Sinks write where they are told and never print.

mod json;
mod kept;
mod ndjson;
pub mod page;
mod text;

use crate::analysis::Analysis;
use crate::session::event::Event;
use crate::session::model::Session;
use crate::session::update::Update;
use std::io::{self, Write};

/// What a format needs to know about its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether colours are wanted.
    pub colour: bool,
    /// Whether the input may pause, so that what is written must not wait for more.
    pub live: bool,
}

/// Takes a run's analyses, one after the other, and writes them.
pub trait Sink {
    /// An event of the running analysis, as soon as it is certain.
    fn event(&mut self, event: Event, time_digits: u8) -> io::Result<()>;

    /// What was settled of a session of the running analysis; more of it follows. Formats that keep all are handed none.
    fn session(&mut self, session: &Session, time_digits: u8) -> io::Result<()> {
        let _ = (session, time_digits);
        Ok(())
    }

    /// What is certain before the end of the running analysis.
    fn update(&mut self, update: Update, time_digits: u8) -> io::Result<()> {
        match update {
            Update::Event(event) => self.event(event, time_digits),
            Update::Session(session) => self.session(&session, time_digits),
        }
    }

    /// How many events of the running analysis wait for its end, and how many bytes of memory they take.
    fn kept(&self) -> (usize, usize) {
        (0, 0)
    }

    /// The end of the running analysis.
    fn analysis(&mut self, analysis: &Analysis) -> io::Result<()>;

    /// The end of the run.
    fn end(&mut self) -> io::Result<()>;
}

/// A format.
pub struct Format {
    /// What `--format` calls it.
    pub name: &'static str,
    /// What it is for, for the help.
    pub about: &'static str,
    /// Whether it wants everything at the end, each session as a whole, so that memory grows with the capture. Else it writes while the analysis
    /// runs.
    pub keeps_all: bool,
    /// Makes its sink. `several` says whether the run has more than one analysis.
    pub sink: for<'a> fn(&'a mut dyn Write, several: bool, Style) -> Box<dyn Sink + 'a>,
}

/// All formats. The first one is the default.
pub const FORMATS: &[Format] = &[
    Format {
        name: "text",
        about: "a summary and a timeline for people",
        keeps_all: true,
        sink: |out, _, style| Box::new(text::Text::new(out, style)),
    },
    Format {
        name: "json",
        about: "one document, rvpscope.analysis/1",
        keeps_all: true,
        sink: |out, several, _| Box::new(json::Json::new(out, several)),
    },
    Format {
        name: "ndjson",
        about: "the same as lines, each as soon as it is certain",
        keeps_all: false,
        sink: |out, several, style| Box::new(ndjson::Ndjson::new(out, several, style)),
    },
];

/// The format called `name`.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

#[cfg(test)]
mod tests;
