//! The format of NetXRay (`VL`, and `XCP` 1.0), and of the Sniffer for Windows that came of it (`XCP` 1.1 and 2.0 to 2.3). It was never published; it
//! is read as Wireshark's `wiretap/netxray.c` describes it.
//!
//! A record's time counts ticks of the capturing machine. What a tick is depends on the version, and from 2.0 on on the adapter; a file with ticks
//! of an unknown length is refused rather than shown with wrong times.

use super::records::{Content, Format, Header, RecordReader, field, file_header};
use super::{Buffer, Compression, Input, NotACapture};
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::capture::CaptureInfo;
use crate::capture::file::input::UNKNOWN_LINK;

const FILE_HEADER: usize = 128;

/// The versions that are known, as the file writes them behind `XCP`.
const VERSIONS: [(&[u8; 8], Version); 6] = [
    (b"001.000\0", Version(1, 0)),
    (b"001.100\0", Version(1, 1)),
    (b"002.000\0", Version(2, 0)),
    (b"002.001\0", Version(2, 1)),
    (b"002.002\0", Version(2, 2)),
    (b"002.003\0", Version(2, 3)),
];

/// Major and minor version; 0 is that of NetXRay's first files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version(u8, u8);

/// Link types as NDIS numbers them, but for wide-area networks (4), which [`wide_area`] tells.
const LINKS: [(u32, u16); 4] = [(1, 1), (2, 6), (3, 10), (10, 105)];

/// What is particular to a file.
pub(super) struct Netxray {
    version: Version,
    link_type: u16,
    start: Timestamp,
    start_ticks: u64,
    ticks_per_second: u64,
    /// Where the records end; 0 if the file doesn't say it.
    end: u64,
    /// Whether the four bytes that some frames end with are their check sequence. If not, they are chance.
    check_sequences: bool,
}

/// Reads the file header.
pub(super) fn open(
    mut buffer: Buffer,
    compression: Compression,
    capture: u32,
    limits: &Limits,
) -> Result<(RecordReader<Netxray>, Input), NotACapture> {
    let header = file_header(&mut buffer, FILE_HEADER, "NetXRay")?;
    let refused = |what: String| Err(NotACapture::Header(what));
    let written = header.get(4..12).unwrap_or_default();
    let version = if header.starts_with(b"VL") {
        Version(0, 0)
    } else {
        let Some((_, version)) = VERSIONS.iter().find(|(text, _)| text[..] == *written) else {
            let found = crate::base::text::printable_bytes(written);
            return refused(format!("byte 4: expected a version of the Sniffer format up to 002.003, found \"{found}\""));
        };
        *version
    };
    let [number, added, unit, adapter] = [0x2c, 0x2d, 0x30, 0x54].map(|at| header.get(at).copied().unwrap_or_default());
    // Mostly the number is one less than that of NDIS; where the byte behind it is 2 it isn't.
    let network = u32::from(number) + u32::from(added == 0);
    let rate = ticks_per_second(version, (network, adapter, unit), field::le32(&header, 0x4c));
    let Some(ticks_per_second) = rate.filter(|rate| *rate > 0) else {
        return refused(format!("byte 48: times in an unknown unit ({unit}, adapter {adapter}, network {network})"));
    };
    let [first, end] = [0x18, 0x1c].map(|at| u64::from(field::le32(&header, at)));
    if first > end && end > 0 {
        return refused(format!(
            "byte 24: the records begin at byte {first} and go on at byte {FILE_HEADER}, as a full buffer was saved; `editcap -F pcap` brings them into order"
        ));
    }
    let pod = network == 1 && adapter > 0;
    let format = Netxray {
        version,
        link_type: match network {
            4 => wide_area(version, adapter),
            _ => LINKS.iter().find(|(known, _)| *known == network).map_or(UNKNOWN_LINK, |(_, link_type)| *link_type),
        },
        start: Timestamp::from_nanos(i64::from(field::le32(&header, 12)) * 1_000_000_000),
        start_ticks: if pod && matches!(version, Version(2, 2 | 3)) { 0 } else { field::le64(&header, 0x34) },
        ticks_per_second,
        end,
        // Strange, but files agree with it.
        check_sequences: header.get(0x4d..0x4f) == Some(&[0x34, 0x12]),
    };
    let info = CaptureInfo {
        format: "netxray",
        time_digits: match ticks_per_second {
            1000 => 3,
            10_000_000.. => 9,
            _ => 6,
        },
        compression,
        ..CaptureInfo::default()
    };
    let mut input = Input::new(buffer, info, capture, limits);
    input.skip(first.saturating_sub(FILE_HEADER as u64));
    Ok((RecordReader::new(format), input))
}

/// How many ticks a second has, by the version, and from 2.0 on by network, adapter and unit. `written` is a number that the header has for ordinary
/// adapters on Ethernet.
fn ticks_per_second(version: Version, kind: (u32, u8, u8), written: u32) -> Option<u64> {
    const MEGA: u64 = 1_000_000;
    match (version, kind) {
        (Version(0, _) | Version(1, 0), _) => Some(1000),
        (Version(1, _), _) | (_, (1, 3 | 5, 0)) => Some(MEGA),
        (_, (1, 0, 2)) => Some(written.into()),
        (_, (1, 2 | 6, 0)) => Some(1000 * MEGA),
        (_, (1, 2, 2)) => Some(31_250_000),
        (_, (1, 3, 2)) => Some(1_250_000),
        (_, (1, 6, 2)) => Some(20 * MEGA),
        (_, (1, 1.., _)) => None,
        (_, (.., unit)) => [MEGA, 1_193_000, 1_193_182].get(usize::from(unit)).copied(),
    }
}

/// The link type of a capture of a wide-area network: the adapter says it from 2.0 on; before, frames look as those of Ethernet.
const fn wide_area(version: Version, adapter: u8) -> u16 {
    match (version, adapter) {
        (Version(0 | 1, _), _) => 1,
        (_, 3) => 9,
        (_, 4) => 107,
        (_, 19) => 104,
        _ => UNKNOWN_LINK,
    }
}

impl Netxray {
    /// Bytes at the end of a frame that are chance: four, where two bytes in the middle of the header say so.
    fn chance(&self, record: &[u8]) -> usize {
        let marked = self.version.0 == 2 && matches!(self.link_type, 1 | 105) && record.get(14..16) == Some(&[0xff, 0xff]);
        if marked && !self.check_sequences { 4 } else { 0 }
    }
}

impl Format for Netxray {
    fn header_len(&self) -> usize {
        match self.version {
            Version(0, _) => 16,
            Version(1, _) => 28,
            _ => 40,
        }
    }

    fn header(&self, bytes: &[u8]) -> Option<Header> {
        let ticks = i128::from(field::le64(bytes, 0)) - i128::from(self.start_ticks);
        let since_start = (ticks * 1_000_000_000).div_euclid(i128::from(self.ticks_per_second));
        let at = Timestamp::from_wide_nanos(i128::from(self.start.nanos()) + since_start);
        let original_len = u32::from(field::le16(bytes, 8));
        let captured = if self.version.0 == 0 { original_len } else { u32::from(field::le16(bytes, 10)) };
        let data = (self.header_len(), captured as usize);
        let possible = original_len > 0 && captured <= original_len;
        possible.then_some(Header { at: Some(at), original_len, len: data.0 + data.1, data })
    }

    fn take(&mut self, mut header: Header, record: &[u8], _offset: u64, _info: &mut CaptureInfo) -> Content {
        let chance = self.chance(record).min(header.data.1);
        header.data.1 -= chance;
        header.original_len = header.original_len.saturating_sub(chance as u32);
        Content::Packet(header, self.link_type)
    }

    fn start(&self) -> Option<Timestamp> {
        Some(self.start)
    }

    fn end(&self) -> Option<u64> {
        (self.end > 0).then_some(self.end)
    }
}
