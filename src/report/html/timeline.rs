//! The timeline as tables. Many small ones, so that a browser lays out only what is in sight.

use super::{CELL, Page};
use crate::base::text::shortened;
use crate::report::markup::put;
use crate::report::text::packets;
use crate::session::event::{Event, Tone};
use maud::{Markup, html};
use std::io::{self, Write};

/// So many events stand in a table.
const TABLE: usize = 100;

/// So many events are shown. A page of more than that takes a browser seconds to read in; whoever needs all has the other formats.
const MOST: usize = 50_000;

/// Writes the section of all events.
pub(super) fn write(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let day = page.events.first().map_or_else(String::new, |event| event.at.rfc3339(0).split('T').next().unwrap_or_default().to_owned());
    let head = html! {
        h2 id=(page.at("timeline")) { "Timeline" }
        @if page.events.is_empty() { p { "There are no events." } } @else {
            p.soft { (page.events.len()) " events, times in UTC from " (day) " on. What failed is marked with ✕, what the capture cannot show with ?." }
            p.filter hidden {
                label { "Show only events with " input type="search" autocomplete="off" spellcheck="false"; } " " output {}
            }
        }
    };
    put(out, &format!("<section class=\"timeline\" aria-labelledby=\"{}timeline\">", page.id))?;
    put(out, &head.into_string())?;
    let mut number = 0;
    for events in page.events.get(..MOST.min(page.events.len())).unwrap_or_default().chunks(TABLE) {
        put(out, "\n")?;
        put(out, &table(page, events, number).into_string())?;
        number += events.len();
    }
    if page.events.len() > MOST {
        put(
            out,
            &html! { p.more { (page.events.len() - MOST) " later events are not shown here; csv and ndjson have them all." } }
                .into_string(),
        )?;
    }
    put(out, "\n</section>\n")
}

fn table(page: &Page<'_>, events: &[Event], before: usize) -> Markup {
    let from = events.first().map_or_else(String::new, |event| event.at.rfc3339(0));
    html! {
        // As high as its rows at one line each, until it is laid out.
        div.chunk style=(format!("--rows: {}", events.len() + 2)) {
            table {
                caption { "Events " (before + 1) " to " (before + events.len()) ", from " (from) }
                thead {
                    tr { th.mark scope="col" { span.hidden { "Mark" } } th.time scope="col" { "Time" } th.who scope="col" { "Who" } th scope="col" { "What" } th.outcome scope="col" { "Outcome" } th.packets scope="col" { "Packets" } }
                }
                tbody { @for event in events { (row(page, event)) } }
            }
        }
    }
}

fn row(page: &Page<'_>, event: &Event) -> Markup {
    let (class, sign, word) = mark(event.tone);
    html! {
        tr class=[class] {
            td.mark { @if let Some(sign) = sign { span title=(word) { (sign) } } }
            td { (page.clock(event.at)) }
            td {
                @let who = html! { (shortened(&event.who, 60)) };
                @if let Some(session) = event.session { (page.to_session(session, &who)) } @else { (who) }
            }
            td { (shortened(&event.summary, CELL)) }
            td { (shortened(&event.outcome, CELL)) }
            td { (shortened(&packets(event.origin.ranges()), 60)) }
        }
        "\n"
    }
}

/// The class of a row, and its sign with what that means.
pub(super) const fn mark(tone: Tone) -> (Option<&'static str>, Option<&'static str>, &'static str) {
    match tone {
        Tone::Normal => (None, None, ""),
        Tone::Failed => (Some("failed"), Some("✕"), "failed"),
        Tone::Unknown => (Some("unknown"), Some("?"), "not visible"),
    }
}
