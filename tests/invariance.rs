//! How the packets came must not matter for what happened: small segments, a little disorder, copies, another file format, a VLAN tag. And a
//! capture that ends anywhere is still a capture.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use support::conversation::{Conversation, play};
use support::{document, oracle, packets, program};

/// Runs `check` on each story that is made from a script.
fn each_story(check: impl Fn(&str, Conversation)) {
    support::each(conversations(), |(name, _)| name.clone(), |(name, conversation)| check(&name, conversation));
}

/// The stories that are made from scripts, with their conversations.
fn conversations() -> Vec<(String, Conversation)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(program::captures()).unwrap() {
        let folder = entry.unwrap().path();
        if let Ok(script) = fs::read_to_string(folder.join("script.txt")) {
            found.push((folder.file_name().unwrap().to_str().unwrap().to_owned(), play(&script)));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(found.len() >= 11, "the scripts are there");
    found
}

/// What happened: without packet numbers and measured times, and without what depends on how the bytes were packed.
fn essence(found: &Value) -> Value {
    let events: Vec<Value> = document::list(found, "events")
        .iter()
        .map(|event| json!([event["kind"], event["session"], without_durations(document::text(event, "summary"))]))
        .collect();
    json!({ "events": events, "totals": found["totals"], "fates": found["flows"]["by_fate"] })
}

/// A summary without how long it took: `REFUSED after 0.1 ms` becomes `REFUSED after .`.
fn without_durations(summary: &str) -> String {
    let mut parts = summary.split(" after ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = if part.starts_with(|c: char| c.is_ascii_digit()) { part.find(',').map_or("", |comma| &part[comma..]) } else { part };
        text.push_str(" after .");
        text.push_str(rest);
    }
    text
}

/// Analyses `file` under a name of its own.
fn analysis_of(name: &str, file: &[u8]) -> Value {
    let path = program::scratch(&name.replace(['/', ' '], "-")).join("capture.pcap");
    fs::write(&path, file).unwrap();
    let found = program::analysis(&path);
    document::check_sums(&found);
    found
}

/// Compares each story, changed, with the story as it is.
fn unchanged_by(change: &str, changed: impl Fn(Conversation) -> Conversation) {
    each_story(|name, conversation| {
        let before = analysis_of(&format!("{change} {name} before"), &packets::pcap(&conversation.frames()));
        let after = analysis_of(&format!("{change} {name} after"), &packets::pcap(&changed(conversation).frames()));
        similar(&essence(&after), &essence(&before), &format!("{name}, {change}"));
    });
}

/// Compares line by line, so that a failure shows which event differs.
fn similar(found: &Value, expected: &Value, what: &str) {
    let lines = |value: &Value| serde_json::to_string_pretty(value).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
    for (number, (found, expected)) in lines(found).iter().zip(&lines(expected)).enumerate() {
        assert_eq!(found, expected, "{what}, line {number}");
    }
    assert_eq!(found, expected, "{what}");
}

#[test]
fn one_byte_segments() {
    unchanged_by("one-byte segments", |conversation| conversation.split(1));
}

#[test]
fn small_disorder() {
    for seed in 1..=3 {
        unchanged_by(&format!("disorder {seed}"), |conversation| conversation.split(100).reordered(seed));
    }
}

#[test]
fn small_disorder_with_the_times_in_order() {
    for seed in 4..=6 {
        unchanged_by(&format!("sorted disorder {seed}"), |conversation| conversation.split(100).reordered(seed).times_sorted());
    }
}

#[test]
fn copies_of_packets() {
    for seed in 1..=3 {
        unchanged_by(&format!("copies {seed}"), |conversation| conversation.duplicated(seed));
    }
}

#[test]
fn a_vlan_tag() {
    unchanged_by("tagged", |conversation| conversation.vlan(Some(42)));
    unchanged_by("untagged", |conversation| conversation.vlan(None));
}

#[test]
fn pcapng_instead_of_pcap() {
    each_story(|name, conversation| {
        let frames = conversation.frames();
        let old = analysis_of(&format!("{name} as pcap"), &packets::pcap(&frames));
        let new = analysis_of(&format!("{name} as pcapng"), &packets::pcapng(&frames));
        for part in ["ledger", "flows", "totals", "sessions", "events", "notes"] {
            similar(&new[part], &old[part], &format!("{name}, {part}"));
        }
    });
}

/// A snapshot length takes the ends of messages away. The requests stay, with their answers, for each begins with its packet; and every packet is
/// still accounted for.
#[test]
fn cut_packets_lose_no_request() {
    each_story(|name, conversation| {
        let whole = analysis_of(&format!("{name} whole"), &packets::pcap(&conversation.frames()));
        let frames = support::conversation::snap(conversation.frames(), 160);
        let cut = analysis_of(&format!("{name} cut"), &packets::pcap(&frames));
        assert_eq!(cut["totals"]["requests"], whole["totals"]["requests"], "{name}");
        assert_eq!(cut["ledger"]["packets"], whole["ledger"]["packets"], "{name}");
    });
}

/// Only the server's half of each connection: answers and callbacks without what they answer. It may tell less, never more.
#[test]
fn one_direction_invents_nothing() {
    each_story(|name, conversation| {
        let server = conversation.packets.iter().find(|packet| packet.to.port() == 80).unwrap().to.ip();
        let half = conversation.only_from(server);
        let found = analysis_of(&format!("{name} half"), &packets::pcap(&half.frames()));
        let callbacks = document::of_sessions(&found, "callbacks");
        assert!(callbacks.iter().all(|one| document::text(one, "outcome") != "delivered"), "{name}: an answer that is not in the capture");
    });
}

/// Every beginning of a story: cut after each record, and every 97 bytes.
#[test]
fn every_beginning_of_a_story_is_analysed() {
    let folder = program::scratch("beginnings");
    each_story(|name, conversation| {
        let file = packets::pcap(&conversation.frames());
        let mut cuts = oracle::record_ends(&file);
        cuts.extend((0..file.len()).step_by(97));
        cuts.sort_unstable();
        cuts.dedup();
        for cut in cuts {
            let path = folder.join(format!("{name}-{cut}.pcap"));
            fs::write(&path, &file[..cut]).unwrap();
            beginning(&path, cut);
            fs::remove_file(&path).unwrap();
        }
    });
}

fn beginning(path: &Path, length: usize) {
    let run = program::rvpscope(&[Path::new("analyze"), path, Path::new("--format"), Path::new("json")]);
    // Without a whole file header it is no capture at all.
    assert_eq!(run.code, Some(if length < 24 { 3 } else { 0 }), "{}: {}", path.display(), run.stderr);
    if length >= 24 {
        document::check(&serde_json::from_str(&run.stdout).unwrap());
    }
}

/// A capture that lost one packet, whichever: it may tell less, but no request with a status and no callback that was not there.
#[test]
fn one_lost_packet_invents_nothing() {
    let folder = program::scratch("lost");
    for story in ["callbacks-refused", "ntlm", "split-and-reused-callbacks"] {
        let file = fs::read(program::captures().join(story).join("server.pcap")).unwrap();
        let whole = document::counts(&analysis_of(story, &file)["totals"]["requests"]["by_method_and_status"]);
        let callbacks = document::number(&analysis_of(story, &file)["totals"]["callbacks"], "total");
        let ends = oracle::record_ends(&file);
        let path = folder.join("capture.pcap");
        for (number, record) in ends.windows(2).enumerate() {
            let lost = [&file[..record[0]], &file[record[1]..]].concat();
            fs::write(&path, lost).unwrap();
            let found = program::analysis(&path);
            let what = format!("{story} without packet {}", number + 1);
            document::check_sums(&found);
            for (request, count) in document::counts(&found["totals"]["requests"]["by_method_and_status"]) {
                let before = whole.get(&request).copied().unwrap_or_default();
                assert!(count <= before || request.ends_with(" none"), "{what}: {count} × {request}, but there were {before}");
            }
            assert!(document::number(&found["totals"]["callbacks"], "total") <= callbacks, "{what}");
        }
    }
}

/// One packet that claims to be from 2038 ends no connection and no subscription.
#[test]
fn one_damaged_timestamp() {
    let file = fs::read(program::captures().join("callbacks-refused/server.pcap")).unwrap();
    let before = analysis_of("timestamps", &file);
    let ends = oracle::record_ends(&file);
    // The eleventh packet is ARP: nothing of the timeline is its own.
    let record = ends[10];
    let mut damaged = file.clone();
    damaged[record..record + 4].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    let after = analysis_of("damaged timestamp", &damaged);
    similar(&essence(&after), &essence(&before), "a damaged timestamp");
    similar(&after["sessions"], &before["sessions"], "the sessions");
}
