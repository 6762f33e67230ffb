//! Facts: what happened, as values, in the order in which it became certain. Events tell the same to people; rules judge facts.
//!
//! A fact is handed on and not kept, so that it may say more than the model remembers, and lend what it says.

use crate::base::address::Endpoint;
use crate::base::fate::Fate;
use crate::base::origin::Packed;
use crate::base::time::Timestamp;
use crate::rvp::auth::Scheme;
use crate::rvp::method::Method;
use crate::rvp::principal::Principal;
use crate::rvp::subscription::CallBack;
use crate::session::callback::CallbackAttempt;
use crate::session::model::{MessageKind, SessionId};
use crate::session::polling::PollCycle;
use std::sync::Arc;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact<'a> {
    /// When it began.
    pub at: Timestamp,
    /// The session it belongs to, if it belongs to one.
    pub session: Option<SessionId>,
    /// What it is.
    pub what: What<'a>,
    /// The packets that prove it.
    pub origin: Packed,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a request is lent to the rules at once; only what is small waits")]
pub enum What<'a> {
    /// A client's request is over, answered or not.
    Request(Request<'a>),
    /// A callback is over.
    Callback(Arc<CallbackAttempt>),
    /// A request was answered 401, and nothing followed.
    Unfollowed(Box<Unfollowed>),
    /// A client could not connect to its server.
    Unconnected(Box<Unconnected>),
    /// Of a connection that is over, something is not in the capture.
    Incomplete(Incomplete),
    /// A polling-like cycle is over, or the capture is.
    Cycle(Box<PollCycle>),
}

/// A request that was answered 401, and that was not asked again.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfollowed {
    /// The method.
    pub method: Method,
    /// Who was asked.
    pub server: Endpoint,
    /// How many 401 there were.
    pub count: u32,
    /// When the last of them began.
    pub last: Timestamp,
    /// The scheme of the credentials that the last of them refused; `None` where it met a request without credentials, or the first message of a
    /// handshake.
    pub refused: Option<Scheme>,
    /// Whether the last request brought the end of an NTLM handshake on a connection that began with it: a handshake belongs to one connection.
    pub strayed: bool,
}

/// A client's connection to its server that did not come up.
#[derive(Clone, Debug, PartialEq)]
pub struct Unconnected {
    /// Who tried.
    pub client: Endpoint,
    /// To whom.
    pub server: Endpoint,
    /// How it ended: refused, unanswered or unreachable.
    pub fate: Fate,
    /// How many SYNs were seen.
    pub attempts: u32,
}

/// What the capture lacks of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incomplete {
    /// Bytes that sequence numbers or acknowledgments prove and that are not there.
    pub missing: u64,
    /// Whether one direction is missing altogether, although the connection was up.
    pub one_direction: bool,
    /// Whether RVP was spoken on it, as far as it can be seen.
    pub rvp: bool,
}

/// A client's request and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a Method,
    /// The node that it is about.
    pub node: &'a Principal,
    /// Who asked.
    pub client: Endpoint,
    /// Who was asked.
    pub server: Endpoint,
    /// When the answer began; `None` if none was seen.
    pub answered: Option<Timestamp>,
    /// The final status; 401 is left out where the request was asked again with credentials.
    pub status: Option<u16>,
    /// Whether it is certain that no answer came: the connection ended without one, and nothing of it is missing in the capture.
    pub unanswered: bool,
    /// Whether it is a log-on: a SUBSCRIBE of type `pragma/notify`.
    pub log_on: bool,
    /// Call-Back.
    pub call_back: Option<&'a CallBack>,
    /// Whether the request's head was seen as a whole; if not, a missing field proves nothing.
    pub head_complete: bool,
    /// The subscription that it names.
    pub subscription: Option<&'a str>,
    /// The subscription that the answer grants.
    pub granted: Option<&'a str>,
    /// Its lifetime in seconds, as the answer grants it.
    pub granted_s: Option<u64>,
    /// Location of a redirect.
    pub location: Option<&'a str>,
    /// The scheme of the credentials that it brought.
    pub credentials: Option<&'a Scheme>,
    /// How many 401 came before its answer.
    pub challenges: u32,
    /// The presence that it sets, and the lease in seconds; `None`, too, where an answer that is a success as a whole refuses it.
    pub presence: Option<(&'a str, Option<u64>)>,
    /// The lease in seconds as the answer grants it, where it says so.
    pub presence_granted_s: Option<u64>,
    /// What its NOTIFY carries.
    pub carries: Option<MessageKind>,
    /// How many notifications its answer brings, as the answer to a poll does.
    pub brings: usize,
}
