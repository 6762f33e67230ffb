//! Verdicts are read as a whole in the stories' snapshots; here is what no story shows.

use super::*;
use crate::base::time::Timestamp;
use crate::session::model::ServerRank;

fn session(client: &str, callbacks: Vec<CallbackAttempt>) -> Session {
    Session {
        id: SessionId(1),
        principal: None,
        client: client.parse().unwrap(),
        server: None,
        server_rank: ServerRank::Asked,
        first: Timestamp::default(),
        last: Timestamp::default(),
        user_agent: None,
        authentication: None,
        authenticated_as: None,
        workstation: None,
        subscriptions: Vec::new(),
        callbacks,
        presence: Vec::new(),
        messages: Vec::new(),
        polling: Vec::new(),
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
        origin: Origin::default(),
    }
}

#[test]
fn who_was_reached_needs_no_verdict() {
    for outcome in [Outcome::Delivered, Outcome::HttpError, Outcome::Broken, Outcome::Unknown] {
        assert_eq!(verdicts(&[session("192.0.2.1", vec![callback("192.0.2.1", outcome)])], &[]), [], "{outcome:?}");
    }
}

#[test]
fn a_private_address_behind_another_one_is_most_likely_nat() {
    let told = verdicts(&[session("203.0.113.104", vec![callback("192.168.4.10", Outcome::Unanswered)])], &[]);
    let text = &told[0].text;
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
    let told = verdicts(&[session("10.0.0.5", callbacks)], &[]);
    let text = &told[0].text;
    assert!(text.starts_with("10.0.0.5 could not be reached for a time: 1 of 2 callbacks failed"), "{text}");
    assert!(!text.contains("NAT") && text.contains("Nothing listened there"), "{text}");
}
