//! Many captures: finds them below the given paths and analyses each, in the order of the paths. Stored analyses stand for their captures.

mod abreast;
mod spool;
mod stored;

use crate::analysis::Analysis;
use crate::base::limits::Limits;
use crate::base::notation::Mistake;
use crate::capture::PacketSource;
use crate::capture::file::{CaptureFile, NotACapture, Opening};
use crate::capture::merge::{Merged, Part};
use crate::pipeline::{self, Course, When};
use crate::session::transcript::Evidence;
use crate::session::update::Update;
use spool::Spool;
use std::convert::Infallible;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Standard input, as a path.
const STDIN: &str = "-";

/// One capture to be analysed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Where it is.
    pub path: PathBuf,
    /// Whether the user named it, so that it must be a capture. In a folder, what is no capture is passed over.
    pub named: bool,
}

impl Input {
    /// Whether it is standard input.
    pub fn is_stdin(&self) -> bool {
        self.path.as_os_str() == STDIN
    }

    /// How many bytes it has; `None` where only reading tells.
    pub fn size(&self) -> Option<u64> {
        std::fs::metadata(&self.path).ok().filter(Metadata::is_file).map(|metadata| metadata.len())
    }

    fn is_small(&self) -> bool {
        self.size().is_some_and(|size| size <= SMALL)
    }
}

/// Why an input gave no analysis.
#[derive(Debug)]
pub enum InputError {
    /// Nothing matches the path.
    NotFound(String),
    /// Standard input is named a second time. Two readers would share its bytes.
    Twice,
    /// The folder or pattern holds no capture.
    NoCapture(String),
    /// A folder could not be walked.
    Walk(String),
    /// It could not be opened.
    Open(PathBuf, io::Error),
    /// It is no capture.
    Format(PathBuf, NotACapture),
    /// It is a stored analysis that can't be read.
    Stored(PathBuf, Mistake),
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(path) => write!(f, "{path}: there is no such file or folder; check the path, or quote a pattern"),
            Self::Twice => write!(f, "{STDIN}: standard input is named twice; it can be read once"),
            Self::NoCapture(path) => write!(f, "{path}: no capture found in it"),
            Self::Walk(what) => write!(f, "{what}"),
            Self::Open(path, error) => write!(f, "{}: cannot be opened: {error}", path.display()),
            Self::Format(path, why) => write!(f, "{}: {why}", path.display()),
            Self::Stored(path, mistake) => write!(f, "{}: {mistake}", path.display()),
        }
    }
}

/// The captures below `paths` (files, folders, patterns, `-`), and what could not be found.
pub fn find(paths: &[String]) -> (Vec<Input>, Vec<InputError>) {
    let mut inputs = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        let found = Path::new(path);
        if path == STDIN && inputs.iter().any(Input::is_stdin) {
            errors.push(InputError::Twice);
        } else if path == STDIN || found.is_file() {
            inputs.push(Input { path: found.to_owned(), named: true });
        } else if found.is_dir() {
            walk(found, &mut inputs, &mut errors);
        } else if found.exists() {
            // A named pipe or a device: read like a file.
            inputs.push(Input { path: found.to_owned(), named: true });
        } else {
            pattern(path, &mut inputs, &mut errors);
        }
    }
    (inputs, errors)
}

/// Wants to know that so many bytes more of the inputs were read.
pub type OnRead = Arc<dyn Fn(u64) + Send + Sync>;

/// How captures are analysed.
#[derive(Clone)]
pub struct Job {
    /// How their packets become facts, and on how many threads.
    pub course: Course,
    /// Who wants to know how far reading came.
    pub on_read: OnRead,
}

/// What comes of inputs, in their order.
#[allow(clippy::large_enum_variant, reason = "nearly all are the large one")]
pub enum Came {
    /// Something of the running analysis that is certain before its end.
    Update(Update, When),
    /// The end of the running analysis, and what was said in it, as far as that is wanted.
    Analysis(Box<Analysis>, Box<dyn Evidence + Send>),
    /// An input gave no analysis.
    Unreadable(InputError),
}

/// Takes what comes.
pub type Take<'a, E> = &'a mut dyn FnMut(Came) -> Result<(), E>;

/// Inputs up to this size in bytes are analysed side by side, each on one thread; of what is larger, the packets are spread over all threads.
const SMALL: u64 = 1 << 20;

/// Analyses captures one after the other.
pub fn analyse_each<E>(inputs: &[Input], job: &Job, take: Take<'_, E>) -> Result<(), E> {
    let mut rest = inputs;
    while let Some(first) = rest.first() {
        let small = rest.iter().take_while(|input| input.is_small()).count();
        let (now, later) = rest.split_at(small.max(1));
        if small > 1 {
            side_by_side(now, job, take)?;
        } else {
            analyse(first, job, take)?;
        }
        rest = later;
    }
    Ok(())
}

/// Analyses small captures side by side. What each of them gives waits until its turn comes.
fn side_by_side<E>(inputs: &[Input], job: &Job, take: Take<'_, E>) -> Result<(), E> {
    let alone = Job { course: Course { threads: NonZeroUsize::MIN, ..job.course.clone() }, on_read: Arc::clone(&job.on_read) };
    let work = |input: &Input| {
        let mut all = Vec::new();
        let Ok(()) = analyse(input, &alone, &mut |came| {
            all.push(came);
            Ok::<(), Infallible>(())
        });
        all
    };
    abreast::each(job.course.threads, inputs, &work, &mut |all| all.into_iter().try_for_each(&mut *take))
}

/// Analyses one capture, or reads a stored analysis.
fn analyse<E>(input: &Input, job: &Job, take: Take<'_, E>) -> Result<(), E> {
    let mut opening = match open(input, job) {
        Ok(opening) => opening,
        Err(error) => return take(Came::Unreadable(error)),
    };
    if stored::is_one(&mut opening) {
        return stored::analyse(input, opening, job, take);
    }
    match CaptureFile::of(opening, 0, &job.course.limits) {
        Ok(mut source) => run(std::slice::from_ref(input), &mut source, job, take),
        Err(why) => take(Came::Unreadable(InputError::Format(input.path.clone(), why))),
    }
}

/// Analyses captures as one, in the order of their packets' times. Without an analysis if none of them can be read.
pub fn analyse_merged<E>(inputs: &[Input], job: &Job, take: Take<'_, E>) -> Result<(), E> {
    let parts = inputs.iter().map(|input| part(input.clone(), job)).collect();
    let (mut source, refused) = Merged::new(parts, &job.course.limits);
    let left = |place: &usize| refused.iter().all(|(other, _)| other != place);
    let read: Vec<Input> = inputs.iter().enumerate().filter(|(place, _)| left(place)).map(|(_, input)| input.clone()).collect();
    if !read.is_empty() {
        run(&read, &mut source, job, take)?;
    }
    for (place, why) in refused {
        if let Some(input) = inputs.get(place) {
            take(Came::Unreadable(InputError::Format(input.path.clone(), why)))?;
        }
    }
    Ok(())
}

fn run<E>(inputs: &[Input], source: &mut (dyn PacketSource + Send), job: &Job, take: Take<'_, E>) -> Result<(), E> {
    let paths: Vec<String> = inputs.iter().map(|input| input.path.display().to_string()).collect();
    let mut spool = Spool::default();
    let analysis = pipeline::run(&paths, source, &job.course, &mut |update, when| match update {
        Update::Exchange(said) => {
            spool.push(&said);
            Ok(())
        }
        update => take(Came::Update(update, when)),
    })?;
    spool.sort();
    take(Came::Analysis(Box::new(analysis), Box::new(spool)))
}

fn part(input: Input, job: &Job) -> Part {
    let reopens = input.path.is_file();
    let (limits, on_read) = (job.course.limits, Arc::clone(&job.on_read));
    // Files are read twice; the first time only up to their first packet.
    let open = move |capture| {
        let mut opening = Opening::new(reader(&input, &on_read).map_err(NotACapture::Io)?, &limits)?;
        if stored::is_one(&mut opening) {
            return Err(NotACapture::Header(stored::NO_PACKETS.to_owned()));
        }
        CaptureFile::of(opening, capture, &limits)
    };
    Part { open: Box::new(open), reopens }
}

fn open(input: &Input, job: &Job) -> Result<Opening, InputError> {
    let reader = reader(input, &job.on_read).map_err(|error| InputError::Open(input.path.clone(), error))?;
    Opening::new(reader, &job.course.limits).map_err(|why| InputError::Format(input.path.clone(), why))
}

fn reader(input: &Input, on_read: &OnRead) -> io::Result<Box<dyn Read + Send>> {
    let on_read = Arc::clone(on_read);
    Ok(if input.is_stdin() {
        Box::new(Told { reader: io::stdin(), on_read })
    } else {
        Box::new(Told { reader: File::open(&input.path)?, on_read })
    })
}

/// A reader that tells how much it read.
struct Told<R> {
    reader: R,
    on_read: OnRead,
}

impl<R: Read> Read for Told<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(room)?;
        (self.on_read)(read as u64);
        Ok(read)
    }
}

fn walk(folder: &Path, inputs: &mut Vec<Input>, errors: &mut Vec<InputError>) {
    let before = inputs.len();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        match entry {
            Ok(entry) if entry.file_type().is_file() && is_input(entry.path(), &Limits::default()) => {
                inputs.push(Input { path: entry.into_path(), named: false });
            }
            Ok(_) => {}
            Err(error) => errors.push(InputError::Walk(error.to_string())),
        }
    }
    if inputs.len() == before {
        errors.push(InputError::NoCapture(folder.display().to_string()));
    }
}

fn pattern(path: &str, inputs: &mut Vec<Input>, errors: &mut Vec<InputError>) {
    let is_pattern = path.contains(['*', '?', '[']);
    let Some(matches) = is_pattern.then(|| glob::glob(path).ok()).flatten() else {
        errors.push(InputError::NotFound(path.to_owned()));
        return;
    };
    let mut matches: Vec<PathBuf> = matches.filter_map(Result::ok).collect();
    matches.sort();
    if matches.is_empty() {
        errors.push(InputError::NotFound(path.to_owned()));
    }
    for found in matches {
        if found.is_dir() {
            walk(&found, inputs, errors);
        } else {
            inputs.push(Input { path: found, named: true });
        }
    }
}

/// Whether a file is taken for a capture, or for a stored analysis. An error behind its first bytes will be told when it is read.
fn is_input(path: &Path, limits: &Limits) -> bool {
    let opening = File::open(path).ok().and_then(|file| Opening::new(Box::new(file), limits).ok());
    opening.is_some_and(|mut opening| opening.is_capture() || stored::is_one(&mut opening))
}
