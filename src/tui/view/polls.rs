//! Polling-like cycles: period, jitter, what the polls brought, and the beats as a line of strokes.

use super::{Areas, Sheet};
use crate::session::polling::PollCycle;
use crate::tui::app::App;
use crate::tui::theme::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Columns of the line of beats.
const BEATS: usize = 24;

pub(super) fn draw(app: &App, sheet: &Sheet, areas: &Areas, buffer: &mut Buffer) {
    let total = usize::from(areas.list.width);
    let wide = total >= 100;
    let beats = if wide { BEATS } else { 0 };
    let fixed = [9, 9, 6, 6, 6, 6, 6, 8, beats];
    let name = total.saturating_sub(fixed.iter().map(|width| width + 1).sum::<usize>() + 2).max(8);
    let widths: Vec<usize> = std::iter::once(name).chain(fixed).collect();
    let titles = ["Cycle (polling-like)", "Period", "Jitter", "Polls", "Missed", "Empty", "Brought", "Lost", "Waited", "Beats"];
    if areas.heading.height > 0 {
        line(sheet, buffer, areas.heading.y, &widths, titles.map(|title| (Role::Soft, title.to_owned())));
    }
    if app.cycle_count() == 0 {
        let why =
            if app.loaded().is_some_and(super::super::loaded::Loaded::is_complete) { "nothing looks like polling" } else { "reading ..." };
        sheet.put(buffer, (1, areas.list.y), total.saturating_sub(1), Role::Soft, why);
        return;
    }
    for (row, (session, cycle)) in app.cycles().skip(app.polls.top).take(usize::from(areas.list.height)).enumerate() {
        let y = areas.list.y + row as u16;
        let who = app.loaded().and_then(|loaded| loaded.rows.iter().find(|row| row.id == session)).map_or("", |row| &row.who);
        let method = crate::base::text::printable(&cycle.method);
        let span = |span: Option<crate::base::time::Span>| span.map_or_else(|| "-".to_owned(), |span| span.to_string());
        let count = |role: Role, count: u64| if count == 0 { (Role::Soft, "·".to_owned()) } else { (role, count.to_string()) };
        let cells = [
            (Role::Title, format!("{who} {method}")),
            (Role::Plain, span(cycle.period)),
            (Role::Soft, span(cycle.jitter)),
            (Role::Plain, cycle.polls.to_string()),
            count(Role::Odd, cycle.missed),
            count(Role::Plain, cycle.empty),
            count(Role::Good, cycle.carrying),
            count(Role::Bad, cycle.lost),
            (Role::Plain, span(cycle.waited.map(|waited| waited.max))),
            (Role::Soft, strokes(cycle, beats)),
        ];
        line(sheet, buffer, y, &widths, cells);
        if app.polls.top + row == app.polls.selected {
            sheet.select(buffer, Rect::new(areas.list.x, y, areas.list.width, 1));
            sheet.put(buffer, (areas.list.x, y), 1, Role::Selected, ">");
        }
    }
    sheet.position(app.polls.top, app.cycle_count(), areas.list, buffer);
}

fn line<const N: usize>(sheet: &Sheet, buffer: &mut Buffer, y: u16, widths: &[usize], cells: [(Role, String); N]) {
    let mut x = 2;
    for ((place, room), (role, text)) in widths.iter().enumerate().zip(cells) {
        sheet.cell(buffer, (x, y), *room, role, &text, (1..9).contains(&place));
        x += *room as u16 + 1;
    }
}

/// From the first poll to the last: `▂` where polls came in time, a gap where beats were missed, `x` where polls failed, `▇` where many came at once.
fn strokes(cycle: &PollCycle, room: usize) -> String {
    let length = cycle.last.since(cycle.first).nanos().max(1);
    let place = |at: crate::base::time::Timestamp| {
        let part = i128::from(at.since(cycle.first).nanos()) * (room.saturating_sub(1)) as i128 / i128::from(length);
        usize::try_from(part).unwrap_or_default().min(room.saturating_sub(1))
    };
    let mut line = vec!['▂'; room];
    let mut set = |from: usize, until: usize, c: char| line.iter_mut().take(until + 1).skip(from).for_each(|slot| *slot = c);
    for missed in &cycle.missed_at {
        set(place(missed.after) + 1, place(missed.until).saturating_sub(1), ' ');
    }
    for burst in &cycle.burst_list {
        set(place(burst.at), place(burst.at), '▇');
    }
    for failed in &cycle.failed {
        set(place(failed.at), place(failed.at), 'x');
    }
    line.into_iter().collect()
}
