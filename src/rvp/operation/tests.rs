//! Tests of whole exchanges, with what real programs sent.

use super::*;
use crate::base::address::Side;
use crate::base::origin::PacketId;
use crate::http::exchange::{Body, Completeness, ExchangeEnd, Framing};
use crate::rvp::notification::{Carries, Item};
use crate::rvp::presence::{PresenceUpdate, State};
use crate::rvp::tests::{message, request, response};
use crate::tcp::event::FlowId;

mod compressed;

fn exchange(request: Option<Message>, response: Option<Message>) -> Exchange {
    Exchange {
        flow: FlowId(0),
        ordinal: 0,
        asker: Side::Initiator,
        request: request.map(Box::new),
        interim: Vec::new(),
        response: response.map(Box::new),
        asker_closed: None,
        answerer_closed: None,
        reset: None,
        answered_otherwise: None,
        end: Some(ExchangeEnd::Answered),
    }
}

fn read(exchange: &Exchange) -> (Operation, Notes) {
    let mut notes = Notes::default();
    (Operation::read(exchange, &mut Reader::new(Limits::default()), &mut notes), notes)
}

fn kinds(notes: &Notes) -> Vec<(NoteKind, u64)> {
    notes.iter().map(|(kind, count, _)| (kind, count)).collect()
}

const BOB: &str = "http://im.example.test/instmsg/aliases/bob";

const LOG_ON: &str = "SUBSCRIBE /instmsg/aliases/bob HTTP/1.1\nContent-Length: 0\nRVP-Notifications-Version: 0.2\nHost: im.example.test\nNotification-Type: pragma/notify\nRVP-From-Principal: http://im.example.test/instmsg/aliases/bob\nSubscription-Lifetime: 14000\nCall-Back: http://10.77.2.10:35081";
const GRANT: &str = "HTTP/1.1 200 Successful\nServer: Microsoft-IIS/5.0\nSubscription-Id: 98219\nSubscription-Lifetime: 13000\nRVP-Notifications-Version: 0.2\nContent-Length: 0";
const CALLBACK: &str = "NOTIFY / HTTP/1.1\nRVP-Ack-Type: DeepOr\nRVP-Hop-Count: 2\nRVP-Notifications-Version: 0.2\nHost: 10.77.3.20:34917\nContent-Type: text/xml\nRVP-From-Principal: im.example.test\nSubscription-Id: 98229";
const CHANGE: &str = "<?xml version=\"1.0\"?>\n<r:notification xmlns:d='DAV:' xmlns:r='http://schemas.microsoft.com/rvp/' xmlns:a='http://schemas.microsoft.com/rvp/acl/'><r:propnotification><r:notification-from><r:contact><d:href>http://im.example.test/instmsg/aliases/bob</d:href><r:description>Bob</r:description></r:contact></r:notification-from><r:notification-to><r:contact><d:href>http://im.example.test/instmsg/aliases/alice</d:href><r:description>Alice</r:description></r:contact></r:notification-to><d:propertyupdate><d:set><d:prop><r:state><r:online/></r:state></d:prop></d:set></d:propertyupdate></r:propnotification></r:notification>";

#[test]
fn reads_a_log_on() {
    let (operation, notes) = read(&exchange(Some(message(request(LOG_ON), b"")), Some(message(response(GRANT), b""))));
    assert_eq!((&operation.method, operation.node.as_str()), (&Method::Subscribe, BOB));
    assert_eq!(operation.from, Some(Principal::new(BOB)));
    assert_eq!(operation.notification_type, Some(NotificationType::Notify));
    assert_eq!(operation.call_back.unwrap().endpoint.unwrap().to_string(), "10.77.2.10:35081");
    assert_eq!((operation.subscription_id, operation.requested_s), (None, Some(14000)));
    assert_eq!((operation.status, operation.granted_id.as_deref(), operation.granted_s), (Some(200), Some("98219"), Some(13000)));
    assert_eq!((operation.host, operation.server), (true, true));
    assert_eq!((operation.request, operation.response), (Content::None, Content::None));
    assert_eq!(kinds(&notes), []);
}

#[test]
fn reads_a_callback_from_a_server() {
    let (operation, _) = read(&exchange(Some(message(request(CALLBACK), CHANGE.as_bytes())), None));
    assert_eq!((operation.node.as_str(), operation.hop_count, operation.status), ("http://10.77.3.20:34917/", Some(2), None));
    assert_eq!(operation.from.unwrap().user(), None);
    let Content::Notification(notification) = operation.request else { panic!("{:?}", operation.request) };
    assert_eq!(notification.carries(), Carries::Presence);
    let [Item::PropertyChange(change)] = notification.items.as_slice() else { panic!("{notification:?}") };
    assert_eq!(change.state, Some(State::Online));
}

#[test]
fn an_answer_may_bring_what_was_queued() {
    let poll = "POLL /instmsg/aliases/bob HTTP/1.1\nRVP-Notifications-Version: 0.2\nHost: im.example.test\nSubscription-Id: 43864";
    let xml = "HTTP/1.1 200 Successful\nContent-Type: text/xml\nRVP-Notifications-Version: 0.2";
    let batch = "HTTP/1.1 200 Successful\nContent-Type: multipart/related; boundary=next";
    let parts =
        format!("--next\r\nContent-Type: text/xml\r\n\r\n{CHANGE}\r\n--next\r\nContent-Type: text/xml\r\n\r\n{CHANGE}\r\n--next--\r\n");
    let inside = CHANGE.split_once("?>").map_or(CHANGE, |(_, root)| root);
    let status = format!("<d:multistatus xmlns:d='DAV:'><d:response><d:prop>{inside}</d:prop></d:response></d:multistatus>");
    let both = format!("<d:multistatus xmlns:d='DAV:'><d:response/></d:multistatus>{inside}");
    for (head, body, count) in [(xml, CHANGE, 1), (batch, parts.as_str(), 2), (xml, status.as_str(), 1), (batch, both.as_str(), 1)] {
        let (operation, notes) = read(&exchange(Some(message(request(poll), b"")), Some(message(response(head), body.as_bytes()))));
        assert_eq!(operation.method, Method::Other("POLL".into()));
        let Content::Notification(notification) = operation.response else { panic!("{:?}", operation.response) };
        assert_eq!(notification.items.len(), count);
        assert_eq!(kinds(&notes), []);
    }
    assert!(wants_body(&response(batch), Some(&request(poll))));
    assert!(!wants_body(&response(batch), None));
    assert!(wants_body(&request(CALLBACK), None));
}

#[test]
fn reads_the_other_bodies() {
    let content = |body: &str| read(&exchange(Some(message(request(CALLBACK), body.as_bytes())), None)).0.request;
    let online = "<d:propertyupdate><d:set><d:prop><r:state><r:leased-value><r:value><r:online/></r:value><r:default-value><r:offline/></r:default-value><d:timeout>1200</d:timeout></r:leased-value></r:state></d:prop></d:set></d:propertyupdate>";
    let presence = PresenceUpdate { state: State::Online, default: Some(State::Offline), lease_s: Some(1200) };
    assert_eq!(content(online), Content::PropertyUpdate(Some(presence)));
    assert_eq!(
        content("<d:propfind><d:prop><d:displayname/><r:state/></d:prop></d:propfind>"),
        Content::PropertyNames(["displayname", "state"].into_iter().collect())
    );
    assert_eq!(content("<d:propfind><d:allprop/></d:propfind>"), Content::PropertyNames([].into_iter().collect()));
    assert!(matches!(content("<D:multistatus/>"), Content::Multistatus(_)));
    assert!(matches!(content("<a:rvpacl/>"), Content::Acl(_)));
    assert!(matches!(content("<r:subscriptions/>"), Content::Subscriptions(_)));
    assert_eq!(content("<parcel/>"), Content::Other);
    assert_eq!(content("not the XML that its type promises"), Content::Unreadable);
    let page = message(response("HTTP/1.1 404 Not Found\nContent-Type: text/html"), b"<html>Not found<br></html>");
    let (operation, notes) = read(&exchange(None, Some(page)));
    assert_eq!((operation.response, kinds(&notes)), (Content::Other, vec![]));
    assert_eq!(content("\n"), Content::None);
    assert_eq!(content("<?xml version=\"1.0\"?>"), Content::Unreadable);
}

#[test]
fn what_is_asked_for_again_is_read_the_same() {
    let head = "PROPFIND /instmsg/aliases/bob HTTP/1.1\nRVP-Notifications-Version: 0.2\nHost: h\nContent-Type: text/xml";
    let mut reader = Reader::new(Limits::default());
    for (body, odd) in [("<propfind><prop><state/></prop></propfind>", 0), ("<propfind><prop><state/></prop></propfinder>", 1)] {
        for _ in 0..3 {
            let mut notes = Notes::default();
            let asked = exchange(Some(message(request(head), body.as_bytes())), None);
            let operation = Operation::read(&asked, &mut reader, &mut notes);
            assert_eq!(operation.request, Content::PropertyNames(["state"].into_iter().collect()));
            assert_eq!(notes.of(NoteKind::XmlMalformed), odd);
        }
    }
}

#[test]
fn an_answer_alone_is_read() {
    let (operation, notes) = read(&exchange(None, Some(message(response(GRANT), b""))));
    assert_eq!((&operation.method, operation.node.as_str(), operation.request_head_complete), (&Method::default(), "", false));
    assert_eq!(operation.granted_id.as_deref(), Some("98219"));
    assert_eq!(kinds(&notes), []);
}

#[test]
fn reads_challenges_and_redirects() {
    let denied = response("HTTP/1.1 401 Access Denied\nWWW-Authenticate: Negotiate\nwww-authenticate: NTLM");
    let (operation, _) = read(&exchange(None, Some(message(denied, b""))));
    assert_eq!(operation.challenges.len(), 2);
    let moved =
        response("HTTP/1.1 302 Object moved\nLocation: http://home1.example.test/instmsg/local/im.example.test/instmsg/aliases/bob");
    let (operation, _) = read(&exchange(None, Some(message(moved, b""))));
    assert_eq!(*Principal::new(&operation.location.unwrap()).logical(), Principal::new(BOB));
}

#[test]
fn a_body_that_is_not_there_yet_is_none_and_one_that_never_came_is_unreadable() {
    let mut cut = message(request(CALLBACK), b"");
    cut.body.framing = Framing::Length(620);
    cut.completeness = Completeness::Open;
    let open = Exchange { end: None, ..exchange(Some(cut.clone()), None) };
    assert_eq!(read(&open).0.request, Content::None);
    cut.completeness = Completeness::CutByEnd;
    assert_eq!(read(&exchange(Some(cut.clone()), None)).0.request, Content::Unreadable);
    cut.head.complete = false;
    cut.body.framing = Framing::None;
    let (operation, notes) = read(&exchange(Some(cut), None));
    assert_eq!((operation.request, operation.request_head_complete), (Content::Unreadable, false));
    assert_eq!(kinds(&notes), []);
}

#[test]
fn oddities_are_noted_once_when_the_exchange_is_over_and_cite_its_packets() {
    let mut odd = message(
        request("NOTIFY /instmsg/aliases/bob HTTP/1.1\nContent-Type: text/xml\nAuthorization: NTLM !"),
        b"<notification><message><msgbody><mime-data>Content-Type: text/plain\n\ncaf\xc3\x83\xc2\xa9</mime-data></msgbody></notification>",
    );
    odd.origin.add(PacketId { capture: 0, number: 7 });
    let over = exchange(Some(odd), None);
    let mut notes = Notes::default();
    for end in [None, None, Some(ExchangeEnd::Answered)] {
        Operation::read(&Exchange { end, ..over.clone() }, &mut Reader::new(Limits::default()), &mut notes);
    }
    let wanted = [NoteKind::XmlMalformed, NoteKind::DoubleUtf8, NoteKind::VersionMissing, NoteKind::AuthUnreadable];
    assert_eq!(kinds(&notes), wanted.map(|kind| (kind, 1)));
    assert!(notes.iter().all(|(_, _, examples)| examples[0].origin.first() == Some(PacketId { capture: 0, number: 7 })));
}

#[test]
fn a_body_cut_anywhere_is_read_as_far_as_it_goes_and_blames_nobody() {
    for at in 0..CHANGE.len() {
        let mut cut = message(request(CALLBACK), &CHANGE.as_bytes()[..at]);
        cut.body = Body { framing: Framing::Length(CHANGE.len() as u64), missing: (CHANGE.len() - at) as u64, ..cut.body };
        cut.completeness = Completeness::CutByGap;
        let (operation, notes) = read(&exchange(Some(cut), None));
        assert_eq!(kinds(&notes), [], "cut at {at}");
        let seen = CHANGE[..at].contains("<r:propnotification>");
        match operation.request {
            Content::Notification(notification) => assert_eq!((notification.carries(), seen), (Carries::Presence, true), "cut at {at}"),
            other => assert_eq!((other, seen), (Content::Unreadable, false), "cut at {at}"),
        }
    }
}

#[test]
fn header_values_of_any_size_are_bounded() {
    let long = "9".repeat(60_000);
    let text = format!(
        "SUBSCRIBE /{long} HTTP/1.1\nHost: {long}\nRVP-Hop-Count: {long}\nSubscription-Lifetime: {long}\nCall-Back: {long}\nUser-Agent: {long}"
    );
    let (operation, _) = read(&exchange(Some(message(request(&text), b"")), None));
    assert_eq!((operation.hop_count, operation.requested_s), (None, None));
    for kept in [operation.node.as_str().len(), operation.user_agent.unwrap().len(), operation.call_back.unwrap().raw.len()] {
        assert_eq!(kept, text::VALUE_BYTES);
    }
}
