//! The timeline as a list: when, who, what, how it came out, and the packets.

use super::{Areas, Sheet, fitted};
use crate::base::text::width;
use crate::base::time::Timestamp;
use crate::report::packets;
use crate::session::event::{Event, Tone};
use crate::tui::app::{App, Clock, role, sign};
use crate::tui::theme::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The time of an event as it is shown: so many columns are enough.
pub(super) const TIME: usize = 15;

/// Who.
const WHO: usize = 12;

/// From so many columns on the packets have their own.
const PACKETS_FROM: usize = 100;
const PACKETS: usize = 16;

/// When `event`, which stands at `place`, began.
pub(super) fn time(app: &App, event: &Event, place: usize) -> String {
    let Some(loaded) = app.loaded() else { return String::new() };
    let at = |place: usize| app.shown.get(place).and_then(|place| loaded.events.get(*place)).map(|event| event.at);
    let since = |other: Option<Timestamp>| other.map_or_else(String::new, |other| format!("+{}", event.at.since(other)));
    match app.clock {
        Clock::Absolute => event.at.clock(loaded.digits.min(6)),
        Clock::Relative => since(at(0)),
        Clock::Delta => since(place.checked_sub(1).and_then(at)),
    }
}

pub(super) fn draw(app: &App, sheet: &Sheet, areas: &Areas, buffer: &mut Buffer) {
    let total = usize::from(areas.list.width);
    let packets_room = if total >= PACKETS_FROM { PACKETS } else { 0 };
    // A fifth for the outcome: it is what one looks for.
    let rest = total.saturating_sub(2 + TIME + 1 + WHO + 1 + packets_room + 1);
    let outcome_room = (rest * 2 / 5).min(44);
    let summary_room = rest.saturating_sub(outcome_room + 1);
    let widths = [TIME, WHO, summary_room, outcome_room, packets_room];
    if areas.heading.height > 0 {
        let clock = match app.clock {
            Clock::Absolute => "Time (UTC)",
            Clock::Relative => "Since the first",
            Clock::Delta => "Since before",
        };
        line(sheet, buffer, (areas.heading.x + 2, areas.heading.y), widths, [clock, "Who", "What", "Outcome", "Packets"], [Role::Soft; 5]);
    }
    let Some(loaded) = app.loaded() else { return };
    if app.shown.is_empty() {
        let why =
            if loaded.events.is_empty() && !loaded.is_complete() { "reading ..." } else { "no event is shown; F takes the filter away" };
        sheet.put(buffer, (areas.list.x + 1, areas.list.y), total.saturating_sub(1), Role::Soft, why);
    }
    for (row, place) in app.shown.iter().skip(app.events.top).take(usize::from(areas.list.height)).enumerate() {
        let Some(event) = loaded.events.get(*place) else { continue };
        let number = app.events.top + row;
        let y = areas.list.y + row as u16;
        let role = role(event.tone);
        let summary = if event.tone == Tone::Failed { role } else { Role::Plain };
        let cells = [&*time(app, event, number), &event.who, &event.summary, &event.outcome, &packets(event.origin.ranges())];
        line(sheet, buffer, (areas.list.x + 2, y), widths, cells, [Role::Soft, Role::Title, summary, role, Role::Soft]);
        let selected = number == app.events.selected;
        if selected {
            sheet.select(buffer, Rect::new(areas.list.x, y, areas.list.width, 1));
        }
        sheet.put(buffer, (areas.list.x, y), 2, if selected { Role::Selected } else { role }, sign(event.tone));
    }
    sheet.position(app.events.top, app.shown.len(), areas.list, buffer);
}

fn line(sheet: &Sheet, buffer: &mut Buffer, (mut x, y): (u16, u16), widths: [usize; 5], cells: [&str; 5], roles: [Role; 5]) {
    for ((room, text), role) in widths.into_iter().zip(cells).zip(roles) {
        if room > 0 {
            sheet.cell(buffer, (x, y), room, role, text, false);
            x += room as u16 + 1;
        }
    }
}

/// Text in the middle of so many columns, between strokes.
pub(super) fn between(text: &str, room: usize, stroke: &str) -> String {
    let text = fitted(text, room.saturating_sub(2));
    if text.is_empty() {
        return stroke.repeat(room);
    }
    let rest = room.saturating_sub(width(&text) + 2);
    let left = rest / 2;
    format!("{} {text} {}", stroke.repeat(left), stroke.repeat(rest - left))
}
