//! Where a side begins and ends, and what lies outside.

use super::*;

#[test]
fn what_lies_outside_the_window_is_discarded() {
    let mut side = Side::with(Limits { sequence_window: 1000, ..Limits::default() });
    side.take(0, b"abc");
    side.take(1004, b"far");
    side.take(-1200, b"old");
    side.take(1003, b"near");
    assert_eq!(side.noted(NoteKind::SegmentOutsideWindow), 2);
    assert_eq!(side.accounts.ledger.discarded, 6);
    side.finish();
    assert_eq!(side.told, ["abc#1", "gap 1000#4", "near#4"]);
}

#[test]
fn bytes_before_the_beginning_are_discarded() {
    let mut side = Side::new();
    side.take(-3, b"xyzab");
    assert_eq!(side.told, ["ab#1"]);
    assert_eq!(side.accounts.ledger.discarded, 3);
    assert_eq!(side.noted(NoteKind::SegmentOutsideWindow), 1);
}

#[test]
fn an_uncertain_beginning_may_move_back_until_something_was_handed_up() {
    let mut side = Side::new();
    side.assembler = Assembler::new(false);
    side.take(5, b"fgh");
    side.take(-4, b"wxyz");
    side.take(-6, b"uvwx");
    side.take(0, b"abcde");
    assert_eq!(side.told, ["wxyz#2", "abcde#4", "fgh#1"]);
    side.finish();
    assert_eq!(side.accounts.ledger.discarded, 2);
    assert_eq!(side.accounts.ledger.duplicate, 2);
}

#[test]
fn a_fin_behind_a_hole_is_reached_in_order_or_at_the_end() {
    let mut side = Side::new();
    side.arrive(3, b"d", 0, true);
    assert!(side.told.is_empty());
    side.take(0, b"abc");
    assert_eq!(side.told, ["abc#2", "d#1", "fin#1"]);

    let mut side = Side::new();
    side.arrive(4, b"", 0, true);
    side.finish();
    assert_eq!(side.told, ["gap 4#1", "fin#1"]);
}

#[test]
fn bytes_beyond_the_fin_are_discarded() {
    let mut side = Side::new();
    side.take(5, b"xyz");
    side.arrive(0, b"abc", 0, true);
    side.take(1, b"bcde");
    side.take(40, b"more");
    side.arrive(1, b"bc", 0, true);
    side.finish();
    assert_eq!(side.told, ["abc#2", "fin#2"]);
    assert_eq!(side.accounts.ledger.discarded, 3 + 2 + 4);
    assert_eq!(side.accounts.ledger.duplicate, 2 + 2);
    assert_eq!(side.noted(NoteKind::BytesAfterEnd), 3);
}
