//! Every beginning of a capture, and captures with a damaged byte: no panic, the ledger adds up, what lies before the damage is unchanged, and of what
//! lies behind it no packet is lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use rvpscope::analysis::Analysis;
use rvpscope::base::limits::Limits;
use rvpscope::base::note::NoteKind;
use rvpscope::capture::file::CaptureFile;
use rvpscope::capture::{PacketSource, Step};
use rvpscope::pipeline::{self, Course, Wanted};
use rvpscope::session::event::Event;
use rvpscope::session::update::Update;
use rvpscope::settings::Settings;
use std::convert::Infallible;
use std::io::Cursor;
use std::num::NonZeroUsize;
use support::program;
use support::rewrite::{Record, Style, pcap, pcapng, records};

/// Three short stories of different kinds: messages with redirects, challenges, and lost bytes.
const STORIES: [&str; 3] = ["redirect", "digest-and-basic", "lost-packets"];

const LITTLE: Style = Style { big_endian: false, nanoseconds: false };

/// What an analysis gave: each event with the number of packets after which it was certain, the largest number if only at the end.
struct Found {
    events: Vec<(usize, Event)>,
    analysis: Analysis,
}

/// The analysis of a file; `None` if it is no capture.
fn analyse(file: &[u8]) -> Option<Found> {
    let limits = Limits::default();
    let mut file = CaptureFile::new(Box::new(Cursor::new(file.to_vec())), 0, &limits).ok()?;
    let course = Course { limits, settings: Settings::shipped(), threads: NonZeroUsize::MIN, wanted: Wanted::default() };
    let mut events = Vec::new();
    let analysis = pipeline::run(&["capture".to_owned()], &mut file, &course, &mut |update, when| {
        if let Update::Event(event) = update {
            events.push((usize::try_from(when.packets).unwrap(), event));
        }
        Ok::<(), Infallible>(())
    });
    let analysis = analysis.unwrap();
    assert_eq!(analysis.ledger.check(), [""; 0]);
    assert_eq!(analysis.notes.of(NoteKind::LedgerBroken), 0);
    assert_eq!(analysis.ledger.packets.read, analysis.captures[0].packets);
    Some(Found { events, analysis })
}

/// The events that were certain before packet `number` was read.
fn before(found: &Found, number: usize) -> Vec<&Event> {
    found.events.iter().take_while(|(read, _)| *read < number).map(|(_, event)| event).collect()
}

fn story(name: &str) -> Vec<Record> {
    records(&program::captures().join(name).join("capture.pcap"))
}

/// Where each packet's record or block ends.
fn ends(records: &[Record], write: &dyn Fn(&[Record]) -> Vec<u8>) -> Vec<usize> {
    (0..=records.len()).map(|count| write(&records[..count]).len()).collect()
}

#[test]
fn every_beginning_of_a_capture() {
    support::each(
        STORIES,
        |name| (*name).to_owned(),
        |name| {
            let records = story(name);
            let file = pcap(&records, LITTLE);
            let whole = analyse(&file).unwrap();
            let ends = ends(&records, &|records| pcap(records, LITTLE));
            for length in 0..file.len() {
                let Some(found) = analyse(&file[..length]) else {
                    assert!(length < 24, "{name}: {length} bytes are a capture");
                    continue;
                };
                let packets = ends.iter().filter(|end| **end <= length).count() - 1;
                assert_eq!(found.analysis.ledger.packets.read as usize, packets, "{name}: {length} bytes");
                assert_eq!(before(&found, packets + 1), before(&whole, packets + 1), "{name}: {length} bytes");
                let clean = ends.contains(&length);
                assert_eq!(found.analysis.captures[0].damage.is_empty(), clean, "{name}: {length} bytes");
            }
        },
    );
}

/// Numbers that look random and are the same in each run (xorshift).
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// The bytes of each packet of a file.
fn packets(file: &[u8]) -> Vec<Vec<u8>> {
    let mut file = CaptureFile::new(Box::new(Cursor::new(file.to_vec())), 0, &Limits::default()).unwrap_or_else(|why| panic!("{why}"));
    let mut packets = Vec::new();
    loop {
        match file.advance() {
            Step::Packet => packets.push(file.packet().unwrap().bytes.to_vec()),
            Step::Damage(_) => {}
            Step::End => return packets,
        }
    }
}

fn one_damaged_byte(name: &str, records: &[Record], write: &dyn Fn(&[Record]) -> Vec<u8>) {
    let file = write(records);
    let whole = analyse(&file).unwrap();
    let ends = ends(records, write);
    let mut state = 0x5eed_0000 + name.len() as u64;
    for _ in 0..1000 {
        // The beginning of the file says what all of it means: its magic number, its link type.
        let place = ends[0] + random(&mut state) as usize % (file.len() - ends[0]);
        let mut damaged = file.clone();
        damaged[place] ^= 1 + (random(&mut state) % 255) as u8;
        let hit = ends.iter().filter(|end| **end <= place).count();
        let what = format!("{name}: byte {place}, packet {hit}");
        let found = analyse(&damaged).unwrap();
        assert_eq!(before(&found, hit), before(&whole, hit), "{what}");
        let read = packets(&damaged);
        let expected: Vec<&Vec<u8>> = records.iter().map(|record| &record.bytes).collect();
        assert!(read.iter().zip(&expected).take(hit - 1).all(|(read, expected)| read == *expected), "{what}: packets before it");
        let behind = &expected[hit..];
        assert!(read.len() >= behind.len(), "{what}: {} of {} packets", read.len(), expected.len());
        assert!(read[read.len() - behind.len()..].iter().eq(behind.iter().copied()), "{what}: packets behind it");
    }
}

#[test]
fn one_damaged_byte_in_a_pcap() {
    support::each(STORIES, |name| (*name).to_owned(), |name| one_damaged_byte(name, &story(name), &|records| pcap(records, LITTLE)));
}

#[test]
fn one_damaged_byte_in_a_pcapng() {
    support::each(STORIES, |name| (*name).to_owned(), |name| one_damaged_byte(name, &story(name), &|records| pcapng(records, LITTLE, 1)));
}

/// Damage anywhere, also in the file's first bytes and in compressed data: an analysis or a refusal, never a panic, and the ledger adds up.
#[test]
fn one_damaged_byte_anywhere() {
    let mut state = 0x5eed;
    for name in ["redirect.pcap.gz", "redirect.pcap.zst", "redirect.pcap.lz4", "redirect.pcap.xz", "redirect.pcap.bz2"] {
        let file = std::fs::read(program::captures().join("../tests/compressed").join(name)).unwrap();
        for place in 0..file.len().min(200) {
            let mut damaged = file.clone();
            damaged[place] ^= 1 + (random(&mut state) % 255) as u8;
            analyse(&damaged);
        }
    }
    for file in [pcap(&story("redirect"), LITTLE), pcapng(&story("redirect"), LITTLE, 3)] {
        for place in 0..200 {
            let mut damaged = file.clone();
            damaged[place] ^= 1 + (random(&mut state) % 255) as u8;
            analyse(&damaged);
        }
    }
}
