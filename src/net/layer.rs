//! What stands between a packet's first byte and its transport protocol, and to which network the packet belongs.

use super::view::View;

/// A header, or the kind of content, that comes next in a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// The header of a link type of the table ([`super::link`]).
    Link(u16),
    /// Ethernet (IEEE 802.3): addresses first.
    Ethernet,
    /// What an EtherType announces.
    EtherType(u16),
    /// Logical link control (IEEE 802.2).
    Llc,
    /// PPP (RFC 1661), with or without address and control field.
    Ppp,
    /// PPP over Ethernet, session stage (RFC 2516).
    PppOverEthernet,
    /// A stack of MPLS labels (RFC 3032).
    Mpls,
    /// IPv4 or IPv6; the first four bits say which.
    Ip,
    /// Generic routing encapsulation (RFC 2784).
    Gre,
    /// Ethernet in IP (RFC 3378).
    EtherIp,
    /// VXLAN (RFC 7348).
    Vxlan,
    /// VXLAN-GPE, which says what it holds.
    VxlanGpe,
    /// GENEVE (RFC 8926).
    Geneve,
    /// A user's packets in a mobile network (3GPP TS 29.281).
    Gtp,
    /// L2TP (RFC 2661).
    L2tp,
    /// Teredo (RFC 4380).
    Teredo,
    /// Anything else: not looked into.
    Other,
}

/// What follows a header, and its bytes; `None` where the header is cut or damaged.
pub(super) type Step<'a> = Option<(Layer, View<'a>)>;

/// To which network a packet's addresses belong: the VLAN tags of its innermost Ethernet frame, and the identifier of the virtual network
/// (VXLAN, GENEVE, I-SID of IEEE 802.1ah) around it. Different networks may use the same addresses. MPLS labels, GRE keys and PPPoE sessions
/// are not part of it: they may differ by direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    network: u64,
    tags: u64,
}

/// A VLAN identifier has twelve bits. It is moved up by one, so that a priority tag (identifier 0) differs from no tag.
const TAG_BITS: u32 = 13;

/// Three tags; of more the innermost three count. The rest is for the identifier of the virtual network: 24 bits, also moved up by one.
const TAGS_BITS: u32 = 3 * TAG_BITS;

impl Identity {
    /// Adds a VLAN tag (IEEE 802.1Q); `control` holds priority and identifier.
    pub(super) const fn tag(&mut self, control: u16) {
        self.tags = ((self.tags << TAG_BITS) | ((control as u64 & 0x0fff) + 1)) & ((1 << TAGS_BITS) - 1);
    }

    /// Enters an Ethernet frame inside of another packet.
    pub(super) const fn inner_ethernet(&mut self) {
        self.tags = 0;
    }

    /// Enters a virtual network with an identifier of 24 bits.
    pub(super) const fn network(&mut self, identifier: [u8; 3]) {
        let [high, middle, low] = identifier;
        self.network = u32::from_be_bytes([0, high, middle, low]) as u64 + 1;
        self.tags = 0;
    }

    /// The network as a number: tags outermost first, the virtual network above them; 0 where there is neither.
    #[inline]
    pub(super) const fn value(self) -> u64 {
        (self.network << TAGS_BITS) | self.tags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_networks_differ_from_each_other_and_from_none() {
        let mut identity = Identity::default();
        assert_eq!(identity.value(), 0);
        identity.tag(0xe000);
        assert_eq!(identity.value(), 1, "a priority tag");
        identity.tag(9);
        assert_eq!(identity.value(), (1 << 13) + 10);
        identity.network([0, 0, 0]);
        assert_eq!(identity.value(), 1 << 39);
        identity.tag(0x0fff);
        assert_eq!(identity.value(), (1 << 39) + 0x1000);
        identity.network([0xff; 3]);
        assert_eq!(identity.value(), 1 << 63);
    }

    #[test]
    fn of_many_tags_the_innermost_three_count() {
        let tagged = |tags: &[u16]| {
            let mut identity = Identity::default();
            for tag in tags {
                identity.tag(*tag);
            }
            identity.value()
        };
        assert_eq!(tagged(&[7, 1, 2, 3]), tagged(&[1, 2, 3]));
        assert_ne!(tagged(&[7, 1, 2]), tagged(&[1, 2]));
    }
}
