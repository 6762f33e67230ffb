//! The format of the Sniffer for DOS (`TRSNIFF data`), as its operations manual describes it; what that leaves open is as in Wireshark's
//! `wiretap/ngsniffer.c`.
//!
//! Times count from midnight of the day on which the capture began, by the clock of the Sniffer. The file doesn't name its time zone; it is given as
//! if it were UTC. Compressed files are refused: their compression is of their own.

use super::civil::Civil;
use super::records::{Content, Format, Header, RecordReader, field, file_header};
use super::{Buffer, Compression, Input, NotACapture};
use crate::base::limits::Limits;
use crate::base::time::{Span, Timestamp};
use crate::capture::CaptureInfo;
use crate::capture::file::input::UNKNOWN_LINK;

/// What a file begins with.
pub(super) const MAGIC: &[u8; 17] = b"TRSNIFF data    \x1a";

/// The magic, and the record about the version, of 18 bytes.
const FILE_HEADER: usize = 17 + RECORD_HEADER + 18;
/// Type, length, and two bytes that mean nothing.
const RECORD_HEADER: usize = 6;
/// Time, lengths and status of a frame.
const FRAME_HEADER: usize = 14;

/// What a tick is, in picoseconds.
const UNITS: [i128; 7] = [15_000_000, 838_096, 15_000_000, 500_000, 2_000_000, 1_000_000, 100_000];

/// Longest filling behind a frame that is believed.
const MAX_PADDING: usize = 64;

/// What is particular to a file.
pub(super) struct Sniffer {
    version: (u16, u16),
    link_type: u16,
    atm: bool,
    midnight: Timestamp,
    unit: i128,
    /// The record that says so was read.
    ended: bool,
}

/// Reads the file header.
pub(super) fn open(
    mut buffer: Buffer,
    compression: Compression,
    capture: u32,
    limits: &Limits,
) -> Result<(RecordReader<Sniffer>, Input), NotACapture> {
    let header = file_header(&mut buffer, FILE_HEADER, "Sniffer")?;
    let (kind, about) = (field::le16(&header, MAGIC.len()), header.get(MAGIC.len() + RECORD_HEADER..).unwrap_or_default());
    let [network, format, unit] = [9, 10, 11].map(|at| about.get(at).copied().unwrap_or_default());
    let refused = |what: String| Err(NotACapture::Header(what));
    if kind != 1 {
        return refused(format!("byte 17: expected the record about the version of a Sniffer file, found one of type {kind}"));
    }
    if format != 1 {
        return refused("byte 33: a compressed Sniffer file; `editcap -F pcap` reads its compression".to_owned());
    }
    let Some(unit) = UNITS.get(usize::from(unit)) else { return refused(format!("byte 34: times in an unknown unit ({unit})")) };
    let date = field::le16(about, 6);
    let (year, month, day) = (1980 + i64::from(date >> 9), i64::from(date >> 5 & 0x0f), i64::from(date & 0x1f));
    let format = Sniffer {
        version: (field::le16(about, 0), field::le16(about, 2)),
        link_type: match network {
            0 => 6,
            1 => 1,
            2 => 7,
            9 => 10,
            _ => UNKNOWN_LINK,
        },
        atm: network == 10,
        midnight: Civil { year, month, day, nanos: 0 }.utc(),
        unit: *unit,
        ended: false,
    };
    let info = CaptureInfo { format: "sniffer", time_digits: 9, bytes: buffer.offset(), compression, ..CaptureInfo::default() };
    Ok((RecordReader::new(format), Input::new(buffer, info, capture, limits)))
}

impl Sniffer {
    /// Bytes of a record of this type before the frame; `None` if it holds none.
    const fn frame_at(&self, kind: u16) -> Option<usize> {
        match kind {
            4 => Some(RECORD_HEADER + FRAME_HEADER),
            // Behind the same fields there is much about the cell.
            8 if self.version.0 > 2 => Some(RECORD_HEADER + FRAME_HEADER + 34),
            12 => Some(RECORD_HEADER + FRAME_HEADER + 22),
            _ => None,
        }
    }
}

impl Format for Sniffer {
    fn header_len(&self) -> usize {
        RECORD_HEADER
    }

    fn looked_at(&self) -> usize {
        RECORD_HEADER + FRAME_HEADER
    }

    fn header(&self, bytes: &[u8]) -> Option<Header> {
        let (kind, mut len) = (field::le16(bytes, 0), usize::from(field::le16(bytes, 2)));
        let Some(frame_at) = self.frame_at(kind) else {
            let known = matches!(kind, 3 | 6 | 7 | 8 | 13..=17);
            return known.then_some(Header { at: None, original_len: 0, len: RECORD_HEADER + len, data: (0, 0) });
        };
        // Some versions wrote the length of a record of ATM as if it were of the first kind.
        if kind == 8 && self.atm && self.version.0 < 5 && self.version.1 >= 95 {
            len += 34;
        }
        let len = RECORD_HEADER + len;
        if bytes.len() < RECORD_HEADER + FRAME_HEADER {
            // The file ends in it.
            return Some(Header { at: None, original_len: 0, len, data: (0, 0) });
        }
        let [low, middle, captured, original] = [6, 8, 12, 16].map(|at| field::le16(bytes, at));
        let [high, day] = bytes.get(10..)?.first_chunk::<2>().copied()?;
        let ticks = i128::from(high) << 32 | i128::from(middle) << 16 | i128::from(low);
        let nanos = (ticks * self.unit).div_euclid(1000) + i128::from(day) * 86_400_000_000_000;
        let at = self.midnight.after(Span::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX)));
        // 0 says that all was captured.
        let original = if original == 0 { captured } else { original };
        let padding = len.checked_sub(frame_at)?.checked_sub(usize::from(captured))?;
        let possible = original > 0 && captured <= original && padding <= MAX_PADDING;
        possible.then_some(Header { at: Some(at), original_len: original.into(), len, data: (frame_at, captured.into()) })
    }

    fn take(&mut self, header: Header, record: &[u8], _offset: u64, _info: &mut CaptureInfo) -> Content {
        // One that holds something is rather a frame whose type was damaged.
        self.ended = field::le16(record, 0) == 3 && record.len() == RECORD_HEADER;
        if header.at.is_some() { Content::Packet(header, self.link_type) } else { Content::Nothing }
    }

    fn start(&self) -> Option<Timestamp> {
        Some(self.midnight)
    }

    fn end(&self) -> Option<u64> {
        self.ended.then_some(0)
    }
}
