//! Ceilings, and sides that are only counted.

use super::*;

#[test]
fn at_its_ceiling_a_side_gives_up_its_first_hole() {
    let mut side = Side::with(Limits { reorder_bytes: 2 * (PIECE_COST + 10), ..Limits::default() });
    side.take(10, &[b'b'; 10]);
    side.take(30, &[b'd'; 10]);
    assert!(side.told.is_empty());
    side.take(50, &[b'f'; 10]);
    assert_eq!(side.told, ["gap 10#3", "bbbbbbbbbb#1"]);
    assert_eq!(side.noted(NoteKind::ReorderCeiling), 1);
    side.take(1000, &[b'x'; 400]);
    assert_eq!(side.told.last().unwrap(), &format!("{}#4", "x".repeat(400)), "what is larger than the ceiling is not held at all");
    side.finish();
}

#[test]
fn at_the_ceiling_of_all_flows_the_one_that_asks_gives_up() {
    let mut side = Side::with(Limits { reorder_bytes_total: 1000, ..Limits::default() });
    side.accounts.held = 950;
    side.take(5, b"f");
    assert_eq!(side.told, ["gap 5#1", "f#1"]);
    assert_eq!(side.noted(NoteKind::ReorderCeiling), 1);
}

#[test]
fn counting_remembers_nothing_and_still_adds_up() {
    let mut side = Side::new();
    side.take(6, b"ghi");
    side.interest = Interest::Count;
    side.take(0, b"abc");
    assert_eq!(side.told, ["abc#2", "counted 3"]);
    assert_eq!(side.accounts.held, 0);
    side.take(3, b"def");
    side.take(0, b"abcdefghi");
    side.arrive(12, b"mno", 5, true);
    side.finish();
    assert_eq!(side.told, ["abc#2", "counted 3", "counted 3", "counted 3", "fin#5"]);
    assert_eq!(side.accounts.ledger.missing, 3 + 5);
    assert_eq!(side.accounts.ledger.duplicate, 9);
}

#[test]
fn counting_may_begin_in_the_middle_of_a_segment() {
    let mut side = Side::new();
    side.take(2, b"c");
    side.take(5, b"f");
    side.interest = Interest::Count;
    side.take(0, b"abcdefgh");
    side.finish();
    assert_eq!(side.accounts.ledger.delivered, 8);
    assert_eq!(side.accounts.ledger.duplicate, 2);
    assert_eq!(side.accounts.ledger.missing, 0);
}

#[test]
fn tiny_segments_in_reverse_stay_bounded() {
    let limits = Limits { gap_grace: Span::from_secs(1), ..Limits::default() };
    let mut side = Side::with(limits);
    for start in (1..20_000).rev() {
        side.take(start, b"x");
        assert!(side.accounts.held <= limits.reorder_bytes);
    }
    assert!(side.noted(NoteKind::ReorderCeiling) > 0);
    side.finish();
}
