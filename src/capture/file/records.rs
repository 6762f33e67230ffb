//! The formats whose files are a header and then records, one behind the other, told apart by what a record's header looks like.
//!
//! A record is believed if its header is possible, and its two lengths, or what stands behind it, confirm it. Where no record stands behind
//! another, [`chain`] finds the next one.

use super::chain::{self, Records, Times};
use super::input::Record;
use super::{Input, Reader};
use crate::base::time::Timestamp;
use crate::capture::{CaptureInfo, Step};

/// What the header of a record says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    /// When the packet was seen; `None` if the record holds none.
    pub(super) at: Option<Timestamp>,
    pub(super) original_len: u32,
    /// Length of the whole record.
    pub(super) len: usize,
    /// Where in it the packet's bytes are: offset and length.
    pub(super) data: (usize, usize),
}

/// What a whole record turned out to be.
pub(super) enum Content {
    /// A packet of this link type.
    Packet(Header, u16),
    /// Nothing to see, but numbered among the packets, in Wireshark and so here.
    Numbered(Header),
    /// Nothing to see.
    Nothing,
}

/// A format of records: what its readers differ in.
pub(super) trait Format {
    /// Bytes that each record has at least. So many tell how long it is.
    fn header_len(&self) -> usize;

    /// Bytes that tell all that [`Self::header`] reads, where records of some kinds have longer headers.
    fn looked_at(&self) -> usize {
        self.header_len()
    }

    /// Reads the header with which `bytes` begin, `header_len` of them or more; `None` if no record can begin so. What is accepted here is all
    /// that tells a record from other bytes.
    fn header(&self, bytes: &[u8]) -> Option<Header>;

    /// Takes a whole record that stands at `offset`.
    fn take(&mut self, header: Header, record: &[u8], offset: u64, info: &mut CaptureInfo) -> Content;

    /// Whether so little is in a header that almost any bytes look like one. Then a record counts behind damage only if its two lengths confirm each
    /// other: all was captured, or as much as of a packet before.
    fn is_weak(&self) -> bool {
        false
    }

    /// When the capture began, if the file says it.
    fn start(&self) -> Option<Timestamp> {
        None
    }

    /// Records that are still to come, where the file says how many it has and other things follow.
    fn to_come(&self) -> usize {
        usize::MAX
    }

    /// The offset at which the records end, if that is known. What follows is no packet.
    fn end(&self) -> Option<u64> {
        None
    }

    /// Reads what follows the records. What it says against them, if it does.
    fn finish(&mut self, input: &mut Input) -> Option<String> {
        input.buffer.drain();
        input.consume(0);
        None
    }
}

/// Reads the records of such a format.
pub(super) struct RecordReader<F> {
    format: F,
    times: Times,
    /// How much was captured of the last packet that is not whole.
    cut: Option<usize>,
    finished: bool,
}

/// What a record must be to count in a chain.
struct Plausible<'a, F> {
    format: &'a F,
    times: &'a Times,
    cut: Option<usize>,
    max_packet: usize,
}

impl<F: Format> Records for Plausible<'_, F> {
    fn header_len(&self) -> usize {
        self.format.header_len()
    }

    fn to_come(&self) -> usize {
        self.format.to_come()
    }

    fn enough(&self) -> usize {
        if self.format.is_weak() { 2 } else { 1 }
    }

    fn record_len(&self, bytes: &[u8]) -> Option<usize> {
        let header = self.format.header(bytes)?;
        let captured = header.data.1;
        let near = header.at.is_none_or(|at| self.times.are_near(seconds(at)));
        let confirmed = !self.format.is_weak() || captured == header.original_len as usize || Some(captured) == self.cut;
        (captured <= self.max_packet && near && confirmed).then_some(header.len)
    }
}

impl<F: Format> Reader for RecordReader<F> {
    fn advance(&mut self, input: &mut Input) -> Step {
        loop {
            if input.ended {
                return Step::End;
            }
            let left = self.format.end().map(|end| end.saturating_sub(input.buffer.offset()));
            if left == Some(0) {
                return self.finish(input);
            }
            let header_len = self.format.header_len();
            let start = input.buffer.peek(self.format.looked_at());
            if start.is_empty() {
                return self.finish(input);
            }
            let header = (start.len() >= header_len).then(|| self.format.header(start)).flatten();
            let fits = |header: &Header| header.data.1 <= input.max_packet && left.is_none_or(|left| header.len as u64 <= left);
            let header = match header.filter(fits) {
                Some(header) => header,
                None if start.len() < header_len => {
                    let found = start.len();
                    return input.cut(&format!("the file ends inside a record header ({found} of {header_len} bytes)"));
                }
                None => return self.resume(input),
            };
            let found = input.buffer.peek(header.len).len();
            if found < header.len {
                let records = self.plausible(input);
                if chain::is_followed(&records, input, header.len) {
                    return self.resume(input);
                }
                let packet = input.packets + 1;
                return input
                    .cut(&format!("the file ends inside packet {packet}: {found} of {} bytes of its record are there", header.len));
            }
            if !self.is_confirmed(&header, input, left) {
                return self.resume(input);
            }
            let offset = input.buffer.offset();
            let (header, link_type) = match self.format.take(header, input.buffer.shown(header.len), offset, &mut input.info) {
                Content::Packet(header, link_type) => {
                    if !input.info.link_types.contains(&link_type) {
                        input.info.link_types.push(link_type);
                    }
                    (header, Some(link_type))
                }
                Content::Numbered(header) => (header, None),
                Content::Nothing => {
                    input.consume(header.len);
                    continue;
                }
            };
            if let Some(at) = header.at {
                self.times.saw(seconds(at));
            }
            let Header { at, original_len, len, data } = header;
            if data.1 < original_len as usize {
                self.cut = Some(data.1);
            }
            return input.stand_at(Record { at, link_type, original_len, len, data });
        }
    }
}

impl<F: Format> RecordReader<F> {
    pub(super) fn new(format: F) -> Self {
        let mut times = Times::default();
        if let Some(start) = format.start() {
            times.saw(seconds(start));
        }
        Self { format, times, cut: None, finished: false }
    }

    fn plausible(&self, input: &Input) -> Plausible<'_, F> {
        Plausible { format: &self.format, times: &self.times, cut: self.cut, max_packet: input.max_packet }
    }

    /// Whether a record is one: its lengths confirm each other, or what stands behind it confirms it.
    fn is_confirmed(&self, header: &Header, input: &mut Input, left: Option<u64>) -> bool {
        let captured = header.data.1;
        captured == header.original_len as usize
            || Some(captured) == self.cut
            || left == Some(header.len as u64)
            || chain::leads_on(&self.plausible(input), input, header.len)
    }

    /// Goes on where a record is expected and none begins.
    fn resume(&self, input: &mut Input) -> Step {
        let offset = input.buffer.offset();
        let records = self.plausible(input);
        if let Some(back) = chain::begins_before(&records, input) {
            input.go_back(back);
            let what =
                format!("bytes are missing in the record before, or it claims too many: a record begins {back} bytes before its end");
            return input.damage(offset, what);
        }
        let left = self.format.end().map_or(u64::MAX, |end| end.saturating_sub(offset));
        let (skipped, found) = chain::skip(&records, input, left);
        input.info.skipped_bytes += skipped;
        let upto = if found { "the next record" } else { "the end of the records" };
        input.damage(offset, format!("expected a record header, found none that is possible; {skipped} bytes were skipped, up to {upto}"))
    }

    /// Behind the records.
    fn finish(&mut self, input: &mut Input) -> Step {
        let offset = input.buffer.offset();
        if !self.finished {
            self.finished = true;
            if let Some(what) = self.format.finish(input) {
                return input.damage(offset, what);
            }
        }
        input.end()
    }
}

fn seconds(at: Timestamp) -> i64 {
    at.nanos().div_euclid(1_000_000_000)
}

/// The first `len` bytes, which a format's header has; they are consumed.
pub(super) fn file_header(buffer: &mut super::Buffer, len: usize, name: &str) -> Result<Vec<u8>, super::NotACapture> {
    let header = buffer.peek(len).to_vec();
    if header.len() < len {
        let found = header.len();
        return Err(super::NotACapture::Header(format!(
            "byte 0: expected a {name} header of {len} bytes, found {found}; the file was cut before its first packet"
        )));
    }
    buffer.consume(len);
    Ok(header)
}

/// Numbers at places in bytes; 0 where they are not there.
pub(super) mod field {
    /// Two bytes, the lowest first.
    pub(in super::super) fn le16(bytes: &[u8], at: usize) -> u16 {
        u16::from_le_bytes(array(bytes, at))
    }

    /// Four bytes, the lowest first.
    pub(in super::super) fn le32(bytes: &[u8], at: usize) -> u32 {
        u32::from_le_bytes(array(bytes, at))
    }

    /// Eight bytes, the lowest first.
    pub(in super::super) fn le64(bytes: &[u8], at: usize) -> u64 {
        u64::from_le_bytes(array(bytes, at))
    }

    /// Four bytes, the highest first.
    pub(in super::super) fn be32(bytes: &[u8], at: usize) -> u32 {
        u32::from_be_bytes(array(bytes, at))
    }

    fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
        bytes.get(at..).and_then(|rest| rest.first_chunk::<N>()).copied().unwrap_or([0; N])
    }
}
