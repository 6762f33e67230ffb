//! Compressed captures: recognised by their first bytes, whatever their names say, and expanded as they are read.

use crate::base::inflate;
use crate::base::limits::Limits;
use bzip2::bufread::MultiBzDecoder;
use lzma_rust2::XzReader;
use std::io::{BufReader, Cursor, Error, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

mod lz4;
mod zstd;

/// A stream of bytes.
type Stream = Box<dyn Read + Send>;

/// A way to compress: its name, whether something starts as what it compressed does, and how that is expanded.
struct Compression {
    name: &'static str,
    starts: fn(&[u8]) -> bool,
    expand: fn(Stream, &Limits) -> Stream,
}

/// Those that are known.
const COMPRESSIONS: &[Compression] = &[
    Compression { name: "gzip", starts: |start| matches!(start, [0x1f, 0x8b, 8, ..]), expand: |packed, _| inflate::gzip_reader(packed) },
    // A file may begin with a skippable frame, as those of `pzstd` do.
    Compression {
        name: "zstd",
        starts: |start| matches!(start, [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]),
        expand: |packed, limits| Box::new(zstd::Frames::new(BufReader::new(packed), limits.window_bytes)),
    },
    // The frame format, and that of lz4's first versions.
    Compression {
        name: "lz4",
        starts: |start| matches!(start, [0x04, 0x22, 0x4d, 0x18, ..] | [0x02, 0x21, 0x4c, 0x18, ..]),
        expand: |packed, _| Box::new(lz4::Frames::new(BufReader::new(packed))),
    },
    Compression {
        name: "xz",
        starts: |start| matches!(start, [0xfd, b'7', b'z', b'X', b'Z', 0, ..]),
        expand: |packed, limits| {
            let kibibytes = u32::try_from(limits.window_bytes / 1024).unwrap_or(u32::MAX);
            Box::new(XzReader::new_mem_limit(BufReader::new(packed), true, kibibytes))
        },
    },
    Compression {
        name: "bzip2",
        starts: |start| matches!(start, [b'B', b'Z', b'h', b'1'..=b'9', ..]),
        expand: |packed, _| Box::new(MultiBzDecoder::new(BufReader::new(packed))),
    },
];

/// As many first bytes as tell a compression.
const START: u64 = 6;

/// Undoes the compression of `packed`, if there is one. Says which.
pub(super) fn open(mut packed: Stream, limits: &Limits) -> std::io::Result<(Option<&'static str>, Stream)> {
    let mut start = Vec::new();
    // `read_to_end` goes on over short reads and interruptions.
    packed.by_ref().take(START).read_to_end(&mut start)?;
    let found = COMPRESSIONS.iter().find(|one| (one.starts)(&start));
    let whole: Stream = Box::new(Cursor::new(start).chain(packed));
    let Some(Compression { name, expand, .. }) = found else { return Ok((None, whole)) };
    let read = Arc::new(AtomicU64::new(0));
    let counted = Counted { stream: whole, read: Arc::clone(&read) };
    let expanded = expand(Box::new(counted), limits);
    Ok((Some(name), Box::new(Expansion { name, expanded, read, given: 0, ratio: limits.expansion_ratio, free: limits.expansion_bytes })))
}

/// Counts the compressed bytes.
struct Counted {
    stream: Stream,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let read = self.stream.read(room)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// What comes out, up to the ceiling. Says where in the compressed bytes something went wrong.
struct Expansion {
    name: &'static str,
    expanded: Stream,
    read: Arc<AtomicU64>,
    given: u64,
    ratio: u64,
    free: u64,
}

impl Read for Expansion {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let (name, read) = (self.name, self.read.load(Ordering::Relaxed));
        if self.given > self.free.max(read.saturating_mul(self.ratio)) {
            let given = self.given;
            return Err(Error::other(format!(
                "{read} bytes of {name} data have become {given}, more than those of a capture do; to read on, decompress the file first"
            )));
        }
        match self.expanded.read(room) {
            Ok(given) => {
                self.given += given as u64;
                Ok(given)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let read = self.read.load(Ordering::Relaxed);
                Err(Error::other(format!("the {name} data are damaged or cut before their byte {read}: {error}")))
            }
        }
    }
}

#[cfg(test)]
mod tests;
