//! The terminal UI as its users see it: whole screens of the stories, and the way from the first screen to the answer, key by key.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use rvpscope::tui::app::{App, Effect, Msg};
use rvpscope::tui::keymap::Panel;
use rvpscope::tui::theme::Theme;
use std::path::PathBuf;
use support::screens::{messages, open, press, screen};

fn story(path: &str) -> PathBuf {
    support::program::captures().join(path)
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
        let mut app = open(&story(path), size, Theme::Mono);
        if !keys.is_empty() {
            press(&mut app, keys);
        }
        snapshot(name, &app);
    }
}

#[test]
fn from_the_first_screen_to_the_answer() {
    let mut app = open(&story(NAT), (80, 24), Theme::Dark);
    assert!(screen(&app).contains("bob could not be reached"), "{}", screen(&app));
    // Whose callbacks failed most stands first.
    for _ in 0..8 {
        press(&mut app, "o");
    }
    assert!(screen(&app).contains("Failed▼") && screen(&app).contains(">     1 bob"), "{}", screen(&app));
    press(&mut app, "enter");
    assert_eq!((app.panel, app.shown.len()), (Panel::Timeline, 17));
    assert!(screen(&app).contains("17 of 31 events, 14 hidden"), "{}", screen(&app));
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
    let mut app = open(&story(NAT), (80, 24), Theme::Light);
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
    let mut app = open(&story(NAT), (80, 24), Theme::Contrast);
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
    let messages = messages(&story(NAT));
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
    let mut app = open(&story(NAT), (80, 24), Theme::Dark);
    let click =
        |column, row| Msg::Mouse(MouseEvent { kind: MouseEventKind::Down(MouseButton::Left), column, row, modifiers: KeyModifiers::NONE });
    app.update(click(20, 3));
    assert_eq!((app.panel, app.sessions.selected), (Panel::Sessions, 1));
    app.update(click(20, 3));
    assert_eq!(app.panel, Panel::Timeline);
    app.update(click(30, 0));
    assert_eq!(app.panel, Panel::Findings);
}
