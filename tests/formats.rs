//! The same packets in another file are the same analysis: other byte orders, units and formats, compressed, through a pipe, cut into several files and
//! merged. Only `captures` and the packets' numbers may differ, and those map one to one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use support::rewrite::{Record, Style, pcap, pcapng, records};
use support::same::same;
use support::{document, program};

const LITTLE: Style = Style { big_endian: false, nanoseconds: false };
const STYLES: [Style; 4] = [
    LITTLE,
    Style { big_endian: true, nanoseconds: false },
    Style { big_endian: false, nanoseconds: true },
    Style { big_endian: true, nanoseconds: true },
];

/// Runs `check` on each story with a pcap file: its name, its packets, and their analysis.
fn each_story(check: impl Fn(&str, &[Record], &Value)) {
    let mut stories: Vec<PathBuf> = fs::read_dir(program::captures()).unwrap().map(|entry| entry.unwrap().path()).collect();
    stories.retain(|folder| folder.is_dir());
    stories.sort();
    assert!(stories.len() >= 20);
    let captures = stories.iter().map(|folder| {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|file| file.extension().is_some_and(|ending| ending == "pcap")).min().unwrap()
    });
    support::each(
        captures,
        |path| path.display().to_string(),
        |path| check(path.parent().unwrap().file_name().unwrap().to_str().unwrap(), &records(&path), &program::analysis(&path)),
    );
}

fn analysis_of(folder: &Path, name: &str, file: &[u8]) -> Value {
    let path = folder.join(name);
    fs::write(&path, file).unwrap();
    program::analysis(&path)
}

#[test]
fn byte_orders_units_and_formats() {
    let folder = program::scratch("formats");
    each_story(|name, records, expected| {
        for style in STYLES {
            let found = analysis_of(&folder, &format!("{name}.pcap"), &pcap(records, style));
            same(&found, expected, &|_, number| number, &format!("{name} as pcap, {style:?}"));
            for sections in [1, 3] {
                let found = analysis_of(&folder, &format!("{name}.pcapng"), &pcapng(records, style, sections));
                same(&found, expected, &|_, number| number, &format!("{name} as pcapng of {sections} sections, {style:?}"));
            }
        }
    });
}

/// `-` instead of a file, in single bytes where the story is short.
#[test]
fn through_a_pipe() {
    each_story(|name, records, expected| {
        for (file, pieces) in [(pcap(records, LITTLE), 1), (pcapng(records, LITTLE, 2), 1), (pcap(records, LITTLE), 4093)] {
            if pieces == 1 && file.len() > 12_000 {
                continue;
            }
            let mut command = program::command(&["analyze", "-", "--format", "json"]);
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            let mut pipe = child.stdin.take().unwrap();
            for piece in file.chunks(pieces) {
                pipe.write_all(piece).unwrap();
            }
            drop(pipe);
            let output = child.wait_with_output().unwrap();
            let found: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(found["captures"][0]["path"], "-");
            same(&found, expected, &|_, number| number, &format!("{name} through a pipe, by {pieces}"));
        }
    });
}

#[test]
fn in_each_compression() {
    type Compress = fn(&[u8]) -> Vec<u8>;
    let compressions: [(&str, Compress); 5] = [
        ("gzip", |bytes| {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            packed.write_all(bytes).unwrap();
            packed.finish().unwrap()
        }),
        ("zstd", |bytes| ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)),
        ("lz4", |bytes| {
            let mut packed = lz4_flex::frame::FrameEncoder::new(Vec::new());
            packed.write_all(bytes).unwrap();
            packed.finish().unwrap()
        }),
        ("xz", |bytes| {
            let mut packed = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::default()).unwrap();
            packed.write_all(bytes).unwrap();
            packed.finish().unwrap()
        }),
        ("bzip2", |bytes| {
            let mut packed = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
            packed.write_all(bytes).unwrap();
            packed.finish().unwrap()
        }),
    ];
    let folder = program::scratch("compressed");
    each_story(|name, records, expected| {
        let file = pcap(records, LITTLE);
        for (compression, compress) in compressions {
            // A name that says nothing: content decides.
            let found = analysis_of(&folder, &format!("{name}.pcap"), &compress(&file));
            let capture = &found["captures"][0];
            assert_eq!((&capture["compression"], &capture["format"]), (&json!(compression), &json!("pcap")), "{name}");
            assert_eq!(capture["bytes"], file.len(), "{name}, {compression}");
            same(&found, expected, &|_, number| number, &format!("{name} in {compression}"));
        }
    });
}

/// Cut into files, given in the wrong order, one of them compressed and one as pcapng.
#[test]
fn cut_into_files_and_merged() {
    each_story(|name, records, expected| {
        for parts in [2, 3, 7] {
            let folder = program::scratch(&format!("merged-{name}-{parts}"));
            let mut order: Vec<(usize, &[Record])> = Vec::new();
            let mut first = 0;
            for part in records.chunks(records.len().div_ceil(parts)) {
                order.push((first, part));
                first += part.len();
            }
            order.reverse();
            order.rotate_left(1);
            let mut arguments: Vec<OsString> = ["analyze", "--format", "json", "--merge"].map(OsString::from).to_vec();
            for (number, (_, part)) in order.iter().enumerate() {
                let path = folder.join(format!("{number}"));
                let file = if number == 1 { pcapng(part, LITTLE, 1) } else { pcap(part, STYLES[number % 2]) };
                File::create(&path).unwrap().write_all(&file).unwrap();
                arguments.push(path.into());
            }
            let run = program::rvpscope(&arguments);
            assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{name}");
            let found: Value = serde_json::from_str(&run.stdout).unwrap();
            let counts: Vec<usize> =
                document::list(&found, "captures").iter().map(|one| document::number(one, "packets") as usize).collect();
            assert_eq!(counts, order.iter().map(|(_, part)| part.len()).collect::<Vec<_>>(), "{name}");
            same(&found, expected, &|capture, number| order[capture as usize].0 as u64 + number, &format!("{name} in {parts} files"));
        }
    });
}

/// Every other packet in another file: two capture points that each saw half.
#[test]
fn interleaved_files_are_one_timeline() {
    each_story(|name, records, expected| {
        // Packets of the same time stand in the order of the files, so that only their numbers can tell their order apart.
        if records.windows(2).any(|pair| pair[0].at >= pair[1].at) {
            return;
        }
        let folder = program::scratch(&format!("interleaved-{name}"));
        for half in 0..2 {
            let part: Vec<Record> = records.iter().skip(half).step_by(2).cloned().collect();
            fs::write(folder.join(format!("{half}.pcap")), pcap(&part, LITTLE)).unwrap();
        }
        let run = program::rvpscope(&["analyze".as_ref(), folder.as_os_str(), "--merge".as_ref(), "--format".as_ref(), "json".as_ref()]);
        let found: Value = serde_json::from_str(&run.stdout).unwrap();
        same(&found, expected, &|capture, number| number * 2 - 1 + capture, &format!("{name}, interleaved"));
    });
}
