//! Every folder of `captures/` is a story. Its captures are analysed; what must hold for any document is checked, the timeline and a short form
//! of the document are compared with `snapshots/`, and where the truth is known, with the truth.
//!
//! A story with a `script.txt` is made from it: `RVPSCOPE_WRITE_STORIES=1 cargo test --test stories` writes its capture anew, and
//! `INSTA_UPDATE=always cargo test --test stories` the snapshots. Read the difference before you commit it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use support::{conversation, document, packets, program, truth};

/// The stories' folders, by name.
fn stories() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(program::captures()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    assert!(folders.len() > 20, "the stories are there");
    folders
}

fn captures_in(story: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(story).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "pcap" || ending == "pcapng"));
    files.sort();
    files
}

#[test]
fn each_story_has_a_readme_and_a_capture() {
    for story in stories() {
        let readme = fs::read_to_string(story.join("README.md")).unwrap_or_else(|error| panic!("{}: {error}", story.display()));
        assert!(readme.contains("Where it comes from"), "{} says where it comes from", story.display());
        assert!(!captures_in(&story).is_empty(), "{} has a capture", story.display());
        let name = story.file_name().unwrap().to_str().unwrap();
        let index = fs::read_to_string(program::captures().join("README.md")).unwrap();
        assert!(index.contains(&format!("[{name}]({name}/)")), "captures/README.md lists {name}");
    }
}

#[test]
fn captures_are_what_their_scripts_say() {
    for story in stories() {
        let Ok(script) = fs::read_to_string(story.join("script.txt")) else { continue };
        let made = packets::pcap(&conversation::play(&script).frames());
        let capture = story.join("capture.pcap");
        if std::env::var_os("RVPSCOPE_WRITE_STORIES").is_some() {
            fs::write(&capture, &made).unwrap();
        }
        assert!(fs::read(&capture).is_ok_and(|kept| kept == made), "{} is not what its script says", capture.display());
    }
}

#[test]
fn timelines_and_documents_are_as_they_were() {
    let captures = stories().into_iter().flat_map(|story| captures_in(&story));
    support::each(
        captures,
        |capture| capture.display().to_string(),
        |capture| {
            let path = capture.strip_prefix(program::captures()).unwrap();
            let found = program::analysis(path);
            document::check(&found);
            document::check_ledger(&found, &capture);
            let people = program::rvpscope(&["analyze".as_ref(), path.as_os_str()]);
            assert_eq!((people.code, &*people.stderr), (Some(0), ""), "{}", path.display());
            let name = path.with_extension("").to_str().unwrap().replace(['/', '\\'], "-");
            snapshot(&format!("{name}-timeline"), &people.stdout);
            snapshot(&format!("{name}-digest"), &document::digest(&found));
        },
    );
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The captures taken at the server against what the programs logged. Where each packet was cut, only what its first bytes show is known.
#[test]
fn recordings_equal_their_truth() {
    let recordings: Vec<PathBuf> = stories().into_iter().filter(|story| story.join("truth.json").exists()).collect();
    assert!(recordings.len() >= 12, "{recordings:?}");
    support::each(
        recordings,
        |story| story.display().to_string(),
        |story| {
            let (found, known) = (program::analysis(&story.join("server.pcap")), truth::read(&story.join("truth.json")));
            if story.ends_with("cut-packets") {
                truth::requests(&found, &known);
                truth::callbacks(&found, &known);
            } else {
                truth::all(&found, &known);
            }
        },
    );
}

#[test]
fn ndjson_is_the_same_document_in_lines() {
    let path = Path::new("callbacks-refused/server.pcap");
    let whole = program::analysis(path);
    let run = program::rvpscope(&["analyze".as_ref(), path.as_os_str(), "--format".as_ref(), "ndjson".as_ref()]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let lines: Vec<serde_json::Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |record: &str| lines.iter().filter(|line| line["record"] == record).count();
    for (record, list) in [("capture", "captures"), ("event", "events"), ("session", "sessions")] {
        assert_eq!(of(record), document::list(&whole, list).len(), "{record}");
    }
    for record in ["ledger", "flows", "totals", "notes"] {
        assert_eq!(of(record), 1, "{record}");
    }
    assert_eq!(lines.len(), lines.iter().filter(|line| line["record"].is_string()).count());
}

/// The README shows the real output of its own command: every line of its example, but for the places where it leaves some out.
#[test]
fn the_readme_shows_what_the_program_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let command = readme.lines().find_map(|line| line.trim().strip_prefix("$ cargo run --release -- analyze ")).unwrap();
    let example = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let run = program::command(&["analyze", command]).current_dir(root).output().unwrap();
    assert!(run.status.success());
    let stdout = String::from_utf8(run.stdout).unwrap();
    let mut printed = stdout.lines();
    for line in example.lines().filter(|line| *line != "...") {
        assert!(printed.any(|printed| printed == line), "not printed, or not in this order: {line}");
    }
}

/// Whatever stands in a field of credentials or of a challenge stays in the capture: only schemes and names come out.
#[test]
fn no_credential_reaches_any_output() {
    for path in ["ntlm/server.pcap", "digest-and-basic/capture.pcap", "file-transfer/server.pcap"] {
        let bytes = fs::read(program::captures().join(path)).unwrap();
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        let mut secrets = Vec::new();
        for field in ["Authorization: ", "WWW-Authenticate: ", "AuthCookie: "] {
            for after in text.split(field).skip(1) {
                let value = after.split('\r').next().unwrap().split('\n').next().unwrap();
                // Tokens of schemes, responses, nonces and cookies; names are shorter or are meant to be seen.
                let parts = value.split([' ', '"', ',']).filter(|part| part.len() >= 10 || field == "AuthCookie: ");
                secrets.extend(parts.filter(|part| !part.to_lowercase().contains("example") && !part.starts_with('/')).map(str::to_owned));
            }
        }
        assert!(secrets.len() >= 2, "{path} has secrets: {secrets:?}");
        for format in ["text", "json", "ndjson", "csv", "md", "har"] {
            let run = program::rvpscope(&["analyze", path, "--format", format]);
            for secret in &secrets {
                assert!(!run.stdout.contains(secret.as_str()) && !run.stderr.contains(secret.as_str()), "{path} as {format}: {secret}");
            }
        }
    }
}
