//! The timeline: what happened, in words for people and as values, with the packets that prove it.

use crate::base::address::Endpoint;
use crate::base::origin::Packed;
use crate::base::stored::{self, Word};
use crate::base::time::{Span, Timestamp};
use crate::rvp::method::Method;
use crate::rvp::principal::Principal;
use crate::session::callback::{CARRIES, Outcome};
use crate::session::model::SessionId;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::Arc;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// A client told the server where it wants its notifications (SUBSCRIBE of type pragma/notify).
    LogOn,
    /// A client ended that subscription, or set itself offline.
    LogOff,
    /// A property watch, or another subscription.
    Subscribe,
    /// The renewal of a subscription.
    Renew,
    /// The end of a subscription at the subscriber's wish.
    Unsubscribe,
    /// A subscription reached the end of its lifetime.
    Expiry,
    /// A client set its presence.
    Presence,
    /// A client sent a message, an invitation or the like.
    Message,
    /// A client said that its user is typing.
    Typing,
    /// The server tried to hand a notification to a client.
    Callback,
    /// A poll that brought something or went wrong; or a polling cycle as a whole.
    Poll,
    /// A question about properties, permissions or subscriptions, or a change of permissions.
    Query,
    /// The server sent the client elsewhere (302).
    Redirect,
    /// The server asked for credentials and nothing followed (401).
    Challenge,
    /// One IM server spoke to another.
    ServerToServer,
    /// A direct connection between two clients that an invitation announced.
    FileTransfer,
    /// A connection between client and server that did not come up.
    Connection,
    /// An RVP exchange of another kind.
    Request,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 18] = [
        Self::LogOn,
        Self::LogOff,
        Self::Subscribe,
        Self::Renew,
        Self::Unsubscribe,
        Self::Expiry,
        Self::Presence,
        Self::Message,
        Self::Typing,
        Self::Callback,
        Self::Poll,
        Self::Query,
        Self::Redirect,
        Self::Challenge,
        Self::ServerToServer,
        Self::FileTransfer,
        Self::Connection,
        Self::Request,
    ];

    /// The word of the JSON document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LogOn => "log-on",
            Self::LogOff => "log-off",
            Self::Subscribe => "subscribe",
            Self::Renew => "renew",
            Self::Unsubscribe => "unsubscribe",
            Self::Expiry => "expiry",
            Self::Presence => "presence",
            Self::Message => "message",
            Self::Typing => "typing",
            Self::Callback => "callback",
            Self::Poll => "poll",
            Self::Query => "query",
            Self::Redirect => "redirect",
            Self::Challenge => "challenge",
            Self::ServerToServer => "server-to-server",
            Self::FileTransfer => "file-transfer",
            Self::Connection => "connection",
            Self::Request => "request",
        }
    }
}

/// Whether an event is the normal course of things; what is not stands out on a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As it should be.
    Normal,
    /// Failed.
    Failed,
    /// Cannot be told from this capture.
    Unknown,
}

impl Tone {
    /// All tones.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Failed, Self::Unknown];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number, in the order in which events became certain, from 1.
    pub id: u64,
    /// When it began.
    pub at: Timestamp,
    /// What it is about.
    pub kind: EventKind,
    /// The session it belongs to, if it belongs to one.
    pub session: Option<SessionId>,
    /// Whether it went well.
    pub tone: Tone,
    /// Who did it, in short.
    #[serde(deserialize_with = "stored::printable")]
    pub who: String,
    /// What happened, printable.
    #[serde(deserialize_with = "stored::printable")]
    pub summary: String,
    /// How it came out, in short and printable; empty where there is nothing to say.
    #[serde(deserialize_with = "stored::printable")]
    pub outcome: String,
    /// The same as values.
    pub detail: Detail,
    /// The packets that prove it.
    pub origin: Packed,
}

/// What an event is about, as values that can be compared. What its packets do not say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The method of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// The status of the final answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The client's end of the connection; between servers the end that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Endpoint>,
    /// The server's end of the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<Endpoint>,
    /// Who speaks, as the request says; in a callback the sender of what it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Principal>,
    /// The node that the request is about; in a callback whom it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Principal>,
    /// The subscription that is granted, renewed, ended or served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<Arc<str>>,
    /// The Call-Back header as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_back: Option<Arc<str>>,
    /// How a callback came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<Outcome>,
    /// What a callback carries (see [`crate::session::callback::CallbackAttempt::carries`]).
    #[serde(default, deserialize_with = "read_carries", skip_serializing_if = "Option::is_none")]
    pub carries: Option<Word>,
    /// From the first byte of the request to the first byte of its answer; of a callback, until its outcome was certain.
    #[serde(default, rename = "took_ns", with = "stored::nanos", skip_serializing_if = "Option::is_none")]
    pub took: Option<Span>,
    /// Which of the texts that are looked for its captured bytes hold, each a bit: the first is the lowest.
    #[serde(skip)]
    pub hits: u64,
}

/// What the event of a stored callback says that it carries.
fn read_carries<'de, D: Deserializer<'de>>(stored: D) -> Result<Option<Word>, D::Error> {
    stored::word(stored, &CARRIES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_document() {
        for kind in EventKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
