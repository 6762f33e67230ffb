//! Pseudo-devices of the BSDs and of Solaris, which put an address family before the packet.

use super::family;
use crate::net::layer::{Identity, Layer, Step};
use crate::net::view::View;

/// The loopback device: the family in the byte order of the machine that captured, or (OpenBSD) in network byte order. Some write an EtherType.
pub(super) fn null<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    let (number, rest) = view.take::<4>()?;
    Some((in_either_order(number), rest))
}

fn in_either_order(number: [u8; 4]) -> Layer {
    let (little, big) = (u32::from_le_bytes(number), u32::from_be_bytes(number));
    match (family(little), family(big)) {
        (Layer::Other, Layer::Other) => [little, big]
            .into_iter()
            .find_map(|value| u16::try_from(value).ok().filter(|value| *value >= 0x0600))
            .map_or(Layer::Other, Layer::EtherType),
        _ => Layer::Ip,
    }
}

/// OpenBSD's IPsec device: family, security parameter index, flags.
pub(super) fn enc<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    let ([f0, f1, f2, f3, ..], rest) = view.take::<12>()?;
    Some((in_either_order([f0, f1, f2, f3]), rest))
}

/// The log of the packet filter: the header begins with its length, without the padding to a multiple of four, and the family.
pub(super) fn pflog<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    let ([len, number], _) = view.take::<2>()?;
    let rest = view.skip(usize::from(len).next_multiple_of(4).max(4))?;
    Some((family(u32::from(number)), rest))
}

/// SLIP (RFC 1055) with BSD's header: direction, kind of packet, the compressed header's place. Packets with a compressed TCP header (RFC 1144)
/// can't be read alone.
pub(super) fn slip<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    let rest = view.skip(16)?;
    let layer = match rest.version()? {
        4 | 6 => Layer::Ip,
        _ => Layer::Other,
    };
    Some((layer, rest))
}

/// Solaris: version, family, kind of hook, length, two interfaces, two zones.
pub(super) fn ipnet<'a>(view: View<'a>, _: &mut Identity) -> Step<'a> {
    let ([_version, number, ..], rest) = view.take::<24>()?;
    Some((family(u32::from(number)), rest))
}
