//! The pcapng format: sections of blocks, with link type and time unit per interface.
//!
//! A block says how long it is at its start and at its end. Where both agree it is believed; where not, [`resync`] looks for what stands
//! behind it.

mod interface;
mod resync;

pub(super) use resync::{LONGEST as LONGEST_BLOCK, is_section};

use super::input::Record;
use super::{Buffer, Compression, Input, NotACapture, Reader};
use crate::base::limits::Limits;
use crate::capture::{CaptureInfo, Packet, Step};
use interface::{Interface, Interfaces};
use pcap_parser::pcapng::{parse_block_be, parse_block_le};
use pcap_parser::{Block, PcapNGOption};

/// Type and length of a block, and the byte-order magic if it is a section header.
const BLOCK_START: usize = 12;
const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const PACKET: u32 = 2;
const ENHANCED_PACKET: u32 = 6;
/// Blocks that hold no packet and have a number all the same, in Wireshark and so here: systemd journal entries and custom blocks.
const NUMBERED: [u32; 3] = [9, 0x0bad, 0x4000_0bad];
/// A packet's options: packets lost since the one before.
const OPTION_DROPPED: u16 = 4;
/// Type, length, interface, two halves of the time and two lengths stand before a packet's bytes.
const PACKET_DATA: usize = 28;
/// Type, length and original length stand before a simple packet's bytes.
const SIMPLE_DATA: usize = 12;

/// Reads the packets of a pcapng stream.
pub(super) struct PcapngReader {
    interfaces: Interfaces,
    big_endian: bool,
    max_block: usize,
    /// The offset of a block that damage was told of and that is there all the same, and its length.
    told: Option<(u64, usize)>,
}

/// What a block turned out to be.
enum Content {
    Packet(Record),
    Damage(&'static str),
    Nothing,
}

impl Reader for PcapngReader {
    fn hand_out(&mut self, input: &mut Input, take: &mut dyn FnMut(&Packet<'_>) -> bool) {
        while let Some(record) = self.usual(input) {
            input.stand_at(record);
            if !input.packet().is_some_and(|packet| take(&packet)) {
                break;
            }
        }
    }

    fn advance(&mut self, input: &mut Input) -> Step {
        loop {
            if input.ended {
                return Step::End;
            }
            let start = input.buffer.peek(BLOCK_START);
            if start.is_empty() {
                return input.end();
            }
            if start.len() < BLOCK_START {
                let found = start.len();
                return input.cut(&format!("the file ends inside the start of a block ({found} of {BLOCK_START} bytes)"));
            }
            if word(start, 0, true) == SECTION_HEADER {
                self.big_endian = start.get(8) == Some(&0x1a);
            }
            let claimed = word(start, 4, self.big_endian) as usize;
            let length = match self.told {
                Some((offset, length)) if offset == input.buffer.offset() => length,
                _ => match self.judge(input, claimed) {
                    Ok(length) => length,
                    Err(damage) => return damage,
                },
            };
            let offset = input.buffer.offset();
            let content = self.read_block(input, length, length != claimed);
            match content {
                Content::Nothing => input.consume(length),
                Content::Damage(what) => {
                    input.info.skipped_bytes += length as u64;
                    input.consume(length);
                    return input.damage(offset, what.to_owned());
                }
                Content::Packet(record) => return input.stand_at(record),
            }
        }
    }

    fn next_len(&self, input: &Input) -> usize {
        let start = input.buffer.shown(BLOCK_START);
        if start.is_empty() { BLOCK_START } else { word(start, 4, self.big_endian) as usize }
    }
}

impl PcapngReader {
    pub(super) fn new(mut buffer: Buffer, compression: Compression, capture: u32, limits: &Limits) -> Result<(Self, Input), NotACapture> {
        if !matches!(buffer.peek(BLOCK_START).get(8..12), Some([0x1a, 0x2b, 0x3c, 0x4d] | [0x4d, 0x3c, 0x2b, 0x1a])) {
            return Err(NotACapture::Header(
                "byte 8: expected the byte-order magic 1a2b3c4d of a pcapng section header; the file is damaged or cut before its first packet".to_owned(),
            ));
        }
        let info = CaptureInfo { format: "pcapng", time_digits: 6, compression, ..CaptureInfo::default() };
        let interfaces = Interfaces::new(limits.interfaces);
        let reader = Self { interfaces, big_endian: false, max_block: limits.block_bytes, told: None };
        Ok((reader, Input::new(buffer, info, capture, limits)))
    }

    /// The next block, if it is at hand as a whole, nothing speaks against it, and it holds a packet and nothing besides, as nearly all do.
    fn usual(&self, input: &Input) -> Option<Record> {
        let bytes = input.buffer.all_at_hand();
        let word = |at| word(bytes, at, self.big_endian);
        let length = word(4) as usize;
        let (interface, kept) = (word(8), word(20) as usize);
        let fits = length == PACKET_DATA.checked_add(kept.checked_next_multiple_of(4)?)?.checked_add(4)?;
        let told = self.told.is_some_and(|(offset, _)| offset == input.buffer.offset());
        let whole = length <= self.max_block && length <= bytes.len();
        if word(0) != ENHANCED_PACKET || !fits || told || !whole || word(length - 4) as usize != length {
            return None;
        }
        let units = u64::from(word(12)) << 32 | u64::from(word(16));
        match self.packet(input.max_packet, interface, units, (kept, length - PACKET_DATA - 4), word(24), length) {
            Content::Packet(record) => Some(record),
            Content::Damage(_) | Content::Nothing => None,
        }
    }

    /// How long the block at hand is, which claims a length; or what was damaged.
    fn judge(&mut self, input: &mut Input, claimed: usize) -> Result<usize, Step> {
        let offset = input.buffer.offset();
        let possible = claimed >= BLOCK_START && claimed.is_multiple_of(4) && claimed <= self.max_block;
        let found = if possible { input.buffer.peek(claimed).len() } else { 0 };
        if possible && found == claimed {
            let end = input.buffer.shown(claimed);
            if word(end, claimed - 4, self.big_endian) as usize == claimed {
                return Ok(claimed);
            }
        }
        if input.another_begins() {
            return Err(input.begin_anew());
        }
        if let Some(length) = resync::length_by_its_end(input, self.big_endian) {
            self.told = Some((offset, length));
            let what = format!(
                "a block claims a length of {claimed} bytes; at its end it says {length}, where the next block begins, so it was read"
            );
            return Err(input.damage(offset, what));
        }
        if possible && found == claimed && resync::leads_on(input, claimed, self.big_endian) {
            self.told = Some((offset, claimed));
            let what = format!("a block of {claimed} bytes ends with another length; the next block begins behind it, so it was read");
            return Err(input.damage(offset, what));
        }
        if possible && found < claimed && !resync::is_followed(input, claimed, self.big_endian) {
            return Err(input.cut(&format!("the file ends inside a block: {found} of {claimed} bytes are there")));
        }
        let (skipped, found) = resync::skip(input, self.big_endian);
        input.info.skipped_bytes += skipped;
        let upto = if found { "the next block" } else { "the end of the file" };
        let what = format!("a block claims a length of {claimed} bytes, where none ends; {skipped} bytes were skipped, up to {upto}");
        Err(input.damage(offset, what))
    }

    /// Reads the block at hand. If its lengths are `damaged`, or differ, it is read as if they were right.
    fn read_block(&mut self, input: &mut Input, length: usize, damaged: bool) -> Content {
        let big_endian = self.big_endian;
        let bytes = input.buffer.shown(length);
        let kind = word(bytes, 0, big_endian);
        if NUMBERED.contains(&kind) {
            return Content::Packet(Record {
                at: None,
                link_type: None,
                original_len: (length - BLOCK_START) as u32,
                len: length,
                data: (8, length - BLOCK_START),
            });
        }
        let mended;
        let bytes = if damaged || word(bytes, length - 4, big_endian) as usize != length {
            mended = with_length(bytes, length as u32, big_endian);
            &mended
        } else {
            bytes
        };
        let parsed = if big_endian { parse_block_be(bytes) } else { parse_block_le(bytes) };
        let Ok((_, block)) = parsed else {
            if kind == INTERFACE {
                // Its packets need it, and its number counts.
                let known = Interface::without_options(bytes, big_endian);
                self.interfaces.add(known, &mut input.info);
                return Content::Damage("the options of an interface could not be read; its times are taken for microseconds");
            }
            return Content::Damage("a block could not be read and was skipped");
        };
        match block {
            Block::SectionHeader(_) => self.interfaces.new_section(),
            Block::InterfaceDescription(block) => {
                let added = self.interfaces.add(Interface::new(&block, big_endian), &mut input.info);
                return if added {
                    Content::Nothing
                } else {
                    Content::Damage("more interfaces than are kept; this one and its packets are skipped")
                };
            }
            Block::InterfaceStatistics(block) => self.interfaces.statistics(&block, big_endian, &mut input.info),
            Block::EnhancedPacket(packet) => {
                let dropped = number(&packet.options, OPTION_DROPPED, big_endian);
                self.interfaces.dropped(packet.if_id, dropped, &mut input.info);
                let units = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                let kept = packet.caplen as usize;
                return self.packet(input.max_packet, packet.if_id, units, (kept, packet.data.len()), packet.origlen, length);
            }
            Block::SimplePacket(packet) => {
                // A simple packet has no time and belongs to the first interface, whose snapshot length says how much was kept.
                let Some(interface) = self.interfaces.get(0) else {
                    return Content::Damage("a packet without an interface; it was skipped");
                };
                let kept = interface.kept(packet.origlen).min(packet.data.len());
                let data = (SIMPLE_DATA, kept);
                return Content::Packet(Record {
                    at: None,
                    link_type: Some(interface.link_type),
                    original_len: packet.origlen,
                    len: length,
                    data,
                });
            }
            _ if kind == PACKET => return self.old_packet(input, length),
            _ => {}
        }
        Content::Nothing
    }

    /// The packet block of the first drafts: as the enhanced one, but the interface has two bytes, and the number of lost packets the next two.
    fn old_packet(&mut self, input: &mut Input, length: usize) -> Content {
        let big_endian = self.big_endian;
        let bytes = input.buffer.shown(length);
        if length < PACKET_DATA + 4 {
            return Content::Damage("a packet block is too short; it was skipped");
        }
        let both = word(bytes, 8, big_endian);
        let (interface, dropped) = if big_endian { (both >> 16, both & 0xffff) } else { (both & 0xffff, both >> 16) };
        let units = u64::from(word(bytes, 12, big_endian)) << 32 | u64::from(word(bytes, 16, big_endian));
        let (kept, original) = (word(bytes, 20, big_endian) as usize, word(bytes, 24, big_endian));
        // All ones say that the number isn't known.
        let dropped = (dropped != 0xffff).then_some(u64::from(dropped));
        self.interfaces.dropped(interface, dropped, &mut input.info);
        self.packet(input.max_packet, interface, units, (kept, length - PACKET_DATA - 4), original, length)
    }

    /// A packet of `kept` bytes in a block that has room for so many.
    fn packet(&self, max: usize, interface: u32, units: u64, (kept, room): (usize, usize), original_len: u32, len: usize) -> Content {
        let Some(interface) = self.interfaces.get(interface as usize) else {
            return Content::Damage("a packet names an interface that was not described; it was skipped");
        };
        if kept > room || kept > max {
            return Content::Damage("a packet claims more bytes than its block has; it was skipped");
        }
        let at = Some(interface.time(units));
        Content::Packet(Record { at, link_type: Some(interface.link_type), original_len, len, data: (PACKET_DATA, kept) })
    }
}

/// The four bytes at `at`; 0 where they are not there.
fn word(bytes: &[u8], at: usize, big_endian: bool) -> u32 {
    let word = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()).copied().unwrap_or_default();
    if big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
}

/// The number of eight bytes that an option holds.
fn number(options: &[PcapNGOption<'_>], code: u16, big_endian: bool) -> Option<u64> {
    let option = options.iter().find(|option| option.code.0 == code)?;
    let bytes = *option.value().first_chunk::<8>()?;
    Some(if big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
}

/// A block as it would be with this length at both ends.
fn with_length(bytes: &[u8], length: u32, big_endian: bool) -> Vec<u8> {
    let length_bytes = if big_endian { length.to_be_bytes() } else { length.to_le_bytes() };
    let mut mended = bytes.to_vec();
    let end = mended.len().saturating_sub(4);
    for at in [4, end] {
        if let Some(place) = mended.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<4>) {
            *place = length_bytes;
        }
    }
    mended
}
