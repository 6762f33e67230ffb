//! The way through a packet, header by header, down to what is looked at.

use super::ip::{self, IpPacket};
use super::layer::{Identity, Layer};
use super::link::{self, ethernet, llc, mpls, ppp};
use super::tunnel;
use super::view::View;
use crate::base::limits::Limits;
use crate::base::note::NoteKind;

/// Where the walk ended; an IP packet is [`Walk::packet`] then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// At TCP.
    Tcp,
    /// At ICMP or ICMPv6.
    Icmp,
    /// At a fragment of a datagram that may hold one of these.
    Fragment,
    /// At something else.
    Other,
    /// At something that could not be read.
    Undecodable(NoteKind),
}

/// A walk, which may go on where fragments were put together.
pub(super) struct Walk<'a> {
    limits: &'a Limits,
    /// The network that the packet belongs to, as far as it is known here.
    pub(super) identity: Identity,
    /// The innermost IP packet so far.
    pub(super) packet: IpPacket<'a>,
    /// How many tunnels were entered.
    tunnels: usize,
}

impl<'a> Walk<'a> {
    /// A walk that begins.
    #[inline]
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self { limits, identity: Identity::default(), packet: IpPacket::NONE, tunnels: 0 }
    }

    /// Walks on from `view`, which begins with `layer`. Each step takes at least one byte off or turns to a layer that does, so this ends.
    pub(super) fn on(&mut self, layer: Layer, view: View<'a>) -> Found {
        const DAMAGED: Found = Found::Undecodable(NoteKind::PacketUndecodable);
        let (mut layer, mut view) = (layer, view);
        loop {
            let identity = &mut self.identity;
            let next = match layer {
                Layer::Ethernet => ethernet::read(view, identity),
                Layer::Ip => {
                    if ip::read(view, self.limits.extension_headers, &mut self.packet).is_none() {
                        return DAMAGED;
                    }
                    match self.content() {
                        Ok(inner) => Some(inner),
                        Err(found) => return found,
                    }
                }
                // Only Ethernet itself has lengths where an EtherType stands.
                Layer::Other | Layer::EtherType(0..0x0600) => return Found::Other,
                Layer::EtherType(kind) => ethernet::ether_type(kind, view, identity),
                Layer::Llc => llc::read(view, identity),
                Layer::Ppp => ppp::read(view),
                Layer::PppOverEthernet => ppp::session(view),
                Layer::Mpls => mpls::read(view, identity),
                Layer::Gre => tunnel::gre(view, identity),
                Layer::EtherIp => tunnel::ether_ip(view, identity),
                Layer::Vxlan => tunnel::vxlan(view, identity),
                Layer::VxlanGpe => tunnel::vxlan_gpe(view, identity),
                Layer::Geneve => tunnel::geneve(view, identity),
                Layer::Gtp => tunnel::access::gtp(view),
                Layer::L2tp => tunnel::access::l2tp(view),
                Layer::Teredo => tunnel::access::teredo(view),
                Layer::Link(link_type) => match link::reader(link_type) {
                    Some(read) => read(view, identity),
                    None => return Found::Undecodable(NoteKind::LinkTypeUnsupported),
                },
            };
            let Some(next) = next else { return DAMAGED };
            (layer, view) = next;
        }
    }

    /// Walks on in a datagram that was put together.
    pub(super) fn into(&mut self, datagram: IpPacket<'a>) -> Found {
        let Some(packet) = ip::step_over_extensions(datagram, self.limits.extension_headers) else {
            return Found::Undecodable(NoteKind::PacketUndecodable);
        };
        self.packet = packet;
        match self.content() {
            Ok((layer, view)) => self.on(layer, view),
            Err(found) => found,
        }
    }

    /// What the IP packet carries: the beginning of a tunnel, or the end of the walk.
    #[inline]
    fn content(&mut self) -> Result<(Layer, View<'a>), Found> {
        let packet = &self.packet;
        if packet.fragment.is_some() {
            let looked_into = matches!(
                packet.protocol,
                ip::TCP | ip::ICMP | ip::ICMP_V6 | ip::UDP | ip::GRE | ip::IPV4 | ip::IPV6 | ip::ETHER_IP | ip::MPLS
            );
            let interesting = looked_into || ip::is_extension(packet.protocol, packet.source.is_ipv6());
            return Err(if interesting { Found::Fragment } else { Found::Other });
        }
        match packet.protocol {
            ip::TCP => return Err(Found::Tcp),
            ip::ICMP | ip::ICMP_V6 => return Err(Found::Icmp),
            _ => {}
        }
        let inner = tunnel::of(packet.protocol, packet.rest).ok_or(Found::Other)?;
        if self.tunnels >= self.limits.tunnels {
            return Err(Found::Undecodable(NoteKind::TunnelsTooDeep));
        }
        self.tunnels += 1;
        Ok(inner)
    }
}
