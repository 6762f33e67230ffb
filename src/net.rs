//! From a packet's bytes to a TCP segment, or to an ICMP error about one.

use crate::base::address::Endpoint;
use crate::base::fate::UnreachableReason;
use crate::base::note::NoteKind;
use crate::base::origin::PacketId;
use crate::base::time::Timestamp;
use std::net::IpAddr;

mod icmp;
mod ip;
pub mod link;

use ip::{IpPayload, Transport};
use link::Network;

/// A TCP segment as it was captured. It borrows the packet's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// The packet it came in.
    pub packet: PacketId,
    /// When that packet was seen.
    pub at: Timestamp,
    /// Sender.
    pub source: Endpoint,
    /// Receiver.
    pub destination: Endpoint,
    /// VLAN tags, outermost first in the high bits; 0 without a tag.
    pub vlan: u32,
    /// Sequence number of the first payload byte, or of the SYN.
    pub seq: u32,
    /// Acknowledgment number, if the ACK flag is set.
    pub ack: Option<u32>,
    /// SYN flag.
    pub syn: bool,
    /// FIN flag.
    pub fin: bool,
    /// RST flag.
    pub rst: bool,
    /// The captured payload.
    pub payload: &'a [u8],
    /// Payload bytes that were on the wire behind `payload`, but were not captured (snapshot length).
    pub cut: u32,
}

/// An ICMP or ICMPv6 error that quotes a TCP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IcmpError {
    /// The packet it came in.
    pub packet: PacketId,
    /// When that packet was seen.
    pub at: Timestamp,
    /// Who sent the error.
    pub from: IpAddr,
    /// Sender of the quoted segment.
    pub source: Endpoint,
    /// Receiver of the quoted segment.
    pub destination: Endpoint,
    /// VLAN tags of the error's own packet.
    pub vlan: u32,
    /// Sequence number of the quoted segment (RFC 792 quotes at least eight bytes, which contain it).
    pub seq: u32,
    /// Why the destination could not be reached, with the code on the wire; `None` for errors that do not say so (time exceeded, packet too big
    /// ...).
    pub unreachable: Option<(UnreachableReason, u8)>,
}

/// What a packet turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// A TCP segment.
    Tcp(Segment<'a>),
    /// An error about a TCP segment.
    IcmpAboutTcp(IcmpError),
    /// Another protocol.
    Other,
    /// Could not be decoded down to its transport protocol, and why.
    Undecodable(NoteKind),
}

/// Decodes a packet: its number, its time, its link type, its captured bytes and its length on the wire.
pub fn decode(packet: PacketId, at: Timestamp, link_type: u16, bytes: &[u8], original_len: u32) -> Decoded<'_> {
    let link = match link::read(link_type, bytes) {
        Ok(link) => link,
        Err(why) => return Decoded::Undecodable(why),
    };
    if link.network == Network::Other {
        return Decoded::Other;
    }
    let not_captured = (original_len as usize).saturating_sub(bytes.len());
    let Some(payload) = ip::read(link.bytes, link.bytes.len() + not_captured) else {
        return Decoded::Undecodable(NoteKind::PacketUndecodable);
    };
    match payload.transport {
        Transport::Tcp if payload.fragment => Decoded::Undecodable(NoteKind::IpFragment),
        Transport::Tcp => match segment(packet, at, link.vlan, &payload) {
            Some(segment) => Decoded::Tcp(segment),
            None => Decoded::Undecodable(NoteKind::PacketUndecodable),
        },
        Transport::Icmp | Transport::IcmpV6 => match icmp::read(packet, at, link.vlan, &payload) {
            Some(error) => Decoded::IcmpAboutTcp(error),
            None => Decoded::Other,
        },
        Transport::Other => Decoded::Other,
    }
}

/// Reads a TCP header (RFC 9293, section 3.1). Where the snapshot length cut its options, the fixed part is enough.
fn segment<'a>(packet: PacketId, at: Timestamp, vlan: u32, payload: &IpPayload<'a>) -> Option<Segment<'a>> {
    const FIXED: usize = 20;
    let header = payload.bytes.first_chunk::<FIXED>()?;
    let [s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, offset, flags, ..] = *header;
    let header_len = usize::from(offset >> 4) * 4;
    if header_len < FIXED {
        return None;
    }
    let (data, cut) = match payload.bytes.split_at_checked(header_len) {
        Some((_, data)) => (data, payload.cut),
        None => (&[][..], payload.cut.checked_sub((header_len - payload.bytes.len()) as u32)?),
    };
    Some(Segment {
        packet,
        at,
        source: Endpoint::new(payload.source, u16::from_be_bytes([s0, s1])),
        destination: Endpoint::new(payload.destination, u16::from_be_bytes([d0, d1])),
        vlan,
        seq: u32::from_be_bytes([q0, q1, q2, q3]),
        ack: (flags & 0x10 != 0).then_some(u32::from_be_bytes([a0, a1, a2, a3])),
        syn: flags & 0x02 != 0,
        fin: flags & 0x01 != 0,
        rst: flags & 0x04 != 0,
        payload: data,
        cut,
    })
}

#[cfg(test)]
mod tests;
