//! Joins requests and responses, and says how each exchange ended.
//!
//! The exchanges of a flow stand in a queue in the order of their requests. The next response belongs to the first that has none. They leave the
//! queue in its order, each as soon as nothing more can change it.
//!
//! - A response whose head is read while no request waits is held. TCP hands up each direction by itself, so its request may follow: the next
//!   request is taken for it if it was sent before the response. If not, the response is handed up without a request when the next response
//!   comes, or at the end.
//! - A gap that holds the beginning of a response costs the exchange at the head of the queue its response. What is read behind it belongs to the
//!   last request that was sent before, as it does on connections that carry one exchange after the other (all known RVP programs).

pub(super) mod desk;

use crate::base::address::{PerSide, Side};
use crate::base::origin::PacketId;
use crate::base::time::Timestamp;
use crate::http::exchange::{Completeness, Exchange, ExchangeEnd, Framing, Message};
use crate::http::head::start::Role;
use crate::tcp::event::FlowInfo;
use std::collections::VecDeque;

/// The exchanges of a flow that are not over.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    /// The side that asks, once a start line was seen.
    asker: Option<Side>,
    /// In the order of their ordinals, without holes.
    open: VecDeque<Pending>,
    /// How many at the front of `open` need no response any more.
    answered: usize,
    /// The ordinal of the exchange whose request is being read.
    asking: Option<u32>,
    /// The ordinal of the exchange whose response is being read.
    answering: Option<u32>,
    next_ordinal: u32,
    closed: PerSide<Option<(Timestamp, PacketId)>>,
    reset: Option<(Side, Timestamp, PacketId)>,
    /// Whether a request may lie in a gap.
    asker_gap: bool,
    tunnel: bool,
}

/// Whether the final response of an exchange is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    /// It, or the rest of it, is.
    Yes,
    /// It may lie in a gap.
    PerhapsLost,
    /// It was seen, or began in a gap.
    No,
}

/// An exchange that is not over.
#[derive(Debug)]
struct Pending {
    exchange: Exchange,
    awaited: Awaited,
    /// Who closed or reset first while the exchange was open.
    cause: Option<ExchangeEnd>,
    /// When the first byte of a response was seen, interim ones included.
    answered_at: Option<Timestamp>,
    /// Whether the listener knows of it.
    announced: bool,
    keep_request: bool,
    keep_response: bool,
}

impl Pending {
    /// Whether the response, or the rest of it, is still to come. One without a length is there once its head is.
    fn waits_for_response(&self) -> bool {
        self.exchange.request.is_some()
            && self.awaited != Awaited::No
            && self.exchange.response.as_ref().is_none_or(|response| response.body.framing != Framing::UntilClose)
    }

    /// Whether nothing more can change the exchange although the flow goes on. `last` says that it is the latest one.
    fn is_over(&self, last: bool) -> bool {
        let exchange = &self.exchange;
        match &exchange.request {
            Some(request) if request.completeness == Completeness::Open => return false,
            None if last => return false,
            _ => {}
        }
        if self.awaited != Awaited::No {
            return exchange.response.is_none() && exchange.answerer_closed.is_some() && self.cause.is_some();
        }
        // An answer that came after the asker had closed may still be met by a RST.
        let late = |response: &Message| exchange.asker_closed.is_some_and(|(at, _)| at <= response.first);
        !exchange.response.as_ref().is_some_and(late)
    }

    fn end(&self, flow: &FlowInfo) -> ExchangeEnd {
        match &self.exchange.response {
            Some(response) if !matches!(response.completeness, Completeness::Open | Completeness::CutByEnd) => ExchangeEnd::Answered,
            None if self.awaited != Awaited::Yes || *flow.packets.get(self.exchange.asker.other()) == 0 => ExchangeEnd::NotCaptured,
            _ => self.cause.unwrap_or(match self.exchange.answerer_closed {
                Some(_) => ExchangeEnd::AnswererClosed,
                None => ExchangeEnd::CaptureEnded,
            }),
        }
    }

    fn message(&mut self, role: Role) -> Option<(&mut Message, bool)> {
        match role {
            Role::Asker => self.exchange.request.as_mut().map(|request| (request, self.keep_request)),
            Role::Answerer => self.exchange.response.as_mut().map(|response| (response, self.keep_response)),
        }
    }
}

impl Pairing {
    /// The side that asks, if that is known.
    pub(super) const fn asker(&self) -> Option<Side> {
        self.asker
    }

    /// Whether the connection went over to another protocol.
    pub(super) const fn is_tunnel(&self) -> bool {
        self.tunnel
    }

    /// Whether a request waits for its response, or for the rest of it.
    pub(super) fn is_waiting(&self) -> bool {
        self.open.iter().skip(self.answered).any(Pending::waits_for_response)
    }

    /// A gap may hold any of the responses that are still to come.
    fn doubt_responses(&mut self) {
        for pending in self.open.iter_mut().filter(|pending| pending.awaited == Awaited::Yes) {
            pending.awaited = Awaited::PerhapsLost;
        }
    }

    fn pending(&mut self, ordinal: u32) -> Option<&mut Pending> {
        let first = self.open.front()?.exchange.ordinal;
        self.open.get_mut(usize::try_from(ordinal.checked_sub(first)?).ok()?)
    }
}
