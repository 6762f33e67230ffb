//! Each link type with a packet of its own, whole and cut at every byte.

use super::*;
use crate::base::limits::Limits;
use crate::base::note::NoteKind;
use crate::base::origin::PacketId;
use crate::base::time::Timestamp;
use crate::net::{Decoder, What};

/// A segment from 10.0.1.5:1040 to 10.0.0.2:80 with two bytes, in IPv4.
const IPV4: [u8; 42] = [
    0x45, 0, 0, 42, 0, 9, 0x40, 0, 64, 6, 0, 0, 10, 0, 1, 5, 10, 0, 0, 2, // IPv4
    0x04, 0x10, 0, 80, 1, 2, 3, 4, 0, 0, 0, 0, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0, b'h', b'i', // TCP
];

/// The same in IPv6.
fn ipv6() -> Vec<u8> {
    let address = |last| [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
    [&[0x60, 0, 0, 0, 0, 22, 6, 64][..], &address(5), &address(2), &IPV4[20..]].concat()
}

const MAC: [u8; 12] = [2, 0, 10, 0, 0, 2, 2, 0, 10, 0, 1, 5];
const SNAP: [u8; 6] = [0xaa, 0xaa, 3, 0, 0, 0];

/// What the bytes of a packet are, and the identity of its network.
fn decode(link_type: u16, bytes: &[u8], original_len: usize) -> Result<(Vec<u8>, u64, u32), Option<NoteKind>> {
    let mut decoder = Decoder::new(&Limits { copies: 1, ..Limits::default() });
    match decoder.decode(PacketId { capture: 0, number: 1 }, Timestamp::default(), link_type, bytes, original_len as u32).what {
        What::Tcp(segment) => {
            assert_eq!((segment.source.port, segment.destination.port, segment.seq), (1040, 80, 0x0102_0304));
            Ok((segment.payload.to_vec(), segment.vlan, segment.cut))
        }
        What::Other => Err(None),
        What::Undecodable(why) => Err(Some(why)),
        other => panic!("{other:?}"),
    }
}

/// Checks that the segment is found behind `header`, in both versions of IP if `kinds` says how each is announced, and what becomes of it where
/// the capture cuts it. `trailer` is what may follow.
fn check(link_type: u16, what: &str, header: &[u8], ip: &[u8], trailer: &[u8]) {
    let frame = [header, ip, trailer].concat();
    let whole = decode(link_type, &frame, frame.len());
    assert!(matches!(&whole, Ok((payload, _, 0)) if payload == b"hi"), "{link_type} {what}: {whole:?}");
    let end = header.len() + ip.len();
    for kept in 0..frame.len() {
        let cut = decode(link_type, &frame[..kept], frame.len());
        match kept {
            _ if kept >= end - 2 => {
                let captured = kept.min(end) + 2 - end;
                assert!(
                    matches!(&cut, Ok((payload, _, cut)) if payload[..] == b"hi"[..captured] && *cut as usize == 2 - captured),
                    "{link_type} {what}, {kept} bytes: {cut:?}"
                );
            }
            _ => assert!(
                matches!(cut, Err(Some(NoteKind::PacketUndecodable) | None)),
                "{link_type} {what}, {kept} bytes: a cut header is no segment: {cut:?}"
            ),
        }
    }
}

/// A header for each link type of the table, once before IPv4 and once before IPv6.
fn headers(link_type: u16) -> Option<[Vec<u8>; 2]> {
    let typed = |before: &[u8]| {
        let with = |kind: [u8; 2]| [before, &kind].concat();
        [with([8, 0]), with([0x86, 0xdd])]
    };
    let ppp = |before: &[u8]| {
        let with = |kind: [u8; 2]| [before, &kind].concat();
        [with([0, 0x21]), with([0, 0x57])]
    };
    let same = |header: Vec<u8>| [header.clone(), header];
    let wireless = [&[0x08, 0x01, 0, 0][..], &[2; 6], &[3; 6], &[4; 6], &[0x10, 0x00], &SNAP].concat();
    Some(match link_type {
        0 => [vec![2, 0, 0, 0], vec![30, 0, 0, 0]],
        1 => typed(&MAC),
        6 => typed(&[&[0x10, 0x40][..], &MAC, &SNAP].concat()),
        8 => same([&[0, 0x40][..], &[0; 14]].concat()),
        9 | 50 => ppp(&[0xff, 3]),
        10 => typed(&[&[0x50][..], &MAC, &SNAP].concat()),
        12 | 14 | 101 | 228 | 229 => same(Vec::new()),
        51 => [vec![0x11, 0, 0, 7, 0, 44, 0, 0x21], vec![0x11, 0, 0, 7, 0, 64, 0, 0x57]],
        100 => typed(&SNAP),
        104 => typed(&[0x0f, 0]),
        105 => typed(&wireless),
        107 => [vec![0x18, 0x41, 3, 0xcc], vec![0x18, 0x41, 3, 0x8e]],
        108 => [vec![0, 0, 0, 2], vec![0, 0, 0, 24]],
        109 => [[&[2, 0, 0, 0][..], &[0; 8]].concat(), [&[0, 0, 0, 24][..], &[0; 8]].concat()],
        113 => typed(&[0, 4, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0]),
        117 => [[&[61, 2][..], &[0; 62]].concat(), [&[45, 24][..], &[0; 46]].concat()],
        119 => typed(&[&[0x44, 0, 0, 0, 144, 0, 0, 0][..], &[0; 136], &wireless].concat()),
        122 => typed(&[&[0x10; 16][..], &SNAP].concat()),
        127 => typed(&[&[0, 0, 8, 0, 0, 0, 0, 0][..], &wireless].concat()),
        138 => typed(&[7; 16]),
        163 => typed(&[&[0x80, 0x21, 0x10, 1, 0, 0, 0, 64][..], &[0; 56], &wireless].concat()),
        166 => ppp(&[1, 3]),
        192 => typed(&[&[0, 0, 12, 0, 1, 0, 0, 0, 9, 9, 9, 9][..], &MAC].concat()),
        204 => ppp(&[1, 0xff, 3]),
        219 => same(vec![0, 1, 0x01, 64]),
        226 => [[&[1, 2][..], &[0; 22]].concat(), [&[1, 26][..], &[0; 22]].concat()],
        239 => [vec![2, 0, 0, 7, 5, 0, 10, 0, b'x', 0, 0, 0, 46, 0, 9, 0], vec![10, 0, 0, 7, 0, 5, 0, 10, b'x', 0, 0, 0, 0, 66, 0, 9]],
        240 => typed(&[&[0; 4][..], &MAC].concat()),
        241 => typed(&[&[0; 4][..], &[0x55; 8], &MAC].concat()),
        274 => typed(&[&[0x55; 7][..], &[0xd5], &MAC].concat()),
        276 => [
            vec![8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0],
            vec![0x86, 0xdd, 0, 0, 0, 0, 0, 2, 0xff, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ],
        _ => return None,
    })
}

#[test]
fn each_link_type_of_the_table_is_read() {
    for (number, name, _) in LINK_TYPES {
        let [four, six] = headers(*number).unwrap_or_else(|| panic!("no packet of {name}"));
        check(*number, name, &four, &IPV4, &[]);
        check(*number, name, &six, &ipv6(), &[]);
        // Padding and check sequences are no payload.
        check(*number, name, &four, &IPV4, &[0xaa; 7]);
    }
}

#[test]
fn the_table_is_in_order_and_its_names_are_the_registrys() {
    assert!(LINK_TYPES.is_sorted_by_key(|(number, _, _)| *number));
    assert_eq!(name(276), "LINUX_SLL2");
    assert_eq!(name(0), "NULL");
    assert_eq!(name(147), "LINKTYPE_147");
}

#[test]
fn loopback_families_of_all_systems_in_either_byte_order() {
    for (number, ip) in [(2_u32, IPV4.to_vec()), (10, ipv6()), (23, ipv6()), (24, ipv6()), (28, ipv6()), (30, ipv6())] {
        for link_type in [0, 108] {
            check(link_type, "little-endian", &number.to_le_bytes(), &ip, &[]);
            check(link_type, "big-endian", &number.to_be_bytes(), &ip, &[]);
        }
    }
    check(0, "an EtherType", &[0, 0, 8, 0], &IPV4, &[]);
    assert_eq!(decode(0, &[&[7, 0, 0, 0][..], &IPV4].concat(), 46), Err(None), "another family");
}

#[test]
fn tags_of_all_kinds_and_any_number_are_taken_off() {
    let tagged = |tags: &[[u8; 4]]| {
        let frame = [&MAC[..], &tags.concat(), &[8, 0], &IPV4].concat();
        decode(1, &frame, frame.len()).unwrap().1
    };
    assert_eq!(tagged(&[]), 0);
    for kind in [[0x81, 0], [0x88, 0xa8], [0x91, 0], [0x92, 0]] {
        assert_eq!(tagged(&[[kind[0], kind[1], 0xe0, 9]]), 10);
    }
    assert_eq!(tagged(&[[0x88, 0xa8, 0, 7], [0x81, 0, 0xe0, 9]]), (8 << 13) + 10);
    let three = [[0x81, 0, 0, 1], [0x81, 0, 0, 2], [0x81, 0, 0, 3]];
    assert_eq!(tagged(&three), (2 << 26) + (3 << 13) + 4);
    assert_eq!(tagged(&[[[0x88, 0xa8, 0, 7]].as_slice(), &three].concat()), tagged(&three));
    let many = vec![[0x81, 0, 0, 1]; 10_000];
    assert_eq!(tagged(&many), (2 << 26) + (2 << 13) + 2);
    check(1, "QinQ", &[&MAC[..], &[0x88, 0xa8, 0, 7, 0x81, 0, 0, 9, 8, 0]].concat(), &IPV4, &[0; 6]);
}

#[test]
fn ethernet_carries_what_it_announces() {
    let frame = |between: &[u8]| [&MAC[..], between].concat();
    check(1, "802.3", &frame(&[&[0, 50][..], &SNAP, &[8, 0]].concat()), &IPV4, &[0; 10]);
    check(1, "802.3 in a VLAN", &frame(&[&[0x81, 0, 0, 9, 0, 50][..], &SNAP, &[8, 0]].concat()), &IPV4, &[]);
    check(1, "LLC with IP's own number", &frame(&[0, 45, 6, 6, 3]), &IPV4, &[]);
    check(1, "SNAP of a bridge", &frame(&[0, 50, 0xaa, 0xaa, 3, 0, 0, 0xf8, 8, 0]), &IPV4, &[]);
    check(1, "a label", &frame(&[0x88, 0x47, 0, 1, 0x01, 64]), &IPV4, &[]);
    check(1, "labels", &frame(&[0x88, 0x48, 0, 1, 0x00, 64, 0, 2, 0x00, 64, 0, 3, 0x01, 64]), &ipv6(), &[]);
    let inner = [&MAC[..], &[8, 0]].concat();
    check(1, "a pseudowire with its control word", &frame(&[&[0x88, 0x47, 0, 1, 0x01, 64, 0, 0, 0, 5][..], &inner].concat()), &IPV4, &[]);
    let mac = [&[0x0c; 12][..], &[8, 0]].concat();
    check(1, "a pseudowire without", &frame(&[&[0x88, 0x47, 0, 1, 0x01, 64][..], &mac].concat()), &IPV4, &[]);
    check(1, "PPPoE", &frame(&[0x88, 0x64, 0x11, 0, 0, 7, 0, 44, 0, 0x21]), &IPV4, &[0; 20]);
    check(1, "PPPoE, compressed protocol", &frame(&[0x88, 0x64, 0x11, 0, 0, 7, 0, 43, 0x21]), &IPV4, &[0; 20]);
    check(1, "PPPoE, labels", &frame(&[0x88, 0x64, 0x11, 0, 0, 7, 0, 48, 2, 0x81, 0, 1, 1, 64]), &IPV4, &[]);
    check(1, "provider backbone", &frame(&[&[0x88, 0xe7, 0, 0, 0, 9][..], &inner].concat()), &IPV4, &[]);
    check(1, "MACsec that only authenticates", &frame(&[0x88, 0xe5, 0, 0, 0, 0, 0, 1, 8, 0]), &IPV4, &[7; 16]);
    let named = [0x88, 0xe5, 0x20, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 8, 0];
    check(1, "MACsec with its channel", &frame(&named), &IPV4, &[7; 16]);
    check(1, "a security group", &frame(&[0x89, 0x09, 1, 1, 0, 1, 0, 9, 8, 0]), &IPV4, &[]);
    check(1, "a VN-Tag", &frame(&[0x89, 0x26, 1, 2, 3, 4, 8, 0]), &IPV4, &[]);
    check(1, "a service header", &frame(&[0x89, 0x4f, 0, 2, 2, 1, 0, 0, 1, 255]), &IPV4, &[]);
    let isl = [&[1, 0, 0x0c, 0, 0, 0][..], &[2; 6], &[0, 80, 0xaa, 0xaa, 3, 0, 0, 0x0c, 0, 19, 0, 0, 0, 0], &inner].concat();
    check(1, "ISL", &isl, &IPV4, &[1; 4]);
    let frame = [&isl[..], &IPV4].concat();
    assert_eq!(decode(1, &frame, frame.len()).unwrap().1, 10, "the number of the VLAN, without the lowest bit");
}

#[test]
fn what_is_no_ip_is_another_protocol() {
    for between in [
        &[0x08, 0x06][..],
        &[0x88, 0x63, 0x11, 9, 0, 0, 0, 0],
        &[0x88, 0x64, 0x11, 0xa7, 0, 0, 0, 0],
        &[0x88, 0xe5, 0x0c, 0, 0, 0, 0, 1],
        &[0x88, 0x47, 0, 1, 0x01, 64, 0x10, 0, 0, 7],
        &[0x88, 0x47, 0, 1, 0x01, 64, 0, 0, 0, 7, 1, 2, 3],
        &[0, 3, 0x42, 0x42, 3],
        &[0, 3, 0xff, 0xff, 0],
        &[0, 8, 0xaa, 0xaa, 3, 0, 0, 0x0c, 1, 0x0b],
        &[0x05, 0xff],
    ] {
        let frame = [&MAC[..], between, &[0; 46]].concat();
        assert_eq!(decode(1, &frame, frame.len()), Err(None), "{between:x?}");
    }
    assert_eq!(decode(9, &[0xff, 3, 0xc0, 0x21, 1, 1, 0, 4], 8), Err(None), "LCP");
    assert_eq!(decode(113, &[&[0, 0, 3, 56][..], &[0; 10], &[0, 0], &IPV4].concat(), 58), Err(None), "netlink");
}

#[test]
fn serial_lines_may_leave_out_what_says_nothing() {
    for link_type in [9, 50, 166] {
        check(link_type, "protocol alone", &[0, 0x21], &IPV4, &[]);
        check(link_type, "compressed protocol", &[0x21], &IPV4, &[]);
        check(link_type, "compressed protocol of version 6", &[0x57], &ipv6(), &[]);
        check(link_type, "both", &[0xff, 3, 0x21], &IPV4, &[]);
    }
    check(50, "Cisco's HDLC", &[0x8f, 0, 8, 0], &IPV4, &[]);
    check(166, "out", &[0, 3, 0, 0x21], &IPV4, &[]);
    check(107, "frame relay with padding", &[0x18, 0x41, 3, 0, 0xcc], &IPV4, &[]);
    check(107, "frame relay with SNAP", &[0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0], &IPV4, &[]);
    check(107, "Cisco's frame relay", &[0x18, 0x41, 8, 0], &IPV4, &[]);
}

#[test]
fn rings_may_state_a_route_and_bridged_frames_their_own_addresses() {
    let routed = [&[0x10, 0x40][..], &[2; 6], &[0x82, 2, 2, 2, 2, 2], &[0x06, 0x30, 0, 0x1a, 0, 0x20], &SNAP, &[8, 0]].concat();
    check(6, "routed", &routed, &IPV4, &[]);
    assert_eq!(decode(6, &[&[0x10, 0x00][..], &MAC, &[0; 30]].concat(), 44), Err(None), "a frame of the ring's own");
    let bridged = [&[0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7, 0, 0][..], &MAC, &[8, 0]].concat();
    check(100, "bridged", &bridged, &IPV4, &[]);
    check(100, "routed with an identifier of the network layer", &[0xfe, 0xfe, 3, 0xcc], &IPV4, &[]);
}

#[test]
fn wireless_frames_have_headers_of_many_lengths() {
    let frame = |kind: u8, flags: u8, more: usize| [&[kind, flags][..], &[0; 20], &[0x10, 0], &vec![0; more], &SNAP, &[8, 0]].concat();
    check(105, "from the system", &frame(0x08, 0x02, 0), &IPV4, &[1; 4]);
    check(105, "between systems", &frame(0x08, 0x03, 6), &IPV4, &[]);
    check(105, "quality of service", &frame(0x88, 0x01, 2), &IPV4, &[]);
    check(105, "quality of service between systems, with control", &frame(0x88, 0x83, 12), &IPV4, &[]);
    let padded = [&[0, 0, 17, 0, 3, 0, 0, 0][..], &[0; 8], &[0x20], &frame(0x88, 0x01, 4)].concat();
    check(127, "padded", &padded, &IPV4, &[]);
    let more_words = [&[0, 0, 13, 0, 2, 0, 0, 0x80, 0, 0, 0, 0][..], &[0x20], &frame(0x88, 0x01, 4)].concat();
    check(127, "padded, with another word", &more_words, &IPV4, &[]);
    let mut aggregated = frame(0x88, 0x01, 2);
    aggregated.truncate(26);
    aggregated[24] = 0x80;
    let one = [&aggregated[..], &MAC, &[0, 50], &SNAP, &[8, 0]].concat();
    check(105, "one frame that could be several", &one, &IPV4, &[]);
    let several = [&one[..], &IPV4, &[0, 0], &MAC, &[0, 50], &SNAP, &[8, 0], &IPV4].concat();
    assert_eq!(decode(105, &several, several.len()), Err(Some(NoteKind::PacketUndecodable)), "several: none is chosen");
    for (kind, flags) in [(0x80, 0), (0xb4, 0), (0x48, 1), (0x08, 0x41)] {
        let other = [&frame(kind, flags, 0)[..], &IPV4].concat();
        assert_eq!(decode(105, &other, other.len()), Err(None), "{kind:x} {flags:x}");
    }
    let fragment = [&frame(0x08, 0x05, 0)[..], &IPV4].concat();
    assert_eq!(decode(105, &fragment, fragment.len()), Err(Some(NoteKind::PacketUndecodable)));
}

#[test]
fn wrappers_name_what_they_wrap() {
    let wireless = [&[0x08, 0x01][..], &[0; 20], &[0x10, 0], &SNAP, &[8, 0]].concat();
    check(192, "wireless", &[&[0, 0, 8, 0, 105, 0, 0, 0][..], &wireless].concat(), &IPV4, &[]);
    assert_eq!(decode(192, &[0, 0, 8, 0, 147, 0, 0, 0, 1], 9), Err(Some(NoteKind::LinkTypeUnsupported)));
    let nested = [0, 0, 8, 0, 192, 0, 0, 0].repeat(100_000);
    assert_eq!(decode(192, &nested, nested.len()), Err(Some(NoteKind::PacketUndecodable)), "without end");
    let radio = [&[0, 0, 3, 35][..], &[0; 10], &[0, 4], &[0, 0, 8, 0, 0, 0, 0, 0], &wireless].concat();
    check(113, "radiotap", &radio, &IPV4, &[]);
    check(113, "LLC", &[&[0, 0, 0, 1][..], &[0; 10], &[0, 4], &SNAP, &[8, 0]].concat(), &IPV4, &[]);
    check(113, "a tag", &[&[0, 0, 0, 1][..], &[0; 10], &[0x81, 0, 0, 9, 8, 0]].concat(), &IPV4, &[]);
}
