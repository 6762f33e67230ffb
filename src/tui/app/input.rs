//! What is asked for at the bottom of the screen: a text to search, a filter, the name of a file.

use super::{App, Effect};
use crate::filter::{Completion, Filter, complete};
use crate::tui::keymap::name;
use crossterm::event::{KeyCode, KeyEvent};

/// More is not taken: nobody types it.
const LONGEST: usize = 2000;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// A text to search.
    Search,
    /// A filter.
    Filter,
    /// A file to write.
    Save,
}

/// A line that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// What for.
    pub asks: Asks,
    /// What is written.
    pub text: String,
    /// The byte before which the next character goes.
    pub cursor: usize,
    /// What is wrong with it: the place in bytes, and in words.
    pub mistake: Option<String>,
    /// What it could go on with.
    pub completions: Vec<Completion>,
    /// Which of these is taken, once one is.
    pub taken: Option<usize>,
}

impl Prompt {
    /// Asks; `text` is there already.
    pub fn new(asks: Asks, text: &str) -> Self {
        let mut prompt = Self { asks, text: text.to_owned(), cursor: text.len(), mistake: None, completions: Vec::new(), taken: None };
        prompt.changed();
        prompt
    }

    fn changed(&mut self) {
        self.taken = None;
        self.mistake = None;
        self.completions = if self.asks == Asks::Filter { complete(&self.text, self.cursor) } else { Vec::new() };
    }

    fn insert(&mut self, text: &str) {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        if self.text.len() + text.len() <= LONGEST {
            self.text.insert_str(self.cursor, &text);
            self.cursor += text.len();
        }
        self.changed();
    }

    /// The place of the character before the cursor.
    fn before(&self) -> usize {
        self.text.get(..self.cursor).and_then(|text| text.char_indices().next_back()).map_or(0, |(place, _)| place)
    }

    /// The place behind the next character.
    fn behind(&self) -> usize {
        self.text.get(self.cursor..).and_then(|text| text.chars().next()).map_or(self.cursor, |c| self.cursor + c.len_utf8())
    }

    fn cut(&mut self, from: usize, to: usize) {
        if self.text.is_char_boundary(from) && self.text.is_char_boundary(to) && from <= to {
            self.text.replace_range(from..to, "");
            self.cursor = from;
        }
        self.changed();
    }

    /// Takes the next completion in place of what was begun.
    fn complete(&mut self, back: bool) {
        let count = self.completions.len();
        if count == 0 {
            return;
        }
        let next = match (self.taken, back) {
            (None, false) => 0,
            (None, true) => count - 1,
            (Some(place), false) => (place + 1) % count,
            (Some(place), true) => (place + count - 1) % count,
        };
        let Some(completion) = self.completions.get(next) else { return };
        // What was taken before is longer or shorter than what was begun.
        let start = completion.place.start;
        if self.text.is_char_boundary(start) && start <= self.cursor {
            self.text.replace_range(start..self.cursor, &completion.text);
            self.cursor = start + completion.text.len();
            self.taken = Some(next);
        }
    }
}

impl App {
    /// A key while something is asked for.
    pub(super) fn prompt_key(&mut self, key: &KeyEvent) -> Vec<Effect> {
        let Some(prompt) = &mut self.prompt else { return Vec::new() };
        match (name(key).as_deref(), key.code) {
            (Some("esc" | "ctrl-c"), _) => self.prompt = None,
            (Some("enter"), _) => return self.answered(),
            (Some("backspace"), _) => prompt.cut(prompt.before(), prompt.cursor),
            (Some("delete" | "ctrl-d"), _) => {
                let at = prompt.cursor;
                prompt.cut(at, prompt.behind());
            }
            (Some("ctrl-u"), _) => prompt.cut(0, prompt.cursor),
            (Some("ctrl-w"), _) => {
                let kept = prompt.text.get(..prompt.cursor).unwrap_or_default().trim_end();
                let from = kept.rfind(' ').map_or(0, |place| place + 1);
                prompt.cut(from, prompt.cursor);
            }
            (Some("left" | "ctrl-b"), _) => prompt.cursor = prompt.before(),
            (Some("right" | "ctrl-f"), _) => prompt.cursor = prompt.behind(),
            (Some("home" | "ctrl-a"), _) => prompt.cursor = 0,
            (Some("end" | "ctrl-e"), _) => prompt.cursor = prompt.text.len(),
            (Some("tab"), _) => prompt.complete(false),
            (Some("backtab"), _) => prompt.complete(true),
            (Some(name), KeyCode::Char(c)) if !name.starts_with("ctrl-") => prompt.insert(c.encode_utf8(&mut [0; 4])),
            _ => {}
        }
        Vec::new()
    }

    /// Text was pasted: only a prompt takes it.
    pub(super) fn paste(&mut self, text: &str) {
        if let Some(prompt) = &mut self.prompt {
            prompt.insert(text);
        }
    }

    fn answered(&mut self) -> Vec<Effect> {
        let Some(prompt) = self.prompt.take() else { return Vec::new() };
        let text = prompt.text.trim();
        match prompt.asks {
            Asks::Search => {
                text.clone_into(&mut self.search);
                self.find(1, true);
            }
            Asks::Filter if text.is_empty() => self.set_filter(None),
            Asks::Filter => match Filter::parse(&prompt.text) {
                Ok(filter) => self.set_filter(Some(filter)),
                Err(mistake) => {
                    let mistake = mistake.to_string();
                    self.prompt = Some(Prompt { mistake: Some(mistake), ..prompt });
                }
            },
            Asks::Save if text.is_empty() => {}
            Asks::Save => return vec![Effect::Save(text.to_owned())],
        }
        Vec::new()
    }

    /// Shows only what passes; everything without a filter.
    pub fn set_filter(&mut self, filter: Option<Filter>) {
        self.filter = filter;
        self.refresh();
    }
}
