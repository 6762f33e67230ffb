//! The ladder as an SVG picture of its own: XML 1.0 that any viewer reads, several analyses one below the other.

use super::collected::Collected;
use super::drawing::{ALONE, Drawing, STYLE, ladder};
use super::ladder::Ladder;
use super::markup::put;
use super::{Sink, text};
use crate::analysis::Analysis;
use crate::base::text::shortened;
use crate::session::event::Event;
use crate::session::transcript::Evidence;
use maud::{Markup, PreEscaped, html};
use std::io::{self, Write};

/// A picture has at most so many rows, of all its analyses together: about 100,000 pixels high, which browsers still draw and a reader who looks
/// for one row still scrolls through.
const MOST_ROWS: usize = 3000;

/// Titles are cut to so many characters; what is wider than the picture is not seen anyway.
const TITLE_LENGTH: usize = 300;

/// Room for the line above each ladder.
const TITLE: f64 = 30.0;

/// Draws at the end, when the height of all is known.
pub(super) struct Svg<'a> {
    out: &'a mut dyn Write,
    events: Collected,
    drawn: Vec<(String, Drawing)>,
    /// How many rows there is room for.
    room: usize,
}

impl<'a> Svg<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, events: Collected::default(), drawn: Vec::new(), room: MOST_ROWS }
    }
}

impl Sink for Svg<'_> {
    fn event(&mut self, event: Event, _time_digits: u8) -> io::Result<()> {
        self.events.push(event);
        Ok(())
    }

    fn kept(&self) -> (usize, usize) {
        self.events.kept()
    }

    fn analysis(&mut self, analysis: &Analysis, _evidence: &dyn Evidence) -> io::Result<()> {
        let events = self.events.take();
        let ladder_of = Ladder::new(&analysis.sessions, events.iter(), self.room);
        self.room -= ladder_of.rows.len().min(self.room);
        let captures: Vec<String> = analysis.captures.iter().map(text::describe).collect();
        let title = text::hidden(analysis).into_iter().chain(captures).collect::<Vec<_>>().join("; ");
        let title = shortened(&title, TITLE_LENGTH);
        let drawing = ladder(&ladder_of, &format!("Ladder of {title}"), analysis.time_digits(), MOST_ROWS);
        self.drawn.push((title, drawing));
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        let width = self.drawn.iter().map(|(_, drawing)| drawing.width).fold(0.0, f64::max);
        let height: f64 = self.drawn.iter().map(|(_, drawing)| drawing.height + TITLE).sum();
        let mut top = 0.0;
        let begin = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ladders\" width=\"{width:.0}\" \
             height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">\n"
        );
        put(self.out, &begin)?;
        let head: Markup = html! {
            title { "Ladder of RVP" }
            desc { "Who spoke to whom, drawn by rvpscope: a column for each principal and server, a row for each event." }
            style { (PreEscaped(ALONE)) (PreEscaped(STYLE)) (PreEscaped(".ladders { background: var(--paper) }\n.ladders > .file { fill: var(--ink); font: 600 13px system-ui, sans-serif }\n")) }
        };
        put(self.out, &head.into_string())?;
        for (title, drawing) in self.drawn.drain(..) {
            let part = html! {
                text.file x="12" y=(format!("{:.0}", top + 20.0)) { (title) }
                svg x="0" y=(format!("{:.0}", top + TITLE)) width=(format!("{:.0}", drawing.width)) height=(format!("{:.0}", drawing.height)) {
                    @for piece in &drawing.pieces { (piece) }
                }
            };
            put(self.out, &part.into_string())?;
            self.out.write_all(b"\n")?;
            top += drawing.height + TITLE;
        }
        put(self.out, "</svg>\n")
    }
}
