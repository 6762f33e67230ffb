//! The format of Solaris' `snoop` (RFC 1761, "Snoop Version 2 Packet Capture File Format"), and what Shomiti's Surveyor made of it.

use super::records::{Content, Format, Header, RecordReader, field, file_header};
use super::{Buffer, Compression, Input, NotACapture};
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::capture::CaptureInfo;
use crate::capture::file::input::UNKNOWN_LINK;

const FILE_HEADER: usize = 16;
const RECORD_HEADER: usize = 24;

/// The trailer in which Surveyor's hardware told more stands in the padding of each record. Its files number some link types otherwise.
const SURVEYOR_TRAILER: u32 = 16;

/// Longest padding that is believed: that trailer, and up to the next boundary.
const MAX_PADDING: u32 = 64;

/// The numbers for link types in RFC 1761 and, from 9 on, in the system's `dlpi.h`; those of the registry to them.
const LINKS: [(u32, u16); 8] = [(0, 1), (2, 6), (4, 1), (8, 10), (9, 0), (14, 0), (16, 122), (18, 123)];

/// Those of Surveyor: Ethernet of several speeds, and token ring.
const SURVEYOR_LINKS: [(u32, u16); 10] = [(0, 1), (2, 6), (4, 1), (8, 10), (10, 1), (11, 6), (12, 1), (13, 6), (14, 6), (19, 1)];

/// What is particular to a file.
pub(super) struct Snoop {
    link_type: u16,
}

/// Reads the file header.
pub(super) fn open(
    mut buffer: Buffer,
    compression: Compression,
    capture: u32,
    limits: &Limits,
) -> Result<(RecordReader<Snoop>, Input), NotACapture> {
    let header = file_header(&mut buffer, FILE_HEADER, "snoop")?;
    let (version, number) = (field::be32(&header, 8), field::be32(&header, 12));
    // Version 2 is snoop's; Surveyor's hardware writes 3 to 5.
    if !(2..=5).contains(&version) {
        return Err(NotACapture::Header(format!("byte 8: expected version 2 of the snoop format, found {version}")));
    }
    let first = buffer.peek(RECORD_HEADER);
    let padding = field::be32(first, 8).saturating_sub(field::be32(first, 4)).saturating_sub(RECORD_HEADER as u32);
    let links: &[(u32, u16)] = if padding >= SURVEYOR_TRAILER { &SURVEYOR_LINKS } else { &LINKS };
    let link_type = links.iter().find(|(known, _)| *known == number).map_or(UNKNOWN_LINK, |(_, link_type)| *link_type);
    let info = CaptureInfo {
        format: "snoop",
        link_types: vec![link_type],
        time_digits: 6,
        bytes: buffer.offset(),
        compression,
        ..CaptureInfo::default()
    };
    Ok((RecordReader::new(Snoop { link_type }), Input::new(buffer, info, capture, limits)))
}

impl Format for Snoop {
    fn header_len(&self) -> usize {
        RECORD_HEADER
    }

    fn header(&self, bytes: &[u8]) -> Option<Header> {
        let [original_len, captured, len, _drops, seconds, micros] = [0, 4, 8, 12, 16, 20].map(|at| field::be32(bytes, at));
        let padding = len.checked_sub(captured)?.checked_sub(RECORD_HEADER as u32)?;
        // Seconds fill four bytes without a sign, as those of pcap do.
        let at = Timestamp::from_nanos(i64::from(seconds) * 1_000_000_000 + i64::from(micros) * 1000);
        let possible = original_len > 0 && captured <= original_len && padding <= MAX_PADDING && micros < 1_000_000;
        possible.then_some(Header { at: Some(at), original_len, len: len as usize, data: (RECORD_HEADER, captured as usize) })
    }

    fn take(&mut self, header: Header, record: &[u8], _offset: u64, info: &mut CaptureInfo) -> Content {
        // Since the capture began. An earlier record may hold a larger number if it was damaged; the last word counts.
        info.dropped = Some(u64::from(field::be32(record, 12)));
        Content::Packet(header, self.link_type)
    }
}
