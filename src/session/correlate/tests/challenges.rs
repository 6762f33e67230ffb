//! 401 handshakes: several requests on the wire, one event on the timeline.

use super::*;

/// The log-on of Alice with credentials.
fn with_credentials() -> String {
    format!("{}\nAuthorization: NTLM TlRMTVNTUAABAAAAB4IIAA==", log_on("alice", ALICE_LISTENS))
}

#[test]
fn a_handshake_on_one_connection_is_one_log_on() {
    let mut story = Story::default();
    let flow = story.connection(ALICE_AT, SERVER);
    story.ask_on(&flow, &log_on("alice", ALICE_LISTENS), CHALLENGE);
    story.ask_on(&flow, &with_credentials(), CHALLENGE);
    story.ask_on(&flow, &with_credentials(), &granted("1001", 14_000));
    let (model, events) = story.end();
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((event.kind, event.tone, event.at), (EventKind::LogOn, Tone::Normal, second(2)), "it began with the first request");
    assert!(event.outcome.contains("after 2 × 401"), "{}", event.outcome);
    assert_eq!(packets(event), [2, 3, 4, 5, 6, 7], "all requests and answers");
    assert_eq!(model.totals.requests["SUBSCRIBE"], BTreeMap::from([(Some(401), 2), (Some(200), 1)]), "but three requests");
    let session = session_of(&model, ALICE);
    assert_eq!(session.subscriptions.len(), 1);
    assert_eq!(session.about().authentication.as_deref(), Some("ntlm"));
}

#[test]
fn a_request_with_credentials_follows_a_challenge_of_an_earlier_connection() {
    let mut story = Story::default();
    story.ask(ALICE_AT, SERVER, &log_on("alice", ALICE_LISTENS), CHALLENGE);
    story.ask("10.0.1.5:1041", SERVER, &with_credentials(), &granted("1001", 14_000));
    let (_, events) = story.end();
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((event.kind, event.at), (EventKind::LogOn, second(2)));
    assert!(event.outcome.contains("after 1 × 401"), "{}", event.outcome);
}

#[test]
fn a_request_without_credentials_on_a_new_connection_follows_nothing() {
    let mut story = Story::default();
    story.ask(ALICE_AT, SERVER, &log_on("alice", ALICE_LISTENS), CHALLENGE);
    story.ask("10.0.1.5:1041", SERVER, &log_on("alice", ALICE_LISTENS), &granted("1001", 14_000));
    let (_, events) = story.end();
    assert_eq!(of_kind(&events, EventKind::Challenge).len(), 1);
    let [log_on] = of_kind(&events, EventKind::LogOn)[..] else { panic!("{events:?}") };
    assert!(!log_on.outcome.contains("401"), "{}", log_on.outcome);
}

#[test]
fn a_challenge_that_nothing_follows_is_told_at_the_end() {
    let mut story = Story::default();
    let flow = story.connection(ALICE_AT, SERVER);
    story.ask_on(&flow, &log_on("alice", ALICE_LISTENS), CHALLENGE);
    story.ask_on(&flow, &with_credentials(), CHALLENGE);
    assert!(!story.correlator.has_updates(), "it is not certain yet that nothing follows");
    let (model, events) = story.end();
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((event.kind, event.tone, event.at), (EventKind::Challenge, Tone::Failed, second(2)));
    assert_eq!(event.session, Some(session_of(&model, ALICE).id));
    assert!(event.outcome.starts_with("2 × 401"), "{}", event.outcome);
    assert!(event.summary.contains("ntlm, digest"), "{}", event.summary);
    assert!(session_of(&model, ALICE).subscriptions.is_empty());
}

#[test]
fn a_challenge_for_something_else_displaces_the_one_before() {
    let mut story = Story::default();
    let flow = story.connection(ALICE_AT, SERVER);
    story.ask_on(&flow, &log_on("alice", ALICE_LISTENS), CHALLENGE);
    story.ask_on(&flow, &request("PROPFIND", "alice", "bob", ""), CHALLENGE);
    assert!(story.correlator.has_updates(), "nothing can follow the first one on this connection any more");
    story.ask_on(&flow, &request("PROPFIND", "alice", "bob", "\nAuthorization: NTLM x"), OK);
    let (_, events) = story.end();
    let [displaced] = of_kind(&events, EventKind::Challenge)[..] else { panic!("{events:?}") };
    assert!(displaced.summary.starts_with("SUBSCRIBE"), "{}", displaced.summary);
    let [query] = of_kind(&events, EventKind::Query)[..] else { panic!("{events:?}") };
    assert!(query.outcome.contains("after 1 × 401"), "{}", query.outcome);
}

#[test]
fn a_challenge_is_followed_only_about_the_same_node_and_by_the_same_client() {
    let mut story = Story::default();
    story.ask(ALICE_AT, SERVER, &request("PROPFIND", "alice", "bob", ""), CHALLENGE);
    story.ask("10.0.1.5:1041", SERVER, &request("PROPFIND", "alice", "carol", "\nAuthorization: NTLM x"), OK);
    story.ask(BOB_AT, SERVER, &request("PROPFIND", "bob", "bob", "\nAuthorization: NTLM x"), OK);
    let (_, events) = story.end();
    assert_eq!(of_kind(&events, EventKind::Challenge).len(), 1);
    assert!(of_kind(&events, EventKind::Query).iter().all(|event| !event.outcome.contains("401")), "{events:?}");
}

#[test]
fn a_handshake_that_ends_in_an_error_tells_that_error() {
    let mut story = Story::default();
    let flow = story.connection(ALICE_AT, SERVER);
    story.ask_on(&flow, &log_on("alice", ALICE_LISTENS), CHALLENGE);
    story.ask_on(&flow, &with_credentials(), "HTTP/1.1 403 Forbidden\nRVP-Notifications-Version: 0.2");
    let (model, events) = story.end();
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((event.kind, event.tone), (EventKind::LogOn, Tone::Failed));
    assert!(event.outcome.starts_with("403"), "{}", event.outcome);
    assert!(session_of(&model, ALICE).subscriptions.is_empty());
}

#[test]
fn challenges_that_nothing_followed_are_told_in_the_order_of_time() {
    let mut story = Story::default();
    let first = story.connection(BOB_AT, SERVER);
    story.ask_on(&first, &log_on("bob", BOB_LISTENS), CHALLENGE);
    story.ask(ALICE_AT, SERVER, &log_on("alice", ALICE_LISTENS), CHALLENGE);
    let (_, events) = story.end();
    let who: Vec<_> = events.iter().map(|event| event.who.as_str()).collect();
    assert_eq!(who, ["bob", "alice"], "although the connection of the second ended first");
}

#[test]
fn a_client_may_bring_its_credentials_on_a_new_connection_before_the_old_one_is_closed() {
    let mut story = Story::default();
    let old = story.connection(ALICE_AT, SERVER);
    story.ask_on(&old, &log_on("alice", ALICE_LISTENS), CHALLENGE);
    story.ask("10.0.1.5:1041", SERVER, &with_credentials(), &granted("1001", 14_000));
    story.close(&old);
    let (_, events) = story.end();
    assert!(of_kind(&events, EventKind::Challenge).is_empty(), "something did follow: {events:?}");
}
