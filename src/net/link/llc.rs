//! Logical link control (IEEE 802.2), its extension SNAP, and what is close to it: frame relay, IP over ATM and over Fibre Channel.

use crate::net::layer::{Identity, Layer, Step};
use crate::net::view::View;

/// The control field of a frame without numbering.
const UNNUMBERED: u8 = 0x03;

/// Reads the header: two service access points and a control field.
pub(in crate::net) fn read<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    let ([to, from, control], rest) = view.take::<3>()?;
    match (to, from, control) {
        (0xaa, 0xaa, UNNUMBERED) => snap(rest, identity),
        (0x06, 0x06, UNNUMBERED) => Some((Layer::Ip, rest)),
        (0xfe, 0xfe, UNNUMBERED) => network_layer(rest, identity),
        _ => Some((Layer::Other, rest)),
    }
}

/// The organisation's code and its protocol's number (RFC 1042; RFC 2684 for bridged frames).
fn snap<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    let ([o0, o1, o2, p0, p1], rest) = view.take::<5>()?;
    let protocol = u16::from_be_bytes([p0, p1]);
    match ([o0, o1, o2], protocol) {
        // EtherTypes; the second code is that of bridges (RFC 1390).
        ([0, 0, 0 | 0xf8], _) => Some((Layer::EtherType(protocol), rest)),
        // Bridged Ethernet frames with and without check sequence; two bytes of padding before them.
        ([0, 0x80, 0xc2], 0x0001 | 0x0007) => {
            identity.inner_ethernet();
            Some((Layer::Ethernet, rest.skip(2)?))
        }
        _ => Some((Layer::Other, rest)),
    }
}

/// The identifier of a network layer (ISO/IEC TR 9577), as RFC 2427 and RFC 2684 use it.
fn network_layer<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    let ([identifier], rest) = view.take::<1>()?;
    match identifier {
        0xcc | 0x8e => Some((Layer::Ip, rest)),
        0x80 => snap(rest, identity),
        _ => Some((Layer::Other, rest)),
    }
}

/// Frame relay (RFC 2427): an address of two to four bytes, whose last one is odd, control field, padding, identifier of the network layer.
pub(super) fn frame_relay<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    let address = view.bytes.iter().take(4).position(|byte| byte & 1 == 1);
    let Some(address) = address else { return view.skip(4).map(|rest| (Layer::Other, rest)) };
    let ([control], rest) = view.skip(address + 1)?.take::<1>()?;
    match (control, rest.bytes.first()?) {
        // Cisco's own encapsulation: an EtherType where the control field would be.
        (0x08 | 0x86, _) => {
            let (kind, rest) = view.skip(address + 1)?.take_u16()?;
            Some((Layer::EtherType(kind), rest))
        }
        (UNNUMBERED, 0) => network_layer(rest.skip(1)?, identity),
        (UNNUMBERED, _) => network_layer(rest, identity),
        _ => Some((Layer::Other, rest)),
    }
}

/// IP over Fibre Channel (RFC 2625): two addresses of eight bytes.
pub(super) fn ip_over_fibre_channel<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    Some((Layer::Llc, view.skip(16)?))
}
