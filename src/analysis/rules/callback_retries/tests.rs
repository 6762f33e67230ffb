//! Which attempts are repetitions.

use super::super::play::{Play, callback, second};
use super::*;
use crate::analysis::finding::Finding;

fn told(attempts: &[i64], more: impl FnOnce(&mut Play)) -> Vec<Finding> {
    let mut play = Play::new(&RULE);
    for at in attempts {
        play.callback(2, callback(second(*at), Outcome::Refused));
    }
    more(&mut play);
    play.message(second(10), 20, 412);
    play.end(second(300))
}

#[test]
fn three_in_a_row_for_one_message() {
    let found = told(&[10, 14, 18], |_| {});
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].caused_by, found[0].severity), (Some("RVP101"), Severity::Warning));
    assert_eq!(found[0].seen, "3 attempts in 8.0 s for one message to bob; the last was refused.");
    assert!(told(&[10, 14], |_| {}).is_empty());
    assert!(told(&[10, 14, 31], |_| {}).is_empty(), "the third is behind the answer");
}

#[test]
fn what_may_be_for_something_else_does_not_count() {
    assert!(told(&[10, 14, 18], |play| play.message(second(12), 1, 412)).is_empty());
    assert!(told(&[10, 14, 18], |play| play.message(second(9), 60, 412)).is_empty());
    let presence = |request: &mut crate::session::fact::Request| request.method = &Method::Proppatch;
    assert!(told(&[10, 14, 18], |play| play.request(1, second(12), 0, 207, presence)).is_empty());
    assert!(told(&[13, 14, 18], |_| {}).is_empty(), "they began too late to be for this message");
}

#[test]
fn attempts_side_by_side_are_not_repetitions() {
    let long = |play: &mut Play| {
        for at in [10, 11, 12] {
            play.callback(2, CallbackAttempt { took: Some(Span::from_secs(18)), ..callback(second(at), Outcome::Unanswered) });
        }
    };
    assert!(told(&[], long).is_empty());
}

#[test]
fn several_syns_are_told_only_if_the_connection_came_up() {
    let syns = |outcome| move |play: &mut Play| play.callback(2, CallbackAttempt { attempts: 3, ..callback(second(1), outcome) });
    assert_eq!(told(&[], syns(Outcome::Unanswered)).len(), 0);
    let found = told(&[], syns(Outcome::Delivered));
    assert_eq!((found.len(), found[0].severity), (1, Severity::Info));
}
