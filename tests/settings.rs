//! Settings: where they come from, what they change, and how a mistake in them is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;
use support::document::{list, of_sessions, text};
use support::program;

/// Analyses a story in `folder` with these arguments and environment.
fn run(folder: &Path, story: &str, arguments: &[&str], environment: &[(&str, &Path)]) -> Output {
    let capture = program::captures().join(story);
    let mut command = program::command(&["analyze", "--format", "json"]);
    command.arg(capture).args(arguments).current_dir(folder).env("XDG_CONFIG_HOME", folder.join("config"));
    for (name, value) in environment {
        command.env(name, value);
    }
    command.output().unwrap()
}

fn slugs(output: &Output) -> Vec<String> {
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    list(&found, "findings").iter().map(|finding| text(finding, "slug").to_owned()).collect()
}

/// The command line counts before the environment, that before the working folder, and that before the user's folder.
#[test]
fn the_nearest_settings_count() {
    let folder = program::scratch("settings");
    let quick = "(thresholds: (slow_delivery_s: 0.000001))";
    let slow = "(thresholds: (slow_delivery_s: 60))";
    let story = "vlan/capture.pcap";
    let is_slow = |arguments: &[&str], environment: &[(&str, &Path)]| {
        slugs(&run(&folder, story, arguments, environment)).contains(&"callback-slow".to_owned())
    };
    assert!(!is_slow(&[], &[]), "the default is five seconds");
    fs::create_dir_all(folder.join("config/rvpscope")).unwrap();
    fs::write(folder.join("config/rvpscope/rvpscope.ron"), quick).unwrap();
    assert!(is_slow(&[], &[]), "the user's folder");
    fs::write(folder.join("rvpscope.ron"), slow).unwrap();
    assert!(!is_slow(&[], &[]), "the working folder");
    let (quick_file, slow_file) = (folder.join("quick.ron"), folder.join("slow.ron"));
    fs::write(&quick_file, quick).unwrap();
    fs::write(&slow_file, slow).unwrap();
    assert!(is_slow(&[], &[("RVPSCOPE_SETTINGS", &quick_file)]), "the environment");
    assert!(!is_slow(&["--settings", "slow.ron"], &[("RVPSCOPE_SETTINGS", &quick_file)]), "the command line");
}

#[test]
fn an_own_signature_names_a_poll() {
    let folder = program::scratch("own-signature");
    fs::write(folder.join("rvpscope.ron"), r#"(signatures: [(name: "ours", methods: ["XPOLL"], only_polling: true)])"#).unwrap();
    let output = run(&folder, "polling-held/capture.pcap", &[], &[]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<&str> = of_sessions(&found, "polling").iter().map(|cycle| text(cycle, "signature")).collect();
    assert_eq!(names, ["ours"]);
}

#[test]
fn a_mistake_is_told_with_its_place_and_what_was_meant() {
    let folder = program::scratch("mistake");
    fs::write(folder.join("rvpscope.ron"), "(\n  thresholds: (\n    slow_delivry_s: 3,\n  ),\n)").unwrap();
    let output = run(&folder, "vlan/capture.pcap", &[], &[]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(
        error.contains("rvpscope.ron: line 3, column ") && error.contains("slow_delivry_s") && error.contains("slow_delivery_s"),
        "{error}"
    );
    let none = run(&folder, "vlan/capture.pcap", &["--settings", "nowhere.ron"], &[]);
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8(none.stderr).unwrap().contains("nowhere.ron: there is no such file"));
}
