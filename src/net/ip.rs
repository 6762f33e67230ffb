//! IPv4 (RFC 791) and IPv6 (RFC 8200): addresses, extension headers, and what the packet carries.

use super::view::View;
use etherparse::{Ipv4HeaderSlice, Ipv6HeaderSlice};
use std::net::{IpAddr, Ipv4Addr};

/// Numbers of protocols (IANA's registry).
pub(super) const ICMP: u8 = 1;
pub(super) const IPV4: u8 = 4;
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
pub(super) const IPV6: u8 = 41;
pub(super) const GRE: u8 = 47;
pub(super) const ICMP_V6: u8 = 58;
pub(super) const ETHER_IP: u8 = 97;
pub(super) const MPLS: u8 = 137;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;

/// An IP packet without its header and extension headers. Of a fragment, what follows its fragment header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IpPacket<'a> {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    /// The identification of an IPv4 packet; 0 for IPv6, which has none.
    pub(super) id: u16,
    /// What it carries.
    pub(super) protocol: u8,
    /// Its place in a larger packet, if it is a fragment.
    pub(super) fragment: Option<Fragment>,
    /// What it carries, as bytes.
    pub(super) rest: View<'a>,
}

impl IpPacket<'_> {
    /// Stands where no packet was read yet.
    pub(super) const NONE: Self = Self {
        source: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        destination: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        id: 0,
        protocol: 0,
        fragment: None,
        rest: View { bytes: &[], missing: 0 },
    };
}

/// The place of a fragment in its datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fragment {
    /// What the fragments of a datagram have in common.
    pub(super) id: u32,
    /// Where it begins, in bytes behind the headers.
    pub(super) offset: u32,
    /// Whether others follow.
    pub(super) more: bool,
    /// Bytes of the headers that are not part of the fragments, but of the datagram's length.
    pub(super) header: u32,
}

/// Reads an IP packet into `packet`; `None` where a header is cut or damaged, or where there are more than `extensions` extension headers. Every
/// packet of a capture comes through here, so it is written where it stays.
#[inline]
pub(super) fn read<'a>(view: View<'a>, extensions: usize, packet: &mut IpPacket<'a>) -> Option<()> {
    if view.version()? == 4 {
        *packet = version_4(view, View::trim)?;
    } else {
        *packet = version_6(view, View::trim)?;
    }
    if is_extension(packet.protocol, packet.source.is_ipv6()) {
        *packet = step_over_extensions(*packet, extensions)?;
    }
    Some(())
}

/// Reads the beginning of an IP packet that an ICMP error quotes. It is cut on purpose, so its own length counts for nothing.
pub(super) fn read_quoted(bytes: &[u8], extensions: usize) -> Option<IpPacket<'_>> {
    let view = View { bytes, missing: 0 };
    let packet = if view.version()? == 4 { version_4(view, |rest, _| rest)? } else { version_6(view, |rest, _| rest)? };
    step_over_extensions(packet, extensions)
}

/// Reads a header of version 4; `trim` takes the length that it states of what follows. A length below the header's own is written by network
/// cards that cut large segments themselves (zero): then the packet's length counts.
#[inline]
fn version_4<'a>(view: View<'a>, trim: impl Fn(View<'a>, usize) -> View<'a>) -> Option<IpPacket<'a>> {
    let header = Ipv4HeaderSlice::from_slice(view.bytes).ok()?;
    let header_len = header.slice().len();
    let rest = view.skip(header_len)?;
    let id = header.identification();
    let offset = u32::from(header.fragments_offset().value()) * 8;
    let more = header.more_fragments();
    let place = Fragment { id: u32::from(id), offset, more, header: header_len as u32 };
    Some(IpPacket {
        source: IpAddr::V4(header.source_addr()),
        destination: IpAddr::V4(header.destination_addr()),
        id,
        protocol: header.protocol().0,
        fragment: (more || offset > 0).then_some(place),
        rest: usize::from(header.total_len()).checked_sub(header_len).map_or(rest, |length| trim(rest, length)),
    })
}

/// Reads a header of version 6. A length of zero stands in jumbograms (RFC 2675), and in segments that the network card is to cut.
#[inline(never)]
fn version_6<'a>(view: View<'a>, trim: impl Fn(View<'a>, usize) -> View<'a>) -> Option<IpPacket<'a>> {
    let header = Ipv6HeaderSlice::from_slice(view.bytes).ok()?;
    let rest = view.skip(header.slice().len())?;
    let length = usize::from(header.payload_length());
    Some(IpPacket {
        source: IpAddr::V6(header.source_addr()),
        destination: IpAddr::V6(header.destination_addr()),
        id: 0,
        protocol: header.next_header().0,
        fragment: None,
        rest: if length == 0 { rest } else { trim(rest, length) },
    })
}

/// Takes off extension headers, in whatever order they come, until what the packet carries, or until a fragment header: what follows that in
/// any but the first fragment is no header.
pub(super) fn step_over_extensions(mut packet: IpPacket<'_>, extensions: usize) -> Option<IpPacket<'_>> {
    let mut left = extensions;
    while packet.fragment.is_none() && is_extension(packet.protocol, packet.source.is_ipv6()) {
        left = left.checked_sub(1)?;
        packet = step_over(packet)?;
    }
    Some(packet)
}

/// Whether the protocol's number is that of an extension header: hop-by-hop and destination options, routing, fragment, mobility (RFC 6275), HIP
/// (RFC 7401), Shim6 (RFC 5533); authentication (RFC 4302) is one of IPv4, too.
pub(super) const fn is_extension(protocol: u8, v6: bool) -> bool {
    protocol == AUTHENTICATION || (v6 && matches!(protocol, 0 | 43 | FRAGMENT | 60 | 135 | 139 | 140))
}

/// Takes off one extension header.
fn step_over(packet: IpPacket<'_>) -> Option<IpPacket<'_>> {
    let ([next, length], _) = packet.rest.take::<2>()?;
    let length = usize::from(length);
    if packet.protocol == FRAGMENT {
        let ([_, _, o0, o1, i0, i1, i2, i3], rest) = packet.rest.take::<8>()?;
        let place = u16::from_be_bytes([o0, o1]);
        let fragment =
            Fragment { id: u32::from_be_bytes([i0, i1, i2, i3]), offset: u32::from(place & 0xfff8), more: place & 1 != 0, header: 0 };
        // A packet in a single fragment is a whole one (RFC 6946).
        let fragment = Some(fragment).filter(|fragment| fragment.more || fragment.offset > 0);
        return Some(IpPacket { protocol: next, fragment, rest, ..packet });
    }
    let bytes = if packet.protocol == AUTHENTICATION { (length + 2) * 4 } else { (length + 1) * 8 };
    Some(IpPacket { protocol: next, rest: packet.rest.skip(bytes)?, ..packet })
}
