//! Many captures: finds them below the given paths and analyses each, in the order of the paths.

use crate::analysis::Analysis;
use crate::base::limits::Limits;
use crate::capture::PacketSource;
use crate::capture::file::{CaptureFile, NotACapture};
use crate::capture::merge::{Merged, Part};
use crate::pipeline::Pipeline;
use crate::session::update::Update;
use crate::settings::Settings;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

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

/// Takes what an analysis hands out while it goes on, and the digits after the second in its times.
pub type OnUpdate<'a, E> = &'a mut dyn FnMut(Update, u8) -> Result<(), E>;

/// Analyses one capture. What is certain before the end is handed to `on_update`.
pub fn analyse<E>(
    input: &Input,
    limits: Limits,
    settings: &Settings,
    on_update: OnUpdate<'_, E>,
) -> Result<Result<Analysis, E>, InputError> {
    let mut source = open(input, 0, &limits)?;
    Ok(run(std::slice::from_ref(input), &mut source, (limits, settings), on_update))
}

/// Analyses captures as one, in the order of their packets' times. Gives what could not be read, too; without an analysis if that is all.
pub fn analyse_merged<E>(
    inputs: &[Input],
    limits: Limits,
    settings: &Settings,
    on_update: OnUpdate<'_, E>,
) -> (Option<Result<Analysis, E>>, Vec<InputError>) {
    let parts = inputs.iter().map(|input| part(input.clone(), limits)).collect();
    let (mut source, refused) = Merged::new(parts, &limits);
    let left = |place: &usize| refused.iter().all(|(other, _)| other != place);
    let read: Vec<Input> = inputs.iter().enumerate().filter(|(place, _)| left(place)).map(|(_, input)| input.clone()).collect();
    let errors = refused.into_iter().filter_map(|(place, why)| Some(InputError::Format(inputs.get(place)?.path.clone(), why))).collect();
    let analysis = (!read.is_empty()).then(|| run(&read, &mut source, (limits, settings), on_update));
    (analysis, errors)
}

fn run<E>(
    inputs: &[Input],
    source: &mut dyn PacketSource,
    (limits, settings): (Limits, &Settings),
    on_update: OnUpdate<'_, E>,
) -> Result<Analysis, E> {
    let paths: Vec<String> = inputs.iter().map(|input| input.path.display().to_string()).collect();
    let mut pipeline = Pipeline::new(limits, settings.clone());
    pipeline.read(&paths, source, on_update)?;
    pipeline.finish(on_update)
}

fn part(input: Input, limits: Limits) -> Part {
    let reopens = input.path.is_file();
    let open = move |capture| match reader(&input) {
        Ok(reader) => CaptureFile::new(reader, capture, &limits),
        Err(error) => Err(NotACapture::Io(error)),
    };
    Part { open: Box::new(open), reopens }
}

fn open(input: &Input, capture: u32, limits: &Limits) -> Result<CaptureFile, InputError> {
    let reader = reader(input).map_err(|error| InputError::Open(input.path.clone(), error))?;
    CaptureFile::new(reader, capture, limits).map_err(|why| InputError::Format(input.path.clone(), why))
}

fn reader(input: &Input) -> io::Result<Box<dyn Read + Send>> {
    Ok(if input.is_stdin() { Box::new(io::stdin()) } else { Box::new(File::open(&input.path)?) })
}

fn walk(folder: &Path, inputs: &mut Vec<Input>, errors: &mut Vec<InputError>) {
    let before = inputs.len();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        match entry {
            Ok(entry) if entry.file_type().is_file() && starts_like_a_capture(entry.path(), &Limits::default()) => {
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

fn starts_like_a_capture(path: &Path, limits: &Limits) -> bool {
    File::open(path).is_ok_and(|file| CaptureFile::is_one(Box::new(file), limits))
}
