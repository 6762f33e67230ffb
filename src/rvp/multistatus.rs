//! Multi-Status bodies (RFC 2518 §11) and the properties in them.

use super::oddity::Oddities;
use super::presence::PresenceUpdate;
use super::text;
use super::xml::Element;
use serde::Serialize;
use smallvec::SmallVec;
use std::borrow::Cow;

/// The document `multistatus`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Multistatus {
    /// Its responses, one per node.
    pub responses: Vec<NodeStatus>,
}

/// What a multistatus says about one node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NodeStatus {
    /// The node's URL.
    pub href: Option<String>,
    /// The status of the node as a whole, where it isn't given for properties.
    pub status: Option<u16>,
    /// Properties grouped by status; most often all have the same.
    pub propstats: SmallVec<[PropStat; 1]>,
}

/// Properties that share a status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PropStat {
    /// The status code; a property that doesn't exist has 404.
    pub status: Option<u16>,
    /// The properties.
    pub properties: Properties,
}

/// Properties of a node, as multistatus, propertyupdate and propnotification carry them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Properties {
    /// The presence, bare or leased.
    pub state: Option<PresenceUpdate>,
    /// The view-id, wherever it stands: real servers put it into `state`, also where no state can be read.
    pub view_id: Option<String>,
    /// `displayname`
    pub display_name: Option<String>,
    /// `email`
    pub email: Option<String>,
    /// All others: local name and text.
    pub others: Vec<(String, String)>,
}

impl Multistatus {
    /// Reads the element `multistatus`.
    pub fn read(element: Element<'_>, oddities: &mut Oddities) -> Self {
        let nodes = element.children().filter(|child| child.is("response"));
        let mut responses = Vec::with_capacity(nodes.clone().count());
        responses.extend(nodes.map(|response| NodeStatus::read(response, oddities)));
        Self { responses }
    }

    /// Looks for what is odd in a document that nobody wants to know further. It can only be in text beyond ASCII.
    pub fn note_oddities(element: Element<'_>, oddities: &mut Oddities) {
        if !element.is_plain() {
            Self::read(element, oddities);
        }
    }
}

impl NodeStatus {
    fn read(response: Element<'_>, oddities: &mut Oddities) -> Self {
        let propstats = response.children().filter(|child| child.is("propstat"));
        Self {
            href: response.child("href").and_then(Element::value).map(Cow::into_owned),
            status: response.child("status").and_then(status),
            propstats: propstats
                .map(|propstat| PropStat {
                    status: propstat.find("status").and_then(status),
                    properties: Properties::read(propstat, oddities),
                })
                .collect(),
        }
    }
}

impl Properties {
    /// Reads all properties inside `element`.
    pub fn read(element: Element<'_>, oddities: &mut Oddities) -> Self {
        let mut reading = Reading::default();
        each_property(element, |property| reading.take(property, oddities));
        reading.finish()
    }

    /// Looks for what is odd in properties that nobody wants to know further. It can only be in text beyond ASCII.
    pub fn note_oddities(element: Element<'_>, oddities: &mut Oddities) {
        if !element.is_plain() {
            Self::read(element, oddities);
        }
    }
}

/// Whether there is a property `state` inside `element`, and the presence, if it can be read.
pub fn presence(element: Element<'_>) -> (bool, Option<PresenceUpdate>) {
    let mut names_state = false;
    let mut presence = None;
    each_property(element, |property| {
        if property.is("state") {
            names_state = true;
            presence = PresenceUpdate::read(property).or_else(|| presence.take());
        }
    });
    (names_state, presence)
}

/// Calls `take` with each property inside `element`, apart from what a `remove` takes away. A `state` also counts where its `prop` is lost.
fn each_property<'d>(element: Element<'d>, mut take: impl FnMut(Element<'d>)) {
    let mut containers: SmallVec<[Element<'d>; 8]> = SmallVec::from_slice(&[element]);
    while let Some(container) = containers.pop() {
        for child in container.children() {
            if child.is("prop") {
                child.children().for_each(&mut take);
            } else if child.is("state") {
                take(child);
            } else if !child.is("remove") {
                containers.push(child);
            }
        }
    }
}

/// What the answer to a PROPPATCH says of the presence that was to be set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Echo {
    /// The lease in seconds that it grants (draft-osborne-rvp-00 §5.5).
    pub lease_s: Option<u64>,
    /// Whether it refuses the presence, although the answer as a whole is a success (RFC 2518 §11). Where it does not name the state, it is
    /// refused if everything is.
    pub refused: bool,
}

impl Echo {
    /// Reads the element `multistatus`.
    pub fn read(multistatus: Element<'_>) -> Self {
        let mut lease_s = None;
        // The status of the first that names the state, and whether all of them are errors.
        let mut of_state = None;
        let mut all = None;
        let mut count = |code: Option<u16>| {
            if let Some(code) = code {
                all = Some(all.unwrap_or(true) && code >= 400);
            }
        };
        for response in multistatus.children().filter(|child| child.is("response")) {
            count(response.child("status").and_then(status));
            for propstat in response.children().filter(|child| child.is("propstat")) {
                let code = propstat.find("status").and_then(status);
                count(code);
                let (names_state, presence) = presence(propstat);
                if names_state {
                    of_state = of_state.or(Some(code));
                    lease_s = lease_s.or_else(|| presence?.lease_s);
                }
            }
        }
        Self { lease_s, refused: of_state.flatten().map_or(all == Some(true), |code| code >= 400) }
    }
}

/// Properties on their way. Of those that may stand there once, the last one counts, and only that one is copied.
#[derive(Default)]
struct Reading<'d> {
    properties: Properties,
    view_id: Option<Element<'d>>,
    display_name: Option<Element<'d>>,
    email: Option<Element<'d>>,
}

impl<'d> Reading<'d> {
    fn take(&mut self, property: Element<'d>, oddities: &mut Oddities) {
        if property.is("state") {
            self.take_state(property);
            return;
        }
        let place = if property.is("view-id") {
            &mut self.view_id
        } else if property.is("displayname") {
            &mut self.display_name
        } else if property.is("email") {
            &mut self.email
        } else {
            let value = text::undouble_noted(text::kept_of(property.text()), oddities);
            self.properties.others.push((property.name().to_owned(), value.into_owned()));
            return;
        };
        *place = Some(property);
        let written = property.text();
        if !written.is_ascii() {
            text::undouble_noted(text::kept_of(written), oddities);
        }
    }

    fn take_state(&mut self, state: Element<'_>) {
        let properties = &mut self.properties;
        if self.view_id.is_none() && properties.view_id.is_none() {
            properties.view_id = state.value_of("view-id").map(Cow::into_owned);
        }
        match PresenceUpdate::read(state) {
            Some(state) => properties.state = Some(state),
            None => properties.others.push(("state".to_owned(), String::new())),
        }
    }

    fn finish(self) -> Properties {
        // What is odd was noted when it was taken.
        let value = |property: Element<'_>| text::undouble_noted(text::kept_of(property.text()), &mut Oddities::default()).into_owned();
        let Self { mut properties, view_id, display_name, email } = self;
        properties.view_id = view_id.map(value).or(properties.view_id);
        properties.display_name = display_name.map(value);
        properties.email = email.map(value);
        properties
    }
}

/// The code of a status line; one example of the draft has points for its spaces.
fn status(element: Element<'_>) -> Option<u16> {
    let text = element.text();
    let mut numbers = text.as_bytes().split(|byte| !byte.is_ascii_digit());
    let code = numbers.find(|digits| digits.len() == 3)?.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    (100..600).contains(&code).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::Limits;
    use crate::rvp::presence::State;
    use crate::rvp::xml::Reader;

    fn read(text: &str) -> Multistatus {
        Multistatus::read(Reader::default().read(text, &Limits::default()).roots().next().unwrap(), &mut Oddities::default())
    }

    #[test]
    fn reads_the_answer_to_a_watch() {
        let status = read(
            "<?xml version=\"1.0\"?>\n<d:multistatus xmlns:d='DAV:' xmlns:r='http://schemas.microsoft.com/rvp/' xmlns:a='http://schemas.microsoft.com/rvp/acl/'><d:response><d:href>http://im.example.test/instmsg/aliases/bob</d:href><d:propstat><d:prop><r:state><r:online/></r:state><d:displayname>Bob Example</d:displayname><r:email>bob@example.test</r:email><r:mobile-state>0</r:mobile-state><r:mobile-description></r:mobile-description></d:prop><d:status>HTTP/1.1 200 Successful</d:status></d:propstat></d:response></d:multistatus>",
        );
        let [node] = status.responses.as_slice() else { panic!("{status:?}") };
        assert_eq!(node.href.as_deref(), Some("http://im.example.test/instmsg/aliases/bob"));
        let [found] = node.propstats.as_slice() else { panic!("{node:?}") };
        assert_eq!(found.status, Some(200));
        assert_eq!(found.properties.state.as_ref().map(|update| &update.state), Some(&State::Online));
        assert_eq!(found.properties.display_name.as_deref(), Some("Bob Example"));
        assert_eq!(found.properties.email.as_deref(), Some("bob@example.test"));
        assert_eq!(found.properties.others, [("mobile-state".into(), "0".into()), ("mobile-description".into(), String::new())]);
    }

    #[test]
    fn a_missing_property_has_a_status_of_its_own() {
        let status = read(
            "<multistatus><response><href>/x</href><propstat><prop><displayname>A</displayname></prop><status>HTTP/1.1.200.Successful</status></propstat><propstat><prop><email/><state/></prop><status>HTTP/1.1 404 Object Not Found</status></propstat></response><response><href>/y</href><status>HTTP/1.1 403 Forbidden</status></response></multistatus>",
        );
        let codes: Vec<_> = status.responses.iter().flat_map(|node| &node.propstats).map(|propstat| propstat.status).collect();
        assert_eq!(codes, [Some(200), Some(404)]);
        let missing = &status.responses[0].propstats[1].properties;
        assert_eq!((missing.email.as_deref(), missing.state.as_ref(), missing.others.len()), (Some(""), None, 1));
        assert_eq!(status.responses[1].status, Some(403));
    }

    #[test]
    fn the_answer_to_a_presence_update_names_the_view() {
        let status = read(
            "<multistatus><response><propstat><prop><state><leased-value><value><online/></value><timeout>1200</timeout></leased-value><view-id>3578</view-id></state></prop></propstat></response></multistatus>",
        );
        let properties = &status.responses[0].propstats[0].properties;
        assert_eq!(properties.view_id.as_deref(), Some("3578"));
        assert_eq!(properties.state.as_ref().and_then(|update| update.lease_s), Some(1200));
    }

    #[test]
    fn the_answer_to_a_presence_update_may_refuse_it_inside() {
        let echo = |responses: &str| {
            let text = format!("<multistatus>{responses}</multistatus>");
            Echo::read(Reader::default().read(&text, &Limits::default()).roots().next().unwrap())
        };
        let propstat =
            |property: &str, code: u16| format!("<propstat><prop>{property}</prop><status>HTTP/1.1 {code} X</status></propstat>");
        let lease = "<state><leased-value><value><away/></value><timeout>60</timeout></leased-value></state>";
        let [granted, refused] = [200, 403].map(|code| propstat(lease, code));
        let [email, no_email] = [200, 404].map(|code| propstat("<email/>", code));
        let response = |inside: &[&str]| format!("<response>{}</response>", inside.concat());
        for (text, lease_s, is_refused) in [
            (String::new(), None, false),
            (response(&[&granted]), Some(60), false),
            (response(&[&no_email, &granted]), Some(60), false),
            (response(&[&email, &refused]), Some(60), true),
            (response(&[&no_email]), None, true),
            (response(&[&no_email]) + &response(&[&email]), None, false),
            (response(&["<status>HTTP/1.1 423 Locked</status>"]), None, true),
            (response(&[&no_email, "<propstat><state/></propstat>"]), None, true),
        ] {
            assert_eq!(echo(&text), Echo { lease_s, refused: is_refused }, "{text}");
        }
    }

    #[test]
    fn what_is_removed_is_not_set() {
        let text = "<propertyupdate><remove><prop><email>x</email></prop></remove><set><prop><mobile-state>1</mobile-state></prop></set></propertyupdate>";
        let properties =
            Properties::read(Reader::default().read(text, &Limits::default()).roots().next().unwrap(), &mut Oddities::default());
        assert_eq!((properties.email, properties.others), (None, vec![("mobile-state".into(), "1".into())]));
    }
}
