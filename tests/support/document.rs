//! What every JSON document must hold, whatever the capture, and a short form of it for snapshots.

use super::oracle;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// The words for what became of a callback.
const OUTCOMES: [&str; 8] = ["delivered", "http_error", "refused", "unanswered", "unreachable", "no_reply", "broken", "unknown"];
/// The words for what a callback brought.
const CARRIES: [&str; 6] = ["message", "typing", "presence", "invite", "other", "unknown"];
/// The words for how a subscription ended.
const ENDS: [&str; 4] = ["unsubscribed", "expired", "live", "unknown"];

/// A list, which must be there.
pub(crate) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("\"{name}\" is no list in {value}"))
}

/// A number, which must be there.
pub(crate) fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("\"{name}\" is no number in {value}"))
}

/// A text, which must be there.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("\"{name}\" is no text in {value}"))
}

/// The counts of an object, without the zeros.
pub(crate) fn counts(value: &Value) -> BTreeMap<String, u64> {
    let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    object.iter().map(|(name, count)| (name.clone(), count.as_u64().unwrap())).filter(|(_, count)| *count > 0).collect()
}

/// All sessions' entries of the list `name`.
pub(crate) fn of_sessions<'a>(document: &'a Value, name: &str) -> Vec<&'a Value> {
    list(document, "sessions").iter().flat_map(|session| list(session, name)).collect()
}

/// Microseconds since 1970 of a time in a document.
pub(crate) fn micros(value: &Value) -> i64 {
    let time = value.as_str().unwrap_or_else(|| panic!("no time: {value}"));
    assert!(time.ends_with('Z'), "times are in UTC: {time}");
    time.parse::<jiff::Timestamp>().unwrap_or_else(|error| panic!("{time}: {error}")).as_microsecond()
}

/// Checks everything that holds for the document about any capture.
pub(crate) fn check(document: &Value) {
    assert_eq!(document["schema"], "rvpscope.analysis/1");
    check_sums(document);
    check_totals(document);
    check_captures(document);
    check_sessions(document);
    let sessions: BTreeSet<u64> = list(document, "sessions").iter().map(|session| number(session, "id")).collect();
    assert_eq!(sessions.len(), list(document, "sessions").len(), "each session has its own id");
    let mut last = i64::MIN;
    for event in list(document, "events") {
        assert!(!text(event, "kind").is_empty() && !text(event, "summary").is_empty(), "an event says what it is: {event}");
        assert!(event["session"].is_null() || sessions.contains(&number(event, "session")), "the session exists: {event}");
        check_packets(document, event);
        let at = micros(&event["at"]);
        assert!(at >= last, "the timeline is in order: {event}");
        last = at;
    }
    for note in list(document, "notes") {
        assert!(!text(note, "kind").is_empty() && number(note, "count") > 0, "a note says what and how often: {note}");
    }
    for finding in list(document, "findings") {
        check_finding(document, finding, &sessions);
    }
}

fn check_finding(document: &Value, finding: &Value, sessions: &BTreeSet<u64>) {
    for part in ["code", "slug", "title", "meaning", "remedy"] {
        assert!(!text(finding, part).is_empty(), "{part}: {finding}");
    }
    assert!(["info", "warning", "error"].contains(&text(finding, "severity")), "{finding}");
    assert!(["seen", "inferred"].contains(&text(finding, "certainty")), "{finding}");
    assert!(number(finding, "count") > 0 && micros(&finding["at"]) != 0, "{finding}");
    assert!(finding["session"].is_null() || sessions.contains(&number(finding, "session")), "the session exists: {finding}");
    check_packets(document, finding);
}

/// The ledger's sums.
pub(crate) fn check_sums(document: &Value) {
    let ledger = &document["ledger"];
    let sum = |part: &str, names: &[&str]| -> u64 { names.iter().map(|name| number(&ledger[part], name)).sum() };
    assert_eq!(sum("packets", &["read"]), sum("packets", &["tcp", "icmp_about_tcp", "other", "undecodable"]), "{ledger}");
    assert_eq!(sum("tcp_payload_bytes", &["captured"]), sum("tcp_payload_bytes", &["delivered", "duplicate", "discarded"]), "{ledger}");
    assert_eq!(sum("tcp_payload_bytes", &["delivered"]), sum("stream_bytes", &["http", "http_skipped", "not_http"]), "{ledger}");
    number(&ledger["tcp_payload_bytes"], "missing");
}

/// The ledger against a second count of the file itself.
pub(crate) fn check_ledger(document: &Value, capture: &Path) {
    check_sums(document);
    let (packets, bytes) = (&document["ledger"]["packets"], &document["ledger"]["tcp_payload_bytes"]);
    let counted = oracle::Counts {
        read: number(packets, "read"),
        tcp: number(packets, "tcp"),
        icmp_about_tcp: number(packets, "icmp_about_tcp"),
        other: number(packets, "other"),
        captured: number(bytes, "captured"),
    };
    assert_eq!(counted, oracle::counts(capture), "{}", capture.display());
}

fn check_totals(document: &Value) {
    let (flows, requests, callbacks) = (&document["flows"], &document["totals"]["requests"], &document["totals"]["callbacks"]);
    let sum = |counts: &Value| self::counts(counts).values().sum::<u64>();
    assert_eq!(number(flows, "tcp"), sum(&flows["by_fate"]), "{flows}");
    // An attempt at a callback without a byte is a flow of RVP, but HTTP was never spoken on it.
    assert!(number(flows, "rvp") <= number(flows, "tcp") && number(flows, "http") <= number(flows, "tcp"), "{flows}");
    assert_eq!(number(requests, "total"), sum(&requests["by_method"]), "{requests}");
    let mut by_method = BTreeMap::<String, u64>::new();
    for (name, count) in self::counts(&requests["by_method_and_status"]) {
        let (method, _) = name.split_once(' ').expect("method and status");
        *by_method.entry(method.to_owned()).or_default() += count;
    }
    assert_eq!(by_method, self::counts(&requests["by_method"]), "{requests}");
    assert_eq!(number(callbacks, "total"), sum(&callbacks["by_outcome"]), "{callbacks}");
    let mut by_outcome = BTreeMap::<String, u64>::new();
    for callback in of_sessions(document, "callbacks") {
        *by_outcome.entry(text(callback, "outcome").to_owned()).or_default() += 1;
    }
    assert_eq!(by_outcome, self::counts(&callbacks["by_outcome"]), "every callback is in exactly one session");
    check_polls(document);
}

fn check_captures(document: &Value) {
    let mut packets = 0;
    for capture in list(document, "captures") {
        text(capture, "path");
        assert!(["pcap", "pcapng"].contains(&text(capture, "format")), "{capture}");
        list(capture, "link_types");
        list(capture, "damage");
        number(capture, "skipped_bytes");
        packets += number(capture, "packets");
        if number(capture, "packets") > 0 {
            assert!(micros(&capture["first"]) <= micros(&capture["last"]), "{capture}");
        }
    }
    assert_eq!(packets, number(&document["ledger"]["packets"], "read"));
}

fn check_sessions(document: &Value) {
    for session in list(document, "sessions") {
        assert!(micros(&session["first"]) <= micros(&session["last"]), "{session}");
        for subscription in list(session, "subscriptions") {
            assert!(ENDS.contains(&text(subscription, "end")), "{subscription}");
            number(subscription, "renewals");
            micros(&subscription["at"]);
        }
        for callback in list(session, "callbacks") {
            check_callback(callback);
            check_packets(document, callback);
        }
        for presence in list(session, "presence") {
            assert!(!text(presence, "state").is_empty() && micros(&presence["at"]) > 0, "{presence}");
        }
        list(session, "messages");
        for cycle in list(session, "polling") {
            check_cycle(cycle);
        }
    }
}

fn check_callback(callback: &Value) {
    let (outcome, carries) = (text(callback, "outcome"), text(callback, "carries"));
    assert!(OUTCOMES.contains(&outcome), "{callback}");
    assert!(CARRIES.contains(&carries), "{callback}");
    assert!(!text(callback, "target").contains('/'), "a target is an endpoint: {callback}");
    assert!(callback["reused_connection"].is_boolean() || callback["reused_connection"].is_null(), "{callback}");
    number(callback, "attempts");
    let byteless = ["refused", "unanswered", "unreachable"].contains(&outcome);
    assert!(!byteless || carries == "unknown", "what was never sent was not seen: {callback}");
    match (outcome, callback["status"].as_u64()) {
        ("delivered", status) => assert!(status.is_some_and(|status| (200..300).contains(&status)), "{callback}"),
        ("http_error", status) => assert!(status.is_some_and(|status| !(200..300).contains(&status)), "{callback}"),
        ("broken" | "unknown", _) => {}
        (_, status) => assert_eq!(status, None, "no answer was read: {callback}"),
    }
    assert!(callback["late_answer"].is_null() || outcome == "no_reply", "{callback}");
}

/// Packet ranges lie inside their capture.
fn check_packets(document: &Value, of: &Value) {
    let ranges = list(of, "packets");
    assert!(!ranges.is_empty(), "a fact has its packets: {of}");
    for range in ranges {
        let (first, last) = (range[1].as_u64().unwrap(), range[2].as_u64().unwrap());
        let capture = &list(document, "captures")[usize::try_from(range[0].as_u64().unwrap()).unwrap()];
        assert!(1 <= first && first <= last && last <= number(capture, "packets"), "{of}");
    }
}

/// What a reviewer wants to see of a document, in few lines. Lists keep the document's order.
pub(crate) fn digest(document: &Value) -> String {
    let mut out = String::new();
    let ledger = &document["ledger"];
    for part in ["packets", "tcp_payload_bytes", "stream_bytes"] {
        writeln!(out, "{part}: {}", pairs(&ledger[part])).unwrap();
    }
    let (flows, totals) = (&document["flows"], &document["totals"]);
    writeln!(out, "flows: tcp {} http {} rvp {}; {}", flows["tcp"], flows["http"], flows["rvp"], pairs(&flows["by_fate"])).unwrap();
    writeln!(out, "requests: {}", pairs(&totals["requests"]["by_method_and_status"])).unwrap();
    writeln!(out, "callbacks: {}", pairs(&totals["callbacks"]["by_outcome"])).unwrap();
    for session in list(document, "sessions") {
        let show = |name| word(&session[name]);
        writeln!(out, "\nsession {} {} {} -> {}", show("id"), show("principal"), show("client"), show("server")).unwrap();
        writeln!(out, "  user agent {}, authentication {}", show("user_agent"), show("authentication")).unwrap();
        let parts: [(&str, &[&str]); 4] = [
            ("subscriptions", &["id", "kind", "node", "call_back", "requested_s", "granted_s", "renewals", "end"]),
            ("callbacks", &["target", "carries", "outcome", "status", "attempts", "reused_connection"]),
            ("presence", &["state"]),
            ("messages", &["from", "to", "kind", "accepted_status", "delivery"]),
        ];
        for (part, fields) in parts {
            for entry in list(session, part) {
                let fields: Vec<String> = fields.iter().map(|field| word(&entry[*field])).collect();
                writeln!(out, "  {part}: {}", fields.join(" ")).unwrap();
            }
        }
    }
    writeln!(out).unwrap();
    for finding in list(document, "findings") {
        let show = |name| word(&finding[name]);
        let head = [show("code"), show("severity"), show("certainty"), show("session"), format!("{} ×", show("count"))].join(" ");
        writeln!(out, "finding: {head} {}: {}", show("title"), show("seen")).unwrap();
    }
    let notes: Vec<String> = list(document, "notes").iter().map(|note| format!("{} {}", word(&note["kind"]), note["count"])).collect();
    writeln!(out, "\nnotes: {}", notes.join(", ")).unwrap();
    out
}

fn pairs(value: &Value) -> String {
    counts(value).iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The totals of the polls are those of the cycles.
fn check_polls(document: &Value) {
    let cycles: Vec<&Value> = list(document, "sessions").iter().flat_map(|session| list(session, "polling")).collect();
    let totals = &document["totals"]["polls"];
    assert_eq!(number(totals, "cycles"), cycles.len() as u64, "{totals}");
    assert_eq!(number(totals, "polls"), cycles.iter().map(|cycle| number(cycle, "polls")).sum::<u64>(), "{totals}");
}

/// A cycle has all of the contract's fields, and its polls add up.
fn check_cycle(cycle: &Value) {
    for field in ["signature", "method", "first", "last"] {
        assert!(!text(cycle, field).is_empty(), "{field}: {cycle}");
    }
    assert!(["possible", "likely"].contains(&text(cycle, "confidence")), "{cycle}");
    let count = |field: &str| number(cycle, field);
    assert_eq!(count("polls"), count("empty") + count("carrying") + count("errors"), "{cycle}");
    assert!(count("not_visible") <= count("errors") && count("long_polls") <= count("polls"), "{cycle}");
    assert!(count("connections") <= count("requests") && count("polls") <= count("requests"), "{cycle}");
    assert_eq!(cycle["period_s"].is_null(), count("polls") < 2, "{cycle}");
    assert_eq!(cycle["jitter_s"].is_null(), count("polls") < 3, "{cycle}");
    assert_eq!(cycle["after_failed_callback"].as_bool().unwrap(), count("failed_callbacks") > 0, "{cycle}");
    for (number, listed) in [("lost", "lost_list"), ("duplicated", "duplicated_list"), ("errors", "error_list"), ("bursts", "burst_list")] {
        assert_eq!(list(cycle, listed).len() as u64, count(number).min(100), "{listed}: {cycle}");
    }
    for spread in ["waited_s", "held_s"] {
        if let Some(median) = cycle[spread]["median"].as_f64() {
            assert!(median <= cycle[spread]["max"].as_f64().unwrap(), "{cycle}");
        }
    }
}
