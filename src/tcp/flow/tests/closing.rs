//! How connections close: FINs in any order, and RSTs.

use crate::base::note::NoteKind;
use crate::tcp::testing::Rig;

#[test]
fn a_fin_may_carry_data() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("FA", 0, 0, b"bye");
    rig.client("FA", 0, 0, b"bye");
    rig.server("FA", 0, 4, b"");
    assert_eq!(rig.finish_one(), ["I \"bye\" #4", "I closed #4", "R closed #6", "finished at 6"]);
}

#[test]
fn data_on_the_syn_follows_its_number() {
    let mut rig = Rig::new();
    rig.client("S", -1, 0, b"early");
    rig.server("SA", -1, 5, b"");
    rig.client("A", 5, 0, b"late");
    let lines = rig.finish();
    assert_eq!(lines[1..4], ["0 I \"early\" #1", "0 established", "0 I \"late\" #3"]);
}

#[test]
fn a_missing_segment_that_comes_after_the_fin_is_still_in_time() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("FA", 3, 0, b"");
    rig.server("FA", 0, 4, b"");
    rig.client("A", 0, 0, b"abc");
    assert_eq!(rig.finish_one(), ["R closed #5", "I \"abc\" #6", "I closed #4", "finished at 5"]);
}

#[test]
fn a_fin_that_acknowledges_the_others_fin_comes_after_it() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.server("A", 0, 0, b"bye");
    rig.client("FA", 0, 4, b"you too");
    assert_eq!(rig.told.lines[3..], ["0 I \"you too\" #5"]);
    rig.server("FA", 3, 0, b"");
    rig.server("A", 4, 8, b"");
    assert_eq!(rig.finish_one()[2..], ["R closed #6", "I closed #5", "finished at 6"]);
    assert_eq!(rig.table.notes().iter().count(), 0);
}

#[test]
fn a_fin_waits_only_a_moment_for_one_that_was_not_captured() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("FA", 0, 1, b"");
    rig.wait(20);
    rig.tick();
    assert_eq!(rig.told.lines.len(), 2);
    rig.wait(1);
    rig.tick();
    assert_eq!(rig.told.lines[2..], ["0 I closed #4"]);
    rig.server("FA", 0, 1, b"");
    assert_eq!(rig.finish_one()[1..], ["R closed #5", "finished at 26"]);

    let mut rig = Rig::new();
    rig.handshake();
    rig.client("FA", 0, 1, b"");
    assert_eq!(rig.finish_one(), ["I closed #4", "captureended at 4"], "the capture may end before");
}

#[test]
fn a_fin_that_acknowledges_only_a_last_byte_comes_before_the_others_fin() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("FA", 0, 1, b"");
    rig.client("FA", 0, 1, b"");
    rig.server("A", 0, 0, b"!");
    assert_eq!(rig.told.lines[2..], ["0 R \"!\" #6", "0 I closed #4"]);
    rig.server("FA", 1, 1, b"");
    assert_eq!(rig.finish_one()[2..], ["R closed #7", "finished at 7"]);
}

#[test]
fn two_fins_never_wait_for_each_other() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("FA", 0, 1, b"");
    rig.server("FA", 0, 1, b"");
    assert_eq!(rig.finish_one(), ["R closed #5", "I closed #4", "finished at 5"]);
}

#[test]
fn a_reset_does_not_overtake_a_fin_that_waits() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("FA", 0, 1, b"");
    rig.server("RA", 1, 1, b"");
    assert_eq!(rig.finish_one(), ["I closed #4", "R reset #5", "reset at 5"]);
}

#[test]
fn holes_that_are_open_after_both_fins_become_gaps_when_the_linger_time_is_over() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("FA", 3, 0, b"");
    rig.server("FA", 0, 0, b"");
    rig.wait(60_001);
    rig.tick();
    assert_eq!(rig.told.lines[2..], ["0 R closed #5", "0 I gap 3 #4", "0 I closed #4", "0 finished at 5"]);
    rig.finish();
}

#[test]
fn an_answer_that_nobody_reads_any_more() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("FA", 0, 0, b"ask");
    rig.server("A", 0, 4, b"");
    rig.server("A", 0, 4, b"answer");
    rig.client("R", 4, 0, b"");
    assert_eq!(rig.finish_one(), ["I \"ask\" #4", "I closed #4", "R \"answer\" #6", "I reset #7", "reset at 7"]);
}

#[test]
fn a_reset_may_overtake_what_provoked_it() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.server("FA", 0, 0, b"");
    rig.server("R", 1, 0, b"");
    rig.client("A", 0, 1, b"ask");
    assert_eq!(rig.told.lines[2..], ["0 R closed #4", "0 I \"ask\" #6"]);
    rig.wait(19);
    rig.client("A", 3, 1, b" late");
    assert_eq!(rig.finish_one()[2..], ["R reset #5", "reset at 5"], "the last bytes came after the grace");
    assert_eq!((rig.table.ledger().delivered, rig.table.ledger().discarded), (3, 5));
}

#[test]
fn what_follows_such_a_reset_finishes_nothing() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.server("FA", 0, 0, b"");
    rig.server("R", 1, 0, b"");
    rig.client("FA", 0, 1, b"ask");
    rig.server("R", 1, 0, b"");
    assert_eq!(rig.finish_one(), ["R closed #4", "I \"ask\" #6", "R reset #5", "reset at 5"]);
}

#[test]
fn a_reset_by_who_could_still_send_ends_at_once() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.server("RA", 0, 0, b"");
    assert_eq!(rig.told.lines[2..], ["0 R reset #4", "0 reset at 4"]);
    rig.client("A", 0, 0, b"ask");
    rig.finish();
    assert_eq!(rig.table.ledger().discarded, 3);
}

#[test]
fn a_new_connection_ends_one_that_was_reset_a_moment_ago() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.server("FA", 0, 0, b"");
    rig.server("R", 1, 0, b"");
    rig.isn.0 = 7;
    rig.client("S", -1, 0, b"");
    assert_eq!(rig.told.lines[3..], ["0 R reset #5", "0 reset at 5", "1 opened 40000 -> 80"]);
    rig.finish();
}

#[test]
fn resets_with_an_old_number_or_only_an_acknowledgment_count() {
    for (at, flags) in [(-20_000, "R"), (500_000, "R"), (77_000_000, "RA")] {
        let mut rig = Rig::new();
        rig.handshake();
        rig.server(flags, at, 0, b"");
        assert_eq!(rig.finish_one(), ["R reset #4", "reset at 4"], "{at}");
    }
}

#[test]
fn a_blind_reset_is_noted_and_ignored() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.server("R", 77_000_000, 0, b"");
    rig.client("A", 0, 0, b"on");
    assert_eq!(rig.finish_one(), ["I \"on\" #5", "captureended at 5"]);
    assert_eq!(rig.table.notes().of(NoteKind::SegmentOutsideWindow), 1);
}

#[test]
fn the_text_of_a_reset_is_no_stream_data() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.server("RA", 0, 0, b"No listener");
    assert_eq!(rig.finish_one(), ["R reset #4", "reset at 4"]);
    assert_eq!(rig.table.ledger().discarded, 11);
    assert_eq!(rig.table.notes().of(NoteKind::BytesAfterEnd), 1);
}

#[test]
fn a_reset_hands_up_first_what_was_held() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("A", 2, 0, b"cd");
    rig.server("RA", 0, 4, b"");
    assert_eq!(rig.finish_one(), ["I gap 2 #4", "I \"cd\" #4", "R reset #5", "reset at 5"]);
}

#[test]
fn a_reset_after_both_fins_changes_nothing() {
    let mut rig = Rig::new();
    rig.handshake();
    rig.client("FA", 0, 0, b"");
    rig.server("FA", 0, 1, b"");
    rig.client("R", 1, 0, b"");
    assert_eq!(rig.finish_one(), ["I closed #4", "R closed #5", "finished at 5"]);
}
