//! Sections, interfaces and blocks.

use super::*;

#[test]
fn pcapng_with_two_sections_and_interfaces_of_their_own_units() {
    let mut bytes = section(false);
    bytes.extend(interface(false, 1, 6));
    bytes.extend(interface(false, 101, 9));
    bytes.extend(enhanced(false, 0, 1_000_000_000_000_005, b"abc"));
    bytes.extend(block(false, 0xbae, b"an unknown block"));
    bytes.extend(enhanced(false, 1, 1_000_000_000_000_000_007, b"d"));
    bytes.extend(section(true));
    bytes.extend(interface(true, 1, 0x94));
    bytes.extend(enhanced(true, 0, 3 << 19, b"efgh"));
    let read = read(bytes);
    let expected = [
        (1, Timestamp::from_nanos(1_000_000_000_000_005_000), 1, b"abc".to_vec(), 3),
        (2, Timestamp::from_nanos(1_000_000_000_000_000_007), 101, b"d".to_vec(), 1),
        (3, Timestamp::from_nanos(1_500_000_000), 1, b"efgh".to_vec(), 4),
    ];
    assert_eq!(read.packets, expected);
    assert_eq!(read.damage, [""; 0]);
    assert_eq!(read.info.link_types, [1, 101]);
    assert_eq!(read.info.time_digits, 9);
}

#[test]
fn a_damaged_block_costs_only_itself() {
    let mut bytes = section(false);
    bytes.extend(interface(false, 1, 6));
    let mut lying = enhanced(false, 0, 0, b"abcd");
    lying.splice(20..24, [0xff, 0, 0, 0]);
    bytes.extend(lying);
    bytes.extend(enhanced(false, 7, 0, b"no such interface"));
    bytes.extend(enhanced(false, 0, 1, b"good"));
    let read = read(bytes);
    assert_eq!(read.packets.len(), 1);
    assert_eq!(read.packets[0].3, b"good");
    assert_eq!(read.damage.len(), 2, "{:?}", read.damage);
}

#[test]
fn too_many_interfaces_are_damage_not_memory() {
    let mut bytes = section(false);
    bytes.extend(interface(false, 1, 6));
    bytes.extend(interface(false, 1, 6));
    bytes.extend(enhanced(false, 1, 0, b"of the second"));
    bytes.extend(enhanced(false, 0, 0, b"of the first"));
    let limits = Limits { interfaces: 1, ..Limits::default() };
    let mut file = CaptureFile::new(Box::new(Cursor::new(bytes)), 0, &limits).unwrap_or_else(|why| panic!("{why}"));
    assert!(matches!(file.advance(), Step::Damage(place) if place.what.contains("more interfaces")));
    assert!(matches!(file.advance(), Step::Damage(place) if place.what.contains("not described")));
    assert_eq!(file.advance(), Step::Packet);
    assert_eq!(file.packet().unwrap().bytes, b"of the first");
}

#[test]
fn what_other_programs_number_is_numbered_here_too() {
    let mut bytes = section(false);
    bytes.extend(interface(false, 1, 6));
    bytes.extend(enhanced(false, 0, 7, b"abc"));
    bytes.extend(block(false, 0x4000_0bad, b"pen and more"));
    let mut simple = words(false, &[5]);
    simple.extend(b"simpl");
    bytes.extend(block(false, 3, &simple));
    bytes.extend(block(false, 9, b"MESSAGE=a journal entry\n"));
    let read = read(bytes);
    let seen: Vec<_> = read.packets.iter().map(|(number, at, link, bytes, _)| (*number, at.nanos(), *link, bytes.len())).collect();
    assert_eq!(seen, [(1, 7000, 1, 3), (2, 0, NO_LINK, 12), (3, 0, 1, 5), (4, 0, NO_LINK, 24)]);
    assert_eq!(read.damage, [""; 0]);
}

#[test]
fn the_packet_block_of_the_first_drafts() {
    for big_endian in [false, true] {
        let mut bytes = section(big_endian);
        bytes.extend(interface(big_endian, 1, 6));
        bytes.extend(interface(big_endian, 101, 6));
        let both = if big_endian { 1 << 16 | 4 } else { 4 << 16 | 1 };
        let mut old = words(big_endian, &[both, 0, 9, 3, 60]);
        old.extend(b"abc");
        bytes.extend(block(big_endian, 2, &old));
        let read = read(bytes);
        assert_eq!(read.packets, [(1, Timestamp::from_nanos(9000), 101, b"abc".to_vec(), 60)]);
        assert_eq!(read.info.dropped, Some(4));
    }
}

/// An option of eight bytes.
fn count(big_endian: bool, code: u32, count: u64) -> Vec<u8> {
    let mut option = words(big_endian, &[if big_endian { code << 16 | 8 } else { 8 << 16 | code }]);
    option.extend(if big_endian { count.to_be_bytes() } else { count.to_le_bytes() });
    option
}

#[test]
fn lost_packets_are_read_from_the_statistics() {
    for big_endian in [false, true] {
        let mut bytes = section(big_endian);
        bytes.extend(interface(big_endian, 1, 6));
        bytes.extend(enhanced(big_endian, 0, 7, b"abc"));
        assert_eq!(read(bytes.clone()).info.dropped, None, "nothing is said");
        for (received, dropped, by_system) in [(10, 2, 0), (20, 5, 1)] {
            let mut body = words(big_endian, &[0, 0, 0]);
            for (code, number) in [(4, received), (5, dropped), (7, by_system)] {
                body.extend(count(big_endian, code, number));
            }
            body.extend([0; 4]);
            bytes.extend(block(big_endian, 5, &body));
        }
        assert_eq!(read(bytes).info.dropped, Some(6), "the latest statistics count from the beginning");
    }
}

#[test]
fn an_offset_of_the_times_is_signed_and_in_the_order_of_the_section() {
    for big_endian in [false, true] {
        let mut body = words(big_endian, &[if big_endian { 1 << 16 } else { 1 }, 0]);
        body.extend(count(big_endian, 14, (-3600_i64) as u64));
        body.extend([0; 4]);
        let mut bytes = section(big_endian);
        bytes.extend(block(big_endian, 1, &body));
        bytes.extend(enhanced(big_endian, 0, 7_200_000_001, b"abc"));
        assert_eq!(read(bytes).packets[0].1, Timestamp::from_nanos(3_600_000_001_000));
    }
}
