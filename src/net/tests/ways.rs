//! The short way through a packet against the long one.

use super::*;

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
}
