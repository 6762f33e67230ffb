//! Each finding has a page, a row in the README, a story that shows it and one that must not; and each failed callback is covered by exactly one
//! finding about its outcome.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use rvpscope::analysis::rules::RULES;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use support::document::{list, number, of_sessions, text};
use support::program;

/// The captures of a story.
fn captures_of(story: &str) -> Vec<PathBuf> {
    let folder = program::captures().join(story);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "pcap" || ending == "pcapng"));
    files.sort();
    files
}

/// The codes of the findings in a story's captures.
fn codes_in(story: &str) -> BTreeSet<String> {
    let documents: Vec<Value> = captures_of(story).iter().map(|path| program::analysis(path)).collect();
    documents.iter().flat_map(|found| list(found, "findings")).map(|finding| text(finding, "code").to_owned()).collect()
}

#[test]
fn each_finding_is_shown_by_a_story_and_not_by_another() {
    let mut stories: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for entry in RULES {
        let meta = entry.meta;
        for story in [meta.shown_by, meta.not_by] {
            stories.entry(story).or_insert_with(|| codes_in(story));
        }
        assert!(stories[meta.shown_by].contains(meta.code), "{} ({}) is not shown by {}", meta.code, meta.slug, meta.shown_by);
        assert!(!stories[meta.not_by].contains(meta.code), "{} ({}) must not be shown by {}", meta.code, meta.slug, meta.not_by);
    }
}

#[test]
fn each_finding_has_its_page() {
    let all = program::rvpscope(&["explain"]).stdout;
    for entry in RULES {
        let meta = entry.meta;
        assert!(all.lines().any(|line| line.starts_with(meta.code) && line.contains(meta.slug) && line.ends_with(meta.title)), "{all}");
        let page = program::rvpscope(&["explain", meta.slug]);
        assert_eq!(page.code, Some(0));
        for word in meta.meaning.split(' ').chain(meta.remedy.split(' ')) {
            assert!(page.stdout.contains(word), "{}: {word}", meta.code);
        }
        assert!(meta.sources.iter().all(|source| page.stdout.contains(source)), "{}", page.stdout);
    }
}

#[test]
fn each_finding_has_its_row_in_the_readme() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let rows: BTreeSet<&str> = readme.lines().filter(|line| line.starts_with("| RVP")).collect();
    let expected: BTreeSet<String> = RULES
        .iter()
        .map(|entry| format!("| {} | `{}` | {} | {} |", entry.meta.code, entry.meta.slug, entry.meta.severity.as_str(), entry.meta.title))
        .collect();
    assert_eq!(rows, expected.iter().map(String::as_str).collect::<BTreeSet<_>>());
}

/// In all stories: as many findings about an outcome as there are callbacks with it, and the packets are theirs.
#[test]
fn each_failed_callback_has_one_outcome_finding() {
    let stories = fs::read_dir(program::captures()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    for capture in stories.flat_map(|folder| captures_of(folder.file_name().unwrap().to_str().unwrap())) {
        let found = program::analysis(&capture);
        let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
        for finding in list(&found, "findings").iter().filter(|finding| ("RVP101".."RVP107").contains(&text(finding, "code"))) {
            *counted.entry(text(finding, "slug")).or_default() += number(finding, "count");
        }
        let mut failed: BTreeMap<&str, u64> = BTreeMap::new();
        for callback in of_sessions(&found, "callbacks") {
            let slug = match text(callback, "outcome") {
                "refused" => "callback-refused",
                "unanswered" => "callback-unanswered",
                "unreachable" => "callback-unreachable",
                "no_reply" => "callback-no-reply",
                "http_error" => "callback-http-error",
                "broken" => "callback-broken",
                _ => continue,
            };
            *failed.entry(slug).or_default() += 1;
        }
        assert_eq!(counted, failed, "{}", capture.display());
    }
}

#[test]
fn exit_codes_and_choices() {
    let run = |arguments: &[&str]| program::rvpscope(arguments);
    let capture = "callbacks-refused/server.pcap";
    assert_eq!(run(&["analyze", capture]).code, Some(0));
    assert_eq!(run(&["analyze", capture, "--fail-on", "error"]).code, Some(1));
    assert_eq!(run(&["analyze", "healthy/server.pcap", "--fail-on", "error"]).code, Some(0), "500 to a presence is a warning");
    assert_eq!(run(&["analyze", "healthy/server.pcap", "--fail-on", "warning"]).code, Some(1));
    assert_eq!(run(&["analyze", capture, "--fail-on", "error", "--ignore", "callback-refused,message-undelivered"]).code, Some(0));
    assert_eq!(run(&["analyze", capture, "--fail-on", "error", "--only", "RVP105,callback-broken"]).code, Some(0));
    assert_eq!(run(&["analyze", "no-such-file", capture, "--fail-on", "error"]).code, Some(3), "an input that could not be read is worse");
    let wrong = run(&["analyze", capture, "--only", "callback-refuse"]);
    assert!(wrong.code == Some(2) && wrong.stderr.contains("rvpscope explain"), "{}", wrong.stderr);
    let none = run(&["explain", "RVP000"]);
    assert!(none.code == Some(2) && none.stderr.contains("lists all"), "{}", none.stderr);
    let only: Value = serde_json::from_str(&run(&["analyze", capture, "--format", "json", "--only", "RVP105"]).stdout).unwrap();
    assert!(list(&only, "findings").iter().all(|finding| text(finding, "code") == "RVP105"));
}
