//! An event, a verdict or a finding in lines: what it means, what is known of it, what was said, and the packets that prove it.

use super::App;
use crate::analysis::Analysis;
use crate::analysis::finding::{Certainty, Finding, Severity};
use crate::base::origin::Packed;
use crate::base::text::{printable, shortened};
use crate::base::time::Span;
use crate::report::{packets, wrapped};
use crate::rvp::principal::Principal;
use crate::session::event::{Event, Tone};
use crate::session::transcript::{Said, Start, Transcript};
use crate::tui::loaded::{Loaded, cites};
use crate::tui::theme::Role;

/// So many exchanges of an event are shown, and so many lines of a body; more is read in a report.
const EXCHANGES: usize = 8;
const LINES: usize = 2000;

/// A line: pieces of text, printable, and what each is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// From left to right.
    pub pieces: Vec<(Role, String)>,
}

impl Entry {
    fn new(role: Role, text: impl Into<String>) -> Self {
        Self { pieces: vec![(role, text.into())] }
    }

    /// A name and what it is.
    fn pair(name: &str, value: impl Into<String>) -> Self {
        Self { pieces: vec![(Role::Soft, format!("{name:<14}")), (Role::Plain, value.into())] }
    }

    /// All of it.
    pub fn text(&self) -> String {
        self.pieces.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// Text in lines of `width`, behind an indentation.
fn prose(entries: &mut Vec<Entry>, role: Role, indent: usize, text: &str, width: usize) {
    for line in wrapped(text, width.saturating_sub(indent).max(20)) {
        entries.push(Entry::new(role, " ".repeat(indent) + &line));
    }
}

fn heading(entries: &mut Vec<Entry>, text: impl Into<String>) {
    if !entries.is_empty() {
        entries.push(Entry::default());
    }
    entries.push(Entry::new(Role::Title, text));
}

/// How a tone is shown.
pub(crate) const fn role(tone: Tone) -> Role {
    match tone {
        Tone::Normal => Role::Plain,
        Tone::Failed => Role::Bad,
        Tone::Unknown => Role::Odd,
    }
}

/// The selected event, in lines of `width` columns.
pub fn details(app: &App, width: usize) -> Vec<Entry> {
    let (Some(loaded), Some(event)) = (app.loaded(), app.event()) else { return vec![Entry::new(Role::Soft, "no event is selected")] };
    let mut entries = Vec::new();
    prose(&mut entries, Role::Title, 0, &format!("{} {}", event.who, event.summary), width);
    if !event.outcome.is_empty() {
        prose(&mut entries, role(event.tone), 0, &format!("{}{}", sign(event.tone), event.outcome), width);
    }
    entries.push(Entry::default());
    known(&mut entries, event, loaded);
    if let Some(analysis) = &loaded.analysis {
        findings(&mut entries, event, analysis, width);
    }
    said(&mut entries, event, loaded, width);
    entries
}

/// What says without colour how it went.
pub(crate) const fn sign(tone: Tone) -> &'static str {
    match tone {
        Tone::Normal => "  ",
        Tone::Failed => "✕ ",
        Tone::Unknown => "? ",
    }
}

fn known(entries: &mut Vec<Entry>, event: &Event, loaded: &Loaded) {
    let detail = &event.detail;
    let mut pair = |name: &str, value: Option<String>| entries.extend(value.map(|value| Entry::pair(name, value)));
    let end = |end: Option<crate::base::address::Endpoint>| end.map(|end| end.to_string());
    let text = |text: Option<&str>| text.map(|text| printable(text).into_owned());
    pair("Time", Some(event.at.rfc3339(loaded.digits)));
    pair("Kind", Some(event.kind.as_str().to_owned()));
    pair(
        "Session",
        event.session.map(|id| match loaded.rows.iter().find(|row| row.id == id) {
            Some(row) => format!("{}, {}", id.0, row.who),
            None => id.0.to_string(),
        }),
    );
    pair("Method", detail.method.as_ref().map(|method| printable(method.as_str()).into_owned()));
    pair("Status", detail.status.map(|status| status.to_string()));
    pair("Client", end(detail.client));
    pair("Server", end(detail.server));
    pair("From", text(detail.from.as_ref().map(Principal::as_str)));
    pair("Node", text(detail.node.as_ref().map(Principal::as_str)));
    pair("Subscription", text(detail.subscription.as_deref()));
    pair("Call-Back", text(detail.call_back.as_deref()));
    pair("Callback", detail.callback.map(|outcome| crate::report::words(outcome).to_owned()));
    pair("Carries", text(detail.carries));
    pair("Took", detail.took.map(|took: Span| took.to_string()));
    pair("Packets", Some(numbers(&event.origin)));
}

fn numbers(origin: &Packed) -> String {
    shortened(&packets(origin.ranges()), 400)
}

fn findings(entries: &mut Vec<Entry>, event: &Event, analysis: &Analysis, width: usize) {
    let own: Vec<_> = event.origin.ranges().collect();
    let about: Vec<&Finding> = analysis.findings.iter().filter(|finding| cites(&finding.origin, &own)).take(EXCHANGES).collect();
    if about.is_empty() {
        return;
    }
    heading(entries, "Findings");
    for finding in about {
        finding_line(entries, finding, width);
        prose(entries, Role::Plain, 4, finding.meta.meaning, width);
    }
}

fn finding_line(entries: &mut Vec<Entry>, finding: &Finding, width: usize) {
    let (role, sign) = severity(finding.severity);
    let times = if finding.count > 1 { format!("{} × ", finding.count) } else { String::new() };
    let inferred = if finding.certainty == Certainty::Inferred { " (inferred)" } else { "" };
    prose(entries, role, 0, &format!("{sign} {times}{}{inferred} [{}]", finding.title, finding.meta.code), width);
}

/// Why the selected session was not reached, and what was found about it, in lines of `width` columns.
pub fn session_lines(app: &App, width: usize) -> Vec<Entry> {
    let mut entries = Vec::new();
    let (Some(id), Some(loaded)) = (app.selected_session(), app.loaded()) else { return entries };
    let Some(analysis) = &loaded.analysis else {
        return vec![Entry::new(Role::Soft, "verdicts and findings are there when the capture is read to its end")];
    };
    for verdict in analysis.verdicts.iter().filter(|verdict| verdict.session == id) {
        prose(&mut entries, Role::Plain, 0, &verdict.text, width);
    }
    for finding in analysis.findings.iter().filter(|finding| finding.session == Some(id)) {
        finding_line(&mut entries, finding, width);
    }
    if let Some(session) = loaded.session(id) {
        let principal = session.principal.as_ref().map_or("principal unknown", |principal| principal.as_str());
        entries.push(Entry::pair("Principal", printable(principal)));
        let presence: Vec<String> = session.presence.iter().map(|change| printable(change.state.as_str()).into_owned()).collect();
        if !presence.is_empty() {
            entries.push(Entry::pair("Presence", shortened(&presence.join(" → "), 200)));
        }
        let about = session.about();
        for (name, value) in
            [("Calls itself", &about.user_agent), ("Authentication", &about.authentication), ("As", &about.authenticated_as)]
        {
            entries.extend(value.as_deref().map(|value| Entry::pair(name, printable(value))));
        }
        for one in &*session.subscriptions {
            if let (true, Some(call_back)) = (one.is_log_on(), &one.call_back) {
                entries.push(Entry::pair("Call-Back", printable(call_back)));
            }
        }
    }
    entries
}

/// How bad it is, as a role and a sign.
pub(crate) const fn severity(severity: Severity) -> (Role, &'static str) {
    match severity {
        Severity::Error => (Role::Bad, "✕"),
        Severity::Warning => (Role::Odd, "!"),
        Severity::Info => (Role::Soft, "i"),
    }
}

/// What was said in the exchanges of an event.
fn said(entries: &mut Vec<Entry>, event: &Event, loaded: &Loaded, width: usize) {
    let Some(evidence) = loaded.evidence.as_deref() else {
        heading(entries, "What was said");
        entries.push(Entry::new(Role::Soft, "is read when the capture is at its end"));
        return;
    };
    let places = evidence.places(&event.origin.unpack());
    for place in places.iter().take(EXCHANGES) {
        match evidence.exchange(*place) {
            Ok(said) => exchange(entries, &said, width),
            Err(gone) => {
                heading(entries, "Exchange");
                entries.push(Entry::new(Role::Odd, gone.to_string()));
            }
        }
    }
    if places.is_empty() {
        heading(entries, "What was said");
        entries.push(Entry::new(Role::Soft, "nothing: these packets carry no request and no answer"));
    }
    if places.len() > EXCHANGES {
        entries.push(Entry::new(Role::Soft, format!("{} more exchanges have packets of this event", places.len() - EXCHANGES)));
    }
}

fn exchange(entries: &mut Vec<Entry>, said: &Transcript, width: usize) {
    let callback = if said.callback { ", a callback" } else { "" };
    heading(entries, format!("Request from {} to {}{callback}", said.asker, said.answerer));
    match &said.request {
        Some(request) => message(entries, request, width),
        None => entries.push(Entry::new(Role::Odd, "is not in the capture")),
    }
    heading(entries, "Answer");
    if let Some(response) = &said.response {
        message(entries, response, width);
    }
    if let Some(why) = said.unanswered {
        prose(entries, Role::Odd, 0, &format!("none that is complete: {}", why.words()), width);
    }
    entries.push(Entry::pair("Packets", numbers(&said.origin)));
}

fn message(entries: &mut Vec<Entry>, said: &Said, width: usize) {
    entries.push(Entry::new(Role::Plain, printable(&line(&said.start)).into_owned()));
    for (name, value) in &said.fields {
        entries.push(Entry { pieces: vec![(Role::Soft, format!("{}: ", printable(name))), (Role::Plain, printable(value).into_owned())] });
    }
    if !said.head_complete {
        entries.push(Entry::new(Role::Odd, "the rest of the head is not in the capture"));
    }
    if !said.body.is_empty() {
        entries.push(Entry::default());
        let body = laid_out(&said.body);
        for line in body.iter().take(LINES) {
            prose(entries, Role::Plain, 0, line, width);
        }
        if body.len() > LINES {
            entries.push(Entry::new(Role::Soft, format!("{} more lines; a report has them", body.len() - LINES)));
        }
    }
    if let Some(cut) = said.cut {
        prose(entries, Role::Odd, 0, &format!("the body is not complete: {}", cut.words()), width);
    }
}

fn line(start: &Start) -> String {
    match start {
        Start::Request { method, target, minor } => {
            let version = minor.map_or_else(String::new, |minor| format!(" HTTP/1.{minor}"));
            format!("{method} {target}{version}")
        }
        Start::Response { minor, status, reason } => format!("HTTP/1.{minor} {status} {reason}"),
    }
}

/// A body in lines. Of XML each element begins a line, further right the deeper it stands; nothing but line breaks and spaces is added.
fn laid_out(body: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let is_xml = body.trim_start().starts_with('<');
    let mut depth = 0_usize;
    for line in body.lines() {
        if !is_xml {
            lines.push(printable(line).into_owned());
            continue;
        }
        for part in line.replace("><", ">\n<").lines() {
            let closes = part.starts_with("</");
            depth = depth.saturating_sub(usize::from(closes));
            lines.push(" ".repeat(2 * depth.min(12)) + &printable(part));
            let opens = part.starts_with('<') && !closes && !part.starts_with("<?") && !part.starts_with("<!") && !part.ends_with("/>");
            depth += usize::from(opens && !part.contains("</"));
        }
    }
    lines
}

/// All that was said, to be searched.
pub(super) fn whole(said: &Transcript) -> String {
    let one = |said: &Said| {
        let fields = said.fields.iter().fold(String::new(), |all, (name, value)| all + name + ": " + value + "\n");
        line(&said.start) + "\n" + &fields + &said.body
    };
    said.request.iter().chain(&said.response).map(one).collect()
}

/// The verdict or finding at `place`, in lines of `width` columns.
pub fn finding_lines(app: &App, place: usize, width: usize) -> Vec<Entry> {
    let Some(analysis) = app.loaded().and_then(|loaded| loaded.analysis.as_ref()) else { return Vec::new() };
    let mut entries = Vec::new();
    if let Some(verdict) = analysis.verdicts.get(place) {
        prose(&mut entries, Role::Plain, 0, &verdict.text, width);
        entries.push(Entry::default());
        entries.push(Entry::pair("Session", verdict.session.0.to_string()));
        entries.push(Entry::pair("Packets", shortened(&packets(verdict.origin.ranges().iter().copied()), 400)));
        return entries;
    }
    let Some(finding) = place.checked_sub(analysis.verdicts.len()).and_then(|place| analysis.findings.get(place)) else { return entries };
    finding_line(&mut entries, finding, width);
    for (name, text) in [("Seen", finding.seen.as_str()), ("What it means", finding.meta.meaning), ("What to do", finding.meta.remedy)] {
        if !text.is_empty() {
            heading(&mut entries, name);
            prose(&mut entries, Role::Plain, 0, text, width);
        }
    }
    entries.push(Entry::default());
    if let Some(code) = finding.caused_by {
        entries.push(Entry::pair("Because of", code));
    }
    if let Some(session) = finding.session {
        entries.push(Entry::pair("Session", session.0.to_string()));
    }
    let known = if finding.certainty == Certainty::Seen { "packets show it" } else { "it follows from what packets show" };
    entries.push(Entry::pair("How it is known", known));
    entries.push(Entry::pair("Packets", numbers(&finding.origin)));
    for source in finding.meta.sources {
        prose(&mut entries, Role::Soft, 0, &format!("Source: {source}"), width);
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_stand_below_each_other() {
        let body = "<?xml version=\"1.0\"?>\r\n<a><b>text</b><c/><d><e>x</e></d></a>";
        assert_eq!(
            laid_out(body),
            ["<?xml version=\"1.0\"?>", "<a>", "  <b>text</b>", "  <c/>", "  <d>", "    <e>x</e>", "  </d>", "</a>"]
        );
        assert_eq!(laid_out("no <xml>\n\u{1b}[2J"), ["no <xml>", "\\u{1b}[2J"]);
    }
}
