//! The report as a page: one file that loads nothing and needs no script, to be attached to a ticket and read in any browser or on paper.
//!
//! What is said of the captures comes in the order in which somebody asks: who was not reached and why, what was found and how that is known,
//! pictures, sessions, the timeline, and at the end what all of it rests on.

mod basis;
mod charts;
mod evidence;
mod findings;
mod ladders;
mod sessions;
mod strips;
mod timeline;

use super::collected::Collected;
use super::drawing::{ALONE, STYLE};
use super::markup::put;
use super::text::{counts, plural, words};
use super::{Sink, text};
use crate::analysis::Analysis;
use crate::analysis::finding::Severity;
use crate::base::text::shortened;
use crate::base::time::Timestamp;
use crate::session::callback::Outcome;
use crate::session::event::Event;
use crate::session::model::SessionId;
use crate::session::transcript::Evidence;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::io::{self, Write};

/// How the page looks.
const PAGE: &str = include_str!("html/page.css");

/// Comfort: a filter of the timeline, and all that folds open on paper where the browser does not do that by itself.
const SCRIPT: &str = include_str!("html/page.js");

/// What the page may load: nothing. Of scripts it runs the one whose SHA-256 this is.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-L1oIfPZ43yBthgsRt7XGKsh7G6KVFsOmWQzBmHx23EQ='; base-uri 'none'; form-action 'none'";

/// Captured text in a cell is cut to so many characters; all of it is in the JSON document.
const CELL: usize = 240;

/// Writes the page while the analyses end, one after the other.
pub(super) struct Html<'a> {
    out: &'a mut dyn Write,
    events: Collected,
    several: bool,
    written: usize,
}

/// What all parts of an analysis' section need.
struct Page<'p> {
    analysis: &'p Analysis,
    events: &'p [Event],
    evidence: &'p dyn Evidence,
    digits: u8,
    shown: sessions::Shown,
    /// What the ids of this section begin with, so that several analyses have their own.
    id: String,
}

impl<'a> Html<'a> {
    pub(super) fn new(out: &'a mut dyn Write, several: bool) -> Self {
        Self { out, events: Collected::default(), several, written: 0 }
    }

    fn begin(&mut self) -> io::Result<()> {
        let head = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="generator" content="rvpscope";
                    title { "RVP report" }
                    style { (PreEscaped(ALONE)) (PreEscaped(STYLE)) (PreEscaped(PAGE)) }
                }
            }
        };
        // The elements that the template closes stay open for what follows.
        let head = head.into_string();
        put(self.out, head.strip_suffix("</html>").unwrap_or(&head))?;
        put(self.out, "\n<body>\n<a class=\"skip\" href=\"#main\">To the report</a>\n<main id=\"main\">\n")
    }
}

impl Sink for Html<'_> {
    fn event(&mut self, event: Event, _time_digits: u8) -> io::Result<()> {
        self.events.push(event);
        Ok(())
    }

    fn kept(&self) -> (usize, usize) {
        self.events.kept()
    }

    fn analysis(&mut self, analysis: &Analysis, evidence: &dyn Evidence) -> io::Result<()> {
        if self.written == 0 {
            self.begin()?;
        }
        self.written += 1;
        let events = self.events.take();
        let id = if self.several { format!("a{}-", self.written) } else { String::new() };
        let page = Page { analysis, events: &events, evidence, digits: analysis.time_digits(), shown: sessions::Shown::of(analysis), id };
        let whole = ladders::is_small(&page);
        put(self.out, &format!("<article id=\"{}top\" aria-labelledby=\"{}title\">\n", page.id, page.id))?;
        for part in [page.head(), findings::verdicts(&page), findings::findings(&page), charts::charts(&page)] {
            put(self.out, &part.into_string())?;
            put(self.out, "\n")?;
        }
        if whole {
            put(self.out, &ladders::whole(&page).into_string())?;
        }
        sessions::write(&page, !whole, self.out)?;
        timeline::write(&page, self.out)?;
        put(self.out, &basis::basis(&page).into_string())?;
        put(self.out, "\n</article>\n")
    }

    fn end(&mut self) -> io::Result<()> {
        if self.written == 0 {
            self.begin()?;
        }
        let end = html! {
            footer { "Made by rvpscope from captured packets. Times are capture times in UTC; packet numbers are those of Wireshark." }
            script { (PreEscaped(SCRIPT)) }
        };
        put(self.out, "</main>\n")?;
        put(self.out, &end.into_string())?;
        put(self.out, "\n</body>\n</html>\n")
    }
}

impl Page<'_> {
    /// What it is about, in figures, and where to find what.
    fn head(&self) -> Markup {
        let Analysis { captures, totals, sessions, findings, .. } = self.analysis;
        let title = captures.iter().map(|capture| shortened(&capture.path, CELL)).collect::<Vec<_>>().join(", ");
        let failed = failed(self.analysis);
        let callbacks = Outcome::ALL.into_iter().filter_map(|outcome| Some((words(outcome).to_owned(), *totals.callbacks.get(&outcome)?)));
        let severities = Severity::ALL.into_iter().rev().map(|severity| {
            let count = findings.iter().filter(|finding| finding.severity == severity).count() as u64;
            (if count == 1 { severity.as_str().to_owned() } else { plural_severity(severity) }, count)
        });
        html! {
            header {
                p.kind { "RVP report" }
                h1 id=(self.at("title")) { (title) }
                @for capture in captures { p.soft { (shortened(&text::describe(capture), 2 * CELL)) } }
                @if let Some(hidden) = text::hidden(self.analysis) { p.odd { "! " (shortened(&hidden, 2 * CELL)) } }
                dl.figures {
                    div { dt { "Callbacks that failed" } dd.bad[failed > 0] { (failed) " of " (totals.callbacks_total()) } dd.soft { (counts(callbacks)) } }
                    div { dt { "Findings" } dd { (findings.len()) } dd.soft { (counts(severities)) } }
                    div { dt { "Sessions" } dd { (sessions.len()) } dd.soft { (plural(totals.rvp_flows, "connection")) " of RVP" } }
                    div { dt { "Requests" } dd { (totals.requests_total()) } dd.soft { (plural(self.events.len() as u64, "event")) } }
                    @if totals.poll_cycles > 0 {
                        div { dt { "Polls (polling-like)" } dd { (totals.polls) } dd.soft { "in " (plural(totals.poll_cycles, "cycle")) } }
                    }
                }
                nav aria-label="Parts of the report" {
                    @for (id, name) in [
                        ("verdicts", "Verdicts"), ("findings", "Findings"), ("charts", "Charts"), ("ladder", "Ladder"), ("sessions", "Sessions"),
                        ("timeline", "Timeline"), ("basis", "Captures and ledger"),
                    ] {
                        @if id != "ladder" || ladders::is_small(self) { a href={ "#" (self.at(id)) } { (name) } " " }
                    }
                }
            }
        }
    }

    /// The id `name` in this section.
    fn at(&self, name: &str) -> String {
        [&self.id, name].concat()
    }

    /// The clock of this page; a date says more only where a capture lasts for days.
    fn clock(&self, at: Timestamp) -> String {
        at.clock(self.digits)
    }

    /// A link to a session.
    fn session(&self, id: SessionId) -> Markup {
        let place = self.analysis.sessions.binary_search_by_key(&id, |session| session.id).ok();
        let session = place.and_then(|place| self.analysis.sessions.get(place));
        let name = html! { "session " (id.0) @if let Some(session) = session { ", " (sessions::who(session)) } };
        self.to_session(id, &name)
    }

    /// `name` as a link to a session, if that is shown.
    fn to_session(&self, id: SessionId, name: &Markup) -> Markup {
        if self.shown.has(id) {
            html! { a href={ "#" (self.at("s")) (id.0) } { (name) } }
        } else {
            name.clone()
        }
    }
}

/// How many callbacks did not reach their client.
fn failed(analysis: &Analysis) -> u64 {
    let callbacks = &analysis.totals.callbacks;
    callbacks.iter().filter(|(outcome, _)| !matches!(outcome, Outcome::Delivered | Outcome::Unknown)).map(|(_, count)| count).sum()
}

fn plural_severity(severity: Severity) -> String {
    match severity {
        Severity::Info => "for information".to_owned(),
        Severity::Warning | Severity::Error => format!("{}s", severity.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_policy_lets_the_own_script_run_and_nothing_else() {
        let hash = BASE64_STANDARD.encode(Sha256::digest(SCRIPT));
        assert!(POLICY.contains(&format!("script-src 'sha256-{hash}'")), "{hash}");
        assert!(POLICY.starts_with("default-src 'none'"));
        assert!(SCRIPT.is_ascii() && PAGE.is_ascii(), "what is written passes the gate as it is");
    }
}
