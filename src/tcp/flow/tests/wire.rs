//! What stacks, middleboxes and attackers really send: probes, closed windows, numbers that wrap, injected packets, handshakes in other forms.

use super::*;
use crate::base::address::Side;

/// The counts that a clean connection leaves at zero: missing, discarded, and how many kinds of notes there are.
fn oddities(rig: &Rig) -> (u64, u64, usize) {
    let ledger = rig.table.ledger();
    (ledger.missing, ledger.discarded, rig.table.notes().iter().count())
}

// ---- wraparound

#[test]
fn numbers_wrap_anywhere_in_a_connection() {
    for before in 0..14 {
        let mut rig = Rig::new();
        rig.isn = (u32::MAX.wrapping_sub(before), u32::MAX.wrapping_sub(before / 2));
        rig.handshake();
        rig.client("A", 0, 0, b"abcd");
        rig.client("A", 8, 0, b"ij");
        rig.client("A", 4, 0, b"efgh");
        rig.server("A", 0, 10, b"answer");
        rig.client("A", 2, 6, b"cdefghij");
        rig.client("FA", 10, 6, b"");
        rig.server("FA", 6, 11, b"");
        rig.client("A", 11, 7, b"");
        let expected =
            ["I \"abcd\" #4", "I \"efgh\" #6", "I \"ij\" #5", "R \"answer\" #7", "I closed #9", "R closed #10", "finished at 10"];
        assert_eq!(rig.finish_one(), expected, "{before} before the wrap");
        assert_eq!((oddities(&rig), rig.table.ledger().duplicate), ((0, 0, 0), 8));
    }
}

#[test]
fn a_reset_and_a_gap_behind_the_wrap() {
    let mut rig = Rig::new();
    rig.isn = (u32::MAX - 3, u32::MAX);
    rig.handshake();
    rig.client("A", 6, 0, b"gh");
    rig.server("RA", 0, 8, b"");
    assert_eq!(rig.finish_one(), ["I gap 6 #4", "I \"gh\" #4", "R reset #5", "reset at 5"]);
}

// ---- keep-alives and closed windows (RFC 9293, sections 3.8.4 and 3.8.6.1)

#[test]
fn keep_alives_of_either_side_are_no_data() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("A", 0, 0, b"ask");
    for probe in [b"".as_slice(), b"\0", b"x"] {
        rig.client("A", 2, 0, probe);
        rig.server("A", 0, 3, b"");
        rig.server("A", -1, 3, probe);
        rig.client("A", 3, 0, b"");
    }
    rig.server("A", 0, 3, b"answer");
    rig.client("FA", 3, 6, b"");
    rig.server("A", 5, 4, b"\0");
    rig.client("A", 4, 6, b"");
    rig.server("FA", 6, 4, b"");
    rig.client("A", 3, 7, b"");
    let expected = ["I \"ask\" #4", "R \"answer\" #17", "I closed #18", "R closed #21", "finished at 21"];
    assert_eq!(rig.finish_one(), expected);
    assert_eq!((oddities(&rig), rig.table.ledger().duplicate), ((0, 0, 0), 5));
}

#[test]
fn keep_alives_keep_a_silent_connection() {
    let mut rig = Rig::new();
    rig.handshake();
    for _ in 0..5 {
        rig.wait(3_000_000);
        rig.client("A", -1, 0, b"\0");
        rig.server("A", 0, 0, b"");
    }
    rig.client("A", 0, 0, b"ask");
    assert_eq!(rig.finish_one(), ["I \"ask\" #14", "captureended at 15000014"]);
    assert_eq!(rig.table.flows_seen(), 1);
}

#[test]
fn a_capture_may_begin_with_a_keep_alive() {
    for probe in [b"".as_slice(), b"\0"] {
        for answered in [false, true] {
            let mut rig = Rig::new();
            rig.client("A", 99, 50, probe);
            if answered {
                rig.server("A", 50, 100, b"");
            }
            rig.client("A", 99, 50, probe);
            rig.client("A", 100, 50, b"GET");
            rig.server("A", 50, 103, b"HTTP");
            let told = rig.finish();
            let data: Vec<_> = told.iter().filter(|line| line.contains('"') || line.contains("gap")).collect();
            let first = 3 + usize::from(answered);
            assert_eq!(data, [&format!("0 I \"GET\" #{first}"), &format!("0 R \"HTTP\" #{}", first + 1)], "{probe:?} {answered}");
            let notes: Vec<_> = rig.table.notes().iter().map(|(kind, count, _)| (kind, count)).collect();
            assert_eq!(notes, [(NoteKind::MidStream, 1)]);
            assert_eq!((rig.table.ledger().missing, rig.table.ledger().discarded), (0, 0));
        }
    }
}

#[test]
fn a_closed_window_is_probed_and_opened() {
    for accepted in [0, 1] {
        let mut rig = Rig::new();
        rig.handshake();
        rig.client("A", 0, 0, b"fill");
        rig.server("A", 0, 4, b"");
        // The probe carries the next byte, which the receiver may take or not, several times.
        for _ in 0..3 {
            rig.client("A", 4, 0, b"t");
            rig.server("A", 0, 4 + accepted, b"");
        }
        // A Linux sender probes with the last acknowledged number instead.
        rig.client("A", 3, 0, b"");
        rig.server("A", 0, 4 + accepted, b"");
        rig.client("A", 4 + accepted, 0, &b"the rest"[accepted as usize..]);
        rig.server("A", 0, 12, b"");
        assert_eq!(rig.finish_one(), ["I \"fill\" #4", "I \"t\" #6", "I \"he rest\" #14", "captureended at 15"], "{accepted}");
        assert_eq!((oddities(&rig), rig.table.ledger().duplicate), ((0, 0, 0), 3 - accepted as u64));
    }
}

// ---- injected packets

/// What came out of a race, the packets that the conflict cites, and how many bytes were duplicate and discarded.
type Race = (Vec<String>, Vec<(u64, u64)>, (u64, u64));

/// Plays two answers to one request that begin at the same byte.
fn race(first: &[u8], second: &[u8]) -> Race {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("A", 0, 0, b"GET");
    rig.server("A", 0, 3, first);
    rig.server("A", 0, 3, second);
    let told = rig.finish_one();
    let notes = rig.table.notes().iter().find(|(kind, ..)| *kind == NoteKind::ConflictingOverlap);
    let cited = notes.map_or(Vec::new(), |(_, _, notes)| notes[0].origin.ranges().iter().map(|range| (range.first, range.last)).collect());
    (told[1..told.len() - 1].to_vec(), cited, (rig.table.ledger().duplicate, rig.table.ledger().discarded))
}

#[test]
fn of_two_racing_answers_the_first_counts_and_the_conflict_is_noted() {
    let line = |text: &str, packet: u64| format!("R {text:?} #{packet}");
    assert_eq!(race(b"302 forged", b"200 real"), (vec![line("302 forged", 5)], vec![(5, 6)], (8, 0)));
    assert_eq!(race(b"200 real", b"302 forged"), (vec![line("200 real", 5), line("ed", 6)], vec![(5, 6)], (8, 0)));
    assert_eq!(race(b"200 real", b"200 real"), (vec![line("200 real", 5)], vec![], (8, 0)));
    assert_eq!(race(b"200 real", b"200 real and more"), (vec![line("200 real", 5), line(" and more", 6)], vec![], (8, 0)));
}

#[test]
fn an_injected_packet_may_wait_behind_a_hole() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.server("A", 4, 0, b"FORGED");
    rig.server("A", 0, 0, b"realreal++");
    rig.client("A", 0, 10, b"");
    assert_eq!(rig.finish_one(), ["R \"real\" #5", "R \"FORGED\" #4", "captureended at 6"]);
    assert_eq!(rig.table.notes().of(NoteKind::ConflictingOverlap), 1);
    assert_eq!((rig.table.ledger().duplicate, rig.table.ledger().missing), (6, 0));
}

#[test]
fn an_injected_fin_does_not_hide_the_real_answer() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("A", 0, 0, b"GET");
    rig.server("FA", 0, 3, b"forged");
    rig.server("A", 0, 3, b"real and longer");
    rig.client("RA", 3, 15, b"");
    let told = rig.finish_one();
    assert_eq!(told[..3], ["I \"GET\" #4", "R \"forged\" #5", "R closed #5"]);
    assert_eq!(rig.table.notes().of(NoteKind::ConflictingOverlap), 1);
    assert_eq!(rig.table.notes().of(NoteKind::BytesAfterEnd), 1);
    assert_eq!((rig.table.ledger().duplicate, rig.table.ledger().discarded), (6, 9));
}

#[test]
fn an_injected_reset_far_from_the_stream_ends_nothing() {
    let mut rig = Rig::new();
    rig.handshake();
    for at in [1 << 22, -(1 << 22), 1 << 30] {
        rig.server("R", at, 0, b"");
        rig.client("R", at, 0, b"");
    }
    rig.client("A", 0, 0, b"on");
    assert_eq!(rig.finish_one(), ["I \"on\" #10", "captureended at 10"]);
    assert_eq!(rig.table.notes().of(NoteKind::SegmentOutsideWindow), 6);
}

// ---- resets with data (RFC 9293, section 3.5.3)

#[test]
fn a_reset_with_data_of_either_side_ends_the_flow_and_its_text_is_accounted_for() {
    for (from, flags, at, ack) in [(Side::Initiator, "RA", 3, 0), (Side::Responder, "RA", 0, 3), (Side::Responder, "R", 0, 0)] {
        let mut rig = Rig::new();
        rig.handshake();
        rig.client("A", 0, 0, b"ask");
        let reset = rig.segment(from, flags, at, ack, b"why it ended");
        rig.send(&reset);
        let side = if from == Side::Initiator { "I" } else { "R" };
        assert_eq!(rig.finish_one(), ["I \"ask\" #4".to_owned(), format!("{side} reset #5"), "reset at 5".to_owned()]);
        assert_eq!((rig.table.ledger().delivered, rig.table.ledger().discarded), (3, 12));
        assert_eq!(rig.table.notes().of(NoteKind::BytesAfterEnd), 1);
    }
}

#[test]
fn a_refusal_with_data_is_a_refusal() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"");
    rig.server("RA", 0, 0, b"no such service");
    assert_eq!(rig.finish(), ["0 opened 40000 -> 80", "0 refused at 2"]);
    assert_eq!(rig.table.ledger().discarded, 15);
}

// ---- handshakes in other forms (RFC 9293, section 3.5)

#[test]
fn a_simultaneous_open_is_one_flow_in_every_order() {
    // The two SYNs, then the two SYN-ACKs, each in both orders.
    for swap in 0..4 {
        let mut rig = Rig::new();
        let mut packets =
            [(Side::Initiator, "S"), (Side::Responder, "S"), (Side::Initiator, "SA"), (Side::Responder, "SA")].map(|(side, flags)| {
                let segment = rig.segment(side, flags, -1, 0, b"");
                (side, segment)
            });
        if swap & 1 != 0 {
            packets.swap(0, 1);
        }
        if swap & 2 != 0 {
            packets.swap(2, 3);
        }
        for (_, segment) in &packets {
            rig.send(segment);
        }
        rig.client("A", 0, 0, b"hi");
        rig.server("A", 0, 2, b"ho");
        rig.client("FA", 2, 2, b"");
        rig.server("FA", 2, 3, b"");
        let told = rig.finish();
        let (one, other, opened) = if swap & 1 == 0 { ("I", "R", "40000 -> 80") } else { ("R", "I", "80 -> 40000") };
        let expected = [
            format!("0 opened {opened}"),
            "0 established".to_owned(),
            format!("0 {one} \"hi\" #5"),
            format!("0 {other} \"ho\" #6"),
            format!("0 {one} closed #7"),
            format!("0 {other} closed #8"),
            "0 finished at 8".to_owned(),
        ];
        assert_eq!(told, expected, "{swap}");
        assert_eq!(oddities(&rig), (0, 0, 0));
    }
}

#[test]
fn split_handshakes_of_all_kinds_are_one_flow() {
    for (kind, answers) in [
        // The responder acknowledges and asks in two packets (four-way), with or without a useless first ACK, and the initiator answers with a
        // SYN-ACK or with an ACK alone.
        ("four-way", [Some("A"), Some("S"), Some("SA"), Some("A")]),
        ("four-way without an ACK", [None, Some("S"), Some("SA"), Some("A")]),
        ("three-way without a SYN-ACK", [None, Some("S"), Some("SA"), None]),
        ("four-way, acknowledged without a SYN", [Some("A"), Some("S"), Some("A"), None]),
    ] {
        let mut rig = Rig::new();
        rig.client("S", -1, 0, b"");
        for (at, flags) in answers.iter().enumerate() {
            match (at, flags) {
                (_, None) => {}
                (0, Some(flags)) => rig.server(flags, 31_337, 0, b""),
                (1, Some(flags)) => rig.server(flags, -1, 0, b""),
                (2, Some(flags)) => rig.client(flags, if *flags == "SA" { -1 } else { 0 }, 0, b""),
                (_, Some(flags)) => rig.server(flags, 0, 0, b""),
            }
        }
        let next = rig.number + 1;
        rig.client("A", 0, 0, b"ask");
        rig.server("A", 0, 3, b"answer");
        let expected = [format!("0 I \"ask\" #{next}"), format!("0 R \"answer\" #{}", next + 1), format!("0 captureended at {}", next + 1)];
        assert_eq!(rig.finish()[2..], expected, "{kind}");
        assert_eq!((rig.table.flows_seen(), oddities(&rig)), (1, (0, 0, 0)), "{kind}");
    }
}

// ---- data that was acknowledged, but not captured

#[test]
fn what_was_acknowledged_but_not_captured_is_a_gap_on_either_side() {
    for side in [Side::Initiator, Side::Responder] {
        let mut rig = Rig::new();
        rig.handshake();
        let data = rig.segment(side, "A", 10, 0, b"tail");
        rig.send(&data);
        let ack = rig.segment(side.other(), "A", 0, 14, b"");
        rig.send(&ack);
        rig.wait(20);
        for _ in 0..4 {
            let more = rig.segment(side.other(), "A", 0, 14, b"");
            rig.send(&more);
        }
        let name = if side == Side::Initiator { "I" } else { "R" };
        // The gap is proven by the first acknowledgment; it is told while the flow goes on.
        assert_eq!(rig.told.lines[2..], [format!("0 {name} gap 10 #5"), format!("0 {name} \"tail\" #4")]);
        rig.finish();
        assert_eq!(rig.table.ledger().missing, 10);
        assert_eq!(rig.table.notes().of(NoteKind::Gap), 1);
    }
}

// ---- ports that are used again within seconds

#[test]
fn ports_are_used_again_within_seconds_whatever_ended_the_first_connection() {
    for (end, fate) in [("fins", "finished"), ("reset", "reset"), ("half", "idle"), ("nothing", "idle")] {
        for next in [1_000_000, u32::MAX - 1000, 5] {
            let mut rig = Rig::new();
            rig.isn = (100, 200);
            rig.handshake();
            rig.client("A", 0, 0, b"one");
            match end {
                "fins" => {
                    rig.client("FA", 3, 0, b"");
                    rig.server("FA", 0, 4, b"");
                    rig.client("A", 4, 1, b"");
                }
                "reset" => rig.server("RA", 0, 3, b""),
                "half" => rig.server("FA", 0, 3, b""),
                _ => {}
            }
            rig.wait(2000);
            rig.isn = (next, next.wrapping_add(7));
            rig.handshake();
            rig.client("A", 0, 0, b"two");
            let told = rig.finish();
            let ended: Vec<_> = told.iter().filter(|line| line.contains(" at ")).map(|line| line.split(" at").next().unwrap()).collect();
            assert_eq!(ended, [format!("0 {fate}"), "1 captureended".to_owned()], "{end} {next}");
            assert!(told.iter().any(|line| line.starts_with("1 I \"two\"")));
            assert_eq!(rig.table.ledger().missing, 0);
        }
    }
}
