//! What is asked for at the bottom, with completions or the mistake above it.

use super::Sheet;
use crate::base::text::{printable, width};
use crate::tui::app::{Asks, Prompt};
use crate::tui::theme::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Clear, Widget};

/// Completions that are shown at once.
const SHOWN: usize = 8;

/// Draws it, and says where the cursor is.
pub(super) fn draw(prompt: &Prompt, sheet: &Sheet, bottom: Rect, buffer: &mut Buffer) -> Position {
    let bottom = bottom.intersection(buffer.area);
    Clear.render(bottom, buffer);
    let label = match prompt.asks {
        Asks::Search => " search: ",
        Asks::Filter => " filter: ",
        Asks::Save => " write to (.html .md .txt .json .ndjson .csv .svg .mmd .har): ",
    };
    let label = if width(label) + 20 > usize::from(bottom.width) { " : " } else { label };
    let x = sheet.put(buffer, (bottom.x, bottom.y), usize::from(bottom.width), Role::Key, label);
    let room = usize::from(bottom.width.saturating_sub(x + 1)).max(1);
    let before = printable(prompt.text.get(..prompt.cursor).unwrap_or_default());
    // The end of what stands before the cursor is always on the screen.
    let mut skipped = 0;
    let mut shown = before.chars();
    while width(shown.as_str()) >= room && shown.next().is_some() {
        skipped += 1;
    }
    let at = width(shown.as_str()) as u16;
    let text: String = printable(&prompt.text).chars().skip(skipped).collect();
    sheet.put(buffer, (bottom.x + x, bottom.y), room, Role::Plain, &text);
    let mut y = bottom.y;
    let mut above = |role: Role, text: &str| {
        if y > 1 {
            y -= 1;
            let line = Rect::new(bottom.x, y, bottom.width, 1);
            Clear.render(line, buffer);
            buffer.set_style(line, sheet.style(Role::Bar));
            sheet.put(buffer, (bottom.x + 1, y), usize::from(bottom.width.saturating_sub(1)), role, text);
        }
    };
    if let Some(mistake) = &prompt.mistake {
        mistake.lines().rev().for_each(|line| above(Role::Key, &printable(line)));
    } else {
        let first = prompt.taken.map_or(0, |taken| taken / SHOWN * SHOWN);
        let further = prompt.completions.len().saturating_sub(first + SHOWN);
        if further > 0 {
            above(Role::Bar, &format!("… {further} more, tab goes on"));
        }
        let page: Vec<_> = prompt.completions.iter().enumerate().skip(first).take(SHOWN).collect();
        for (place, completion) in page.into_iter().rev() {
            let mark = if prompt.taken == Some(place) { ">" } else { " " };
            above(
                if prompt.taken == Some(place) { Role::Key } else { Role::Bar },
                &format!("{mark} {:<18} {}", completion.text, completion.about),
            );
        }
    }
    Position::new((bottom.x + x + at).min(bottom.right().saturating_sub(1)), bottom.y)
}
