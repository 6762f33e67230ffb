//! The ladder as a picture: SVG that stands alone or within a page.
//!
//! Times stand at the left, packet numbers at the right. What failed is dashed, has a cross and a colour; what the capture cannot show is dotted
//! and has a question mark. Each row has a title that says all of it in a sentence, for those who point at it and for those who hear it.

use super::ladder::{Column, Ladder, Lease, Row, Step};
use super::text::packets;
use crate::base::text::shortened;
use crate::session::event::Tone;
use maud::{Markup, html};
use std::ops::Range;

/// How it looks; colours come from the variables of the page around it, or of [`ALONE`].
pub(super) const STYLE: &str = include_str!("drawing/ladder.css");

/// The colours of a picture that stands alone.
pub(super) const ALONE: &str = include_str!("drawing/colours.css");

/// Room for the times at the left.
const TIMES: f64 = 132.0;
/// Room for half a column's name beyond the outer columns.
const MARGIN: f64 = 100.0;
/// Room for the packet numbers at the right.
const PACKETS: f64 = 152.0;
/// The columns of a small ladder fill this width.
const WIDTH: f64 = 1120.0;
/// Two columns are never closer than a short label needs, nor farther apart than a long one.
const NEAR: f64 = 150.0;
const FAR: f64 = 420.0;
/// The names and up to two lines of addresses.
const HEAD: f64 = 58.0;
/// The height of a row.
const ROW: f64 = 36.0;
/// About how wide a character of a label is.
const CHARACTER: f64 = 5.7;
/// An attempt that does not arrive ends so far before the life line.
const SHORT: f64 = 34.0;

/// A drawn ladder and its size.
pub(super) struct Drawing {
    /// One below the other.
    pub(super) pieces: Vec<Markup>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Where things stand.
struct Plan<'l> {
    ladder: &'l Ladder,
    gap: f64,
    width: f64,
    digits: u8,
}

impl Plan<'_> {
    fn x(&self, column: usize) -> f64 {
        TIMES + MARGIN + column as f64 * self.gap
    }

    /// The lower end of the picture.
    fn bottom(&self) -> f64 {
        Self::y(self.ladder.rows.len() + usize::from(self.ladder.left_out > 0)) + 14.0
    }

    /// The upper end of a row.
    fn y(row: usize) -> f64 {
        HEAD + row as f64 * ROW
    }
}

/// Draws `ladder`, its times with `digits` digits after the second, in pieces of so many rows. `title` says what it is about.
pub(super) fn ladder(ladder: &Ladder, title: &str, digits: u8, rows_of_piece: usize) -> Drawing {
    let between = ladder.columns.len().saturating_sub(1) as f64;
    let gap = ((WIDTH - TIMES - PACKETS - 2.0 * MARGIN) / between.max(1.0)).clamp(NEAR, FAR);
    let width = (TIMES + 2.0 * MARGIN + between * gap + PACKETS).max(WIDTH);
    // More digits than microseconds would need a line of their own.
    let plan = Plan { ladder, gap, width, digits: digits.min(6) };
    let rows = ladder.rows.len();
    let starts = (0..rows.max(1)).step_by(rows_of_piece.max(1));
    let pieces = starts.map(|start| piece(&plan, start..start.saturating_add(rows_of_piece).min(rows), title)).collect();
    Drawing { pieces, width, height: plan.bottom() }
}

/// The rows `shown` as a picture; the first has the heads of the columns, the last says what is left out.
fn piece(plan: &Plan<'_>, shown: Range<usize>, title: &str) -> Markup {
    let ladder = plan.ladder;
    let (is_first, is_last) = (shown.start == 0, shown.end == ladder.rows.len());
    let top = if is_first { 0.0 } else { Plan::y(shown.start) };
    let bottom = if is_last { plan.bottom() } else { Plan::y(shown.end) };
    let (width, height) = (plan.width, bottom - top);
    let leases = ladder.leases.iter().filter(|lease| lease.first < shown.end && lease.last >= shown.start);
    html! {
        svg.ladder xmlns="http://www.w3.org/2000/svg" width=(n(width)) height=(n(height)) viewBox=(format!("0 {} {} {}", n(top), n(width), n(height))) {
            title { (title) @if !is_first { ", continued" } }
            @if is_first { desc { (described(ladder)) } }
            g.lines {
                @for column in 0..ladder.columns.len() {
                    line x1=(n(plan.x(column))) x2=(n(plan.x(column))) y1=(n(top.max(HEAD - 6.0))) y2=(n(if is_last { bottom - 8.0 } else { bottom })) {}
                }
                @for lease in leases { (span(plan, lease)) }
            }
            @if is_first {
                @for (place, column) in ladder.columns.iter().enumerate() { (head(plan.x(place), column, plan.gap)) }
            }
            g.rows role="list" {
                @for (place, row) in ladder.rows.iter().enumerate().take(shown.end).skip(shown.start) { (one(plan, place, row)) }
            }
            @if is_last && ladder.left_out > 0 {
                text.more x=(n(width / 2.0)) y=(n(Plan::y(ladder.rows.len()) + 22.0)) {
                    (ladder.left_out) " more events are not drawn here"
                }
            }
        }
    }
}

/// What the picture shows, in a sentence.
fn described(ladder: &Ladder) -> String {
    let names: Vec<&str> = ladder.columns.iter().map(|column| column.name.as_str()).collect();
    format!("Who spoke to whom, in the order of time: {} rows between {}.", ladder.rows.len(), names.join(", "))
}

/// The head of a column: its name, and its addresses.
fn head(x: f64, column: &Column, gap: f64) -> Markup {
    let fit = ((gap - 14.0) / (CHARACTER + 1.0)) as usize;
    let addresses = column.addresses.join(", ");
    html! {
        g.head.server[column.server] {
            title { (column.name) @if !addresses.is_empty() { " at " (addresses) } }
            text.name x=(n(x)) y="20" { (shortened(&column.name, fit)) }
            @if let [first, others @ ..] = column.addresses.as_slice() {
                text.place x=(n(x)) y="35" { (first) }
                @if !others.is_empty() { text.place x=(n(x)) y="48" { (shortened(&format!("and {}", others.join(", ")), fit + 6)) } }
            }
        }
    }
}

/// How long a log-on was valid.
fn span(plan: &Plan<'_>, lease: &Lease) -> Markup {
    let (top, end) = (Plan::y(lease.first) + ROW / 2.0, Plan::y(lease.last) + ROW / 2.0);
    let name = plan.ladder.columns.get(lease.column).map_or("", |column| column.name.as_str());
    html! {
        rect.lease x=(n(plan.x(lease.column) - 4.0)) y=(n(top)) width="8" height=(n((end - top).max(6.0))) rx="2" {
            title { "log-on of " (name) " is valid" }
        }
    }
}

fn one(plan: &Plan<'_>, place: usize, row: &Row) -> Markup {
    let y = Plan::y(place);
    let all = packets(row.packets.ranges());
    let tone = match row.tone {
        Tone::Normal => "row",
        Tone::Failed => "row failed",
        Tone::Unknown => "row unknown",
    };
    html! {
        g class=(tone) role="listitem" {
            title { (sentence(plan, row, &all)) }
            @if !matches!(row.step, Step::Pause { .. }) {
                @let folded = matches!(row.step, Step::Cycle { .. });
                text.time x=(n(TIMES - 12.0)) y=(n(y + if folded { 15.0 } else { 21.0 })) { (row.at.clock(plan.digits)) }
                text.packets x=(n(plan.width - PACKETS + 14.0)) y=(n(y + 21.0)) { (shortened(&all, 18)) }
            }
            @match row.step {
                Step::Arrow { from, to, arrives } => (arrow(plan, y, row, (plan.x(from), plan.x(to)), arrives)),
                Step::Cycle { client, server, until } => {
                    text.time x=(n(TIMES - 12.0)) y=(n(y + 29.0)) { "– " (until.clock(plan.digits)) }
                    (cycle(plan, y, row, plan.x(client), server.map(|server| plan.x(server))))
                }
                Step::Note { on } => (note(plan, y, row, on)),
                Step::Pause { .. } => (pause(plan, y, row)),
            }
        }
    }
}

/// A row as a sentence.
fn sentence(plan: &Plan<'_>, row: &Row, packets: &str) -> String {
    let name = |column: usize| plan.ladder.columns.get(column).map_or("", |column| column.name.as_str());
    let at = row.at.clock(plan.digits);
    let who = match row.step {
        Step::Arrow { from, to, .. } => format!("{at} {} to {}: ", name(from), name(to)),
        Step::Cycle { client, until, .. } => format!("{at} until {} {}: ", until.clock(plan.digits), name(client)),
        Step::Note { on } => format!("{at} {}: ", name(on)),
        Step::Pause { .. } => return row.label.clone(),
    };
    let mark = match row.tone {
        Tone::Normal => "",
        Tone::Failed => " (failed)",
        Tone::Unknown => " (not visible)",
    };
    let outcome = if row.outcome.is_empty() { String::new() } else { format!(" = {}", row.outcome) };
    format!("{who}{}{outcome}{mark} {packets}", row.label)
}

/// The two lines of words around `x`, cut to `room`.
fn words(row: &Row, x: f64, y: f64, room: f64) -> Markup {
    let fit = (room / CHARACTER) as usize;
    html! {
        text.label x=(n(x)) y=(n(y + 14.0)) { (shortened(&row.label, fit)) }
        @if !row.outcome.is_empty() { text.outcome x=(n(x)) y=(n(y + 31.0)) { (shortened(&row.outcome, fit)) } }
    }
}

fn arrow(plan: &Plan<'_>, y: f64, row: &Row, (from, to): (f64, f64), arrives: bool) -> Markup {
    let line = y + 19.0;
    if (from - to).abs() < 1.0 {
        return bubble(row, from, y, plan.gap);
    }
    let towards = if to > from { 1.0 } else { -1.0 };
    // The life line of a log-on is wider than the line.
    let (start, end) = (from + towards * 5.0, if arrives { to - towards * 5.0 } else { to - towards * SHORT });
    let room = (to - from).abs().max(plan.gap) - 24.0;
    html! {
        line.shaft x1=(n(start)) x2=(n(end)) y1=(n(line)) y2=(n(line)) {}
        @if arrives { path.tip d=(format!("M{} {} l{} -4 v8 z", n(end), n(line), n(-towards * 8.0))) {} }
        @match row.tone {
            Tone::Normal => {}
            Tone::Failed => (cross(end - towards * if arrives { 20.0 } else { 0.0 }, line)),
            Tone::Unknown => text.mark x=(n(end - towards * 16.0)) y=(n(line + 4.0)) { "?" },
        }
        (words(row, f64::midpoint(from, to), y, room))
    }
}

fn cross(x: f64, y: f64) -> Markup {
    html! { path.cross d=(format!("M{} {} l10 10 m0 -10 l-10 10", n(x - 5.0), n(y - 5.0))) {} }
}

/// Polls, as a band between the two.
fn cycle(plan: &Plan<'_>, y: f64, row: &Row, client: f64, server: Option<f64>) -> Markup {
    let other = server.unwrap_or(client + plan.gap / 2.0);
    let (left, right) = (client.min(other), client.max(other));
    html! {
        rect.cycle x=(n(left)) y=(n(y + 2.0)) width=(n((right - left).max(20.0))) height=(n(ROW - 4.0)) rx="3" {}
        (words(row, f64::midpoint(left, right), y, (right - left).max(plan.gap) - 16.0))
    }
}

fn note(plan: &Plan<'_>, y: f64, row: &Row, on: usize) -> Markup {
    bubble(row, plan.x(on), y, plan.gap)
}

/// Words on a life line.
fn bubble(row: &Row, x: f64, y: f64, gap: f64) -> Markup {
    let longest = row.label.chars().count().max(row.outcome.chars().count()) as f64 * CHARACTER + 16.0;
    let room = longest.clamp(60.0, (2.0 * MARGIN).max(gap) - 8.0);
    html! {
        rect.note x=(n(x - room / 2.0)) y=(n(y + 2.0)) width=(n(room)) height=(n(ROW - 4.0)) rx="3" {}
        (words(row, x, y, room - 6.0))
    }
}

fn pause(plan: &Plan<'_>, y: f64, row: &Row) -> Markup {
    let (left, right) = (TIMES, plan.width - PACKETS);
    html! {
        line.pause x1=(n(left)) x2=(n(right)) y1=(n(y + ROW / 2.0)) y2=(n(y + ROW / 2.0)) {}
        text.pause x=(n(f64::midpoint(left, right))) y=(n(y + ROW / 2.0 + 4.0)) { (row.label) }
    }
}

/// A coordinate with at most one digit after the point.
fn n(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}
