//! What keys do.

use super::{App, Asks, Clock, Effect, Prompt};
use crate::session::event::Tone;
use crate::tui::keymap::{Action, Panel, action};
use crate::tui::list::Step;
use crate::tui::loaded::Loaded;
use crossterm::event::{KeyEvent, KeyEventKind};

impl App {
    /// A key was pressed.
    pub(super) fn key(&mut self, key: &KeyEvent) -> Vec<Effect> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        self.said = None;
        if self.prompt.is_some() {
            return self.prompt_key(key);
        }
        let Some(action) = action(key, self.panel) else { return Vec::new() };
        if self.help && !matches!(action, Action::Quit | Action::Redraw | Action::Suspend) {
            self.help = false;
            return Vec::new();
        }
        self.act(action)
    }

    /// Does what a key stands for.
    pub(super) fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Quit => return vec![Effect::Quit],
            Action::Suspend => return vec![Effect::Suspend],
            Action::Redraw => return vec![Effect::Redraw],
            Action::Copy => return self.copied().map(Effect::Copy).into_iter().collect(),
            Action::Help => self.help = true,
            Action::Back => self.back(),
            Action::Go(panel) => self.go(panel),
            Action::NextPanel => self.turn(1),
            Action::PreviousPanel => self.turn(-1),
            Action::Move(step) => self.step(step),
            Action::Open => self.open(),
            Action::Mark => self.mark(),
            Action::ClearMarks => self.marked.clear(),
            Action::Sort => {
                self.order.column = (self.order.column + 1) % super::COLUMNS.len();
                self.order.reversed = false;
                self.sort_sessions();
            }
            Action::Reverse => {
                self.order.reversed = !self.order.reversed;
                self.sort_sessions();
            }
            Action::Ladder => self.as_ladder = !self.as_ladder,
            Action::Clock => {
                self.clock = match self.clock {
                    Clock::Absolute => Clock::Relative,
                    Clock::Relative => Clock::Delta,
                    Clock::Delta => Clock::Absolute,
                };
            }
            Action::NextFailure => self.go_to_failure(1),
            Action::PreviousFailure => self.go_to_failure(-1),
            Action::Search => self.prompt = Some(Prompt::new(Asks::Search, "")),
            Action::SearchNext => self.find(1, false),
            Action::SearchPrevious => self.find(-1, false),
            Action::Filter => {
                let text = self.filter.as_ref().map_or_else(String::new, ToString::to_string);
                self.prompt = Some(Prompt::new(Asks::Filter, &text));
            }
            Action::ClearFilter => self.set_filter(None),
            Action::Save => self.prompt = Some(Prompt::new(Asks::Save, "report.html")),
            Action::NextCapture => self.capture(1),
            Action::PreviousCapture => self.capture(-1),
            Action::Theme => self.theme = self.theme.next(),
        }
        self.keep();
        Vec::new()
    }

    /// Goes to a panel of its own accord: there is no way back from there.
    fn go(&mut self, panel: Panel) {
        self.back.clear();
        self.panel = panel;
        if !self.only.is_empty() {
            self.show_only([]);
        }
    }

    /// Goes to a panel from which `back` leads here again.
    pub(super) fn enter(&mut self, panel: Panel) {
        self.back.push(self.panel);
        self.panel = panel;
        self.details = super::Cursor::default();
    }

    fn back(&mut self) {
        match self.back.pop() {
            Some(panel) => {
                self.panel = panel;
                if panel != Panel::Timeline && panel != Panel::Details && !self.only.is_empty() {
                    self.show_only([]);
                }
            }
            None if self.filter.is_some() && self.panel == Panel::Sessions => {
                self.said = Some(Ok("F takes the filter away, q quits".to_owned()));
            }
            None => self.panel = Panel::Sessions,
        }
    }

    fn turn(&mut self, by: isize) {
        let count = Panel::MAIN.len();
        let here = Panel::MAIN.iter().position(|panel| *panel == self.panel).unwrap_or(1);
        let next = here.saturating_add_signed(by).checked_rem(count).unwrap_or_default();
        let next = if by < 0 && here == 0 { count - 1 } else { next };
        self.go(Panel::MAIN.get(next).copied().unwrap_or(Panel::Sessions));
    }

    fn step(&mut self, step: Step) {
        let areas = self.areas();
        let page = areas.page(self);
        match self.panel {
            Panel::Sessions => self.sessions.go(step, self.sorted.len(), page),
            Panel::Timeline => {
                let before = self.events.selected;
                self.events.go(step, self.shown.len(), page);
                if before != self.events.selected {
                    self.details = super::Cursor::default();
                }
            }
            Panel::Findings => self.findings.go(step, self.finding_count(), page),
            Panel::Polls => self.polls.go(step, self.cycle_count(), page),
            Panel::Details => {
                let count = super::details(self, areas.text_width()).len();
                self.details.scroll(step, count, page);
            }
            Panel::Summary => {
                let count = crate::tui::view::summary_lines(self, areas.text_width()).len();
                self.summary.scroll(step, count, page);
            }
        }
    }

    fn open(&mut self) {
        match self.panel {
            Panel::Sessions => {
                let selected = self.selected_session();
                let only: Vec<_> =
                    if self.marked.is_empty() { selected.into_iter().collect() } else { self.marked.iter().copied().collect() };
                if !only.is_empty() {
                    self.enter(Panel::Timeline);
                    self.events = super::Cursor::default();
                    self.show_only(only);
                }
            }
            Panel::Timeline if self.event().is_some() => self.enter(Panel::Details),
            Panel::Findings => self.open_finding(),
            Panel::Polls => self.open_cycle(),
            _ => {}
        }
    }

    /// The session that is selected in the list.
    pub fn selected_session(&self) -> Option<crate::session::model::SessionId> {
        let row = self.sorted.get(self.sessions.selected)?;
        Some(self.loaded()?.rows.get(*row)?.id)
    }

    fn mark(&mut self) {
        if let Some(id) = self.selected_session() {
            if !self.marked.remove(&id) {
                self.marked.insert(id);
            }
            self.step(Step::By(1));
        }
    }

    fn capture(&mut self, by: isize) {
        let next = self.current.saturating_add_signed(by);
        if next < self.analyses.len() && next != self.current {
            self.current = next;
            self.marked.clear();
            self.only.clear();
            self.back.clear();
            self.panel = if self.panel == Panel::Details { Panel::Timeline } else { self.panel };
            for cursor in [&mut self.sessions, &mut self.events, &mut self.findings, &mut self.polls, &mut self.summary] {
                *cursor = super::Cursor::default();
            }
            self.refresh();
        }
    }

    fn go_to_failure(&mut self, by: isize) {
        let failed = |loaded: &Loaded, place: &usize| loaded.events.get(*place).is_some_and(|event| event.tone == Tone::Failed);
        let Some(loaded) = self.loaded() else { return };
        let here = self.events.selected;
        let found = if by > 0 {
            self.shown.iter().enumerate().skip(here + 1).find(|(_, place)| failed(loaded, place))
        } else {
            self.shown.iter().enumerate().take(here).rev().find(|(_, place)| failed(loaded, place))
        };
        match found.map(|(place, _)| place) {
            Some(place) => {
                self.events.selected = place;
                self.details = super::Cursor::default();
            }
            None => self.said = Some(Ok("no further event that failed".to_owned())),
        }
    }
}
