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
use std::net::IpAddr;

/// What two copies have in common.
#[derive(Clone, Copy, Debug)]
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
    /// All of it, mixed into 128 bits: two packets with the same are the same. Entries stay small that way, and the table in the cache.
    #[inline]
    fn digest(&self) -> u128 {
        let pair = |high: u16, low: u16| (u64::from(high) << 16) | u64::from(low);
        let wide = |high: u32, low: u32| (u64::from(high) << 32) | u64::from(low);
        let words = [
            wide(self.seq, self.ack),
            (pair(self.source.port, self.destination.port) << 32) | pair(self.id, self.checksum),
            (pair(self.flags, self.window) << 32) | u64::from(self.length),
            self.vlan,
        ];
        let mut digest = words.into_iter().fold((0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344), mix);
        for ip in [self.source.ip, self.destination.ip] {
            match ip {
                IpAddr::V4(v4) => digest = mix(digest, u64::from(u32::from(v4))),
                IpAddr::V6(v6) => {
                    let bits = u128::from(v6);
                    digest = mix(mix(digest, (bits >> 64) as u64), bits as u64);
                }
            }
        }
        (u128::from(digest.0) << 64) | u128::from(digest.1)
    }
}

/// Mixes a word into both halves of a digest.
#[inline]
const fn mix((one, other): (u64, u64), word: u64) -> (u64, u64) {
    let one = (one ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let other = (other.rotate_left(29) ^ word).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (one ^ (one >> 32), other ^ (other >> 29))
}

/// A packet that was seen.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// 0 where nothing was seen yet.
    digest: u128,
    at: Timestamp,
    packet: PacketId,
}

/// The latest segments and errors.
#[derive(Debug)]
pub(super) struct Copies {
    seen: Vec<Seen>,
    span: Span,
}

impl Copies {
    /// A memory of at least `len` packets; copies come within `span`.
    pub(super) fn new(len: usize, span: Span) -> Self {
        let none = Seen { digest: 0, at: Timestamp::from_nanos(0), packet: PacketId { capture: 0, number: 0 } };
        Self { seen: vec![none; len.next_power_of_two()], span }
    }

    /// The packet that this one is a copy of. Else it is remembered.
    #[inline]
    pub(super) fn first(&mut self, print: &Print, at: Timestamp, packet: PacketId) -> Option<PacketId> {
        let digest = print.digest();
        let place = (digest >> 64) as usize & self.seen.len().wrapping_sub(1);
        let seen = self.seen.get_mut(place)?;
        if seen.digest == digest && at.since(seen.at).nanos().saturating_abs() <= self.span.nanos() {
            return Some(seen.packet);
        }
        *seen = Seen { digest, at, packet };
        None
    }
}
