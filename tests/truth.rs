//! The recordings of real clients against what the programs themselves logged, at every point where they were captured. Turned on by the feature
//! `shared-captures`; the folder is `RVPSCOPE_SHARED`, or `../shared` beside the checkout.
#![cfg(feature = "shared-captures")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use support::document::{check, check_ledger, counts, list, number, of_sessions, text};
use support::{program, truth};

const RECORDINGS: [&str; 11] = [
    "a-healthy",
    "b-refused-rst",
    "c-dropped-syn",
    "d1-icmp-admin-prohibited",
    "e1-nat-private-callback-icmp",
    "f-accepted-never-answered",
    "g-callback-http-errors",
    "j2-ntlm",
    "l-short-leases",
    "n1-split-keepalive-callbacks",
    "o-file-transfer-invite",
];

const BOB: &str = "http://im.example.test/instmsg/aliases/bob";
const ALICE: &str = "http://im.example.test/instmsg/aliases/alice";

fn folder() -> PathBuf {
    let shared = std::env::var_os("RVPSCOPE_SHARED").map(PathBuf::from);
    shared.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared")).join("captures")
}

/// The document about the recording `name` as captured at `point`. What holds for every document is checked on the way, and the ledger
/// against a second count.
fn at(name: &str, point: &str) -> Value {
    let ending = if point == "router" { "pcapng" } else { "pcap" };
    let capture = folder().join(format!("{name}-{point}.{ending}"));
    let found = program::analysis(&capture);
    check(&found);
    check_ledger(&found, &capture);
    assert_eq!(number(&found["ledger"]["packets"], "undecodable"), 0, "{name}-{point}");
    found
}

fn known(name: &str) -> Value {
    truth::read(&folder().join(format!("truth/{name}.json")))
}

/// `by_method_and_status` in a short form.
fn requests(found: &Value) -> String {
    let requests = counts(&found["totals"]["requests"]["by_method_and_status"]);
    requests.iter().map(|(name, count)| format!("{name}: {count}")).collect::<Vec<_>>().join(", ")
}

/// Each callback in order, as `outcome status attempts`; one on a connection that was used before needed no attempt.
fn callbacks(found: &Value) -> Vec<String> {
    let rows = truth::callbacks_by_target(found).into_values().flatten();
    rows.map(|one| {
        let attempts = if one["reused_connection"] == true { "reused".into() } else { one["attempts"].to_string() };
        format!("{} {} {attempts}", text(one, "outcome"), one["status"])
    })
    .collect()
}

#[test]
fn at_the_server_everything_equals_the_truth() {
    support::each(RECORDINGS, |name| (*name).to_owned(), |name| truth::all(&at(name, "server"), &known(name)));
}

/// What the clients set, from their PROPPATCHs, refreshes of the same state folded. Where a request was answered 401 (`j2`) it set nothing.
#[test]
fn each_client_set_these_states() {
    let check = |name: &str| {
        let (bob, alice) = match name {
            "a-healthy" | "l-short-leases" => (vec!["online", "at-lunch", "online", "offline"], vec!["online", "busy", "offline"]),
            "j2-ntlm" => (vec!["online", "away", "offline"], vec!["online", "offline"]),
            "o-file-transfer-invite" => (vec!["online", "offline"], vec![]),
            _ => (vec!["online", "offline"], vec!["online", "offline"]),
        };
        let found = at(name, "server");
        for (principal, set) in [(BOB, bob), (ALICE, alice)] {
            let sessions = list(&found, "sessions").iter().filter(|session| session["principal"] == principal);
            let mut states: Vec<&str> = sessions.flat_map(|session| list(session, "presence")).map(|one| text(one, "state")).collect();
            states.dedup();
            assert_eq!(states, set, "{name}, {principal}");
        }
    };
    support::each(RECORDINGS, |name| (*name).to_owned(), check);
}

/// 96 bytes of each packet are 30 bytes of payload: `SUBSCRIBE /instmsg/aliases/bob` is exactly that, without the version. Methods, statuses and
/// callbacks show; what needs more bytes does not and must be missing.
#[test]
fn cut_packets_show_methods_and_statuses_and_nothing_is_made_up() {
    let (found, known) = (at("a-healthy-snap96", "server"), known("a-healthy-snap96"));
    truth::requests(&found, &known);
    truth::callbacks(&found, &known);
    for session in list(&found, "sessions") {
        assert!(session["principal"].is_null(), "RVP-From-Principal is beyond the cut: {session}");
        assert!(list(session, "subscriptions").is_empty(), "Subscription-Id is beyond the cut: {session}");
        assert!(list(session, "presence").is_empty(), "bodies are beyond the cut: {session}");
        assert!(list(session, "callbacks").iter().all(|one| one["carries"] == "unknown"), "bodies are beyond the cut: {session}");
    }
    assert!(number(&found["ledger"]["tcp_payload_bytes"], "missing") > 10_000, "what was cut is counted as missing");
    assert!(list(&found, "notes").iter().any(|note| note["kind"] == "packet-cut"), "{}", found["notes"]);
}

#[test]
fn cut_packets_at_the_client() {
    let found = at("a-healthy-snap96", "client");
    let expected = "ACL 200: 3, NOTIFY 200: 2, PROPFIND 207: 1, PROPPATCH 207: 3, SUBSCRIBE 200: 1, SUBSCRIBE 207: 3, SUBSCRIPTIONS 200: 1, \
                    UNSUBSCRIBE 200: 1";
    assert_eq!(requests(&found), expected);
    assert_eq!(callbacks(&found), ["delivered 200 1"; 4]);
}

/// At bob there are bob's requests and what reached him, and nothing of alice.
#[test]
fn at_bob_only_what_reached_bob() {
    let log_on =
        "ACL 200: 3, PROPFIND 207: 1, PROPPATCH 207: 2, SUBSCRIBE 200: 1, SUBSCRIBE 207: 3, SUBSCRIPTIONS 200: 1, UNSUBSCRIBE 200: 1";
    let and_notify = log_on.replace("ACL 200: 3, ", "ACL 200: 3, NOTIFY 200: 1, ");
    let delivered = "delivered 200 1";
    let expected: [(&str, String, Vec<&str>); 11] = [
        (
            "a-healthy",
            "ACL 200: 3, NOTIFY 200: 2, NOTIFY 412: 1, PROPFIND 207: 1, PROPPATCH 207: 4, SUBSCRIBE 200: 10, SUBSCRIBE 207: 3, \
             SUBSCRIPTIONS 200: 1, UNSUBSCRIBE 200: 2"
                .into(),
            vec![delivered; 12],
        ),
        // The RST is made inside bob's machine, so the refused SYNs are seen there.
        ("b-refused-rst", and_notify.clone(), [vec![delivered; 2], vec!["refused null 1"; 4], vec![delivered; 2]].concat()),
        // The router dropped the SYNs. The callback for which the server needed seven SYNs came with its last one.
        ("c-dropped-syn", log_on.into(), vec![delivered; 5]),
        ("d1-icmp-admin-prohibited", log_on.into(), vec![delivered; 4]),
        // Behind the NAT nothing tells that callbacks failed.
        ("e1-nat-private-callback-icmp", and_notify.clone(), vec![]),
        ("f-accepted-never-answered", log_on.into(), [vec![delivered; 2], vec!["no_reply null 1"; 3], vec![delivered; 4]].concat()),
        ("g-callback-http-errors", and_notify, [vec![delivered; 2], vec!["http_error 400 1"; 2], vec![delivered; 2]].concat()),
        (
            "j2-ntlm",
            "ACL 200: 2, ACL 401: 2, NOTIFY 401: 1, NOTIFY 412: 1, PROPFIND 207: 1, PROPFIND 401: 1, PROPPATCH 207: 3, PROPPATCH 401: 3, \
             SUBSCRIBE 200: 1, SUBSCRIBE 207: 2, SUBSCRIBE 401: 4, SUBSCRIPTIONS 200: 1, SUBSCRIPTIONS 401: 1, UNSUBSCRIBE 200: 1, \
             UNSUBSCRIBE 401: 1"
                .into(),
            vec![delivered; 3],
        ),
        (
            "l-short-leases",
            "ACL 200: 3, NOTIFY 200: 2, NOTIFY 412: 1, PROPFIND 207: 1, PROPPATCH 207: 7, SUBSCRIBE 200: 10, SUBSCRIBE 207: 3, \
             SUBSCRIPTIONS 200: 1, UNSUBSCRIBE 200: 2"
                .into(),
            vec![delivered; 14],
        ),
        (
            "n1-split-keepalive-callbacks",
            log_on.replace("ACL 200: 3, ", "ACL 200: 3, NOTIFY 200: 3, "),
            vec![delivered, "broken null reused", delivered, "broken null reused", delivered],
        ),
        (
            "o-file-transfer-invite",
            "ACL 200: 2, NOTIFY 200: 3, PROPFIND 207: 1, PROPPATCH 207: 2, SUBSCRIBE 200: 1, SUBSCRIBE 207: 2, SUBSCRIPTIONS 200: 1, \
             UNSUBSCRIBE 200: 1"
                .into(),
            vec![delivered; 2],
        ),
    ];
    let check = |(name, sent, called): (&str, String, Vec<&str>)| {
        let (found, known) = (at(name, "client"), known(name));
        assert_eq!(requests(&found), sent, "{name}");
        assert_eq!(callbacks(&found), called, "{name}");
        let principals: Vec<&Value> = list(&found, "sessions").iter().map(|session| &session["principal"]).collect();
        assert_eq!(principals, [BOB], "{name}: bob, and nobody else");
        let seen: BTreeSet<_> = truth::subscription_rows(&found).collect();
        assert_eq!(seen, truth::known_subscriptions(&known, |subscriber| subscriber == BOB), "{name}");
        truth::presence(&found, &known, &[]);
    };
    support::each(expected, |(name, ..)| (*name).to_owned(), check);
}

/// What came too late was still an answer: the client handled what the server had given up.
#[test]
fn late_answers_are_known_where_they_were_met_by_a_reset() {
    for point in ["server", "client"] {
        let found = at("f-accepted-never-answered", point);
        let given_up: Vec<&Value> = of_sessions(&found, "callbacks").into_iter().filter(|one| one["outcome"] == "no_reply").collect();
        assert_eq!(given_up.len(), 3, "{point}");
        for callback in given_up {
            assert_eq!(callback["late_answer"]["status"], 200, "{point}: {callback}");
            let after = callback["late_answer"]["after_s"].as_f64().unwrap();
            assert!((13.0..15.2).contains(&after), "{point}: {callback}");
        }
    }
    let found = at("g-callback-http-errors", "server");
    let unanswered: Vec<&Value> = of_sessions(&found, "callbacks").into_iter().filter(|one| one["outcome"] == "no_reply").collect();
    assert_eq!(unanswered.len(), 1);
    assert!(unanswered[0]["late_answer"].is_null(), "no answer ever came: {}", unanswered[0]);
}

/// SYNs as they were sent: nine of each attempt while they were dropped, and seven until one got through.
#[test]
fn every_syn_of_an_attempt_is_counted() {
    let found = at("c-dropped-syn", "server");
    let bob = &truth::callbacks_by_target(&found)["10.77.2.10:35401"];
    let attempts: Vec<(&str, u64)> = bob.iter().map(|one| (text(one, "outcome"), number(one, "attempts"))).collect();
    let expected = [
        ("delivered", 1),
        ("delivered", 1),
        ("unanswered", 9),
        ("unanswered", 9),
        ("unanswered", 9),
        ("delivered", 7),
        ("delivered", 1),
        ("delivered", 1),
    ];
    assert_eq!(attempts, expected);
}

/// A failed callback without a byte belongs to whom it was for, even where the client's address at the server is another (NAT).
#[test]
fn attempts_behind_nat_belong_to_the_client_that_announced_the_address() {
    let found = at("e1-nat-private-callback-icmp", "server");
    let bob = list(&found, "sessions").iter().find(|session| session["principal"] == BOB).unwrap();
    assert_eq!(bob["client"], "198.51.100.1");
    let targets: Vec<(&str, &str)> = list(bob, "callbacks").iter().map(|one| (text(one, "target"), text(one, "outcome"))).collect();
    assert_eq!(targets, [("192.168.7.10:41525", "unreachable"); 4]);
}

#[test]
fn at_alice_only_what_reached_alice() {
    let (found, known) = (at("g-callback-http-errors", "alice"), known("g-callback-http-errors"));
    assert_eq!(requests(&found), "PROPPATCH 207: 2, SUBSCRIBE 200: 1, SUBSCRIBE 207: 3, SUBSCRIPTIONS 200: 1, UNSUBSCRIBE 200: 3");
    truth::callbacks_to(&found, &known, |target| target.starts_with("10.77.3.20:"));
    let seen: BTreeSet<_> = truth::subscription_rows(&found).collect();
    assert_eq!(seen, truth::known_subscriptions(&known, |subscriber| subscriber == ALICE));
}

/// The router sees each of bob's packets before and after the translation: on the wire these are two requests on two connections. So the
/// requests are the server's and bob's together; callbacks and alice's requests pass but once.
#[test]
fn at_the_router_both_sides_of_the_translation() {
    let (name, found) = ("e1-nat-private-callback-icmp", at("e1-nat-private-callback-icmp", "router"));
    let known = known(name);
    let mut both = BTreeMap::<String, u64>::new();
    for point in ["server", "client"] {
        for (request, count) in counts(&at(name, point)["totals"]["requests"]["by_method_and_status"]) {
            *both.entry(request).or_default() += count;
        }
    }
    assert_eq!(counts(&found["totals"]["requests"]["by_method_and_status"]), both);
    assert_eq!(number(&found["totals"]["requests"], "total"), 37);
    truth::callbacks(&found, &known);
    let clients: BTreeSet<&str> = list(&found, "sessions").iter().map(|session| text(session, "client")).collect();
    assert_eq!(clients, BTreeSet::from(["192.168.7.10", "198.51.100.1", "203.0.113.20"]));
    let ids: BTreeSet<&str> = of_sessions(&found, "subscriptions").into_iter().map(|one| text(one, "id")).collect();
    assert_eq!(ids, list(&known, "subscriptions").iter().map(|one| text(one, "id")).collect());
}

/// The file itself goes from client to client (MSNFTP): no RVP, no HTTP, no callback, though bob sees it.
#[test]
fn a_direct_file_transfer_is_neither_rvp_nor_a_callback() {
    let found = at("o-file-transfer-invite", "client");
    let flows = &found["flows"];
    assert_eq!(number(&found["ledger"]["stream_bytes"], "not_http"), 75, "VER, USR, FIL and TFR");
    assert!(number(flows, "http") < number(flows, "tcp"), "{flows}");
    assert!(of_sessions(&found, "callbacks").iter().all(|one| one["target"] == "10.77.2.10:35081"), "{}", found["sessions"]);
}

/// Recorded at the server and at bob: together they show each packet of bob's twice, and the same story.
#[test]
fn two_capture_points_merged_are_one_story() {
    let names = RECORDINGS.into_iter().filter(|name| !name.starts_with("e1"));
    support::each(
        names,
        |name| (*name).to_owned(),
        |name| {
            let [server, client] = ["server", "client"].map(|point| folder().join(format!("{name}-{point}.pcap")));
            let both = program::rvpscope(&[
                "analyze".as_ref(),
                "--merge".as_ref(),
                "--format".as_ref(),
                "json".as_ref(),
                client.as_os_str(),
                server.as_os_str(),
            ]);
            let merged: Value = serde_json::from_str(&both.stdout).unwrap();
            let alone = program::analysis(&server);
            check(&merged);
            for part in ["requests", "callbacks"] {
                assert_eq!(merged["totals"][part], alone["totals"][part], "{name}");
            }
            // The file in `o` goes from alice to bob directly: the server does not see that connection.
            let direct = u64::from(name == "o-file-transfer-invite");
            assert_eq!(number(&merged["flows"], "tcp"), number(&alone["flows"], "tcp") + direct, "{name}");
            assert_eq!(callbacks(&merged), callbacks(&alone), "{name}");
            let twice = list(&merged, "notes").iter().find(|note| note["kind"] == "captured-twice").map(|note| number(note, "count"));
            assert!(twice.is_some_and(|count| count > 50), "{name}: {twice:?}");
        },
    );
}
