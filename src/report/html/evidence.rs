//! What was said in the exchanges behind a finding, as far as it is still to be had.

use super::{CELL, Page};
use crate::base::origin::{Origin, PacketId};
use crate::base::text::shortened;
use crate::report::text::packets;
use crate::session::transcript::{Evidence, Said, Start, Transcript};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// So many exchanges are shown for a finding: the first ones show what all of them do.
const SHOWN: usize = 3;

/// Exchanges are looked for at so many ranges of packets.
const RANGES: usize = 4;

/// So many characters of a body are shown.
const BODY: usize = 3000;

/// So many fields of a head are shown.
const FIELDS: usize = 40;

/// The exchanges, and which of them the page has shown.
pub(super) struct Exchanges<'p> {
    evidence: &'p dyn Evidence,
    digits: u8,
    prefix: &'p str,
    shown: BTreeSet<usize>,
}

impl<'p> Exchanges<'p> {
    pub(super) fn new(page: &'p Page<'_>) -> Self {
        Self { evidence: page.evidence, digits: page.digits, prefix: &page.id, shown: BTreeSet::new() }
    }
}

/// The first exchanges to which packets of `origin` belong. One that was shown before is linked to.
pub(super) fn of(exchanges: &mut Exchanges<'_>, origin: &Origin) -> Markup {
    let places = exchanges.evidence.places(&ends(origin));
    html! {
        @if !places.is_empty() {
            dt { "Exchanges" }
            dd {
                @for place in places.iter().copied().take(SHOWN) {
                    @if exchanges.shown.insert(place) {
                        (one(exchanges, place))
                    } @else {
                        p { a href=(format!("#{}x{place}", exchanges.prefix)) { "exchange " (place + 1) } ", which is shown above" }
                    }
                }
                @if places.len() > SHOWN { p.soft { (places.len() - SHOWN) " more exchanges near these packets are not shown here." } }
            }
        }
    }
}

/// The ends of the first ranges: who looks at every packet of a range that spans a whole capture reads all of it.
fn ends(origin: &Origin) -> Origin {
    let mut ends = Origin::default();
    for range in origin.ranges().iter().take(RANGES) {
        for number in [range.first, range.last] {
            ends.add(PacketId { capture: range.capture, number });
        }
    }
    ends
}

fn one(exchanges: &Exchanges<'_>, place: usize) -> Markup {
    let id = format!("{}x{place}", exchanges.prefix);
    match exchanges.evidence.exchange(place) {
        Err(gone) => html! { p id=(id) { "Exchange " (place + 1) ": " (gone) "." } },
        Ok(said) => html! {
            details.exchange id=(id) open {
                summary { (start(said.request.as_ref(), "request not in the capture")) " " span.soft { (start(said.response.as_ref(), "no answer")) } }
                p.soft {
                    "Exchange " (place + 1) @if said.callback { ", a callback" } ": from " (said.asker) " to " (said.answerer) " at " (said.at().clock(exchanges.digits))
                    " · " code { (shortened(&packets(said.origin.ranges()), CELL)) }
                }
                (both(&said))
            }
        },
    }
}

fn both(said: &Transcript) -> Markup {
    html! {
        div.said {
            @if let Some(request) = &said.request { (message(request, "Request")) }
            @if let Some(response) = &said.response { (message(response, "Answer")) }
        }
        @if let Some(why) = said.unanswered { p { "No complete answer: " (why.words()) "." } }
    }
}

/// A start line in short.
fn start(said: Option<&Said>, none: &str) -> String {
    said.map_or_else(|| none.to_owned(), |said| shortened(&line(&said.start), 100))
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

fn message(said: &Said, name: &str) -> Markup {
    let body: String = said.body.chars().take(BODY).collect();
    let rest = said.body.len() - body.len();
    html! {
        figure {
            figcaption { (name) }
            pre tabindex="0" {
                strong { (shortened(&line(&said.start), CELL * 2)) } "\n"
                @for (name, value) in said.fields.iter().take(FIELDS) { span.soft { (shortened(name, 80)) ":" } " " (shortened(value, CELL * 2)) "\n" }
                @if said.fields.len() > FIELDS { em { (said.fields.len() - FIELDS) " more fields\n" } }
                @if !said.head_complete { em { "the rest of the head is not in the capture\n" } }
                @if !body.is_empty() { "\n" (body.replace("\r\n", "\n")) }
                @if rest > 0 { "\n" em { "… and " (rest) " bytes more" } }
                @if let Some(cut) = said.cut { "\n" em { "The body is not complete: " (cut.words()) "." } }
            }
        }
    }
}
