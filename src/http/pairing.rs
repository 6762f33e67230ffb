//! Joins requests and responses, and says how each exchange ended.
//!
//! The exchanges of a flow stand in a queue in the order of their requests. The next response belongs to the first that has none. They leave the
//! queue in its order, each as soon as nothing more can change it.
//!
//! - Where too many wait, the last one is given up when the next request comes. All that is kept of it is that a response to it may come.
//! - A response that finds no request is held. TCP hands up each direction by itself, so its request may follow, even that of a long row of
//!   responses. [`matching`] says which response a request takes, and which ones have lost their requests.
//! - A gap that holds the beginning of a response costs the exchange at the head of the queue its response. What is read behind it belongs to the
//!   last request that was sent before, as it does on connections that carry one exchange after the other (all known RVP programs).

pub(super) mod desk;
mod matching;

use crate::base::address::{PerSide, Side};
use crate::base::origin::PacketId;
use crate::base::time::{Span, Timestamp};
use crate::http::exchange::{Completeness, Exchange, ExchangeEnd, Framing, Message};
use crate::http::head::start::Role;
use crate::tcp::event::FlowInfo;
use std::collections::VecDeque;

/// The exchanges of a flow that are not over.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    /// The side that asks, once a start line was seen.
    asker: Option<Side>,
    /// Those with a request, in the order of their ordinals.
    open: VecDeque<Box<Pending>>,
    /// How many at the front of `open` need no response any more.
    answered: usize,
    /// Responses that found no request, in their order. They get their ordinal with the request, or when they are handed up without one.
    unasked: VecDeque<Box<Pending>>,
    /// The ordinal of the exchange whose request is being read.
    asking: Option<u32>,
    /// Where the response stands that is being read.
    answering: Option<Answering>,
    next_ordinal: u32,
    closed: PerSide<Option<(Timestamp, PacketId)>>,
    reset: Option<(Side, Timestamp, PacketId)>,
    /// Whether a request may lie in a gap.
    asker_gap: bool,
    /// Whether a response may lie in a gap.
    answerer_gap: bool,
    /// How much earlier than its request a response was seen, at most, while no request could be missing: the two directions of a capture may
    /// be offset against each other.
    lead: Span,
    tunnel: bool,
    /// The packet that showed that the side which should answer does not speak HTTP.
    not_http: Option<PacketId>,
}

/// Where a response stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answering {
    /// In the exchange with this ordinal.
    Asked(u32),
    /// At the end of those that found no request.
    Unasked,
    /// Nowhere: its request was given up because too many waited.
    GivenUp,
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
pub(super) struct Pending {
    pub(super) exchange: Exchange,
    awaited: Awaited,
    /// Who closed or reset first while the exchange was open.
    cause: Option<ExchangeEnd>,
    /// When the first byte of the request was seen; as long as there is none, that of the response (interim ones included).
    first: Timestamp,
    /// How many requests directly before this one were given up, and their responses are still to come.
    given_up: u32,
    /// Without a request: no request that is still to come can be its own.
    orphan: bool,
    /// When the last response was seen that found no request before this one and was too early for it.
    passed_over: Option<Timestamp>,
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

    /// Whether nothing more can change the exchange although the flow goes on.
    fn is_over(&self) -> bool {
        let exchange = &self.exchange;
        match &exchange.request {
            Some(request) if request.completeness == Completeness::Open => return false,
            None if !self.orphan => return false,
            _ => {}
        }
        if self.awaited != Awaited::No {
            return exchange.response.is_none() && exchange.answerer_closed.is_some() && self.cause.is_some();
        }
        // An answer that came after the asker had closed may still be met by a RST.
        let late = |response: &Message| exchange.asker_closed.is_some_and(|(at, _)| at <= response.first);
        !exchange.response.as_deref().is_some_and(late)
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
            Role::Asker => self.exchange.request.as_deref_mut().map(|request| (request, self.keep_request)),
            Role::Answerer => self.exchange.response.as_deref_mut().map(|response| (response, self.keep_response)),
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

    /// The side that should answer does not speak HTTP, as this packet showed.
    pub(super) fn answers_otherwise(&mut self, packet: PacketId) {
        self.not_http.get_or_insert(packet);
    }

    /// Whether a request waits for its response, or for the rest of it.
    pub(super) fn is_waiting(&self) -> bool {
        self.open.iter().skip(self.answered).any(|pending| pending.waits_for_response())
    }

    /// A gap may hold any of the responses that are still to come.
    fn doubt_responses(&mut self) {
        self.answerer_gap = true;
        for pending in self.all().filter(|pending| pending.awaited == Awaited::Yes) {
            pending.awaited = Awaited::PerhapsLost;
        }
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Pending> {
        self.open.iter_mut().chain(&mut self.unasked).map(|pending| &mut **pending)
    }

    fn pending(&mut self, ordinal: u32) -> Option<&mut Pending> {
        // Usually there is only one.
        if self.open.back().is_none_or(|last| last.exchange.ordinal != ordinal) {
            let index = self.open.binary_search_by_key(&ordinal, |pending| pending.exchange.ordinal).ok()?;
            return self.open.get_mut(index).map(|pending| &mut **pending);
        }
        self.open.back_mut().map(|pending| &mut **pending)
    }

    /// The exchange whose response stands there.
    fn answered(&mut self, answering: Answering) -> Option<&mut Pending> {
        match answering {
            Answering::Asked(ordinal) => self.pending(ordinal),
            Answering::Unasked => self.unasked.back_mut().map(|pending| &mut **pending),
            Answering::GivenUp => None,
        }
    }

    fn take_ordinal(&mut self) -> u32 {
        let ordinal = self.next_ordinal;
        self.next_ordinal = ordinal.saturating_add(1);
        ordinal
    }
}
