//! The bars at the top (panels, capture, how far it was read) and at the bottom (keys, what is said, what is hidden).

use super::{Sheet, fitted};
use crate::base::text::{printable, width};
use crate::report::plural;
use crate::tui::app::App;
use crate::tui::keymap::{Action, KEYS, Panel};
use crate::tui::theme::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Where the names of the panels stand: from, until, which.
pub(super) fn tabs() -> Vec<(u16, u16, Panel)> {
    let mut x = 0;
    let tab = |(number, panel): (usize, Panel)| {
        let from = x;
        x += width(&label(number, panel)) as u16;
        (from, x, panel)
    };
    Panel::MAIN.into_iter().enumerate().map(tab).collect()
}

fn label(number: usize, panel: Panel) -> String {
    format!(" {} {} ", number + 1, panel.name())
}

pub(super) fn top(app: &App, sheet: &Sheet, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    buffer.set_style(area, sheet.style(Role::Bar));
    let open = if app.panel == Panel::Details { Panel::Timeline } else { app.panel };
    let mut x = 0;
    for (number, panel) in Panel::MAIN.into_iter().enumerate() {
        // Without colour the brackets say where one is.
        let text = if panel == open { format!("[{} {}]", number + 1, panel.name()) } else { label(number, panel) };
        let role = if panel == open { Role::Key } else { Role::Bar };
        x += sheet.put(buffer, (area.x + x, area.y), usize::from(area.width.saturating_sub(x)), role, &text);
    }
    let text = capture(app);
    let room = usize::from(area.width.saturating_sub(x + 2));
    if room > 6 {
        let text = fitted(&text, room);
        let at = area.right() - 1 - width(&text) as u16;
        sheet.put(buffer, (at, area.y), room, Role::Bar, &text);
    }
}

/// The capture, and how far it was read.
fn capture(app: &App) -> String {
    let Some(loaded) = app.loaded() else { return "nothing was read yet".to_owned() };
    let number = if app.analyses.len() > 1 { format!("{}/{} ", app.current + 1, app.analyses.len()) } else { String::new() };
    let name = loaded.name.rsplit('/').next().unwrap_or(&loaded.name);
    let state = match (loaded.is_complete(), loaded.size) {
        (true, _) => String::new(),
        (false, Some(size)) => format!("  reading {} %", loaded.read.saturating_mul(100) / size.max(1)),
        (false, None) => format!("  reading, {} MiB", loaded.read >> 20),
    };
    format!("{number}{name}{state}")
}

pub(super) fn bottom(app: &App, sheet: &Sheet, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    buffer.set_style(area, sheet.style(Role::Bar));
    let right = counts(app);
    let counts_room = width(&right) + 2;
    let room = usize::from(area.width).saturating_sub(counts_room);
    match &app.said {
        Some(Ok(text)) => drop(sheet.put(buffer, (area.x + 1, area.y), room, Role::Bar, &fitted(&printable(text), room))),
        Some(Err(text)) => drop(sheet.put(buffer, (area.x + 1, area.y), room, Role::Key, &fitted(&format!("✕ {}", printable(text)), room))),
        None => keys(app, sheet, area, room, buffer),
    }
    if usize::from(area.width) > counts_room {
        sheet.put(buffer, (area.right() - 1 - width(&right) as u16, area.y), counts_room, Role::Bar, &right);
    }
}

fn keys(app: &App, sheet: &Sheet, area: Rect, room: usize, buffer: &mut Buffer) {
    let mut x = 1;
    let useful = KEYS.iter().filter(|row| row.is_of(app.panel) && !row.short.is_empty());
    let has_back = |action: Action| action != Action::Back || !app.back.is_empty();
    for row in useful.filter(|row| has_back(row.action)) {
        let Some(key) = row.keys.first() else { continue };
        if usize::from(x) + width(key) + width(row.short) + 3 > room {
            break;
        }
        x += sheet.put(buffer, (area.x + x, area.y), room, Role::Key, key);
        x += sheet.put(buffer, (area.x + x, area.y), room, Role::Bar, &format!(" {}  ", row.short));
    }
}

/// How much is shown of how much: what is hidden is always counted.
fn counts(app: &App) -> String {
    let Some(loaded) = app.loaded() else { return String::new() };
    let (shown, all, what) = match app.panel {
        Panel::Sessions => (app.sorted.len(), loaded.rows.len(), "session"),
        Panel::Findings => return plural(app.finding_count() as u64, "finding"),
        Panel::Polls => return plural(app.cycle_count() as u64, "cycle"),
        _ => (app.shown.len(), loaded.events.len(), "event"),
    };
    let filter = if app.filter.is_some() { "filter: " } else { "" };
    if shown == all { plural(all as u64, what) } else { format!("{filter}{shown} of {}, {} hidden", plural(all as u64, what), all - shown) }
}
