//! Headers that capture programs and devices put before packets of other link types.

use super::family;
use crate::net::layer::{Identity, Layer, Step};
use crate::net::view::View;

/// Per-packet information: version, flags, length of the header, link type of the packet; all little-endian.
pub(super) fn ppi<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    let ([_, _, l0, l1, t0, t1, t2, t3], _) = view.take::<8>()?;
    let rest = view.skip(usize::from(u16::from_le_bytes([l0, l1])).max(8))?;
    let link_type = u16::try_from(u32::from_le_bytes([t0, t1, t2, t3])).ok();
    Some((link_type.map_or(Layer::Other, Layer::Link), rest))
}

/// Linux's netfilter log: family, version, resource, then attributes in the byte order of the machine that captured. One of them is the packet.
pub(super) fn nflog<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    let ([number, version, _, _], attributes) = view.take::<4>()?;
    if version != 0 {
        return Some((Layer::Other, attributes));
    }
    let packet = payload(attributes, u16::from_le_bytes).or_else(|| payload(attributes, u16::from_be_bytes))?;
    Some((family(u32::from(number)), packet))
}

/// The attribute that holds the packet: length (with its own header), kind, value; filled up to a multiple of four.
fn payload(attributes: View<'_>, number: fn([u8; 2]) -> u16) -> Option<View<'_>> {
    const HEADER: usize = 4;
    const PAYLOAD: u16 = 9;
    let mut rest = attributes;
    loop {
        let ([l0, l1, k0, k1], value) = rest.take::<HEADER>()?;
        let length = usize::from(number([l0, l1])).checked_sub(HEADER)?;
        if number([k0, k1]) & 0x7fff == PAYLOAD {
            return Some(value.trim(length));
        }
        rest = value.skip(length.next_multiple_of(HEADER))?;
    }
}

/// netANALYZER: four bytes about the packet.
pub(super) fn net_analyzer<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    Some((Layer::Ethernet, view.skip(4)?))
}

/// ... then the frame with its preamble.
pub(super) fn net_analyzer_transparent<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    Some((Layer::Ethernet, view.skip(12)?))
}

/// Ethernet with preamble and start delimiter (IEEE 802.3br). Only whole frames can be read.
pub(super) fn mpacket<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    const EXPRESS: u8 = 0xd5;
    let ([.., delimiter], rest) = view.take::<8>()?;
    Some((if delimiter == EXPRESS { Layer::Ethernet } else { Layer::Other }, rest))
}
