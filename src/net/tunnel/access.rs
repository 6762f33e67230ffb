//! Tunnels of access networks, in UDP: mobile phones (GTP), dial-up (L2TP), and IPv6 over IPv4 from behind a NAT (Teredo).
//!
//! Their ports lie where old systems take those of any client from, so a packet is believed only if its header says more than its port does.
//! Their numbers of tunnels differ by direction and are no part of a flow's identity.

use crate::net::layer::{Layer, Step};
use crate::net::view::View;

/// Ports of GTP's user plane (3GPP TS 29.281, section 4.4.2), of L2TP (RFC 2661, section 8.1) and of Teredo servers (RFC 4380, section 2.7).
const GTP: u16 = 2152;
const L2TP: u16 = 1701;
const TEREDO: u16 = 3544;

/// The tunnel between these ports, if there is one. Either end may have the known port.
pub(super) fn between(ports: [u16; 2]) -> Option<Layer> {
    let has = |port: u16| ports.contains(&port);
    if has(GTP) {
        Some(Layer::Gtp)
    } else if has(L2TP) {
        Some(Layer::L2tp)
    } else if has(TEREDO) {
        Some(Layer::Teredo)
    } else {
        None
    }
}

/// A user's packet in GTP (3GPP TS 29.281, section 5.1): flags, type, length, number of the tunnel, and optional fields.
pub(in crate::net) fn gtp(view: View<'_>) -> Step<'_> {
    /// Version 1, and GTP, not its charging.
    const VERSION: u8 = 0x30;
    const USER_PACKET: u8 = 255;
    const EXTENSIONS: u8 = 0x04;
    const OPTIONS: u8 = 0x07;
    let ([flags, kind, l0, l1, ..], rest) = view.take::<8>()?;
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    if flags & 0xf0 != VERSION || kind != USER_PACKET || length != rest.bytes.len() + rest.missing {
        return Some((Layer::Other, rest));
    }
    if flags & OPTIONS == 0 {
        return Some((Layer::Ip, rest));
    }
    let ([_, _, _, mut next], mut rest) = rest.take::<4>()?;
    // Each extension says its length in words, and ends with the type of the next one.
    while flags & EXTENSIONS != 0 && next != 0 {
        let words = usize::from(*rest.bytes.first()?);
        let len = words * 4;
        next = *rest.bytes.get(..len)?.last()?;
        rest = rest.skip(len)?;
    }
    Some((Layer::Ip, rest))
}

/// PPP in L2TP, version 2 (RFC 2661, section 3.1). Control messages hold none.
pub(in crate::net) fn l2tp(view: View<'_>) -> Step<'_> {
    const CONTROL: u16 = 0x8000;
    const LENGTH: u16 = 0x4000;
    const SEQUENCE: u16 = 0x0800;
    const OFFSET: u16 = 0x0200;
    const PRIORITY: u16 = 0x0100;
    const VERSION: u16 = 0x0002;
    let whole = view.bytes.len() + view.missing;
    let (flags, mut rest) = view.take_u16()?;
    let has = |flag: u16| flags & flag != 0;
    if has(CONTROL) || flags & !(LENGTH | SEQUENCE | OFFSET | PRIORITY) != VERSION {
        return Some((Layer::Other, rest));
    }
    if has(LENGTH) {
        let (length, behind) = rest.take_u16()?;
        if usize::from(length) != whole {
            return Some((Layer::Other, rest));
        }
        rest = behind;
    }
    rest = rest.skip(4 + if has(SEQUENCE) { 4 } else { 0 })?;
    if has(OFFSET) {
        let (padding, behind) = rest.take_u16()?;
        rest = behind.skip(usize::from(padding))?;
    }
    Some((Layer::Ppp, rest))
}

/// IPv6 in Teredo (RFC 4380, section 5.1.1): perhaps an authentication and an origin, then the packet, whose addresses say that it is one of
/// Teredo.
pub(in crate::net) fn teredo(view: View<'_>) -> Step<'_> {
    /// Where the addresses of an IPv6 header stand.
    const ADDRESSES: [usize; 2] = [8, 24];
    let mut rest = view;
    if let Some([0, 1, client, value, ..]) = rest.bytes.first_chunk::<4>() {
        // The identifiers, a nonce and a confirmation.
        rest = rest.skip(4 + usize::from(*client) + usize::from(*value) + 9)?;
    }
    if rest.bytes.starts_with(&[0, 0]) {
        rest = rest.skip(8)?;
    }
    // The service's own addresses, and those of a link, which it uses while it is set up (section 2.6, section 5.2.1).
    let known = |at: usize| matches!(rest.bytes.get(at..at + 4), Some([0x20, 0x01, 0, 0] | [0xfe, 0x80, 0, 0]));
    let is_one = rest.version() == Some(6) && ADDRESSES.into_iter().any(known);
    Some((if is_one { Layer::Ip } else { Layer::Other }, rest))
}
