//! ICMP (RFC 792) and ICMPv6 (RFC 4443) errors that quote a TCP header.

use super::IcmpError;
use super::ip::{self, IpPayload, Transport};
use crate::base::address::Endpoint;
use crate::base::fate::UnreachableReason as Reason;
use crate::base::origin::PacketId;
use crate::base::time::Timestamp;

/// Type, code, checksum and a field that differs by type stand before the quoted packet.
const HEADER: usize = 8;

/// The error that `packet` carries, if it quotes a TCP header.
pub(super) fn read(packet: PacketId, at: Timestamp, vlan: u32, payload: &IpPayload<'_>) -> Option<IcmpError> {
    let (header, quoted) = payload.bytes.split_at_checked(HEADER)?;
    let (kind, code) = (*header.first()?, *header.get(1)?);
    let v6 = payload.transport == Transport::IcmpV6;
    let is_error = if v6 { (1..=4).contains(&kind) } else { matches!(kind, 3 | 4 | 5 | 11 | 12) };
    if !is_error {
        return None;
    }
    // The quoted packet is cut on purpose, so its own length counts for nothing here.
    let quoted = ip::read(quoted, quoted.len())?;
    if quoted.transport != Transport::Tcp || quoted.later_fragment {
        return None;
    }
    let source = u16::from_be_bytes(*quoted.bytes.first_chunk()?);
    let destination = u16::from_be_bytes(*quoted.bytes.get(2..)?.first_chunk()?);
    let seq = u32::from_be_bytes(*quoted.bytes.get(4..)?.first_chunk()?);
    let unreachable = match (v6, kind) {
        (false, 3) => reason_v4(code),
        (true, 1) => Some(reason_v6(code)),
        _ => None,
    };
    Some(IcmpError {
        packet,
        at,
        from: payload.source,
        source: Endpoint::new(quoted.source, source),
        destination: Endpoint::new(quoted.destination, destination),
        vlan,
        seq,
        unreachable: unreachable.map(|reason| (reason, code)),
    })
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
