//! One side: named cases, then random segmentations against a byte map.

use super::*;
use crate::base::limits::Limits;
use crate::base::note::NoteKind;
use crate::base::time::Span;
use crate::tcp::buffer::PIECE_COST;
use crate::tcp::testing::packet;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// An assembler and what it handed up, as one string per piece.
struct Side {
    assembler: Assembler,
    accounts: Accounts,
    told: Vec<String>,
    number: u64,
    captured: u64,
    interest: Interest,
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_nanos(millis * 1_000_000)
}

impl Side {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        Self {
            assembler: Assembler::new(true),
            accounts: Accounts::new(limits),
            told: Vec::new(),
            number: 0,
            captured: 0,
            interest: Interest::Bytes,
        }
    }

    fn arrive(&mut self, start: i64, bytes: &[u8], cut: u32, fin: bool) {
        self.number += 1;
        self.captured += bytes.len() as u64;
        let arrival = Arrival { start, bytes, cut, fin, seen: Seen { packet: packet(self.number), at: at(self.number as i64) } };
        self.work(|assembler, accounts, out| assembler.take(&arrival, accounts, out));
    }

    fn take(&mut self, start: i64, bytes: &[u8]) {
        self.arrive(start, bytes, 0, false);
    }

    /// The other side acknowledges, in packet 100 at 1 s.
    fn ack(&mut self, upto: i64) {
        self.assembler.acknowledged(upto, Seen { packet: packet(100), at: at(1000) }, 100, &self.accounts);
    }

    fn pass(&mut self, millis: i64, packets: u64) {
        self.work(|assembler, accounts, out| assembler.pass(at(millis), packets, accounts, out));
    }

    fn finish(&mut self) {
        self.work(Assembler::finish);
        let ledger = self.accounts.ledger;
        assert_eq!(self.captured, ledger.delivered + ledger.duplicate + ledger.discarded, "{ledger:?}");
        assert_eq!((self.accounts.held, self.accounts.remembered, self.assembler.held.is_unused()), (0, 0, true));
    }

    fn work(&mut self, work: impl FnOnce(&mut Assembler, &mut Accounts, &mut Out<'_>)) {
        let Self { assembler, accounts, told, interest, .. } = self;
        let mut out = |piece: Piece<'_>| {
            told.push(match piece {
                Piece::Bytes(bytes, seen) => format!("{}#{}", String::from_utf8_lossy(bytes), seen.packet.number),
                Piece::Counted(len) => format!("counted {len}"),
                Piece::Gap(len, seen) => format!("gap {len}#{}", seen.packet.number),
                Piece::Fin(seen) => format!("fin#{}", seen.packet.number),
            });
            *interest
        };
        work(assembler, accounts, &mut out);
    }

    fn noted(&self, kind: NoteKind) -> u64 {
        self.accounts.notes.of(kind)
    }

    /// The packets of the first note of `kind`.
    fn cited(&self, kind: NoteKind) -> Vec<(u64, u64)> {
        let (_, _, notes) = self.accounts.notes.iter().find(|(noted, ..)| *noted == kind).unwrap();
        notes[0].origin.ranges().iter().map(|range| (range.first, range.last)).collect()
    }
}

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
    assert_eq!((side.accounts.held, side.accounts.remembered), (0, 0));
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

/// A cut-up stream: pieces of it in any order, some twice, some never, some overlapping, some with other content.
#[derive(Clone, Debug)]
struct Cuts {
    len: usize,
    /// Start, length, whether the content differs from the stream's.
    pieces: Vec<(usize, usize, bool)>,
}

fn cuts() -> impl Strategy<Value = Cuts> {
    (1..400_usize).prop_flat_map(|len| {
        let pieces = prop::collection::vec((0..len, 0..60_usize, prop::bool::weighted(0.1)), 0..60);
        pieces.prop_map(move |pieces| Cuts {
            len,
            pieces: pieces.into_iter().map(|(start, size, other)| (start, size.min(len - start), other)).collect(),
        })
    })
}

/// What any segmentation must give: the first copy of each byte, in order.
fn first_copies(cuts: &Cuts) -> Vec<Option<u8>> {
    let mut map = vec![None; cuts.len];
    for (start, bytes) in segments(cuts) {
        for (offset, byte) in bytes.iter().enumerate() {
            map[start + offset].get_or_insert(*byte);
        }
    }
    map
}

fn segments(cuts: &Cuts) -> Vec<(usize, Vec<u8>)> {
    cuts.pieces
        .iter()
        .filter(|(_, len, _)| *len > 0)
        .map(|(start, len, other)| (*start, (*start..start + len).map(|at| at as u8 ^ if *other { 0x80 } else { 0 }).collect()))
        .collect()
}

/// Runs `segments` and gives what came out as a byte map, with gaps as `None`.
fn assemble(limits: Limits, base: i64, segments: &[(usize, Vec<u8>)]) -> (Vec<Option<u8>>, Accounts) {
    let mut assembler = Assembler { origin: base, expected: base, ..Assembler::new(true) };
    let mut accounts = Accounts::new(limits);
    let mut stream = Vec::new();
    let mut out = |piece: Piece<'_>| {
        match piece {
            Piece::Bytes(bytes, _) => stream.extend(bytes.iter().map(|byte| Some(*byte))),
            Piece::Gap(len, _) => stream.extend(vec![None; len as usize]),
            piece => panic!("{piece:?}"),
        }
        Interest::Bytes
    };
    for (number, (start, bytes)) in segments.iter().enumerate() {
        let seen = Seen { packet: packet(number as u64), at: at(0) };
        assembler.take(&Arrival { start: base + *start as i64, bytes, cut: 0, fin: false, seen }, &mut accounts, &mut out);
        assert!(accounts.held <= accounts.limits.reorder_bytes);
    }
    assembler.finish(&mut accounts, &mut out);
    assert_eq!((accounts.held, accounts.remembered), (0, 0));
    accounts.ledger.captured = segments.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    (stream, accounts)
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: Some(Box::new(FileFailurePersistence::Off)), ..ProptestConfig::with_cases(600) }
}

proptest! {
    #![proptest_config(config())]

    /// The bytes that come out are the first copies, in order; what never came is a gap; conflicts are noted if and only if there are any.
    #[test]
    fn equals_a_byte_map(cuts in cuts(), base in prop_oneof![Just(0_i64), Just(i64::from(u32::MAX) * 3)]) {
        let mut expected = first_copies(&cuts);
        let last = expected.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        expected.truncate(last);
        let (stream, accounts) = assemble(Limits::default(), base, &segments(&cuts));
        let ledger = accounts.ledger;
        let delivered = expected.iter().flatten().count() as u64;
        prop_assert_eq!(&stream, &expected);
        prop_assert_eq!(ledger.delivered, delivered);
        prop_assert_eq!(ledger.duplicate, ledger.captured - delivered);
        prop_assert_eq!(ledger.discarded, 0);
        prop_assert_eq!(ledger.missing, last as u64 - delivered);
        prop_assert_eq!(accounts.notes.of(NoteKind::ConflictingOverlap) > 0, has_conflict(&cuts));
    }

    /// A whole stream, split anyhow, sent in any order and partly twice, comes out whole.
    #[test]
    fn a_whole_stream_comes_out_whole(
        sizes in prop::collection::vec(1..40_usize, 1..40),
        order in prop::collection::vec(any::<prop::sample::Index>(), 40),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let mut segments = Vec::new();
        let mut start = 0;
        for size in &sizes {
            segments.push((start, (start..start + size).map(|at| at as u8).collect::<Vec<u8>>()));
            start += size;
        }
        for index in &again {
            segments.push(index.get(&segments).clone());
        }
        for (at, index) in order.iter().enumerate().take(segments.len()) {
            let other = index.index(segments.len());
            segments.swap(at, other);
        }
        let (stream, accounts) = assemble(Limits::default(), 0, &segments);
        prop_assert_eq!(stream, (0..start).map(|at| Some(at as u8)).collect::<Vec<_>>());
        prop_assert_eq!(accounts.ledger.missing, 0);
        prop_assert_eq!(accounts.notes.of(NoteKind::ConflictingOverlap), 0);
    }

    /// However low the ceilings, every byte is handed up at its place or accounted for.
    #[test]
    fn low_ceilings_lose_bytes_but_not_the_order(cuts in cuts(), ceiling in 0..800_usize) {
        let limits = Limits { reorder_bytes: ceiling, overlap_window: ceiling, ..Limits::default() };
        let (stream, accounts) = assemble(limits, 0, &segments(&cuts));
        let expected = first_copies(&cuts);
        for (at, byte) in stream.iter().enumerate().filter(|(_, byte)| byte.is_some()) {
            let sent = |(start, bytes): &(usize, Vec<u8>)| bytes.get(at.wrapping_sub(*start)) == byte.as_ref();
            prop_assert!(segments(&cuts).iter().any(sent) && expected[at].is_some());
        }
        let ledger = accounts.ledger;
        prop_assert_eq!(ledger.captured, ledger.delivered + ledger.duplicate + ledger.discarded);
        prop_assert_eq!(ledger.delivered, stream.iter().flatten().count() as u64);
        prop_assert_eq!(ledger.missing, stream.iter().filter(|byte| byte.is_none()).count() as u64);
    }
}

/// Whether some byte came with two contents. A lone byte directly before the next one is a probe, and is not compared.
fn has_conflict(cuts: &Cuts) -> bool {
    let mut map: Vec<Option<u8>> = vec![None; cuts.len];
    let mut found = false;
    for (start, bytes) in segments(cuts) {
        let next = map.iter().position(Option::is_none).unwrap_or(cuts.len);
        let held_end = map.iter().rposition(Option::is_some).map(|last| last + 1);
        if bytes.len() == 1 && (start + 1 == next || held_end == Some(start + 1)) {
            // Either a repeated byte, or the first byte at all, which differs from nothing.
            continue;
        }
        for (offset, byte) in bytes.iter().enumerate() {
            found |= map[start + offset].get_or_insert(*byte) != byte;
        }
    }
    found
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
