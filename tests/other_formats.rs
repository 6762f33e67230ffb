//! Captures of other programs: the files in `other_formats/` hold the packets of the story `redirect`, written by `editcap -F` in the format that
//! their name ends with. They are the same packets, and the same analysis.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use rvpscope::base::limits::Limits;
use rvpscope::capture::file::CaptureFile;
use rvpscope::capture::{CaptureInfo, PacketSource, Step};
use serde_json::json;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use support::program;
use support::rewrite::{Record, records};
use support::same::same;

/// The files: format by editcap's name, its name here, digits after the second, and nanoseconds by which a time may differ.
const FILES: &[(&str, &str, u8, u64)] = &[
    ("modpcap", "pcap", 6, 0),
    ("rh6_1pcap", "pcap", 6, 0),
    ("suse6_3pcap", "pcap", 6, 0),
    ("nokiapcap", "pcap", 6, 0),
    ("nsecpcap", "pcap", 9, 0),
    ("snoop", "snoop", 6, 0),
    ("netmon1", "netmon", 3, 500_000),
    ("netmon2", "netmon", 6, 0),
    ("ngwsniffer_1_1", "netxray", 6, 0),
    ("ngwsniffer_2_0", "netxray", 6, 0),
    ("ngsniffer", "sniffer", 9, 838),
    ("visual", "visual", 3, 999_999),
    ("5views", "5views", 9, 0),
];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/other_formats").join(format!("redirect.{name}"))
}

fn story() -> Vec<Record> {
    records(&program::captures().join("redirect/capture.pcap"))
}

/// The packets of a file without damage, with their times in nanoseconds.
fn packets(path: &Path) -> (Vec<(i64, Record)>, CaptureInfo) {
    let mut file = CaptureFile::new(Box::new(File::open(path).unwrap()), 0, &Limits::default()).unwrap();
    let mut packets = Vec::new();
    loop {
        match file.advance() {
            Step::Packet => {
                let packet = file.packet().unwrap();
                assert_eq!(packet.link_type, Some(1));
                let nanos = packet.at.unwrap().nanos();
                let record = Record { at: nanos as u64 / 1000, original_len: packet.original_len, bytes: packet.bytes.to_vec() };
                packets.push((nanos, record));
            }
            Step::Damage(damage) => panic!("{}: {damage}", path.display()),
            Step::End => return (packets, file.infos()[0].clone()),
        }
    }
}

#[test]
fn each_file_is_in_the_list() {
    let mut names: Vec<String> =
        fs::read_dir(path("").parent().unwrap()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let mut listed: Vec<String> = FILES.iter().map(|(name, ..)| format!("redirect.{name}")).collect();
    listed.sort();
    assert_eq!(names, listed);
}

#[test]
fn the_same_packets() {
    let story = story();
    for (name, format, digits, tolerance) in FILES {
        let (found, info) = packets(&path(name));
        assert_eq!((info.format, info.time_digits, &info.link_types[..], info.skipped_bytes), (*format, *digits, &[1][..], 0), "{name}");
        assert_eq!(info.bytes, fs::metadata(path(name)).unwrap().len(), "{name}");
        assert_eq!(found.len(), story.len(), "{name}");
        for (number, ((nanos, found), expected)) in found.iter().zip(&story).enumerate() {
            assert_eq!((&found.bytes, found.original_len), (&expected.bytes, expected.original_len), "{name}: packet {}", number + 1);
            let off = nanos.abs_diff(expected.at as i64 * 1000);
            assert!(off <= *tolerance, "{name}: packet {} is {off} ns off", number + 1);
        }
    }
}

/// What a file's own times are is the business of the test above: here, the packets have them in the pcap as well.
#[test]
fn the_same_analysis() {
    let folder = program::scratch("other-formats");
    for (name, format, ..) in FILES {
        let mut plain = [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 262_144, 1].map(u32::to_le_bytes).concat();
        for (nanos, Record { original_len, bytes, .. }) in packets(&path(name)).0 {
            let (seconds, fraction) = ((nanos / 1_000_000_000) as u32, (nanos % 1_000_000_000) as u32);
            plain.extend([seconds, fraction, bytes.len() as u32, original_len].map(u32::to_le_bytes).concat());
            plain.extend(bytes);
        }
        let in_pcap = folder.join(format!("{name}.pcap"));
        fs::write(&in_pcap, plain).unwrap();
        let found = program::analysis(&path(name));
        assert_eq!((&found["captures"][0]["format"], &found["captures"][0]["packets"]), (&json!(format), &json!(66)), "{name}");
        same(&found, &program::analysis(&in_pcap), &|_, number| number, name);
    }
}
