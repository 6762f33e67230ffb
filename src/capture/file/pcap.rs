//! The classic pcap format: a header, then records.
//!
//! A record says twice how long its packet is: how much was captured, and how much there was on the wire. Where both agree, or the snapshot
//! length explains the difference, the record is believed. Where not, or where its length is impossible, what stands behind it decides
//! ([`super::chain`]). Several programs wrote records of their own ([`variant`]).

mod variant;

use super::chain::{self, Records, Times};
use super::input::Record;
use super::records::field;
use super::{Buffer, Compression, Input, NotACapture, Reader};
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::capture::{CaptureInfo, Packet, Step};

const FILE_HEADER: usize = 24;
/// The header of Ixia's files ends with the number of bytes that follow.
const IXIA_FILE_HEADER: usize = 28;

/// Reads the records of a pcap stream.
pub(super) struct PcapReader {
    layout: Layout,
    link_type: u16,
    nanos_per_unit: i64,
    /// Bytes that stand before each frame and count as captured.
    padding: usize,
    times: Times,
    /// The offset of a record that damage was told of and that is there all the same.
    told: Option<u64>,
}

/// What the magic number of a file says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Magic {
    big_endian: bool,
    nanoseconds: bool,
    writer: Writer,
}

/// Whose magic number it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Writer {
    #[default]
    Libpcap,
    /// A patched libpcap of 1999.
    Patched,
    Ixia,
}

impl Magic {
    /// The magic number of a file that starts so.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        let first = *start.first_chunk::<4>()?;
        [(false, u32::from_le_bytes(first)), (true, u32::from_be_bytes(first))].into_iter().find_map(|(big_endian, number)| {
            let (nanoseconds, writer) = match number {
                0xa1b2_c3d4 => (false, Writer::Libpcap),
                0xa1b2_3c4d => (true, Writer::Libpcap),
                0xa1b2_cd34 => (false, Writer::Patched),
                0x1c00_01ab => (false, Writer::Ixia),
                0x1c00_01ac => (true, Writer::Ixia),
                _ => return None,
            };
            Some(Self { big_endian, nanoseconds, writer })
        })
    }
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
    #[inline]
    fn header(&self, bytes: &[u8]) -> Option<Header> {
        let [a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3] = *bytes.first_chunk()?;
        let word = |bytes: [u8; 4]| if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
        let (first, second) = (word([c0, c1, c2, c3]), word([d0, d1, d2, d3]));
        let (captured, original) = match self.lengths {
            Lengths::CapturedFirst => (first, second),
            Lengths::OriginalFirst => (second, first),
            Lengths::SmallerIsCaptured => (first.min(second), first.max(second)),
        };
        Some(Header { seconds: word([a0, a1, a2, a3]), fraction: word([b0, b1, b2, b3]), captured: captured as usize, original })
    }

    /// How much of a packet of this length is kept.
    fn kept(&self, original: u32) -> usize {
        let original = original as usize;
        if self.snaplen == 0 { original } else { original.min(self.snaplen) }
    }

    /// Whether this may be the header of a record.
    fn is_plausible(&self, header: &Header) -> bool {
        let Header { fraction, captured, original, .. } = *header;
        let original = original as usize;
        fraction < self.units_per_second && original > 0 && captured <= original && original <= self.max_packet
    }

    /// Whether the next record, or the end of the file, stands behind the current one if that has `captured` bytes.
    fn leads_on(&self, input: &mut Input, captured: usize) -> bool {
        if captured > self.max_packet {
            return false;
        }
        let len = self.header + captured;
        match input.buffer.peek(len + self.header).get(len..) {
            Some(rest) if rest.len() < self.header => true,
            Some(rest) => self.header(rest).is_some_and(|next| self.is_plausible(&next)),
            None => false,
        }
    }

    /// Whether the lengths of the next record confirm each other, or the file ends, if the current one has `captured` bytes.
    fn next_agrees(&self, input: &mut Input, captured: usize) -> bool {
        let len = self.header + captured;
        let rest = input.buffer.peek(len + self.header).get(len..).unwrap_or_default();
        self.header(rest).is_none_or(|next| self.agrees(&next))
    }

    /// Whether the file ends before the current record does, if that has `captured` bytes.
    fn ends_inside(&self, input: &mut Input, captured: usize) -> bool {
        captured <= self.max_packet && input.buffer.peek(self.header + captured).len() < self.header + captured
    }

    /// Whether what a longer record header adds is possible: the number of an interface, and a direction.
    fn extras_are_possible(&self, bytes: &[u8]) -> bool {
        let interface = bytes.get(16..).and_then(|rest| rest.first_chunk::<4>()).copied().unwrap_or_default();
        let interface = if self.big_endian { u32::from_be_bytes(interface) } else { u32::from_le_bytes(interface) };
        // The systems of the time had few interfaces, and five directions.
        interface < 10_000 && bytes.get(22).is_some_and(|direction| *direction <= 4)
    }

    /// Whether the two lengths of a record confirm each other.
    #[inline]
    fn agrees(&self, header: &Header) -> bool {
        let Header { captured, original, .. } = *header;
        // A run of zeros is no record.
        captured <= self.max_packet && original > 0 && (captured == original as usize || captured == self.kept(original))
    }
}

/// What a record must be to count in a chain.
struct Plausible<'a> {
    layout: &'a Layout,
    times: &'a Times,
}

impl Records for Plausible<'_> {
    fn header_len(&self) -> usize {
        self.layout.header
    }

    fn record_len(&self, bytes: &[u8]) -> Option<usize> {
        let header = self.layout.header(bytes).filter(|header| self.layout.is_plausible(header))?;
        (header.captured > 0 && self.times.are_near(i64::from(header.seconds))).then_some(self.layout.header + header.captured)
    }

    fn another_begins(&self, bytes: &[u8]) -> bool {
        super::another_begins(bytes)
    }
}

impl Reader for PcapReader {
    fn advance(&mut self, input: &mut Input) -> Step {
        match self.usual(input) {
            Some(record) => input.stand_at(record),
            None => self.doubtful(input),
        }
    }

    fn hand_out(&mut self, input: &mut Input, take: &mut dyn FnMut(&Packet<'_>) -> bool) {
        while let Some(record) = self.usual(input) {
            input.stand_at(record);
            if !input.packet().is_some_and(|packet| take(&packet)) {
                break;
            }
        }
    }

    fn next_len(&self, input: &Input) -> usize {
        let header = self.layout.header(input.buffer.shown(self.layout.header));
        self.layout.header + header.map_or(0, |header| header.captured)
    }
}

impl PcapReader {
    /// The next record, if it is at hand as a whole and nothing speaks against it.
    #[inline]
    fn usual(&mut self, input: &Input) -> Option<Record> {
        let bytes = input.buffer.all_at_hand();
        let header = self.layout.header(bytes)?;
        let whole = self.layout.header + header.captured <= bytes.len();
        let believed = whole && header.fraction < self.layout.units_per_second && self.layout.agrees(&header);
        believed.then(|| self.record(&header, header.captured))
    }

    /// The next record, or whatever else stands there.
    #[cold]
    fn doubtful(&mut self, input: &mut Input) -> Step {
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
        let captured =
            if layout.agrees(&header) && (header.fraction < layout.units_per_second || layout.next_agrees(input, header.captured)) {
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
            if let Some(damage) = self.go_back(input) {
                return damage;
            }
            let records = Plausible { layout: &layout, times: &self.times };
            if chain::is_followed(&records, input, len) {
                return self.skip(input, &header);
            }
            let (packet, found) = (input.packets + 1, found.saturating_sub(layout.header));
            return input.cut(&format!("the file ends inside packet {packet}: {found} of {captured} captured bytes are there"));
        }
        let record = self.record(&header, captured);
        input.stand_at(record)
    }

    /// The record with this header, whose packet has `captured` bytes.
    #[inline]
    fn record(&mut self, header: &Header, captured: usize) -> Record {
        self.times.saw(i64::from(header.seconds));
        let at = Timestamp::from_nanos(i64::from(header.seconds) * 1_000_000_000 + i64::from(header.fraction) * self.nanos_per_unit);
        let padding = self.padding.min(captured);
        let data = (self.layout.header + padding, captured - padding);
        let original_len = header.original.saturating_sub(padding as u32);
        Record { at: Some(at), link_type: Some(self.link_type), original_len, len: self.layout.header + captured, data }
    }

    pub(super) fn new(mut buffer: Buffer, compression: Compression, capture: u32, limits: &Limits) -> Result<(Self, Input), NotACapture> {
        let Magic { big_endian, nanoseconds, writer } = Magic::of(buffer.peek(4)).unwrap_or_default();
        let len = if writer == Writer::Ixia { IXIA_FILE_HEADER } else { FILE_HEADER };
        let header = buffer.peek(len).to_vec();
        if header.len() < len {
            let found = header.len();
            return Err(NotACapture::Header(format!(
                "byte 0: expected a pcap header of {len} bytes, found {found}; the file was cut before its first packet"
            )));
        }
        let word = |at| if big_endian { field::be32(&header, at) } else { field::le32(&header, at) };
        let (major, minor) = if big_endian { (word(4) >> 16, word(4) & 0xffff) } else { (word(4) & 0xffff, word(4) >> 16) };
        if major < 2 {
            return Err(NotACapture::Header(format!("byte 4: expected version 2 of the pcap format, found {major}.{minor}")));
        }
        let version = (major as u16, minor as u16);
        buffer.consume(len);
        // The upper bits of the link-type field hold the length of a frame check sequence.
        let written = (word(20) & 0xffff) as u16;
        let aix = variant::aix(version, written);
        let (mut link_type, padding) = aix.unwrap_or((written, 0));
        let modified = writer == Writer::Patched;
        let usual = version == (2, 4) && !nanoseconds && writer == Writer::Libpcap;
        let nanoseconds = nanoseconds || aix.is_some();
        let info = CaptureInfo {
            format: "pcap",
            time_digits: if nanoseconds { 9 } else { 6 },
            bytes: buffer.offset(),
            compression,
            ..CaptureInfo::default()
        };
        let mut layout = Layout {
            big_endian,
            header: variant::RECORD_HEADER,
            snaplen: word(16) as usize,
            units_per_second: if nanoseconds { 1_000_000_000 } else { 1_000_000 },
            lengths: variant::lengths(version),
            max_packet: limits.packet_bytes,
        };
        let mut input = Input::new(buffer, info, capture, limits);
        if modified || usual {
            layout.header = variant::record_header(&layout, modified, &mut link_type, &mut input);
        }
        input.info.link_types = vec![link_type];
        let nanos_per_unit = if nanoseconds { 1 } else { 1000 };
        let reader = Self { layout, link_type, nanos_per_unit, padding, times: Times::default(), told: None };
        Ok((reader, input))
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
        if input.another_begins() {
            return Err(input.begin_anew());
        }
        if layout.leads_on(input, captured) {
            return Ok(captured);
        }
        if kept > 0 && layout.leads_on(input, kept) {
            self.told = Some(offset);
            let what = format!("a record claims {captured} captured bytes; the next record begins behind {kept}, so that many were taken");
            return Err(input.damage(offset, what));
        }
        if let Some(damage) = self.go_back(input) {
            return Err(damage);
        }
        let records = Plausible { layout: &layout, times: &self.times };
        if layout.ends_inside(input, captured) && !chain::is_followed(&records, input, layout.header + layout.max_packet) {
            return Ok(captured);
        }
        Err(self.skip(input, header))
    }

    /// Goes back to the record that begins in what was taken for the end of the packet before, if one does.
    fn go_back(&self, input: &mut Input) -> Option<Step> {
        let records = Plausible { layout: &self.layout, times: &self.times };
        let offset = input.buffer.offset();
        let back = chain::begins_before(&records, input)?;
        input.go_back(back);
        Some(input.damage(offset, format!("bytes are missing in the packet before: a record begins {back} bytes before its end")))
    }

    /// Skips what is no record, though it has this header, to the next one.
    fn skip(&self, input: &mut Input, header: &Header) -> Step {
        let offset = input.buffer.offset();
        let Header { captured, original, .. } = *header;
        let records = Plausible { layout: &self.layout, times: &self.times };
        let (skipped, found) = chain::skip(&records, input, u64::MAX);
        input.info.skipped_bytes += skipped;
        let upto = if found { "the next record" } else { "the end of the file" };
        let what = format!(
            "expected a record header, found one that claims {captured} of {original} bytes; {skipped} bytes were skipped, up to {upto}"
        );
        input.damage(offset, what)
    }
}

/// Whether a pcap file begins with `bytes`, as far as its header and that of its first record tell.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let Some(Magic { big_endian, nanoseconds, writer }) = Magic::of(bytes) else { return false };
    let word = |at| if big_endian { field::be32(bytes, at) } else { field::le32(bytes, at) };
    let version = if big_endian { (word(4) >> 16, word(4) & 0xffff) } else { (word(4) & 0xffff, word(4) >> 16) };
    if writer == Writer::Ixia || version != (2, 4) || bytes.len() < FILE_HEADER {
        return false;
    }
    let layout = Layout {
        big_endian,
        header: variant::RECORD_HEADER,
        snaplen: word(16) as usize,
        units_per_second: if nanoseconds { 1_000_000_000 } else { 1_000_000 },
        lengths: Lengths::CapturedFirst,
        max_packet: chain::LONGEST_PACKET,
    };
    // Where the file ends behind its header, that is all.
    bytes.get(FILE_HEADER..).and_then(|record| layout.header(record)).is_none_or(|header| layout.is_plausible(&header))
}
