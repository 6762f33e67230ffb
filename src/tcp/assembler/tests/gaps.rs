//! What becomes a gap, and when.

use super::*;

#[test]
fn cut_bytes_are_a_gap_at_once() {
    let mut side = Side::new();
    side.arrive(0, b"abc", 7, false);
    assert_eq!(side.told, ["abc#1", "gap 7#1"]);
    side.take(10, b"k");
    side.take(3, b"defghij");
    side.finish();
    assert_eq!(side.told, ["abc#1", "gap 7#1", "k#2"]);
    assert_eq!(side.accounts.ledger.missing, 7);
    assert_eq!(side.accounts.ledger.duplicate, 7);
}

#[test]
fn cut_bytes_behind_a_hole_may_still_come() {
    let mut side = Side::new();
    side.arrive(3, b"d", 4, false);
    side.arrive(8, b"", 2, true);
    side.take(5, b"fg");
    side.take(0, b"abc");
    assert_eq!(side.told, ["abc#4", "d#1", "gap 1#1", "fg#3", "gap 1#1", "gap 2#2", "fin#2"]);
    side.finish();
    assert_eq!(side.accounts.ledger.missing, 4);
}

#[test]
fn acknowledged_bytes_become_a_gap_after_packets_and_time() {
    let mut side = Side::new();
    side.take(0, b"abc");
    side.take(10, b"k");
    side.ack(8);
    side.pass(1019, 104);
    side.pass(90_000, 103);
    assert_eq!(side.told, ["abc#1"], "neither time nor packets alone make a gap");
    side.pass(1020, 104);
    assert_eq!(side.told, ["abc#1", "gap 5#100"], "only what was acknowledged");
    side.ack(11);
    side.pass(2000, 200);
    assert_eq!(side.told, ["abc#1", "gap 5#100", "gap 2#100", "k#2"]);
    assert_eq!(side.noted(NoteKind::Gap), 2);
}

#[test]
fn a_late_segment_within_the_grace_is_in_time() {
    let mut side = Side::new();
    side.ack(6);
    side.pass(1010, 110);
    side.take(3, b"def");
    side.take(0, b"abc");
    side.pass(5000, 500);
    side.finish();
    assert_eq!(side.told, ["abc#2", "def#1"]);
    assert_eq!(side.accounts.ledger.missing, 0);
}

#[test]
fn later_acknowledgments_have_a_grace_of_their_own() {
    let mut side = Side::new();
    side.ack(5);
    side.assembler.acknowledged(9, Seen { packet: packet(103), at: at(1015) }, 103, &side.accounts);
    side.pass(1021, 106);
    assert_eq!(side.told, ["gap 5#100"]);
    side.take(5, b"fghi");
    side.pass(1100, 200);
    side.finish();
    assert_eq!(side.told, ["gap 5#100", "fghi#1"]);
}

#[test]
fn a_fin_is_no_missing_byte() {
    let mut side = Side::new();
    side.take(0, b"abc");
    side.ack(4);
    side.pass(9000, 900);
    assert_eq!(side.told, ["abc#1"], "the number may be a FIN's that was not captured");
    side.arrive(3, b"", 0, true);
    side.ack(4);
    side.pass(9999, 999);
    side.finish();
    assert_eq!(side.told, ["abc#1", "fin#2"]);
    assert_eq!(side.accounts.ledger.missing, 0);
}

#[test]
fn a_single_missing_byte_is_a_gap_once_bytes_follow() {
    let mut side = Side::new();
    side.ack(1);
    side.take(1, b"b");
    side.pass(9000, 900);
    assert_eq!(side.told, ["gap 1#100", "b#1"]);
}

#[test]
fn a_wild_acknowledgment_proves_nothing() {
    let mut side = Side::new();
    side.ack(accounts_window() + 1);
    side.pass(9000, 900);
    side.finish();
    assert!(side.told.is_empty());
}

fn accounts_window() -> i64 {
    Limits::default().sequence_window
}

#[test]
fn the_end_resolves_holes_and_what_was_acknowledged() {
    let mut side = Side::new();
    side.take(3, b"d");
    side.take(6, b"g");
    side.ack(12);
    side.finish();
    assert_eq!(side.told, ["gap 3#1", "d#1", "gap 2#2", "g#2", "gap 5#100"]);
    assert_eq!(side.accounts.ledger.missing, 10);
}
