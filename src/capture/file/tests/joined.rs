//! Captures that were joined as they are, with `cat`: the header of another one in the middle, of the same format or of the other.

use super::*;

/// A pcap with packets of these bytes, a second apart.
fn part(big_endian: bool, nanoseconds: bool, link_type: u32, seconds: u32, packets: &[&[u8]]) -> Vec<u8> {
    let magic = if nanoseconds { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
    let version = if big_endian { 0x0002_0004 } else { 0x0004_0002 };
    let mut bytes = words(big_endian, &[magic, version, 0, 0, 65535, link_type]);
    for (number, packet) in packets.iter().enumerate() {
        let len = packet.len() as u32;
        bytes.extend(words(big_endian, &[seconds + number as u32, 500, len, len]));
        bytes.extend(*packet);
    }
    bytes
}

const FIRST: [&[u8]; 3] = [b"one packet", b"another packet", b"and one more"];
const SECOND: [&[u8]; 4] = [b"those", b"of the", b"second", b"capture"];

/// Times years apart, another byte order, another unit and another link type: each part is read as it would be alone.
#[test]
fn one_pcap_behind_another() {
    for (big_endian, nanoseconds) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut bytes = part(false, false, 1, 1_000_000_000, &FIRST);
        let first = bytes.len();
        bytes.extend(part(big_endian, nanoseconds, 113, 1_700_000_000, &SECOND));
        let read = read(bytes.clone());
        let expected: Vec<(u64, u16, Vec<u8>)> = (FIRST.iter().map(|packet| (1, *packet)))
            .chain(SECOND.iter().map(|packet| (113, *packet)))
            .zip(1..)
            .map(|((link_type, packet), number)| (number, link_type, packet.to_vec()))
            .collect();
        let found: Vec<_> = read.packets.iter().map(|(number, _, link_type, packet, _)| (*number, *link_type, packet.clone())).collect();
        assert_eq!(found, expected);
        let unit = if nanoseconds { 1 } else { 1000 };
        assert_eq!(read.packets[3].1, Timestamp::from_nanos(1_700_000_000_000_000_000 + 500 * unit));
        let told = format!("byte {first} (after packet 3): the header of another capture");
        assert!(read.damage.len() == 1 && read.damage[0].starts_with(&told), "{:?}", read.damage);
        assert_eq!((read.info.format, read.info.link_types), ("pcap", vec![1, 113]));
        assert_eq!((read.info.bytes, read.info.skipped_bytes), (bytes.len() as u64, 0));
        assert_eq!(read.info.time_digits, if nanoseconds { 9 } else { 6 });
    }
}

/// The program that wrote the first part was killed: its last packet seems to go on in the second part.
#[test]
fn behind_a_part_that_was_cut() {
    let whole = part(false, false, 1, 1_000_000_000, &FIRST);
    let last = whole.len() - FIRST[2].len() - 16;
    for cut in last + 1..whole.len() {
        let mut bytes = whole[..cut].to_vec();
        bytes.extend(part(true, false, 1, 1_700_000_000, &SECOND));
        let read = read(bytes);
        let packets: Vec<_> = read.packets.iter().map(|(_, _, _, packet, _)| packet.as_slice()).collect();
        assert!(packets.ends_with(&SECOND), "cut at {cut}: {packets:?}, {:?}", read.damage);
        assert!(packets.starts_with(&FIRST[..2]) && packets.len() <= 7, "cut at {cut}: {packets:?}, {:?}", read.damage);
    }
}

#[test]
fn a_pcap_behind_a_pcapng_and_the_reverse() {
    let mut ng = section(false);
    ng.extend(interface(false, 101, 6));
    for bytes in SECOND {
        ng.extend(enhanced(false, 0, 1_700_000_000_000_000, bytes));
    }
    let pcap = part(false, false, 1, 1_000_000_000, &FIRST);
    for (bytes, format, links) in [([&ng[..], &pcap].concat(), "pcapng", vec![101, 1]), ([&pcap[..], &ng].concat(), "pcap", vec![1, 101])] {
        let read = read(bytes);
        assert_eq!(read.packets.len(), 7, "{:?}", read.damage);
        assert_eq!((read.info.format, read.info.link_types), (format, links));
        assert_eq!(read.info.skipped_bytes, 0);
        assert!(read.packets.iter().zip(1..).all(|((number, ..), expected)| *number == expected));
    }
}

/// What a packet carries is no part of the file, be it a capture.
#[test]
fn a_capture_that_is_carried_by_a_packet() {
    let carried = part(false, false, 1, 1_000_000_000, &FIRST);
    let read = read(part(true, false, 1, 1_700_000_000, &[b"before", &carried, b"after"]));
    assert_eq!((read.packets.len(), read.damage), (3, Vec::new()));
}
