//! Tests of the MIME reader, most with what real clients sent.

use super::*;
use proptest::prelude::*;

fn read(data: &str) -> (Part, Oddities) {
    let mut oddities = Oddities::default();
    let part = Part::read(data, &mut Names::default(), &mut oddities);
    (part, oddities)
}

fn invite(data: &str) -> Invite {
    match read(data).0.kind {
        PartKind::Invite(invite) => *invite,
        other => panic!("{other:?}"),
    }
}

const LIBRVP_TEXT: &str = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nX-MMS-IM-Format: FN=MS%%20Shell%%20Dlg; EF=; CO=0; CS=0; PF=0\r\nSession-Id: {19DC157D-2787-46E4-3180-47025D22C7D8}\r\n\r\nhere comes a file";

#[test]
fn reads_a_text_of_librvp() {
    let (part, oddities) = read(LIBRVP_TEXT);
    assert_eq!(part.kind, PartKind::Text);
    assert_eq!(part.text.as_deref(), Some("here comes a file"));
    assert_eq!(part.session_id.as_deref(), Some("{19DC157D-2787-46E4-3180-47025D22C7D8}"));
    assert_eq!(Block::read(LIBRVP_TEXT).fields[2], ("X-MMS-IM-Format", "FN=MS%%20Shell%%20Dlg; EF=; CO=0; CS=0; PF=0".into()));
    assert!(oddities.kinds().is_empty());
}

#[test]
fn line_ends_indentation_and_blank_lines_make_no_difference() {
    let wanted = read(LIBRVP_TEXT).0;
    for variant in [
        LIBRVP_TEXT.replace("\r\n", "\n"),
        format!("\n  \r\n{LIBRVP_TEXT}"),
        LIBRVP_TEXT.replace("Content-Type", "    Content-Type").replace("Session-Id", "\tSession-Id"),
        LIBRVP_TEXT.replace("text/plain; charset", "text/plain;\r\n charset"),
        LIBRVP_TEXT.replace("\r\n\r\n", "\r\n   \r\n"),
    ] {
        let (part, oddities) = read(&variant);
        assert_eq!(part, wanted, "{variant:?}");
        assert!(oddities.kinds().is_empty());
    }
}

#[test]
fn tells_the_kinds_of_parts() {
    for (data, wanted) in [
        (
            "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgscontrol; charset=UTF-8\r\nTypingUser: bob@im.example.test\r\nSession-Id: {1}\r\n\r\n",
            PartKind::Typing { user: "bob@im.example.test".into() },
        ),
        ("MIME-Version 1.0\n  Content-Type: text/x-msmsscontrol\n  TypingUser: bob\n\n", PartKind::Typing { user: "bob".into() }),
        ("MIME-Version: 1.0\nSession-Id: {1}\nContent-Type: text/x-msmsgscontrol\n\n", PartKind::Control),
        ("MIME-Version: 1.0\nContent-Type: text/x-msmsgscontrol\nTypingUser:\n\n", PartKind::Control),
        ("MIME-Version: 1.0\nContent-Type: Text/X-IMLeave\nSession-Id: {1}\n\n", PartKind::Leave),
        ("MIME-Version: 1.0\nContent-Type: application/x-parcel\n\nx", PartKind::Other("application/x-parcel".into())),
        ("Session-Id: {1}\n\nno type means plain text", PartKind::Text),
        ("", PartKind::Other(String::new())),
    ] {
        assert_eq!(read(data).0.kind, wanted, "{data:?}");
    }
}

#[test]
fn a_part_without_a_header_is_all_text() {
    for data in ["just words", "Remember: milk\n\nand eggs", "a line\nContent: x"] {
        let (part, oddities) = read(data);
        assert_eq!((part.kind, part.text.as_deref()), (PartKind::Other(String::new()), Some(data)));
        assert_eq!(oddities.kinds(), [NoteKind::MimeUnreadable]);
    }
    let (part, oddities) = read("MIME-Version: 1.0\r\nContent-Type: text/plain\r\nSession-Id: {1");
    assert_eq!((part.kind, part.text.as_deref(), part.session_id.as_deref()), (PartKind::Text, Some(""), Some("{1")));
    assert_eq!(oddities.kinds(), [NoteKind::MimeUnreadable]);
}

#[test]
fn reads_invitations_and_forgets_the_secret() {
    let head = "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsinvite; charset=UTF-8\r\nSession-Id: {1}\r\n\r\n";
    let offer = invite(&format!(
        "{head}Application-Name: File Transfer\r\nApplication-GUID: {{5D3E02AB-6190-11d3-BBBB-00C04F795683}}\r\nInvitation-Command: INVITE\r\nInvitation-Cookie: 1157996999\r\nApplication-File: caf\u{c3}\u{a9}.txt\r\nApplication-FileSize: 4890\r\n\r\n"
    ));
    assert_eq!((offer.command.as_deref(), offer.cookie.as_deref()), (Some("INVITE"), Some("1157996999")));
    assert_eq!((offer.file.as_deref(), offer.file_size), (Some("café.txt"), Some(4890)));
    assert_eq!(offer.application_guid.as_deref(), Some("{5D3E02AB-6190-11d3-BBBB-00C04F795683}"));
    assert!(!offer.has_auth_cookie);

    let fields = "Invitation-Command: ACCEPT\r\nInvitation-Cookie: 7\r\nIP-Address: 10.77.2.10\r\nPort: 36347\r\nPortX: 70000\r\nAuthCookie: 257444201\r\nRequest-Data: IP-Address:\r\n\r\n";
    for data in [
        format!("{head}{fields}"),
        format!("{head}\r\n{fields}"),
        // The blank line is missing; the content type is missing.
        format!("{}{fields}", head.replace("\r\n\r\n", "\r\n")),
        format!("Session-Id: {{1}}\r\n\r\n{fields}"),
    ] {
        let accept = invite(&data);
        assert_eq!((accept.ip_address.as_deref(), accept.port, accept.port_x), (Some("10.77.2.10"), Some(36347), None), "{data:?}");
        assert_eq!(accept.request_data.as_deref(), Some("IP-Address:"));
        assert!(accept.has_auth_cookie);
        assert!(!format!("{:?}", read(&data)).contains("257444201"), "{data:?}");
    }
    // So little is left of it that it isn't known as an invitation.
    for data in ["Session-Id: {1}\r\n\r\nPort: 1\r\nAuthCookie: 257444201\r\n", "3\r\nauthcookie: 257444201\r\n"] {
        assert!(!format!("{:?}", read(data)).contains("257444201"), "{data:?}");
    }
}

#[test]
fn undoes_double_utf8_in_text() {
    let (part, oddities) = read("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nvoil\u{c3}\u{a0}");
    assert_eq!(part.text.as_deref(), Some("voilà"));
    assert_eq!(oddities.kinds(), [NoteKind::DoubleUtf8]);
    let (part, oddities) = read("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nvoilà");
    assert_eq!(part.text.as_deref(), Some("voilà"));
    assert!(oddities.kinds().is_empty());
}

#[test]
fn what_is_kept_is_bounded() {
    let long = "x".repeat(1 << 20);
    assert_eq!(Block::read(&"a: b\r\n".repeat(100)).fields.len(), FIELDS);
    let (part, _) = read(&format!("X-Long: {long}\r\nContent-Type: text/plain\r\nSession-Id: {long}\r\n\r\n{long}"));
    assert_eq!(part.text.map(|text| text.len()), Some(text::EXCERPT_BYTES));
    assert_eq!(part.session_id.map(|id| id.len()), Some(text::VALUE_BYTES));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_it_panic(data in "(MIME-Version|Content-Type|Session-Id|TypingUser|text/plain|text/x-msmsgsinvite|: |;|=|\"|\r|\n| |é|\\PC){0,40}") {
        let (part, _) = read(&data);
        prop_assert!(part.text.is_none_or(|text| text.len() <= text::EXCERPT_BYTES));
    }
}
