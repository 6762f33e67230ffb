//! An exchange as the session model needs it: who met, when, and how it ended. The heads and bodies stay with the layers below.

use super::callback::Answerer;
use super::polling::signature;
use crate::base::address::Endpoint;
use crate::base::origin::{Origin, Packed, PacketId};
use crate::base::time::Timestamp;
use crate::http::exchange::{Completeness, Exchange, ExchangeEnd, Message};
use crate::rvp::identify::Protocol;
use crate::rvp::method::Method;
use crate::rvp::operation::Operation;
use crate::settings::Signature;
use crate::tcp::event::{FlowId, FlowInfo};

/// What of an exchange matters besides what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// The flow that carried it.
    pub flow: FlowId,
    /// Its number on that flow, from 0.
    pub ordinal: u32,
    /// Who asked.
    pub asker: Endpoint,
    /// Who should answer.
    pub answerer: Endpoint,
    /// What it belongs to.
    pub protocol: Protocol,
    /// The connection that carried it.
    pub connection: Connection,
    /// The request; `None` for an answer whose request is not in the capture.
    pub request: Option<Half>,
    /// The final response, if there was one.
    pub response: Option<Half>,
    /// The packets of both.
    pub origin: Packed,
    /// The status as the response's head has it.
    pub status: Option<u16>,
    /// Who answered, by the words of the answer's head, where the exchange may be a callback.
    pub answered_by: Option<Answerer>,
    /// When the asker closed its direction, if it did before the exchange was over.
    pub asker_closed: Option<(Timestamp, PacketId)>,
    /// When the answerer closed its direction, if it did before the exchange was over.
    pub answerer_closed: Option<(Timestamp, PacketId)>,
    /// When the connection was reset before the exchange was over, and whether by the asker.
    pub reset: Option<(bool, Timestamp, PacketId)>,
    /// The packet that showed that the side which should answer does not speak HTTP, if it doesn't.
    pub answered_otherwise: Option<PacketId>,
    /// Why it is over; `None` while it is open.
    pub end: Option<ExchangeEnd>,
    /// The signatures of polls that the request fits, each a bit: the first is the lowest.
    pub fits: u32,
    /// Which of the texts that are looked for its bytes hold, each a bit: the first is the lowest.
    pub hits: u64,
}

/// The connection of an exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// When its first packet was seen.
    pub opened: Timestamp,
    /// How many SYNs (without ACK) the initiator sent.
    pub syns: u32,
    /// Whether the capture starts in its middle (no SYN seen).
    pub mid_stream: bool,
    /// The packets of its opening.
    pub opening: Origin,
}

/// A message of an exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Half {
    /// When its first byte was seen.
    pub first: Timestamp,
    /// When its last byte so far was seen.
    pub last: Timestamp,
    /// Whether all of it was seen.
    pub complete: bool,
    /// The size of its head as it is usually written, in bytes.
    pub head: u64,
    /// How many bytes of its body were seen.
    pub body: u64,
}

impl Half {
    fn of(message: &Message) -> Self {
        Self {
            first: message.first,
            last: message.last,
            complete: message.completeness == Completeness::Complete,
            head: message.head.written_bytes() as u64,
            body: message.body.seen,
        }
    }

    /// The size of the message: its head as it is usually written, and what was seen of its body.
    pub const fn bytes(&self) -> u64 {
        self.head.saturating_add(self.body)
    }
}

impl Outline {
    /// The outline of `exchange` on `flow`, which means `operation` and belongs to `protocol`. Its request is held against `signatures`.
    pub fn of(exchange: &Exchange, flow: &FlowInfo, protocol: Protocol, operation: &Operation, signatures: &[Signature]) -> Self {
        // Only NOTIFYs are called back, as far as one can see.
        let may_be_callback = exchange.request.is_none() || operation.method == Method::Notify;
        let answer = exchange.response.as_deref();
        Self {
            flow: exchange.flow,
            ordinal: exchange.ordinal,
            asker: flow.endpoint(exchange.asker),
            answerer: flow.endpoint(exchange.asker.other()),
            protocol,
            connection: Connection {
                opened: flow.opened,
                syns: flow.syns,
                mid_stream: flow.mid_stream,
                opening: if may_be_callback { flow.opening.origin() } else { Origin::default() },
            },
            request: exchange.request.as_deref().map(Half::of),
            response: answer.map(Half::of),
            origin: match (exchange.request.as_deref(), answer) {
                (Some(request), Some(answer)) => Packed::both(&request.origin, &answer.origin),
                (one, other) => one.or(other).map(|only| Packed::from(&only.origin)).unwrap_or_default(),
            },
            status: answer.and_then(|answer| answer.head.status()),
            answered_by: answer.filter(|_| may_be_callback).map(|answer| Answerer::new(&answer.head)),
            asker_closed: exchange.asker_closed,
            answerer_closed: exchange.answerer_closed,
            reset: exchange.reset.map(|(side, at, packet)| (side == exchange.asker, at, packet)),
            answered_otherwise: exchange.answered_otherwise,
            end: exchange.end,
            fits: signature::fitting(signatures, exchange, operation),
            hits: 0,
        }
    }

    /// When its first message began.
    pub fn first(&self) -> Option<Timestamp> {
        self.request.as_ref().or(self.response.as_ref()).map(|half| half.first)
    }

    /// When the answer began, if there was one.
    pub fn answered(&self) -> Option<Timestamp> {
        self.response.as_ref().map(|response| response.first)
    }
}
