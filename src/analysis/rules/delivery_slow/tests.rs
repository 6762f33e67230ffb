//! What counts as spent in callbacks.

use super::super::play::{Play, callback, second};
use super::*;
use crate::analysis::finding::Finding;

fn told(answered_after: i64, callbacks: &[(i64, i64)]) -> Option<Finding> {
    let mut play = Play::new(&RULE);
    for (at, took) in callbacks {
        play.callback(2, CallbackAttempt { took: Some(Span::from_secs(*took)), ..callback(second(*at), Outcome::Unanswered) });
    }
    play.message(second(10), answered_after, 412);
    play.end(second(300)).pop()
}

#[test]
fn from_five_seconds_on_and_only_if_the_callback_took_most_of_it() {
    assert!(told(4, &[(10, 4)]).is_none());
    assert_eq!(told(6, &[(10, 5)]).unwrap().caused_by, Some("RVP102"));
    assert!(told(10, &[(10, 5)]).is_none(), "half of it, not more");
    assert!(told(10, &[]).is_none());
}

#[test]
fn attempts_that_overlap_count_once() {
    assert!(told(10, &[(10, 4), (11, 3), (12, 2)]).is_none());
    assert!(told(10, &[(10, 3), (15, 3)]).is_some());
}

#[test]
fn pauses_between_repetitions_count() {
    assert!(told(15, &[(10, 0), (18, 0)]).is_none());
    assert!(told(15, &[(10, 0), (14, 0), (18, 0)]).is_some());
    assert!(told(20, &[(10, 0), (14, 0), (18, 0)]).is_none());
}
