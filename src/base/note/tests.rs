//! Tests of the notes: nothing odd is lost from the count, and the examples stay few.

use super::*;
use crate::base::origin::PacketId;

fn origin(number: u64) -> Origin {
    Origin::of(PacketId { capture: 0, number })
}

/// The packet numbers of the examples of the only kind in `notes`.
fn examples(notes: &Notes) -> Vec<u64> {
    let (_, _, examples) = notes.iter().next().unwrap();
    examples.iter().map(|note| note.origin.first().unwrap().number).collect()
}

#[test]
fn the_count_goes_on_when_enough_examples_are_kept() {
    let mut added = Notes::default();
    let mut counted = Notes::default();
    for number in 1..=100 {
        added.add(Note::new(NoteKind::Gap, origin(number)));
        counted.count(NoteKind::Gap, || origin(number));
    }
    for notes in [added, counted] {
        assert_eq!(notes.of(NoteKind::Gap), 100);
        assert_eq!(examples(&notes), [1, 2, 3, 4, 5, 6, 7, 8], "the first ones");
    }
}

#[test]
fn an_analysis_in_parts_has_the_notes_of_one() {
    let mut whole = Notes::default();
    let mut parts = [Notes::default(), Notes::default(), Notes::default()];
    for number in 1..=50 {
        let place = (Timestamp::from_nanos(number as i64 / 10), number);
        for notes in [&mut whole, &mut parts[number as usize % 3]] {
            notes.at(place);
            // The packet that is cited says nothing about when it was noted.
            notes.count(NoteKind::MidStream, || origin(100 - number));
        }
    }
    assert_eq!(examples(&whole), [99, 98, 97, 96, 95, 94, 93, 92]);
    let mut merged = Notes::default();
    for part in parts.into_iter().rev() {
        merged.merge(part);
    }
    assert_eq!(merged, whole, "whoever noted them");
}

#[test]
fn merging_adds_the_counts_and_keeps_the_earlier_examples() {
    let notes = |numbers: std::ops::RangeInclusive<u64>| {
        let mut notes = Notes::default();
        numbers.for_each(|number| notes.add(Note::new(NoteKind::BodyCut, origin(number))));
        notes
    };
    let mut all = notes(1..=5);
    all.merge(notes(6..=15));
    all.merge(Notes::default());
    assert_eq!(all.of(NoteKind::BodyCut), 15);
    assert_eq!(examples(&all), [1, 2, 3, 4, 5, 6, 7, 8]);
    let mut empty = Notes::default();
    empty.merge(notes(6..=7));
    assert_eq!((empty.of(NoteKind::BodyCut), examples(&empty)), (2, vec![6, 7]));
}

#[test]
fn the_order_of_the_kinds_does_not_depend_on_what_was_seen_first() {
    let kinds = [NoteKind::LedgerBroken, NoteKind::Gap, NoteKind::XmlMalformed];
    let order = |kinds: &[NoteKind]| {
        let mut notes = Notes::default();
        for kind in kinds {
            notes.add(Note::new(*kind, Origin::default()));
        }
        notes.iter().map(|(kind, ..)| kind).collect::<Vec<_>>()
    };
    let [a, b, c] = kinds;
    assert_eq!(order(&[a, b, c]), order(&[c, b, a]));
}

#[test]
fn what_was_not_seen_has_no_count_and_no_line() {
    let notes = Notes::default();
    assert_eq!((notes.of(NoteKind::Gap), notes.iter().count()), (0, 0));
}

#[test]
fn the_words_of_the_document_have_hyphens() {
    let word = |kind| serde_json::to_value(kind).unwrap();
    assert_eq!(word(NoteKind::Gap), "gap");
    assert_eq!(word(NoteKind::BytesBetweenMessages), "bytes-between-messages");
    assert_eq!(word(NoteKind::DoubleUtf8), "double-utf8");
}
