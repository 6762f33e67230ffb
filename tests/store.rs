//! Stored analyses: what is reported from one is what is reported from its capture, in every format; and nobody who writes one can do harm with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use rvpscope::base::origin::Origin;
use rvpscope::report::{FORMATS, Format, Stream, Style};
use rvpscope::session::transcript::{Evidence, Gone, Transcript};
use rvpscope::store::{self, Keep};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use support::program::{Run, captures, command, rvpscope, scratch};

const STORY: &str = "callbacks-refused/server.pcap";

/// The captures of all stories, from the folder with the stories on.
fn stories() -> Vec<String> {
    let mut paths = Vec::new();
    for story in fs::read_dir(captures()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let files = fs::read_dir(&story).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "pcap" || ending == "pcapng"));
        paths.extend(files.map(|path| path.strip_prefix(captures()).unwrap().to_str().unwrap().to_owned()));
    }
    paths.sort();
    assert!(paths.len() > 20, "the stories are there");
    paths
}

fn analyze(arguments: &[&str], paths: &[String]) -> Run {
    let arguments = ["analyze"].iter().chain(arguments).map(|argument| (*argument).to_owned());
    let run = rvpscope(&arguments.chain(paths.iter().cloned()).collect::<Vec<_>>());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run
}

/// The text of the stored analysis of a capture.
fn stored(path: &str) -> String {
    analyze(&["--format", "ron"], &[path.to_owned()]).stdout
}

/// Writes a stored analysis to a file.
fn file(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The stored analyses of captures, in the same order.
fn stores(folder: &Path, captures: &[String]) -> Vec<String> {
    captures.iter().map(|path| file(folder, &format!("{}.ron", path.replace('/', "-")), stored(path))).collect()
}

/// What a format makes of these, by name: one file, or one for each of them.
fn reports(folder: &Path, format: &Format, arguments: &[&str], paths: &[String]) -> Vec<(String, String)> {
    let folder = scratch(&format!("{}/{}", folder.file_name().unwrap().to_str().unwrap(), format.name));
    let name = folder.join(if format.one_each { "{number}" } else { "all" });
    let fixed = ["report", "--format", format.name, "-o", name.to_str().unwrap()].into_iter().chain(arguments.iter().copied());
    let run = rvpscope(&fixed.map(str::to_owned).chain(paths.iter().cloned()).collect::<Vec<_>>());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())).collect()
}

/// Asserts that two reports are the same; else says where they begin to differ.
fn same(one: &[(String, String)], other: &[(String, String)], what: &str) {
    assert_eq!(one.len(), other.len(), "{what}");
    for ((name, one), (_, other)) in one.iter().zip(other) {
        if one != other {
            let (left, right) = (one.lines(), other.lines());
            let place = left.clone().zip(right.clone()).position(|(left, right)| left != right);
            let line =
                |lines: std::str::Lines<'_>| lines.clone().nth(place.unwrap_or(0)).map(|line| line.chars().take(500).collect::<String>());
            panic!("{what}, {name}, line {place:?}:\n{:?}\n{:?}", line(left), line(right));
        }
    }
}

#[test]
fn every_report_from_a_stored_analysis_is_that_from_its_capture() {
    let folder = scratch("stored-stories");
    let captures = stories();
    let stores = stores(&folder, &captures);
    for format in FORMATS {
        for quiet in [&[][..], &["--quiet"]] {
            let from_captures = reports(&folder, format, quiet, &captures);
            assert!(from_captures.iter().all(|(_, text)| !text.is_empty()));
            same(&from_captures, &reports(&folder, format, quiet, &stores), format.name);
        }
    }
}

/// What is looked for is found in what was said, as it is in the captures.
#[test]
fn filters_hold_for_a_stored_analysis_as_for_its_capture() {
    let folder = scratch("stored-filters");
    let captures = stories();
    let stores = stores(&folder, &captures);
    for filter in ["not online", "text ~ /hello|pragma/ or severity = error", "kind = callback and alice", "latency > 10ms and client"] {
        for format in FORMATS.iter().filter(|format| ["json", "ndjson", "har", "html"].contains(&format.name)) {
            let arguments = ["--filter", filter];
            let from_captures = reports(&folder, format, &arguments, &captures);
            same(&from_captures, &reports(&folder, format, &arguments, &stores), &format!("{filter} as {}", format.name));
        }
    }
}

#[test]
fn what_is_stored_says_what_a_filter_left_out() {
    let folder = scratch("stored-selected");
    let part = file(&folder, "part.ron", analyze(&["--format", "ron", "--filter", "kind = callback"], &[STORY.to_owned()]).stdout);
    for format in FORMATS.iter().filter(|format| format.keeps_all) {
        let from_capture = analyze(&["--format", format.name, "--filter", "kind = callback"], &[STORY.to_owned()]).stdout;
        assert!(from_capture == analyze(&["--format", format.name], std::slice::from_ref(&part)).stdout, "{}", format.name);
    }
    let further = analyze(&["--filter", "refused", "--format", "json"], std::slice::from_ref(&part)).stdout;
    let further: serde_json::Value = serde_json::from_str(&further).unwrap();
    assert_eq!(further["selected"]["filter"], "(kind = callback) and (refused)");
    let events = further["events"].as_array().unwrap().len() as u64;
    let all: serde_json::Value = serde_json::from_str(&analyze(&["--format", "json"], &[STORY.to_owned()]).stdout).unwrap();
    assert_eq!(further["selected"]["hidden_events"], all["events"].as_array().unwrap().len() as u64 - events);
}

/// Secrets that were stored on purpose are shown on purpose only.
#[test]
fn stored_secrets_are_masked_unless_they_are_asked_for() {
    let capture = "digest-and-basic/capture.pcap".to_owned();
    let open = analyze(&["--format", "ron", "--show-secrets"], std::slice::from_ref(&capture)).stdout;
    let open = file(&scratch("stored-secrets"), "open.ron", open);
    for shown in [&["--format", "har"][..], &["--format", "har", "--show-secrets"]] {
        let from_capture = analyze(shown, std::slice::from_ref(&capture)).stdout;
        assert!(from_capture == analyze(shown, std::slice::from_ref(&open)).stdout, "{shown:?}");
        assert_eq!(from_capture.contains("***"), shown.len() == 2);
    }
}

#[test]
fn what_was_said_is_stored() {
    let text = stored(STORY);
    assert_eq!(text.matches("        Said((").count(), 33, "each exchange");
    assert!(text.lines().any(|line| line.starts_with("        Said((") && line.contains("after the repair")), "with its words");
}

/// A stored analysis is known by its content: whatever its name, compressed, in a folder, from a pipe.
#[test]
fn it_is_recognised_wherever_a_capture_is() {
    let folder = scratch("stored-inputs");
    let text = stored(STORY);
    let expected = analyze(&["--format", "json"], &[STORY.to_owned()]).stdout;
    let plain = file(&folder, "it.dat", &text);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    let packed = file(&folder, "packed", packed.finish().unwrap());
    for path in [plain.clone(), packed] {
        assert_eq!(analyze(&["--format", "json"], &[path]).stdout, expected);
    }
    let all = analyze(&["--format", "json"], &[folder.to_str().unwrap().to_owned()]).stdout;
    assert_eq!(all, format!("{{\"schema\":\"rvpscope.batch/1\",\"analyses\":[\n{0},\n{0}\n]}}\n", expected.trim_end()));
    let mut piped =
        command(&["analyze", "-", "--format", "json"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = piped.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()).unwrap());
    let output = piped.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[test]
fn it_can_not_be_merged_and_one_file_holds_one() {
    let path = file(&scratch("stored-merge"), "it.ron", stored(STORY));
    let run = rvpscope(&["analyze", "--merge", &path, "healthy/server.pcap"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("it.ron: a stored analysis has no packets"), "{}", run.stderr);
    assert!(run.stdout.contains("healthy/server.pcap"), "the others go on: {}", run.stdout);
    let run = rvpscope(&["analyze", "--format", "ron", STORY, "healthy/server.pcap"]);
    assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{}", run.stderr);
    assert!(run.stderr.contains("ron holds one capture"), "{}", run.stderr);
}

#[test]
fn damage_is_told_with_its_place_and_a_newer_version_says_what_to_do() {
    let folder = scratch("stored-damage");
    let text = stored(STORY);
    let at = text.lines().position(|line| line.starts_with("        captures: [")).unwrap() + 2;
    let mut invalid = text.clone().into_bytes();
    invalid[text.find("analysis: (").unwrap()] = 0xff;
    for (name, damaged, place) in [
        ("cut", text.as_bytes()[..text.len() / 2].to_vec(), "line "),
        ("version", text.replace("version: 1,", "version: 2,").into_bytes(), "line 6, column 14: a newer version of rvpscope stored this"),
        ("number", text.replace("packets: 288,", "packets: many,").into_bytes(), &format!("line {at}, column ")),
        ("bytes", invalid, "line 7, column 5: this is no UTF-8"),
        ("deep", format!("{}\n{}", store::START, "[(".repeat(1 << 20)).into_bytes(), "line 2, column 1: "),
        ("empty", store::START.as_bytes().to_vec(), "line 1, column "),
    ] {
        let run = rvpscope(&["analyze", &file(&folder, name, damaged)]);
        assert_eq!((run.code, &*run.stdout), (Some(3), ""), "{name}: {}", run.stderr);
        assert!(run.stderr.contains(&format!("{name}: {place}")), "{name}: {}", run.stderr);
    }
}

/// Texts that reports show as they are were made printable when they were read, as captured ones are.
#[test]
fn what_is_read_can_not_steer_a_screen() {
    let hostile = stored(STORY).replace("\"bob", "\"\u{1b}[2J\u{202e}bob").replace("(at: \"2026", "( at : \"2026");
    let path = file(&scratch("stored-hostile"), "it.ron", hostile);
    for format in FORMATS {
        let text = analyze(&["--format", format.name], std::slice::from_ref(&path)).stdout;
        // Lines of CSV end in both.
        let steers = text.replace("\r\n", "\n").chars().find(|c| *c != '\n' && rvpscope::base::text::steers_a_screen(*c));
        assert_eq!(steers, None, "{}", format.name);
    }
    let run = analyze(&[], &[path]);
    assert!(run.stdout.contains("\\u{1b}[2J\\u{202e}bob could not be reached"), "{}", run.stdout);
}

#[test]
fn what_only_a_newer_version_finds_is_kept() {
    let text = stored(STORY)
        .replace("RVP105 callback-http-error", "RVP999 callback-in-verse")
        .replace("carries: \"presence\"", "carries: \"ode\"");
    let run = analyze(&[], &[file(&scratch("stored-newer"), "it.ron", text)]);
    assert!(run.stdout.contains("  RVP000 warning 4 × RVP999 callback-in-verse: callback with a presence change"), "{}", run.stdout);
}

/// Keeps what was said.
#[derive(Default)]
struct Exchanges(Vec<Result<Transcript, Gone>>);

impl Keep for Exchanges {
    fn keep(&mut self, said: Result<Transcript, Gone>) {
        self.0.push(said);
    }
}

impl Evidence for Exchanges {
    fn exchanges(&self) -> usize {
        self.0.len()
    }

    fn exchange(&self, place: usize) -> Result<Transcript, Gone> {
        self.0[place].clone()
    }

    fn places(&self, origin: &Origin) -> Vec<usize> {
        (0..self.0.len().min(origin.ranges().len())).collect()
    }
}

/// Reads a text as a stored analysis and reports it in every format, if it can be read.
fn report(text: &str) -> bool {
    let Ok(stored) = store::read::<Exchanges>(text) else { return false };
    for format in FORMATS {
        let mut out = Stream(Vec::new());
        let mut sink = (format.sink)(&mut out, false, Style::default());
        for (event, digits) in &stored.events {
            sink.event(event.clone(), *digits).unwrap();
        }
        sink.analysis(&stored.analysis, &stored.exchanges).unwrap();
        sink.end().unwrap();
    }
    true
}

/// Whatever stands in the place of a value, or is missing, doubled or moved: it is read or refused, and reported without a breakdown.
#[test]
fn no_change_of_a_file_does_harm() {
    let text = stored("polling-goes-wrong/capture.pcap");
    let lines: Vec<&str> = text.lines().collect();
    assert!(report(&text));
    let mut read = 0;
    for (place, line) in lines.iter().enumerate().skip(4).step_by(7) {
        let digits: String = line.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        let mut changed =
            vec![line.replace('0', "18446744073709551615"), digits, line.replace("Z\"", "\""), line.replace(": ", ": None, ")];
        changed.extend([
            line.replace('1', "-9223372036854775808"),
            line.repeat(2),
            String::new(),
            line.replace('"', ""),
            line.replace('0', "00"),
        ]);
        for change in changed {
            let mut lines = lines.clone();
            lines[place] = &change;
            read += usize::from(report(&lines.join("\n")));
        }
    }
    assert!(read > 20, "some changes can be read: {read}");
}

#[test]
fn times_of_all_precisions_are_exact() {
    let path = PathBuf::from(STORY);
    let file_of = |name: &str, packets: &[u8]| file(&scratch("stored-digits"), name, packets);
    let mut capture = fs::read(captures().join(&path)).unwrap();
    // The same with nanoseconds: another magic number, and the fractions a thousand times larger, and one more.
    capture[..4].copy_from_slice(&0xa1b2_3c4d_u32.to_le_bytes());
    let mut at = 24;
    while let Some(head) = capture.get(at..at + 16) {
        let [fraction, length] = [4, 8].map(|field| u32::from_le_bytes(head[field..field + 4].try_into().unwrap()));
        capture[at + 4..at + 8].copy_from_slice(&(fraction * 1000 + 1).to_le_bytes());
        at += 16 + length as usize;
    }
    let capture = file_of("ns.pcap", &capture);
    let expected = analyze(&["--format", "ndjson"], std::slice::from_ref(&capture)).stdout;
    assert!(expected.contains("\"at\":\"2026-11-22T21:14:18.082336001Z\""), "{expected}");
    let text = stored(&capture);
    let stored = file_of("ns.ron", text.as_bytes());
    assert_eq!(analyze(&["--format", "ndjson"], &[stored]).stdout, expected);
}

#[test]
fn a_stored_analysis_is_as_it_was() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("server-to-server-ron", stored("server-to-server/capture.pcap")));
}
