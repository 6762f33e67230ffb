//! `analyze`: batch analysis of captures.

use super::Outcome;
use super::args::{Analyze, Colour};
use super::progress::Progress;
use super::settings;
use crate::analysis::Analysis;
use crate::analysis::finding::Severity;
use crate::base::limits::Limits;
use crate::base::note::NoteKind;
use crate::batch::{self, Came, Job};
use crate::pipeline::{Course, Events, Wanted};
use crate::report::{self, FORMATS, Format, Sink, Stream, Style};
use crate::rvp::secrets::Secrets;
use crate::session::model::Session;
use crate::session::transcript::Evidence;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Analyses each capture and writes it in the format that was asked for. An input that cannot be read is reported, and the others go on.
pub(super) fn run(analyze: &Analyze) -> Outcome {
    let settings = match settings::load(analyze.settings.as_deref()) {
        Ok(settings) => settings,
        Err(mistake) => {
            complain(&mistake);
            return Outcome::Usage;
        }
    };
    let (inputs, errors) = batch::find(&analyze.paths);
    let mut outcome = Outcome::Done;
    for error in &errors {
        complain(&error.to_string());
        outcome = Outcome::Unreadable;
    }
    if inputs.is_empty() {
        return Outcome::Unreadable;
    }
    let stdout = io::stdout();
    let live = inputs.iter().any(batch::Input::is_stdin);
    let style = Style { colour: colour(analyze.color, stdout.is_terminal()), live };
    let mut out = Stream(BufWriter::with_capacity(1 << 16, stdout.lock()));
    let Some(format) = report::format(&analyze.format).or(FORMATS.first()) else { return Outcome::Usage };
    // One path is one document, even where a folder turns out to hold one capture: what a script gets depends on its arguments alone.
    let several = !analyze.merge && (analyze.paths.len() > 1 || inputs.iter().any(|input| !input.named) || inputs.len() > 1);
    if several && format.one_each {
        complain(&format!("--format {}: one file holds one analysis; give one PATH that is no folder, or --merge", format.name));
        return Outcome::Usage;
    }
    let mut sink = (format.sink)(&mut out, several, style);
    let progress = Progress::new(inputs.iter().map(batch::Input::size).sum(), format.keeps_all || !stdout.is_terminal());
    let reading = progress.clone();
    let wanted = Wanted {
        events: if analyze.quiet { Events::None } else { Events::All },
        transcripts: format.transcripts.then(Secrets::default),
        search: None,
    };
    let job = Job {
        course: Course { limits: limits(format), settings, threads: threads(analyze.threads), wanted },
        on_read: Arc::new(move |bytes| reading.read(bytes)),
    };
    let mut take = |came| match came {
        Came::Update(update, when) => sink.update(update, when.time_digits),
        Came::Analysis(analysis, evidence) => progress.aside(|| write(*analysis, &*evidence, analyze, &mut *sink, &mut outcome)),
        Came::Unreadable(error) => {
            progress.aside(|| complain(&error.to_string()));
            outcome = Outcome::Unreadable;
            Ok(())
        }
    };
    let result =
        if analyze.merge { batch::analyse_merged(&inputs, &job, &mut take) } else { batch::analyse_each(&inputs, &job, &mut take) };
    progress.end();
    let written = result.and_then(|()| sink.end());
    drop(sink);
    let written = written.and_then(|()| out.flush());
    match written {
        Ok(()) => outcome,
        // Whoever read our output has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Outcome::Done,
        Err(error) => {
            complain(&format!("standard output: cannot be written: {error}"));
            Outcome::Unreadable
        }
    }
}

/// What is kept: all, or what fits in a memory that does not grow with the capture.
fn limits(format: &Format) -> Limits {
    if format.keeps_all { Limits::default().keeping_all() } else { Limits::default() }
}

/// As many threads as were asked for, else as the machine has processors.
fn threads(asked: Option<NonZeroUsize>) -> NonZeroUsize {
    asked.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

fn write(mut analysis: Analysis, evidence: &dyn Evidence, analyze: &Analyze, sink: &mut dyn Sink, outcome: &mut Outcome) -> io::Result<()> {
    analysis.keep_findings(&analyze.only, &analyze.ignore);
    let bad = |severity: Severity| analyze.fail_on.as_deref().is_some_and(|worst| severity.as_str() == worst);
    let worst = Severity::ALL.into_iter().find(|severity| bad(*severity));
    if *outcome == Outcome::Done && worst.is_some_and(|worst| analysis.findings.iter().any(|finding| finding.severity >= worst)) {
        *outcome = Outcome::Found;
    }
    for capture in &analysis.captures {
        for damage in &capture.damage {
            complain(&format!("{}: {damage}", capture.path));
        }
    }
    if analyze.verbose {
        complain(&kept(&analysis, sink.kept()));
    }
    for (kind, _, examples) in analysis.notes.iter() {
        if kind == NoteKind::LedgerBroken {
            for example in examples {
                complain(&format!("the ledger does not add up, please report this: {}", example.detail));
            }
        }
    }
    sink.analysis(&analysis, evidence)
}

/// What the report of an analysis needed in memory until now, besides what no capture makes grow.
fn kept(analysis: &Analysis, (events, event_bytes): (usize, usize)) -> String {
    let sessions = analysis.sessions.len();
    let bytes: usize = analysis.sessions.iter().map(Session::bytes).sum();
    let path = analysis.captures.first().map_or("", |capture| &*capture.path);
    format!("{path}: kept {sessions} sessions in {bytes} bytes, and {events} events in {event_bytes} bytes")
}

fn colour(wish: Colour, terminal: bool) -> bool {
    match wish {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}

/// Writes a line to standard error. If even that fails, there is nobody to tell.
fn complain(what: &str) {
    let _ = writeln!(io::stderr(), "rvpscope: {}", crate::base::text::printable(what));
}
