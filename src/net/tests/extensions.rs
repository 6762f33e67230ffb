//! Headers of IPv6 before the transport protocol, and IPv4's authentication header.

use super::*;

/// An extension header of sixteen bytes.
fn extension(kind: u8, next: u8) -> Vec<u8> {
    let length = if kind == 51 { 2 } else { 1 };
    [&[next, length][..], &[0; 14]].concat()
}

/// A packet with these extension headers, and where its payload begins.
fn packet(kinds: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    for (index, kind) in kinds.iter().enumerate() {
        content.extend(extension(*kind, kinds.get(index + 1).copied().unwrap_or(TCP)));
    }
    content.extend(tcp(&[], b"hi"));
    ethernet(&ipv6(kinds.first().copied().unwrap_or(TCP), &content))
}

#[test]
fn extension_headers_come_in_any_order() {
    for kinds in [&[0][..], &[43], &[60], &[51], &[135], &[139], &[140], &[0, 60, 43, 51, 60, 135, 139, 140], &[60, 0, 43], &[60; 32]] {
        let frame = packet(kinds);
        assert_eq!(carried(decode_all(&frame)), (&b"hi"[..], 0), "{kinds:?}");
        for kept in 0..frame.len() - 2 {
            assert_eq!(decode_cut(&frame, kept), UNDECODABLE, "{kinds:?}, {kept} bytes");
        }
        assert_eq!(carried(decode_cut(&frame, frame.len() - 1)), (&b"h"[..], 1));
    }
    assert_eq!(decode_all(&packet(&[60; 33])), UNDECODABLE, "too many");
}

#[test]
fn a_header_that_nothing_follows_and_one_that_hides_everything_are_other() {
    let mut nothing = packet(&[60]);
    nothing[14 + 40] = 59;
    assert_eq!(decode_all(&nothing), What::Other);
    let mut hidden = packet(&[60]);
    hidden[14 + 40] = 50;
    assert_eq!(decode_all(&hidden), What::Other);
}

#[test]
fn a_jumbogram_has_the_packets_length() {
    let mut frame = packet(&[0]);
    frame[14 + 4..14 + 6].copy_from_slice(&[0, 0]);
    let payload = vec![7; 100_000];
    frame.truncate(frame.len() - 2);
    frame.extend(&payload);
    assert_eq!(carried(decode_all(&frame)), (&payload[..], 0));
    assert_eq!(carried(decode_cut(&frame, frame.len() - 50_000)), (&payload[..50_000], 50_000));
}

#[test]
fn authentication_headers_of_version_4_are_stepped_over_others_are_not() {
    let content = [extension(51, TCP), tcp(&[], b"hi")].concat();
    assert_eq!(carried(decode_all(&ethernet(&ipv4(51, &content)))), (&b"hi"[..], 0));
    let content = [extension(60, TCP), tcp(&[], b"hi")].concat();
    assert_eq!(decode_all(&ethernet(&ipv4(60, &content))), What::Other);
}

#[test]
fn a_quote_that_states_a_wrong_length_is_read_all_the_same() {
    let mut quoted = ipv4(TCP, &tcp(&[], b"NOTIFY"));
    quoted[2..4].copy_from_slice(&20_u16.to_be_bytes());
    assert_eq!(error_in(decode_all(&icmp_v4(3, 1, &quoted[..28]))).seq, 0x0102_0304);
    let later = ipv6(44, &[&[TCP, 0, 0, 0x08, 0, 0, 0, 1][..], &tcp(&[], b"NOTIFY")].concat());
    assert_eq!(decode_all(&icmp_v6(1, 0, &later)), What::Other, "a later fragment holds no ports");
}
