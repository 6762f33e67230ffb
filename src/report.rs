//! OUT: an analysis in the formats that people and programs read.
//!
//! A format is a row of [`FORMATS`] and a [`Sink`]. Sinks write where they are told and never print.

mod collected;
mod drawing;
mod har;
mod html;
pub mod json;
mod kept;
pub mod ladder;
mod markdown;
mod markup;
mod mermaid;
mod ndjson;
pub mod page;
mod stored;
mod sums;
mod svg;
mod tables;
mod text;

pub use text::{describe, hidden, noted, packets, plural, words, wrapped};

use crate::analysis::Analysis;
use crate::session::event::Event;
use crate::session::model::Session;
use crate::session::transcript::Evidence;
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
            // The evidence has it.
            Update::Exchange(_) => Ok(()),
        }
    }

    /// How many events of the running analysis wait for its end, and how many bytes of memory they take.
    fn kept(&self) -> (usize, usize) {
        (0, 0)
    }

    /// The end of the running analysis. What was said in it comes through `evidence`, where the format wants that.
    fn analysis(&mut self, analysis: &Analysis, evidence: &dyn Evidence) -> io::Result<()>;

    /// The end of the run.
    fn end(&mut self) -> io::Result<()>;
}

/// Where a report goes.
pub trait Output: Write {
    /// From now on the rows of the table `name` are written. Answers whether they are alone in a file of their own; else all tables follow each
    /// other.
    fn table(&mut self, name: &str) -> io::Result<bool>;
}

/// An [`Output`] of one stream.
pub struct Stream<W>(pub W);

impl<W: Write> Write for Stream<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<W: Write> Output for Stream<W> {
    fn table(&mut self, _name: &str) -> io::Result<bool> {
        Ok(false)
    }
}

/// A format.
pub struct Format {
    /// What `--format` calls it.
    pub name: &'static str,
    /// How the names of its files end.
    pub ending: &'static str,
    /// What it is for, for the help.
    pub about: &'static str,
    /// Whether it wants everything at the end, each session as a whole, so that memory grows with the capture. Else it writes while the analysis
    /// runs.
    pub keeps_all: bool,
    /// Whether it wants what was said.
    pub transcripts: bool,
    /// Whether a file of it holds one analysis only.
    pub one_each: bool,
    /// Makes its sink. `several` says whether the run has more than one analysis.
    pub sink: for<'a> fn(&'a mut dyn Output, several: bool, Style) -> Box<dyn Sink + 'a>,
}

/// All formats. The first one is the default.
pub const FORMATS: &[Format] = &[
    Format {
        name: "text",
        ending: "txt",
        about: "a summary and a timeline for people",
        keeps_all: true,
        transcripts: false,
        one_each: false,
        sink: |out, _, style| Box::new(text::Text::new(out, style)),
    },
    Format {
        name: "json",
        ending: "json",
        about: "one document, rvpscope.analysis/1",
        keeps_all: true,
        transcripts: false,
        one_each: false,
        sink: |out, several, _| Box::new(json::Json::new(out, several)),
    },
    Format {
        name: "ndjson",
        ending: "ndjson",
        about: "the same as lines, each as soon as it is certain",
        keeps_all: false,
        transcripts: false,
        one_each: false,
        sink: |out, several, style| Box::new(ndjson::Ndjson::new(out, several, style)),
    },
    Format {
        name: "ron",
        ending: "ron",
        about: "all of it with what was said, to be read again instead of the capture",
        keeps_all: true,
        transcripts: true,
        one_each: true,
        sink: |out, _, _| Box::new(stored::Stored::new(out)),
    },
    Format {
        name: "html",
        ending: "html",
        about: "a page to hand on: verdicts, findings with what was said, charts, ladder, timeline",
        keeps_all: true,
        transcripts: true,
        one_each: false,
        sink: |out, several, _| Box::new(html::Html::new(out, several)),
    },
    Format {
        name: "svg",
        ending: "svg",
        about: "a ladder of who spoke to whom, as a picture",
        keeps_all: true,
        transcripts: false,
        one_each: false,
        sink: |out, _, _| Box::new(svg::Svg::new(out)),
    },
    Format {
        name: "mermaid",
        ending: "mmd",
        about: "a ladder as a sequence diagram for Mermaid",
        keeps_all: true,
        transcripts: false,
        one_each: true,
        sink: |out, _, _| Box::new(mermaid::Mermaid::new(out)),
    },
    Format {
        name: "csv",
        ending: "csv",
        about: "tables for spreadsheets and data frames, each in a file of its own where there may be several",
        keeps_all: true,
        transcripts: false,
        one_each: false,
        sink: |out, _, _| Box::new(tables::Tables::new(out)),
    },
    Format {
        name: "md",
        ending: "md",
        about: "Markdown for tickets and wikis",
        keeps_all: true,
        transcripts: true,
        one_each: false,
        sink: |out, _, _| Box::new(markdown::Markdown::new(out)),
    },
    Format {
        name: "har",
        ending: "har",
        about: "HAR 1.2: the exchanges with heads and bodies, for tools that read what browsers record",
        keeps_all: false,
        transcripts: true,
        one_each: true,
        sink: |out, _, _| Box::new(har::Har::new(out)),
    },
];

/// The format called `name`.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// The format of files whose names end in `ending`.
pub fn format_of(ending: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.ending.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests;
