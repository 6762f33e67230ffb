//! Messages and what became of them.

use super::*;
use crate::session::model::{ChatMessage, Delivery, MessageKind};

impl Story {
    /// Alice sends Bob a text.
    fn alice_writes(&mut self, text: &str, answer: &str) {
        self.ask(ALICE_AT, SERVER, &sends("alice", "bob", &text_message("alice", "bob", text)), answer);
    }

    /// The server hands Bob a text of Alice's.
    fn bob_is_told(&mut self, text: &str, answer: &str) {
        self.ask(CALLER, BOB_LISTENS, &calls_back(&text_message("alice", "bob", text)), answer);
    }
}

/// What became of the messages of a session, in their order.
fn deliveries(session: &Session) -> Vec<Delivery> {
    session.messages.iter().map(|message| message.delivery).collect()
}

fn only(session: &Session) -> &ChatMessage {
    let [message] = &*session.messages else { panic!("{:?}", session.messages) };
    message
}

#[test]
fn a_message_is_joined_to_the_callback_that_carried_it() {
    let mut story = Story::default();
    story.both_log_on();
    story.alice_writes("hi", OK);
    let at = second(story.clock - 2);
    story.bob_is_told("hi", OK);
    let (model, _) = story.end();
    let message = only(session_of(&model, ALICE));
    assert_eq!((message.at, message.kind, message.accepted_status), (at, MessageKind::Text, Some(200)));
    assert_eq!((message.from.clone(), message.to.clone()), (Some(Principal::new(ALICE)), Some(Principal::new(BOB))));
    assert_eq!((message.delivery, message.conversation.as_deref()), (Delivery::Delivered, Some("{1}")));
    assert!(session_of(&model, BOB).messages.is_empty(), "it is told once, at its sender");
}

#[test]
fn a_message_whose_callback_ran_before_the_senders_answer_is_joined_too() {
    let mut story = Story::default();
    story.both_log_on();
    let flow = story.connection(ALICE_AT, SERVER);
    let waiting = story.open(&flow, &sends("alice", "bob", &text_message("alice", "bob", "hi")));
    story.bob_is_told("hi", OK);
    story.answer(&flow, waiting, OK);
    let (model, _) = story.end();
    assert_eq!(only(session_of(&model, ALICE)).delivery, Delivery::Delivered);
    assert!(session_of(&model, BOB).messages.is_empty());
}

#[test]
fn a_message_whose_callback_fails_is_not_delivered() {
    for (answer, end) in [(Some("HTTP/1.1 500 0\nRVP-Notifications-Version: 0.2"), None), (None, Some(ExchangeEnd::AskerClosed))] {
        let mut story = Story::default();
        story.both_log_on();
        story.alice_writes("hi", OK);
        if let Some(answer) = answer {
            story.bob_is_told("hi", answer);
        }
        if let Some(end) = end {
            story.ask_in_vain(CALLER, BOB_LISTENS, &calls_back(&text_message("alice", "bob", "hi")), end);
        }
        let (model, _) = story.end();
        assert_eq!(only(session_of(&model, ALICE)).delivery, Delivery::Failed, "{end:?}");
    }
}

#[test]
fn a_message_whose_callback_is_cut_from_the_capture_may_have_arrived() {
    let mut story = Story::default();
    story.both_log_on();
    story.alice_writes("hi", OK);
    story.ask_in_vain(CALLER, BOB_LISTENS, &calls_back(&text_message("alice", "bob", "hi")), ExchangeEnd::NotCaptured);
    let (model, _) = story.end();
    assert_eq!(only(session_of(&model, ALICE)).delivery, Delivery::Unknown);
}

#[test]
fn a_message_that_was_acknowledged_too_late_was_handled() {
    let mut story = Story::default();
    story.both_log_on();
    let held = story.connection(ALICE_AT, SERVER);
    let asked = story.open(&held, &sends("alice", "bob", &text_message("alice", "bob", "hi")));
    let flow = story.connection(CALLER, BOB_LISTENS);
    let mut exchange = story.open(&flow, &calls_back(&text_message("alice", "bob", "hi")));
    let (closed, _) = story.tick();
    let packet = PacketId { capture: 0, number: 1 };
    exchange.asker_closed = Some((closed, packet));
    exchange.reset = Some((Side::Initiator, closed.after(Span::from_secs(2)), packet));
    story.answer(&flow, exchange, OK);
    story.answer(&held, asked, REFUSED);
    let (model, events) = story.end();
    let message = only(session_of(&model, ALICE));
    assert_eq!((message.accepted_status, message.delivery), (Some(412), Delivery::HandledLate));
    let late = session_of(&model, BOB).callbacks[0].late_answer.unwrap();
    assert_eq!((late.status, late.after), (200, Span::from_secs(2)));
    let [callback] = of_kind(&events, EventKind::Callback)[..] else { panic!("{events:?}") };
    assert!(callback.outcome.contains("late 200"), "{}", callback.outcome);
}

#[test]
fn what_the_server_refused_has_failed_and_what_it_took_may_be_anywhere() {
    let mut story = Story::default();
    story.both_log_on();
    story.alice_writes("refused", REFUSED);
    story.alice_writes("accepted", OK);
    story.ask_in_vain(ALICE_AT, SERVER, &sends("alice", "bob", &text_message("alice", "bob", "unanswered")), ExchangeEnd::CaptureEnded);
    let (model, _) = story.end();
    let session = session_of(&model, ALICE);
    assert_eq!(deliveries(session), [Delivery::Failed, Delivery::Unknown, Delivery::Unknown]);
    let statuses: Vec<_> = session.messages.iter().map(|message| message.accepted_status).collect();
    assert_eq!(statuses, [Some(412), Some(200), None]);
}

#[test]
fn a_message_from_a_sender_out_of_sight_is_told_at_its_recipient() {
    let mut story = Story::default();
    story.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), &granted("1002", 14_000));
    story.bob_is_told("hi", OK);
    let (model, _) = story.end();
    let message = only(session_of(&model, BOB));
    assert_eq!((message.from.clone(), message.to.clone()), (Some(Principal::new(ALICE)), Some(Principal::new(BOB))));
    assert_eq!((message.accepted_status, message.delivery), (None, Delivery::Delivered), "what its sender was told nobody knows");
}

#[test]
fn the_same_text_twice_is_two_messages_each_with_its_own_callback() {
    let mut story = Story::default();
    story.both_log_on();
    story.alice_writes("ping", OK);
    story.bob_is_told("ping", OK);
    let held = story.connection(ALICE_AT, SERVER);
    let asked = story.open(&held, &sends("alice", "bob", &text_message("alice", "bob", "ping")));
    story.bob_is_told("ping", "HTTP/1.1 500 0\nRVP-Notifications-Version: 0.2");
    story.answer(&held, asked, REFUSED);
    story.alice_writes("ping", OK);
    let (model, _) = story.end();
    assert_eq!(deliveries(session_of(&model, ALICE)), [Delivery::Delivered, Delivery::Failed, Delivery::Unknown]);
    assert!(session_of(&model, BOB).messages.is_empty());
}

#[test]
fn a_callback_before_the_senders_request_carries_another_message() {
    let mut story = Story::default();
    story.both_log_on();
    story.bob_is_told("ping", OK);
    story.alice_writes("ping", OK);
    let (model, _) = story.end();
    assert_eq!(only(session_of(&model, ALICE)).delivery, Delivery::Unknown);
    assert_eq!(only(session_of(&model, BOB)).delivery, Delivery::Delivered);
}

#[test]
fn a_text_to_somebody_else_is_another_message() {
    let mut story = Story::default();
    story.both_log_on();
    story.ask(ALICE_AT, SERVER, &sends("alice", "carol", &text_message("alice", "carol", "hi")), OK);
    story.bob_is_told("hi", OK);
    let (model, _) = story.end();
    assert_eq!(only(session_of(&model, ALICE)).delivery, Delivery::Unknown);
    assert_eq!(only(session_of(&model, BOB)).delivery, Delivery::Delivered);
}

#[test]
fn the_recipient_may_be_spelled_in_another_way() {
    let mut story = Story::default();
    story.both_log_on();
    let sent = sends("alice", "BOB", &text_message("alice", "bob", "hi")).replace("Host: im.example.test", "Host: IM.example.test:80");
    story.ask(ALICE_AT, SERVER, &sent, OK);
    story.bob_is_told("hi", OK);
    let (model, _) = story.end();
    assert_eq!(only(session_of(&model, ALICE)).delivery, Delivery::Delivered);
    assert!(session_of(&model, BOB).messages.is_empty());
}

#[test]
fn typing_is_not_told_as_a_message() {
    let mut story = Story::default();
    story.both_log_on();
    let typing = document("alice", "bob", "Content-Type: text/x-msmsgscontrol\r\nTypingUser: alice@im.example.test", "");
    story.ask(ALICE_AT, SERVER, &sends("alice", "bob", &typing), OK);
    story.ask(CALLER, BOB_LISTENS, &calls_back(&typing), OK);
    story.alice_writes("hi", OK);
    let (model, events) = story.end();
    let kinds: Vec<_> = session_of(&model, ALICE).messages.iter().map(|message| (message.kind, message.delivery)).collect();
    assert_eq!(kinds, [(MessageKind::Typing, Delivery::Delivered), (MessageKind::Text, Delivery::Unknown)]);
    assert_eq!((of_kind(&events, EventKind::Typing).len(), of_kind(&events, EventKind::Message).len()), (1, 1));
    assert_eq!(session_of(&model, BOB).callbacks[0].carries, "typing");
}

#[test]
fn opening_and_leaving_a_conversation_are_messages_of_their_own_kind() {
    let mut story = Story::default();
    story.both_log_on();
    for mime in ["Content-Type: text/x-msmsgscontrol", "Content-Type: text/x-imleave"] {
        story.ask(ALICE_AT, SERVER, &sends("alice", "bob", &document("alice", "bob", mime, "")), OK);
    }
    let (model, events) = story.end();
    let kinds: Vec<_> = session_of(&model, ALICE).messages.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, [MessageKind::Open, MessageKind::Leave]);
    assert_eq!(of_kind(&events, EventKind::Message).len(), 2);
}

#[test]
fn a_change_of_presence_that_a_callback_carries_is_no_message() {
    let mut story = Story::default();
    story.both_log_on();
    story.ask(CALLER, BOB_LISTENS, &calls_back(&change_of("alice", "bob", "away")), OK);
    let (model, _) = story.end();
    assert!(session_of(&model, BOB).messages.is_empty());
    assert!(session_of(&model, BOB).presence.is_empty(), "nor did Bob set it");
    assert_eq!(session_of(&model, BOB).callbacks[0].carries, "presence");
}

#[test]
fn a_notify_that_cannot_be_read_is_a_request_and_an_event_but_no_message() {
    let mut story = Story::default();
    story.both_log_on();
    story.ask(ALICE_AT, SERVER, &sends("alice", "bob", "not xml"), OK);
    let (model, events) = story.end();
    assert!(session_of(&model, ALICE).messages.is_empty());
    assert_eq!(of_kind(&events, EventKind::Message).len(), 1);
    assert_eq!(model.totals.requests["NOTIFY"], BTreeMap::from([(Some(200), 1)]));
}

#[test]
fn a_forwarded_message_is_a_request_between_servers_and_no_callback() {
    let mut story = Story::default();
    story.both_log_on();
    let text = text_message("alice", "dave", "hi");
    story.ask(ALICE_AT, SERVER, &sends("alice", "dave", &text), OK);
    let forwarded = sends("alice", "dave", &text).replace("RVP-Hop-Count: 1", "RVP-Hop-Count: 2");
    story.ask(CALLER, "10.8.0.2:80", &forwarded, OK);
    let (model, events) = story.end();
    let [event] = of_kind(&events, EventKind::ServerToServer)[..] else { panic!("{events:?}") };
    let alice = session_of(&model, ALICE);
    assert_eq!((event.session, event.who.as_str()), (Some(alice.id), "10.0.0.2"));
    assert_eq!(model.totals.requests["NOTIFY"], BTreeMap::from([(Some(200), 2)]));
    assert_eq!((model.totals.callbacks_total(), model.sessions.len()), (0, 2), "the server is nobody's session");
    assert_eq!(alice.messages.len(), 1, "it is the same message");
}

#[test]
fn the_server_that_a_message_was_forwarded_to_may_call_back_itself() {
    let mut story = Story::default();
    let text = text_message("dave", "bob", "hi");
    let forwarded = sends("dave", "bob", &text).replace("RVP-Hop-Count: 1", "RVP-Hop-Count: 2");
    story.ask("10.8.0.2:2050", SERVER, &forwarded, OK);
    story.byteless(CALLER, BOB_LISTENS, Fate::Refused);
    story.ask(CALLER, BOB_LISTENS, &calls_back(&text), OK);
    let (model, _) = story.end();
    let bob = session_of(&model, BOB);
    assert_eq!(bob.callbacks.len(), 2);
    assert_eq!(only(bob).delivery, Delivery::Delivered);
}

#[test]
fn messages_and_callbacks_are_in_the_order_of_time() {
    let mut story = Story::default();
    story.both_log_on();
    let flow = story.connection(ALICE_AT, SERVER);
    let slow = story.open(&flow, &sends("alice", "bob", &text_message("alice", "bob", "first")));
    story.alice_writes("second", OK);
    story.answer(&flow, slow, OK);
    story.bob_is_told("unseen", OK);
    let (model, _) = story.end();
    let times: Vec<_> = session_of(&model, ALICE).messages.iter().map(|message| message.at).collect();
    assert!(times.len() == 2 && times.is_sorted(), "{times:?}");
}

#[test]
fn a_message_that_reaches_both_clients_of_its_recipient_is_one_message() {
    let mut story = Story::default();
    story.both_log_on();
    story.ask("10.0.1.8:1040", SERVER, &log_on("bob", "10.0.1.8:3127"), &granted("1003", 14_000));
    story.alice_writes("hi", OK);
    story.bob_is_told("hi", OK);
    story.ask(CALLER, "10.0.1.8:3127", &calls_back(&text_message("alice", "bob", "hi")), OK);
    let (model, _) = story.end();
    let all: usize = model.sessions.iter().map(|session| session.messages.len()).sum();
    assert_eq!(all, 1);
}

#[test]
fn a_message_that_arrived_at_the_second_try_is_delivered() {
    let mut story = Story::default();
    story.both_log_on();
    story.alice_writes("hi", OK);
    story.ask_in_vain(CALLER, BOB_LISTENS, &calls_back(&text_message("alice", "bob", "hi")), ExchangeEnd::AskerClosed);
    story.bob_is_told("hi", OK);
    let (model, _) = story.end();
    assert_eq!(only(session_of(&model, ALICE)).delivery, Delivery::Delivered);
}
