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
use serde::Serialize;

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
        let content_type = message.head.field("Content-Type").unwrap_or_default().to_ascii_lowercase();
        let charset = content_type.split_once("charset=").and_then(|(_, rest)| rest.trim_matches('"').split(['"', ';', ' ']).next());
        let (text, replaced) = text::decode(&body.bytes, charset);
        let document = Document::read(&text, limits);
        let is_xml = content_type.contains("xml") || text.trim_start().starts_with("<?xml");
        let content = Self::of(&document.roots, oddities);
        let known = content.is_some();
        if document.ceiling && (known || is_xml) {
            oddities.add(NoteKind::XmlCeiling);
        }
        // What is cut isn't the sender's fault; and several documents in a multipart body are one root each.
        if document.malformed && whole && (known || is_xml) && !content_type.starts_with("multipart/") {
            oddities.add(NoteKind::XmlMalformed);
        }
        if replaced && whole && (known || is_xml) {
            oddities.add(NoteKind::CharsetUnreadable);
        }
        match content {
            Some(Self::Notification(notification)) if notification.items.is_empty() && !whole => Self::Unreadable,
            Some(content) => content,
            None if is_xml && document.roots.is_empty() => Self::Unreadable,
            None => Self::Other,
        }
    }

    /// Whether a root is a notification; and the notifications that carry something inside other roots, such as a multistatus that brings what was
    /// queued.
    fn notifications(roots: &[Element]) -> (bool, Vec<Element>) {
        let carries = |element: &&Element| {
            element.is("notification") && element.children.iter().any(|child| child.is("message") || child.is("propnotification"))
        };
        let others = roots.iter().filter(|root| !root.is("notification"));
        (roots.iter().any(|root| root.is("notification")), others.flat_map(Element::descendants).filter(carries).cloned().collect())
    }

    /// The meaning of the first root that has one in RVP; but a notification goes before all others, wherever it stands.
    fn of(roots: &[Element], oddities: &mut Oddities) -> Option<Self> {
        let (documents, inside) = Self::notifications(roots);
        if documents || !inside.is_empty() {
            let mut notification = Notification::read(roots, oddities);
            notification.items.extend(Notification::read(&inside, oddities).items);
            return Some(Self::Notification(notification));
        }
        roots.iter().find_map(|root| {
            Some(match root.name.to_ascii_lowercase().as_str() {
                "propertyupdate" | "propupdate" => Self::PropertyUpdate(Properties::read(root, oddities)),
                "propfind" => {
                    let names = root.children.iter().filter(|child| child.is("prop")).flat_map(|prop| &prop.children);
                    Self::PropertyNames(names.map(|name| name.name.clone()).collect())
                }
                "multistatus" => Self::Multistatus(Multistatus::read(root, oddities)),
                "rvpacl" => Self::Acl(Acl::read(root)),
                "subscriptions" => Self::Subscriptions(ListedSubscription::read_all(root)),
                _ => return None,
            })
        })
    }
}
