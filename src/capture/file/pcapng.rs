//! The pcapng format: sections of blocks, with link type and time unit per interface.

use super::{Buffer, Input, NotACapture};
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::capture::{CaptureInfo, Next, Packet};
use pcap_parser::pcapng::{parse_block_be, parse_block_le};
use pcap_parser::{Block, PcapNGOption};

/// Type and length of a block, and the byte-order magic if it is a section header.
const BLOCK_START: usize = 12;
const SECTION_HEADER: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
const OPTION_TSRESOL: u16 = 9;
const OPTION_TSOFFSET: u16 = 14;

/// What the packets of one interface have in common.
#[derive(Clone, Copy)]
struct Interface {
    link_type: u16,
    snaplen: u32,
    units_per_second: u64,
    offset_seconds: i64,
}

impl Interface {
    fn time(&self, units: u64) -> Timestamp {
        let nanos = i128::from(units) * 1_000_000_000 / i128::from(self.units_per_second);
        Timestamp::from_wide_nanos(nanos + i128::from(self.offset_seconds) * 1_000_000_000)
    }
}

/// Reads the packets of a pcapng stream.
pub(super) struct PcapngReader {
    input: Input,
    interfaces: Vec<Interface>,
    big_endian: bool,
    max_block: usize,
    max_interfaces: usize,
}

/// What a block turned out to be; the packet's bytes are where the buffer says.
enum Content {
    Packet { at: Timestamp, link_type: u16, data: (usize, usize), original_len: u32 },
    Damage(&'static str),
    Nothing,
}

impl PcapngReader {
    pub(super) fn new(mut buffer: Buffer, capture: u32, limits: &Limits) -> Result<Self, NotACapture> {
        if !matches!(buffer.peek(BLOCK_START).get(8..12), Some([0x1a, 0x2b, 0x3c, 0x4d] | [0x4d, 0x3c, 0x2b, 0x1a])) {
            return Err(NotACapture::Header(
                "byte 8: expected the byte-order magic 1a2b3c4d of a pcapng section header; the file is damaged or cut before its first packet".to_owned(),
            ));
        }
        let info = CaptureInfo { format: "pcapng", time_digits: 6, ..CaptureInfo::default() };
        Ok(Self {
            input: Input::new(buffer, info, capture, limits),
            interfaces: Vec::new(),
            big_endian: false,
            max_block: limits.block_bytes,
            max_interfaces: limits.interfaces,
        })
    }

    pub(super) const fn info(&self) -> &CaptureInfo {
        &self.input.info
    }

    pub(super) fn next_packet(&mut self) -> Next<'_> {
        loop {
            if self.input.ended {
                return Next::End;
            }
            let start = self.input.buffer.peek(BLOCK_START);
            if start.is_empty() {
                return self.input.end();
            }
            if start.len() < BLOCK_START {
                let found = start.len();
                return self.input.give_up(format!("the file ends inside the start of a block ({found} of {BLOCK_START} bytes)"));
            }
            if start.starts_with(&SECTION_HEADER) {
                self.big_endian = start.get(8) == Some(&0x1a);
            }
            let length = start.get(4..8).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()).unwrap_or_default();
            let length = if self.big_endian { u32::from_be_bytes(length) } else { u32::from_le_bytes(length) } as usize;
            if length < BLOCK_START || !length.is_multiple_of(4) || length > self.max_block {
                return self
                    .input
                    .give_up(format!("a block claims a length of {length} bytes, which no block has; the rest of the file is skipped"));
            }
            let found = self.input.buffer.peek(length).len();
            if found < length {
                return self.input.give_up(format!("the file ends inside a block: {found} of {length} bytes are there"));
            }
            let offset = self.input.buffer.offset();
            let content = self.read_block(length);
            self.input.consume(length);
            match content {
                Content::Nothing => {}
                Content::Damage(what) => {
                    self.input.info.skipped_bytes += length as u64;
                    return self.input.damage(offset, what.to_owned());
                }
                Content::Packet { at, link_type, data: (from, len), original_len } => {
                    let id = self.input.next_id();
                    let bytes = self.input.buffer.consumed(length).get(from..from + len).unwrap_or_default();
                    return Next::Packet(Packet { id, at, link_type, bytes, original_len });
                }
            }
        }
    }

    fn read_block(&mut self, length: usize) -> Content {
        let bytes = self.input.buffer.shown(length);
        let parsed = if self.big_endian { parse_block_be(bytes) } else { parse_block_le(bytes) };
        let Ok((_, block)) = parsed else { return Content::Damage("a block could not be read and was skipped") };
        match block {
            Block::SectionHeader(_) => {
                self.interfaces.clear();
                Content::Nothing
            }
            Block::InterfaceDescription(_) if self.interfaces.len() >= self.max_interfaces => {
                Content::Damage("more interfaces than are kept; this one and its packets are skipped")
            }
            Block::InterfaceDescription(interface) => {
                let option = |code| interface.options.iter().find(|option| option.code.0 == code).map(PcapNGOption::value);
                let resolution = option(OPTION_TSRESOL).and_then(|value| value.first().copied()).unwrap_or(6);
                let offset = option(OPTION_TSOFFSET).and_then(|value| value.get(..8)).and_then(|value| <[u8; 8]>::try_from(value).ok());
                let offset = offset.map_or(0, |value| if self.big_endian { i64::from_be_bytes(value) } else { i64::from_le_bytes(value) });
                let (units_per_second, digits) = time_unit(resolution);
                let link_type = (interface.linktype.0 & 0xffff) as u16;
                self.interfaces.push(Interface { link_type, snaplen: interface.snaplen, units_per_second, offset_seconds: offset });
                self.input.info.time_digits = self.input.info.time_digits.max(digits);
                if !self.input.info.link_types.contains(&link_type) {
                    self.input.info.link_types.push(link_type);
                }
                Content::Nothing
            }
            Block::EnhancedPacket(packet) => {
                let Some(interface) = self.interfaces.get(packet.if_id as usize) else {
                    return Content::Damage("a packet names an interface that was not described; it was skipped");
                };
                // The packet's bytes start behind type, length, interface, two halves of the time and two lengths.
                let (from, len) = (28, packet.caplen as usize);
                if len > packet.data.len() || len > self.input.max_packet {
                    return Content::Damage("a packet claims more bytes than its block has; it was skipped");
                }
                let units = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                Content::Packet {
                    at: interface.time(units),
                    link_type: interface.link_type,
                    data: (from, len),
                    original_len: packet.origlen,
                }
            }
            Block::SimplePacket(packet) => {
                // A simple packet has no time and belongs to the first interface, whose snapshot length says how much was kept.
                let Some(interface) = self.interfaces.first() else {
                    return Content::Damage("a packet without an interface; it was skipped");
                };
                let kept = if interface.snaplen == 0 { packet.origlen } else { packet.origlen.min(interface.snaplen) } as usize;
                let len = kept.min(packet.data.len());
                Content::Packet { at: interface.time(0), link_type: interface.link_type, data: (12, len), original_len: packet.origlen }
            }
            _ => Content::Nothing,
        }
    }
}

/// The units per second of an `if_tsresol` option, and how many decimal digits show them.
fn time_unit(resolution: u8) -> (u64, u8) {
    let exponent = resolution & 0x7f;
    if resolution & 0x80 == 0 {
        (10_u64.checked_pow(u32::from(exponent)).unwrap_or(1_000_000), exponent.min(9))
    } else {
        let units = 1_u64.checked_shl(u32::from(exponent)).unwrap_or(1_000_000);
        // A power of two is shown with as many digits as its unit needs: three for each ten bits.
        (units, (exponent * 3).div_ceil(10).min(9))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_units_of_both_bases() {
        assert_eq!(time_unit(6), (1_000_000, 6));
        assert_eq!(time_unit(9), (1_000_000_000, 9));
        assert_eq!(time_unit(0x94), (1 << 20, 6));
        let interface = Interface { link_type: 1, snaplen: 0, units_per_second: 1 << 20, offset_seconds: -1 };
        assert_eq!(interface.time(3 << 19).nanos(), 500_000_000);
    }
}
