//! Damage in the middle: what lies before and behind it is read, and the place is told.

use super::*;

/// The bytes of packet `number`: lengths differ, and nothing in them looks like a record.
fn payload(number: usize) -> Vec<u8> {
    (0..40 + number * 11 % 90).map(|at| (at * 31 + number * 17) as u8 | 0x80).collect()
}

/// A pcap with `count` whole packets a second apart, and where each record begins.
fn many(count: usize) -> (Vec<u8>, Vec<usize>) {
    let mut bytes = words(false, &[0xa1b2_c3d4, 0x0004_0002, 0, 0, 65535, 1]);
    let mut starts = Vec::new();
    for number in 0..count {
        starts.push(bytes.len());
        let data = payload(number);
        let len = data.len() as u32;
        bytes.extend(words(false, &[1_000_000_000 + number as u32, 5, len, len]));
        bytes.extend(data);
    }
    (bytes, starts)
}

fn payloads(read: &Read) -> Vec<Vec<u8>> {
    read.packets.iter().map(|(_, _, _, bytes, _)| bytes.clone()).collect()
}

/// All packets but those in `lost`.
fn all_but(count: usize, lost: &[usize]) -> Vec<Vec<u8>> {
    (0..count).filter(|number| !lost.contains(number)).map(payload).collect()
}

/// Each bit of a record header in turn. Only the record that was hit may be lost.
#[test]
fn one_wrong_bit_in_a_record_header() {
    let (bytes, starts) = many(9);
    for bit in 0..16 * 8 {
        let mut damaged = bytes.clone();
        damaged[starts[4] + bit / 8] ^= 1 << (bit % 8);
        let read = read(damaged);
        assert_eq!(payloads(&read), all_but(9, &[]), "bit {bit}: {:?}", read.damage);
        assert_eq!(read.info.skipped_bytes, 0, "bit {bit}");
        // A wrong time, or a wrong length on the wire, is a packet like any other here.
        assert_eq!(read.damage.len(), usize::from((64..96).contains(&bit)), "bit {bit}: {:?}", read.damage);
    }
}

#[test]
fn a_header_that_is_gone_costs_its_packet() {
    let (bytes, starts) = many(9);
    for (number, fill) in (0..8).flat_map(|number| [0x00, 0xff, 0x41].map(|fill| (number, fill))) {
        let mut damaged = bytes.clone();
        damaged[starts[number]..starts[number] + 16].fill(fill);
        let read = read(damaged);
        assert_eq!(payloads(&read), all_but(9, &[number]), "packet {number}, {fill:02x}: {:?}", read.damage);
        assert_eq!(read.damage.len(), 1, "packet {number}, {fill:02x}: {:?}", read.damage);
        assert_eq!(read.info.skipped_bytes as usize, starts[number + 1] - starts[number], "packet {number}, {fill:02x}");
    }
}

/// A hole, as a disk or a copy leaves it: the rest of the file moves up, or other bytes stand in it.
#[test]
fn a_hole_of_any_size() {
    let (bytes, starts) = many(40);
    for (from, len) in [(3, 1), (17, 5), (100, 100), (500, 1000), (1000, 1)] {
        let (from, upto) = (starts[2] + from, starts[2] + from + len);
        let mut missing = bytes.clone();
        missing.drain(from..upto);
        let mut filled = bytes.clone();
        filled[from..upto].fill(0xee);
        for (damaged, what) in [(missing, "missing"), (filled, "filled")] {
            let read = read(damaged);
            let whole = all_but(40, &[]);
            let hit: Vec<usize> =
                (0..40).filter(|n| starts[*n] < upto && starts.get(n + 1).copied().unwrap_or(bytes.len()) > from).collect();
            let seen = payloads(&read);
            for (number, payload) in whole.iter().enumerate().filter(|(number, _)| !hit.contains(number)) {
                assert!(seen.contains(payload), "packet {number} is lost, {what} {from}..{upto}, {:?}", read.damage);
            }
        }
    }
}

#[test]
fn damage_up_to_the_end() {
    let (mut bytes, starts) = many(6);
    let end = bytes.len();
    bytes[starts[4]..].fill(0x55);
    let read = read(bytes);
    assert_eq!(payloads(&read), all_but(6, &[4, 5]));
    assert_eq!(read.info.skipped_bytes as usize, end - starts[4]);
    assert_eq!(read.info.bytes as usize, end);
    assert!(read.damage[0].ends_with("up to the end of the file"), "{:?}", read.damage);
}

#[test]
fn damage_longer_than_what_is_looked_at_once() {
    let (mut bytes, starts) = many(20);
    let rubbish: Vec<u8> = (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 | 1).collect();
    bytes.splice(starts[5]..starts[5], rubbish);
    let read = read(bytes);
    assert_eq!(payloads(&read), all_but(20, &[]), "{:?}", read.damage);
    assert_eq!(read.info.skipped_bytes, 3_000_000);
}

/// Old versions wrote the length on the wire first.
#[test]
fn the_order_of_the_lengths_depends_on_the_version() {
    for (version, first, second) in [(0x0002_0002, 60, 3), (0x0003_0002, 60, 3), (0x0003_0002, 3, 60), (0x0004_0002, 3, 60)] {
        let mut bytes = words(false, &[0xa1b2_c3d4, version, 0, 0, 65535, 1]);
        bytes.extend(words(false, &[1, 0, first, second]));
        bytes.extend(b"abc");
        let read = read(bytes);
        assert_eq!(read.packets, [(1, Timestamp::from_nanos(1_000_000_000), 1, b"abc".to_vec(), 60)], "{version:x}");
        assert_eq!(read.damage, [""; 0], "{version:x}");
    }
}

/// A pcapng with `count` packets, and where each block begins, those of section and interface first.
fn many_blocks(big_endian: bool, count: usize) -> (Vec<u8>, Vec<usize>) {
    let mut bytes = Vec::new();
    let mut starts = Vec::new();
    let packets = (0..count).map(|number| enhanced(big_endian, 0, number as u64, &payload(number)));
    for block in [section(big_endian), interface(big_endian, 1, 6)].into_iter().chain(packets) {
        starts.push(bytes.len());
        bytes.extend(block);
    }
    (bytes, starts)
}

/// Each bit of a block's two lengths, and of its type: the packet is there all the same, or it is a block of an unknown kind.
#[test]
fn one_wrong_bit_in_the_frame_of_a_block() {
    for big_endian in [false, true] {
        let (bytes, starts) = many_blocks(big_endian, 8);
        for hit in 1..9 {
            let places = (4..8).chain(starts[hit + 1] - starts[hit] - 4..starts[hit + 1] - starts[hit]);
            for (place, bit) in places.flat_map(|place| (0..8).map(move |bit| (place, bit))) {
                let mut damaged = bytes.clone();
                damaged[starts[hit] + place] ^= 1 << bit;
                let read = read(damaged);
                assert_eq!(payloads(&read), all_but(8, &[]), "block {hit}, byte {place}, bit {bit}: {:?}", read.damage);
                assert_eq!(read.damage.len(), 1, "block {hit}, byte {place}, bit {bit}: {:?}", read.damage);
                assert_eq!(read.info.skipped_bytes, 0);
            }
        }
    }
}

#[test]
fn a_hole_in_a_pcapng_costs_what_it_hit() {
    let (bytes, starts) = many_blocks(false, 30);
    for (from, len) in [(1, 1), (30, 3), (60, 200), (90, 1001)] {
        let (from, upto) = (starts[6] + from, starts[6] + from + len);
        let mut damaged = bytes.clone();
        damaged.drain(from..upto);
        let read = read(damaged);
        let seen = payloads(&read);
        for number in 0..30 {
            let end = starts.get(number + 3).copied().unwrap_or(bytes.len());
            let hit = starts[number + 2] < upto && end > from;
            assert!(hit || seen.contains(&payload(number)), "packet {number} is lost, {from}..{upto}: {:?}", read.damage);
        }
        assert!(!read.damage.is_empty());
    }
}

/// A wrong length of an option makes the options unreadable, not the interface: its packets need it.
#[test]
fn an_interface_with_damaged_options_keeps_its_packets() {
    let (mut bytes, starts) = many_blocks(false, 3);
    bytes[starts[1] + 18..starts[1] + 20].fill(0xff);
    let read = read(bytes);
    assert_eq!(payloads(&read), all_but(3, &[]), "{:?}", read.damage);
}

/// One byte too many, so that the next record's lengths are moved by one: they agree, and reach beyond the end of the file.
#[test]
fn lengths_that_agree_and_lead_nowhere() {
    let (bytes, starts) = many(40);
    for at in starts[3] + 16..starts[4] {
        let mut damaged = bytes.clone();
        damaged.insert(at, 0x81);
        let read = read(damaged);
        assert!(payloads(&read).ends_with(&all_but(40, &[0, 1, 2, 3])), "at {at}: {:?}", read.damage);
        assert_eq!(read.packets.len(), 40, "at {at}: {:?}", read.damage);
    }
}
