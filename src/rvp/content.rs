//! What a body means.

use super::acl::Acl;
use super::multistatus::{Multistatus, Properties};
use super::notification::Notification;
use super::oddity::Oddities;
use super::subscriptions::ListedSubscription;
use super::text;
use super::xml::{Document, Element};
use crate::base::limits::Limits;
use crate::base::note::NoteKind;
use crate::http::exchange::{Completeness, Framing, Message};
use serde::{Serialize, Serializer};

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
    PropertyNames(Names),
    /// `multistatus`
    Multistatus(Multistatus),
    /// `rvpacl`
    Acl(Acl),
    /// `subscriptions`
    Subscriptions(Vec<ListedSubscription>),
    /// A body of another kind.
    Other,
    /// A body was there, or may have been, but it is cut or malformed beyond use.
    Unreadable,
}

impl Content {
    /// Reads the body of `message`. While the exchange isn't `over`, an unfinished body counts as none.
    pub fn read(message: &Message, over: bool, limits: &Limits, oddities: &mut Oddities) -> Self {
        let body = &message.body;
        let whole = message.completeness == Completeness::Complete && body.missing == 0 && !body.left_out;
        if !over && message.completeness == Completeness::Open {
            return Self::None;
        }
        // Net::RVP's listener sends a stray line feed where a body would be.
        if body.bytes.trim_ascii().is_empty() {
            let expected =
                !message.head.complete || body.left_out || body.missing > 0 || matches!(body.framing, Framing::Length(1..) if !whole);
            return if expected { Self::Unreadable } else { Self::None };
        }
        let content_type = message.head.field("Content-Type").unwrap_or_default();
        let charset = find(content_type, CHARSET).and_then(|at| content_type.get(at + CHARSET.len()..));
        let charset = charset.and_then(|rest| rest.trim_matches('"').split(['"', ';', ' ']).next());
        let (text, replaced) = text::decode(&body.bytes, charset);
        let document = Document::read(&text, limits);
        let is_xml = find(content_type, "xml").is_some() || text.trim_start().starts_with("<?xml");
        let content = Self::of(&document, oddities);
        let known = content.is_some();
        if document.ceiling && (known || is_xml) {
            oddities.add(NoteKind::XmlCeiling);
        }
        // What is cut isn't the sender's fault; and several documents in a multipart body are one root each.
        if document.malformed && whole && (known || is_xml) && find(content_type, "multipart/") != Some(0) {
            oddities.add(NoteKind::XmlMalformed);
        }
        if replaced && whole && (known || is_xml) {
            oddities.add(NoteKind::CharsetUnreadable);
        }
        match content {
            Some(Self::Notification(notification)) if notification.items.is_empty() && !whole => Self::Unreadable,
            Some(content) => content,
            None if is_xml && document.roots().next().is_none() => Self::Unreadable,
            None => Self::Other,
        }
    }

    /// Whether a root is a notification; and the notifications that carry something inside other roots, such as a multistatus that brings what was
    /// queued.
    fn notifications<'d>(document: &'d Document<'_>) -> (bool, Vec<Element<'d>>) {
        let carries = |element: &Element<'_>| {
            element.is("notification") && element.children().any(|child| child.is("message") || child.is("propnotification"))
        };
        let others = document.roots().filter(|root| !root.is("notification"));
        (document.roots().any(|root| root.is("notification")), others.flat_map(Element::descendants).filter(carries).collect())
    }

    /// The meaning of the first root that has one in RVP; but a notification goes before all others, wherever it stands.
    fn of(document: &Document<'_>, oddities: &mut Oddities) -> Option<Self> {
        let (documents, inside) = Self::notifications(document);
        if documents || !inside.is_empty() {
            let mut notification = Notification::read(document.roots(), oddities);
            notification.items.extend(Notification::read(inside.into_iter(), oddities).items);
            return Some(Self::Notification(notification));
        }
        document.roots().find_map(|root| {
            if root.is("propertyupdate") || root.is("propupdate") {
                Some(Self::PropertyUpdate(Properties::read(root, oddities)))
            } else if root.is("propfind") {
                let properties = root.children().filter(|child| child.is("prop")).flat_map(Element::children);
                Some(Self::PropertyNames(properties.map(Element::name).collect()))
            } else if root.is("multistatus") {
                Some(Self::Multistatus(Multistatus::read(root, oddities)))
            } else if root.is("rvpacl") {
                Some(Self::Acl(Acl::read(root)))
            } else if root.is("subscriptions") {
                Some(Self::Subscriptions(ListedSubscription::read_all(root)))
            } else {
                None
            }
        })
    }
}

/// The parameter of a content type that names the encoding.
const CHARSET: &str = "charset=";

/// Where in `text` the first `word` stands, in any case.
fn find(text: &str, word: &str) -> Option<usize> {
    text.as_bytes().windows(word.len()).position(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// Names of elements in their order. A client asks for dozens in each PROPFIND, so they are kept in one piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(
    /// Each name with a line feed behind it: no name has one inside.
    String,
);

impl Names {
    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split_terminator('\n')
    }

    /// The names with `separator` between them.
    pub fn join(&self, separator: &str) -> String {
        self.0.strip_suffix('\n').unwrap_or_default().replace('\n', separator)
    }
}

impl<'n> FromIterator<&'n str> for Names {
    fn from_iter<I: IntoIterator<Item = &'n str>>(names: I) -> Self {
        let mut all = String::new();
        for name in names {
            all.push_str(name);
            all.push('\n');
        }
        Self(all)
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
