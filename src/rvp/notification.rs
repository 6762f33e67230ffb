//! Notifications: what a NOTIFY carries (draft-osborne-rvp-00 §5.6, §9.1), or an answer that brings what was queued.

use super::mime::Part;
use super::presence::State;
use super::principal::Principal;
use serde::{Serialize, Serializer};

/// The document `notification`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Notification {
    /// What it carries, in order. One item is usual; librvp and Miranda accept several.
    pub items: Vec<Item>,
}

/// One thing that a notification carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// `message`
    Message(Box<Message>),
    /// `propnotification`
    PropertyChange(PropertyChange),
    /// An element that RVP doesn't name: its local name. The draft's own parcel-tracking example has such.
    Other(String),
}

/// An instant message: text, a typing notice, an invitation and others ([`Part::kind`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The sender, as the document says.
    pub from: Option<Contact>,
    /// The recipients; in a chat of several people all of them.
    pub to: Vec<Contact>,
    /// The MIME part.
    pub part: Part,
}

/// Properties of a node that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PropertyChange {
    /// Whose properties changed.
    pub from: Option<Contact>,
    /// Who watches.
    pub to: Vec<Contact>,
    /// The new presence, if it is among the changes.
    pub state: Option<State>,
    /// The other properties: local name and text.
    pub properties: Vec<(String, String)>,
}

/// A party of a notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// The principal.
    pub href: Principal,
    /// The display name.
    pub description: Option<String>,
}

/// What a notification carries, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carries {
    /// A text, the opening or the leaving of a conversation, or a message that can't be read further.
    Message,
    /// A typing notice.
    Typing,
    /// A change of presence or of another property.
    Presence,
    /// An invitation to an application, such as a file transfer, or the answer to one.
    Invite,
    /// Something else, or nothing.
    Other,
    /// No bytes of it were seen.
    Unknown,
}

impl Carries {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Typing => "typing",
            Self::Presence => "presence",
            Self::Invite => "invite",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }
}

impl Serialize for Carries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
