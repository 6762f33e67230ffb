//! Where a report goes: standard output, or files that are replaced only when all of them are written.

use crate::report::Output;
use atomic_write_file::AtomicWriteFile;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::{Path, PathBuf};

/// How much is written at once.
const BUFFER: usize = 1 << 16;

/// What a template of names may hold: the name of the capture up to its first dot, the name of its folder, and its number from 1.
const PLACES: [&str; 3] = ["{name}", "{folder}", "{number}"];

/// Where reports go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// All to standard output.
    Stdout,
    /// All to one file.
    One(PathBuf),
    /// The report of each capture to a file of its own: a path with one of [`PLACES`] in it.
    Each(String),
}

impl Destination {
    /// Reads what was asked for.
    pub(super) fn of(asked: Option<&str>) -> Self {
        match asked {
            None | Some("-") => Self::Stdout,
            Some(path) if PLACES.iter().any(|place| path.contains(place)) => Self::Each(path.to_owned()),
            Some(path) => Self::One(PathBuf::from(path)),
        }
    }

    /// How the name of the file ends, which may tell the format.
    pub(super) fn ending(&self) -> Option<String> {
        let path = match self {
            Self::Stdout => return None,
            Self::One(path) => path,
            Self::Each(template) => Path::new(template),
        };
        path.extension().map(|ending| ending.to_string_lossy().into_owned())
    }
}

/// The file for the report of the capture `path`, which is the `number`th, by a template of names.
pub(super) fn filled(template: &str, path: &Path, number: usize) -> PathBuf {
    let word = |part: Option<&OsStr>| part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_default();
    let name = word(path.file_name());
    let name = if name == "-" { "stdin" } else { name.split('.').find(|part| !part.is_empty()).unwrap_or("capture") };
    let folder = word(path.parent().and_then(Path::file_name));
    let (folder, number) = (if folder.is_empty() { "here" } else { &folder }, number.to_string());
    // Each place once, from left to right: the name of a capture may look like a place.
    let values = [name, folder, &number];
    let mut filled = String::new();
    let mut rest = template;
    while let Some((at, place, value)) =
        PLACES.iter().zip(values).filter_map(|(place, value)| Some((rest.find(place)?, place, value))).min()
    {
        filled.push_str(rest.get(..at).unwrap_or_default());
        filled.push_str(value);
        rest = rest.get(at + place.len()..).unwrap_or_default();
    }
    filled.push_str(rest);
    PathBuf::from(filled)
}

/// One or several files that are being written, or standard output.
pub(super) enum Place {
    /// Standard output.
    Stdout(BufWriter<StdoutLock<'static>>),
    /// Files.
    Files(Files),
}

/// A file, or a file for each table, next to the final ones and without their names until all is written.
pub(super) struct Files {
    path: PathBuf,
    /// The first one, which is there before the work begins, so that it is not done in vain.
    first: Option<Piece>,
    tables: Vec<(String, Piece)>,
    /// Which of them is written.
    current: Option<usize>,
}

/// A file.
enum Piece {
    /// One that takes its place when it is whole.
    Atomic(BufWriter<AtomicWriteFile>),
    /// A device or a pipe, which can't be replaced.
    Direct(BufWriter<File>),
}

impl Place {
    /// Standard output.
    pub(super) fn stdout() -> Self {
        Self::Stdout(BufWriter::with_capacity(BUFFER, io::stdout().lock()))
    }

    /// The file `path`, or files whose names begin like it.
    pub(super) fn file(path: &Path) -> io::Result<Self> {
        Ok(Self::Files(Files { first: Some(Piece::open(path)?), path: path.to_owned(), tables: Vec::new(), current: None }))
    }

    /// Puts what was written in its place.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Stdout(mut out) => out.flush(),
            Self::Files(files) => files.finish(),
        }
    }
}

impl Files {
    fn finish(self) -> io::Result<()> {
        if self.tables.is_empty() {
            return self.first.map_or(Ok(()), Piece::finish);
        }
        // First all is written, then all take their places.
        let whole: io::Result<Vec<Piece>> = self.tables.into_iter().map(|(_, piece)| piece.flushed()).collect();
        whole?.into_iter().try_for_each(Piece::finish)
    }

    fn piece(&mut self) -> io::Result<&mut Piece> {
        let piece = match self.current {
            Some(current) => self.tables.get_mut(current).map(|(_, piece)| piece),
            None => self.first.as_mut(),
        };
        piece.ok_or_else(|| io::Error::other("there is no file to write to"))
    }
}

/// The file of a table: `report-sessions.csv` beside `report.csv`.
fn of_table(path: &Path, table: &str) -> PathBuf {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let ending = path.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}-{table}{ending}"))
}

impl Piece {
    fn open(path: &Path) -> io::Result<Self> {
        let direct = fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
        Ok(if direct {
            Self::Direct(BufWriter::with_capacity(BUFFER, File::options().write(true).open(path)?))
        } else {
            Self::Atomic(BufWriter::with_capacity(BUFFER, AtomicWriteFile::open(path)?))
        })
    }

    fn flushed(mut self) -> io::Result<Self> {
        self.flush().map(|()| self)
    }

    fn finish(self) -> io::Result<()> {
        match self.flushed()? {
            Self::Atomic(file) => file.into_inner().map_err(io::IntoInnerError::into_error)?.commit(),
            Self::Direct(_) => Ok(()),
        }
    }
}

impl Write for Piece {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Atomic(file) => file.write(bytes),
            Self::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Atomic(file) => file.flush(),
            Self::Direct(file) => file.flush(),
        }
    }
}

impl Write for Place {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::Files(files) => files.piece()?.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::Files(files) => files.piece()?.flush(),
        }
    }
}

impl Output for Place {
    fn table(&mut self, name: &str) -> io::Result<bool> {
        let Self::Files(files) = self else { return Ok(false) };
        if let Some(Piece::Direct(_)) = files.first {
            return Ok(false);
        }
        // What was opened in advance has another name.
        files.first = None;
        let known = files.tables.iter().position(|(table, _)| table == name);
        if known.is_none() {
            files.tables.push((name.to_owned(), Piece::open(&of_table(&files.path, name))?));
        }
        files.current = Some(known.unwrap_or(files.tables.len() - 1));
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_captures() {
        for (path, name) in [
            ("a/trace.pcap", "out/trace.html"),
            ("trace.pcap.gz", "out/trace.html"),
            ("-", "out/stdin.html"),
            ("x/.hidden", "out/hidden.html"),
        ] {
            assert_eq!(filled("out/{name}.html", Path::new(path), 1), Path::new(name), "{path}");
        }
        assert_eq!(filled("{number}-{folder}.{name}", Path::new("a/b/{number}.pcap"), 7), Path::new("7-b.{number}"));
        assert_eq!(filled("{folder}.md", Path::new("trace.pcap"), 1), Path::new("here.md"));
        assert_eq!(Destination::of(Some("-")), Destination::Stdout);
        assert_eq!(Destination::of(Some("r/{name}.md")).ending().as_deref(), Some("md"));
    }

    #[test]
    fn a_file_is_replaced_only_when_all_is_written() {
        let folder = std::env::temp_dir().join(format!("rvpscope-destination-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("report.txt");
        fs::write(&path, "old").unwrap();
        let mut place = Place::file(&path).unwrap();
        place.write_all(b"new").unwrap();
        drop(place);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old", "given up");
        let mut place = Place::file(&path).unwrap();
        place.write_all(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old", "on its way");
        place.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        let mut place = Place::file(&path).unwrap();
        for table in ["one", "two", "one"] {
            assert!(place.table(table).unwrap());
            place.write_all(table.as_bytes()).unwrap();
        }
        place.finish().unwrap();
        assert_eq!(fs::read_to_string(folder.join("report-one.txt")).unwrap(), "oneone");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 3, "nothing is left over");
        fs::remove_dir_all(&folder).unwrap();
    }
}
