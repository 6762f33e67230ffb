//! One connection: handshake, fates, and what comes late.

mod closing;
mod copies;
mod wire;

use crate::base::address::Side;
use crate::base::limits::Limits;
use crate::base::note::NoteKind;
use crate::tcp::testing::{CLIENT_ISN, Rig, SERVER_ISN, client, server};

#[test]
fn a_whole_conversation() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("A", 0, 0, b"GET / HTTP/1.1\r\n\r\n");
    rig.server("A", 0, 18, b"HTTP/1.1 204 No Content\r\n\r\n");
    rig.client("FA", 18, 27, b"");
    rig.server("FA", 27, 19, b"");
    rig.client("A", 19, 28, b"");
    assert_eq!(
        rig.finish(),
        [
            "0 opened 40000 -> 80",
            "0 established",
            "0 I \"GET / HTTP/1.1\\r\\n\\r\\n\" #4",
            "0 R \"HTTP/1.1 204 No Content\\r\\n\\r\\n\" #5",
            "0 I closed #6",
            "0 R closed #7",
            "0 finished at 7",
        ]
    );
    let info = &rig.told.infos[0];
    assert_eq!((info.isn.initiator, info.isn.responder), (Some(CLIENT_ISN), Some(SERVER_ISN)));
    assert_eq!((info.initiator, info.responder), (client(40_000), server()));
    assert_eq!((info.syns, info.established, info.mid_stream), (1, true, false));
    assert_eq!(rig.table.notes().iter().count(), 0);
    assert_eq!(rig.table.ledger().missing, 0);
}

#[test]
fn refused() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.server("RA", 77, 0, b"");
    assert_eq!(rig.finish(), ["0 opened 40000 -> 80", "0 refused at 2"]);
    let info = &rig.told.infos[0];
    assert!(!info.established);
    assert_eq!(info.opening.origin().ranges().iter().map(|range| (range.first, range.last)).collect::<Vec<_>>(), [(1, 2)]);
}

#[test]
fn a_reset_of_something_else_refuses_nothing() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.server("RA", 77, 5_000_000, b"");
    rig.server("SA", -1, 0, b"");
    assert_eq!(rig.finish()[1..], ["0 established", "0 captureended at 3"]);
}

/// The packets of the opening of the `nth` flow that ended, as ranges.
fn opening(rig: &Rig, nth: usize) -> Vec<(u64, u64)> {
    rig.told.infos[nth].opening.origin().ranges().iter().map(|range| (range.first, range.last)).collect()
}

#[test]
fn the_same_syn_after_a_reset_is_the_same_attempt() {
    let mut rig = Rig::new();
    for wait in [0, 500, 700] {
        rig.wait(wait);
        rig.client("S", -1, 0, b"");
        rig.server("RA", 0, 0, b"");
    }
    rig.wait(3000);
    rig.tick();
    assert_eq!(rig.told.lines, ["0 opened 40000 -> 80"]);
    rig.wait(1);
    rig.tick();
    assert_eq!(rig.told.lines, ["0 opened 40000 -> 80", "0 refused at 1206"]);
    rig.finish();
    assert_eq!((rig.told.infos[0].syns, opening(&rig, 0)), (3, vec![(1, 6)]));
    assert_eq!(rig.table.notes().iter().count(), 0);
}

#[test]
fn a_refused_connection_may_come_up_when_its_syn_comes_again() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.server("RA", 0, 0, b"");
    rig.wait(500);
    rig.handshake();
    rig.client("A", 0, 0, b"hi");
    rig.server("RA", 0, 2, b"");
    assert_eq!(rig.finish(), ["0 opened 40000 -> 80", "0 established", "0 I \"hi\" #6", "0 R reset #7", "0 reset at 507"]);
    assert_eq!((rig.told.infos[0].syns, opening(&rig, 0)), (2, vec![(1, 4), (7, 7)]));
}

#[test]
fn another_syn_after_a_reset_is_another_attempt() {
    let mut rig = Rig::new();
    for isn in [7, 70_000] {
        rig.isn.0 = isn;
        rig.client("S", -1, 0, b"");
        rig.server("RA", 0, 0, b"");
        rig.wait(500);
    }
    assert_eq!(rig.told.lines, ["0 opened 40000 -> 80", "0 refused at 2", "1 opened 40000 -> 80"]);
    assert_eq!(rig.finish()[3..], ["1 refused at 504"]);
}

#[test]
fn the_same_syn_long_after_a_reset_is_another_attempt() {
    let mut rig = Rig::new();
    for _ in 0..2 {
        rig.client("S", -1, 0, b"");
        rig.server("RA", 0, 0, b"");
        rig.wait(3001);
    }
    assert_eq!(rig.finish(), ["0 opened 40000 -> 80", "0 refused at 2", "1 opened 40000 -> 80", "1 refused at 3005"]);
}

#[test]
fn the_latest_answer_to_the_syn_counts() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.unreachable();
    rig.client("S", -1, 0, b"");
    rig.server("RA", 0, 0, b"");
    assert_eq!(rig.finish()[1..], ["0 refused at 4"]);

    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.server("RA", 0, 0, b"");
    rig.client("S", -1, 0, b"");
    rig.unreachable();
    assert_eq!(rig.finish()[1..], ["0 unreachable 1 at 4"]);
}

#[test]
fn a_failed_initiator_that_resets_tries_no_more() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.server("RA", 0, 0, b"");
    rig.client("R", 0, 0, b"");
    assert_eq!(rig.told.lines[1..], ["0 refused at 2"]);
    rig.finish();
}

#[test]
fn unanswered_after_the_connect_time() {
    let mut rig = Rig::new();
    for wait in [0, 1000, 2000, 4000] {
        rig.wait(wait);
        rig.client("S", -1, 0, b"");
    }
    rig.wait(130_000);
    rig.tick();
    assert_eq!(rig.told.lines.len(), 1);
    rig.wait(1);
    rig.tick();
    assert_eq!(rig.told.lines, ["0 opened 40000 -> 80", "0 unanswered at 7004"]);
    assert_eq!(rig.told.infos[0].syns, 4);
    rig.finish();
}

#[test]
fn an_answer_is_missed_only_if_the_capture_could_have_shown_it() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.wait(900);
    rig.tick();
    assert_eq!(rig.finish()[1..], ["0 captureended at 1"]);

    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.wait(1000);
    rig.tick();
    assert_eq!(rig.finish()[1..], ["0 unanswered at 1"]);

    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.client("S", -1, 0, b"");
    assert_eq!(rig.finish()[1..], ["0 unanswered at 2"]);
}

#[test]
fn unreachable_is_soft_until_the_connect_time_is_over() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.unreachable();
    rig.wait(3000);
    rig.client("S", -1, 0, b"");
    rig.unreachable();
    assert_eq!(rig.told.lines.len(), 1);
    rig.wait(130_001);
    rig.tick();
    assert_eq!(rig.told.lines[1..], ["0 unreachable 1 at 3004"]);
    assert_eq!(rig.told.infos[0].syns, 2);
    rig.finish();
}

#[test]
fn unreachable_at_the_end_of_the_capture() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.unreachable();
    assert_eq!(rig.finish()[1..], ["0 unreachable 1 at 2"]);
    assert_eq!(rig.told.infos[0].opening.origin().ranges().len(), 1);
    assert_eq!(rig.told.infos[0].opening.origin().ranges()[0].last, 2);
}

#[test]
fn a_connection_may_come_up_after_an_unreachable() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.unreachable();
    rig.server("SA", -1, 0, b"");
    rig.client("A", 0, 0, b"hi");
    rig.unreachable();
    assert_eq!(rig.finish()[1..], ["0 established", "0 I \"hi\" #4", "0 captureended at 4"]);
}

#[test]
fn an_icmp_error_about_another_syn_is_not_placed() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.isn.0 = 7;
    rig.unreachable();
    rig.port = 1;
    rig.unreachable();
    assert_eq!(rig.finish()[1..], ["0 captureended at 1"]);
    assert_eq!(rig.table.notes().of(NoteKind::Unplaced), 2);
    assert_eq!(rig.table.flows_seen(), 1);
}

#[test]
fn another_number_on_the_same_ports_is_another_flow() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.isn.0 = 1;
    rig.handshake();
    rig.client("A", 0, 0, b"one");
    rig.isn = (2, 2);
    rig.handshake();
    rig.client("A", 0, 0, b"two");
    assert_eq!(
        rig.finish(),
        [
            "0 opened 40000 -> 80",
            "0 unanswered at 1",
            "1 opened 40000 -> 80",
            "1 established",
            "1 I \"one\" #5",
            "1 idle at 5",
            "2 opened 40000 -> 80",
            "2 established",
            "2 I \"two\" #9",
            "2 captureended at 9",
        ]
    );
}

#[test]
fn ports_are_used_again_in_the_other_direction() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("A", 0, 0, b"x");
    rig.server("A", 0, 1, b"y");
    rig.isn.1 = 99;
    rig.server("S", -1, 0, b"");
    let lines = rig.finish();
    assert_eq!(lines[4..6], ["0 idle at 5", "1 opened 80 -> 40000"]);
}

#[test]
fn handshake_packets_that_come_twice_open_nothing() {
    let mut rig = Rig::new();
    for _ in 0..2 {
        rig.client("S", -1, 0, b"");
    }
    for _ in 0..3 {
        rig.server("SA", -1, 0, b"");
        rig.client("A", 0, 0, b"");
    }
    rig.client("A", 0, 0, b"hi");
    rig.server("SA", -1, 0, b"");
    rig.client("FA", 2, 0, b"");
    rig.server("FA", 0, 3, b"");
    rig.client("S", -1, 0, b"");
    rig.server("SA", -1, 0, b"");
    assert_eq!(rig.finish_one(), ["I \"hi\" #9", "I closed #11", "R closed #12", "finished at 12"]);
    assert_eq!(rig.told.infos[0].syns, 2);
}

#[test]
fn a_syn_cookie_may_change_until_it_is_taken_up() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.server("SA", -1, 0, b"");
    rig.isn.1 = 500;
    rig.client("S", -1, 0, b"");
    rig.server("SA", -1, 0, b"");
    rig.client("A", 0, 0, b"hi");
    rig.server("A", 0, 2, b"ho");
    assert_eq!(rig.finish_one(), ["I \"hi\" #5", "R \"ho\" #6", "captureended at 6"]);
    assert_eq!(rig.told.infos[0].isn.responder, Some(500));
}

#[test]
fn both_sides_may_open_at_once() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.server("S", -1, 0, b"");
    rig.client("SA", -1, 0, b"");
    rig.server("SA", -1, 0, b"");
    rig.client("A", 0, 0, b"hi");
    rig.server("A", 0, 2, b"ho");
    assert_eq!(rig.finish_one(), ["I \"hi\" #5", "R \"ho\" #6", "captureended at 6"]);
    assert_eq!(rig.table.ledger().missing, 0);
}

#[test]
fn a_split_handshake_is_one_flow() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.server("A", 70_000, 0, b"");
    rig.server("S", -1, 0, b"");
    rig.client("SA", -1, 0, b"");
    rig.server("A", 0, 0, b"ho");
    assert_eq!(rig.finish_one(), ["R \"ho\" #5", "captureended at 5"]);
    assert_eq!(rig.table.flows_seen(), 1);
    assert_eq!(rig.table.ledger().missing, 0);
}

#[test]
fn an_old_connection_does_not_answer_a_new_syn() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.server("A", 50, 123_456_789, b"old");
    rig.client("R", 123_456_789, 0, b"");
    rig.client("S", -1, 0, b"");
    rig.server("SA", -1, 0, b"");
    rig.server("A", 0, 0, b"new");
    assert_eq!(rig.finish()[1..], ["0 established", "0 R \"new\" #6", "0 captureended at 6"]);
    assert_eq!(rig.table.notes().of(NoteKind::SegmentOutsideWindow), 2);
    assert_eq!(rig.table.ledger().discarded, 3);
}

#[test]
fn strays_of_an_ended_flow_stay_with_it_for_the_linger_time() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("FA", 0, 0, b"abc");
    rig.server("FA", 0, 4, b"");
    rig.client("A", 1, 0, b"bcXY");
    rig.client("R", 4, 0, b"");
    rig.wait(59_000);
    rig.server("FA", 0, 4, b"");
    assert_eq!(rig.table.flows_seen(), 1);
    assert_eq!(rig.table.ledger().duplicate, 2);
    assert_eq!(rig.table.ledger().discarded, 2);
    rig.wait(1_001);
    rig.client("R", 4, 0, b"");
    assert_eq!(rig.table.flows_seen(), 2);
    assert_eq!(rig.finish()[6..], ["1 opened 40000 -> 80", "1 I reset #9", "1 reset at 60010"]);
}

#[test]
fn in_mid_stream_the_ports_tell_who_opened() {
    let mut rig = Rig::new();
    rig.server("A", 0, 0, b"from the server");
    assert_eq!(rig.finish()[..3], ["0 opened 40000 -> 80", "0 established", "0 R \"from the server\" #1"]);
    assert!(rig.told.infos[0].mid_stream);
    assert_eq!(rig.table.notes().of(NoteKind::MidStream), 1);
    assert_eq!(rig.table.notes().of(NoteKind::OneDirection), 1);

    for (source, destination, initiator) in
        [(5000, 6000, 5000), (6000, 5000, 6000), (443, 80, 443), (80, 443, 443), (22, 5000, 5000), (5000, 22, 5000)]
    {
        let mut rig = Rig::new();
        let mut segment = rig.segment(Side::Initiator, "A", 0, 0, b"x");
        segment.source.port = source;
        segment.destination.port = destination;
        rig.send(&segment);
        rig.finish();
        assert_eq!(rig.told.infos[0].initiator.port, initiator, "{source} -> {destination}");
    }
}

#[test]
fn in_mid_stream_an_acknowledgment_may_overtake_its_segment() {
    let mut rig = Rig::new();
    rig.client("A", 10, 25, b"");
    rig.server("A", 20, 10, b"tuvwx");
    rig.server("A", 25, 10, b"yz");
    assert_eq!(rig.finish()[2..4], ["0 R \"tuvwx\" #2", "0 R \"yz\" #3"]);

    // The acknowledgment came in time, but its side's segments come in the wrong order.
    let mut rig = Rig::new();
    rig.client("A", 10, 20, b"");
    rig.server("A", 25, 10, b"yz");
    rig.server("A", 20, 10, b"tuvwx");
    assert_eq!(rig.finish()[2..4], ["0 R \"tuvwx\" #3", "0 R \"yz\" #2"]);
}

#[test]
fn a_syn_that_comes_late_takes_the_guess_away() {
    let mut rig = Rig::new();
    rig.server("SA", -1, 0, b"");
    rig.client("S", -1, 0, b"");
    rig.client("A", 0, 0, b"hi");
    assert_eq!(rig.finish_one(), ["I \"hi\" #3", "captureended at 3"]);
    assert_eq!((rig.told.infos[0].syns, rig.told.infos[0].isn.initiator), (1, Some(CLIENT_ISN)));

    let mut rig = Rig::new();
    rig.client("A", 0, 0, b"");
    rig.client("S", -1, 0, b"");
    rig.client("A", 0, 0, b"hi");
    rig.finish();
    assert!(!rig.told.infos[0].mid_stream);
    assert_eq!(rig.table.notes().of(NoteKind::MidStream), 0);
}

#[test]
fn a_direction_that_was_not_captured_is_missing() {
    let mut rig = Rig::new();
    rig.client("A", 0, 0, b"ask");
    rig.client("A", 3, 100, b"");
    rig.client("FA", 3, 100, b"");
    let lines = rig.finish();
    assert_eq!(lines[2..], ["0 I \"ask\" #1", "0 I closed #3", "0 R gap 100 #2", "0 captureended at 3"]);
    assert_eq!(rig.table.notes().of(NoteKind::OneDirection), 1);
    assert_eq!(rig.table.ledger().missing, 100);
}

#[test]
fn the_acknowledged_hole_is_given_up_while_the_flow_goes_on() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("A", 0, 0, b"ask");
    rig.server("A", 10, 3, b"tail");
    rig.client("A", 3, 14, b"");
    rig.wait(20);
    for _ in 0..4 {
        rig.client("A", 3, 14, b"");
    }
    assert_eq!(rig.told.lines[3..], ["0 R gap 10 #6", "0 R \"tail\" #5"]);
    rig.finish();
}

#[test]
fn a_flow_says_how_much_of_both_sides_is_missing() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("A", 100, 0, b"");
    rig.server("FA", 20, 100, b"");
    rig.client("R", 100, 21, b"");
    assert_eq!(rig.finish_one()[..2], ["I gap 100 #5", "R gap 20 #5"]);
    assert_eq!(rig.told.infos[0].missing, 120);
}

#[test]
fn a_cut_segment_reaches_the_listener_as_a_gap() {
    let mut rig = Rig::new();
    rig.handshake();
    let mut segment = rig.segment(Side::Initiator, "FA", 0, 0, b"head");
    segment.cut = 96;
    rig.send(&segment);
    assert_eq!(rig.finish_one(), ["I \"head\" #4", "I gap 96 #4", "I closed #4", "captureended at 4"]);
}

#[test]
fn who_only_counts_gets_no_bytes_of_either_side() {
    let mut rig = Rig::new();
    rig.told.count_after = Some(2);
    rig.handshake();
    rig.client("A", 0, 0, b"abc");
    rig.server("A", 5, 3, b"fgh");
    rig.server("A", 0, 3, b"abcde");
    rig.client("FA", 3, 8, b"");
    rig.server("FA", 8, 4, b"");
    assert_eq!(rig.finish_one(), ["I \"abc\" #4", "R counted 3", "R counted 5", "I closed #7", "R closed #8", "finished at 8"]);
    assert_eq!(rig.table.ledger().delivered, 11);
    assert_eq!(rig.table.ledger().missing, 0);
}

#[test]
fn a_conflict_cites_both_packets() {
    let mut rig = Rig::with(Limits::default());
    rig.handshake();
    rig.client("A", 0, 0, b"first");
    rig.client("A", 0, 0, b"worst");
    rig.finish();
    let (_, _, notes) = rig.table.notes().iter().find(|(kind, ..)| *kind == NoteKind::ConflictingOverlap).unwrap();
    assert_eq!((notes[0].origin.ranges()[0].first, notes[0].origin.ranges()[0].last), (4, 5));
}
