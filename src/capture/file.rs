//! Capture files: recognises the format by content and hands out its packets.

use super::buffer::Buffer;
use super::compressed;
use super::{CaptureInfo, Packet, PacketSource, Step};
use crate::base::limits::Limits;
use crate::base::text;
use std::fmt;
use std::io::Read;

mod input;
mod pcap;
mod pcapng;

use input::Input;
use pcap::PcapReader;
use pcapng::PcapngReader;

/// Why an input is no capture.
#[derive(Debug)]
pub enum NotACapture {
    /// It has no byte.
    Empty,
    /// It starts like nothing that is known.
    Unknown {
        /// How it is compressed, if it is.
        compression: Option<&'static str>,
        /// Its first bytes, after decompression.
        start: Vec<u8>,
    },
    /// Its header is cut or contradicts itself.
    Header(String),
    /// It could not be read.
    Io(std::io::Error),
}

impl fmt::Display for NotACapture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "byte 0: the file is empty; expected the header of a pcap or pcapng capture"),
            Self::Unknown { compression, start } => write!(
                f,
                "byte 0{}: expected the header of a pcap or pcapng capture, found \"{}\"; captures of other kinds can be converted with `editcap -F pcap`",
                compression.map(|name| format!(" of what the {name} data hold")).unwrap_or_default(),
                text::printable_bytes(start)
            ),
            Self::Header(what) => write!(f, "{what}"),
            Self::Io(error) => write!(f, "cannot be read: {error}"),
        }
    }
}

/// The name of a compression, if there is one.
type Compression = Option<&'static str>;

/// The formats, told apart by their first four bytes.
#[derive(Clone, Copy)]
enum Kind {
    Pcap,
    Pcapng,
}

impl Kind {
    fn of(start: &[u8]) -> Option<Self> {
        match *start.first_chunk::<4>()? {
            [0x0a, 0x0d, 0x0d, 0x0a] => Some(Self::Pcapng),
            // Microseconds, nanoseconds and the format of a patched libpcap, each in both byte orders.
            [0xd4, 0xc3, 0xb2, 0xa1]
            | [0xa1, 0xb2, 0xc3, 0xd4]
            | [0x4d, 0x3c, 0xb2, 0xa1]
            | [0xa1, 0xb2, 0x3c, 0x4d]
            | [0x34, 0xcd, 0xb2, 0xa1]
            | [0xa1, 0xb2, 0xcd, 0x34] => Some(Self::Pcap),
            _ => None,
        }
    }
}

enum Format {
    Pcap(PcapReader),
    Pcapng(PcapngReader),
}

/// A capture in one of the known formats, read as a stream.
pub struct CaptureFile {
    format: Format,
    input: Input,
}

impl CaptureFile {
    /// Starts to read a capture, compressed or not, that has the index `capture` in its analysis.
    pub fn new(reader: Box<dyn Read + Send>, capture: u32, limits: &Limits) -> Result<Self, NotACapture> {
        let (compression, reader) = compressed::open(reader, limits).map_err(NotACapture::Io)?;
        let mut buffer = Buffer::new(reader);
        let start = buffer.peek(4).to_vec();
        let kind = Kind::of(&start);
        if let Some(error) = buffer.take_error().filter(|_| kind.is_none()) {
            return Err(NotACapture::Io(error));
        }
        let (format, input) = match kind {
            Some(Kind::Pcapng) => {
                let (reader, input) = PcapngReader::new(buffer, compression, capture, limits)?;
                (Format::Pcapng(reader), input)
            }
            Some(Kind::Pcap) => {
                let (reader, input) = PcapReader::new(buffer, compression, capture, limits)?;
                (Format::Pcap(reader), input)
            }
            None if start.is_empty() => return Err(NotACapture::Empty),
            None => return Err(NotACapture::Unknown { compression, start: buffer.peek(8).to_vec() }),
        };
        Ok(Self { format, input })
    }

    /// Whether a stream is taken for a capture by its first bytes.
    pub fn is_one(reader: Box<dyn Read + Send>, limits: &Limits) -> bool {
        let Ok((_, mut reader)) = compressed::open(reader, limits) else { return false };
        let mut start = Vec::new();
        // An error behind the first bytes will be told when the capture is read.
        let _ = reader.by_ref().take(4).read_to_end(&mut start);
        Kind::of(&start).is_some()
    }
}

impl PacketSource for CaptureFile {
    fn advance(&mut self) -> Step {
        match &mut self.format {
            Format::Pcap(reader) => reader.advance(&mut self.input),
            Format::Pcapng(reader) => reader.advance(&mut self.input),
        }
    }

    fn packet(&self) -> Option<Packet<'_>> {
        self.input.packet()
    }

    fn infos(&self) -> &[CaptureInfo] {
        std::slice::from_ref(&self.input.info)
    }
}

#[cfg(test)]
mod tests;
