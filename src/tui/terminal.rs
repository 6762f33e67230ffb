//! The screen and the keyboard: taken and, whatever happens, given back as they were.

use super::app::{App, Msg};
use super::view;
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{self, DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture, Event};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use std::io::{self, Stdout};
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// The terminal while it is ours.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    /// What the user does. It is read on a thread of its own: where the terminal goes away, the reader may never come back.
    events: Receiver<Event>,
    /// Whether somebody wants the program to end.
    ended: Arc<AtomicBool>,
}

impl Screen {
    /// Takes the terminal: alternate screen, raw keys, mouse, pasted text in one piece.
    ///
    /// # Errors
    /// Standard output is no terminal, or it went away.
    pub fn take() -> io::Result<Self> {
        let ended = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGINT, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&ended))?;
        }
        // Its message is to be read, so the screen is given back before it is written.
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |what| {
            give_back();
            before(what);
        }));
        enter()?;
        let (sender, events) = channel();
        thread::spawn(move || {
            while let Ok(event) = event::read() {
                if sender.send(event).is_err() {
                    break;
                }
            }
        });
        Ok(Self { terminal: Terminal::new(CrosstermBackend::new(io::stdout()))?, events, ended })
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// The terminal went away.
    pub fn size() -> io::Result<(u16, u16)> {
        size()
    }

    /// Whether a signal wants the program to end.
    pub fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Draws the state.
    ///
    /// # Errors
    /// The terminal went away.
    pub fn draw(&mut self, app: &App) -> io::Result<()> {
        self.terminal.draw(|frame| view::draw(app, frame)).map(drop)
    }

    /// What the user does within `patience`, if anything.
    ///
    /// # Errors
    /// The terminal went away.
    pub fn next(&self, patience: Duration) -> io::Result<Option<Msg>> {
        Ok(match self.events.recv_timeout(patience) {
            Ok(Event::Key(key)) => Some(Msg::Key(key)),
            Ok(Event::Mouse(mouse)) => Some(Msg::Mouse(mouse)),
            Ok(Event::Paste(text)) => Some(Msg::Paste(text)),
            Ok(Event::Resize(columns, rows)) => Some(Msg::Resize(columns, rows)),
            Ok(Event::FocusGained | Event::FocusLost) | Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return Err(io::Error::other("the keyboard can no longer be read")),
        })
    }

    /// Draws everything anew the next time.
    ///
    /// # Errors
    /// The terminal went away.
    pub fn clear(&mut self) -> io::Result<()> {
        self.terminal.clear()
    }

    /// Puts a text on the clipboard, where the terminal can (OSC 52).
    ///
    /// # Errors
    /// The terminal went away.
    pub fn copy(text: &str) -> io::Result<()> {
        execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))
    }

    /// Gives the terminal back, stops until the shell goes on with the program, and takes it again.
    ///
    /// # Errors
    /// The terminal went away.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        signal_hook::low_level::emulate_default_handler(SIGTSTP)?;
        enter()?;
        self.terminal.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste, cursor::Hide)
}

/// As far as there is still a terminal to give it to.
fn give_back() {
    let _ = execute!(io::stdout(), DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, cursor::Show);
    let _ = disable_raw_mode();
}
