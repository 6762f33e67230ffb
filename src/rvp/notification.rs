//! Notifications: what a NOTIFY carries (draft-osborne-rvp-00 §5.6, §9.1), or an answer that brings what was queued.

use super::mime::{Part, PartKind};
use super::multistatus::{self, Properties};
use super::names::Names;
use super::oddity::Oddities;
use super::presence::State;
use super::principal::Principal;
use super::text;
use super::xml::Element;
use serde::{Serialize, Serializer};
use smallvec::SmallVec;
use std::borrow::Cow;

/// The document `notification`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notification {
    /// What it carries, in order. One item is usual; librvp and Miranda accept several.
    pub items: SmallVec<[Item; 1]>,
}

/// One thing that a notification carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `message`
    Message(Message),
    /// `propnotification`
    PropertyChange(PropertyChange),
    /// An element that RVP doesn't name: its local name. The draft's own parcel-tracking example has such.
    Other(String),
}

/// An instant message: text, a typing notice, an invitation and others ([`Part::kind`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The sender, as the document says.
    pub from: Option<Principal>,
    /// The recipients; in a chat of several people all of them.
    pub to: SmallVec<[Principal; 1]>,
    /// The MIME part.
    pub part: Part,
}

/// Properties of a node that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyChange {
    /// Whose properties changed.
    pub from: Option<Principal>,
    /// Who watches.
    pub to: SmallVec<[Principal; 1]>,
    /// The new presence, if it is among the changes.
    pub state: Option<State>,
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
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Message, Self::Typing, Self::Presence, Self::Invite, Self::Other, Self::Unknown];

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
    pub fn read<'d>(roots: impl Iterator<Item = Element<'d>>, names: &mut Names, oddities: &mut Oddities) -> Self {
        let children = roots.filter(|root| root.is("notification")).flat_map(Element::children);
        Self { items: children.map(|child| Item::read(child, names, oddities)).collect() }
    }

    /// What it carries, in one word: the weightiest of its items.
    pub fn carries(&self) -> Carries {
        const WEIGHTS: [Carries; 4] = [Carries::Invite, Carries::Message, Carries::Typing, Carries::Presence];
        let has = |wanted: &Carries| self.items.iter().any(|item| item.carries() == *wanted);
        WEIGHTS.into_iter().find(has).unwrap_or(Carries::Other)
    }
}

impl Item {
    fn read(element: Element<'_>, names: &mut Names, oddities: &mut Oddities) -> Self {
        if element.is("message") {
            let data = element.find("mime-data").or_else(|| element.find("msgbody")).map_or(Cow::Borrowed(""), Element::text);
            Self::Message(Message {
                from: from(element, names, oddities),
                to: to(element, names, oddities),
                part: Part::read(&data, names, oddities),
            })
        } else if element.is("propnotification") {
            Properties::note_oddities(element, oddities);
            let (_, presence) = multistatus::presence(element);
            let state = presence.map(|update| update.state);
            Self::PropertyChange(PropertyChange { from: from(element, names, oddities), to: to(element, names, oddities), state })
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

fn from(element: Element<'_>, names: &mut Names, oddities: &mut Oddities) -> Option<Principal> {
    contacts(element, "notification-from", names, oddities).into_iter().next()
}

fn to(element: Element<'_>, names: &mut Names, oddities: &mut Oddities) -> SmallVec<[Principal; 1]> {
    contacts(element, "notification-to", names, oddities)
}

fn contacts(element: Element<'_>, parent: &str, names: &mut Names, oddities: &mut Oddities) -> SmallVec<[Principal; 1]> {
    let parents = element.children().filter(|child| child.is(parent));
    let contacts = parents.flat_map(|parent| parent.find_all("contact"));
    contacts.filter_map(|contact| read_contact(contact, names, oddities)).collect()
}

/// The principal of a contact. Its name for people is only looked at for what is odd.
fn read_contact(contact: Element<'_>, names: &mut Names, oddities: &mut Oddities) -> Option<Principal> {
    let href = text::undouble_noted(contact.value_of("href")?, oddities);
    if !contact.is_plain()
        && let Some(name) = contact.value_of("description")
    {
        text::undouble_noted(name, oddities);
    }
    Some(names.principal(&href))
}

#[cfg(test)]
mod tests;
