//! The short way through what nearly all packets of a capture are: Ethernet, perhaps one VLAN tag, IPv4, TCP. It ends where the long way
//! (`walk`) does; where it meets anything else it ends nowhere, and the long way says what that is.

use super::ip::{self, IpPacket};
use super::layer::Identity;
use super::view::View;
use std::net::Ipv4Addr;

const IPV4: u16 = 0x0800;
const VLAN: u16 = 0x8100;
/// The first byte of an IPv4 header without options, and how long that is.
const PLAIN_VERSION_4: u8 = 0x45;
const HEADER: usize = 20;

/// The IP packet with a TCP segment in an Ethernet frame, and the network that it belongs to.
#[inline]
pub(super) fn read(frame: View<'_>) -> Option<(IpPacket<'_>, Identity)> {
    let ([to, _, _, _, _, _, _, _, _, _, _, _, k0, k1], mut rest) = frame.take::<14>()?;
    let (mut kind, mut identity) = (u16::from_be_bytes([k0, k1]), Identity::default());
    // What is sent to many may be a frame of ISL.
    if to & 1 != 0 {
        return None;
    }
    if kind == VLAN {
        let (control, behind) = rest.take_u16()?;
        identity.tag(control);
        (kind, rest) = behind.take_u16()?;
    }
    (kind == IPV4).then(|| Some((version_4(rest)?, identity)))?
}

/// The TCP packet behind a header of version 4 without options.
#[inline]
fn version_4(view: View<'_>) -> Option<IpPacket<'_>> {
    let ([first, _, l0, l1, i0, i1, f0, f1, _, protocol, _, _, addresses @ ..], rest) = view.take::<HEADER>()?;
    // Of the place in a datagram, only "don't fragment" may be set.
    let whole = u16::from_be_bytes([f0, f1]) & 0xbfff == 0;
    if first != PLAIN_VERSION_4 || protocol != ip::TCP || !whole {
        return None;
    }
    let [s0, s1, s2, s3, d0, d1, d2, d3] = addresses;
    Some(IpPacket {
        source: Ipv4Addr::new(s0, s1, s2, s3).into(),
        destination: Ipv4Addr::new(d0, d1, d2, d3).into(),
        id: u16::from_be_bytes([i0, i1]),
        protocol,
        fragment: None,
        rest: usize::from(u16::from_be_bytes([l0, l1])).checked_sub(HEADER).map_or(rest, |length| rest.trim(length)),
    })
}
