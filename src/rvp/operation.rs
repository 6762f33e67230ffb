//! The meaning of an exchange.

use super::acl::Acl;
use super::auth::{Authentication, Challenge};
use super::method::Method;
use super::multistatus::{Multistatus, Properties};
use super::notification::Notification;
use super::principal::Principal;
use super::subscription::{CallBack, NotificationType};
use super::subscriptions::ListedSubscription;
use serde::Serialize;

/// What an exchange means in RVP. Either half may be missing: then its fields are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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

/// What a body means. It goes by the document's root element, not by the method: an answer may bring a notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// There is none, or it is still on its way.
    None,
    /// `notification`
    Notification(Notification),
    /// `propertyupdate`
    PropertyUpdate(Properties),
    /// `propfind`: the names that are asked for; none means all.
    PropertyNames(Vec<String>),
    /// `multistatus`
    Multistatus(Multistatus),
    /// `rvpacl`
    Acl(Acl),
    /// `subscriptions`
    Subscriptions(Vec<ListedSubscription>),
    /// A body of another kind.
    Other,
    /// A body was there, but is cut or malformed beyond use.
    Unreadable,
}
