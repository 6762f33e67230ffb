//! The other formats built byte by byte: what the files of other programs in `tests/other_formats` don't have.

use super::*;
use crate::capture::file::input::UNKNOWN_LINK;

/// What was read: number, time in nanoseconds of what `from` is in seconds, link type, bytes.
fn seen(read: &Read, from: i64) -> Vec<(u64, i64, u16, &[u8])> {
    read.packets.iter().map(|(number, at, link, bytes, _)| (*number, at.nanos() - from * 1_000_000_000, *link, &bytes[..])).collect()
}

/// A pcap header, and two records whose headers have `extra` bytes more.
fn variant(big_endian: bool, magic: u32, version: (u32, u32), link: u32, lengths: [u32; 2], extra: &[u8]) -> Vec<u8> {
    let version = if big_endian { version.0 << 16 | version.1 } else { version.1 << 16 | version.0 };
    let mut bytes = words(big_endian, &[magic, version, 0, 0, 65535, link]);
    if matches!(magic, 0x1c00_01ab | 0x1c00_01ac) {
        bytes.extend(words(big_endian, &[2 * (16 + 40)]));
    }
    for number in 0..2 {
        bytes.extend(words(big_endian, &[1_000_000_000 + number, 7, lengths[0], lengths[1]]));
        bytes.extend(extra);
        bytes.extend([0x45 + number as u8; 40]);
    }
    bytes
}

#[test]
fn kinds_of_pcap() {
    let debug = [3, 0, 0, 0, 0x00, 0x08, 4, 0, 0xaa, 0xbb, 0xcc, 0xdd];
    for big_endian in [false, true] {
        let extra = |len: usize| -> Vec<u8> {
            let mut extra = words(big_endian, &[3]);
            extra.extend(&debug[4..]);
            extra.truncate(len);
            extra
        };
        for (what, magic, version, link, lengths, extra, expected, nanos) in [
            ("pcap", 0xa1b2_c3d4, (2, 4), 1, [40, 40], extra(0), 1, 7000),
            ("Red Hat 6.1", 0xa1b2_c3d4, (2, 4), 1, [40, 40], extra(8), 1, 7000),
            ("Nokia", 0xa1b2_c3d4, (2, 4), 1, [40, 40], extra(4), 1, 7000),
            ("Nokia's ATM", 0xa1b2_c3d4, (2, 4), 13, [40, 40], extra(4), UNKNOWN_LINK, 7000),
            ("patched", 0xa1b2_cd34, (2, 4), 1, [40, 40], extra(8), 1, 7000),
            ("SuSE 6.3", 0xa1b2_cd34, (2, 4), 1, [40, 40], extra(12), 1, 7000),
            ("AIX", 0xa1b2_c3d4, (2, 2), 6, [60, 40], extra(0), 1, 7),
            ("DG/UX", 0xa1b2_c3d4, (543, 0), 1, [60, 40], extra(0), 1, 7000),
            ("Ixia, software", 0x1c00_01ab, (2, 4), 1, [40, 40], extra(0), 1, 7000),
            ("Ixia, hardware", 0x1c00_01ac, (2, 4), 1, [40, 40], extra(0), 1, 7),
        ] {
            let read = read(variant(big_endian, magic, version, link, lengths, &extra));
            let packets = [(1, nanos, expected, &[0x45; 40][..]), (2, 1_000_000_000 + nanos, expected, &[0x46; 40][..])];
            assert_eq!(seen(&read, 1_000_000_000), packets, "{what}, {big_endian}");
            assert_eq!(read.damage, [""; 0], "{what}, {big_endian}");
        }
    }
}

/// Longer headers are seen in a file with one packet, and not in one that was cut.
#[test]
fn one_packet_of_a_kind_of_pcap() {
    for (magic, extra) in [(0xa1b2_c3d4, &[2, 0, 0, 0, 0x00, 0x08, 4, 0][..]), (0xa1b2_cd34, &[2, 0, 0, 0, 0x00, 0x08, 4, 0, 1, 2, 3, 4])] {
        let mut bytes = variant(false, magic, (2, 4), 1, [40, 40], extra);
        bytes.truncate(24 + 16 + extra.len() + 40);
        let read = read(bytes);
        assert_eq!(seen(&read, 1_000_000_000), [(1, 7000, 1, &[0x45; 40][..])], "{magic:x}");
        assert_eq!(read.damage, [""; 0], "{magic:x}");
    }
    for cut in 1..16 {
        let mut bytes = variant(false, 0xa1b2_c3d4, (2, 4), 1, [40, 40], &[]);
        bytes.truncate(24 + 16 + 40 + cut);
        let read = read(bytes);
        assert_eq!(seen(&read, 1_000_000_000), [(1, 7000, 1, &[0x45; 40][..])], "{cut}");
        assert_eq!(read.damage.len(), 1, "{cut}");
    }
}

/// AIX pads the frames of FDDI.
#[test]
fn fddi_of_aix() {
    let read = read(variant(true, 0xa1b2_c3d4, (2, 2), 15, [40, 40], &[]));
    assert_eq!(read.packets.iter().map(|(_, _, link, bytes, len)| (*link, bytes.len(), *len)).collect::<Vec<_>>(), [(10, 37, 37); 2]);
}

fn snoop(version: u32, link: u32, padding: u32) -> Vec<u8> {
    let mut bytes = b"snoop\0\0\0".to_vec();
    bytes.extend(words(true, &[version, link]));
    for number in 0..2 {
        bytes.extend(words(true, &[60, 41, 24 + 41 + padding, number * 3, 1_000_000_000 + number, 7]));
        bytes.extend([0x45; 41]);
        bytes.extend(vec![0xff; padding as usize]);
    }
    bytes
}

#[test]
fn link_types_and_losses_of_snoop() {
    for (version, link, padding, expected) in [
        (2, 4, 3, 1),
        (2, 2, 3, 6),
        (2, 8, 3, 10),
        (2, 14, 3, 0),
        (2, 18, 3, 123),
        (2, 0x8000_0004, 3, UNKNOWN_LINK),
        (2, 10, 3, UNKNOWN_LINK),
        (4, 10, 19, 1),
        (2, 12, 19, 1),
        (5, 11, 19, 6),
    ] {
        let read = read(snoop(version, link, padding));
        let bytes = &[0x45; 41][..];
        assert_eq!(seen(&read, 1_000_000_000), [(1, 7000, expected, bytes), (2, 1_000_007_000, expected, bytes)], "{version}, {link}");
        assert_eq!((read.damage.len(), read.info.dropped, read.info.skipped_bytes), (0, Some(3), 0));
    }
    assert_eq!(refused(&snoop(6, 4, 3)), "byte 8: expected version 2 of the snoop format, found 6");
}

/// A file of Network Monitor 2 with a frame per entry of `frames`: link type, microseconds after the start, first byte. `order` is that of the table.
fn netmon(minor: u8, frames: &[(u16, i64, u8)], order: &[usize], table_first: bool) -> Vec<u8> {
    let trailer = [0, 2, 6, 15][usize::from(minor)];
    let table = frames.len() * 4;
    let first = 128 + if table_first { table } else { 0 };
    let len = 16 + 40 + trailer;
    let table_at = if table_first { 128 } else { first + frames.len() * len };
    let mut bytes = b"GMBU".to_vec();
    bytes.extend([minor, 2, 1, 0]);
    // Thursday, 15 November 2001, 23:59:58.500.
    bytes.extend([2001_u16, 11, 4, 15, 23, 59, 58, 500].iter().flat_map(|word| word.to_le_bytes()));
    bytes.extend(words(false, &[table_at as u32, table as u32]));
    bytes.resize(128, 0);
    let entries: Vec<u8> = order.iter().flat_map(|at| ((first + at * len) as u32).to_le_bytes()).collect();
    if table_first {
        bytes.extend(&entries);
    }
    for (link, micros, start) in frames {
        bytes.extend((*micros as u64 & (u64::MAX >> 1)).to_le_bytes());
        bytes.extend(words(false, &[40, 40]));
        bytes.extend([*start; 40]);
        let filetime = (11_644_473_600_u64 + 1_005_868_800) * 10_000_000 + u64::from(*start);
        let mut end = link.to_le_bytes().to_vec();
        end.extend([9; 4]);
        end.extend(filetime.to_le_bytes());
        end.push(1);
        bytes.extend(&end[..trailer]);
    }
    if !table_first {
        bytes.extend(&entries);
    }
    bytes.extend(b"comments and other things");
    bytes
}

/// Midnight behind the start of those files.
const MIDNIGHT: i64 = 1_005_868_800;

#[test]
fn versions_of_network_monitor() {
    let frames = [(1, 1_500_000, 0x45), (0xe065, 2_500_001, 0x46), (1, -1_000_000, 0x47)];
    let (a, b, c) = (&[0x45; 40][..], &[0x46; 40][..], &[0x47; 40][..]);
    for table_first in [false, true] {
        for minor in 0..=3 {
            let read = read(netmon(minor, &frames, &[0, 1, 2], table_first));
            let second = if minor == 0 { 1 } else { 101 };
            let expected = if minor == 3 {
                [(1, 6900, 1, a), (2, 7000, 101, b), (3, 7100, 1, c)]
            } else {
                [(1, 0, 1, a), (2, 1_000_001_000, second, b), (3, -2_500_000_000, 1, c)]
            };
            assert_eq!(seen(&read, MIDNIGHT), expected, "2.{minor}");
            assert_eq!((&read.damage[..], read.info.skipped_bytes), (&[][..], 0), "2.{minor}");
            assert_eq!(read.info.time_digits, if minor == 3 { 7 } else { 6 });
        }
    }
}

/// Lists of networks and names are nothing; events and filters have a number, as in Wireshark.
#[test]
fn frames_that_are_no_packets() {
    let links = [0xffff, 1, 0xfffe, 0xfffc, 5, 0xfffd, 0xffe0, 0xfffb, 0xe081, 0xe080];
    let frames: Vec<(u16, i64, u8)> = links.iter().map(|link| (*link, 1_500_000, 0x45)).collect();
    let read = read(netmon(1, &frames, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], false));
    let found: Vec<u16> = read.packets.iter().map(|(_, _, link, _, _)| *link).collect();
    assert_eq!(found, [NO_LINK, 1, UNKNOWN_LINK, NO_LINK, NO_LINK, UNKNOWN_LINK, 105]);
    assert_eq!(read.damage, [""; 0]);
}

#[test]
fn a_table_that_says_other_things_is_told() {
    let frames = [(1, 0, 0x45), (1, 1, 0x46), (1, 2, 0x47)];
    let order = read(netmon(2, &frames, &[2, 0, 1], false));
    assert_eq!(order.packets.len(), 3);
    assert!(order.damage[0].ends_with("in another order; they were read and numbered as they stand in the file"), "{:?}", order.damage);
    let other = read(netmon(2, &frames, &[0, 1, 1], false));
    assert_eq!(other.packets.len(), 3);
    assert!(other.damage[0].ends_with("names 3 of them, and not all of those 3 that were found"), "{:?}", other.damage);
    let cut = read(netmon(2, &frames, &[0, 1, 2], false)[..128 + 3 * 62].to_vec());
    assert_eq!(cut.packets.len(), 3);
    assert!(cut.damage[0].ends_with("ends before its table of frames, which is said to be at byte 314"), "{:?}", cut.damage);
}

/// A file of the Sniffer for Windows: `set` changes its header, `at` is where its records begin, `extra` the bytes of a record's header behind the
/// lengths. Two frames of 44 bytes, at 1 and at 3 ticks.
fn netxray(start: &[u8], set: &[(usize, &[u8])], at: u32, extra: &[u8]) -> Vec<u8> {
    let mut bytes = start.to_vec();
    bytes.extend(words(false, &[1_000_000_000, 2, 0, at, 0]));
    bytes.resize(at as usize, 0);
    for (place, value) in set {
        bytes[*place..place + value.len()].copy_from_slice(value);
    }
    for ticks in [1_u64, 3] {
        bytes.extend(ticks.to_le_bytes());
        bytes.extend([44, 0]);
        bytes.extend(extra);
        bytes.extend([0x45; 44]);
    }
    let end = bytes.len() as u32;
    bytes[0x1c..0x20].copy_from_slice(&end.to_le_bytes());
    bytes.extend(b"what sometimes follows");
    bytes
}

/// What a file of the Sniffer for Windows is called, how it begins, what is set in its header, where its records begin, their headers, and what is
/// read: link type, nanoseconds of a tick, length of frames.
type Case<'a> = (&'a str, &'a [u8; 12], Vec<(usize, &'a [u8])>, u32, &'a [u8], u16, i64, usize);

#[test]
fn versions_of_the_sniffer_for_windows() {
    let (old, first, second) = ([0; 6], [&[44, 0][..], &[0; 16]].concat(), [&[44, 0][..], &[0; 28]].concat());
    let marked = [&[44, 0, 0, 0, 0xff, 0xff][..], &[0; 24]].concat();
    let realtick = 1_000_u32.to_le_bytes();
    let sequences = 1_193_000_u32.to_le_bytes();
    assert_eq!(sequences[1..3], [0x34, 0x12]);
    let cases: [Case<'_>; 12] = [
        ("NetXRay", b"VL\0\0........", vec![], 128, &old, 1, 1_000_000, 44),
        ("1.0", b"XCP\x00001.000\0", vec![], 128, &first, 1, 1_000_000, 44),
        ("1.1, later in the file", b"XCP\x00001.100\0", vec![], 160, &first, 1, 1000, 44),
        ("1.1, token ring", b"XCP\x00001.100\0", vec![(0x2c, &[1])], 128, &first, 6, 1000, 44),
        ("1.1, serial", b"XCP\x00001.100\0", vec![(0x2c, &[3])], 128, &first, 1, 1000, 44),
        ("2.0", b"XCP\x00002.000\0", vec![], 128, &second, 1, 1000, 44),
        ("2.1, other numbers", b"XCP\x00002.001\0", vec![(0x2c, &[1, 2])], 128, &second, 1, 1000, 44),
        ("2.1, ticks in the header", b"XCP\x00002.001\0", vec![(0x30, &[2]), (0x4c, &realtick)], 128, &second, 1, 1_000_000, 44),
        ("2.2, gigabit", b"XCP\x00002.002\0", vec![(0x30, &[2]), (0x54, &[2]), (0x34, &[9])], 128, &second, 1, 32, 44),
        ("2.3, PPP", b"XCP\x00002.003\0", vec![(0x2c, &[3]), (0x54, &[3])], 128, &second, 9, 1000, 44),
        ("2.0, chance behind frames", b"XCP\x00002.000\0", vec![], 128, &marked, 1, 1000, 40),
        ("2.0, check sequences", b"XCP\x00002.000\0", vec![(0x4c, &sequences)], 128, &marked, 1, 1000, 44),
    ];
    for (what, start, set, at, extra, link, tick, len) in cases {
        let read = read(netxray(start, &set, at, extra));
        let bytes = &[0x45; 44][..len];
        assert_eq!(seen(&read, 1_000_000_000), [(1, tick, link, bytes), (2, 3 * tick, link, bytes)], "{what}");
        assert_eq!((&read.damage[..], read.info.skipped_bytes), (&[][..], 0), "{what}");
    }
}

#[test]
fn what_is_not_known_of_a_sniffer_file_is_refused() {
    assert!(refused(&netxray(b"XCP\x00009.000\0", &[], 128, &[])).contains("found \"009.000"));
    assert!(refused(&netxray(b"XCP\x00002.000\0", &[(0x54, &[7])], 128, &[])).contains("unknown unit (0, adapter 7, network 1)"));
    assert!(refused(&netxray(b"XCP\x00002.000\0", &[(0x30, &[2])], 128, &[])).contains("unknown unit (2, adapter 0, network 1)"));
    let mut wrapped = netxray(b"XCP\x00002.000\0", &[], 128, &[]);
    wrapped[0x18..0x1c].copy_from_slice(&5000_u32.to_le_bytes());
    assert!(refused(&wrapped).starts_with("byte 24: the records begin at byte 5000"));
}

/// A record of the Sniffer for DOS.
fn sniffer_record(kind: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = kind.to_le_bytes().to_vec();
    bytes.extend((body.len() as u16).to_le_bytes());
    bytes.extend([0x77, 0x66]);
    bytes.extend(body);
    bytes
}

/// A frame of 41 bytes of which `captured` are there, at 3 ticks and 2^32 of them on the second day, with `extra` bytes in its header.
fn sniffer_frame(captured: u16, extra: usize) -> Vec<u8> {
    let mut body = vec![3, 0, 0, 0, 1, 1];
    body.extend(captured.to_le_bytes());
    body.extend([0, 0]);
    body.extend(if captured == 41 { [0, 0] } else { [41, 0] });
    body.resize(14 + extra, 0);
    body.extend(vec![0x45; captured.into()]);
    body
}

fn sniffer(major: u8, network: u8, unit: u8, records: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"TRSNIFF data    \x1a".to_vec();
    // 15 November 2001, and a time that says nothing.
    let date = (21_u16 << 9 | 11 << 5 | 15).to_le_bytes();
    bytes.extend(sniffer_record(1, &[major, 0, 0, 0, 0x12, 0x34, date[0], date[1], 4, network, 1, unit, 0, 0, 0, 0, 0, 0]));
    bytes.extend(records.concat());
    bytes
}

#[test]
fn records_of_the_sniffer_for_dos() {
    let padded = [sniffer_frame(41, 0), vec![0xff; 4]].concat();
    let records = [
        sniffer_record(6, b"about the program"),
        sniffer_record(7, b"and more"),
        sniffer_record(4, &sniffer_frame(41, 0)),
        sniffer_record(4, &padded),
        sniffer_record(12, &sniffer_frame(30, 22)),
        sniffer_record(3, b""),
        b"nothing that counts".to_vec(),
    ];
    for (network, unit, link, picos) in [(1, 1, 1, 838_096), (0, 3, 6, 500_000), (9, 0, 10, 15_000_000), (7, 5, UNKNOWN_LINK, 1_000_000)] {
        let read = read(sniffer(4, network, unit, &records));
        let at = ((1_i64 << 32) + 3) * picos / 1000 + 86_400_000_000_000;
        let bytes = &[0x45; 41][..];
        let expected = [(1, at, link, bytes), (2, at, link, bytes), (3, at, link, &bytes[..30])];
        assert_eq!(seen(&read, MIDNIGHT - 86_400), expected, "network {network}");
        assert_eq!(read.packets[2].4, 41);
        assert_eq!((&read.damage[..], read.info.skipped_bytes), (&[][..], 0), "network {network}");
    }
    // A frame whose type became that of the end is not the end.
    let damaged =
        [sniffer_record(4, &sniffer_frame(41, 0)), sniffer_record(3, &sniffer_frame(41, 0)), sniffer_record(4, &sniffer_frame(41, 0))];
    assert_eq!(read(sniffer(4, 1, 1, &damaged)).packets.len(), 2);
    // In version 2, type 8 is a text; later it is a cell.
    let text = [sniffer_record(8, b"a capture"), sniffer_record(4, &sniffer_frame(41, 0))];
    assert_eq!(read(sniffer(2, 1, 1, &text)).packets.len(), 1);
    let cells = [sniffer_record(8, &sniffer_frame(41, 34)), sniffer_record(8, &sniffer_frame(41, 34))];
    assert_eq!(read(sniffer(5, 10, 1, &cells)).packets.iter().map(|packet| packet.2).collect::<Vec<_>>(), [UNKNOWN_LINK; 2]);
    let mut packed = sniffer(4, 1, 1, &records);
    packed[33] = 2;
    assert!(refused(&packed).starts_with("byte 33: a compressed Sniffer file"));
    packed[33] = 1;
    packed[34] = 7;
    assert!(refused(&packed).starts_with("byte 34: times in an unknown unit (7)"));
}
