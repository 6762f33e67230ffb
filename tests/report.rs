//! `report`: where reports go, and that nothing is lost on the way there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use rvpscope::report::FORMATS;
use std::fs;
use std::path::Path;
use support::program::{Run, captures, rvpscope, scratch};

const STORY: &str = "callbacks-refused/server.pcap";

fn report(paths: &[&str], output: &Path, further: &[&str]) -> Run {
    let mut arguments = vec!["report"];
    arguments.extend(paths);
    arguments.extend(["-o", output.to_str().unwrap()]);
    arguments.extend(further);
    rvpscope(&arguments)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_name_of_the_file_tells_the_format() {
    let folder = scratch("report-formats");
    for format in FORMATS {
        let path = folder.join(format!("report.{}", format.ending.to_uppercase()));
        let run = report(&[STORY], &path, &[]);
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "", ""), "{}", format.name);
        let analyzed = rvpscope(&["analyze", STORY, "--format", format.name]).stdout;
        if path.exists() {
            assert_eq!(fs::read_to_string(&path).unwrap(), analyzed, "{}: the same as analyze writes", format.name);
        } else {
            assert!(names(&folder).iter().any(|name| name.starts_with("report-") && name.ends_with(&format.ending.to_uppercase())));
        }
    }
    let run = report(&[STORY], &folder.join("report.xyz"), &[]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("report.xyz") && run.stderr.contains("ndjson") && run.stderr.contains("--format"), "{}", run.stderr);
    assert_eq!(report(&[STORY], &folder.join("report.xyz"), &["--format", "json"]).code, Some(0));
}

#[test]
fn several_captures_are_one_report_or_one_each() {
    let folder = scratch("report-several");
    let run = report(&["callbacks-refused", "vlan"], &folder.join("all.json"), &[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(fs::read_to_string(folder.join("all.json")).unwrap().starts_with("{\"schema\":\"rvpscope.batch/1\""));
    let run = report(&["callbacks-refused", "vlan"], &folder.join("{number}-{folder}-{name}.json"), &[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(names(&folder), ["1-callbacks-refused-server.json", "2-vlan-capture.json", "all.json"]);
    let one = fs::read_to_string(folder.join("1-callbacks-refused-server.json")).unwrap();
    assert_eq!(one, rvpscope(&["analyze", STORY, "--format", "json"]).stdout);
    let run = report(&["callbacks-refused", "healthy"], &folder.join("{name}.json"), &[]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("server.json") && run.stderr.contains("{folder}"), "{}", run.stderr);
}

#[test]
fn a_report_replaces_another_one_only_when_it_is_whole() {
    let folder = scratch("report-replaced");
    let path = folder.join("old.json");
    fs::write(&path, "old").unwrap();
    fs::write(folder.join("no.pcap"), "this is no capture, however long one reads on in it").unwrap();
    let run = report(&[folder.join("no.pcap").to_str().unwrap()], &path, &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(report(&[STORY], &path, &[]).code, Some(0));
    assert!(fs::read_to_string(&path).unwrap().contains("rvpscope.analysis/1"));
    assert_eq!(names(&folder), ["no.pcap", "old.json"], "nothing is left over");
}

#[test]
fn no_report_takes_the_place_of_a_capture() {
    let folder = scratch("report-spared");
    let path = folder.join("trace.pcap");
    fs::copy(captures().join(STORY), &path).unwrap();
    let before = fs::read(&path).unwrap();
    let run = report(&[path.to_str().unwrap()], &path, &["--format", "json"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("trace.pcap"), "{}", run.stderr);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_place_that_cannot_be_written_is_told_before_the_work() {
    let path = scratch("report-nowhere").join("no-such-folder/report.json");
    let run = report(&[STORY], &path, &[]);
    assert_eq!(run.code, Some(3));
    assert!(run.stderr.contains("no-such-folder"), "{}", run.stderr);
}

#[test]
fn the_exit_code_tells_of_findings_here_too() {
    let path = scratch("report-findings").join("report.json");
    assert_eq!(report(&[STORY], &path, &["--fail-on", "error"]).code, Some(1));
    assert!(path.exists());
}
