//! What rules are told beside the timeline.

use super::*;
use crate::session::fact::{Unconnected, Unfollowed};

fn unconnected<'f>(facts: &'f [Fact<'static>]) -> Vec<(&'f Unconnected, Option<SessionId>)> {
    let attempts = facts.iter().filter_map(|fact| match &fact.what {
        What::Unconnected(attempt) => Some((&**attempt, fact.session)),
        _ => None,
    });
    attempts.collect()
}

fn facts(mut story: Story) -> Vec<Fact<'static>> {
    story.correlator.finish(second(story.clock));
    story.correlator.take_facts()
}

#[test]
fn a_server_that_cannot_be_connected_is_told_also_if_it_is_known_only_later() {
    let mut story = Story::default();
    story.byteless(BOB_AT, SERVER, Fate::Refused);
    story.both_log_on();
    story.byteless(BOB_AT, SERVER, Fate::Unanswered);
    let facts = facts(story);
    let fates: Vec<Fate> = unconnected(&facts).iter().map(|(attempt, _)| attempt.fate).collect();
    assert_eq!(fates, [Fate::Unanswered, Fate::Refused], "in the order in which it became certain");
    assert!(unconnected(&facts).iter().all(|(attempt, session)| attempt.server == endpoint(SERVER) && *session == Some(SessionId(2))));
}

fn unfollowed<'f>(facts: &'f [Fact<'static>]) -> Vec<&'f Unfollowed> {
    facts.iter().filter_map(|fact| if let What::Unfollowed(unfollowed) = &fact.what { Some(&**unfollowed) } else { None }).collect()
}

#[test]
fn credentials_that_were_refused_are_told_apart_from_a_challenge_that_nothing_followed() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), CHALLENGE);
    let basic = format!("{}\nAuthorization: Basic Ym9iOng=", log_on("alice", ALICE_LISTENS));
    story.ask(ALICE_AT, SERVER, &basic, CHALLENGE);
    let facts = facts(story);
    let refused: Vec<_> = unfollowed(&facts).iter().map(|unfollowed| unfollowed.refused.clone()).collect();
    assert_eq!(refused, [None, Some(crate::rvp::auth::Scheme::Basic)]);
    assert!(unfollowed(&facts).iter().all(|unfollowed| unfollowed.server == endpoint(SERVER) && !unfollowed.strayed));
}

#[test]
fn a_connection_of_which_something_is_missing_is_told() {
    let mut story = Story::default();
    let mut flow = story.connection(BOB_AT, SERVER);
    flow.missing = 7;
    flow.packets = PerSide { initiator: 3, responder: 0 };
    story.correlator.flow_ended(&flow, Fate::Finished, second(9), false);
    let facts = facts(story);
    let what: Vec<&What> = facts.iter().map(|fact| &fact.what).collect();
    assert_eq!(what, [&What::Incomplete(Incomplete { missing: 7, one_direction: true, rvp: false })]);
}
