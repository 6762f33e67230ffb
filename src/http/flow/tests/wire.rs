//! What clients, servers and attackers really send: interim answers, folded and non-ASCII fields, lone CRs, hostile chunks, other protocols, and
//! answers that have lost their requests.

use super::script::{check, play};
use crate::base::ledger::StreamLedger;
use crate::base::note::NoteKind;
use crate::http::exchange::Message;
use crate::tcp::event::Interest;

/// The fields of a message, one per line.
fn fields(message: Option<&Message>) -> Vec<String> {
    message.unwrap().head.fields().map(|field| format!("{}={}", field.name, field.value)).collect()
}

// ---- 100-continue (RFC 9110, section 10.1.1)

#[test]
fn a_body_is_sent_before_or_after_the_interim_answer() {
    for body in
        ["< HTTP/1.1 100 Continue~Server: Microsoft-IIS/5.0~~\n> ab", "> ab\n< HTTP/1.1 100 Continue~~", "> ab\n< HTTP/1.1 100\n< ~~"]
    {
        let played = check(
            &format!("> POST / HTTP/1.1~Expect: 100-continue~Content-Length: 2~~\n{body}\n< HTTP/1.1 200 OK~Content-Length: 0~~"),
            r#"POST / 2 "ab" -> (100) 200 OK = Answered"#,
        );
        assert_eq!(played.noted(), []);
    }
}

#[test]
fn an_interim_answer_is_no_answer() {
    let played = check(
        "> POST / HTTP/1.1~Expect: 100-continue~Content-Length: 2~~\n< HTTP/1.1 100 Continue~~\n> ab\n<fin",
        r#"POST / 2 "ab" -> (100) nothing = AnswererClosed, answerer closed"#,
    );
    assert_eq!(played.notes.of(NoteKind::RequestWithoutAnswer), 1);
    // Nor does it shift the answers of pipelined requests; its length, which it can't have, counts for nothing.
    check(
        r"
        > POST /1 HTTP/1.1~Expect: 100-continue~Content-Length: 1~~aGET /2 HTTP/1.1~~
        < HTTP/1.1 100 Continue~Content-Length: 50~~HTTP/1.1 103 Early Hints~~HTTP/1.1 201 Created~Content-Length: 0~~
        < HTTP/1.1 102 Processing~~HTTP/1.1 202 Accepted~Content-Length: 0~~",
        r#"
        POST /1 1 "a" -> (100) (103) 201 Created = Answered
        GET /2 -> (102) 202 Accepted = Answered"#,
    );
}

#[test]
fn a_refused_expectation_with_and_without_the_body() {
    let refused = "> POST / HTTP/1.1~Expect: 100-continue~Content-Length: 2~~\n< HTTP/1.1 417 Expectation Failed~Content-Length: 0~~";
    check(&format!("{refused}\n> ab"), r#"POST / 2 "ab" -> 417 Expectation Failed = Answered"#);
    check(&format!("{refused}\n>fin"), "POST / CutByEnd -> 417 Expectation Failed = Answered, asker closed");
}

// ---- obs-fold (RFC 9112, section 5.2)

#[test]
fn folded_fields_are_one_field_on_either_side() {
    let played = check(
        r"
        > POST / HTTP/1.1~Call-Back: http://h~	:1~X:~  a~ ~	b~Content-Length:~ 2~~ab
        < HTTP/1.1 200 OK~WWW-Authenticate: Digest realm=x,~ nonce=y~Content-Length:~	 1~~!",
        r#"POST / 2 "ab" -> 200 OK 1 "!" = Answered"#,
    );
    let exchange = &played.exchanges[0];
    assert_eq!(fields(exchange.request.as_deref()), ["Call-Back=http://h :1", "X=a b", "Content-Length=2"]);
    assert_eq!(fields(exchange.response.as_deref()), ["WWW-Authenticate=Digest realm=x, nonce=y", "Content-Length=1"]);
    assert_eq!(played.noted(), [(NoteKind::HeadTolerated, 2)]);
}

#[test]
fn white_space_behind_the_start_line_folds_nothing() {
    let played = check("> GET / HTTP/1.1~ Host: h~A: 1~~", "GET / -> nothing = CaptureEnded");
    assert_eq!(fields(played.exchanges[0].request.as_deref()), ["Host=h", "A=1"]);
    assert_eq!(played.notes.of(NoteKind::HeadTolerated), 1);
}

// ---- bytes beyond ASCII

#[test]
fn targets_and_values_beyond_ascii_are_kept() {
    let played = check(
        r"
        > SUBSCRIBE /instmsg/aliases/j\xc3\xb6rg HTTP/1.1~From: J\xf6rg~To: J\xc3\xb6rg~~
        < HTTP/1.1 200 Gr\xfc\xdfe~Server: \xa9~Content-Length: 0~~
        > NOTIFY /j\xf6rg HTTP/1.1~~
        < HTTP/1.1 200 \xe5~Content-Length: 0~~",
        "
        SUBSCRIBE /instmsg/aliases/jörg -> 200 Gr\u{fffd}\u{fffd}e = Answered
        NOTIFY /j\u{fffd}rg -> 200 \u{fffd} = Answered",
    );
    assert_eq!(fields(played.exchanges[0].request.as_deref()), ["From=Jörg", "To=Jörg"]);
    assert_eq!(fields(played.exchanges[0].response.as_deref())[0], "Server=©");
    assert_eq!(played.noted(), [(NoteKind::HeadTolerated, 4)]);
}

#[test]
fn a_start_line_beyond_ascii_is_found_behind_a_message_and_behind_a_gap() {
    check(
        r"
        > PUT /1 HTTP/1.1~Content-Length: 2~~abGET /\xf6 HTTP/1.1~~
        >gap 100
        > rest~GET /\xe2\x82\xac HTTP/1.1~~",
        "
        PUT /1 2 \"ab\" -> nothing = CaptureEnded
        GET /\u{fffd} -> nothing = CaptureEnded
        GET /€ -> nothing = CaptureEnded",
    );
}

// ---- lone CR (RFC 9112, section 2.2)

#[test]
fn a_lone_cr_ends_no_line() {
    let played = check(
        r"
        > \rGET /1 HTTP/1.1~A: x\ry~B: \r\r~\rC: 1~Content-Length: 2~~ab\r\rGET /2 HTTP/1.1~~
        < HTTP/1.1 200 OK\r~Content-Length: 1\r~~!HTTP/1.1 200 O\rK~Content-Length: 0~~",
        "
        GET /1 2 \"ab\" -> 200 OK 1 \"!\" = Answered
        GET /2 -> 200 O\rK = Answered",
    );
    assert_eq!(fields(played.exchanges[0].request.as_deref()), ["A=x\ry", "B=\r\r", "\rC=1", "Content-Length=2"]);
    assert_eq!(played.notes.of(NoteKind::HeadTolerated), 3);
    assert_eq!(played.tally.http_skipped, 3);
}

#[test]
fn a_lone_cr_does_not_hide_what_follows() {
    // A line of CRs is no empty line to IIS; the head goes on to the real one.
    let played = check(
        r"
        > GET /1 HTTP/1.1~A: 1~\r~~GET /2 HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 0~~HTTP/1.1 200 OK~Content-Length: 0~~",
        "
        GET /1 -> 200 OK = Answered
        GET /2 -> 200 OK = Answered",
    );
    assert_eq!(played.notes.of(NoteKind::HeadTolerated), 1);
}

// ---- hostile chunks (RFC 9112, section 7.1)

#[test]
fn hostile_chunk_sizes_cost_only_their_own_message() {
    for chunks in [
        "-1~abc~0~~",
        "+3~abc~0~~",
        "0x3~abc~0~~",
        "3 3~abc~0~~",
        "3;x=~abcd~0~~",
        "10000000000000003~abc~0~~",
        "fffffffffffffffff~abc~0~~",
        "~3~abc~0~~",
        "3~abc~~0~~",
        "\\xb3~abc~0~~",
    ] {
        let played = play(&format!(
            "> GET /1 HTTP/1.1~~GET /2 HTTP/1.1~~\n< HTTP/1.1 200 OK~Transfer-Encoding: chunked~~{chunks}\n< HTTP/1.1 404 No~Content-Length: 0~~"
        ));
        assert!(played.ended[0].starts_with("GET /1 -> 200 OK Broken"), "{chunks}: {}", played.ended[0]);
        assert_eq!(played.ended[1..], ["GET /2 -> 404 No = Answered"], "{chunks}");
        assert_eq!(played.notes.of(NoteKind::ChunkBroken), 1, "{chunks}");
    }
}

#[test]
fn a_chunk_as_large_as_can_be_said_takes_what_comes() {
    let played = check(
        "> GET / HTTP/1.1~~\n< HTTP/1.1 200 OK~Transfer-Encoding: chunked~~ffffffffffffffff~abc\n<gap 18446744073709551000\n< d\n<fin",
        r#"GET / -> 200 OK CutByEnd 4+18446744073709551000 "abc" = AnswererClosed, answerer closed"#,
    );
    assert_eq!(played.tally.http_skipped, 0);
}

#[test]
fn a_chunk_extension_without_an_end_stops_at_its_ceiling() {
    let played = play(
        "> GET /1 HTTP/1.1~~GET /2 HTTP/1.1~~\n< HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1;\n< x*20000\n< ~HTTP/1.1 404 No~Content-Length: 0~~",
    );
    assert_eq!(played.ended, ["GET /1 -> 200 OK Broken = Answered", "GET /2 -> 404 No = Answered"]);
}

// ---- other protocols on the same connection (RFC 9110, sections 7.8 and 9.3.6)

#[test]
fn from_an_upgrade_on_nothing_is_http() {
    let played = check(
        r"
        > GET /chat HTTP/1.1~Upgrade: websocket~Connection: Upgrade~~
        < HTTP/1.1 101 Switching Protocols~Upgrade: websocket~~\x81\x05hello
        > \x81\x85GET / HTTP/1.1~~
        < HTTP/1.1 200 OK~Content-Length: 0~~
        >fin
        <fin",
        "GET /chat -> 101 Switching Protocols = Answered",
    );
    assert_eq!((played.tally.http_skipped, played.tally.not_http, played.interest), (0, 7 + 20 + 38, Interest::Count));
    assert_eq!((played.is_http, played.was_waiting, played.noted()), (true, false, vec![]));
}

#[test]
fn an_upgrade_that_is_not_taken_up_changes_nothing() {
    check(
        r"
        > OPTIONS * HTTP/1.1~Upgrade: TLS/1.0~~
        < HTTP/1.1 200 OK~Content-Length: 0~~
        > GET / HTTP/1.1~~
        < HTTP/1.1 426 Upgrade Required~Upgrade: TLS/1.0~Content-Length: 0~~
        > GET /2 HTTP/1.1~~",
        "
        OPTIONS * -> 200 OK = Answered
        GET / -> 426 Upgrade Required = Answered
        GET /2 -> nothing = CaptureEnded",
    );
}

#[test]
fn from_a_tunnel_on_nothing_is_http_even_if_the_client_did_not_wait() {
    let played = check(
        r"
        > CONNECT h:443 HTTP/1.1~Host: h:443~~\x16\x03\x01\0\x05hello
        < HTTP/1.0 200 Connection established~~\x16\x03\x01
        > GET / HTTP/1.1~~",
        "CONNECT h:443 -> 200 Connection established = Answered",
    );
    assert_eq!((played.tally.http_skipped, played.tally.not_http), (0, 10 + 3 + 18));
}

#[test]
fn a_refused_tunnel_is_an_exchange_like_any_other() {
    check(
        r"
        > CONNECT h:443 HTTP/1.1~~
        < HTTP/1.1 407 Proxy Authentication Required~Content-Length: 2~~no
        > CONNECT h:443 HTTP/1.1~Proxy-Authorization: x~~
        < HTTP/1.1 200 OK~Transfer-Encoding: chunked~~GET /1 HTTP/1.1~~
        > GET /2 HTTP/1.1~~",
        r#"
        CONNECT h:443 -> 407 Proxy Authentication Required 2 "no" = Answered
        CONNECT h:443 -> 200 OK = Answered"#,
    );
}

#[test]
fn http_of_another_version_is_not_read() {
    let played = check("> PRI * HTTP/2.0~~SM~~\\0\\0\\0\\x04\n< \\0\\0\\0\\x04", "");
    assert_eq!((played.tally, played.is_http), (StreamLedger { http: 0, http_skipped: 0, not_http: 32 }, false));
}

// ---- answers that have lost their requests

#[test]
fn an_answer_that_nobody_asked_for_shifts_no_other() {
    // A server that gives up an idle connection says so.
    let played = check(
        r"
        @1 > GET /1 HTTP/1.1~~
        @2 < HTTP/1.1 200 OK~Content-Length: 0~~
        @60000 < HTTP/1.1 408 Request Timeout~Connection: close~Content-Length: 0~~
        @60001 <fin
        @90000 > GET /2 HTTP/1.1~~
        @90001 <rst",
        "
        GET /1 -> 200 OK = Answered
        ? -> 408 Request Timeout = Answered, answerer closed
        GET /2 -> nothing = AnswererReset, answerer closed, reset by answerer",
    );
    assert_eq!(played.notes.of(NoteKind::AnswerWithoutRequest), 1);
    // Nor does a second answer to the same request.
    check(
        r"
        @1 > GET /1 HTTP/1.1~~
        @2 < HTTP/1.1 200 OK~Content-Length: 0~~HTTP/1.1 500 Twice~Content-Length: 0~~
        @100 > GET /2 HTTP/1.1~~
        @101 < HTTP/1.1 202 Two~Content-Length: 0~~
        @200 > GET /3 HTTP/1.1~~
        @201 < HTTP/1.1 203 Three~Content-Length: 0~~",
        "
        GET /1 -> 200 OK = Answered
        ? -> 500 Twice = Answered
        GET /2 -> 202 Two = Answered
        GET /3 -> 203 Three = Answered",
    );
}

#[test]
fn a_body_that_should_not_be_there_is_passed_over() {
    for (method, status, length, body, skipped) in [
        ("HEAD", "200 OK", 15, "<html></html>~", 15),
        ("HEAD", "200 OK", 13, "<html></html>", 13),
        ("HEAD", "404 Not Found", 12, "first~other", 12),
        ("GET", "204 No Content", 5, "hello", 5),
        ("GET", "304 Not Modified", 8, "~HTTP~", 8),
        // Not there, as it should be, whatever is announced.
        ("HEAD", "200 OK", 5, "", 0),
        ("GET", "304 Not Modified", 1_000_000, "", 0),
        // Another noise than what is announced, ended by a line end.
        ("HEAD", "200 OK", 1_000_000, "noise~", 7),
    ] {
        let played = check(
            &format!(
                "> {method} /1 HTTP/1.1~~\n< HTTP/1.1 {status}~Content-Length: {length}~~{body}\n> GET /2 HTTP/1.1~~\n< HTTP/1.1 203 Two~Content-Length: 0~~"
            ),
            &format!("{method} /1 -> {status} = Answered\nGET /2 -> 203 Two = Answered"),
        );
        assert_eq!(played.tally.http_skipped, skipped, "{method} {body}");
        assert_eq!(played.notes.of(NoteKind::Resynchronised), u64::from(skipped > 0), "{method} {body}");
    }
    // Part of it lies in a gap.
    check(
        "> HEAD /1 HTTP/1.1~~\n< HTTP/1.1 200 OK~Content-Length: 20~~hello\n<gap 10\n> GET /2 HTTP/1.1~~\n< worldHTTP/1.1 203 Two~Content-Length: 0~~",
        "HEAD /1 -> 200 OK = Answered\nGET /2 -> 203 Two = Answered",
    );
}

// ---- An answer that is no HTTP

#[test]
fn a_banner_is_no_answer_and_is_told_so() {
    for (script, told) in [
        ("> NOTIFY / HTTP/1.1~Content-Length: 0~~\n< SSH-2.0-OpenSSH_3.4\\r\\n\n<fin", true),
        ("< SSH-2.0-OpenSSH_3.4\\r\\n\n> NOTIFY / HTTP/1.1~Content-Length: 0~~\n<fin", true),
        ("> NOTIFY / HTTP/1.1~Content-Length: 0~~\n<fin", false),
        ("> NOTIFY / HTTP/1.1~Content-Length: 0~~\n< HTTP/1.1 200 OK~Content-Length: 0~~", false),
    ] {
        let played = play(script);
        assert_eq!(played.exchanges.len(), 1, "{script}");
        assert_eq!(played.exchanges[0].answered_otherwise.is_some(), told, "{script}");
    }
}
