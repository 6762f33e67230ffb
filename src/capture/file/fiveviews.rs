//! The format of InfoVista's 5View, as Wireshark's `wiretap/5views.c` describes it. Each record begins with a mark.

use super::records::{Content, Format, Header, RecordReader, field, file_header};
use super::{Buffer, Compression, Input, NotACapture};
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::capture::CaptureInfo;
use crate::capture::file::input::UNKNOWN_LINK;

/// The header, and what it says about the capture.
const FILE_HEADER: usize = 56;
const RECORD_HEADER: usize = 36;

/// What a file begins with; its length and version follow.
pub(super) const MAGIC: &[u8; 12] = &[0xaa, 0xaa, 0xaa, 0xaa, 0x20, 0, 0, 0, 0, 0, 1, 0];

/// What each record begins with.
const MARK: u32 = 0x3333_eeee;

/// The kind of file that holds a capture of Ethernet.
const ETHERNET_CAPTURE: u32 = 0x1800_1000;

/// What is particular to a file.
pub(super) struct FiveViews {
    link_type: u16,
}

/// Reads the file header.
pub(super) fn open(
    mut buffer: Buffer,
    compression: Compression,
    capture: u32,
    limits: &Limits,
) -> Result<(RecordReader<FiveViews>, Input), NotACapture> {
    let header = file_header(&mut buffer, FILE_HEADER, "5View")?;
    let kind = field::le32(&header, 16);
    if kind & 0xff00_0000 != ETHERNET_CAPTURE & 0xff00_0000 {
        return Err(NotACapture::Header(format!("byte 16: expected a 5View file of captured frames, found one of kind {kind:08x}")));
    }
    let link_type = if kind == ETHERNET_CAPTURE { 1 } else { UNKNOWN_LINK };
    let info = CaptureInfo { format: "5views", time_digits: 9, bytes: buffer.offset(), compression, ..CaptureInfo::default() };
    Ok((RecordReader::new(FiveViews { link_type }), Input::new(buffer, info, capture, limits)))
}

impl Format for FiveViews {
    fn header_len(&self) -> usize {
        RECORD_HEADER
    }

    fn header(&self, bytes: &[u8]) -> Option<Header> {
        let [mark, subtype, captured, seconds, nanos] = [0, 12, 16, 24, 28].map(|at| field::le32(bytes, at));
        let data = (RECORD_HEADER, captured as usize);
        let len = data.0.checked_add(data.1)?;
        if mark != MARK || nanos >= 1_000_000_000 {
            return None;
        }
        if subtype != 0 {
            // An alarm, or another event.
            return Some(Header { at: None, original_len: captured, len, data });
        }
        let at = Timestamp::from_nanos(i64::from(seconds) * 1_000_000_000 + i64::from(nanos));
        Some(Header { at: Some(at), original_len: captured, len, data })
    }

    fn take(&mut self, header: Header, _record: &[u8], _offset: u64, _info: &mut CaptureInfo) -> Content {
        if header.at.is_some() { Content::Packet(header, self.link_type) } else { Content::Nothing }
    }
}
