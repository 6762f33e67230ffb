//! Verdicts and findings: the answers, each with what it is known from.

use super::Page;
use super::evidence::{self, Exchanges};
use crate::analysis::finding::{Certainty, Finding, Severity};
use crate::base::origin::Origin;
use crate::base::text::shortened;
use crate::report::text::packets;
use maud::{Markup, html};

/// So many findings are shown; the worst come first.
const MOST: usize = 500;

/// So many of them come with what was said, which is most of the size of a page.
const WITH_EVIDENCE: usize = 100;

/// Packet numbers are cut to so many characters.
const PACKETS: usize = 160;

/// Who was not reached and why.
pub(super) fn verdicts(page: &Page<'_>) -> Markup {
    let verdicts = &page.analysis.verdicts;
    html! {
        section aria-labelledby=(page.at("verdicts")) {
            h2 id=(page.at("verdicts")) { "Verdicts" }
            @if verdicts.is_empty() {
                p { "No client is seen to have been out of reach. What failed in other ways is among the findings." }
            }
            @for verdict in verdicts.iter().take(MOST) {
                div.verdict {
                    p { (verdict.text) }
                    p.soft { (page.session(verdict.session)) " · " (numbers(&verdict.origin)) }
                }
            }
            @if verdicts.len() > MOST { p.more { (verdicts.len() - MOST) " more verdicts are not shown here; the JSON document has all." } }
        }
    }
}

/// What was found, the worst first.
pub(super) fn findings(page: &Page<'_>) -> Markup {
    let findings = &page.analysis.findings;
    let mut exchanges = Exchanges::new(page);
    html! {
        section aria-labelledby=(page.at("findings")) {
            h2 id=(page.at("findings")) { "Findings" }
            @if findings.is_empty() { p { "Nothing was found." } }
            @for (place, finding) in findings.iter().take(MOST).enumerate() {
                (one(page, finding, (place < WITH_EVIDENCE).then_some(&mut exchanges)))
            }
            @if findings.len() > MOST { p.more { (findings.len() - MOST) " more findings are not shown here; the JSON document has all." } }
        }
    }
}

fn one(page: &Page<'_>, finding: &Finding, exchanges: Option<&mut Exchanges<'_>>) -> Markup {
    let meta = finding.meta;
    html! {
        details.finding {
            summary {
                (badge(finding.severity)) " "
                span.what {
                    @if finding.count > 1 { (finding.count) " × " }
                    (finding.title)
                    @if finding.certainty == Certainty::Inferred { " (inferred)" }
                }
                " " span.soft { (meta.code) @if let Some(session) = finding.session { " · session " (session.0) } " · " (page.clock(finding.at)) }
            }
            dl {
                @if !finding.seen.is_empty() { dt { "Seen" } dd { (finding.seen) } }
                dt { "What it means" } dd { (prose(meta.meaning)) }
                dt { "What to do" } dd { (prose(meta.remedy)) }
                @if let Some(code) = finding.caused_by { dt { "Because of" } dd { (code) } }
                dt { "How it is known" }
                dd { @if finding.certainty == Certainty::Seen { "Packets show it." } @else { "It follows from what packets show; the meaning says how." } }
                dt { "Packets" } dd { (numbers(&finding.origin.unpack())) @if let Some(session) = finding.session { ", " (page.session(session)) } }
                dt { "Sources" } dd { @for source in meta.sources { div { (source) } } }
                @if let Some(exchanges) = exchanges { (evidence::of(exchanges, &finding.origin.unpack())) }
            }
        }
    }
}

/// Prose, in which commands stand between backticks.
fn prose(text: &str) -> Markup {
    html! { @for (place, part) in text.split('`').enumerate() { @if place % 2 == 1 { code { (part) } } @else { (part) } } }
}

/// How bad it is, in a word, a sign and a colour.
fn badge(severity: Severity) -> Markup {
    let (class, sign) = match severity {
        Severity::Error => ("badge bad", "✕"),
        Severity::Warning => ("badge odd", "!"),
        Severity::Info => ("badge", "i"),
    };
    html! { span class=(class) { span aria-hidden="true" { (sign) } " " (severity.as_str()) } }
}

/// The packet numbers.
pub(super) fn numbers(origin: &Origin) -> Markup {
    let all = packets(origin.ranges().iter().copied());
    html! { code { (shortened(&all, PACKETS)) } }
}
