//! Tests of notifications: what real programs sent, and the draft's ill-formed examples in other words.

use super::*;
use crate::base::limits::Limits;
use crate::rvp::xml::Reader;

fn read(text: &str) -> Notification {
    Notification::read(Reader::default().read(text, &Limits::default()).roots(), &mut Names::default(), &mut Oddities::default())
}

fn message(text: &str) -> Message {
    match read(text).items.into_iter().next() {
        Some(Item::Message(message)) => message,
        other => panic!("{other:?}"),
    }
}

fn change(text: &str) -> PropertyChange {
    match read(text).items.into_iter().next() {
        Some(Item::PropertyChange(change)) => change,
        other => panic!("{other:?}"),
    }
}

const HREF: &str = "http://im.example.test/instmsg/aliases/";
const LIBRVP: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<r:notification xmlns:d=\"DAV:\" xmlns:r=\"http://schemas.microsoft.com/rvp/\" xmlns:a=\"http://schemas.microsoft.com/rvp/acl/\"><r:message><r:notification-from><r:contact><d:href>http://im.example.test/instmsg/aliases/bob</d:href><r:description>Bob Example</r:description></r:contact></r:notification-from><r:notification-to><r:contact><d:href>http://im.example.test/instmsg/aliases/dave</d:href><r:description>Dave Example</r:description></r:contact></r:notification-to><r:msgbody><r:mime-data><![CDATA[MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nX-MMS-IM-Format: FN=MS%%20Shell%%20Dlg; EF=; CO=0; CS=0; PF=0\r\nSession-Id: {19DC157D-2787-46E4-3180-47025D22C7D8}\r\n\r\nhere comes a file]]></r:mime-data></r:msgbody></r:message></r:notification>\n";

#[test]
fn reads_a_message_of_librvp() {
    let message = message(LIBRVP);
    assert_eq!(message.from, Some(Principal::new(&format!("{HREF}bob"))));
    assert_eq!(message.to.as_slice(), [Principal::new(&format!("{HREF}dave"))]);
    assert_eq!(message.part.text.as_deref(), Some("here comes a file"));
    assert_eq!(read(LIBRVP).carries(), Carries::Message);
}

#[test]
fn reads_an_indented_message_of_net_rvp() {
    let message = message(
        "<?xml version=\"1.0\"?>\n<r:notification xmlns:a=\"http://schemas.microsoft.com/rvp/acl/\" xmlns:d=\"DAV:\" xmlns:r=\"http://schemas.microsoft.com/rvp/\">\n  <r:message>\n    <r:notification-from>\n      <r:contact>\n        <d:href>http://im.example.test/instmsg/aliases/alice</d:href>\n      </r:contact>\n    </r:notification-from>\n    <r:notification-to>\n      <r:contact>\n        <d:href>http://im.example.test/instmsg/aliases/bob</d:href>\n      </r:contact>\n    </r:notification-to>\n    <r:msgbody>\n      <r:mime-data><![CDATA[MIME-Version: 1.0\r\nSession-Id: {1}\r\nContent-Type: text/x-msmsgscontrol\r\nTypingUser: alice@im.example.test\r\n\r\n\r\n]]></r:mime-data>\n    </r:msgbody>\n  </r:message>\n</r:notification>\n ",
    );
    assert_eq!(message.part.kind, PartKind::Typing { user: "alice@im.example.test".into() });
    assert_eq!((message.from, message.to.len()), (Some(Principal::new(&format!("{HREF}alice"))), 1));
}

#[test]
fn reads_property_changes_however_they_are_wrapped() {
    let from =
        "<r:notification-from><r:contact><d:href>http://im.example.test/instmsg/aliases/bob</d:href></r:contact></r:notification-from>";
    for (open, close) in [
        ("<d:propertyupdate><d:set><d:prop>", "</d:prop></d:set></d:propertyupdate>"),
        ("<d:propupdate><d:set><d:prop>", "</d:prop></d:set></d:propertyupdate>"),
        ("<d:propstat><d:prop>", "</d:prop></d:propstat>"),
    ] {
        let text = format!(
            "<r:notification><r:propnotification>{from}{open}<r:state><r:away/></r:state><r:email>b@x</r:email>{close}</r:propnotification></r:notification>"
        );
        let change = change(&text);
        assert_eq!(change.state, Some(State::Away), "{text}");
        assert_eq!(change.from.unwrap().user(), Some("bob"));
        assert_eq!(read(&text).carries(), Carries::Presence);
    }
}

#[test]
fn mismatched_roots_and_two_roots_are_read() {
    let message = message(
        "<D:notification xmlns:D=\"DAV:\" xmlns:Z=\"http://schemas.microsoft.com/rvp/\"><Z:message><Z:notification-from><Z:contact><D:href>http://im.example.test/instmsg/aliases/ana</Z:href><Z:description>Ana</Z:description></Z:contact></Z:notification-from><Z:msgbody><Z:mime-data><![CDATA[\n  MIME-Version 1.0\n  Content-Type: text/plain; charset=UTF-8\n\n  lunch?]]></Z:mime-data></Z:msgbody></Z:message></Z:notification>",
    );
    assert_eq!(message.from.unwrap().user(), Some("ana"));
    assert_eq!(message.part.text.as_deref(), Some("  lunch?"));
    let parcel = read("<notification><pkg:where>Oslo</pkg:where></notification>\n<notification><pkg:when/></notification>");
    assert_eq!(parcel.items.as_slice(), [Item::Other("where".into()), Item::Other("when".into())]);
    assert_eq!(parcel.carries(), Carries::Other);
}

#[test]
fn several_items_count_by_the_weightiest() {
    let part = |content_type: &str, rest: &str| {
        format!("<message><msgbody><mime-data>Content-Type: {content_type}\n{rest}\n</mime-data></msgbody></message>")
    };
    let typing = part("text/x-msmsgscontrol", "TypingUser: bob\n");
    let invite = part("text/x-msmsgsinvite", "\nInvitation-Command: CANCEL");
    let leave = part("text/x-imleave", "");
    let carries = |items: &[&str]| read(&format!("<notification>{}</notification>", items.concat())).carries();
    assert_eq!(carries(&[&typing]), Carries::Typing);
    assert_eq!(carries(&["<propnotification/>", &typing]), Carries::Typing);
    assert_eq!(carries(&[&typing, &leave]), Carries::Message);
    assert_eq!(carries(&[&leave, "<x/>", &invite]), Carries::Invite);
    assert_eq!(carries(&["<x/>", "<propnotification/>"]), Carries::Presence);
    assert_eq!(carries(&[]), Carries::Other);
    assert_eq!(carries(&["<message>"]), Carries::Message);
}

#[test]
fn every_recipient_of_a_chat_is_read() {
    let contact = |user: &str| format!("<contact><href>{HREF}{user}</href></contact>");
    let text = format!(
        "<notification><message><notification-to>{}{}</notification-to><notification-to>{}</notification-to></message></notification>",
        contact("a"),
        contact("b"),
        contact("c")
    );
    let users: Vec<_> = message(&text).to.iter().map(|contact| contact.user().unwrap().to_owned()).collect();
    assert_eq!(users, ["a", "b", "c"]);
}

#[test]
fn a_document_that_was_encoded_twice_is_undone_and_noted_once() {
    let mut oddities = Oddities::default();
    let mut reader = Reader::default();
    let document = reader.read(
        "<notification><message><notification-from><contact><href>h</href><description>J\u{c3}\u{bc}rg</description></contact></notification-from><msgbody><mime-data>Content-Type: text/plain\n\ngr\u{c3}\u{bc}\u{c3}\u{9f}e</mime-data></msgbody></message></notification>",
        &Limits::default(),
    );
    let notification = Notification::read(document.roots(), &mut Names::default(), &mut oddities);
    let [Item::Message(message)] = notification.items.as_slice() else { panic!("{notification:?}") };
    assert_eq!(message.part.text.as_deref(), Some("grüße"));
    assert_eq!(oddities.kinds(), [crate::base::note::NoteKind::DoubleUtf8]);
}

#[test]
fn cut_anywhere_it_is_what_was_seen_so_far() {
    for at in 0..LIBRVP.len() {
        let Some(text) = LIBRVP.get(..at) else { continue };
        let notification = read(text);
        let seen = text.contains("<r:message>");
        assert_eq!(notification.carries(), if seen { Carries::Message } else { Carries::Other }, "cut at {at}");
        if text.ends_with("here comes") {
            let [Item::Message(message)] = notification.items.as_slice() else { panic!("{notification:?}") };
            assert_eq!(message.part.text.as_deref(), Some("here comes"));
        }
    }
}
