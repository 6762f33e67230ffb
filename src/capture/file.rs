//! Capture files: recognises the format by content and hands out its packets.
//!
//! | name | what writes it |
//! |---|---|
//! | `pcap` | libpcap (tcpdump, Wireshark) in both units; its kinds of Red Hat 6.1, SuSE 6.3, Nokia, AIX, DG/UX and Ixia |
//! | `pcapng` | Wireshark |
//! | `netmon` | Microsoft Network Monitor 1.x and 2.x (3.x writes the latter) |
//! | `snoop` | Solaris' snoop, Shomiti's Surveyor |
//! | `netxray` | NetXRay, the Sniffer for Windows |
//! | `sniffer` | the Sniffer for DOS, where it did not compress |
//! | `visual` | Visual Networks |
//! | `5views` | InfoVista's 5View |
//!
//! To add one, write its reader and one row in `FORMATS`. What is a header and records is a `records::Format`.

use super::buffer::Buffer;
use super::compressed;
use super::{CaptureInfo, Packet, PacketSource, Step};
use crate::base::limits::Limits;
use crate::base::text;
use std::fmt;
use std::io::Read;

mod chain;
mod civil;
mod fiveviews;
mod input;
mod netmon;
mod netxray;
mod opening;
mod pcap;
mod pcapng;
mod records;
mod sniffer;
mod snoop;
mod visual;

use input::Input;
pub use opening::Opening;
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
            Self::Empty => write!(
                f,
                "byte 0: the file is empty; expected the header of a capture (pcap, pcapng, or one of the older formats that are read)"
            ),
            Self::Unknown { compression, start } => write!(
                f,
                "byte 0{}: expected the header of a capture (pcap, pcapng, or one of the older formats that are read), found \"{}\"; captures of other kinds can be converted with `editcap -F pcap`",
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

/// What reads the packets of one format.
trait Reader {
    /// Goes on to the next packet, damage, or the end.
    fn advance(&mut self, input: &mut Input) -> Step;

    /// Hands out the packets that follow, as [`PacketSource::hand_out`] says.
    fn hand_out(&mut self, _input: &mut Input, _take: &mut dyn FnMut(&Packet<'_>) -> bool) {}

    /// How many bytes the next record has, as far as those at hand tell.
    fn next_len(&self, _input: &Input) -> usize {
        1
    }
}

/// A reader that has read the header of its file, and the file.
type Opened = Result<(Box<dyn Reader + Send>, Input), NotACapture>;

/// A format: whether a file that starts so has it, and how it is opened.
struct Known {
    starts: fn(&[u8]) -> bool,
    open: fn(Buffer, Compression, u32, &Limits) -> Opened,
}

/// Nearly all records are shorter. While so much is at hand, nobody has to look how long the next one is.
const LONGEST_RECORD: usize = 1 << 16;

/// As many first bytes as tell a format.
const START: usize = 32;

/// The formats that are read.
const FORMATS: &[Known] = &[
    Known {
        starts: |start| pcap::Magic::of(start).is_some(),
        open: |buffer, compression, capture, limits| boxed(PcapReader::new(buffer, compression, capture, limits)),
    },
    Known {
        starts: |start| start.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]),
        open: |buffer, compression, capture, limits| boxed(PcapngReader::new(buffer, compression, capture, limits)),
    },
    Known {
        starts: |start| start.starts_with(b"snoop\0\0\0"),
        open: |buffer, compression, capture, limits| boxed(snoop::open(buffer, compression, capture, limits)),
    },
    Known {
        starts: |start| start.starts_with(b"RTSS") || start.starts_with(b"GMBU"),
        open: |buffer, compression, capture, limits| boxed(netmon::open(buffer, compression, capture, limits)),
    },
    Known {
        starts: |start| start.starts_with(b"XCP\0") || start.starts_with(b"VL\0\0"),
        open: |buffer, compression, capture, limits| boxed(netxray::open(buffer, compression, capture, limits)),
    },
    Known {
        starts: |start| start.starts_with(sniffer::MAGIC),
        open: |buffer, compression, capture, limits| boxed(sniffer::open(buffer, compression, capture, limits)),
    },
    Known {
        starts: |start| start.starts_with(b"\x05VNF"),
        open: |buffer, compression, capture, limits| boxed(visual::open(buffer, compression, capture, limits)),
    },
    Known {
        starts: |start| start.starts_with(fiveviews::MAGIC),
        open: |buffer, compression, capture, limits| boxed(fiveviews::open(buffer, compression, capture, limits)),
    },
];

fn boxed<R: Reader + Send + 'static>(opened: Result<(R, Input), NotACapture>) -> Opened {
    opened.map(|(reader, input)| (Box::new(reader) as Box<dyn Reader + Send>, input))
}

/// As many bytes as tell that a capture begins in the middle of another one.
const ANOTHER: usize = pcapng::LONGEST_BLOCK;

/// Whether this may be where one begins: only pcap and pcapng are looked for, which people join with `cat`.
fn starts_like_another(start: &[u8]) -> bool {
    pcap::Magic::of(start).is_some() || start.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a])
}

/// Whether one does begin here.
fn another_begins(bytes: &[u8]) -> bool {
    pcap::begins(bytes) || pcapng::is_section(bytes)
}

/// The format of a file that starts so.
fn format_of(start: &[u8]) -> Option<&'static Known> {
    FORMATS.iter().find(|known| (known.starts)(start))
}

/// A capture in one of the known formats, read as a stream.
pub struct CaptureFile {
    reader: Box<dyn Reader + Send>,
    input: Input,
    limits: Limits,
}

impl CaptureFile {
    /// Starts to read a capture, compressed or not, that has the index `capture` in its analysis.
    pub fn new(reader: Box<dyn Read + Send>, capture: u32, limits: &Limits) -> Result<Self, NotACapture> {
        Self::of(Opening::new(reader, limits)?, capture, limits)
    }

    /// ... of which the beginning was looked at.
    pub fn of(Opening { compression, mut buffer }: Opening, capture: u32, limits: &Limits) -> Result<Self, NotACapture> {
        let start = buffer.peek(START).to_vec();
        let format = format_of(&start);
        if let Some(error) = buffer.take_error().filter(|_| format.is_none()) {
            return Err(NotACapture::Io(error));
        }
        match format {
            Some(format) => {
                (format.open)(buffer, compression, capture, limits).map(|(reader, input)| Self { reader, input, limits: *limits })
            }
            None if start.is_empty() => Err(NotACapture::Empty),
            None => Err(NotACapture::Unknown { compression, start: buffer.peek(8).to_vec() }),
        }
    }

    /// Goes on with the reader of another capture that begins here.
    fn begin_anew(&mut self) {
        let Some(format) = format_of(self.input.buffer.peek(START)) else { return };
        let Input { buffer, info, packets, capture, .. } = self.input.taken();
        if let Ok((reader, input)) = (format.open)(buffer, info.compression, capture, &self.limits) {
            self.reader = reader;
            self.input = input;
        }
        self.input.go_on_from(info, packets);
    }
}

impl PacketSource for CaptureFile {
    fn advance(&mut self) -> Step {
        let step = self.reader.advance(&mut self.input);
        if self.input.takes_turn() {
            self.begin_anew();
        }
        step
    }

    fn hand_out(&mut self, take: &mut dyn FnMut(&Packet<'_>) -> bool) {
        self.reader.hand_out(&mut self.input, take);
    }

    fn may_wait(&self) -> bool {
        let at_hand = self.input.buffer.at_hand();
        at_hand < LONGEST_RECORD && at_hand < self.reader.next_len(&self.input)
    }

    fn packet(&self) -> Option<Packet<'_>> {
        self.input.packet()
    }

    fn time_digits(&self) -> u8 {
        self.input.info.time_digits
    }

    fn infos(&self) -> &[CaptureInfo] {
        std::slice::from_ref(&self.input.info)
    }
}

#[cfg(test)]
mod tests;
