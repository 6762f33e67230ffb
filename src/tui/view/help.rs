//! The keys of the present panel, from the table.

use super::Sheet;
use crate::base::text::width;
use crate::tui::app::App;
use crate::tui::keymap::KEYS;
use crate::tui::theme::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

pub(super) fn draw(app: &App, sheet: &Sheet, buffer: &mut Buffer) {
    let rows: Vec<(String, &str)> = KEYS.iter().filter(|row| row.is_of(app.panel)).map(|row| (row.keys.join(" "), row.about)).collect();
    let keys = rows.iter().map(|(keys, _)| width(keys)).max().unwrap_or_default();
    let widest = rows.iter().map(|(_, about)| width(about)).max().unwrap_or_default();
    let screen = buffer.area;
    // Two columns where one is too high.
    let high = usize::from(screen.height.saturating_sub(4)).max(1);
    let columns = rows.len().div_ceil(high).min(2);
    let high = rows.len().div_ceil(columns).min(high);
    let each = (keys + widest + 5).min(usize::from(screen.width.saturating_sub(2)) / columns);
    let area = Rect::new(0, 0, ((each * columns + 2) as u16).min(screen.width), (high as u16 + 3).min(screen.height));
    let area = Rect { x: (screen.width - area.width) / 2, y: (screen.height - area.height) / 2, ..area };
    Clear.render(area, buffer);
    let title = format!("─ Keys of {} ", app.panel.name());
    frame(sheet, area, &title, buffer);
    for (number, (names, about)) in rows.iter().enumerate() {
        let (column, line) = (number / high, number % high);
        let (x, y) = (area.x + 2 + (column * each) as u16, area.y + 1 + line as u16);
        if column < columns && y + 1 < area.bottom() {
            sheet.put(buffer, (x, y), keys.min(each), Role::Title, names);
            let room = each.saturating_sub(keys + 4);
            sheet.put(buffer, (x + keys as u16 + 2, y), room, Role::Plain, &super::fitted(about, room));
        }
    }
    sheet.put(buffer, (area.x + 2, area.bottom() - 1), usize::from(area.width.saturating_sub(4)), Role::Soft, " any key closes this ");
}

/// A border.
fn frame(sheet: &Sheet, area: Rect, title: &str, buffer: &mut Buffer) {
    let wide = usize::from(area.width.saturating_sub(2));
    for y in area.top()..area.bottom() {
        let (left, fill, right) = match y {
            y if y == area.top() => ("┌", "─", "┐"),
            y if y + 1 == area.bottom() => ("└", "─", "┘"),
            _ => ("│", " ", "│"),
        };
        sheet.put(buffer, (area.x, y), usize::from(area.width), Role::Line, &format!("{left}{}{right}", fill.repeat(wide)));
    }
    sheet.put(buffer, (area.x + 1, area.y), wide, Role::Title, title);
}
