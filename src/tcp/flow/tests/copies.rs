//! Packets that were captured twice.

use crate::base::address::Side;
use crate::tcp::testing::{Rig, SERVER_ISN};

impl Rig {
    /// Sends a segment twice, as a capture on all interfaces shows it.
    fn twice(&mut self, from: Side, flags: &str, at: i64, ack: i64, payload: &[u8]) {
        let first = self.segment(from, flags, at, ack, payload);
        self.send(&first);
        let mut second = self.segment(from, flags, at, ack, payload);
        second.copy = true;
        self.send(&second);
    }
}

#[test]
fn the_copy_of_a_syn_is_no_second_attempt() {
    let mut rig = Rig::new();
    for _ in 0..2 {
        rig.twice(Side::Initiator, "S", -1, 0, b"");
        rig.twice(Side::Responder, "RA", 77, 0, b"");
        rig.wait(500);
    }
    assert_eq!(rig.finish(), ["0 opened 40000 -> 80", "0 refused at 508"]);
    let info = &rig.told.infos[0];
    assert_eq!((info.syns, info.packets.initiator), (2, 4), "the same SYN half a second later is one");
    assert_eq!(
        info.opening.origin().ranges().iter().map(|range| (range.first, range.last)).collect::<Vec<_>>(),
        [(1, 8)],
        "all are evidence"
    );
}

#[test]
fn a_lone_syn_that_was_captured_twice_may_still_be_answered_after_the_capture() {
    let mut rig = Rig::new();
    rig.twice(Side::Initiator, "S", -1, 0, b"");
    assert_eq!(rig.finish()[1], "0 captureended at 2", "two attempts would count as unanswered");
}

#[test]
fn a_conversation_that_was_captured_twice_is_the_same_conversation() {
    let mut rig = Rig::new();
    rig.twice(Side::Initiator, "S", -1, 0, b"");
    rig.twice(Side::Responder, "SA", -1, 0, b"");
    rig.twice(Side::Initiator, "A", 0, 0, b"");
    rig.twice(Side::Initiator, "A", 0, 0, b"ask");
    rig.twice(Side::Responder, "A", 0, 3, b"answer");
    rig.twice(Side::Initiator, "FA", 3, 6, b"");
    rig.twice(Side::Responder, "FA", 6, 4, b"");
    rig.twice(Side::Initiator, "A", 4, 7, b"");
    assert_eq!(rig.finish_one(), ["I \"ask\" #7", "R \"answer\" #9", "I closed #11", "R closed #13", "finished at 13"]);
    assert_eq!(rig.table.ledger().duplicate, 9);
    assert_eq!(rig.told.infos[0].syns, 1);
}

#[test]
fn a_syn_cookie_may_change_although_packets_were_captured_twice() {
    let mut rig = Rig::new();
    rig.twice(Side::Initiator, "S", -1, 0, b"");
    rig.twice(Side::Responder, "SA", -1, 0, b"");
    rig.isn.1 = SERVER_ISN.wrapping_add(5_000_000);
    rig.twice(Side::Initiator, "S", -1, 0, b"");
    rig.twice(Side::Responder, "SA", -1, 0, b"");
    rig.client("A", 0, 0, b"hi");
    rig.server("A", 0, 2, b"ho");
    assert_eq!(rig.finish_one(), ["I \"hi\" #9", "R \"ho\" #10", "captureended at 10"]);
}
