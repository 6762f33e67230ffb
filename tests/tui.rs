//! The terminal UI as its users see it: whole screens of the stories, and the way from the first screen to the answer, key by key.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rvpscope::base::limits::Limits;
use rvpscope::batch::{self, Came, Job};
use rvpscope::pipeline::{Course, Events, Wanted};
use rvpscope::rvp::secrets::Secrets;
use rvpscope::session::update::Update;
use rvpscope::settings::Settings;
use rvpscope::tui::app::{App, Effect, Msg};
use rvpscope::tui::keymap::Panel;
use rvpscope::tui::theme::Theme;
use rvpscope::tui::view;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// What comes of a story, as messages.
fn messages(path: &str) -> Vec<Msg> {
    let path = support::program::captures().join(path);
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

fn open(path: &str, size: (u16, u16), theme: Theme) -> App {
    let mut app = App::new(theme);
    app.update(Msg::Resize(size.0, size.1));
    for message in messages(path) {
        app.update(message);
    }
    app
}

/// Presses keys, as they are written in the help; text behind a `:` is typed.
fn press(app: &mut App, keys: &str) -> Vec<Effect> {
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

fn screen(app: &App) -> String {
    let mut terminal = Terminal::new(TestBackend::new(app.size.0, app.size.1)).unwrap();
    terminal.draw(|frame| view::draw(app, frame)).unwrap();
    terminal.backend().to_string()
}

fn snapshot(name: &str, app: &App) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, screen(app)));
}

const NAT: &str = "callbacks-behind-nat/server.pcap";

#[test]
fn screens_are_as_they_were() {
    for (name, path, size, keys) in [
        ("tui-sessions", NAT, (80, 24), ""),
        ("tui-timeline-wide", NAT, (160, 30), "2"),
        ("tui-ladder", NAT, (120, 40), "2 v e"),
        ("tui-details", NAT, (80, 40), "2 e enter"),
        ("tui-findings", NAT, (80, 30), "3 down"),
        ("tui-polls", "polling-goes-wrong/capture.pcap", (120, 12), "4"),
        ("tui-summary", NAT, (80, 60), "5"),
        ("tui-help", NAT, (100, 30), "2 ?"),
        ("tui-filter", NAT, (80, 24), "2 f :kind_=_ca"),
    ] {
        let mut app = open(path, size, Theme::Mono);
        if !keys.is_empty() {
            press(&mut app, keys);
        }
        snapshot(name, &app);
    }
}

#[test]
fn from_the_first_screen_to_the_answer() {
    let mut app = open(NAT, (80, 24), Theme::Dark);
    assert!(screen(&app).contains("bob could not be reached"), "{}", screen(&app));
    // Whose callbacks failed most stands first.
    for _ in 0..8 {
        press(&mut app, "o");
    }
    assert!(screen(&app).contains("Failed▼") && screen(&app).contains(">     1 bob"), "{}", screen(&app));
    press(&mut app, "enter");
    assert_eq!((app.panel, app.shown.len()), (Panel::Timeline, 15));
    assert!(screen(&app).contains("15 of 31 events, 16 hidden"), "{}", screen(&app));
    press(&mut app, "e enter");
    assert_eq!(app.panel, Panel::Details);
    assert!(screen(&app).contains("UNREACHABLE"), "{}", screen(&app));
    press(&mut app, "esc esc");
    assert_eq!((app.panel, app.shown.len()), (Panel::Sessions, 31), "what was hidden for a session is shown again");
    assert_eq!(press(&mut app, "s ctrl-u :x.html enter"), [Effect::Save("x.html".to_owned())]);
    assert_eq!(press(&mut app, "q"), [Effect::Quit]);
}

#[test]
fn findings_lead_to_their_packets_and_words_are_found() {
    let mut app = open(NAT, (80, 24), Theme::Light);
    press(&mut app, "3 down enter");
    assert_eq!(app.panel, Panel::Timeline);
    assert!(app.event().unwrap().summary.contains("a connection to 192.168.7.10:41525"));
    // What was said is searched, too: this word is in the body of an answer's request only.
    press(&mut app, "2 / :MIME-Version enter");
    assert!(app.event().unwrap().detail.method.as_ref().is_some_and(|method| method.as_str() == "NOTIFY"), "{}", screen(&app));
    press(&mut app, "/ :nobody_said_this enter");
    assert!(screen(&app).contains("nothing has nobody said this"));
    press(&mut app, "f :kind_=_callback_and_failed enter");
    assert_eq!(app.shown.len(), 6);
    assert!(screen(&app).contains("25 hidden"), "{}", screen(&app));
    press(&mut app, "f ctrl-u :knd_=_callback enter");
    assert!(screen(&app).contains("kind"), "what was meant is said: {}", screen(&app));
    press(&mut app, "esc F");
    assert_eq!(app.shown.len(), 31);
}

#[test]
fn any_size_can_be_drawn() {
    let mut app = open(NAT, (80, 24), Theme::Contrast);
    for size in [(1, 1), (2, 2), (3, 40), (300, 1), (20, 5), (131, 9), (79, 23)] {
        app.update(Msg::Resize(size.0, size.1));
        for keys in ["1", "2", "v", "end", "v", "enter", "end", "esc", "3", "4", "5", "?", "?", "f", "esc", "/", "esc"] {
            press(&mut app, keys);
            screen(&app);
            app.update(Msg::Mouse(MouseEvent {
                kind: MouseEventKind::Down(MouseButton::Left),
                column: size.0 / 2,
                row: size.1 / 2,
                modifiers: KeyModifiers::NONE,
            }));
            screen(&app);
        }
    }
}

#[test]
fn what_is_read_so_far_can_be_used() {
    let mut app = App::new(Theme::Dark);
    assert!(screen(&app).contains("nothing was read yet"));
    let messages = messages(NAT);
    let half = messages.len() / 2;
    for (number, message) in messages.into_iter().enumerate() {
        app.update(message);
        if number == half {
            assert!(screen(&app).contains("bob") && screen(&app).contains("reading"), "{}", screen(&app));
            press(&mut app, "2 down down enter");
            assert!(screen(&app).contains("is read when the capture is at its end"), "{}", screen(&app));
        }
    }
    assert_eq!((app.panel, app.events.selected), (Panel::Details, 2), "what is selected stays selected");
    assert!(screen(&app).contains("HTTP/1.1") || !screen(&app).contains("is read when"), "{}", screen(&app));
}

#[test]
fn a_click_selects_and_a_second_one_opens() {
    let mut app = open(NAT, (80, 24), Theme::Dark);
    let click =
        |column, row| Msg::Mouse(MouseEvent { kind: MouseEventKind::Down(MouseButton::Left), column, row, modifiers: KeyModifiers::NONE });
    app.update(click(20, 3));
    assert_eq!((app.panel, app.sessions.selected), (Panel::Sessions, 1));
    app.update(click(20, 3));
    assert_eq!(app.panel, Panel::Timeline);
    app.update(click(30, 0));
    assert_eq!(app.panel, Panel::Findings);
}
