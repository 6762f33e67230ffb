//! IPv4 (RFC 791) and IPv6 (RFC 8200): addresses, and what the packet carries.

use etherparse::{IpNumber, LaxIpSlice};
use std::net::IpAddr;

/// A transport protocol that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    Tcp,
    Icmp,
    IcmpV6,
    Other,
}

/// An IP packet without its header and extension headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IpPayload<'a> {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) transport: Transport,
    /// Whether this is a fragment of a larger packet.
    pub(super) fragment: bool,
    /// Whether it is an IPv4 fragment that does not hold the transport header.
    pub(super) later_fragment: bool,
    /// The captured bytes.
    pub(super) bytes: &'a [u8],
    /// Bytes behind them that were on the wire but not captured.
    pub(super) cut: u32,
}

/// Reads an IP packet of which `wire_len` bytes were on the wire; `None` where the header is cut or damaged.
pub(super) fn read(bytes: &[u8], wire_len: usize) -> Option<IpPayload<'_>> {
    let (slice, _stopped) = LaxIpSlice::from_slice(bytes).ok()?;
    let (source, destination, header_says) = match &slice {
        LaxIpSlice::Ipv4(ip) => {
            let header = ip.header();
            (IpAddr::V4(header.source_addr()), IpAddr::V4(header.destination_addr()), usize::from(header.total_len()))
        }
        LaxIpSlice::Ipv6(ip) => {
            let header = ip.header();
            let length = usize::from(header.payload_length());
            // A length of zero stands for a jumbogram or a segment that the network card was to cut: the packet's own length decides.
            let total = if length == 0 { 0 } else { length + header.slice().len() };
            (IpAddr::V6(header.source_addr()), IpAddr::V6(header.destination_addr()), total)
        }
    };
    let payload = slice.payload();
    let transport = match payload.ip_number {
        IpNumber::TCP => Transport::Tcp,
        IpNumber::ICMP => Transport::Icmp,
        IpNumber::IPV6_ICMP => Transport::IcmpV6,
        _ => Transport::Other,
    };
    // A length below the header's own is written by network cards that cut large segments themselves (zero); then the packet's length counts.
    let headers = payload.payload.as_ptr().addr().saturating_sub(bytes.as_ptr().addr());
    let total = if header_says < headers { wire_len } else { header_says };
    let cut = total.saturating_sub(headers + payload.payload.len());
    Some(IpPayload {
        source,
        destination,
        transport,
        fragment: payload.fragmented,
        later_fragment: slice.ipv4().is_some_and(|ip| ip.header().fragments_offset().value() > 0),
        bytes: payload.payload,
        cut: u32::try_from(cut).unwrap_or(u32::MAX),
    })
}
