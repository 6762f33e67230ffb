//! Fragments in every order, and what attacks make of them.

use crate::base::limits::Limits;
use crate::base::note::{NoteKind, Notes};
use crate::base::origin::PacketId;
use crate::base::time::Timestamp;
use crate::net::{Class, Decoded, Decoder, What};
use proptest::prelude::*;

const RAW: u16 = 101;
const MORE: bool = true;
const LAST: bool = false;

/// A TCP segment with `payload` bytes that count up.
fn tcp(payload: usize) -> Vec<u8> {
    let header = [0x04, 0x10, 0, 80, 1, 2, 3, 4, 0, 0, 0, 0, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0];
    header.into_iter().chain((0..payload).map(|at| (at / 7) as u8)).collect()
}

/// A fragment of IPv4 with the bytes `data` at `offset`.
fn four(id: u16, protocol: u8, offset: usize, more: bool, data: &[u8]) -> Vec<u8> {
    let [t0, t1] = u16::try_from(20 + data.len()).unwrap().to_be_bytes();
    let [i0, i1] = id.to_be_bytes();
    let [o0, o1] = (u16::try_from(offset / 8).unwrap() | if more { 0x2000 } else { 0 }).to_be_bytes();
    [&[0x45, 0, t0, t1, i0, i1, o0, o1, 64, protocol, 0, 0, 10, 0, 1, 5, 10, 0, 0, 2][..], data].concat()
}

/// A fragment of IPv6.
fn six(id: u32, next: u8, offset: usize, more: bool, data: &[u8]) -> Vec<u8> {
    let address = |last| [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
    let [l0, l1] = u16::try_from(8 + data.len()).unwrap().to_be_bytes();
    let [o0, o1] = (u16::try_from(offset).unwrap() | u16::from(more)).to_be_bytes();
    let [i0, i1, i2, i3] = id.to_be_bytes();
    [&[0x60, 0, 0, 0, l0, l1, 44, 64][..], &address(5), &address(2), &[next, 0, o0, o1, i0, i1, i2, i3], data].concat()
}

/// A decoder, a clock that runs a millisecond with each packet, and what the packets were counted as.
struct Rig {
    decoder: Decoder,
    number: u64,
    millis: i64,
    read: u64,
    tcp: u64,
    icmp: u64,
    other: u64,
    undecodable: u64,
    /// The segments: their payload, and what is missing behind it.
    segments: Vec<(Vec<u8>, u32)>,
}

impl Rig {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let decoder = Decoder::new(&Limits { copies: 16, ..limits });
        Self { decoder, number: 0, millis: 0, read: 0, tcp: 0, icmp: 0, other: 0, undecodable: 0, segments: Vec::new() }
    }

    fn send(&mut self, packet: &[u8]) -> Option<Class> {
        self.send_cut(packet, packet.len())
    }

    /// Sends a packet of which `kept` bytes were captured.
    fn send_cut(&mut self, packet: &[u8], kept: usize) -> Option<Class> {
        self.number += 1;
        self.millis += 1;
        self.read += 1;
        let id = PacketId { capture: 0, number: self.number };
        let at = Timestamp::from_nanos(self.millis * 1_000_000);
        let Decoded { what, packets } = self.decoder.decode(id, at, RAW, &packet[..kept], packet.len() as u32);
        match what.class() {
            Some(Class::Tcp) => self.tcp += packets,
            Some(Class::IcmpAboutTcp) => self.icmp += packets,
            Some(Class::Other) => self.other += packets,
            Some(Class::Undecodable) => self.undecodable += packets,
            None => assert_eq!(packets, 0),
        }
        if let What::Tcp(segment) = what {
            assert_eq!((segment.packet, segment.at), (id, at), "the packet that completed it");
            self.segments.push((segment.payload.to_vec(), segment.cut));
        }
        what.class()
    }

    /// Ends, checks that each packet was counted once, and gives the notes.
    fn finish(&mut self) -> Notes {
        let (incomplete, notes) = self.decoder.finish();
        self.undecodable += incomplete;
        assert_eq!(self.read, self.tcp + self.icmp + self.other + self.undecodable);
        notes
    }
}

/// `data` cut into fragments of `size` bytes.
fn cut(data: &[u8], size: usize) -> Vec<(usize, bool, &[u8])> {
    let last = data.len().div_ceil(size) - 1;
    data.chunks(size).enumerate().map(|(index, chunk)| (index * size, index < last, chunk)).collect()
}

#[test]
fn fragments_in_any_order_become_one_segment() {
    let data = tcp(100);
    for v6 in [false, true] {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut rig = Rig::new();
            let pieces = cut(&data, 40);
            for index in order {
                let (offset, more, chunk) = pieces[index];
                rig.send(&if v6 { six(7, 6, offset, more, chunk) } else { four(7, 6, offset, more, chunk) });
            }
            assert_eq!(rig.segments, [(data[20..].to_vec(), 0)], "{order:?}");
            assert_eq!((rig.tcp, rig.undecodable), (3, 0));
            assert_eq!(rig.finish(), Notes::default());
        }
    }
}

#[test]
fn datagrams_are_told_apart_by_all_that_names_them() {
    let data = tcp(44);
    let mut rig = Rig::new();
    let mut other_sender = four(7, 6, 32, LAST, &data[32..]);
    other_sender[15] = 6;
    rig.send(&four(7, 6, 0, MORE, &data[..32]));
    rig.send(&four(8, 6, 32, LAST, &data[32..]));
    rig.send(&other_sender);
    rig.send(&four(7, 1, 32, LAST, &data[32..]));
    rig.send(&six(7, 6, 32, LAST, &data[32..]));
    assert!(rig.segments.is_empty());
    rig.send(&four(7, 6, 32, LAST, &data[32..]));
    assert_eq!(rig.segments.len(), 1);
    let notes = rig.finish();
    assert_eq!((rig.tcp, rig.undecodable, notes.of(NoteKind::IpFragment)), (2, 4, 4));
}

#[test]
fn a_datagram_that_is_not_complete_is_undecodable_at_the_end() {
    let data = tcp(100);
    let mut rig = Rig::new();
    rig.send(&four(7, 6, 0, MORE, &data[..40]));
    rig.send(&four(7, 6, 80, LAST, &data[80..]));
    rig.send(&four(8, 6, 80, LAST, &data[80..]));
    let notes = rig.finish();
    assert_eq!((rig.undecodable, notes.of(NoteKind::IpFragment)), (3, 3));
    let origins: Vec<_> = notes.iter().flat_map(|(_, _, notes)| notes).map(|note| note.origin.ranges().len()).collect();
    assert_eq!(origins, [1, 1], "packets 1 to 2, and 3");
}

#[test]
fn a_fragment_that_the_capture_cut_leaves_what_is_contiguous() {
    let data = tcp(100);
    let mut rig = Rig::new();
    rig.send(&four(7, 6, 0, MORE, &data[..40]));
    rig.send_cut(&four(7, 6, 40, MORE, &data[40..80]), 20 + 10);
    rig.send(&four(7, 6, 80, LAST, &data[80..]));
    assert_eq!(rig.segments, [(data[20..50].to_vec(), 70)]);
    let mut rig = Rig::new();
    rig.send_cut(&four(7, 6, 80, LAST, &data[80..]), 20);
    rig.send(&four(7, 6, 40, MORE, &data[40..80]));
    rig.send(&four(7, 6, 0, MORE, &data[..40]));
    assert_eq!(rig.segments, [(data[20..80].to_vec(), 40)]);
}

#[test]
fn fragments_that_were_captured_twice_break_nothing() {
    let data = tcp(100);
    for v6 in [false, true] {
        let fragment = |index: usize| {
            let (offset, more, chunk) = cut(&data, 40)[index];
            if v6 { six(7, 6, offset, more, chunk) } else { four(7, 6, offset, more, chunk) }
        };
        for order in [[0, 0, 1, 1, 2, 2], [0, 1, 2, 0, 1, 2], [2, 1, 0, 2, 1, 0], [0, 1, 0, 2, 1, 2]] {
            let mut rig = Rig::new();
            for index in order {
                rig.send(&fragment(index));
            }
            assert_eq!(rig.segments.len(), 1, "{order:?}");
            assert_eq!(rig.tcp, 6);
            let notes = rig.finish();
            assert_eq!((notes.of(NoteKind::CapturedTwice), notes.of(NoteKind::FragmentsOverlap)), (3, 0));
        }
    }
}

#[test]
fn the_same_number_some_time_later_is_another_datagram() {
    let data = tcp(44);
    let mut rig = Rig::new();
    for _ in 0..2 {
        rig.send(&four(7, 6, 0, MORE, &data[..32]));
        rig.send(&four(7, 6, 32, LAST, &data[32..]));
        rig.millis += 51;
    }
    assert_eq!((rig.segments.len(), rig.tcp), (2, 4));
    rig.send(&four(9, 6, 0, MORE, &data[..32]));
    rig.millis += 60_001;
    rig.send(&four(9, 6, 32, LAST, &data[32..]));
    assert_eq!(rig.segments.len(), 2, "a minute is too long");
    let notes = rig.finish();
    assert_eq!((rig.undecodable, notes.of(NoteKind::IpFragment)), (2, 2));
}

#[test]
fn of_overlapping_fragments_of_version_4_the_first_counts() {
    let data = tcp(44);
    let forged = [0xee; 32];
    let mut rig = Rig::new();
    rig.send(&four(7, 6, 24, MORE, &data[24..40]));
    rig.send(&four(7, 6, 32, LAST, &[&data[32..40], &data[40..]].concat()));
    assert_eq!(rig.decoder.defrag.notes, Notes::default(), "the same bytes");
    rig.send(&four(7, 6, 16, MORE, &forged[..16]));
    rig.send(&four(7, 6, 0, MORE, &data[..16]));
    let (payload, missing) = rig.segments.pop().unwrap();
    assert_eq!((payload.len(), missing), (44, 0));
    assert_eq!(payload[..4], [0xee; 4], "free until then");
    assert_eq!(payload[4..], data[24..]);
    assert_eq!(rig.finish().of(NoteKind::FragmentsOverlap), 1);
}

#[test]
fn overlapping_fragments_of_version_6_end_the_datagram() {
    let data = tcp(44);
    let mut rig = Rig::new();
    assert_eq!(rig.send(&six(7, 6, 0, MORE, &data[..32])), None);
    assert_eq!(rig.send(&six(7, 6, 24, MORE, &data[24..40])), Some(Class::Undecodable), "also where the bytes are the same");
    assert_eq!(rig.undecodable, 2);
    assert_eq!(rig.send(&six(7, 6, 32, LAST, &data[32..])), Some(Class::Undecodable), "and what is still to come");
    let notes = rig.finish();
    assert_eq!((rig.undecodable, rig.segments.len()), (3, 0));
    assert_eq!((notes.of(NoteKind::FragmentsOverlap), notes.of(NoteKind::IpFragment)), (1, 3));
}

#[test]
fn an_end_inside_of_the_datagram_or_two_ends_are_not_believed() {
    let data = tcp(1000);
    let mut rig = Rig::new();
    rig.send(&four(7, 6, 0, MORE, &data[..1000]));
    assert_eq!(rig.send(&four(7, 6, 32, LAST, &data[32..40])), None, "an end before bytes that were seen");
    rig.send(&four(7, 6, 1000, LAST, &data[1000..]));
    assert_eq!(rig.segments, [(data[20..].to_vec(), 0)]);
    let mut two = Rig::new();
    two.send(&four(7, 6, 40, LAST, &data[40..64]));
    two.send(&four(7, 6, 48, LAST, &data[48..100]));
    two.send(&four(7, 6, 0, MORE, &data[..40]));
    assert_eq!(two.segments, [(data[20..64].to_vec(), 0)], "the first end counts");
    for rig in [&mut rig, &mut two] {
        assert_eq!(rig.finish().of(NoteKind::FragmentsOverlap), 1);
    }
}

#[test]
fn no_datagram_is_larger_than_65535_bytes() {
    let mut rig = Rig::new();
    let data = tcp(65_535 - 20 - 20);
    for (offset, more, chunk) in cut(&data, 1480) {
        rig.send(&four(7, 6, offset, more, chunk));
    }
    assert_eq!(rig.segments, [(data[20..].to_vec(), 0)]);
    assert_eq!(rig.send(&four(8, 6, 65_512, LAST, &[0; 4])), Some(Class::Undecodable), "with its header it would be larger");
    assert_eq!(rig.send(&six(8, 6, 65_528, LAST, &[0; 8])), Some(Class::Undecodable));
    assert_eq!(rig.finish().of(NoteKind::PacketUndecodable), 2);
}

#[test]
fn only_the_last_fragment_may_end_anywhere() {
    let data = tcp(44);
    let mut rig = Rig::new();
    rig.send(&four(7, 6, 0, MORE, &[&data[..32], b"xyz"].concat()));
    rig.send(&four(7, 6, 32, LAST, &data[32..]));
    assert_eq!(rig.segments, [(data[20..].to_vec(), 0)]);
    assert_eq!(rig.send(&six(7, 6, 0, MORE, &data[..35])), Some(Class::Undecodable), "RFC 8200 has it dropped");
    assert_eq!(rig.finish().of(NoteKind::PacketUndecodable), 1);
}

#[test]
fn what_the_first_fragment_shows_to_be_something_else_waits_for_nothing() {
    let mut rig = Rig::new();
    let udp = [&[0, 53, 4, 0, 0, 100, 0, 0][..], &[0; 92]].concat();
    assert_eq!(rig.send(&four(7, 17, 48, LAST, &udp[48..])), None, "unknown yet");
    assert_eq!(rig.send(&four(7, 17, 0, MORE, &udp[..24])), Some(Class::Other));
    assert_eq!(rig.other, 2, "also what waited");
    assert_eq!(rig.send(&four(7, 17, 24, MORE, &udp[24..48])), Some(Class::Other));
    assert_eq!(rig.send(&four(8, 1, 0, MORE, &[8, 0, 0, 0, 0, 0, 0, 0])), Some(Class::Other), "an echo");
    assert_eq!(rig.send(&four(9, 132, 0, MORE, &[0; 8])), Some(Class::Other), "another protocol at once");
    assert_eq!(rig.finish(), Notes::default());
}

#[test]
fn icmp_errors_and_tunnels_come_in_fragments_too() {
    let data = tcp(44);
    let quoted = four(3, 6, 0, LAST, &data);
    let error = [&[3, 1, 0, 0, 0, 0, 0, 0][..], &quoted].concat();
    let mut rig = Rig::new();
    rig.send(&four(7, 1, 0, MORE, &error[..40]));
    rig.send(&four(7, 1, 40, LAST, &error[40..]));
    assert_eq!(rig.icmp, 2);
    let tunnel = [&[0, 0, 8, 0][..], &quoted].concat();
    rig.send(&four(8, 47, 48, LAST, &tunnel[48..]));
    rig.send(&four(8, 47, 0, MORE, &tunnel[..48]));
    assert_eq!((rig.tcp, rig.segments.len()), (2, 1));
    // Fragments inside of a tunnel whose own packets are fragmented.
    let (first, second) = (four(9, 6, 0, MORE, &data[..32]), four(9, 6, 32, LAST, &data[32..]));
    rig.send(&four(10, 4, 0, MORE, &first[..24]));
    assert_eq!(rig.send(&four(10, 4, 24, LAST, &first[24..])), None);
    rig.send(&four(11, 4, 0, MORE, &second[..24]));
    assert_eq!(rig.send(&four(11, 4, 24, LAST, &second[24..])), Some(Class::Tcp));
    assert_eq!((rig.tcp, rig.segments.len()), (6, 2), "four packets carried it");
    assert_eq!(rig.finish(), Notes::default());
}

#[test]
fn extension_headers_behind_the_fragment_header_belong_to_the_whole() {
    let options = [&[6, 1, 1, 12][..], &[0; 12]].concat();
    let data = [&options[..], &tcp(20)].concat();
    let mut rig = Rig::new();
    rig.send(&six(7, 60, 8, LAST, &data[8..]));
    rig.send(&six(7, 60, 0, MORE, &data[..8]));
    assert_eq!(rig.segments, [(tcp(20)[20..].to_vec(), 0)]);
    let mut alone = Rig::new();
    alone.send(&six(7, 6, 0, LAST, &tcp(20)));
    assert_eq!(alone.segments, [(tcp(20)[20..].to_vec(), 0)], "a packet in one fragment is whole");
    assert_eq!((rig.finish(), alone.finish()), (Notes::default(), Notes::default()));
}

#[test]
fn too_many_datagrams_give_up_the_oldest() {
    let data = tcp(44);
    let mut rig = Rig::with(Limits { datagrams: 3, ..Limits::default() });
    for id in 1..=5 {
        rig.send(&four(id, 6, 0, MORE, &data[..32]));
    }
    for id in (1..=5).rev() {
        rig.send(&four(id, 6, 32, LAST, &data[32..]));
    }
    assert_eq!(rig.segments.len(), 3, "the latest ones");
    let notes = rig.finish();
    assert_eq!((rig.tcp, rig.undecodable, notes.of(NoteKind::FragmentCeiling), notes.of(NoteKind::IpFragment)), (6, 4, 2, 4));
}

#[test]
fn too_many_bytes_give_up_the_oldest() {
    let mut rig = Rig::with(Limits { fragment_bytes: 20_000, ..Limits::default() });
    for id in 1..=20 {
        rig.send(&four(id, 6, 0, MORE, &[0; 8000]));
        assert!(rig.decoder.defrag.bytes <= 20_000);
    }
    let notes = rig.finish();
    assert_eq!((rig.undecodable, notes.of(NoteKind::FragmentCeiling)), (20, 18));
    assert_eq!(rig.decoder.defrag.bytes, 0, "the account is even");
}

#[test]
fn a_datagram_in_too_many_pieces_is_given_up() {
    let mut rig = Rig::with(Limits { fragments: 10, ..Limits::default() });
    for index in 0..11 {
        rig.send(&four(7, 6, index * 16, MORE, &[0; 8]));
    }
    assert_eq!(rig.finish().of(NoteKind::FragmentCeiling), 1);
    assert_eq!(rig.undecodable, 11);
}

#[test]
fn memory_is_that_of_what_was_captured() {
    let mut rig = Rig::new();
    for id in 0..1000 {
        rig.send(&four(id, 6, 65_000, LAST, &[0; 8]));
    }
    assert!(rig.decoder.defrag.bytes < 2_000_000, "{} bytes for 1000 fragments far behind", rig.decoder.defrag.bytes);
}

#[test]
fn a_flood_of_tiny_and_overlapping_fragments_takes_no_quadratic_time() {
    let mut rig = Rig::new();
    // Every other unit of eight bytes first: as many pieces as there may be; then fragments over all of them, of which little was captured.
    for index in 0..1366 {
        rig.send(&four(7, 6, index * 16, MORE, &[0; 8]));
    }
    let wide = four(7, 6, 0, MORE, &vec![1; 60_000]);
    for _ in 0..20_000 {
        rig.send_cut(&wide, 40);
    }
    for id in 0..100_000_u32 {
        rig.send(&four(id as u16, 6, 8 * (id as usize % 8000), MORE, &[id as u8; 8]));
    }
    rig.finish();
    assert!(rig.undecodable > 100_000);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// However a datagram is cut, ordered, repeated: it comes out once, as it was.
    #[test]
    fn any_cut_in_any_order_gives_the_same_bytes(
        payload in 0_usize..3000,
        sizes in proptest::collection::vec(1_usize..40, 1..40),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 0..60),
    ) {
        let data = tcp(payload);
        let mut fragments = Vec::new();
        let mut at = 0;
        for size in sizes {
            let end = data.len().min(at + size * 8);
            if end < data.len() && end > at {
                fragments.push(four(7, 6, at, MORE, &data[at..end]));
                at = end;
            }
        }
        fragments.push(four(7, 6, at, LAST, &data[at..]));
        if fragments.len() > 1 {
            let mut rig = Rig::new();
            let mixed: Vec<_> = order.iter().map(|index| index.index(fragments.len())).chain(0..fragments.len()).collect();
            for index in &mixed {
                // All at one time.
                rig.millis = 0;
                rig.send(&fragments[*index]);
            }
            prop_assert_eq!(&rig.segments, &[(data[20..].to_vec(), 0)]);
            let notes = rig.finish();
            prop_assert_eq!(rig.tcp as usize, mixed.len());
            prop_assert_eq!(notes.of(NoteKind::FragmentsOverlap), 0);
        }
    }

    /// Whatever the fragments are: every packet is counted once, and the account of memory is even.
    #[test]
    fn anything_adds_up(
        fragments in proptest::collection::vec(
            ((0_u16..3, any::<bool>(), 0_u8..3), 0_usize..30, any::<bool>(), 0_usize..60, any::<u8>(), 0_usize..100),
            1..80,
        ),
    ) {
        let mut rig = Rig::with(Limits { datagrams: 2, fragment_bytes: 5000, fragments: 6, ..Limits::default() });
        for ((id, v6, protocol), offset, more, len, fill, kept) in fragments {
            let protocol = [6, 17, 4][usize::from(protocol)];
            let data = vec![fill; len];
            let packet = if v6 { six(u32::from(id), protocol, offset * 8, more, &data) } else { four(id, protocol, offset * 8, more, &data) };
            let headers = packet.len() - len;
            rig.send_cut(&packet, packet.len().min(headers + kept));
        }
        let notes = rig.finish();
        prop_assert_eq!(rig.decoder.defrag.bytes, 0);
        prop_assert_eq!(notes.of(NoteKind::IpFragment) + notes.of(NoteKind::PacketUndecodable) <= rig.undecodable, true);
    }
}
