//! Tests of the tolerant reader.

use super::token::Token;
use super::*;
use proptest::prelude::*;
use quick_xml::errors::Error;
use quick_xml::events::Event;

fn read(text: &str) -> Document<'_> {
    read_within(text, &Limits::default())
}

/// Reads with a reader that has read something else before, and that lives as long as the test.
fn read_within<'d>(text: &'d str, limits: &Limits) -> Document<'d> {
    let reader = Box::leak(Box::<Reader>::default());
    reader.read("<a>1<b/>2&amp;<c>3", limits);
    reader.read(text, limits)
}

/// The tree in one line: `a(b="text" c)`.
fn outline(element: Element<'_>) -> String {
    let text = element.text();
    let text = text.trim();
    let text = if text.is_empty() { String::new() } else { format!("={text:?}") };
    let children: Vec<_> = element.children().map(outline).collect();
    let children = if children.is_empty() { String::new() } else { format!("({})", children.join(" ")) };
    format!("{}{text}{children}", element.name())
}

fn outlines(text: &str) -> String {
    read(text).roots().map(outline).collect::<Vec<_>>().join(" + ")
}

#[test]
fn reads_what_is_well_formed() {
    let text =
        "<?xml version=\"1.0\"?>\n<r:a xmlns:r='x'><d:b>1 &lt; 2 &amp;&#33;&#x21;</d:b><!-- c --><c/><d><![CDATA[<e>&amp;]]></d></r:a>\n";
    assert_eq!(outlines(text), "a(b=\"1 < 2 &!!\" c d=\"<e>&amp;\")");
    let document = read(text);
    assert!(!document.malformed && !document.ceiling);
}

#[test]
fn reads_the_slips_of_the_draft() {
    for (text, wanted) in [
        // Closed by another name.
        ("<D:notification><Z:x/></Z:notification>", "notification(x)"),
        ("<D:propupdate><D:set/></D:propertyupdate>", "propupdate(set)"),
        ("<a><propupdate><set/></propertyupdate><next/></a>", "a(propupdate(set next))"),
        // Left open.
        ("<A:ace><A:rvp-principal>im.example.test<A:credentials/></A:ace>", "ace(rvp-principal=\"im.example.test\"(credentials))"),
        // No quotes, and a quote too few.
        ("<Z:subscriptions xmlns:D=DAV: xmlns:Z=http://x/y><Z:subscription/></Z:subscriptions>", "subscriptions(subscription)"),
        ("<a x=\"1><b/></a>", "a(b)"),
        // A declaration that is none, and one without its end.
        ("<?xml.version=\"1.0\"?><a/>", "a"),
        ("<?xml version=\"1.0\">\n<a><b/></a>", "a(b)"),
        // Two roots; text around the root.
        ("<a><b/></a><a><c/></a>", "a(b) + a(c)"),
        ("--part\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n--part--", "a"),
        // References to what isn't known, lone ampersands.
        ("<a>&bomb; R&D & more</a>", "a=\"&bomb; R&D & more\""),
        ("<a>&#0;</a>", "a=\"&#0;\""),
        ("<><a/></>", "a"),
    ] {
        assert_eq!(outlines(text), wanted, "{text}");
    }
}

#[test]
fn a_gap_inside_leaves_what_follows_in_its_place() {
    let text = "<n><m><from><contact><href>h</hr act></from><to><contact/></to><body>text</body></m></n>";
    assert!(outlines(text).contains("body=\"text\""), "{}", outlines(text));
    assert_eq!(read(text).roots().count(), 1);
}

#[test]
fn a_cut_keeps_what_was_there() {
    let text = "<r:notification xmlns:d=\"DAV:\"><r:message><r:mime-data><![CDATA[MIME-Version: 1.0\r\n\r\nhello]]></r:mime-data></r:message></r:notification>";
    assert_eq!(outlines("<r:notification xml"), "notification");
    assert_eq!(outlines("<r:notificat"), "");
    assert_eq!(outlines(text.split_once("]]>").unwrap().0), "notification(message(mime-data=\"MIME-Version: 1.0\\r\\n\\r\\nhello\"))");
    for (at, _) in text.char_indices() {
        let document = read(&text[..at]);
        assert!(document.malformed, "cut at {at}");
        assert_eq!(document.roots().next().is_some(), at >= "<r:notification ".len(), "cut at {at}");
    }
    assert!(!read(text).malformed);
}

#[test]
fn ceilings_hold() {
    let limits = Limits { xml_depth: 4, xml_elements: 10, ..Limits::default() };
    let deep = "<a>".repeat(100_000) + "<b/>" + &"</a>".repeat(100_000);
    let document = read_within(&deep, &limits);
    assert!(document.ceiling);
    assert_eq!(document.roots().map(outline).collect::<Vec<_>>(), ["a(a(a(a)))"]);
    let wide = format!("<r>{}</r>", "<x/>".repeat(100_000));
    let document = read_within(&wide, &limits);
    assert!(document.ceiling);
    assert_eq!(document.roots().flat_map(Element::children).count(), 9);
    assert!(read(&deep).ceiling);
}

#[test]
fn entities_of_a_dtd_are_not_expanded() {
    let text = "<!DOCTYPE a [<!ENTITY x \"aaaaaaaaaa\"><!ENTITY y \"&x;&x;&x;&x;\">]><a>&y;&y;</a>";
    assert_eq!(outlines(text), "a=\"&y;&y;\"");
}

#[test]
fn hostile_markup_takes_linear_time() {
    for piece in ["<a \"", "<a '", "<!", "<![CDATA[", "<?", "&", "</a", "<!--", "<a>", "</b>", "<!DOCTYPE [", "&a;"] {
        let _ = read(&piece.repeat(1 << 18));
        let _ = read(&format!("<a>{}>", piece.repeat(1 << 16)));
    }
}

/// How many elements there are in `element`, itself included.
fn count(element: Element<'_>) -> usize {
    1 + element.children().map(count).sum::<usize>()
}

/// The tokens of `text` up to the first damage, each with the letter of its kind.
fn cut(text: &str) -> Vec<(char, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((token, behind)) = token::next(text, at) {
        found.push(match token {
            Token::Start(name) => ('s', name.of(text)),
            Token::Empty(name) => ('e', name.of(text)),
            Token::End(name) => ('/', name.of(text)),
            Token::Text(part) => ('t', part.of(text)),
            Token::Reference(name) => ('&', name.of(text)),
            Token::Nothing(well_formed) => (if well_formed { '-' } else { '!' }, ""),
            Token::Damaged => ('?', &text[at..]),
        });
        if token == Token::Damaged {
            break;
        }
        at = behind;
    }
    found
}

/// The same, all of it cut by quick-xml.
fn cut_by_quick_xml(text: &str) -> Vec<(char, String)> {
    let mut reader = quick_xml::Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut found = Vec::new();
    loop {
        found.push(match reader.read_event() {
            Ok(Event::Eof) => return found,
            Ok(Event::Start(tag)) => ('s', token::local(tag.name().as_ref()).to_owned()),
            Ok(Event::Empty(tag)) => ('e', token::local(tag.name().as_ref()).to_owned()),
            Ok(Event::End(tag)) => ('/', token::local(tag.name().as_ref()).to_owned()),
            Ok(Event::Text(part)) => ('t', part.into_inner().into_owned()),
            Ok(Event::CData(part)) => ('t', part.into_inner().into_owned()),
            Ok(Event::GeneralRef(reference)) => ('&', reference.to_string()),
            Ok(_) => ('-', String::new()),
            Err(Error::IllFormed(_)) => ('!', String::new()),
            Err(_) => {
                let at = usize::try_from(reader.error_position()).unwrap();
                found.push(('?', text[at..].to_owned()));
                return found;
            }
        });
    }
}

#[test]
fn tokens_are_those_of_quick_xml() {
    for text in [
        "<?>",
        "<??>",
        "</ >",
        "</a b=\">\">x",
        "<a/ >",
        "<![CDATA[]]>",
        "<![CDATA[>",
        "<![x]]>",
        "<!-->",
        "<!---->",
        "<!DOCTYPE>",
        "<",
        "&;",
    ] {
        let cut: Vec<_> = cut(text).into_iter().map(|(kind, text)| (kind, text.to_owned())).collect();
        assert_eq!(cut, cut_by_quick_xml(text), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_it_panic(text in "(<|>|/|a|b:c|\"|'| |=|&|;|#x|!|\\[|\\]|CDATA|--|\\?|xml|é|\\PC){0,60}") {
        let document = read(&text);
        let elements: usize = document.roots().map(count).sum();
        prop_assert!(elements <= text.matches('<').count());
        let cut: Vec<_> = cut(&text).into_iter().map(|(kind, text)| (kind, text.to_owned())).collect();
        prop_assert_eq!(cut, cut_by_quick_xml(&text));
    }
}
