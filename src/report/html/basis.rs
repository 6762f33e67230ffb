//! What the report rests on: the captures, what became of their packets and bytes, and what was odd.

use super::{CELL, Page};
use crate::base::note::NoteKind;
use crate::base::text::shortened;
use crate::base::time::Timestamp;
use crate::report::text::packets;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The last section.
pub(super) fn basis(page: &Page<'_>) -> Markup {
    html! {
        section aria-labelledby=(page.at("basis")) {
            h2 id=(page.at("basis")) { "Captures and ledger" }
            (captures(page))
            div.columns { (ledger(page)) (requests(page)) (connections(page)) }
            (notes(page))
        }
    }
}

fn captures(page: &Page<'_>) -> Markup {
    let time = |at: Option<Timestamp>, digits| at.map_or_else(|| "–".to_owned(), |at| at.rfc3339(digits));
    html! {
        h3 { "Captures" }
        div.wide {
            table {
                thead { tr {
                    @for name in ["", "File", "Format", "Packets", "Bytes", "First", "Last", "Lost while capturing", "Unreadable bytes"] { th scope="col" { (name) } }
                } }
                tbody {
                    @for (index, capture) in page.analysis.captures.iter().enumerate() {
                        tr {
                            td.number { (index) }
                            th scope="row" { (shortened(&capture.path, CELL)) }
                            td { (capture.format) @if let Some(name) = capture.compression { " in " (name) } " (" (capture.link_types.join(", ")) ")" }
                            td.number { (capture.packets) }
                            td.number { (capture.bytes) }
                            td { (time(capture.first, capture.time_digits)) }
                            td { (time(capture.last, capture.time_digits)) }
                            td.number { @if let Some(dropped) = capture.dropped { (dropped) } @else { "not said" } }
                            td.number { (capture.skipped_bytes) }
                        }
                    }
                }
            }
        }
        @for capture in &page.analysis.captures { @for damage in &capture.damage { p.bad { "✕ " (shortened(damage, CELL)) } } }
    }
}

/// A table of names and numbers.
fn sums<'n>(title: &str, rows: impl IntoIterator<Item = (&'n str, u64)>) -> Markup {
    html! {
        table.sums {
            caption { (title) }
            tbody { @for (name, count) in rows { tr { th scope="row" { (shortened(name, 60)) } td.number { (count) } } } }
        }
    }
}

fn ledger(page: &Page<'_>) -> Markup {
    let ledger = &page.analysis.ledger;
    let (packets, tcp, streams) = (&ledger.packets, &ledger.tcp_payload_bytes, &ledger.stream_bytes);
    let broken = ledger.check();
    html! {
        div {
            h3 { "Ledger" }
            (sums("Packets", [
                ("read", packets.read), ("with TCP", packets.tcp), ("ICMP about TCP", packets.icmp_about_tcp), ("other", packets.other),
                ("not decoded", packets.undecodable),
            ]))
            (sums("TCP payload bytes", [
                ("captured", tcp.captured), ("delivered in order", tcp.delivered), ("duplicate", tcp.duplicate), ("given up", tcp.discarded),
                ("missing from the capture", tcp.missing),
            ]))
            (sums("Bytes delivered", [("HTTP", streams.http), ("between messages", streams.http_skipped), ("no HTTP", streams.not_http)]))
            @if broken.is_empty() { p.soft { "All sums add up." } }
            @for sum in &broken { p.bad { "✕ " (sum) } }
        }
    }
}

fn requests(page: &Page<'_>) -> Markup {
    let requests = &page.analysis.totals.requests;
    let mut rows: BTreeMap<(&str, Option<u16>), u64> = BTreeMap::new();
    for (method, statuses) in requests {
        for (status, count) in statuses {
            rows.insert((method, *status), *count);
        }
    }
    html! {
        div {
            h3 { "Requests" }
            table.sums {
                caption { "By method and status" }
                thead { tr { th scope="col" { "Method" } th scope="col" { "Status" } th scope="col" { "Count" } } }
                tbody {
                    @for ((method, status), count) in &rows {
                        tr {
                            th scope="row" { (shortened(method, 40)) }
                            td { @if let Some(status) = status { (status) } @else { "no answer" } }
                            td.number { (count) }
                        }
                    }
                }
            }
        }
    }
}

fn connections(page: &Page<'_>) -> Markup {
    let analysis = page.analysis;
    let fates = analysis.fates.in_words().into_iter().filter(|(_, count)| *count > 0);
    html! {
        div {
            h3 { "Connections" }
            (sums("TCP connections", [("all", analysis.flows), ("with HTTP", analysis.totals.http_flows), ("of RVP", analysis.totals.rvp_flows)]))
            (sums("How they ended", fates))
            @if !analysis.totals.other_http.is_empty() {
                (sums("HTTP that is no RVP", analysis.totals.other_http.iter().map(|(name, count)| (*name, *count))))
            }
        }
    }
}

/// What a kind of note is called, in words.
fn name(kind: NoteKind) -> String {
    let name = serde_json::to_value(kind).unwrap_or_default();
    name.as_str().unwrap_or_default().replace('-', " ")
}

fn notes(page: &Page<'_>) -> Markup {
    let notes: Vec<_> = page.analysis.notes.iter().collect();
    html! {
        h3 { "What was odd" }
        @if notes.is_empty() { p { "Nothing." } } @else {
            table {
                caption { "Oddities of packets, streams and messages, with the packets of the first few" }
                thead { tr { th scope="col" { "What" } th scope="col" { "Count" } th scope="col" { "Packets" } } }
                tbody {
                    @for (kind, count, examples) in notes {
                        tr {
                            th scope="row" { (name(kind)) }
                            td.number { (count) }
                            td {
                                @for (place, note) in examples.iter().enumerate() {
                                    @if place > 0 { " · " }
                                    code { (shortened(&packets(note.origin.ranges().iter().copied()), 60)) }
                                    @if !note.detail.is_empty() { " " (shortened(&note.detail, 80)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
