//! The command line as scripts rely on it: exit codes, errors that say what to do, several inputs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Stdio;
use support::program::{Run, captures, command, rvpscope, scratch};
use support::{document, packets};

const STORY: &str = "callbacks-refused/server.pcap";

fn analyze(path: &Path) -> Run {
    rvpscope(&["analyze".as_ref(), path.as_os_str()])
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [&["--help"][..], &["--version"], &["analyze", "--help"]] {
        let run = rvpscope(arguments);
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.stderr);
        assert!(!run.stdout.is_empty() && run.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn wrong_arguments_are_exit_code_2_and_say_how_it_goes() {
    for arguments in [&[][..], &["analyse", STORY], &["analyze"], &["analyze", STORY, "--format", "xyz"], &["analyze", STORY, "--no-such"]]
    {
        let run = rvpscope(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}");
        assert!(run.stdout.is_empty(), "{arguments:?}");
        assert!(run.stderr.contains("Usage") || run.stderr.contains("--help"), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn unreadable_input_is_exit_code_3_and_the_error_names_the_file() {
    let folder = scratch("unreadable");
    fs::write(folder.join("empty.pcap"), "").unwrap();
    fs::write(folder.join("notes.pcap"), "These are notes, not packets. They go on for a while, longer than a file header.\n").unwrap();
    fs::create_dir(folder.join("nothing-here")).unwrap();
    fs::write(folder.join("nothing-here/readme.txt"), "no capture").unwrap();
    for name in ["missing.pcap", "empty.pcap", "notes.pcap", "nothing-here"] {
        let run = analyze(&folder.join(name));
        assert_eq!(run.code, Some(3), "{name}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains(name), "{name} is named: {}", run.stderr);
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    }
}

/// What could be read is reported all the same; the exit code tells that something could not.
#[test]
fn one_unreadable_input_does_not_cost_the_others() {
    let run = rvpscope(&["analyze", STORY, "missing.pcap", "--format", "json"]);
    assert_eq!(run.code, Some(3));
    assert!(run.stderr.contains("missing.pcap"), "{}", run.stderr);
    assert!(run.stdout.contains(STORY), "{}", run.stdout);
}

#[test]
fn a_damaged_end_is_analysed_as_far_as_it_goes() {
    let mut file = fs::read(captures().join(STORY)).unwrap();
    file.truncate(file.len() - 7);
    let path = scratch("damaged").join("cut.pcap");
    fs::write(&path, file).unwrap();
    let found = support::program::analysis(&path);
    document::check(&found);
    assert_eq!(document::list(&found["captures"][0], "damage").len(), 1, "{}", found["captures"]);
}

#[test]
fn a_capture_without_packets_is_no_error() {
    let path = scratch("no-packets").join("none.pcap");
    fs::write(&path, packets::pcap(&[])).unwrap();
    let found = support::program::analysis(&path);
    document::check(&found);
    assert_eq!(document::number(&found["ledger"]["packets"], "read"), 0);
    assert!(found["captures"][0]["first"].is_null(), "{}", found["captures"]);
}

#[test]
fn a_closed_output_pipe_is_no_error() {
    let mut child =
        command(&["analyze", "healthy", STORY, "--format", "ndjson"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 16];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_capture_can_come_from_a_pipe() {
    let mut child =
        command(&["analyze", "-", "--format", "json"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let file = fs::read(captures().join(STORY)).unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        for piece in file.chunks(10_007) {
            stdin.write_all(piece).unwrap();
        }
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let piped: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let read = support::program::analysis(Path::new(STORY));
    for part in ["ledger", "flows", "totals", "sessions", "events", "notes"] {
        assert_eq!(piped[part], read[part], "{part}");
    }
}

#[test]
fn several_inputs_are_a_batch_in_their_order() {
    let paths = [STORY, "healthy/server.pcap", "vlan/capture.pcap"];
    let run = rvpscope(&["analyze", paths[0], paths[1], paths[2], "--format", "json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let batch: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(batch["schema"], "rvpscope.batch/1");
    let analyses = document::list(&batch, "analyses");
    analyses.iter().for_each(document::check);
    let named: Vec<&str> = analyses.iter().map(|one| document::text(&one["captures"][0], "path")).collect();
    assert_eq!(named, paths);
    assert_eq!(analyses[0], support::program::analysis(Path::new(STORY)), "a batch holds the same documents");
}

#[test]
fn a_folder_is_searched_to_its_ground_and_a_glob_is_one_input_each() {
    let folder = scratch("folder");
    fs::create_dir_all(folder.join("b/deeper")).unwrap();
    for place in ["a.pcap", "b/deeper/c.pcap"] {
        fs::copy(captures().join(STORY), folder.join(place)).unwrap();
    }
    fs::write(folder.join("b/notes.txt"), "no capture").unwrap();
    for (path, files) in [(folder.clone(), vec!["a.pcap", "c.pcap"]), (folder.join("*.pcap"), vec!["a.pcap"])] {
        let run = rvpscope(&["analyze".as_ref(), path.as_os_str(), "--format".as_ref(), "json".as_ref()]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let analyses = if found["schema"] == "rvpscope.batch/1" { document::list(&found, "analyses").to_vec() } else { vec![found] };
        let named: Vec<&str> =
            analyses.iter().map(|one| document::text(&one["captures"][0], "path").rsplit(['/', '\\']).next().unwrap()).collect();
        assert_eq!(named, files, "{}", path.display());
    }
}

#[test]
fn each_line_of_ndjson_is_a_record() {
    let run = rvpscope(&["analyze", STORY, "vlan/capture.pcap", "--format", "ndjson"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let records = ["capture", "event", "finding", "verdict", "session", "ledger", "flows", "totals", "notes"];
    for line in run.stdout.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(records.contains(&document::text(&record, "record")), "{line}");
    }
}

#[test]
fn the_same_bytes_give_the_same_output() {
    let arguments = ["analyze", "healthy", "look-alikes", "--format", "json"];
    let first = rvpscope(&arguments).stdout;
    assert!(first.len() > 1000);
    assert_eq!(first, rvpscope(&arguments).stdout);
}

/// A thousand damaged places are counted, but not told one by one.
#[test]
fn a_flood_of_damage_is_bounded() {
    let mut file = Vec::new();
    let mut block = |kind: u32, body: &[u8]| {
        let length = 12 + u32::try_from(body.len()).unwrap();
        for part in [&kind.to_le_bytes()[..], &length.to_le_bytes(), body, &length.to_le_bytes()] {
            file.extend_from_slice(part);
        }
    };
    block(0x0a0d_0d0a, &[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
    for _ in 0..1000 {
        // A packet of an interface that nobody described.
        block(6, &[0; 20]);
    }
    let path = scratch("damage").join("flood.pcapng");
    fs::write(&path, file).unwrap();
    let found = support::program::analysis(&path);
    let damage = found["captures"][0]["damage"].as_array().unwrap();
    assert_eq!(damage.len(), 101);
    assert_eq!(damage[100], "and 900 more places");
    assert_eq!(found["captures"][0]["skipped_bytes"], 32_000);
}

/// Two readers of one pipe would each get half of a capture.
#[test]
fn standard_input_is_read_once() {
    for merge in [&[][..], &["--merge"]] {
        let arguments = [&["analyze", "-", "-", "--format", "json"], merge].concat();
        let capture = fs::File::open(captures().join(STORY)).unwrap();
        let output = command(&arguments).stdin(capture).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{merge:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("named twice"), "{merge:?}");
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = if merge.is_empty() { &found["analyses"][0] } else { &found };
        let whole = support::program::analysis(Path::new(STORY));
        assert_eq!((&found["ledger"], &found["totals"]), (&whole["ledger"], &whole["totals"]), "{merge:?}");
    }
}

#[test]
fn what_is_kept_for_the_report_is_told_on_request() {
    let run = rvpscope(&["analyze", STORY, "--verbose"]);
    assert_eq!(run.code, Some(0));
    assert!(run.stderr.contains(STORY) && run.stderr.contains("kept 2 sessions in "), "{}", run.stderr);
    assert_eq!(run.stdout, rvpscope(&["analyze", STORY]).stdout);
    let lines = rvpscope(&["analyze", STORY, "--verbose", "--format", "ndjson"]);
    assert!(lines.stderr.contains("and 0 events in 0 bytes"), "{}", lines.stderr);
}
