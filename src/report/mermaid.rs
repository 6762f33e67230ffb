//! The ladder as a Mermaid sequence diagram, for wikis and tickets that draw those.

use super::Sink;
use super::collected::Collected;
use super::ladder::{Column, Ladder, Row, Step};
use super::text::{describe, hidden, packets};
use crate::analysis::Analysis;
use crate::base::text::shortened;
use crate::session::event::{Event, Tone};
use crate::session::transcript::Evidence;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Mermaid refuses diagrams of more than 50,000 characters, unless whoever embeds it says otherwise. What is left of that is for the last lines.
const MOST_CHARACTERS: usize = 48_000;

/// Each row has some 20 characters of its own, so more than this never fit.
const MOST_ROWS: usize = MOST_CHARACTERS / 20;

/// Labels are cut to so many characters: diagrams grow as wide as their labels.
const LABEL: usize = 72;

/// Writes a diagram for each analysis.
pub(super) struct Mermaid<'a> {
    out: &'a mut dyn Write,
    events: Collected,
}

impl<'a> Mermaid<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, events: Collected::default() }
    }
}

impl Sink for Mermaid<'_> {
    fn event(&mut self, event: Event, _time_digits: u8) -> io::Result<()> {
        self.events.push(event);
        Ok(())
    }

    fn kept(&self) -> (usize, usize) {
        self.events.kept()
    }

    fn analysis(&mut self, analysis: &Analysis, _evidence: &dyn Evidence) -> io::Result<()> {
        let events = self.events.take();
        let ladder = Ladder::new(&analysis.sessions, events.iter(), MOST_ROWS);
        let captures: Vec<String> = analysis.captures.iter().map(describe).collect();
        let text = diagram(&ladder, &captures.join("; "), hidden(analysis).as_deref(), analysis.time_digits().min(3));
        self.out.write_all(text.as_bytes())
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The diagram, with what a filter has `hidden`; its times have `digits` digits after the second.
fn diagram(ladder: &Ladder, title: &str, hidden: Option<&str>, digits: u8) -> String {
    let mut text = format!("sequenceDiagram\n    accTitle: Ladder of RVP\n    accDescr: {}\n", escaped(&shortened(title, 400)));
    if ladder.columns.is_empty() {
        // A diagram without anybody is none.
        text.push_str("    participant p1 as nobody\n    Note over p1: no event to draw\n");
        return text;
    }
    for (place, column) in ladder.columns.iter().enumerate() {
        let _ = writeln!(text, "    participant p{} as {}", place + 1, name(column));
    }
    if let Some(hidden) = hidden {
        let _ = writeln!(text, "    Note over {}: {}", all(ladder), escaped(&shortened(hidden, 2 * LABEL)));
    }
    let mut written = 0;
    for (place, row) in ladder.rows.iter().enumerate() {
        let mut lines = String::new();
        for lease in ladder.leases.iter().filter(|lease| lease.first == place) {
            let _ = writeln!(lines, "    activate p{}", lease.column + 1);
        }
        line(&mut lines, ladder, row, digits);
        for lease in ladder.leases.iter().filter(|lease| lease.last == place) {
            let _ = writeln!(lines, "    deactivate p{}", lease.column + 1);
        }
        if text.len() + lines.len() > MOST_CHARACTERS {
            break;
        }
        text.push_str(&lines);
        written = place + 1;
    }
    // Whose log-on goes on where the diagram stops must be told, or its bar is not drawn.
    for lease in ladder.leases.iter().filter(|lease| lease.first < written && lease.last >= written) {
        let _ = writeln!(text, "    deactivate p{}", lease.column + 1);
    }
    let events = |row: &&Row| !matches!(row.step, Step::Pause { .. });
    let left_out = ladder.left_out + ladder.rows.iter().skip(written).filter(events).count();
    if left_out > 0 {
        let _ = writeln!(text, "    Note over {}: {left_out} more events are not drawn here", all(ladder));
    }
    text
}

fn line(text: &mut String, ladder: &Ladder, row: &Row, digits: u8) {
    let mut words = escaped(&shortened(&row.label, LABEL));
    if !row.outcome.is_empty() {
        words.push_str("<br/>");
        words.push_str(&escaped(&shortened(&row.outcome, LABEL)));
    }
    let packets = escaped(&shortened(&packets(row.packets.ranges()), 24));
    let at = row.at.clock(digits);
    let _ = match row.step {
        Step::Arrow { from, to, .. } => {
            let arrow = match row.tone {
                Tone::Normal => "->>",
                Tone::Failed => "--x",
                Tone::Unknown => "-->>",
            };
            let mark = if row.tone == Tone::Unknown { "?<br/>" } else { "" };
            writeln!(text, "    p{}{arrow}p{}: {mark}{at} {words}<br/>{packets}", from + 1, to + 1)
        }
        Step::Cycle { client, server, until } => {
            let over = server.map_or_else(String::new, |server| format!(",p{}", server + 1));
            writeln!(text, "    Note over p{}{over}: {at} until {} {words}<br/>{packets}", client + 1, until.clock(digits))
        }
        Step::Note { on } => writeln!(text, "    Note over p{}: {at} {words}<br/>{packets}", on + 1),
        Step::Pause { .. } => writeln!(text, "    Note over {}: {words}", all(ladder)),
    };
}

/// From the first column to the last.
fn all(ladder: &Ladder) -> String {
    let last = ladder.columns.len();
    if last > 1 { format!("p1,p{last}") } else { "p1".to_owned() }
}

/// A column's name with its addresses.
fn name(column: &Column) -> String {
    let addresses = column.addresses.iter().map(|address| format!("<br/>{}", escaped(address)));
    escaped(&column.name) + &addresses.collect::<String>()
}

/// Text that Mermaid reads as nothing but text. Much means something to it in one place or another (`;`, `#`, `<`, `:` after `style`, `%%`), so
/// all but letters, digits and harmless signs become entities.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || " .,/-_()=+*!?'\"|…→×µ–".contains(c) {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}
