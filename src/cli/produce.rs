//! From captures to reports: what `analyze` and `report` share.

use super::args::Reading;
use super::destination::{Destination, Place, filled};
use super::progress::Progress;
use super::{Outcome, complain, settings};
use crate::analysis::Analysis;
use crate::analysis::finding::Severity;
use crate::base::limits::Limits;
use crate::base::note::NoteKind;
use crate::batch::{self, Came, Input, Job};
use crate::filter::{Cited, Filter, Record, Selection, Subject};
use crate::pipeline::{Choice, Course, Events, Wanted};
use crate::report::{Format, Sink, Style};
use crate::rvp::secrets::Secrets;
use crate::session::model::Session;
use crate::session::transcript::Evidence;
use crate::session::update::Update;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be done.
pub(super) struct Order<'a> {
    pub(super) reading: &'a Reading,
    pub(super) format: &'static Format,
    pub(super) destination: Destination,
    pub(super) colour: bool,
}

/// Why a report was not written.
enum Failure {
    /// The arguments are wrong.
    Usage(String),
    /// It could not be written: where, and why.
    Write(String, io::Error),
}

/// Analyses each capture and writes it in the format that was asked for. An input that cannot be read is reported, and the others go on.
pub(super) fn run(order: &Order<'_>) -> Outcome {
    let reading = order.reading;
    let settings = match settings::load(reading.settings.as_deref()) {
        Ok(settings) => settings,
        Err(mistake) => {
            complain(&mistake);
            return Outcome::Usage;
        }
    };
    let filter = match reading.filter.as_deref().map(Filter::parse).transpose() {
        Ok(filter) => filter.map(Arc::new),
        Err(mistake) => {
            // It shows the place below the expression; both are printable.
            let _ = writeln!(io::stderr(), "rvpscope: --filter: {mistake}");
            return Outcome::Usage;
        }
    };
    let (inputs, errors) = batch::find(&reading.paths);
    let mut outcome = Outcome::Done;
    for error in &errors {
        complain(&error.to_string());
        outcome = Outcome::Unreadable;
    }
    if inputs.is_empty() {
        return Outcome::Unreadable;
    }
    let size = inputs.iter().map(Input::size).sum();
    let talks = matches!(order.destination, Destination::Stdout) && io::stdout().is_terminal() && !order.format.keeps_all;
    let progress = Progress::new(size, !talks);
    let read = progress.clone();
    let events = match &filter {
        _ if reading.quiet => Events::None,
        // What waits for the end is chosen then, when more is known of the sessions.
        Some(filter) if !waits(order.format) => Events::Some(choice(filter)),
        _ => Events::All,
    };
    let wanted = Wanted {
        events,
        transcripts: order.format.transcripts.then_some(if reading.show_secrets { Secrets::Shown } else { Secrets::Masked }),
        search: filter.as_ref().map(|filter| filter.needles().clone()).filter(|needles| !needles.is_empty()),
    };
    let job = Job {
        course: Course { limits: limits(order.format), settings, threads: threads(reading.threads), wanted },
        on_read: Arc::new(move |bytes| read.read(bytes)),
    };
    let mut work = Work { order, filter, job, progress, outcome };
    let result = work.all(&inputs);
    work.progress.end();
    match result {
        Ok(()) => work.outcome,
        // Whoever read our output has seen enough.
        Err(Failure::Write(_, error)) if error.kind() == ErrorKind::BrokenPipe => Outcome::Done,
        Err(Failure::Write(place, error)) => {
            complain(&format!("{place}: cannot be written: {error}"));
            Outcome::Unreadable
        }
        Err(Failure::Usage(what)) => {
            complain(&what);
            Outcome::Usage
        }
    }
}

/// A run.
struct Work<'a> {
    order: &'a Order<'a>,
    filter: Option<Arc<Filter>>,
    job: Job,
    progress: Progress,
    outcome: Outcome,
}

impl Work<'_> {
    fn all(&mut self, inputs: &[Input]) -> Result<(), Failure> {
        let Order { reading, format, destination, .. } = self.order;
        // One path is one document, even where a folder turns out to hold one capture: what a script gets depends on its arguments alone.
        let several = !reading.merge && (reading.paths.len() > 1 || inputs.iter().any(|input| !input.named) || inputs.len() > 1);
        let named = |path: &Path| path.display().to_string();
        match destination {
            Destination::Each(template) if !reading.merge => {
                for (path, input) in each(template, inputs)? {
                    let place = Place::file(&path).map_err(|error| Failure::Write(named(&path), error))?;
                    self.one(std::slice::from_ref(input), false, place, &named(&path))?;
                }
                Ok(())
            }
            _ if format.one_each && several => Err(Failure::Usage(format!(
                "{} holds one capture: name a file for each, such as -o '{{name}}.{}', or make one timeline of all with --merge",
                format.name, format.ending
            ))),
            Destination::Stdout => self.one(inputs, several, Place::stdout(), "standard output"),
            Destination::One(path) => self.file(inputs, several, path),
            Destination::Each(template) => {
                let path = inputs.first().map(|input| filled(template, &input.path, 1)).unwrap_or_default();
                self.file(inputs, several, &path)
            }
        }
    }

    fn file(&mut self, inputs: &[Input], several: bool, path: &Path) -> Result<(), Failure> {
        spared(path, inputs)?;
        let name = path.display().to_string();
        let place = Place::file(path).map_err(|error| Failure::Write(name.clone(), error))?;
        self.one(inputs, several, place, &name)
    }

    /// Writes one report of `inputs`.
    fn one(&mut self, inputs: &[Input], several: bool, mut place: Place, name: &str) -> Result<(), Failure> {
        let live = inputs.iter().any(Input::is_stdin);
        let mut sink = (self.order.format.sink)(&mut place, several, Style { colour: self.order.colour, live });
        let job = self.job.clone();
        let merge = self.order.reading.merge;
        let mut read_any = false;
        let waits = waits(self.order.format);
        let filter = self.filter.clone();
        let mut selection = filter.as_deref().map(Selection::new);
        let mut held = Vec::new();
        let mut take = |came| match came {
            Came::Update(Update::Event(event), _) if selection.is_some() && waits => {
                held.push(event);
                Ok(())
            }
            Came::Update(mut update, when) => {
                let passes = selection.as_mut().is_none_or(|selection| match &mut update {
                    Update::Event(event) => {
                        selection.passed(event);
                        true
                    }
                    Update::Session(session) => selection.session(session),
                    Update::Exchange(_) => true,
                });
                if passes { sink.update(update, when.time_digits) } else { Ok(()) }
            }
            Came::Analysis(analysis, evidence) => {
                read_any = true;
                let progress = self.progress.clone();
                progress.aside(|| {
                    let mut analysis = *analysis;
                    let reading = self.order.reading;
                    analysis.keep_findings(&reading.only, &reading.ignore);
                    let Some(selection) = &mut selection else { return self.write(&analysis, &*evidence, &mut *sink) };
                    let all = Cited::by(&held);
                    let passed = selection.events(std::mem::take(&mut held), &analysis.sessions);
                    let narrowed = selection.evidence(&*evidence, &all, &passed, &analysis.sessions);
                    for event in passed {
                        sink.event(event, analysis.time_digits())?;
                    }
                    selection.analysis(&mut analysis);
                    self.write(&analysis, &narrowed, &mut *sink)
                })
            }
            Came::Unreadable(error) => {
                self.progress.aside(|| complain(&error.to_string()));
                self.outcome = Outcome::Unreadable;
                Ok(())
            }
        };
        let result = if merge { batch::analyse_merged(inputs, &job, &mut take) } else { batch::analyse_each(inputs, &job, &mut take) };
        let written = result.and_then(|()| sink.end());
        drop(sink);
        // A report of nothing replaces none.
        let kept = read_any || matches!(place, Place::Stdout(_));
        written.and_then(|()| if kept { place.finish() } else { Ok(()) }).map_err(|error| Failure::Write(name.to_owned(), error))
    }

    fn write(&mut self, analysis: &Analysis, evidence: &dyn Evidence, sink: &mut dyn Sink) -> io::Result<()> {
        let reading = self.order.reading;
        let bad = |severity: Severity| reading.fail_on.as_deref().is_some_and(|worst| severity.as_str() == worst);
        let worst = Severity::ALL.into_iter().find(|severity| bad(*severity));
        if self.outcome == Outcome::Done && worst.is_some_and(|worst| analysis.findings.iter().any(|finding| finding.severity >= worst)) {
            self.outcome = Outcome::Found;
        }
        for capture in &analysis.captures {
            for damage in &capture.damage {
                complain(&format!("{}: {damage}", capture.path));
            }
        }
        if reading.verbose {
            complain(&kept(analysis, sink.kept()));
        }
        for (kind, _, examples) in analysis.notes.iter() {
            if kind == NoteKind::LedgerBroken {
                for example in examples {
                    complain(&format!("the ledger does not add up, please report this: {}", example.detail));
                }
            }
        }
        sink.analysis(analysis, evidence)
    }
}

/// Whether a filter chooses at the end: where all is kept until then anyway, and where exchanges are listed, which their events tell about.
const fn waits(format: &Format) -> bool {
    format.keeps_all || format.transcripts
}

/// The file for each capture, none of them twice.
fn each<'i>(template: &str, inputs: &'i [Input]) -> Result<Vec<(PathBuf, &'i Input)>, Failure> {
    let mut taken: BTreeMap<PathBuf, &Input> = BTreeMap::new();
    let mut files = Vec::new();
    for (number, input) in inputs.iter().enumerate() {
        let path = filled(template, &input.path, number + 1);
        spared(&path, inputs)?;
        if let Some(other) = taken.insert(path.clone(), input) {
            return Err(Failure::Usage(format!(
                "{} and {} would both be written to {}: put {{folder}} or {{number}} into the name, too",
                other.path.display(),
                input.path.display(),
                path.display()
            )));
        }
        files.push((path, input));
    }
    Ok(files)
}

/// No report takes the place of a capture.
fn spared(path: &Path, inputs: &[Input]) -> Result<(), Failure> {
    let real = path.canonicalize().ok();
    let same = |input: &Input| real.is_some() && input.path.canonicalize().ok() == real && path.is_file();
    if inputs.iter().any(same) {
        return Err(Failure::Usage(format!("{}: is one of the captures; name another file for the report", path.display())));
    }
    Ok(())
}

/// Whether an event passes, by what is known of its session when it becomes certain.
fn choice(filter: &Arc<Filter>) -> Choice {
    let filter = Arc::clone(filter);
    Arc::new(move |event, session| filter.matches(&Subject { record: Record::Event(event), session }))
}

/// What is kept: all, or what fits in a memory that does not grow with the capture.
fn limits(format: &Format) -> Limits {
    if format.keeps_all { Limits::default().keeping_all() } else { Limits::default() }
}

/// As many threads as were asked for, else as the machine has processors.
fn threads(asked: Option<NonZeroUsize>) -> NonZeroUsize {
    asked.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

/// What the report of an analysis needed in memory until now, besides what no capture makes grow.
fn kept(analysis: &Analysis, (events, event_bytes): (usize, usize)) -> String {
    let sessions = analysis.sessions.len();
    let bytes: usize = analysis.sessions.iter().map(Session::bytes).sum();
    let path = analysis.captures.first().map_or("", |capture| &*capture.path);
    format!("{path}: kept {sessions} sessions in {bytes} bytes, and {events} events in {event_bytes} bytes")
}
