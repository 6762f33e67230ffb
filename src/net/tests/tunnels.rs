//! Segments inside of tunnels, whole and cut at every byte, and what a tunnel changes in the identity of a flow's network.

use super::*;

const MAC: [u8; 12] = [2; 12];

fn inner() -> Vec<u8> {
    ipv4(TCP, &tcp(&[], b"hi"))
}

/// An Ethernet frame in a tunnel, with a tag if `tag` is one.
fn frame(tag: Option<u8>) -> Vec<u8> {
    let tag = tag.map(|tag| vec![0x81, 0, 0, tag]).unwrap_or_default();
    [&MAC[..], &tag, &[8, 0], &inner()].concat()
}

/// Checks that the segment is found in an IPv4 packet of `protocol` with `header` before `content`, also in IPv6, and that no part of it is taken
/// for one. Gives the identity of its network.
fn check(what: &str, protocol: u8, header: &[u8], content: &[u8]) -> u64 {
    let carried = [header, content].concat();
    let mut identity = None;
    for outer in [ethernet(&ipv4(protocol, &carried)), ethernet(&ipv6(protocol, &carried))] {
        match decode_all(&outer) {
            What::Tcp(segment) => {
                assert_eq!((segment.payload, segment.cut, segment.source.port), (&b"hi"[..], 0, 1040), "{what}");
                assert!(identity.is_none_or(|other| other == segment.vlan), "{what}");
                identity = Some(segment.vlan);
            }
            other => panic!("{what}: {other:?}"),
        }
        for kept in 0..outer.len() - 2 {
            match decode_cut(&outer, kept) {
                What::Undecodable(NoteKind::PacketUndecodable) | What::Other => {}
                other => panic!("{what}, {kept} bytes: {other:?}"),
            }
        }
        assert_eq!(carried_of(&outer, outer.len() - 1), (&b"h"[..], 1), "{what}");
    }
    identity.unwrap()
}

fn carried_of(frame: &[u8], kept: usize) -> (&[u8], u32) {
    carried(decode_cut(frame, kept))
}

fn udp(port: u16) -> [u8; 8] {
    let [p0, p1] = port.to_be_bytes();
    [0xc0, 0, p0, p1, 0, 0, 0, 0]
}

#[test]
fn ip_in_ip() {
    assert_eq!(check("IPv4", 4, &[], &inner()), 0);
    assert_eq!(check("IPv6", 41, &[], &ipv6(TCP, &tcp(&[], b"hi"))), 0);
    assert_eq!(check("Ethernet", 97, &[0x30, 0], &frame(Some(9))), 10);
    assert_eq!(check("labels", 137, &[0, 1, 1, 64], &inner()), 0);
}

#[test]
fn gre_with_all_its_fields() {
    assert_eq!(check("plain", 47, &[0, 0, 8, 0], &inner()), 0);
    check("IPv6", 47, &[0, 0, 0x86, 0xdd], &ipv6(TCP, &tcp(&[], b"hi")));
    check("checksum", 47, &[0x80, 0, 8, 0, 1, 2, 0, 0], &inner());
    check("key", 47, &[0x20, 0, 8, 0, 1, 2, 3, 4], &inner());
    check("sequence", 47, &[0x10, 0, 8, 0, 1, 2, 3, 4], &inner());
    check("all three", 47, &[&[0xb0, 0, 8, 0][..], &[7; 12]].concat(), &inner());
    check("routes", 47, &[0x40, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 4, 10, 0, 0, 1, 0, 0, 0, 0], &inner());
    check("labels", 47, &[0, 0, 0x88, 0x47, 0, 1, 1, 64], &inner());
    check("cache, version 1", 47, &[0, 0, 0x88, 0x3e], &inner());
    check("cache, version 2", 47, &[0, 0, 0x88, 0x3e, 0, 0, 0, 1], &inner());
    assert_eq!(check("Ethernet", 47, &[0x20, 0, 0x65, 0x58, 0, 0, 0, 9], &frame(Some(9))), 10, "the key is no part of the identity");
    check("PPP", 47, &[0, 0, 0x88, 0x0b, 0xff, 3, 0, 0x21], &inner());
    let pptp = [0x30, 0x81, 0x88, 0x0b, 0, 43, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1, 0x21];
    check("PPTP", 47, &pptp, &inner());
    assert_eq!(decode_all(&ethernet(&ipv4(47, &[0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 7, 0, 0, 0, 1]))), What::Other, "only an acknowledgment");
    assert_eq!(decode_all(&ethernet(&ipv4(47, &[0, 0, 0, 0]))), What::Other, "a sign of life");
    assert_eq!(decode_all(&ethernet(&ipv4(47, &[0, 2, 8, 0]))), What::Other, "another version");
}

#[test]
fn mirrored_frames() {
    assert_eq!(check("type I", 47, &[0, 0, 0x88, 0xbe], &frame(Some(9))), 10);
    check("type II", 47, &[&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1][..], &[0x10, 7, 0, 1, 0, 0, 0, 0]].concat(), &frame(None));
    let third = |last: u8| [&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1][..], &[0x20, 7, 0, 1, 0, 0, 0, 0, 0, 0, 0, last]].concat();
    check("type III", 47, &third(0), &frame(None));
    check("type III with its second header", 47, &[third(1), vec![0; 8]].concat(), &frame(None));
}

#[test]
fn virtual_networks_are_part_of_the_identity() {
    let vxlan = |port, identifier: u8| [&udp(port)[..], &[8, 0, 0, 0, 0, 0, identifier, 0]].concat();
    assert_eq!(check("VXLAN", UDP, &vxlan(4789, 7), &frame(None)), 8 << 39);
    assert_eq!(check("VXLAN as Linux had it", UDP, &vxlan(8472, 0), &frame(Some(9))), (1 << 39) + 10);
    let geneve = [&udp(6081)[..], &[1, 0, 0x65, 0x58, 0xff, 0xff, 0xff, 0, 1, 2, 3, 4]].concat();
    assert_eq!(check("GENEVE", UDP, &geneve, &frame(None)), 1 << 63);
    check("GENEVE with IP", UDP, &[&udp(6081)[..], &[0, 0, 8, 0, 0, 0, 1, 0]].concat(), &inner());
    let unset = [&udp(4789)[..], &[0, 0, 0, 0, 0, 0, 7, 0], &frame(None)].concat();
    assert_eq!(decode_all(&ethernet(&ipv4(UDP, &unset))), What::Other, "without its flag it is no VXLAN");
    let elsewhere = [&udp(4790)[..], &[8, 0, 0, 0, 0, 0, 7, 0], &frame(None)].concat();
    assert_eq!(decode_all(&ethernet(&ipv4(UDP, &elsewhere))), What::Other);
    // The outer tag is the carrier's.
    let outer = ethernet(&ipv4(UDP, &[&vxlan(4789, 7)[..], &frame(Some(9))].concat()));
    let tagged = [&outer[..12], &[0x81, 0, 0, 3], &outer[12..]].concat();
    assert_eq!(segment_in(decode_all(&tagged)).vlan, (8 << 39) + 10);
}

#[test]
fn tunnels_of_access_networks() {
    let len = u16::try_from(inner().len()).unwrap();
    let gtp = |flags: u8, more: &[u8]| {
        let [l0, l1] = (len + more.len() as u16).to_be_bytes();
        [&udp(2152)[..], &[flags, 255, l0, l1, 0, 0, 0, 7], more].concat()
    };
    assert_eq!(check("GTP", UDP, &gtp(0x30, &[]), &inner()), 0);
    check("GTP with a sequence number", UDP, &gtp(0x32, &[0, 9, 0, 0]), &inner());
    check("GTP with extensions", UDP, &gtp(0x34, &[0, 0, 0, 0x85, 1, 0, 1, 0x40, 2, 0, 0, 0, 0, 0, 0, 0]), &inner());
    let l2tp = |header: &[u8]| [&udp(1701)[..], header, &[0xff, 3, 0, 0x21]].concat();
    assert_eq!(check("L2TP", UDP, &l2tp(&[0, 2, 0, 1, 0, 2]), &inner()), 0);
    let [l0, l1] = (len + 20).to_be_bytes();
    check("L2TP with all its fields", UDP, &l2tp(&[0x4b, 2, l0, l1, 0, 1, 0, 2, 0, 0, 0, 0, 0, 2, 9, 9]), &inner());
    let mut v6 = ipv6(TCP, &tcp(&[], b"hi"));
    v6[8..12].copy_from_slice(&[0x20, 1, 0, 0]);
    assert_eq!(check("Teredo", UDP, &udp(3544), &v6), 0);
    let said = [0, 1, 2, 0, 7, 7, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 2, 3, 4, 5, 6];
    check("Teredo with what a server says", UDP, &[&udp(3544)[..], &said].concat(), &v6);
    let gpe = |holds: u8| [&udp(4790)[..], &[0x0c, 0, 0, holds, 0, 0, 7, 0]].concat();
    assert_eq!(check("VXLAN-GPE", UDP, &gpe(1), &inner()), 8 << 39);
    assert_eq!(check("VXLAN-GPE with Ethernet", UDP, &gpe(3), &frame(Some(9))), (8 << 39) + 10);
}

/// Old systems took the ports of clients from the same range: what comes back to one is no tunnel.
#[test]
fn a_port_alone_makes_no_tunnel() {
    for port in [1701, 2152, 3544, 4790] {
        for first in 0..=255 {
            let answer = [&udp(port)[..], &[first, 0x35, 0x81, 0x80, 0, 1, 0, 1], &[first; 60]].concat();
            assert_eq!(decode_all(&ethernet(&ipv4(UDP, &answer))), What::Other, "port {port}, {first:02x}");
        }
    }
}

#[test]
fn tunnels_in_tunnels_are_followed_to_a_depth() {
    let nested = |depth: usize| (0..depth).fold(inner(), |ip, _| ipv4(4, &ip));
    for depth in 0..=8 {
        assert_eq!(carried(decode_all(&ethernet(&nested(depth)))), (&b"hi"[..], 0), "{depth}");
    }
    assert_eq!(decode_all(&ethernet(&nested(9))), What::Undecodable(NoteKind::TunnelsTooDeep));
}

#[test]
fn an_offloaded_packet_in_a_tunnel_may_state_no_length() {
    let mut inner = inner();
    inner[2..4].copy_from_slice(&[0, 0]);
    let outer = ethernet(&ipv4(4, &inner));
    assert_eq!(carried(decode_all(&outer)), (&b"hi"[..], 0));
    assert_eq!(carried(decode_cut(&outer, outer.len() - 1)), (&b"h"[..], 1));
}
