//! Packets that were captured twice: on the interface `any`, by a mirror port that shows both ways, or in two captures of one time.
//!
//! A sender gives each IP packet a number of its own, also when it sends a segment again. So a segment with the same number, and the same in
//! everything that does not change on the way, is a copy and not a repetition. Where there is no number (IPv6, or 0), acknowledgments alone may
//! well look alike, so only segments that say more count. Hop limit, Ethernet addresses and tunnels are not compared: they change on the way.
//!
//! The table is small and mapped directly: what was seen last at a place stays there. It is a memory, not a promise.

use crate::base::address::Endpoint;
use crate::base::origin::PacketId;
use crate::base::time::{Span, Timestamp};

/// What two copies have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Print {
    pub(super) source: Endpoint,
    pub(super) destination: Endpoint,
    pub(super) vlan: u64,
    /// The number of the IP packet.
    pub(super) id: u16,
    pub(super) seq: u32,
    pub(super) ack: u32,
    /// TCP's flags and header length; type and code of ICMP.
    pub(super) flags: u16,
    pub(super) window: u16,
    pub(super) checksum: u16,
    /// Payload bytes on the wire; of an ICMP error, all.
    pub(super) length: u32,
}

impl Print {
    /// Where it stands in a table whose length is a power of two. Numbers that differ between neighbours go in; a collision only makes the memory shorter.
    fn place(&self, len: usize) -> usize {
        let ports = (u64::from(self.source.port) << 16) | u64::from(self.destination.port);
        let numbers = (u64::from(self.seq) << 32) | u64::from(self.ack);
        let rest = (u64::from(self.id) << 16) | u64::from(self.checksum);
        let mixed = (numbers ^ (ports << 20) ^ (rest << 24) ^ rest).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 32) as usize & len.saturating_sub(1)
    }
}

/// The latest segments and errors.
#[derive(Debug)]
pub(super) struct Copies {
    seen: Vec<Option<(Print, Timestamp, PacketId)>>,
    span: Span,
}

impl Copies {
    /// A memory of at least `len` packets; copies come within `span`.
    pub(super) fn new(len: usize, span: Span) -> Self {
        Self { seen: vec![None; len.next_power_of_two()], span }
    }

    /// The packet that this one is a copy of. Else it is remembered.
    #[inline]
    pub(super) fn first(&mut self, print: &Print, at: Timestamp, packet: PacketId) -> Option<PacketId> {
        let place = print.place(self.seen.len());
        let seen = self.seen.get_mut(place)?;
        if let Some((first, then, first_packet)) = seen
            && first == print
            && at.since(*then).nanos().saturating_abs() <= self.span.nanos()
        {
            return Some(*first_packet);
        }
        *seen = Some((*print, at, packet));
        None
    }
}
