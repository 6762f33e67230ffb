//! The beginning of an exchange: who meets, and what of it counts before its end.

use super::Correlator;
use crate::base::address::Endpoint;
use crate::base::time::Timestamp;
use crate::http::exchange::Exchange;
use crate::rvp::identify::Protocol;
use crate::rvp::operation::Operation;
use crate::session::model::SessionId;
use crate::session::outline::Outline;
use crate::session::roles::Role;
use crate::tcp::event::{FlowId, FlowInfo};

/// What of an exchange matters as soon as its first head was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The flow that carries it.
    pub flow: FlowId,
    /// Who asks.
    pub asker: Endpoint,
    /// Who should answer.
    pub answerer: Endpoint,
    /// When the request began; `None` for an answer whose request is not in the capture.
    pub asked: Option<Timestamp>,
    /// Whether an answer was seen.
    pub answered: bool,
    /// What it belongs to.
    pub protocol: Protocol,
}

impl Opening {
    /// What is known of `exchange` so far.
    pub fn of(exchange: &Exchange, flow: &FlowInfo, protocol: Protocol) -> Self {
        Self {
            flow: flow.id,
            asker: flow.endpoint(exchange.asker),
            answerer: flow.endpoint(exchange.asker.other()),
            asked: exchange.request.as_ref().map(|request| request.first),
            answered: exchange.response.is_some(),
            protocol,
        }
    }
}

impl From<&Outline> for Opening {
    fn from(outline: &Outline) -> Self {
        Self {
            flow: outline.flow,
            asker: outline.asker,
            answerer: outline.answerer,
            asked: outline.request.as_ref().map(|request| request.first),
            answered: outline.response.is_some(),
            protocol: outline.protocol,
        }
    }
}

/// Of whom an exchange shows something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meeting {
    /// Of nobody who speaks RVP.
    Others,
    /// Of the answerer alone: the request is not in the capture.
    Answerer,
    /// Of both who speak RVP.
    Both,
}

/// What the correlator remembers of an open flow.
#[derive(Debug, Default)]
pub(super) struct FlowMemory {
    pub(super) session: Option<SessionId>,
    pub(super) rvp: bool,
    pub(super) callbacks: u32,
    /// Who asked on it last, whether an answer was seen then, and whether who answers is known as a server: what `roles` need not be told again.
    met: Option<(Endpoint, bool)>,
    served: bool,
}

impl Correlator {
    /// Takes note of who met in an exchange.
    pub(super) fn greet(&mut self, opening: &Opening) -> Meeting {
        let Opening { flow, asker, answerer, asked, answered, protocol } = *opening;
        let alone = asked.is_none();
        let meeting = if alone { Meeting::Answerer } else { Meeting::Both };
        let met = |before: (Endpoint, bool)| before.0 == asker && before.1 >= answered;
        if !alone && self.flows.get(&flow).is_some_and(|memory| memory.met.is_some_and(met)) {
            return meeting;
        }
        if !alone {
            self.roles.spoke(asker.ip);
            self.roles.was_reached(answerer.ip);
        }
        if answered {
            self.roles.spoke(answerer.ip);
            self.roles.was_reached(asker.ip);
        }
        if protocol != Protocol::Rvp && !self.is_rvp_by_company(flow, asker, answerer, alone) {
            return Meeting::Others;
        }
        let memory = self.flows.entry(flow).or_default();
        memory.rvp = true;
        if !alone {
            memory.served &= memory.met.is_some_and(|(before, _)| before == asker);
            memory.met = Some((asker, answered));
        }
        meeting
    }

    /// What an RVP request is, as far as is known by now.
    pub(super) fn role(&self, asker: Endpoint, answerer: Endpoint, operation: &Operation) -> Role {
        let at_home = || Self::speaker(operation).is_some_and(|speaker| self.directory.find(asker.ip, Some(&speaker)).is_some());
        let to_client = || self.directory.has_any(answerer.ip);
        self.roles.role(operation, asker, answerer, at_home, to_client)
    }

    /// Takes note that a request on `flow` went to `server`, which acts as one.
    pub(super) fn serves(&mut self, flow: FlowId, server: Endpoint) {
        if let Some(memory) = self.flows.get_mut(&flow) {
            if memory.served {
                return;
            }
            memory.served = true;
        }
        self.roles.is_server(server);
    }

    /// A cut head, or an answer `alone`, could not tell: its connection or its addresses may. That the answerer serves RVP is not enough for an
    /// answer alone, since the same address may serve other things.
    fn is_rvp_by_company(&self, flow: FlowId, asker: Endpoint, answerer: Endpoint, alone: bool) -> bool {
        self.flows.get(&flow).is_some_and(|memory| memory.rvp)
            || (self.roles.serves(answerer) && !alone)
            || self.roles.listener(answerer).is_some()
            || (self.roles.serves_at(asker.ip) && self.directory.has_any(answerer.ip))
    }
}
