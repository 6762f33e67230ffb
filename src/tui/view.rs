//! What the screen shows of the state. Drawing changes nothing; every text is printable when it comes here, or is made so.

mod bars;
mod findings;
mod help;
mod ladder;
mod polls;
mod prompt;
mod sessions;
mod summary;
mod timeline;

pub use summary::lines as summary_lines;

use super::app::{App, Entry};
use super::keymap::Panel;
use super::theme::{Role, Theme};
use crate::base::text::width;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// From so many columns on the details stand beside the timeline.
const WIDE: u16 = 130;

/// What is where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Areas {
    /// Names of the panels, and of the capture.
    pub top: Rect,
    /// The heading of a list; of no height where there is none.
    pub heading: Rect,
    /// The list or text itself.
    pub list: Rect,
    /// The text about what is selected; of no size where there is none.
    pub beside: Rect,
    /// Keys, and what is said.
    pub bottom: Rect,
}

impl Areas {
    /// Where everything of `app` is.
    pub fn of(app: &App) -> Self {
        let (columns, rows) = app.size;
        let line = |y: u16| Rect::new(0, y.min(rows), columns, u16::from(y < rows));
        let bottom = line(rows.saturating_sub(1).max(1));
        let heading_rows = u16::from(matches!(app.panel, Panel::Sessions | Panel::Timeline | Panel::Polls) && rows > 4);
        let body = Rect::new(0, 1 + heading_rows, columns, rows.saturating_sub(2 + heading_rows));
        let (mut list, mut beside) = (body, Rect::default());
        if app.panel == Panel::Timeline && columns >= WIDE {
            let right = columns * 2 / 5;
            list.width = columns - right - 1;
            beside = Rect::new(list.width + 1, body.y, right, body.height);
        }
        if matches!(app.panel, Panel::Findings | Panel::Sessions) && body.height > 8 {
            let below = if app.panel == Panel::Findings { body.height * 3 / 5 } else { body.height * 2 / 5 };
            list.height = body.height - below - 1;
            beside = Rect::new(0, body.y + list.height + 1, columns, below);
        }
        Self {
            top: line(0),
            heading: Rect::new(0, 1.min(rows), list.width, heading_rows.min(rows.saturating_sub(1))),
            list,
            beside,
            bottom,
        }
    }

    /// How many places of the list fit.
    pub fn page(&self, app: &App) -> usize {
        let rows = usize::from(self.list.height);
        if app.panel == Panel::Timeline && app.as_ladder { (rows / 2).max(1) } else { rows }
    }

    /// How wide the lines of a text are.
    pub fn text_width(&self) -> usize {
        let area = if self.beside.width > 0 { self.beside } else { self.list };
        usize::from(area.width.saturating_sub(2))
    }

    /// The panel whose name stands there.
    pub fn tab_at(&self, column: u16, row: u16) -> Option<Panel> {
        if row != self.top.y {
            return None;
        }
        bars::tabs().into_iter().find(|(from, until, _)| (*from..*until).contains(&column)).map(|(.., panel)| panel)
    }

    /// The place of the list that stands there.
    pub fn line_at(&self, app: &App, column: u16, row: u16) -> Option<usize> {
        let inside = self.list.contains((column, row).into());
        let line = usize::from(row.checked_sub(self.list.y)?);
        let (top, count) = match app.panel {
            Panel::Sessions => (app.sessions.top, app.sorted.len()),
            Panel::Timeline if app.as_ladder => return inside.then(|| ladder::place_at(app, self.list, line)).flatten(),
            Panel::Timeline => (app.events.top, app.shown.len()),
            Panel::Findings => (app.findings.top, app.finding_count()),
            Panel::Polls => (app.polls.top, app.cycle_count()),
            Panel::Details | Panel::Summary => return None,
        };
        Some(top + line).filter(|place| inside && *place < count)
    }
}

/// Draws everything.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let buffer = frame.buffer_mut();
    // The state knows the size from the last message; a screen that shrank since then is smaller.
    let areas = app.areas();
    let sheet = Sheet { theme: app.theme };
    bars::top(app, &sheet, areas.top, buffer);
    match app.panel {
        Panel::Sessions => sessions::draw(app, &sheet, &areas, buffer),
        Panel::Timeline if app.as_ladder => ladder::draw(app, &sheet, &areas, buffer),
        Panel::Timeline => timeline::draw(app, &sheet, &areas, buffer),
        Panel::Details => sheet.text(&super::app::details(app, areas.text_width()), app.details.top, areas.list, buffer),
        Panel::Findings => findings::draw(app, &sheet, &areas, buffer),
        Panel::Polls => polls::draw(app, &sheet, &areas, buffer),
        Panel::Summary => sheet.text(&summary::lines(app, areas.text_width()), app.summary.top, areas.list, buffer),
    }
    if app.panel == Panel::Timeline && areas.beside.width > 0 {
        sheet.rule(areas.beside, buffer);
        sheet.text(&super::app::details(app, areas.text_width()), app.details.top, areas.beside, buffer);
    }
    bars::bottom(app, &sheet, areas.bottom, buffer);
    if app.help {
        help::draw(app, &sheet, buffer);
    }
    if let Some(asked) = &app.prompt {
        let place = prompt::draw(asked, &sheet, areas.bottom, buffer);
        frame.set_cursor_position(place);
    }
}

/// Text in the colours of a theme.
struct Sheet {
    theme: Theme,
}

impl Sheet {
    fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Writes printable `text` at a place, at most `room` columns of it. Answers how many it took.
    fn put(&self, buffer: &mut Buffer, (x, y): (u16, u16), room: usize, role: Role, text: &str) -> u16 {
        if !buffer.area.contains((x, y).into()) {
            return 0;
        }
        let (end, _) = buffer.set_stringn(x, y, text, room, self.style(role));
        end - x
    }

    /// Writes a cell of a table: `text` in `room` columns, at the right if it is a number. What does not fit ends in `…`.
    fn cell(&self, buffer: &mut Buffer, (x, y): (u16, u16), room: usize, role: Role, text: &str, right: bool) {
        let text = fitted(text, room);
        let indent = if right { room.saturating_sub(width(&text)) } else { 0 };
        self.put(buffer, (x + indent as u16, y), room - indent, role, &text);
    }

    /// Lays the colours of a selected line over it.
    fn select(&self, buffer: &mut Buffer, area: Rect) {
        let area = area.intersection(buffer.area);
        let style = self.style(Role::Selected);
        buffer.set_style(area, style);
    }

    /// Writes lines from `top` on.
    fn text(&self, entries: &[Entry], top: usize, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        for (y, entry) in (area.top()..area.bottom()).zip(entries.iter().skip(top)) {
            let mut x = area.x + u16::from(area.width > 2);
            for (role, text) in &entry.pieces {
                let room = usize::from(area.right().saturating_sub(x));
                if room > 0 {
                    x += self.put(buffer, (x, y), room, *role, text);
                }
            }
        }
        self.position(top, entries.len(), area, buffer);
    }

    /// How far one is, at the right border, where not all fits.
    fn position(&self, top: usize, count: usize, area: Rect, buffer: &mut Buffer) {
        let rows = usize::from(area.height);
        if count <= rows || area.width < 2 || rows == 0 {
            return;
        }
        let length = (rows * rows / count).max(1);
        let first = (top * rows / count).min(rows - length);
        for row in first..first + length {
            self.put(buffer, (area.right() - 1, area.y + row as u16), 1, Role::Line, "▐");
        }
    }

    /// A line above `area`, with what that is about.
    fn rule_above(&self, area: Rect, what: &str, buffer: &mut Buffer) {
        let line = format!("─ {what} {}", "─".repeat(usize::from(area.width)));
        self.put(buffer, (area.x, area.y.saturating_sub(1)), usize::from(area.width), Role::Line, &line);
    }

    /// A vertical line left of `area`.
    fn rule(&self, area: Rect, buffer: &mut Buffer) {
        for y in area.top()..area.bottom() {
            self.put(buffer, (area.x.saturating_sub(1), y), 1, Role::Line, "│");
        }
    }
}

/// Printable text in at most `room` columns of a screen.
fn fitted(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = 0;
    for c in text.chars() {
        let own = width(c.encode_utf8(&mut [0; 4]));
        if used + own + 1 > room {
            break;
        }
        short.push(c);
        used += own;
    }
    if room > 0 {
        short.push('…');
    }
    short
}
