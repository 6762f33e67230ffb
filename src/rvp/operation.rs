//! The meaning of an exchange.

use super::asked::Asked;
use super::auth::{self, Authentication, Challenge};
pub use super::content::Content;
use super::content::Reading;
use super::identify::{self, Protocol};
use super::method::Method;
use super::names::Names;
use super::oddity::Oddities;
use super::principal::Principal;
use super::subscription::{CallBack, NotificationType};
use super::text;
use super::xml;
use crate::base::limits::Limits;
use crate::base::note::{Note, NoteKind, Notes};
use crate::http::exchange::{Completeness, Exchange, Message};
use crate::http::head::{Head, Known, StartLine};
use std::borrow::Cow;
use std::sync::Arc;

/// What an exchange means in RVP. Either half may be missing: then its fields are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Operation {
    /// The method; `Other("")` where the request wasn't seen.
    pub method: Method,
    /// The node that the request is about; empty where the request wasn't seen.
    pub node: Principal,
    /// RVP-From-Principal: who asks.
    pub from: Option<Principal>,
    /// Whether there is a Host.
    pub host: bool,
    /// RVP-Hop-Count: 1 from a client, 2 or 3 to a client (draft-osborne-rvp-00 §5.6).
    pub hop_count: Option<u32>,
    /// Subscription-Id of the request: the subscription that is renewed, ended or served.
    pub subscription_id: Option<Arc<str>>,
    /// Notification-Type.
    pub notification_type: Option<NotificationType>,
    /// Call-Back.
    pub call_back: Option<CallBack>,
    /// Subscription-Lifetime of the request in seconds.
    pub requested_s: Option<u64>,
    /// User-Agent.
    pub user_agent: Option<Arc<str>>,
    /// Authorization.
    pub authentication: Option<Box<Authentication>>,
    /// The request's body.
    pub request: Content,
    /// Whether the request's head was seen as a whole; if not, a missing field proves nothing.
    pub request_head_complete: bool,
    /// Whether the request line was seen as a whole; if not, the target and the node are only their beginnings.
    pub target_complete: bool,
    /// Whether all of the request was seen, body included.
    pub request_complete: bool,
    /// The status of the final answer.
    pub status: Option<u16>,
    /// Subscription-Id of the answer.
    pub granted_id: Option<Arc<str>>,
    /// Subscription-Lifetime of the answer in seconds: binding, whatever was asked for.
    pub granted_s: Option<u64>,
    /// Location of a redirect.
    pub location: Option<Arc<str>>,
    /// WWW-Authenticate, one entry per challenge.
    pub challenges: Vec<Challenge>,
    /// Whether there is a Server.
    pub server: bool,
    /// The answer's body.
    pub response: Content,
}

/// Reads exchanges, one after the other: into the same memory, as far as nobody keeps what it reads.
#[derive(Debug)]
pub struct Reader {
    limits: Limits,
    xml: xml::Reader,
    names: Names,
    asked: Asked,
}

impl Reader {
    /// A reader with these ceilings.
    pub fn new(limits: Limits) -> Self {
        Self { limits, xml: xml::Reader::default(), names: Names::default(), asked: Asked::default() }
    }
}

impl Operation {
    /// Reads of an exchange, which may have just begun, what tells who asks whom: method, node, speaker, hop count and Call-Back. All else stays empty.
    pub fn opening(exchange: &Exchange, reader: &mut Reader) -> Self {
        let mut operation = Self::default();
        if let Some(message) = &exchange.request {
            operation.read_asker(&message.head, &mut reader.names);
        }
        operation
    }

    /// Reads an exchange.
    ///
    /// What is odd is noted once, when the exchange is over.
    pub fn read(exchange: &Exchange, reader: &mut Reader, notes: &mut Notes) -> Self {
        Self::opening(exchange, reader).read_on(exchange, reader, notes)
    }

    /// Reads all else of an exchange of which the opening was read.
    #[must_use]
    pub fn read_on(mut self, exchange: &Exchange, reader: &mut Reader, notes: &mut Notes) -> Self {
        let Reader { limits, xml, names, asked } = reader;
        let over = exchange.end.is_some();
        let mut note = |message: &Message, oddities: &Oddities| {
            for kind in oddities.kinds().iter().filter(|_| over) {
                notes.add(Note::new(*kind, message.origin.clone()));
            }
        };
        if let Some(message) = &exchange.request {
            let mut oddities = Oddities::default();
            self.read_request(&message.head, names, &mut oddities);
            let asked = Some(asked).filter(|_| self.method == Method::Propfind);
            self.request = Content::read(message, Reading { over, echoes: false, asked, xml, names, limits }, &mut oddities);
            self.request_complete = message.completeness == Completeness::Complete;
            note(message, &oddities);
        }
        if let Some(message) = &exchange.response {
            let mut oddities = Oddities::default();
            self.read_response(&message.head, names);
            let echoes = matches!(self.request, Content::PropertyUpdate(_));
            self.response = Content::read(message, Reading { over, echoes, asked: None, xml, names, limits }, &mut oddities);
            note(message, &oddities);
        }
        self
    }

    fn read_asker(&mut self, head: &Head, names: &mut Names) {
        let host = value(head, Known::Host);
        self.host = host.is_some();
        if let StartLine::Request { method, target, minor } = head.start() {
            self.target_complete = minor.is_some();
            self.method = Method::from_token(method, names);
            self.node = names.node(host.as_deref(), target);
        }
        self.from = written(head, Known::RvpFromPrincipal).map(|from| names.principal(from));
        self.hop_count = number(head, Known::RvpHopCount).map(|hops| u32::try_from(hops).unwrap_or(u32::MAX));
        self.call_back = written(head, Known::CallBack).map(|call_back| CallBack::new(names.word(call_back)));
        self.request_head_complete = head.complete;
    }

    fn read_request(&mut self, head: &Head, names: &mut Names, oddities: &mut Oddities) {
        self.subscription_id = written(head, Known::SubscriptionId).map(|id| names.word(id));
        self.notification_type = written(head, Known::NotificationType).map(NotificationType::new);
        self.requested_s = number(head, Known::SubscriptionLifetime);
        self.user_agent = written(head, Known::UserAgent).map(|program| names.word(program));
        self.authentication = head.known(Known::Authorization).map(|value| Box::new(auth::read_authorization(value)));
        if head.complete && written(head, Known::RvpNotificationsVersion).is_none() {
            oddities.add(NoteKind::VersionMissing);
        }
        if head.complete && self.authentication.as_ref().is_some_and(|brought| brought.is_unreadable()) {
            oddities.add(NoteKind::AuthUnreadable);
        }
    }

    fn read_response(&mut self, head: &Head, names: &mut Names) {
        // The HTTP layer reads a status of other than three digits as 0.
        self.status = head.status().filter(|status| *status >= 100);
        self.granted_id = written(head, Known::SubscriptionId).map(|id| names.word(id));
        self.granted_s = number(head, Known::SubscriptionLifetime);
        self.location = value(head, Known::Location).map(Arc::from);
        self.server = written(head, Known::Server).is_some();
        self.challenges = auth::read_challenges(head.all_known(Known::WwwAuthenticate));
    }
}

/// Whether the body of the message with this head is worth keeping. `request` is the request's head where `head` is its response.
pub fn wants_body(head: &Head, request: Option<&Head>) -> bool {
    let protocol = match head.start() {
        StartLine::Request { .. } => identify::identify(Some(head), None),
        StartLine::Response { .. } => identify::identify(request, Some(head)),
    };
    protocol == Protocol::Rvp
}

/// A header field as it was written; an empty one counts as none.
#[inline]
fn written(head: &Head, field: Known) -> Option<&str> {
    head.known(field).filter(|value| !text::trim(value).is_empty())
}

/// The value of a header field as it is kept.
fn value(head: &Head, field: Known) -> Option<Cow<'_, str>> {
    written(head, field).map(text::kept)
}

/// The number that is the value of a header field.
fn number(head: &Head, field: Known) -> Option<u64> {
    text::number(text::capped(written(head, field)?, text::VALUE_BYTES))
}

#[cfg(test)]
mod tests;
