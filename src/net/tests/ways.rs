//! The short way through a packet against the long one, and both against another reader of IP headers.

use super::*;
use crate::net::ip::{self, IpPacket};
use etherparse::{Ipv4HeaderSlice, Ipv6HeaderSlice};

/// A frame that goes the short way, with a VLAN tag or without.
fn plain_frame(tagged: bool) -> Vec<u8> {
    let ip = ipv4(TCP, &tcp(&[1; 12], b"NOTIFY"));
    if tagged { [&[2; 12], &[0x81, 0x00, 0x20, 0x07, 0x08, 0x00][..], &ip].concat() } else { ethernet(&ip) }
}

#[test]
fn plain_frames_go_the_short_way() {
    for tagged in [false, true] {
        let frame = plain_frame(tagged);
        assert!(plain::read(View::of(&frame, frame.len() as u32)).is_some(), "{tagged}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_short_way_ends_where_the_long_one_does(
        tagged in any::<bool>(),
        damage in proptest::collection::vec((0..40_usize, any::<u8>()), 0..4),
        kept in 0..90_usize,
        more in 0..50_u32,
    ) {
        let mut frame = plain_frame(tagged);
        for (at, byte) in damage {
            frame[at] = byte;
        }
        frame.truncate(kept);
        let view = View::of(&frame, frame.len() as u32 + more);
        if let Some((packet, identity)) = plain::read(view) {
            let limits = Limits::default();
            let mut walk = Walk::new(&limits);
            prop_assert_eq!(walk.on(Layer::Link(ETHERNET), view), Found::Tcp);
            prop_assert_eq!((walk.packet, walk.identity), (packet, identity));
        }
    }

    #[test]
    fn ip_headers_are_read_as_another_reader_does(mut bytes in proptest::collection::vec(any::<u8>(), 0..80), first in any::<Option<bool>>()) {
        if let (Some(byte), Some(v4)) = (bytes.first_mut(), first) {
            *byte = if v4 { 0x45 } else { 0x60 };
        }
        let mut packet = IpPacket::NONE;
        // No extension header is stepped over.
        let read = ip::read(View { bytes: &bytes, missing: 0 }, 0, &mut packet).is_some();
        let found = read.then_some((packet.source, packet.destination, packet.protocol));
        if let Ok(header) = Ipv4HeaderSlice::from_slice(&bytes) {
            let expected = (header.source_addr().into(), header.destination_addr().into(), header.protocol().0);
            prop_assert!(found == Some(expected) || ip::is_extension(header.protocol().0, false));
            if read {
                let fragment = packet.fragment.map_or((0, false), |fragment| (fragment.offset / 8, fragment.more));
                prop_assert_eq!(fragment, (u32::from(header.fragments_offset().value()), header.more_fragments()));
                prop_assert_eq!(packet.id, header.identification());
            }
        } else if let Ok(header) = Ipv6HeaderSlice::from_slice(&bytes) {
            let expected = (header.source_addr().into(), header.destination_addr().into(), header.next_header().0);
            prop_assert!(found == Some(expected) || ip::is_extension(header.next_header().0, true));
        } else {
            prop_assert_eq!(found, None);
        }
    }
}
