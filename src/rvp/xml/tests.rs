//! Tests of the tolerant reader.

use super::*;
use proptest::prelude::*;

fn read(text: &str) -> Document {
    Document::read(text, &Limits::default())
}

/// The tree in one line: `a(b="text" c)`.
fn outline(element: &Element) -> String {
    let text = element.text.trim();
    let text = if text.is_empty() { String::new() } else { format!("={text:?}") };
    let children: Vec<_> = element.children.iter().map(outline).collect();
    let children = if children.is_empty() { String::new() } else { format!("({})", children.join(" ")) };
    format!("{}{text}{children}", element.name)
}

fn outlines(text: &str) -> String {
    read(text).roots.iter().map(outline).collect::<Vec<_>>().join(" + ")
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
    assert_eq!(read(text).roots.len(), 1);
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
        assert_eq!(!document.roots.is_empty(), at >= "<r:notification ".len(), "cut at {at}");
    }
    assert!(!read(text).malformed);
}

#[test]
fn ceilings_hold() {
    let limits = Limits { xml_depth: 4, xml_elements: 10, ..Limits::default() };
    let deep = "<a>".repeat(100_000) + "<b/>" + &"</a>".repeat(100_000);
    let document = Document::read(&deep, &limits);
    assert!(document.ceiling);
    assert_eq!(outline(&document.roots[0]), "a(a(a(a)))");
    let wide = format!("<r>{}</r>", "<x/>".repeat(100_000));
    let document = Document::read(&wide, &limits);
    assert!(document.ceiling);
    assert_eq!(document.roots[0].children.len(), 9);
    assert!(Document::read(&deep, &Limits::default()).ceiling);
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

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_it_panic(text in "(<|>|/|a|b:c|\"|'| |=|&|;|#x|!|\\[|\\]|CDATA|--|\\?|xml|é|\\PC){0,60}") {
        let document = read(&text);
        let elements: usize = document.roots.iter().map(|root| 1 + root.descendants().count()).sum();
        prop_assert!(elements <= text.matches('<').count());
    }
}
