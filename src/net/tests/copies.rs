//! Packets that were captured twice, and those that only look like it.

use super::*;

/// A decoder and a clock.
struct Twice(Decoder, u64);

impl Twice {
    fn new() -> Self {
        Self(Decoder::new(&Limits { copies: 64, ..Limits::default() }), 0)
    }

    /// Whether the segment in `ip`, seen at this time, is a copy.
    fn copy(&mut self, ip: &[u8], millis: i64) -> bool {
        self.1 += 1;
        let id = PacketId { capture: 0, number: self.1 };
        let at = Timestamp::from_nanos(millis * 1_000_000);
        segment_in(self.0.decode(id, at, 101, ip, ip.len() as u32).what).copy
    }
}

/// A segment with these flags in the IPv4 packet with this number.
fn numbered(id: u16, flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut segment = tcp(&[], payload);
    segment[13] = flags;
    let mut ip = ipv4(TCP, &segment);
    ip[4..6].copy_from_slice(&id.to_be_bytes());
    ip
}

#[test]
fn the_same_packet_within_moments_is_a_copy_in_either_order_of_time() {
    let packet = numbered(7, 0x10, b"");
    let mut seen = Twice::new();
    assert!(!seen.copy(&packet, 100));
    assert!(seen.copy(&packet, 150));
    assert!(seen.copy(&packet, 50));
    let mut hop = packet.clone();
    hop[8] -= 1;
    assert!(seen.copy(&hop, 101), "seen behind a router");
    assert!(!seen.copy(&packet, 151), "too late");
    let (_, notes) = seen.0.finish();
    assert_eq!(notes.of(NoteKind::CapturedTwice), 3);
    let ranges: Vec<_> = notes.iter().flat_map(|(_, _, notes)| notes).map(|note| note.origin.ranges().to_vec()).collect();
    let packets: Vec<Vec<_>> = ranges.iter().map(|ranges| ranges.iter().map(|range| (range.first, range.last)).collect()).collect();
    assert_eq!(packets, [vec![(1, 2)], vec![(1, 1), (3, 3)], vec![(1, 1), (4, 4)]], "both packets");
}

#[test]
fn whatever_does_not_change_on_the_way_tells_packets_apart() {
    let packet = numbered(7, 0x10, b"hi");
    let mut others: Vec<Vec<u8>> = [4, 12, 16, 20, 22, 24, 28, 32, 33, 34, 36]
        .into_iter()
        .map(|at| {
            let mut other = packet.clone();
            other[at] ^= 0x01;
            // A header of another length would begin elsewhere.
            if at == 32 {
                other[at] = 0x50 ^ 0x02;
            }
            other
        })
        .collect();
    others.push(numbered(7, 0x10, b"hi!"));
    for other in others {
        let mut seen = Twice::new();
        assert!(!seen.copy(&packet, 1));
        assert!(!seen.copy(&other, 1), "{other:?}");
    }
    let mut seen = Twice::new();
    let tagged = |tag| [&[2; 12][..], &[0x81, 0, 0, tag, 8, 0], &packet].concat();
    let mut copy =
        |frame: &[u8]| segment_in(seen.0.decode(PacketId { capture: 0, number: 1 }, Timestamp::default(), 1, frame, 0).what).copy;
    assert!(!copy(&tagged(1)));
    assert!(!copy(&tagged(2)), "another network");
    assert!(copy(&tagged(2)));
}

#[test]
fn without_a_number_acknowledgments_may_look_alike() {
    // Linux answers each copy of a SYN with the same SYN-ACK, and each segment to a closed port with the same RST, all with the number 0.
    let answers = [(0x10, &b""[..], false), (0x12, b"", false), (0x14, b"", false)];
    for (flags, payload, copy) in answers.into_iter().chain([(0x18, &b"hi"[..], true), (0x02, b"", true), (0x11, b"", true)]) {
        let mut segment = tcp(&[], payload);
        segment[13] = flags;
        for packet in [numbered(0, flags, payload), ipv6(TCP, &segment)] {
            let mut seen = Twice::new();
            assert!(!seen.copy(&packet, 1));
            assert_eq!(seen.copy(&packet, 1), copy, "{flags:x}");
        }
    }
}

#[test]
fn a_cut_copy_is_one_too_and_errors_are_compared_as_well() {
    let packet = numbered(7, 0x18, b"0123456789");
    let mut seen = Twice::new();
    assert!(!seen.copy(&packet, 1));
    let cut = seen.0.decode(PacketId { capture: 0, number: 2 }, Timestamp::default(), 101, &packet[..45], packet.len() as u32);
    assert!(segment_in(cut.what).copy);
    let error = icmp_v4(3, 1, &packet[..28]);
    for number in 3..5 {
        let id = PacketId { capture: 0, number };
        let decoded = seen.0.decode(id, Timestamp::default(), ETHERNET, &error, error.len() as u32);
        assert!(matches!(decoded.what, What::IcmpAboutTcp(_)));
    }
    assert_eq!(seen.0.finish().1.of(NoteKind::CapturedTwice), 2);
}
