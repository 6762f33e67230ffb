//! Packets that were captured twice: on the interface `any`, by a mirror port that shows both ways, or in two captures of one time.
//!
//! A sender gives each IP packet a number of its own, also when it sends a segment again. So a segment with the same number, and the same in
//! everything that does not change on the way, is a copy and not a repetition. Where there is no number (IPv6, or 0), what a stack sends in answer to
//! each segment may well look alike (acknowledgments, the SYN-ACKs to a SYN that came twice, RSTs), so only segments that say more count. Hop limit, Ethernet addresses and tunnels are not compared: they change on the way.
//!
//! The table is small and mapped directly: what was seen last at a place stays there. It is a memory, not a promise.

use crate::base::origin::PacketId;
use crate::base::time::{Span, Timestamp};
use std::net::IpAddr;

/// What two copies have in common, mixed into 128 bits: two packets with the same are the same. Entries stay small that way, and the table in the
/// cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Print(u64, u64);

impl Print {
    /// The addresses, and whatever else is compared.
    #[inline]
    pub(super) fn of(source: IpAddr, destination: IpAddr, words: [u64; 4]) -> Self {
        let print = words.into_iter().fold(Self(0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344), Self::with);
        match (source, destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                print.with((u64::from(u32::from(source)) << 32) | u64::from(u32::from(destination)))
            }
            _ => [source, destination].into_iter().fold(print, |print, ip| {
                let bits = match ip {
                    IpAddr::V4(v4) => u128::from(u32::from(v4)),
                    IpAddr::V6(v6) => u128::from(v6),
                };
                print.with((bits >> 64) as u64).with(bits as u64)
            }),
        }
    }

    /// Mixes a word into both halves.
    #[inline]
    const fn with(self, word: u64) -> Self {
        let one = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let other = (self.1.rotate_left(29) ^ word).wrapping_mul(0xd6e8_feb8_6659_fd93);
        Self(one ^ (one >> 32), other ^ (other >> 29))
    }
}

/// A packet that was seen.
#[derive(Clone, Copy, Debug)]
struct Seen {
    print: Print,
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
        let none = Seen { print: Print(0, 0), at: Timestamp::from_nanos(0), packet: PacketId { capture: 0, number: 0 } };
        Self { seen: vec![none; len.next_power_of_two()], span }
    }

    /// The packet that this one is a copy of. Else it is remembered.
    #[inline]
    pub(super) fn first(&mut self, print: Print, at: Timestamp, packet: PacketId) -> Option<PacketId> {
        let place = print.0 as usize & self.seen.len().wrapping_sub(1);
        let seen = self.seen.get_mut(place)?;
        if seen.print == print && at.since(seen.at).nanos().saturating_abs() <= self.span.nanos() {
            return Some(seen.packet);
        }
        *seen = Seen { print, at, packet };
        None
    }
}
