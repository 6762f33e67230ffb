//! The beginning of an exchange: what of it counts before its end.

use crate::base::address::Endpoint;
use crate::base::time::Timestamp;
use crate::http::exchange::Exchange;
use crate::rvp::identify::Protocol;
use crate::session::outline::Outline;
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
