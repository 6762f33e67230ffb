//! Callbacks, above all those that never carried a byte.

use super::*;
use crate::base::note::NoteKind;
use crate::session::callback::{CallbackAttempt, Outcome};

/// The only callback of a session.
fn only(session: &Session) -> &CallbackAttempt {
    let [callback] = &*session.callbacks else { panic!("{:?}", session.callbacks) };
    callback
}

fn callbacks(model: &Model) -> usize {
    model.sessions.iter().map(|session| session.callbacks.len()).sum()
}

#[test]
fn a_call_back_is_known_before_its_log_on_is_answered() {
    let mut story = Story::default();
    let flow = story.connection(ALICE_AT, SERVER);
    let waiting = story.open(&flow, &log_on("alice", ALICE_LISTENS));
    story.ask(CALLER, ALICE_LISTENS, &calls_back(&text_message("bob", "alice", "hi")), OK);
    story.byteless(CALLER, ALICE_LISTENS, Fate::Refused);
    story.answer(&flow, waiting, &granted("1001", 14_000));
    let (model, _) = story.end();
    let session = session_of(&model, ALICE);
    let outcomes: Vec<_> = session.callbacks.iter().map(|callback| (callback.outcome, callback.inferred)).collect();
    assert_eq!(outcomes, [(Outcome::Delivered, false), (Outcome::Refused, false)]);
    assert_eq!(model.sessions.len(), 1);
}

#[test]
fn a_refused_connection_to_a_call_back_is_a_callback_of_which_nothing_else_is_known() {
    let mut story = Story::default();
    story.both_log_on();
    story.byteless(CALLER, BOB_LISTENS, Fate::Refused);
    let at = second(story.clock - 1);
    let (model, events) = story.end();
    let callback = only(session_of(&model, BOB));
    assert_eq!((callback.at, callback.target, callback.source), (at, endpoint(BOB_LISTENS), endpoint(CALLER)));
    assert_eq!((callback.outcome, callback.status, callback.carries), (Outcome::Refused, None, "unknown"));
    assert_eq!((callback.attempts, callback.reused_connection, callback.inferred), (1, Some(false), false));
    assert_eq!(callback.took, Some(Span::from_secs(1)));
    assert_eq!(callback.origin.ranges().count(), 1);
    assert!(session_of(&model, ALICE).callbacks.is_empty());
    assert_eq!(of_kind(&events, EventKind::Callback).len(), 1);
    assert_eq!(model.totals.callbacks, BTreeMap::from([(Outcome::Refused, 1)]));
}

#[test]
fn an_icmp_message_says_why_the_client_is_unreachable() {
    let mut story = Story::default();
    story.both_log_on();
    story.byteless(CALLER, BOB_LISTENS, UNREACHABLE);
    let (model, _) = story.end();
    let callback = only(session_of(&model, BOB));
    assert_eq!(callback.outcome, Outcome::Unreachable);
    assert_eq!(callback.unreachable.map(|unreachable| unreachable.reason), Some(UnreachableReason::Host));
}

#[test]
fn a_connection_that_came_up_for_nothing_is_a_broken_callback() {
    let mut story = Story::default();
    story.both_log_on();
    story.byteless(CALLER, BOB_LISTENS, Fate::Reset);
    let (model, _) = story.end();
    assert_eq!(only(session_of(&model, BOB)).outcome, Outcome::Broken);
}

#[test]
fn an_attempt_before_the_log_on_is_claimed_when_the_call_back_is_known() {
    let mut story = Story::default();
    story.byteless(CALLER, BOB_LISTENS, Fate::Refused);
    story.byteless(CALLER, "10.0.1.6:3128", Fate::Refused);
    assert!(!story.correlator.has_updates());
    story.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), &granted("1002", 14_000));
    let (model, _) = story.end();
    let callback = only(session_of(&model, BOB));
    assert_eq!((callback.at, callback.target, callback.inferred), (second(1), endpoint(BOB_LISTENS), false));
    assert_eq!(session_of(&model, BOB).first, second(1), "the session is seen from then on");
}

#[test]
fn a_servers_attempt_to_a_client_without_a_call_back_is_inferred_at_the_end() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &presence("bob", "online"), OK);
    story.byteless(CALLER, BOB_LISTENS, Fate::Refused);
    let (model, events) = story.end();
    let callback = only(session_of(&model, BOB));
    assert_eq!((callback.outcome, callback.inferred), (Outcome::Refused, true));
    let [event] = of_kind(&events, EventKind::Callback)[..] else { panic!("{events:?}") };
    assert!(event.summary.contains("inferred"), "{}", event.summary);
}

#[test]
fn what_a_stranger_tries_is_no_callback() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &presence("bob", "online"), OK);
    story.byteless("203.0.113.9:2050", BOB_LISTENS, Fate::Refused);
    story.byteless("203.0.113.9:2051", BOB_LISTENS, Fate::Unanswered);
    let (model, events) = story.end();
    assert_eq!((callbacks(&model), model.totals.callbacks_total()), (0, 0));
    assert!(of_kind(&events, EventKind::Callback).is_empty() && of_kind(&events, EventKind::Connection).is_empty(), "{events:?}");
}

#[test]
fn what_a_server_tries_elsewhere_is_no_callback() {
    let mut story = Story::default();
    story.both_log_on();
    story.ask("10.0.1.9:1040", "10.8.0.2:80", &presence("carol", "online"), OK);
    story.byteless(CALLER, "10.0.7.7:443", Fate::Refused);
    story.byteless(CALLER, "10.8.0.2:5222", Fate::Refused);
    let (model, _) = story.end();
    assert_eq!(callbacks(&model), 0, "neither to a host that is no client, nor to another server");
}

#[test]
fn a_servers_attempt_to_another_port_of_a_known_listener_is_only_a_failed_connection() {
    let mut story = Story::default();
    story.both_log_on();
    story.byteless(CALLER, "10.0.1.6:9999", Fate::Refused);
    let (model, events) = story.end();
    assert_eq!(callbacks(&model), 0);
    let [event] = of_kind(&events, EventKind::Connection)[..] else { panic!("{events:?}") };
    assert_eq!((event.session, event.tone), (Some(session_of(&model, BOB).id), Tone::Failed));
}

#[test]
fn a_client_that_does_not_reach_its_server_is_no_callback() {
    let mut story = Story::default();
    story.both_log_on();
    story.byteless("10.0.1.6:1050", SERVER, Fate::Refused);
    story.byteless("10.0.1.6:1051", SERVER, Fate::Finished);
    let (model, events) = story.end();
    assert_eq!(callbacks(&model), 0);
    let [event] = of_kind(&events, EventKind::Connection)[..] else { panic!("{events:?}") };
    assert_eq!((event.who.as_str(), event.outcome.as_str()), ("bob", "refused"));
}

#[test]
fn what_is_left_of_a_connection_is_no_attempt() {
    let mut story = Story::default();
    story.both_log_on();
    let flow = FlowInfo { mid_stream: true, syns: 0, ..story.connection(CALLER, BOB_LISTENS) };
    story.correlator.flow_ended(&flow, Fate::Reset, second(99), false);
    let (model, _) = story.end();
    assert_eq!(callbacks(&model), 0);
}

#[test]
fn on_a_kept_connection_only_the_first_callback_has_its_syns() {
    let mut story = Story::default();
    story.both_log_on();
    let flow = FlowInfo { syns: 7, ..story.connection(CALLER, BOB_LISTENS) };
    story.ask_on(&flow, &calls_back(&text_message("alice", "bob", "one")), OK);
    story.ask_on(&flow, &calls_back(&text_message("alice", "bob", "two")), "HTTP/1.1 500 0\nRVP-Notifications-Version: 0.2");
    story.close(&flow);
    let opened = flow.opened;
    let (model, _) = story.end();
    let [first, second_one] = &*session_of(&model, BOB).callbacks else { panic!() };
    assert_eq!((first.at, first.attempts, first.reused_connection), (opened, 7, Some(false)));
    assert_eq!((first.outcome, first.status, first.took), (Outcome::Delivered, Some(200), Some(Span::from_secs(2))));
    assert_eq!((second_one.at, second_one.attempts, second_one.reused_connection), (opened.after(Span::from_secs(3)), 0, Some(true)));
    assert_eq!((second_one.outcome, second_one.status), (Outcome::HttpError, Some(500)));
    assert_eq!(model.totals.callbacks_total(), 2);
    assert!(!model.totals.requests.contains_key("NOTIFY"), "callbacks are no requests");
}

#[test]
fn syns_that_nothing_answers_are_an_outcome_where_the_capture_could_show_an_answer() {
    let mut story = Story::default();
    story.both_log_on();
    story.byteless(CALLER, BOB_LISTENS, Fate::Unanswered);
    let (model, events) = story.end();
    let callback = only(session_of(&model, BOB));
    assert_eq!((callback.outcome, callback.took), (Outcome::Unanswered, Some(Span::from_secs(1))));
    assert_eq!(of_kind(&events, EventKind::Callback)[0].tone, Tone::Failed);
}

#[test]
fn where_no_packet_to_the_server_was_captured_a_missing_answer_proves_nothing() {
    let mut story = Story::default();
    let flow = FlowInfo { packets: PerSide { initiator: 3, responder: 0 }, ..story.connection(CALLER, BOB_LISTENS) };
    let exchange = story.open(&flow, &calls_back(&text_message("alice", "bob", "hi")));
    story.no_answer(&flow, exchange, ExchangeEnd::NotCaptured);
    story.close(&flow);
    story.byteless(CALLER, BOB_LISTENS, Fate::Unanswered);
    let (model, events) = story.end();
    let outcomes: Vec<_> = session_of(&model, BOB).callbacks.iter().map(|callback| (callback.outcome, callback.took)).collect();
    assert_eq!(outcomes, [(Outcome::Unknown, None), (Outcome::Unknown, None)]);
    assert!(of_kind(&events, EventKind::Callback).iter().all(|event| event.tone == Tone::Unknown));
}

#[test]
fn without_a_log_on_a_notification_says_itself_whose_callback_it_is() {
    let mut story = Story::default();
    story.ask(ALICE_AT, SERVER, &presence("alice", "online"), OK);
    story.ask(CALLER, BOB_LISTENS, &calls_back(&change_of("alice", "bob", "online")), OK);
    let (model, _) = story.end();
    let callback = only(session_of(&model, BOB));
    assert_eq!((callback.carries, callback.inferred, callback.outcome), ("presence", true, Outcome::Delivered));
    assert_eq!(session_of(&model, BOB).server, None, "no server of Bob's was seen to answer him");
}

#[test]
fn once_a_callback_went_there_a_byteless_attempt_belongs_to_it() {
    let mut story = Story::default();
    story.byteless(CALLER, BOB_LISTENS, Fate::Refused);
    story.ask(CALLER, BOB_LISTENS, &calls_back(&change_of("alice", "bob", "online")), OK);
    story.byteless(CALLER, BOB_LISTENS, Fate::Refused);
    let (model, _) = story.end();
    let outcomes: Vec<_> = session_of(&model, BOB).callbacks.iter().map(|callback| (callback.outcome, callback.inferred)).collect();
    assert_eq!(outcomes, [(Outcome::Refused, true), (Outcome::Delivered, true), (Outcome::Refused, true)]);
}

#[test]
fn a_second_log_on_leaves_the_first_call_back_to_its_session() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), &granted("1002", 14_000));
    story.ask(BOB_AT, SERVER, &log_on("bob", "10.0.1.6:4444"), &granted("1003", 14_000));
    story.byteless(CALLER, BOB_LISTENS, Fate::Refused);
    story.byteless(CALLER, "10.0.1.6:4444", Fate::Refused);
    let (model, _) = story.end();
    let targets: Vec<_> = session_of(&model, BOB).callbacks.iter().map(|callback| callback.target.port).collect();
    assert_eq!(targets, [3127, 4444]);
}

#[test]
fn behind_an_address_translation_a_callback_is_in_one_session_only() {
    let mut story = Story::default();
    let (inside, outside) = ("192.168.7.10:1040", "198.51.100.1:4040");
    for client in [inside, outside] {
        story.ask(client, SERVER, &log_on("bob", "192.168.7.10:41525"), &granted("1002", 14_000));
    }
    story.byteless(CALLER, "192.168.7.10:41525", UNREACHABLE);
    let (model, _) = story.end();
    let counts: Vec<_> = model.sessions.iter().map(|session| (session.client.to_string(), session.callbacks.len())).collect();
    assert_eq!(counts, [("192.168.7.10".to_owned(), 1), ("198.51.100.1".to_owned(), 0)]);
}

#[test]
fn a_call_back_with_a_host_name_means_the_client_itself() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &log_on("bob", "pc7.example.test:3127"), &granted("1002", 14_000));
    story.byteless(CALLER, BOB_LISTENS, Fate::Refused);
    let (model, _) = story.end();
    assert_eq!(only(session_of(&model, BOB)).outcome, Outcome::Refused);
}

#[test]
fn a_watch_announces_no_endpoint() {
    let mut story = Story::default();
    let watch = format!("\nNotification-Type: update/propchange\nCall-Back: {BOB}");
    story.ask(BOB_AT, SERVER, &request("SUBSCRIBE", "bob", "alice", &watch), &granted("1004", 14_000));
    story.byteless(CALLER, "10.0.1.6:80", Fate::Refused);
    let (model, _) = story.end();
    assert_eq!(callbacks(&model), 0, "the URL of a principal is not where it listens");
}

#[test]
fn beyond_the_ceiling_attempts_are_counted_in_a_note() {
    let mut story = Story::with(Limits { orphan_attempts: 2, ..Limits::default() });
    for port in 1..=5 {
        story.byteless(CALLER, &format!("10.0.1.6:{port}"), Fate::Refused);
    }
    let (model, _) = story.end();
    assert_eq!(model.notes.of(NoteKind::ModelCeiling), 3);
}

#[test]
fn an_invitation_announces_a_transfer_that_is_no_callback() {
    let mut story = Story::default();
    story.both_log_on();
    let invitation = document(
        "alice",
        "bob",
        "Content-Type: text/x-msmsgsinvite; charset=UTF-8",
        "Invitation-Command: ACCEPT\r\nInvitation-Cookie: 7\r\nIP-Address: 10.0.1.5\r\nPort: 6891\r\n\r\n",
    );
    story.ask(ALICE_AT, SERVER, &sends("alice", "bob", &invitation), OK);
    story.byteless("10.0.1.6:1060", "10.0.1.5:6891", Fate::Finished);
    story.byteless("10.0.1.6:1061", "10.0.1.5:6892", Fate::Finished);
    let (model, events) = story.end();
    let [event] = of_kind(&events, EventKind::FileTransfer)[..] else { panic!("{events:?}") };
    assert_eq!((event.session, event.tone), (Some(session_of(&model, ALICE).id), Tone::Normal));
    assert!(event.summary.ends_with("from 10.0.1.6 to 10.0.1.5:6891"), "{}", event.summary);
    assert_eq!(callbacks(&model), 0);
}

#[test]
fn an_attempt_while_the_server_holds_a_message_is_to_its_recipient() {
    let mut story = Story::default();
    let flow = story.connection(ALICE_AT, SERVER);
    let held = story.open(&flow, &sends("alice", "bob", &text_message("alice", "bob", "hi")));
    story.byteless(CALLER, BOB_LISTENS, Fate::Refused);
    story.answer(&flow, held, REFUSED);
    story.byteless("10.0.0.2:2051", "10.0.1.9:4000", Fate::Refused);
    let (model, _) = story.end();
    let callback = only(session_of(&model, BOB));
    assert_eq!((callback.target, callback.inferred), (endpoint(BOB_LISTENS), true));
    assert_eq!(callbacks(&model), 1, "the later attempt was made for nobody that is known");
}

#[test]
fn a_server_has_other_connections_than_callbacks() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &presence("bob", "online"), OK);
    story.byteless(CALLER, "10.0.1.6:445", Fate::Refused);
    let (model, _) = story.end();
    assert_eq!(callbacks(&model), 0, "clients listen at ports of their own choice, not at a well-known one");
}

#[test]
fn an_answer_from_where_a_client_listens_proves_a_callback_that_was_lost() {
    let mut story = Story::default();
    story.both_log_on();
    let flow = story.connection(CALLER, BOB_LISTENS);
    let (at, origin) = story.tick();
    let lost = Exchange {
        flow: flow.id,
        ordinal: 0,
        asker: Side::Initiator,
        request: None,
        interim: Vec::new(),
        response: Some(Box::new(message("HTTP/1.1 200 OK\nServer: x", at, origin))),
        asker_closed: None,
        answered_otherwise: None,
        answerer_closed: None,
        reset: None,
        end: Some(ExchangeEnd::Answered),
    };
    story.hand(&flow, &lost);
    story.close(&flow);
    let (model, _) = story.end();
    let callback = only(session_of(&model, BOB));
    assert_eq!((callback.outcome, callback.status, callback.carries), (Outcome::Delivered, Some(200), "unknown"));
    assert_eq!(model.totals.callbacks_total(), 1);
}

#[test]
fn a_byteless_attempt_at_the_very_end_of_the_capture_is_a_callback_without_an_outcome() {
    let mut story = Story::default();
    story.both_log_on();
    story.byteless(CALLER, BOB_LISTENS, Fate::CaptureEnded);
    let (model, events) = story.end();
    let callback = only(session_of(&model, BOB));
    assert_eq!((callback.outcome, callback.took), (Outcome::Unknown, None));
    assert_eq!(of_kind(&events, EventKind::Callback)[0].tone, Tone::Unknown);
}

#[test]
fn a_server_that_was_answered_on_a_connection_that_is_still_open_is_heard() {
    let mut story = Story::default();
    let kept = story.connection(BOB_AT, SERVER);
    story.ask_on(&kept, &log_on("bob", BOB_LISTENS), &granted("1002", 14_000));
    story.byteless(CALLER, BOB_LISTENS, Fate::Unanswered);
    story.close(&kept);
    let (model, _) = story.end();
    assert_eq!(only(session_of(&model, BOB)).outcome, Outcome::Unanswered);
}

#[test]
fn a_callbacks_answer_proves_that_the_server_is_heard() {
    let mut story = Story::default();
    let kept = story.connection(CALLER, "10.0.1.7:4000");
    story.ask_on(&kept, &calls_back(&text_message("alice", "carol", "hi")), OK);
    story.byteless("10.0.0.2:2051", "10.0.1.7:4000", Fate::Unanswered);
    let (model, _) = story.end();
    let outcomes: Vec<_> = model.sessions[0].callbacks.iter().map(|callback| callback.outcome).collect();
    assert_eq!(outcomes, [Outcome::Delivered, Outcome::Unanswered]);
}
