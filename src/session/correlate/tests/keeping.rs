//! What is handed on before the end: the same things, in pieces.

use super::*;
use crate::base::few::Few;
use crate::base::note::NoteKind;
use crate::session::callback::Outcome;
use crate::session::model::SubscriptionEnd;

const TIGHT: usize = 8;

fn tight() -> Limits {
    Limits {
        kept_callbacks: TIGHT,
        kept_messages: TIGHT,
        kept_subscriptions: TIGHT,
        kept_presence: TIGHT,
        polls: TIGHT,
        poll_groups: TIGHT,
        ..Limits::default()
    }
}

/// A long chat; the parts that were handed on, and the rest.
fn chat(limits: Limits) -> (Vec<Session>, Model, Vec<Event>) {
    let mut story = Story::with(limits);
    let mut parts = Vec::new();
    story.both_log_on();
    for number in 0..40 {
        let text = text_message("alice", "bob", &format!("number {number}"));
        story.ask(ALICE_AT, SERVER, &sends("alice", "bob", &text), OK);
        story.ask(CALLER, BOB_LISTENS, &calls_back(&text), if number % 3 == 0 { REFUSED } else { OK });
        story.ask(ALICE_AT, SERVER, &presence("alice", if number % 2 == 0 { "online" } else { "busy" }), OK);
        let watch = request("SUBSCRIBE", "bob", "alice", "\nNotification-Type: update/propchange");
        story.ask(BOB_AT, SERVER, &watch, &granted(&format!("w{number}"), 14_000));
        story.ask(BOB_AT, SERVER, &request("UNSUBSCRIBE", "bob", "alice", &format!("\nSubscription-Id: w{number}")), OK);
        parts.extend(story.correlator.take_parts());
        let kept: usize = story.correlator.sessions().list.iter().map(|session| session.callbacks.len() + session.messages.len()).sum();
        assert!(kept <= 2 * TIGHT + 2 || limits.kept_messages > TIGHT, "{kept}");
    }
    let (model, events) = story.end();
    (parts, model, events)
}

/// One list of a session's, from all its parts.
fn all<T: Clone, K: Ord>(sessions: &[&Session], list: fn(&Session) -> &Few<T>, order: fn(&T) -> K) -> Few<T> {
    let mut all: Vec<T> = sessions.iter().flat_map(|session| list(session)).cloned().collect();
    all.sort_by_key(order);
    all.into()
}

#[test]
fn parts_and_rest_are_the_whole() {
    let (none, whole, whole_events) = chat(Limits::default());
    assert!(none.is_empty());
    let (parts, rest, events) = chat(tight());
    assert!(parts.len() > 10 && parts.iter().all(|part| part.more) && rest.sessions.iter().all(|session| !session.more));
    assert_eq!((rest.totals, events), (whole.totals, whole_events));
    for session in &whole.sessions {
        let pieces: Vec<&Session> = parts.iter().chain(&rest.sessions).filter(|part| part.id == session.id).collect();
        assert!(pieces.iter().all(|part| part.principal == session.principal && part.client == session.client));
        assert_eq!(all(&pieces, |one| &one.callbacks, |callback| callback.at), session.callbacks);
        assert_eq!(all(&pieces, |one| &one.messages, |message| message.at), session.messages);
        assert_eq!(all(&pieces, |one| &one.presence, |change| change.at), session.presence);
        assert_eq!(all(&pieces, |one| &one.subscriptions, |one| one.at), session.subscriptions);
    }
}

#[test]
fn of_callbacks_that_were_handed_on_a_sum_is_kept() {
    let mut others = Vec::new();
    for (kept_failed, most) in [(100, 8), (2, 2), (0, 1)] {
        let (_, rest, _) = chat(Limits { kept_failed, ..tight() });
        let bob = session_of(&rest, BOB);
        assert!(bob.callbacks.len() <= TIGHT);
        assert_eq!(bob.past().visible as usize + bob.callbacks.len(), 40);
        let failed = bob.callbacks.iter().filter(|callback| callback.outcome != Outcome::Delivered).count();
        let further: u64 = bob.past().failed_further.iter().map(|(.., count)| count).sum();
        assert_eq!((bob.past().failed.len(), bob.past().failed_further.len()), (most, 1), "each session has its first");
        assert_eq!(most + further as usize + failed, 14);
        others.push(rest.notes.of(NoteKind::ModelCeiling) - further);
    }
    assert!(others.iter().all(|one| *one == others[0]), "each that is only counted is noted: {others:?}");
}

#[test]
fn a_cycle_that_outgrows_the_memory_is_told_in_pieces() {
    let mut story = Story::with(tight());
    let mut parts = Vec::new();
    story.both_log_on();
    for _ in 0..30 {
        story.ask(BOB_AT, SERVER, &request("POLL", "bob", "bob", "\nSubscription-Id: 1002"), OK);
        parts.extend(story.correlator.take_parts());
    }
    let (rest, _) = story.end();
    let cycles: Vec<_> = parts.iter().chain(&rest.sessions).flat_map(|session| &session.polling).collect();
    assert!(cycles.len() > 1);
    assert_eq!(cycles.iter().map(|cycle| cycle.polls).sum::<u64>(), 30);
    assert_eq!((rest.totals.poll_cycles, rest.totals.polls), (cycles.len() as u64, 30));
    assert!(rest.notes.of(NoteKind::ModelCeiling) > 0);
}

#[test]
fn requests_that_show_no_sign_of_polling_make_room_first() {
    let mut story = Story::with(tight());
    story.both_log_on();
    for number in 0..40 {
        story.ask(ALICE_AT, SERVER, &request("PROPFIND", "alice", &format!("friend{number}"), ""), OK);
        if number % 10 == 0 {
            story.ask(BOB_AT, SERVER, &request("POLL", "bob", "bob", "\nSubscription-Id: 1002"), OK);
        }
        assert!(story.correlator.take_parts().iter().all(|part| part.polling.is_empty()));
    }
    let (rest, _) = story.end();
    let cycles: Vec<u64> = rest.sessions.iter().flat_map(|session| &session.polling).map(|cycle| cycle.polls).collect();
    assert_eq!((cycles, rest.notes.of(NoteKind::ModelCeiling)), (vec![4], 0));
}

#[test]
fn a_subscription_that_lives_long_makes_room_and_is_noted() {
    let mut story = Story::with(tight());
    let mut parts = Vec::new();
    story.both_log_on();
    for number in 0..20 {
        let watch = request("SUBSCRIBE", "bob", "alice", "\nNotification-Type: update/propchange");
        story.ask(BOB_AT, SERVER, &watch, &granted(&format!("w{number}"), 14_000));
        parts.extend(story.correlator.take_parts());
    }
    // What was handed on is known no more; what is kept is found at its new place.
    story.ask(BOB_AT, SERVER, &request("UNSUBSCRIBE", "bob", "alice", "\nSubscription-Id: w19"), OK);
    let (rest, _) = story.end();
    let all: Vec<_> = parts.iter().chain(&rest.sessions).flat_map(|session| &session.subscriptions).collect();
    assert_eq!(all.len(), 22);
    let ended: Vec<&str> = all.iter().filter(|one| one.end == SubscriptionEnd::Unsubscribed).map(|one| &*one.id).collect();
    assert_eq!(ended, ["w19"]);
    assert!(rest.notes.of(NoteKind::ModelCeiling) > 0);
}

#[test]
fn a_message_that_goes_before_its_fate_is_known_is_noted() {
    let noted = |limits: Limits| {
        let mut story = Story::with(limits);
        story.both_log_on();
        for number in 0..30 {
            story.ask(ALICE_AT, SERVER, &sends("alice", "bob", &text_message("alice", "bob", &format!("number {number}"))), OK);
            story.correlator.take_parts();
        }
        story.end().0.notes.of(NoteKind::SettledEarly)
    };
    assert_eq!(noted(Limits::default()), 0);
    assert!((15..30).contains(&noted(tight())), "those that are kept to the end are settled then");
}

#[test]
fn a_message_that_is_settled_early_is_lost_all_the_same() {
    let lost = |limits: Limits| {
        let mut story = Story::with(limits);
        let mut parts = Vec::new();
        story.both_log_on();
        for number in 0..30 {
            story.ask(ALICE_AT, SERVER, &sends("alice", "bob", &text_message("alice", "bob", &format!("number {number}"))), OK);
            story.ask(BOB_AT, SERVER, &request("POLL", "bob", "bob", "\nSubscription-Id: 1002"), OK);
            parts.extend(story.correlator.take_parts());
        }
        let (rest, _) = story.end();
        parts.iter().chain(&rest.sessions).flat_map(|session| &session.polling).map(|cycle| cycle.lost).sum::<u64>()
    };
    assert_eq!((lost(Limits::default()), lost(tight())), (30, 30));
}
