//! ICMP (RFC 792) and ICMPv6 (RFC 4443) errors that quote a TCP header.

use super::IcmpError;
use super::copies::Print;
use super::ip::{self, IpPacket};
use crate::base::address::Endpoint;
use crate::base::fate::UnreachableReason as Reason;
use crate::base::origin::PacketId;
use crate::base::time::Timestamp;

/// Type, code, checksum and a field that differs by type stand before the quoted packet.
const HEADER: usize = 8;

/// Whether a message is an error, which quotes a packet; the first byte says so.
pub(super) const fn is_error(kind: u8, v6: bool) -> bool {
    if v6 { matches!(kind, 1..=4) } else { matches!(kind, 3 | 4 | 5 | 11 | 12) }
}

/// The error that `carrier` holds, if it quotes a TCP header.
pub(super) fn read(packet: PacketId, at: Timestamp, vlan: u64, carrier: &IpPacket<'_>, extensions: usize) -> Option<IcmpError> {
    let (header, quoted) = carrier.rest.bytes.split_at_checked(HEADER)?;
    let (kind, code) = (*header.first()?, *header.get(1)?);
    let v6 = carrier.protocol == ip::ICMP_V6;
    if !is_error(kind, v6) {
        return None;
    }
    let quoted = ip::read_quoted(quoted, extensions)?;
    if quoted.protocol != ip::TCP || quoted.fragment.is_some_and(|fragment| fragment.offset > 0) {
        return None;
    }
    let ([s0, s1, d0, d1, q0, q1, q2, q3], _) = quoted.rest.take::<8>()?;
    let unreachable = match (v6, kind) {
        (false, 3) => reason_v4(code),
        (true, 1) => Some(reason_v6(code)),
        _ => None,
    };
    Some(IcmpError {
        packet,
        at,
        from: carrier.source,
        source: Endpoint::new(quoted.source, u16::from_be_bytes([s0, s1])),
        destination: Endpoint::new(quoted.destination, u16::from_be_bytes([d0, d1])),
        vlan,
        seq: u32::from_be_bytes([q0, q1, q2, q3]),
        unreachable: unreachable.map(|reason| (reason, code)),
    })
}

/// What tells the error from others, but not from copies of itself: type, code, checksum, the number of its packet, the length, and what it quotes.
pub(super) fn print(error: &IcmpError, carrier: &IpPacket<'_>) -> Print {
    let header = carrier.rest.bytes.first_chunk::<HEADER>().map_or(0, |header| u64::from_be_bytes(*header));
    let ports = (u64::from(error.source.port) << 16) | u64::from(error.destination.port);
    let length = (carrier.rest.bytes.len() + carrier.rest.missing) as u64;
    let words = [header, (ports << 32) | u64::from(error.seq), (u64::from(carrier.id) << 32) | length, error.vlan];
    Print::of(carrier.source, carrier.destination, words)
}

/// Codes of RFC 792 and RFC 1812, section 5.2.7.1. Code 4 asks for smaller packets and says nothing about the destination.
const fn reason_v4(code: u8) -> Option<Reason> {
    match code {
        0 | 6 | 11 => Some(Reason::Network),
        1 | 5 | 7 | 8 | 12 => Some(Reason::Host),
        2 => Some(Reason::Protocol),
        3 => Some(Reason::Port),
        4 => None,
        9 | 10 | 13 => Some(Reason::Prohibited),
        _ => Some(Reason::Other),
    }
}

/// Codes of RFC 4443, section 3.1.
const fn reason_v6(code: u8) -> Reason {
    match code {
        0 => Reason::Network,
        1 | 5 | 6 => Reason::Prohibited,
        2 | 3 => Reason::Host,
        4 => Reason::Port,
        _ => Reason::Other,
    }
}
