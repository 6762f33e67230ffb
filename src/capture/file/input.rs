//! What the readers of all formats share: the bytes, how far they were read, the current packet, and how reading ends.

use crate::base::limits::Limits;
use crate::base::origin::PacketId;
use crate::base::time::Timestamp;
use crate::capture::buffer::Buffer;
use crate::capture::{CaptureInfo, Damage, Packet, Step};

/// Stands for a link type that the registry of pcap and pcapng has no number for: packets of it are counted as of an unsupported one. The registry
/// hands its numbers out from below and is far from this one.
pub(super) const UNKNOWN_LINK: u16 = 0xfffe;

/// A capture that is being read.
pub(super) struct Input {
    pub(super) buffer: Buffer,
    pub(super) info: CaptureInfo,
    /// Largest packet that is believed.
    pub(super) max_packet: usize,
    /// Nothing more is read.
    pub(super) ended: bool,
    /// Packets handed out.
    pub(super) packets: u64,
    /// Another capture begins where this one stands.
    anew: bool,
    pub(super) capture: u32,
    current: Option<Record>,
}

/// The packet of a record or block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// `None` in formats and records without a time.
    pub(super) at: Option<Timestamp>,
    /// `None` if it is numbered as a packet and holds none.
    pub(super) link_type: Option<u16>,
    pub(super) original_len: u32,
    /// Length of the whole record.
    pub(super) len: usize,
    /// Where in it the packet's bytes are: offset and length.
    pub(super) data: (usize, usize),
}

impl Input {
    pub(super) fn new(buffer: Buffer, info: CaptureInfo, capture: u32, limits: &Limits) -> Self {
        Self { buffer, info, max_packet: limits.packet_bytes, ended: false, packets: 0, anew: false, capture, current: None }
    }

    /// Goes on by `len` bytes, which the last packet's bytes do not survive.
    #[inline]
    pub(super) fn consume(&mut self, len: usize) {
        self.current = None;
        self.buffer.consume(len);
        self.info.bytes = self.buffer.offset();
    }

    /// Goes on by `len` bytes, or to the end, over what is no part of the records.
    pub(super) fn skip(&mut self, mut len: u64) {
        while len > 0 && !self.buffer.peek(1).is_empty() {
            let wanted = usize::try_from(len).unwrap_or(usize::MAX).min(1 << 16);
            let found = self.buffer.peek(wanted).len();
            self.consume(found);
            len -= found as u64;
        }
    }

    /// Goes back by `len` of the bytes of the last packet, which they do not survive.
    pub(super) fn go_back(&mut self, len: usize) {
        self.current = None;
        self.buffer.go_back(len);
    }

    /// Goes on by a record and stands at its packet.
    #[inline]
    pub(super) fn stand_at(&mut self, record: Record) -> Step {
        self.consume(record.len);
        self.packets += 1;
        self.current = Some(record);
        Step::Packet
    }

    /// The packet at which it stands.
    #[inline]
    pub(super) fn packet(&self) -> Option<Packet<'_>> {
        let Record { at, link_type, original_len, data: (from, length), .. } = self.current?;
        let bytes = self.buffer.consumed().get(from..)?.get(..length)?;
        Some(Packet { id: PacketId { capture: self.capture, number: self.packets }, at, link_type, bytes, original_len })
    }

    /// The stream is over: as it should be, or because reading failed.
    pub(super) fn end(&mut self) -> Step {
        self.current = None;
        self.ended = true;
        match self.buffer.take_error() {
            Some(error) => self.damage(self.buffer.offset(), format!("reading stopped: {error}")),
            None => Step::End,
        }
    }

    /// The stream ends inside something: `what` was found. If reading failed there, that is the reason.
    pub(super) fn cut(&mut self, what: &str) -> Step {
        let offset = self.buffer.offset();
        let skipped = self.buffer.drain();
        self.info.skipped_bytes += skipped;
        self.consume(0);
        self.ended = true;
        let what = match self.buffer.take_error() {
            Some(error) => format!("{what}; reading stopped: {error}"),
            None => what.to_owned(),
        };
        self.damage(offset, what)
    }

    /// Whether another capture begins here, as in files that were joined as they are.
    pub(super) fn another_begins(&mut self) -> bool {
        super::starts_like_another(self.buffer.peek(super::START)) && super::another_begins(self.buffer.peek(super::ANOTHER))
    }

    /// Says that another capture begins here. Its own reader goes on.
    pub(super) fn begin_anew(&mut self) -> Step {
        self.current = None;
        self.anew = true;
        self.damage(
            self.buffer.offset(),
            "the header of another capture, as in files that were joined as they are; it is read from here on".to_owned(),
        )
    }

    /// Whether another reader has to go on.
    pub(super) const fn takes_turn(&mut self) -> bool {
        std::mem::replace(&mut self.anew, false)
    }

    /// What another reader goes on with. What stays has ended.
    pub(super) fn taken(&mut self) -> Self {
        let buffer = Buffer::new(Box::new(std::io::empty()));
        let info = CaptureInfo::default();
        let rest = Self { buffer, info, max_packet: 0, ended: true, packets: 0, anew: false, capture: self.capture, current: None };
        std::mem::replace(self, rest)
    }

    /// Adds what was read before by another reader, which handed out so many packets.
    pub(super) fn go_on_from(&mut self, before: CaptureInfo, packets: u64) {
        let CaptureInfo { mut link_types, time_digits, bytes, .. } = std::mem::replace(&mut self.info, before);
        link_types.retain(|link_type| !self.info.link_types.contains(link_type));
        self.info.link_types.append(&mut link_types);
        self.info.time_digits = self.info.time_digits.max(time_digits);
        self.info.bytes = self.info.bytes.max(bytes);
        self.packets = packets;
    }

    /// Damage at a place.
    pub(super) fn damage(&self, offset: u64, what: String) -> Step {
        Step::Damage(Box::new(Damage { capture: self.capture, offset, after_packet: self.packets, what }))
    }
}
