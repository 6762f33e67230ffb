//! Captures that lost packets: every message whose head is in sight is there, each one that lost bytes is flagged, and none is invented. What each
//! message lost is known from the whole capture.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use rvpscope::http::exchange::{Completeness, Framing, Message};
use rvpscope::http::head::StartLine;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use support::http_census::{Census, census_of};
use support::program;
use support::rewrite::{Record, Style, pcap, records};

const LITTLE: Style = Style { big_endian: false, nanoseconds: false };

/// Recordings of real clients, in which a message mostly is one or two packets.
const STORIES: [&str; 10] = [
    "healthy",
    "callbacks-refused",
    "callbacks-unanswered",
    "callbacks-prohibited",
    "callbacks-behind-nat",
    "callbacks-without-reply",
    "callbacks-with-errors",
    "ntlm",
    "split-and-reused-callbacks",
    "file-transfer",
];

/// A message as the test needs it.
#[derive(Clone, Debug)]
struct Seen {
    start: String,
    /// The packets that carried it, by their numbers in the whole capture.
    packets: BTreeSet<u64>,
    whole: bool,
    head_whole: bool,
    /// Whether its end is known only from the connection's end.
    lengthless: bool,
    body: u64,
}

fn seen(message: &Message, number: &dyn Fn(u64) -> u64) -> Seen {
    let start = match message.head.start() {
        StartLine::Request { method, .. } => method.to_owned(),
        StartLine::Response { status, .. } => status.to_string(),
    };
    Seen {
        start,
        packets: message.origin.ranges().iter().flat_map(|range| range.first..=range.last).map(number).collect(),
        whole: message.completeness == Completeness::Complete && message.head.complete,
        head_whole: message.head.complete,
        lengthless: message.body.framing == Framing::UntilClose,
        body: message.body.seen,
    }
}

/// All messages of a capture, of which packet `n` is packet `number(n)` of the whole one.
fn messages(records: &[Record], number: &dyn Fn(u64) -> u64) -> (Vec<Seen>, Census) {
    let census = census_of(Box::new(Cursor::new(pcap(records, LITTLE))), "a capture with gaps");
    let messages = census.exchanges.iter().flat_map(|exchange| exchange.request.iter().chain(&exchange.response));
    (messages.map(|message| seen(message, number)).collect(), census)
}

/// Which packets remain: each is lost with the probability `percent`, from a seed.
fn remaining(count: usize, percent: u64, seed: u64) -> Vec<usize> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut lost = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) % 1000 < percent * 10
    };
    (0..count).filter(|_| !lost()).collect()
}

/// What became of the messages of one lossy copy.
#[derive(Debug, Default)]
struct Outcome {
    untouched: usize,
    damaged: usize,
    without_head: usize,
}

fn check(name: &str, all: &[Record], whole: &[Seen], percent: u64, seed: u64) -> Outcome {
    let kept = remaining(all.len(), percent, seed);
    let lossy: Vec<Record> = kept.iter().map(|index| all[*index].clone()).collect();
    let (found, _) = messages(&lossy, &|number| kept[number as usize - 1] as u64 + 1);
    let kept: BTreeSet<u64> = kept.iter().map(|index| *index as u64 + 1).collect();
    let mut outcome = Outcome::default();
    // Several short messages may share a packet, so they are told apart by their start, in their order.
    let mut by_start: BTreeMap<(u64, &str), Vec<&Seen>> = BTreeMap::new();
    for message in &found {
        by_start.entry((*message.packets.first().unwrap(), &message.start)).or_default().push(message);
    }
    for message in whole {
        let what = format!("{name}, {percent} % lost, seed {seed}: {} in {:?}", message.start, message.packets);
        let first = *message.packets.first().unwrap();
        let same = by_start.get(&(first, message.start.as_str())).map(Vec::as_slice).unwrap_or_default();
        if message.packets.is_subset(&kept) {
            outcome.untouched += 1;
            assert!(
                same.iter().any(|one| one.body == message.body && one.head_whole == message.head_whole),
                "{what}: nothing of it was lost, {same:?}"
            );
            let whole = same.iter().any(|one| one.whole);
            assert!(whole == message.whole || message.lengthless, "{what}: nothing of it was lost, {same:?}");
        } else if kept.contains(&first) {
            outcome.damaged += 1;
            assert!(!same.is_empty(), "{what}: its beginning is in sight, but only {found:?} are there");
            // Sent again, it may be whole; where nothing but the connection's end tells the end, a lost end shows in the exchange.
            let flagged = same.iter().any(|one| !one.whole || one.body == message.body || one.lengthless);
            assert!(flagged, "{what}: it lost bytes and isn't flagged, {same:?}");
        } else {
            outcome.without_head += 1;
        }
    }
    for message in &found {
        let known = whole.iter().any(|one| one.start == message.start && !one.packets.is_disjoint(&message.packets));
        assert!(known, "{name}, {percent} % lost, seed {seed}: {} in {:?} is invented", message.start, message.packets);
    }
    outcome
}

#[test]
fn lost_packets_cost_what_they_carried() {
    let stories = STORIES.map(|name| (name, records(&program::captures().join(name).join("server.pcap"))));
    for percent in [1, 5, 20] {
        let mut total = Outcome::default();
        for (name, all) in &stories {
            let (whole, _) = messages(all, &|number| number);
            for seed in 1..=30 {
                let outcome = check(name, all, &whole, percent, seed);
                total.untouched += outcome.untouched;
                total.damaged += outcome.damaged;
                total.without_head += outcome.without_head;
            }
        }
        assert!(total.damaged > 0 && total.without_head > 0 && total.untouched > 4 * percent as usize, "{percent} %: {total:?}");
    }
}
