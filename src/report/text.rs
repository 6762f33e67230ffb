//! The report for people: a summary, then the timeline. What failed is marked with `!`, what the capture cannot show with `?`; colour only
//! repeats that.

pub(super) mod polling;

use super::kept::Kept;
use super::{Sink, Style};
use crate::analysis::finding::{Certainty, Severity};
use crate::analysis::{Analysis, CaptureRecord, Selected};
use crate::base::note::NoteKind;
use crate::base::origin::PacketRange;
use crate::base::text::{is_plain, printable};
use crate::session::callback::Outcome;
use crate::session::event::{Event, Tone};
use crate::session::model::Session;
use crate::session::transcript::Evidence;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Columns wider than this do not make the others wider; what does not fit pushes its own line.
const WHO: usize = 16;
const SUMMARY: usize = 72;
const OUTCOME: usize = 34;
/// Sentences are broken into lines of this width.
const WIDTH: usize = 130;

/// Collects the events and writes them in the order of time.
pub(super) struct Text<'a> {
    out: &'a mut dyn Write,
    style: Style,
    events: Kept,
    written: bool,
}

impl<'a> Text<'a> {
    pub(super) fn new(out: &'a mut dyn Write, style: Style) -> Self {
        Self { out, style, events: Kept::default(), written: false }
    }

    fn head(&mut self, analysis: &Analysis) -> io::Result<()> {
        for capture in &analysis.captures {
            writeln!(self.out, "{}", describe(capture))?;
            for damage in &capture.damage {
                writeln!(self.out, "! {}", printable(damage))?;
            }
            if let Some(dropped) = capture.dropped.filter(|dropped| *dropped > 0) {
                writeln!(self.out, "! the capturing program says that it lost {}", plural(dropped, "packet"))?;
            }
        }
        if let Some(hidden) = hidden(analysis) {
            writeln!(self.out, "! {hidden}")?;
        }
        let fates = counts(analysis.fates.in_words().into_iter().map(|(fate, count)| (fate.to_owned(), count)));
        writeln!(
            self.out,
            "{}{}, {} with HTTP, {} of RVP",
            plural(analysis.flows, "TCP connection"),
            if fates.is_empty() { fates } else { format!(" ({fates})") },
            analysis.totals.http_flows,
            analysis.totals.rvp_flows
        )?;
        let methods = analysis.totals.requests.iter().map(|(method, statuses)| (printable(method).into_owned(), statuses.values().sum()));
        writeln!(self.out, "{}{}", plural(analysis.totals.requests_total(), "request"), listed(&counts(methods)))?;
        let outcomes =
            Outcome::ALL.into_iter().filter_map(|outcome| Some((words(outcome).to_owned(), *analysis.totals.callbacks.get(&outcome)?)));
        writeln!(self.out, "{}{}", plural(analysis.totals.callbacks_total(), "callback"), listed(&counts(outcomes)))?;
        if analysis.totals.poll_cycles > 0 {
            let cycles = plural(analysis.totals.poll_cycles, "cycle");
            writeln!(self.out, "{} in {cycles} (polling-like)", plural(analysis.totals.polls, "poll"))?;
        }
        let others = analysis.totals.other_http.iter().map(|(what, count)| (what.replace('_', " "), *count));
        let others = counts(others);
        if !others.is_empty() {
            writeln!(self.out, "HTTP that is no RVP: {others}")?;
        }
        let gaps = analysis.ledger.tcp_payload_bytes.missing;
        if gaps > 0 {
            writeln!(self.out, "! {gaps} bytes of the connections are not in the capture; what they carried is unknown")?;
        }
        for (kind, what) in [
            (NoteKind::LinkTypeUnsupported, "packets of a link type that is not decoded"),
            (NoteKind::PacketUndecodable, "packets that could not be decoded"),
            (NoteKind::TunnelsTooDeep, "packets with more tunnels in each other than are followed"),
            (NoteKind::IpFragment, "IP fragments whose packet is not complete in the capture"),
            (NoteKind::FragmentsOverlap, "IP fragments that overlap others of the same packet"),
            (NoteKind::FragmentCeiling, "fragmented IP packets given up because too many were incomplete at once"),
            (NoteKind::ConflictingOverlap, "retransmissions with other bytes than the first copy"),
        ] {
            let count = analysis.notes.of(kind);
            if count > 0 {
                writeln!(self.out, "! {count} {what}")?;
            }
        }
        let twice = analysis.notes.of(NoteKind::CapturedTwice);
        if twice > 0 {
            writeln!(self.out, "{} captured twice, counted as one where attempts are counted", plural(twice, "packet"))?;
        }
        Ok(())
    }

    /// The verdicts, then each finding in a line.
    fn findings(&mut self, analysis: &Analysis) -> io::Result<()> {
        for verdict in &analysis.verdicts {
            writeln!(self.out)?;
            let text = format!("{} {}", verdict.text, some_packets(verdict.origin.ranges().iter().copied()));
            for line in wrapped(&text, WIDTH) {
                writeln!(self.out, "{line}")?;
            }
        }
        if analysis.findings.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\nFindings (`rvpscope explain CODE` says more)")?;
        for finding in &analysis.findings {
            let (mark, start, stop) = match (finding.severity, self.style.colour) {
                (Severity::Error, true) => ('!', "\x1b[31m", "\x1b[0m"),
                (Severity::Error, false) => ('!', "", ""),
                (Severity::Warning | Severity::Info, _) => (' ', "", ""),
            };
            let session = finding.session.map_or_else(String::new, |session| format!(", session {}", session.0));
            let times = if finding.count > 1 { format!("{} × ", finding.count) } else { String::new() };
            let inferred = if finding.certainty == Certainty::Inferred { " (inferred)" } else { "" };
            let because = finding.caused_by.map_or_else(String::new, |code| format!(", because of {code}"));
            let seen = if finding.seen.is_empty() { String::new() } else { format!(": {}", finding.seen) };
            let (code, severity) = (finding.meta.code, finding.severity.as_str());
            let first = format!(
                "{start}{mark} {code} {severity:<7} {times}{}{inferred}{because}{seen} {}{session}{stop}",
                finding.title,
                some_packets(finding.origin.ranges())
            );
            for (index, line) in wrapped(&first, WIDTH).into_iter().enumerate() {
                writeln!(self.out, "{}{line}", if index == 0 { "" } else { "                   " })?;
            }
        }
        Ok(())
    }

    fn sessions(&mut self, sessions: &[Session]) -> io::Result<()> {
        if sessions.is_empty() {
            return writeln!(self.out, "\nNo RVP session in this capture.");
        }
        writeln!(self.out, "\nSessions")?;
        let mut text = String::new();
        for session in sessions {
            text.clear();
            line(&mut text, session);
            writeln!(self.out, "  {text}")?;
            for cycle in &session.polling {
                writeln!(self.out, "       {}", polling::line(cycle))?;
            }
        }
        Ok(())
    }

    fn timeline(&mut self, digits: u8) -> io::Result<()> {
        let mut events = std::mem::take(&mut self.events);
        events.sort();
        let Some(first) = events.iter().next() else { return Ok(()) };
        let mut day = first.at.rfc3339(0).split('T').next().unwrap_or_default().to_owned();
        let who = width(events.iter().map(|event| event.who), WHO);
        let summary = width(events.iter().map(|event| event.summary), SUMMARY);
        let outcome = width(events.iter().map(|event| event.outcome), OUTCOME);
        writeln!(self.out, "\nTimeline, {day} (UTC)")?;
        for event in events.iter() {
            let today = event.at.rfc3339(0).split('T').next().unwrap_or_default().to_owned();
            if today != day {
                writeln!(self.out, "{today}")?;
                day = today;
            }
            let (mark, start, stop) = match (event.tone, self.style.colour) {
                (Tone::Normal, _) => (' ', "", ""),
                (Tone::Failed, true) => ('!', "\x1b[31m", "\x1b[0m"),
                (Tone::Failed, false) => ('!', "", ""),
                (Tone::Unknown, true) => ('?', "\x1b[33m", "\x1b[0m"),
                (Tone::Unknown, false) => ('?', "", ""),
            };
            writeln!(
                self.out,
                "{start}{mark} {}  {:<who$}  {:<summary$}  {:<outcome$}  {}{stop}",
                event.at.clock(digits),
                event.who,
                event.summary,
                event.outcome,
                packets(event.origin.ranges())
            )?;
        }
        Ok(())
    }
}

impl Sink for Text<'_> {
    fn event(&mut self, event: Event, _time_digits: u8) -> io::Result<()> {
        self.events.push(&event);
        Ok(())
    }

    fn kept(&self) -> (usize, usize) {
        (self.events.len(), self.events.bytes())
    }

    fn analysis(&mut self, analysis: &Analysis, _evidence: &dyn Evidence) -> io::Result<()> {
        if self.written {
            writeln!(self.out)?;
        }
        self.written = true;
        self.head(analysis)?;
        self.findings(analysis)?;
        self.sessions(&analysis.sessions)?;
        self.timeline(analysis.time_digits())
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lines of at most `width` characters, broken between words.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::with_capacity(text.len().min(width))];
    // How wide the last of them is.
    let mut used = 0;
    // Of plain text each byte is a character.
    let plain = is_plain(text);
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        let own = if plain { word.len() } else { word.chars().count() };
        if !line.is_empty() && used + 1 + own > width {
            lines.push(word.to_owned());
            used = own;
        } else {
            if !line.is_empty() || word.is_empty() {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += own;
        }
    }
    lines
}

/// What a filter hid, if there was one; printable.
pub(super) fn hidden(analysis: &Analysis) -> Option<String> {
    let Selected { expression, hidden_events, hidden_sessions, hidden_findings } = analysis.selected.as_ref()?;
    let (events, sessions) = (plural(*hidden_events, "event"), plural(*hidden_sessions, "session"));
    let findings = plural(*hidden_findings, "finding");
    Some(format!("filter {}: {events}, {sessions} and {findings} hidden; the sums are of all", printable(expression)))
}

/// A capture in a line; printable.
pub(super) fn describe(capture: &CaptureRecord) -> String {
    let time = match (capture.first, capture.last) {
        (Some(first), Some(last)) => format!(", {} from {}", last.since(first), first.rfc3339(0)),
        _ => String::new(),
    };
    let links = capture.link_types.join(", ");
    let format = capture.compression.map_or_else(|| capture.format.clone(), |name| format!("{} in {name}", capture.format));
    format!("{}: {format} ({links}), {}{time}", printable(&capture.path), plural(capture.packets, "packet"))
}

/// Writes a session in a line.
fn line(text: &mut String, session: &Session) {
    let who = session.principal.as_ref().map_or(Cow::Borrowed("principal unknown"), |principal| printable(principal.as_str()));
    let _ = write!(text, "{:>3}  {who} at {} on ", session.id.0, session.client);
    let _ = match session.server {
        Some(server) => write!(text, "{server}"),
        None => write!(text, "a server that is not in the capture"),
    };
    if let Some(authentication) = &session.about().authentication {
        text.push_str(", ");
        text.push_str(&printable(authentication));
    }
    if let Some(name) = &session.about().authenticated_as {
        text.push_str(" as ");
        text.push_str(&printable(name));
    }
    let delivered = session.callbacks.iter().filter(|callback| callback.outcome == Outcome::Delivered).count();
    let unknown = session.callbacks.iter().filter(|callback| callback.outcome == Outcome::Unknown).count();
    let failed = session.callbacks.len() - delivered - unknown;
    if !session.callbacks.is_empty() {
        let all = plural(session.callbacks.len() as u64, "callback");
        let _ = write!(text, ": {failed} of {all} failed");
    }
}

pub(super) const fn words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::HttpError => "answered with an error",
        Outcome::NoReply => "without a reply",
        Outcome::Unknown => "not visible",
        other => other.as_str(),
    }
}

pub(super) fn plural(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// `3 delivered, 1 refused`, without the zeros.
pub(super) fn counts(pairs: impl Iterator<Item = (String, u64)>) -> String {
    let parts: Vec<String> = pairs.filter(|(_, count)| *count > 0).map(|(what, count)| format!("{count} {what}")).collect();
    parts.join(", ")
}

pub(super) fn listed(counts: &str) -> String {
    if counts.is_empty() { String::new() } else { format!(": {counts}") }
}

fn width<'t>(cells: impl Iterator<Item = &'t str>, ceiling: usize) -> usize {
    cells.map(|cell| cell.chars().count()).filter(|width| *width <= ceiling).max().unwrap_or_default()
}

/// The first packets that prove something; all are in the JSON document.
pub(super) fn some_packets(ranges: impl Iterator<Item = PacketRange>) -> String {
    const SHOWN: usize = 6;
    let all = packets(ranges);
    match all.match_indices(' ').nth(SHOWN - 1) {
        Some((end, _)) => format!("{} …", all.get(..end).unwrap_or(&all)),
        None => all,
    }
}

/// `#12-14 #20`; the capture's index only where there is more than one.
pub(super) fn packets(ranges: impl Iterator<Item = PacketRange>) -> String {
    let ranges = ranges.map(|range| {
        let capture = if range.capture == 0 { String::new() } else { format!("{}:", range.capture) };
        if range.first == range.last { format!("#{capture}{}", range.first) } else { format!("#{capture}{}-{}", range.first, range.last) }
    });
    ranges.collect::<Vec<_>>().join(" ")
}
