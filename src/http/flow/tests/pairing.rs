//! Which answer belongs to which request, where a direction is damaged or ahead of the other.

use super::script::Stage::{Ended, Opened};
use super::script::{check, play, run, script};
use crate::base::limits::Limits;
use crate::base::note::NoteKind;

// ---- requests in a gap

#[test]
fn a_lost_request_costs_only_its_own_answer() {
    // The requests behind the gap are handed up when its grace is over: after the answers.
    let played = check(
        r"
        @1 > SUBSCRIBE /1 HTTP/1.1~~
        @2 < HTTP/1.1 207 M~Content-Length: 0~~
        @4 < HTTP/1.1 200 Lost~Content-Length: 0~~
        @6 < HTTP/1.1 207 P~Content-Length: 0~~
        @60 < HTTP/1.1 412 N~Content-Length: 0~~
        @5 >gap 100
        @5 > PROPPATCH /3 HTTP/1.1~~
        @59 > NOTIFY /4 HTTP/1.1~~
        @70 > UNSUBSCRIBE /5 HTTP/1.1~~
        @71 < HTTP/1.1 200 U~Content-Length: 0~~
        >fin",
        "
        SUBSCRIBE /1 -> 207 M = Answered
        ? -> 200 Lost = Answered
        PROPPATCH /3 -> 207 P = Answered
        NOTIFY /4 -> 412 N = Answered
        UNSUBSCRIBE /5 -> 200 U = Answered",
    );
    assert_eq!(played.noted(), [(NoteKind::AnswerWithoutRequest, 1)]);
    let opened: Vec<_> = played.stages.iter().filter(|(_, stage)| *stage == Opened).map(|(ordinal, _)| *ordinal).collect();
    assert_eq!(opened, [0, 1, 2, 3, 4]);
}

#[test]
fn several_lost_requests_in_one_gap_and_in_two() {
    check(
        r"
        @1 < HTTP/1.1 201 Lost~Content-Length: 0~~
        @3 < HTTP/1.1 202 Lost~Content-Length: 0~~
        @5 < HTTP/1.1 203 C~Content-Length: 0~~
        @7 < HTTP/1.1 204 Lost~~
        @9 < HTTP/1.1 205 E~Content-Length: 0~~
        @4 >gap 200
        @4 > GET /c HTTP/1.1~~
        @8 >gap 100
        @8 > GET /e HTTP/1.1~~",
        "
        ? -> 201 Lost = Answered
        ? -> 202 Lost = Answered
        GET /c -> 203 C = Answered
        ? -> 204 Lost = Answered
        GET /e -> 205 E = Answered",
    );
}

#[test]
fn an_answer_handed_up_late_is_not_given_to_a_request_that_was_sent_after_it() {
    // The answer stood behind a hole of its own side, so that the request behind the gap came up before it.
    check(
        r"
        @1 > GET /a HTTP/1.1~~
        @2 < HTTP/1.1 200 A~Content-Length: 0~~
        @5 >gap 100
        @5 > GET /c HTTP/1.1~~
        @4 < HTTP/1.1 201 Lost~Content-Length: 2~~
        @4 < ab
        @6 < HTTP/1.1 202 C~Content-Length: 0~~",
        r#"
        GET /a -> 200 A = Answered
        ? -> 201 Lost 2 "ab" = Answered
        GET /c -> 202 C = Answered"#,
    );
}

#[test]
fn an_answer_that_is_being_read_finds_its_request() {
    check(
        r"
        mid
        @1 < HTTP/1.1 100 Continue~~
        @5 < HTTP/1.1 200 Lost~Content-Length: 4~~ab
        @8 > GET /1 HTTP/1.1~~
        @9 < cd
        @10 < HTTP/1.1 100 Continue~~HTTP/1.1 201 A~Content-Length: 4~~ef
        @10 > GET /2 HTTP/1.1~~
        @11 < gh
        @13 < HTTP/1.1 202 B~Content-Length: 4~~ij
        @13 > GET /3 HTTP/1.1~~
        @14 < kl",
        r#"
        ? -> (100) 200 Lost 4 "abcd" = Answered
        GET /1 -> (100) 201 A 4 "efgh" = Answered
        GET /2 -> 202 B 4 "ijkl" = Answered
        GET /3 -> nothing = CaptureEnded"#,
    );
}

#[test]
fn pipelining_behind_a_gap_goes_by_order() {
    check(
        r"
        @1 > GET /1 HTTP/1.1~~
        @2 < HTTP/1.1 200 OK~Content-Length: 0~~
        @4 < HTTP/1.1 201 Lost~Content-Length: 0~~
        @5 >gap 50
        @5 > GET /3 HTTP/1.1~~GET /4 HTTP/1.1~~
        @6 > GET /5 HTTP/1.1~~
        @7 < HTTP/1.1 203 OK~Content-Length: 0~~HTTP/1.1 204 OK~~
        @9 < HTTP/1.1 205 OK~Content-Length: 0~~",
        "
        GET /1 -> 200 OK = Answered
        ? -> 201 Lost = Answered
        GET /3 -> 203 OK = Answered
        GET /4 -> 204 OK = Answered
        GET /5 -> 205 OK = Answered",
    );
}

#[test]
fn an_answer_swapped_with_its_request_behind_a_gap_does_not_shift_the_others() {
    check(
        r"
        mid
        @10 < HTTP/1.1 201 A~Content-Length: 0~~
        @11 > GET /a HTTP/1.1~~
        @500 > GET /b HTTP/1.1~~
        @501 < HTTP/1.1 202 B~Content-Length: 0~~
        @900 > GET /c HTTP/1.1~~
        @901 < HTTP/1.1 203 C~Content-Length: 0~~",
        "
        ? -> 201 A = Answered
        GET /a -> nothing = NotCaptured
        GET /b -> 202 B = Answered
        GET /c -> 203 C = Answered",
    );
}

#[test]
fn losses_on_both_sides_do_not_shift_what_comes_later() {
    // The request of the first answer and the answer to /2 are lost, and the gap of the answers is known first.
    let played = play(
        r"
        @10 < HTTP/1.1 201 Lost~Content-Length: 0~~
        <gap 100
        @16 < HTTP/1.1 203 C~Content-Length: 0~~
        @12 >gap 100
        @12 > GET /2 HTTP/1.1~~
        @15 > GET /3 HTTP/1.1~~
        @800 > GET /4 HTTP/1.1~~
        @801 < HTTP/1.1 204 D~~
        @900 > GET /5 HTTP/1.1~~
        @901 < HTTP/1.1 205 E~Content-Length: 0~~",
    );
    assert_eq!(played.ended.first().map(String::as_str), Some("? -> 201 Lost = Answered"));
    assert_eq!(played.ended[3..], ["GET /4 -> 204 D = Answered", "GET /5 -> 205 E = Answered"]);
}

#[test]
fn answers_that_wait_for_requests_are_bounded() {
    let limits = Limits { pipelined: 2, ..Limits::default() };
    let text = "> GET /1 HTTP/1.1~~\n< HTTP/1.1 204 A~~\n< HTTP/1.1 204 B~~\n< HTTP/1.1 204 C~~\n< HTTP/1.1 204 D~~";
    let played = run(&script(text), &limits);
    assert_eq!(played.ended[..2], ["GET /1 -> 204 A = Answered", "? -> 204 B = Answered"]);
    assert_eq!(played.ended.len(), 4);
    let of_b: Vec<_> = played.stages.iter().filter(|(ordinal, _)| *ordinal == 1).map(|(_, stage)| *stage).collect();
    assert_eq!(of_b, [Opened, Ended]);
}

// ---- directions that are offset against each other

#[test]
fn answers_that_run_ahead_pair_in_order() {
    let played = check(
        r"
        @1 < HTTP/1.1 201 A~Content-Length: 0~~
        @3 < HTTP/1.1 202 B~Content-Length: 0~~
        @5 > GET /1 HTTP/1.1~~
        @8 > GET /2 HTTP/1.1~~
        @40 < HTTP/1.1 203 C~Content-Length: 0~~
        @44 > GET /3 HTTP/1.1~~
        >fin",
        "
        GET /1 -> 201 A = Answered
        GET /2 -> 202 B = Answered
        GET /3 -> 203 C = Answered",
    );
    assert_eq!(played.noted(), []);
}

#[test]
fn the_order_counts_also_where_the_times_go_back() {
    check(
        r"
        @105 > GET /1 HTTP/1.1~~
        @101 < HTTP/1.1 201 A~Content-Length: 0~~
        @205 > GET /2 HTTP/1.1~~
        @201 < HTTP/1.1 202 B~Content-Length: 0~~",
        "
        GET /1 -> 201 A = Answered
        GET /2 -> 202 B = Answered",
    );
}

#[test]
fn answers_without_a_length_that_run_ahead() {
    check(
        r"
        @1 < HTTP/1.1 200 A~~
        @5 > NOTIFY /1 HTTP/1.1~~
        @31 < \nHTTP/1.1 500 B~~
        @35 > NOTIFY /2 HTTP/1.1~~
        @61 < HTTP/1.1 200 C~~
        @65 > NOTIFY /3 HTTP/1.1~~",
        "
        NOTIFY /1 -> 200 A = Answered
        NOTIFY /2 -> 500 B = Answered
        NOTIFY /3 -> 200 C = Answered",
    );
}

#[test]
fn how_far_answers_ran_ahead_is_known_behind_a_gap() {
    check(
        r"
        @1 < HTTP/1.1 201 A~Content-Length: 0~~
        @5 > GET /1 HTTP/1.1~~
        @31 < HTTP/1.1 202 Lost~Content-Length: 0~~
        @37 < HTTP/1.1 203 C~Content-Length: 0~~
        @40 >gap 30
        @40 > GET /3 HTTP/1.1~~
        @61 < HTTP/1.1 204 D~~
        @65 > GET /4 HTTP/1.1~~",
        "
        GET /1 -> 201 A = Answered
        ? -> 202 Lost = Answered
        GET /3 -> 203 C = Answered
        GET /4 -> 204 D = Answered",
    );
}

#[test]
fn an_answer_long_before_the_next_request_is_not_its_own() {
    check(
        r"
        @1 > GET /1 HTTP/1.1~~
        @2 < HTTP/1.1 200 OK~Content-Length: 0~~
        @100 < HTTP/1.1 408 Request Timeout~Content-Length: 0~~
        @150 > GET /2 HTTP/1.1~~
        @151 < HTTP/1.1 200 OK~Content-Length: 0~~",
        "
        GET /1 -> 200 OK = Answered
        ? -> 408 Request Timeout = Answered
        GET /2 -> 200 OK = Answered",
    );
}

#[test]
fn without_a_packet_of_the_asker_answers_wait_no_longer_than_a_moment() {
    check(
        r"
        unseen >
        @1 < HTTP/1.1 204 A~~
        @2 < HTTP/1.1 204 B~~
        @30 < HTTP/1.1 204 C~~
        @15 > GET / HTTP/1.1~~",
        "
        ? -> 204 A = Answered
        ? -> 204 B = Answered
        GET / -> 204 C = Answered",
    );
}

// ---- answers without a length, and a later RST

#[test]
fn an_answer_without_a_length_is_complete_once_the_asker_goes_on() {
    let went_on = "> NOTIFY /1 HTTP/1.1~~\n< HTTP/1.1 200 OK~~\n> NOTIFY /2 HTTP/1.1~~";
    check(&format!("{went_on}\n<rst"), "NOTIFY /1 -> 200 OK = Answered\nNOTIFY /2 -> nothing = AnswererReset, reset by answerer");
    check(&format!("{went_on}\n>rst"), "NOTIFY /1 -> 200 OK = Answered\nNOTIFY /2 -> nothing = AskerReset, reset by asker");
    // Also if its own request is lost.
    check(
        "mid\n< HTTP/1.1 200 OK~~\n> NOTIFY /2 HTTP/1.1~~\n<rst",
        "? -> 200 OK = Answered\nNOTIFY /2 -> nothing = AnswererReset, reset by answerer",
    );
}

#[test]
fn an_answer_without_a_length_is_cut_by_a_reset_unless_the_asker_went_on_behind_it() {
    check(
        "> GET /1 HTTP/1.1~~\n> GET /2 HTTP/1.1~~\n< HTTP/1.1 200 OK~~\n<rst",
        "
        GET /1 -> 200 OK CutByEnd = AnswererReset, reset by answerer
        GET /2 -> nothing = AnswererReset, reset by answerer",
    );
    check(
        "> GET /1 HTTP/1.1~~\n< HTTP/1.1 200 OK~~\n> GET /2 HTTP/1.1~~\n< body\n<rst",
        r#"
        GET /1 -> 200 OK CutByEnd 4 "body" = AnswererReset, reset by answerer
        GET /2 -> nothing = AnswererReset, reset by answerer"#,
    );
}
