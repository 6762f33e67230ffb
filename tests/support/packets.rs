//! Packets built by hand, and the two capture formats they are written in. Small on purpose, and independent of the program under test:
//! Ethernet, one VLAN tag, IPv4, IPv6, TCP, UDP, and the ICMP errors that quote a TCP header, all with right checksums.

use std::net::{IpAddr, SocketAddr};

/// TCP flags.
pub(crate) const FIN: u8 = 0x01;
pub(crate) const SYN: u8 = 0x02;
pub(crate) const RST: u8 = 0x04;
pub(crate) const PSH: u8 = 0x08;
pub(crate) const ACK: u8 = 0x10;

/// A packet before it becomes bytes.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    /// Microseconds since 1970.
    pub(crate) at: u64,
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) carries: Carries,
}

/// What a packet carries.
#[derive(Clone, Debug)]
pub(crate) enum Carries {
    Tcp(Segment),
    Udp(Vec<u8>),
    /// ICMP destination unreachable: the code, and the packet it is about.
    Unreachable(u8, Box<Packet>),
}

/// A TCP segment.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) flags: u8,
    pub(crate) payload: Vec<u8>,
}

impl Packet {
    /// The segment, if it is TCP.
    pub(crate) fn tcp(&self) -> Option<&Segment> {
        if let Carries::Tcp(segment) = &self.carries { Some(segment) } else { None }
    }

    /// The flow it belongs to, whichever direction it has.
    pub(crate) fn flow(&self) -> (SocketAddr, SocketAddr) {
        (self.from.min(self.to), self.from.max(self.to))
    }
}

/// A packet as bytes.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// Microseconds since 1970.
    pub(crate) at: u64,
    /// What the capture kept.
    pub(crate) bytes: Vec<u8>,
    /// How long it was on the wire.
    pub(crate) length: usize,
}

/// The Ethernet frame of `packet`; `id` is the IPv4 identification.
pub(crate) fn frame(packet: &Packet, id: u16, vlan: Option<u16>) -> Frame {
    let mut bytes = Vec::new();
    bytes.extend(mac(packet.to.ip()));
    bytes.extend(mac(packet.from.ip()));
    if let Some(tag) = vlan {
        bytes.extend(0x8100_u16.to_be_bytes());
        bytes.extend(tag.to_be_bytes());
    }
    let ethertype: u16 = if packet.from.is_ipv4() { 0x0800 } else { 0x86dd };
    bytes.extend(ethertype.to_be_bytes());
    bytes.extend(ip(packet, id));
    let length = bytes.len();
    Frame { at: packet.at, bytes, length }
}

/// A locally administered address made from the end of the IP address.
fn mac(ip: IpAddr) -> [u8; 6] {
    let tail = match ip {
        IpAddr::V4(v4) => v4.octets(),
        IpAddr::V6(v6) => {
            let [.., a, b, c, d] = v6.octets();
            [a, b, c, d]
        }
    };
    [2, 0, tail[0], tail[1], tail[2], tail[3]]
}

/// The IP packet.
fn ip(packet: &Packet, id: u16) -> Vec<u8> {
    let (from, to) = (packet.from.ip(), packet.to.ip());
    let (protocol, transport) = match &packet.carries {
        Carries::Tcp(segment) => (6, tcp(packet, segment)),
        Carries::Udp(payload) => (17, udp(packet, payload)),
        Carries::Unreachable(code, about) if from.is_ipv4() => (1, icmp(3, *code, about, None)),
        Carries::Unreachable(code, about) => (58, icmp(1, *code, about, Some((from, to)))),
    };
    let mut bytes = Vec::new();
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let total = u16::try_from(20 + transport.len()).unwrap();
            bytes.extend([0x45, 0]);
            bytes.extend(total.to_be_bytes());
            bytes.extend(id.to_be_bytes());
            bytes.extend([0x40, 0, 128, protocol, 0, 0]);
            bytes.extend(from.octets());
            bytes.extend(to.octets());
            let sum = checksum(&[&bytes]);
            bytes[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            bytes.extend([0x60, 0, 0, 0]);
            bytes.extend(u16::try_from(transport.len()).unwrap().to_be_bytes());
            bytes.extend([protocol, 128]);
            bytes.extend(from.octets());
            bytes.extend(to.octets());
        }
        _ => panic!("both ends of a packet are IPv4, or both are IPv6"),
    }
    bytes.extend(transport);
    bytes
}

fn tcp(packet: &Packet, segment: &Segment) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(packet.from.port().to_be_bytes());
    bytes.extend(packet.to.port().to_be_bytes());
    bytes.extend(segment.seq.to_be_bytes());
    bytes.extend(segment.ack.to_be_bytes());
    bytes.extend([0x50, segment.flags, 0x44, 0x70, 0, 0, 0, 0]);
    bytes.extend(&segment.payload);
    let sum = checksum(&[&pseudo_header(packet.from.ip(), packet.to.ip(), 6, bytes.len()), &bytes]);
    bytes[16..18].copy_from_slice(&sum.to_be_bytes());
    bytes
}

fn udp(packet: &Packet, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(packet.from.port().to_be_bytes());
    bytes.extend(packet.to.port().to_be_bytes());
    bytes.extend(u16::try_from(8 + payload.len()).unwrap().to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(payload);
    let sum = checksum(&[&pseudo_header(packet.from.ip(), packet.to.ip(), 17, bytes.len()), &bytes]);
    bytes[6..8].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// An ICMP error. It quotes the IP header and, as RFC 792 asks, eight bytes of what follows; `ICMPv6` quotes all of a small packet.
fn icmp(kind: u8, code: u8, about: &Packet, pseudo: Option<(IpAddr, IpAddr)>) -> Vec<u8> {
    let mut bytes = vec![kind, code, 0, 0, 0, 0, 0, 0];
    let quote = ip(about, 1);
    bytes.extend(if pseudo.is_some() { &quote[..] } else { &quote[..28] });
    let pseudo = pseudo.map(|(from, to)| pseudo_header(from, to, 58, bytes.len())).unwrap_or_default();
    let sum = checksum(&[&pseudo, &bytes]);
    bytes[2..4].copy_from_slice(&sum.to_be_bytes());
    bytes
}

fn pseudo_header(from: IpAddr, to: IpAddr, protocol: u8, length: usize) -> Vec<u8> {
    let length = u16::try_from(length).unwrap().to_be_bytes();
    let mut bytes = Vec::new();
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            bytes.extend(from.octets());
            bytes.extend(to.octets());
            bytes.extend([0, protocol]);
            bytes.extend(length);
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            bytes.extend(from.octets());
            bytes.extend(to.octets());
            bytes.extend([0, 0]);
            bytes.extend(length);
            bytes.extend([0, 0, 0, protocol]);
        }
        _ => panic!("both ends of a packet are IPv4, or both are IPv6"),
    }
    bytes
}

/// The Internet checksum (RFC 1071) of parts whose lengths are even, but for the last.
fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum = 0_u32;
    for pair in parts.iter().flat_map(|part| part.chunks(2)) {
        sum += u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u32::from(*low));
    }
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap()
}

/// A pcap file: little-endian, microseconds, Ethernet.
pub(crate) fn pcap(frames: &[Frame]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 1] {
        file.extend(word.to_le_bytes());
    }
    for frame in frames {
        let (seconds, micros) = (frame.at / 1_000_000, frame.at % 1_000_000);
        for word in [seconds, micros, frame.bytes.len() as u64, frame.length as u64] {
            file.extend(u32::try_from(word).unwrap().to_le_bytes());
        }
        file.extend(&frame.bytes);
    }
    file
}

/// A pcapng file with one section, one Ethernet interface and the default resolution of microseconds.
pub(crate) fn pcapng(frames: &[Frame]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut section = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
    section.extend([1, 0, 0, 0]);
    section.extend(u64::MAX.to_le_bytes());
    block(&mut file, 0x0a0d_0d0a, &section);
    block(&mut file, 1, &[1, 0, 0, 0, 0, 0, 4, 0]);
    for frame in frames {
        let mut body = Vec::new();
        let (high, low) = (frame.at >> 32, frame.at & 0xffff_ffff);
        for word in [0, high, low, frame.bytes.len() as u64, frame.length as u64] {
            body.extend(u32::try_from(word).unwrap().to_le_bytes());
        }
        body.extend(&frame.bytes);
        block(&mut file, 6, &body);
    }
    file
}

fn block(file: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let padded = body.len().next_multiple_of(4);
    let total = u32::try_from(padded + 12).unwrap().to_le_bytes();
    file.extend(kind.to_le_bytes());
    file.extend(total);
    file.extend(body);
    file.resize(file.len() + padded - body.len(), 0);
    file.extend(total);
}
