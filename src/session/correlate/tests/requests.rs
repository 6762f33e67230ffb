//! What clients ask: log-on, redirects, subscriptions with their lives, presence.

use super::*;
use crate::rvp::subscription::NotificationType;
use crate::session::model::{Subscription, SubscriptionEnd};

const HOME: &str = "10.0.0.3:80";

fn only(session: &Session) -> &Subscription {
    let [subscription] = &*session.subscriptions else { panic!("{:?}", session.subscriptions) };
    subscription
}

fn renew(user: &str, id: &str) -> String {
    request("SUBSCRIBE", user, user, &format!("\nSubscription-Id: {id}\nSubscription-Lifetime: 14000"))
}

fn unsubscribe(user: &str, id: &str) -> String {
    request("UNSUBSCRIBE", user, user, &format!("\nSubscription-Id: {id}"))
}

/// The presence that a session set, in order.
fn states(session: &Session) -> Vec<&str> {
    session.presence.iter().map(|change| change.state.as_str()).collect()
}

#[test]
fn a_log_on_is_a_session_with_a_subscription() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), &granted("98213", 13_000));
    let (model, events) = story.end();
    let session = session_of(&model, BOB);
    assert_eq!((session.client, session.server), (endpoint(BOB_AT).ip, Some(endpoint(SERVER))));
    assert_eq!((session.first, session.last), (second(2), second(3)));
    let subscription = only(session);
    assert_eq!((&*subscription.id, &subscription.kind), ("98213", &Some(NotificationType::Notify)));
    assert_eq!((subscription.node.as_str(), subscription.call_back.as_deref()), (BOB, Some("http://10.0.1.6:3127")));
    assert_eq!((subscription.requested_s, subscription.granted_s, subscription.renewals), (Some(14_000), Some(13_000), 0));
    assert_eq!((subscription.at, subscription.end), (second(2), SubscriptionEnd::Live));
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((event.kind, event.who.as_str(), event.tone), (EventKind::LogOn, "bob", Tone::Normal));
}

#[test]
fn a_redirected_log_on_is_one_session_at_its_home_server() {
    let redirect = "HTTP/1.1 302 Moved\nRVP-Notifications-Version: 0.2\nLocation: http://home.example.test/instmsg/local/im.example.test/instmsg/aliases/bob";
    let at_home = log_on("bob", BOB_LISTENS)
        .replace("SUBSCRIBE /instmsg", "SUBSCRIBE /instmsg/local/im.example.test/instmsg")
        .replace("Host: im.example.test", "Host: home.example.test");
    let physical = at_home.replace(BOB, "http://home.example.test/instmsg/local/im.example.test/instmsg/aliases/bob");
    for second_try in [at_home, physical] {
        let mut story = Story::default();
        story.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), redirect);
        story.ask("10.0.1.6:1041", HOME, &second_try, &granted("1", 14_000));
        story.ask("10.0.1.6:1042", SERVER, &request("PROPFIND", "bob", "alice", ""), OK);
        story.byteless("10.0.0.3:2050", BOB_LISTENS, Fate::Refused);
        let (model, events) = story.end();
        assert_eq!(model.sessions.len(), 1);
        let session = session_of(&model, BOB);
        assert_eq!(session.server, Some(endpoint(HOME)), "which granted the log-on, whoever answers later");
        assert_eq!((session.subscriptions.len(), session.callbacks.len()), (1, 1));
        let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::Redirect, EventKind::LogOn, EventKind::Query, EventKind::Callback]);
        assert!(events[0].summary.contains("http://home.example.test/"), "{}", events[0].summary);
        assert_eq!(model.totals.requests["SUBSCRIBE"], BTreeMap::from([(Some(200), 1), (Some(302), 1)]));
    }
}

#[test]
fn requests_are_counted_by_method_and_status_and_callbacks_are_not_among_them() {
    let mut story = Story::default();
    story.both_log_on();
    story.ask(ALICE_AT, SERVER, &request("SUBSCRIBE", "alice", "bob", ""), CHALLENGE);
    story.ask(ALICE_AT, SERVER, &request("POLL", "alice", "alice", ""), OK);
    story.ask_in_vain(ALICE_AT, SERVER, &sends("alice", "bob", &text_message("alice", "bob", "hi")), ExchangeEnd::CaptureEnded);
    story.ask(CALLER, BOB_LISTENS, &calls_back(&text_message("alice", "bob", "hi")), OK);
    let (model, _) = story.end();
    let expected = BTreeMap::from([
        ("NOTIFY".to_owned(), BTreeMap::from([(None, 1)])),
        ("POLL".to_owned(), BTreeMap::from([(Some(200), 1)])),
        ("SUBSCRIBE".to_owned(), BTreeMap::from([(Some(200), 2), (Some(401), 1)])),
    ]);
    assert_eq!(model.totals.requests, expected);
    assert_eq!((model.totals.requests_total(), model.totals.callbacks_total()), (5, 1));
}

#[test]
fn flows_of_rvp_are_counted_apart_from_other_http() {
    let mut story = Story::default();
    story.both_log_on();
    story.ask(BOB_AT, "10.0.7.7:80", "GET /index.html HTTP/1.1\nHost: www.example.test", "HTTP/1.1 200 OK");
    story.byteless(CALLER, BOB_LISTENS, Fate::Refused);
    let (model, events) = story.end();
    assert_eq!((model.totals.http_flows, model.totals.rvp_flows), (3, 3), "two of HTTP are RVP, and the failed callback is");
    assert_eq!(model.totals.other_http, BTreeMap::from([("other", 1)]));
    assert_eq!((model.totals.requests_total(), events.len()), (2, 3));
}

#[test]
fn a_renewal_counts_and_moves_the_end() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), &granted("7", 10));
    story.clock = 8;
    story.ask(BOB_AT, SERVER, &renew("bob", "7"), &granted("7", 20));
    story.clock = 25;
    story.ask(BOB_AT, SERVER, &renew("bob", "7"), REFUSED);
    let (model, events) = story.end();
    let subscription = only(session_of(&model, BOB));
    assert_eq!((subscription.renewals, subscription.granted_s, subscription.end), (1, Some(20), SubscriptionEnd::Live));
    assert_eq!(subscription.expires(), Some(second(31)), "twenty seconds from the answer to the renewal");
    assert_eq!(of_kind(&events, EventKind::Renew).len(), 2);
}

#[test]
fn a_subscription_that_is_first_seen_renewed_exists() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &renew("bob", "4711"), &granted("4711", 9_000));
    story.ask(BOB_AT, SERVER, &renew("bob", "4711"), &granted("4711", 9_000));
    let (model, _) = story.end();
    let subscription = only(session_of(&model, BOB));
    assert_eq!((&*subscription.id, &subscription.kind, subscription.call_back.as_deref()), ("4711", &None, None));
    assert_eq!((subscription.renewals, subscription.granted_s, subscription.end), (2, Some(9_000), SubscriptionEnd::Live));
}

#[test]
fn a_renewal_that_the_server_refuses_proves_no_subscription() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &renew("bob", "4711"), REFUSED);
    let (model, _) = story.end();
    assert!(session_of(&model, BOB).subscriptions.is_empty());
}

#[test]
fn a_subscription_without_a_call_back_has_none() {
    let mut story = Story::default();
    let without = request("SUBSCRIBE", "bob", "bob", "\nNotification-Type: pragma/notify");
    story.ask(BOB_AT, SERVER, &without, "HTTP/1.1 200 Successful\nSubscription-Id: 5");
    let (model, events) = story.end();
    let subscription = only(session_of(&model, BOB));
    assert_eq!((subscription.call_back.as_deref(), subscription.granted_s, subscription.requested_s), (None, None, None));
    assert_eq!(subscription.end, SubscriptionEnd::Live, "a grant without a lifetime has no end");
    assert_eq!(events[0].kind, EventKind::LogOn);
}

#[test]
fn what_was_not_granted_is_no_subscription() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), REFUSED);
    story.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), OK);
    story.ask_in_vain(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), ExchangeEnd::AnswererClosed);
    let (model, _) = story.end();
    assert!(session_of(&model, BOB).subscriptions.is_empty(), "without a 2xx or without an id there is none");
    assert_eq!(model.totals.requests_total(), 3);
}

#[test]
fn only_an_unsubscribe_that_succeeded_ends_a_subscription() {
    let mut story = Story::default();
    for (id, answer) in [("1", OK), ("2", REFUSED), ("3", CHALLENGE)] {
        story.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), &granted(id, 14_000));
        story.ask(BOB_AT, SERVER, &unsubscribe("bob", id), answer);
    }
    story.ask_in_vain(BOB_AT, SERVER, &unsubscribe("bob", "3"), ExchangeEnd::CaptureEnded);
    let (model, events) = story.end();
    let ends: Vec<_> = session_of(&model, BOB).subscriptions.iter().map(|subscription| subscription.end).collect();
    assert_eq!(ends, [SubscriptionEnd::Unsubscribed, SubscriptionEnd::Live, SubscriptionEnd::Live]);
    assert!(!of_kind(&events, EventKind::LogOff).is_empty(), "ending the log-on is a log-off");
}

#[test]
fn a_second_log_on_ends_nothing() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), &granted("1", 14_000));
    story.ask(BOB_AT, SERVER, &log_on("bob", "10.0.1.6:4444"), &granted("2", 14_000));
    let (model, _) = story.end();
    let all: Vec<_> = session_of(&model, BOB).subscriptions.iter().map(|subscription| (&*subscription.id, subscription.end)).collect();
    assert_eq!(all, [("1", SubscriptionEnd::Live), ("2", SubscriptionEnd::Live)]);
}

#[test]
fn an_expiry_is_on_the_timeline_at_its_own_time() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), &granted("1", 10));
    story.clock = 100;
    story.ask(BOB_AT, SERVER, &request("PROPFIND", "bob", "alice", ""), OK);
    let (model, events) = story.end();
    assert_eq!(only(session_of(&model, BOB)).end, SubscriptionEnd::Expired);
    let [event] = of_kind(&events, EventKind::Expiry)[..] else { panic!("{events:?}") };
    assert_eq!((event.at, event.session), (second(13), Some(session_of(&model, BOB).id)));
}

#[test]
fn two_principals_at_one_client_are_two_sessions_and_one_at_two_clients_as_well() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), &granted("1", 14_000));
    story.ask(BOB_AT, SERVER, &log_on("carol", "10.0.1.6:3128"), &granted("2", 14_000));
    story.ask("10.0.1.8:1040", SERVER, &log_on("bob", "10.0.1.8:3127"), &granted("3", 14_000));
    story.ask(BOB_AT, SERVER, &log_on("BOB", BOB_LISTENS), &granted("4", 14_000));
    let (model, _) = story.end();
    let counts: Vec<_> = model.sessions.iter().map(|session| session.subscriptions.len()).collect();
    assert_eq!(counts, [2, 1, 1], "another spelling is the same principal");
}

#[test]
fn a_presence_that_is_set_again_is_refreshed_and_no_change() {
    let mut story = Story::default();
    for state in ["online", "online", "busy", "busy", "online"] {
        story.ask(BOB_AT, SERVER, &presence("bob", state), OK);
    }
    let (model, events) = story.end();
    let session = session_of(&model, BOB);
    assert_eq!(states(session), ["online", "busy", "online"]);
    assert_eq!(session.presence[0].at, second(2), "when it was asked for");
    let refreshed = of_kind(&events, EventKind::Presence).iter().filter(|event| event.summary.starts_with("refreshes")).count();
    assert_eq!((of_kind(&events, EventKind::Presence).len(), refreshed), (5, 2));
}

/// The answer to a PROPPATCH with these statuses of its properties.
fn multistatus(propstats: &[(&str, u16)]) -> String {
    let propstats: Vec<String> = propstats
        .iter()
        .map(|(property, status)| {
            format!("<d:propstat><d:prop><{property}/></d:prop><d:status>HTTP/1.1 {status} x</d:status></d:propstat>")
        })
        .collect();
    format!(
        "HTTP/1.1 207 Multi-Status\nRVP-Notifications-Version: 0.2\nContent-Type: text/xml\n\n<?xml version=\"1.0\"?><d:multistatus xmlns:d='DAV:' xmlns:r='http://schemas.microsoft.com/rvp/'><d:response><d:href>{BOB}</d:href>{}</d:response></d:multistatus>",
        propstats.concat()
    )
}

#[test]
fn a_presence_that_was_not_granted_is_not_set() {
    let refused = [
        CHALLENGE.to_owned(),
        REFUSED.to_owned(),
        "HTTP/1.1 500 Error".to_owned(),
        "HTTP/1.1 302 Moved\nLocation: http://home.example.test/".to_owned(),
        multistatus(&[("r:state", 403)]),
        multistatus(&[("r:state", 403), ("d:displayname", 424)]),
    ];
    for answer in refused {
        let mut story = Story::default();
        story.ask(BOB_AT, SERVER, &presence("bob", "online"), &answer);
        let (model, _) = story.end();
        assert!(session_of(&model, BOB).presence.is_empty(), "{answer}");
    }
    let mut story = Story::default();
    story.ask_in_vain(BOB_AT, SERVER, &presence("bob", "online"), ExchangeEnd::AskerClosed);
    let (model, _) = story.end();
    assert!(session_of(&model, BOB).presence.is_empty(), "no answer");
}

#[test]
fn a_multistatus_that_grants_the_state_sets_it() {
    for propstats in [&[("r:state", 200)][..], &[("r:state", 200), ("r:mobile-state", 403)]] {
        let mut story = Story::default();
        story.ask(BOB_AT, SERVER, &presence("bob", "online"), &multistatus(propstats));
        let (model, _) = story.end();
        assert_eq!(states(session_of(&model, BOB)), ["online"]);
    }
}

#[test]
fn an_own_property_tells_whose_session_it_is_even_without_a_header() {
    let mut story = Story::default();
    let anonymous = presence("bob", "online").replace(&format!("\nRVP-From-Principal: {BOB}"), "");
    story.ask(BOB_AT, SERVER, &anonymous, OK);
    let (model, _) = story.end();
    assert_eq!(states(session_of(&model, BOB)), ["online"]);
}

#[test]
fn credentials_tell_a_name_and_a_scheme_and_nothing_else() {
    let mut story = Story::default();
    let basic = "\nUser-Agent: Net::RVP\nAuthorization: Basic RE9NXGJvYjpodW50ZXIy";
    story.ask(BOB_AT, SERVER, &request("PROPFIND", "bob", "alice", basic), OK);
    let (model, events) = story.end();
    let session = session_of(&model, BOB);
    assert_eq!((session.about().authentication.as_deref(), session.about().authenticated_as.as_deref()), (Some("basic"), Some("DOM\\bob")));
    assert_eq!(session.about().user_agent.as_deref(), Some("Net::RVP"));
    let all = format!("{model:?} {events:?}");
    assert!(!all.contains("hunter2") && !all.contains("RE9NX"), "{all}");
}

#[test]
fn an_answer_without_its_request_is_told_and_counted_as_odd() {
    let mut story = Story::default();
    let flow = story.connection(BOB_AT, SERVER);
    let (at, origin) = story.tick();
    let alone = Exchange { request: None, ..story.open(&flow, &request("PROPFIND", "bob", "alice", "")) };
    let alone = Exchange { response: Some(Box::new(message(OK, at, origin))), end: Some(ExchangeEnd::Answered), ..alone };
    story.hand(&flow, &alone);
    let (model, events) = story.end();
    assert_eq!(model.totals.requests_total(), 0, "nobody knows what was asked");
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((event.tone, event.outcome.as_str()), (Tone::Unknown, "200"));
}

#[test]
fn a_request_without_an_answer_says_who_gave_up() {
    for (end, words, tone) in [
        (ExchangeEnd::AskerClosed, "the client gave up", Tone::Failed),
        (ExchangeEnd::AskerReset, "the client gave up", Tone::Failed),
        (ExchangeEnd::AnswererClosed, "the server closed", Tone::Failed),
        (ExchangeEnd::AnswererReset, "the server reset", Tone::Failed),
        (ExchangeEnd::NotCaptured, "not in the capture", Tone::Unknown),
        (ExchangeEnd::CaptureEnded, "when the capture ends", Tone::Unknown),
    ] {
        let mut story = Story::default();
        story.ask_in_vain(BOB_AT, SERVER, &request("PROPFIND", "bob", "alice", ""), end);
        let (_, events) = story.end();
        let [event] = events.as_slice() else { panic!("{events:?}") };
        assert!(event.outcome.ends_with(words), "{}", event.outcome);
        assert_eq!(event.tone, tone, "{end:?}");
    }
}

#[test]
fn events_are_numbered_from_one_as_they_become_certain() {
    let mut story = Story::default();
    story.both_log_on();
    let before = story.correlator.take_events();
    assert!(!story.correlator.has_updates());
    story.ask(BOB_AT, SERVER, &presence("bob", "online"), OK);
    let (_, after) = story.end();
    let ids: Vec<_> = before.iter().chain(&after).map(|event| event.id).collect();
    assert_eq!(ids, [1, 2, 3]);
}

#[test]
fn what_a_client_asks_without_its_name_belongs_to_the_only_principal_that_is_known_there() {
    let nameless = "PROPFIND /instmsg/aliases/alice HTTP/1.1\nHost: im.example.test\nRVP-Notifications-Version: 0.2";
    let mut before = Story::default();
    before.ask(BOB_AT, SERVER, nameless, OK);
    before.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), &granted("1", 14_000));
    let (model, _) = before.end();
    assert_eq!(model.sessions.len(), 1);
    assert_eq!(session_of(&model, BOB).first, second(2), "from its first request on");

    let mut between_two = Story::default();
    between_two.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), &granted("1", 14_000));
    between_two.ask(BOB_AT, SERVER, &log_on("carol", "10.0.1.6:3128"), &granted("2", 14_000));
    between_two.ask(BOB_AT, SERVER, nameless, OK);
    let (model, _) = between_two.end();
    let last: Vec<_> = model.sessions.iter().take(2).map(|session| session.last).collect();
    assert_eq!(last, [second(3), second(7)], "it may be either's");
}

#[test]
fn a_state_that_is_refused_beside_a_granted_property_is_not_set() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &presence("bob", "online"), &multistatus(&[("r:state", 403), ("r:email", 200)]));
    let (model, _) = story.end();
    assert!(session_of(&model, BOB).presence.is_empty());
}
