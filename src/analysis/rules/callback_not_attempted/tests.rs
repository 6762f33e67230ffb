//! When a callback that is not there must have been there.

use super::super::play::{BOB, Play, callback, second};
use super::*;
use crate::analysis::finding::Finding;

/// Bob logs on, `between` happens, alice's message is answered with `status` at 61 s, and the capture ends at `end`.
fn told(status: u16, end: i64, between: impl FnOnce(&mut Play)) -> Option<Finding> {
    let mut play = Play::new(&RULE);
    play.log_on(second(0), "1", BOB, 14_400);
    between(&mut play);
    play.message(second(60), 1, status);
    play.end(second(end)).pop()
}

#[test]
fn no_attempt_within_the_deadline() {
    let found = told(412, 100, |_| {}).unwrap();
    assert_eq!((found.session, found.certainty), (Some(SessionId(2)), Certainty::Inferred));
    assert!(told(200, 100, |_| {}).is_some());
}

#[test]
fn the_capture_must_reach_the_deadline() {
    assert!(told(200, 66, |_| {}).is_none(), "2 ms before it");
    assert!(told(200, 67, |_| {}).is_some());
}

#[test]
fn an_attempt_while_it_was_held_or_soon_after() {
    for at in [60, 61, 66] {
        assert!(told(200, 100, |play| play.callback(2, callback(second(at), Outcome::Unanswered))).is_none(), "{at}");
    }
    assert!(told(200, 100, |play| play.callback(2, callback(second(67), Outcome::Delivered))).is_some());
    assert!(told(200, 100, |play| play.callback(2, callback(second(58), Outcome::Delivered))).is_some());
}

#[test]
fn who_is_logged_off_or_offline_need_not_be_called() {
    assert!(told(412, 100, |play| play.log_off(second(50), "1")).is_none());
    let offline = |request: &mut Request| {
        request.method = &Method::Proppatch;
        request.presence = Some(("offline", None));
    };
    assert!(told(412, 100, |play| play.request(2, second(50), 0, 207, offline)).is_none());
    let lapsed = |request: &mut Request| {
        request.method = &Method::Proppatch;
        request.presence = Some(("online", Some(20)));
    };
    assert!(told(412, 100, |play| play.request(2, second(30), 0, 207, lapsed)).is_none());
}

#[test]
fn who_polls_is_not_called() {
    assert!(
        told(200, 100, |play| play
            .request(2, second(50), 0, 200, |request| request.method = Box::leak(Box::new(Method::Other("POLL".into())))))
        .is_none()
    );
    assert!(told(200, 100, |play| play.request(2, second(90), 0, 200, |request| request.brings = 1)).is_none());
}

#[test]
fn a_request_that_the_server_refused_says_nothing() {
    for status in [302, 400, 403, 503] {
        assert!(told(status, 100, |_| {}).is_none(), "{status}");
    }
}

/// Nothing was seen of the way between server and recipient for more than twenty minutes.
#[test]
fn a_way_that_was_not_seen_lately() {
    let mut play = Play::new(&RULE);
    play.log_on(second(0), "1", BOB, 14_400);
    play.message(second(1201), 1, 200);
    assert!(play.end(second(2000)).is_empty());
}

#[test]
fn a_call_back_elsewhere_is_not_on_a_way_that_was_seen() {
    let mut play = Play::new(&RULE);
    play.log_on(second(0), "1", "192.168.4.10:1040", 14_400);
    play.message(second(60), 1, 412);
    assert!(play.end(second(100)).is_empty());
}
