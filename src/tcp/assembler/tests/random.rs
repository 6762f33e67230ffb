//! Random segmentations against a byte map.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

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
    assert_eq!(accounts.held, 0);
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
        let limits = Limits { reorder_bytes: ceiling, overlap_bytes: ceiling, ..Limits::default() };
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
