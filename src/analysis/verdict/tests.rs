//! Verdicts are read as a whole in the stories' snapshots; here is what no story shows.

use super::*;
use crate::base::origin::Packed;
use crate::rvp::subscription::NotificationType;
use crate::session::callback::CallbackAttempt;
use crate::session::directory::People;
use std::sync::Arc;

fn session(client: &str, callbacks: Vec<CallbackAttempt>) -> Session {
    Session {
        callbacks: callbacks.into_iter().map(Arc::new).collect(),
        ..Session::new(SessionId(1), None, client.parse().unwrap(), Timestamp::default())
    }
}

fn callback(target: &str, outcome: Outcome) -> CallbackAttempt {
    CallbackAttempt {
        at: Timestamp::default(),
        target: Endpoint::new(target.parse().unwrap(), 1040),
        source: Endpoint::new("198.51.100.1".parse().unwrap(), 2000),
        carries: "unknown",
        outcome,
        status: None,
        attempts: 1,
        reused_connection: Some(false),
        late_answer: None,
        took: None,
        unreachable: None,
        inferred: false,
        answerer: None,
        origin: Packed::default(),
        hits: 0,
    }
}

fn told(sessions: &[Session]) -> Vec<Verdict> {
    verdicts(Sessions { list: sessions, people: &People::of(sessions) }, &[])
}

#[test]
fn who_was_reached_needs_no_verdict() {
    for outcome in [Outcome::Delivered, Outcome::HttpError, Outcome::Broken, Outcome::Unknown] {
        assert_eq!(told(&[session("192.0.2.1", vec![callback("192.0.2.1", outcome)])]), [], "{outcome:?}");
    }
}

#[test]
fn a_private_address_behind_another_one_is_most_likely_nat() {
    let all = told(&[session("203.0.113.104", vec![callback("192.168.4.10", Outcome::Unanswered)])]);
    let text = &all[0].text;
    assert!(
        text.starts_with(
            "203.0.113.104 could not be reached: 1 of 1 callbacks failed, to 192.168.4.10:1040: 1 unanswered. That is a private"
        )
    );
    assert!(text.contains("seen as 203.0.113.104: most likely NAT"), "{text}");
}

/// A private address alone proves nothing: client and server may be neighbours.
#[test]
fn a_private_address_that_is_the_clients_own_is_no_nat() {
    let callbacks = vec![callback("10.0.0.5", Outcome::Refused), callback("10.0.0.5", Outcome::Delivered)];
    let all = told(&[session("10.0.0.5", callbacks)]);
    let text = &all[0].text;
    assert!(text.starts_with("10.0.0.5 could not be reached for a time: 1 of 2 callbacks failed"), "{text}");
    assert!(!text.contains("NAT") && text.contains("Nothing listened there"), "{text}");
}

fn principal(user: &str) -> Principal {
    Principal::new(&format!("http://im.example.test/instmsg/aliases/{user}"))
}

fn message(kind: MessageKind, status: u16, answered: i64) -> ChatMessage {
    ChatMessage {
        at: Timestamp::default(),
        from: Some(principal("alice")),
        to: Some(principal("bob")),
        kind,
        accepted_status: Some(status),
        delivery: crate::session::model::Delivery::Failed,
        conversation: None,
        fingerprint: u64::from(status) + answered.unsigned_abs(),
        answered: Some(Timestamp::from_nanos(answered)),
        origin: crate::base::origin::Packed::default(),
        hits: 0,
    }
}

/// Those of other times, of typing and of other people are not.
#[test]
fn it_names_who_was_told() {
    let at = Timestamp::from_nanos(1_000_000_000);
    let bob = Session {
        principal: Some(principal("bob")),
        ..session("10.0.0.5", vec![CallbackAttempt { at, ..callback("10.0.0.5", Outcome::Refused) }])
    };
    let messages = vec![
        message(MessageKind::Text, 412, 2_000_000_000),
        message(MessageKind::Text, 412, 2_000_000_001),
        message(MessageKind::Text, 500, 2_000_000_002),
        message(MessageKind::Text, 412, 900_000_000),
        message(MessageKind::Typing, 412, 2_000_000_003),
        message(MessageKind::Text, 200, 2_000_000_004),
        ChatMessage { to: Some(principal("carol")), ..message(MessageKind::Text, 412, 2_000_000_005) },
    ];
    let alice =
        Session { id: SessionId(2), principal: Some(principal("alice")), messages: messages.into(), ..session("10.0.0.6", Vec::new()) };
    let all = told(&[bob, alice]);
    let text = &all[0].text;
    assert!(text.ends_with("in its name. 2 messages of alice's were answered 412, a message of alice's was answered 500."), "{text}");
}

#[test]
fn the_same_log_on_seen_from_both_sides_of_a_nat() {
    let log_on = Subscription {
        id: "98216".into(),
        kind: Some(NotificationType::Notify),
        node: Principal::default(),
        call_back: None,
        at: Timestamp::default(),
        requested_s: None,
        granted_s: None,
        granted_at: None,
        renewals: 0,
        end: crate::session::model::SubscriptionEnd::Live,
        origin: Packed::default(),
    };
    let side = |id: u32, client: &str, callbacks| Session {
        id: SessionId(id),
        principal: Some(principal("bob")),
        subscriptions: vec![log_on.clone()].into(),
        ..session(client, callbacks)
    };
    let failed = vec![callback("192.168.7.10", Outcome::Unanswered)];
    let all = told(&[side(1, "198.51.100.1", Vec::new()), side(2, "192.168.7.10", failed.clone())]);
    let text = &all[0].text;
    assert!(text.contains("while the same log-on is also seen from 198.51.100.1: NAT between them."), "{text}");
    let mut other = side(1, "198.51.100.1", Vec::new());
    other.subscriptions[0].id = "98217".into();
    assert!(!told(&[other, side(2, "192.168.7.10", failed)])[0].text.contains("NAT"), "another log-on, another machine");
}
