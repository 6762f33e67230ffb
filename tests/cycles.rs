//! Polling as the stories of `captures/` tell it: what no recording shows, and what must not be called polling. Each number is written down in
//! the story's script.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use serde_json::{Value, json};
use std::path::Path;
use support::document::{list, number, text};
use support::program;

fn story(name: &str) -> Value {
    program::analysis(&Path::new(name).join("capture.pcap"))
}

fn cycles(found: &Value) -> Vec<&Value> {
    list(found, "sessions").iter().flat_map(|session| list(session, "polling")).collect()
}

/// Those of a cycle's fields that a story is about.
fn of(cycle: &Value, fields: &[&str]) -> Value {
    fields.iter().map(|field| cycle[*field].clone()).collect()
}

const COUNTS: [&str; 9] = ["polls", "empty", "carrying", "errors", "not_visible", "missed", "bursts", "lost", "duplicated"];
const KIND: [&str; 4] = ["signature", "confidence", "method", "subscription"];

fn near(value: &Value, wanted: f64) {
    assert!((value.as_f64().unwrap() - wanted).abs() < 0.05, "{value} instead of {wanted}");
}

#[test]
fn all_that_can_go_wrong() {
    let found = story("polling-goes-wrong");
    let [first, second] = cycles(&found)[..] else { panic!("{:?}", cycles(&found)) };
    assert_eq!(of(first, &COUNTS), json!([14, 8, 3, 3, 0, 2, 1, 1, 1]));
    assert_eq!(of(first, &KIND), json!(["gena-style", "likely", "POLL", "700"]));
    near(&first["period_s"], 4.0);
    near(&first["waited_s"]["median"], 2.0);
    near(&first["waited_s"]["max"], 3.0);
    assert_eq!(number(first, "messages"), 3, "one, ok, ok");
    assert_eq!(list(first, "burst_list")[0]["polls"], 3);
    assert_eq!(list(first, "missed_at")[0]["beats"], 2);
    assert_eq!(list(first, "duplicated_list")[0]["times"], 2);
    let errors: Vec<&Value> = list(first, "error_list").iter().map(|error| &error["status"]).collect();
    assert_eq!(errors, [&json!(503), &json!(404), &Value::Null]);
    assert_eq!(of(second, &COUNTS), json!([2, 2, 0, 0, 0, 0, 0, 0, 0]), "after the new log-on");
    assert_eq!(of(second, &KIND), json!(["gena-style", "possible", "POLL", "701"]));
}

#[test]
fn the_senders_messages_know_what_became_of_them() {
    let found = story("polling-goes-wrong");
    let alice = list(&found, "sessions").iter().find(|session| text(session, "principal").ends_with("/alice")).unwrap();
    let deliveries: Vec<&str> = list(alice, "messages").iter().map(|message| text(message, "delivery")).collect();
    assert_eq!(deliveries, ["delivered", "delivered", "delivered", "unknown", "unknown"]);
}

#[test]
fn held_polls_on_one_connection() {
    let found = story("polling-held");
    let [cycle] = cycles(&found)[..] else { panic!("{:?}", cycles(&found)) };
    assert_eq!(of(cycle, &COUNTS), json!([5, 2, 2, 1, 1, 2, 0, 0, 0]));
    assert!(list(cycle, "missed_at").iter().all(|missed| missed["held"] == true), "beats are missed while a poll is held: {cycle}");
    assert_eq!(of(cycle, &KIND), json!(["behaviour", "likely", "XPOLL", "800"]));
    assert_eq!(of(cycle, &["long_polls", "connections", "messages"]), json!([4, 1, 3]));
    near(&cycle["held_s"]["max"], 10.0);
    near(&cycle["waited_s"]["max"], 0.03);
}

#[test]
fn methods_that_serve_something_else() {
    let found = story("polling-by-reused-methods");
    let [bob, carol] = cycles(&found)[..] else { panic!("{:?}", cycles(&found)) };
    assert_eq!(of(bob, &COUNTS), json!([7, 6, 1, 0, 0, 0, 0, 0, 0]), "at both addresses, and not the question about alice");
    assert_eq!(of(bob, &KIND), json!(["reused-method", "likely", "PROPFIND", null]));
    assert_eq!((&bob["after_failed_callback"], number(bob, "failed_callbacks")), (&json!(true), 1));
    assert_eq!(of(carol, &COUNTS), json!([4, 3, 1, 0, 0, 0, 0, 0, 0]));
    assert_eq!(of(carol, &KIND), json!(["reused-method", "likely", "PROPPATCH", null]));
    assert_eq!(carol["after_failed_callback"], false);
}

#[test]
fn two_pollers_of_one_principal_and_an_idle_one() {
    let found = story("polling-at-two-places");
    let [desk, home, alice] = cycles(&found)[..] else { panic!("{:?}", cycles(&found)) };
    for (cycle, id) in [(desk, "31"), (home, "32")] {
        assert_eq!(of(cycle, &COUNTS), json!([5, 4, 1, 0, 0, 0, 0, 0, 0]), "nothing came twice");
        assert_eq!(of(cycle, &KIND), json!(["gena-style", "likely", "POLL", id]));
    }
    assert_eq!(of(alice, &COUNTS), json!([4, 4, 0, 0, 0, 0, 0, 0, 0]));
    assert_eq!(of(alice, &KIND), json!(["behaviour", "possible", "XPOLL", "33"]));
    let of_alice: Vec<&str> =
        list(&found, "events").iter().map(|event| text(event, "summary")).filter(|summary| summary.starts_with("alice: ")).collect();
    assert_eq!(of_alice.len(), 2, "her message, and one line for all of her polls: {of_alice:?}");
}

#[test]
fn what_comes_again_and_again_and_is_no_polling() {
    let found = story("no-polling");
    assert_eq!(found["totals"]["polls"], json!({"cycles": 0, "polls": 0}));
    let told = |method: &str| list(&found, "events").iter().filter(|event| text(event, "summary").contains(method)).count();
    assert_eq!((told("XPING"), told("XASK"), told("renews")), (5, 5, 5), "each is told as the request that it is");
}

#[test]
fn the_public_look_alikes_have_no_polls() {
    assert_eq!(story("look-alikes")["totals"]["polls"], json!({"cycles": 0, "polls": 0}));
}
