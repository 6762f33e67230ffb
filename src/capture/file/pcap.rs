//! The classic pcap format: a header, then records.
//!
//! A record says twice how long its packet is: how much was captured, and how much there was on the wire. Where both agree, or the snapshot
//! length explains the difference, the record is believed. Where not, or where its length is impossible, what stands behind it decides
//! ([`resync`]).

mod resync;

use super::input::Record;
use super::{Buffer, Compression, Input, NotACapture};
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::capture::{CaptureInfo, Step};
use pcap_parser::pcap::parse_pcap_header;
use resync::Times;

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
/// Record header of the format of a patched libpcap of 1999, which adds an interface and a protocol.
const MODIFIED_RECORD_HEADER: usize = 24;

/// Reads the records of a pcap stream.
pub(super) struct PcapReader {
    layout: Layout,
    link_type: u16,
    nanos_per_unit: i64,
    times: Times,
    /// The offset of a record that damage was told of and that is there all the same.
    told: Option<u64>,
}

/// How records are written.
#[derive(Clone, Copy, Debug)]
struct Layout {
    big_endian: bool,
    header: usize,
    /// Bytes of each packet that were to be kept; 0 where the file says nothing usable.
    snaplen: usize,
    units_per_second: u32,
    lengths: Lengths,
    /// Largest packet that is believed.
    max_packet: usize,
}

/// In which order a record's two lengths stand. Before version 2.3 the length on the wire came first, and some programs went on so in 2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lengths {
    CapturedFirst,
    OriginalFirst,
    SmallerIsCaptured,
}

/// A record header.
#[derive(Clone, Copy, Debug)]
struct Header {
    seconds: u32,
    fraction: u32,
    captured: usize,
    original: u32,
}

impl Layout {
    /// Reads the record header at the start of `bytes`.
    fn header(&self, bytes: &[u8]) -> Option<Header> {
        let [a, b, c, d] = [0, 4, 8, 12].map(|at| bytes.get(at..)?.first_chunk::<4>().copied());
        let word = |bytes: [u8; 4]| if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
        let (first, second) = (word(c?), word(d?));
        let (captured, original) = match self.lengths {
            Lengths::CapturedFirst => (first, second),
            Lengths::OriginalFirst => (second, first),
            Lengths::SmallerIsCaptured => (first.min(second), first.max(second)),
        };
        Some(Header { seconds: word(a?), fraction: word(b?), captured: captured as usize, original })
    }

    /// How much of a packet of this length is kept.
    fn kept(&self, original: u32) -> usize {
        let original = original as usize;
        if self.snaplen == 0 { original } else { original.min(self.snaplen) }
    }

    /// Whether the two lengths of a record confirm each other.
    fn agrees(&self, header: &Header) -> bool {
        let Header { captured, original, .. } = *header;
        // A run of zeros is no record.
        captured <= self.max_packet && original > 0 && (captured == original as usize || captured == self.kept(original))
    }
}

impl PcapReader {
    pub(super) fn new(mut buffer: Buffer, compression: Compression, capture: u32, limits: &Limits) -> Result<(Self, Input), NotACapture> {
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
            compression,
            ..CaptureInfo::default()
        };
        let layout = Layout {
            big_endian: header.is_bigendian(),
            header: if header.is_modified_format() { MODIFIED_RECORD_HEADER } else { RECORD_HEADER },
            snaplen: usize::try_from(header.snaplen).unwrap_or_default(),
            units_per_second: if nanoseconds { 1_000_000_000 } else { 1_000_000 },
            lengths: match (header.version_major, header.version_minor) {
                (2, 0..3) => Lengths::OriginalFirst,
                (2, 3) => Lengths::SmallerIsCaptured,
                _ => Lengths::CapturedFirst,
            },
            max_packet: limits.packet_bytes,
        };
        let nanos_per_unit = if nanoseconds { 1 } else { 1000 };
        let reader = Self { layout, link_type, nanos_per_unit, times: Times::default(), told: None };
        Ok((reader, Input::new(buffer, info, capture, limits)))
    }

    pub(super) fn advance(&mut self, input: &mut Input) -> Step {
        if input.ended {
            return Step::End;
        }
        let layout = self.layout;
        let start = input.buffer.peek(layout.header);
        if start.is_empty() {
            return input.end();
        }
        let Some(header) = layout.header(start).filter(|_| start.len() == layout.header) else {
            let found = start.len();
            return input.cut(&format!("the file ends inside a record header ({found} of {} bytes)", layout.header));
        };
        let captured = if layout.agrees(&header) {
            header.captured
        } else {
            match self.judge(input, &header) {
                Ok(captured) => captured,
                Err(damage) => return damage,
            }
        };
        let len = layout.header + captured;
        let found = input.buffer.peek(len).len();
        if found < len {
            let (packet, found) = (input.packets + 1, found.saturating_sub(layout.header));
            return input.cut(&format!("the file ends inside packet {packet}: {found} of {captured} captured bytes are there"));
        }
        self.times.saw(header.seconds);
        let at = Timestamp::from_nanos(i64::from(header.seconds) * 1_000_000_000 + i64::from(header.fraction) * self.nanos_per_unit);
        let data = (layout.header, captured);
        input.stand_at(Record { at: Some(at), link_type: Some(self.link_type), original_len: header.original, len, data })
    }

    /// What to do with a record whose lengths do not agree: how many bytes its packet has, or what was damaged.
    fn judge(&mut self, input: &mut Input, header: &Header) -> Result<usize, Step> {
        let layout = self.layout;
        let offset = input.buffer.offset();
        let Header { captured, original, .. } = *header;
        let kept = layout.kept(original);
        if self.told == Some(offset) {
            return Ok(kept);
        }
        if resync::leads_on(&layout, input, captured) {
            return Ok(captured);
        }
        if kept > 0 && resync::leads_on(&layout, input, kept) {
            self.told = Some(offset);
            let what = format!("a record claims {captured} captured bytes; the next record begins behind {kept}, so that many were taken");
            return Err(input.damage(offset, what));
        }
        if let Some(back) = resync::begins_before(&layout, &self.times, input) {
            input.buffer.go_back(back);
            let what = format!("bytes are missing in the packet before: a record begins {back} bytes before its end");
            return Err(input.damage(offset, what));
        }
        if resync::ends_inside(&layout, input, captured) && !resync::is_followed(&layout, &self.times, input) {
            return Ok(captured);
        }
        let (skipped, found) = resync::skip(&layout, &self.times, input);
        input.info.skipped_bytes += skipped;
        let upto = if found { "the next record" } else { "the end of the file" };
        let what = format!(
            "expected a record header, found one that claims {captured} of {original} bytes; {skipped} bytes were skipped, up to {upto}"
        );
        Err(input.damage(offset, what))
    }
}
