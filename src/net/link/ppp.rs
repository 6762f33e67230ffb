//! PPP (RFC 1661), alone, in HDLC-like frames (RFC 1662) and over Ethernet (RFC 2516), and Cisco's HDLC, which looks like it.

use crate::net::layer::{Identity, Layer, Step};
use crate::net::view::View;

/// Reads the protocol. Address and control field may be left out, and so may the protocol's first byte where it is zero (RFC 1661, section 6.5).
pub(in crate::net) fn read(view: View<'_>) -> Step<'_> {
    let rest = if view.bytes.starts_with(&[0xff, 0x03]) { view.skip(2)? } else { view };
    let ([first], behind) = rest.take::<1>()?;
    let (protocol, rest) = if first & 1 == 1 { (u16::from(first), behind) } else { rest.take_u16()? };
    let layer = match protocol {
        0x0021 | 0x0057 => Layer::Ip,
        0x0281 | 0x0283 => Layer::Mpls,
        _ => Layer::Other,
    };
    Some((layer, rest))
}

/// PPP on a serial line; Cisco's HDLC is told by its address.
pub(super) fn link<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    match view.bytes.first()? {
        0x0f | 0x8f => cisco_hdlc(view, identity),
        _ => read(view),
    }
}

/// Linux's pppd writes a direction (0 or 1) where the address was.
pub(super) fn pppd<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    if let Some([0 | 1, 0x03]) = view.bytes.first_chunk::<2>() { read(view.skip(2)?) } else { read(view) }
}

/// A direction in front.
pub(super) fn with_direction<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    read(view.skip(1)?)
}

/// Cisco's HDLC: address, control, EtherType.
pub(super) fn cisco_hdlc<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    let (kind, rest) = view.skip(2)?.take_u16()?;
    Some((Layer::EtherType(kind), rest))
}

/// PPPoE without its Ethernet header.
pub(super) fn over_ethernet<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    session(view)
}

/// A packet of a PPPoE session. Its length leaves out the padding of a short frame.
pub(in crate::net) fn session(view: View<'_>) -> Step<'_> {
    let ([version_and_type, code, _, _, l0, l1], rest) = view.take::<6>()?;
    if version_and_type != 0x11 || code != 0 {
        return Some((Layer::Other, rest));
    }
    Some((Layer::Ppp, rest.trim(usize::from(u16::from_be_bytes([l0, l1])))))
}
