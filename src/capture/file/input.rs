//! What the readers of all formats share: the bytes, how far they were read, and how reading ends.

use crate::base::limits::Limits;
use crate::base::origin::PacketId;
use crate::capture::buffer::Buffer;
use crate::capture::{CaptureInfo, Damage, Next};

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
    capture: u32,
}

impl Input {
    pub(super) fn new(buffer: Buffer, info: CaptureInfo, capture: u32, limits: &Limits) -> Self {
        Self { buffer, info, max_packet: limits.packet_bytes, ended: false, packets: 0, capture }
    }

    /// Goes on by a record or block of `len` bytes.
    pub(super) fn consume(&mut self, len: usize) {
        self.buffer.consume(len);
        self.info.bytes = self.buffer.offset();
    }

    /// The number of the next packet.
    pub(super) const fn next_id(&mut self) -> PacketId {
        self.packets += 1;
        PacketId { capture: self.capture, number: self.packets }
    }

    /// The stream is over: as it should be, or because reading failed.
    pub(super) fn end(&mut self) -> Next<'static> {
        self.ended = true;
        match self.buffer.take_error() {
            Some(error) => self.damage(self.buffer.offset(), format!("reading stopped: {error}")),
            None => Next::End,
        }
    }

    /// Nothing behind this place can be read: `what` was found.
    pub(super) fn give_up(&mut self, what: String) -> Next<'static> {
        let offset = self.buffer.offset();
        self.info.skipped_bytes += self.buffer.drain();
        self.info.bytes = self.buffer.offset();
        self.ended = true;
        self.damage(offset, what)
    }

    /// Damage at a place.
    pub(super) fn damage(&self, offset: u64, what: String) -> Next<'static> {
        Next::Damage(Damage { offset, after_packet: self.packets, what })
    }
}
