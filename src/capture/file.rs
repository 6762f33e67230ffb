//! Capture files: recognises the format by content and hands out its packets.

use super::buffer::Buffer;
use super::{CaptureInfo, Next, PacketSource};
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
        /// Its first bytes.
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
            Self::Unknown { start } => write!(
                f,
                "byte 0: expected the header of a pcap or pcapng capture, found \"{}\"; captures of other kinds can be converted with `editcap -F pcap`",
                text::printable_bytes(start)
            ),
            Self::Header(what) => write!(f, "{what}"),
            Self::Io(error) => write!(f, "cannot be read: {error}"),
        }
    }
}

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
}

impl CaptureFile {
    /// Starts to read a capture that has the index `capture` in its analysis.
    pub fn new(reader: Box<dyn Read + Send>, capture: u32, limits: &Limits) -> Result<Self, NotACapture> {
        let mut buffer = Buffer::new(reader);
        let start = buffer.peek(4).to_vec();
        if let Some(error) = buffer.take_error() {
            return Err(NotACapture::Io(error));
        }
        let format = match Kind::of(&start) {
            _ if start.is_empty() => return Err(NotACapture::Empty),
            Some(Kind::Pcapng) => Format::Pcapng(PcapngReader::new(buffer, capture, limits)?),
            Some(Kind::Pcap) => Format::Pcap(PcapReader::new(buffer, capture, limits)?),
            None => return Err(NotACapture::Unknown { start: buffer.peek(8).to_vec() }),
        };
        Ok(Self { format })
    }

    /// Whether a file with these first four bytes is taken for a capture.
    pub fn starts_like_one(start: &[u8]) -> bool {
        Kind::of(start).is_some()
    }
}

impl PacketSource for CaptureFile {
    fn next_packet(&mut self) -> Next<'_> {
        match &mut self.format {
            Format::Pcap(reader) => reader.next_packet(),
            Format::Pcapng(reader) => reader.next_packet(),
        }
    }

    fn info(&self) -> &CaptureInfo {
        match &self.format {
            Format::Pcap(reader) => reader.info(),
            Format::Pcapng(reader) => reader.info(),
        }
    }
}

#[cfg(test)]
mod tests;
