//! Ladders and pages of a few stories, as they were. Snapshots leave out the style and the script of the page, which say nothing about a capture.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use support::program::rvpscope;

fn written(path: &str, format: &str) -> String {
    let run = rvpscope(&["analyze", path, "--format", format]);
    assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{path} as {format}");
    run.stdout
}

/// An element in a line, without what stands between `style` and `script` tags.
fn in_lines(markup: &str) -> String {
    let mut text = markup.to_owned();
    for name in ["style", "script"] {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        if let Some((before, after)) = text.split_once(&open) {
            let rest = after.split_once(&close).unwrap().1;
            text = format!("{before}{open}…{close}{rest}");
        }
    }
    text.replace("><", ">\n<")
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn ladders_are_as_they_were() {
    for (name, path) in [
        ("server-to-server", "server-to-server/capture.pcap"),
        ("callbacks-refused", "callbacks-refused/server.pcap"),
        ("polling-goes-wrong", "polling-goes-wrong/capture.pcap"),
    ] {
        snapshot(&format!("{name}-svg"), &in_lines(&written(path, "svg")));
        snapshot(&format!("{name}-mermaid"), &written(path, "mermaid"));
    }
}

#[test]
fn pages_are_as_they_were() {
    for (name, path) in [("server-to-server", "server-to-server/capture.pcap"), ("polling-goes-wrong", "polling-goes-wrong/capture.pcap")] {
        snapshot(&format!("{name}-html"), &in_lines(&written(path, "html")));
    }
}

/// Each element that is opened is closed, ids are unique, links lead somewhere, headings come in order, and nothing is loaded.
#[test]
fn a_page_is_whole() {
    for path in
        ["callbacks-refused/server.pcap", "callbacks-behind-nat/router.pcapng", "polling-held/capture.pcap", "look-alikes/capture.pcap"]
    {
        let page = written(path, "html");
        let markup = in_lines(&page);
        for name in ["main", "section", "details", "table", "tr", "td", "dl", "svg", "g", "text", "figure", "pre", "div", "p", "article"] {
            let opened = markup.matches(&format!("<{name}>")).count() + markup.matches(&format!("<{name} ")).count();
            assert_eq!(opened, markup.matches(&format!("</{name}>")).count(), "{path}: {name}");
        }
        let values =
            |start: &str| -> Vec<String> { page.split(start).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect() };
        let mut ids = values(" id=\"");
        for link in values("href=\"#") {
            assert!(ids.contains(&link), "{path}: #{link} leads nowhere");
        }
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{path}: no id twice");
        assert!(values("href=\"").iter().all(|link| link.starts_with('#')), "{path}: nothing outside");
        assert!(!page.contains(" src=") && !page.contains("@import") && !page.contains("url("), "{path}: nothing is loaded");
        let mut level = 0;
        for heading in page.split("<h").skip(1).filter_map(|rest| rest.chars().next()?.to_digit(10)) {
            assert!(heading <= level + 1, "{path}: a heading of level {heading} follows one of level {level}");
            level = heading;
        }
    }
}

#[test]
fn several_captures_are_one_page_and_one_picture() {
    let both = rvpscope(&["analyze", "ipv6/capture.pcap", "vlan/capture.pcap", "--format", "html"]).stdout;
    assert_eq!((both.matches("<article").count(), both.matches("<h1").count(), both.matches("</html>").count()), (2, 2, 1));
    assert!(both.contains("id=\"a1-timeline\"") && both.contains("id=\"a2-timeline\""));
    let both = rvpscope(&["analyze", "ipv6/capture.pcap", "vlan/capture.pcap", "--format", "svg"]).stdout;
    assert_eq!((both.matches("class=\"ladder\"").count(), both.matches("<?xml").count()), (2, 1));
}
