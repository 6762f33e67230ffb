//! A request and its response: the unit in which HTTP is handed up. Either half may be missing.

use crate::base::address::Side;
use crate::base::note::Notes;
use crate::base::origin::{Origin, PacketId};
use crate::base::time::Timestamp;
use crate::http::head::Head;
use crate::tcp::event::{FlowId, FlowInfo};

/// How a message's body is delimited (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// There is none: HEAD, 204, 304, 1xx, or a request without a length.
    #[default]
    None,
    /// Content-Length.
    Length(u64),
    /// Transfer-Encoding: chunked.
    Chunked,
    /// A response without a length: up to the connection's end, or up to the next status line (real RVP clients answer so and go on).
    UntilClose,
}

/// Whether a message is all there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Completeness {
    /// More may come.
    #[default]
    Open,
    /// All of it was seen.
    Complete,
    /// Bytes of it are not in the capture.
    CutByGap,
    /// The connection or the capture ended before it did.
    CutByEnd,
    /// The framing of its body is broken, so that its end cannot be known.
    Broken,
}

/// A body, as far as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// How it is delimited.
    pub framing: Framing,
    /// The bytes that are kept for reading, up to the first gap, without chunk framing; empty unless the listener asked for them. Once the message
    /// is over they are without content coding, too; those that can't be read are left out.
    pub bytes: Vec<u8>,
    /// Whether `bytes` lacks something that was seen: it was not asked for, is beyond the ceiling, behind a gap, or can't be read.
    pub left_out: bool,
    /// How many body bytes were seen on the wire, compressed if they are, chunk framing not counted.
    pub seen: u64,
    /// How many body bytes lie in gaps.
    pub missing: u64,
}

/// One HTTP message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Start line and header fields.
    pub head: Head,
    /// The body.
    pub body: Body,
    /// Whether it is all there.
    pub completeness: Completeness,
    /// When its first byte was seen.
    pub first: Timestamp,
    /// When its last byte so far was seen.
    pub last: Timestamp,
    /// The packets that carried it.
    pub origin: Origin,
}

impl Message {
    /// How many bytes its buffers take.
    pub(super) const fn memory(&self) -> usize {
        self.head.memory() + self.body.bytes.capacity()
    }
}

/// Why an exchange is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeEnd {
    /// The response was seen to its end.
    Answered,
    /// The asker closed (FIN) before it had a complete answer.
    AskerClosed,
    /// The asker reset the connection before it had a complete answer.
    AskerReset,
    /// The answerer closed before it had answered completely.
    AnswererClosed,
    /// The answerer reset the connection before it had answered completely.
    AnswererReset,
    /// The answer, or part of it, lies in a gap, or the direction of the answer is not in the capture, or too many requests waited to tell which
    /// answer it is.
    NotCaptured,
    /// The capture ended, or the flow was given up, while the exchange was open.
    CaptureEnded,
}

/// A request and its response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The flow that carried it.
    pub flow: FlowId,
    /// Its number on that flow, from 0.
    pub ordinal: u32,
    /// The side that asked.
    pub asker: Side,
    /// The request; `None` for an answer whose request is not in the capture.
    pub request: Option<Box<Message>>,
    /// Status codes of interim (1xx) responses.
    pub interim: Vec<u16>,
    /// The final response, if there was one.
    pub response: Option<Box<Message>>,
    /// When the asker closed its direction, if it did before the exchange was over.
    pub asker_closed: Option<(Timestamp, PacketId)>,
    /// When the answerer closed its direction, if it did before the exchange was over.
    pub answerer_closed: Option<(Timestamp, PacketId)>,
    /// Who reset the connection before the exchange was over, and when. Where the asker had closed before the answer came, the exchange waits
    /// for the flow's end, so that an answer that was met by a RST is known as such.
    pub reset: Option<(Side, Timestamp, PacketId)>,
    /// The packet that showed that the side which should answer does not speak HTTP, if it doesn't.
    pub answered_otherwise: Option<PacketId>,
    /// Why it is over; `None` while it is open.
    pub end: Option<ExchangeEnd>,
}

/// The layer above HTTP.
pub trait ExchangeListener {
    /// Whether the body of the message with this head is wanted. `request` is the request's head where `head` is its response.
    fn wants_body(&mut self, head: &Head, request: Option<&Head>) -> bool;

    /// Takes a look at an exchange whose first head was read (usually the request's), so that a held request is visible while it waits.
    fn opened(&mut self, flow: &FlowInfo, exchange: &Exchange);

    /// Takes an exchange that is over. What is odd about its meaning is noted in `notes`.
    fn ended(&mut self, flow: &FlowInfo, exchange: &Exchange, notes: &mut Notes);
}
