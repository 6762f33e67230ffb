//! The meaning of an exchange.

use super::auth::{self, Authentication, Challenge};
pub use super::content::Content;
use super::content::Reading;
use super::identify::{self, Protocol};
use super::method::Method;
use super::oddity::Oddities;
use super::principal::{self, Principal};
use super::subscription::{CallBack, NotificationType};
use super::text;
use super::xml;
use crate::base::limits::Limits;
use crate::base::note::{Note, NoteKind, Notes};
use crate::http::exchange::{Completeness, Exchange, Message};
use crate::http::head::{Head, Known, StartLine};
use std::borrow::Cow;

/// What an exchange means in RVP. Either half may be missing: then its fields are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The method; `Other("")` where the request wasn't seen.
    pub method: Method,
    /// The request target as it was written.
    pub target: String,
    /// The URL of the node that the request is about; empty where the request wasn't seen.
    pub node: String,
    /// RVP-From-Principal: who asks.
    pub from: Option<Principal>,
    /// Host.
    pub host: Option<String>,
    /// RVP-Notifications-Version of the request: `0.2` in all real programs, `1.0` in the draft's examples.
    pub version: Option<String>,
    /// RVP-Hop-Count: 1 from a client, 2 or 3 to a client (draft-osborne-rvp-00 §5.6).
    pub hop_count: Option<u32>,
    /// RVP-Ack-Type: `SingleHop`, `DeepOr` or `DeepAnd`.
    pub ack_type: Option<String>,
    /// Subscription-Id of the request: the subscription that is renewed, ended or served.
    pub subscription_id: Option<String>,
    /// Notification-Type.
    pub notification_type: Option<NotificationType>,
    /// Call-Back.
    pub call_back: Option<CallBack>,
    /// Subscription-Lifetime of the request in seconds.
    pub requested_s: Option<u64>,
    /// Depth.
    pub depth: Option<String>,
    /// User-Agent.
    pub user_agent: Option<String>,
    /// Authorization.
    pub authentication: Option<Authentication>,
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
    /// RVP-Notifications-Version of the answer.
    pub answer_version: Option<String>,
    /// Subscription-Id of the answer.
    pub granted_id: Option<String>,
    /// Subscription-Lifetime of the answer in seconds: binding, whatever was asked for.
    pub granted_s: Option<u64>,
    /// Location of a redirect.
    pub location: Option<String>,
    /// WWW-Authenticate, one entry per challenge.
    pub challenges: Vec<Challenge>,
    /// Server.
    pub server: Option<String>,
    /// The answer's body.
    pub response: Content,
}

/// Reads exchanges, one after the other: into the same memory, as far as nobody keeps what it reads.
#[derive(Debug)]
pub struct Reader {
    limits: Limits,
    xml: xml::Reader,
}

impl Reader {
    /// A reader with these ceilings.
    pub fn new(limits: Limits) -> Self {
        Self { limits, xml: xml::Reader::default() }
    }
}

/// The header that tells RVP's version.
const VERSION: &str = "RVP-Notifications-Version";

impl Operation {
    /// Reads of an exchange that has just begun what tells who asks whom: method, node, speaker, hop count and Call-Back. All else stays empty.
    pub fn opening(exchange: &Exchange) -> Self {
        let mut operation = Self::unseen();
        if let Some(message) = &exchange.request {
            operation.read_asker(&message.head);
        }
        operation
    }

    /// Reads an exchange.
    ///
    /// What is odd is noted once, when the exchange is over.
    pub fn read(exchange: &Exchange, reader: &mut Reader, notes: &mut Notes) -> Self {
        let Reader { limits, xml } = reader;
        let over = exchange.end.is_some();
        let mut note = |message: &Message, oddities: &Oddities| {
            for kind in oddities.kinds().iter().filter(|_| over) {
                notes.add(Note::new(*kind, message.origin.clone()));
            }
        };
        let mut operation = Self::unseen();
        if let Some(message) = &exchange.request {
            let mut oddities = Oddities::default();
            operation.read_request(&message.head, &mut oddities);
            operation.request = Content::read(message, Reading { over, echoes: false, xml, limits }, &mut oddities);
            operation.request_complete = message.completeness == Completeness::Complete;
            note(message, &oddities);
        }
        if let Some(message) = &exchange.response {
            let mut oddities = Oddities::default();
            operation.read_response(&message.head);
            let echoes = matches!(operation.request, Content::PropertyUpdate(_));
            operation.response = Content::read(message, Reading { over, echoes, xml, limits }, &mut oddities);
            note(message, &oddities);
        }
        operation
    }

    fn read_asker(&mut self, head: &Head) {
        let value = |name: &str| value(head, name);
        self.host = value("Host").map(Cow::into_owned);
        if let StartLine::Request { method, target, minor } = head.start() {
            self.target_complete = minor.is_some();
            self.method = Method::from_token(method);
            self.target = text::value(target);
            self.node = principal::node_url(self.host.as_deref(), target);
        }
        self.from = value("RVP-From-Principal").map(|from| Principal::new(&from));
        self.hop_count = value("RVP-Hop-Count").and_then(|hops| text::number(&hops)).map(|hops| u32::try_from(hops).unwrap_or(u32::MAX));
        self.call_back = value("Call-Back").map(|call_back| CallBack::new(&call_back));
        self.request_head_complete = head.complete;
    }

    fn read_request(&mut self, head: &Head, oddities: &mut Oddities) {
        self.read_asker(head);
        let value = |name: &str| value(head, name);
        self.version = value(VERSION).map(Cow::into_owned);
        self.ack_type = value("RVP-Ack-Type").map(Cow::into_owned);
        self.subscription_id = value("Subscription-Id").map(Cow::into_owned);
        self.notification_type = value("Notification-Type").map(|kind| NotificationType::new(&kind));
        self.requested_s = value("Subscription-Lifetime").and_then(|seconds| text::number(&seconds));
        self.depth = value("Depth").map(Cow::into_owned);
        self.user_agent = value("User-Agent").map(Cow::into_owned);
        self.authentication = head.field("Authorization").map(auth::read_authorization);
        if head.complete && self.version.is_none() {
            oddities.add(NoteKind::VersionMissing);
        }
        if head.complete && self.authentication.as_ref().is_some_and(Authentication::is_unreadable) {
            oddities.add(NoteKind::AuthUnreadable);
        }
    }

    fn read_response(&mut self, head: &Head) {
        // The HTTP layer reads a status of other than three digits as 0.
        self.status = head.status().filter(|status| *status >= 100);
        self.answer_version = value(head, VERSION).map(Cow::into_owned);
        self.granted_id = value(head, "Subscription-Id").map(Cow::into_owned);
        self.granted_s = value(head, "Subscription-Lifetime").and_then(|seconds| text::number(&seconds));
        self.location = value(head, "Location").map(Cow::into_owned);
        self.server = value(head, "Server").map(Cow::into_owned);
        self.challenges = auth::read_challenges(head.all_known(Known::WwwAuthenticate));
    }

    /// An operation of which nothing was seen.
    const fn unseen() -> Self {
        Self {
            method: Method::Other(String::new()),
            target: String::new(),
            node: String::new(),
            from: None,
            host: None,
            version: None,
            hop_count: None,
            ack_type: None,
            subscription_id: None,
            notification_type: None,
            call_back: None,
            requested_s: None,
            depth: None,
            user_agent: None,
            authentication: None,
            request: Content::None,
            request_head_complete: false,
            target_complete: false,
            request_complete: false,
            status: None,
            answer_version: None,
            granted_id: None,
            granted_s: None,
            location: None,
            challenges: Vec::new(),
            server: None,
            response: Content::None,
        }
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

/// The value of a header field as it is kept; an empty one counts as none.
fn value<'h>(head: &'h Head, name: &str) -> Option<Cow<'h, str>> {
    Some(text::kept(head.field(name)?)).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
