//! What the mouse does: a click selects, a second one opens, the wheel scrolls.

use super::App;
use crate::tui::keymap::{Action, Panel};
use crate::tui::list::Step;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

/// Lines for each turn of the wheel.
const WHEEL: isize = 3;

impl App {
    /// The mouse was used.
    pub(super) fn mouse(&mut self, mouse: MouseEvent) {
        if self.prompt.is_some() || self.help {
            return;
        }
        match mouse.kind {
            MouseEventKind::ScrollDown => drop(self.act(Action::Move(Step::By(WHEEL)))),
            MouseEventKind::ScrollUp => drop(self.act(Action::Move(Step::By(-WHEEL)))),
            MouseEventKind::Down(MouseButton::Left) => self.click(mouse.column, mouse.row),
            _ => {}
        }
    }

    fn click(&mut self, column: u16, row: u16) {
        let areas = self.areas();
        if let Some(panel) = areas.tab_at(column, row) {
            drop(self.act(Action::Go(panel)));
            return;
        }
        let Some(place) = areas.line_at(self, column, row) else { return };
        let cursor = match self.panel {
            Panel::Sessions => &mut self.sessions,
            Panel::Timeline => &mut self.events,
            Panel::Findings => &mut self.findings,
            Panel::Polls => &mut self.polls,
            Panel::Details | Panel::Summary => return,
        };
        if cursor.selected == place {
            drop(self.act(Action::Open));
        } else {
            cursor.selected = place;
            self.keep();
        }
    }
}
