//! From a packet's bytes to a TCP segment, or to an ICMP error about one.

use crate::base::address::Endpoint;
use crate::base::fate::UnreachableReason;
use crate::base::note::NoteKind;
use crate::base::origin::PacketId;
use crate::base::time::Timestamp;
use std::net::IpAddr;

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
