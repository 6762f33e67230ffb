//! The classic pcap format: a header, then records.

use super::{Buffer, NotACapture};
use crate::base::limits::Limits;
use crate::base::origin::PacketId;
use crate::base::time::Timestamp;
use crate::capture::{CaptureInfo, Damage, Next, Packet};
use pcap_parser::pcap::{parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified, parse_pcap_header};

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
/// Record header of the format of a patched libpcap of 1999, which adds an interface and a protocol.
const MODIFIED_RECORD_HEADER: usize = 24;

/// Reads the records of a pcap stream.
pub(super) struct PcapReader {
    buffer: Buffer,
    info: CaptureInfo,
    capture: u32,
    packets: u64,
    link_type: u16,
    big_endian: bool,
    modified: bool,
    nanos_per_unit: i64,
    max_packet: usize,
    ended: bool,
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
        Ok(Self {
            info: CaptureInfo {
                format: "pcap",
                link_types: vec![link_type],
                time_digits: if nanoseconds { 9 } else { 6 },
                bytes: buffer.offset(),
                ..CaptureInfo::default()
            },
            buffer,
            capture,
            packets: 0,
            link_type,
            big_endian: header.is_bigendian(),
            modified: header.is_modified_format(),
            nanos_per_unit: if nanoseconds { 1 } else { 1000 },
            max_packet: limits.packet_bytes,
            ended: false,
        })
    }

    pub(super) const fn info(&self) -> &CaptureInfo {
        &self.info
    }

    pub(super) fn next_packet(&mut self) -> Next<'_> {
        if self.ended {
            return Next::End;
        }
        let header = if self.modified { MODIFIED_RECORD_HEADER } else { RECORD_HEADER };
        let start = self.buffer.peek(header);
        if start.is_empty() {
            return self.end();
        }
        if start.len() < header {
            let found = start.len();
            return self.damage(format!("the file ends inside a record header ({found} of {header} bytes)"));
        }
        let captured = start.get(8..12).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()).unwrap_or_default();
        let captured = if self.big_endian { u32::from_be_bytes(captured) } else { u32::from_le_bytes(captured) } as usize;
        if captured > self.max_packet {
            let max = self.max_packet;
            return self.damage(format!(
                "a record claims {captured} captured bytes, more than any packet has ({max}); the rest of the file is skipped"
            ));
        }
        let record = header + captured;
        let found = self.buffer.peek(record).len();
        if found < record {
            return self.damage(format!(
                "the file ends inside packet {}: {} of {captured} captured bytes are there",
                self.packets + 1,
                found.saturating_sub(header)
            ));
        }
        self.buffer.consume(record);
        self.packets += 1;
        self.info.bytes = self.buffer.offset();
        let bytes = self.buffer.consumed(record);
        let parsed = match (self.modified, self.big_endian) {
            (true, _) => parse_pcap_frame_modified(bytes),
            (false, true) => parse_pcap_frame_be(bytes),
            (false, false) => parse_pcap_frame(bytes),
        };
        match parsed {
            Ok((_, frame)) => Next::Packet(Packet {
                id: PacketId { capture: self.capture, number: self.packets },
                at: Timestamp::from_nanos(i64::from(frame.ts_sec) * 1_000_000_000 + i64::from(frame.ts_usec) * self.nanos_per_unit),
                link_type: self.link_type,
                bytes: frame.data,
                original_len: frame.origlen,
            }),
            // The record is all there, so the parser cannot refuse it; if it does, that is damage of this record alone.
            Err(_) => Next::Damage(Damage {
                offset: self.info.bytes - record as u64,
                after_packet: self.packets - 1,
                what: "a record could not be read and was skipped".to_owned(),
            }),
        }
    }

    fn end(&mut self) -> Next<'_> {
        self.ended = true;
        match self.buffer.take_error() {
            Some(error) => {
                Next::Damage(Damage { offset: self.buffer.offset(), after_packet: self.packets, what: format!("reading stopped: {error}") })
            }
            None => Next::End,
        }
    }

    fn damage(&mut self, what: String) -> Next<'_> {
        let offset = self.buffer.offset();
        self.info.skipped_bytes += self.buffer.drain();
        self.info.bytes = self.buffer.offset();
        self.ended = true;
        Next::Damage(Damage { offset, after_packet: self.packets, what })
    }
}
