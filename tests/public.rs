//! Captures made by others against what tshark counts in them. Packets must be equal. tshark is a second opinion on the rest: where it differs there is
//! a verdict, and the test holds each verdict to what is really seen. Turned on by the feature `shared-captures`.
#![cfg(feature = "shared-captures")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed; the verdicts are to be read"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use support::http_census::census;
use support::{document, program};

/// Where the count here is another one than tshark's, and why it is right.
struct Verdict {
    /// How the file's name ends.
    file: &'static str,
    column: &'static str,
    tshark: &'static str,
    here: &'static str,
    why: &'static str,
}

const VERDICTS: &[Verdict] = &[
    Verdict {
        file: "gena-callback-notmethod.pcap",
        column: "methods",
        tshark: "-",
        here: "NOTMETHOD:1",
        why: "Packet 4 begins with `NOTMETHOD`, a target and `HTTP/1.1`. A method is any token (RFC 9110, section 9.1), and the server answers it with \
              200 in packet 6. tshark knows a list of methods.",
    },
    Verdict {
        file: "gnutella-icmp-hostunreach.pcap",
        column: "status",
        tshark: "200:1",
        here: "200:1,206:2",
        why: "Packets 1983 and 1990 begin with `HTTP/1.1 206 OK` and announce 1,048,576 and 524,288 bytes, of which the capture has 4444 and 1746 when it \
              ends. tshark shows nothing of a response whose body is not complete; an incomplete message is a message (RFC 9112, section 8), and both \
              are told as cut.",
    },
    Verdict {
        file: "instagram-icmp-portunreach.pcap",
        column: "tcp_streams",
        tshark: "33",
        here: "30",
        why: "Three of tshark's streams (10, 18, 19) consist of the ICMP errors 341, 342, 417, 418 and 439 alone, which quote TCP headers (RFC 792). A \
              quoted segment is no packet of the capture; the errors are noted as unplaced. There are 30 pairs of endpoints.",
    },
    Verdict {
        file: "instagram-icmp-portunreach.pcap",
        column: "status",
        tshark: "-",
        here: "200:4",
        why: "Packets 80, 130, 240 and 467 begin with `HTTP/1.1 200`. Of their bodies bytes are missing, or follow behind the capture's end, so tshark \
              shows plain TCP; an incomplete message is a message (RFC 9112, section 8), and each is told as cut.",
    },
    Verdict {
        file: "ws-tcp-badsegments.pcap",
        column: "methods",
        tshark: "-",
        here: "GET:1",
        why: "Packet 4 is the line `GET / HTTP/1.1`. Packets 19 and 23 acknowledge bytes of the head that were not captured (RFC 9293, section 3.4), so \
              that it never ends for tshark; the request line was seen (RFC 9112, section 8), and the head is told as cut.",
    },
];

fn folder() -> PathBuf {
    let shared = std::env::var_os("RVPSCOPE_SHARED").map(PathBuf::from);
    shared.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared")).join("captures/public")
}

/// The table of what tshark counts.
fn rows() -> Vec<BTreeMap<String, String>> {
    let table = fs::read_to_string(folder().join("GROUNDTRUTH.tsv")).unwrap();
    let mut lines = table.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let names = lines.next().unwrap();
    lines.map(|line| names.iter().cloned().zip(line).collect()).collect()
}

#[test]
fn counts_equal_those_of_tshark_or_have_a_verdict() {
    let rows = rows();
    assert!(rows.len() >= 45, "{} captures", rows.len());
    let mut used = BTreeSet::new();
    for row in &rows {
        let file = &row["file"];
        let found = census(&folder().join(file));
        assert_eq!(found.packets.to_string(), row["packets"], "{file}: packets");
        let (methods, status) = found.listing();
        for (column, here) in [("tcp_streams", found.flows.to_string()), ("methods", methods), ("status", status)] {
            let tshark = &row[column];
            // The table's list of statuses was made without reordering; the count beside it is the better one.
            let reordered = column == "status" && found.response_count().to_string() == row["http_resp_oooTRUE"];
            if here == *tshark || (reordered && row["http_resp"] != row["http_resp_oooTRUE"]) {
                continue;
            }
            let verdict = VERDICTS.iter().position(|verdict| file.ends_with(verdict.file) && verdict.column == column);
            let verdict = verdict.unwrap_or_else(|| panic!("{file}, {column}: tshark says {tshark}, here {here}, and there is no verdict"));
            let Verdict { tshark: known, here: right, .. } = VERDICTS[verdict];
            assert_eq!((known, right), (tshark.as_str(), here.as_str()), "{file}, {column}: the verdict is about other counts");
            used.insert(verdict);
        }
    }
    for (number, verdict) in VERDICTS.iter().enumerate() {
        assert!(used.contains(&number), "{}, {}: the verdict is not needed", verdict.file, verdict.column);
        println!("{}, {}: tshark {}, here {}. {}", verdict.file, verdict.column, verdict.tshark, verdict.here, verdict.why);
    }
    println!("{} captures, {} verdicts", rows.len(), VERDICTS.len());
}

/// None of them is RVP: UPnP's callbacks and WebDAV use the same method names.
#[test]
fn none_is_taken_for_rvp() {
    for row in rows() {
        let found = program::analysis(&folder().join(&row["file"]));
        document::check_sums(&found);
        let what = format!("{}: {}", row["file"], found["totals"]);
        assert_eq!(document::number(&found["totals"]["requests"], "total"), 0, "{what}");
        assert_eq!(document::number(&found["totals"]["callbacks"], "total"), 0, "{what}");
        assert!(document::list(&found, "sessions").is_empty(), "{what}");
        assert_eq!(document::number(&found["flows"], "rvp"), 0, "{what}");
    }
}

/// They are told as what they are.
#[test]
fn relatives_are_named() {
    let text = |file: &str| program::rvpscope(&["analyze".as_ref(), folder().join(file).as_os_str()]).stdout;
    for (file, line) in [
        ("OISF+suricata-verify__gena-two-party-win7-router.pcap", "HTTP that is no RVP: 68 gena, 9 other"),
        ("seladb+PcapPlusPlus__example.pcap", "HTTP that is no RVP: 1 gena, 337 other"),
        ("ntop+nDPI__webdav.pcap", "HTTP that is no RVP: 16 webdav"),
    ] {
        let text = text(file);
        assert!(text.lines().any(|found| found == line), "{file}: {text}");
    }
}
