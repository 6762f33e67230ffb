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
    pub(super) fn of(source: IpAddr, destination: IpAddr, [one, two, three, four]: [u64; 4]) -> Self {
        let addresses = match (source, destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => (u64::from(u32::from(source)) << 32) | u64::from(u32::from(destination)),
            (source, destination) => [source, destination].into_iter().fold(0, |before, ip| {
                let bits = match ip {
                    IpAddr::V4(v4) => u128::from(u32::from(v4)),
                    IpAddr::V6(v6) => u128::from(v6),
                };
                let (low, high) = product(before ^ bits as u64 ^ 0x4528_21e6_38d0_1377, (bits >> 64) as u64 ^ 0xbe54_66cf_34e9_0c6c);
                low ^ high
            }),
        };
        let (low, high) = product(one ^ 0x243f_6a88_85a3_08d3, two ^ 0x1319_8a2e_0370_7344);
        let (other_low, other_high) = product(three ^ 0xa409_3822_299f_31d0, addresses ^ 0x082e_fa98_ec4e_6c89);
        // An odd factor leaves all words apart.
        Self(low ^ other_high ^ four.wrapping_mul(0x9e37_79b9_7f4a_7c15), high ^ other_low)
    }
}

/// Both halves of the product of two words: every bit of either goes into many bits of it.
#[inline]
const fn product(one: u64, other: u64) -> (u64, u64) {
    let product = (one as u128) * (other as u128);
    (product as u64, (product >> 64) as u64)
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
    /// A part of each print. As long as a packet has no copy, only this is looked at, which is small enough to stay in the processor's cache.
    marks: Vec<u32>,
    seen: Vec<Seen>,
    span: Span,
}

impl Copies {
    /// A memory of at least `len` packets; copies come within `span`.
    pub(super) fn new(len: usize, span: Span) -> Self {
        let none = Seen { print: Print(0, 0), at: Timestamp::from_nanos(0), packet: PacketId { capture: 0, number: 0 } };
        let len = len.next_power_of_two();
        Self { marks: vec![0; len], seen: vec![none; len], span }
    }

    /// The packet that this one is a copy of. Else it is remembered.
    #[inline]
    pub(super) fn first(&mut self, print: Print, at: Timestamp, packet: PacketId) -> Option<PacketId> {
        let place = print.0 as usize & self.seen.len().wrapping_sub(1);
        let (mark, seen) = (self.marks.get_mut(place)?, self.seen.get_mut(place)?);
        let before = std::mem::replace(mark, print.1 as u32);
        if before == *mark && seen.print == print && at.since(seen.at).nanos().saturating_abs() <= self.span.nanos() {
            return Some(seen.packet);
        }
        *seen = Seen { print, at, packet };
        None
    }
}
