//! All state of the terminal UI. It changes by messages alone and answers with what is to be done outside; time is no part of it.

mod describe;
mod find;
mod input;
mod keys;
mod mouse;
mod order;
mod shown;

pub use describe::{Entry, details, finding_lines, session_lines};
pub(super) use describe::{role, severity, sign};
pub use input::{Asks, Prompt};
pub use order::{COLUMNS, Column, Order};

use super::keymap::Panel;
use super::list::Cursor;
use super::loaded::Loaded;
use super::theme::Theme;
use super::view::Areas;
use crate::analysis::Analysis;
use crate::filter::Filter;
use crate::report::ladder::Ladder;
use crate::session::event::Event;
use crate::session::model::SessionId;
use crate::session::transcript::Evidence;
use crossterm::event::{KeyEvent, MouseEvent};
use std::collections::BTreeSet;

/// Something happened.
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse was used.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The screen has so many columns and rows.
    Resize(u16, u16),
    /// The analysis of a capture begins: its name, and its size in bytes where that is known.
    Begin(String, Option<u64>),
    /// Events of the last of them became certain; their times have so many digits after the second.
    Events(Vec<Event>, u8),
    /// So many bytes more of it were read.
    Read(u64),
    /// It has ended.
    Analysed(Box<Analysis>, Box<dyn Evidence + Send>),
    /// A capture could not be read.
    Unreadable(String),
    /// All captures are read.
    Complete,
    /// What was to be done outside was done, or why it was not.
    Told(Result<String, String>),
}

/// Something is to be done outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The program ends.
    Quit,
    /// The program stops until its shell goes on with it.
    Suspend,
    /// The screen is drawn anew from nothing.
    Redraw,
    /// A text goes to the clipboard.
    Copy(String),
    /// A report of what is shown goes into a file.
    Save(String),
}

/// How times are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// As the capture has them, in UTC.
    Absolute,
    /// Since the first event that is shown.
    Relative,
    /// Since the event before.
    Delta,
}

/// The state.
pub struct App {
    /// The analyses, in the order of the captures.
    pub analyses: Vec<Loaded>,
    /// Which of them is shown.
    pub current: usize,
    /// Whether all captures are read.
    pub complete: bool,
    /// The panel on the screen.
    pub panel: Panel,
    /// Where one came from.
    pub(super) back: Vec<Panel>,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Colours.
    pub theme: Theme,
    /// How times are shown.
    pub clock: Clock,
    /// Whether the timeline is drawn as a ladder.
    pub as_ladder: bool,
    /// Where one is among the sessions, as they are sorted.
    pub sessions: Cursor,
    /// How they are sorted.
    pub order: Order,
    /// Places of the sessions' rows in that order.
    pub sorted: Vec<usize>,
    /// Sessions that are marked.
    pub marked: BTreeSet<SessionId>,
    /// Sessions whose events are shown; all if empty.
    pub only: BTreeSet<SessionId>,
    /// Where one is among the events that are shown.
    pub events: Cursor,
    /// Places of the events that are shown.
    pub shown: Vec<usize>,
    /// The ladder of the part of them around the selected one, and at which place it begins.
    pub ladder: (usize, Ladder),
    /// How far the details are scrolled.
    pub details: Cursor,
    /// Where one is among verdicts and findings.
    pub findings: Cursor,
    /// Where one is among the cycles.
    pub polls: Cursor,
    /// How far the summary is scrolled.
    pub summary: Cursor,
    /// What is asked for at the bottom.
    pub prompt: Option<Prompt>,
    /// Whether the keys are shown.
    pub help: bool,
    /// What was searched for last.
    pub search: String,
    /// What is shown.
    pub filter: Option<Filter>,
    /// What is said at the bottom until the next key.
    pub said: Option<Result<String, String>>,
}

impl App {
    /// Nothing was read yet.
    pub fn new(theme: Theme) -> Self {
        Self {
            analyses: Vec::new(),
            current: 0,
            complete: false,
            panel: Panel::Sessions,
            back: Vec::new(),
            size: (80, 24),
            theme,
            clock: Clock::Absolute,
            as_ladder: false,
            sessions: Cursor::default(),
            order: Order::default(),
            sorted: Vec::new(),
            marked: BTreeSet::new(),
            only: BTreeSet::new(),
            events: Cursor::default(),
            shown: Vec::new(),
            ladder: (0, Ladder::default()),
            details: Cursor::default(),
            findings: Cursor::default(),
            polls: Cursor::default(),
            summary: Cursor::default(),
            prompt: None,
            help: false,
            search: String::new(),
            filter: None,
            said: None,
        }
    }

    /// Takes a message.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Key(key) => return self.key(&key),
            Msg::Mouse(mouse) => self.mouse(mouse),
            Msg::Paste(text) => self.paste(&text),
            Msg::Resize(columns, rows) => {
                self.size = (columns, rows);
                self.keep();
            }
            Msg::Begin(name, size) => self.analyses.push(Loaded::new(&name, size)),
            Msg::Read(bytes) => {
                if let Some(loaded) = self.analyses.last_mut() {
                    loaded.read += bytes;
                }
            }
            Msg::Events(events, digits) => self.more_events(events, digits),
            Msg::Analysed(analysis, evidence) => {
                if let Some(loaded) = self.analyses.last_mut() {
                    loaded.end(*analysis, evidence);
                }
                self.refresh();
            }
            Msg::Unreadable(why) => match self.analyses.last_mut() {
                Some(loaded) if !loaded.is_complete() && loaded.events.is_empty() => loaded.error = Some(why),
                _ => self.said = Some(Err(why)),
            },
            Msg::Complete => self.complete = true,
            Msg::Told(what) => self.said = Some(what),
        }
        Vec::new()
    }

    /// The analysis that is shown.
    pub fn loaded(&self) -> Option<&Loaded> {
        self.analyses.get(self.current)
    }

    /// The selected event.
    pub fn event(&self) -> Option<&Event> {
        self.loaded()?.events.get(*self.shown.get(self.events.selected)?)
    }

    /// What is where on the screen.
    pub fn areas(&self) -> Areas {
        Areas::of(self)
    }
}
