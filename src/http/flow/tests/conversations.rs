//! Named cases: what is on the wire, and what is read from it.

use super::script::Stage::{Ended, Opened};
use super::script::{check, play, run, script};
use crate::base::ledger::StreamLedger;
use crate::base::limits::Limits;
use crate::base::note::NoteKind;
use crate::tcp::event::Interest;

// ---- ordinary conversations

#[test]
fn one_request_one_answer() {
    let played = check(
        r"
        > SUBSCRIBE /instmsg/aliases/bob HTTP/1.1~Host: im~Content-Length: 3~~abc
        < HTTP/1.1 200 Successful~Content-Length: 5~~hello
        >fin
        <fin",
        r#"SUBSCRIBE /instmsg/aliases/bob 3 "abc" -> 200 Successful 5 "hello" = Answered"#,
    );
    assert_eq!(played.stages, [(0, Opened), (0, Ended)]);
    assert_eq!(played.noted(), []);
    assert_eq!((played.tally.http_skipped, played.tally.not_http), (0, 0));
}

#[test]
fn the_responder_may_ask_and_either_side_may_speak_first() {
    check(
        r"
        < NOTIFY / HTTP/1.1~Content-Length: 0~~
        > HTTP/1.1 200 OK~Content-Length: 0~~",
        "NOTIFY / -> 200 OK = Answered, asked by the responder",
    );
}

#[test]
fn keep_alive_and_pipelining() {
    check(
        r"
        > GET /1 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 1~~1
        > GET /2 HTTP/1.1~~GET /3 HTTP/1.1~~
        > POST /4 HTTP/1.1~Content-Length: 2~~ab
        < HTTP/1.1 204 No Content~~HTTP/1.1 200 OK~Content-Length: 1~~3
        < HTTP/1.1 404 Not Found~Content-Length: 0~~
        >fin",
        r#"
        GET /1 -> 200 OK 1 "1" = Answered
        GET /2 -> 204 No Content = Answered
        GET /3 -> 200 OK 1 "3" = Answered
        POST /4 2 "ab" -> 404 Not Found = Answered"#,
    );
}

#[test]
fn answers_without_a_body_whatever_their_length_says() {
    check(
        r"
        > HEAD /1 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 100~~
        > GET /2 HTTP/1.1~~
        < HTTP/1.1 304 Not Modified~Content-Length: 100~~
        > GET /3 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 1~~3",
        r#"
        HEAD /1 -> 200 OK = Answered
        GET /2 -> 304 Not Modified = Answered
        GET /3 -> 200 OK 1 "3" = Answered"#,
    );
}

#[test]
fn chunked_both_ways() {
    check(
        r"
        > POST / HTTP/1.1~Transfer-Encoding: chunked~~3~abc~2;x=y~de~0~~
        < HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello~0~Trailer: x~~
        > GET /2 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 0~~",
        r#"
        POST / 5 "abcde" -> 200 OK 5 "hello" = Answered
        GET /2 -> 200 OK = Answered"#,
    );
}

#[test]
fn interim_answers_are_kept_by_status() {
    check(
        r"
        > POST / HTTP/1.1~Content-Length: 2~Expect: 100-continue~~
        < HTTP/1.1 100 Continue~~
        > ab
        < HTTP/1.1 102 Processing~~HTTP/1.1 200 OK~Content-Length: 0~~",
        r#"POST / 2 "ab" -> (100) (102) 200 OK = Answered"#,
    );
}

#[test]
fn an_answer_may_come_before_the_request_is_complete() {
    check(
        r"
        > POST / HTTP/1.1~Content-Length: 4~~ab
        < HTTP/1.1 413 Too Large~Content-Length: 0~~
        > cd
        > GET /2 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 0~~",
        r#"
        POST / 4 "abcd" -> 413 Too Large = Answered
        GET /2 -> 200 OK = Answered"#,
    );
}

#[test]
fn bare_line_feeds_as_miranda_sends_them() {
    let played = check(
        r"
        > NOTIFY / HTTP/1.1\nRVP-Notifications-Version: 0.2\nHost: im\nContent-Length: 2\n\n
        > ab
        < HTTP/1.1 200 OK\nContent-Length: 3\n\nok\n",
        r#"NOTIFY / 2 "ab" -> 200 OK 3 "ok\n" = Answered"#,
    );
    assert_eq!(played.noted(), []);
}

// ---- answers without a length

#[test]
fn librvp_answers_without_a_length_and_closes() {
    let played = check(
        r"
        > NOTIFY /nowhere HTTP/1.1~Content-Length: 0~~
        < HTTP/1.1 200 Successful~RVP-Notifications-Version: 0.2~~
        <fin
        >fin",
        "NOTIFY /nowhere -> 200 Successful = Answered, answerer closed",
    );
    assert_eq!(played.stages, [(0, Opened), (0, Ended)]);
    assert_eq!(played.exchanges[0].response.as_ref().unwrap().last.nanos(), 2_000_000);
}

#[test]
fn net_rvp_answers_without_a_length_and_goes_on() {
    let played = check(
        r"
        > NOTIFY /1 HTTP/1.1~Content-Length: 0~~
        < HTTP/1.1 200 Message Received~~
        < \n
        > NOTIFY /2 HTTP/1.1~Content-Length: 0~~
        < HTTP/1.1 500 0~~
        < \n
        > NOTIFY /3 HTTP/1.1~Content-Length: 0~~
        < HTTP/1.1 200 User Already Present~~
        < \n
        end captured",
        r"
        NOTIFY /1 -> 200 Message Received = Answered
        NOTIFY /2 -> 500 0 = Answered
        NOTIFY /3 -> 200 User Already Present = Answered",
    );
    assert_eq!(played.noted(), [(NoteKind::BytesBetweenMessages, 3)]);
    assert_eq!(played.tally.http_skipped, 3);
    assert_eq!(played.exchanges[0].response.as_ref().unwrap().last.nanos(), 2_000_000);
    // The stray line end belongs to neither message, so it moves neither's time.
    assert_eq!(played.exchanges[1].response.as_ref().unwrap().first.nanos(), 5_000_000);
    // The first is over when the second answer starts; not before.
    assert_eq!(played.stages[..3], [(0, Opened), (1, Opened), (0, Ended)]);
    assert!(!played.was_waiting);
}

#[test]
fn a_body_without_a_length_lasts_until_the_end() {
    check(
        r"
        > GET / HTTP/1.0~~
        < HTTP/1.0 200 OK~~
        < \r\nhello
        < HTTP/1.1 no answer
        <fin",
        r#"GET / -> 200 OK 25 "\r\nhelloHTTP/1.1 no answer" = Answered, answerer closed"#,
    );
    // Nothing more was asked, so what looks like a status line is the body.
    check(
        r"
        > GET / HTTP/1.0~~
        < HTTP/1.0 200 OK~~HTTP/1.1 200 OK~~
        <fin",
        r#"GET / -> 200 OK 19 "HTTP/1.1 200 OK\r\n\r\n" = Answered, answerer closed"#,
    );
    check(
        r"
        > GET /1 HTTP/1.1~~GET /2 HTTP/1.1~~
        < HTTP/1.0 200 OK~~HTTP/2
        <fin",
        r#"
        GET /1 -> 200 OK 6 "HTTP/2" = Answered, answerer closed
        GET /2 -> nothing = AnswererClosed, answerer closed"#,
    );
}

#[test]
fn how_an_answer_without_a_length_ends() {
    let asked = "> GET / HTTP/1.1~~\n< HTTP/1.1 200 OK~~";
    check(&format!("{asked}\n>fin"), "GET / -> 200 OK = Answered, asker closed");
    check(&format!("{asked}\nend captured"), "GET / -> 200 OK = Answered");
    check(&format!("{asked}\n>rst"), "GET / -> 200 OK = Answered, reset by asker");
    check(&format!("{asked}\n<rst"), "GET / -> 200 OK CutByEnd = AnswererReset, reset by answerer");
}

// ---- who closed first

#[test]
fn exchanges_without_an_answer_end_by_who_closed_first() {
    for (events, end) in [
        (">fin\n<fin", "AskerClosed, asker closed, answerer closed"),
        (">fin\n<rst", "AskerClosed, asker closed, reset by answerer"),
        (">fin\nend captured", "AskerClosed, asker closed"),
        (">rst", "AskerReset, reset by asker"),
        ("<fin\n>fin", "AnswererClosed, answerer closed"),
        ("<rst", "AnswererReset, reset by answerer"),
        ("end captured", "CaptureEnded"),
        ("end idle", "CaptureEnded"),
        ("< HTTP/1.1 100 Continue~~\n>rst", "AskerReset, reset by asker"),
        ("unseen <\n>fin", "NotCaptured, asker closed"),
        ("<gap 100\n>fin\n<fin", "NotCaptured, asker closed, answerer closed"),
        ("< HTTP/1.1 2\n<gap 100\nend captured", "NotCaptured"),
    ] {
        let interim = if events.contains("100 Continue") { "(100) " } else { "" };
        let played = check(&format!("> GET / HTTP/1.1~~\n{events}"), &format!("GET / -> {interim}nothing = {end}"));
        assert!(played.notes.of(NoteKind::RequestWithoutAnswer) == 1);
    }
}

#[test]
fn cut_answers_end_by_who_closed_first() {
    let asked = "> GET / HTTP/1.1~~\n< HTTP/1.1 200 OK~Content-Length: 5~~ab";
    check(&format!("{asked}\n<fin"), r#"GET / -> 200 OK CutByEnd 2 "ab" = AnswererClosed, answerer closed"#);
    check(&format!("{asked}\n>rst"), r#"GET / -> 200 OK CutByEnd 2 "ab" = AskerReset, reset by asker"#);
    check(&format!("{asked}\nend captured"), r#"GET / -> 200 OK CutByEnd 2 "ab" = CaptureEnded"#);
    check("> GET / HTTP/1.1~~\n< HTTP/1.1 200 OK~Server: x~\n<fin", "GET / -> 200 OK (cut) CutByEnd = AnswererClosed, answerer closed");
    check("> GET / HTTP/1.1~~\n< HTTP/1.1 20\n<fin", "GET / -> nothing = AnswererClosed, answerer closed");
}

#[test]
fn an_answer_after_the_asker_closed_waits_for_its_reset() {
    let late = "> NOTIFY / HTTP/1.1~~\n>fin\n< HTTP/1.1 200 OK~Content-Length: 0~~";
    check(&format!("{late}\n>rst"), "NOTIFY / -> 200 OK = Answered, asker closed, reset by asker");
    let played = check(&format!("{late}\n<fin"), "NOTIFY / -> 200 OK = Answered, asker closed, answerer closed");
    assert!(!played.was_waiting);
    // Closed behind the answer: nothing to wait for.
    let played = check("> NOTIFY / HTTP/1.1~~\n< HTTP/1.1 200 OK~Content-Length: 0~~\n>fin\n>rst", "NOTIFY / -> 200 OK = Answered");
    assert_eq!(played.stages.last(), Some(&(0, Ended)));
}

#[test]
fn a_request_on_a_connection_that_was_already_closed() {
    let first = "> GET /1 HTTP/1.1~~\n< HTTP/1.1 200 OK~Content-Length: 0~~\n<fin\n> GET /2 HTTP/1.1~~";
    check(&format!("{first}\n<rst"), "GET /1 -> 200 OK = Answered\nGET /2 -> nothing = AnswererReset, answerer closed, reset by answerer");
    check(&format!("{first}\nend captured"), "GET /1 -> 200 OK = Answered\nGET /2 -> nothing = AnswererClosed, answerer closed");
}

#[test]
fn a_cut_request_counts() {
    check("> NOTIFY / HTTP/1.1~Host: im~Content-Len\n>rst", "NOTIFY / (cut) CutByEnd -> nothing = AskerReset, reset by asker");
    check("> NOTIFY / HT\n>fin\n<fin", "NOTIFY / (cut) CutByEnd -> nothing = AskerClosed, asker closed, answerer closed");
    check("> NOTIFY / HTTP/1.1~Content-Length: 9~~ab\n<rst", r#"NOTIFY / CutByEnd 2 "ab" -> nothing = AnswererReset, reset by answerer"#);
    let played = check("> NOTIF\n>rst", "");
    assert_eq!((played.tally.not_http, played.is_http), (5, false));
    // The answer was there before the request's head was.
    check(
        "> GET / HTTP/1.1~Host: x~\n< HTTP/1.1 400 Bad Request~Content-Length: 0~~\n<fin",
        "GET / (cut) CutByEnd -> 400 Bad Request = Answered, answerer closed",
    );
}

// ---- what is not HTTP

#[test]
fn other_protocols_are_told_by_their_first_bytes() {
    for text in [
        r"> VER MSNFTP\r\n
          < VER MSNFTP\r\n",
        r"> OPTIONS sip:a@b SIP/2.0~~
          < SIP/2.0 200 OK~~",
        r"> OPTIONS rtsp://h/ RTSP/1.0~~
          < RTSP/1.0 200 OK~~",
        r"> \x16\x03\x01\0\xa5\x01
          < \x16\x03\x01",
        r"> GET /\r\n
          < <html>",
    ] {
        let played = check(&format!("{text}\n> more\n< more"), "");
        assert_eq!(played.interest, Interest::Count, "{text}");
        assert_eq!((played.tally.http, played.tally.http_skipped, played.is_http), (0, 0, false));
        assert_eq!(played.noted(), []);
    }
    // As long as only one side has spoken, the other may still ask.
    let played = check("> \\0\n< GET / HTTP/1.1~~", "GET / -> nothing = CaptureEnded, asked by the responder");
    assert_eq!(played.tally, StreamLedger { http: 18, http_skipped: 0, not_http: 1 });
}

#[test]
fn an_answer_that_is_not_http() {
    let played = check(
        r"
        > GET / HTTP/1.1~~
        < SSH-2.0-OpenSSH_9.2~more
        <fin",
        "GET / -> nothing = AnswererClosed, answerer closed",
    );
    assert_eq!(played.notes.of(NoteKind::AnswerNotHttp), 1);
    assert_eq!(played.tally, StreamLedger { http: 18, http_skipped: 0, not_http: 25 });
}

#[test]
fn another_protocol_after_an_upgrade_or_a_connect() {
    let played = check(
        r"
        > GET / HTTP/1.1~Upgrade: x~~
        < HTTP/1.1 101 Switching Protocols~~\x01\x02
        > GET / HTTP/1.1~~",
        "GET / -> 101 Switching Protocols = Answered",
    );
    assert_eq!((played.tally.not_http, played.interest, played.is_http), (20, Interest::Count, true));
    let played = check(
        r"
        > CONNECT h:1 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 5~~
        > \x16\x03",
        "CONNECT h:1 -> 200 OK = Answered",
    );
    assert_eq!(played.tally.not_http, 2);
}

// ---- noise and ceilings

#[test]
fn line_ends_and_noise_between_messages() {
    let played = check(
        r"
        > \r\n\r\nPOST /1 HTTP/1.1~Content-Length: 2~~ab~
        > GET /2 HTTP/1.1~~
        > noise\r\nmore GET\nGET /3 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 0~~~~HTTP/1.1 200 OK~Content-Length: 0~~
        < HTTP/1.1 200 OK~Content-Length: 0~~",
        r#"
        POST /1 2 "ab" -> 200 OK = Answered
        GET /2 -> 200 OK = Answered
        GET /3 -> 200 OK = Answered"#,
    );
    assert_eq!(played.tally.http_skipped, 4 + 2 + 16 + 4);
    assert_eq!(played.noted(), [(NoteKind::BytesBetweenMessages, 3), (NoteKind::Resynchronised, 1)]);
}

#[test]
fn odd_heads_are_read_and_noted() {
    let played = check(
        r"
        > GET /a b\xe9 HTTP/1.2~Name : v~no colon~A: 1~ 2~B: \0~Content-Length : 1~~x
        < HTTP/1.1 2000 W\xe9ird~Content-Length: 0~~",
        "GET /a b\u{fffd} 1 \"x\" -> 2000 W\u{fffd}ird = Answered",
    );
    assert_eq!(played.noted(), [(NoteKind::HeadTolerated, 2)]);
}

#[test]
fn broken_chunks_are_skipped_to_the_next_start_line() {
    let played = check(
        r"
        > GET /1 HTTP/1.1~~GET /2 HTTP/1.1~~
        < HTTP/1.1 200 OK~Transfer-Encoding: chunked~~3~abcX~zz~~HTTP/1.1 200 OK~Content-Length: 0~~",
        r#"
        GET /1 -> 200 OK Broken 3 "abc" = Answered
        GET /2 -> 200 OK = Answered"#,
    );
    assert_eq!(played.noted(), [(NoteKind::Resynchronised, 1), (NoteKind::BodyCut, 1), (NoteKind::ChunkBroken, 1)]);
}

#[test]
fn a_head_beyond_the_ceiling_is_cut_and_the_next_message_is_found() {
    let limits = Limits { head_bytes: 64, ..Limits::default() };
    let played = run(
        &script(
            r"
            > PUT /1 HTTP/1.1~Content-Length: 2~Long: 
            > x*100
            > ~~abGET /2 HTTP/1.1~~
            < HTTP/1.1 200 OK~Content-Length: 0~~HTTP/1.1 200 OK~Content-Length: 0~~",
        ),
        &limits,
    );
    assert_eq!(played.ended, [r#"PUT /1 (cut) 2 "ab" -> 200 OK = Answered"#, "GET /2 -> 200 OK = Answered"]);
    assert_eq!(played.notes.of(NoteKind::HeadCut), 1);
    assert_eq!(played.tally.http_skipped, 0);
}

#[test]
fn a_body_beyond_the_ceiling_is_counted() {
    let limits = Limits { body_bytes: 4, ..Limits::default() };
    let played = run(&script("> PUT / HTTP/1.1~Content-Length: 6~~abc\n> def"), &limits);
    let body = &played.exchanges[0].request.as_ref().unwrap().body;
    assert_eq!((body.bytes.as_slice(), body.seen), (b"abcd".as_slice(), 6));
    assert_eq!(played.notes.of(NoteKind::BodyTruncated), 1);
    let played = run(&script("> PUT / HTTP/1.1~Content-Length: 4~~abcd"), &limits);
    assert_eq!(played.notes.of(NoteKind::BodyTruncated), 0);
}

#[test]
fn more_requests_than_may_wait() {
    let limits = Limits { pipelined: 2, ..Limits::default() };
    let played = run(&script("> GET / HTTP/1.1~~*5\nunseen <"), &limits);
    assert_eq!(played.ended, ["GET / -> nothing = NotCaptured"; 5]);
    let opened: Vec<_> = played.stages.iter().filter(|(_, stage)| *stage == Opened).map(|(ordinal, _)| *ordinal).collect();
    assert_eq!(opened, [0, 1, 2, 3, 4]);
}

#[test]
fn answers_stay_with_their_requests_where_too_many_wait() {
    let text = r"
        > POST /1 HTTP/1.1~~POST /2 HTTP/1.1~Content-Length: 2~~abPOST /3 HTTP/1.1~~POST /4 HTTP/1.1~~POST /5 HTTP/1.1~Content-Length: 2~~cd
        < HTTP/1.1 201 A~Content-Length: 0~~
        < HTTP/1.1 100 Continue~~HTTP/1.1 202 B~Content-Length: 5~~HTTP/HTTP/1.1 203 C~~\nHTTP/1.1 207 D~Transfer-Encoding: chunked~~0~~
        > POST /6 HTTP/1.1~~
        < HTTP/1.1 205 E~Content-Length: 1~~!
        < HTTP/1.1 206 F~Content-Length: 0~~";
    let played = run(&script(text), &Limits { pipelined: 2, ..Limits::default() });
    let expected = [
        r#"POST /2 2 "ab" -> nothing = NotCaptured"#,
        "POST /3 -> nothing = NotCaptured",
        "POST /4 -> nothing = NotCaptured",
        "POST /1 -> 201 A = Answered",
        r#"POST /5 2 "cd" -> 205 E 1 "!" = Answered"#,
        "POST /6 -> 206 F = Answered",
    ];
    assert_eq!(played.ended, expected);
    // The answers that are passed over are no answers without a request, nor noise.
    assert_eq!(played.noted(), [(NoteKind::BytesBetweenMessages, 1), (NoteKind::RequestWithoutAnswer, 3)]);
    assert_eq!(played.tally.http_skipped, 1);
    // One may wait: it makes room for the next.
    let played = run(&script(text), &Limits { pipelined: 1, ..Limits::default() });
    assert_eq!(played.ended[5..], expected[5..]);
    assert!(played.ended[..5].iter().all(|ended| ended.ends_with("nothing = NotCaptured")), "{played:?}");
}

#[test]
fn too_many_requests_that_wait_when_the_connection_ends() {
    let limits = Limits { pipelined: 2, ..Limits::default() };
    let played = run(&script("> GET / HTTP/1.1~~*4\n< HTTP/1.1 201 A~Content-Length: 0~~*2\n<fin"), &limits);
    let closed = "GET / -> nothing = AnswererClosed, answerer closed";
    let given_up = "GET / -> nothing = NotCaptured";
    assert_eq!(played.ended, [given_up, given_up, "GET / -> 201 A = Answered", closed]);
    // An answer behind a gap belongs to the last request, as everywhere.
    let played = run(
        &script("> GET / HTTP/1.1~~*4\n<gap 9\n< HTTP/1.1 204 D~~\n> GET /5 HTTP/1.1~~\n< HTTP/1.1 205 E~Content-Length: 0~~"),
        &limits,
    );
    assert_eq!(played.ended[2..], [given_up, "GET / -> 204 D = Answered", "GET /5 -> 205 E = Answered"]);
}

#[test]
fn a_held_request_waits() {
    assert!(play("> POLL / HTTP/1.1~~").was_waiting);
    assert!(play("> POLL / HTTP/1.1~~\n< HTTP/1.1 200 OK~Content-Length: 2~~a").was_waiting);
    assert!(!play("> POLL / HTTP/1.1~~\n< HTTP/1.1 200 OK~Content-Length: 1~~a").was_waiting);
    assert!(!play("> POLL / HTTP/1.1~~\n< HTTP/1.1 200 OK~~").was_waiting);
}
