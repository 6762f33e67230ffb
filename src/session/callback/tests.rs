//! Tests of the judgement of callbacks: what each way in which a NOTIFY or a connection attempt can end says about its outcome.

use super::*;
use crate::base::address::{PerSide, Side};
use crate::base::fate::UnreachableReason;
use crate::base::limits::Limits;
use crate::base::origin::{Origin, PacketId};
use crate::http::exchange::{Body, Completeness, Exchange, Framing, Message};
use crate::http::head::{Head, StartLine};
use crate::rvp::identify::Protocol;
use crate::rvp::operation::{Operation, Reader};
use crate::tcp::event::FlowId;
use crate::tcp::evidence::Evidence;

const PACKET: PacketId = PacketId { capture: 0, number: 9 };

fn second(second: i64) -> Timestamp {
    Timestamp::default().after(Span::from_secs(second))
}

fn message(start: StartLine<'_>, at: i64) -> Message {
    Message {
        head: Head::new(start),
        body: Body { framing: Framing::None, bytes: Vec::new(), left_out: false, seen: 0, missing: 0 },
        completeness: Completeness::Complete,
        first: second(at),
        last: second(at),
        origin: Origin::default(),
    }
}

/// A NOTIFY that was sent in second 1 and that ended so.
fn notify(end: Option<ExchangeEnd>) -> Exchange {
    let request = StartLine::Request { method: "NOTIFY", target: "/", minor: Some(1) };
    Exchange {
        flow: FlowId(1),
        ordinal: 0,
        asker: Side::Initiator,
        request: Some(Box::new(message(request, 1))),
        interim: Vec::new(),
        response: None,
        asker_closed: None,
        answered_otherwise: None,
        answerer_closed: None,
        reset: None,
        end,
    }
}

/// A NOTIFY that was sent in second 1 and answered in second `at`.
fn answered(status: u16, at: i64) -> Exchange {
    let response = StartLine::Response { minor: 1, status, reason: "" };
    Exchange { response: Some(Box::new(message(response, at))), ..notify(Some(ExchangeEnd::Answered)) }
}

fn closed(at: i64) -> (Timestamp, PacketId) {
    (second(at), PACKET)
}

fn reset(side: Side, at: i64) -> (Side, Timestamp, PacketId) {
    (side, second(at), PACKET)
}

fn judge(exchange: &Exchange) -> Verdict {
    judge_exchange(&Outline::of(
        exchange,
        &attempt(true),
        Protocol::Rvp,
        &Operation::opening(exchange, &mut Reader::new(Limits::default())),
        &[],
    ))
}

/// A verdict without an answer.
fn no_answer(outcome: Outcome, certain: Option<i64>) -> Verdict {
    Verdict { outcome, status: None, late_answer: None, certain: certain.map(second) }
}

#[test]
fn a_2xx_delivers_and_any_other_answer_is_an_error() {
    for (status, outcome) in [
        (200, Outcome::Delivered),
        (204, Outcome::Delivered),
        (299, Outcome::Delivered),
        (302, Outcome::HttpError),
        (304, Outcome::HttpError),
        (401, Outcome::HttpError),
        (412, Outcome::HttpError),
        (500, Outcome::HttpError),
        (999, Outcome::HttpError),
    ] {
        let expected = Verdict { outcome, status: Some(status), late_answer: None, certain: Some(second(3)) };
        assert_eq!(judge(&answered(status, 3)), expected, "{status}");
    }
}

#[test]
fn an_asker_that_gave_up_had_no_reply() {
    let closed_first = Exchange { asker_closed: Some(closed(21)), ..notify(Some(ExchangeEnd::AskerClosed)) };
    assert_eq!(judge(&closed_first), no_answer(Outcome::NoReply, Some(21)));
    let both_closed = Exchange { answerer_closed: Some(closed(22)), ..closed_first };
    assert_eq!(judge(&both_closed), no_answer(Outcome::NoReply, Some(21)), "the client closed only after the server");
    let reset_it = Exchange { reset: Some(reset(Side::Initiator, 9)), ..notify(Some(ExchangeEnd::AskerReset)) };
    assert_eq!(judge(&reset_it), no_answer(Outcome::NoReply, Some(9)));
    let closed_then_reset = Exchange { asker_closed: Some(closed(6)), ..reset_it };
    assert_eq!(judge(&closed_then_reset), no_answer(Outcome::NoReply, Some(6)), "it had given up when it closed");
}

#[test]
fn a_called_side_that_closes_or_resets_first_broke_it() {
    let closed_first = Exchange { answerer_closed: Some(closed(4)), ..notify(Some(ExchangeEnd::AnswererClosed)) };
    assert_eq!(judge(&closed_first), no_answer(Outcome::Broken, Some(4)));
    let reset_it = Exchange { reset: Some(reset(Side::Responder, 5)), ..notify(Some(ExchangeEnd::AnswererReset)) };
    assert_eq!(judge(&reset_it), no_answer(Outcome::Broken, Some(5)));
}

#[test]
fn an_answer_that_broke_off_is_no_answer() {
    let half = Exchange { answerer_closed: Some(closed(4)), end: Some(ExchangeEnd::AnswererClosed), ..answered(200, 3) };
    assert_eq!(judge(&half), no_answer(Outcome::Broken, Some(4)));
}

#[test]
fn what_the_capture_does_not_show_is_unknown() {
    for end in [Some(ExchangeEnd::NotCaptured), Some(ExchangeEnd::CaptureEnded), None] {
        assert_eq!(judge(&notify(end)), no_answer(Outcome::Unknown, None), "{end:?}");
    }
}

#[test]
fn an_answer_after_the_asker_closed_that_met_a_rst_came_too_late() {
    let late = Exchange { asker_closed: Some(closed(6)), reset: Some(reset(Side::Initiator, 14)), ..answered(200, 14) };
    let expected = Verdict {
        outcome: Outcome::NoReply,
        status: None,
        late_answer: Some(LateAnswer { status: 200, after: Span::from_secs(13) }),
        certain: Some(second(6)),
    };
    assert_eq!(judge(&late), expected);
}

#[test]
fn a_late_error_is_late_all_the_same() {
    let late = Exchange { asker_closed: Some(closed(6)), reset: Some(reset(Side::Initiator, 9)), ..answered(500, 8) };
    let verdict = judge(&late);
    assert_eq!((verdict.outcome, verdict.status), (Outcome::NoReply, None));
    assert_eq!(verdict.late_answer.map(|late| late.status), Some(500));
}

#[test]
fn a_half_closed_asker_still_reads_its_answer() {
    let half_closed = Exchange { asker_closed: Some(closed(2)), answerer_closed: Some(closed(4)), ..answered(200, 3) };
    let verdict = judge(&half_closed);
    assert_eq!((verdict.outcome, verdict.status, verdict.late_answer), (Outcome::Delivered, Some(200), None));
}

#[test]
fn a_rst_of_the_called_side_does_not_make_its_answer_late() {
    let answered_then_reset = Exchange { asker_closed: Some(closed(2)), reset: Some(reset(Side::Responder, 4)), ..answered(200, 3) };
    assert_eq!(judge(&answered_then_reset).outcome, Outcome::Delivered);
}

#[test]
fn an_asker_that_closes_and_resets_after_its_answer_has_read_it() {
    let closed_after = Exchange { asker_closed: Some(closed(4)), reset: Some(reset(Side::Initiator, 5)), ..answered(200, 3) };
    assert_eq!(judge(&closed_after).outcome, Outcome::Delivered);
    let reset_after = Exchange { reset: Some(reset(Side::Initiator, 5)), ..answered(200, 3) };
    assert_eq!(judge(&reset_after).outcome, Outcome::Delivered);
}

#[test]
fn on_a_connection_that_the_client_opened_the_sides_are_the_other_way_round() {
    let late =
        Exchange { asker: Side::Responder, asker_closed: Some(closed(6)), reset: Some(reset(Side::Responder, 8)), ..answered(200, 7) };
    assert_eq!(judge(&late).outcome, Outcome::NoReply);
    let reset_by_the_called = Exchange { reset: Some(reset(Side::Initiator, 8)), ..late };
    assert_eq!(judge(&reset_by_the_called).outcome, Outcome::Delivered);
}

/// A connection attempt of second 1.
fn attempt(established: bool) -> FlowInfo {
    FlowInfo {
        id: FlowId(1),
        initiator: Endpoint::new([10, 0, 0, 1].into(), 1025),
        responder: Endpoint::new([10, 0, 0, 2].into(), 3127),
        vlan: 0,
        opened: second(1),
        last: second(7),
        last_syn: Some(second(4)),
        syns: 2,
        established,
        mid_stream: false,
        payload: 0,
        missing: 0,
        unseen: PerSide::default(),
        packets: PerSide { initiator: 2, responder: u64::from(established) },
        isn: PerSide::default(),
        opening: Evidence::default(),
    }
}

#[test]
fn an_attempt_that_never_came_up_ended_as_its_flow_did() {
    let unreachable = Unreachable { from: [10, 0, 0, 9].into(), reason: UnreachableReason::Host, code: 1 };
    for (fate, expected) in [
        (Fate::Refused, no_answer(Outcome::Refused, Some(7))),
        (Fate::Unanswered, no_answer(Outcome::Unanswered, Some(7))),
        (Fate::Unreachable(unreachable), no_answer(Outcome::Unreachable, Some(7))),
        (Fate::Finished, no_answer(Outcome::Unknown, None)),
        (Fate::Reset, no_answer(Outcome::Unanswered, Some(7))),
        (Fate::Idle, no_answer(Outcome::Unknown, None)),
        (Fate::Evicted, no_answer(Outcome::Unknown, None)),
        (Fate::CaptureEnded, no_answer(Outcome::Unknown, None)),
    ] {
        assert_eq!(judge_attempt(&Byteless::from(&attempt(false)), fate, second(7)), expected, "{fate:?}");
    }
}

#[test]
fn a_connection_that_came_up_and_closed_without_a_request_is_broken() {
    for fate in [Fate::Finished, Fate::Reset] {
        assert_eq!(judge_attempt(&Byteless::from(&attempt(true)), fate, second(7)), no_answer(Outcome::Broken, Some(7)), "{fate:?}");
    }
}

#[test]
fn a_connection_that_came_up_and_may_still_carry_a_request_is_unknown() {
    for fate in [Fate::Evicted, Fate::CaptureEnded] {
        assert_eq!(judge_attempt(&Byteless::from(&attempt(true)), fate, second(7)), no_answer(Outcome::Unknown, None), "{fate:?}");
    }
}

#[test]
fn each_outcome_has_the_word_that_its_field_of_the_document_has() {
    for outcome in Outcome::ALL {
        assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
    }
    let words = Outcome::ALL.map(Outcome::as_str);
    assert_eq!(words, ["delivered", "http_error", "refused", "unanswered", "unreachable", "no_reply", "broken", "unknown"]);
}

#[test]
fn the_first_packet_of_a_late_answer_meets_the_rst() {
    let cut = Exchange {
        asker_closed: Some(closed(6)),
        reset: Some(reset(Side::Initiator, 8)),
        end: Some(ExchangeEnd::AskerClosed),
        ..answered(200, 8)
    };
    let verdict = judge(&cut);
    assert_eq!((verdict.outcome, verdict.late_answer.map(|late| late.status)), (Outcome::NoReply, Some(200)));
}
