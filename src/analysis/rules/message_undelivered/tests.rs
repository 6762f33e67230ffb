//! Which callbacks are the cause of an error to a sender.

use super::super::play::{Play, callback, second};
use super::*;
use crate::analysis::finding::Finding;

fn told(status: u16, callbacks: &[(i64, Outcome)]) -> Option<Finding> {
    let mut play = Play::new(&RULE);
    for (at, outcome) in callbacks {
        play.callback(2, callback(second(*at), *outcome));
    }
    play.message(second(10), 4, status);
    play.end(second(300)).pop()
}

#[test]
fn the_callback_that_failed_meanwhile_is_the_cause() {
    let found = told(412, &[(11, Outcome::Refused)]).unwrap();
    assert_eq!((found.caused_by, found.severity, found.certainty), (Some("RVP101"), Severity::Error, Certainty::Inferred));
    assert_eq!(found.title, "message from alice to bob not delivered");
    assert_eq!(found.seen, "The sender was answered 412 after 4.0 s: the callback to 10.0.0.20:1040 was refused.");
    assert_eq!(found.origin.ranges().count(), 2, "both are cited");
}

#[test]
fn callbacks_before_and_behind_it_are_not() {
    let found = told(412, &[(8, Outcome::Refused), (15, Outcome::Unanswered)]).unwrap();
    assert_eq!((found.caused_by, found.certainty), (None, Certainty::Seen));
    assert!(found.seen.ends_with("no callback to bob is seen in between, so why is not visible from here."), "{}", found.seen);
}

#[test]
fn of_several_attempts_one_that_came_through_counts() {
    let found = told(500, &[(11, Outcome::Refused), (12, Outcome::Delivered)]).unwrap();
    assert_eq!((found.caused_by, found.severity), (None, Severity::Warning));
    let found = told(412, &[(11, Outcome::Refused), (12, Outcome::NoReply)]).unwrap();
    assert_eq!(found.caused_by, Some("RVP104"));
    assert!(found.seen.contains("each of 2 callbacks"), "{}", found.seen);
}

#[test]
fn a_success_and_a_challenge_are_no_failure() {
    for status in [200, 302, 401, 407] {
        assert!(told(status, &[(11, Outcome::Refused)]).is_none(), "{status}");
    }
}

/// The attempt is called unanswered only long after the sender was told.
#[test]
fn a_callback_that_is_known_later() {
    let mut play = Play::new(&RULE);
    play.message(second(10), 4, 412);
    play.callback(2, callback(second(11), Outcome::Unanswered));
    play.message(second(400), 4, 412);
    let found = play.end(second(500));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].count, found[0].caused_by), (2, Some("RVP102")));
}
