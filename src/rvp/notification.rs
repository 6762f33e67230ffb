//! Notifications: what a NOTIFY carries (draft-osborne-rvp-00 §5.6, §9.1), or an answer that brings what was queued.

use super::mime::{Part, PartKind};
use super::multistatus::Properties;
use super::oddity::Oddities;
use super::presence::State;
use super::principal::Principal;
use super::text;
use super::xml::Element;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

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

impl Notification {
    /// Reads all elements `notification` among `roots`: the draft has an example with two.
    pub fn read<'d>(roots: impl Iterator<Item = Element<'d>>, oddities: &mut Oddities) -> Self {
        let children = roots.filter(|root| root.is("notification")).flat_map(Element::children);
        Self { items: children.map(|child| Item::read(child, oddities)).collect() }
    }

    /// What it carries, in one word: the weightiest of its items.
    pub fn carries(&self) -> Carries {
        const WEIGHTS: [Carries; 4] = [Carries::Invite, Carries::Message, Carries::Typing, Carries::Presence];
        let has = |wanted: &Carries| self.items.iter().any(|item| item.carries() == *wanted);
        WEIGHTS.into_iter().find(has).unwrap_or(Carries::Other)
    }
}

impl Item {
    fn read(element: Element<'_>, oddities: &mut Oddities) -> Self {
        if element.is("message") {
            let data = element.find("mime-data").or_else(|| element.find("msgbody")).map_or(Cow::Borrowed(""), Element::text);
            Self::Message(Box::new(Message { from: from(element, oddities), to: to(element, oddities), part: Part::read(&data, oddities) }))
        } else if element.is("propnotification") {
            let properties = Properties::read(element, oddities);
            let named = [("displayname", properties.display_name), ("email", properties.email)];
            let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            Self::PropertyChange(PropertyChange {
                from: from(element, oddities),
                to: to(element, oddities),
                state: properties.state.map(|update| update.state),
                properties: named.chain(properties.others).collect(),
            })
        } else {
            Self::Other(element.name().to_owned())
        }
    }

    /// What it carries.
    pub const fn carries(&self) -> Carries {
        match self {
            Self::Message(message) => match message.part.kind {
                PartKind::Invite(_) => Carries::Invite,
                PartKind::Typing { .. } => Carries::Typing,
                PartKind::Text | PartKind::Control | PartKind::Leave | PartKind::Other(_) => Carries::Message,
            },
            Self::PropertyChange(_) => Carries::Presence,
            Self::Other(_) => Carries::Other,
        }
    }
}

fn from(element: Element<'_>, oddities: &mut Oddities) -> Option<Contact> {
    contacts(element, "notification-from", oddities).into_iter().next()
}

fn to(element: Element<'_>, oddities: &mut Oddities) -> Vec<Contact> {
    contacts(element, "notification-to", oddities)
}

fn contacts(element: Element<'_>, parent: &str, oddities: &mut Oddities) -> Vec<Contact> {
    let parents = element.children().filter(|child| child.is(parent));
    let contacts = parents.flat_map(Element::descendants).filter(|inner| inner.is("contact"));
    contacts.filter_map(|contact| Contact::read(contact, oddities)).collect()
}

impl Contact {
    fn read(contact: Element<'_>, oddities: &mut Oddities) -> Option<Self> {
        let href = text::undouble_noted(contact.value_of("href")?, oddities);
        let description = contact.value_of("description").map(|name| text::undouble_noted(name, oddities).into_owned());
        Some(Self { href: Principal::new(&href), description })
    }
}

#[cfg(test)]
mod tests;
