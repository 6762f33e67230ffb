//! Linux "cooked" captures: of the interface `any`, or of interfaces without a link header of their own.

use crate::net::layer::{Identity, Layer, Step};
use crate::net::view::View;

/// Version 1: packet type, kind of device, address, protocol.
pub(super) fn sll<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    let ([_, _, d0, d1, _, _, _, _, _, _, _, _, _, _, p0, p1], rest) = view.take::<16>()?;
    Some((protocol(u16::from_be_bytes([d0, d1]), u16::from_be_bytes([p0, p1])), rest))
}

/// Version 2: protocol, reserved, interface, kind of device, packet type, address.
pub(super) fn sll2<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    let ([p0, p1, _, _, _, _, _, _, d0, d1, ..], rest) = view.take::<20>()?;
    Some((protocol(u16::from_be_bytes([d0, d1]), u16::from_be_bytes([p0, p1])), rest))
}

/// What the protocol's number means on a kind of device (Linux's `ARPHRD_` numbers). Values below the smallest EtherType are Linux's own.
const fn protocol(device: u16, protocol: u16) -> Layer {
    const NETLINK: u16 = 824;
    const RADIOTAP: u16 = 803;
    const LLC: u16 = 4;
    match (device, protocol) {
        (NETLINK, _) => Layer::Other,
        (RADIOTAP, _) => Layer::Link(127),
        (_, LLC) => Layer::Llc,
        (_, 0..0x0600) => Layer::Other,
        _ => Layer::EtherType(protocol),
    }
}
