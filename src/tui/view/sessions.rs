//! The sessions, one line each.

use super::{Areas, Sheet};
use crate::tui::app::{App, COLUMNS, Column, session_lines};
use crate::tui::loaded::Row;
use crate::tui::theme::Role;
use ratatui::buffer::Buffer;

/// Columns that a narrow screen leaves out, the first one first.
const LESS: &[&str] = &["Server", "To", "Polls", "Client", "From", "Msgs"];

/// No name is cut below this, unless nothing else can be left out.
const NAME: usize = 14;

/// The columns that fit, and their widths.
fn columns(total: usize) -> Vec<(usize, &'static Column, usize)> {
    let mut shown: Vec<(usize, &Column)> = COLUMNS.iter().enumerate().collect();
    let fixed = |shown: &[(usize, &Column)]| shown.iter().map(|(_, column)| column.width + 1).sum::<usize>();
    for name in LESS {
        if fixed(&shown) + NAME + 2 <= total {
            break;
        }
        shown.retain(|(_, column)| column.name != *name);
    }
    let rest = total.saturating_sub(fixed(&shown) + 2).clamp(1, 60);
    shown.into_iter().map(|(number, column)| (number, column, if column.width == 0 { rest } else { column.width })).collect()
}

pub(super) fn draw(app: &App, sheet: &Sheet, areas: &Areas, buffer: &mut Buffer) {
    let columns = columns(usize::from(areas.list.width));
    let mut x = areas.heading.x + 2;
    for (number, column, room) in &columns {
        let mark = match (app.order.column == *number, app.order.reversed) {
            (false, _) => "",
            (true, false) => "▼",
            (true, true) => "▲",
        };
        if areas.heading.height > 0 {
            sheet.cell(buffer, (x, areas.heading.y), *room, Role::Soft, &format!("{}{mark}", column.name), column.right);
        }
        x += *room as u16 + 1;
    }
    let Some(loaded) = app.loaded() else {
        sheet.put(buffer, (1, areas.list.y), usize::from(areas.list.width), Role::Soft, "reading ...");
        return;
    };
    if let Some(error) = &loaded.error {
        sheet.put(
            buffer,
            (1, areas.list.y),
            usize::from(areas.list.width.saturating_sub(1)),
            Role::Bad,
            &format!("✕ {}", crate::base::text::printable(error)),
        );
        return;
    }
    if app.sorted.is_empty() {
        let why = match (loaded.is_complete(), loaded.rows.is_empty()) {
            (false, _) => "reading ...",
            (true, true) => "no session of RVP is in this capture; 5 shows what is",
            (true, false) => "the filter hides all sessions; F takes it away",
        };
        sheet.put(buffer, (1, areas.list.y), usize::from(areas.list.width.saturating_sub(1)), Role::Soft, why);
        return;
    }
    for (line, place) in app.sorted.iter().skip(app.sessions.top).take(usize::from(areas.list.height)).enumerate() {
        let Some(row) = loaded.rows.get(*place) else { continue };
        let y = areas.list.y + line as u16;
        let mut x = areas.list.x + 2;
        for (_, column, room) in &columns {
            let (role, text) = cell(column.name, row);
            sheet.cell(buffer, (x, y), *room, role, &text, column.right);
            x += *room as u16 + 1;
        }
        let selected = app.sessions.top + line == app.sessions.selected;
        if selected {
            sheet.select(buffer, ratatui::layout::Rect::new(areas.list.x, y, areas.list.width, 1));
        }
        let mark = match (selected, app.marked.contains(&row.id)) {
            (_, true) => "*",
            (true, false) => ">",
            (false, false) => " ",
        };
        sheet.put(buffer, (areas.list.x, y), 1, if selected { Role::Selected } else { Role::Marked }, mark);
    }
    sheet.position(app.sessions.top, app.sorted.len(), areas.list, buffer);
    if areas.beside.height > 0 {
        sheet.rule_above(areas.beside, "the selected session", buffer);
        sheet.text(&session_lines(app, areas.text_width()), 0, areas.beside, buffer);
    }
}

/// What stands in a cell.
fn cell(column: &str, row: &Row) -> (Role, String) {
    let count = |count: usize| if count == 0 { "·".to_owned() } else { count.to_string() };
    match column {
        "Principal" => (Role::Title, row.who.clone()),
        "Client" => (Role::Plain, row.client.clone()),
        "Server" => (Role::Soft, row.server.clone()),
        "From" => (Role::Soft, row.first.clock(0)),
        "To" => (Role::Soft, row.last.clock(0)),
        "Msgs" => (Role::Plain, count(row.messages)),
        "Reached" => (Role::Good, count(row.reached)),
        "Failed" if row.failed > 0 => (Role::Bad, format!("✕ {}", row.failed)),
        "Failed" => (Role::Soft, count(0)),
        "Polls" => (Role::Plain, count(row.polls as usize)),
        "Found" => row.worst.map_or((Role::Plain, String::new()), |worst| {
            let (role, sign) = crate::tui::app::severity(worst);
            (role, format!("{sign} {}", worst.as_str()))
        }),
        _ => (Role::Soft, row.id.0.to_string()),
    }
}
