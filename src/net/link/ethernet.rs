//! Ethernet, and everything that has an EtherType.

use crate::net::layer::{Identity, Layer, Step};
use crate::net::view::View;

/// Largest value of the field behind the addresses that is a length and not an EtherType (IEEE 802.3, section 3.2.6).
const MAX_LENGTH: u16 = 1500;

/// The addresses of Cisco's ISL, which wraps a frame together with the number of its VLAN. The last byte says what kind of frame it is.
const ISL: [[u8; 5]; 2] = [[0x01, 0x00, 0x0c, 0x00, 0x00], [0x03, 0x00, 0x0c, 0x00, 0x00]];

/// Ethernet II and IEEE 802.3.
pub(in crate::net) fn read<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    let (addresses, rest) = view.take::<12>()?;
    if addresses.first_chunk::<5>().is_some_and(|to| ISL.contains(to)) {
        let ([_, _, _, _, _, _, _, _, vlan_high, vlan_low, ..], rest) = rest.take::<14>()?;
        // The last bit says whether it is a spanning tree message.
        identity.tag(u16::from_be_bytes([vlan_high, vlan_low]) >> 1);
        return Some((Layer::Ethernet, rest));
    }
    let (kind, rest) = rest.take_u16()?;
    // What nearly all frames carry.
    if kind == 0x0800 { Some((Layer::Ip, rest)) } else { ether_type(kind, rest, identity) }
}

/// What an EtherType announces. VLAN tags (802.1Q, 802.1ad and its precursors) are taken off.
pub(in crate::net) fn ether_type<'a>(kind: u16, view: View<'a>, identity: &mut Identity) -> Step<'a> {
    let (mut kind, mut rest) = (kind, view);
    loop {
        return match kind {
            0x0800 | 0x86dd => Some((Layer::Ip, rest)),
            0x8100 | 0x88a8 | 0x9100 | 0x9200 => {
                let (control, behind) = rest.take_u16()?;
                identity.tag(control);
                (kind, rest) = behind.take_u16()?;
                continue;
            }
            0..=MAX_LENGTH => Some((Layer::Llc, rest.trim(usize::from(kind)))),
            0x8847 | 0x8848 => Some((Layer::Mpls, rest)),
            0x8864 => Some((Layer::PppOverEthernet, rest)),
            0x880b => Some((Layer::Ppp, rest)),
            0x6558 => {
                identity.inner_ethernet();
                Some((Layer::Ethernet, rest))
            }
            0x88e7 => provider_backbone(rest, identity),
            0x88e5 => security_tag(rest),
            // Cisco's security group tag, and the tag of IEEE 802.1BR's precursor: a few bytes, then an EtherType.
            0x8909 => skipped(6, rest),
            0x8926 => skipped(4, rest),
            0x894f => service_header(rest, identity),
            _ => Some((Layer::Other, rest)),
        };
    }
}

/// `len` bytes of no interest, then an EtherType.
fn skipped(len: usize, view: View<'_>) -> Step<'_> {
    let (kind, rest) = view.skip(len)?.take_u16()?;
    Some((Layer::EtherType(kind), rest))
}

/// The service tag of IEEE 802.1ah: the number of the service, then the customer's frame.
fn provider_backbone<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    let ([_flags, service @ ..], rest) = view.take::<4>()?;
    identity.network(service);
    Some((Layer::Ethernet, rest))
}

/// The tag of IEEE 802.1AE; what is behind it can be read where it is only authenticated. The check value at the end is beyond IP's length.
fn security_tag(view: View<'_>) -> Step<'_> {
    const ENCRYPTED_OR_CHANGED: u8 = 0x0c;
    const NAMES_CHANNEL: u8 = 0x20;
    let ([control, ..], rest) = view.take::<6>()?;
    let rest = if control & NAMES_CHANNEL != 0 { rest.skip(8)? } else { rest };
    if control & ENCRYPTED_OR_CHANGED != 0 {
        return Some((Layer::Other, rest));
    }
    skipped(0, rest)
}

/// The network service header (RFC 8300): its length in words, and the kind of what it carries.
fn service_header<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    let ([_, words, _, next], _) = view.take::<4>()?;
    let rest = view.skip(usize::from(words & 0x3f).max(1) * 4)?;
    let layer = match next {
        1 | 2 => Layer::Ip,
        3 => {
            identity.inner_ethernet();
            Layer::Ethernet
        }
        5 => Layer::Mpls,
        _ => Layer::Other,
    };
    Some((layer, rest))
}
