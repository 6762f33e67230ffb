//! The short way through what nearly all packets of a capture are: Ethernet, perhaps one VLAN tag, IPv4, TCP. It ends where the long way
//! (`walk`) does; where it meets anything else it ends nowhere, and the long way says what that is.

use super::ip::{self, IpPacket};
use super::layer::Identity;
use super::view::View;

const IPV4: u16 = 0x0800;
const VLAN: u16 = 0x8100;

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
    if kind != IPV4 || rest.version() != Some(4) {
        return None;
    }
    let packet = ip::version_4(rest, View::trim)?;
    (packet.protocol == ip::TCP && packet.fragment.is_none()).then_some((packet, identity))
}
