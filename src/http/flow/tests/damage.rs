//! Named cases: bytes that the capture lacks, and captures that start in the middle of a conversation.

use super::script::Stage::{Ended, Opened};
use super::script::{check, run, script};
use crate::base::limits::Limits;
use crate::base::note::NoteKind;

// ---- gaps

#[test]
fn a_gap_in_a_body_of_known_length() {
    check(
        r"
        > PUT / HTTP/1.1~Content-Length: 10~~ab
        >gap 5
        > cde
        < HTTP/1.1 200 OK~Content-Length: 4~~
        <gap 4
        > GET /2 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 1~~2",
        r#"
        PUT / CutByGap 5+5 "ab" -> 200 OK CutByGap 0+4 = Answered
        GET /2 -> 200 OK 1 "2" = Answered"#,
    );
}

#[test]
fn a_gap_in_a_chunk_and_one_in_chunk_framing() {
    check(
        r"
        > GET /1 HTTP/1.1~~
        < HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~h
        <gap 3
        < o~0~~
        > GET /2 HTTP/1.1~~
        < HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~h
        <gap 7
        < lo~0~~
        > GET /3 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 0~~",
        r#"
        GET /1 -> 200 OK CutByGap 2+3 "h" = Answered
        GET /2 -> 200 OK CutByGap 1 "h" = Answered
        GET /3 -> 200 OK = Answered"#,
    );
}

#[test]
fn a_gap_that_swallows_whole_answers_costs_only_them() {
    let played = check(
        r"
        > GET /1 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 2~~a
        > GET /2 HTTP/1.1~~
        > GET /3 HTTP/1.1~~
        <gap 100
        < HTTP/1.1 200 OK~Content-Length: 1~~3
        > GET /4 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 1~~4",
        r#"
        GET /1 -> 200 OK CutByGap 1+1 "a" = Answered
        GET /2 -> nothing = NotCaptured
        GET /3 -> 200 OK 1 "3" = Answered
        GET /4 -> 200 OK 1 "4" = Answered"#,
    );
    assert_eq!(played.tally.http_skipped, 0);
}

#[test]
fn behind_a_gap_the_next_start_line_is_searched() {
    let played = check(
        r"
        > POST / HTTP/1.1~Transfer-Encoding: chunked~~5~h
        >gap 50
        > end of a body\r\nGET is a word~0~~
        > GET /2 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 0~~HTTP/1.1 202 OK~Content-Length: 0~~",
        r#"
        POST / CutByGap 1 "h" -> 200 OK = Answered
        GET /2 -> 202 OK = Answered"#,
    );
    assert_eq!(played.notes.of(NoteKind::Resynchronised), 1);
    assert_eq!(played.tally.http_skipped, 35);
}

#[test]
fn behind_a_gap_the_next_start_line_may_stand_inside_a_line() {
    let played = check(
        r#"
        > NOTIFY /1 HTTP/1.1~Content-Length: 9~~<a>
        < HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~h
        >gap 500
        <gap 500
        > tion a="b">text</a></r:notification>NOTI
        > FY /2 HTTP/1.1~Content-Length: 0~~
        < href><d:status>HTTP/1.1 200 OK</d:status></d:multistatus>HTTP/1.1 201 OK~Content-Length: 1~~2
        > NOTIFY /3 HTTP/1.1~Content-Length: 0~~
        < HTTP/1.1 202 OK~Content-Length: 0~~"#,
        r#"
        NOTIFY /1 CutByGap 3+6 "<a>" -> 200 OK CutByGap 1 "h" = Answered
        NOTIFY /2 -> 201 OK 1 "2" = Answered
        NOTIFY /3 -> 202 OK = Answered"#,
    );
    assert_eq!(played.notes.of(NoteKind::Resynchronised), 2);
    assert_eq!(played.notes.of(NoteKind::HeadTolerated), 0);
    assert_eq!(played.tally.http_skipped, 36 + 57);
}

#[test]
fn what_a_body_says_about_http_begins_no_message() {
    // The bodies of which the end is searched here speak of requests and answers; only the last line of each side has one.
    let played = check(
        r#"
        mid
        > </b>see GET /x HTTP/1.1~<i>"GET /x HTTP/1.1"~</i>xNOTIFY / HTTP/1.1~</i>FOO /x HTTP/1.1~</i>GET /x HTTP/1.1</i>~
        < <d:status>HTTP/1.1 404 Not Found</d:status>~</i>it says HTTP/1.1 200 OK~</i>HTTP/1.1 2~</i>"HTTP/1.1 200 OK"~
        > </i>NOTIFY / HTTP/1.1~Content-Length: 0~~
        < </d:multistatus>HTTP/1.1 200 OK~Content-Length: 0~~"#,
        "NOTIFY / -> 200 OK = Answered",
    );
    assert_eq!(played.notes.of(NoteKind::Resynchronised), 2);
}

#[test]
fn a_chat_text_that_quotes_a_request_behind_a_gap_is_none() {
    // The length of the body lies in the gap, so that its end is searched.
    let played = check(
        r"
        > NOTIFY /1 HTTP/1.1~RVP-Noti
        >gap 40
        > ~~<r:msg><![CDATA[look: <b>NOTIFY / HTTP/1.1~RVP-Hop-Count: 2~~...]]></r:msg>
        < HTTP/1.1 200 OK~Content-Length: 0~~
        > NOTIFY /2 HTTP/1.1~Content-Length: 0~~
        < HTTP/1.1 201 OK~Content-Length: 0~~",
        "
        NOTIFY /1 (cut) CutByGap -> 200 OK = Answered
        NOTIFY /2 -> 201 OK = Answered",
    );
    assert_eq!(played.notes.of(NoteKind::Resynchronised), 1);
}

#[test]
fn behind_a_whole_message_a_start_line_begins_its_line() {
    let played = check(
        r"
        > PUT /1 HTTP/1.1~Content-Length: 2~~ab</a>GET /2 HTTP/1.1~GET /3 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 0~~",
        r#"
        PUT /1 2 "ab" -> 200 OK = Answered
        GET /3 -> nothing = CaptureEnded"#,
    );
    assert_eq!(played.tally.http_skipped, 21);
}

#[test]
fn a_start_line_inside_a_line_is_cut_only_by_what_follows_it() {
    // Its line must be whole; its head need not be.
    check("mid\n> <a></a>NOTIFY / HTTP/1.1\n>gap 9\n> <a></a>NOTIFY / HTTP/1.1\n>fin", "");
    check("mid\n> <a></a>NOTIFY / HTTP/1.1~Host: im~Content-\n>gap 9\nend captured", "NOTIFY / (cut) CutByGap -> nothing = CaptureEnded");
}

#[test]
fn a_snapshot_length_that_cuts_every_segment() {
    let played = check(
        r"
        > SUBSCRIBE /instmsg/aliases/bob
        >gap 251
        < HTTP/1.1 200 Successful~Server:
        <gap 180
        > PROPPATCH /instmsg/aliases/bo
        >gap 300
        > <?xml version=
        >gap 400
        < HTTP/1.1 207 Multi-Status~Ser
        <gap 200
        < <?xml version='1.0'?><d:multi
        <gap 500
        > NOTIFY http://im.example.test
        >gap 100
        > SUBSCRIPTIONS /instmsg/aliases
        >gap 100
        < HTTP/1.1 412
        <gap 100
        < HTTP/1.1 200 
        <gap 100
        > ACL /
        >gap 9
        end captured",
        r"
        SUBSCRIBE /instmsg/aliases/bob (cut) CutByGap -> 200 Successful (cut) CutByGap = Answered
        PROPPATCH /instmsg/aliases/bo (cut) CutByGap -> 207 Multi-Status (cut) CutByGap = Answered
        NOTIFY http://im.example.test (cut) CutByGap -> 412 (cut) CutByGap = Answered
        SUBSCRIPTIONS /instmsg/aliases (cut) CutByGap -> 200 (cut) CutByGap = Answered
        ACL / (cut) CutByGap -> nothing = CaptureEnded",
    );
    assert_eq!(played.notes.of(NoteKind::HeadCut), 9);
    assert_eq!(played.tally.not_http, 0);
}

#[test]
fn nothing_is_guessed_from_less_than_a_method_and_a_target() {
    let played = check("> SUBSCRIBE \n>gap 10\n> FOO /bar\n>gap 10\n< HTTP/1.1 20\n<gap 9", "");
    assert!(!played.is_http);
}

// ---- the middle of a flow

#[test]
fn a_flow_whose_beginning_was_not_captured() {
    let played = check(
        r"
        mid
        > of a body</a>~PROPPATCH /a HTTP/1.1~Content-Length: 0~~
        < tus>~HTTP/1.1 200 OK~Content-Length: 0~~
        > GET /2 HTTP/1.1~~
        < HTTP/1.1 201 OK~Content-Length: 0~~",
        r"
        PROPPATCH /a -> 200 OK = Answered
        GET /2 -> 201 OK = Answered",
    );
    assert_eq!(played.notes.of(NoteKind::Resynchronised), 2);
    assert_eq!(played.tally.http_skipped, 21);
}

#[test]
fn a_kept_alive_connection_whose_beginning_was_not_captured() {
    // Bodies end without a line end, so that the first start line on either side stands behind the end of a body.
    let played = check(
        r"
        mid
        > isplayname>Alice</a:displayname>
        > </r:notification>
        > NOTIFY / HTTP/1.1~Content-Length: 4~~
        > <a/>NOTIFY / HTTP/1.1~Content-Length: 0~~
        < </html>HTTP/1.1 500 0~Content-Length: 4~~<e/>
        < HTTP/1.1 200 OK~Content-Length: 0~~",
        r#"
        NOTIFY / 4 "<a/>" -> 500 0 4 "<e/>" = Answered
        NOTIFY / -> 200 OK = Answered"#,
    );
    assert_eq!(played.tally.http_skipped, 32 + 17 + 7);
    assert_eq!(played.noted(), [(NoteKind::Resynchronised, 2)]);
    // What stands before it in its line doesn't date it.
    let request = played.exchanges[0].request.as_ref().unwrap();
    assert_eq!((request.first.nanos(), request.origin.first().unwrap().number), (3_000_000, 3));
}

#[test]
fn a_start_line_behind_a_long_line() {
    let text = "mid\n> <a>\n> x y*40000\n> </a>GET / HTTP/1.1~~\n< HTTP/1.1 200 OK~Content-Length: 0~~";
    let limits = Limits { probe_bytes: 200_000, ..Limits::default() };
    let played = run(&script(text), &limits);
    assert_eq!(played.ended, ["GET / -> 200 OK = Answered"]);
    assert_eq!(played.tally.http_skipped, 3 + 120_000 + 4);
    assert!(run(&script(text), &Limits::default()).ended[0].starts_with("? -> 200"), "where HTTP was not found yet, the ceiling holds");
}

#[test]
fn an_answer_whose_request_was_not_captured() {
    let played = check(
        r"
        mid
        < HTTP/1.1 200 OK~Content-Length: 1~~0
        > GET /1 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 1~~1",
        r#"
        ? -> 200 OK 1 "0" = Answered
        GET /1 -> 200 OK 1 "1" = Answered"#,
    );
    assert_eq!(played.notes.of(NoteKind::AnswerWithoutRequest), 1);
    // Only the answers are in the capture.
    check(
        r"
        mid
        unseen >
        < HTTP/1.1 200 OK~~\nHTTP/1.1 500 0~~\nHTTP/1.1 201 OK~Content-Length: 0~~",
        r"
        ? -> 200 OK = Answered
        ? -> 500 0 = Answered
        ? -> 201 OK = Answered",
    );
}

#[test]
fn an_answer_that_is_handed_up_before_its_request() {
    let played = check(
        r"
        < HTTP/1.1 100 Continue~~HTTP/1.1 200 OK~Content-Length: 1~~1
        > GET /1 HTTP/1.1~~
        > GET /2 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 1~~2",
        r#"
        GET /1 -> (100) 200 OK 1 "1" = Answered
        GET /2 -> 200 OK 1 "2" = Answered"#,
    );
    assert_eq!(played.stages[..2], [(0, Opened), (0, Ended)]);
}

#[test]
fn a_flow_in_the_middle_is_searched_to_a_ceiling() {
    let limits = Limits { probe_bytes: 64, ..Limits::default() };
    let played = run(&script("mid\n> x\\n*32\n> GET / HTTP/1.1~~"), &limits);
    assert!(played.ended.is_empty() && !played.is_http);
    let played = run(&script("mid\n> abc\\n*8\n> GET / HTTP/1.1~~"), &limits);
    assert_eq!(played.ended.len(), 1);
}

/// The hole before a request is given up while its answer is on the way: what came of the answer before and what comes then are one message.
#[test]
fn a_request_behind_a_hole_shows_while_its_answer_is_read() {
    check(
        r"
        @1 < HTTP/1.1 200 OK~Content-Length: 2~~ok
        @3 < HTTP/1.1 207 Multi~Content-Length: 4~~ab
        @3 >gap 100
        @2 > PROPFIND /2 HTTP/1.1~~
        @4 < cd
        @5 > PROPPATCH /3 HTTP/1.1~~
        @6 < HTTP/1.1 201 Created~Content-Length: 0~~",
        r#"
        ? -> 200 OK 2 "ok" = Answered
        PROPFIND /2 -> 207 Multi 4 "abcd" = Answered
        PROPPATCH /3 -> 201 Created = Answered"#,
    );
}

/// Of the request that was lost, the end of its last tag is left, and the next request follows on the same line.
#[test]
fn a_gap_that_ends_inside_the_last_tag_of_a_body() {
    for rest in ["/update>", "update>", ">"] {
        check(
            &format!(
                r"
                >gap 100
                > {rest}
                < HTTP/1.1 207 Multi~Content-Length: 0~~
                > NOTIFY /2 HTTP/1.1~~
                < HTTP/1.1 201 Created~Content-Length: 0~~"
            ),
            r"
            ? -> 207 Multi = Answered
            NOTIFY /2 -> 201 Created = Answered",
        );
    }
}
