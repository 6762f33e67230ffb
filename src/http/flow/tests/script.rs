//! A notation for conversations, one event per line:
//!
//! ```text
//! > bytes         the initiator sends (escapes: \r \n \0 \\ \xNN; "~" alone is CRLF; *N at the end repeats the text N times)
//! < bytes         the responder sends
//! >gap 200        200 bytes of the initiator are not in the capture
//! >fin  >rst      the initiator closes, resets
//! end captured    how the flow ends, where it isn't "finished"
//! mid             the capture starts in the middle of the flow
//! unseen <        no packet of the responder is in the capture
//! @30 > bytes     ... at millisecond 30; without it, the n-th event happens at millisecond n
//! ```
//!
//! Played, it gives one line for each exchange that ended:
//!
//! ```text
//! METHOD target [state N "body"] -> (interim) status reason [state N "body"] = End, what was closed or reset
//! ```

use crate::base::address::{Endpoint, PerSide, Side};
use crate::base::fate::Fate;
use crate::base::ledger::StreamLedger;
use crate::base::limits::Limits;
use crate::base::note::{NoteKind, Notes};
use crate::base::origin::PacketId;
use crate::base::time::Timestamp;
use crate::http::exchange::{Completeness, Exchange, ExchangeListener, Message};
use crate::http::flow::{Context, HttpFlow};
use crate::http::head::{Head, StartLine};
use crate::http::spare::Spare;
use crate::tcp::event::{FlowEvent, FlowId, FlowInfo, Interest};
use crate::tcp::evidence::Evidence;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

/// One line of a script.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Line {
    Data(Side, Vec<u8>),
    Gap(Side, u64),
    Fin(Side),
    Rst(Side),
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Data(side, bytes) => write!(f, "{side:?} {}", bytes.escape_ascii()),
            Self::Gap(side, len) => write!(f, "{side:?} gap {len}"),
            Self::Fin(side) => write!(f, "{side:?} fin"),
            Self::Rst(side) => write!(f, "{side:?} rst"),
        }
    }
}

/// A conversation.
#[derive(Clone, Debug)]
pub(super) struct Script {
    /// Each event with the millisecond at which it happens.
    pub(super) lines: Vec<(i64, Line)>,
    pub(super) fate: Fate,
    pub(super) mid_stream: bool,
    pub(super) unseen: Option<Side>,
}

pub(super) fn script(text: &str) -> Script {
    let mut script = Script { lines: Vec::new(), fate: Fate::Finished, mid_stream: false, unseen: None };
    for line in text.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
        let time = line.strip_prefix('@').and_then(|line| line.split_once(' '));
        let (at, line) = match time {
            Some((at, line)) => (at.parse().unwrap(), line),
            None => (script.lines.len() as i64 + 1, line),
        };
        let side = if line.contains('>') && !line.starts_with('<') { Side::Initiator } else { Side::Responder };
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (word, word.get(1..)) {
            ("mid", _) => script.mid_stream = true,
            ("unseen", _) => script.unseen = Some(side),
            ("end", _) if rest == "captured" => script.fate = Fate::CaptureEnded,
            ("end", _) => script.fate = Fate::Idle,
            (_, Some("gap")) => script.lines.push((at, Line::Gap(side, rest.parse().unwrap()))),
            (_, Some("fin")) => script.lines.push((at, Line::Fin(side))),
            (_, Some("rst")) => script.lines.push((at, Line::Rst(side))),
            (">" | "<", _) => script.lines.push((at, Line::Data(side, unescape(rest)))),
            _ => panic!("not a line of a script: {line}"),
        }
    }
    script
}

fn unescape(text: &str) -> Vec<u8> {
    let (text, times) = match text.rsplit_once('*').map(|(text, times)| (text, times.parse())) {
        Some((text, Ok(times))) => (text, times),
        _ => (text, 1),
    };
    let mut bytes = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '~' => bytes.extend_from_slice(b"\r\n"),
            '\\' => match rest.next() {
                Some('r') => bytes.push(b'\r'),
                Some('n') => bytes.push(b'\n'),
                Some('0') => bytes.push(0),
                Some('x') => bytes.push(u8::from_str_radix(&rest.by_ref().take(2).collect::<String>(), 16).unwrap()),
                Some(other) => bytes.extend_from_slice(other.to_string().as_bytes()),
                None => {}
            },
            c => bytes.extend_from_slice(c.to_string().as_bytes()),
        }
    }
    bytes.repeat(times)
}

/// What came of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Opened,
    Ended,
}

#[derive(Debug, Default)]
pub(super) struct Played {
    /// One line for each exchange that ended.
    pub(super) ended: Vec<String>,
    /// Ordinal and stage of everything that was handed up.
    pub(super) stages: Vec<(u32, Stage)>,
    pub(super) exchanges: Vec<Exchange>,
    pub(super) tally: StreamLedger,
    pub(super) notes: Notes,
    pub(super) interest: Interest,
    pub(super) is_http: bool,
    /// Whether a request was waiting before the flow ended.
    pub(super) was_waiting: bool,
}

impl Played {
    /// The kinds of notes and their counts.
    pub(super) fn noted(&self) -> Vec<(NoteKind, u64)> {
        self.notes.iter().map(|(kind, count, _)| (kind, count)).collect()
    }
}

impl ExchangeListener for Played {
    fn wants_body(&mut self, _: &Head, _: Option<&Head>) -> bool {
        true
    }

    fn opened(&mut self, _: &FlowInfo, exchange: &Exchange) {
        self.stages.push((exchange.ordinal, Stage::Opened));
        assert_eq!(exchange.end, None);
    }

    fn ended(&mut self, _: &FlowInfo, exchange: &Exchange, _: &mut Notes) {
        self.stages.push((exchange.ordinal, Stage::Ended));
        assert_ne!(exchange.end, None);
        self.ended.push(listing(exchange));
        self.exchanges.push(exchange.clone());
    }
}

pub(super) fn play(text: &str) -> Played {
    run(&script(text), &Limits::default())
}

/// Plays a conversation; the n-th event comes in packet n.
pub(super) fn run(script: &Script, limits: &Limits) -> Played {
    let endpoint = |port| Endpoint::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let mut packets = PerSide { initiator: 1, responder: 1 };
    if let Some(side) = script.unseen {
        *packets.get_mut(side) = 0;
    }
    let flow = FlowInfo {
        id: FlowId(0),
        initiator: endpoint(1),
        responder: endpoint(2),
        vlan: 0,
        opened: Timestamp::default(),
        last: Timestamp::default(),
        last_syn: None,
        syns: 1,
        established: true,
        mid_stream: script.mid_stream,
        packets,
        payload: 0,
        missing: 0,
        unseen: PerSide::default(),
        isn: PerSide::default(),
        opening: Evidence::default(),
    };
    let mut played = Played::default();
    let mut tally = StreamLedger::default();
    let mut notes = Notes::default();
    let mut state = HttpFlow::default();
    let mut bytes_sent = 0;
    let spare = &mut Spare::default();
    let context = &mut Context { limits, tally: &mut tally, notes: &mut notes, spare, listener: &mut played };
    let mut interest = state.event(&flow, FlowEvent::Opened, context);
    for (number, (millis, line)) in (1..).zip(&script.lines) {
        let at = Timestamp::from_nanos(millis * 1_000_000);
        let packet = PacketId { capture: 0, number };
        let event = match line {
            Line::Data(side, bytes) => {
                bytes_sent += bytes.len() as u64;
                match interest {
                    Interest::Bytes => FlowEvent::Data { side: *side, bytes, at, packet },
                    Interest::Count => FlowEvent::Counted { side: *side, len: bytes.len() as u64 },
                }
            }
            Line::Gap(side, len) => FlowEvent::Gap { side: *side, len: *len, at, packet },
            Line::Fin(side) => FlowEvent::Closed { side: *side, at, packet },
            Line::Rst(side) => FlowEvent::Reset { side: *side, at, packet },
        };
        interest = state.event(&flow, event, context);
    }
    let (was_waiting, is_http) = (state.is_waiting(), state.is_http());
    state.event(&flow, FlowEvent::Ended { fate: script.fate, at: Timestamp::from_nanos(i64::MAX) }, context);
    assert!(!state.is_waiting(), "an exchange outlived its flow");
    assert_eq!(tally.http + tally.http_skipped + tally.not_http, bytes_sent, "bytes don't add up: {tally:?}");
    Played { tally, notes, interest, is_http, was_waiting, ..played }
}

fn listing(exchange: &Exchange) -> String {
    let mut out = exchange.request.as_deref().map_or("?".to_owned(), message);
    out.push_str(" ->");
    for status in &exchange.interim {
        let _ = write!(out, " ({status})");
    }
    let _ = write!(out, " {} = {:?}", exchange.response.as_deref().map_or("nothing".to_owned(), message), exchange.end.unwrap());
    if exchange.asker == Side::Responder {
        out.push_str(", asked by the responder");
    }
    if exchange.asker_closed.is_some() {
        out.push_str(", asker closed");
    }
    if exchange.answerer_closed.is_some() {
        out.push_str(", answerer closed");
    }
    if let Some((side, _, _)) = exchange.reset {
        out.push_str(if side == exchange.asker { ", reset by asker" } else { ", reset by answerer" });
    }
    out
}

fn message(message: &Message) -> String {
    let mut out = match message.head.start() {
        StartLine::Request { method, target, .. } => format!("{method} {target}"),
        StartLine::Response { status, reason, .. } => format!("{status} {reason}").trim_end().to_owned(),
    };
    if !message.head.complete {
        out.push_str(" (cut)");
    }
    if message.completeness != Completeness::Complete {
        let _ = write!(out, " {:?}", message.completeness);
    }
    let body = &message.body;
    if body.seen.saturating_add(body.missing) > 0 {
        let _ = write!(out, " {}", body.seen);
        if body.missing > 0 {
            let _ = write!(out, "+{}", body.missing);
        }
    }
    if !body.bytes.is_empty() && body.bytes.len() < 40 {
        let _ = write!(out, " {:?}", String::from_utf8_lossy(&body.bytes));
    }
    out
}

/// Plays `text` and compares the exchanges, one line each.
#[track_caller]
pub(super) fn check(text: &str, expected: &str) -> Played {
    let played = play(text);
    let expected: Vec<_> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(played.ended, expected, "{:?}", played.noted());
    played
}
