//! The number of threads changes nothing: the same packets give the same bytes, from a file and from a pipe, whatever the format.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;
use support::program::{self, command, rvpscope};
use support::rewrite::{Record, Style, pcap, records};

const LITTLE: Style = Style { big_endian: false, nanoseconds: false };

/// All stories at once, again and again, some seconds apart: more than one batch of packets, and connections that are open at the same time.
fn crowd(rounds: u64) -> Vec<Record> {
    let mut folders: Vec<PathBuf> = fs::read_dir(program::captures()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let stories: Vec<Vec<Record>> =
        folders.iter().map(|folder| folder.join("capture.pcap")).filter(|path| path.exists()).map(|path| records(&path)).collect();
    assert!(stories.len() > 20, "the stories are there");
    let mut crowd: Vec<Record> = Vec::new();
    for round in 0..rounds {
        for (number, story) in stories.iter().enumerate() {
            let begins = 1_000_000_000_000_000 + round * 7_000_000 + number as u64 * 300_000;
            let first = story.first().map_or(0, |record| record.at);
            crowd.extend(story.iter().map(|record| Record { at: begins + (record.at - first), ..record.clone() }));
        }
    }
    crowd.sort_by_key(|record| record.at);
    crowd
}

fn output(path: &Path, format: &str, threads: &str) -> String {
    let run = rvpscope(&["analyze".as_ref(), path.as_os_str(), "--format".as_ref(), format.as_ref(), "-j".as_ref(), threads.as_ref()]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    run.stdout
}

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let path = program::scratch("threads").join("crowd.pcap");
    let file = pcap(&crowd(12), LITTLE);
    assert!(file.len() > 3 << 20, "several batches: {} bytes", file.len());
    fs::write(&path, &file).unwrap();
    for format in ["ndjson", "json", "text"] {
        let alone = output(&path, format, "1");
        for threads in ["2", "3", "8"] {
            assert!(output(&path, format, threads) == alone, "{format} on {threads} threads");
        }
    }
}

#[test]
fn the_same_from_a_pipe_that_gives_a_little_at_a_time() {
    let path = program::scratch("threads-pipe").join("crowd.pcap");
    let file = pcap(&crowd(2), LITTLE);
    fs::write(&path, &file).unwrap();
    let expected = output(&path, "ndjson", "1").replace(&path.display().to_string(), "-");
    for threads in ["1", "2"] {
        let mut child =
            command(&["analyze", "-", "--format", "ndjson", "-j", threads]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let pieces = file.clone();
        let writer = std::thread::spawn(move || {
            // No divisor of anything: batches end at other packets each time.
            for piece in pieces.chunks(1777) {
                pipe.write_all(piece).unwrap();
            }
        });
        let out = child.wait_with_output().unwrap();
        writer.join().unwrap();
        assert!(String::from_utf8(out.stdout).unwrap() == expected, "{threads} threads");
    }
}

#[test]
fn what_is_certain_is_told_while_the_pipe_waits() {
    let records = records(&program::captures().join("redirect/capture.pcap"));
    let (first, second) = records.split_at(records.len() / 2);
    let file = pcap(first, LITTLE);
    let next = &pcap(second, LITTLE)[24..];
    for threads in ["1", "2"] {
        let arguments = ["analyze", "-", "--format", "ndjson", "-j", threads];
        let mut child = command(&arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(&file).unwrap();
        // The next record has begun, and does not go on.
        pipe.write_all(&next[..20]).unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (told, hears) = mpsc::channel();
        let reader = std::thread::spawn(move || {
            let line = lines.next().unwrap().unwrap();
            told.send(line).unwrap();
            lines.count()
        });
        let line = hears.recv_timeout(Duration::from_secs(50)).expect("an event comes although the pipe is open");
        assert!(line.starts_with("{\"record\":\"event\""), "{line}");
        pipe.write_all(&next[20..]).unwrap();
        drop(pipe);
        assert!(reader.join().unwrap() > 10, "the rest comes, too");
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn many_small_captures_come_out_in_order() {
    let folder = program::scratch("threads-folder");
    let crowd = crowd(1);
    for (number, part) in crowd.chunks(50).enumerate() {
        fs::write(folder.join(format!("{number:03}.pcap")), pcap(part, LITTLE)).unwrap();
    }
    for format in ["ndjson", "text"] {
        let alone = output(&folder, format, "1");
        assert!(alone.matches(".pcap").count() > 20, "all are there");
        assert!(output(&folder, format, "4") == alone, "{format}");
    }
}
