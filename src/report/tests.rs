//! Tests of the formats: one small analysis, written in each of them and read again.

mod tables;

use super::*;
use crate::analysis::CaptureRecord;
use crate::base::address::Endpoint;
use crate::base::note::{Note, NoteKind};
use crate::base::origin::{Origin, PacketId};
use crate::base::time::{Span, Timestamp};
use crate::rvp::principal::Principal;
use crate::session::callback::{CallbackAttempt, LateAnswer, Outcome};
use crate::session::event::{Detail, EventKind, Tone};
use crate::session::model::{About, ServerRank, Session, SessionId};
use crate::session::transcript::Nothing;
use serde_json::{Value, json};

const PLAIN: Style = Style { colour: false, live: false };
const COLOURED: Style = Style { colour: true, live: false };

/// 2026-11-22, 21:14:15.730013240 UTC.
const START: Timestamp = Timestamp::from_nanos(1_795_382_055_730_013_240);

fn after(seconds: i64) -> Timestamp {
    START.after(Span::from_secs(seconds))
}

fn endpoint(text: &str) -> Endpoint {
    let address: std::net::SocketAddr = text.parse().unwrap();
    Endpoint::new(address.ip(), address.port())
}

fn packets(first: u64, last: u64) -> Origin {
    let mut origin = Origin::default();
    (first..=last).for_each(|number| origin.add(PacketId { capture: 0, number }));
    origin
}

fn capture(path: &str, time_digits: u8) -> CaptureRecord {
    CaptureRecord {
        path: path.to_owned(),
        format: "pcap".to_owned(),
        link_types: vec!["ETHERNET".to_owned()],
        packets: 123,
        bytes: 45_678,
        first: Some(START),
        last: Some(after(90)),
        time_digits,
        ..CaptureRecord::default()
    }
}

fn callback(outcome: Outcome) -> CallbackAttempt {
    CallbackAttempt {
        at: after(7),
        target: endpoint("10.77.2.10:40257"),
        source: endpoint("10.77.1.2:2050"),
        carries: "message",
        outcome,
        status: None,
        attempts: 1,
        reused_connection: Some(false),
        late_answer: None,
        took: Some(Span::from_nanos(900_000)),
        unreachable: None,
        inferred: false,
        answerer: None,
        origin: (&packets(210, 211)).into(),
        hits: 0,
    }
}

fn session(principal: &str) -> Session {
    Session {
        server: Some(endpoint("10.77.1.2:80")),
        server_rank: ServerRank::GrantedLogOn,
        last: after(90),
        callbacks: [Outcome::Refused, Outcome::Delivered, Outcome::Unknown].map(|outcome| callback(outcome).into()).into_iter().collect(),
        ..Session::new(SessionId(1), Some(Principal::new(principal)), [10, 77, 2, 10].into(), START)
    }
}

fn event(id: u64, seconds: i64, tone: Tone) -> Event {
    Event {
        id,
        at: after(seconds),
        kind: EventKind::Callback,
        session: Some(SessionId(1)),
        tone,
        who: "→ bob".to_owned(),
        summary: format!("event {id}"),
        outcome: "REFUSED".to_owned(),
        detail: Detail::default(),
        origin: (&packets(210, 211)).into(),
    }
}

/// Its time has `digits` digits.
fn analysis(path: &str, digits: u8) -> Analysis {
    let mut analysis = Analysis {
        captures: vec![capture(path, digits)],
        sessions: vec![session("http://im.example.test/instmsg/aliases/bob")],
        ..Analysis::default()
    };
    analysis.totals.requests.entry("SUBSCRIBE".to_owned()).or_default().insert(Some(200), 2);
    analysis.totals.requests.entry("NOTIFY".to_owned()).or_default().insert(None, 1);
    analysis.totals.callbacks.insert(Outcome::Refused, 3);
    analysis.notes.add(Note::new(NoteKind::Gap, packets(5, 5)));
    analysis
}

/// A run's analyses with their events in the format `name`.
fn written(name: &str, several: bool, style: Style, runs: &[(Analysis, Vec<Event>)]) -> String {
    let mut out = Stream(Vec::new());
    let mut sink = (format(name).unwrap().sink)(&mut out, several, style);
    for (analysis, events) in runs {
        for event in events {
            sink.event(event.clone(), analysis.time_digits()).unwrap();
        }
        sink.analysis(analysis, &Nothing).unwrap();
    }
    sink.end().unwrap();
    drop(sink);
    String::from_utf8(out.0).unwrap()
}

/// The events of three tones, handed over as they became certain: not in the order of time.
fn three_events() -> Vec<Event> {
    vec![event(1, 30, Tone::Normal), event(2, 20, Tone::Failed), event(3, 10, Tone::Unknown)]
}

fn text(style: Style) -> String {
    written("text", false, style, &[(analysis("a.pcap", 6), three_events())])
}

fn document(digits: u8) -> Value {
    serde_json::from_str(&written("json", false, PLAIN, &[(analysis("a.pcap", digits), three_events())])).unwrap()
}

fn lines(several: bool, runs: &[(Analysis, Vec<Event>)]) -> Vec<Value> {
    written("ndjson", several, PLAIN, runs).lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[test]
fn formats_are_found_by_their_names_and_text_is_the_default() {
    assert_eq!(FORMATS[0].name, "text");
    for wanted in FORMATS {
        assert_eq!(format(wanted.name).map(|found| found.about), Some(wanted.about));
    }
    assert!(format("TEXT").is_none() && format("").is_none());
}

#[test]
fn what_failed_and_what_is_unknown_is_marked_without_colour() {
    let text = text(PLAIN);
    let mark = |summary: &str| text.lines().find(|line| line.contains(summary)).unwrap().chars().next().unwrap();
    assert_eq!([mark("event 1"), mark("event 2"), mark("event 3")], [' ', '!', '?']);
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn colour_only_repeats_the_marks() {
    let coloured = text(COLOURED);
    let line = |summary: &str| coloured.lines().find(|line| line.contains(summary)).unwrap();
    assert!(!line("event 1").contains('\u{1b}'));
    assert!(line("event 2").starts_with("\u{1b}[31m! ") && line("event 2").ends_with("\u{1b}[0m"));
    assert!(line("event 3").starts_with("\u{1b}[33m? ") && line("event 3").ends_with("\u{1b}[0m"));
    let bare = ["\u{1b}[31m", "\u{1b}[33m", "\u{1b}[0m"].iter().fold(coloured.clone(), |text, code| text.replace(code, ""));
    assert_eq!(bare, text(PLAIN));
}

#[test]
fn the_timeline_is_in_the_order_of_time_with_the_packets_that_prove_it() {
    let text = text(PLAIN);
    let place = |what: &str| text.find(what).unwrap();
    assert!(place("event 3") < place("event 2") && place("event 2") < place("event 1"), "{text}");
    assert!(text.contains("21:14:35.730013  → bob"), "with the capture's precision: {text}");
    assert!(text.contains("#210-211"), "{text}");
    assert!(text.contains("1 of 3 callbacks failed"), "what is unknown has not failed: {text}");
}

#[test]
fn a_new_day_has_its_own_line() {
    let night = vec![event(1, 0, Tone::Normal), event(2, 86_400, Tone::Normal)];
    let text = written("text", false, PLAIN, &[(analysis("a.pcap", 6), night)]);
    assert!(text.contains("Timeline, 2026-11-22 (UTC)") && text.lines().any(|line| line == "2026-11-23"), "{text}");
}

#[test]
fn an_analysis_without_a_session_says_so() {
    let empty =
        Analysis { captures: vec![CaptureRecord { path: "empty.pcap".to_owned(), ..CaptureRecord::default() }], ..Analysis::default() };
    let text = written("text", false, PLAIN, &[(empty, Vec::new())]);
    assert!(text.contains("No RVP session in this capture."), "{text}");
    assert!(text.contains("empty.pcap") && text.contains("0 packets"), "{text}");
    assert!(!text.contains("Timeline"), "{text}");
}

#[test]
fn the_events_of_one_analysis_are_not_told_again_with_the_next() {
    for name in FORMATS.iter().map(|format| format.name) {
        let runs = [(analysis("a.pcap", 6), vec![event(1, 1, Tone::Normal)]), (analysis("b.pcap", 6), vec![event(2, 2, Tone::Normal)])];
        let out = written(name, true, PLAIN, &runs);
        // Some tell an event in more than one place, others only what was said.
        let (first, second) = (out.matches("event 1").count(), out.matches("event 2").count());
        assert_eq!(first, second, "{name}: {out}");
    }
}

/// An analysis of which every text that comes from outside is hostile.
fn hostile(evil: &str) -> Analysis {
    let mut analysis = analysis(&format!("captures/{evil}.pcap"), 6);
    analysis.captures[0].damage.push(format!("byte 7: {evil}"));
    analysis.totals.requests.entry(evil.to_owned()).or_default().insert(Some(200), 1);
    let session = &mut analysis.sessions[0];
    session.principal = Some(Principal::new(&format!("http://im.example.test/instmsg/aliases/x{evil}x")));
    let said = Some(evil.into());
    session.about =
        Some(About { user_agent: said.clone(), authentication: said.clone(), authenticated_as: said.clone(), workstation: said }.into());
    analysis
}

#[test]
fn nothing_hostile_steers_the_terminal_of_a_reader() {
    for evil in ["\u{1b}[2Jevil", "\u{9b}31mevil", "\u{202e}evil", "\revil", "\nevil", "\u{7}evil\u{0}"] {
        let text = written("text", false, PLAIN, &[(hostile(evil), Vec::new())]);
        let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(steers), "{text:?}");
        assert!(text.matches("evil").count() >= 5, "all of it is told, escaped: {text}");
        assert!(!text.lines().any(|line| line.starts_with("evil")), "nor does it make lines of its own: {text}");
    }
}

#[test]
fn hostile_text_comes_back_from_the_document_as_it_was_and_is_escaped_in_it() {
    let evil = "\u{1b}[2J\r\n\"evil\"\\ \u{0}";
    for name in ["json", "ndjson"] {
        let out = written(name, false, PLAIN, &[(hostile(evil), Vec::new())]);
        assert!(!out.contains(|c: char| c.is_ascii_control() && c != '\n'), "{out:?}");
    }
    let out = written("json", false, PLAIN, &[(hostile(evil), Vec::new())]);
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["sessions"][0]["user_agent"], evil);
    assert_eq!(document["captures"][0]["path"], format!("captures/{evil}.pcap"));
    let lines = lines(false, &[(hostile(evil), Vec::new())]);
    assert_eq!(lines[0]["path"], format!("captures/{evil}.pcap"), "no line was broken");
}

#[test]
fn times_have_the_precision_of_their_capture() {
    for (digits, start, at) in [
        (0, "2026-11-22T21:14:15Z", "2026-11-22T21:14:22Z"),
        (6, "2026-11-22T21:14:15.730013Z", "2026-11-22T21:14:22.730013Z"),
        (9, "2026-11-22T21:14:15.730013240Z", "2026-11-22T21:14:22.730013240Z"),
    ] {
        let document = document(digits);
        assert_eq!(document["captures"][0]["first"], start);
        assert_eq!(document["sessions"][0]["first"], start);
        assert_eq!(document["sessions"][0]["callbacks"][0]["at"], at);
        assert_eq!(document["events"][0]["at"].as_str().unwrap().len(), start.len());
    }
}

#[test]
fn where_two_captures_differ_the_finer_clock_tells_what_both_show() {
    let mut both = analysis("coarse.pcap", 6);
    both.captures.push(capture("fine.pcapng", 9));
    let out = written("json", false, PLAIN, &[(both, Vec::new())]);
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["captures"][0]["first"], "2026-11-22T21:14:15.730013Z");
    assert_eq!(document["captures"][1]["first"], "2026-11-22T21:14:15.730013240Z");
    assert_eq!(document["sessions"][0]["first"], "2026-11-22T21:14:15.730013240Z");
}

#[test]
fn the_document_is_the_one_of_the_contract() {
    let document = document(6);
    assert_eq!(document["schema"], "rvpscope.analysis/1");
    let keys: Vec<_> = document.as_object().unwrap().keys().map(String::as_str).collect();
    for key in ["captures", "ledger", "flows", "totals", "sessions", "findings", "events", "notes"] {
        assert!(keys.contains(&key), "{key}");
    }
    assert_eq!(document["captures"][0]["dropped"], Value::Null, "the capture does not say");
    assert_eq!(
        document["totals"]["requests"],
        json!({"total": 3, "by_method": {"NOTIFY": 1, "SUBSCRIBE": 2}, "by_method_and_status": {"NOTIFY none": 1, "SUBSCRIBE 200": 2}})
    );
    assert_eq!(
        document["totals"]["callbacks"],
        json!({"total": 3, "by_outcome": {"delivered": 0, "http_error": 0, "refused": 3, "unanswered": 0, "unreachable": 0, "no_reply": 0, "broken": 0, "unknown": 0}})
    );
    assert_eq!(document["notes"][0]["kind"], "gap");
    assert_eq!(document["notes"][0]["count"], 1);
}

#[test]
fn a_session_of_the_document_says_what_it_knows_and_null_where_it_does_not() {
    let document = document(6);
    let session = &document["sessions"][0];
    assert_eq!(session["id"], 1);
    assert_eq!(session["principal"], "http://im.example.test/instmsg/aliases/bob");
    assert_eq!((&session["client"], &session["server"]), (&json!("10.77.2.10"), &json!("10.77.1.2:80")));
    assert_eq!((&session["user_agent"], &session["authentication"]), (&Value::Null, &json!("none")));
    let callback = &session["callbacks"][0];
    assert_eq!((&callback["target"], &callback["outcome"]), (&json!("10.77.2.10:40257"), &json!("refused")));
    assert_eq!((&callback["status"], &callback["late_answer"]), (&Value::Null, &Value::Null));
    assert_eq!((&callback["took_s"], &callback["packets"]), (&json!(0.0009), &json!([[0, 210, 211]])));
}

#[test]
fn a_late_answer_has_its_status_and_its_delay_in_seconds() {
    let mut late = analysis("a.pcap", 6);
    let answer = LateAnswer { status: 200, after: Span::from_millis(13_500) };
    late.sessions[0].callbacks = vec![CallbackAttempt { late_answer: Some(answer), ..callback(Outcome::NoReply) }.into()].into();
    let document: Value = serde_json::from_str(&written("json", false, PLAIN, &[(late, Vec::new())])).unwrap();
    let callback = &document["sessions"][0]["callbacks"][0];
    assert_eq!((&callback["outcome"], &callback["late_answer"]), (&json!("no_reply"), &json!({"status": 200, "after_s": 13.5})));
}

#[test]
fn events_of_the_document_are_in_the_order_of_time_and_then_of_their_numbers() {
    let events = vec![event(1, 9, Tone::Normal), event(3, 5, Tone::Normal), event(2, 5, Tone::Normal)];
    let out = written("json", false, PLAIN, &[(analysis("a.pcap", 6), events)]);
    let document: Value = serde_json::from_str(&out).unwrap();
    let ids: Vec<_> = document["events"].as_array().unwrap().iter().map(|event| event["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [2, 3, 1]);
    let event = &document["events"][0];
    assert_eq!((&event["kind"], &event["session"]), (&json!("callback"), &json!(1)));
    assert_eq!((&event["packets"], &event["summary"]), (&json!([[0, 210, 211]]), &json!("→ bob: event 2 = REFUSED")));
}

#[test]
fn several_analyses_are_a_batch_however_many_there_turn_out_to_be() {
    for count in 0..=2 {
        let runs: Vec<_> = ["a.pcap", "b.pcap"].iter().take(count).map(|path| (analysis(path, 6), three_events())).collect();
        let document: Value = serde_json::from_str(&written("json", true, PLAIN, &runs)).unwrap();
        assert_eq!(document["schema"], "rvpscope.batch/1");
        let analyses = document["analyses"].as_array().unwrap();
        let paths: Vec<_> = analyses.iter().map(|analysis| analysis["captures"][0]["path"].as_str().unwrap()).collect();
        assert_eq!(paths, &["a.pcap", "b.pcap"][..count], "in the order of the paths");
        assert!(analyses.iter().all(|analysis| analysis["schema"] == "rvpscope.analysis/1"));
    }
}

#[test]
fn each_line_says_what_it_is_and_events_come_first() {
    let lines = lines(false, &[(analysis("a.pcap", 6), three_events())]);
    let records: Vec<_> = lines.iter().map(|line| line["record"].as_str().unwrap()).collect();
    assert_eq!(records, ["event", "event", "event", "capture", "session", "ledger", "flows", "totals", "notes"]);
    let ids: Vec<_> = lines.iter().filter_map(|line| line.get("summary").map(|_| line["id"].as_u64().unwrap())).collect();
    assert_eq!(ids, [1, 2, 3], "as they became certain");
    assert!(lines.iter().all(|line| line.get("analysis").is_none()), "there is only one");
}

#[test]
fn of_several_analyses_each_line_says_to_which_it_belongs() {
    let run = |path| (analysis(path, 6), vec![event(1, 1, Tone::Normal)]);
    let lines = lines(true, &[run("a.pcap"), run("b.pcap")]);
    let indices: Vec<_> = lines.iter().map(|line| line["analysis"].as_u64().unwrap()).collect();
    assert_eq!(indices, [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]);
    assert_eq!((&lines[1]["path"], &lines[8]["path"]), (&json!("a.pcap"), &json!("b.pcap")));
}

#[test]
fn the_lines_hold_the_same_as_the_document() {
    let document = document(6);
    let mut lines = lines(false, &[(analysis("a.pcap", 6), three_events())]);
    let mut of = |record: &str| -> Vec<Value> {
        let found = lines.iter_mut().filter(|line| line["record"] == record);
        found
            .map(|line| {
                line.as_object_mut().unwrap().remove("record");
                line.take()
            })
            .collect()
    };
    let mut events = of("event");
    events.reverse();
    assert_eq!(Value::from(events), document["events"]);
    assert_eq!(Value::from(of("capture")), document["captures"]);
    assert_eq!(Value::from(of("session")), document["sessions"]);
    for part in ["ledger", "flows", "totals"] {
        assert_eq!(of(part), [document[part].clone()], "{part}");
    }
    assert_eq!(of("notes")[0]["notes"], document["notes"]);
}

/// A pipe whose reader has gone.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_told_as_such_by_every_format() {
    for format in FORMATS {
        for several in [false, true] {
            let mut out = Stream(Closed);
            let mut sink = (format.sink)(&mut out, several, PLAIN);
            // Some write only at the end.
            let error = sink.analysis(&analysis("a.pcap", 6), &Nothing).and_then(|()| sink.end()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{}", format.name);
        }
    }
}

#[test]
fn neither_c1_controls_nor_overrides_are_written_raw_into_a_document() {
    for name in ["json", "ndjson"] {
        let out = written(name, false, PLAIN, &[(hostile("\u{9b}31m\u{202e}evil"), Vec::new())]);
        assert!(!out.contains(['\u{9b}', '\u{202e}']), "{name}");
    }
}

/// What stands in names and texts to break out of the format they are written in.
const BREAKING: &[&str] = &[
    "</script><script>evil()</script>",
    "]]></style><!-- evil -->",
    "evil\" onload=\"evil()\" x='",
    "<img src=x onerror=evil()>",
    "evil\u{1b}[2J\u{9b}31m\u{202e}\u{200b}\0\r\n\t\u{fffe}",
    "evil; end\nNote over p1: #35; %%{init: {}}%% wrap: style:#evil;",
    "&amp;&lt;evil&#x3c;",
];

/// An analysis and its events, all of whose texts are hostile, as no sink would be handed them: not even printable.
fn breaking(evil: &str) -> (Analysis, Vec<Event>) {
    let events = [Tone::Normal, Tone::Failed, Tone::Unknown].into_iter().enumerate().map(|(place, tone)| Event {
        who: evil.to_owned(),
        summary: evil.to_owned(),
        outcome: evil.to_owned(),
        detail: Detail {
            client: Some(endpoint("10.77.2.10:40257")),
            server: Some(endpoint("10.77.1.2:2050")),
            callback: Some(Outcome::ALL[place * 2]),
            ..Detail::default()
        },
        ..event(place as u64, place as i64, tone)
    });
    (hostile(evil), events.collect())
}

fn steers(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202e}' | '\u{200b}' | '\u{fffe}')
}

#[test]
fn nothing_breaks_out_of_a_page() {
    for evil in BREAKING {
        let page = written("html", false, PLAIN, &[breaking(evil)]);
        assert!(!page.contains(steers), "{evil:?}");
        assert_eq!((page.matches("<script").count(), page.matches("</style").count(), page.matches("<img").count()), (1, 1, 0), "{evil:?}");
        assert!(!page.contains("<!--") && !page.contains("onload=\"evil"), "{evil:?}");
        assert!(page.matches("evil").count() >= 5, "all of it is told");
    }
}

#[test]
fn a_picture_is_well_formed_whatever_stands_in_it() {
    for evil in BREAKING {
        let picture = written("svg", true, PLAIN, &[breaking(evil), breaking(evil)]);
        assert!(!picture.contains(steers), "{evil:?}");
        let mut reader = quick_xml::Reader::from_str(&picture);
        loop {
            match reader.read_event().unwrap_or_else(|error| panic!("{evil:?}: {error}")) {
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::Start(start) => {
                    assert!(start.attributes().all(|attribute| attribute.is_ok_and(|attribute| !attribute.key.as_ref().starts_with("on"))));
                    assert_ne!(start.name().as_ref(), "script");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn each_line_of_a_diagram_is_one_of_ours() {
    for evil in BREAKING {
        let diagram = written("mermaid", false, PLAIN, &[breaking(evil)]);
        let mut lines = diagram.lines();
        assert_eq!(lines.next(), Some("sequenceDiagram"));
        for line in lines {
            let line = line.strip_prefix("    ").expect(line);
            let ours = ["accTitle: ", "accDescr: ", "participant p", "activate p", "deactivate p", "Note over p", "p1", "p2"];
            assert!(ours.iter().any(|start| line.starts_with(start)), "{line}");
            let text = line.replace("<br/>", "");
            assert!(!text.contains(['<', '%', '{', '}', '@', '`', '\\']), "{line}");
            let entities = text.split(';').rev().skip(1).all(|before| {
                before.rsplit_once('#').is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
            });
            assert!(entities, "{line}");
        }
    }
}

#[test]
fn what_is_long_is_cut() {
    let long = "x".repeat(10_000);
    for name in ["html", "svg", "mermaid"] {
        let out = written(name, false, PLAIN, &[breaking(&long)]);
        assert!(out.len() < 150_000, "{name}: {} bytes", out.len());
        assert!(!out.contains(&"x".repeat(2_000)), "{name}");
    }
}

#[test]
fn a_picture_and_a_diagram_say_what_they_leave_out() {
    let events: Vec<Event> =
        (0..5000).map(|number| Event { detail: breaking("x").1[0].detail.clone(), ..event(number, number as i64, Tone::Normal) }).collect();
    let picture = written("svg", false, PLAIN, &[(analysis("a.pcap", 6), events.clone())]);
    assert!(picture.contains("2000 more events are not drawn here"));
    let diagram = written("mermaid", false, PLAIN, &[(analysis("a.pcap", 6), events)]);
    assert!(diagram.len() < 50_000, "Mermaid reads no more");
    let drawn = diagram.lines().filter(|line| line.contains("event ")).count();
    assert!(diagram.contains(&format!("{} more events are not drawn here", 5000 - drawn)), "{drawn}");
}
