//! Answers that were captured before their SYN, and such whose SYN never comes.

use crate::base::limits::Limits;
use crate::base::note::NoteKind;
use crate::tcp::testing::{Rig, client, server};

/// The packets of the opening of the `nth` flow that ended, as ranges.
fn opening(rig: &Rig, nth: usize) -> Vec<(u64, u64)> {
    rig.told.infos[nth].opening.origin().ranges().iter().map(|range| (range.first, range.last)).collect()
}

#[test]
fn a_reset_before_its_syn_refuses_it() {
    let mut rig = Rig::new();
    rig.server("RA", 0, 0, b"");
    rig.client("S", -1, 0, b"");
    assert_eq!(rig.finish(), ["0 opened 40000 -> 80", "0 refused at 2"]);
    assert_eq!((rig.table.flows_seen(), opening(&rig, 0)), (1, vec![(1, 2)]));
    let info = &rig.told.infos[0];
    assert_eq!((info.syns, info.mid_stream, info.established), (1, false, false));
    assert_eq!((info.initiator, info.responder), (client(40_000), server()));
    assert_eq!((info.packets.initiator, info.packets.responder), (1, 1));
    assert_eq!(rig.table.notes().iter().count(), 0);
}

#[test]
fn who_opened_does_not_hang_on_the_ports() {
    let mut rig = Rig::new();
    rig.client("RA", 0, 0, b"");
    rig.server("S", -1, 0, b"");
    assert_eq!(rig.finish(), ["0 opened 80 -> 40000", "0 refused at 2"]);
}

#[test]
fn a_reset_before_its_syn_may_have_either_time() {
    for (reset, syn, refused) in [(10, 15, 15), (15, 10, 15), (10, 10, 10), (45, 10, 45)] {
        let mut rig = Rig::new();
        rig.millis = reset - 1;
        rig.server("RA", 0, 0, b"");
        rig.millis = syn - 1;
        rig.client("S", -1, 0, b"");
        assert_eq!(rig.finish(), ["0 opened 40000 -> 80".to_owned(), format!("0 refused at {refused}")], "{reset} {syn}");
    }
}

#[test]
fn a_reset_of_a_syn_with_data_may_acknowledge_the_data() {
    let mut rig = Rig::new();
    rig.server("RA", 0, 5, b"");
    rig.client("S", -1, 0, b"early");
    assert_eq!(rig.finish().last().unwrap(), "0 refused at 2");
    assert_eq!(rig.table.flows_seen(), 1);
}

#[test]
fn doubled_packets_in_the_wrong_order_are_one_flow() {
    let mut rig = Rig::new();
    for _ in 0..2 {
        rig.server("RA", 0, 0, b"");
    }
    for _ in 0..2 {
        rig.client("S", -1, 0, b"");
    }
    assert_eq!(rig.finish(), ["0 opened 40000 -> 80", "0 refused at 3"]);
}

#[test]
fn every_try_of_a_refused_client_may_be_in_the_wrong_order() {
    let mut rig = Rig::new();
    for _ in 0..3 {
        rig.server("RA", 0, 0, b"");
        rig.client("S", -1, 0, b"");
        rig.wait(500);
    }
    assert_eq!(rig.finish(), ["0 opened 40000 -> 80", "0 refused at 1005"]);
    assert_eq!((rig.told.infos[0].syns, opening(&rig, 0)), (3, vec![(1, 6)]));
}

#[test]
fn a_reset_before_the_next_attempt_on_the_same_ports_refuses_that_one() {
    let mut rig = Rig::new();
    for isn in [7, 70_000] {
        rig.isn.0 = isn;
        rig.server("RA", 0, 0, b"");
        rig.client("S", -1, 0, b"");
        rig.wait(500);
    }
    assert_eq!(rig.finish(), ["0 opened 40000 -> 80", "0 refused at 2", "1 opened 40000 -> 80", "1 refused at 504"]);
    assert_eq!(rig.table.notes().iter().count(), 0);
}

#[test]
fn a_reset_without_a_syn_is_a_flow_once_the_grace_is_over() {
    let mut rig = Rig::new();
    rig.server("RA", 0, 0, b"No listener");
    rig.wait(20);
    rig.tick();
    assert!(rig.told.lines.is_empty());
    rig.wait(1);
    rig.tick();
    assert_eq!(rig.told.lines, ["0 opened 40000 -> 80", "0 R reset #1", "0 reset at 1"]);
    rig.finish();
    assert!(rig.told.infos[0].mid_stream);
    assert_eq!((rig.table.ledger().discarded, rig.table.notes().of(NoteKind::BytesAfterEnd)), (11, 1));
    assert_eq!(rig.table.notes().of(NoteKind::MidStream), 1);

    let mut rig = Rig::new();
    rig.server("RA", 0, 0, b"");
    assert_eq!(rig.finish(), ["0 opened 40000 -> 80", "0 R reset #1", "0 reset at 1"], "the capture may end before");
}

#[test]
fn a_syn_that_comes_after_the_grace_is_another_flow() {
    let mut rig = Rig::new();
    rig.server("RA", 0, 0, b"");
    rig.wait(20);
    rig.client("S", -1, 0, b"");
    rig.wait(2000);
    rig.tick();
    assert_eq!(rig.finish()[2..], ["0 reset at 1", "1 opened 40000 -> 80", "1 unanswered at 22"]);
}

#[test]
fn a_reset_is_not_overtaken_by_what_comes_after_it() {
    let mut rig = Rig::new();
    rig.client("RA", 70, 0, b"");
    rig.isn = (1, 2);
    rig.handshake();
    rig.client("A", 0, 0, b"new");
    assert_eq!(
        rig.finish(),
        [
            "0 opened 40000 -> 80",
            "0 I reset #1",
            "0 reset at 1",
            "1 opened 40000 -> 80",
            "1 established",
            "1 I \"new\" #5",
            "1 captureended at 5",
        ]
    );

    let mut rig = Rig::new();
    rig.client("RA", 70, 0, b"");
    rig.server("A", 0, 70, b"stray");
    assert_eq!(rig.finish()[1..], ["0 I reset #1", "0 reset at 1"]);
    assert_eq!(rig.table.flows_seen(), 1);
}

#[test]
fn an_unreachable_before_its_syn_is_about_it() {
    let mut rig = Rig::new();
    rig.unreachable();
    rig.client("S", -1, 0, b"");
    assert_eq!(rig.finish(), ["0 opened 40000 -> 80", "0 unreachable 1 at 2"]);
    assert_eq!((rig.told.infos[0].syns, opening(&rig, 0)), (1, vec![(1, 2)]));
    assert_eq!(rig.table.notes().of(NoteKind::Unplaced), 0);
}

#[test]
fn an_unreachable_before_its_syn_may_have_the_later_time() {
    let mut rig = Rig::new();
    rig.wait(50);
    rig.unreachable();
    rig.wait(-40);
    rig.client("S", -1, 0, b"");
    assert_eq!(rig.finish()[1..], ["0 unreachable 1 at 51"]);
}

#[test]
fn an_unreachable_without_its_syn_is_not_placed() {
    let mut rig = Rig::new();
    rig.unreachable();
    rig.isn.0 = 7;
    rig.client("S", -1, 0, b"");
    assert_eq!(rig.table.notes().of(NoteKind::Unplaced), 0);
    rig.wait(20);
    rig.client("A", 0, 0, b"");
    assert_eq!(rig.table.notes().of(NoteKind::Unplaced), 1);
    assert_eq!(rig.finish()[1..], ["0 established", "0 captureended at 23"]);
}

#[test]
fn where_too_many_wait_the_oldest_waits_no_longer() {
    let mut rig = Rig::with(Limits { early_answers: 2, ..Limits::default() });
    for port in [1001, 1002, 1003] {
        rig.port = port;
        rig.server("RA", 0, 0, b"");
    }
    assert_eq!(rig.told.lines, ["0 opened 1001 -> 80", "0 R reset #1", "0 reset at 1"]);
    rig.port = 1002;
    rig.client("S", -1, 0, b"");
    assert_eq!(rig.told.lines[3..], ["1 opened 1002 -> 80"]);
    assert_eq!(rig.finish()[4..], ["2 opened 1003 -> 80", "2 R reset #3", "2 reset at 3", "1 refused at 4"]);
}
