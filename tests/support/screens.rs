//! The terminal UI without a terminal: what it is told, and what it then shows.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rvpscope::base::limits::Limits;
use rvpscope::batch::{self, Came, Job};
use rvpscope::pipeline::{Course, Events, Wanted};
use rvpscope::rvp::secrets::Secrets;
use rvpscope::session::update::Update;
use rvpscope::settings::Settings;
use rvpscope::tui::app::{App, Effect, Msg};
use rvpscope::tui::theme::Theme;
use rvpscope::tui::view;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

/// What comes of a capture, as messages.
pub(crate) fn messages(path: &Path) -> Vec<Msg> {
    let (inputs, errors) = batch::find(&[path.display().to_string()]);
    assert!(errors.is_empty());
    let wanted = Wanted { events: Events::All, transcripts: Some(Secrets::Masked), search: None };
    let course = Course { limits: Limits::default().keeping_all(), settings: Settings::shipped(), threads: NonZeroUsize::MIN, wanted };
    let mut messages = vec![Msg::Begin(path.file_name().unwrap().to_str().unwrap().to_owned(), None)];
    let job = Job { course, on_read: Arc::new(|_| {}) };
    let taken: Result<(), Infallible> = batch::analyse_each(&inputs, &job, &mut |came| {
        match came {
            Came::Update(Update::Event(event), when) => messages.push(Msg::Events(vec![event], when.time_digits)),
            Came::Update(..) => {}
            Came::Analysis(mut analysis, evidence) => {
                // Where the project lies is no matter of the screen.
                for capture in &mut analysis.captures {
                    "story.pcap".clone_into(&mut capture.path);
                }
                messages.push(Msg::Analysed(analysis, evidence));
            }
            Came::Unreadable(error) => messages.push(Msg::Unreadable(error.to_string())),
        }
        Ok(())
    });
    taken.unwrap();
    messages.push(Msg::Complete);
    messages
}

/// The UI in which that capture is open.
pub(crate) fn open(path: &Path, size: (u16, u16), theme: Theme) -> App {
    let mut app = App::new(theme);
    app.update(Msg::Resize(size.0, size.1));
    for message in messages(path) {
        app.update(message);
    }
    app
}

/// Presses keys, as they are written in the help; text behind a `:` is typed.
pub(crate) fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut key = |code, modifiers| effects.extend(app.update(Msg::Key(KeyEvent::new(code, modifiers))));
    for name in keys.split(' ') {
        let code = match name {
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            "tab" => KeyCode::Tab,
            "down" => KeyCode::Down,
            "up" => KeyCode::Up,
            "end" => KeyCode::End,
            "space" => KeyCode::Char(' '),
            typed if typed.starts_with(':') => {
                typed[1..].replace('_', " ").chars().for_each(|c| key(KeyCode::Char(c), KeyModifiers::NONE));
                continue;
            }
            one => match one.strip_prefix("ctrl-") {
                Some(c) => {
                    key(KeyCode::Char(c.chars().next().unwrap()), KeyModifiers::CONTROL);
                    continue;
                }
                None => KeyCode::Char(one.chars().next().unwrap()),
            },
        };
        key(code, KeyModifiers::NONE);
    }
    effects
}

/// What is on the screen.
pub(crate) fn screen(app: &App) -> String {
    let mut terminal = Terminal::new(TestBackend::new(app.size.0, app.size.1)).unwrap();
    terminal.draw(|frame| view::draw(app, frame)).unwrap();
    terminal.backend().to_string()
}
