//! The words of the timeline: nothing from the wire reaches them as it is.

use super::*;

/// Clears a terminal, and turns the direction of writing round.
const HOSTILE: &str = "\u{1b}[2J\u{9b}31m\u{7}\u{202e}evil\u{0}";

/// Characters that steer a terminal or reorder a line.
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[test]
fn nothing_from_the_wire_steers_a_terminal() {
    let mut story = Story::default();
    let hostile = |text: &str| text.replace("EVIL", HOSTILE);
    let xml_safe = |text: &str| text.replace("EVIL", "\u{1b}[2J\u{9b}31m\u{202e}evil");
    let grant = hostile("HTTP/1.1 200 Successful\nSubscription-Id: EVIL\nSubscription-Lifetime: 10");
    story.ask(BOB_AT, SERVER, &hostile(&log_on("EVIL", "EVIL:80")), &grant);
    story.ask(BOB_AT, SERVER, &hostile(&request("SUBSCRIBE", "EVIL", "EVIL", "\nSubscription-Id: EVIL")), &grant);
    story.ask(BOB_AT, SERVER, &hostile(&request("UNSUBSCRIBE", "EVIL", "EVIL", "\nSubscription-Id: EVIL")), OK);
    story.ask(BOB_AT, SERVER, &hostile(&request("UNSUBSCRIBE", "EVIL", "EVIL", "\nSubscription-Id: 2EVIL")), OK);
    story.ask(BOB_AT, SERVER, &hostile(&request("EVIL", "EVIL", "EVIL", "")), OK);
    story.ask(BOB_AT, SERVER, &hostile(&request("PROPFIND", "EVIL", "EVIL", "")), &hostile("HTTP/1.1 302 x\nLocation: EVIL"));
    story.ask(BOB_AT, SERVER, &hostile(&request("PROPFIND", "EVIL", "EVIL", "")), &hostile("HTTP/1.1 401 x\nWWW-Authenticate: EVIL"));
    story.ask(BOB_AT, SERVER, &xml_safe(&presence("EVIL", "EVIL")), OK);
    let text = xml_safe(&text_message("EVIL", "EVIL", "EVIL"));
    story.ask(BOB_AT, SERVER, &sends("bob", "alice", &text), OK);
    story.ask(CALLER, BOB_LISTENS, &calls_back(&text), OK);
    story.ask(CALLER, BOB_LISTENS, &calls_back(&xml_safe(&change_of("EVIL", "bob", "online"))), OK);
    story.ask(CALLER, "10.8.0.2:80", &sends("EVIL", "EVIL", &text).replace("EVIL", HOSTILE), OK);
    for mime in ["Content-Type: text/EVIL", "Content-Type: text/x-msmsgsinvite"] {
        let body = "Invitation-Command: EVIL\r\nApplication-File: EVIL\r\nIP-Address: EVIL\r\nPort: 1\r\n\r\n";
        story.ask(BOB_AT, SERVER, &sends("bob", "alice", &xml_safe(&document("bob", "alice", mime, body))), OK);
    }
    story.clock = 1_000;
    story.ask(BOB_AT, SERVER, &request("PROPFIND", "bob", "alice", ""), OK);
    let (_, events) = story.end();
    assert!(events.len() >= 15, "{events:#?}");
    let told = events.iter().filter(|event| event.summary.contains("evil") || event.who.contains("evil")).count();
    assert!(told >= 10, "the story is hostile indeed: {events:#?}");
    for event in &events {
        for text in [&event.who, &event.summary, &event.outcome] {
            assert!(!text.contains(steers), "{text:?}");
        }
    }
}

#[test]
fn long_words_are_cut() {
    let mut story = Story::default();
    let long = "x".repeat(5_000);
    story.ask(BOB_AT, SERVER, &log_on(&long, BOB_LISTENS), &granted(&long, 10));
    story.ask(BOB_AT, SERVER, &sends(&long, &long, &text_message(&long, &long, &long)), OK);
    story.ask(BOB_AT, SERVER, &request("PROPFIND", "bob", "bob", ""), &format!("HTTP/1.1 302 x\nLocation: {long}"));
    let (_, events) = story.end();
    assert_eq!(events.len(), 3);
    for event in &events {
        for text in [&event.who, &event.summary, &event.outcome] {
            assert!(text.chars().count() < 300, "{text}");
        }
    }
}

#[test]
fn a_target_that_the_capture_cut_has_an_ellipsis() {
    let mut story = Story::default();
    let flow = story.connection(BOB_AT, SERVER);
    let mut exchange = story.open(&flow, "SUBSCRIBE /instmsg/aliases/bo");
    if let Some(request) = &mut exchange.request {
        request.head.complete = false;
        request.completeness = Completeness::CutByGap;
    }
    story.no_answer(&flow, exchange, ExchangeEnd::NotCaptured);
    let (_, events) = story.end();
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert!(event.summary.contains("bo…"), "{}", event.summary);
}

#[test]
fn a_callback_that_failed_says_so_loudly_and_one_that_did_not_says_it_quietly() {
    let mut story = Story::default();
    story.both_log_on();
    story.ask(CALLER, BOB_LISTENS, &calls_back(&change_of("alice", "bob", "away")), OK);
    story.ask(CALLER, BOB_LISTENS, &calls_back(&text_message("alice", "bob", "hi")), REFUSED);
    story.byteless(CALLER, BOB_LISTENS, UNREACHABLE);
    let (_, events) = story.end();
    let callbacks = of_kind(&events, EventKind::Callback);
    let outcomes: Vec<_> = callbacks.iter().map(|event| (event.outcome.as_str(), event.tone)).collect();
    assert_eq!(
        outcomes,
        [
            ("200 after 2.0 s", Tone::Normal),
            ("ANSWERED 412 after 2.0 s", Tone::Failed),
            ("UNREACHABLE: 10.0.9.1 says host unreachable", Tone::Failed)
        ]
    );
    assert!(callbacks[0].summary.starts_with("alice is away"), "{}", callbacks[0].summary);
    assert!(callbacks[1].summary.starts_with("\"hi\""), "{}", callbacks[1].summary);
    assert!(callbacks.iter().all(|event| event.who == "→ bob"));
}

#[test]
fn without_a_reader_no_words_are_made_and_nothing_else_changes() {
    let tell = |correlator: Correlator| {
        let mut story = Story { correlator, ..Story::default() };
        story.both_log_on();
        story.ask(ALICE_AT, SERVER, &presence("alice", "online"), OK);
        story.ask(ALICE_AT, SERVER, &sends("alice", "bob", &text_message("alice", "bob", "hello")), OK);
        story.ask(CALLER, BOB_LISTENS, &calls_back(&text_message("alice", "bob", "hello")), OK);
        story.byteless(CALLER, BOB_LISTENS, Fate::Refused);
        story.ask(BOB_AT, SERVER, &request("POLL", "bob", "bob", "\nSubscription-Id: 1002"), OK);
        story.ask(BOB_AT, SERVER, &request("UNSUBSCRIBE", "bob", "bob", "\nSubscription-Id: 1002"), CHALLENGE);
        let facts = (std::mem::take(&mut story.requests), story.correlator.take_facts());
        let (model, events) = story.end();
        (facts, model.sessions, model.totals, events)
    };
    let (facts, sessions, totals, events) = tell(Correlator::default());
    assert!(!events.is_empty());
    assert_eq!(tell(Correlator::default().without_events()), (facts, sessions, totals, Vec::new()));
}
