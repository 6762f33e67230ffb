//! The formats of Microsoft Network Monitor: 1.x (`RTSS`) and 2.0 to 2.3 (`GMBU`), as the help of Network Monitor 3 describes them; what it leaves
//! open is as Wireshark's `wiretap/netmon.c` reads it.
//!
//! A file has a table of the places of its frames, mostly behind them. A stream can't be read in its order, so the frames are read as they stand;
//! the table says where they end, and whether they were those.
//!
//! Up to 2.2 a frame's time counts from a start that was taken from the clock of the capturing machine, as that showed it: the file doesn't name
//! the time zone. Such times are given as if that zone were UTC. From 2.3 on a frame has its time in UTC.

mod table;

use super::civil::Civil;
use super::records::{Content, Format, Header, RecordReader, field, file_header};
use super::{Buffer, Compression, Input, NotACapture};
use crate::base::limits::Limits;
use crate::base::time::{Span, Timestamp};
use crate::capture::CaptureInfo;
use crate::capture::file::input::UNKNOWN_LINK;
use table::Table;

const FILE_HEADER: usize = 128;

/// Seconds from 1601, where Windows' times begin, to 1970.
const WINDOWS_EPOCH: i128 = 11_644_473_600;

/// Link types as NDIS numbers them. 0 stands in captures of virtual networks that are Ethernet; 7 to 9 were given to IP without a link layer.
const LINKS: [(u16, u16); 7] = [(0, 1), (1, 1), (2, 6), (3, 10), (7, 101), (8, 101), (9, 101)];

/// What is particular to a file.
pub(super) struct Netmon {
    version: (u8, u8),
    start: Timestamp,
    /// The file's link type, which counts before 2.1.
    link_type: u16,
    table: Table,
}

/// Reads the file header.
pub(super) fn open(
    mut buffer: Buffer,
    compression: Compression,
    capture: u32,
    limits: &Limits,
) -> Result<(RecordReader<Netmon>, Input), NotACapture> {
    let header = file_header(&mut buffer, FILE_HEADER, "Network Monitor")?;
    let [minor, major] = header.get(4..).and_then(|rest| rest.first_chunk::<2>()).copied().unwrap_or_default();
    if !matches!(major, 1 | 2) {
        return Err(NotACapture::Header(format!("byte 4: expected version 1 or 2 of Network Monitor's format, found {major}.{minor}")));
    }
    let [year, month, _weekday, day, hour, minute, second, millis] =
        [8, 10, 12, 14, 16, 18, 20, 22].map(|at| i64::from(field::le16(&header, at)));
    let nanos = i128::from(((hour * 60 + minute) * 60 + second) * 1000 + millis) * 1_000_000;
    let mut format = Netmon {
        version: (major, minor),
        start: Civil { year, month, day, nanos }.utc(),
        link_type: link_type(field::le16(&header, 6)),
        table: Table::new(field::le32(&header, 24), field::le32(&header, 28)),
    };
    let info = CaptureInfo {
        format: "netmon",
        time_digits: match format.version {
            (1, _) => 3,
            (_, 0..3) => 6,
            _ => 7,
        },
        bytes: buffer.offset(),
        compression,
        ..CaptureInfo::default()
    };
    let mut input = Input::new(buffer, info, capture, limits);
    format.table.skip_to_frames(&mut input);
    Ok((RecordReader::new(format), input))
}

/// The registry's number for one of Network Monitor's.
fn link_type(number: u16) -> u16 {
    match number {
        // What was converted from pcap has its number there. Those from 80 on were given to other things, the first to 802.11.
        0xe080 => 105,
        0xe000..=0xe07f | 0xe08b..=0xefff => number & 0x0fff,
        _ => LINKS.iter().find(|(known, _)| *known == number).map_or(UNKNOWN_LINK, |(_, link_type)| *link_type),
    }
}

impl Netmon {
    /// Length of what stands behind a frame: its link type, from 2.2 on the process, from 2.3 on the time and its zone.
    const fn trailer(&self) -> usize {
        match self.version {
            (1, _) | (_, 0) => 0,
            (_, 1) => 2,
            (_, 2) => 6,
            _ => 15,
        }
    }
}

impl Format for Netmon {
    fn header_len(&self) -> usize {
        if self.version.0 == 1 { 8 } else { 16 }
    }

    fn header(&self, bytes: &[u8]) -> Option<Header> {
        let (nanos, original_len, captured) = if self.version.0 == 1 {
            (i64::from(field::le32(bytes, 0)) * 1_000_000, u32::from(field::le16(bytes, 4)), usize::from(field::le16(bytes, 6)))
        } else {
            // Microseconds; those before the start are such that they are negative once they count tenths of them.
            let tenths = field::le64(bytes, 0).wrapping_mul(10) as i64;
            (tenths.saturating_mul(100), field::le32(bytes, 8), field::le32(bytes, 12) as usize)
        };
        let at = self.start.after(Span::from_nanos(nanos));
        let data = (self.header_len(), captured);
        let len = self.header_len().checked_add(captured)?.checked_add(self.trailer())?;
        (original_len > 0 && captured <= original_len as usize).then_some(Header { at: Some(at), original_len, len, data })
    }

    fn take(&mut self, mut header: Header, record: &[u8], offset: u64, _info: &mut CaptureInfo) -> Content {
        self.table.saw(offset);
        if self.trailer() == 0 {
            return Content::Packet(header, self.link_type);
        }
        let trailer = header.data.0 + header.data.1;
        if self.trailer() >= 15 {
            let tenths = i128::from(field::le64(record, trailer + 6));
            header.at = Some(Timestamp::from_wide_nanos(tenths * 100 - WINDOWS_EPOCH * 1_000_000_000));
        }
        match field::le16(record, trailer) {
            // Lists of networks and names, and what Network Monitor put together itself.
            0xfffc..=0xfffe => Content::Nothing,
            // Events, a list of networks, a filter.
            0xffe0 | 0xfffb | 0xffff => Content::Numbered(header),
            number => Content::Packet(header, link_type(number)),
        }
    }

    fn is_weak(&self) -> bool {
        self.version.0 == 1
    }

    fn start(&self) -> Option<Timestamp> {
        Some(self.start)
    }

    fn end(&self) -> Option<u64> {
        self.table.end()
    }

    fn finish(&mut self, input: &mut Input) -> Option<String> {
        self.table.compare(input)
    }
}
