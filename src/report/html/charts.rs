//! Charts: callbacks over time by outcome, how long answers took, and polling.

use super::Page;
use super::strips::{self, Axis, LEFT, PLOT, ROW, Strip, n};
use crate::base::text::shortened;
use crate::base::time::{Span, Timestamp};
use crate::report::text::{plural, polling, words};
use crate::session::callback::Outcome;
use crate::session::event::{Event, EventKind};
use crate::session::polling::PollCycle;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The stretches of a time axis.
const BINS: usize = 60;

/// The upper ends of the stretches of a latency axis, in seconds; the last one is open.
const LATENCIES: [f64; 10] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, f64::INFINITY];

/// What stands at these ends.
const LATENCY_LABELS: [&str; 9] = ["1 ms", "3 ms", "10 ms", "30 ms", "0.1 s", "0.3 s", "1 s", "3 s", "10 s"];

/// So many methods and so many polling cycles are drawn.
const METHODS: usize = 8;
const CYCLES: usize = 30;

/// The section of all charts that have something to show.
pub(super) fn charts(page: &Page<'_>) -> Markup {
    let figures = [
        ("Callbacks over time", "How many callbacks began when, by how they came out.", callbacks(page)),
        (
            "How long answers took",
            "From the first byte of a request to the first byte of its answer; callbacks from their beginning.",
            latencies(page),
        ),
        (
            "Polling (polling-like)",
            "From the first poll to the last. ○ a poll that brought something, ✕ one that failed, dashed: beats were missed, ▲ a burst.",
            cycles(page),
        ),
    ];
    html! {
        section aria-labelledby=(page.at("charts")) {
            h2 id=(page.at("charts")) { "Charts" }
            @if figures.iter().all(|(_, _, chart)| chart.is_none()) { p { "There is too little to draw." } }
            @for (name, about, chart) in &figures {
                @if let Some(chart) = chart {
                    figure {
                        figcaption { strong { (name) } " " span.soft { (about) } }
                        div.wide tabindex="0" role="region" aria-label=(name) { (chart) }
                    }
                }
            }
        }
    }
}

fn callbacks(page: &Page<'_>) -> Option<Markup> {
    let callbacks = || page.events.iter().filter_map(|event| Some((event.at, event.detail.callback?)));
    let axis = Axis::of(page.events.iter().map(|event| event.at))?;
    let mut by_outcome: BTreeMap<Outcome, Vec<u64>> = BTreeMap::new();
    for (at, outcome) in callbacks() {
        let bins = by_outcome.entry(outcome).or_insert_with(|| vec![0; BINS]);
        if let Some(count) = bins.get_mut(axis.bin(at, BINS)) {
            *count += 1;
        }
    }
    let strip = |(outcome, bins): (Outcome, Vec<u64>)| {
        let count: u64 = bins.iter().sum();
        let most = bins.iter().copied().max().unwrap_or_default();
        let figures = format!("{count}, at most {most} in {}", axis.part(BINS as i64));
        Strip { name: words(outcome).to_owned(), bad: !matches!(outcome, Outcome::Delivered | Outcome::Unknown), bins, figures }
    };
    let strips: Vec<Strip> = by_outcome.into_iter().map(strip).collect();
    (!strips.is_empty()).then(|| strips::chart("Callbacks over time", &axis.labels(), &strips))
}

fn latencies(page: &Page<'_>) -> Option<Markup> {
    let mut by_name: BTreeMap<(bool, &str), Vec<Span>> = BTreeMap::new();
    for event in page.events {
        if let Some((key, took)) = latency(event) {
            by_name.entry(key).or_default().push(took);
        }
    }
    let strip = |((_, name), mut times): ((bool, &str), Vec<Span>)| {
        times.sort_unstable();
        let mut bins = vec![0; LATENCIES.len()];
        for took in &times {
            let bin = LATENCIES.iter().position(|end| took.seconds() < *end).unwrap_or_default();
            if let Some(count) = bins.get_mut(bin) {
                *count += 1;
            }
        }
        let at = |share: usize| times.get((times.len() * share / 100).min(times.len() - 1)).copied().unwrap_or_default();
        let figures = format!("{}: median {}, 95 % within {}, longest {}", times.len(), at(50), at(95), at(100));
        Strip { name: name.to_owned(), bad: false, bins, figures }
    };
    let strips: Vec<Strip> = by_name.into_iter().take(METHODS).map(strip).collect();
    let place = |index: usize| (index + 1) as f64 / LATENCIES.len() as f64;
    let labels: Vec<(f64, String)> = LATENCY_LABELS.iter().enumerate().map(|(index, label)| (place(index), (*label).to_owned())).collect();
    (!strips.is_empty()).then(|| strips::chart("How long answers took", &labels, &strips))
}

/// What answered, and how long that took; callbacks come first.
fn latency(event: &Event) -> Option<((bool, &str), Span)> {
    let took = event.detail.took.filter(|took| took.nanos() >= 0)?;
    match (event.detail.callback, &event.detail.method) {
        (Some(Outcome::Delivered | Outcome::HttpError), _) => Some(((false, "callbacks"), took)),
        (None, Some(method)) if event.detail.status.is_some() => Some(((true, method.as_str()), took)),
        _ => None,
    }
}

fn cycles(page: &Page<'_>) -> Option<Markup> {
    let all = || page.analysis.sessions.iter().flat_map(|session| session.polling.iter().map(move |cycle| (session, cycle)));
    let axis = Axis::of(all().flat_map(|(_, cycle)| [cycle.first, cycle.last]).chain(page.events.iter().map(|event| event.at)))?;
    let shown: Vec<_> = all().take(CYCLES).collect();
    if shown.is_empty() {
        return None;
    }
    let more = all().count() - shown.len();
    let drawn = html! {
        @for (place, (session, cycle)) in shown.iter().enumerate() {
            g {
                title { (polling::line(cycle)) }
                (strips::named(place, &format!("{} {}", super::sessions::who(session), shortened(&cycle.method, 14)), &figures(cycle)))
                (one(&axis, place, cycle))
                @for at in carrying(page, session.id, cycle) {
                    circle.carrying cx=(n(LEFT + axis.place(at) * PLOT)) cy=(n((place + 1) as f64 * ROW - 12.0)) r="3.5" {}
                }
            }
        }
    };
    Some(html! {
        (strips::frame("Polling", shown.len(), &axis.labels(), &drawn))
        @if more > 0 { p.more { (plural(more as u64, "more cycle")) " not drawn here; the sessions tell them." } }
    })
}

/// Beats, misses and waiting times.
fn figures(cycle: &PollCycle) -> String {
    let mut text = plural(cycle.polls, "poll");
    if let Some(period) = cycle.period {
        text = format!("{text}, every {period}");
    }
    if cycle.missed > 0 {
        text = format!("{text}, {} missed", cycle.missed);
    }
    if let Some(waited) = cycle.waited {
        text = format!("{text}, waited {} (max {})", waited.median, waited.max);
    }
    text
}

/// The polls of a cycle that brought something and are told singly.
fn carrying<'p>(
    page: &'p Page<'_>,
    session: crate::session::model::SessionId,
    cycle: &'p PollCycle,
) -> impl Iterator<Item = Timestamp> + 'p {
    let within = move |event: &&Event| event.kind == EventKind::Poll && event.session == Some(session) && event.detail.client.is_some();
    let good = |event: &&Event| event.detail.status.is_some_and(|status| status < 400);
    let own = move |event: &&Event| event.detail.method.as_ref().is_some_and(|method| method.as_str() == cycle.method);
    let during = |event: &&Event| (cycle.first..=cycle.last).contains(&event.at);
    page.events.iter().filter(within).filter(good).filter(own).filter(during).map(|event| event.at).take(2000)
}

fn one(axis: &Axis, place: usize, cycle: &PollCycle) -> Markup {
    let x = |at: Timestamp| LEFT + axis.place(at) * PLOT;
    let top = place as f64 * ROW + 11.0;
    let bar = |from: Timestamp, to: Timestamp| (n(x(from)), n((x(to) - x(from)).max(2.0)));
    let (start, width) = bar(cycle.first, cycle.last);
    html! {
        rect.beats x=(start) width=(width) y=(n(top)) height="14" rx="2" {}
        @for missed in &cycle.missed_at {
            @let (start, width) = bar(missed.after, missed.until);
            rect.missed x=(start) width=(width) y=(n(top)) height="14" { title { (plural(missed.beats, "beat")) " missed" } }
        }
        @for burst in &cycle.burst_list { path.burst d=(format!("M{} {} l4 8 h-8 z", n(x(burst.at)), n(top + 3.0))) {} }
        @for failed in &cycle.failed { path.cross d=(format!("M{} {} l7 7 m0 -7 l-7 7", n(x(failed.at) - 3.5), n(top + 3.5))) {} }
    }
}
