//! Tunnels: what carries a packet inside of another one above IP.

pub(super) mod access;

use super::ip;
use super::layer::{Identity, Layer, Step};
use super::view::View;

/// Ports of VXLAN (RFC 7348; the second is what Linux used before there was a number), and of GENEVE (RFC 8926).
const VXLAN: [u16; 2] = [4789, 8472];
const GENEVE: u16 = 6081;
/// The variant of VXLAN that says what it holds (draft-ietf-nvo3-vxlan-gpe).
const VXLAN_GPE: u16 = 4790;

/// What a protocol above IP holds, if it is a tunnel. UDP is one where its ports say so.
pub(super) fn of(protocol: u8, view: View<'_>) -> Option<(Layer, View<'_>)> {
    match protocol {
        ip::IPV4 | ip::IPV6 => Some((Layer::Ip, view)),
        ip::GRE => Some((Layer::Gre, view)),
        ip::ETHER_IP => Some((Layer::EtherIp, view)),
        ip::MPLS => Some((Layer::Mpls, view)),
        ip::UDP => {
            const HEADER: usize = 8;
            let (source, rest) = view.take_u16()?;
            let (destination, _) = rest.take_u16()?;
            let layer = match destination {
                port if VXLAN.contains(&port) => Layer::Vxlan,
                GENEVE => Layer::Geneve,
                VXLAN_GPE => Layer::VxlanGpe,
                _ => access::between([source, destination])?,
            };
            Some((layer, View { bytes: view.bytes.get(HEADER..).unwrap_or_default(), ..view }))
        }
        _ => None,
    }
}

/// GRE: version 0 (RFC 2784, RFC 2890, routing of RFC 1701) with whatever has an EtherType, and version 1 (PPTP, RFC 2637) with PPP.
pub(super) fn gre<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    const CHECKSUM: u16 = 0x8000;
    const ROUTING: u16 = 0x4000;
    const KEY: u16 = 0x2000;
    const SEQUENCE: u16 = 0x1000;
    const ACKNOWLEDGMENT: u16 = 0x0080;
    let (flags, rest) = view.take_u16()?;
    let (protocol, mut rest) = rest.take_u16()?;
    let has = |flag: u16| flags & flag != 0;
    match flags & 0x0007 {
        0 => {
            if has(CHECKSUM) || has(ROUTING) {
                rest = rest.skip(4)?;
            }
            rest = rest.skip(4 * (usize::from(has(KEY)) + usize::from(has(SEQUENCE))))?;
            if has(ROUTING) {
                rest = step_over_routes(rest)?;
            }
            match protocol {
                0x88be | 0x22eb => mirrored(protocol, has(SEQUENCE), rest, identity),
                // Cisco's redirection to a cache: version 2 puts four bytes before the packet, version 1 nothing.
                0x883e => Some((Layer::Ip, if rest.version()? == 4 { rest } else { rest.skip(4)? })),
                _ => Some((Layer::EtherType(protocol), rest)),
            }
        }
        // Without a sequence number it is only an acknowledgment.
        1 if has(SEQUENCE) => {
            let ([l0, l1, _, _], behind) = rest.take::<4>()?;
            let behind = behind.skip(4 * (1 + usize::from(has(ACKNOWLEDGMENT))))?;
            Some((Layer::EtherType(protocol), behind.trim(usize::from(u16::from_be_bytes([l0, l1])))))
        }
        _ => Some((Layer::Other, rest)),
    }
}

/// Source routes (RFC 1701): family, offset, length, addresses; a length of zero ends them.
fn step_over_routes(view: View<'_>) -> Option<View<'_>> {
    let mut rest = view;
    loop {
        let ([_, _, _, length], behind) = rest.take::<4>()?;
        if length == 0 {
            return Some(behind);
        }
        rest = behind.skip(usize::from(length))?;
    }
}

/// A mirrored frame (ERSPAN): type I has no header, type II has eight bytes, type III twelve and perhaps eight more.
fn mirrored<'a>(protocol: u16, numbered: bool, view: View<'a>, identity: &mut Identity) -> Step<'a> {
    const TYPE_II: u16 = 0x88be;
    const MORE_HEADER: u8 = 0x01;
    if protocol == TYPE_II {
        identity.inner_ethernet();
        return Some((Layer::Ethernet, if numbered { view.skip(8)? } else { view }));
    }
    let ([.., kind, last], rest) = view.take::<12>()?;
    let rest = if last & MORE_HEADER != 0 { rest.skip(8)? } else { rest };
    match (kind >> 2) & 0x1f {
        0 => {
            identity.inner_ethernet();
            Some((Layer::Ethernet, rest))
        }
        2 => Some((Layer::Ip, rest)),
        _ => Some((Layer::Other, rest)),
    }
}

/// Ethernet in IP: version 3 and twelve reserved bits.
pub(super) fn ether_ip<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    let ([version, _], rest) = view.take::<2>()?;
    identity.inner_ethernet();
    Some((if version >> 4 == 3 { Layer::Ethernet } else { Layer::Other }, rest))
}

/// VXLAN: the flag that the identifier is valid, and the identifier.
pub(super) fn vxlan<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    const VALID: u8 = 0x08;
    let ([flags, _, _, _, identifier @ .., _], rest) = view.take::<8>()?;
    if flags & VALID == 0 {
        return Some((Layer::Other, rest));
    }
    identity.network(identifier);
    Some((Layer::Ethernet, rest))
}

/// VXLAN-GPE: the flag that what it holds is said, that, and the identifier.
pub(super) fn vxlan_gpe<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    const VERSION: u8 = 0x30;
    const VALID: u8 = 0x08;
    const SAID: u8 = 0x04;
    const MAINTENANCE: u8 = 0x01;
    let ([flags, _, _, holds, identifier @ .., _], rest) = view.take::<8>()?;
    if flags & (VERSION | VALID | SAID | MAINTENANCE) != VALID | SAID {
        return Some((Layer::Other, rest));
    }
    identity.network(identifier);
    Some((
        if matches!(holds, 1 | 2) {
            Layer::Ip
        } else if holds == 3 {
            Layer::Ethernet
        } else {
            Layer::Other
        },
        rest,
    ))
}

/// GENEVE: version and length of the options, flags, EtherType, identifier.
pub(super) fn geneve<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    const CONTROL: u8 = 0x80;
    let ([options, flags, p0, p1, identifier @ .., _], rest) = view.take::<8>()?;
    if options >> 6 != 0 || flags & CONTROL != 0 {
        return Some((Layer::Other, rest));
    }
    identity.network(identifier);
    Some((Layer::EtherType(u16::from_be_bytes([p0, p1])), rest.skip(usize::from(options & 0x3f) * 4)?))
}
