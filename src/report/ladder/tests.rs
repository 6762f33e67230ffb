//! Tests of the ladder: who gets a column, where it stands, and what becomes of each event.

use super::*;
use crate::base::address::Endpoint;
use crate::rvp::method::Method;
use crate::rvp::principal::Principal;
use crate::rvp::subscription::NotificationType;
use crate::session::event::Detail;
use crate::session::model::Subscription;
use crate::session::polling::{Confidence, PollCycle};

const SERVER: &str = "10.0.0.1:80";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(0).after(Span::from_secs(seconds))
}

fn endpoint(text: &str) -> Endpoint {
    let address: std::net::SocketAddr = text.parse().unwrap();
    Endpoint::new(address.ip(), address.port())
}

fn session(id: u32, user: &str, client: &str) -> Session {
    let principal = (!user.is_empty()).then(|| Principal::new(&format!("http://im.example.test/instmsg/aliases/{user}")));
    Session { server: Some(endpoint(SERVER)), ..Session::new(SessionId(id), principal, client.parse().unwrap(), at(0)) }
}

/// A request of a session.
fn request(session: u32, seconds: i64, client: &str, server: &str) -> Event {
    Event {
        id: seconds as u64 + 1,
        at: at(seconds),
        kind: EventKind::Query,
        session: (session > 0).then_some(SessionId(session)),
        tone: Tone::Normal,
        who: String::new(),
        summary: "asks".to_owned(),
        outcome: "200".to_owned(),
        detail: Detail { client: Some(endpoint(client)), server: Some(endpoint(server)), ..Detail::default() },
        origin: Packed::default(),
    }
}

fn callback(session: u32, seconds: i64, client: &str, outcome: Outcome) -> Event {
    let mut event = request(session, seconds, client, SERVER);
    event.kind = EventKind::Callback;
    event.detail.callback = Some(outcome);
    event.tone = if outcome == Outcome::Delivered { Tone::Normal } else { Tone::Failed };
    event
}

fn ladder(sessions: &[Session], events: &[Event]) -> Ladder {
    Ladder::new(sessions, events.iter(), 100)
}

fn names(ladder: &Ladder) -> Vec<&str> {
    ladder.columns.iter().map(|column| column.name.as_str()).collect()
}

#[test]
fn a_principal_at_two_addresses_is_one_column_that_shows_both() {
    let sessions = [session(1, "bob", "10.1.0.1"), session(2, "BOB", "10.1.0.2")];
    let ladder = ladder(&sessions, &[request(1, 0, "10.1.0.1:5", SERVER), request(2, 1, "10.1.0.2:5", SERVER)]);
    assert_eq!(names(&ladder), ["bob", "server 10.0.0.1"]);
    assert_eq!(ladder.columns[0].addresses, ["10.1.0.1", "10.1.0.2"]);
    assert!(!ladder.columns[0].server && ladder.columns[1].server);
}

#[test]
fn users_of_the_same_name_in_two_domains_are_told_apart() {
    let mut other = session(2, "bob", "10.1.0.2");
    other.principal = Some(Principal::new("http://im.west.test/instmsg/aliases/bob"));
    let events = [request(1, 0, "10.1.0.1:5", SERVER), request(2, 1, "10.1.0.2:5", SERVER)];
    let ladder = ladder(&[session(1, "bob", "10.1.0.1"), other], &events);
    let bobs = ["http://im.example.test/instmsg/aliases/bob", "http://im.west.test/instmsg/aliases/bob"];
    assert_eq!(names(&ladder), [bobs[0], "server 10.0.0.1", bobs[1]]);
}

#[test]
fn a_session_without_a_principal_is_a_column_of_its_address_and_ports_make_none() {
    let sessions = [session(1, "", "10.1.0.1")];
    let ladder = ladder(&sessions, &[request(1, 0, "10.1.0.1:5", SERVER), request(1, 1, "10.1.0.1:6", "10.0.0.1:8080")]);
    assert_eq!(names(&ladder), ["10.1.0.1", "server 10.0.0.1"]);
}

#[test]
fn clients_stand_on_both_sides_of_one_server_and_outside_of_two() {
    let sessions = [session(1, "a", "10.1.0.1"), session(2, "b", "10.1.0.2"), session(3, "c", "10.1.0.3")];
    let events = [(1, "10.1.0.1:5"), (2, "10.1.0.2:5"), (3, "10.1.0.3:5")].map(|(id, client)| request(id, id.into(), client, SERVER));
    assert_eq!(names(&ladder(&sessions, &events)), ["a", "c", "server 10.0.0.1", "b"]);
    let mut events = events;
    events[1].detail.server = Some(endpoint("10.0.0.2:80"));
    assert_eq!(names(&ladder(&sessions, &events)), ["a", "c", "server 10.0.0.1", "server 10.0.0.2", "b"]);
}

#[test]
fn requests_go_to_the_server_and_callbacks_to_the_client() {
    let sessions = [session(1, "bob", "10.1.0.1")];
    let events = [request(1, 0, "10.1.0.1:5", SERVER), callback(1, 1, "10.1.0.1:4000", Outcome::Delivered)];
    let steps: Vec<Step> = ladder(&sessions, &events).rows.iter().map(|row| row.step).collect();
    assert_eq!(steps, [Step::Arrow { from: 0, to: 1, arrives: true }, Step::Arrow { from: 1, to: 0, arrives: true }]);
}

#[test]
fn an_attempt_without_a_connection_ends_in_the_air_and_an_error_arrives() {
    let sessions = [session(1, "bob", "10.1.0.1")];
    for (outcome, expected) in [
        (Outcome::Refused, false),
        (Outcome::Unanswered, false),
        (Outcome::Unreachable, false),
        (Outcome::HttpError, true),
        (Outcome::NoReply, true),
        (Outcome::Broken, true),
    ] {
        let ladder = ladder(&sessions, &[callback(1, 0, "10.1.0.1:4000", outcome)]);
        assert!(matches!(ladder.rows[0].step, Step::Arrow { arrives, .. } if arrives == expected), "{outcome:?}");
    }
}

#[test]
fn servers_that_speak_to_each_other_and_clients_that_do_have_arrows() {
    let sessions = [session(1, "a", "10.1.0.1"), session(2, "b", "10.1.0.2")];
    let between = Event { kind: EventKind::ServerToServer, ..request(0, 1, "10.0.0.2:1234", SERVER) };
    let transfer = Event { kind: EventKind::FileTransfer, ..request(2, 2, "10.1.0.1:7", "10.1.0.2:6891") };
    let ladder = ladder(&sessions, &[between, transfer]);
    assert_eq!(names(&ladder), ["a", "b", "server 10.0.0.2", "server 10.0.0.1"]);
    let steps: Vec<Step> = ladder.rows.iter().map(|row| row.step).collect();
    assert_eq!(steps, [Step::Arrow { from: 2, to: 3, arrives: true }, Step::Arrow { from: 0, to: 1, arrives: true }]);
}

#[test]
fn what_belongs_to_no_session_belongs_to_whoever_is_at_its_address() {
    let sessions = [session(1, "a", "10.1.0.1"), session(2, "b", "10.1.0.2"), session(3, "c", "10.1.0.2")];
    let events = [request(0, 0, "10.1.0.1:5", SERVER), request(0, 1, "10.1.0.2:5", SERVER)];
    assert_eq!(names(&ladder(&sessions, &events)), ["a", "server 10.0.0.1", "10.1.0.2"], "two are at the second address");
}

#[test]
fn polls_that_brought_nothing_are_one_row_until_the_last_of_them() {
    let mut sessions = [session(1, "bob", "10.1.0.1")];
    sessions[0].polling.push(cycle("POLL", 5, 300));
    let mut event = request(1, 5, "10.1.0.1:5", SERVER);
    event.kind = EventKind::Poll;
    event.detail = Detail { method: Some(Method::Other("POLL".into())), ..Detail::default() };
    let later = request(1, 310, "10.1.0.1:5", SERVER);
    let ladder = ladder(&sessions, &[event, later]);
    assert_eq!(ladder.rows[0].step, Step::Cycle { client: 0, server: Some(1), until: at(300) });
    assert_eq!(ladder.rows.len(), 2, "while it polls it is not silent");
}

fn cycle(method: &str, first: i64, last: i64) -> PollCycle {
    PollCycle {
        signature: String::new(),
        confidence: Confidence::Likely,
        method: method.to_owned(),
        subscription: None,
        node: String::new(),
        first: at(first),
        last: at(last),
        polls: 60,
        period: None,
        jitter: None,
        missed: 0,
        missed_at: Vec::new(),
        bursts: 0,
        burst_list: Vec::new(),
        empty: 60,
        carrying: 0,
        errors: 0,
        not_visible: 0,
        failed: Vec::new(),
        long_polls: 0,
        held: None,
        waited: None,
        slowest: None,
        messages: 0,
        lost: 0,
        lost_list: Vec::new(),
        doubled: 0,
        doubled_list: Vec::new(),
        requests: 60,
        bytes: 0,
        connections: 1,
        failed_callbacks: 0,
        failed_callback_list: Vec::new(),
        origin: crate::base::origin::Origin::default(),
    }
}

#[test]
fn a_long_silence_has_a_row() {
    let sessions = [session(1, "bob", "10.1.0.1")];
    let events = [0, 59, 119].map(|seconds| request(1, seconds, "10.1.0.1:5", SERVER));
    let ladder = ladder(&sessions, &events);
    assert_eq!(ladder.rows.len(), 4);
    assert_eq!(ladder.rows[2].step, Step::Pause { length: Span::from_secs(60) });
    assert_eq!(ladder.rows[2].label, "60.0 s without an event");
}

#[test]
fn a_log_on_spans_its_rows_until_its_end() {
    let log_on = |granted_s, end| Subscription {
        id: "1".into(),
        kind: Some(NotificationType::Notify),
        node: Principal::default(),
        call_back: None,
        at: at(10),
        requested_s: granted_s,
        granted_s,
        granted_at: Some(at(10)),
        renewals: 0,
        end,
        origin: Packed::default(),
    };
    let events = [0, 10, 20, 30].map(|seconds| request(1, seconds, "10.1.0.1:5", SERVER));
    let mut left = events[2].clone();
    left.kind = EventKind::LogOff;
    left.detail.subscription = Some("1".into());
    let with_end = [events[0].clone(), events[1].clone(), left, events[3].clone()];
    for (granted, end, events, last) in [
        (1000, SubscriptionEnd::Live, &events, Some(3)),
        (15, SubscriptionEnd::Expired, &events, Some(2)),
        (1000, SubscriptionEnd::Unsubscribed, &with_end, Some(2)),
        (1000, SubscriptionEnd::Unknown, &events, None),
    ] {
        let mut sessions = [session(1, "bob", "10.1.0.1")];
        sessions[0].subscriptions.push(log_on(Some(granted), end));
        let leases: Vec<_> = ladder(&sessions, events).leases;
        assert_eq!(leases, last.map(|last| Lease { column: 0, first: 1, last }).into_iter().collect::<Vec<_>>(), "{end:?}");
    }
}

#[test]
fn what_does_not_fit_is_counted() {
    let sessions: Vec<Session> = (1..=40).map(|id| session(id, &format!("user{id}"), &format!("10.1.0.{id}"))).collect();
    let events: Vec<Event> = (1..=40).map(|id| request(id, id.into(), &format!("10.1.0.{id}:5"), SERVER)).collect();
    let ladder = Ladder::new(&sessions, events.iter(), 30);
    assert_eq!(ladder.columns.len(), MOST_COLUMNS);
    assert_eq!((ladder.rows.len(), ladder.left_out), (MOST_COLUMNS - 1, 40 - (MOST_COLUMNS - 1)));
}
