//! Link types: one table from a packet's first byte to its network layer.

use crate::base::note::NoteKind;

/// What a link layer carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LinkPayload<'a> {
    /// What `bytes` hold.
    pub(super) network: Network,
    /// VLAN identifiers, outermost first in the high bits; 0 without a tag.
    pub(super) vlan: u32,
    /// The bytes behind the link header.
    pub(super) bytes: &'a [u8],
}

/// A network layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    /// IPv4 or IPv6; the first four bits say which.
    Ip,
    /// Anything else.
    Other,
}

/// A way to read a link header; `None` where the header is cut.
type Reader = fn(&[u8]) -> Option<LinkPayload<'_>>;

/// The link types that are decoded: number, name (as the registry of link types calls it, without its prefix), reader.
const LINK_TYPES: &[(u16, &str, Reader)] = &[(1, "ETHERNET", ethernet)];

/// The name of a link type, also of one that is not decoded.
pub fn name(link_type: u16) -> String {
    find(link_type).map_or_else(|| format!("LINKTYPE_{link_type}"), |(_, name, _)| (*name).to_owned())
}

/// Reads the link header, or says why it can't be read.
pub(super) fn read(link_type: u16, bytes: &[u8]) -> Result<LinkPayload<'_>, NoteKind> {
    let (_, _, reader) = find(link_type).ok_or(NoteKind::LinkTypeUnsupported)?;
    reader(bytes).ok_or(NoteKind::PacketUndecodable)
}

fn find(link_type: u16) -> Option<&'static (u16, &'static str, Reader)> {
    LINK_TYPES.iter().find(|(number, _, _)| *number == link_type)
}

/// Ethernet II (IEEE 802.3), with any number of VLAN tags.
fn ethernet(bytes: &[u8]) -> Option<LinkPayload<'_>> {
    let (_addresses, rest) = bytes.split_at_checked(12)?;
    ether_type(rest)
}

/// An EtherType and what follows; VLAN tags (802.1Q, 802.1ad and its precursor) are taken off.
fn ether_type(bytes: &[u8]) -> Option<LinkPayload<'_>> {
    let mut vlan = 0_u32;
    let mut rest = bytes;
    loop {
        let (kind, payload) = rest.split_first_chunk::<2>()?;
        match u16::from_be_bytes(*kind) {
            0x8100 | 0x88a8 | 0x9100 => {
                let (control, payload) = payload.split_first_chunk::<2>()?;
                // The identifier has twelve bits; it is moved up by one so that a priority tag (identifier 0) differs from no tag.
                vlan = vlan << 13 | (u32::from(u16::from_be_bytes(*control) & 0x0fff) + 1);
                rest = payload;
            }
            0x0800 | 0x86dd => return Some(LinkPayload { network: Network::Ip, vlan, bytes: payload }),
            _ => return Some(LinkPayload { network: Network::Other, vlan, bytes: payload }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vlan_tags_are_part_of_the_identity() {
        let plain = [&[0; 12][..], &[0x08, 0x00, 0x45]].concat();
        assert_eq!(ethernet(&plain), Some(LinkPayload { network: Network::Ip, vlan: 0, bytes: &[0x45] }));
        let tagged = [&[0; 12][..], &[0x88, 0xa8, 0x00, 0x07, 0x81, 0x00, 0xe0, 0x09, 0x86, 0xdd, 0x60]].concat();
        assert_eq!(ethernet(&tagged), Some(LinkPayload { network: Network::Ip, vlan: (8 << 13) + 10, bytes: &[0x60] }));
        assert_eq!(ethernet(&tagged[..15]), None);
    }
}
