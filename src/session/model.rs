//! What is known of a session: plain values.

use crate::base::address::Endpoint;
use crate::base::few::Few;
use crate::base::origin::Packed;
use crate::base::time::{Span, Timestamp};
use crate::rvp::presence::State;
use crate::rvp::principal::Principal;
use crate::rvp::subscription::NotificationType;
use crate::session::callback::{CallbackAttempt, Outcome};
use crate::session::past::{Failed, Past};
use crate::session::polling::PollCycle;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

/// The number of a session in its analysis, from 1, in the order of the sessions' first packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub u32);

/// One principal at one client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Its number.
    pub id: SessionId,
    /// Whose session it is; `None` where no packet says so.
    pub principal: Option<Principal>,
    /// The client's address as the capture point sees it.
    pub client: IpAddr,
    /// The server that granted the log-on, or the last one that answered; `None` where only callbacks were seen.
    pub server: Option<Endpoint>,
    /// How sure `server` is (see [`ServerRank`]).
    pub server_rank: ServerRank,
    /// When it was first seen.
    pub first: Timestamp,
    /// When it was last seen.
    pub last: Timestamp,
    /// What the client says about itself; `None` if it was never seen to say anything.
    pub about: Option<Arc<About>>,
    /// Its subscriptions in the order in which they became known.
    pub subscriptions: Few<Subscription>,
    /// What the server tried to hand to it.
    pub callbacks: Few<Arc<CallbackAttempt>>,
    /// The presence that it set, each time it set another one.
    pub presence: Few<PresenceChange>,
    /// What it sent, and what it was sent by senders whose own requests are not in the capture.
    pub messages: Few<ChatMessage>,
    /// Its polling, where it polls. A cycle that changes its address is told where it began.
    pub polling: Few<PollCycle>,
    /// What was handed on before the end, in sum.
    #[serde(skip)]
    pub past: Option<Box<Past>>,
    /// Whether more of it follows: then its lists hold what was settled since it was handed on before.
    #[serde(skip)]
    pub more: bool,
}

impl Session {
    /// A session of which nothing but its first packet is known.
    pub fn new(id: SessionId, principal: Option<Principal>, client: IpAddr, at: Timestamp) -> Self {
        Self {
            id,
            principal,
            client,
            server: None,
            server_rank: ServerRank::Asked,
            first: at,
            last: at,
            about: None,
            subscriptions: Few::new(),
            callbacks: Few::new(),
            presence: Few::new(),
            messages: Few::new(),
            polling: Few::new(),
            past: None,
            more: false,
        }
    }

    /// What the client says about itself.
    pub fn about(&self) -> &About {
        static NOTHING: About = About { user_agent: None, authentication: None, authenticated_as: None, workstation: None };
        self.about.as_deref().unwrap_or(&NOTHING)
    }

    /// What was handed on before the end, in sum.
    pub fn past(&self) -> &Past {
        static NOTHING: Past = Past::new();
        self.past.as_deref().unwrap_or(&NOTHING)
    }

    /// Its callbacks that failed, as far as they are remembered one by one.
    pub fn failed(&self) -> impl Iterator<Item = Cow<'_, Failed>> {
        let failed = |callback: &&Arc<CallbackAttempt>| !matches!(callback.outcome, Outcome::Delivered | Outcome::Unknown);
        let kept = self.callbacks.iter().filter(failed).map(|callback| Cow::Owned(Failed::from(&**callback)));
        self.past().failed.iter().map(Cow::Borrowed).chain(kept)
    }

    /// About how many bytes of memory it takes with all its lists. What long names take elsewhere is left out.
    pub fn bytes(&self) -> usize {
        let polling = self.polling.len() * size_of::<PollCycle>();
        let callbacks = self.callbacks.len() * (size_of::<CallbackAttempt>() + 3 * size_of::<usize>());
        let lists = size_of_val(&*self.subscriptions) + callbacks + size_of_val(&*self.presence) + size_of_val(&*self.messages) + polling;
        let words = self
            .subscriptions
            .iter()
            .map(|one| one.id.len() + one.node.as_str().len() + one.call_back.as_ref().map_or(0, |text| text.len()));
        size_of::<Self>() + lists + words.sum::<usize>()
    }

    /// The session as it is now, with empty lists, of which more follows.
    pub(super) fn part(&self) -> Self {
        Self {
            server: self.server,
            server_rank: self.server_rank,
            last: self.last,
            about: self.about.clone(),
            more: true,
            ..Self::new(self.id, self.principal.clone(), self.client, self.first)
        }
    }
}

/// What a client says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct About {
    /// What it calls itself.
    pub user_agent: Option<Arc<str>>,
    /// The authentication scheme that it used last; `None` where none was seen.
    pub authentication: Option<Arc<str>>,
    /// The name under which it authenticated, `DOMAIN\user` where there is a domain.
    pub authenticated_as: Option<Arc<str>>,
    /// The workstation that an NTLM message named.
    pub workstation: Option<Arc<str>>,
}

/// How much a server's answer says about where a session lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerRank {
    /// It did not answer, or sent the client elsewhere.
    #[default]
    Asked,
    /// It answered.
    Answered,
    /// It granted the log-on.
    GrantedLogOn,
}

/// A subscription with its whole life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its id at the server.
    pub id: Arc<str>,
    /// `pragma/notify`, `update/propchange` ...; `None` where only renewals were seen, which do not repeat it.
    pub kind: Option<NotificationType>,
    /// The node that is watched.
    pub node: Principal,
    /// The Call-Back header as it was written.
    pub call_back: Option<Arc<str>>,
    /// When it was asked for (or first seen renewed).
    pub at: Timestamp,
    /// The lifetime that was asked for last, in seconds.
    pub requested_s: Option<u64>,
    /// The lifetime of the last grant, in seconds; `None` where no grant was seen, or the grant has no end.
    pub granted_s: Option<u64>,
    /// When the last grant was answered.
    pub granted_at: Option<Timestamp>,
    /// Renewals that were granted.
    pub renewals: u32,
    /// How it ended.
    pub end: SubscriptionEnd,
    /// The packets that granted it.
    pub origin: Packed,
}

/// How a subscription ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionEnd {
    /// An UNSUBSCRIBE naming it was answered 2xx.
    Unsubscribed,
    /// Its lifetime ran out within the capture.
    Expired,
    /// It was still valid when the capture ended.
    Live,
    /// Neither a grant nor a renewal was seen to be answered.
    Unknown,
}

impl SubscriptionEnd {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Unsubscribed, Self::Expired, Self::Live, Self::Unknown];

    /// The word of the JSON document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsubscribed => "unsubscribed",
            Self::Expired => "expired",
            Self::Live => "live",
            Self::Unknown => "unknown",
        }
    }
}

impl Subscription {
    /// Whether it is a log-on.
    pub fn is_log_on(&self) -> bool {
        self.kind == Some(NotificationType::Notify)
    }

    /// When the last grant runs out; `None` if it has no end or none was seen.
    pub fn expires(&self) -> Option<Timestamp> {
        let seconds = i64::try_from(self.granted_s?).unwrap_or(i64::MAX);
        Some(self.granted_at?.after(Span::from_secs(seconds)))
    }

    /// Settles how it ended, given the time of the capture's last packet.
    pub fn settle(&mut self, capture_end: Timestamp) {
        if self.end == SubscriptionEnd::Unsubscribed {
            return;
        }
        self.end = if self.granted_at.is_none() {
            SubscriptionEnd::Unknown
        } else if self.expires().is_some_and(|end| end <= capture_end) {
            SubscriptionEnd::Expired
        } else {
            SubscriptionEnd::Live
        };
    }
}

/// A presence that a client set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceChange {
    /// When.
    pub at: Timestamp,
    /// The state, as its element is called.
    pub state: State,
}

/// A message and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// When its sender's NOTIFY began; the callback's, where the sender is not in the capture.
    pub at: Timestamp,
    /// The sender.
    pub from: Option<Principal>,
    /// The recipient.
    pub to: Option<Principal>,
    /// What it is.
    pub kind: MessageKind,
    /// What the server answered the sender; `None` where the sender's request or its answer is not in the capture.
    pub accepted_status: Option<u16>,
    /// What became of it.
    pub delivery: Delivery,
    /// The conversation (`Session-Id`).
    pub conversation: Option<Arc<str>>,
    /// A fingerprint of its kind, conversation and text, to find it again in a callback.
    #[serde(skip)]
    pub fingerprint: u64,
    /// When the sender had its answer.
    pub answered: Option<Timestamp>,
    /// The packets of its sender's NOTIFY and the answer to it; of what brought it, where the sender is not in the capture.
    pub origin: Packed,
    /// Which of the texts that are looked for its captured bytes hold, each a bit (see [`crate::session::event::Detail::hits`]).
    #[serde(skip)]
    pub hits: u64,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Text.
    Text,
    /// The user is typing.
    Typing,
    /// A conversation was opened.
    Open,
    /// A conversation was left.
    Leave,
    /// An invitation, or an answer to one.
    Invite,
    /// Something else.
    Other,
}

impl MessageKind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Text, Self::Typing, Self::Open, Self::Leave, Self::Invite, Self::Other];

    /// The word of the JSON document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Typing => "typing",
            Self::Open => "open",
            Self::Leave => "leave",
            Self::Invite => "invite",
            Self::Other => "other",
        }
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The recipient's client acknowledged it, or an answer to its polling brought it.
    Delivered,
    /// It was not delivered: its callback failed, or the sender was told so.
    Failed,
    /// The sender was told that it failed, but the recipient's client acknowledged it, too late.
    HandledLate,
    /// The capture does not show it.
    Unknown,
}

impl Delivery {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Delivered, Self::Failed, Self::HandledLate, Self::Unknown];

    /// The word of the JSON document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::HandledLate => "handled_late",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests;
