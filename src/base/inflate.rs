//! Deflate (RFC 1951) and the two wrappers it comes in, gzip (RFC 1952) and zlib (RFC 1950): bodies with a content coding, and compressed files.
//!
//! What stands before a damaged or missing part is given, never an error alone: half a notification still says whose it is.

use flate2::{Decompress, FlushDecompress, Status};
use std::io::{BufRead, BufReader, Error, ErrorKind, Read};

/// How a compressed body is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapper {
    /// `gzip` and `x-gzip` (RFC 9110, section 8.4.1.3): one member or several.
    Gzip,
    /// `deflate` (section 8.4.1.2): zlib, or deflate without a wrapper, which many servers send under that name.
    Deflate,
}

/// How expanding ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At the end of the compressed data.
    Complete,
    /// The compressed data end too early.
    Cut,
    /// The compressed data contradict themselves, or are something else.
    Damaged,
    /// There is more than was asked for.
    Ceiling,
}

/// What compressed data expanded to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expanded {
    /// The bytes, as far as they could be read.
    pub bytes: Vec<u8>,
    /// How it ended.
    pub end: End,
}

/// Window of the largest distance that deflate knows, as a power of two.
const WINDOW_BITS: u8 = 15;

/// Bytes that are expanded at once.
const BLOCK: usize = 16 << 10;

/// Members of one gzip body that are read; a body has one. What lies behind them is damage: setting up each costs more than a thousand times the
/// smallest member's size.
const MEMBERS: usize = 256;

/// Expands `packed` to `ceiling` bytes at most. What lies behind the end of the compressed data is passed over, as browsers do.
pub fn expand(wrapper: Wrapper, packed: &[u8], ceiling: usize) -> Expanded {
    if packed.is_empty() {
        // A body that is announced as compressed and has no byte is an empty one.
        return Expanded { bytes: Vec::new(), end: End::Complete };
    }
    match wrapper {
        Wrapper::Gzip => members(packed, ceiling),
        Wrapper::Deflate => {
            let (zlib, _) = one(Decompress::new(true), packed, Vec::new(), ceiling);
            if zlib.end != End::Damaged {
                return zlib;
            }
            let (raw, _) = one(Decompress::new(false), packed, Vec::new(), ceiling);
            if raw.bytes.len() > zlib.bytes.len() || (zlib.bytes.is_empty() && raw.end != End::Damaged) { raw } else { zlib }
        }
    }
}

fn members(packed: &[u8], ceiling: usize) -> Expanded {
    let mut expanded = Expanded { bytes: Vec::new(), end: End::Damaged };
    let mut rest = packed;
    for _ in 0..MEMBERS {
        let used;
        (expanded, used) = one(Decompress::new_gzip(WINDOW_BITS), rest, expanded.bytes, ceiling);
        rest = rest.get(used..).unwrap_or_default();
        if expanded.end != End::Complete || !rest.starts_with(&MAGIC) {
            return expanded;
        }
    }
    Expanded { end: End::Damaged, ..expanded }
}

/// Expands one member behind `bytes`. Says how much of `packed` it was.
fn one(mut inflate: Decompress, packed: &[u8], mut bytes: Vec<u8>, ceiling: usize) -> (Expanded, usize) {
    let mut used = 0;
    let end = loop {
        let before = bytes.len();
        // One byte more than wanted tells whether there is more.
        bytes.resize(before.saturating_add(BLOCK).min(ceiling.saturating_add(1)), 0);
        let step = Step::of(&mut inflate, packed.get(used..).unwrap_or_default(), bytes.get_mut(before..).unwrap_or_default());
        bytes.truncate(before.saturating_add(step.written));
        used += step.used;
        if bytes.len() > ceiling {
            bytes.truncate(ceiling);
            break End::Ceiling;
        }
        match step.end {
            Some(end) => break end,
            None if step.used == 0 && step.written == 0 => break End::Cut,
            None => {}
        }
    };
    (Expanded { bytes, end }, used)
}

/// What came of one call.
struct Step {
    used: usize,
    written: usize,
    /// Complete or damaged; `None` where it goes on.
    end: Option<End>,
}

impl Step {
    /// What was written before damage counts too.
    fn of(inflate: &mut Decompress, input: &[u8], room: &mut [u8]) -> Self {
        let before = (inflate.total_in(), inflate.total_out());
        let end = match inflate.decompress(input, room, FlushDecompress::None) {
            Ok(Status::StreamEnd) => Some(End::Complete),
            Ok(Status::Ok | Status::BufError) => None,
            Err(_) => Some(End::Damaged),
        };
        let used = (inflate.total_in() - before.0) as usize;
        let written = (inflate.total_out() - before.1) as usize;
        Self { used: used.min(input.len()), written: written.min(room.len()), end }
    }
}

/// How every gzip member begins.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Expands a .gz file while it is read: all its members, as one. Everything before a damaged or missing part is read first, then comes the error.
/// Zeros behind the last member are padding.
pub fn gzip_reader(reader: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    Box::new(GzipFile { reader: BufReader::with_capacity(64 << 10, reader), inflate: None, any: false, failure: None })
}

struct GzipFile {
    reader: BufReader<Box<dyn Read + Send>>,
    /// The member that is being read.
    inflate: Option<Decompress>,
    /// Whether there was a member.
    any: bool,
    /// Why nothing more can be read.
    failure: Option<(ErrorKind, &'static str)>,
}

impl GzipFile {
    /// Goes to the next member; `false` at the end.
    fn next_member(&mut self) -> std::io::Result<bool> {
        loop {
            let input = self.reader.fill_buf()?;
            let Some(first) = input.first() else { return Ok(false) };
            let padding = if self.any { input.iter().take_while(|byte| **byte == 0).count() } else { 0 };
            if padding == 0 && self.any && *first != MAGIC[0] {
                return Err(self.fail(ErrorKind::InvalidData, "bytes behind the end of the compressed data"));
            }
            if padding == 0 {
                self.any = true;
                self.inflate = Some(Decompress::new_gzip(WINDOW_BITS));
                return Ok(true);
            }
            self.reader.consume(padding);
        }
    }

    fn fail(&mut self, kind: ErrorKind, what: &'static str) -> Error {
        self.failure = Some((kind, what));
        Error::new(kind, what)
    }
}

impl Read for GzipFile {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        if let Some((kind, what)) = self.failure {
            return Err(Error::new(kind, what));
        }
        while !room.is_empty() {
            let Some(inflate) = &mut self.inflate else {
                if self.next_member()? {
                    continue;
                }
                return Ok(0);
            };
            let input = self.reader.fill_buf()?;
            let over = input.is_empty();
            let step = Step::of(inflate, input, room);
            self.reader.consume(step.used);
            match step.end {
                Some(End::Complete) => self.inflate = None,
                Some(_) => {
                    let error = self.fail(ErrorKind::InvalidData, "the compressed data are damaged");
                    return if step.written > 0 { Ok(step.written) } else { Err(error) };
                }
                None if over && step.written == 0 => return Err(self.fail(ErrorKind::UnexpectedEof, "the compressed data are cut")),
                None => {}
            }
            if step.written > 0 {
                return Ok(step.written);
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
