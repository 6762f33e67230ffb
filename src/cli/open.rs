//! `open`: the terminal UI. Captures are read on a thread of their own; what comes of them and what the user does meet here.

use super::args::Open;
use super::destination::Place;
use super::{Outcome, complain, produce, settings};
use crate::base::limits::Limits;
use crate::batch::{self, Came, Input, Job};
use crate::filter::{Cited, Filter, Selection};
use crate::pipeline::{Course, Events, Wanted};
use crate::report::{self, Style};
use crate::rvp::secrets::Secrets;
use crate::session::event::Event;
use crate::session::update::Update;
use crate::tui::app::{App, Effect, Msg};
use crate::tui::terminal::Screen;
use crate::tui::theme::Theme;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Events go to the screen so many at once, or after this time.
const BATCH: usize = 4096;
const PATIENCE: Duration = Duration::from_millis(60);

/// Batches that wait for the screen. More would only take memory.
const WAITING: usize = 8;

/// Nobody waits longer for a key to be answered while captures are read.
const BUSY: Duration = Duration::from_millis(12);

/// Runs the terminal UI.
pub(super) fn run(open: &Open) -> Outcome {
    if !io::stdout().is_terminal() {
        complain("open needs a terminal; `rvpscope analyze` writes the same as text");
        return Outcome::Unreadable;
    }
    let settings = match settings::load(open.settings.as_deref()) {
        Ok(settings) => settings,
        Err(mistake) => {
            complain(&mistake);
            return Outcome::Usage;
        }
    };
    let filter = match open.filter.as_deref().map(Filter::parse).transpose() {
        Ok(filter) => filter,
        Err(mistake) => {
            complain(&format!("--filter: {mistake}"));
            return Outcome::Usage;
        }
    };
    let (inputs, errors) = batch::find(&open.paths);
    for error in &errors {
        complain(&error.to_string());
    }
    if inputs.is_empty() {
        return Outcome::Unreadable;
    }
    let read = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&read);
    let wanted = Wanted {
        events: Events::All,
        transcripts: Some(if open.show_secrets { Secrets::Shown } else { Secrets::Masked }),
        search: filter.as_ref().map(|filter| filter.needles().clone()).filter(|needles| !needles.is_empty()),
    };
    let job = Job {
        course: Course { limits: Limits::default().keeping_all(), settings, threads: produce::threads(open.threads), wanted },
        on_read: Arc::new(move |bytes| {
            count.fetch_add(bytes, Ordering::Relaxed);
        }),
    };
    let (sender, receiver) = sync_channel(WAITING);
    let merge = open.merge;
    // It ends with the program: nobody waits for captures that nobody looks at any more.
    thread::spawn(move || load(&inputs, &job, merge, &sender));
    let mut app = App::new(theme(open.theme.as_deref()));
    app.filter = filter;
    match shown(&mut app, &receiver, &read) {
        Ok(()) => Outcome::Done,
        Err(error) => {
            complain(&format!("the terminal: {error}"));
            Outcome::Unreadable
        }
    }
}

/// Without colour where NO_COLOR says so, unless a theme is asked for.
fn theme(name: Option<&str>) -> Theme {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let usual = if no_colour { Theme::Mono } else { Theme::Dark };
    name.and_then(Theme::called).unwrap_or(usual)
}

/// Reads the captures and sends what comes of them.
fn load(inputs: &[Input], job: &Job, merge: bool, sender: &SyncSender<Msg>) {
    let mut held: Vec<Event> = Vec::new();
    let mut since = Instant::now();
    let mut waiting = inputs.iter();
    let mut is_begun = false;
    let begin = |inputs: &[Input]| {
        let names: Vec<String> = inputs.iter().map(|input| input.path.display().to_string()).collect();
        Msg::Begin(names.join(", "), inputs.iter().map(Input::size).sum())
    };
    let mut next = |begun: &mut bool| -> Option<Msg> {
        if std::mem::replace(begun, true) {
            return None;
        }
        Some(if merge { begin(inputs) } else { begin(waiting.next().map_or(&[][..], std::slice::from_ref)) })
    };
    let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
    let mut take = |came: Came| -> io::Result<()> {
        if let Some(msg) = next(&mut is_begun) {
            sender.send(msg).map_err(gone)?;
        }
        match came {
            Came::Update(Update::Event(event), when) => {
                held.push(event);
                if held.len() >= BATCH || since.elapsed() > PATIENCE {
                    since = Instant::now();
                    sender.send(Msg::Events(std::mem::take(&mut held), when.time_digits)).map_err(gone)?;
                }
            }
            Came::Update(Update::Session(_) | Update::Exchange(_), _) => {}
            Came::Analysis(analysis, evidence) => {
                sender.send(Msg::Events(std::mem::take(&mut held), analysis.time_digits())).map_err(gone)?;
                sender.send(Msg::Analysed(analysis, evidence)).map_err(gone)?;
                is_begun = false;
            }
            Came::Unreadable(error) => {
                sender.send(Msg::Unreadable(error.to_string())).map_err(gone)?;
                is_begun = false;
            }
        }
        Ok(())
    };
    let result = if merge { batch::analyse_merged(inputs, job, &mut take) } else { batch::analyse_each(inputs, job, &mut take) };
    if result.is_ok() {
        // Whoever would have taken it has gone.
        let _ = sender.send(Msg::Complete);
    }
}

/// The loop: what comes changes the state, and the screen shows it.
fn shown(app: &mut App, receiver: &Receiver<Msg>, read: &AtomicU64) -> io::Result<()> {
    let (columns, rows) = Screen::size()?;
    app.update(Msg::Resize(columns, rows));
    let mut screen = Screen::take()?;
    screen.draw(app)?;
    loop {
        if screen.is_ended() {
            return Ok(());
        }
        let start = Instant::now();
        let mut changed = false;
        while start.elapsed() < BUSY
            && let Ok(msg) = receiver.try_recv()
        {
            app.update(msg);
            changed = true;
        }
        let bytes = read.swap(0, Ordering::Relaxed);
        if bytes > 0 {
            app.update(Msg::Read(bytes));
            changed = true;
        }
        if changed {
            screen.draw(app)?;
        }
        let patience = if app.complete { Duration::from_millis(250) } else { BUSY };
        let mut next = screen.next(patience)?;
        let mut pressed = false;
        // Several keys that came together are drawn once.
        while let Some(msg) = next {
            pressed = true;
            for effect in app.update(msg) {
                if effect == Effect::Quit {
                    return Ok(());
                }
                done(app, &mut screen, &effect)?;
            }
            next = if start.elapsed() < 4 * BUSY { screen.next(Duration::ZERO)? } else { None };
        }
        if pressed {
            screen.draw(app)?;
        }
    }
}

/// Does what is to be done outside.
fn done(app: &mut App, screen: &mut Screen, effect: &Effect) -> io::Result<()> {
    match effect {
        Effect::Quit => {}
        Effect::Suspend => screen.suspend()?,
        Effect::Redraw => screen.clear()?,
        Effect::Copy(text) => Screen::copy(text)?,
        Effect::Save(path) => {
            let told = save(app, path);
            app.update(Msg::Told(told));
        }
    }
    Ok(())
}

/// Writes what is shown into a file, in the format of its name.
fn save(app: &App, path: &str) -> Result<String, String> {
    let loaded = app.loaded().ok_or("nothing was read yet")?;
    let (Some(analysis), Some(evidence)) = (&loaded.analysis, &loaded.evidence) else {
        return Err("the capture is not read to its end yet".to_owned());
    };
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let format = report::format_of(ending).ok_or_else(|| format!("{path}: no format is called like its ending"))?;
    let captures = analysis.captures.iter().map(|capture| PathBuf::from(&capture.path));
    if captures
        .into_iter()
        .any(|capture| capture.canonicalize().is_ok_and(|one| Path::new(path).canonicalize().is_ok_and(|other| one == other)))
    {
        return Err(format!("{path}: is the capture; name another file"));
    }
    let failed = |error: io::Error| format!("{path}: cannot be written: {error}");
    let mut place = Place::file(Path::new(path)).map_err(failed)?;
    let events: Vec<Event> = app.shown.iter().filter_map(|place| loaded.events.get(*place)).cloned().collect();
    let count = events.len();
    let mut sink = (format.sink)(&mut place, false, Style { colour: false, live: false });
    let written = match app.selection() {
        None => {
            events.into_iter().try_for_each(|event| sink.event(event, loaded.digits)).and_then(|()| sink.analysis(analysis, &**evidence))
        }
        Some(filter) => {
            let mut selection = Selection::new(&filter);
            let mut narrowed = analysis.clone();
            let exchanges = selection.evidence(&**evidence, &Cited::by(&loaded.events), &events, &analysis.sessions);
            selection.events(loaded.events.clone(), &analysis.sessions);
            selection.analysis(&mut narrowed);
            events.into_iter().try_for_each(|event| sink.event(event, loaded.digits)).and_then(|()| sink.analysis(&narrowed, &exchanges))
        }
    };
    let written = written.and_then(|()| sink.end());
    drop(sink);
    written.and_then(|()| place.finish()).map_err(failed)?;
    Ok(format!("{path} is written: {}", report::plural(count as u64, "event")))
}
