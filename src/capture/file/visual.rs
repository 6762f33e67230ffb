//! The format of Visual Networks' traffic captures, as the comments of Wireshark's `wiretap/visual.c` (by Visual Networks) describe it: a header,
//! records, and an index of them.

use super::records::{Content, Format, Header, RecordReader, field, file_header};
use super::{Buffer, Compression, Input, NotACapture};
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::capture::CaptureInfo;
use crate::capture::file::input::UNKNOWN_LINK;

const FILE_HEADER: usize = 192;
const RECORD_HEADER: usize = 20;

/// Interface types (IANA) with the link type, and the bytes of the check sequence, which count in a packet's length and are not captured.
const LINKS: [(u16, u16, u32); 3] = [(6, 1, 4), (9, 6, 0), (32, 107, 2)];

/// What is particular to a file.
pub(super) struct Visual {
    start: Timestamp,
    link_type: u16,
    check_sequence: u32,
    /// Packets that are still to come; `None` if the file doesn't say how many it has.
    left: Option<u32>,
}

/// Reads the file header.
pub(super) fn open(
    mut buffer: Buffer,
    compression: Compression,
    capture: u32,
    limits: &Limits,
) -> Result<(RecordReader<Visual>, Input), NotACapture> {
    let header = file_header(&mut buffer, FILE_HEADER, "Visual Networks")?;
    let [number, version] = [12, 18].map(|at| field::le16(&header, at));
    if version != 1 {
        return Err(NotACapture::Header(format!("byte 18: expected version 1 of the Visual Networks format, found {version}")));
    }
    let (_, link_type, check_sequence) = LINKS.into_iter().find(|(known, ..)| *known == number).unwrap_or((number, UNKNOWN_LINK, 0));
    let format = Visual {
        start: Timestamp::from_nanos(i64::from(field::le32(&header, 8)) * 1_000_000_000),
        link_type,
        check_sequence,
        left: Some(field::le32(&header, 4)).filter(|left| *left > 0),
    };
    let info = CaptureInfo { format: "visual", time_digits: 3, bytes: buffer.offset(), compression, ..CaptureInfo::default() };
    Ok((RecordReader::new(format), Input::new(buffer, info, capture, limits)))
}

impl Format for Visual {
    fn header_len(&self) -> usize {
        RECORD_HEADER
    }

    fn header(&self, bytes: &[u8]) -> Option<Header> {
        let millis = field::le32(bytes, 0);
        let [on_wire, captured] = [4, 6].map(|at| u32::from(field::le16(bytes, at)));
        // Files that Wireshark wrote don't count the check sequence.
        let original_len = on_wire.saturating_sub(self.check_sequence).max(captured.min(on_wire));
        let at = Timestamp::from_nanos(self.start.nanos() + i64::from(millis) * 1_000_000);
        let data = (RECORD_HEADER, captured as usize);
        let possible = on_wire > 0 && captured <= on_wire && bytes.get(14..RECORD_HEADER) == Some(&[0; 6]);
        possible.then_some(Header { at: Some(at), original_len, len: data.0 + data.1, data })
    }

    fn take(&mut self, header: Header, _record: &[u8], _offset: u64, _info: &mut CaptureInfo) -> Content {
        self.left = self.left.map(|left| left.saturating_sub(1));
        Content::Packet(header, self.link_type)
    }

    fn start(&self) -> Option<Timestamp> {
        Some(self.start)
    }

    fn to_come(&self) -> usize {
        self.left.map_or(usize::MAX, |left| left as usize)
    }

    fn end(&self) -> Option<u64> {
        (self.left == Some(0)).then_some(0)
    }
}
