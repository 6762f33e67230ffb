//! The way through a packet, header by header, down to what is looked at.

use super::ip::{self, IpPacket};
use super::layer::{Identity, Layer};
use super::link::{self, ethernet, llc, mpls, ppp};
use super::tunnel;
use super::view::View;
use crate::base::limits::Limits;
use crate::base::note::NoteKind;

/// Where the walk stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Here<'a> {
    /// Before a header.
    Before(Layer, View<'a>),
    /// Behind the headers of an IP packet.
    In(IpPacket<'a>),
}

/// Where the walk ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    /// At TCP.
    Tcp(IpPacket<'a>),
    /// At ICMP or ICMPv6.
    Icmp(IpPacket<'a>),
    /// At a fragment of a datagram that may hold one of these.
    Fragment(IpPacket<'a>),
    /// At something else.
    Other,
    /// At something that could not be read.
    Undecodable(NoteKind),
}

/// Why an IP packet is where a walk ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Tcp,
    Icmp,
    Fragment,
    Other,
    TooDeep,
}

impl End {
    #[inline]
    fn found(self, packet: IpPacket<'_>) -> Found<'_> {
        match self {
            Self::Tcp => Found::Tcp(packet),
            Self::Icmp => Found::Icmp(packet),
            Self::Fragment => Found::Fragment(packet),
            Self::Other => Found::Other,
            Self::TooDeep => Found::Undecodable(NoteKind::TunnelsTooDeep),
        }
    }
}

/// A walk, which may go on where fragments were put together.
pub(super) struct Walk<'l> {
    limits: &'l Limits,
    /// The network that the packet belongs to, as far as it is known here.
    pub(super) identity: Identity,
    /// How many tunnels were entered.
    tunnels: usize,
}

impl<'l> Walk<'l> {
    /// A walk that begins.
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self { limits, identity: Identity::default(), tunnels: 0 }
    }

    /// Walks on from `here`. Each step takes at least one byte off or turns to a layer that does, so this ends.
    pub(super) fn on<'a>(&mut self, here: Here<'a>) -> Found<'a> {
        const DAMAGED: Found<'static> = Found::Undecodable(NoteKind::PacketUndecodable);
        let (mut layer, mut view) = match here {
            Here::Before(layer, view) => (layer, view),
            Here::In(packet) => match self.content(&packet) {
                Ok(inner) => inner,
                Err(end) => return end.found(packet),
            },
        };
        loop {
            let identity = &mut self.identity;
            let next = match layer {
                Layer::Ip => {
                    let Some(packet) = ip::read(view, self.limits.extension_headers) else { return DAMAGED };
                    match self.content(&packet) {
                        Ok(inner) => Some(inner),
                        Err(end) => return end.found(packet),
                    }
                }
                Layer::Ethernet => ethernet::read(view, identity),
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
                Layer::Geneve => tunnel::geneve(view, identity),
                Layer::Link(link_type) => match link::reader(link_type) {
                    Some(read) => read(view, identity),
                    None => return Found::Undecodable(NoteKind::LinkTypeUnsupported),
                },
            };
            let Some(next) = next else { return DAMAGED };
            (layer, view) = next;
        }
    }

    /// What an IP packet carries: the beginning of a tunnel, or the end of the walk.
    #[inline]
    fn content<'a>(&mut self, packet: &IpPacket<'a>) -> Result<(Layer, View<'a>), End> {
        if packet.fragment.is_some() {
            let looked_into = matches!(
                packet.protocol,
                ip::TCP | ip::ICMP | ip::ICMP_V6 | ip::UDP | ip::GRE | ip::IPV4 | ip::IPV6 | ip::ETHER_IP | ip::MPLS
            );
            let interesting = looked_into || ip::is_extension(packet.protocol, packet.source.is_ipv6());
            return Err(if interesting { End::Fragment } else { End::Other });
        }
        match packet.protocol {
            ip::TCP => return Err(End::Tcp),
            ip::ICMP | ip::ICMP_V6 => return Err(End::Icmp),
            _ => {}
        }
        let inner = tunnel::of(packet.protocol, packet.rest).ok_or(End::Other)?;
        if self.tunnels >= self.limits.tunnels {
            return Err(End::TooDeep);
        }
        self.tunnels += 1;
        Ok(inner)
    }
}
