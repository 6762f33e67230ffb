//! Filters as users meet them: what passes is what the whole document says of it, in every format, and mistakes are told with their place.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use serde_json::Value;
use support::document::list;
use support::program::{Run, rvpscope};

const STORY: &str = "callbacks-behind-nat/server.pcap";

fn filtered(path: &str, filter: &str, format: &str) -> Run {
    let run = rvpscope(&["analyze", path, "--filter", filter, "--format", format]);
    assert_eq!(run.code, Some(0), "{filter}: {}", run.stderr);
    run
}

fn document(path: &str, filter: &str) -> Value {
    serde_json::from_str(&filtered(path, filter, "json").stdout).unwrap()
}

fn whole(path: &str) -> Value {
    support::program::analysis(path.as_ref())
}

/// What passes of a list of the document, by what its records say themselves.
fn passes(path: &str, filter: &str, part: &str, wanted: impl Fn(&Value) -> bool) {
    let (found, whole) = (document(path, filter), whole(path));
    let expected: Vec<&Value> = list(&whole, part).iter().filter(|record| wanted(record)).collect();
    assert_eq!(list(&found, part).iter().collect::<Vec<_>>(), expected, "{filter}: {part}");
    let hidden = list(&whole, part).len() - expected.len();
    assert_eq!(found["selected"][format!("hidden_{part}")], hidden, "{filter}: what is hidden is counted");
    for part in ["captures", "ledger", "flows", "totals", "notes"] {
        assert_eq!(found[part], whole[part], "{filter}: {part} are those of the whole capture");
    }
}

#[test]
fn what_passes_is_what_the_document_says() {
    passes(STORY, "kind = callback", "events", |event| event["kind"] == "callback");
    passes(STORY, "status = 4xx", "events", |event| event["status"].as_u64().is_some_and(|status| (400..500).contains(&status)));
    passes(STORY, "not method", "events", |event| event["method"].is_null());
    passes(STORY, "principal = bob", "events", |event| event["session"] == 1);
    passes(STORY, "record = finding and severity >= error", "findings", |finding| finding["severity"] == "error");
    passes(STORY, "code = callback-unreachable", "findings", |finding| finding["code"] == "RVP103");
    passes(STORY, "packet in 140..150", "events", |event| {
        list(event, "packets").iter().any(|range| range[1].as_u64() <= Some(150) && range[2].as_u64() >= Some(140))
    });
    passes("ipv6/capture.pcap", "client in fd00::/8", "events", |event| !event["session"].is_null());
    passes("polling-idle/capture.pcap", "signature", "sessions", |session| !list(session, "polling").is_empty());
}

/// A word alone is looked for in the captured bytes, also in those that no line of the report shows.
#[test]
fn words_are_found_in_what_was_said() {
    let header = document(STORY, "\"RVP-Notifications-Version: 0.2\" and method = SUBSCRIBE");
    assert!(list(&header, "events").len() > 3, "{}", header["events"]);
    let text = document(STORY, "\"I can send but not receive\"");
    let kinds: Vec<&Value> = list(&text, "events").iter().map(|event| &event["kind"]).collect();
    assert_eq!(kinds, ["message", "callback"]);
    let lists = |name: &str| -> usize { list(&text, "sessions").iter().map(|session| list(session, name).len()).sum() };
    assert_eq!((lists("messages"), lists("callbacks"), lists("subscriptions")), (1, 1, 0), "lists hold what passes");
    assert!(list(&document(STORY, "\"nobody said this\""), "events").is_empty());
    assert_eq!(document(STORY, "text ~ \"(?i)CALL-BACK: http://192\\.168\"")["events"].as_array().unwrap().len(), 1);
}

#[test]
fn every_format_shows_the_same() {
    for filter in ["kind = callback and failed", "\"but not\" or severity = error", "principal = alice"] {
        let document = document(STORY, filter);
        let lines = filtered(STORY, filter, "ndjson").stdout;
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for (record, part) in [("event", "events"), ("session", "sessions"), ("finding", "findings")] {
            let count = lines.iter().filter(|line| line["record"] == record).count();
            assert_eq!(count, list(&document, part).len(), "{filter}: {part}");
        }
        let selected = lines.iter().find(|line| line["record"] == "selected").unwrap();
        for part in ["filter", "hidden_events", "hidden_sessions", "hidden_findings"] {
            assert_eq!(selected[part], document["selected"][part], "{filter}: {part}");
        }
    }
}

#[test]
fn every_format_says_what_is_hidden() {
    let document = document(STORY, "kind = callback and failed");
    let hidden = document["selected"]["hidden_events"].as_u64().unwrap();
    assert!(hidden > 1);
    for format in ["text", "html", "svg", "mermaid", "md", "har"] {
        let report =
            filtered(STORY, "kind = callback and failed", format).stdout.replace("#61;", "=").replace("#58;", ":").replace('\\', "");
        assert!(report.contains("filter kind = callback and failed") && report.contains(&format!("{hidden} events")), "{format}: {report}");
    }
    let csv = filtered(STORY, "kind = callback and failed", "csv").stdout;
    assert!(csv.contains(&format!("selected,0,kind = callback and failed,{hidden},")), "{csv}");
}

#[test]
fn exchanges_are_those_behind_what_passes() {
    let entries = |path: &str, filter: &str| -> Vec<String> {
        let har: Value = serde_json::from_str(&filtered(path, filter, "har").stdout).unwrap();
        let entries = har["log"]["entries"].as_array().unwrap().iter();
        entries.map(|entry| entry["request"]["method"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(entries(STORY, "kind = log-on"), ["SUBSCRIBE", "SUBSCRIBE"], "only the event knows that it is one");
    assert_eq!(entries(STORY, "not kind = log-on").len(), 29);
    assert_eq!(entries(STORY, "outcome = unreachable"), ["UNKNOWN"; 4], "callbacks that carried no byte");
    // Polls that brought nothing have no events of their own: their cycle has one.
    assert_eq!(entries("polling-goes-wrong/capture.pcap", "record = cycle or kind = poll").len(), polls("polling-goes-wrong/capture.pcap"));
    // What proves a finding that passes is shown with it, though no event passes.
    for format in ["html", "md"] {
        let report = filtered(STORY, "severity = error", format).stdout;
        assert!(report.contains("412 Precondition Failed"), "{format}: {report}");
    }
    assert!(entries(STORY, "severity = error").is_empty());
}

/// Without a timeline each exchange speaks for itself.
#[test]
fn exchanges_are_asked_where_there_are_no_events() {
    let entries = |filter: &str| {
        let run = rvpscope(&["analyze", STORY, "--quiet", "--filter", filter, "--format", "har"]);
        let har: Value = serde_json::from_str(&run.stdout).unwrap();
        har["log"]["entries"].as_array().unwrap().len()
    };
    for (filter, count) in [
        ("method = SUBSCRIBE", 8),
        ("method = SUBSCRIBE and status = 2xx", 8),
        ("kind = callback", 3),
        ("status = 412", 1),
        ("failed", 3),
        ("from = alice and to = bob and method = NOTIFY", 1),
        ("node = http://im.example.test/instmsg/aliases/bob and method = SUBSCRIBE", 3),
        ("client = 198.51.100.1 and server = 198.51.100.2:80 and method = NOTIFY", 1),
        ("call_back contains 192.168.7.10", 1),
        ("latency > 2ms and not callback", 4),
        ("time < 21:17:43", 6),
        ("packet = 183", 1),
        ("session = 1 and method = ACL", 3),
        ("record = exchange", 27),
        ("\"but not\"", 2),
        ("subscription = 98216", 2),
    ] {
        assert_eq!(entries(filter), count, "{filter}");
    }
}

/// How many polls a capture has.
fn polls(path: &str) -> usize {
    usize::try_from(whole(path)["totals"]["polls"]["polls"].as_u64().unwrap()).unwrap()
}

#[test]
fn each_capture_counts_what_it_hides() {
    let batch = |threads: &str| {
        let arguments = ["analyze", "healthy", "vlan", "ntlm", "--format", "ndjson", "--filter", "kind = log-on", "-j", threads];
        rvpscope(&arguments).stdout
    };
    let alone = batch("1");
    assert_eq!(alone.matches("\"record\":\"selected\"").count(), 3);
    assert_eq!(alone, batch("4"));
}

#[test]
fn a_mistake_is_told_with_its_place_and_what_was_meant() {
    for (filter, place, hint) in [
        ("princpal = bob", "^^^^^^^^", "principal"),
        ("kind = calback", "^^^^^^^", "callback"),
        ("client in 10.0.0.0/99", "^", "10.0.0.0/99"),
        ("(failed", "^", ")"),
        ("text ~ \"(\"", "^", "unclosed"),
        ("status = ", "^", "number"),
    ] {
        let run = rvpscope(&["analyze", STORY, "--filter", filter]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{filter}");
        let line = run.stderr.lines().nth(1).unwrap_or_default();
        assert_eq!(line.trim(), filter.trim(), "{}", run.stderr);
        assert!(run.stderr.contains(place) && run.stderr.contains(hint), "{}", run.stderr);
    }
    let hostile = rvpscope(&["analyze", STORY, "--filter", "\u{1b}[31m = \u{202e}"]);
    assert_eq!(hostile.code, Some(2));
    assert!(!hostile.stderr.contains(['\u{1b}', '\u{202e}']), "{}", hostile.stderr);
}
