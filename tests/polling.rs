//! Polling clients against what the programs themselves logged: requests and callbacks are counted right, each cycle is told as it was, and
//! look-alikes on the same server are left alone. Turned on by the feature `shared-captures`, as `tests/truth.rs`.
#![cfg(feature = "shared-captures")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use support::document::{check, check_ledger, counts, list, number, text};
use support::{program, truth};

fn folder() -> PathBuf {
    let shared = std::env::var_os("RVPSCOPE_SHARED").map(PathBuf::from);
    shared.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared")).join("captures/polling")
}

fn known(name: &str) -> Value {
    truth::read(&folder().join(format!("truth/{name}.json")))
}

fn at(name: &str, point: &str) -> Value {
    let capture = folder().join(format!("{name}-{point}.pcap"));
    let found = program::analysis(&capture);
    check(&found);
    check_ledger(&found, &capture);
    found
}

/// The clients that speak RVP.
fn rvp_clients(known: &Value) -> impl Iterator<Item = &Value> {
    list(known, "clients").iter().filter(|client| client["is_rvp"] == true)
}

/// The requests of `clients` by method.
fn requests_of<'a>(clients: impl Iterator<Item = &'a Value>) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for (method, count) in clients.flat_map(|client| counts(&client["requests_by_method"])) {
        *all.entry(method).or_default() += count;
    }
    all
}

/// The outcomes of the callbacks to each target, in order.
fn known_callbacks(known: &Value) -> BTreeMap<String, Vec<String>> {
    let mut by_target = BTreeMap::<String, Vec<String>>::new();
    for attempt in list(known, "callback_attempts") {
        let outcome = match (text(attempt, "outcome"), attempt["status"].as_u64()) {
            ("connect-timeout", _) => "unanswered",
            (_, Some(200..300)) => "delivered",
            (outcome, status) => panic!("{outcome} {status:?} is a new word"),
        };
        by_target.entry(truth::endpoint(text(attempt, "target")).to_owned()).or_default().push(outcome.to_owned());
    }
    by_target
}

fn at_the_server(name: &str) -> Value {
    let (found, known) = (at(name, "server"), known(name));
    assert_eq!(counts(&found["totals"]["requests"]["by_method"]), requests_of(rvp_clients(&known)), "{name}");
    let seen: BTreeMap<String, Vec<String>> = truth::callbacks_by_target(&found)
        .into_iter()
        .map(|(target, all)| (target.to_owned(), all.iter().map(|one| text(one, "outcome").to_owned()).collect()))
        .collect();
    assert_eq!(seen, known_callbacks(&known), "{name}");
    let clients: BTreeSet<&str> = list(&found, "sessions").iter().map(|session| text(session, "client")).collect();
    let rvp: BTreeSet<&str> =
        rvp_clients(&known).flat_map(|client| list(client, "address_server_sees")).map(|ip| ip.as_str().unwrap()).collect();
    assert_eq!(clients, rvp, "{name}: a session for each RVP client, and for nobody else");
    let cycles: Vec<&Value> = list(&found, "sessions").iter().flat_map(|session| list(session, "polling")).collect();
    assert_eq!(cycles.len(), known["pollers"].as_object().unwrap().len(), "{name}: a cycle for each poller");
    assert_eq!(number(&found["totals"]["polls"], "polls"), number(&known, "rvp_polls_total"), "{name}");
    for (poller, truth) in known["pollers"].as_object().unwrap() {
        check_cycle(&format!("{name}: {poller}"), cycle_of(&found, poller), truth);
    }
    found
}

/// The only cycle of a poller.
fn cycle_of<'f>(found: &'f Value, poller: &str) -> &'f Value {
    let of_poller = |session: &&Value| session["principal"].as_str().is_some_and(|principal| principal.ends_with(&format!("/{poller}")));
    let mut cycles = list(found, "sessions").iter().filter(of_poller).flat_map(|session| list(session, "polling"));
    let cycle = cycles.next().unwrap();
    assert!(cycles.next().is_none(), "{poller} has one cycle");
    cycle
}

fn check_cycle(who: &str, cycle: &Value, truth: &Value) {
    for (field, known) in [("polls", "count"), ("empty", "empties"), ("carrying", "with_messages"), ("missed", "missed_beats")] {
        assert_eq!(number(cycle, field), number(truth, known), "{who}: {field}");
    }
    for (field, known) in [("errors", "errors"), ("bursts", "bursts"), ("lost", "never_delivered"), ("duplicated", "delivered_twice")] {
        assert_eq!(number(cycle, field), list(truth, known).len() as u64, "{who}: {field}");
    }
    assert_eq!(number(cycle, "connections"), number(truth, "tcp_connections_of_polls"), "{who}");
    assert_eq!(text(cycle, "method"), text(truth, "method"), "{who}");
    let period = truth["median_period_s"].as_f64().unwrap();
    assert!((cycle["period_s"].as_f64().unwrap() / period - 1.0).abs() < 0.02, "{who}: period {}", cycle["period_s"]);
    let jitter = truth["period_all_intervals"]["stdev"].as_f64().unwrap();
    assert!((cycle["jitter_s"].as_f64().unwrap() - jitter).abs() < 0.001, "{who}: jitter {}", cycle["jitter_s"]);
    let is_chat = |message: &&Value| message["kind"] == "msg";
    let mut waited: Vec<f64> = list(truth, "messages").iter().filter(is_chat).filter_map(|message| message["latency_s"].as_f64()).collect();
    waited.sort_by(f64::total_cmp);
    assert_eq!(number(cycle, "messages"), waited.len() as u64, "{who}");
    assert_eq!(cycle["waited_s"].is_null(), waited.is_empty(), "{who}");
    if let Some(max) = waited.last() {
        let median = f64::midpoint(waited[waited.len() / 2], waited[(waited.len() - 1) / 2]);
        for (field, known) in [("median", median), ("max", *max)] {
            let found = cycle["waited_s"][field].as_f64().unwrap();
            assert!((found - known).abs() < 0.01, "{who}: {field} {found} instead of {known}");
        }
    }
}

#[test]
fn a_poll_method() {
    let found = at_the_server("P1-steady-poll-method");
    let bob = list(&found, "sessions").iter().find(|session| session["client"] == "198.51.100.11").unwrap();
    assert!(list(bob, "subscriptions")[0]["call_back"].is_null(), "he logs on without a Call-Back: {bob}");
    let cycle = cycle_of(&found, "bob");
    assert_eq!((text(cycle, "signature"), text(cycle, "confidence")), ("gena-style", "likely"));
    assert_eq!((cycle["after_failed_callback"].as_bool(), number(cycle, "long_polls")), (Some(false), 0));
}

#[test]
fn a_method_that_is_used_again() {
    let found = at_the_server("P3-reused-method");
    let cycle = cycle_of(&found, "bob");
    assert_eq!((text(cycle, "signature"), text(cycle, "confidence")), ("reused-method", "likely"));
}

/// The callbacks go to an address behind a NAT; each attempt is five SYNs.
#[test]
fn failed_callbacks_and_then_polling() {
    let found = at_the_server("P4-fallback");
    let bob = &truth::callbacks_by_target(&found)["192.168.4.10:2529"];
    assert!(bob.iter().all(|one| number(one, "attempts") == 5), "{bob:?}");
    let cycle = cycle_of(&found, "bob");
    assert_eq!(cycle["after_failed_callback"], true);
    let failed: Vec<(&str, &str)> =
        list(cycle, "failed_callback_list").iter().map(|one| (text(one, "target"), text(one, "outcome"))).collect();
    assert_eq!(failed, [("192.168.4.10:2529", "unanswered"); 3]);
}

/// Exchange store notifications and GENA (`UPnP`) live on the same address and port, with the same method names, and GENA calls back, too.
#[test]
fn look_alikes_are_left_alone() {
    let found = at_the_server("P8-not-polling-traps");
    assert_eq!(found["totals"]["polls"], serde_json::json!({"cycles": 0, "polls": 0}));
    assert!(list(&found, "events").iter().all(|event| event["kind"] != "poll"));
    let (all, rvp) = (known("P8-not-polling-traps"), number(&found["totals"]["requests"], "total"));
    let everything: u64 = requests_of(list(&all, "clients").iter()).values().sum();
    assert!(rvp < everything);
    assert_eq!(found["totals"]["requests"]["by_method"]["POLL"].as_u64().unwrap_or(0), 0, "all POLLs there are the store's");
    for ip in ["198.51.100.83", "198.51.100.84", "198.51.100.85"] {
        assert!(!serde_json::to_string(&found["events"]).unwrap().contains(ip), "{ip} has no part in the timeline");
    }
}

#[test]
fn two_idle_pollers_one_of_them_on_a_single_connection() {
    let found = at_the_server("P9-slow-and-idle");
    assert_eq!(number(&found["totals"]["requests"], "total"), 308);
    assert_eq!(number(&found["totals"]["callbacks"], "total"), 0);
    assert_eq!(text(cycle_of(&found, "bob"), "confidence"), "possible", "no answer ever brought anything");
    let polls = list(&found, "events").iter().filter(|event| event["kind"] == "poll").count();
    assert_eq!(polls, 2, "an idle cycle is one event");
}

#[test]
fn at_the_poller_its_own_requests() {
    for (name, client) in [("P1-steady-poll-method", "bob"), ("P4-fallback", "bob")] {
        let (found, known) = (at(name, "client"), known(name));
        let own = list(&known, "clients").iter().filter(|one| one["name"] == client);
        assert_eq!(counts(&found["totals"]["requests"]["by_method"]), requests_of(own), "{name}");
        assert_eq!(number(&found["totals"]["callbacks"], "total"), 0, "{name}: none reached him");
        let (cycle, truth) = (cycle_of(&found, client), &known["pollers"][client]);
        for (field, wanted) in [("polls", "count"), ("empty", "empties"), ("carrying", "with_messages")] {
            assert_eq!(number(cycle, field), number(truth, wanted), "{name}: {field}");
        }
        assert!(cycle["waited_s"].is_null(), "{name}: the senders are not in this capture, so nothing is known of how long it took");
        assert_eq!((number(cycle, "lost"), number(cycle, "duplicated")), (0, 0), "{name}");
    }
}
