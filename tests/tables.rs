//! csv, md and har tell the same as the JSON document, for every story; and what they look like for some.
//!
//! `INSTA_UPDATE=always cargo test --test tables` writes the snapshots anew. Read the difference before you commit it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use support::{document, program};

/// All captures of the stories, from their folder on.
fn captures() -> Vec<PathBuf> {
    let stories = fs::read_dir(program::captures()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let files = stories.flat_map(|story| fs::read_dir(story).unwrap().map(|entry| entry.unwrap().path()));
    let mut captures: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|ending| ending.to_string_lossy().starts_with("pcap"))).collect();
    captures.sort();
    assert!(captures.len() > 30);
    captures.iter().map(|path| path.strip_prefix(program::captures()).unwrap().to_owned()).collect()
}

fn each_story(check: impl Fn(&PathBuf)) {
    support::each(captures(), |path| path.display().to_string(), |path| check(&path));
}

fn report(path: &std::path::Path, format: &str) -> String {
    let run = program::rvpscope(&["analyze".as_ref(), path.as_os_str(), "--format".as_ref(), format.as_ref()]);
    assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{}", path.display());
    run.stdout
}

/// A row of a table by its columns.
type Row = BTreeMap<String, String>;

/// The rows of each table.
fn tables(text: &str) -> BTreeMap<String, Vec<Row>> {
    let mut headers: BTreeMap<String, csv::StringRecord> = BTreeMap::new();
    let mut tables: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    for record in reader.records().map(Result::unwrap) {
        let table = record[0].to_owned();
        #[allow(clippy::single_match_else, reason = "both ways matter")]
        match headers.get(&table) {
            Some(header) => {
                assert_eq!(header.len(), record.len(), "{record:?}");
                let cells = header.iter().zip(&record).skip(1).map(|(column, cell)| (column.to_owned(), cell.to_owned()));
                tables.get_mut(&table).unwrap().push(cells.collect());
            }
            None => {
                tables.insert(table.clone(), Vec::new());
                headers.insert(table, record);
            }
        }
    }
    tables
}

/// The value of a column: a field, or one of a field's fields.
fn value<'v>(of: &'v Value, column: &str) -> &'v Value {
    let fields = of.as_object().unwrap();
    if let Some(value) = fields.get(column) {
        return value;
    }
    let nested = column.match_indices('_').find_map(|(at, _)| Some((fields.get(&column[..at])?, &column[at + 1..])));
    let (inner, name) = nested.unwrap_or_else(|| panic!("{column} is not in {of}"));
    if inner.is_null() { inner } else { &inner[name] }
}

/// Whether a cell says what the document says.
fn says(cell: &str, value: &Value) -> bool {
    match value {
        Value::Null => cell.is_empty(),
        Value::Bool(is) => cell == is.to_string(),
        // Reading a number may change its last digit.
        Value::Number(number) => {
            let (own, known) = (cell.parse::<f64>().unwrap(), number.as_f64().unwrap());
            (own - known).abs() <= known.abs() * 1e-12
        }
        Value::String(text) => cell == text || cell.strip_prefix('\'') == Some(text),
        Value::Array(list) => {
            cell == list.iter().map(word).collect::<Vec<_>>().join(if list.iter().all(Value::is_array) { " " } else { "; " })
        }
        Value::Object(_) => false,
    }
}

/// A range of packets, or a text, as a cell has it.
fn word(value: &Value) -> String {
    let Some(range) = value.as_array() else { return value.as_str().unwrap().to_owned() };
    let capture = if range[0] == 0 { String::new() } else { format!("{}:", range[0]) };
    if range[1] == range[2] { format!("#{capture}{}", range[1]) } else { format!("#{capture}{}-{}", range[1], range[2]) }
}

/// Columns that say more than the document does, or where the row stands.
const FURTHER: [&str; 10] = ["analysis", "capture", "client", "server", "from", "node", "subscription", "call_back", "callback", "carries"];

#[test]
fn each_cell_of_csv_is_a_value_of_the_document() {
    each_story(|path| {
        let (found, mut tables) = (program::analysis(path), tables(&report(path, "csv")));
        let mut same = |table: &str, values: Vec<(Option<&Value>, &Value)>, further: &[&str]| {
            let rows = tables.remove(table).unwrap();
            assert_eq!(rows.len(), values.len(), "{table}");
            for (row, (session, of)) in rows.iter().zip(values) {
                for (column, cell) in row.iter().filter(|(column, _)| !further.contains(&column.as_str())) {
                    let value = if column == "session" { session.unwrap_or(&of["session"]) } else { value(of, column) };
                    assert!(says(cell, value), "{table}.{column}: {cell:?} is not {value}");
                }
                assert_eq!(row["analysis"], "0");
            }
        };
        let whole = |list: &str| document::list(&found, list).iter().map(|one| (None, one)).collect::<Vec<_>>();
        same("captures", whole("captures"), &FURTHER);
        same("findings", whole("findings"), &["analysis"]);
        same("verdicts", whole("verdicts"), &["analysis"]);
        same(
            "events",
            whole("events").into_iter().map(|(_, event)| (None, event)).collect(),
            &with(&FURTHER, &["method", "status", "took_s"]),
        );
        same("notes", whole("notes"), &["analysis", "detail", "packets"]);
        let sessions = document::list(&found, "sessions");
        same("sessions", sessions.iter().map(|session| (Some(&session["id"]), session)).collect(), &["analysis"]);
        for list in ["subscriptions", "callbacks", "messages", "presence", "polling"] {
            let of = sessions.iter().flat_map(|session| document::list(session, list).iter().map(|one| (Some(&session["id"]), one)));
            same(list, of.collect(), &["analysis"]);
        }
        let requests: BTreeMap<String, u64> = tables
            .remove("requests")
            .unwrap()
            .iter()
            .map(|row| (format!("{} {}", row["method"], row["status"]), row["count"].parse().unwrap()))
            .collect();
        assert_eq!(requests, document::counts(&found["totals"]["requests"]["by_method_and_status"]));
        for row in tables.remove("sums").unwrap() {
            let value = row["part"].split('.').fold(&found, |value, part| &value[part]);
            assert!(says(&row["count"], &value[&row["name"]]), "{row:?}");
        }
        assert!(tables.is_empty(), "{:?}", tables.keys());
    });
}

fn with<'c>(some: &[&'c str], more: &[&'c str]) -> Vec<&'c str> {
    [some, more].concat()
}

/// Events leave out in the document what they do not have; where it is there, the cell is the same.
#[test]
fn the_events_of_csv_are_those_of_the_document() {
    each_story(|path| {
        let (found, tables) = (program::analysis(path), tables(&report(path, "csv")));
        for (event, row) in document::list(&found, "events").iter().zip(&tables["events"]) {
            for column in ["method", "status", "took_s"] {
                assert!(says(&row[column], event.get(column).unwrap_or(&Value::Null)), "{column}: {row:?}, {event}");
            }
        }
    });
}

/// The rows of the table below a heading of Markdown.
fn rows(text: &str, heading: &str) -> Vec<Row> {
    let Some((_, below)) = text.split_once(&format!("\n## {heading}\n")) else { return Vec::new() };
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let section = below.lines().take_while(|line| !line.starts_with("## "));
    let mut lines = section.skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let Some(head) = lines.next().map(cells) else { return Vec::new() };
    lines.skip(1).map(|line| head.iter().cloned().zip(cells(line)).collect()).collect()
}

fn sum(rows: &[Row], column: &str) -> u64 {
    rows.iter().map(|row| row[column].parse::<u64>().unwrap()).sum()
}

#[test]
fn markdown_tells_the_same_numbers() {
    each_story(|path| {
        let (found, text) = (program::analysis(path), report(path, "md"));
        let (requests, callbacks) = (&found["totals"]["requests"], &found["totals"]["callbacks"]);
        for (of, what) in [(requests, "request"), (callbacks, "callback")] {
            let total = document::number(of, "total");
            let line = format!("\n- {total} {what}{}", if total == 1 { "" } else { "s" });
            assert!(text.contains(&line), "{line}: {text}");
        }
        for (method, count) in document::counts(&requests["by_method"]) {
            assert!(text.contains(&format!("{count} {method}")), "{count} {method}");
        }
        let targets = rows(&text, "Callbacks");
        for (outcome, count) in callbacks["by_outcome"].as_object().unwrap() {
            assert_eq!(sum(&targets, &outcome.replace('_', " ")), count.as_u64().unwrap(), "{outcome}");
        }
        let messages = rows(&text, "Messages");
        for delivery in ["delivered", "failed", "handled_late", "unknown"] {
            let expected = document::of_sessions(&found, "messages").iter().filter(|message| message["delivery"] == delivery).count();
            assert_eq!(sum(&messages, &delivery.replace('_', " ")), expected as u64, "{delivery}");
        }
        let findings: Vec<String> =
            rows(&text, "Findings").iter().map(|row| format!("{} {} {}", row["Code"], row["Severity"], row["Times"])).collect();
        let show =
            |finding: &Value| format!("{} {} {}", document::text(finding, "code"), document::text(finding, "severity"), finding["count"]);
        assert_eq!(findings, document::list(&found, "findings").iter().map(show).collect::<Vec<_>>());
        assert_eq!(rows(&text, "Sessions").len(), document::list(&found, "sessions").len());
        assert_eq!(sum(&rows(&text, "Polling"), "Polls"), document::number(&found["totals"]["polls"], "polls"));
        assert_eq!(rows(&text, "Timeline (UTC)").len(), document::list(&found, "events").len());
        for row in rows(&text, "Ledger") {
            let part = &found["ledger"][row["Of"].replace(' ', "_")];
            assert_eq!(document::number(part, &row["Became"].replace(' ', "_")).to_string(), row["Count"], "{row:?}");
        }
    });
}

#[test]
fn har_has_each_request_and_each_callback() {
    each_story(|path| {
        let (found, har) = (program::analysis(path), report(path, "har"));
        let har: Value = serde_json::from_str(&har).unwrap();
        let entries = document::list(&har["log"], "entries");
        let mut requests: BTreeMap<String, u64> = BTreeMap::new();
        let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
        let mut last = i64::MIN;
        for entry in entries {
            let at = document::micros(&entry["startedDateTime"]);
            assert!(at >= last, "in the order of time: {entry}");
            last = at;
            let (method, status) = (document::text(&entry["request"], "method"), document::number(&entry["response"], "status"));
            if entry["_callback"] == true {
                *outcomes.entry(document::text(entry, "_outcome").to_owned()).or_default() += 1;
            } else if method != "UNKNOWN" {
                let status = if status == 0 { "none".to_owned() } else { status.to_string() };
                *requests.entry(format!("{method} {status}")).or_default() += 1;
            }
            if status == 0 || method == "UNKNOWN" {
                assert!(!document::text(entry, "comment").is_empty(), "{entry}");
            }
        }
        assert_eq!(requests, document::counts(&found["totals"]["requests"]["by_method_and_status"]));
        assert_eq!(outcomes, document::counts(&found["totals"]["callbacks"]["by_outcome"]));
        let pages: Vec<&str> = document::list(&har["log"], "pages").iter().map(|page| document::text(page, "id")).collect();
        assert_eq!(pages.len(), document::list(&found, "sessions").len());
        assert!(entries.iter().filter_map(|entry| entry["pageref"].as_str()).all(|page| pages.contains(&page)));
    });
}

#[test]
fn they_look_as_they_did() {
    for (story, formats) in [
        ("callbacks-gone-wrong/capture.pcap", &["csv", "md", "har"][..]),
        ("polling-by-reused-methods/capture.pcap", &["csv", "md"]),
        ("lost-packets/capture.pcap", &["md", "har"]),
        ("server-to-server/capture.pcap", &["csv", "har"]),
    ] {
        for format in formats {
            let text =
                report(story.as_ref(), format).replace(concat!("\"version\":\"", env!("CARGO_PKG_VERSION"), "\""), "\"version\":\"...\"");
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            let name = format!("{}-{format}", story.trim_end_matches(".pcap").replace('/', "-"));
            settings.bind(|| insta::assert_snapshot!(name, text.replace('\r', "")));
        }
    }
}

#[test]
fn each_table_has_its_file() {
    let folder = program::scratch("tables");
    let out = folder.join("report.csv");
    let run = program::rvpscope(&[
        "report".as_ref(),
        "callbacks-refused/server.pcap".as_ref(),
        "healthy/server.pcap".as_ref(),
        "-o".as_ref(),
        out.as_os_str(),
    ]);
    assert_eq!((run.code, &*run.stderr), (Some(0), ""));
    let mut names: Vec<String> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names.len(), 13, "{names:?}");
    let sessions = fs::read_to_string(folder.join("report-sessions.csv")).unwrap();
    assert!(sessions.starts_with("analysis,session,principal,"), "{sessions}");
    assert_eq!(sessions.matches("analysis,").count(), 1, "one header: {sessions}");
    assert!(sessions.lines().any(|line| line.starts_with("0,1,")) && sessions.lines().any(|line| line.starts_with("1,1,")), "{sessions}");
}
