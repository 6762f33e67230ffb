//! Bytes in order and out of order, once and twice.

use super::*;

#[test]
fn in_order_bytes_are_handed_up_borrowed() {
    let mut side = Side::new();
    let payload = b"hello".to_vec();
    let mut same = false;
    let arrival = Arrival { start: 0, bytes: &payload, cut: 0, fin: false, seen: Seen { packet: packet(1), at: at(1) } };
    side.assembler.take(&arrival, &mut side.accounts, &mut |piece| {
        same = matches!(piece, Piece::Bytes(bytes, _) if std::ptr::eq(bytes, payload.as_slice()));
        Interest::Bytes
    });
    assert!(same);
}

#[test]
fn out_of_order_bytes_wait_for_the_hole_to_be_filled() {
    let mut side = Side::new();
    side.take(6, b"ghi");
    side.take(3, b"def");
    assert!(side.told.is_empty());
    side.take(0, b"abc");
    assert_eq!(side.told, ["abc#3", "def#2", "ghi#1"]);
    assert_eq!(side.accounts.held, 0);
}

#[test]
fn a_retransmission_is_a_duplicate_and_may_bring_more() {
    let mut side = Side::new();
    side.take(0, b"abc");
    side.take(0, b"abc");
    side.take(1, b"bcde");
    side.finish();
    assert_eq!(side.told, ["abc#1", "de#3"]);
    assert_eq!(side.accounts.ledger.duplicate, 5);
    assert_eq!(side.noted(NoteKind::ConflictingOverlap), 0);
}

#[test]
fn the_first_copy_wins_and_a_conflict_cites_both_packets() {
    let mut side = Side::new();
    side.take(0, b"abc");
    side.take(1, b"bXd");
    assert_eq!(side.told, ["abc#1", "d#2"]);
    assert_eq!(side.cited(NoteKind::ConflictingOverlap), [(1, 2)]);
}

#[test]
fn held_bytes_are_compared_too() {
    let mut side = Side::new();
    side.take(4, b"ef");
    side.take(3, b"dEfg");
    side.take(9, b"-");
    assert_eq!(side.noted(NoteKind::ConflictingOverlap), 1);
    side.take(0, b"abcdeF");
    assert_eq!(side.noted(NoteKind::ConflictingOverlap), 2);
    assert_eq!(side.cited(NoteKind::ConflictingOverlap), [(1, 2)]);
    assert_eq!(side.told, ["abc#4", "d#2", "ef#1", "g#2"]);
    side.finish();
    assert_eq!(side.accounts.ledger.duplicate, 2 + 3);
}

#[test]
fn one_segment_may_span_several_held_pieces() {
    let mut side = Side::new();
    for start in [2, 5, 8] {
        side.take(start, &b"0123456789ab"[start as usize..=start as usize]);
    }
    side.take(1, b"123456789");
    side.take(0, b"0123456789ab");
    side.finish();
    assert_eq!(side.told.iter().map(|piece| piece.split('#').next().unwrap()).collect::<String>(), "0123456789ab");
    assert_eq!(side.noted(NoteKind::ConflictingOverlap), 0);
}

#[test]
fn keep_alives_and_window_probes_are_no_conflict() {
    let mut side = Side::new();
    side.take(-1, b"\0");
    side.take(0, b"abc");
    side.take(2, b"\0");
    side.take(2, b"");
    side.take(6, b"gh");
    side.take(7, b"\0");
    side.take(3, b"d");
    side.take(3, b"def");
    side.arrive(8, b"", 0, true);
    side.take(8, b"\0");
    side.finish();
    assert_eq!(side.told, ["abc#2", "d#7", "ef#8", "gh#5", "fin#9"]);
    assert_eq!(side.accounts.ledger.duplicate, 5);
    for kind in [NoteKind::ConflictingOverlap, NoteKind::SegmentOutsideWindow, NoteKind::BytesAfterEnd] {
        assert_eq!(side.noted(kind), 0, "{kind:?}");
    }
}
