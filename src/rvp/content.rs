//! What a body means.

use super::acl::Acl;
use super::asked::{Asked, NameList};
use super::multistatus::{self, Echo, Multistatus, Properties};
use super::names::Names;
use super::notification::Notification;
use super::oddity::Oddities;
use super::presence::PresenceUpdate;
use super::subscriptions::ListedSubscription;
use super::text;
use super::xml::{self, Document, Element};
use crate::base::limits::Limits;
use crate::base::note::NoteKind;
use crate::http::exchange::{Completeness, Framing, Message};
use crate::http::head::Known;

/// What a body means. It goes by the document's root element, not by the method: an answer may bring a notification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// There is none, or it is still on its way.
    #[default]
    None,
    /// `notification`
    Notification(Box<Notification>),
    /// `propertyupdate`, and the presence that it sets.
    PropertyUpdate(Option<PresenceUpdate>),
    /// `propfind`: the names that are asked for; none means all.
    PropertyNames(NameList),
    /// `multistatus`; where it answers a `propertyupdate`, what it says of the presence.
    Multistatus(Echo),
    /// `rvpacl`
    Acl(Acl),
    /// `subscriptions`
    Subscriptions(Vec<ListedSubscription>),
    /// A body of another kind.
    Other,
    /// A body was there, or may have been, but it is cut or malformed beyond use.
    Unreadable,
}

/// How bodies are read.
pub struct Reading<'r> {
    /// Whether the exchange is over. While it isn't, an unfinished body counts as none.
    pub over: bool,
    /// Whether the body answers one that sets properties.
    pub echoes: bool,
    /// Bodies that asked for properties, where this may be another.
    pub asked: Option<&'r mut Asked>,
    /// Reads the XML.
    pub xml: &'r mut xml::Reader,
    /// The names that were met before.
    pub names: &'r mut Names,
    /// How much of it.
    pub limits: &'r Limits,
}

impl Content {
    /// Reads the body of `message`.
    pub fn read(message: &Message, reading: Reading<'_>, oddities: &mut Oddities) -> Self {
        let Reading { over, echoes, asked, xml, names, limits } = reading;
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
        let content_type = message.head.known(Known::ContentType).unwrap_or_default();
        let usual = content_type == "text/xml";
        let asked = asked.filter(|_| whole && usual);
        if let Some(names) = asked.as_ref().and_then(|asked| asked.names(&body.bytes)) {
            return Self::PropertyNames(names);
        }
        let charset = Some(content_type).filter(|_| !usual).and_then(charset);
        let (text, replaced) = text::decode(&body.bytes, charset);
        let document = xml.read(&text, limits);
        let is_xml = usual || text::find(content_type, "xml").is_some() || text.trim_start().starts_with("<?xml");
        let content = Self::of(&document, echoes, names, oddities);
        let known = content.is_some();
        if document.ceiling && (known || is_xml) {
            oddities.add(NoteKind::XmlCeiling);
        }
        // What is cut isn't the sender's fault; and several documents in a multipart body are one root each.
        if document.malformed && whole && (known || is_xml) && text::find(content_type, "multipart/") != Some(0) {
            oddities.add(NoteKind::XmlMalformed);
        }
        if replaced && whole && (known || is_xml) {
            oddities.add(NoteKind::CharsetUnreadable);
        }
        if let (Some(asked), Some(Self::PropertyNames(names))) = (asked, &content)
            && oddities.kinds().is_empty()
        {
            asked.remember(&body.bytes, names);
        }
        match content {
            Some(Self::Notification(notification)) if notification.items.is_empty() && !whole => Self::Unreadable,
            Some(content) => content,
            None if is_xml && document.roots().next().is_none() => Self::Unreadable,
            None => Self::Other,
        }
    }

    /// The meaning of the first root that has one in RVP; but a notification goes before all others, wherever it stands: a multistatus may bring
    /// what was queued.
    fn of(document: &Document<'_>, echoes: bool, names: &mut Names, oddities: &mut Oddities) -> Option<Self> {
        let is_somewhere = document.names("notification");
        let is_document = is_somewhere && document.roots().any(|root| root.is("notification"));
        let others = document.roots().filter(|root| !root.is("notification")).flat_map(|root| root.find_all("notification"));
        let carries = others.filter(|element| element.children().any(|child| child.is("message") || child.is("propnotification")));
        if is_document || (is_somewhere && carries.clone().next().is_some()) {
            let mut notification = Notification::read(document.roots(), names, oddities);
            notification.items.extend(Notification::read(carries, names, oddities).items);
            return Some(Self::Notification(Box::new(notification)));
        }
        document.roots().find_map(|root| {
            if root.is("propertyupdate") || root.is("propupdate") {
                Properties::note_oddities(root, oddities);
                let (_, presence) = multistatus::presence(root);
                Some(Self::PropertyUpdate(presence))
            } else if root.is("propfind") {
                let properties = root.children().filter(|child| child.is("prop")).flat_map(Element::children);
                Some(Self::PropertyNames(properties.map(Element::name).collect()))
            } else if root.is("multistatus") {
                Multistatus::note_oddities(root, oddities);
                Some(Self::Multistatus(if echoes { Echo::read(root) } else { Echo::default() }))
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

/// The encoding that a content type names.
pub fn charset(content_type: &str) -> Option<&str> {
    const CHARSET: &str = "charset=";
    let rest = content_type.get(text::find(content_type, CHARSET)? + CHARSET.len()..)?;
    rest.trim_matches('"').split(['"', ';', ' ']).next()
}
