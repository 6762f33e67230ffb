//! Log-ons that end, run out and are replaced, and callbacks around that.

use super::super::play::{BOB, Play, callback, second};
use super::*;

#[test]
fn a_log_on_that_lives_is_not_stale() {
    let mut play = Play::new(&RULE);
    play.log_on(second(0), "1", BOB, 100);
    play.callback(2, callback(second(99), Outcome::Refused));
    assert_eq!(play.end(second(200)).len(), 0);
}

#[test]
fn unsubscribed_with_a_grace_for_what_is_on_its_way() {
    let mut play = Play::new(&RULE);
    play.log_on(second(0), "1", BOB, 14_400);
    play.log_off(second(50), "1");
    play.callback(2, callback(second(51), Outcome::Refused));
    play.callback(2, callback(second(60), Outcome::Refused));
    play.callback(2, callback(second(61), Outcome::Unanswered));
    let found = play.end(second(200));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].count, found[0].severity), (2, Severity::Warning));
    assert_eq!(found[0].title, "callback to 10.0.0.20:1040, which is logged off");
}

#[test]
fn the_deadline_of_a_lifetime_and_a_renewal() {
    let mut play = Play::new(&RULE);
    play.log_on(second(0), "1", BOB, 100);
    play.callback(2, callback(second(102), Outcome::Delivered));
    let renew = |request: &mut crate::session::fact::Request| {
        request.method = &crate::rvp::method::Method::Subscribe;
        request.subscription = Some("1");
        request.granted_s = Some(100);
    };
    play.request(2, second(103), 0, 200, renew);
    play.callback(2, callback(second(150), Outcome::Delivered));
    play.callback(2, callback(second(210), Outcome::Delivered));
    let found = play.end(second(300));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].count, found[0].severity, found[0].at), (1, Severity::Info, second(210)));
}

/// Two programs of one user at one machine both answer; one that is gone does not.
#[test]
fn a_later_log_on_replaces_only_what_no_longer_answers() {
    let mut play = Play::new(&RULE);
    play.log_on(second(0), "1", BOB, 14_400);
    play.log_on(second(10), "2", "10.0.0.20:1055", 14_400);
    play.callback(2, callback(second(20), Outcome::Delivered));
    play.callback(2, callback(second(30), Outcome::Refused));
    let found = play.end(second(300));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].count, found[0].at), (1, second(30)));
}

#[test]
fn the_same_place_taken_again_is_not_stale() {
    let mut play = Play::new(&RULE);
    play.log_on(second(0), "1", BOB, 14_400);
    play.log_off(second(10), "1");
    play.log_on(second(20), "2", BOB, 14_400);
    play.callback(2, callback(second(30), Outcome::Refused));
    assert_eq!(play.end(second(300)).len(), 0);
}

/// The server calls back before it has answered the new log-on.
#[test]
fn a_log_on_that_is_not_answered_yet() {
    let mut play = Play::new(&RULE);
    play.log_on(second(0), "1", BOB, 14_400);
    play.log_off(second(10), "1");
    play.callback(2, CallbackAttempt { at: second(20).after(Span::from_millis(1)), ..callback(second(20), Outcome::Delivered) });
    play.log_on(second(20), "2", BOB, 14_400);
    assert_eq!(play.end(second(300)).len(), 0);
}
