//! Token Ring, FDDI and FireWire.

use crate::net::layer::{Identity, Layer, Step};
use crate::net::view::View;

/// Token Ring (IEEE 802.5): access control, frame control, addresses, perhaps the route through bridges.
pub(super) fn token_ring<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    const ROUTED: u8 = 0x80;
    let ([_, control, _, _, _, _, _, _, source, ..], rest) = view.take::<14>()?;
    if control & 0xc0 != 0x40 {
        return Some((Layer::Other, rest));
    }
    let route = if source & ROUTED == 0 { 0 } else { usize::from(rest.bytes.first()? & 0x1f) };
    Some((Layer::Llc, rest.skip(route)?))
}

/// FDDI (ISO 9314-2): frame control, addresses.
pub(super) fn fddi<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    let ([control, ..], rest) = view.take::<13>()?;
    Some((if control & 0xf0 == 0x50 { Layer::Llc } else { Layer::Other }, rest))
}

/// IP over FireWire as Apple writes it: two addresses of eight bytes, EtherType.
pub(super) fn fire_wire<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    let (kind, rest) = view.skip(16)?.take_u16()?;
    Some((Layer::EtherType(kind), rest))
}
