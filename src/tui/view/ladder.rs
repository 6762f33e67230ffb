//! The timeline as a ladder: a column for each principal and server, an arrow for each event, two lines high.

use super::timeline::{TIME, between, time};
use super::{Areas, Sheet, fitted};
use crate::base::text::width;
use crate::report::ladder::{Ladder, Row, Step};
use crate::session::event::Tone;
use crate::tui::app::{App, role};
use crate::tui::theme::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Lines of a row.
const LINES: usize = 2;

/// Columns of the screen between two life lines, at least.
const GAP: usize = 16;

/// ... and at most: longer arrows are hard to follow.
const WIDEST: usize = 72;

/// Columns of the screen outside the outermost life lines.
const MARGIN: usize = 8;

/// The rows that are on the screen: the selected one in the middle, where there are that many before it.
fn window(app: &App, area: Rect) -> (usize, usize) {
    let (first, ladder) = &app.ladder;
    let rows = (usize::from(area.height) / LINES).max(1);
    let wanted = app.events.selected.checked_sub(*first);
    let here = ladder.rows.iter().position(|row| row.event.is_some() && row.event >= wanted).unwrap_or(ladder.rows.len().saturating_sub(1));
    let top = here.saturating_sub(rows / 2).min(ladder.rows.len().saturating_sub(rows));
    (top, rows)
}

/// The place among the events that are shown, of what stands on that line of the screen.
pub(super) fn place_at(app: &App, area: Rect, line: usize) -> Option<usize> {
    let (top, _) = window(app, area);
    let row = app.ladder.1.rows.get(top + line / LINES)?;
    Some(app.ladder.0 + row.event?)
}

/// Where the life lines stand.
struct Plan {
    xs: Vec<u16>,
    gap: usize,
    /// The first column that is shown: a wide ladder is moved so that the selected row's ends are on the screen.
    from: usize,
}

impl Plan {
    fn new(ladder: &Ladder, selected: Option<&Row>, area: Rect) -> Self {
        let room = usize::from(area.width).saturating_sub(TIME + 3);
        let count = ladder.columns.len().max(1);
        let fit = (room / GAP).clamp(1, count);
        // Notes stand half beside the outermost lines.
        let gap = if fit == 1 { room } else { (room - room.min(2 * MARGIN)) / (fit - 1) }.clamp(8, WIDEST);
        let ends = selected.map_or((0, 0), |row| ends(row, count));
        let from = ends.1.saturating_sub(fit - 1).min(ends.0).min(count - fit);
        let left = usize::from(area.x) + TIME + 2;
        let xs = (0..fit).map(|place| (left + if fit == 1 { gap / 2 } else { MARGIN + place * gap }) as u16).collect();
        Self { xs, gap, from }
    }

    fn x(&self, column: usize) -> Option<u16> {
        self.xs.get(column.checked_sub(self.from)?).copied()
    }
}

/// The outermost columns of a row.
fn ends(row: &Row, count: usize) -> (usize, usize) {
    match row.step {
        Step::Arrow { from, to, .. } => (from.min(to), from.max(to)),
        Step::Cycle { client, server, .. } => (client.min(server.unwrap_or(client)), client.max(server.unwrap_or(client))),
        Step::Note { on } => (on, on),
        Step::Pause { .. } => (0, count - 1),
    }
}

pub(super) fn draw(app: &App, sheet: &Sheet, areas: &Areas, buffer: &mut Buffer) {
    let (first, ladder) = &app.ladder;
    let area = areas.list;
    let (top, rows) = window(app, area);
    let selected = |row: &Row| row.event.is_some_and(|event| first + event == app.events.selected);
    let plan = Plan::new(ladder, ladder.rows.iter().skip(top).take(rows).find(|row| selected(row)), area);
    if areas.heading.height > 0 {
        heading(ladder, &plan, sheet, areas.heading, buffer);
    }
    for y in area.top()..area.bottom() {
        for x in &plan.xs {
            sheet.put(buffer, (*x, y), 1, Role::Line, "│");
        }
    }
    for (number, row) in ladder.rows.iter().enumerate().skip(top).take(rows) {
        let y = area.y + ((number - top) * LINES) as u16;
        // Whose log-on is valid has a stronger line.
        for lease in ladder.leases.iter().filter(|lease| (lease.first..=lease.last).contains(&number)) {
            if let Some(x) = plan.x(lease.column) {
                for line in 0..LINES as u16 {
                    sheet.put(buffer, (x, y + line), 1, Role::Title, "┃");
                }
            }
        }
        let place = row.event.map(|event| first + event);
        if let Some((place, event)) = place.zip(row.event.and_then(|event| app.loaded()?.events.get(*app.shown.get(first + event)?))) {
            let is_selected = place == app.events.selected;
            let text = time(app, event, place);
            sheet.put(buffer, (area.x + 2, y), TIME, Role::Soft, &fitted(&text, TIME));
            if is_selected {
                sheet.select(buffer, Rect::new(area.x, y, (TIME + 2) as u16, 1));
            }
            sheet.put(
                buffer,
                (area.x, y),
                2,
                if is_selected { Role::Selected } else { role(row.tone) },
                if is_selected { "> " } else { crate::tui::app::sign(row.tone) },
            );
        }
        step(row, &plan, sheet, y, area, buffer);
    }
    sheet.position(app.events.selected, app.shown.len(), area, buffer);
}

fn heading(ladder: &Ladder, plan: &Plan, sheet: &Sheet, area: Rect, buffer: &mut Buffer) {
    for (number, column) in ladder.columns.iter().enumerate() {
        let Some(x) = plan.x(number) else { continue };
        let address = column.addresses.first().filter(|address| !column.name.contains(address.as_str()));
        let more = if column.addresses.len() > 1 { "…" } else { "" };
        let name = address.map_or_else(|| column.name.clone(), |address| format!("{} {address}{more}", column.name));
        let name = if width(&name) < plan.gap { name } else { fitted(&column.name, plan.gap - 1) };
        let left = usize::from(x).saturating_sub(width(&name) / 2) as u16;
        sheet.put(buffer, (left, area.y), plan.gap, Role::Title, &name);
    }
    let hidden = ladder.columns.len().saturating_sub(plan.xs.len());
    if hidden > 0 {
        sheet.put(buffer, (area.x + 1, area.y), TIME, Role::Odd, &format!("{hidden} more columns"));
    }
}

fn step(row: &Row, plan: &Plan, sheet: &Sheet, y: u16, area: Rect, buffer: &mut Buffer) {
    let role = role(row.tone);
    match row.step {
        Step::Arrow { from, to, arrives } => match (plan.x(from), plan.x(to)) {
            (Some(from), Some(to)) if from != to => {
                let (left, right) = (from.min(to), from.max(to));
                let room = usize::from(right - left - 1);
                middle(sheet, buffer, (left, y), room, if row.tone == Tone::Failed { role } else { Role::Plain }, &row.label);
                let line = arrow(&row.outcome, room, to > from, row.tone, arrives);
                sheet.put(buffer, (left + 1, y + 1), room, role, &line);
            }
            (Some(x), _) | (_, Some(x)) => note(sheet, buffer, (x, y), plan.gap, role, row),
            (None, None) => {}
        },
        Step::Cycle { client, server, .. } => {
            let (Some(one), other) = (plan.x(client), server.and_then(|server| plan.x(server))) else { return };
            match other.filter(|other| *other != one) {
                Some(other) => {
                    let (left, room) = (one.min(other), usize::from(one.abs_diff(other) - 1));
                    middle(sheet, buffer, (left, y), room, Role::Plain, &row.label);
                    sheet.put(buffer, (left + 1, y + 1), room, role, &between(&row.outcome, room, "┄"));
                }
                None => note(sheet, buffer, (one, y), plan.gap, role, row),
            }
        }
        Step::Note { on } => {
            if let Some(x) = plan.x(on) {
                note(sheet, buffer, (x, y), plan.gap, role, row);
            }
        }
        Step::Pause { .. } => {
            let left = area.x + (TIME + 2) as u16;
            let room = usize::from(area.right().saturating_sub(left + 1));
            sheet.put(buffer, (left, y), room, Role::Soft, &between(&row.label, room, "·"));
        }
    }
}

/// An arrow of `room` columns with the outcome in it. One that does not arrive ends in the air; one that failed has a cross.
fn arrow(outcome: &str, room: usize, rightwards: bool, tone: Tone, arrives: bool) -> String {
    let stroke = match tone {
        Tone::Normal => "─",
        Tone::Failed => "╌",
        Tone::Unknown => "┈",
    };
    let head = match (tone, arrives, rightwards) {
        (Tone::Failed, false, _) => "✕",
        (Tone::Failed, true, true) => "✕▶",
        (Tone::Failed, true, false) => "◀✕",
        (Tone::Unknown, _, _) => "?",
        (Tone::Normal, _, true) => "▶",
        (Tone::Normal, _, false) => "◀",
    };
    let air = if arrives { 0 } else { (room / 4).min(6) };
    let shaft = between(outcome, room.saturating_sub(air + width(head)), stroke);
    if rightwards { format!("{shaft}{head}{}", " ".repeat(air)) } else { format!("{}{head}{shaft}", " ".repeat(air)) }
}

fn middle(sheet: &Sheet, buffer: &mut Buffer, (left, y): (u16, u16), room: usize, role: Role, text: &str) {
    let text = fitted(text, room);
    let indent = (room.saturating_sub(width(&text)) / 2) as u16;
    sheet.put(buffer, (left + 1 + indent, y), room, role, &text);
}

/// Words about one column.
fn note(sheet: &Sheet, buffer: &mut Buffer, (x, y): (u16, u16), gap: usize, role: Role, row: &Row) {
    for (line, text) in [&row.label, &row.outcome].into_iter().enumerate() {
        let text = fitted(text, gap.saturating_sub(2));
        if !text.is_empty() {
            let left = usize::from(x).saturating_sub(width(&text) / 2) as u16;
            sheet.put(buffer, (left, y + line as u16), gap, role, &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_tells_how_it_came_out() {
        assert_eq!(arrow("200", 11, true, Tone::Normal, true), "── 200 ───▶");
        assert_eq!(arrow("412", 11, false, Tone::Failed, true), "◀✕╌╌ 412 ╌╌");
        assert_eq!(arrow("REFUSED", 20, false, Tone::Failed, false), "     ✕╌╌ REFUSED ╌╌╌");
        assert_eq!(arrow("", 4, true, Tone::Unknown, true), "┈┈┈?");
        assert_eq!(arrow("a long outcome", 8, true, Tone::Normal, true), " a lo… ▶");
    }
}
