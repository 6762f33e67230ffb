//! Tests from a packet's bytes to a segment or an ICMP error, with packets made by hand.

use super::*;
use crate::base::fate::UnreachableReason;
use proptest::prelude::*;

mod copies;
mod extensions;
mod tunnels;
mod ways;

const ETHERNET: u16 = 1;
const CLIENT: [u8; 4] = [10, 0, 1, 5];
const SERVER: [u8; 4] = [10, 0, 0, 2];
const ROUTER: [u8; 4] = [10, 0, 0, 1];
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMP: u8 = 1;
const ICMP_V6: u8 = 58;

fn v6(last: u8) -> [u8; 16] {
    [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]
}

/// A TCP segment from port 1040 to port 80 with sequence number 0x01020304, which acknowledges 0x0a0b0c0d.
fn tcp(options: &[u8], payload: &[u8]) -> Vec<u8> {
    let offset = u8::try_from((20 + options.len()) / 4).unwrap() << 4;
    let fixed = [0x04, 0x10, 0x00, 0x50, 1, 2, 3, 4, 0x0a, 0x0b, 0x0c, 0x0d, offset, 0x18, 0xff, 0xff, 0, 0, 0, 0];
    [&fixed, options, payload].concat()
}

/// An IPv4 packet whose header says that `total` bytes belong to it.
fn ipv4_of(total: usize, fragment: u16, source: [u8; 4], protocol: u8, options: &[u8], payload: &[u8]) -> Vec<u8> {
    let first = 0x40 | u8::try_from((20 + options.len()) / 4).unwrap();
    let [t0, t1] = u16::try_from(total).unwrap().to_be_bytes();
    let [f0, f1] = fragment.to_be_bytes();
    let destination = if source == CLIENT { SERVER } else { CLIENT };
    let fixed = [first, 0, t0, t1, 0, 9, f0, f1, 64, protocol, 0, 0];
    [&fixed, &source[..], &destination[..], options, payload].concat()
}

fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv4_of(20 + payload.len(), 0x4000, CLIENT, protocol, &[], payload)
}

fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let [l0, l1] = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[0x60, 0, 0, 0, l0, l1, next, 64], &v6(5)[..], &v6(2)[..], payload].concat()
}

fn ethernet(ip: &[u8]) -> Vec<u8> {
    let kind = if ip[0] >> 4 == 4 { [0x08, 0x00] } else { [0x86, 0xdd] };
    [&[2; 12], &kind[..], ip].concat()
}

/// A decoder for one packet: what it decodes may be kept.
fn decoder() -> &'static mut Decoder {
    Box::leak(Box::new(Decoder::new(&Limits { copies: 1, ..Limits::default() })))
}

/// Decodes the first `kept` bytes of a frame that had `frame`'s length on the wire.
fn decode_cut(frame: &[u8], kept: usize) -> What<'_> {
    decode_link(ETHERNET, &frame[..kept], frame.len())
}

fn decode_link(link_type: u16, bytes: &[u8], original_len: usize) -> What<'_> {
    decoder().decode(PacketId { capture: 0, number: 7 }, Timestamp::from_nanos(5), link_type, bytes, original_len as u32).what
}

fn decode_all(frame: &[u8]) -> What<'_> {
    decode_cut(frame, frame.len())
}

fn segment_in(decoded: What<'_>) -> Segment<'_> {
    match decoded {
        What::Tcp(segment) => segment,
        other => panic!("no segment: {other:?}"),
    }
}

fn error_in(decoded: What<'_>) -> IcmpError {
    match decoded {
        What::IcmpAboutTcp(error) => error,
        other => panic!("no error about TCP: {other:?}"),
    }
}

/// Payload and what is missing behind it.
fn carried(decoded: What<'_>) -> (&[u8], u32) {
    let segment = segment_in(decoded);
    (segment.payload, segment.cut)
}

const UNDECODABLE: What<'static> = What::Undecodable(NoteKind::PacketUndecodable);

#[test]
fn reads_a_whole_segment() {
    let frame = ethernet(&ipv4(TCP, &tcp(&[], b"NOTIFY")));
    let expected = Segment {
        packet: PacketId { capture: 0, number: 7 },
        at: Timestamp::from_nanos(5),
        source: Endpoint::new(CLIENT.into(), 1040),
        destination: Endpoint::new(SERVER.into(), 80),
        vlan: 0,
        seq: 0x0102_0304,
        ack: Some(0x0a0b_0c0d),
        syn: false,
        fin: false,
        rst: false,
        copy: false,
        payload: b"NOTIFY",
        cut: 0,
    };
    assert_eq!(decode_all(&frame), What::Tcp(expected));
}

#[test]
fn each_flag_is_read_for_itself() {
    let flags = |flags: u8| {
        let mut bytes = tcp(&[], b"");
        bytes[13] = flags;
        let frame = ethernet(&ipv4(TCP, &bytes));
        let segment = segment_in(decode_all(&frame));
        (segment.fin, segment.syn, segment.rst, segment.ack.is_some())
    };
    assert_eq!(flags(0x00), (false, false, false, false));
    assert_eq!(flags(0x01), (true, false, false, false));
    assert_eq!(flags(0x02), (false, true, false, false));
    assert_eq!(flags(0x04), (false, false, true, false));
    assert_eq!(flags(0x10), (false, false, false, true));
    assert_eq!(flags(0xe8), (false, false, false, false), "PSH, URG, ECE and CWR are nothing to us");
}

#[test]
fn options_of_ip_and_tcp_are_no_payload() {
    let ip = ipv4_of(20 + 12 + 32 + 2, 0, CLIENT, TCP, &[1; 12], &tcp(&[1; 12], b"hi"));
    assert_eq!(carried(decode_all(&ethernet(&ip))), (&b"hi"[..], 0));
}

#[test]
fn ipv6_extension_headers_are_stepped_over() {
    let hop_by_hop = [TCP, 0, 1, 4, 0, 0, 0, 0];
    let ip = ipv6(0, &[&hop_by_hop[..], &tcp(&[], b"hi")].concat());
    let frame = ethernet(&ip);
    let segment = segment_in(decode_all(&frame));
    assert_eq!((segment.payload, segment.cut), (&b"hi"[..], 0));
    assert_eq!(segment.source.to_string(), "[2001:db8::5]:1040");
    assert_eq!(segment.destination.to_string(), "[2001:db8::2]:80");
    let two = ipv6(0, &[&[60, 0, 1, 4, 0, 0, 0, 0][..], &hop_by_hop, &tcp(&[], b"hi")].concat());
    assert_eq!(carried(decode_all(&ethernet(&two))), (&b"hi"[..], 0));
}

#[test]
fn the_padding_of_a_short_frame_is_no_payload() {
    for ip in [ipv4(TCP, &tcp(&[], b"")), ipv4(TCP, &tcp(&[], b"x"))] {
        let mut frame = ethernet(&ip);
        let payload = ip.len() - 40;
        frame.resize(60, 0);
        assert_eq!(carried(decode_all(&frame)), (&b"x"[..payload], 0));
    }
    let mut six = ethernet(&ipv6(TCP, &tcp(&[], b"x")));
    six.extend([0; 9]);
    assert_eq!(carried(decode_all(&six)), (&b"x"[..], 0));
}

#[test]
fn a_frame_check_sequence_at_the_end_is_no_payload_of_a_cut_packet_either() {
    let mut frame = ethernet(&ipv4(TCP, &tcp(&[], b"0123456789")));
    let kept = frame.len() - 6;
    frame.extend([0xaa; 4]);
    assert_eq!(carried(decode_cut(&frame, kept)), (&b"0123"[..], 6));
}

#[test]
fn a_snapshot_cut_leaves_what_was_kept_and_counts_the_rest() {
    for ip in [ipv4(TCP, &tcp(&[], b"0123456789")), ipv6(TCP, &tcp(&[], b"0123456789"))] {
        let frame = ethernet(&ip);
        let headers = frame.len() - 10;
        for kept in 0..=10 {
            assert_eq!(carried(decode_cut(&frame, headers + kept)), (&b"0123456789"[..kept], 10 - kept as u32));
        }
    }
}

#[test]
fn where_the_cut_is_inside_tcps_options_the_payload_is_known_to_be_missing() {
    let frame = ethernet(&ipv4(TCP, &tcp(&[1; 12], b"0123456789")));
    for kept in 0..=12 {
        let decoded = decode_cut(&frame, 14 + 20 + 20 + kept);
        let segment = segment_in(decoded);
        assert_eq!((segment.payload, segment.cut, segment.seq), (&b""[..], 10, 0x0102_0304), "{kept} bytes of options");
    }
}

#[test]
fn a_segment_without_a_payload_lacks_nothing_where_only_its_options_are_cut() {
    let frame = ethernet(&ipv4(TCP, &tcp(&[1; 20], b"")));
    assert_eq!(carried(decode_cut(&frame, 14 + 20 + 20)), (&b""[..], 0));
}

#[test]
fn where_the_cut_is_inside_the_fixed_headers_there_is_no_segment() {
    for ip in [ipv4(TCP, &tcp(&[], b"hi")), ipv6(TCP, &tcp(&[], b"hi"))] {
        let frame = ethernet(&ip);
        for kept in 0..frame.len() - 2 {
            assert_eq!(decode_cut(&frame, kept), UNDECODABLE, "{kept} bytes");
        }
    }
}

#[test]
fn a_total_length_of_zero_stands_for_the_packets_own() {
    let offloaded = ethernet(&ipv4_of(0, 0x4000, CLIENT, TCP, &[], &tcp(&[], b"0123456789")));
    assert_eq!(carried(decode_all(&offloaded)), (&b"0123456789"[..], 0));
    assert_eq!(carried(decode_cut(&offloaded, offloaded.len() - 4)), (&b"012345"[..], 4), "cut, too");
    let mut jumbo = ethernet(&ipv6(TCP, &tcp(&[], b"0123456789")));
    jumbo[18] = 0;
    jumbo[19] = 0;
    assert_eq!(carried(decode_all(&jumbo)), (&b"0123456789"[..], 0));
    assert_eq!(carried(decode_cut(&jumbo, jumbo.len() - 4)), (&b"012345"[..], 4));
}

#[test]
fn a_data_offset_below_its_minimum_or_behind_the_packet_is_damage() {
    let with_offset = |words: u8| {
        let mut bytes = tcp(&[], b"0123");
        bytes[12] = words << 4;
        ethernet(&ipv4(TCP, &bytes))
    };
    for words in 0..5 {
        assert_eq!(decode_all(&with_offset(words)), UNDECODABLE, "{words}");
    }
    assert_eq!(carried(decode_all(&with_offset(6))), (&b""[..], 0));
    assert_eq!(decode_all(&with_offset(7)), UNDECODABLE, "the options end behind the packet");
}

#[test]
fn fragments_of_tcp_are_named_as_such() {
    const MORE: u16 = 0x2000;
    let bytes = tcp(&[], b"hi");
    for fragment in [MORE, MORE | 3, 3] {
        let frame = ethernet(&ipv4_of(20 + bytes.len(), fragment, CLIENT, TCP, &[], &bytes));
        assert_eq!(alone(&frame), (What::Fragment, 1, 1), "{fragment:#x}");
    }
    let whole = ethernet(&ipv4_of(20 + bytes.len(), 0x4000, CLIENT, TCP, &[], &bytes));
    assert_eq!(carried(decode_all(&whole)), (&b"hi"[..], 0), "don't fragment");
    let later = ethernet(&ipv6(44, &[&[TCP, 0, 0, 0x10, 0, 0, 0, 1][..], &bytes].concat()));
    assert_eq!(alone(&later), (What::Fragment, 1, 1));
}

/// What a frame is, and how many packets, and notes, tell of an incomplete datagram if nothing else follows.
fn alone(frame: &[u8]) -> (What<'_>, u64, u64) {
    let mut decoder = Decoder::new(&Limits { copies: 1, ..Limits::default() });
    let packet = PacketId { capture: 0, number: 7 };
    let Decoded { what: What::Fragment, packets: 0 } = decoder.decode(packet, Timestamp::default(), ETHERNET, frame, frame.len() as u32)
    else {
        panic!("no fragment");
    };
    let (incomplete, notes) = decoder.finish();
    (What::Fragment, incomplete, notes.of(NoteKind::IpFragment))
}

#[test]
fn other_protocols_are_other() {
    assert_eq!(decode_all(&ethernet(&ipv4(UDP, &[0; 20]))), What::Other);
    assert_eq!(decode_all(&ethernet(&ipv4_of(28, 0x2000, CLIENT, UDP, &[], &[0; 8]))), What::Other, "a fragment of UDP");
    assert_eq!(decode_all(&ethernet(&ipv6(UDP, &[0; 20]))), What::Other);
    let arp = [&[2; 12][..], &[0x08, 0x06], &[0; 28]].concat();
    assert_eq!(decode_all(&arp), What::Other);
    let listener_report = ipv6(0, &[&[ICMP_V6, 0, 5, 2, 0, 0, 1, 0][..], &[143, 0, 0, 0, 0, 0, 0, 0]].concat());
    assert_eq!(decode_all(&ethernet(&listener_report)), What::Other);
}

#[test]
fn a_link_type_that_is_not_decoded_is_named() {
    let frame = ethernet(&ipv4(TCP, &tcp(&[], b"")));
    let decoded = decode_link(147, &frame, frame.len());
    assert_eq!(decoded, What::Undecodable(NoteKind::LinkTypeUnsupported));
}

/// An ICMP error of a router that quotes the beginning of `quoted`.
fn icmp_v4(kind: u8, code: u8, quoted: &[u8]) -> Vec<u8> {
    let message = [&[kind, code, 0, 0, 0, 0, 0, 0], quoted].concat();
    ethernet(&ipv4_of(20 + message.len(), 0, ROUTER, ICMP, &[], &message))
}

fn icmp_v6(kind: u8, code: u8, quoted: &[u8]) -> Vec<u8> {
    ethernet(&ipv6(ICMP_V6, &[&[kind, code, 0, 0, 0, 0, 0, 0], quoted].concat()))
}

#[test]
fn an_unreachable_names_the_quoted_segment_and_not_its_own_addresses() {
    let quoted = ipv4(TCP, &tcp(&[], b"NOTIFY"));
    let frame = icmp_v4(3, 1, &quoted[..28]);
    let expected = IcmpError {
        packet: PacketId { capture: 0, number: 7 },
        at: Timestamp::from_nanos(5),
        from: ROUTER.into(),
        source: Endpoint::new(CLIENT.into(), 1040),
        destination: Endpoint::new(SERVER.into(), 80),
        vlan: 0,
        seq: 0x0102_0304,
        unreachable: Some((UnreachableReason::Host, 1)),
    };
    assert_eq!(decode_all(&frame), What::IcmpAboutTcp(expected), "eight bytes of TCP are all that a router must quote");
    let long = icmp_v4(3, 1, &quoted);
    assert_eq!(decode_all(&long), What::IcmpAboutTcp(expected));
}

#[test]
fn an_unreachable_of_ipv6_is_read_the_same_way() {
    let quoted = ipv6(TCP, &tcp(&[], b"NOTIFY"));
    let frame = icmp_v6(1, 4, &quoted);
    let error = error_in(decode_all(&frame));
    assert_eq!((error.source.to_string(), error.destination.to_string()), ("[2001:db8::5]:1040".into(), "[2001:db8::2]:80".into()));
    assert_eq!((error.seq, error.unreachable), (0x0102_0304, Some((UnreachableReason::Port, 4))));
}

#[test]
fn a_quoted_header_may_have_options_and_extensions() {
    let v4 = ipv4_of(60, 0, CLIENT, TCP, &[1; 12], &tcp(&[], b""));
    let frame = icmp_v4(3, 3, &v4[..40]);
    assert_eq!(error_in(decode_all(&frame)).source.port, 1040);
    let v6 = ipv6(0, &[&[TCP, 0, 1, 4, 0, 0, 0, 0][..], &tcp(&[], b"")].concat());
    let frame = icmp_v6(1, 0, &v6);
    assert_eq!(error_in(decode_all(&frame)).source.port, 1040);
}

#[test]
fn the_codes_of_icmp_become_reasons() {
    use UnreachableReason as Reason;
    let quoted = ipv4(TCP, &tcp(&[], b""));
    for (code, reason) in [
        (0, Reason::Network),
        (1, Reason::Host),
        (2, Reason::Protocol),
        (3, Reason::Port),
        (5, Reason::Host),
        (6, Reason::Network),
        (7, Reason::Host),
        (9, Reason::Prohibited),
        (10, Reason::Prohibited),
        (11, Reason::Network),
        (12, Reason::Host),
        (13, Reason::Prohibited),
        (200, Reason::Other),
    ] {
        let frame = icmp_v4(3, code, &quoted);
        assert_eq!(error_in(decode_all(&frame)).unreachable, Some((reason, code)), "code {code}");
    }
    let quoted = ipv6(TCP, &tcp(&[], b""));
    for (code, reason) in
        [(0, Reason::Network), (1, Reason::Prohibited), (3, Reason::Host), (4, Reason::Port), (5, Reason::Prohibited), (99, Reason::Other)]
    {
        let frame = icmp_v6(1, code, &quoted);
        assert_eq!(error_in(decode_all(&frame)).unreachable, Some((reason, code)), "code {code} of version 6");
    }
}

#[test]
fn errors_that_say_nothing_about_the_destination_are_still_about_tcp() {
    let quoted = ipv4(TCP, &tcp(&[], b""));
    for (kind, code) in [(3, 4), (11, 0), (5, 1), (12, 0), (4, 0)] {
        let frame = icmp_v4(kind, code, &quoted);
        assert_eq!(error_in(decode_all(&frame)).unreachable, None, "type {kind}, code {code}");
    }
    let quoted = ipv6(TCP, &tcp(&[], b""));
    for kind in [2, 3, 4] {
        let frame = icmp_v6(kind, 0, &quoted);
        assert_eq!(error_in(decode_all(&frame)).unreachable, None, "type {kind} of version 6");
    }
}

#[test]
fn icmp_about_anything_else_is_other() {
    assert_eq!(decode_all(&icmp_v4(3, 3, &ipv4(UDP, &[0; 8]))), What::Other, "an unreachable about UDP");
    assert_eq!(decode_all(&icmp_v6(1, 4, &ipv6(UDP, &[0; 8]))), What::Other);
    assert_eq!(decode_all(&icmp_v4(8, 0, &ipv4(TCP, &tcp(&[], b"")))), What::Other, "an echo that happens to look like a quote");
    assert_eq!(decode_all(&icmp_v4(0, 0, b"ping")), What::Other);
    assert_eq!(decode_all(&icmp_v6(128, 0, &ipv6(TCP, &tcp(&[], b"")))), What::Other);
    assert_eq!(decode_all(&icmp_v6(135, 0, &[0; 24])), What::Other, "a neighbour solicitation");
}

#[test]
fn a_quote_that_ends_before_the_sequence_number_is_not_believed() {
    let quoted = ipv4(TCP, &tcp(&[], b"NOTIFY"));
    for kept in 0..28 {
        assert_eq!(decode_all(&icmp_v4(3, 1, &quoted[..kept])), What::Other, "{kept} bytes");
    }
    let quoted = ipv6(TCP, &tcp(&[], b"NOTIFY"));
    for kept in 0..48 {
        assert_eq!(decode_all(&icmp_v6(1, 0, &quoted[..kept])), What::Other, "{kept} bytes of version 6");
    }
}

#[test]
fn an_error_that_the_snapshot_cut_behind_the_sequence_number_is_enough() {
    let frame = icmp_v4(3, 1, &ipv4(TCP, &tcp(&[], b"NOTIFY")));
    assert_eq!(error_in(decode_cut(&frame, 14 + 20 + 8 + 28)).seq, 0x0102_0304);
    assert_eq!(decode_cut(&frame, 14 + 20 + 8 + 27), What::Other);
}

#[test]
fn a_quoted_later_fragment_holds_no_ports() {
    let later = ipv4_of(60, 0x0007, CLIENT, TCP, &[], &[0x41; 40]);
    assert_eq!(decode_all(&icmp_v4(11, 1, &later)), What::Other);
    let first = ipv4_of(60, 0x2000, CLIENT, TCP, &[], &tcp(&[], b"NOTIFY"));
    let frame = icmp_v4(11, 1, &first);
    assert_eq!(error_in(decode_all(&frame)).source.port, 1040, "the first one does");
}

/// Whatever the bytes are, what is handed on lies within them.
fn check(frame: &[u8], link_type: u16, original_len: u32) {
    let mut decoder = Decoder::new(&Limits { copies: 1, ..Limits::default() });
    if let What::Tcp(segment) =
        decoder.decode(PacketId { capture: 0, number: 1 }, Timestamp::default(), link_type, frame, original_len).what
    {
        assert!(segment.payload.len() <= frame.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        link_type in prop_oneof![0_u16..300, Just(ETHERNET)],
        original_len in any::<u32>(),
    ) {
        check(&bytes, link_type, original_len);
    }

    #[test]
    fn damaged_packets_never_panic(
        which in 0_usize..6,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        kept in any::<prop::sample::Index>(),
        original_len in any::<u32>(),
    ) {
        let mut frame = match which {
            0 => ethernet(&ipv4(TCP, &tcp(&[1; 12], b"NOTIFY"))),
            1 => ethernet(&ipv6(0, &[&[TCP, 0, 1, 4, 0, 0, 0, 0][..], &tcp(&[], b"NOTIFY")].concat())),
            2 => icmp_v4(3, 1, &ipv4(TCP, &tcp(&[], b"NOTIFY"))),
            3 => icmp_v6(1, 4, &ipv6(TCP, &tcp(&[], b"NOTIFY"))),
            4 => ethernet(&ipv6(44, &[&[TCP, 0, 0, 1, 0, 0, 0, 1][..], &tcp(&[], b"")].concat())),
            _ => ethernet(&ipv4_of(0, 0, CLIENT, TCP, &[1; 8], &tcp(&[], b"NOTIFY"))),
        };
        for (at, byte) in damage {
            let at = at.index(frame.len());
            frame[at] = byte;
        }
        frame.truncate(kept.index(frame.len() + 1));
        check(&frame, ETHERNET, original_len);
    }
}
