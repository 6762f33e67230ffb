//! One TCP connection: recognises HTTP by content and turns the connection's events into exchanges.
//!
//! Either side may speak first, and either may ask. The first start line decides who asks; the other side's part follows from it. A side whose
//! first line is no start line does not speak HTTP. Once both are known not to, only their bytes are counted; while only one has spoken, it is
//! counted and the other may still turn out to speak HTTP.

use crate::base::address::{PerSide, Side};
use crate::base::ledger::StreamLedger;
use crate::base::limits::Limits;
use crate::base::note::{NoteKind, Notes};
use crate::base::origin::{Origin, PacketId};
use crate::http::exchange::{Completeness, ExchangeListener};
use crate::http::pairing::Pairing;
use crate::http::pairing::desk::Desk;
use crate::http::spare::Spare;
use crate::http::stream::Stream;
use crate::http::stream::sink::Mark;
use crate::tcp::event::{FlowEvent, FlowInfo, Interest};

/// What a flow needs of the analysis it is part of.
pub struct Context<'a, L> {
    /// The ceilings.
    pub limits: &'a Limits,
    /// Counts each byte once.
    pub tally: &'a mut StreamLedger,
    /// Counts what is odd.
    pub notes: &'a mut Notes,
    /// Memory that is used again.
    pub spare: &'a mut Spare,
    /// The layer above.
    pub listener: &'a mut L,
}

/// The HTTP state of one flow.
#[derive(Debug, Default)]
pub struct HttpFlow {
    state: State,
}

/// Most flows of a capture may be connection attempts or other protocols, so only those that speak have more than a word of state.
#[derive(Debug, Default)]
enum State {
    #[default]
    Silent,
    Speaking(Box<Conversation>),
    NotHttp {
        /// Whether it was HTTP first.
        left: bool,
    },
    /// The flow has ended. It is remembered for a while, but nothing more comes.
    Over {
        /// Whether it was HTTP.
        http: bool,
    },
}

#[derive(Debug, Default)]
struct Conversation {
    streams: PerSide<Stream>,
    pairing: Pairing,
    noted_not_http: bool,
}

impl HttpFlow {
    /// Takes one event of the flow.
    pub fn event<L: ExchangeListener>(&mut self, flow: &FlowInfo, event: FlowEvent<'_>, context: &mut Context<'_, L>) -> Interest {
        match event {
            FlowEvent::Counted { len, .. } => context.tally.not_http += len,
            FlowEvent::Opened | FlowEvent::Established => {}
            FlowEvent::Data { bytes, .. } if self.is_not_http() => context.tally.not_http += bytes.len() as u64,
            FlowEvent::Reset { .. } | FlowEvent::Ended { .. } if matches!(self.state, State::Silent) => {}
            _ => {
                if matches!(self.state, State::Silent) {
                    self.state = State::Speaking(Box::default());
                }
                if let State::Speaking(conversation) = &mut self.state {
                    conversation.event(flow, event, context);
                    let http = conversation.pairing.asker().is_some();
                    if conversation.is_over_for_http() {
                        self.state = State::NotHttp { left: http };
                    } else if matches!(event, FlowEvent::Ended { .. }) {
                        self.state = State::Over { http };
                    }
                }
            }
        }
        if self.is_not_http() { Interest::Count } else { Interest::Bytes }
    }

    /// Whether a request waits for its response, or for the rest of it.
    pub fn is_waiting(&self) -> bool {
        match &self.state {
            State::Speaking(conversation) => conversation.pairing.is_waiting(),
            State::Silent | State::NotHttp { .. } | State::Over { .. } => false,
        }
    }

    /// Whether a start line was seen.
    pub fn is_http(&self) -> bool {
        match &self.state {
            State::Silent => false,
            State::Speaking(conversation) => conversation.pairing.asker().is_some(),
            State::NotHttp { left: http } | State::Over { http } => *http,
        }
    }

    fn is_not_http(&self) -> bool {
        matches!(self.state, State::NotHttp { .. })
    }
}

impl Conversation {
    fn event<L: ExchangeListener>(&mut self, flow: &FlowInfo, event: FlowEvent<'_>, context: &mut Context<'_, L>) {
        let anywhere = flow.mid_stream;
        match event {
            FlowEvent::Data { side, bytes, at, packet } => {
                let (stream, mut desk) = self.side(side, flow, context);
                stream.data(bytes, Mark { at, packet }, anywhere, &mut desk);
                self.look_around(side, packet, flow, context);
            }
            FlowEvent::Gap { side, len, .. } => {
                let (stream, mut desk) = self.side(side, flow, context);
                stream.gap(len, anywhere, &mut desk);
            }
            FlowEvent::Closed { side, at, packet } => {
                let (stream, mut desk) = self.side(side, flow, context);
                desk.closed(at, packet);
                stream.finish(Completeness::Complete, &mut desk);
                desk.settle(false);
            }
            FlowEvent::Reset { side, at, packet } => {
                let (_, mut desk) = self.side(side, flow, context);
                desk.reset(at, packet);
                let cut_by = self.pairing.asker().map(Side::other) == Some(side);
                self.finish(if cut_by { Completeness::CutByEnd } else { Completeness::Complete }, flow, context);
            }
            FlowEvent::Ended { .. } => self.finish(Completeness::Complete, flow, context),
            FlowEvent::Opened | FlowEvent::Established | FlowEvent::Counted { .. } => {}
        }
    }

    /// Ends both streams and all exchanges.
    fn finish<L: ExchangeListener>(&mut self, lengthless: Completeness, flow: &FlowInfo, context: &mut Context<'_, L>) {
        // The asker first, so that an answer that is still held finds its request.
        let asker = self.pairing.asker().unwrap_or(Side::Initiator);
        for side in [asker, asker.other()] {
            let (stream, mut desk) = self.side(side, flow, context);
            stream.finish(lengthless, &mut desk);
        }
        self.side(asker, flow, context).1.settle(true);
    }

    /// After bytes of `side`: notes an answer that is not HTTP, and follows a change of protocol on the other side too.
    fn look_around<L: ExchangeListener>(&mut self, side: Side, packet: PacketId, flow: &FlowInfo, context: &mut Context<'_, L>) {
        let rejected = self.streams.initiator.is_rejected() || self.streams.responder.is_rejected();
        if rejected && self.pairing.asker().is_some() && !self.noted_not_http {
            self.noted_not_http = true;
            self.pairing.answers_otherwise(packet);
            context.notes.count(NoteKind::AnswerNotHttp, || Origin::of(packet));
        }
        if self.pairing.is_tunnel() {
            for side in [side, side.other()] {
                let (stream, mut desk) = self.side(side, flow, context);
                stream.leave_http(&mut desk);
            }
            self.side(side, flow, context).1.settle(true);
        }
    }

    fn is_over_for_http(&self) -> bool {
        self.streams.initiator.is_not_http() && self.streams.responder.is_not_http()
    }

    fn side<'a, 'c, L: ExchangeListener>(
        &'a mut self,
        side: Side,
        flow: &'a FlowInfo,
        context: &'a mut Context<'c, L>,
    ) -> (&'a mut Stream, Desk<'a, 'c, L>) {
        (self.streams.get_mut(side), Desk { flow, side, pairing: &mut self.pairing, context })
    }
}

#[cfg(test)]
mod tests;
