//! From a packet's bytes to a TCP segment, or to an ICMP error about one.
//!
//! A [`Decoder`] walks through a packet's headers (`walk`): link layer ([`link`]), IP (`ip`), and tunnels (`tunnel`) with whatever they hold,
//! until it meets TCP, ICMP or something else; for nearly all there is a shorter way (`plain`). Fragments of IP packets are put together (`defrag`), packets that were captured twice are
//! recognised (`copies`).

use crate::base::address::Endpoint;
use crate::base::fate::UnreachableReason;
use crate::base::limits::Limits;
use crate::base::note::{NoteKind, Notes};
use crate::base::origin::{Origin, PacketId};
use crate::base::time::Timestamp;
use std::net::IpAddr;

mod copies;
mod defrag;
mod icmp;
mod ip;
mod layer;
pub mod link;
mod plain;
mod tunnel;
mod view;
mod walk;

use copies::{Copies, Print};
use defrag::{Carrier, Defrag, Taken};
use ip::IpPacket;
use layer::Layer;
use view::View;
use walk::{Found, Walk};

/// A TCP segment as it was captured. It borrows the packet's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "the flags are bits of their own on the wire, too")]
pub struct Segment<'a> {
    /// The packet it came in.
    pub packet: PacketId,
    /// When that packet was seen.
    pub at: Timestamp,
    /// Sender.
    pub source: Endpoint,
    /// Receiver.
    pub destination: Endpoint,
    /// The network that the addresses belong to, as one number: the VLAN tags of the innermost Ethernet frame, and the identifier of the virtual
    /// network around it (VXLAN, GENEVE); 0 where there is neither. MPLS labels, GRE keys and PPPoE sessions are not part of it: they may differ
    /// by direction.
    pub vlan: u64,
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
    /// Whether this is a copy of a segment that was captured a moment before: the same packet, seen twice.
    pub copy: bool,
    /// The captured payload.
    pub payload: &'a [u8],
    /// Payload bytes that were on the wire behind `payload`, but were not captured (snapshot length).
    pub cut: u32,
}

impl Segment<'_> {
    /// The segment with another payload. It is copied as a whole: field by field takes ten times as long.
    #[must_use]
    #[inline]
    pub const fn with<'a>(&self, payload: &'a [u8]) -> Segment<'a>
    where
        Self: 'a,
    {
        let mut other: Segment<'a> = *self;
        other.payload = payload;
        other
    }
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
    /// The network of the error's own packet (see [`Segment::vlan`]).
    pub vlan: u64,
    /// Sequence number of the quoted segment (RFC 792 quotes at least eight bytes, which contain it).
    pub seq: u32,
    /// Why the destination could not be reached, with the code on the wire; `None` for errors that do not say so (time exceeded, packet too big
    /// ...).
    pub unreachable: Option<(UnreachableReason, u8)>,
}

/// What a packet turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// A TCP segment.
    Tcp(Segment<'a>),
    /// An error about a TCP segment.
    IcmpAboutTcp(IcmpError),
    /// Another protocol.
    Other,
    /// Could not be decoded down to its transport protocol, and why.
    Undecodable(NoteKind),
    /// A fragment that waits for others; it is counted with them.
    Fragment,
    /// A fragment, and what its datagram was: there is nothing else to be taken from it, and what was odd is noted.
    Settled(Class),
}

/// What packets are counted as in the ledger ([`crate::base::ledger::PacketLedger`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Packets with a TCP segment.
    Tcp,
    /// Errors about one.
    IcmpAboutTcp,
    /// Other protocols.
    Other,
    /// Packets that could not be decoded.
    Undecodable,
}

impl What<'_> {
    /// What it is counted as; `None` while it waits.
    #[inline]
    pub const fn class(&self) -> Option<Class> {
        match self {
            Self::Tcp(_) => Some(Class::Tcp),
            Self::IcmpAboutTcp(_) => Some(Class::IcmpAboutTcp),
            Self::Other => Some(Class::Other),
            Self::Undecodable(_) => Some(Class::Undecodable),
            Self::Fragment => None,
            Self::Settled(class) => Some(*class),
        }
    }
}

/// A packet, decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// What it turned out to be.
    pub what: What<'a>,
    /// How many packets are counted as that: 1, or all that brought fragments of it; 0 while a fragment waits.
    pub packets: u64,
}

/// Decodes packets. It keeps fragments until they are complete, and remembers packets to recognise copies of them.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    defrag: Defrag,
    copies: Copies,
    /// Datagrams that were put together: one, or several where they lie in each other.
    whole: Vec<Vec<u8>>,
    notes: Notes,
}

impl Decoder {
    /// A decoder that has seen nothing.
    pub fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            defrag: Defrag::new(*limits),
            copies: Copies::new(limits.copies, limits.copy_span),
            whole: vec![Vec::new(); limits.tunnels.saturating_add(1)],
            notes: Notes::default(),
        }
    }

    /// Decodes a packet, as [`Self::decode`] does, if it is one of those that nearly all are: a TCP segment with nothing unusual around it. Answers
    /// with the segment without its payload, and with that.
    #[inline]
    pub fn plain<'a>(
        &mut self,
        packet: PacketId,
        at: Timestamp,
        link_type: u16,
        bytes: &'a [u8],
        original_len: u32,
    ) -> Option<(Segment<'static>, &'a [u8])> {
        if link_type != link::ETHERNET {
            return None;
        }
        let (ip, identity) = plain::read(View::of(bytes, original_len))?;
        segment((packet, at), identity.value(), &ip, &mut self.copies, &mut self.notes)
    }

    /// Decodes a packet: its number, its time, its link type, its captured bytes and its length on the wire.
    pub fn decode<'a>(&'a mut self, packet: PacketId, at: Timestamp, link_type: u16, bytes: &'a [u8], original_len: u32) -> Decoded<'a> {
        if let Some((bare, payload)) = self.plain(packet, at, link_type, bytes, original_len) {
            return Decoded { what: What::Tcp(bare.with(payload)), packets: 1 };
        }
        let Self { limits, defrag, copies, whole, notes } = self;
        let mut walk = Walk::new(limits);
        let mut found = walk.on(Layer::Link(link_type), View::of(bytes, original_len));
        let mut packets = 1;
        if found == Found::Fragment {
            let first = Carrier { packets, origin: Origin::of(packet), at };
            match put_together(first, &mut walk, defrag, whole) {
                Ok((carriers, inner)) => (packets, found) = (carriers, inner),
                Err(decoded) => return decoded,
            }
        }
        let vlan = walk.identity.value();
        let what = match found {
            Found::Tcp => match segment((packet, at), vlan, &walk.packet, copies, notes) {
                Some((bare, payload)) => What::Tcp(bare.with(payload)),
                None => What::Undecodable(NoteKind::PacketUndecodable),
            },
            Found::Icmp => match icmp::read(packet, at, vlan, &walk.packet, limits.extension_headers) {
                Some(error) => {
                    if let Some(first) = copies.first(icmp::print(&error, &walk.packet), at, packet) {
                        note_copy(first, packet, notes);
                    }
                    What::IcmpAboutTcp(error)
                }
                None => What::Other,
            },
            Found::Other => What::Other,
            Found::Fragment => What::Undecodable(NoteKind::TunnelsTooDeep),
            Found::Undecodable(why) => What::Undecodable(why),
        };
        if let Some(class) = what.class().filter(|_| packets > 1) {
            defrag.classify(class);
        }
        Decoded { what, packets }
    }

    /// Ends: how many packets could not be decoded because they are fragments of datagrams that are not complete, here or before; and what was
    /// odd in all packets.
    pub fn finish(&mut self) -> (u64, Notes) {
        let packets = self.defrag.finish();
        let mut notes = std::mem::take(&mut self.notes);
        notes.merge(std::mem::take(&mut self.defrag.notes));
        (packets, notes)
    }
}

/// Gives a fragment to the others of its datagram, and walks on in that if it is complete; again and again, where fragments lie in each other.
/// Says in how many packets it came and what was found, or what became of the fragment.
#[cold]
fn put_together<'a>(
    first: Carrier,
    walk: &mut Walk<'a>,
    defrag: &mut Defrag,
    whole: &'a mut [Vec<u8>],
) -> Result<(u64, Found), Decoded<'a>> {
    let mut carrier = first;
    for buffer in whole {
        let packet = walk.packet;
        let Some(fragment) = packet.fragment else { break };
        match defrag.take(&packet, fragment, walk.identity.value(), carrier, buffer) {
            Taken::Whole(datagram, from) => {
                carrier = from;
                let found = walk.into(datagram);
                if found != Found::Fragment {
                    return Ok((carrier.packets, found));
                }
            }
            Taken::Waits => return Err(Decoded { what: What::Fragment, packets: 0 }),
            Taken::Settled(class, packets) => {
                defrag.classify(class);
                let what = if class == Class::Other { What::Other } else { What::Settled(class) };
                return Err(Decoded { what, packets });
            }
        }
    }
    Ok((carrier.packets, Found::Fragment))
}

#[cold]
fn note_copy(first: PacketId, packet: PacketId, notes: &mut Notes) {
    notes.count(NoteKind::CapturedTwice, || {
        let mut both = Origin::of(first);
        both.add(packet);
        both
    });
}

/// Reads a TCP header (RFC 9293, section 3.1), and looks whether it was seen before. Where the snapshot length cut its options, the fixed part is
/// enough. Answers with the segment without its payload, and with that.
///
/// It is always inlined: to hand a segment over costs as much as what is done here.
#[inline(always)]
fn segment<'a>(
    (packet, at): (PacketId, Timestamp),
    vlan: u64,
    ip: &IpPacket<'a>,
    copies: &mut Copies,
    notes: &mut Notes,
) -> Option<(Segment<'static>, &'a [u8])> {
    const FIXED: usize = 20;
    let view = ip.rest;
    let header = view.bytes.first_chunk::<FIXED>()?;
    let [s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, offset, flags, w0, w1, c0, c1, ..] = *header;
    let header_len = usize::from(offset >> 4) * 4;
    if header_len < FIXED {
        return None;
    }
    let (payload, missing) = match view.bytes.split_at_checked(header_len) {
        Some((_, payload)) => (payload, view.missing),
        None => (&[][..], view.missing.checked_sub(header_len - view.bytes.len())?),
    };
    let cut = u32::try_from(missing).unwrap_or(u32::MAX);
    let length = u64::from(cut) + payload.len() as u64;
    let (syn, fin, rst) = (flags & 0x02 != 0, flags & 0x01 != 0, flags & 0x04 != 0);
    let acks = flags & 0x10 != 0;
    let first = if ip.id != 0 || (syn && !acks) || fin || length > 0 {
        // Ports and sequence number; acknowledgment, flags and window; number of the packet, checksum and length; network.
        let words = [
            u64::from_be_bytes([s0, s1, d0, d1, q0, q1, q2, q3]),
            u64::from_be_bytes([a0, a1, a2, a3, offset, flags, w0, w1]),
            (u64::from(ip.id) << 48) | (u64::from(u16::from_be_bytes([c0, c1])) << 32) ^ length,
            vlan,
        ];
        copies.first(Print::of(ip.source, ip.destination, words), at, packet)
    } else {
        None
    };
    if let Some(first) = first {
        note_copy(first, packet, notes);
    }
    let bare = Segment {
        packet,
        at,
        source: Endpoint::new(ip.source, u16::from_be_bytes([s0, s1])),
        destination: Endpoint::new(ip.destination, u16::from_be_bytes([d0, d1])),
        vlan,
        seq: u32::from_be_bytes([q0, q1, q2, q3]),
        ack: acks.then_some(u32::from_be_bytes([a0, a1, a2, a3])),
        syn,
        fin,
        rst,
        copy: first.is_some(),
        payload: &[],
        cut,
    };
    Some((bare, payload))
}

#[cfg(test)]
mod tests;
