//! Tests of csv, md and har: hostile captures, several analyses, and what is no whole exchange.

use super::*;
use crate::session::transcript::{Cut, Gone, Said, Start, Transcript, Unanswered};
use std::collections::BTreeMap;

/// What was said.
struct Told(Vec<Result<Transcript, Gone>>);

impl Evidence for Told {
    fn exchanges(&self) -> usize {
        self.0.len()
    }

    fn exchange(&self, place: usize) -> Result<Transcript, Gone> {
        self.0.get(place).cloned().unwrap_or(Err(Gone::Unknown))
    }

    fn places(&self, _origin: &Origin) -> Vec<usize> {
        (0..self.0.len()).collect()
    }
}

fn said(start: Start, first: i64, last: i64, fields: &[(&str, &str)], body: &str) -> Said {
    Said {
        first: after(first),
        last: after(last),
        start,
        fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        head_complete: true,
        head_bytes: 100,
        body: body.to_owned(),
        body_bytes: body.len() as u64,
        cut: None,
    }
}

/// A NOTIFY in which everything that can be is `text`, 8 to 13 s after the start.
fn exchange(text: &str) -> Transcript {
    let asks = Start::Request { method: text.to_owned(), target: format!("/{text}"), minor: Some(1) };
    let answers = Start::Response { minor: 1, status: 207, reason: text.to_owned() };
    Transcript {
        connection: 17,
        session: Some(SessionId(1)),
        callback: false,
        asker: endpoint("10.77.2.10:1025"),
        answerer: endpoint("10.77.1.2:80"),
        request: Some(said(asks, 8, 9, &[("Host", "im.example.test"), (text, text)], text)),
        response: Some(said(answers, 12, 13, &[("Content-Type", "text/xml"), (text, text)], text)),
        unanswered: None,
        origin: (&packets(210, 211)).into(),
        hits: 0,
    }
}

fn told(name: &str, analysis: &Analysis, events: &[Event], evidence: &dyn Evidence) -> String {
    let mut out = Stream(Vec::new());
    let mut sink = (format(name).unwrap().sink)(&mut out, false, PLAIN);
    for event in events {
        sink.event(event.clone(), 6).unwrap();
    }
    sink.analysis(analysis, evidence).unwrap();
    sink.end().unwrap();
    drop(sink);
    String::from_utf8(out.0).unwrap()
}

fn har(analysis: &Analysis, events: &[Event], exchanges: Vec<Result<Transcript, Gone>>) -> Vec<Value> {
    let text = told("har", analysis, events, &Told(exchanges));
    let mut document: Value = serde_json::from_str(&text).expect(&text);
    assert_eq!(document["log"]["version"], "1.2");
    let entries = document["log"]["entries"].take();
    entries.as_array().unwrap().clone()
}

/// Names that people and programs have suffered from.
fn evils() -> Vec<String> {
    let short = [
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd",
        "\"quoted\", and, commas",
        "line\r\nfeeds\n\n# heading\n",
        "\u{1b}[2J\u{9b}31m\u{0}\u{7}",
        "\u{202e}evil\u{200b}\u{feff}",
        "</code></pre><script>alert(1)</script>",
        "`` ` ``` | a | b | \\| `",
        "![x](http://evil.example/x.png) [y](javascript:z) <http://evil.example>",
        "@team #1 owner/x#2 GH-3 www.evil.example a@b.example :smile: $x$",
        "**bold** _it_ ~~gone~~ &lt; \\* 1. - + > | --- |",
        "＝1+1 －2",
        "\t=1",
    ];
    let mut evils: Vec<String> = short.map(str::to_owned).to_vec();
    evils.push("x|`<@".repeat(2500));
    evils
}

/// An analysis with everything hostile, also what should be printable by then.
fn all_hostile(evil: &str) -> (Analysis, Vec<Event>) {
    let mut analysis = hostile(evil);
    let rule = crate::analysis::rules::page("RVP101").unwrap();
    analysis.findings.push(crate::analysis::finding::Finding {
        meta: rule,
        severity: rule.severity,
        title: evil.to_owned(),
        session: Some(SessionId(1)),
        at: after(7),
        count: 1,
        origin: (&packets(210, 211)).into(),
        certainty: crate::analysis::finding::Certainty::Seen,
        seen: evil.to_owned(),
        caused_by: None,
    });
    analysis.verdicts.push(crate::analysis::verdict::Verdict { session: SessionId(1), text: evil.to_owned(), origin: packets(210, 211) });
    let words = Event { who: evil.to_owned(), summary: evil.to_owned(), outcome: evil.to_owned(), ..event(1, 7, Tone::Failed) };
    (analysis, vec![words])
}

#[test]
fn no_cell_is_run_by_a_spreadsheet_or_breaks_its_row() {
    for evil in evils() {
        let (analysis, events) = all_hostile(&evil);
        let text = told("csv", &analysis, &events, &Nothing);
        assert!(!text.contains(|c: char| c.is_control() && c != '\r' && c != '\n') && !text.contains('\u{202e}'), "{evil:?}");
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{evil:?}");
        let mut widths = BTreeMap::new();
        let mut rows = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut seen = 0;
        for row in rows.records().map(Result::unwrap) {
            assert_eq!(*widths.entry(row[0].to_owned()).or_insert(row.len()), row.len(), "{evil:?}: {row:?}");
            for cell in &row {
                let bare = cell.trim_start_matches(|c: char| c.is_whitespace() || c == '"');
                assert!(!bare.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{evil:?}: {cell:?}");
                seen += usize::from(cell.trim_start_matches('\'') == crate::base::text::printable(&evil));
            }
        }
        assert!(seen >= 7, "all of it is there: {seen} of {evil:?}");
        assert_eq!(widths.len(), 13, "each table has its header");
    }
}

/// What a reader of Markdown is left with when all code is taken away.
fn without_code(text: &str) -> String {
    let mut rest = String::new();
    let mut fence: Option<String> = None;
    for line in text.lines() {
        if let Some(open) = &fence {
            if line == open {
                fence = None;
            }
            continue;
        }
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        if ticks.len() >= 3 && line.ends_with("http") {
            fence = Some(ticks);
            continue;
        }
        let mut left = line;
        while let Some(c) = left.chars().next() {
            let (open, close) = if left.starts_with("<code>") { ("<code>", "</code>") } else { ("`", "`") };
            if let Some(code) = left.strip_prefix(open) {
                left = code.split_once(close).expect(line).1;
            } else {
                rest.push(c);
                left = &left[c.len_utf8()..];
            }
        }
        rest.push('\n');
    }
    assert!(fence.is_none(), "each fence is closed");
    rest
}

#[test]
fn nothing_hostile_becomes_markup() {
    for evil in evils() {
        let (analysis, events) = all_hostile(&evil);
        let text = told("md", &analysis, &events, &Told(vec![Ok(exchange(&evil))]));
        assert!(!text.contains(|c: char| c.is_control() && c != '\n') && !text.contains(['\u{202e}', '\u{200b}']), "{evil:?}: {text}");
        let bare = without_code(&text);
        for line in bare.lines() {
            let own = line.replace("**!**", "").replace("callback-refused", "");
            let own = own.trim_start_matches('#').trim_start_matches("- ");
            assert!(!own.contains(['<', '>', '[', ']', '*', '_', '@', '#', '`', '&', '\\', '$', '~']), "{evil:?}: {line}");
            assert!(!own.contains("://") && !own.to_lowercase().contains("www."), "{evil:?}: {line}");
            assert!(own.trim().is_empty() || !own.starts_with(['+', '=', '1', ' ']) || own.starts_with(' '), "{evil:?}: {line}");
        }
        let mut columns = None;
        for line in bare.lines() {
            let pipes = line.starts_with('|').then(|| line.matches('|').count());
            assert!(columns.is_none() || pipes.is_none() || columns == pipes, "{evil:?}: {line}");
            columns = pipes;
        }
        assert!(text.len() < 40_000, "{}: long names are cut", text.len());
    }
}

#[test]
fn har_stays_valid_and_tells_what_was_said() {
    for evil in evils() {
        let (analysis, events) = all_hostile(&evil);
        let text = told("har", &analysis, &events, &Told(vec![Ok(exchange(&evil))]));
        assert!(!text.contains(|c: char| c.is_control() && c != '\n') && !text.contains('\u{202e}'), "{evil:?}");
        let entries = har(&analysis, &[], vec![Ok(exchange(&evil))]);
        let (request, response) = (&entries[0]["request"], &entries[0]["response"]);
        assert_eq!((&request["method"], &request["headers"][1]["value"]), (&json!(evil), &json!(evil)));
        assert_eq!((&request["postData"]["text"], &response["content"]["text"]), (&json!(evil), &json!(evil)));
        let url = request["url"].as_str().unwrap();
        assert!(url.starts_with("http://im.example.test/"), "{url}");
        assert!(url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#[]".contains(&byte)), "{url}");
    }
}

#[test]
fn times_of_har_add_up() {
    let entry = &har(&analysis("a.pcap", 6), &[], vec![Ok(exchange("POLL"))])[0];
    assert_eq!(entry["startedDateTime"], "2026-11-22T21:14:23.730013Z");
    assert_eq!(entry["timings"], json!({"send": 1000.0, "wait": 3000.0, "receive": 1000.0}));
    assert_eq!(entry["time"], 5000.0);
    assert_eq!((&entry["pageref"], &entry["_session"]), (&json!("session_1"), &json!(1)));
    let mut early = exchange("POLL");
    early.request.as_mut().unwrap().last = after(20);
    let entry = &har(&analysis("a.pcap", 6), &[], vec![Ok(early)])[0];
    assert_eq!(entry["timings"], json!({"send": 4000.0, "wait": 0.0, "receive": 1000.0}), "the answer began before the request had ended");
}

#[test]
fn orphans_stay_in_har_with_a_note() {
    let answer = Transcript { request: None, ..exchange("x") };
    let unanswered = Transcript { response: None, unanswered: Some(Unanswered::AskerGaveUp), ..exchange("NOTIFY") };
    let mut cut = exchange("NOTIFY");
    cut.request.as_mut().unwrap().cut = Some(Cut::NotCaptured);
    let detail = Detail {
        client: Some(endpoint("10.77.2.10:40257")),
        callback: Some(Outcome::Refused),
        carries: Some("unknown"),
        took: Some(Span::from_millis(2)),
        ..Detail::default()
    };
    let refused = |id, seconds| Event { detail: detail.clone(), ..event(id, seconds, Tone::Failed) };
    // The first begins when the others do; answers begin four seconds later.
    let exchanges = vec![Ok(unanswered), Ok(cut), Ok(answer), Err(Gone::Ceiling)];
    let entries = har(&analysis("a.pcap", 6), &[refused(2, 99), refused(1, 8)], exchanges);
    let of = |field: &str| entries.iter().map(|entry| entry[field].clone()).collect::<Vec<_>>();
    let methods: Vec<&str> = entries.iter().map(|entry| entry["request"]["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["UNKNOWN", "NOTIFY", "NOTIFY", "UNKNOWN", "UNKNOWN", "UNKNOWN"]);
    let statuses: Vec<u64> = entries.iter().map(|entry| entry["response"]["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [0, 0, 207, 207, 0, 0]);
    assert_eq!(of("_error"), [json!("refused"), Value::Null, Value::Null, Value::Null, Value::Null, json!("refused")]);
    assert_eq!(of("_callback"), [true, false, false, false, false, true]);
    assert!(of("startedDateTime").windows(2).all(|pair| pair[0].as_str() <= pair[1].as_str()), "in the order of time");
    assert!(of("comment").iter().all(|comment| comment.as_str().is_some_and(|comment| !comment.is_empty())));
    assert_eq!(entries[1]["timings"], json!({"send": 1000.0, "wait": -1.0, "receive": -1.0}));
    assert_eq!((&entries[2]["request"]["bodySize"], entries[2]["_cut"].as_array().unwrap().len()), (&json!(-1), 1));
    assert_eq!(entries[0]["timings"], json!({"connect": 2.0, "send": -1.0, "wait": -1.0, "receive": -1.0}));
    assert_eq!((&entries[0]["time"], &entries[0]["request"]["url"]), (&json!(2.0), &json!("http://10.77.2.10:40257/")));
}

/// A file for each table.
#[derive(Default)]
struct Folder {
    files: BTreeMap<String, Vec<u8>>,
    current: String,
}

impl Write for Folder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.files.entry(self.current.clone()).or_default().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Output for Folder {
    fn table(&mut self, name: &str) -> io::Result<bool> {
        name.clone_into(&mut self.current);
        Ok(true)
    }
}

#[test]
fn several_analyses_fill_the_same_tables() {
    let mut folder = Folder::default();
    let mut sink = (format("csv").unwrap().sink)(&mut folder, true, PLAIN);
    for path in ["a.pcap", "b.pcap"] {
        for event in three_events() {
            sink.event(event, 6).unwrap();
        }
        sink.analysis(&analysis(path, 6), &Nothing).unwrap();
    }
    sink.end().unwrap();
    drop(sink);
    let lines = |table: &str| -> Vec<String> {
        String::from_utf8(folder.files[table].clone()).unwrap().split_terminator("\r\n").map(str::to_owned).collect()
    };
    let captures = lines("captures");
    assert!(captures[0].starts_with("analysis,capture,path,"), "no table's name where the file has one: {captures:?}");
    assert!(captures[1].starts_with("0,0,a.pcap,") && captures[2].starts_with("1,0,b.pcap,"), "{captures:?}");
    assert_eq!((captures.len(), lines("callbacks").len(), lines("events").len()), (3, 7, 7));
    assert!(
        lines("events")[1].starts_with("0,1,3,2026-11-22T21:14:25.730013Z,callback,→ bob: event 3 = REFUSED,"),
        "{:?}",
        lines("events")
    );
    assert_eq!(lines("presence"), ["analysis,session,at,state"], "an empty table is one, too");
    assert_eq!(
        lines("requests"),
        ["analysis,method,status,count", "0,NOTIFY,none,1", "0,SUBSCRIBE,200,2", "1,NOTIFY,none,1", "1,SUBSCRIBE,200,2"]
    );
}

#[test]
fn a_long_timeline_says_what_it_leaves_out() {
    let events: Vec<Event> = (0..2003).map(|number| event(number, number as i64, Tone::Normal)).collect();
    let text = told("md", &analysis("a.pcap", 6), &events, &Nothing);
    assert!(text.contains("event 1999 ") && !text.contains("event 2000 "), "the first ones");
    assert!(text.contains("3 rows more left out here"), "{}", text.len());
}

#[test]
fn nothing_is_a_report_too() {
    let empty = Analysis { captures: vec![capture("empty.pcap", 6)], ..Analysis::default() };
    assert!(har(&empty, &[], Vec::new()).is_empty());
    let text = told("md", &empty, &[], &Nothing);
    assert!(text.contains("## Findings\n\nNone.") && text.contains("## Sessions\n\nNone."), "{text}");
}
