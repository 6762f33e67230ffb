//! Markdown for tickets and wikis, as GitHub and its relatives read it: verdicts and findings with the heads of what proves them, then tables.
//!
//! What people said is not in it: bodies stay out, and of messages the beginning at most. What is captured never becomes markup ([`escape`]).

mod escape;
mod evidence;
mod tables;

use super::kept::Kept;
use super::sums::sums;
use super::text::{plural, some_packets};
use super::{Sink, text};
use crate::analysis::finding::{Certainty, Finding};
use crate::analysis::{Analysis, CaptureRecord};
use crate::session::callback::Outcome;
use crate::session::event::{Event, Tone};
use crate::session::transcript::Evidence;
use escape::{code, prose, short_prose};
use evidence::Shown;
use std::collections::BTreeSet;
use std::io::{self, Write};
use tables::{Table, table};

/// More rows than this of the timeline are for a program to read.
const TIMELINE: usize = 2000;

/// Collects the events and writes all at the end of each analysis.
pub(super) struct Markdown<'a> {
    out: &'a mut dyn Write,
    events: Kept,
    written: bool,
}

impl<'a> Markdown<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, events: Kept::default(), written: false }
    }

    fn heading(&mut self, heading: &str) -> io::Result<()> {
        writeln!(self.out, "\n## {heading}\n")
    }

    fn captures(&mut self, analysis: &Analysis) -> io::Result<()> {
        let path = analysis.captures.first().map_or("", |capture| &*capture.path);
        let further = analysis.captures.len().saturating_sub(1);
        let others = if further > 0 { format!(" and {}", plural(further as u64, "further capture")) } else { String::new() };
        writeln!(self.out, "# RVP in {}{others}\n", code(path))?;
        let head = ["Capture", "Format", "Packets", "First", "Length", "Remarks"];
        table(self.out, &Table { head: &head, ceiling: TIMELINE }, analysis.captures.iter(), capture)?;
        writeln!(self.out)?;
        if let Some(hidden) = text::hidden(analysis) {
            writeln!(self.out, "> {}\n", prose(&hidden))?;
        }
        let totals = &analysis.totals;
        let methods = totals.requests.iter().map(|(method, statuses)| (method.clone(), statuses.values().sum()));
        let outcomes =
            Outcome::ALL.into_iter().map(|outcome| (text::words(outcome).to_owned(), totals.callbacks.get(&outcome).copied().unwrap_or(0)));
        let fates = analysis.fates.in_words().into_iter().map(|(fate, count)| (fate.to_owned(), count));
        for (count, what, parts) in [
            (analysis.flows, "TCP connection", text::counts(fates)),
            (totals.requests_total(), "request", text::counts(methods)),
            (totals.callbacks_total(), "callback", text::counts(outcomes)),
        ] {
            writeln!(self.out, "- {}{}", plural(count, what), short_prose(&text::listed(&parts)))?;
        }
        if totals.poll_cycles > 0 {
            writeln!(self.out, "- {} in {} (polling-like)", plural(totals.polls, "poll"), plural(totals.poll_cycles, "cycle"))?;
        }
        Ok(())
    }

    fn findings(&mut self, analysis: &Analysis, evidence: &dyn Evidence) -> io::Result<()> {
        if !analysis.verdicts.is_empty() {
            self.heading("Verdicts")?;
        }
        for verdict in &analysis.verdicts {
            writeln!(
                self.out,
                "- Session {}: {} {}",
                verdict.session.0,
                prose(&verdict.text),
                code(&some_packets(verdict.origin.ranges().iter().copied()))
            )?;
        }
        self.heading("Findings")?;
        if analysis.findings.is_empty() {
            return writeln!(self.out, "None.");
        }
        let head = ["Code", "Severity", "Times", "What", "Seen", "Session", "Packets"];
        table(self.out, &Table { head: &head, ceiling: TIMELINE }, analysis.findings.iter(), finding)?;
        let (mut told, mut shown) = (BTreeSet::new(), Shown::new());
        for finding in analysis.findings.iter().filter(|finding| told.insert(finding.meta.code)) {
            writeln!(self.out, "\n### {} {}\n", finding.meta.code, finding.meta.slug)?;
            writeln!(self.out, "What it means: {}\n\nWhat to do: {}", finding.meta.meaning, finding.meta.remedy)?;
            self.out.write_all(evidence::of(finding, evidence, &mut shown).as_bytes())?;
        }
        Ok(())
    }

    fn timeline(&mut self, digits: u8) -> io::Result<()> {
        let mut events = std::mem::take(&mut self.events);
        events.sort();
        if events.len() == 0 {
            return Ok(());
        }
        self.heading("Timeline (UTC)")?;
        let head = ["", "Time", "Session", "Who", "What", "How it came out", "Packets"];
        table(self.out, &Table { head: &head, ceiling: TIMELINE }, events.iter(), |event| {
            let mark = match event.tone {
                Tone::Normal => "",
                Tone::Failed => "**!**",
                Tone::Unknown => "?",
            };
            vec![
                mark.to_owned(),
                event.at.rfc3339(digits).replace('T', " ").trim_end_matches('Z').to_owned(),
                event.session.map_or_else(String::new, |session| session.0.to_string()),
                short_prose(event.who),
                short_prose(event.summary),
                short_prose(event.outcome),
                code(&some_packets(event.origin.ranges())),
            ]
        })
    }

    fn ledger(&mut self, analysis: &Analysis) -> io::Result<()> {
        self.heading("Ledger")?;
        let sums = sums(analysis);
        let ledger = sums.iter().filter_map(|sum| Some((sum.part.strip_prefix("ledger.")?, sum)));
        table(self.out, &Table { head: &["Of", "Became", "Count"], ceiling: TIMELINE }, ledger, |(part, sum)| {
            vec![part.replace('_', " "), sum.name.replace('_', " "), sum.count.to_string()]
        })?;
        if analysis.notes.iter().next().is_none() {
            return Ok(());
        }
        self.heading("Notes")?;
        table(self.out, &Table { head: &["What was odd", "Times"], ceiling: TIMELINE }, analysis.notes.iter(), |(kind, count, _)| {
            let kind = serde_json::to_value(kind).unwrap_or_default();
            vec![short_prose(kind.as_str().unwrap_or_default()), count.to_string()]
        })
    }
}

impl Sink for Markdown<'_> {
    fn event(&mut self, event: Event, _time_digits: u8) -> io::Result<()> {
        self.events.push(&event);
        Ok(())
    }

    fn kept(&self) -> (usize, usize) {
        (self.events.len(), self.events.bytes())
    }

    fn analysis(&mut self, analysis: &Analysis, evidence: &dyn Evidence) -> io::Result<()> {
        if self.written {
            writeln!(self.out)?;
        }
        self.written = true;
        let digits = analysis.time_digits();
        self.captures(analysis)?;
        self.findings(analysis, evidence)?;
        tables::sessions(self.out, analysis, digits)?;
        self.timeline(digits)?;
        self.ledger(analysis)
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn capture(capture: &CaptureRecord) -> Vec<String> {
    let mut remarks: Vec<String> = capture.damage.iter().map(|damage| short_prose(damage)).collect();
    remarks.extend(
        capture.dropped.filter(|dropped| *dropped > 0).map(|dropped| format!("{} lost while capturing", plural(dropped, "packet"))),
    );
    let format = capture.compression.map_or_else(|| capture.format.clone(), |name| format!("{} in {name}", capture.format));
    vec![
        code(&capture.path),
        short_prose(&format!("{format} ({})", capture.link_types.join(", "))),
        capture.packets.to_string(),
        capture.first.map_or_else(String::new, |first| first.rfc3339(0)),
        capture.first.zip(capture.last).map_or_else(String::new, |(first, last)| last.since(first).to_string()),
        remarks.join("; "),
    ]
}

fn finding(finding: &Finding) -> Vec<String> {
    let inferred = if finding.certainty == Certainty::Inferred { " (inferred)" } else { "" };
    let because = finding.caused_by.map_or_else(String::new, |code| format!(", because of {code}"));
    vec![
        finding.meta.code.to_owned(),
        finding.severity.as_str().to_owned(),
        finding.count.to_string(),
        format!("{}{inferred}{because}", short_prose(&finding.title)),
        short_prose(&finding.seen),
        finding.session.map_or_else(String::new, |session| session.0.to_string()),
        code(&some_packets(finding.origin.ranges())),
    ]
}
