//! The classic pcap format: a header, then records.

use super::{Buffer, Input, NotACapture};
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::capture::{CaptureInfo, Next, Packet};
use pcap_parser::pcap::{parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified, parse_pcap_header};

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
/// Record header of the format of a patched libpcap of 1999, which adds an interface and a protocol.
const MODIFIED_RECORD_HEADER: usize = 24;

/// Reads the records of a pcap stream.
pub(super) struct PcapReader {
    input: Input,
    link_type: u16,
    big_endian: bool,
    modified: bool,
    nanos_per_unit: i64,
}

impl PcapReader {
    pub(super) fn new(mut buffer: Buffer, capture: u32, limits: &Limits) -> Result<Self, NotACapture> {
        let Ok((_, header)) = parse_pcap_header(buffer.peek(FILE_HEADER)) else {
            let found = buffer.peek(FILE_HEADER).len();
            return Err(NotACapture::Header(format!(
                "byte 0: expected a pcap header of {FILE_HEADER} bytes, found {found}; the file was cut before its first packet"
            )));
        };
        buffer.consume(FILE_HEADER);
        // The upper bits of the link-type field hold the length of a frame check sequence.
        let link_type = (header.network.0 & 0xffff) as u16;
        let nanoseconds = header.is_nanosecond_precision();
        let info = CaptureInfo {
            format: "pcap",
            link_types: vec![link_type],
            time_digits: if nanoseconds { 9 } else { 6 },
            bytes: buffer.offset(),
            ..CaptureInfo::default()
        };
        Ok(Self {
            input: Input::new(buffer, info, capture, limits),
            link_type,
            big_endian: header.is_bigendian(),
            modified: header.is_modified_format(),
            nanos_per_unit: if nanoseconds { 1 } else { 1000 },
        })
    }

    pub(super) const fn info(&self) -> &CaptureInfo {
        &self.input.info
    }

    pub(super) fn next_packet(&mut self) -> Next<'_> {
        let input = &mut self.input;
        if input.ended {
            return Next::End;
        }
        let header = if self.modified { MODIFIED_RECORD_HEADER } else { RECORD_HEADER };
        let start = input.buffer.peek(header);
        if start.is_empty() {
            return input.end();
        }
        if start.len() < header {
            let found = start.len();
            return input.give_up(format!("the file ends inside a record header ({found} of {header} bytes)"));
        }
        let captured = start.get(8..12).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()).unwrap_or_default();
        let captured = if self.big_endian { u32::from_be_bytes(captured) } else { u32::from_le_bytes(captured) } as usize;
        if captured > input.max_packet {
            let max = input.max_packet;
            return input.give_up(format!(
                "a record claims {captured} captured bytes, more than any packet has ({max}); the rest of the file is skipped"
            ));
        }
        let record = header + captured;
        let found = input.buffer.peek(record).len();
        if found < record {
            let (packet, found) = (input.packets + 1, found.saturating_sub(header));
            return input.give_up(format!("the file ends inside packet {packet}: {found} of {captured} captured bytes are there"));
        }
        input.consume(record);
        let id = input.next_id();
        let bytes = input.buffer.consumed(record);
        let parsed = match (self.modified, self.big_endian) {
            (true, _) => parse_pcap_frame_modified(bytes),
            (false, true) => parse_pcap_frame_be(bytes),
            (false, false) => parse_pcap_frame(bytes),
        };
        match parsed {
            Ok((_, frame)) => Next::Packet(Packet {
                id,
                at: Timestamp::from_nanos(i64::from(frame.ts_sec) * 1_000_000_000 + i64::from(frame.ts_usec) * self.nanos_per_unit),
                link_type: self.link_type,
                bytes: frame.data,
                original_len: frame.origlen,
            }),
            // The record is all there, so the parser cannot refuse it; if it does, that is damage of this record alone.
            Err(_) => input.damage(input.info.bytes - record as u64, "a record could not be read and was skipped".to_owned()),
        }
    }
}
